"""Ceilings: what banks let each issuer have outstanding, what is used and free, and who is blocked after a missed payment or as persistently overdue."""

from dataclasses import dataclass
from typing import Final

from tallychain.console.desk import Row
from tallychain.console.names import Names, names_for
from tallychain.console.pagemaker import page
from tallychain.console.persistence import Persistent, persistent_issuer
from tallychain.console.routes import Route, get
from tallychain.console.visits import Reply, Visit
from tallychain.gateway.accounts import HOUSE
from tallychain.ledger.identity import CORE_ENTERPRISE

IN_FORCE: Final = "IN_FORCE"


@dataclass(frozen=True, slots=True)
class Standing:
    """One issuer with everything that bounds it."""

    issuer: str
    ceilings: tuple[Row, ...]
    granted: int
    used: int
    missed: tuple[Row, ...]
    """Payments that were missed and are not made up for: while there is one, nothing new is issued."""
    persistent: Persistent | None = None
    """Where the newest record finds the issuer persistently overdue: nothing new is issued either."""

    @property
    def is_blocked(self) -> bool:
        """Whether a missed payment or a record bars it from issuing."""
        return bool(self.missed) or self.persistent is not None

    @property
    def free(self) -> int:
        """What may still be issued; nothing while blocked."""
        return 0 if self.is_blocked else max(0, self.granted - self.used)

    @property
    def share(self) -> float:
        """What is used, in percent of what is granted."""
        return min(100.0, 100 * self.used / self.granted) if self.granted else (100.0 if self.used else 0.0)


async def ceilings(visit: Visit) -> Reply:
    """Every issuer; an issuer's own staff see their own first."""
    names = await names_for(visit)
    member = visit.gateway.member
    standings = await _standings(visit, names)
    standings.sort(key=lambda item: (item.issuer != member, item.issuer))
    kinds = str(names.members.get(member, {}).get("kinds", "")).split()
    return await page(
        visit,
        "ceilings.html",
        active="ceilings",
        names=names,
        standings=standings,
        may_grant=visit.caller.seat == HOUSE and visit.may("staff:maker") and "BANK" in kinds,
    )


async def standing_of(visit: Visit, issuer: str) -> Standing:
    """What bounds one issuer."""
    rows = await visit.desk.rows("ceilings", issuer=issuer)
    usage = await visit.desk.rows("ceiling_usage", issuer=issuer)
    missed = await visit.desk.rows("missed_payments", issuer=issuer)
    return Standing(
        issuer=issuer,
        ceilings=tuple(sorted(rows, key=lambda row: (row["status"] != IN_FORCE, row["bank"]))),
        granted=sum(int(row["amount"]) for row in rows if row["status"] == IN_FORCE),
        used=int(usage[0]["used"]) if usage else 0,
        missed=tuple(row for row in missed if not int(row["cured_at"])),
        persistent=await persistent_issuer(visit, issuer),
    )


async def _standings(visit: Visit, names: Names) -> list[Standing]:
    issuers = {
        str(row["member"]) for row in names.members.values() if CORE_ENTERPRISE in str(row["kinds"]).split()
    }
    return [await standing_of(visit, issuer) for issuer in sorted(issuers)]


ROUTES: Final[tuple[Route, ...]] = (get("/ceilings", ceilings),)
