"""Lost wallets: who says that a client has lost its keys, who has seen it, who objects, and what the new tag may take over."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from tallychain.console.desk import Row
from tallychain.console.names import Names, names_for
from tallychain.console.pagemaker import page
from tallychain.console.routes import Route, get
from tallychain.console.visits import Reply, Visit
from tallychain.contracts.vouchers.rekeying.operations import MAX_REKEYED
from tallychain.contracts.vouchers.rekeying.state import PROPOSED, STANDING, TAKEABLE
from tallychain.contracts.vouchers.state import SPENT
from tallychain.gateway.accounts import HOUSE
from tallychain.sdk.rekeys import same_client

WAIT_FOR: Final = ("consent", "veto", "take")


@dataclass(frozen=True, slots=True)
class Shown:
    """One change of keys as the visitor may see it."""

    row: Row
    statements: tuple[Row, ...]
    """What the members have said of the client, as far as the visitor can open it."""
    is_one: bool
    """Whether all of them, and who has taken over, are one enterprise."""
    acts: tuple[tuple[str, str], ...]
    """What the visitor may do: the act, and the address of its form, filled in."""

    @property
    def waits(self) -> bool:
        """Whether it waits for the visitor: the second bank, the old key that may object, the new one that may take over."""
        return any(act in WAIT_FOR for act, _ in self.acts)


async def rekeys(visit: Visit) -> Reply:
    """Every change of keys that concerns the visitor, those that wait first."""
    names = await names_for(visit)
    return await page(
        visit, "rekeys.html", active="rekeys", names=names, rekeys=await rekeys_of(visit, names)
    )


async def rekeys_of(visit: Visit, names: Names) -> list[Shown]:
    """Those of the visitor's tags, old and new; for staff those of the member as sponsor, second bank and issuer."""
    found: list[Row] = []
    for tag in sorted(names.own):
        found += await visit.desk.rows("rekeys", tag=tag)
        found += await visit.desk.rows("rekeys", receiver=tag)
    if visit.caller.seat == HOUSE:
        member = visit.gateway.member
        found += await visit.desk.rows("rekeys", sponsor=member)
        found += await visit.desk.rows("rekeys", proposer=member)
        found += await visit.desk.rows("rekeys", second=member)
        found += await visit.desk.rows("rekeys", issuer=member)
    rows = {str(row["rekey"]): row for row in found}
    said = await visit.desk.rows("rekey_clients") if rows else []
    return [
        await _shown(visit, names, row, [one for one in said if one["rekey"] == name])
        for name, row in sorted(rows.items(), key=lambda item: _order(item[1]))
    ]


def may_be_rekeyed(visit: Visit, row: Row) -> bool:
    """Whether the visitor, as the sponsor, may say that the holder has lost its wallet."""
    is_sponsor = visit.caller.seat == HOUSE and row["sponsor"] == visit.gateway.member
    return bool(is_sponsor and row["status"] != SPENT and visit.may("staff:maker"))


async def _shown(visit: Visit, names: Names, row: Row, statements: list[Row]) -> Shown:
    acts = _acts(visit, names, row)
    fields = {"voucher": row["voucher"], "tag": row["tag"], "rekey": row["rekey"]}
    if "take" in acts:
        held = await visit.desk.rows("holdings", tag=str(row["tag"]), voucher=str(row["voucher"]))
        firsts = sorted(int(one["first"]) for one in held if one["status"] != SPENT)
        fields["holdings"] = str(firsts[:MAX_REKEYED])
    offered = tuple((act, f"/acts/holder.rekey.{act}?{urlencode(fields)}") for act in acts)
    taken = await visit.desk.rows("identities", tag=str(row["receiver"]))
    return Shown(row, tuple(statements), same_client(statements, taken), offered)


def _acts(visit: Visit, names: Names, row: Row) -> list[str]:
    status, acts = str(row["status"]), list[str]()
    is_client = visit.may("client:maker", "staff:maker")
    if status not in STANDING:
        return acts
    if visit.caller.seat == HOUSE and visit.may("staff:maker"):
        if row["second"] == visit.gateway.member:
            acts += ["consent", "decline"] if status == PROPOSED else ["decline"]
        if row["proposer"] == visit.gateway.member:
            acts.append("withdraw")
    if row["tag"] in names.own and is_client:
        acts.append("veto")
    if row["receiver"] in names.own and is_client and status == TAKEABLE:
        acts.append("take")
    return acts


def _order(row: Row) -> tuple[bool, int]:
    return row["status"] not in STANDING, -int(row["proposed_at"])


ROUTES: Final[tuple[Route, ...]] = (get("/rekeys", rekeys),)
