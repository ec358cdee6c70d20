"""From the ledger's facts to deliveries: every published fact is looked at once, and how far is kept in the same change as what it led to.

Facts are public within the alliance: each account may read them from `/v1/events`.  What a part holds sealed is never among them.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from tallychain.gateway import hookqueue, hooks
from tallychain.gateway.accounts import HOUSE
from tallychain.gateway.database import Connection, Database, DatabaseLost
from tallychain.gateway.hooks import Hooks, Webhook
from tallychain.gateway.outbox import Outbox
from tallychain.gateway.pulse import Pulse
from tallychain.gateway.readmodel_port import EventRow, ReadModel
from tallychain.gateway.seats import Seats
from tallychain.gateway.watching import failure, until_ended
from tallychain.ledger.machine import Catalogue
from tallychain.ledger.types import MEMBER_PREFIX

_PAGE: Final = 200
_LOOK_EVERY_S: Final = 0.5
_HEIGHT: Final = "webhooks-height"
_NUMBER: Final = "webhooks-number"
_NOTE: Final = (
    "INSERT INTO progress VALUES (?, ?), (?, ?) ON CONFLICT (name) DO UPDATE SET height = excluded.height"
)
_ALL_OF_BLOCK: Final = 2**31

Position = tuple[int, int]


def kinds_of(catalogue: Catalogue) -> tuple[str, ...]:
    """Every kind of event that a webhook may want, those of its own seat first."""
    facts = {
        str(event.__struct_config__.tag) for contract in catalogue.contracts for event in contract.events
    }
    return (*hooks.OWN_KINDS, *sorted(facts))


class HookFeed:
    """Looks at facts as they are projected."""

    def __init__(
        self,
        member: str,
        read_model: ReadModel,
        store: Hooks,
        seats: Seats,
        outbox: Outbox,
        database: Database,
        pulse: Pulse,
    ) -> None:
        self._member = member
        self._read_model = read_model
        self._store = store
        self._seats = seats
        self._outbox = outbox
        self._database = database
        self._pulse = pulse
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Go on where the last process ended."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def close(self) -> None:
        """Stop."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    @property
    def failed(self) -> BaseException | None:
        """Why looking has ended, if it has ended by a mistake of ours."""
        return failure(self._task)

    async def ended(self) -> None:
        """Wait until looking ends."""
        await until_ended(self._task)

    async def _run(self) -> None:
        position: Position | None = None
        while True:
            try:
                if position is None:
                    position = await self._database.read(_position)
                position = await self._look(position)
            except DatabaseLost:
                # What was being written may stand or not: where to go on is read again.
                position = None
                await asyncio.sleep(_LOOK_EVERY_S)

    async def _look(self, position: Position) -> Position:
        """Take one page of facts and wait where there are no more; the position behind it."""
        webhooks = await self._store.all_on()
        if webhooks:
            # A webhook is told nothing of what lies before it was made, so that may be skipped.
            position = max(position, (min(item.after_height for item in webhooks), _ALL_OF_BLOCK))
        rows = await self._read_model.events(*position, _PAGE) if webhooks else ()
        if rows:
            # Asked again behind the rows: whoever was added in between begins with a later block than these.
            position = await self._take(rows, await self._store.all_on())
            self._pulse.beat()
        if len(rows) < _PAGE:
            await self._pulse.wait(_LOOK_EVERY_S)
        return position

    async def _take(self, rows: Sequence[EventRow], webhooks: Sequence[Webhook]) -> Position:
        names = {item.seat: await self._names(item.seat) for item in webhooks if item.own}
        wanted = [
            (item.id, row)
            for row in rows
            for item in webhooks
            if hooks.wants(item.kinds, row.name)
            and row.height > item.after_height
            and (not item.own or await self._concerns(row, item.seat, names[item.seat]))
        ]
        last = (rows[-1].height, rows[-1].index)

        def write(db: Connection) -> None:
            for webhook, row in wanted:
                hookqueue.put(db, webhook, row.name, msgspec.to_builtins(row))
            db.execute(_NOTE, (_HEIGHT, last[0], _NUMBER, last[1]))

        await self._database.write(write)
        return last

    async def _names(self, seat: str) -> frozenset[str]:
        """Under which names a seat stands in facts: its tags, and for the house its member."""
        names = set(await self._seats.tags_of(seat))
        if seat == HOUSE:
            names |= {self._member, f"{MEMBER_PREFIX}{self._member}"}
        return frozenset(names)

    async def _concerns(self, row: EventRow, seat: str, names: frozenset[str]) -> bool:
        if _mentions(row.event, names):
            return True
        found = await self._outbox.get(row.operation) if row.operation else None
        return found is not None and found.seat == seat


def _mentions(value: Any, names: frozenset[str]) -> bool:
    if isinstance(value, dict):
        return any(_mentions(item, names) for item in value.values())
    if isinstance(value, list):
        return any(_mentions(item, names) for item in value)
    return isinstance(value, str) and value in names


def _position(db: Connection) -> Position:
    found = dict(
        db.execute("SELECT name, height FROM progress WHERE name IN (?, ?)", (_HEIGHT, _NUMBER)).fetchall()
    )
    return (int(found.get(_HEIGHT, 0)), int(found.get(_NUMBER, 0)))
