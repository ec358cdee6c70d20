"""Financings: what the visitor asks, is asked, pays, confirms or decides, with quotes compared and what each may do next."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from tallychain.console.desk import Row
from tallychain.console.names import Names, names_for
from tallychain.console.pagemaker import page
from tallychain.console.pages.dossiers import dossier_of, why_unproven
from tallychain.console.pages.registry import may_look
from tallychain.console.pages.sharing import asks_for, why_of
from tallychain.console.routes import Route, get
from tallychain.console.visits import Reply, Visit
from tallychain.contracts.vouchers.financing.state import (
    AFTER_MONEY,
    ASKING,
    AWARDED,
    BIDDING,
    BINDING,
    CHOOSING,
    DEREGISTER_LATE,
    DISBURSED,
    DISPUTED,
    REGISTERED,
    REVEALING,
    TO_DEREGISTER,
    UNCONFIRMED,
)
from tallychain.gateway.accounts import HOUSE
from tallychain.ledger.identity import ARBITER
from tallychain.sdk.quotes import Compared, compared

SELLER: Final = "seller"
ASKED: Final = "asked"
FUNDER: Final = "funder"
PAYING_BANK: Final = "paying_bank"
SELLER_BANK: Final = "seller_bank"
ARBITERS: Final = "arbiter"

ACTS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    SELLER: {
        "financing.complete": AFTER_MONEY,
        "financing.refute": (UNCONFIRMED, DISBURSED),
        "financing.close": ASKING,
    },
    ASKED: {"financing.quote": (BIDDING,)},
    FUNDER: {"financing.register": (AWARDED,), "financing.deregister": (TO_DEREGISTER, DEREGISTER_LATE)},
    PAYING_BANK: {"financing.disburse": (REGISTERED,)},
    SELLER_BANK: {"financing.attest": (UNCONFIRMED, DISPUTED)},
    ARBITERS: {"financing.decide": (DISPUTED,)},
}
"""What each side may do in which status."""
WAITS: Final = {
    SELLER: (CHOOSING, UNCONFIRMED, DISBURSED),
    ASKED: (BIDDING,),
    FUNDER: (AWARDED, TO_DEREGISTER, DEREGISTER_LATE),
    PAYING_BANK: (REGISTERED,),
    SELLER_BANK: (UNCONFIRMED, DISPUTED),
    ARBITERS: (DISPUTED,),
}
"""When it waits for each side."""
OPEN: Final = (*ASKING, *BINDING, TO_DEREGISTER, DEREGISTER_LATE)
_COMPARED: Final = (REVEALING, CHOOSING)
_MOST: Final = 500


@dataclass(frozen=True, slots=True)
class Shown:
    """One financing as the visitor may see it."""

    row: Row
    roles: tuple[str, ...]
    """On which sides the visitor is."""
    acts: tuple[tuple[str, str], ...]
    """What the visitor may do: the operation, and the address of its form."""
    waits: bool
    """Whether it waits for the visitor."""


@dataclass(frozen=True, slots=True)
class Offered:
    """One quote with what its seller may do with it."""

    quote: Compared
    award: str
    """Address of the form; empty where it cannot be chosen here and now."""
    challenge: str


async def financings(visit: Visit) -> Reply:
    """Every financing that concerns the visitor, open ones first."""
    names = await names_for(visit)
    shown = await financings_of(visit, names)
    return await page(
        visit,
        "financings.html",
        active="financings",
        names=names,
        waiting=[item for item in shown if item.waits],
        running=[item for item in shown if not item.waits and item.row["status"] in OPEN],
        over=[item for item in shown if not item.waits and item.row["status"] not in OPEN],
        files=may_look(visit),
    )


async def financing(visit: Visit) -> Reply:
    """One financing: what was asked, quotes compared, who pays whom, and what comes next."""
    names = await names_for(visit)
    row = await visit.desk.row("financings", visit.path["financing"])
    name = str(row["financing"])
    shown = _shown(visit, row, _roles(visit, names, row), await _quoted(visit, name))
    compared_quotes = await quotes_of(visit, row)
    return await page(
        visit,
        "financing.html",
        active="financings",
        names=names,
        item=shown,
        quotes=[_offered(visit, shown, one) for one in compared_quotes],
        best=next((one.content.net for one in compared_quotes if one.is_best and one.content), 0),
        reasons=await visit.desk.rows("financing_reasons", financing=name),
        payments=await visit.desk.rows("financing_payments", financing=name),
        asks=await asks_for(visit, row),
        why_of=why_of,
        dossier=await dossier_of(visit, row),
        why_unproven=why_unproven,
    )


async def financings_of(visit: Visit, names: Names) -> list[Shown]:
    """The financings on one of whose sides the visitor is."""
    found = [row for tag in sorted(names.own) for row in await visit.desk.rows("financings", tag=tag)]
    if visit.caller.seat == HOUSE:
        found += await _of_member(visit, names)
    rows = {str(row["financing"]): row for row in found}
    shown = []
    for row in sorted(rows.values(), key=lambda row: (row["status"] not in OPEN, -int(row["asked_at"]))):
        roles = _roles(visit, names, row)
        has_quoted = ASKED in roles and await _quoted(visit, str(row["financing"]))
        shown.append(_shown(visit, row, roles, has_quoted))
    return shown


async def binding_financings(visit: Visit, row: Row) -> list[Row]:
    """The financings that bind units of a holding, or ask for money on them."""
    found = await visit.desk.rows("financings", voucher=str(row["voucher"]), tag=str(row["tag"]))
    return [
        one
        for one in found
        if one["status"] in OPEN
        and int(row["first"]) <= int(one["first"])
        and int(one["last"]) <= int(row["last"])
    ]


async def quotes_of(visit: Visit, row: Row) -> list[Compared]:
    """The quotes of a financing as far as the visitor can read them, the best first."""
    name = str(row["financing"])
    made = await visit.desk.rows("financing_quotes", financing=name)
    return compared(row, made, await visit.desk.rows("quote_terms", financing=name))


async def _of_member(visit: Visit, names: Names) -> list[Row]:
    member = visit.gateway.member
    found: list[Row] = []
    for side in (FUNDER, PAYING_BANK, SELLER_BANK):
        found += await visit.desk.rows("financings", at_most=_MOST, **{side: member})
    for status in ASKING:
        asking = await visit.desk.rows("financings", at_most=_MOST, status=status)
        found += [row for row in asking if member in str(row["funders"]).split(", ")]
    if _is_arbiter(visit, names):
        found += await visit.desk.rows("financings", at_most=_MOST, status=DISPUTED)
    return found


def _roles(visit: Visit, names: Names, row: Row) -> tuple[str, ...]:
    roles = [SELLER] if row["tag"] in names.own else []
    if visit.caller.seat != HOUSE:
        return tuple(roles)
    member = visit.gateway.member
    if row["status"] in ASKING and member in str(row["funders"]).split(", "):
        roles.append(ASKED)
    roles += [side for side in (FUNDER, PAYING_BANK, SELLER_BANK) if row[side] == member]
    if _is_arbiter(visit, names):
        roles.append(ARBITERS)
    return tuple(roles)


def _is_arbiter(visit: Visit, names: Names) -> bool:
    record = names.members.get(visit.gateway.member)
    return record is not None and ARBITER in str(record["kinds"]).split()


async def _quoted(visit: Visit, name: str) -> bool:
    """Whether the visitor's member has committed to a quote."""
    return bool(await visit.desk.rows("financing_quotes", financing=name, funder=visit.gateway.member))


def _shown(visit: Visit, row: Row, roles: Sequence[str], has_quoted: bool) -> Shown:
    status = str(row["status"])
    live = [role for role in roles if role != SELLER_BANK or not row["word"]]
    acts = [
        (kind, _address(kind, row))
        for role in live
        if _may(visit, role)
        for kind, when in ACTS[role].items()
        if status in when
    ]
    waits = any(status in WAITS[role] and not (role == ASKED and has_quoted) for role in live)
    return Shown(row, tuple(roles), tuple(acts), waits)


def _may(visit: Visit, role: str) -> bool:
    return visit.may("client:maker", "staff:maker") if role == SELLER else visit.may("staff:maker")


def _address(kind: str, row: Row) -> str:
    if kind == "financing.quote":
        return f"/financings/{row['financing']}/quote"
    fields = {"voucher": row["voucher"], "financing": row["financing"]}
    if kind == "financing.disburse":
        fields["payment"] = row["payment"]
    return f"/acts/{kind}?{urlencode(fields)}"


def _offered(visit: Visit, shown: Shown, quote: Compared) -> Offered:
    row = shown.row
    is_seller = SELLER in shown.roles and _may(visit, SELLER)
    award = challenge = ""
    if is_seller and quote.content is not None and quote.can_be_chosen and row["status"] == CHOOSING:
        award = f"/financings/{row['financing']}/award/{quote.funder}"
    if is_seller and quote.is_false and row["status"] in _COMPARED:
        challenge = f"/financings/{row['financing']}/challenge/{quote.funder}"
    return Offered(quote, award, challenge)


ROUTES: Final[tuple[Route, ...]] = (
    get("/financings", financings),
    get("/financings/{financing:str}", financing),
)
