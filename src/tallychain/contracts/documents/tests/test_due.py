"""What time does: it is true at its instant and written down when there is room."""

from dataclasses import replace

import pytest

from tallychain.contracts.documents import CONTRACT
from tallychain.contracts.documents.events import PayableLapsed, PayablePastDue
from tallychain.contracts.documents.state import CONFIRMED, LAPSED, PAST_DUE, PRESENTED
from tallychain.contracts.documents.tests.desk import Desk, at
from tallychain.contracts.documents.tests.test_payable_rules import code_of
from tallychain.ledger.due import DueWork


@pytest.mark.deadline("payable: PRESENTED -> LAPSED")
def test_an_unanswered_payable_lapses_and_the_event_says_since_when() -> None:
    desk = Desk()
    payable = desk.present()
    desk.now_ms = at("2026-04-10")

    assert desk.write_due() == [PayableLapsed(payable, at("2026-03-31", 0))]
    assert desk.payable(payable).timeline.status == LAPSED
    assert desk.write_due() == []


@pytest.mark.deadline("payable: CONFIRMED -> PAST_DUE")
def test_a_confirmed_payable_is_due_at_the_first_instant_of_its_day() -> None:
    desk = Desk()
    payable = desk.confirmed()
    desk.now_ms = at("2026-09-13", 23)
    assert desk.write_due() == []

    desk.now_ms = at("2026-09-14", 0)

    assert desk.write_due() == [PayablePastDue(payable, at("2026-09-14", 0))]
    assert desk.payable(payable).timeline.status == PAST_DUE


def test_a_flood_of_lapses_changes_no_answer() -> None:
    desk = Desk()
    desk.due = DueWork([replace(kind, budget=3) for kind in CONTRACT.due])
    names = [desk.present() for _ in range(8)]
    desk.now_ms = at("2026-03-31", 0)

    assert len(desk.write_due()) == 3

    last = desk.payable(names[-1])
    assert (last.timeline.status, last.status_at(desk.now)) == (PRESENTED, LAPSED)
    assert code_of(lambda: desk.confirm(names[-1]), desk) == "PAYABLE_NOT_PRESENTED"
    assert [len(desk.write_due()) for _ in range(3)] == [3, 2, 0]


def test_an_outage_moves_the_deadline_of_an_answer() -> None:
    desk = Desk()
    payable = desk.present()
    end_ms = at("2026-03-31", 0)
    desk.outage(end_ms - 1_000, end_ms + 1_000, 1_800_000)
    desk.now_ms = end_ms + 1_000
    assert desk.write_due() == []

    desk.confirm(payable)

    assert desk.payable(payable).status_at(desk.now) == CONFIRMED
