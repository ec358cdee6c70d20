"""Banks grant ceilings and lower them; vouchers take of their sum and give back."""

from collections.abc import Callable

import pytest

from tallychain.contracts.risk import api, refusals
from tallychain.contracts.risk.events import (
    CeilingEnded,
    CeilingFreed,
    CeilingGranted,
    CeilingReduced,
    CeilingTookEffect,
    CeilingUsed,
)
from tallychain.contracts.risk.state import ENDED, IN_FORCE, PLANNED
from tallychain.contracts.risk.tests.desk import LINE, Desk, at
from tallychain.ledger import identity
from tallychain.ledger.identity import MEMBERS
from tallychain.ledger.refusals import Refused

V1_FACE = 100_000_000


def refused(act: Callable[[], object], desk: Desk) -> Refused:
    before = desk.content()
    with pytest.raises(Refused) as caught:
        act()
    assert desk.content() == before
    for language in ("en", "zh"):
        assert caught.value.sentence(language)
    return caught.value


def code_of(act: Callable[[], object], desk: Desk) -> str:
    return refused(act, desk).code


def test_the_voucher_of_the_study_takes_its_face_of_a_line_of_fifty_million() -> None:
    desk = Desk()
    desk.grant(LINE)

    change = desk.use(V1_FACE)

    assert change.events == (CeilingUsed("ce-a", V1_FACE, V1_FACE),)
    assert api.used(desk.state, "ce-a") == V1_FACE
    assert desk.free() == LINE - V1_FACE


def test_one_fen_more_than_is_free_is_refused_and_exactly_what_is_free_is_taken() -> None:
    desk = Desk()
    desk.grant(100)
    desk.grant(50, by="bank-b")

    refusal = refused(lambda: desk.use(151), desk)

    assert refusal.code == "CEILING_EXCEEDED"
    assert refusal.typed_fields() == {"issuer": "ce-a", "free": 150, "amount": 151}
    desk.use(150)
    assert code_of(lambda: desk.use(1), desk) == "CEILING_EXCEEDED"


def test_what_is_paid_is_free_again_in_parts_and_as_a_whole() -> None:
    desk = Desk()
    desk.grant(100)
    desk.use(100)

    assert desk.give_back(40).events == (CeilingFreed("ce-a", 40, 60),)
    assert desk.free() == 40
    desk.give_back(60)
    assert (desk.free(), api.used(desk.state, "ce-a")) == (100, 0)


def test_an_issuer_without_a_ceiling_issues_nothing() -> None:
    desk = Desk()

    assert code_of(lambda: desk.use(1), desk) == "CEILING_EXCEEDED"


@pytest.mark.deadline("ceiling: PLANNED -> IN_FORCE", "ceiling: IN_FORCE -> ENDED")
def test_a_ceiling_holds_from_its_first_day_to_the_end_of_its_last() -> None:
    desk = Desk()
    name = desk.grant(100, valid_from="2026-03-17", valid_until="2026-03-18")
    ceiling = desk.ceiling(name)
    assert ceiling is not None
    assert (ceiling.status_at(desk.now), desk.free()) == (PLANNED, 0)

    desk.now_ms = at("2026-03-17", 0)
    assert (ceiling.status_at(desk.now), desk.free()) == (IN_FORCE, 100)
    desk.now_ms = at("2026-03-19", 0) - 1
    assert desk.free() == 100
    desk.now_ms += 1
    assert (ceiling.status_at(desk.now), desk.free()) == (ENDED, 0)


@pytest.mark.deadline("ceiling: PLANNED -> ENDED")
def test_a_planned_ceiling_whose_days_are_over_before_anybody_writes_is_ended() -> None:
    desk = Desk()
    ceiling = desk.ceiling(desk.grant(100, valid_from="2026-03-17", valid_until="2026-03-18"))
    assert ceiling is not None
    assert ceiling.timeline.status == PLANNED

    desk.now_ms = at("2026-03-19", 0)

    assert (ceiling.status_at(desk.now), desk.free()) == (ENDED, 0)


def test_due_work_writes_down_that_a_ceiling_begins_and_ends_and_then_it_leaves_the_state() -> None:
    desk = Desk()
    name = desk.grant(100, valid_from="2026-03-17", valid_until="2026-03-18")
    desk.now_ms = at("2026-03-17", 9)
    (begun,) = desk.write_due()
    assert isinstance(begun, CeilingTookEffect)
    assert (begun.since_ms, begun.timeline.status) == (at("2026-03-17", 0), IN_FORCE)
    desk.now_ms = at("2026-03-20", 9)

    assert desk.write_due() == [CeilingEnded(name, "ce-a", at("2026-03-19", 0))]

    assert desk.ceiling(name) is None
    assert desk.write_due() == []


def test_what_was_issued_stays_outstanding_when_the_ceiling_ends() -> None:
    desk = Desk()
    desk.grant(100, valid_until="2026-03-16")
    desk.use(80)
    desk.now_ms = at("2026-03-17", 0)
    desk.write_due()

    assert (desk.free(), api.used(desk.state, "ce-a")) == (0, 80)
    desk.grant(90, valid_from="2026-03-17")
    assert desk.free() == 10


def test_a_bank_lowers_its_ceiling_below_what_is_outstanding_and_nothing_new_is_issued() -> None:
    desk = Desk()
    name = desk.grant(100)
    desk.use(80)

    assert desk.reduce(name, 30).events == (CeilingReduced(name, "ce-a", 30),)

    assert desk.free() == 0
    assert code_of(lambda: desk.use(1), desk) == "CEILING_EXCEEDED"
    desk.give_back(60)
    assert desk.free() == 10


def test_a_ceiling_lowered_to_nothing_has_ended() -> None:
    desk = Desk()
    name = desk.grant(100)

    assert desk.reduce(name, 0).events == (
        CeilingReduced(name, "ce-a", 0),
        CeilingEnded(name, "ce-a", desk.now_ms),
    )
    assert desk.ceiling(name) is None
    assert code_of(lambda: desk.reduce(name, 0), desk) == "CEILING_NOT_FOUND"


def test_only_the_bank_that_granted_lowers_and_never_raises() -> None:
    desk = Desk()
    name = desk.grant(100)

    assert code_of(lambda: desk.reduce(name, 1, by="bank-b"), desk) == "NOT_THE_GRANTOR"
    assert code_of(lambda: desk.reduce(name, 100), desk) == "CEILING_NOT_LOWER"
    assert code_of(lambda: desk.reduce(name, 1, issuer="ce-b"), desk) == "CEILING_NOT_FOUND"
    desk.reduce(name, 99)
    desk.now_ms = at("2027-03-16", 0)
    assert code_of(lambda: desk.reduce(name, 1), desk) == "CEILING_NOT_FOUND"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"by": "ce-b", "issuer": "ce-b"}, "OWN_CEILING"),
        ({"issuer": "bank-b"}, "ISSUER_NOT_ELIGIBLE"),
        ({"issuer": "nobody"}, "ISSUER_NOT_ELIGIBLE"),
        ({"currency": "USD"}, "CEILING_CURRENCY_NOT_TAKEN"),
        ({"valid_from": "2026-02-30"}, "CEILING_DAY_NOT_VALID"),
        ({"valid_until": "2026-02-30"}, "CEILING_DAY_NOT_VALID"),
        ({"valid_from": "2026-03-15"}, "CEILING_DAYS_NOT_POSSIBLE"),
        ({"valid_from": "2026-03-18", "valid_until": "2026-03-17"}, "CEILING_DAYS_NOT_POSSIBLE"),
        ({"valid_until": "2029-03-17"}, "CEILING_DAYS_NOT_POSSIBLE"),
    ],
)
def test_a_ceiling_that_cannot_be_is_refused(changed: dict[str, object], code: str) -> None:
    desk = Desk()

    assert code_of(lambda: desk.grant(1, **changed), desk) == code  # type: ignore[arg-type]  # fields of several types


def test_the_longest_and_the_shortest_ceiling_are_granted_and_published() -> None:
    desk = Desk()
    desk.grant(1, valid_until="2029-03-16")
    name = desk.grant(2, by="ce-b", valid_until="2026-03-16")

    event = desk.events[-1]
    assert isinstance(event, CeilingGranted)
    assert (event.ceiling, event.bank, event.amount, event.timeline.status) == (name, "ce-b", 2, IN_FORCE)


def test_a_refusal_that_rests_on_a_policy_cites_its_article() -> None:
    desk = Desk()

    refusal = refused(lambda: desk.grant(1, valid_until="2029-03-17"), desk)

    assert refusal.sentence().endswith("(Rules 5, policy RISK)")
    assert refusal.sentence("zh").endswith("（Rules 5，政策 RISK）")
    days = ("2026-03-16", "2026-03-16", "2026-03-16", "2026-03-16")
    assert not refusals.CeilingDaysNotPossible(*days, "").sentence().endswith(")")


def test_a_bank_has_at_most_ten_ceilings_for_one_issuer_that_have_not_ended() -> None:
    desk = Desk()
    for _ in range(10):
        desk.grant(1, valid_until="2026-03-16")

    assert code_of(lambda: desk.grant(1), desk) == "TOO_MANY_CEILINGS"
    desk.grant(1, by="bank-b")
    desk.now_ms = at("2026-03-17", 0)
    assert desk.grant(1, valid_from="2026-03-17")


def test_a_suspended_bank_stands_by_its_ceiling_and_a_revoked_or_unknown_one_does_not() -> None:
    desk = Desk()
    desk.grant(100)
    desk.grant(7, by="bank-b")

    desk.standing("bank-a", identity.SUSPENDED)
    assert api.granted(desk.state, "ce-a", desk.now) == 107
    for standing in (identity.REVOKED, identity.EXITED):
        desk.standing("bank-a", standing)
        assert api.granted(desk.state, "ce-a", desk.now) == 7
    row = desk.state.get(MEMBERS, "bank-b")
    assert row is not None
    desk.state.write([MEMBERS.delete(row)])
    assert api.granted(desk.state, "ce-a", desk.now) == 0


def test_an_outage_moves_the_end_of_a_ceiling() -> None:
    desk = Desk()
    desk.grant(100, valid_until="2026-03-16")
    end_ms = at("2026-03-17", 0)
    desk.outage(end_ms - 1_000, end_ms + 1_000, 60_000)
    desk.now_ms = end_ms + 1_000
    assert desk.write_due() == []
    assert desk.free() == 100
