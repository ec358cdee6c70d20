"""Changes of accounts that two admins make: one asks, another approves.

What can sign for the member, or opens a way around a lost factor, is never in one person's hands.
"""

import secrets
from collections.abc import Callable
from typing import Final

import msgspec
from msgspec import Struct

from tallychain.gateway.accounts import CLIENT_ROLES, STAFF_ROLES, Account, Accounts, wall_ms
from tallychain.gateway.attempts import Attempts
from tallychain.gateway.database import Connection, Database
from tallychain.gateway.enrolment import Enrolment, NewAccount
from tallychain.gateway.factors import Factors
from tallychain.gateway.problems import Problem
from tallychain.gateway.twopersons import TwoPersons

ADD: Final = "add"
ROLES: Final = "roles"
RESET: Final = "reset"
NEW_KEY: Final = "new-key"
REOPEN: Final = "reopen"
KINDS: Final = (ADD, ROLES, RESET, NEW_KEY, REOPEN)

OPEN: Final = "open"
APPROVED: Final = "approved"
REFUSED: Final = "refused"
EXPIRED: Final = "expired"

SIGNING: Final = frozenset(STAFF_ROLES) - {"look"}
"""Roles of the staff with which something is signed."""

_LIFE_MS: Final = 7 * 86_400_000
_SHOWN: Final = 200
_COLUMNS: Final = "id, kind, account, content, asked_by, asked_ms, expires_ms, state, decided_by"


class Content(Struct, frozen=True):
    """What is asked for, beside kind and account."""

    name: str = ""
    roles: tuple[str, ...] = ()


class Change(Struct, frozen=True):
    """One change and what became of it."""

    id: str
    kind: str
    """add, roles, reset (of the second factor), new-key (after a lost passphrase), or reopen."""
    account: str
    content: Content
    asked_by: str
    asked_ms: int
    expires_ms: int
    state: str
    decided_by: str


class Done(Struct, frozen=True):
    """What an approved change led to."""

    account: str
    key: str = ""
    """The public key, where a new one was made: to be registered on the ledger by two admins."""
    enrolment_code: str = ""
    """One-time code for the person, shown this once; empty where none is needed."""
    enrolment_until_ms: int = 0

    def __repr__(self) -> str:
        return f"<change of {self.account}>"


class AccountChanges:
    """Takes, lists and decides changes of accounts."""

    def __init__(
        self,
        database: Database,
        accounts: Accounts,
        enrolment: Enrolment,
        factors: Factors,
        attempts: Attempts,
        now_ms: Callable[[], int] = wall_ms,
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._enrolment = enrolment
        self._factors = factors
        self._attempts = attempts
        self._now_ms = now_ms
        self.two_persons = TwoPersons(database, accounts, enrolment.seats, now_ms)

    async def ask(self, kind: str, account: str, content: Content, by: Account) -> Change:
        """
        Ask for a change, which waits a week for another admin.

        Raises `GATEWAY_EXISTS`, `GATEWAY_NOT_FOUND`, `GATEWAY_FIELD_NOT_VALID`, `GATEWAY_ROOT_NOT_RECOVERABLE`.
        """
        await self.check(kind, account, content)
        now = self._now_ms()
        change = Change(secrets.token_hex(8), kind, account, content, by.id, now, now + _LIFE_MS, OPEN, "")
        row = (
            change.id,
            kind,
            account,
            msgspec.json.encode(content),
            by.id,
            now,
            change.expires_ms,
            OPEN,
            "",
        )
        await self._database.write(
            lambda db: db.execute(
                f"INSERT INTO account_change ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - a constant
                row,
            )
        )
        return change

    async def get(self, change: str) -> Change:
        """One change; raises `GATEWAY_NOT_FOUND`."""
        found = await self._select("WHERE id = ?", change)
        if not found:
            raise Problem("GATEWAY_NOT_FOUND")
        return found[0]

    async def newest(self) -> list[Change]:
        """The newest changes."""
        return await self._select(f"ORDER BY asked_ms DESC, id LIMIT {_SHOWN}")

    async def approve(self, change: Change, by: Account) -> Done:
        """
        Make an open change as its second admin.

        Raises `GATEWAY_SAME_PERSON`, `GATEWAY_DRAFT_CLOSED`, and as `ask` where accounts have changed meanwhile.
        """
        await self.need_second(change, by)
        await self.check(change.kind, change.account, change.content)
        await self._decide(change, APPROVED, by.id)
        return await self._make(change)

    async def refuse(self, change: Change, by: Account) -> None:
        """Close an open change, by any admin; raises `GATEWAY_DRAFT_CLOSED`."""
        await self._decide(change, REFUSED, by.id)

    async def need_second(self, change: Change, by: Account) -> None:
        """Let another person than the one who asked pass; raises `GATEWAY_SAME_PERSON`, `GATEWAY_DRAFT_CLOSED`."""
        if change.state != OPEN:
            raise Problem("GATEWAY_DRAFT_CLOSED", state=change.state)
        asker = await self._accounts.get(change.asked_by)
        if asker is None or by.id == asker.id or by.person == asker.person:
            raise Problem("GATEWAY_SAME_PERSON")

    async def check(self, kind: str, account: str, content: Content) -> None:
        """Whether a change can be made as accounts stand now; raises as `ask`."""
        found = await self._accounts.get(account)
        if kind == ADD:
            if found is not None:
                raise Problem("GATEWAY_EXISTS", name=account)
            _check_roles(content.roles, STAFF_ROLES)
            return
        if found is None:
            raise Problem("GATEWAY_NOT_FOUND")
        if kind == ROLES:
            _check_roles(content.roles, STAFF_ROLES if found.is_staff else CLIENT_ROLES)
        if kind == NEW_KEY and not found.is_staff:
            raise Problem("GATEWAY_ROOT_NOT_RECOVERABLE")

    async def _make(self, change: Change) -> Done:
        if change.kind == ADD:
            word = self._enrolment.first_passphrase()
            new = NewAccount(change.account, change.content.name, change.content.roles, word)
            key = await self._enrolment.add_staff(new)
            return await self._to_enrol(change.account, word, key)
        account = await self._accounts.get(change.account)
        if account is None:
            raise Problem("GATEWAY_NOT_FOUND")
        if change.kind == ROLES:
            await self._accounts.set_roles(account.id, change.content.roles)
            return Done(account.id)
        if change.kind == REOPEN:
            await self._accounts.reopen(account.id)
            return Done(account.id)
        await self._accounts.end_sessions(account.id)
        await self._factors.forget(account.id)
        await self._attempts.forget(account.id)
        if change.kind == RESET:
            return await self._to_enrol(account.id, "", "")
        word = self._enrolment.first_passphrase()
        return await self._to_enrol(account.id, word, await self._enrolment.new_staff_key(account, word))

    async def _to_enrol(self, account: str, word: str, key: str) -> Done:
        if self._enrolment.is_demo:
            return Done(account, key)
        code, until = await self._factors.allow_enrolment(account, word)
        return Done(account, key, code, until)

    async def _decide(self, change: Change, state: str, by: str) -> None:
        def update(db: Connection) -> int:
            return db.execute(
                "UPDATE account_change SET state = ?, decided_by = ? WHERE id = ? AND state = 'open' AND expires_ms > ?",
                (state, by, change.id, self._now_ms()),
            ).rowcount

        if not await self._database.write(update):
            raise Problem("GATEWAY_DRAFT_CLOSED", state=EXPIRED if change.state == OPEN else change.state)

    async def _select(self, where: str, *values: str) -> list[Change]:
        rows = await self._database.read(
            lambda db: db.execute(f"SELECT {_COLUMNS} FROM account_change {where}", values).fetchall()  # noqa: S608 - constants
        )
        return [self._change(row) for row in rows]

    def _change(self, row: tuple[str, str, str, bytes, str, int, int, str, str]) -> Change:
        change = Change(row[0], row[1], row[2], msgspec.json.decode(row[3], type=Content), *row[4:])
        if change.state == OPEN and change.expires_ms <= self._now_ms():
            return msgspec.structs.replace(change, state=EXPIRED)
        return change


def _check_roles(roles: tuple[str, ...], allowed: tuple[str, ...]) -> None:
    if not roles or not set(roles) <= set(allowed) or len(set(roles)) != len(roles):
        raise Problem("GATEWAY_FIELD_NOT_VALID", detail=f"roles are of {', '.join(allowed)}, each once")
