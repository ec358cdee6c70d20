"""No voucher without a settlement bank that has agreed."""

import pytest

from tallychain.contracts.vouchers import refusals as general
from tallychain.contracts.vouchers.settling import events, refusals
from tallychain.contracts.vouchers.settling.state import AGREEMENTS, Agreement
from tallychain.contracts.vouchers.settling.tests.desk import Desk
from tallychain.contracts.vouchers.tests.desk import DAY_MS, agreement, at, fields_of
from tallychain.ledger import identity

TEN_DAYS = 10 * DAY_MS
NOTICE = 30 * DAY_MS


def strangers() -> Desk:
    """A desk on which nobody has agreed to anything."""
    desk = Desk()
    desk.state.write(AGREEMENTS.delete(agreement(issuer)) for issuer in ("ce-a", "ce-b"))
    return desk


def standing(desk: Desk) -> str:
    found = desk.state.get(AGREEMENTS, "ce-a", "settle-a")
    assert isinstance(found, Agreement)
    return found.status_at(desk.now)


def test_an_issuer_issues_only_where_its_settlement_bank_has_agreed() -> None:
    desk = strangers()
    with pytest.raises(refusals.SettlementNotAgreed) as error:
        desk.issue()
    proposal = desk.propose_agreement()
    with pytest.raises(refusals.SettlementNotAgreed):
        desk.issue()

    desk.consent_agreement(proposal)

    assert fields_of(error.value) == {"issuer": "ce-a", "bank": "settle-a"}
    assert standing(desk) == "IN_FORCE"
    assert desk.issue().settlement_bank == "settle-a"


@pytest.mark.deadline("agreement: PROPOSED -> LAPSED")
def test_a_proposal_lapses_when_the_bank_is_silent() -> None:
    desk = strangers()
    proposal = desk.propose_agreement()
    begun = desk.now_ms
    desk.now_ms = begun + TEN_DAYS - 1
    with pytest.raises(refusals.AgreementExists) as exists:
        desk.propose_agreement()
    desk.now_ms = begun + TEN_DAYS

    assert fields_of(exists.value)["status"] == "PROPOSED"
    assert standing(desk) == "LAPSED"
    with pytest.raises(refusals.AgreementNotFound):
        desk.consent_agreement(proposal)
    (over,) = desk.write_due()
    assert isinstance(over, events.AgreementOver)
    assert (over.status, over.since_ms) == ("LAPSED", begun + TEN_DAYS)
    assert desk.propose_agreement() != proposal


@pytest.mark.deadline("agreement: IN_FORCE -> ENDED")
def test_after_notice_new_vouchers_end_in_thirty_days_and_a_second_notice_prolongs_nothing() -> None:
    desk = Desk()
    voucher = desk.active()
    begun = desk.now_ms
    desk.end_agreement()
    desk.now_ms += 5 * DAY_MS
    desk.end_agreement(by="settle-a")
    desk.now_ms = begun + NOTICE - 1
    desk.issue(reference="cd" * 16)
    desk.now_ms += 1

    with pytest.raises(refusals.SettlementNotAgreed):
        desk.issue()
    (over,) = [event for event in desk.write_due() if isinstance(event, events.AgreementOver)]
    assert over.status == "ENDED"
    desk.now_ms = at("2026-09-14", 12)
    desk.attest(voucher.number, "1,000,000.00")
    assert desk.status(voucher.number) == "SETTLED"


def test_a_bank_turns_a_proposal_down_at_once() -> None:
    desk = strangers()
    proposal = desk.propose_agreement()

    desk.end_agreement(by="settle-a")

    assert standing(desk) == "ENDED"
    with pytest.raises(refusals.AgreementNotFound):
        desk.consent_agreement(proposal)
    with pytest.raises(refusals.AgreementNotFound) as error:
        desk.end_agreement()
    assert fields_of(error.value) == {"issuer": "ce-a", "bank": "settle-a"}


def test_a_consent_names_the_proposal_that_waits() -> None:
    desk = strangers()
    proposal = desk.propose_agreement()
    with pytest.raises(refusals.AgreementNotPending) as error:
        desk.consent_agreement("f" * 64)
    with pytest.raises(refusals.AgreementNotFound):
        desk.consent_agreement(proposal, bank="bank-a")

    desk.consent_agreement(proposal)

    assert fields_of(error.value)["proposal"] == "f" * 64
    with pytest.raises(refusals.AgreementNotPending):
        desk.consent_agreement(proposal)


def test_only_settlement_banks_in_standing_are_asked_and_only_the_two_sides_end_it() -> None:
    desk = strangers()
    for name in ("bank-a", "nobody"):
        with pytest.raises(general.SettlementBankNotEligible):
            desk.propose_agreement(bank=name)
    desk.standing("settle-a", identity.SUSPENDED)
    with pytest.raises(general.SettlementBankNotEligible):
        desk.propose_agreement()
    desk.standing("settle-a", identity.ACTIVE)
    desk.propose_agreement()

    with pytest.raises(refusals.NotAParty) as error:
        desk.end_agreement(by="bank-a")
    assert fields_of(error.value) == {"issuer": "ce-a", "bank": "settle-a"}
