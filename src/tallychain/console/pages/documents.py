"""Documents of the visitor's seat: what is kept and for how long, giving one, reading an e-invoice before it is used, removing one."""

from typing import Any, Final
from urllib.parse import parse_qs, urlencode

import msgspec

from tallychain.console.desk import Row
from tallychain.console.forms import FILES_BYTES
from tallychain.console.names import names_for
from tallychain.console.pagemaker import page
from tallychain.console.pages.payables import may_present
from tallychain.console.routes import Route, get, post
from tallychain.console.visits import Reply, Visit, go_to
from tallychain.gateway import permissions
from tallychain.gateway.documents import StoredDocument, plain_name
from tallychain.gateway.filekinds import XML, kind_of
from tallychain.gateway.problems import Problem
from tallychain.integrations.einvoice import EInvoiceRefused, Gleaned, glean, glean_red, read_einvoice

PAGE: Final = 20
_AROUND: Final = 65_536
"""What a form needs around its file."""


async def documents(visit: Visit) -> Reply:
    """The newest documents, each with what keeps it here."""
    return await _list(visit)


async def store(visit: Visit) -> Reply:
    """Keep one file; its page says what it is."""
    upload = next((item for item in visit.files if item.field == "file"), None)
    if upload is None or not upload.content:
        return await _list(visit, fault=visit.words("document.choose"))
    if len(upload.content) > _largest(visit):
        return await _list(visit, problem=Problem("GATEWAY_TOO_LARGE", limit=_largest(visit)))
    try:
        name = plain_name(upload.name)
        stored = await visit.desk.post_file(name, upload.content, kind_of(upload.content))
    except Problem as problem:
        return await _list(visit, problem=problem)
    return go_to(f"/documents/{stored['digest']}/about")


async def about(visit: Visit) -> Reply:
    """One document: what is known of it, what it says where it is an e-invoice, what keeps it here."""
    return await _about(visit, "document.html")


async def ask_remove(visit: Visit) -> Reply:
    """What it means to remove it, with the button."""
    return await _about(visit, "document_remove.html")


async def remove(visit: Visit) -> Reply:
    """Remove it, or say what needs it."""
    try:
        await visit.desk.ask("document-remove", path={"digest": visit.path["digest"]})
    except Problem as problem:
        if problem.code == "GATEWAY_NOT_FOUND":
            raise
        return await _about(visit, "document.html", problem=problem)
    return go_to("/documents")


async def _list(visit: Visit, *, problem: Problem | None = None, fault: str = "") -> Reply:
    query = {"limit": str(PAGE)}
    if visit.query.get("cursor"):
        query["cursor"] = visit.query["cursor"]
    answer = await visit.desk.ask("document-list", query=query)
    rows: list[Row] = msgspec.json.decode(answer.body)  # type: ignore[arg-type]  # a list is no stream
    known = [StoredDocument(**row) for row in rows]
    bound = await visit.gateway.filing.keeping.bindings(visit.caller.seat, known)
    status = 200 if problem is None else problem.status
    return await page(
        visit,
        "documents.html",
        status=422 if fault else status,
        active="documents",
        names=await names_for(visit),
        rows=[(item, bound[item.digest]) for item in known],
        cursor=_cursor(answer.headers.get("Link", "")),
        may_store=bool(visit.caller.classes & permissions.PERMISSIONS["document-store"]),
        largest=_largest(visit),
        used=await visit.gateway.documents.used(visit.caller.seat),
        room=visit.gateway.settings.seat_documents_bytes,
        problem=problem,
        fault=fault,
    )


async def _about(visit: Visit, template: str, *, problem: Problem | None = None) -> Reply:
    digest = visit.path["digest"]
    stored = await visit.gateway.documents.find(visit.caller.seat, digest)
    if stored is None:
        raise Problem("GATEWAY_NOT_FOUND")
    bound: list[Row] = await visit.desk.get("document-bindings", digest=digest)
    said = await _said(visit, stored) if stored.media_type == XML else None
    return await page(
        visit,
        template,
        status=200 if problem is None else problem.status,
        active="documents",
        names=await names_for(visit),
        item=stored,
        bound=bound,
        said=said,
        use=await _use(visit, stored, said),
        may_remove=bool(visit.caller.classes & permissions.PERMISSIONS["document-remove"]),
        problem=problem,
    )


async def _said(visit: Visit, stored: StoredDocument) -> dict[str, Any] | None:
    """What an e-invoice says, what of it cannot be read, and why it cannot be relied on; None for another XML file, or a damaged one."""
    try:
        _, content = await visit.gateway.documents.get(stored.seat, stored.digest)
    except Problem:
        return None
    try:
        found, is_red = glean(content), False
    except EInvoiceRefused as refused:
        if refused.code != "INVOICE_NEGATIVE":
            return None
        found, is_red = glean_red(content), True
    why = ""
    try:
        read_einvoice(content)
    except EInvoiceRefused as refused:
        why = visit.words.either(refused.sentence, visit.words.maybe(f"upload.{refused.code}"))
    return {"found": found, "is_red": is_red, "why": why}


async def _use(visit: Visit, stored: StoredDocument, said: dict[str, Any] | None) -> str:
    """The address of the form for a payable with what the file says; empty where it backs nothing or the visitor presents none."""
    if said is None or said["is_red"] or not await may_present(visit):
        return ""
    found: Gleaned = said["found"]
    fields = {
        "number0": found.number,
        "date0": found.issue_date,
        "total0": found.total,
        "seller0": found.seller,
        "document0": stored.digest,
    }
    return f"/payables/new?{urlencode({name: text for name, text in fields.items() if text})}"


def _cursor(link: str) -> str:
    """The cursor of the next page, from the header that names it."""
    return "".join(parse_qs(link.partition("?")[2].partition(">")[0]).get("cursor", []))


def _largest(visit: Visit) -> int:
    return min(visit.gateway.settings.document_bytes, FILES_BYTES - _AROUND)


_ONE: Final = "/documents/{digest:str}"

ROUTES: Final[tuple[Route, ...]] = (
    get("/documents", documents),
    post("/documents", store, takes_files=True),
    get(f"{_ONE}/about", about),
    get(f"{_ONE}/remove", ask_remove),
    post(f"{_ONE}/remove", remove),
)
