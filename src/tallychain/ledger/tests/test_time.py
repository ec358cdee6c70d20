"""Status that time changes: true at its instant, written down when there is room."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallychain.ledger import limits
from tallychain.ledger.outages import outage_between
from tallychain.ledger.parameters import facts_of
from tallychain.ledger.tests.chain import START_MS, Chain
from tallychain.ledger.tests.toy import (
    ALARMS,
    BOXES,
    CALM_BUDGET,
    ENDED,
    URGENT_BUDGET,
    FillBox,
    OpenBox,
    SetAlarm,
)
from tallychain.ledger.timeline import (
    Moment,
    Outage,
    Step,
    Timeline,
    after_next_step,
    has_passed,
    later_statuses,
    next_step_ms,
    settled,
    shifted,
    status_at,
)
from tallychain.ledger.types import Height, TimeMs

SOON = START_MS + 30_000
HOUR_MS = 3_600_000


def at(time_ms: int, *outages: Outage) -> Moment:
    return Moment(Height(1), TimeMs(time_ms), outages)


def open_boxes(chain: Chain, count: int, ends: int = SOON) -> None:
    chain.block(*(chain.ask("box.open", OpenBox(f"B{number}", 1, ends, "why")) for number in range(count)))


# -- timelines -------------------------------------------------------------------------------------------------


def test_a_status_is_the_last_step_reached() -> None:
    timeline = Timeline("A", (Step(10, "B"), Step(20, "C"), Step(20, "D")))

    assert [status_at(timeline, at(ms)) for ms in (9, 10, 19, 20)] == ["A", "B", "B", "D"]
    assert status_at(settled("A"), at(99)) == "A"


def test_steps_are_written_down_one_by_one() -> None:
    timeline = Timeline("A", (Step(10, "B"), Step(20, "C")))

    assert next_step_ms(timeline, ()) == 10
    later = after_next_step(timeline)
    assert (later.status, next_step_ms(later, ())) == ("B", 20)
    assert next_step_ms(after_next_step(later), ()) is None


@given(st.lists(st.integers(0, 100), max_size=3).map(sorted), st.integers(0, 110))
def test_writing_down_what_is_due_never_changes_what_is_true(instants: list[int], now_ms: int) -> None:
    timeline = Timeline("S0", tuple(Step(ms, f"S{n}") for n, ms in enumerate(instants, start=1)))
    written = timeline
    while True:
        due = next_step_ms(written, ())
        if due is None or due > now_ms:
            break
        written = after_next_step(written)

    for ms in range(now_ms, 111):
        assert status_at(written, at(ms)) == status_at(timeline, at(ms))


@pytest.mark.parametrize(
    ("at_ms", "moved"), [(99, 99), (100, 100), (101, 205), (200, 205), (201, 201), (300, 300)]
)
def test_a_deadline_inside_an_outage_moves_to_its_end_and_grace(at_ms: int, moved: int) -> None:
    outage = Outage(100, 200, 5)

    assert shifted(at_ms, (outage,)) == moved
    assert [has_passed(at_ms, at(ms, outage)) for ms in (moved - 1, moved)] == [False, True]


def test_a_reader_that_asks_later_is_told_every_step_at_its_moved_instant() -> None:
    timeline = Timeline("A", (Step(150, "B"), Step(300, "C")))

    assert later_statuses(timeline, (Outage(100, 200, 5),)) == ((205, "B"), (300, "C"))


def test_a_deadline_that_falls_into_the_next_outage_moves_again() -> None:
    assert shifted(150, (Outage(100, 200, 5), Outage(203, 300, 5))) == 305


# -- outages ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("gap_ms", "found"), [(-1, False), (0, False), (1, True)])
def test_a_gap_of_more_than_a_minute_is_an_outage(gap_ms: int, found: bool) -> None:
    chain = Chain()
    chain.block()

    chain.block(after_ms=limits.OUTAGE_GAP_MS + gap_ms)

    assert bool(chain.ledger.outages) == found
    assert chain.restarted().ledger.outages == chain.ledger.outages


def test_a_chain_that_records_no_outages_has_none() -> None:
    chain = Chain(outages=False)
    chain.block()

    chain.block(after_ms=HOUR_MS)

    assert chain.ledger.outages == ()


def test_the_first_block_of_all_ends_no_outage() -> None:
    chain = Chain()
    chain.block(after_ms=HOUR_MS)
    assert chain.ledger.outages == ()
    facts = facts_of(chain.ledger.committed)

    assert outage_between(facts, 0, START_MS) is None
    assert outage_between(facts, START_MS, START_MS + HOUR_MS) == Outage(
        START_MS, START_MS + HOUR_MS, facts.outage_grace_ms
    )


def test_a_box_that_would_have_ended_in_an_outage_stays_open_for_the_grace() -> None:
    chain = Chain()
    open_boxes(chain, 1)

    block = chain.block(chain.ask("box.fill", FillBox("B0", 1), lives_ms=HOUR_MS + 600_000), after_ms=HOUR_MS)
    assert block.codes == ["EXPIRED"]
    assert chain.block(chain.ask("box.fill", FillBox("B0", 1))).codes == ["DONE"]
    end_ms = START_MS + 1_000 + HOUR_MS + 1_800_000
    for _ in range(30):
        chain.block(after_ms=60_000)
    assert chain.ledger.time_ms == end_ms + 1_000
    assert chain.block(chain.ask("box.fill", FillBox("B0", 1))).codes == ["BOX_NOT_OPEN"]
    box = chain.ledger.committed.get(BOXES, "B0")
    assert box is not None
    assert box.life == settled(ENDED)


# -- due work --------------------------------------------------------------------------------------------------


def test_due_work_publishes_when_it_became_true_and_in_which_block() -> None:
    chain = Chain()
    open_boxes(chain, 1)

    assert chain.block(after_ms=28_999).result.due_events == ()
    block = chain.block(after_ms=1)

    assert block.result.due_events == (f'{{"event":"box.ended","box":"B0","at_ms":{SOON}}}'.encode(),)
    assert chain.journals[f"due/{(SOON + 8 * HOUR_MS) // (24 * HOUR_MS)}"] == list(block.result.due_events)


@pytest.mark.attack(5)
def test_a_flood_of_expiries_changes_no_outcome_and_holds_up_no_other_kind() -> None:
    chain = Chain()
    open_boxes(chain, 20)
    chain.block(*(chain.ask("alarm.set", SetAlarm(f"A{n}", SOON + 1)) for n in range(3)))

    first = chain.block(chain.ask("box.fill", FillBox("B19", 1)), after_ms=40_000)

    assert first.codes == ["BOX_NOT_OPEN"]
    events = [event[:20] for event in first.result.due_events]
    assert events == [b'{"event":"alarm.rang'] * URGENT_BUDGET + [b'{"event":"box.ended"'] * CALM_BUDGET
    late = chain.ledger.committed.get(BOXES, "B19")
    assert late is not None
    assert late.life.status == "OPEN"
    assert status_at(late.life, chain.ledger.moment()) == ENDED

    blocks = 0
    while chain.block().result.due_events:
        blocks += 1
    assert blocks == 20 // CALM_BUDGET - 1


@pytest.mark.attack(5)
def test_outcomes_are_the_same_however_many_blocks_the_due_work_takes() -> None:
    def outcomes(boxes: int) -> list[str]:
        chain = Chain()
        open_boxes(chain, boxes)
        codes = chain.block(chain.ask("box.fill", FillBox("B1", 1)), after_ms=28_999).codes
        codes += chain.block(chain.ask("box.fill", FillBox("B1", 1)), after_ms=1).codes
        return codes + chain.block(chain.ask("box.open", OpenBox("B1", 1, 0, "why"))).codes

    assert outcomes(2) == outcomes(60) == ["DONE", "BOX_NOT_OPEN", "BOX_KNOWN"]


def test_a_row_that_has_moved_on_is_passed_over_without_using_the_budget() -> None:
    chain = Chain()
    open_boxes(chain, 5)
    chain.block(*(chain.ask("box.remove", FillBox(f"B{n}", 1)) for n in range(3)))
    chain.block(chain.ask("box.fill", FillBox("B3", 1)))

    block = chain.block(after_ms=40_000)

    assert [event[28:30] for event in block.result.due_events] == [b"B3", b"B4"]
    assert chain.block().result.due_events == ()


def test_restarting_in_the_middle_of_due_work_changes_nothing() -> None:
    chain = Chain()
    open_boxes(chain, 7)
    chain.block(after_ms=40_000)

    other = chain.restarted()

    for _ in range(4):
        assert other.block().result == chain.block().result
    assert other.root == chain.root


def test_an_alarm_rings_once() -> None:
    chain = Chain()
    chain.block(chain.ask("alarm.set", SetAlarm("A", SOON)), chain.ask("alarm.set", SetAlarm("A", SOON)))

    chain.block(after_ms=40_000)

    assert chain.block().result.due_events == ()
    alarm = chain.ledger.committed.get(ALARMS, "A")
    assert alarm is not None
    assert alarm.life == settled("RUNG")
