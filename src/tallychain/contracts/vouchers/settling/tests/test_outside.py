"""A holder is paid directly, and says so."""

import pytest

from tallychain.contracts.risk import api as risk
from tallychain.contracts.vouchers import refusals as general
from tallychain.contracts.vouchers.settling import refusals
from tallychain.contracts.vouchers.settling.tests.desk import NOON_ON_THE_DAY, S1, S2, Desk, fen
from tallychain.contracts.vouchers.state import outstanding
from tallychain.contracts.vouchers.tests.desk import DAY_MS, at, fields_of, row


def halves() -> tuple[Desk, str]:
    """V1, of which S2 holds the lower half and S1 the rest."""
    desk = Desk()
    number = desk.active().number
    desk.pass_on(number, S1, row(1, 50_000_000, S2))
    return desk, number


def test_a_holding_paid_outside_is_paid_and_the_rest_is_settled_at_maturity() -> None:
    desk, number = halves()
    used = risk.used(desk.state, "ce-a")
    desk.consent_outside(number, desk.propose_outside(number), by=S2)

    assert desk.statuses(number) == ["PAID", "LIVE"]
    assert outstanding(desk.voucher(number)) == fen("500,000.00")
    assert used - risk.used(desk.state, "ce-a") == fen("500,000.00")
    desk.now_ms = at("2026-09-10", 12)
    with pytest.raises(refusals.AlreadyPaid):
        desk.name_payee(number)
    desk.name_payee(number, 50_000_001)
    desk.now_ms = NOON_ON_THE_DAY
    desk.attest(number, "500,000.00")
    desk.pay_out(number, (50_000_001, "500,000.00"))
    assert (desk.status(number), desk.statuses(number)) == ("SETTLED", ["PAID", "PAID"])


def test_when_all_of_it_is_paid_outside_the_voucher_is_settled_before_its_maturity() -> None:
    desk, number = halves()
    desk.consent_outside(number, desk.propose_outside(number), by=S2)
    desk.consent_outside(number, desk.propose_outside(number, 50_000_001), 50_000_001)

    assert desk.status(number) == "SETTLED"
    desk.now_ms = at("2026-09-30")
    assert desk.write_due() == []
    assert not risk.is_blocked(desk.state, "ce-a", desk.now)


def test_nothing_of_what_was_paid_is_passed_on() -> None:
    desk, number = halves()
    desk.consent_outside(number, desk.propose_outside(number), by=S2)

    with pytest.raises(refusals.HoldingPaid) as error:
        desk.offer(number, S2, row(1, 5, S1))
    assert fields_of(error.value) == {"holding": desk.holdings(number)[0].id}
    with pytest.raises(refusals.HoldingPaid):
        desk.propose_outside(number)


@pytest.mark.deadline("outside: PROPOSED -> LIVE")
def test_a_silent_holder_lets_the_statement_lapse() -> None:
    desk, number = halves()
    proposal = desk.propose_outside(number)
    desk.now_ms += 5 * DAY_MS

    with pytest.raises(refusals.ProposalNotPending):
        desk.consent_outside(number, proposal, by=S2)
    assert desk.statuses(number) == ["LIVE", "LIVE"]


def test_a_statement_about_a_holding_says_nothing_about_what_comes_of_it() -> None:
    desk, number = halves()
    proposal = desk.propose_outside(number)
    desk.pass_on(number, S2, row(1, 10, S1))

    with pytest.raises(refusals.ProposalNotPending):
        desk.consent_outside(number, proposal)
    with pytest.raises(refusals.ProposalNotPending):
        desk.consent_outside(number, "0" * 64, 11, by=S2)


def test_from_three_business_days_before_maturity_on_nothing_is_paid_outside() -> None:
    desk, number = halves()
    desk.now_ms = at("2026-09-09", 0) - 1
    proposal = desk.propose_outside(number)
    desk.now_ms += 1

    with pytest.raises(refusals.OutsideTooLate) as late:
        desk.propose_outside(number)
    with pytest.raises(refusals.ProposalNotPending):
        desk.consent_outside(number, proposal, by=S2)
    assert fields_of(late.value)["last"] == "2026-09-09"


def test_a_payment_outside_is_refused_in_the_order_of_precedence() -> None:
    desk, number = halves()
    with pytest.raises(general.NotTheIssuer):
        desk.propose_outside(number, by="ce-b")
    with pytest.raises(general.HoldingNotFound):
        desk.propose_outside(number, 2)
    proposal = desk.propose_outside(number)
    with pytest.raises(general.NotTheHolder):
        desk.consent_outside(number, proposal, by=S1)
    with pytest.raises(general.NotTheSponsor):
        desk.consent_outside(number, proposal, by=S2, via="bank-b")
    desk.offer(number, S2, row(1, 5, S1))
    with pytest.raises(refusals.UnitsBound):
        desk.consent_outside(number, proposal, by=S2)
    desk.now_ms = NOON_ON_THE_DAY
    with pytest.raises(general.VoucherNotActive):
        desk.propose_outside(number)
