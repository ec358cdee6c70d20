"""Tables whose rows become operations: template, dry run, signing at once, release by a second person, and the result."""

import base64
from typing import Any, Final

from tallychain.console.desk import Row
from tallychain.console.pagemaker import page
from tallychain.console.routes import Route, get, post
from tallychain.console.signing import one_line, unlock
from tallychain.console.visits import PageRefused, Reply, Visit, go_to
from tallychain.gateway.accounts import HOUSE
from tallychain.gateway.problems import Problem
from tallychain.integrations.batchtables import ISSUE, MAX_BYTES, OFFER, PRESENT

SHOWN: Final = 500


async def show_all(visit: Visit) -> Reply:
    """The newest batches of the seat, and where a table is given."""
    _allowed(visit)
    return await _form(visit)


async def template(visit: Visit) -> Reply:
    """A table to be filled in."""
    query = {"form": visit.query.get("form", "xlsx"), "language": visit.words.language}
    answer = await visit.desk.ask("batch-template", path={"kind": kind_of(visit)}, query=query)
    return Reply(answer.body, answer.status, answer.media_type, answer.headers)


async def check(visit: Visit) -> Reply:
    """The dry run: every row with what it would do, or why it cannot be."""
    _allowed(visit)
    upload = next((item for item in visit.files if item.field == "table"), None)
    content = b"" if upload is None else upload.content
    name = "" if upload is None else upload.name
    try:
        found = await visit.desk.post_bytes("batch-check", content, {"kind": kind_of(visit)})
    except Problem as problem:
        return await _form(visit, problem)
    return await _checked(visit, found, content, name)


async def make(visit: Visit) -> Reply:
    """Sign every row of the table that was looked at, as the maker."""
    _allowed(visit)
    content = _content(visit)
    body = {
        "kind": kind_of(visit),
        "name": visit.text("name")[:120],
        "content": visit.text("content"),
        "digest": visit.text("digest"),
        "unlock": unlock(visit),
    }
    try:
        made = await visit.desk.post("batch-make", body)
    except Problem as problem:
        found = await visit.desk.post_bytes("batch-check", content, {"kind": kind_of(visit)})
        return await _checked(visit, found, content, visit.text("name"), problem)
    return go_to(f"/batches/{made['batch']['id']}")


async def show(visit: Visit) -> Reply:
    """One batch with its total, the digest of its file, and every row."""
    return await _batch(visit)


async def result(visit: Visit) -> Reply:
    """What became of each row, as a file."""
    query = {"form": visit.query.get("form", "xlsx"), "language": visit.words.language}
    answer = await visit.desk.ask("batch-result", path={"id": visit.path["batch"]}, query=query)
    return Reply(answer.body, answer.status, answer.media_type, answer.headers)


async def decide(visit: Visit) -> Reply:
    """Release the batch as the second person, refuse it, or sign again what ended without effect."""
    step = visit.text("step")
    bodies: dict[str, dict[str, Any]] = {
        "release": {"digest": visit.text("digest"), "unlock": unlock(visit)},
        "refuse": {"reason": one_line(visit.text("reason"))},
        "sign": {"unlock": unlock(visit)},
    }
    if step not in bodies:
        raise PageRefused("CONSOLE_FORM_NOT_READABLE", 400)
    try:
        await visit.desk.post(f"batch-{step}", bodies[step], id=visit.path["batch"])
    except Problem as problem:
        return await _batch(visit, problem)
    return go_to(f"/batches/{visit.path['batch']}")


def kind_of(visit: Visit) -> str:
    """What the visitor makes from tables: a member promises; a client passes on, or presents where the address or the form says so."""
    if visit.caller.seat == HOUSE:
        return ISSUE
    return PRESENT if PRESENT in (visit.query.get("kind"), visit.text("kind")) else OFFER


def _allowed(visit: Visit) -> None:
    if not visit.may("staff:maker", "staff:checker", "client:maker", "client:checker"):
        raise PageRefused("CONSOLE_NOT_YOUR_ACT", 403)


def _content(visit: Visit) -> bytes:
    try:
        return base64.b64decode(visit.text("content").encode("ascii"), validate=True)[: MAX_BYTES + 1]
    except ValueError:
        raise PageRefused("CONSOLE_FORM_NOT_READABLE", 400) from None


async def _form(visit: Visit, problem: Problem | None = None) -> Reply:
    return await page(
        visit,
        "batches.html",
        status=200 if problem is None else problem.status,
        active=_active(visit),
        kind=kind_of(visit),
        may_make=visit.may("staff:maker", "client:maker"),
        batches=await visit.desk.get("batch-list"),
        others=[] if visit.caller.seat == HOUSE else [PRESENT if kind_of(visit) == OFFER else OFFER],
        problem=problem,
    )


async def _checked(
    visit: Visit, found: Row, content: bytes, name: str, problem: Problem | None = None
) -> Reply:
    status = 200 if problem is None else problem.status
    return await page(
        visit,
        "batch_check.html",
        status=422 if found["faults"] else status,
        active=_active(visit),
        kind=kind_of(visit),
        found=found,
        name=name,
        content=base64.b64encode(content).decode(),
        shown=SHOWN,
        problem=problem,
    )


async def _batch(visit: Visit, problem: Problem | None = None) -> Reply:
    name = visit.path["batch"]
    found = await visit.desk.get("batch-show", id=name)
    states = found["states"]
    return await page(
        visit,
        "batch.html",
        status=200 if problem is None else problem.status,
        active=_active(visit, found["batch"]["kind"]),
        kind=found["batch"]["kind"],
        batch=found["batch"],
        states=states,
        count=found["rows"],
        rows=await visit.desk.get("batch-rows", query={"limit": str(SHOWN)}, id=name),
        may_release="waiting" in states
        and visit.may("staff:checker", "client:checker")
        and found["batch"]["maker"] != visit.caller.id,
        may_sign=found["batch"]["state"] != "refused"
        and visit.may("staff:maker", "client:maker")
        and any(
            state in states for state in ("new", "failed", "lapsed", "refused", "turned_away", "expired")
        ),
        may_refuse=any(state in states for state in ("waiting", "new", "failed"))
        and found["batch"]["state"] != "refused",
        problem=problem,
    )


def _active(visit: Visit, kind: str = "") -> str:
    if (kind or kind_of(visit)) == PRESENT:
        return "payables"
    return (
        "issue"
        if kind_of(visit) == ISSUE and visit.may("staff:maker")
        else "drafts"
        if visit.caller.seat == HOUSE
        else "holdings"
    )


ROUTES: Final[tuple[Route, ...]] = (
    get("/batches", show_all),
    post("/batches", check, takes_files=True),
    get("/batches/template", template),
    post("/batches/sign", make, takes_files=True),
    get("/batches/{batch:str}", show),
    get("/batches/{batch:str}/result", result),
    post("/batches/{batch:str}", decide),
)
