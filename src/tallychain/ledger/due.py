"""Due work: writing down what time has already made true.

Being late changes no outcome, because every rule asks `status_at`.  Each kind has its own queue and its own budget per block,
so a flood of one kind never holds up another.  The queues are not committed: they are rebuilt from the rows.
"""

import heapq
from collections.abc import Iterator, Sequence

from tallychain.ledger.contract import Change, DueKind, Row
from tallychain.ledger.state import Overlay, Reader
from tallychain.ledger.timeline import Moment, Outage, next_step_ms


class DueQueue:
    """The rows of one kind that wait for time, by instant and key."""

    def __init__(self, kind: DueKind) -> None:
        self.kind = kind
        self._heap: list[tuple[int, bytes]] = []

    def rebuild(self, state: Reader, outages: Sequence[Outage]) -> None:
        """Read every row of the table again: at start, and when an outage has moved deadlines."""
        self._heap = []
        for row in state.iterate(self.kind.table):
            self._add(self.kind.table.put(row).key, row, outages)
        heapq.heapify(self._heap)

    def note(self, key: bytes, row: Row, outages: Sequence[Outage]) -> None:
        """A row was written."""
        at_ms = next_step_ms(self.kind.timeline(row), outages)
        if at_ms is not None:
            heapq.heappush(self._heap, (at_ms, key))

    def next_ms(self) -> int | None:
        """The earliest instant waited for; it may be of a row that has moved on since."""
        return self._heap[0][0] if self._heap else None

    def run(self, state: Overlay, now: Moment) -> Iterator[Change]:
        """
        The changes of at most `budget` rows whose next step has been reached, in order of instant and key.

        Each Change must be written to `state` before the next is asked for.  A queue entry whose row has changed meanwhile is passed over at no cost.
        """
        done = 0
        while self._heap and self._heap[0][0] <= now.time_ms and done < self.kind.budget:
            at_ms, key = heapq.heappop(self._heap)
            row = state.row(key, self.kind.table.value)
            if row is None or next_step_ms(self.kind.timeline(row), now.outages) != at_ms:
                continue
            done += 1
            yield self.kind.change(row, at_ms, now, state)

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

    def note(self, key: bytes, row: Row, outages: Sequence[Outage]) -> None:
        """A row of some table was written."""
        queue = self._by_table.get(key[0])
        if queue is not None and row is not None:
            queue.note(key, row, outages)

    def next_ms(self) -> int | None:
        """The earliest instant that any queue waits for."""
        return min(
            (at_ms for at_ms in (queue.next_ms() for queue in self.queues) if at_ms is not None), default=None
        )
