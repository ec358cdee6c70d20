"""What is paid on a pledged holding: to the pledgee first, or to nobody before it is clear whose it is."""

from tallychain.contracts.vouchers.pledging import refusals
from tallychain.contracts.vouchers.pledging.state import PLEDGES
from tallychain.contracts.vouchers.pledging.tests.desk import S3_FIRST, Desk, refused
from tallychain.contracts.vouchers.settling import refusals as settling
from tallychain.contracts.vouchers.settling.tests.desk import CUTOFF, S3, fen
from tallychain.contracts.vouchers.tests.desk import DAY_MS, at
from tallychain.instruments.security import proceeds_of


def test_of_a_pledged_holding_the_pledgee_gets_its_claim_and_the_holder_the_rest() -> None:
    """Supply-chain study, scenario 33."""
    desk = Desk()
    number, name = desk.third_pledged()
    desk.now_ms = at("2026-09-09", 10)
    desk.claim_pledge(number, name)
    desk.at_maturity()
    assert desk.pledge_status(name) == "UNCONTESTED"

    desk.attest(number, "1,000,000.00")
    desk.pay_out(number, (S3_FIRST, "125,000.01"))

    assert desk.statuses(number) == ["COLLECTED", "PAID", "COLLECTED"]
    assert proceeds_of(fen("125,000.01"), fen("102,000.00")) == (fen("102,000.00"), fen("23,000.01"))


def test_without_a_claim_the_money_stays_with_the_bank_and_the_issuer_is_discharged() -> None:
    desk = Desk()
    number, name = desk.third_pledged()
    desk.at_maturity()
    desk.attest(number, "1,000,000.00")

    assert (desk.status(number), desk.statuses(number)) == ("SETTLED", ["COLLECTED", "WITHHELD", "COLLECTED"])
    refused(settling.HoldingWithheld, desk.pay_out, number, (S3_FIRST, "125,000.01"))
    assert refused(settling.UnitsBound, desk.release_withheld, number, S3_FIRST)["kind"] == "PLEDGE"
    desk.claim_pledge(number, name)
    refused(settling.UnitsBound, desk.release_withheld, number, S3_FIRST)
    desk.now_ms += 5 * DAY_MS
    desk.release_withheld(number, S3_FIRST)
    desk.pay_out(number, (S3_FIRST, "125,000.01"))

    assert desk.statuses(number)[1] == "PAID"
    desk.write_due()
    again = desk.active(nominal_maturity="2026-10-14", reference="ee" * 16).number
    refused(refusals.PledgeNotFound, desk.claim_pledge, again, name)


def test_a_shortfall_of_the_issuer_reaches_the_pledged_holding_in_proportion() -> None:
    """Scenario 23 with S3's part pledged: 75,000.01 come in for it, all of which the claim takes; the rest of the claim waits."""
    desk = Desk()
    number, name = desk.third_pledged()
    desk.now_ms = at("2026-09-09", 10)
    desk.claim_pledge(number, name)
    desk.at_maturity()
    desk.attest(number, "600,000.00")
    desk.pay_out(number, (S3_FIRST, "75,000.01"))
    desk.attest(number, "400,000.00")
    desk.pay_out(number, (S3_FIRST, "50,000.00"))

    first = proceeds_of(fen("75,000.01"), fen("102,000.00"))
    second = proceeds_of(fen("50,000.00"), fen("102,000.00"), fen("75,000.01"))
    assert first == (fen("75,000.01"), 0)
    assert second == (fen("26,999.99"), fen("23,000.01"))
    assert desk.statuses(number)[1] == "PAID"


def test_a_paid_holding_has_nothing_to_claim_any_more() -> None:
    desk = Desk()
    number, name = desk.third_pledged()
    desk.at_maturity()
    desk.attest(number, "1,000,000.00")
    desk.claim_pledge(number, name)
    desk.contest(number, name, desk.state.get(PLEDGES, name).claim, by=S3)  # type: ignore[union-attr]  # it is there
    desk.release_pledge(number, name)
    desk.release_withheld(number, S3_FIRST)
    desk.pay_out(number, (S3_FIRST, "125,000.01"))

    refused(refusals.PledgeNotInForce, desk.claim_pledge, number, name)
    assert desk.statuses(number)[1] == "PAID"


def test_a_pledge_may_outlive_a_payment_to_its_holding_but_takes_no_claim_of_it() -> None:
    desk = Desk()
    number, name = desk.third_pledged()
    claim = desk.claim_pledge(number, name)
    desk.now_ms += 4 * DAY_MS
    desk.attest(number, "1,000,000.00")
    desk.now_ms = max(desk.now_ms, at("2026-09-15", 13))
    desk.release_withheld(number, S3_FIRST)
    desk.pay_out(number, (S3_FIRST, "125,000.01"))

    assert desk.pledge_status(name) == "UNCONTESTED"
    refused(refusals.ClaimNotContestable, desk.contest, number, name, claim, by=S3)


def test_a_holder_does_not_release_the_issuer_of_what_is_pledged() -> None:
    desk = Desk()
    number, name = desk.third_pledged()
    desk.now_ms = CUTOFF + 1
    found = refused(settling.UnitsBound, desk.release, number, "1.00", S3_FIRST, by=S3)

    assert found["kind"] == "PLEDGE"
    desk.release_pledge(number, name)
    desk.release(number, "1.00", S3_FIRST, by=S3)
