"""Blocks executed and not adopted: they change nothing, several may stand side by side, and one is taken over."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallychain.ledger import machine
from tallychain.ledger.due import DueQueue
from tallychain.ledger.machine import LedgerState, NotTheNextBlock
from tallychain.ledger.quarantine import QUARANTINE, QuarantineRow
from tallychain.ledger.state import Committed, MemoryBacking, Overlay
from tallychain.ledger.tests.chain import START_MS, Chain, pack
from tallychain.ledger.tests.test_due import BOX_KIND, boxes_of
from tallychain.ledger.tests.toy import BOXES, DEFECT, FULL, FillBox, OpenBox, SetAlarm
from tallychain.ledger.timeline import Moment, Outage
from tallychain.ledger.types import Height, TimeMs


def image(ledger: LedgerState) -> object:
    """All that a ledger remembers beside its rows, for comparison."""
    queues = [(sorted(queue.heap), queue.closed) for queue in ledger.due.queues]
    replay = vars(ledger.replay)
    known = (ledger.height, ledger.time_ms, ledger.outages, ledger.tree.root)
    return copy.deepcopy((known, queues, replay))


def story_blocks(chain: Chain, number: int) -> tuple[list[bytes], int]:
    """One of several blocks with everything in them, and how long after the one before it comes."""
    names = [f"B{n}" for n in range(6)]
    asked = (
        [
            *(chain.ask("box.open", OpenBox(name, 5, START_MS + 90_000, "x")) for name in names),
            chain.ask("alarm.set", SetAlarm(DEFECT, START_MS + 50_000)),
        ],
        [chain.ask("alarm.set", SetAlarm(name, START_MS + 50_000)) for name in names],
        [
            chain.ask("box.fill", FillBox("B1", FULL + 1)),
            chain.ask("box.remove", FillBox("B2", 1)),
            chain.ask("box.fill", FillBox("B3", 1), "bank-b/system"),
        ],
        [],
        [chain.ask("box.fill", FillBox("B4", 1))],
        [chain.ask("box.fill", FillBox("B4", 2))],
        [],
    )[number]
    after_ms = (1_000, 1_000, 55_000, 50_000, 1_000, 300_000, 1_000)[number]
    return ([pack(asked, "bank-a", chain.ledger.time_ms)] if asked else []), after_ms


@pytest.mark.parametrize("others", [0, 1, 3])
def test_executing_a_block_changes_nothing_and_the_same_again_gives_the_same(others: int) -> None:
    chain, plain = Chain(), Chain()
    for number in range(7):
        envelopes, after_ms = story_blocks(chain, number)
        block, _ = chain.candidate(envelopes, after_ms)
        before, rows = image(chain.ledger), dict(chain.backing.content)
        executed = machine.execute(chain.ledger, block)
        for other in range(others):
            rival = chain.ask("box.open", OpenBox(f"R{other}", 1, START_MS + 60_000, "x"))
            rivals = pack([rival], "bank-a", chain.ledger.time_ms)
            machine.execute(chain.ledger, chain.candidate([rivals, *envelopes], after_ms + other)[0])

        assert (image(chain.ledger), chain.backing.content) == (before, rows)
        assert machine.execute(chain.ledger, block).result == executed.result
        chain.keep(executed.result)
        machine.adopt(chain.ledger, executed)
        assert plain.raw_block(envelopes, after_ms).result == executed.result
        assert image(chain.ledger) == image(plain.ledger)
        assert chain.root == executed.result.root
        assert chain.restarted().ledger.next_due_ms() == chain.ledger.next_due_ms()
    assert chain.ledger.outages


def test_a_candidate_of_a_height_that_is_over_is_not_adopted() -> None:
    chain = Chain()
    block, _ = chain.candidate([])
    first, second = (machine.execute(chain.ledger, block) for _ in range(2))
    machine.adopt(chain.ledger, first)

    with pytest.raises(NotTheNextBlock, match="Block 1 does not follow block 1"):
        machine.adopt(chain.ledger, second)
    with pytest.raises(NotTheNextBlock):
        machine.execute(chain.ledger, block)


def test_a_nonce_used_in_a_candidate_is_free_until_that_is_adopted() -> None:
    chain = Chain()
    asked = chain.ask("box.open", OpenBox("A", 1, 0, "x"))
    block, _ = chain.candidate([pack([asked], "bank-a", chain.ledger.time_ms)])

    executed = machine.execute(chain.ledger, block)

    assert executed.replay.living("bank-a") == 1
    assert chain.ledger.replay.living("bank-a") == 0
    chain.keep(executed.result)
    machine.adopt(chain.ledger, executed)
    assert chain.ledger.replay.living("bank-a") == 1
    assert chain.block(asked).codes == ["REPEAT"]


INSTANTS = st.lists(st.integers(0, 300), max_size=3).map(sorted)
NAMES = st.sampled_from("ABCDEF")
BLOCKS = st.lists(
    st.tuples(
        st.integers(1, 60),
        st.none() | st.integers(1, 40),
        st.dictionaries(NAMES, INSTANTS, max_size=4),
        st.lists(NAMES, max_size=2),
        st.lists(NAMES, max_size=2),
    ),
    max_size=8,
)


class Waiting:
    """Rows and one queue over them, moved on block by block; with layers or without."""

    def __init__(self) -> None:
        self.state = Overlay(Committed(MemoryBacking()))
        self.queue = DueQueue(BOX_KIND)
        self.outages: tuple[Outage, ...] = ()
        self.now_ms = 0

    def block(self, queue: DueQueue, state: Overlay, plan: tuple[object, ...]) -> list[object]:
        """What one block does on a queue and a state."""
        after_ms, outage, rows, closed, ended = plan
        self.now_ms += after_ms  # type: ignore[operator]  # drawn as numbers
        if outage is not None:
            gone = Outage(self.now_ms, self.now_ms + outage, 5)  # type: ignore[operator]  # drawn as numbers
            self.now_ms, self.outages = gone.until_ms, (*self.outages, gone)
            queue.shift(gone)
        found: list[object] = []
        for due in queue.run(state, Moment(Height(1), TimeMs(self.now_ms), self.outages)):
            found.append(due)
            state.write(due.change.writes)
            for write in due.change.writes:
                queue.note(write.key, write.value, self.outages)
        for row in boxes_of(rows):  # type: ignore[arg-type]  # drawn as rows
            state.write([BOXES.put(row)])
            queue.note(BOXES.key(row.box), row, self.outages)
        for name in closed:  # type: ignore[attr-defined]  # drawn as names
            state.write([QUARANTINE.put(quarantine_of(name))])
        for name in ended:  # type: ignore[attr-defined]  # drawn as names
            state.write([QUARANTINE.delete(quarantine_of(name))])
            queue.resume(QUARANTINE.key(quarantine_of(name).object), state, self.outages)
        return found


def quarantine_of(name: str) -> QuarantineRow:
    return QuarantineRow(f"{BOX_KIND.name} {BOXES.key(name).hex()}", 7, 1, "0" * 64)


@given(BLOCKS, BLOCKS)
def test_a_queue_moved_on_by_layers_is_the_same_as_one_that_is_changed_in_place(
    plans: list[tuple[object, ...]], rivals: list[tuple[object, ...]]
) -> None:
    plain, layered = Waiting(), Waiting()
    for number, plan in enumerate(plans):
        expected = plain.block(plain.queue, plain.state, plan)
        before = (sorted(layered.queue.heap), dict(layered.queue.closed))
        at = (layered.now_ms, layered.outages)
        for rival in rivals[number : number + 1]:
            layered.block(layered.queue.layer(), Overlay(layered.state), rival)
            layered.now_ms, layered.outages = at
        assert (sorted(layered.queue.heap), layered.queue.closed) == before

        layer = layered.queue.layer()
        assert layered.block(layer, layered.state, plan) == expected
        layered.queue.adopt(layer)

        assert (sorted(layered.queue.heap), layered.queue.closed) == (
            sorted(plain.queue.heap),
            plain.queue.closed,
        )
        assert layered.queue.next_ms(layered.state, layered.outages) == plain.queue.next_ms(
            plain.state, plain.outages
        )
