"""
Delivers the quotes of this member by itself when the time for quotes is over, each to the very bytes that were committed to.

A quote is kept in the transaction in which its second person signs.  Whether it is to be delivered says the ledger alone: another quote that has
replaced it, or a request that was closed, lets it go.  A reveal that was refused has used its nonce until its time is over, so none is sent before it
can be taken, and the next follows when the one before has expired.  What has ended here is forgotten; a quote that could not be delivered in
time is an alarm for a day.
"""

from typing import Final, Protocol

import structlog
from msgspec.structs import replace

from tallychain.contracts.vouchers.financing.state import (
    BIDDING,
    CLOSED,
    COMMITTED,
    FINANCINGS,
    QUOTES,
    REVEALED,
    UNREVEALED,
    VOID,
    Financing,
)
from tallychain.contracts.vouchers.financing.waiting import REVEAL_MS
from tallychain.contracts.vouchers.state import GONE
from tallychain.crypto.kept import KeptDamaged
from tallychain.crypto.keys import SigningKey
from tallychain.gateway import building, quoting
from tallychain.gateway.accounts import HOUSE, Account
from tallychain.gateway.acts import Ways
from tallychain.gateway.building import Plan
from tallychain.gateway.chainclock import ChainClock
from tallychain.gateway.database import Connection, Database
from tallychain.gateway.ledgerstate import LedgerState
from tallychain.gateway.outbox import DONE, QUEUED, REFUSED, Submission
from tallychain.gateway.problems import Problem
from tallychain.gateway.submissions import Also
from tallychain.ledger.contract import AnyOperation
from tallychain.ledger.operation import SignedOperation, operation_id
from tallychain.ledger.timeline import Moment
from tallychain.ledger.types import TimeMs
from tallychain.sdk.build import assemble, signature

KEPT: Final = "kept"
DELIVERED: Final = "delivered"
LET_GO: Final = "let_go"
"""Another quote has replaced it, the ledger did not take it, or the seller has closed its request."""
MISSED: Final = "missed"

MARGIN_MS: Final = 2_000
"""By so much the time for quotes is over here before a reveal is sent: the clock of the next block may be a little behind this one's."""
LIFETIME_MS: Final = 180_000
"""Of one reveal: of the half-hour enough is left for others if this one is lost or refused."""
USED_MS: Final = 60_000
"""After its expiry a nonce is free again with the next minute."""
ALARM_MS: Final = 86_400_000
_ROWS: Final = 200
_SYSTEM: Final = Account("gateway", "Gateway", HOUSE, "", ("system",), "", "", active=True)
"""The seat of this work: it may do what systems may, and nothing else.  Nobody signs in as it."""
_COLUMNS: Final = "commitment, financing, closes_ms, approval, kept, reveal"


class Sending(Protocol):
    """The way into the outbox."""

    async def take(self, signed: SignedOperation, account: Account, also: list[Also]) -> str:
        """Check an operation, keep it durably and begin to submit it."""


class Sent(Protocol):
    """What became of operations."""

    async def get(self, operation: str) -> Submission | None:
        """What is known of one operation, or None."""


class _Row:
    """One kept quote."""

    def __init__(self, values: tuple[object, ...]) -> None:
        self.commitment, self.financing = str(values[0]), str(values[1])
        self.closes_ms = int(str(values[2]))
        self.approval, self.reveal = str(values[3]), str(values[5])
        self.kept = bytes(values[4])  # type: ignore[call-overload]  # the column holds bytes


class QuotesKept:
    """One chore."""

    def __init__(
        self,
        member: str,
        secret: bytes,
        system_key: SigningKey,
        reveal: AnyOperation,
        state: LedgerState,
        submissions: Sending,
        outbox: Sent,
        database: Database,
        clock: ChainClock,
    ) -> None:
        self._member = member
        self._secret = secret
        self._system_key = system_key
        self._kind = reveal
        self._state = state
        self._submissions = submissions
        self._outbox = outbox
        self._database = database
        self._clock = clock
        self._log = structlog.get_logger("quotes")
        self.missing = 0
        """Quotes whose delivery was refused or is kept up just now, and those that were not delivered in time within the last day."""

    async def deliver_due(self) -> None:
        """Deliver what can be delivered now; what cannot is tried again at the next call."""
        now, kept_up = self._clock.now_ms(), 0
        for row in await self._due(now):
            try:
                why = await self._look(row, now)
            except Problem as problem:
                why = problem.code
            except KeptDamaged as damaged:
                why = damaged.code
            if why:
                kept_up += 1
                self._log.warning("quote not delivered", financing=row.financing, why=why)
        self.missing = kept_up + await self._missed(now)

    async def _due(self, now: int) -> list[_Row]:
        rows = await self._database.read(
            lambda db: db.execute(
                f"SELECT {_COLUMNS} FROM quote_kept WHERE state = 'kept' AND closes_ms <= ? "  # noqa: S608 - a constant
                "ORDER BY closes_ms, commitment LIMIT ?",
                (now - MARGIN_MS, _ROWS),
            ).fetchall()
        )
        return [_Row(row) for row in rows]

    async def _missed(self, now: int) -> int:
        row = await self._database.read(
            lambda db: db.execute(
                "SELECT count(*) FROM quote_kept WHERE state = 'missed' AND ended_ms > ?", (now - ALARM_MS,)
            ).fetchone()
        )
        return int(row[0])

    async def _look(self, row: _Row, now: int) -> str:
        """Do what the ledger says of one quote; why it could not be done, empty if it could or is under way."""
        approval = await self._outbox.get(row.approval)
        last = await self._outbox.get(row.reveal) if row.reveal else None
        if QUEUED in (_state(approval), _state(last)):
            return ""
        financing = await self._state.get(FINANCINGS, row.financing)
        end = DELIVERED if _state(last) == DONE else await self._end(row, financing, approval, now)
        if end:
            await self._settle(row, end, now, "" if last is None else last.code)
            return ""
        if financing is None or financing.status_at(self._moment(now)) == BIDDING:
            return ""
        if last is not None and last.state == REFUSED and now < last.expires_ms + USED_MS:
            return last.code
        await self._send(row, now)
        return "" if last is None else last.code or last.state

    async def _end(
        self, row: _Row, financing: Financing | None, approval: Submission | None, now: int
    ) -> str:
        """What has become of a quote; empty while it is still to be delivered."""
        quote = await self._state.get(QUOTES, row.financing, self._member)
        if quote is not None:
            if quote.commitment != row.commitment:
                return LET_GO
            return {COMMITTED: "", REVEALED: DELIVERED, VOID: DELIVERED, UNREVEALED: MISSED}[quote.state]
        is_closed = financing is None or financing.status_at(self._moment(now)) in (CLOSED, GONE)
        # A request that ended in another way had its quotes until the half-hour was over.
        return (
            MISSED
            if _state(approval) == DONE and not is_closed and now >= row.closes_ms + REVEAL_MS
            else LET_GO
        )

    async def _send(self, row: _Row, now: int) -> None:
        promised = quoting.read(row.kept, self._secret)
        if promised is None or promised.commitment != row.commitment:
            raise KeptDamaged("A kept quote is another than its row says.")
        signed = self._signed(replace(promised.plan, expires_ms=now + LIFETIME_MS))
        operation = operation_id(signed.body)

        def also(db: Connection) -> None:
            db.execute("UPDATE quote_kept SET reveal = ? WHERE commitment = ?", (operation, row.commitment))
            audit = (now, _SYSTEM.id, quoting.REVEAL, operation, "")
            db.execute(
                "INSERT INTO audit (at_ms, account, act, object, second_factor) VALUES (?, ?, ?, ?, ?)", audit
            )

        await self._submissions.take(signed, _SYSTEM, [also])

    def _signed(self, plan: Plan) -> SignedOperation:
        prepared = building.sealed(plan, self._kind)
        return assemble(prepared, [signature(prepared, "system", self._system_key)])

    async def _settle(self, row: _Row, end: str, now: int, why: str) -> None:
        if end == MISSED:
            self._log.error("quote not delivered in time", financing=row.financing, why=why)
        await self._database.write(
            lambda db: db.execute(
                "UPDATE quote_kept SET state = ?, why = ?, ended_ms = ?, kept = ? WHERE commitment = ? AND state = 'kept'",
                (end, why, now, b"", row.commitment),
            )
        )

    def _moment(self, now: int) -> Moment:
        """A little before now, so that a reveal that is sent is never too early."""
        moment = self._clock.moment()
        return Moment(moment.height, TimeMs(now - MARGIN_MS), moment.outages)


def _state(known: Submission | None) -> str:
    return "" if known is None else known.state


def quotes_kept(ways: Ways, reveal: AnyOperation, state: LedgerState, clock: ChainClock) -> QuotesKept:
    """The chore of one gateway."""
    return QuotesKept(
        ways.member,
        ways.secret,
        ways.system_key,
        reveal,
        state,
        ways.submissions,
        ways.outbox,
        ways.database,
        clock,
    )
