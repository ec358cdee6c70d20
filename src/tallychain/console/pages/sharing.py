"""Papers on request: what this member asked for and got, who asked for papers of the visitor's seat, and what the seat says to it."""

from typing import Final

import msgspec

from tallychain.console.desk import Row
from tallychain.console.names import Names, names_for
from tallychain.console.pagemaker import page
from tallychain.console.routes import Route, get, post
from tallychain.console.visits import PageRefused, Reply, Visit, go_to
from tallychain.contracts.vouchers.financing.state import ASKING, BINDING, COMPLETED
from tallychain.gateway import permissions
from tallychain.gateway.accounts import HOUSE
from tallychain.gateway.paperslog import DECLINED, NO_CONSENT
from tallychain.gateway.problems import Problem
from tallychain.gateway.sharing import NOT_ENTITLED, NOT_OPEN, NOT_OURS

SHOWN: Final = "100"
"""Rows of each table; the API has all of them."""
WHY: Final = {
    NOT_OURS: "not_ours",
    NOT_ENTITLED: "not_entitled",
    NO_CONSENT: "no_consent",
    DECLINED: "declined",
    NOT_OPEN: "not_open",
}
"""The word for each reason that gateways give; another one is of a newer gateway."""


async def sharing(visit: Visit) -> Reply:
    """Both sides of requests for papers."""
    return await _page(visit)


async def consent(visit: Visit) -> Reply:
    """Give standing consent, or take it back."""
    body = {"standing": visit.text("standing") == "yes"}
    try:
        await visit.desk.post("papers-consent-set", body)
    except Problem as problem:
        return await _page(visit, problem)
    return go_to("/sharing")


async def answer(visit: Visit) -> Reply:
    """Give what one request asks for, or say no."""
    said = visit.text("say")
    if said not in ("give", "decline"):
        raise PageRefused("CONSOLE_FORM_NOT_READABLE", 400)
    try:
        await visit.desk.post("papers-looker-answer", {"give": said == "give"}, id=visit.path["wanted"])
    except Problem as problem:
        return await _page(visit, problem)
    return go_to("/sharing")


async def ask(visit: Visit) -> Reply:
    """Ask for the papers behind a payable: a funder for a financing, the debtor once more."""
    body = {"financing": visit.text("financing")}
    try:
        await visit.desk.post("payable-paper-ask", body, operation=visit.path["payable"])
    except Problem as problem:
        if not _may(visit, "papers-request-list"):
            raise
        return await _page(visit, problem)
    return go_to("/sharing")


async def asks_for(visit: Visit, financing: Row) -> list[Row]:
    """The payables behind a financing's voucher whose papers the visitor may ask for, each with what came of it so far."""
    member, status = visit.gateway.member, financing["status"]
    is_asked = status in ASKING and member in str(financing["funders"]).split(", ")
    is_funder = financing["funder"] == member and status in (*BINDING, COMPLETED)
    if visit.caller.seat != HOUSE or not (is_asked or is_funder) or not _may(visit, "payable-paper-ask"):
        return []
    behind = await visit.desk.rows("allocations", voucher=str(financing["voucher"]))
    found = []
    for payable in sorted({str(row["payable"]) for row in behind}):
        made = await visit.desk.get("payable-paper-requests", {"limit": SHOWN}, operation=payable)
        own = [row for row in made if row["financing"] == financing["financing"]]
        found.append(
            {"payable": payable, "financing": financing["financing"], "newest": own[0] if own else None}
        )
    return found


def why_of(reason: str) -> str:
    """The word for a reason."""
    return WHY.get(reason, "other")


async def waiting_of(visit: Visit) -> list[Row]:
    """Requests for papers of the visitor's seat that wait for its first answer; none for whoever does not answer them."""
    if not _may(visit, "papers-looker-answer") or not _may(visit, "papers-looker-list"):
        return []
    return [
        row for row in await _rows(visit, "papers-looker-list") if row["is_open"] and row["why"] == NO_CONSENT
    ]


async def _page(visit: Visit, problem: Problem | None = None) -> Reply:
    names: Names = await names_for(visit)
    given = await _rows(visit, "papers-looker-list")
    stages = {
        name: await _stage(visit, name)
        for name in sorted({row["financing"] for row in given if row["is_open"]})
    }
    return await page(
        visit,
        "sharing.html",
        status=200 if problem is None else problem.status,
        active="sharing",
        names=names,
        given=given,
        stages=stages,
        asked=await _rows(visit, "papers-request-list"),
        asks=_may(visit, "papers-request-list"),
        looks=_may(visit, "papers-looker-list"),
        standing=(await visit.desk.get("papers-consent-show"))["standing"],
        may_consent=_may(visit, "papers-consent-set"),
        may_answer=_may(visit, "papers-looker-answer"),
        why_of=why_of,
        problem=problem,
    )


async def _rows(visit: Visit, name: str) -> list[Row]:
    if not _may(visit, name):
        return []
    answered = await visit.desk.ask(name, query={"limit": SHOWN})
    rows: list[Row] = msgspec.json.decode(answered.body)  # type: ignore[arg-type]  # a list is no stream
    return rows


async def _stage(visit: Visit, financing: str) -> Row:
    """The financing that a request names, for the moment until when it can be answered."""
    return await visit.desk.row("financings", financing)


def _may(visit: Visit, endpoint: str) -> bool:
    return bool(visit.caller.classes & permissions.PERMISSIONS[endpoint])


ROUTES: Final[tuple[Route, ...]] = (
    get("/sharing", sharing),
    post("/sharing/consent", consent),
    post("/sharing/{wanted:str}", answer),
    post("/payables/{payable:str}/ask-papers", ask),
)
