"""A guarantor gives a guarantee for an issuer, up to a limit and until a day; what a voucher takes of it and gives back."""

import pytest

from tallychain.contracts.vouchers import refusals as general
from tallychain.contracts.vouchers.guaranteeing import refusals
from tallychain.contracts.vouchers.guaranteeing.events import FrameOver
from tallychain.contracts.vouchers.guaranteeing.tests.desk import Desk
from tallychain.contracts.vouchers.guaranteeing.tests.test_guaranteeing import Following
from tallychain.contracts.vouchers.pledging.tests.desk import refused
from tallychain.contracts.vouchers.settling.tests.desk import S1, fen
from tallychain.contracts.vouchers.tests.desk import DAY_MS, V1_FACE, at, member_row
from tallychain.ledger.identity import BANK, GUARANTOR, MEMBERS, SUSPENDED


def test_a_voucher_takes_its_face_of_the_limit_and_no_more_than_is_free() -> None:
    desk = Desk()
    desk.give("1,500,000.00")
    first = desk.issue(guarantor="guar-a")
    found = refused(refusals.GuaranteeExceeded, desk.issue, guarantor="guar-a")
    assert (found["free"], found["face"]) == (fen("500,000.00"), V1_FACE)
    desk.reject(first.number, S1)
    assert desk.frame().exposure == 0
    assert desk.guarantee_status(first.number) == "(nothing)"
    second = desk.issue(guarantor="guar-a")
    desk.withdraw(second.number)
    assert desk.frame().exposure == 0


@pytest.mark.deadline("guarantee: STANDING (nobody has accepted) -> FREED")
def test_a_promise_that_nobody_answers_frees_its_guarantor() -> None:
    desk = Following()
    desk.give()
    number = desk.issue(guarantor="guar-a").number
    desk.now_ms += 11 * DAY_MS
    assert desk.guarantee_status(number) == "FREED"
    desk.write_due()
    assert desk.frame().exposure == 0
    assert desk.status_of("guarantees", number) == "FREED"


def test_what_is_paid_in_time_frees_the_guarantor() -> None:
    desk = Following()
    number = desk.guaranteed()
    desk.attest(number, "600,000.00")
    assert (desk.frame().exposure, desk.guarantee(number).liable) == (fen("400,000.00"), fen("400,000.00"))
    assert desk.row("guarantee_frames", "guar-a", "ce-a")["exposure"] == fen("400,000.00")
    desk.attest(number, "400,000.00")
    assert desk.frame().exposure == 0
    assert desk.status_of("guarantees", number) == "FREED"


def test_nobody_is_named_who_has_not_given_a_guarantee_for_this_issuer() -> None:
    desk = Desk()
    refused(refusals.GuaranteeNotGiven, desk.issue, guarantor="guar-a")
    desk.give(issuer="ce-b")
    refused(refusals.GuaranteeNotGiven, desk.issue, guarantor="guar-a")
    desk.give()
    assert refused(refusals.FrameStands, desk.give)["until"] == "2026-12-31"
    number = desk.issue(guarantor="guar-a").number
    desk.end_guarantee()
    refused(refusals.GuaranteeNotGiven, desk.issue, guarantor="guar-a")
    refused(refusals.GuaranteeNotGiven, desk.end_guarantee)
    assert desk.guarantee_status(number) == "STANDING"
    found = refused(refusals.LimitBelowExposure, desk.give, "999,999.99")
    assert (found["exposure"], found["limit"]) == (V1_FACE, V1_FACE - 1)
    desk.give("1,000,000.00")
    assert desk.frame().exposure == V1_FACE


@pytest.mark.parametrize("how", ["suspended", "other", "gone"])
def test_a_guarantor_that_is_not_in_standing_takes_no_new_vouchers(how: str) -> None:
    desk = Desk()
    desk.give()
    if how == "suspended":
        desk.state.write([MEMBERS.put(member_row("guar-a", (GUARANTOR,), SUSPENDED))])
    elif how == "other":
        desk.state.write([MEMBERS.put(member_row("guar-a", (BANK,)))])
    else:
        desk.state.write([MEMBERS.delete(member_row("guar-a", (GUARANTOR,)))])
    refused(refusals.GuarantorNotEligible, desk.issue, guarantor="guar-a")


def test_a_guarantee_is_given_for_an_issuer_and_until_a_day_that_is_not_past() -> None:
    desk = Desk()
    for issuer in ("bank-a", "nobody"):
        refused(refusals.IssuerNotEligible, desk.give, issuer=issuer)
    desk.standing("ce-a", SUSPENDED)
    refused(refusals.IssuerNotEligible, desk.give)
    refused(general.DateNotValid, desk.give, issuer="ce-b", until="2026-02-30")
    refused(refusals.FrameNotAhead, desk.give, issuer="ce-b", until="2026-03-15")
    desk.give(issuer="ce-b", until="2026-03-16")


@pytest.mark.deadline("guarantee_frame: IN_FORCE -> EXPIRED")
def test_no_voucher_is_issued_under_a_guarantee_after_its_last_day_whoever_is_silent() -> None:
    desk = Following()
    desk.give(until="2026-03-31")
    desk.now_ms = at("2026-04-01", 0)
    refused(refusals.GuaranteeNotGiven, desk.issue, guarantor="guar-a")
    (over,) = desk.write_due()
    assert isinstance(over, FrameOver)
    assert (over.status, over.since_ms) == ("EXPIRED", desk.now_ms)
    assert desk.status_of("guarantee_frames", "guar-a", "ce-a") == "EXPIRED"
    desk.give()
    assert [type(event).__name__ for event in desk.events] == ["FrameGiven"]


def test_whoever_gives_a_guarantee_anew_before_due_work_writes_down_that_the_earlier_one_is_over() -> None:
    desk = Desk()
    desk.give(until="2026-03-31")
    desk.now_ms = at("2026-04-01", 0)
    desk.give()
    assert [type(event).__name__ for event in desk.events] == ["FrameOver", "FrameGiven"]
