"""The way in and out: who do you want to be (demonstrations), sign-in, sign-out, and the language."""

from typing import Final

from tallychain.console.pagemaker import page
from tallychain.console.routes import Route, get, post
from tallychain.console.visits import (
    PageRefused,
    Reply,
    Visit,
    cookie,
    go_to,
    language_cookie,
    session_cookie,
)
from tallychain.console.words import LANGUAGES
from tallychain.gateway.problems import Problem

_YEAR_S: Final = 365 * 86_400


async def start(visit: Visit) -> Reply:
    """Today for those who have signed in; else the way in."""
    if visit.account is not None:
        return go_to("/today")
    return await _way_in(visit)


async def sign_in(visit: Visit) -> Reply:
    """A session for account, passphrase and second factor."""
    body = {
        "account": visit.text("account"),
        "passphrase": visit.form.get("passphrase", ""),
        "code": visit.text("code"),
    }
    try:
        session = await visit.desk.post("sign-in", body)
    except Problem as problem:
        return await _way_in(visit, problem)
    return _signed_in(visit, session["token"])


async def demo_sign_in(visit: Visit) -> Reply:
    """A session for one click, where everybody may be anybody."""
    session = await visit.desk.post("demo-sign-in", {"account": visit.text("account")})
    return _signed_in(visit, session["token"])


async def sign_out(visit: Visit) -> Reply:
    """End the session."""
    await visit.desk.ask("sign-out", headers={"authorization": f"Bearer {visit.token}"})
    ended = cookie(visit.gateway, session_cookie(visit.gateway.member), "", seconds=0)
    return go_to("/", cookies=(ended,))


async def language(visit: Visit) -> Reply:
    """Another language, and back to where the visitor was."""
    name = visit.path["name"]
    if name not in LANGUAGES:
        raise PageRefused("CONSOLE_PAGE_UNKNOWN", 404)
    chosen = cookie(visit.gateway, language_cookie(visit.gateway.member), name, seconds=_YEAR_S)
    back = visit.query.get("back", "/")
    # Only a path of ours: two slashes, or a backslash, would lead to another site.
    is_ours = back.startswith("/") and not back.startswith("//") and back.isascii() and "\\" not in back
    safe = back if is_ours and back.isprintable() else "/"
    return Reply(b"", 303, headers={"Location": safe}, cookies=(chosen,))


async def unknown(_: Visit) -> Reply:
    """Any other path."""
    raise PageRefused("CONSOLE_PAGE_UNKNOWN", 404)


async def _way_in(visit: Visit, problem: Problem | None = None) -> Reply:
    groups = []
    if visit.gateway.facts.demo:
        accounts = await visit.desk.get("demo-accounts")
        names = {seat.id: seat.name for seat in await visit.gateway.seats.all()}
        for seat in sorted({item["seat"] for item in accounts}, key=lambda name: (name != "member", name)):
            people = [item for item in accounts if item["seat"] == seat]
            groups.append({"seat": seat, "name": names.get(seat, ""), "people": people})
    record = await visit.gateway.state.member(visit.gateway.member)
    status = 200 if problem is None else problem.status
    return await page(
        visit, "start.html", status=status, groups=groups, record=record, problem=problem, active=""
    )


def _signed_in(visit: Visit, token: str) -> Reply:
    return go_to("/today", cookies=(cookie(visit.gateway, session_cookie(visit.gateway.member), token),))


ROUTES: Final[tuple[Route, ...]] = (
    get("/", start, is_open=True),
    post("/sign-in", sign_in, is_open=True),
    post("/demo-sign-in", demo_sign_in, is_open=True),
    post("/sign-out", sign_out),
    get("/language/{name:str}", language, is_open=True),
    get("/{rest:path}", unknown, is_open=True),
)
