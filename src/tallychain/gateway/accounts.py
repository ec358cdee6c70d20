"""Accounts and their tokens: who calls, for which seat, in which roles.

A token is 32 random bytes; only its SHA-256 is kept, so a stolen database signs nobody in.
"""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from tallychain.crypto.digest import equal, sha256
from tallychain.gateway.database import AlreadyThere, Connection, Database
from tallychain.gateway.problems import Problem

HOUSE: Final = "member"
"""The seat of the member itself: its own business, and its wallet when it holds vouchers."""

STAFF_ROLES: Final = ("maker", "checker", "admin", "system", "look")
CLIENT_ROLES: Final = ("maker", "checker")
TOKEN_BYTES: Final = 32
SESSIONS_SHOWN: Final = 200

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


@dataclass(frozen=True, slots=True)
class Session:
    """One token that is good now, without the token itself."""

    id: str
    made_ms: int
    expires_ms: int
    key: str
    """The key that it is bound to; empty for a person's session."""
    roles: tuple[str, ...]
    """What it is narrowed to; empty: all roles of the account."""
    is_current: bool
    """Whether it is the very token that asks."""


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

        def insert(db: Connection) -> None:
            try:
                db.execute(f"INSERT INTO account ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)  # noqa: S608 - a constant
            except AlreadyThere:
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

    async def page(self, after: str, limit: int) -> list[Account]:
        """Some accounts in order of id, behind one."""
        return await self._select(f"WHERE id > ? ORDER BY id LIMIT {int(limit)}", after)

    async def set_certificate(self, account: str, digest: str) -> None:
        """Note the certificate of an account's person or enterprise."""
        await self._database.write(
            lambda db: db.execute("UPDATE account SET certificate = ? WHERE id = ?", (digest, account))
        )

    async def set_roles(self, account: str, roles: tuple[str, ...]) -> None:
        """Give an account other roles; its sessions act with them at once."""
        await self._database.write(
            lambda db: db.execute("UPDATE account SET roles = ? WHERE id = ?", (" ".join(roles), account))
        )

    async def close(self, account: str) -> None:
        """Close an account and revoke its tokens, at once."""

        def update(db: Connection) -> None:
            db.execute("UPDATE account SET active = 0 WHERE id = ?", (account,))
            db.execute("UPDATE token SET revoked = 1 WHERE account = ?", (account,))

        await self._database.write(update)

    async def reopen(self, account: str) -> None:
        """Let a closed account sign in again; its old tokens stay ended."""
        await self._database.write(
            lambda db: db.execute("UPDATE account SET active = 1 WHERE id = ?", (account,))
        )

    async def issue_token(
        self, account: str, life_ms: int, *, key: str = "", roles: tuple[str, ...] = ()
    ) -> tuple[str, int]:
        """
        A new bearer token and when it ends, in UTC milliseconds.

        Bound to `key` it is good only beside signatures of that key (see `boundtokens.py`).  `roles` narrows what it may do; empty: all
        of the account's.
        """
        token = secrets.token_hex(TOKEN_BYTES)
        now = self._now_ms()
        row = (
            sha256(token.encode()),
            account,
            now + life_ms,
            secrets.token_hex(8),
            now,
            key,
            " ".join(roles),
        )
        await self._database.write(
            lambda db: db.execute(
                "INSERT INTO token (digest, account, expires_ms, id, made_ms, key, roles) VALUES (?, ?, ?, ?, ?, ?, ?)",
                row,
            )
        )
        return token, now + life_ms

    async def revoke_token(self, token: str) -> None:
        """End a token; an unknown one is as good as ended."""
        digest = sha256(token.encode())
        await self._database.write(
            lambda db: db.execute("UPDATE token SET revoked = 1 WHERE digest = ?", (digest,))
        )

    async def shorten(self, token: str, left_ms: int) -> None:
        """Let a token end after a while, if it does not end before."""
        digest, until = sha256(token.encode()), self._now_ms() + left_ms
        await self._database.write(
            lambda db: db.execute(
                "UPDATE token SET expires_ms = ? WHERE digest = ? AND expires_ms > ?", (until, digest, until)
            )
        )

    async def sessions(self, account: str, current: str = "") -> list[Session]:
        """The tokens of an account that are good now, newest first; `current` is the token that asks."""
        now, own = self._now_ms(), sha256(current.encode())
        rows = await self._database.read(
            lambda db: db.execute(
                "SELECT id, made_ms, expires_ms, key, roles, digest FROM token "
                "WHERE account = ? AND revoked = 0 AND expires_ms > ? ORDER BY made_ms DESC, id LIMIT ?",
                (account, now, SESSIONS_SHOWN),
            ).fetchall()
        )
        return [
            Session(row[0], row[1], row[2], row[3], tuple(row[4].split()), equal(row[5], own)) for row in rows
        ]

    async def end_sessions(self, account: str, *, only: str = "", except_token: str = "") -> int:
        """End one session of an account by its id, or all but that of a token; how many ended."""
        kept = sha256(except_token.encode())

        def update(db: Connection) -> int:
            where, more = ("id = ?", (only,)) if only else ("digest != ?", (kept,))
            text = f"UPDATE token SET revoked = 1 WHERE account = ? AND revoked = 0 AND {where}"  # noqa: S608 - constants
            return db.execute(text, (account, *more)).rowcount

        return await self._database.write(update)

    async def by_token(self, token: str) -> Account:
        """The account that a token signs in by itself; raises `GATEWAY_NOT_SIGNED_IN`, always for the same stated reason."""
        account, key = await self.bearer(token)
        if key:
            raise Problem("GATEWAY_NOT_SIGNED_IN")
        return account

    async def bearer(self, token: str) -> tuple[Account, str]:
        """The account behind a token, and the key that it is bound to (empty: none); raises `GATEWAY_NOT_SIGNED_IN`."""
        digest = sha256(token.encode())
        row = await self._database.read(
            lambda db: db.execute(
                f"SELECT t.digest, t.expires_ms, t.revoked, t.key, t.roles, {', '.join('a.' + c for c in _COLUMNS.split(', '))} "  # noqa: S608 - constants
                "FROM token t JOIN account a ON a.id = t.account WHERE t.digest = ?",
                (digest,),
            ).fetchone()
        )
        if row is None or not equal(row[0], digest) or row[2] or row[1] <= self._now_ms():
            raise Problem("GATEWAY_NOT_SIGNED_IN")
        account = _account(row[5:])
        if not account.active:
            raise Problem("GATEWAY_NOT_SIGNED_IN")
        if row[4]:
            narrowed = tuple(role for role in account.roles if role in row[4].split())
            account = replace(account, roles=narrowed)
        return account, str(row[3])

    async def _select(self, where: str, *values: str) -> list[Account]:
        rows = await self._database.read(
            lambda db: db.execute(f"SELECT {_COLUMNS} FROM account {where}", values).fetchall()  # noqa: S608 - constants
        )
        return [_account(row) for row in rows]


def _account(row: tuple[str, str, str, str, str, str, str, int]) -> Account:
    name, shown, seat, person, roles, key_file, certificate, active = row
    return Account(name, shown, seat, person, tuple(roles.split()), key_file, certificate, bool(active))
