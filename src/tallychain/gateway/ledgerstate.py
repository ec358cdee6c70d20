"""The state of the ledger, for declarations that read it synchronously while the ledger is another process.

A declaration is tried against the rows at hand.  Where it needs one more, that row is fetched and it is tried again; rules are pure, so
trying twice costs time and changes nothing.
"""

from collections.abc import Callable, Iterator
from typing import Final, Protocol, TypeVar

import msgspec

from tallychain.engine.port import EngineUnavailable, QueryAnswer
from tallychain.gateway.problems import Problem
from tallychain.ledger import codec
from tallychain.ledger.identity import KEYS, MEMBERS, Key, Member
from tallychain.ledger.parameters import FACTS, ChainFacts
from tallychain.ledger.tables import Part, Table

V = TypeVar("V", bound=msgspec.Struct)
R = TypeVar("R")

_ROWS: Final = 192


class Rows(Protocol):
    """Where single rows of the state come from."""

    async def query(self, key: bytes, *, prove: bool = False) -> QueryAnswer:
        """One row."""


class ScanNotPossible(Exception):
    """Our own mistake: a declaration that gateways evaluate scans the state, and a gateway has single rows only."""


class _RowNeeded(Exception):
    def __init__(self, key: bytes) -> None:
        super().__init__(key)
        self.key = key


class Snapshot:
    """The rows fetched for one evaluation, as a `Reader`."""

    def __init__(self) -> None:
        self.rows: dict[bytes, bytes | None] = {}

    def get(self, table: Table[V], *parts: Part) -> V | None:
        """One row, or None."""
        key = table.key(*parts)
        if key not in self.rows:
            raise _RowNeeded(key)
        raw = self.rows[key]
        return None if raw is None else codec.trusted(table.value, raw)

    def scan(self, table: Table[V], *prefix: Part) -> list[V]:
        """Not possible here."""
        raise ScanNotPossible(f"{table.name} {prefix}")

    def iterate(self, table: Table[V], *prefix: Part) -> Iterator[V]:
        """Not possible here."""
        raise ScanNotPossible(f"{table.name} {prefix}")


class LedgerState:
    """Asynchronous reads of the state through the engine port."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._facts: ChainFacts | None = None

    async def get(self, table: Table[V], *parts: Part) -> V | None:
        """One row as of the last block; raises `GATEWAY_LEDGER_NOT_REACHED`."""
        return (await self.dated(table, *parts))[0]

    async def dated(self, table: Table[V], *parts: Part) -> tuple[V | None, int]:
        """One row, and the height of the block after which it reads so; raises `GATEWAY_LEDGER_NOT_REACHED`."""
        answer = await self._answer(table.key(*parts))
        return None if answer.value is None else codec.trusted(table.value, answer.value), answer.height

    async def evaluate(self, question: Callable[[Snapshot], R], snapshot: Snapshot | None = None) -> R:
        """The answer of a pure question; the rows it looked at stay in `snapshot`.  Raises what the question raises."""
        snapshot = Snapshot() if snapshot is None else snapshot
        for _ in range(_ROWS):
            try:
                return question(snapshot)
            except _RowNeeded as needed:
                snapshot.rows[needed.key] = (await self._answer(needed.key)).value
        raise ScanNotPossible(f"more than {_ROWS} rows")

    async def member(self, member: str) -> Member:
        """A member's record; raises `GATEWAY_MEMBER_UNKNOWN`."""
        row = await self.get(MEMBERS, member)
        if row is None:
            raise Problem("GATEWAY_MEMBER_UNKNOWN", member=member)
        return row

    async def key(self, text: str) -> Key | None:
        """The record of a signing key."""
        return await self.get(KEYS, text)

    async def facts(self) -> ChainFacts:
        """What genesis fixed; asked once."""
        if self._facts is None:
            found = await self.get(FACTS)
            if found is None:
                raise Problem("GATEWAY_LEDGER_NOT_REACHED")
            self._facts = found
        return self._facts

    async def _answer(self, key: bytes) -> QueryAnswer:
        try:
            return await self._rows.query(key)
        except EngineUnavailable:
            raise Problem("GATEWAY_LEDGER_NOT_REACHED", retry_after_s=2) from None
