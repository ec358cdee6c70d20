"""Guided issue: the form with its bounds, the text before signing, the draft for the second person."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import msgspec

from tallychain.console.desk import Row
from tallychain.console.fields import Reading, reading
from tallychain.console.names import Names, Party, names_for
from tallychain.console.pagemaker import page
from tallychain.console.pages.ceilings import Standing, standing_of
from tallychain.console.pages.guarantees import guarantors_for
from tallychain.console.routes import Route, get, post
from tallychain.console.signing import act, listed, new_key
from tallychain.console.visits import PageRefused, Reply, Visit
from tallychain.contracts.documents.state import CONFIRMED, FREED, ORDER
from tallychain.contracts.vouchers.policies import TERM
from tallychain.contracts.vouchers.settling.state import IN_FORCE
from tallychain.gateway.accounts import HOUSE
from tallychain.gateway.problems import Problem
from tallychain.instruments.calendar import add_months, local_day
from tallychain.instruments.money import format_amount
from tallychain.ledger.identity import CORE_ENTERPRISE, SETTLEMENT_BANK
from tallychain.ledger.limits import PROMISE_CODE_POINTS
from tallychain.ledger.parameters import policy_on
from tallychain.sdk.payables import parts_of, record_of

FIELDS: Final = (
    "reference", "payable", "face", "maturity", "settlement_bank", "guarantor", "promise", "contract", "invoices",
    "purpose", "amount", "term_reason",
)  # fmt: skip
REASONS: Final = ("INDUSTRY_CUSTOM", "LONG_PRODUCTION", "AGREED_TERM")
_DAY: Final = 86_400_000
_LARGEST: Final = 10**16
_ALLOCATIONS: Final = 20_000
"""What is looked through for what is left; the ledger decides in any case."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the rules in force allow, shown before anything is typed."""

    face_max: int
    """What the policy and the ceilings that are left allow together."""
    standing: Standing
    first_day: date
    last_day: date
    months: int
    usual_day: date
    """The last maturity that needs no reason."""
    article: str


async def form(visit: Visit) -> Reply:
    """The form, filled in with what a payable of the address says."""
    names = await _allowed(visit)
    values = dict.fromkeys(FIELDS, "") | {"promise": visit.words("issue.promise_usual"), "key": new_key()}
    for row in await _payables(visit):
        if row["payable"] == visit.query.get("payable"):
            values |= {
                "payable": row["payable"],
                "face": format_amount(int(row["left"])),
                "maturity": row["due_day"],
            }
    return await _form(visit, names, values, {})


async def check(visit: Visit) -> Reply:
    """The form again with its faults, or the text that is about to be signed."""
    names = await _allowed(visit)
    values = {name: visit.text(name) for name in (*FIELDS, "key")}
    args, sealed, faults = await _read(visit, names)
    if faults or visit.text("step") == "change":
        return await _form(visit, names, values, faults)
    return await _review(visit, names, values, args, sealed)


async def sign(visit: Visit) -> Reply:
    """Sign as the maker: a draft that another person must approve."""
    names = await _allowed(visit)
    values = {name: visit.text(name) for name in (*FIELDS, "key")}
    args, sealed, faults = await _read(visit, names)
    if faults or visit.text("step") == "change":
        return await _form(visit, names, values, faults)
    try:
        return await act(visit, "voucher.issue", args, sealed)
    except Problem as problem:
        return await _review(visit, names, values, args, sealed, problem)


async def _allowed(visit: Visit) -> Names:
    names = await names_for(visit)
    kinds = str(names.members.get(visit.gateway.member, {}).get("kinds", ""))
    if visit.caller.seat != HOUSE or not visit.may("staff:maker") or CORE_ENTERPRISE not in kinds:
        raise PageRefused("CONSOLE_NOT_AN_ISSUERS_MAKER", 403)
    return names


async def bounds(visit: Visit) -> Bounds:
    """
    The term policy as of the chain's day, and what is left of the issuer's ceilings.

    A missed payment is said on the form and bars nothing there: a draft may wait until it is made up for.
    """
    today = local_day(visit.gateway.clock.now_ms())
    policy = await visit.gateway.state.evaluate(lambda state: policy_on(state, TERM, today.isoformat()))
    months, face_max = int(policy.values["term_months"]), int(policy.values["face_max"])
    tomorrow = local_day(visit.gateway.clock.now_ms() + _DAY)
    standing = await standing_of(visit, visit.gateway.member)
    last_day = add_months(today, months)
    left = max(0, standing.granted - standing.used)
    usual = add_months(today, int(policy.values["usual_months"]))
    article = policy.article_of("term_months")
    return Bounds(min(face_max, left), standing, tomorrow, last_day, months, usual, article)


async def _read(visit: Visit, names: Names) -> tuple[dict[str, Any], dict[str, Any], dict[str, str]]:
    limits = await bounds(visit)
    given = reading(visit)
    payable = given.one_of("payable", [str(row["payable"]) for row in await _payables(visit)])
    args: dict[str, Any] = {
        "reference": {"keyed": given.needed("reference", 64)},
        "receiver": {"payable": payable},
        "currency": "CNY",
        "face": _face(given, limits),
        "nominal_maturity": given.day("maturity", limits.first_day, limits.last_day),
        "settlement_bank": given.one_of(
            "settlement_bank", [str(row["member"]) for row in await _banks(visit, names)]
        ),
        "payable": payable,
        "invoices": [],
    }
    if not given.faults:
        parts = await _parts(visit, payable, args["face"])
        args["invoices"] = parts or []
        if parts is None:
            given.fault("face", "not_covered")
    invoices = listed(visit.text("invoices"))
    if len(invoices) > 50 or any(len(number) > 200 for number in invoices):
        given.fault("invoices", "invoices")
    if visit.text("amount"):
        given.fen("amount", _LARGEST)
    if visit.text("term_reason"):
        args["term_reason"] = given.one_of("term_reason", list(REASONS))
    if visit.text("guarantor"):
        offered = await guarantors_for(visit, visit.gateway.member)
        args["guarantor"] = given.one_of("guarantor", [str(row["guarantor"]) for row in offered])
    trade = {
        "promise": given.needed("promise", PROMISE_CODE_POINTS),
        "contract": given.needed("contract"),
        "invoices": invoices,
        "purpose": given.optional("purpose"),
        "amount": given.optional("amount", 40),
    }
    return args, {"trade": trade}, given.faults


def _face(given: Reading, limits: Bounds) -> int:
    if not limits.face_max:
        given.fault("face", "no_ceiling")
    return given.fen("face", limits.face_max)


async def _banks(visit: Visit, names: Names) -> list[Row]:
    """The settlement banks with which this issuer has an agreement in force."""
    agreed = await visit.desk.rows("agreements", issuer=visit.gateway.member, status=IN_FORCE)
    return [
        row for row in names.of_kind(SETTLEMENT_BANK) if row["member"] in {item["bank"] for item in agreed}
    ]


async def _payables(visit: Visit) -> list[Row]:
    """The payables that this issuer has confirmed and of which something is left for a voucher, with what is left in fen."""
    issuer = visit.gateway.member
    taken: Counter[str] = Counter()
    for part in await visit.desk.rows("allocations", issuer=issuer, at_most=_ALLOCATIONS):
        if part["status"] != FREED:
            taken[part["payable"]] += int(part["amount"])
    found = [
        row | {"left": int(row["amount"]) - taken[row["payable"]]}
        for row in await visit.desk.rows("payables", issuer=issuer, status=CONFIRMED)
        if row["kind"] != ORDER
    ]
    return [row for row in found if row["left"] > 0]


async def _parts(visit: Visit, payable: str, face: int) -> list[dict[str, object]] | None:
    """What a voucher takes of the payable's invoices; None where not enough is left."""
    papers = await visit.desk.rows("payable_invoices", payable=payable)
    names = [record_of(row) for row in papers]
    invoices = [row for name in names for row in await visit.desk.rows("invoices", invoice=name)]
    allocations = [row for name in names for row in await visit.desk.rows("allocations", invoice=name)]
    return parts_of(papers, invoices, allocations, face)


async def _form(visit: Visit, names: Names, values: dict[str, str], faults: dict[str, str]) -> Reply:
    return await page(
        visit,
        "issue.html",
        status=422 if faults else 200,
        active="issue",
        names=names,
        values=values,
        faults=faults,
        bounds=await bounds(visit),
        reasons=REASONS,
        payables=[_shown(row, names) for row in await _payables(visit)],
        settlement_banks=await _banks(visit, names),
        guarantors=await guarantors_for(visit, visit.gateway.member),
    )


async def _review(
    visit: Visit,
    names: Names,
    values: dict[str, str],
    args: dict[str, Any],
    sealed: dict[str, Any],
    problem: Problem | None = None,
) -> Reply:
    return await page(
        visit,
        "issue_review.html",
        status=200 if problem is None else problem.status,
        active="issue",
        names=names,
        values=values,
        receiver=await _receiver(visit, names, args["payable"]),
        args=args,
        trade=sealed["trade"],
        text=msgspec.json.encode({"args": args, "sealed": sealed}).decode(),
        problem=problem,
    )


async def _receiver(visit: Visit, names: Names, payable: str) -> Party:
    """Who presented the payable, and so receives the voucher."""
    (row,) = [item for item in await _payables(visit) if item["payable"] == payable]
    return names.holder(str(row["presenter"]), str(row["sponsor"]))


def _shown(row: Row, names: Names) -> Row:
    """A payable as a choice: who presented it, what is left of it, what it is over, when it is due."""
    party = names.holder(str(row["presenter"]), str(row["sponsor"]))
    amounts = f"{format_amount(int(row['left']))} / {format_amount(int(row['amount']))}"
    who = party.name or party.sponsor_name
    return {"member": row["payable"], "name": f"{who} {amounts} {row['due_day']}", "is_plain": True}


ROUTES: Final[tuple[Route, ...]] = (
    get("/issue", form),
    post("/issue", check),
    post("/issue/sign", sign),
)
