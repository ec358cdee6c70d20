"""What is paid on frozen units: withheld and the issuer discharged, then paid to whom the court names, or to the holder."""

from tallychain.contracts.vouchers.courting import refusals
from tallychain.contracts.vouchers.courting.tests.desk import BUYER, Desk
from tallychain.contracts.vouchers.courting.tests.test_freezing import S1_FIRST, divided
from tallychain.contracts.vouchers.pledging.tests.desk import refused
from tallychain.contracts.vouchers.settling import refusals as settling
from tallychain.contracts.vouchers.settling.events import ReleaseRevoked
from tallychain.contracts.vouchers.settling.rules.position import the_settlement
from tallychain.contracts.vouchers.settling.state import ENTITLEMENTS
from tallychain.contracts.vouchers.settling.tests.desk import CUTOFF, NOON_ON_THE_DAY, S1
from tallychain.contracts.vouchers.tests.desk import DAY_MS, at

FREE = S1_FIRST + 30_000_000


def with_payees(desk: Desk, number: str) -> None:
    """Noon of the black-out's second day: the sponsors name an account for every holding."""
    desk.now_ms = at("2026-09-10", 12)
    for holding in desk.holdings(number):
        desk.name_payee(number, holding.first, holding.sponsor)
    desk.at_maturity()


def frozen_at_maturity(desk: Desk) -> tuple[str, str]:
    """V1 with 300,000.00 of S1's 574,999.99 frozen, at noon of its maturity, accounts named."""
    number = divided(desk)
    name = desk.freeze(number, S1_FIRST, FREE - 1)
    with_payees(desk, number)
    return number, name


def test_scenario_22_a_frozen_part_is_withheld_and_the_issuer_is_discharged() -> None:
    desk = Desk()
    number, name = frozen_at_maturity(desk)
    desk.attest(number, "1,000,000.00")

    assert desk.status(number) == "SETTLED"
    assert desk.statuses(number) == ["COLLECTED", "COLLECTED", "WITHHELD", "COLLECTED"]
    assert desk.positions(number)[2].coming == 30_000_000
    refused(settling.HoldingWithheld, desk.pay_out, number, (S1_FIRST, "300,000.00"))
    assert refused(settling.UnitsBound, desk.release_withheld, number, S1_FIRST)["kind"] == "FREEZE"
    desk.pay_out(number, (1, "300,000.00"), (30_000_001, "125,000.01"), (FREE, "274,999.99"))

    desk.execute(number, name, S1_FIRST)
    refused(settling.UnitsBound, desk.name_payee, number, S1_FIRST)
    desk.release_withheld(number, S1_FIRST)
    desk.pay_out(number, (S1_FIRST, "300,000.00"))

    assert desk.statuses(number) == ["PAID"] * 4
    assert desk.freeze_status(name) == "AWARDED"
    refused(settling.AlreadyPaid, desk.execute, number, name, S1_FIRST)
    refused(refusals.NothingToFreeze, desk.freeze, number)


def test_what_is_lifted_after_the_payment_goes_to_the_holder() -> None:
    desk = Desk()
    number, name = frozen_at_maturity(desk)
    desk.attest(number, "1,000,000.00")
    desk.unfreeze(number, name)

    assert desk.statuses(number)[2] == "WITHHELD"
    desk.release_withheld(number, S1_FIRST)
    desk.pay_out(number, (S1_FIRST, "300,000.00"))
    assert desk.statuses(number)[2] == "PAID"


def test_a_freeze_that_ends_by_its_day_lets_the_bank_pay_the_holder() -> None:
    desk = Desk()
    number = divided(desk)
    desk.freeze(number, until="2026-09-20")
    with_payees(desk, number)
    desk.attest(number, "1,000,000.00")
    refused(settling.UnitsBound, desk.release_withheld, number, S1_FIRST)
    desk.now_ms = at("2026-09-21", 0)
    desk.release_withheld(number, S1_FIRST)
    desk.pay_out(number, (S1_FIRST, "574,999.99"))

    assert desk.statuses(number)[2] == "PAID"


def test_a_freeze_of_money_that_waits_to_be_paid_out_keeps_it_with_the_bank() -> None:
    desk = Desk()
    number = desk.ripe().number
    desk.attest(number, "1,000,000.00")
    assert the_settlement(number, desk.state).payable == 100_000_000

    assert refused(refusals.FreezeWholeOnly, desk.freeze, number, 1, 1_000)["why"] == "SETTLED"
    name = desk.freeze(number)

    settlement = the_settlement(number, desk.state)
    assert (settlement.payable, settlement.timeline.status) == (0, "CLEAR")
    assert desk.statuses(number) == ["WITHHELD"]
    desk.execute(number, name)
    desk.release_withheld(number)
    desk.pay_out(number, (1, "1,000,000.00"), references=["OUT"])
    desk.fail_payout(number, "OUT")
    assert desk.statuses(number) == ["WITHHELD"]
    desk.execute(number, name)
    assert desk.positions(number)[0].payable == 100_000_000
    desk.unfreeze(number, name)
    assert desk.positions(number)[0].payable == 0
    refused(settling.PayeeMissing, desk.release_withheld, number)
    desk.name_payee(number)
    desk.release_withheld(number)
    desk.pay_out(number, (1, "1,000,000.00"))
    assert desk.statuses(number) == ["PAID"]


def test_an_execution_before_the_maturity_is_paid_without_anybody_else_s_word() -> None:
    desk = Desk()
    number = desk.active().number
    name = desk.freeze(number)
    behind = desk.freeze(number, by="courtb")
    refused(refusals.FreezeWaits, desk.execute, number, behind, by="courtb")
    assert refused(refusals.HoldingsDiffer, desk.execute, number, name, 1, 2)["found"] == "1"
    desk.execute(number, name)
    refused(refusals.FreezeNotInForce, desk.renew, number, name, "2027-12-31")
    refused(refusals.FreezeNotInForce, desk.transfer, number, name)
    assert refused(refusals.FreezeWholeOnly, desk.freeze, number, 1, 1_000)["why"] == "AWARDED"
    desk.now_ms = NOON_ON_THE_DAY
    desk.write_due()
    desk.attest(number, "600,000.00")
    desk.pay_out(number, (1, "600,000.00"))
    desk.attest(number, "400,000.00")
    desk.pay_out(number, (1, "400,000.00"))

    assert desk.statuses(number) == ["PAID"]
    assert desk.freeze_status(behind) == "FROZEN"


def test_a_title_given_by_a_court_after_the_maturity_takes_the_money_along() -> None:
    desk = Desk()
    number = desk.ripe().number
    name = desk.freeze(number)
    desk.attest(number, "600,000.00")

    desk.transfer(number, name)

    (holding,) = desk.holdings(number)
    assert (holding.tag, holding.layer, desk.statuses(number)) == (BUYER.tag, 2, ["DUE"])
    desk.name_payee(number, by="bank-b")
    desk.release_withheld(number)
    desk.pay_out(number, (1, "600,000.00"))
    desk.attest(number, "400,000.00")
    desk.pay_out(number, (1, "400,000.00"))
    assert desk.statuses(number) == ["PAID"]


def test_a_title_is_not_given_to_what_is_paid() -> None:
    desk = Desk()
    number = desk.active().number
    name = desk.freeze(number)
    desk.now_ms = NOON_ON_THE_DAY
    desk.execute(number, name)
    desk.attest(number, "1,000,000.00")
    later = desk.freeze(number, by="courtb")
    desk.pay_out(number, (1, "1,000,000.00"))
    desk.unfreeze(number, name)

    refused(settling.AlreadyPaid, desk.transfer, number, later, by="courtb")
    refused(settling.AlreadyPaid, desk.execute, number, later, by="courtb")


def test_a_pledgee_is_paid_before_the_court_and_a_contested_claim_withholds() -> None:
    desk = Desk()
    number = desk.active().number
    pledge = desk.pledged(number)
    name = desk.freeze(number)
    desk.now_ms = NOON_ON_THE_DAY
    desk.write_due()
    desk.execute(number, name)
    claim = desk.claim_pledge(number, pledge)
    desk.attest(number, "1,000,000.00")
    assert refused(settling.UnitsBound, desk.release_withheld, number)["kind"] == "PLEDGE"
    assert desk.pledge_status(pledge) == "CLAIMED"
    desk.now_ms += 5 * DAY_MS
    assert claim
    desk.release_withheld(number)
    desk.pay_out(number, (1, "1,000,000.00"))


def test_a_freeze_takes_back_a_release_of_debt_that_is_not_final_and_leaves_one_that_is() -> None:
    desk = Desk()
    number, other = desk.active().number, desk.active().number
    desk.now_ms = CUTOFF + 1
    desk.write_due()
    desk.release(number, "400,000.00")
    desk.release(other, "400,000.00")

    desk.freeze(number)

    (taken_back,) = [event for event in desk.events if isinstance(event, ReleaseRevoked)]
    assert taken_back.voucher == number
    entitlement = desk.state.get(ENTITLEMENTS, number, 1)
    assert entitlement is not None
    assert (entitlement.releasing, entitlement.release) == (0, "")
    refused(settling.UnitsBound, desk.release, number, "1.00")
    desk.now_ms = at("2026-09-24")
    desk.freeze(other)
    desk.write_due()
    assert desk.positions(other)[0].entitlement.released == 40_000_000
    assert desk.positions(number)[0].entitlement.released == 0


def test_what_was_paid_outside_is_not_frozen() -> None:
    desk = Desk()
    number = desk.active().number
    desk.consent_outside(number, desk.propose_outside(number), by=S1)

    refused(
        settling.VoucherNotOwed if desk.status(number) == "CANCELLED" else refusals.NothingToFreeze,
        desk.freeze,
        number,
    )
