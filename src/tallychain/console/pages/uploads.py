"""A payables table of the enterprise's own software: a dry run that shows every row, and then answers to what was found."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from tallychain.console.desk import Row
from tallychain.console.names import names_for
from tallychain.console.pagemaker import page
from tallychain.console.pages.payables import is_debtor
from tallychain.console.routes import Route, get, post
from tallychain.console.signing import new_key, unlock
from tallychain.console.visits import PageRefused, Reply, Visit
from tallychain.gateway.problems import Problem
from tallychain.integrations.payables import DryRun, Payable, dry_run
from tallychain.integrations.refused import InputRefused

Invoice = tuple[str, str]
"""Credit code of the seller, and number."""
SHOWN: Final = 500
"""Accepted rows that are shown; the figures above are of all."""
CONFIRMED_AT_ONCE: Final = 50


@dataclass(frozen=True, slots=True)
class Found:
    """A row of the table beside the payable that its supplier presented."""

    row: Payable
    payable: Row | None
    """By the number of its invoice; None where nobody presented it yet."""
    fits: bool
    """Whether that payable waits for an answer and its invoices, their sum and the due day are those of the table."""
    leads: bool
    """Whether it is the first row of a payable that fits: there it is picked."""


async def form(visit: Visit) -> Reply:
    """Where a table is chosen."""
    await _allowed(visit)
    return await _page(visit)


async def check(visit: Visit) -> Reply:
    """The dry run: every rejected row with its reason, and every other beside what was presented."""
    await _allowed(visit)
    upload = next((item for item in visit.files if item.field == "table"), None)
    if upload is None or not upload.content:
        return await _page(visit, refused="TABLE_EMPTY")
    try:
        result = await asyncio.to_thread(dry_run, upload.content)
    except InputRefused as refused:
        return await _page(visit, refused=refused.code, sentence=refused.sentence)
    found = await _beside(visit, result)
    return await _page(visit, name=upload.name, result=result, found=found)


async def confirm(visit: Visit) -> Reply:
    """Confirm the chosen payables as the maker, each by an act of its own; what was refused is shown beside."""
    await _allowed(visit)
    chosen = [name.removeprefix("pick.") for name in visit.form if name.startswith("pick.")][
        :CONFIRMED_AT_ONCE
    ]
    done: list[tuple[Row, str, Problem | None]] = []
    for payable in chosen:
        row = await visit.desk.row("payables", payable)
        body = {"args": {"payable": payable, "amount": row["amount"]}, "unlock": unlock(visit)}
        headers = {"idempotency-key": f"{visit.text('key')[:30]}-{payable[:32]}"}
        try:
            made = await visit.desk.post("act_payable_confirm", body, headers=headers)
            done.append((row, made["draft"], None))
        except Problem as problem:
            done.append((row, "", problem))
            if problem.code == "GATEWAY_UNLOCK_REFUSED":
                break
    return await page(
        visit, "upload_confirmed.html", active="payables", done=done, names=await names_for(visit)
    )


async def _allowed(visit: Visit) -> None:
    if not is_debtor(visit, await names_for(visit)) or not visit.may("staff:maker"):
        raise PageRefused("CONSOLE_NOT_YOUR_ACT", 403)


async def _beside(visit: Visit, result: DryRun) -> list[Found]:
    presented = {
        str(row["payable"]): row
        for row in await visit.desk.rows("payables", at_most=20_000, issuer=visit.gateway.member)
    }
    papers = await visit.desk.rows("papers", at_most=20_000)
    by_invoice = _by_invoice(papers, presented)
    fitting = _fitting(result.accepted, papers, presented)
    found, first = [], set[str]()
    for row in result.accepted[:SHOWN]:
        payable = by_invoice.get((row.supplier_uscc, row.invoice_number))
        name = "" if payable is None else str(payable["payable"])
        found.append(Found(row, payable, name in fitting, name in fitting and name not in first))
        first.add(name)
    return found


def _by_invoice(papers: Iterable[Row], presented: dict[str, Row]) -> dict[Invoice, Row]:
    """The payable that an invoice stands behind; of several the one that stands."""
    order = ("WITHDRAWN", "LAPSED", "CONTESTED", "PAST_DUE", "PRESENTED", "CONFIRMED")
    named = [
        (_invoice(paper), presented[str(paper["payable"])])
        for paper in papers
        if str(paper["payable"]) in presented
    ]
    return dict(
        sorted(named, key=lambda item: order.index(item[1]["status"]) if item[1]["status"] in order else -1)
    )


def _fitting(rows: Iterable[Payable], papers: Iterable[Row], presented: dict[str, Row]) -> set[str]:
    """Payables that wait for an answer and say what the table says: the same invoices, their sum, and the due day."""
    known = {(row.supplier_uscc, row.invoice_number): row for row in rows}
    behind: dict[str, set[Invoice]] = {}
    for paper in papers:
        behind.setdefault(str(paper["payable"]), set()).add(_invoice(paper))
    found = set()
    for name, payable in presented.items():
        listed = [known[invoice] for invoice in behind.get(name, set()) if invoice in known]
        whole = len(listed) == len(behind.get(name, set())) > 0
        due = {row.due_date.isoformat() for row in listed}
        total = sum(row.amount_fen for row in listed)
        if (
            whole
            and payable["status"] == "PRESENTED"
            and payable["amount"] == total
            and due == {payable["due_day"]}
        ):
            found.add(name)
    return found


def _invoice(paper: Row) -> Invoice:
    return str(paper["seller"]), str(paper["number"])


async def _page(
    visit: Visit,
    *,
    refused: str = "",
    sentence: str = "",
    name: str = "",
    result: DryRun | None = None,
    found: Iterable[Found] = (),
) -> Reply:
    values: dict[str, Any] = {"refused": refused, "sentence": sentence, "file": name, "result": result}
    return await page(
        visit,
        "upload.html",
        status=422 if refused else 200,
        active="payables",
        found=list(found),
        shown=SHOWN,
        most=CONFIRMED_AT_ONCE,
        key=new_key(),
        names=await names_for(visit),
        **values,
    )


ROUTES: Final[tuple[Route, ...]] = (
    get("/payables/upload", form),
    post("/payables/upload", check, takes_files=True),
    post("/payables/upload/confirm", confirm),
)
