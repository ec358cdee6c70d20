"""One committed block becomes rows, in one transaction.

Blocks come in order; one that was projected already is passed over, so a follower may always begin again a little earlier.
"""

import operator
import re
import threading
from collections.abc import Callable, Iterable
from functools import reduce
from typing import Final

import msgspec
import sqlalchemy as sa

from tallychain.engine.port import CommittedBlock
from tallychain.ledger import codec
from tallychain.ledger.contract import Event
from tallychain.ledger.envelope import Envelope
from tallychain.ledger.genesis import beginning, chain_facts, genesis_digest, read_genesis
from tallychain.ledger.machine import Catalogue
from tallychain.ledger.operation import Body, SignedOperation, operation_id
from tallychain.ledger.outages import outage_between
from tallychain.ledger.receipt import Receipt
from tallychain.ledger.timeline import Outage
from tallychain.ledger.views import Fact, Opening, RowsWrite, Written
from tallychain.readmodel.openings import KeyRing, OpenedPart, as_opening, open_parts
from tallychain.readmodel.rows import (
    Row,
    block_row,
    columns,
    opening_row,
    operation_row,
    outage_row,
    shift,
    status_at,
)
from tallychain.readmodel.schema import Schema
from tallychain.readmodel.statements import advance, insert, upsert
from tallychain.sql.port import DatabaseLost

HEIGHT: Final = "height"
TIME_MS: Final = "time_ms"
SCHEMA: Final = "schema"
GENESIS: Final = "genesis"
IDENTITY: Final = "identity"
_KEY: Final = re.compile(r"(?:ed25519|x25519):[0-9a-f]{64}")


class OutOfOrder(Exception):
    """A block came whose predecessor has not been projected."""


class Projector:
    """Writes blocks into the tables of one read model."""

    def __init__(
        self, engine: sa.Engine, schema: Schema, catalogue: Catalogue, genesis: bytes, ring: KeyRing
    ) -> None:
        self._engine = engine
        self._schema = schema
        self._catalogue = catalogue
        self._genesis = genesis
        self._facts = chain_facts(genesis)
        self._ring = ring
        self._events = _event_decoder(catalogue)
        self._outages: tuple[Outage, ...] = ()
        self.at_work = threading.Lock()
        """Held while rows are written: a block, and an identity looked at again, take turns."""
        self.height, self.time_ms = self._prepare()

    @property
    def outages(self) -> tuple[Outage, ...]:
        """Every outage up to the last projected block."""
        return self._outages

    def project(self, block: CommittedBlock) -> bool:
        """
        Write one block; False if it was there already.

        Raises `OutOfOrder` when one is missing between, and `DatabaseLost`, after which `look_again` says how far the rows have come.
        """
        with self.at_work:
            return self._project(block)

    def _project(self, block: CommittedBlock) -> bool:
        if block.height <= self.height:
            return False
        if block.height != self.height + 1:
            raise OutOfOrder(f"block {block.height} came after block {self.height}")
        before = self._outages
        try:
            with self._engine.begin() as connection:
                self._advance(connection, block)
                self._outage(connection, block)
                self._operations(connection, block, self._due(connection, block))
                self._insert(connection, self._schema.blocks, [block_row(block)])
        except BaseException:
            self._outages = before
            raise
        self.height, self.time_ms = block.height, block.time_ms
        return True

    def verify_again(self, certificate: str) -> None:
        """
        Project every identity part anew that names a certificate, by its digest, which has only now been introduced.

        The rows are then those of a rebuild, which would know the certificate from the beginning.
        """
        openings, operations, blocks = self._schema.openings, self._schema.operations, self._schema.blocks
        statement = (
            sa.select(openings, operations.c.body, operations.c.height, blocks.c.time_ms)
            .join(operations, operations.c.id == openings.c.operation)
            .join(blocks, blocks.c.height == operations.c.height)
            .where(openings.c.label == IDENTITY, openings.c.content.contains(certificate, autoescape=True))
            .order_by(operations.c.height, operations.c.position)
        )
        with self.at_work, self._engine.begin() as connection:
            for row in connection.execute(statement).all():
                part = OpenedPart(row.seat, row.label, bytes.fromhex(row.salt), row.content.encode())
                body = codec.trusted(Body, row.body.encode())
                opening = self._opening(part, body, row.operation, row.height, row.time_ms)
                if opening is not None:
                    self._apply(connection, self._opened(opening), row.time_ms)

    def naming(self, keys: frozenset[str]) -> dict[str, frozenset[str]]:
        """Operations that took effect and name some of these keys, with the keys that each names."""
        operations = self._schema.operations
        statement = sa.select(operations.c.id, operations.c.body).where(operations.c.outcome == "done")
        found: dict[str, frozenset[str]] = {}
        with self._engine.connect() as connection:
            for row in connection.execution_options(yield_per=1_000).execute(statement):
                named = keys.intersection(_KEY.findall(row.body))
                if named:
                    found[row.id] = frozenset(named)
        return found

    def open_later(self, signed: SignedOperation) -> int:
        """
        Open what can be opened now of an operation that stands here already, because keys have come since; how many parts.

        The rows are then those of a rebuild, which would have had the keys from the beginning.
        """
        body, name = codec.decode(Body, signed.body), operation_id(signed.body)
        operations, blocks, openings = self._schema.operations, self._schema.blocks, self._schema.openings
        where = sa.select(operations.c.outcome, operations.c.height, blocks.c.time_ms).join(
            blocks, blocks.c.height == operations.c.height
        )
        known = sa.select(openings.c.seat, openings.c.label).where(openings.c.operation == name)
        opened = 0
        with self.at_work, self._engine.begin() as connection:
            row = connection.execute(where.where(operations.c.id == name)).first()
            if row is None or row.outcome != "done":
                return 0
            there = {(item.seat, item.label) for item in connection.execute(known)}
            for part in open_parts(body, signed.boxes, self._ring):
                opening = self._opening(part, body, name, row.height, row.time_ms)
                if opening is not None and (part.seat, part.label) not in there:
                    self._insert(connection, openings, [opening_row(name, part)])
                    self._apply(connection, self._opened(opening), row.time_ms)
                    opened += 1
        return opened

    def clear(self) -> None:
        """Forget everything, to rebuild from height 0."""
        with self.at_work:
            self.height, self.time_ms = self._begin()

    def look_again(self) -> None:
        """Find out how far the rows have come, after the database was lost while a block was being written."""
        with self.at_work:
            self.height, self.time_ms = self._prepare()

    def _prepare(self) -> tuple[int, int]:
        known = self._known_progress()
        if (
            known.get(SCHEMA) == self._schema.digest
            and known.get(GENESIS) == genesis_digest(self._genesis).hex()
        ):
            self._outages = self._known_outages()
            return int(known[HEIGHT]), int(known[TIME_MS])
        return self._begin()

    def _begin(self) -> tuple[int, int]:
        """Empty tables, and what genesis says in them."""
        self._outages = ()
        time_ms = read_genesis(self._genesis).time_ms
        with self._engine.begin() as connection:
            reflected = sa.MetaData()
            reflected.reflect(connection)
            reflected.drop_all(connection)
            self._schema.metadata.create_all(connection, checkfirst=False)
            for number, event in enumerate(beginning(self._genesis, self._catalogue).events):
                self._published(
                    connection, Fact(event, "", "", "", 0, number, time_ms), codec.encode(event), number
                )
            self._progress(
                connection,
                {
                    SCHEMA: self._schema.digest,
                    GENESIS: genesis_digest(self._genesis).hex(),
                    HEIGHT: "0",
                    TIME_MS: str(time_ms),
                },
            )
        return 0, time_ms

    def _known_progress(self) -> dict[str, str]:
        if not sa.inspect(self._engine).has_table(self._schema.progress.name):
            return {}
        with self._engine.connect() as connection:
            return {row.name: row.value for row in connection.execute(sa.select(self._schema.progress))}

    def _known_outages(self) -> tuple[Outage, ...]:
        table = self._schema.outages
        with self._engine.connect() as connection:
            rows = connection.execute(sa.select(table).order_by(table.c.height)).all()
        return tuple(Outage(row.since_ms, row.until_ms, row.grace_ms) for row in rows)

    def _operations(self, connection: sa.Connection, block: CommittedBlock, fact_number: int) -> None:
        for number, (data, results) in enumerate(zip(block.envelopes, block.results, strict=True)):
            if not results:
                continue
            envelope = codec.decode_frame(Envelope, data)
            for place, (signed, result) in enumerate(zip(envelope.operations, results, strict=True)):
                if b'"outcome"' in result:
                    receipt = codec.trusted(Receipt, result)
                    where = (number, place)
                    fact_number = self._operation(connection, block, signed, receipt, where, fact_number)

    def _operation(
        self,
        connection: sa.Connection,
        block: CommittedBlock,
        signed: SignedOperation,
        receipt: Receipt,
        where: tuple[int, int],
        fact_number: int,
    ) -> int:
        body = codec.trusted(Body, signed.body)
        self._insert(connection, self._schema.operations, [operation_row(body, signed, receipt, where)])
        for raw in receipt.events:
            event = self._events(bytes(raw))
            fact = Fact(
                event, receipt.operation, body.author, body.via, block.height, receipt.index, block.time_ms
            )
            self._published(connection, fact, bytes(raw), fact_number)
            fact_number += 1
        if receipt.outcome == "done":
            self._open(connection, block, body, signed, receipt)
        return fact_number

    def _open(
        self,
        connection: sa.Connection,
        block: CommittedBlock,
        body: Body,
        signed: SignedOperation,
        receipt: Receipt,
    ) -> None:
        for part in open_parts(body, signed.boxes, self._ring):
            opening = self._opening(part, body, receipt.operation, block.height, block.time_ms)
            if opening is not None:
                self._insert(connection, self._schema.openings, [opening_row(receipt.operation, part)])
                self._apply(connection, self._opened(opening), block.time_ms)

    def _due(self, connection: sa.Connection, block: CommittedBlock) -> int:
        """Due work comes before every operation of its block, here as in the ledger."""
        for number, raw in enumerate(block.due_events):
            fact = Fact(self._events(raw), "", "", "", block.height, number, block.time_ms)
            self._published(connection, fact, raw, number)
        return len(block.due_events)

    def _projected(self, fact: Fact) -> Iterable[Written]:
        for view in self._schema.declared.values():
            if view.project is not None:
                yield from view.project(fact)

    def _opening(
        self, part: OpenedPart, body: Body, operation: str, height: int, time_ms: int
    ) -> Opening | None:
        kind = self._catalogue.operation_type(body.type, body.version)
        if kind is None:
            return None
        args = codec.trusted(kind.args, bytes(body.args))
        return as_opening(part, body, args, kind, operation, height, time_ms, self._ring)

    def _opened(self, opening: Opening) -> Iterable[Written]:
        for view in self._schema.declared.values():
            if view.project_opening is not None:
                yield from view.project_opening(opening)

    def _apply(self, connection: sa.Connection, writes: Iterable[Written], time_ms: int) -> None:
        for write in writes:
            view = self._schema.declared[write.view]
            table = self._schema.views[write.view]
            if isinstance(write, RowsWrite):
                concerned = [table.c[name] == value for name, value in write.where.items()]
                concerned.append(status_at(table, time_ms) == write.status)
                values = dict(columns(write.values, self._outages))
                connection.execute(sa.update(table).where(*concerned).values(values))
                continue
            key = dict(zip(view.key, write.key, strict=True))
            if write.values is None:
                matches = [table.c[name] == value for name, value in key.items()]
                connection.execute(sa.delete(table).where(*matches))
            else:
                self._upsert(connection, table, key, columns(write.values, self._outages))

    def _upsert(self, connection: sa.Connection, table: sa.Table, key: Row, values: Row) -> None:
        statement = upsert(table, connection.dialect.name, tuple(key), tuple(values))
        connection.execute(statement, {**key, **values})

    def _published(self, connection: sa.Connection, fact: Fact, raw: bytes, number: int) -> None:
        row: Row = {
            "height": fact.height,
            "number": number,
            "event": msgspec.json.decode(raw, type=_EventName).event,
            "operation": fact.operation,
            "text": raw.decode(),
        }
        self._insert(connection, self._schema.facts, [row])
        self._apply(connection, self._projected(fact), fact.time_ms)

    def _outage(self, connection: sa.Connection, block: CommittedBlock) -> None:
        outage = outage_between(self._facts, self.time_ms, block.time_ms) if block.height > 1 else None
        if outage is None:
            return
        self._insert(connection, self._schema.outages, [outage_row(block.height, outage)])
        self._outages += (outage,)
        for view in self._schema.declared.values():
            if view.timeline:
                shift(connection, self._schema.views[view.name], outage)

    @staticmethod
    def _insert(connection: sa.Connection, table: sa.Table, rows: list[Row]) -> None:
        connection.execute(insert(table), rows)

    def _advance(self, connection: sa.Connection, block: CommittedBlock) -> None:
        """
        Note the block, if the rows are those of the block before it.

        A server that was replaced by its copy may have lost its last commits; then the blocks between are projected again.
        Raises `DatabaseLost`.
        """
        statement = advance(self._schema.progress, HEIGHT)
        heights = {"before": str(self.height), "after": str(block.height)}
        if connection.execute(statement, heights).rowcount != 1:
            raise DatabaseLost(f"the rows are not those of block {self.height}")
        self._progress(connection, {TIME_MS: str(block.time_ms)})

    def _progress(self, connection: sa.Connection, values: Row) -> None:
        for name, value in values.items():
            self._upsert(connection, self._schema.progress, {"name": name}, {"value": value})


class _EventName(msgspec.Struct):
    event: str


def _event_decoder(catalogue: Catalogue) -> Callable[[bytes], Event]:
    kinds = [event for contract in catalogue.contracts for event in contract.events]
    decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(reduce(operator.or_, kinds))
    return decoder.decode
