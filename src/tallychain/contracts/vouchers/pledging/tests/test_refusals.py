"""Every act on a pledge is refused in the order of precedence."""

from tallychain.contracts.documents.api import VoucherUnderReview
from tallychain.contracts.vouchers import refusals as general
from tallychain.contracts.vouchers.pledging import refusals
from tallychain.contracts.vouchers.pledging.state import CLAIMS_MAX
from tallychain.contracts.vouchers.pledging.tests.desk import Desk, refused
from tallychain.contracts.vouchers.settling import refusals as settling
from tallychain.contracts.vouchers.settling.tests.desk import S1, S2
from tallychain.contracts.vouchers.tests.desk import at, row


def test_a_pledge_is_refused_in_the_order_of_precedence() -> None:
    desk = Desk()
    number = desk.active().number
    refused(general.VoucherNotFound, desk.pledge, "EVTRIA20260316000000000180")
    refused(general.HoldingNotFound, desk.pledge, number, holding=2)
    refused(general.NotTheHolder, desk.pledge, number, by=S2)
    refused(general.NotTheSponsor, desk.pledge, number, via="bank-b")
    for pledgee in ("ce-b", "nobody"):
        refused(refusals.PledgeeNotEligible, desk.pledge, number, pledgee=pledgee)
    desk.suspended("bank-b")
    refused(refusals.PledgeeNotEligible, desk.pledge, number)
    desk.standing("bank-b", "ACTIVE")
    refused(general.DateNotValid, desk.pledge, number, until="2026-09-31")
    for until in ("2026-03-16", "2026-10-15"):
        assert refused(refusals.PledgeEndNotPossible, desk.pledge, number, until=until) == {
            "until": until,
            "earliest": "2026-03-17",
            "latest": "2026-10-14",
        }
    desk.pledge(number, until="2026-10-14")
    desk.now_ms = at("2026-09-09", 0)
    refused(general.BlackOut, desk.pledge, number)
    desk.now_ms = at("2026-09-14")
    refused(general.VoucherNotActive, desk.pledge, number)


def test_what_was_paid_outside_is_not_pledged() -> None:
    desk = Desk()
    number = desk.active().number
    desk.pass_on(number, S1, row(1, 30_000_000, S2))
    desk.consent_outside(number, desk.propose_outside(number), by=S2)

    refused(settling.HoldingPaid, desk.pledge, number, by=S2)


def test_acts_of_the_pledgee_are_refused_in_the_order_of_precedence() -> None:
    desk = Desk()
    number = desk.active().number
    name = desk.pledge(number)
    other = desk.active().number
    for act in (desk.accept_pledge, desk.release_pledge, desk.claim_pledge, desk.enforce):
        refused(refusals.PledgeNotFound, act, other, name)
        refused(refusals.PledgeNotFound, act, number, "ab" * 32)
        refused(refusals.NotThePledgee, act, number, name, "bank-a")
    assert refused(refusals.PledgeNotInForce, desk.claim_pledge, number, name)["status"] == "PROPOSED"
    refused(refusals.PledgeNotInForce, desk.enforce, number, name)
    desk.accept_pledge(number, name)
    refused(refusals.PledgeNotPending, desk.accept_pledge, number, name)
    refused(refusals.PledgeNotPending, desk.recall_pledge, number, name)
    desk.release_pledge(number, name)
    assert refused(refusals.PledgeNotInForce, desk.release_pledge, number, name)["status"] == "LIFTED"
    late = desk.pledge(other)
    desk.now_ms = at("2026-09-09", 0)
    refused(refusals.PledgeNotFound, desk.accept_pledge, other, late)
    desk.now_ms = at("2026-09-08", 23)
    later = desk.pledge(other)
    desk.now_ms = at("2026-09-09", 0)
    refused(general.BlackOut, desk.accept_pledge, other, later)
    desk.now_ms = at("2026-09-14", 0)
    refused(general.VoucherNotActive, desk.accept_pledge, other, later)


def test_acts_of_the_holder_are_refused_in_the_order_of_precedence() -> None:
    desk = Desk()
    number = desk.active().number
    name = desk.pledge(number)
    refused(general.NotTheHolder, desk.recall_pledge, number, name, by=S2)
    refused(general.NotTheSponsor, desk.recall_pledge, number, name, via="bank-b")
    desk.accept_pledge(number, name)
    refused(refusals.ClaimNotContestable, desk.contest, number, name, "ab" * 32)
    desk.claim_pledge(number, name)
    refused(general.NotTheHolder, desk.contest, number, name, "ab" * 32, by=S2)
    refused(refusals.ClaimNotContestable, desk.contest, number, name, "ab" * 32)


def test_a_holder_has_to_contest_five_claims_at_most() -> None:
    desk = Desk()
    number = desk.active().number
    name = desk.pledged(number)
    for _ in range(CLAIMS_MAX):
        desk.contest(number, name, desk.claim_pledge(number, name))

    assert refused(refusals.TooManyClaims, desk.claim_pledge, number, name)["limit"] == CLAIMS_MAX


def test_nothing_is_pledged_of_a_voucher_under_review() -> None:
    desk = Desk()
    number = desk.active().number
    name = desk.pledge(number)
    desk.under_review(number)

    refused(VoucherUnderReview, desk.accept_pledge, number, name)
    desk.recall_pledge(number, name)
    refused(VoucherUnderReview, desk.pledge, number)
