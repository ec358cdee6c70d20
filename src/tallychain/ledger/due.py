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


Entry = tuple[int, bytes]
"""When a row's next step is due, and its key."""


class _InOrder:
    """
    The entries of a heap in order, each taken once, while the heap stays as it is.

    Of a binary heap only the children of what was taken can come next, so that k entries cost k log k, however many there are.
    """

    def __init__(self, heap: Sequence[Entry]) -> None:
        self._heap = heap
        self._next = [(heap[0], 0)] if heap else []
        self.taken = 0

    def first(self) -> Entry | None:
        """The earliest entry not taken yet."""
        return self._next[0][0] if self._next else None

    def take(self) -> None:
        """Go on to the next."""
        self.taken += 1
        _, position = heapq.heappop(self._next)
        for child in (2 * position + 1, 2 * position + 2):
            if child < len(self._heap):
                heapq.heappush(self._next, (self._heap[child], child))


class DueQueue:
    """
    The rows of one kind that wait for time, by instant and key.

    A block is executed on a layer over the chain's queue; the chain's own changes only when it adopts that layer.
    """

    def __init__(self, kind: DueKind, below: "DueQueue | None" = None) -> None:
        self.kind = kind
        self.heap: list[Entry] = []
        self.closed: dict[bytes, bytes] = {}
        """Rows passed over because they are in quarantine, by the key of their quarantine."""
        self._below = below
        self.beneath = _InOrder(() if below is None else below.heap)
        self.shifted = False
        """Whether this layer holds every entry of the queue below, moved by an outage."""
        self.ended: dict[bytes, None] = {}
        """Quarantines known to the queue below that were ended here."""

    def layer(self) -> "DueQueue":
        """A queue that begins as this one and changes nothing in it."""
        return DueQueue(self.kind, self)

    def adopt(self, layer: "DueQueue") -> None:
        """Become what a layer over this queue has become; this queue must be as it was when the layer was made."""
        if layer.shifted:
            self.heap = layer.heap
        else:
            for _ in range(layer.beneath.taken):
                heapq.heappop(self.heap)
            for entry in layer.heap:
                heapq.heappush(self.heap, entry)
        for quarantine in layer.ended:
            del self.closed[quarantine]
        self.closed.update(layer.closed)

    def rebuild(self, state: Reader, outages: Sequence[Outage]) -> None:
        """Read every row of the table again, at start."""
        self.heap, self.closed = [], {}
        for row in state.iterate(self.kind.table):
            at_ms = next_step_ms(self.kind.timeline(row), outages)
            if at_ms is not None:
                self.heap.append((at_ms, self.kind.table.put(row).key))
        heapq.heapify(self.heap)

    def shift(self, outage: Outage) -> None:
        """Move what fell into a new outage, before due work is run; the same as reading every row again, without reading one."""
        entries = self.heap if self._below is None else self._below.heap
        self.heap = [(shifted(at_ms, (outage,)), key) for at_ms, key in entries]
        heapq.heapify(self.heap)
        self.beneath, self.shifted = _InOrder(()), True

    def note(self, key: bytes, row: Row, outages: Sequence[Outage]) -> None:
        """A row was written."""
        at_ms = next_step_ms(self.kind.timeline(row), outages)
        if at_ms is not None:
            heapq.heappush(self.heap, (at_ms, key))

    def resume(self, quarantine: bytes, state: Layer, outages: Sequence[Outage]) -> None:
        """The quarantine under this key was ended: a row that was passed over because of it waits again, as after a restart."""
        key = self.closed.pop(quarantine, None)
        if self._below is not None and quarantine in self._below.closed and quarantine not in self.ended:
            key = self._below.closed[quarantine]
            self.ended[quarantine] = None
        row: Row | None = None if key is None else state.row(key, self.kind.table.value)
        if key is not None and row is not None:
            self.note(key, row, outages)

    def trim(self, state: Layer, outages: Sequence[Outage]) -> None:
        """
        Drop what has moved on from the front of this queue, so that the next instant stands first.

        Nobody can tell the difference, but a layer over this queue must be made anew: where one may live, the queue stays as it is.
        """
        while self.heap and self._waiting(state, *self.heap[0], outages) is None:
            heapq.heappop(self.heap)

    def next_ms(self, state: Layer, outages: Sequence[Outage]) -> int | None:
        """The earliest instant that a row waits for; entries of rows that have moved on or are in quarantine are passed over."""
        entries = _InOrder(self.heap)
        while (entry := entries.first()) is not None:
            at_ms, key = entry
            if self._waiting(state, at_ms, key, outages) is not None and not self._in_quarantine(key, state):
                return at_ms
            entries.take()
        return None

    def run(self, state: Overlay, now: Moment) -> Iterator[DueChange]:
        """
        The changes of at most `budget` rows whose next step has been reached, in order of instant and key.

        Each must be adopted (or its row put into quarantine) before the next is asked for.  An entry whose row has changed meanwhile, or
        that is in quarantine, is passed over at no cost.
        """
        done = 0
        while (entry := self._first()) is not None and entry[0] <= now.time_ms and done < self.kind.budget:
            self._take(entry)
            at_ms, key = entry
            row = self._waiting(state, at_ms, key, now.outages)
            if row is None or self._is_closed(key, state):
                continue
            done += 1
            yield DueChange(self._name(key), self.kind.change(row, at_ms, now, state))
            self._is_closed(key, state)

    def _first(self) -> Entry | None:
        beneath = self.beneath.first()
        if not self.heap or beneath is None:
            return self.heap[0] if self.heap else beneath
        return min(self.heap[0], beneath)

    def _take(self, entry: Entry) -> None:
        if self.heap and self.heap[0] == entry:
            heapq.heappop(self.heap)
        else:
            self.beneath.take()

    def _waiting(self, state: Layer, at_ms: int, key: bytes, outages: Sequence[Outage]) -> Row | None:
        row: Row | None = state.row(key, self.kind.table.value)
        if row is None or next_step_ms(self.kind.timeline(row), outages) != at_ms:
            return None
        return row

    def _is_closed(self, key: bytes, state: Layer) -> bool:
        """Whether a row is in quarantine; if so, it is remembered for the end of that."""
        closed = self._in_quarantine(key, state)
        if closed:
            self.closed[QUARANTINE.key(self._name(key))] = key
        return closed

    def _in_quarantine(self, key: bytes, state: Layer) -> bool:
        return state.row(QUARANTINE.key(self._name(key)), QuarantineRow) is not None

    def _name(self, key: bytes) -> str:
        return f"{self.kind.name} {key.hex()}"


class DueWork:
    """The queues of all kinds, in their order of precedence."""

    def __init__(self, kinds: Sequence[DueKind], below: "DueWork | None" = None) -> None:
        self.queues: tuple[DueQueue, ...] = tuple(
            DueQueue(kind) if below is None else below.queues[place].layer()
            for place, kind in enumerate(kinds)
        )
        self._by_table = {queue.kind.table.key()[0]: queue for queue in self.queues}

    def layer(self) -> "DueWork":
        """Queues that begin as these and change nothing in them."""
        return DueWork([queue.kind for queue in self.queues], self)

    def adopt(self, layer: "DueWork") -> None:
        """Become what a layer over these has become."""
        for queue, above in zip(self.queues, layer.queues, strict=True):
            queue.adopt(above)

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

    def trim(self, state: Layer, outages: Sequence[Outage]) -> None:
        """Drop what has moved on from the front of every queue; no layer over these may live."""
        for queue in self.queues:
            queue.trim(state, outages)

    def next_ms(self, state: Layer, outages: Sequence[Outage]) -> int | None:
        """The earliest instant that any queue waits for."""
        waiting = (queue.next_ms(state, outages) for queue in self.queues)
        return min((at_ms for at_ms in waiting if at_ms is not None), default=None)
