"""Due work: writing down what time has already made true.

Being late changes no outcome, because every rule asks `status_at`.  Each kind has its own queue and its own budget per block,
so a flood of one kind never holds up another.  The queues are not committed: they are rebuilt from the rows.
"""

import heapq
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tallychain.ledger.contract import Change, DueKind, Row
from tallychain.ledger.quarantine import QUARANTINE, QuarantineRow
from tallychain.ledger.state import Layer, Overlay, Reader
from tallychain.ledger.timeline import Moment, Outage, next_step_ms, shifted


class DueChange(NamedTuple):
    """What due work does to one row, and the name under which the row is closed should that be a defect."""

    name: str
    change: Change


class DueQueue:
    """The rows of one kind that wait for time, by instant and key."""

    def __init__(self, kind: DueKind) -> None:
        self.kind = kind
        self._heap: list[tuple[int, bytes]] = []
        self._closed: dict[bytes, bytes] = {}
        """Rows passed over because they are in quarantine, by the key of their quarantine."""

    def rebuild(self, state: Reader, outages: Sequence[Outage]) -> None:
        """Read every row of the table again, at start."""
        self._heap, self._closed = [], {}
        for row in state.iterate(self.kind.table):
            self._add(self.kind.table.put(row).key, row, outages)
        heapq.heapify(self._heap)

    def shift(self, outage: Outage) -> None:
        """Move what fell into a new outage; the same as reading every row again, without reading one."""
        self._heap = [(shifted(at_ms, (outage,)), key) for at_ms, key in self._heap]
        heapq.heapify(self._heap)

    def note(self, key: bytes, row: Row, outages: Sequence[Outage]) -> None:
        """A row was written."""
        at_ms = next_step_ms(self.kind.timeline(row), outages)
        if at_ms is not None:
            heapq.heappush(self._heap, (at_ms, key))

    def resume(self, quarantine: bytes, state: Layer, outages: Sequence[Outage]) -> None:
        """The quarantine under this key was ended: a row that was passed over because of it waits again, as after a restart."""
        key = self._closed.pop(quarantine, None)
        row: Row | None = None if key is None else state.row(key, self.kind.table.value)
        if key is not None and row is not None:
            self.note(key, row, outages)

    def next_ms(self, state: Layer, outages: Sequence[Outage]) -> int | None:
        """The earliest instant that a row waits for; entries of rows that have moved on or are in quarantine are passed over."""
        while self._heap:
            at_ms, key = self._heap[0]
            if self._waiting(state, at_ms, key, outages) is not None:
                return at_ms
            heapq.heappop(self._heap)
        return None

    def run(self, state: Overlay, now: Moment) -> Iterator[DueChange]:
        """
        The changes of at most `budget` rows whose next step has been reached, in order of instant and key.

        Each must be adopted (or its row put into quarantine) before the next is asked for.  An entry whose row has changed meanwhile, or
        that is in quarantine, is passed over at no cost.
        """
        done = 0
        while self._heap and self._heap[0][0] <= now.time_ms and done < self.kind.budget:
            at_ms, key = heapq.heappop(self._heap)
            row = self._waiting(state, at_ms, key, now.outages)
            if row is None:
                continue
            done += 1
            yield DueChange(self._name(key), self.kind.change(row, at_ms, now, state))
            self._is_closed(key, state)

    def _waiting(self, state: Layer, at_ms: int, key: bytes, outages: Sequence[Outage]) -> Row | None:
        row: Row | None = state.row(key, self.kind.table.value)
        if row is None or next_step_ms(self.kind.timeline(row), outages) != at_ms:
            return None
        return None if self._is_closed(key, state) else row

    def _is_closed(self, key: bytes, state: Layer) -> bool:
        """Whether a row is in quarantine; if so, it is remembered for the end of that."""
        quarantine = QUARANTINE.key(self._name(key))
        if state.row(quarantine, QuarantineRow) is None:
            return False
        self._closed[quarantine] = key
        return True

    def _name(self, key: bytes) -> str:
        return f"{self.kind.name} {key.hex()}"

    def _add(self, key: bytes, row: Row, outages: Sequence[Outage]) -> None:
        at_ms = next_step_ms(self.kind.timeline(row), outages)
        if at_ms is not None:
            self._heap.append((at_ms, key))


class DueWork:
    """The queues of all kinds, in their order of precedence."""

    def __init__(self, kinds: Sequence[DueKind]) -> None:
        self.queues = tuple(DueQueue(kind) for kind in kinds)
        self._by_table = {queue.kind.table.key()[0]: queue for queue in self.queues}

    def rebuild(self, state: Reader, outages: Sequence[Outage]) -> None:
        """Rebuild every queue from the rows."""
        for queue in self.queues:
            queue.rebuild(state, outages)

    def shift(self, outage: Outage) -> None:
        """Move what fell into a new outage."""
        for queue in self.queues:
            queue.shift(outage)

    def note(self, key: bytes, row: Row | None, outages: Sequence[Outage]) -> None:
        """A row of some table was written."""
        queue = self._by_table.get(key[0])
        if queue is not None and row is not None:
            queue.note(key, row, outages)

    def resume(self, quarantine: bytes, state: Layer, outages: Sequence[Outage]) -> None:
        """The quarantine under this key was ended."""
        for queue in self.queues:
            queue.resume(quarantine, state, outages)

    def next_ms(self, state: Layer, outages: Sequence[Outage]) -> int | None:
        """The earliest instant that any queue waits for."""
        waiting = (queue.next_ms(state, outages) for queue in self.queues)
        return min((at_ms for at_ms in waiting if at_ms is not None), default=None)
