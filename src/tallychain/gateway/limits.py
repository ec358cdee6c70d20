"""
A funder's own limits: a credit line for each issuer, and how much of all that it has at risk may be with one of them.

They lie in this gateway's tables and leave it in no form.  Two persons enter them.  They are checked before this member quotes, and again before it
registers a financing and before it pays.  Quotes that may still be chosen reserve each other's room (`reservations`); what was chosen comes before them,
so a registration and a payment are judged without them.  A member that has entered no line is not held to lines, and one that has entered no risk assets not to
concentration; whoever has entered one line has none for any other issuer.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from tallychain.contracts.vouchers.financing.operations import CommitQuote, Disburse, RegisterFinancing
from tallychain.contracts.vouchers.financing.state import FINANCINGS, Financing
from tallychain.gateway.accounts import Account, Accounts
from tallychain.gateway.chainclock import ChainClock
from tallychain.gateway.database import Connection, Database
from tallychain.gateway.exposure import Exposures
from tallychain.gateway.ledgerstate import LedgerState
from tallychain.gateway.outbox import Outbox
from tallychain.gateway.problems import Problem
from tallychain.gateway.readmodel_port import ReadModel
from tallychain.gateway.refining.evaluation import ALWAYS
from tallychain.gateway.refining.refinements import Refinements
from tallychain.gateway.reservations import Reservations
from tallychain.instruments.calendar import format_date, local_day
from tallychain.instruments.money import format_amount

LINE: Final = "line"
ASSETS: Final = "assets"
KINDS: Final = (LINE, ASSETS)

OPEN: Final = "open"
IN_FORCE: Final = "in_force"
REPLACED: Final = "replaced"
REFUSED: Final = "refused"

DEBTOR_MOST: Final = 500_000
"""Part of a factor's risk assets with one debtor, in parts per million (银保监办发〔2019〕205号)."""
WHOLE: Final = 1_000_000
_SHOWN: Final = 500
_COLUMNS: Final = "id, kind, issuer, amount, valid_until, asked_by, asked_ms, state, decided_by, decided_ms"


class Limit(Struct, frozen=True):
    """One limit as it was entered, and what became of it."""

    id: str
    kind: str
    """`line`: what one issuer may owe this funder; `assets`: all that it has at risk."""
    issuer: str
    """Empty for risk assets."""
    amount: int
    """In fen."""
    valid_until: str
    """Last day on which it holds."""
    asked_by: str
    asked_ms: int
    state: str
    decided_by: str
    decided_ms: int


def check_line(issuer: str, line: Limit | None, used: int, face: int, today: str, reserved: int = 0) -> None:
    """Refuse what goes beyond a credit line, outstanding quotes counted in; raises `GATEWAY_LIMIT`."""
    amount = 0 if line is None or line.valid_until < today else line.amount
    if used + reserved + face > amount:
        raise Problem(
            "GATEWAY_LIMIT",
            issuer=issuer,
            used=format_amount(used),
            reserved=format_amount(reserved),
            amount=format_amount(amount),
            face=format_amount(face),
        )


def check_concentration(
    issuer: str, assets: Limit, exposure: int, face: int, today: str, reserved: int = 0
) -> None:
    """
    Refuse what would put too much of a factor's risk assets with one debtor; raises `GATEWAY_CONCENTRATION`, `GATEWAY_LIMIT_NOT_KNOWN`.

    19,900,000.00 of 40,000,000.00 and 300,000.00 more are 20,200,000.00 of 40,300,000.00, 50.12 %.  Outstanding quotes for the same issuer are added
    on both sides: the share only grows when more of them are chosen, so all of them is the worst that can come.
    """
    if assets.valid_until < today:
        raise Problem("GATEWAY_LIMIT_NOT_KNOWN")
    after, whole = exposure + reserved + face, assets.amount + reserved + face
    if after * WHOLE > DEBTOR_MOST * whole:
        raise Problem(
            "GATEWAY_CONCENTRATION",
            issuer=issuer,
            after=format_amount(after),
            whole=format_amount(whole),
            share=_percent(after, whole),
            most=_percent(DEBTOR_MOST, WHOLE),
        )


class OwnLimits:
    """Takes, decides and checks the limits of one member."""

    def __init__(
        self,
        member: str,
        database: Database,
        accounts: Accounts,
        state: LedgerState,
        outbox: Outbox,
        clock: ChainClock,
    ) -> None:
        self._member = member
        self._database = database
        self._accounts = accounts
        self._state = state
        self._outbox = outbox
        self._clock = clock
        self._one_at_a_time = asyncio.Lock()
        self.refinements = Refinements(database, accounts, clock)
        self.read_model: ReadModel | None = None

    @property
    def today(self) -> str:
        """The local day of the chain."""
        return format_date(local_day(self._clock.now_ms()))

    async def ask(self, kind: str, issuer: str, amount: int, valid_until: str, by: Account) -> Limit:
        """Enter a limit, which holds when another person has approved it; it replaces what stands for the same issuer."""
        limit = Limit(
            secrets.token_hex(8), kind, issuer, amount, valid_until, by.id, self._clock.now_ms(), OPEN, "", 0
        )
        row = tuple(getattr(limit, name) for name in limit.__struct_fields__)
        await self._database.write(
            lambda db: db.execute(
                f"INSERT INTO own_limit ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - a constant
                row,
            )
        )
        return limit

    async def approve(self, name: str, by: Account) -> Limit:
        """Let a limit hold as its second person; raises `GATEWAY_NOT_FOUND`, `GATEWAY_SAME_PERSON`, `GATEWAY_DRAFT_CLOSED`."""
        limit = await self._open(name)
        asker = await self._accounts.get(limit.asked_by)
        if asker is None or by.id == asker.id or by.person == asker.person:
            raise Problem("GATEWAY_SAME_PERSON")
        return await self._decide(limit, IN_FORCE, by)

    async def refuse(self, name: str, by: Account) -> Limit:
        """Close a limit that nobody has approved; raises `GATEWAY_NOT_FOUND`, `GATEWAY_DRAFT_CLOSED`."""
        return await self._decide(await self._open(name), REFUSED, by)

    async def standing(self) -> list[Limit]:
        """Limits that hold, and then those that wait for a second person; lines first."""
        return await self._select("WHERE state IN ('open', 'in_force') ORDER BY state, kind DESC, issuer, id")

    async def exposures(self, without: str = "") -> dict[str, int]:
        """What this member has at risk by issuer; raises `GATEWAY_LEDGER_NOT_REACHED`, `GATEWAY_LIMIT_NOT_KNOWN`."""
        return await Exposures(self._rows(), self._member).by_issuer(without)

    async def reserved(self, without: str = "") -> dict[str, int]:
        """What its outstanding quotes would add by issuer; raises as `exposures`."""
        return await Reservations(self._rows(), self._outbox, self._state, self._member).by_issuer(without)

    @asynccontextmanager
    async def judged(self, operation: str, args: Struct) -> AsyncIterator[None]:
        """
        Judge a signed act and hold off others of its sort until it is kept, so that two quotes at once see each other; raises as `check`.

        What is kept already is not judged again: the same request has the same answer.
        """
        if not isinstance(args, CommitQuote | RegisterFinancing | Disburse):
            yield
            return
        async with self._one_at_a_time:
            if await self._outbox.get(operation) is None:
                await self.check(args)
            yield

    async def check(self, args: Struct) -> None:
        """
        Judge a quote, a registration or a payment of this member's own money; everything else passes.

        Raises `GATEWAY_LIMIT`, `GATEWAY_CONCENTRATION`, what refinements raise, and as `exposures`.
        """
        if not isinstance(args, CommitQuote | RegisterFinancing | Disburse):
            return
        financing = await self._state.get(FINANCINGS, args.financing)
        if financing is None:
            return
        is_quote = isinstance(args, CommitQuote)
        if not is_quote and (financing.deal is None or financing.deal.funder != self._member):
            return
        limits = [limit for limit in await self.standing() if limit.state == IN_FORCE]
        is_refined = is_quote and await self.refinements.in_force() != ALWAYS
        if not limits and not is_refined:
            return
        voucher = await self._rows().get("vouchers", [financing.voucher], ())
        if voucher is None:
            raise Problem("GATEWAY_LIMIT_NOT_KNOWN")
        issuer, face = str(voucher["issuer"]), financing.units.length
        used = (await self.exposures(financing.id)).get(issuer, 0)
        # A deal binds and a quote may come to nothing: quotes do not stop what was chosen.
        reserved = (await self.reserved(financing.id)).get(issuer, 0) if is_quote else 0
        if is_refined:
            await self._refine(financing, issuer, (used, reserved))
        lines = {limit.issuer: limit for limit in limits if limit.kind == LINE}
        if lines:
            check_line(issuer, lines.get(issuer), used, face, self.today, reserved)
        for assets in limits:
            if assets.kind == ASSETS:
                check_concentration(issuer, assets, used, face, self.today, reserved)

    async def _refine(self, financing: Financing, issuer: str, book: tuple[int, int]) -> None:
        row = await self._rows().get("financings", [financing.id], ())
        if row is None:
            raise Problem("GATEWAY_LEDGER_NOT_REACHED", retry_after_s=2)
        await self.refinements.check(financing, row, issuer, self._rows(), book)

    def _rows(self) -> ReadModel:
        if self.read_model is None:
            raise Problem("GATEWAY_LEDGER_NOT_REACHED", retry_after_s=5)
        return self.read_model

    async def _open(self, name: str) -> Limit:
        found = await self._select("WHERE id = ?", name)
        if not found:
            raise Problem("GATEWAY_NOT_FOUND")
        if found[0].state != OPEN:
            raise Problem("GATEWAY_DRAFT_CLOSED", state=found[0].state)
        return found[0]

    async def _decide(self, limit: Limit, state: str, by: Account) -> Limit:
        now = self._clock.now_ms()

        def update(db: Connection) -> int:
            decided = db.execute(
                "UPDATE own_limit SET state = ?, decided_by = ?, decided_ms = ? WHERE id = ? AND state = 'open'",
                (state, by.id, now, limit.id),
            ).rowcount
            if decided and state == IN_FORCE:
                db.execute(
                    "UPDATE own_limit SET state = 'replaced' WHERE state = 'in_force' AND kind = ? AND issuer = ? AND id <> ?",
                    (limit.kind, limit.issuer, limit.id),
                )
            return int(decided)

        if not await self._database.write(update):
            raise Problem("GATEWAY_DRAFT_CLOSED", state="decided")
        return replace(limit, state=state, decided_by=by.id, decided_ms=now)

    async def _select(self, where: str, *values: str) -> list[Limit]:
        rows = await self._database.read(
            lambda db: db.execute(
                f"SELECT {_COLUMNS} FROM own_limit {where} LIMIT {_SHOWN}",  # noqa: S608 - constants
                values,
            ).fetchall()
        )
        return [Limit(*row) for row in rows]


def _percent(part: int, whole: int) -> str:
    """Rounded half up to hundredths of a percent."""
    basis = (2 * part * 10_000 + whole) // (2 * whole)
    return f"{basis // 100}.{basis % 100:02d} %"
