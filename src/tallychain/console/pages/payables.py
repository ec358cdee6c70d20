"""Payables: the list, one with its papers, presenting, and the answers of both sides."""

from dataclasses import dataclass
from typing import Any, Final

from tallychain.console.desk import Row
from tallychain.console.names import Names, names_for
from tallychain.console.pagemaker import page
from tallychain.console.routes import Handler, Route, get, post
from tallychain.console.signing import act, new_key, one_line
from tallychain.console.typed import as_text
from tallychain.console.visits import Reply, Visit
from tallychain.gateway.accounts import HOUSE
from tallychain.gateway.problems import Problem
from tallychain.sdk.payables import record_of

PAGE: Final = 50
STATUSES: Final = ("PRESENTED", "CONFIRMED", "CONTESTED", "WITHDRAWN", "LAPSED", "PAST_DUE")
_ROWS: Final = 1000


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of answer to a payable."""

    name: str
    reasons: bool = False
    """Whether a reason must be given, for the other side only."""
    repeats_amount: bool = False
    """Whether those who sign repeat the amount."""
    ends: bool = False
    """Whether it ends the payable, so that it is confirmed by a button that warns."""

    @property
    def type(self) -> str:
        """Type of its operation."""
        return f"payable.{self.name}"


KINDS: Final = (
    Kind("confirm", repeats_amount=True),
    Kind("contest", reasons=True, ends=True),
    Kind("withdraw", ends=True),
)


async def payables(visit: Visit) -> Reply:
    """The payables that the filters of the address ask for: first those that the visitor has a part in."""
    names = await names_for(visit)
    scope, status = visit.query.get("scope", "mine"), visit.query.get("status", "")
    filters = {"status": status} if status else {}
    cursor = ""
    if scope == "mine" and names.own:
        rows = await presented_by(visit, names, status)
    else:
        if scope == "mine" and is_debtor(visit, names):
            filters["issuer"] = visit.gateway.member
        elif scope == "mine" and visit.caller.seat == HOUSE:
            filters["sponsor"] = visit.gateway.member
        query = {**filters, "limit": str(PAGE)}
        if visit.query.get("cursor"):
            query["cursor"] = visit.query["cursor"]
        found = await visit.desk.page("payables", query)
        rows, cursor = found["rows"], found["cursor"]
    return await page(
        visit,
        "payables.html",
        active="payables",
        names=names,
        rows=rows,
        cursor=cursor,
        scope=scope,
        wanted=status,
        filters=filters,
        statuses=STATUSES,
        is_debtor=is_debtor(visit, names),
        may_present=await may_present(visit),
    )


async def payable(visit: Visit) -> Reply:
    """One payable with its papers, as far as the visitor can open them, and what rests on it."""
    names = await names_for(visit)
    row = await visit.desk.row("payables", visit.path["payable"])
    found = await _papers(visit, row)
    is_ours = row["issuer"] == visit.gateway.member and visit.may("staff:maker", "staff:checker")
    return await page(
        visit,
        "payable.html",
        active="payables",
        names=names,
        row=row,
        may=_may(visit, row, names),
        may_ask=is_ours and any(item["state"] == "missing" for item in found["files"]),
        **found,
    )


async def document(visit: Visit) -> Reply:
    """A stored file of the visitor's seat, always as a download."""
    answer = await visit.desk.ask("document-show", path={"digest": visit.path["digest"]})
    return Reply(answer.body, answer.status, answer.media_type, answer.headers)


async def paper(visit: Visit) -> Reply:
    """The file of a paper behind a payable, always as a download."""
    place = {"operation": visit.path["payable"], "digest": visit.path["digest"]}
    answer = await visit.desk.ask("payable-paper-show", path=place)
    return Reply(answer.body, answer.status, answer.media_type, answer.headers)


async def presented_by(visit: Visit, names: Names, status: str = "") -> list[Row]:
    """The payables that the visitor's own tags presented."""
    filters = {"status": status} if status else {}
    found = [
        row
        for tag in sorted(names.own)
        for row in await visit.desk.rows("payables", at_most=_ROWS, presenter=tag, **filters)
    ]
    return sorted(found, key=lambda row: int(row["presented_at"]), reverse=True)


def is_debtor(visit: Visit, names: Names) -> bool:
    """Whether the visitor answers for a core enterprise."""
    kinds = str(names.members.get(visit.gateway.member, {}).get("kinds", "")).split()
    return visit.caller.seat == HOUSE and "CORE_ENTERPRISE" in kinds


async def may_present(visit: Visit) -> bool:
    """Whether the visitor's seat has a wallet and the visitor makes its acts."""
    return (
        visit.may("client:maker", "staff:maker")
        and await visit.gateway.seats.get(visit.caller.seat) is not None
    )


def _may(visit: Visit, row: Row, names: Names) -> set[str]:
    """What the visitor can do with a payable now."""
    found: set[str] = set()
    debtor = is_debtor(visit, names) and row["issuer"] == visit.gateway.member and visit.may("staff:maker")
    if debtor and row["status"] == "PRESENTED":
        found |= {"confirm", "contest"}
    if debtor and row["status"] == "CONFIRMED" and row["kind"] != "ORDER":
        found.add("issue")
    if (
        row["presenter"] in names.own
        and row["status"] == "PRESENTED"
        and visit.may("client:maker", "staff:maker")
    ):
        found.add("withdraw")
    return found


async def _papers(visit: Visit, row: Row) -> dict[str, Any]:
    """What stands behind a payable: in clear for those entitled, by fingerprint for everybody."""
    number = str(row["payable"])
    listed = await visit.desk.rows("payable_invoices", payable=number)
    names = {str(item["invoice"]): record_of(item) for item in listed}
    return {
        "listed": listed,
        "papers": await visit.desk.rows("papers", payable=number),
        "files": await _files(visit, number),
        "invoices": {
            name: row
            for name, record in names.items()
            for row in await visit.desk.rows("invoices", invoice=record)
        },
        "allocations": await visit.desk.rows("allocations", payable=number),
    }


async def _files(visit: Visit, payable: str) -> list[Row]:
    """Whether the files of the papers are here; nothing for whoever may not read them."""
    try:
        found: list[Row] = await visit.desk.get("payable-paper-list", operation=payable)
    except Problem as problem:
        if problem.code in ("GATEWAY_FORBIDDEN", "GATEWAY_NOT_FOUND"):
            return []
        raise
    return found


def _args(kind: Kind, row: Row) -> dict[str, Any]:
    args: dict[str, Any] = {"payable": row["payable"]}
    return args | ({"amount": row["amount"]} if kind.repeats_amount else {})


async def _shown(visit: Visit, kind: Kind, problem: Problem | None = None) -> Reply:
    row = await visit.desk.row("payables", visit.path["payable"])
    return await page(
        visit,
        "payable_answer.html",
        status=200 if problem is None else problem.status,
        active="payables",
        kind=kind,
        names=await names_for(visit),
        row=row,
        text=as_text(_args(kind, row)),
        key=visit.text("key") or new_key(),
        reason=visit.text("reason"),
        problem=problem,
        **await _papers(visit, row),
    )


def _show(kind: Kind) -> Handler:
    async def show(visit: Visit) -> Reply:
        return await _shown(visit, kind)

    return show


def _sign(kind: Kind) -> Handler:
    async def sign(visit: Visit) -> Reply:
        row = await visit.desk.row("payables", visit.path["payable"])
        sealed = {"reason": {"reason": one_line(visit.text("reason"))}} if kind.reasons else {}
        try:
            return await act(visit, kind.type, _args(kind, row), sealed)
        except Problem as problem:
            return await _shown(visit, kind, problem)

    return sign


_ANSWER: Final = "/payables/{payable:str}/"

ROUTES: Final[tuple[Route, ...]] = (
    get("/payables", payables),
    get("/payables/{payable:str}", payable),
    get("/payables/{payable:str}/papers/{digest:str}", paper),
    get("/documents/{digest:str}", document),
    *(
        route
        for kind in KINDS
        for route in (get(f"{_ANSWER}{kind.name}", _show(kind)), post(f"{_ANSWER}{kind.name}", _sign(kind)))
    ),
)
