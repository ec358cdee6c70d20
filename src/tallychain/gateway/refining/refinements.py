"""
A funder's refinement of its own quoting, kept in this gateway's tables and told to nobody.

What a funder publishes is evaluated by everybody; its refinement says by further conditions, which may rest on its own book, what it does not quote for
even so.  It narrows: nothing is quoted that it does not let through, and what it lets through is judged by limits as before.
"""

import secrets
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import asdict, replace

from tallychain.contracts.risk.standards.matching import Facts
from tallychain.contracts.vouchers.financing.state import Financing
from tallychain.contracts.vouchers.guaranteeing.state import STANDING
from tallychain.gateway.accounts import Account, Accounts
from tallychain.gateway.chainclock import ChainClock
from tallychain.gateway.database import Connection, Database
from tallychain.gateway.problems import Problem
from tallychain.gateway.publicfacts import PublicFacts
from tallychain.gateway.readmodel_port import ReadModel
from tallychain.gateway.refining.evaluation import ALWAYS, Values, check_whole, evaluated
from tallychain.gateway.refining.language import VARIABLES
from tallychain.instruments.calendar import format_date, local_day

OPEN: Final = "open"
IN_FORCE: Final = "in_force"
REFUSED: Final = "refused"
_COLUMNS: Final = "id, expression, asked_by, asked_ms, state, decided_by, decided_ms"
_SHOWN: Final = 200


class Refinement(Struct, frozen=True):
    """One expression as it was entered, and what became of it."""

    id: str
    expression: str
    asked_by: str
    asked_ms: int
    state: str
    decided_by: str
    decided_ms: int


def values_of(facts: Facts, sponsor: str, guarantor: str, exposure: int, reserved: int) -> Values:
    """The variables of an expression."""
    known: dict[str, Any] = {name: getattr(facts, name) for name in VARIABLES if hasattr(facts, name)}
    return {**known, "sponsor": sponsor, "guarantor": guarantor, "exposure": exposure, "reserved": reserved}


async def guarantor_of(read_model: ReadModel, voucher: str) -> str:
    """Who stands for a voucher on which nobody has been called; empty where nobody does."""
    row = await read_model.get("guarantees", [voucher], ())
    return str(row["guarantor"]) if row is not None and row["status"] == STANDING else ""


class Refinements:
    """Takes, decides and applies the refinement of one member."""

    def __init__(self, database: Database, accounts: Accounts, clock: ChainClock) -> None:
        self._database = database
        self._accounts = accounts
        self._clock = clock

    @property
    def today(self) -> str:
        """The local day of the chain."""
        return format_date(local_day(self._clock.now_ms()))

    async def ask(self, expression: str, by: Account) -> Refinement:
        """Enter an expression, which holds in the place of the one before when another person has approved it; raises as `check_whole`."""
        await check_whole(expression)
        made = Refinement(secrets.token_hex(8), expression, by.id, self._clock.now_ms(), OPEN, "", 0)
        await self._database.write(
            lambda db: db.execute(
                f"INSERT INTO own_refinement ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - a constant
                tuple(asdict(made).values()),
            )
        )
        return made

    async def approve(self, name: str, by: Account) -> Refinement:
        """Let an expression hold as its second person; raises `GATEWAY_SAME_PERSON`, and as `open_one` and `check_whole`."""
        found = await self.open_one(name)
        asker = await self._accounts.get(found.asked_by)
        if asker is None or by.id == asker.id or by.person == asker.person:
            raise Problem("GATEWAY_SAME_PERSON")
        await check_whole(found.expression)
        return await self._decide(found, IN_FORCE, by)

    async def refuse(self, name: str, by: Account) -> Refinement:
        """Close an expression that nobody has approved; raises as `open_one`."""
        return await self._decide(await self.open_one(name), REFUSED, by)

    async def standing(self) -> list[Refinement]:
        """The one that holds, and those that wait for a second person."""
        return await self._select("WHERE state IN ('open', 'in_force') ORDER BY state, asked_ms, id")

    async def in_force(self) -> str:
        """The expression that holds; `true` where none does."""
        found = await self._select("WHERE state = 'in_force'")
        return found[0].expression if found else ALWAYS

    async def check(
        self,
        financing: Financing,
        row: dict[str, Any],
        issuer: str,
        read_model: ReadModel,
        book: tuple[int, int],
    ) -> None:
        """
        Refuse a quote that the refinement does not let through; `row` is the financing's, `book` what is at risk and reserved with the issuer.

        Raises `GATEWAY_REFINEMENT_NOT_MET`, and as `evaluated`.
        """
        expression = await self.in_force()
        if expression.strip() == ALWAYS:
            return
        holding = await read_model.get("holdings", [str(row["holding"])], ())
        if holding is None:
            raise Problem("GATEWAY_REFINEMENT_FAILED", detail="the holding is not known")
        facts = await PublicFacts(read_model, self.today).of(
            issuer=issuer,
            face=financing.units.length,
            maturity=financing.maturity,
            layer=int(holding["layer"]),
            form=financing.form,
            recourse=financing.recourse,
        )
        guarantor = await guarantor_of(read_model, financing.voucher)
        values = values_of(facts, str(row["sponsor"]), guarantor, *book)
        (answer,) = await evaluated(expression, [values])
        if isinstance(answer, str):
            raise Problem("GATEWAY_REFINEMENT_FAILED", detail=answer.rstrip("."))
        if not answer:
            raise Problem("GATEWAY_REFINEMENT_NOT_MET")

    async def open_one(self, name: str) -> Refinement:
        """One that waits; raises `GATEWAY_NOT_FOUND`, `GATEWAY_DRAFT_CLOSED`."""
        found = await self._select("WHERE id = ?", name)
        if not found:
            raise Problem("GATEWAY_NOT_FOUND")
        if found[0].state != OPEN:
            raise Problem("GATEWAY_DRAFT_CLOSED", state=found[0].state)
        return found[0]

    async def _decide(self, found: Refinement, state: str, by: Account) -> Refinement:
        now = self._clock.now_ms()

        def update(db: Connection) -> int:
            decided = db.execute(
                "UPDATE own_refinement SET state = ?, decided_by = ?, decided_ms = ? WHERE id = ? AND state = 'open'",
                (state, by.id, now, found.id),
            ).rowcount
            if decided and state == IN_FORCE:
                db.execute(
                    "UPDATE own_refinement SET state = 'replaced' WHERE state = 'in_force' AND id <> ?",
                    (found.id,),
                )
            return int(decided)

        if not await self._database.write(update):
            raise Problem("GATEWAY_DRAFT_CLOSED", state="decided")
        return replace(found, state=state, decided_by=by.id, decided_ms=now)

    async def _select(self, where: str, *values: str) -> list[Refinement]:
        rows = await self._database.read(
            lambda db: db.execute(
                f"SELECT {_COLUMNS} FROM own_refinement {where} LIMIT {_SHOWN}",  # noqa: S608 - constants
                values,
            ).fetchall()
        )
        return [Refinement(*row) for row in rows]
