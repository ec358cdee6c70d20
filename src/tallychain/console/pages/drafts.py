"""Drafts: the exact text, approved or refused by the second person."""

from typing import Final

from tallychain.console.desk import Row
from tallychain.console.pagemaker import page
from tallychain.console.routes import Route, get, post
from tallychain.console.signing import begun, one_line, unlock
from tallychain.console.visits import Reply, Visit, go_to
from tallychain.gateway import permissions
from tallychain.gateway.problems import Problem


async def drafts(visit: Visit) -> Reply:
    """The drafts of the visitor's seat that wait."""
    return await page(visit, "drafts.html", active="drafts", drafts=await visit.desk.get("draft-list"))


async def draft(visit: Visit) -> Reply:
    """One draft with its exact text."""
    return await _draft(visit)


async def approve(visit: Visit) -> Reply:
    """Sign as the second person."""
    try:
        made = await visit.desk.post("draft-approve", {"unlock": unlock(visit)}, id=visit.path["draft"])
    except Problem as problem:
        return await _draft(visit, problem)
    return begun(made)


async def refuse(visit: Visit) -> Reply:
    """Close it without an operation."""
    try:
        body = {"reason": one_line(visit.text("reason"))}
        await visit.desk.post("draft-refuse", body, id=visit.path["draft"])
    except Problem as problem:
        return await _draft(visit, problem)
    return go_to(f"/drafts/{visit.path['draft']}")


async def _draft(visit: Visit, problem: Problem | None = None) -> Reply:
    found: Row = await visit.desk.get("draft-show", id=visit.path["draft"])
    kind = visit.gateway.acts.kind(found["type"])
    may_decide = bool(visit.caller.classes & permissions.DECIDES[kind.authority])
    return await page(
        visit,
        "draft.html",
        status=200 if problem is None else problem.status,
        active="drafts",
        draft=found,
        title=visit.words.either(kind.title.en, kind.title.zh),
        is_maker=found["maker"] == visit.caller.id,
        may_decide=may_decide,
        problem=problem,
    )


ROUTES: Final[tuple[Route, ...]] = (
    get("/drafts", drafts),
    get("/drafts/{draft:str}", draft),
    post("/drafts/{draft:str}/approve", approve),
    post("/drafts/{draft:str}/refuse", refuse),
)
