"""Idempotency: the same act asked again has the same answer, and another one under its key is refused."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from tallychain.crypto.digest import equal
from tallychain.gateway.database import Connection, Database
from tallychain.gateway.problems import Problem

_KEY: Final = re.compile(r"[A-Za-z0-9_-]{8,64}")


@dataclass(frozen=True, slots=True)
class Name:
    """What names a request: the seat, the type of act, and the caller's key."""

    seat: str
    type: str
    key: str


@dataclass(frozen=True, slots=True)
class Earlier:
    """What the same request led to before."""

    draft: str
    operation: str


def check_key(key: str | None) -> str:
    """The caller's Idempotency-Key; raises `GATEWAY_IDEMPOTENCY_KEY_MISSING`."""
    if key is None or not _KEY.fullmatch(key):
        raise Problem("GATEWAY_IDEMPOTENCY_KEY_MISSING")
    return key


def remember(db: Connection, name: Name, digest: bytes, *, draft: str = "", operation: str = "") -> None:
    """Note what a request led to, within the change that made it."""
    db.execute(
        "INSERT INTO request VALUES (?, ?, ?, ?, ?, ?)",
        (name.seat, name.type, name.key, digest, draft, operation),
    )


class Requests:
    """Requests already answered, and a lock for each one under way."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._locks: dict[Name, tuple[asyncio.Lock, int]] = {}

    @asynccontextmanager
    async def one_at_a_time(self, name: Name) -> AsyncIterator[None]:
        """Let equal requests wait for each other."""
        lock, users = self._locks.get(name, (asyncio.Lock(), 0))
        self._locks[name] = (lock, users + 1)
        try:
            async with lock:
                yield
        finally:
            lock, users = self._locks[name]
            if users == 1:
                del self._locks[name]
            else:
                self._locks[name] = (lock, users - 1)

    async def earlier(self, name: Name, digest: bytes) -> Earlier | None:
        """What this request led to before, or None; raises `IDEMPOTENCY_CONFLICT`."""
        row = await self._database.read(
            lambda db: db.execute(
                "SELECT digest, draft, operation FROM request WHERE seat = ? AND type = ? AND key = ?",
                (name.seat, name.type, name.key),
            ).fetchone()
        )
        if row is None:
            return None
        if not equal(row[0], digest):
            raise Problem("IDEMPOTENCY_CONFLICT")
        return Earlier(row[1], row[2])
