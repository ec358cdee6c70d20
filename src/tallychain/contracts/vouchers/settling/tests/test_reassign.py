"""Another settlement bank takes a voucher over."""

import pytest

from tallychain.contracts.vouchers import refusals as general
from tallychain.contracts.vouchers.settling import refusals
from tallychain.contracts.vouchers.settling.rules.position import the_settlement
from tallychain.contracts.vouchers.settling.state import AGREEMENTS
from tallychain.contracts.vouchers.settling.tests.desk import NOON_ON_THE_DAY, fen
from tallychain.contracts.vouchers.settling.tests.situations import desk_with_two_banks
from tallychain.contracts.vouchers.tests.desk import DAY_MS, agreement, at, fields_of, member_row
from tallychain.ledger import identity
from tallychain.ledger.identity import MEMBERS


def test_the_other_bank_attests_and_pays_once_payees_were_named_to_it() -> None:
    desk = desk_with_two_banks()
    number = desk.ripe().number

    desk.consent_bank(number, desk.propose_bank(number))

    assert desk.voucher(number).settlement_bank == "settle-b"
    with pytest.raises(refusals.NotTheSettlementBank):
        desk.attest(number, "1,000,000.00")
    desk.attest(number, "1,000,000.00", by="settle-b")
    assert desk.statuses(number) == ["WITHHELD"]
    with pytest.raises(refusals.PayeeMissing):
        desk.release_withheld(number, by="settle-b")
    desk.name_payee(number)
    assert desk.statuses(number) == ["COLLECTED"]
    desk.pay_out(number, (1, "1,000,000.00"), by="settle-b")
    assert desk.statuses(number) == ["PAID"]


@pytest.mark.deadline("reassign: PROPOSED -> settle-a")
def test_a_silent_bank_lets_the_proposal_lapse() -> None:
    desk = desk_with_two_banks()
    number = desk.active().number
    proposal = desk.propose_bank(number)
    desk.now_ms += 5 * DAY_MS

    with pytest.raises(refusals.ProposalNotPending) as error:
        desk.consent_bank(number, proposal)
    assert fields_of(error.value) == {"proposal": proposal}
    assert desk.voucher(number).settlement_bank == "settle-a"
    desk.consent_bank(number, desk.propose_bank(number))


def test_only_the_bank_that_was_asked_last_consents() -> None:
    desk = desk_with_two_banks()
    number = desk.active().number
    first = desk.propose_bank(number)
    second = desk.propose_bank(number)

    with pytest.raises(refusals.ProposalNotPending):
        desk.consent_bank(number, first)
    with pytest.raises(refusals.ProposalNotPending):
        desk.consent_bank(number, second, by="settle-a")
    desk.consent_bank(number, second)
    with pytest.raises(refusals.ProposalNotPending):
        desk.consent_bank(number, second)


def test_a_bank_that_has_money_of_the_voucher_pays_it_out_first() -> None:
    desk = desk_with_two_banks()
    number = desk.ripe().number
    proposal = desk.propose_bank(number)
    desk.attest(number, "600,000.00")
    with pytest.raises(refusals.MoneyWithBank) as error:
        desk.consent_bank(number, proposal)
    assert fields_of(error.value) == {"voucher": number, "bank": "settle-a", "amount": fen("600,000.00")}

    desk.pay_out(number, (1, "600,000.00"))
    desk.consent_bank(number, proposal)
    desk.attest(number, "400,000.00", by="settle-b")
    desk.name_payee(number)
    desk.pay_out(number, (1, "400,000.00"), by="settle-b")

    assert desk.statuses(number) == ["PAID"]
    assert the_settlement(number, desk.state).status_at(desk.now) == "CLEAR"


def test_a_change_of_bank_is_refused_in_the_order_of_precedence() -> None:
    desk = desk_with_two_banks()
    waiting = desk.issue()
    with pytest.raises(general.NotTheIssuer):
        desk.propose_bank(waiting.number, by="ce-b")
    with pytest.raises(refusals.VoucherNotOwed) as not_owed:
        desk.propose_bank(waiting.number)
    number = desk.active(reference="ab" * 16).number
    with pytest.raises(refusals.SameBank) as same:
        desk.propose_bank(number, bank="settle-a")
    for name in ("nobody", "bank-a"):
        with pytest.raises(general.SettlementBankNotEligible):
            desk.propose_bank(number, bank=name)
    desk.state.write([AGREEMENTS.delete(agreement("ce-a", "settle-b"))])
    with pytest.raises(refusals.SettlementNotAgreed):
        desk.propose_bank(number)
    desk.state.write([MEMBERS.put(member_row("settle-b", (identity.SETTLEMENT_BANK,), identity.SUSPENDED))])
    with pytest.raises(general.SettlementBankNotEligible):
        desk.propose_bank(number)

    assert fields_of(not_owed.value) == {"voucher": waiting.number, "status": "ISSUED"}
    assert fields_of(same.value) == {"voucher": number, "bank": "settle-a"}
    desk.now_ms = NOON_ON_THE_DAY
    assert desk.now_ms > at("2026-09-14", 0)
