"""Whether the ledger at hand is the one that this gateway has followed, or an older copy of it that was put back.

A gateway remembers how far it came and, in its rows, every header.  A ledger that stands lower, or has another header at the same height, has lost blocks that this gateway has
seen: acts that were acknowledged as done are not on it.  A gateway must not go on as if nothing had happened, so it says so and does not start until its operator has
asked it to go back (`tally node rewind`).
"""

from dataclasses import dataclass

from tallychain.engine.port import Engine, EngineRefused
from tallychain.gateway.config import ConfigRefused
from tallychain.gateway.database import Connection, Database
from tallychain.gateway.follower import NAME
from tallychain.gateway.outbox import DONE, EXPIRED, REFUSED, TURNED_AWAY
from tallychain.gateway.readmodel_port import BlockRow, ReadModel
from tallychain.readmodel.rows import header_text

_ENDED = (DONE, REFUSED, TURNED_AWAY, EXPIRED)


class LedgerWentBack(ConfigRefused):
    """The ledger has lost blocks that this gateway has seen."""

    def __init__(self, seen: int, common: int, height: int) -> None:
        super().__init__(
            f"This gateway has followed the ledger up to block {seen}, and the ledger at hand, which stands at {height}, agrees with it up to block {common} only: "
            f"an older copy of the ledger was put back, and blocks {common + 1} to {seen} are gone with every act in them. "
            "If that is meant, run tally node rewind: it opens those acts again and sends what is still in time."
        )
        self.common = common


@dataclass(frozen=True, slots=True)
class Rewound:
    """What going back did."""

    seen: int
    common: int
    """The last block that both know."""
    reopened: int
    """Operations whose end stood in a block that is gone; they are sent again, and those out of time end as expired."""


async def check_lineage(engine: Engine, read_model: ReadModel, seen: int) -> None:
    """See that the ledger goes on from where this gateway stood; raises `LedgerWentBack`.  `seen` is the last block that ends were taken from."""
    height = (await engine.status()).height
    newest = await _newest(read_model)
    rows = 0 if newest is None else newest.height
    if max(seen, rows) <= height and (newest is None or await _is_there(engine, newest)):
        return
    raise LedgerWentBack(max(seen, rows), await common_height(engine, read_model, seen), height)


async def common_height(engine: Engine, read_model: ReadModel, seen: int) -> int:
    """The last block that the rows of this gateway and the ledger have in common; without rows, as far as both reach."""
    height = (await engine.status()).height
    newest = await _newest(read_model)
    if newest is None:
        return min(seen, height)
    low, high = 0, min(newest.height, height)
    # Headers name each other, so from the first that differs on all do.
    while low < high:
        middle = (low + high + 1) // 2
        row = next(iter(await read_model.blocks(middle + 1, 1)), None)
        if row is not None and await _is_there(engine, row):
            low = middle
        else:
            high = middle - 1
    return low


async def rewind(database: Database, seen: int, common: int) -> Rewound:
    """Open every operation again whose end stands in a block after `common`, and follow from there; the rows of the read model are made again."""

    def reopen(db: Connection) -> int:
        marks = ", ".join("?" for _ in _ENDED)
        changed = db.execute(
            "UPDATE outbox SET state = 'queued', code = '', height = 0, first = '', answer = ? "  # noqa: S608 - marks alone are put in
            f"WHERE height > ? AND state IN ({marks})",
            (b"", common, *_ENDED),
        ).rowcount
        db.execute("UPDATE progress SET height = ? WHERE name = ?", (common, NAME))
        return changed

    return Rewound(seen, common, await database.write(reopen))


async def _newest(read_model: ReadModel) -> BlockRow | None:
    return next(iter(await read_model.blocks(0, 1)), None)


async def _is_there(engine: Engine, row: BlockRow) -> bool:
    try:
        return header_text((await engine.block(row.height)).header) == row.header
    except EngineRefused:
        # A ledger that was taken over from a snapshot has no earlier blocks: then the height is all that can be compared.
        return True
