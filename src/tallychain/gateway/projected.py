"""The read model of this gateway: projected from the ledger's blocks with the keys that stand open here."""

import asyncio
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from tallychain.crypto.keys import SealingKey
from tallychain.engine.port import Engine
from tallychain.gateway.accounts import HOUSE
from tallychain.gateway.certificates import Certificates
from tallychain.gateway.readmodel_port import AsOf, BadFilter, BlockRow, EventRow, OperationRow, Page
from tallychain.gateway.sealingkeys import SealingKeys
from tallychain.gateway.seats import Seats
from tallychain.gateway.watching import failure, until_ended
from tallychain.ledger.machine import Catalogue
from tallychain.ledger.operation import SignedOperation
from tallychain.ledger.timeline import Outage
from tallychain.ledger.types import MEMBER_PREFIX
from tallychain.readmodel.database import open_database
from tallychain.readmodel.follower import Follower
from tallychain.readmodel.openings import Introduced, KeyRing
from tallychain.readmodel.projector import Projector
from tallychain.readmodel.queries import Queries, QueryRefused
from tallychain.readmodel.schema import Schema, build_schema
from tallychain.sql.places import Place

Cursor = list[str | int]


class OpenKeys:
    """The sealing keys that stand open here, as the projector asks for them from its own thread."""

    def __init__(
        self,
        sealing: SealingKeys,
        seats: Seats,
        certificates: Certificates,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._sealing = sealing
        self._seats = seats
        self._certificates = certificates
        self._loop = loop
        self._public: dict[str, str] = {}
        self._introduced: dict[str, Introduced] = {}

    def find(self, recipient: str, /) -> tuple[str, SealingKey] | None:
        """The seat and key behind a recipient name, or None."""
        if not recipient.startswith(MEMBER_PREFIX):
            return self._seats.reader_of(recipient)
        if not self._sealing.is_own(recipient):
            return None
        public = self.public_key(recipient)
        key = None if public is None else self._sealing.holding(public)
        return None if key is None else (HOUSE, key)

    def public_key(self, recipient: str, /) -> str | None:
        """The key behind `member:<id>#<n>`; it never changes, so it is asked once."""
        known = self._public.get(recipient)
        if known is None:
            known = asyncio.run_coroutine_threadsafe(self._sealing.public(recipient), self._loop).result()
            if known is not None:
                self._public[recipient] = known
        return known

    def introduced(self, certificate: str, /) -> Introduced | None:
        """The believed certificate with this digest, with whom it names, or None; asked again until it is there."""
        known = self._introduced.get(certificate)
        if known is None:
            asked = asyncio.run_coroutine_threadsafe(self._certificates.introduced(certificate), self._loop)
            known = asked.result()
            if known is not None:
                self._introduced[certificate] = known
        return known


@lru_cache(maxsize=4)
def _schema(catalogue: Catalogue) -> Schema:
    """The tables, the same for every read model of a process."""
    return build_schema(catalogue.contracts)


class Projected:
    """The read model in tables of its own, kept at the head of the chain."""

    def __init__(
        self, place: Place, catalogue: Catalogue, genesis: bytes, engine: Engine, keys: KeyRing
    ) -> None:
        """Raises `DatabaseRefused` and `DatabaseLost`."""
        self._database = open_database(place)
        schema = _schema(catalogue)
        self._queries = Queries(self._database, schema)
        self._projector = Projector(self._database, schema, catalogue, genesis, keys)
        self._follower = Follower(engine, self._projector)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to follow."""
        self._task = asyncio.get_running_loop().create_task(self._follower.run())

    async def forget(self) -> None:
        """Drop every row; the next start makes them again from the blocks."""
        await asyncio.to_thread(self._projector.clear)

    async def close(self) -> None:
        """Stop following."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        # The thread of a cancelled task goes on to the end of its block.
        await asyncio.to_thread(self._projector.at_work.acquire)
        self._projector.at_work.release()
        self._database.dispose()

    @property
    def failed(self) -> BaseException | None:
        """Why following has ended, if it has ended by a mistake of ours."""
        return failure(self._task)

    async def ended(self) -> None:
        """Wait until following ends."""
        await until_ended(self._task)

    def outages(self) -> tuple[Outage, ...]:
        """Every outage up to the last projected block, for whoever judges deadlines."""
        return self._projector.outages

    async def introduced(self, certificate: str) -> None:
        """A certificate has come in: identities that rest on it count as verified from now on."""
        await asyncio.to_thread(self._projector.verify_again, certificate)

    async def naming(self, keys: frozenset[str]) -> dict[str, frozenset[str]]:
        """Operations that took effect and name some of these keys."""
        return await asyncio.to_thread(self._projector.naming, keys)

    async def open_later(self, signed: SignedOperation) -> int:
        """Open what an operation that stands here holds for keys that have come since; how many parts."""
        return await asyncio.to_thread(self._projector.open_later, signed)

    async def list(
        self, view: str, filters: Mapping[str, str], seats: Sequence[str], cursor: str, limit: int
    ) -> Page:
        """Rows whose columns equal the filters, in key order; raises `BadFilter`."""
        after = _decode(cursor) if cursor else None
        try:
            page = await asyncio.to_thread(
                self._queries.page, view, filters=filters, seats=seats, cursor=after, limit=limit
            )
        except QueryRefused as refused:
            raise BadFilter(str(refused)) from None
        following = "" if page.next_cursor is None else msgspec.json.encode(page.next_cursor).hex()
        as_of = AsOf(page.as_of.height, page.as_of.time_ms)
        return Page([dict(row) for row in page.rows], following, as_of)

    async def get(self, view: str, key: Sequence[str], seats: Sequence[str]) -> dict[str, Any] | None:
        """One row, or None."""
        try:
            row = await asyncio.to_thread(self._queries.row, view, key, seats=seats)
        except QueryRefused as refused:
            raise BadFilter(str(refused)) from None
        return None if row is None else dict(row)

    async def as_of(self) -> AsOf:
        """Up to which block it speaks."""
        found = await asyncio.to_thread(self._queries.as_of)
        return AsOf(found.height, found.time_ms)

    async def blocks(self, below: int, limit: int) -> Sequence[BlockRow]:
        """The newest blocks below a height, newest first."""
        rows = await asyncio.to_thread(self._queries.blocks, below=below or None, limit=limit)
        # The database names columns in a text type of its own, which msgspec does not take as keys.
        return [msgspec.convert({str(name): value for name, value in row.items()}, BlockRow) for row in rows]

    async def operation(self, operation: str) -> OperationRow | None:
        """One operation, or None."""
        row = await asyncio.to_thread(self._queries.operation, operation)
        return None if row is None else _operation(row)

    async def operations_of(self, height: int) -> Sequence[OperationRow]:
        """The operations of one block, in order."""
        rows = await asyncio.to_thread(self._queries.block_operations, height)
        return [_operation(row) for row in rows]

    async def events(self, height: int, index: int, limit: int) -> Sequence[EventRow]:
        """Facts after the position (height, index), in order."""
        rows = await asyncio.to_thread(self._queries.facts, height, index, limit)
        return [_event(row) for row in rows]


def _operation(row: Mapping[str, Any]) -> OperationRow:
    return msgspec.convert(
        {"operation": row["id"], **{str(name): value for name, value in row.items()}}, OperationRow
    )


def _event(row: Mapping[str, Any]) -> EventRow:
    event = msgspec.json.decode(row["text"])
    return EventRow(row["height"], row["number"], row["operation"], row["event"], event)


def _decode(cursor: str) -> Cursor:
    try:
        return msgspec.json.decode(bytes.fromhex(cursor), type=Cursor)
    except (ValueError, msgspec.MsgspecError):
        raise BadFilter("The cursor is not one that was given out.") from None
