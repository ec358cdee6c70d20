"""Names the accounts of this member's clients by itself, once a voucher's black-out has begun: what its system account else does by hand.

Nothing is remembered but the requests themselves: what is to be named is found anew from the ledger's rows, and one account is named for one
holding at one settlement bank under one name, so a process that ends anywhere repeats nothing.  An account from which money came back is never named
again by itself; a person looks, and changes the file.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec
import structlog

from tallychain.contracts.vouchers.settling.contents import PayeeContent
from tallychain.crypto.digest import sha256
from tallychain.gateway.accounts import HOUSE, Account
from tallychain.gateway.accountsfile import AccountsRefused, read_accounts
from tallychain.gateway.acts import ActBody, Answer
from tallychain.gateway.chainclock import ChainClock
from tallychain.gateway.clientaccounts import NOT_OF_RECORD
from tallychain.gateway.outbox import DONE, QUEUED, Submission
from tallychain.gateway.problems import Problem
from tallychain.gateway.readmodel_port import ReadModel
from tallychain.gateway.seats import Seat, TagRow

NAME: Final = "settlement.payee"
LOOK_EVERY_MS: Final = 600_000
"""By the chain's time; the time to name accounts is days, so looking through all holdings more often helps nobody."""
ATTEMPTS: Final = 5
"""Refused or expired so often, it is left to a person."""
_PAGE: Final = 500
_OWED: Final = ("ACTIVE", "DUE", "DUE_UNDATED", "UNPAID_PENDING", "OVERDUE")
_ENDED: Final = ("SPENT", "PAID", "COLLECTED", "CANCELLED")
_OF_THE_MOMENT: Final = "GATEWAY_"
_UNKNOWN: Final = "ACCOUNT_UNKNOWN"
_DIFFERS: Final = "NOT_THE_ACCOUNT_OF_RECORD"
_SYSTEM: Final = Account("gateway", "Gateway", HOUSE, "", ("system",), "", "", active=True)
"""The seat of this work: it may do what systems may, and nothing else.  Nobody signs in as it."""

_Row = Mapping[str, Any]


class Acting(Protocol):
    """The way to act."""

    async def make(self, type_name: str, body: ActBody, account: Account, key: str) -> Answer:
        """Begin an act; the same request again has the same answer."""


class Sent(Protocol):
    """What became of operations."""

    async def get(self, operation: str) -> Submission | None:
        """What is known of one operation, or None."""


class Clients(Protocol):
    """Whose tags are whose."""

    async def tag(self, key: str) -> TagRow | None:
        """A tag of any of the seats, by its signing key."""

    async def get(self, seat: str) -> Seat | None:
        """One seat, or None."""


class Records(Protocol):
    """Which accounts are of record."""

    async def payee_of(self, seat: Seat) -> PayeeContent | None:
        """The account of record of a client, as it is named; None if it has none."""


class Payees:
    """One chore; without a file of accounts it names those of record, and what has none is for a person."""

    def __init__(
        self,
        member: str,
        file: Path | None,
        clients: Clients,
        records: Records,
        acts: Acting,
        outbox: Sent,
        clock: ChainClock,
    ) -> None:
        self._member = member
        self._file = file
        self._clients = clients
        self._records = records
        self._acts = acts
        self._outbox = outbox
        self._clock = clock
        self._seen: tuple[int, int] = (0, 0)
        self._again = True
        self._log = structlog.get_logger("payees")
        self.read_model: ReadModel | None = None
        self.missing = 0
        """Holdings in black-out, or due, whose account could not be named."""
        self.fault = ""
        """Why the file of accounts cannot be used; empty if it can."""

    async def name_due(self) -> None:
        """Name what can be named now; a look that fails is repeated at the next call."""
        if self.read_model is None:
            return
        file_stamp = 0 if self._file is None else stamp(self._file)
        now = self._clock.now_ms()
        if not self._again and self._seen == (file_stamp, now // LOOK_EVERY_MS):
            return
        self._again = True
        self._seen = (file_stamp, now // LOOK_EVERY_MS)
        accounts = {} if self._file is None else await self._read(self._file)
        # Before the rows are read: what took effect above this height may be missing in them.
        height = (await self.read_model.as_of()).height
        missing, waits = 0, False
        async for holding, voucher in self._unnamed(self.read_model, now):
            said = await self._name(holding, voucher, accounts, height)
            # What a problem of the moment has kept from being done is tried again soon, like what is under way.
            waits = waits or said == QUEUED or said.startswith(_OF_THE_MOMENT)
            if said not in ("", QUEUED) and not (self._file is None and said == _UNKNOWN):
                missing += 1
                self._log.warning("account not named", holding=holding["holding"], why=said)
        self.missing = missing
        self._again = waits

    async def _read(self, file: Path) -> dict[str, PayeeContent]:
        try:
            accounts = await asyncio.to_thread(read_accounts, file)
        except AccountsRefused as refused:
            self.fault = str(refused)
            self._log.warning("no account is named", why=self.fault)
            return {}
        self.fault = ""
        return accounts

    async def _unnamed(self, rows: ReadModel, now: int) -> AsyncIterator[tuple[_Row, _Row]]:
        """The living holdings of this member's clients without an account at the settlement bank, of vouchers in black-out or due."""
        vouchers: dict[str, _Row | None] = {}
        cursor = ""
        while True:
            page = await rows.list("holdings", {"sponsor": self._member}, (), cursor, _PAGE)
            for holding in page.rows:
                if holding["status"] in _ENDED:
                    continue
                number = str(holding["voucher"])
                if number not in vouchers:
                    vouchers[number] = await rows.get("vouchers", (number,), ())
                voucher = vouchers[number]
                if voucher is None or voucher["status"] not in _OWED or int(voucher["blackout"]) > now:
                    continue
                share = await rows.get("shares", (number, str(holding["first"])), ())
                if not _is_named(holding, voucher, share):
                    yield holding, voucher
            cursor = page.cursor
            if not cursor:
                return

    async def _name(
        self, holding: _Row, voucher: _Row, accounts: Mapping[str, PayeeContent], height: int
    ) -> str:
        """Name one account; empty if it is done, `QUEUED` if it is under way, else why not."""
        seat = await self._holder(str(holding["tag"]))
        if seat is None:
            return "HOLDER_UNKNOWN"
        account = accounts.get(seat.uscc) or await self._records.payee_of(seat)
        if account is None:
            return _UNKNOWN
        if account.name != seat.name:
            return "NAME_DIFFERS"
        try:
            return await self._act(holding, voucher, account, height)
        except Problem as problem:
            return _DIFFERS if problem.code == NOT_OF_RECORD else problem.code

    async def _holder(self, tag: str) -> Seat | None:
        row = await self._clients.tag(tag)
        return None if row is None else await self._clients.get(row.seat)

    async def _act(self, holding: _Row, voucher: _Row, account: PayeeContent, height: int) -> str:
        body = ActBody(
            args={"voucher": voucher["voucher"], "holding": int(holding["first"])},
            sealed={"payee": msgspec.to_builtins(account)},
        )
        about = [holding["holding"], voucher["settlement_bank"], body.sealed]
        name = sha256(msgspec.json.encode(about, order="deterministic")).hex()[:32]
        why = ""
        for attempt in range(ATTEMPTS):
            answer = await self._acts.make(NAME, body, _SYSTEM, f"payee-{name}-{attempt}")
            known = await self._outbox.get(answer.operation)
            if known is None or known.state == QUEUED:
                return QUEUED
            if known.state == DONE:
                # Its effect stands, or is about to stand, in the rows; else the money came back since.
                return "PAYOUT_CAME_BACK" if known.height <= height else ""
            why = known.code or known.state
        return why


def stamp(file: Path) -> int:
    """Tells two states of a file apart; 0 if there is none."""
    try:
        about = file.stat()
    except OSError:
        return 0
    return about.st_mtime_ns + about.st_ino


def _is_named(holding: _Row, voucher: _Row, share: _Row | None) -> bool:
    return (
        share is not None
        and int(share["payee_at"] or 0) > 0
        and share["payee_bank"] == voucher["settlement_bank"]
        and share["holding"] == holding["holding"]
    )
