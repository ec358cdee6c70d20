"""Accounts and their tokens: who calls, for which seat, in which roles.

A token is 32 random bytes; only its SHA-256 is kept, so a stolen database signs nobody in.
"""

import secrets
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tallychain.crypto.digest import equal, sha256
from tallychain.gateway.database import Database
from tallychain.gateway.problems import Problem

HOUSE: Final = "member"
"""The seat of the member itself: its own business, and its wallet when it holds vouchers."""

STAFF_ROLES: Final = ("maker", "checker", "admin", "system", "look")
CLIENT_ROLES: Final = ("maker", "checker")
TOKEN_BYTES: Final = 32

_COLUMNS: Final = "id, name, seat, person, roles, key_file, certificate, active"


@dataclass(frozen=True, slots=True)
class Account:
    """One person, or one system, that may call."""

    id: str
    name: str
    seat: str
    person: str
    """Random id under which the person stands on the ledger; two accounts of one person share it."""
    roles: tuple[str, ...]
    key_file: str
    """Name of the key file within the folder of keys (staff) or of the seat (client)."""
    certificate: str
    """Digest of the person's or the enterprise's certificate; empty until there is one."""
    active: bool

    @property
    def is_staff(self) -> bool:
        """Whether it acts for the member itself."""
        return self.seat == HOUSE

    @property
    def classes(self) -> frozenset[str]:
        """What the permissions table knows it as."""
        side = "staff" if self.is_staff else "client"
        return frozenset(f"{side}:{role}" for role in self.roles)


def wall_ms() -> int:
    """UTC milliseconds of this machine."""
    return time.time_ns() // 1_000_000


class Accounts:
    """The accounts of one gateway."""

    def __init__(self, database: Database, now_ms: Callable[[], int] = wall_ms) -> None:
        self._database = database
        # Tokens live by the wall clock: a chain whose time is moved by hand must not sign everybody out.
        self._now_ms = now_ms

    async def add(self, account: Account) -> None:
        """Keep a new account; raises `GATEWAY_EXISTS`, and `GATEWAY_FIELD_NOT_VALID` for roles of the other side."""
        allowed = STAFF_ROLES if account.is_staff else CLIENT_ROLES
        if not account.roles or not set(account.roles) <= set(allowed):
            raise Problem("GATEWAY_FIELD_NOT_VALID", detail=f"roles are of {', '.join(allowed)}")
        values = (
            account.id,
            account.name,
            account.seat,
            account.person,
            " ".join(account.roles),
            account.key_file,
            account.certificate,
            int(account.active),
        )

        def insert(db: sqlite3.Connection) -> None:
            try:
                db.execute(f"INSERT INTO account ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)  # noqa: S608 - a constant
            except sqlite3.IntegrityError:
                raise Problem("GATEWAY_EXISTS", name=account.id) from None

        await self._database.write(insert)

    async def get(self, account: str) -> Account | None:
        """One account, or None."""
        found = await self._select("WHERE id = ?", account)
        return found[0] if found else None

    async def of_seat(self, seat: str) -> list[Account]:
        """The accounts of one seat."""
        return await self._select("WHERE seat = ? ORDER BY id", seat)

    async def all(self) -> list[Account]:
        """Every account."""
        return await self._select("ORDER BY id")

    async def set_certificate(self, account: str, digest: str) -> None:
        """Note the certificate of an account's person or enterprise."""
        await self._database.write(
            lambda db: db.execute("UPDATE account SET certificate = ? WHERE id = ?", (digest, account))
        )

    async def close(self, account: str) -> None:
        """Close an account and revoke its tokens, at once."""

        def update(db: sqlite3.Connection) -> None:
            db.execute("UPDATE account SET active = 0 WHERE id = ?", (account,))
            db.execute("UPDATE token SET revoked = 1 WHERE account = ?", (account,))

        await self._database.write(update)

    async def issue_token(self, account: str, life_ms: int) -> tuple[str, int]:
        """A new bearer token and when it ends, in UTC milliseconds."""
        token = secrets.token_hex(TOKEN_BYTES)
        until = self._now_ms() + life_ms
        digest = sha256(token.encode())
        await self._database.write(
            lambda db: db.execute(
                "INSERT INTO token (digest, account, expires_ms) VALUES (?, ?, ?)", (digest, account, until)
            )
        )
        return token, until

    async def revoke_token(self, token: str) -> None:
        """End a token; an unknown one is as good as ended."""
        digest = sha256(token.encode())
        await self._database.write(
            lambda db: db.execute("UPDATE token SET revoked = 1 WHERE digest = ?", (digest,))
        )

    async def by_token(self, token: str) -> Account:
        """The account that a token signs in; raises `GATEWAY_NOT_SIGNED_IN`, always for the same stated reason."""
        digest = sha256(token.encode())
        row = await self._database.read(
            lambda db: db.execute(
                f"SELECT t.digest, t.expires_ms, t.revoked, {', '.join('a.' + c for c in _COLUMNS.split(', '))} "  # noqa: S608 - constants
                "FROM token t JOIN account a ON a.id = t.account WHERE t.digest = ?",
                (digest,),
            ).fetchone()
        )
        if row is None or not equal(row[0], digest) or row[2] or row[1] <= self._now_ms():
            raise Problem("GATEWAY_NOT_SIGNED_IN")
        account = _account(row[3:])
        if not account.active:
            raise Problem("GATEWAY_NOT_SIGNED_IN")
        return account

    async def _select(self, where: str, *values: str) -> list[Account]:
        rows = await self._database.read(
            lambda db: db.execute(f"SELECT {_COLUMNS} FROM account {where}", values).fetchall()  # noqa: S608 - constants
        )
        return [_account(row) for row in rows]


def _account(row: tuple[str, str, str, str, str, str, str, int]) -> Account:
    name, shown, seat, person, roles, key_file, certificate, active = row
    return Account(name, shown, seat, person, tuple(roles.split()), key_file, certificate, bool(active))
