"""What webhooks are to be told: kept in the same change as what happened, tried until it is delivered or dead, and bounded.

A delivery is made at least once; the receiver knows a repeated one by its id.  Deliveries of one webhook are tried one at a time, oldest
first; one that failed waits longer each time and does not hold up the others.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from tallychain.gateway import hooks
from tallychain.gateway.accounts import wall_ms
from tallychain.gateway.database import Connection, Database

WAITING: Final = "waiting"
DELIVERED: Final = "delivered"
DEAD: Final = "dead"
STATES: Final = (WAITING, DELIVERED, DEAD)

QUEUE: Final = 10_000
"""Deliveries that may wait for one webhook; more would only hide that nobody listens."""
_KEPT: Final = 1000
"""Deliveries of one webhook that are remembered after their end, for each end."""
_AGAIN: Final = "UPDATE webhook_delivery SET state = 'waiting', attempts = 0, due_ms = 0 WHERE webhook = ? AND state = 'dead'"
_COLUMNS: Final = "number, id, webhook, kind, made_ms, body, state, attempts, due_ms, status, why"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One thing to tell one address."""

    number: int
    id: str
    webhook: str
    kind: str
    made_ms: int
    body: bytes
    state: str
    attempts: int
    due_ms: int
    status: int
    """HTTP status of the last attempt; 0 where there was no answer."""
    why: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """How one attempt ended."""

    is_delivered: bool
    is_gone: bool
    status: int
    why: str
    wait_ms: int
    """Until the next attempt; 0 where there is none."""


def tell(db: Connection, seat: str, kind: str, data: object) -> None:
    """Put something into the queue of every webhook of a seat that wants it, within a larger change."""
    for webhook in hooks.of_seat(db, seat):
        if hooks.wants(webhook.kinds, kind):
            put(db, webhook.id, kind, data)


def put(db: Connection, webhook: str, kind: str, data: object) -> str:
    """Put something into one queue; the delivery's id.  Where too much waits the webhook is switched off instead."""
    counted = db.execute(
        "SELECT count(*) FROM webhook_delivery WHERE webhook = ? AND state = 'waiting'", (webhook,)
    )
    if counted.fetchone()[0] >= QUEUE:
        hooks.switch_off(db, webhook, hooks.BEHIND)
        return ""
    delivery, now = f"msg_{secrets.token_hex(16)}", wall_ms()
    body = msgspec.json.encode({"id": delivery, "type": kind, "time_ms": now, "data": data})
    db.execute(
        "INSERT INTO webhook_delivery (id, webhook, kind, made_ms, body, state, due_ms) VALUES (?, ?, ?, ?, ?, 'waiting', 0)",
        (delivery, webhook, kind, now, body),
    )
    return delivery


class HookQueue:
    """The deliveries of one gateway."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, webhook: str, kind: str, data: object) -> str:
        """Put something into one queue; the delivery's id, empty where too much waits."""
        return await self._database.write(lambda db: put(db, webhook, kind, data))

    async def ready(self, now_ms: int) -> list[str]:
        """The webhooks that are on and have something to be tried now."""
        rows = await self._database.read(
            lambda db: db.execute(
                "SELECT id FROM webhook WHERE state = 'on' AND seat NOT IN (SELECT id FROM seat WHERE active = 0) AND EXISTS "
                "(SELECT 1 FROM webhook_delivery WHERE webhook = webhook.id AND state = 'waiting' AND due_ms <= ?)",
                (now_ms,),
            ).fetchall()
        )
        return [row[0] for row in rows]

    async def next(self, webhook: str, now_ms: int) -> Delivery | None:
        """The oldest delivery of a webhook that is to be tried now."""
        found = await self._select(
            "WHERE webhook = ? AND state = 'waiting' AND due_ms <= ? ORDER BY number LIMIT 1", webhook, now_ms
        )
        return found[0] if found else None

    async def settle(self, delivery: Delivery, attempt: Attempt, now_ms: int, fails_for_ms: int) -> str:
        """Write down an attempt; the reason for which the webhook was switched off by it, or nothing."""
        return await self._database.write(lambda db: _settle(db, delivery, attempt, now_ms, fails_for_ms))

    async def page(self, webhook: str, state: str, below: int, limit: int) -> list[Delivery]:
        """The newest deliveries of a webhook below a number, in one state or in all."""
        in_state, values = ("AND state = ? ", (state,)) if state else ("", ())
        return await self._select(
            f"WHERE webhook = ? {in_state}AND number < ? ORDER BY number DESC LIMIT ?",
            *(webhook, *values, below, limit),
        )

    async def again(self, webhook: str, delivery: str) -> int:
        """Try dead deliveries again, one or (without a name) all; how many."""
        one, values = (" AND id = ?", (webhook, delivery)) if delivery else ("", (webhook,))
        return await self._database.write(lambda db: db.execute(f"{_AGAIN}{one}", values).rowcount)

    async def counts(self) -> dict[str, int]:
        """How many deliveries are in each state."""
        rows = await self._database.read(
            lambda db: db.execute("SELECT state, count(*) FROM webhook_delivery GROUP BY state").fetchall()
        )
        return {str(state): int(count) for state, count in rows}

    async def _select(self, where: str, *values: str | int) -> list[Delivery]:
        rows = await self._database.read(
            lambda db: db.execute(f"SELECT {_COLUMNS} FROM webhook_delivery {where}", values).fetchall()  # noqa: S608 - constants
        )
        return [Delivery(*row) for row in rows]


def _settle(db: Connection, delivery: Delivery, attempt: Attempt, now_ms: int, fails_for_ms: int) -> str:
    state = DELIVERED if attempt.is_delivered else WAITING if attempt.wait_ms else DEAD
    db.execute(
        "UPDATE webhook_delivery SET state = ?, attempts = attempts + 1, due_ms = ?, status = ?, why = ? WHERE id = ?",
        (state, now_ms + attempt.wait_ms, attempt.status, attempt.why, delivery.id),
    )
    if state != WAITING:
        _forget_old(db, delivery.webhook, state)
    if attempt.is_delivered:
        db.execute("UPDATE webhook SET failing_since_ms = 0 WHERE id = ?", (delivery.webhook,))
        return ""
    db.execute(
        "UPDATE webhook SET failing_since_ms = ? WHERE id = ? AND failing_since_ms = 0",
        (now_ms, delivery.webhook),
    )
    reason = hooks.GONE if attempt.is_gone else _failing(db, delivery.webhook, now_ms - fails_for_ms)
    if reason:
        hooks.switch_off(db, delivery.webhook, reason)
    return reason


def _failing(db: Connection, webhook: str, before_ms: int) -> str:
    since: Sequence[int] | None = db.execute(
        "SELECT failing_since_ms FROM webhook WHERE id = ?", (webhook,)
    ).fetchone()
    return hooks.FAILING if since is not None and since[0] <= before_ms else ""


def _forget_old(db: Connection, webhook: str, state: str) -> None:
    oldest = db.execute(
        "SELECT number FROM webhook_delivery WHERE webhook = ? AND state = ? ORDER BY number DESC LIMIT 1 OFFSET ?",
        (webhook, state, _KEPT),
    ).fetchone()
    if oldest is not None:
        db.execute(
            "DELETE FROM webhook_delivery WHERE webhook = ? AND state = ? AND number <= ?",
            (webhook, state, oldest[0]),
        )
