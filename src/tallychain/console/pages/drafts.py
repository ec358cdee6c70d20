"""Drafts: the exact text, approved or refused by the second person."""

from typing import Final

import msgspec

from tallychain.console.desk import Row
from tallychain.console.pagemaker import page
from tallychain.console.routes import Route, get, post
from tallychain.console.signing import begun, one_line, unlock
from tallychain.console.visits import Reply, Visit, go_to
from tallychain.gateway import permissions
from tallychain.gateway.problems import Problem

_OBJECTS: Final = {
    "voucher": "vouchers",
    "proposal": "proposals",
    "payable": "payables",
}
"""Arguments that name an object, and under which path its page is."""


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
        about=await _about(visit, found["text"]),
        title=visit.words.either(kind.title.en, kind.title.zh),
        is_maker=found["maker"] == visit.caller.id,
        may_decide=may_decide,
        problem=problem,
    )


async def _about(visit: Visit, text: str) -> list[tuple[str, str, str]]:
    """What the draft is about: the page of each object that its arguments name, and what it is called there."""
    body = msgspec.json.decode(text)
    args = body.get("args", body)
    found = [
        (name, f"/{view}/{args[name]}", str(args[name]))
        for name, view in _OBJECTS.items()
        if isinstance(args.get(name), str) and args[name]
    ]
    if "proposal" in args:
        row = await visit.desk.row("proposals", str(args["proposal"]))
        words = visit.words.either(row["words_en"], row["words_zh"])
        found = [(name, path, words if name == "proposal" else said) for name, path, said in found]
    return found


ROUTES: Final[tuple[Route, ...]] = (
    get("/drafts", drafts),
    get("/drafts/{draft:str}", draft),
    post("/drafts/{draft:str}/approve", approve),
    post("/drafts/{draft:str}/refuse", refuse),
)
