"""What an open chain answers about its rows, blocks and receipts, whichever engine orders it.

Answers are of what is committed.  They may be asked for in another thread than the one that commits, which takes `lock` while it does.
"""

import threading

from tallychain.crypto.digest import sha256
from tallychain.engine import records
from tallychain.engine.port import CommittedBlock, EngineRefused, QueryAnswer, ReceiptAnswer, ScanAnswer
from tallychain.engine.records import ReceiptPlace, SignedHeader
from tallychain.ledger import limits, machine, merkle
from tallychain.ledger.machine import Executed, LedgerState
from tallychain.ledger.tree import PendingTree
from tallychain.store.errors import UndoNotKept
from tallychain.store.store import Store

_STEPS_KEPT = 2
"""As far back as the store keeps what a block replaced."""


class Reading:
    """Reads of one chain."""

    def __init__(self, store: Store, state: LedgerState) -> None:
        self.lock = threading.Lock()
        """Held while store and memory are not of the same block, and by whoever needs both."""
        self._store = store
        self._state = state
        self._ways_back: dict[int, PendingTree] = {}
        """By height, the way back from the state tree after that block to the one before it."""

    def adopt(self, executed: Executed) -> None:
        """
        Have memory take over an executed block, and keep the way back from it; the lock is held.

        Without this (`machine.adopt` does the rest) a proof costs as much as the block did, and is of one block back only.
        """
        height = executed.result.height
        self._keep(height, self._state.tree.standing(executed.tree))
        machine.adopt(self._state, executed)

    def block(self, height: int) -> CommittedBlock:
        """A committed block; `EngineRefused` with `BLOCK_NOT_KEPT`."""
        found = records.stored_block(self._store, height)
        if found is None:
            raise EngineRefused("BLOCK_NOT_KEPT", f"There is no block {height} here.")
        return found

    def query(self, key: bytes, *, prove: bool = False, height: int = 0) -> QueryAnswer:
        """
        A row as of the last block; with a proof, as of the newest root that stands in a committed header.

        Of another height only where it is one of the two before the last.  Raises `EngineRefused`: `NO_HEADER_YET`, `HEIGHT_NOT_KEPT`.
        """
        with self.lock:
            last = self._store.height
            asked = height or (last - 1 if prove else last)
            if asked == last and not prove:
                return QueryAnswer(last, self._store.get(key), None)
            if asked >= last:
                raise EngineRefused(
                    "NO_HEADER_YET",
                    f"The root of the state after block {asked} stands in no header here yet.",
                )
            value, over = self._back_to(asked, last, key)
            return QueryAnswer(asked, value, self._state.tree.prove(key, *over) if prove else None)

    def scan(self, prefix: bytes) -> ScanAnswer:
        """All rows under a prefix as of the last block; `EngineRefused` with `SCAN_TOO_LONG`."""
        with self.lock:
            height, found = self._store.height, self._store.scan(prefix)
        rows: list[tuple[bytes, bytes]] = []
        for row in found:
            if len(rows) == limits.SCAN_ROWS:
                raise EngineRefused("SCAN_TOO_LONG", f"More than {limits.SCAN_ROWS:,} rows begin so.")
            rows.append(row)
        return ScanAnswer(height, rows)

    def receipt(self, operation: str) -> ReceiptAnswer | None:
        """The receipt of an operation with what proves it, or None."""
        place = records.receipt_place(self._store, bytes.fromhex(operation))
        if place is None:
            return None
        if place.journal:
            return self._bare_receipt(place)
        block = self.block(place.height)
        following = records.stored_header(self._store, place.height + 1) or SignedHeader(b"", b"")
        results = block.results[place.envelope]
        return ReceiptAnswer(
            height=place.height,
            envelope_index=place.envelope,
            position=place.position,
            receipt=results[place.position],
            envelope=block.envelopes[place.envelope],
            envelope_path=merkle.prove([sha256(data) for data in block.envelopes], place.envelope),
            receipt_path=merkle.prove(results, place.position),
            result_path=merkle.prove(_execution_results(block), place.envelope),
            header=block.header,
            header_signature=block.header_signature,
            next_header=following.header,
            next_header_signature=following.signature,
        )

    def _bare_receipt(self, place: ReceiptPlace) -> ReceiptAnswer | None:
        row = self._store.journal_get(place.journal)
        nothing = merkle.Path(0, 1, ())
        if row is None:
            return None
        return ReceiptAnswer(place.height, 0, 0, row, b"", nothing, nothing, nothing, b"", b"", b"", b"")

    def _keep(self, height: int, way: PendingTree) -> None:
        kept = {at: known for at, known in self._ways_back.items() if height - _STEPS_KEPT < at < height}
        self._ways_back = {**kept, height: way}

    def _back_to(self, asked: int, last: int, key: bytes) -> tuple[bytes | None, list[PendingTree]]:
        """The row after an earlier block, and the ways back to the tree of then, the earliest first."""
        value, ways = self._store.get(key), list[PendingTree]()
        for height in range(last, asked, -1):
            try:
                undo = self._store.undo(height)
            except UndoNotKept:
                raise _no_header() if height == last else _not_kept(asked) from None
            value = undo.get(key) if key in undo else value
            way = self._ways_back.get(height)
            if way is None and height < last:
                raise _not_kept(asked)
            if way is None:
                way = self._state.tree.pending(undo)
                self._keep(height, way)
            ways.insert(0, way)
        return value, ways


def _no_header() -> EngineRefused:
    return EngineRefused("NO_HEADER_YET", "No block was made here yet that a proof could rest on.")


def _not_kept(height: int) -> EngineRefused:
    return EngineRefused(
        "HEIGHT_NOT_KEPT", f"What the state was after block {height} is not kept here, or not any longer."
    )


def _execution_results(block: CommittedBlock) -> list[bytes]:
    """The leaves of the results root: what the engine hashes of each envelope's result."""
    return [
        merkle.execution_result(code, machine.envelope_data(items) if code == machine.EXECUTED else b"")
        for items, code in zip(block.results, block.codes, strict=True)
    ]
