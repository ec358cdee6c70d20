"""Presenting a payable: typed invoices and attached e-invoices, the text before signing."""

from typing import Any, Final

from tallychain.console.desk import Row
from tallychain.console.fields import Reading, reading
from tallychain.console.names import Names, names_for
from tallychain.console.pagemaker import page
from tallychain.console.pages.attaching import ROWS, beside_files, with_files
from tallychain.console.pages.payables import may_present
from tallychain.console.routes import Route, get, post
from tallychain.console.signing import act, new_key
from tallychain.console.typed import as_text
from tallychain.console.visits import PageRefused, Reply, Visit
from tallychain.gateway.problems import Problem
from tallychain.gateway.seats import Seat
from tallychain.instruments.calendar import add_months, local_day
from tallychain.ledger.identity import CORE_ENTERPRISE
from tallychain.sdk.payables import Paper, presenting

SHOWN: Final = 2
GROUNDS: Final = ("CONTRACT", "INDUSTRY_CUSTOM")
KINDS: Final = ("INVOICE", "DELIVERY", "ORDER")
FIELDS: Final = (
    "debtor",
    "kind",
    "amount",
    "due",
    "reference",
    "relation",
    "purpose",
    "small",
    "delivered",
    "longer_term",
)
_ROW: Final = ("number", "date", "total", "seller", "document")
_LARGEST: Final = 10**16
_MONTHS: Final = 120


async def form(visit: Visit) -> Reply:
    """The form, filled in as far as the address says."""
    seat = await _seat(visit)
    values = _values(visit) | {
        name: text for name, text in visit.query.items() if name in (*FIELDS, *(f"{name}0" for name in _ROW))
    }
    return await _form(visit, seat, values | {"key": new_key()}, {})


async def check(visit: Visit) -> Reply:
    """The form again, with its faults or with what the attached files say; else the text that is about to be signed."""
    seat = await _seat(visit)
    values, faults = await with_files(visit, _values(visit))
    if faults or visit.text("step") in ("files", "change"):
        return await _form(visit, seat, values, faults)
    made, faults = await _read(visit, seat)
    if made is None:
        return await _form(visit, seat, values, faults)
    return await _review(visit, values, made)


async def sign(visit: Visit) -> Reply:
    """Sign and submit; a seat of two persons gets a draft."""
    seat = await _seat(visit)
    made, faults = await _read(visit, seat)
    if made is None or visit.text("step") == "change":
        return await _form(visit, seat, _values(visit), faults)
    try:
        # The attached files follow the payable by themselves, once it stands on the ledger.
        return await act(visit, "payable.present", *made)
    except Problem as problem:
        return await _review(visit, _values(visit), made, problem)


async def _seat(visit: Visit) -> Seat:
    if not await may_present(visit):
        raise PageRefused("CONSOLE_NOT_YOUR_ACT", 403)
    return await visit.gateway.seats.need(visit.caller.seat)


def _values(visit: Visit) -> dict[str, str]:
    names = (*FIELDS, *(f"{name}{number}" for number in range(ROWS) for name in _ROW), "key")
    return {name: visit.text(name) for name in names}


async def _read(
    visit: Visit, seat: Seat
) -> tuple[tuple[dict[str, Any], dict[str, Any]] | None, dict[str, str]]:
    names = await names_for(visit)
    given = reading(visit)
    today = local_day(visit.gateway.clock.now_ms())
    kind = given.one_of("kind", list(KINDS))
    papers = _papers(visit, given, seat, kind)
    if kind != "ORDER" and not papers:
        given.fault("number0", "missing")
    made = presenting(
        reference=given.needed("reference", 64),
        issuer=given.one_of("debtor", [str(row["member"]) for row in names.of_kind(CORE_ENTERPRISE)]),
        presenter={"sponsor": visit.gateway.member, "uscc": seat.uscc},
        amount=given.fen("amount", _LARGEST),
        due_day=given.day("due", today, add_months(today, _MONTHS)),
        papers=papers,
        relation=given.needed("relation"),
        purpose=given.optional("purpose"),
        kind=kind,
        small=visit.text("small") == "yes",
        delivered=given.day("delivered", local_day(0), today) if visit.text("delivered") else "",
        longer_term=given.one_of("longer_term", list(GROUNDS)) if visit.text("longer_term") else "",
    )
    return (None if given.faults else made), given.faults


def _papers(visit: Visit, given: Reading, seat: Seat, kind: str) -> list[Paper]:
    first, last = local_day(0), local_day(visit.gateway.clock.now_ms())
    found = []
    for number in range(ROWS):
        if not visit.text(f"number{number}"):
            continue
        paper = Paper(
            number=given.needed(f"number{number}", 64),
            seller=visit.text(f"seller{number}") or seat.uscc,
            date=given.day(f"date{number}", first, last),
            total=given.fen(f"total{number}", _LARGEST),
            kind="DELIVERY" if kind == "DELIVERY" else "INVOICE",
            document=visit.text(f"document{number}"),
        )
        found.append(paper)
    return found


async def _form(visit: Visit, seat: Seat, values: dict[str, str], faults: dict[str, str]) -> Reply:
    names: Names = await names_for(visit)
    filled = [n for n in range(ROWS) if values[f"number{n}"] or values[f"document{n}"]]
    return await page(
        visit,
        "present.html",
        status=422 if faults else 200,
        active="payables",
        seat=seat,
        debtors=names.of_kind(CORE_ENTERPRISE),
        kinds=KINDS,
        grounds=GROUNDS,
        values=values,
        faults=faults,
        shown=min(ROWS, max(SHOWN, len(filled) + 1)),
        last_due=add_months(local_day(visit.gateway.clock.now_ms()), 24),
    )


async def _review(
    visit: Visit,
    values: dict[str, str],
    made: tuple[dict[str, Any], dict[str, Any]],
    problem: Problem | None = None,
) -> Reply:
    args, sealed = made
    papers: list[Row] = sealed["papers"]["papers"]
    return await page(
        visit,
        "present_review.html",
        status=200 if problem is None else problem.status,
        active="payables",
        names=await names_for(visit),
        values=values,
        args=args,
        papers=papers,
        differences=await beside_files(visit, papers),
        relation=sealed["papers"]["relation"],
        purpose=sealed["papers"]["purpose"],
        text=as_text({"args": args, "sealed": sealed}),
        problem=problem,
    )


ROUTES: Final[tuple[Route, ...]] = (
    get("/payables/new", form),
    post("/payables/new", check, takes_files=True),
    post("/payables/new/sign", sign),
)
