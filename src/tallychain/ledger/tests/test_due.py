"""Due work on rows: in order, moved by outages, counted by day, and closed where it would do harm."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallychain.ledger.due import DueQueue
from tallychain.ledger.journals import JOURNALS, extended
from tallychain.ledger.quarantine import QUARANTINE, QuarantineRow
from tallychain.ledger.state import Committed, MemoryBacking, Overlay
from tallychain.ledger.tests.chain import START_MS, Chain
from tallychain.ledger.tests.toy import (
    ALARMS,
    BOXES,
    CONTRACT,
    DEFECT,
    ENDED,
    OPEN,
    URGENT_BUDGET,
    Box,
    FillBox,
    OpenBox,
    SetAlarm,
)
from tallychain.ledger.timeline import Moment, Outage, Step, Timeline
from tallychain.ledger.types import Height, TimeMs

SOON = START_MS + 30_000
DAY_MS = 86_400_000
LOCAL_MS = 8 * 3_600_000
BOX_KIND = CONTRACT.due[1]
DEFECT_NAME = f"alarm {ALARMS.key(DEFECT).hex()}"


@pytest.fixture
def chain() -> Chain:
    return Chain()


def closed(chain: Chain) -> list[QuarantineRow]:
    return chain.ledger.committed.scan(QUARANTINE)


# -- defects ---------------------------------------------------------------------------------------------------


def with_a_defect(chain: Chain) -> Chain:
    """The chain with three alarms set, of which the second would break an invariant, and a box that ends with them."""
    names = ("A", DEFECT, "Z")
    chain.block(*(chain.ask("alarm.set", SetAlarm(name, SOON)) for name in names))
    chain.block(chain.ask("box.open", OpenBox("B", 1, SOON, "why")))
    return chain


@pytest.mark.attack(14)
def test_due_work_that_would_break_an_invariant_closes_its_row_and_nothing_else(chain: Chain) -> None:
    with_a_defect(chain)

    block = chain.block(after_ms=40_000)

    assert block.result.due_events == (
        b'{"event":"alarm.rang","alarm":"A"}',
        b'{"event":"alarm.rang","alarm":"Z"}',
        f'{{"event":"box.ended","box":"B","at_ms":{SOON}}}'.encode(),
    )
    assert chain.ledger.committed.get(BOXES, DEFECT) is None
    alarm = chain.ledger.committed.get(ALARMS, DEFECT)
    assert alarm is not None
    assert alarm.life.status == "SET"
    assert closed(chain) == [QuarantineRow(DEFECT_NAME, 7, 3, "0" * 64)]


@pytest.mark.attack(14)
def test_a_closed_row_is_passed_over_afterwards_also_by_a_restarted_node(chain: Chain) -> None:
    with_a_defect(chain)
    before = chain.restarted()
    chain.block(after_ms=40_000)
    after = chain.restarted()
    assert before.block(after_ms=40_000).result.root == chain.root

    root = chain.root
    for node in (chain, before, after):
        assert node.ledger.next_due_ms() is None
        block = node.block()
        assert (block.result.due_events, block.result.writes, node.root) == ((), {}, root)


def test_a_closed_row_uses_none_of_the_budget(chain: Chain) -> None:
    defects = [f"{DEFECT}{number}" for number in range(URGENT_BUDGET)]
    chain.block(*(chain.ask("alarm.set", SetAlarm(name, SOON)) for name in defects))
    chain.block(after_ms=40_000)
    chain.block(*(chain.ask("alarm.set", SetAlarm(f"Z{n}", SOON)) for n in range(URGENT_BUDGET)))
    assert len(closed(chain)) == URGENT_BUDGET

    other = chain.restarted()

    mine, theirs = chain.block(), other.block()
    assert len(mine.result.due_events) == URGENT_BUDGET
    assert theirs.result == mine.result


def test_a_closed_row_that_is_written_again_stays_closed(chain: Chain) -> None:
    with_a_defect(chain)
    chain.block(after_ms=40_000)

    chain.block(chain.ask("alarm.set", SetAlarm(DEFECT, SOON + 20_000)))

    assert chain.ledger.next_due_ms() is None
    assert chain.restarted().ledger.next_due_ms() is None
    assert chain.block(after_ms=40_000).result.due_events == ()


@pytest.mark.attack(14)
def test_a_row_whose_quarantine_was_ended_waits_again_on_every_node(chain: Chain) -> None:
    with_a_defect(chain)
    chain.block(after_ms=40_000)
    early = chain.restarted()
    assert early.ledger.next_due_ms() is None
    chain.block(after_ms=70_000)
    early.block(after_ms=70_000)
    late = chain.restarted()
    mended = chain.ask("alarm.set", SetAlarm("M", SOON + 150_000))
    release = chain.ask("box.release", FillBox("B", 1))

    for node in (chain, early, late):
        assert node.block(mended, release).codes == ["DONE", "DONE"]
        assert closed(node) == []
    last = chain.restarted()

    outcomes = [(node.ledger.next_due_ms(), node.block().result.root) for node in (chain, early, late, last)]
    assert outcomes == [(SOON, chain.root)] * 4
    assert closed(chain) == [QuarantineRow(DEFECT_NAME, 7, 6, "0" * 64)]
    assert [node.ledger.next_due_ms() for node in (chain, early, late, last)] == [SOON + 150_000] * 4


def test_a_row_that_is_gone_when_its_quarantine_ends_waits_for_nothing(chain: Chain) -> None:
    state = Overlay(Committed(MemoryBacking()))
    row = Box("A", "member:bank-a", 0, Timeline(OPEN, (Step(SOON, ENDED),)))
    key = BOXES.key("A")
    quarantine = QuarantineRow(f"box {key.hex()}", 7, 1, "0" * 64)
    queue = DueQueue(BOX_KIND)
    state.write([BOXES.put(row), QUARANTINE.put(quarantine)])
    queue.note(key, row, ())
    assert queue.next_ms(state, ()) is None

    state.write([BOXES.delete(row), QUARANTINE.delete(quarantine)])
    queue.resume(QUARANTINE.key(quarantine.object), state, ())

    assert queue.next_ms(state, ()) is None


# -- instants --------------------------------------------------------------------------------------------------


def test_the_next_instant_is_of_a_row_that_really_waits(chain: Chain) -> None:
    ends = {"A": 30_000, "B": 40_000, "C": 50_000}
    chain.block(*(chain.ask("box.open", OpenBox(name, 1, START_MS + ms, "why")) for name, ms in ends.items()))
    chain.block(chain.ask("alarm.set", SetAlarm("X", START_MS + 20_000)))
    chain.block(chain.ask("alarm.set", SetAlarm("X", START_MS + 45_000)))
    chain.block(chain.ask("box.remove", FillBox("A", 1)))

    assert chain.ledger.next_due_ms() == START_MS + 40_000
    chain.block(chain.ask("box.remove", FillBox("B", 1)))
    assert chain.ledger.next_due_ms() == START_MS + 45_000
    chain.block(chain.ask("box.remove", FillBox("C", 1)), after_ms=41_000)
    assert chain.ledger.next_due_ms() is None
    assert chain.restarted().ledger.next_due_ms() is None


INSTANTS = st.integers(0, 300)
ROWS = st.dictionaries(st.sampled_from("ABCDEFGH"), st.lists(INSTANTS, max_size=3).map(sorted))
GAPS = st.lists(st.tuples(st.integers(1, 60), st.integers(1, 60), st.integers(0, 40)), max_size=4)


def outages_of(gaps: Sequence[tuple[int, int, int]]) -> list[Outage]:
    """Outages one after the other: how long after the last one's end each begins, its length and its grace."""
    found, since = [], 0
    for after, length, grace in gaps:
        since += after
        found.append(Outage(since, since + length, grace))
        since += length
    return found


def boxes_of(rows: dict[str, list[int]]) -> list[Box]:
    return [
        Box(name, "member:bank-a", 0, Timeline(OPEN, tuple(Step(ms, ENDED) for ms in instants)))
        for name, instants in rows.items()
    ]


def all_of(queue: DueQueue, state: Overlay, outages: tuple[Outage, ...]) -> list[tuple[int | None, object]]:
    """Everything that a queue does until it is empty: the next instant before each row, and the row after it."""
    found: list[tuple[int | None, object]] = []
    while (at_ms := queue.next_ms(state, outages)) is not None:
        for due in queue.run(state, Moment(Height(1), TimeMs(at_ms), outages)):
            state.write(due.change.writes)
            for write in due.change.writes:
                found.append((at_ms, write.value))
                queue.note(write.key, write.value, outages)
    return found


@given(ROWS, ROWS, GAPS)
def test_moving_a_queue_into_an_outage_is_the_same_as_reading_every_row_again(
    first: dict[str, list[int]], then: dict[str, list[int]], gaps: list[tuple[int, int, int]]
) -> None:
    state, other_state = (Overlay(Committed(MemoryBacking())) for _ in range(2))
    queue, other = DueQueue(BOX_KIND), DueQueue(BOX_KIND)
    outages: tuple[Outage, ...] = ()
    later = outages_of(gaps)
    half = len(later) // 2

    for rows, gone in ((first, later[:half]), (then, later[half:])):
        for row in boxes_of(rows):
            for one in (state, other_state):
                one.write([BOXES.put(row)])
            queue.note(BOXES.key(row.box), row, outages)
        for outage in gone:
            outages += (outage,)
            queue.shift(outage)
    other.rebuild(other_state, outages)

    assert all_of(queue, state, outages) == all_of(other, other_state, outages)


def test_a_row_moved_by_an_outage_waits_behind_those_that_were_not() -> None:
    state = Overlay(Committed(MemoryBacking()))
    queue = DueQueue(BOX_KIND)
    for row in boxes_of({"A": [150], "B": [210], "C": [220]}):
        state.write([BOXES.put(row)])
        queue.note(BOXES.key(row.box), row, ())

    queue.shift(Outage(100, 200, 100))

    found = all_of(queue, state, (Outage(100, 200, 100),))
    assert [(at_ms, row.box) for at_ms, row in found if isinstance(row, Box)] == [
        (210, "B"),
        (220, "C"),
        (300, "A"),
    ]


@given(ROWS, ROWS, st.sets(st.sampled_from("ABCDEFGH")))
def test_what_has_moved_on_is_dropped_from_the_front_and_nobody_can_tell(
    first: dict[str, list[int]], then: dict[str, list[int]], gone: set[str]
) -> None:
    states = [Overlay(Committed(MemoryBacking())) for _ in range(2)]
    queue, trimmed = queues = [DueQueue(BOX_KIND), DueQueue(BOX_KIND)]
    for rows in (first, then):
        for row in boxes_of(rows):
            for state, one in zip(states, queues, strict=True):
                state.write([BOXES.put(row)])
                one.note(BOXES.key(row.box), row, ())
    for row in boxes_of({name: [] for name in gone}):
        for state in states:
            state.write([BOXES.delete(row)])

    trimmed.trim(states[1], ())

    assert queue.next_ms(states[0], ()) == next((at_ms for at_ms, _ in trimmed.heap[:1]), None)
    assert all_of(queue, states[0], ()) == all_of(trimmed, states[1], ())


def test_an_outage_moves_every_kind(chain: Chain) -> None:
    chain.block(
        chain.ask("alarm.set", SetAlarm("A", SOON)), chain.ask("box.open", OpenBox("B", 1, SOON, "x"))
    )

    chain.block(after_ms=300_000)

    moved = START_MS + 301_000 + 1_800_000
    assert chain.ledger.next_due_ms() == moved
    assert [
        queue.next_ms(chain.ledger.committed, chain.ledger.outages) for queue in chain.ledger.due.queues
    ] == [
        moved,
        moved,
    ]


# -- journals --------------------------------------------------------------------------------------------------


def test_due_events_are_kept_by_the_local_day_of_their_block(chain: Chain) -> None:
    midnight_ms = (START_MS + LOCAL_MS) // DAY_MS * DAY_MS + DAY_MS - LOCAL_MS
    ends = [midnight_ms - 3_000, midnight_ms - 2_000, midnight_ms - 1_000]
    names = ("A", "B", "C")
    boxes = [OpenBox(name, 1, at_ms, "why") for name, at_ms in zip(names, ends, strict=True)]
    chain.block(after_ms=midnight_ms - START_MS - 10_000)
    chain.block(*(chain.ask("box.open", box) for box in boxes), after_ms=1_000)

    blocks = [chain.block(after_ms=ms) for ms in (6_000, 1_000, 1_999, 1)]

    day = (midnight_ms + LOCAL_MS) // DAY_MS
    events = [list(block.result.due_events) for block in blocks]
    assert [len(rows) for rows in events] == [1, 1, 1, 0]
    assert chain.journals[f"due/{day - 1}"] == [row for rows in events[:3] for row in rows]
    row = chain.ledger.committed.get(JOURNALS, f"due/{day - 1}")
    assert row is not None
    value = bytes(32)
    for event in chain.journals[f"due/{day - 1}"]:
        value = extended(value, event)
    assert (row.digest, row.rows) == (value.hex(), 3)
    assert f"due/{day}" not in chain.journals


def test_at_local_midnight_another_journal_of_due_events_begins(chain: Chain) -> None:
    midnight_ms = (START_MS + LOCAL_MS) // DAY_MS * DAY_MS + DAY_MS - LOCAL_MS
    chain.block(after_ms=midnight_ms - START_MS - 10_000)
    boxes = [OpenBox("A", 1, midnight_ms - 1, "why"), OpenBox("B", 1, midnight_ms, "why")]
    chain.block(*(chain.ask("box.open", box) for box in boxes), after_ms=1_000)

    chain.block(after_ms=8_999)
    chain.block(after_ms=1)

    day = (midnight_ms + LOCAL_MS) // DAY_MS
    due = {name: len(rows) for name, rows in chain.journals.items() if name.startswith("due/")}
    assert due == {f"due/{day - 1}": 1, f"due/{day}": 1}
