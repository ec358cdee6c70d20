"""What stands in the tables, from blocks, receipts, opened parts and the writes of views."""

from collections.abc import Mapping

import sqlalchemy as sa

from tallychain.engine.port import CommittedBlock
from tallychain.ledger import codec
from tallychain.ledger.operation import Body, SignedOperation
from tallychain.ledger.receipt import Receipt
from tallychain.ledger.timeline import Outage, Timeline, later_statuses
from tallychain.ledger.views import Value
from tallychain.readmodel.openings import OpenedPart
from tallychain.readmodel.schema import STATUS, STEP_COLUMNS

Row = Mapping[str, str | int]


def block_row(block: CommittedBlock) -> Row:
    """A block as the explorer lists it."""
    return {
        "height": block.height,
        "time_ms": block.time_ms,
        "header": header_text(block.header),
        "header_signature": block.header_signature.hex(),
        "envelopes": len(block.envelopes),
        "operations": sum(len(results) for results in block.results),
    }


def header_text(header: bytes) -> str:
    """A header as the explorer shows it: the embedded engine's is a text; that of an engine of several validators is shown in hexadecimal digits."""
    return header.decode() if header.startswith(b"{") else header.hex()


def operation_row(body: Body, signed: SignedOperation, receipt: Receipt, where: tuple[int, int]) -> Row:
    """An operation with its receipt."""
    signatures = [[item.role, item.key, item.signature.hex()] for item in signed.signatures]
    return {
        "id": receipt.operation,
        "height": receipt.height,
        "position": receipt.index,
        "envelope": where[0],
        "place": where[1],
        "type": body.type,
        "author": body.author,
        "via": body.via,
        "outcome": receipt.outcome,
        "code": receipt.code,
        "receipt": codec.encode(receipt).decode(),
        "body": signed.body.decode(),
        "signatures": codec.encode(signatures).decode(),
    }


def opening_row(operation: str, part: OpenedPart) -> Row:
    """A part that was opened, for one seat."""
    return {
        "operation": operation,
        "label": part.label,
        "seat": part.seat,
        "salt": part.salt.hex(),
        "content": part.content.decode(),
    }


def outage_row(height: int, outage: Outage) -> Row:
    """A time in which no block was made."""
    return {
        "height": height,
        "since_ms": outage.since_ms,
        "until_ms": outage.until_ms,
        "grace_ms": outage.grace_ms,
    }


def columns(values: Mapping[str, Value], outages: tuple[Outage, ...]) -> Row:
    """The columns of a row of a view; a timeline fills those of status and steps."""
    columns: dict[str, str | int] = {}
    for name, value in values.items():
        if not isinstance(value, Timeline):
            columns[name] = value
            continue
        columns[STATUS] = value.status
        later = later_statuses(value, outages)
        padded = (*later, *(((0, ""),) * (len(STEP_COLUMNS) - len(later))))
        for (at_name, status_name), (at_ms, status) in zip(STEP_COLUMNS, padded, strict=True):
            columns[at_name], columns[status_name] = at_ms, status
    return columns


def shift(connection: sa.Connection, table: sa.Table, outage: Outage) -> None:
    """Move the deadlines that fell inside an outage, as the ledger does."""
    for at_name, _ in STEP_COLUMNS:
        inside = (table.c[at_name] > outage.since_ms) & (table.c[at_name] <= outage.until_ms)
        connection.execute(
            sa.update(table).where(inside).values({at_name: outage.until_ms + outage.grace_ms})
        )


def status_at(table: sa.Table, now_ms: int) -> sa.ColumnElement[object]:
    """The last step of a row's timeline that is reached, else the stored status."""
    reached = [
        ((table.c[at_name] > 0) & (table.c[at_name] <= now_ms), table.c[status_name])
        for at_name, status_name in reversed(STEP_COLUMNS)
    ]
    return sa.case(*reached, else_=table.c.status)


def status_until(table: sa.Table, now_ms: int) -> sa.ColumnElement[object]:
    """When time ends the status that holds now: the first step of a row's timeline that is not reached yet; 0 where nothing happens by itself."""
    ahead = [(table.c[at_name] > now_ms, table.c[at_name]) for at_name, _ in STEP_COLUMNS]
    return sa.case(*ahead, else_=0)
