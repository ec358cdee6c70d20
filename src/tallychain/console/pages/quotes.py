"""A funder's quote, computed from its rate and shown before it is signed; and a seller's word that a delivered one is false."""

from dataclasses import dataclass
from typing import Any, Final

from tallychain.console.desk import Row
from tallychain.console.fields import Reading, reading
from tallychain.console.names import names_for
from tallychain.console.pagemaker import page
from tallychain.console.pages.financings import quotes_of
from tallychain.console.routes import Route, get, post
from tallychain.console.signing import act, new_key
from tallychain.console.typed import as_text
from tallychain.console.visits import PageRefused, Reply, Visit
from tallychain.contracts.vouchers.financing.state import BIDDING
from tallychain.gateway.accounts import HOUSE
from tallychain.gateway.problems import Problem
from tallychain.instruments.calendar import local_day, parse_date
from tallychain.ledger.identity import BANK, SETTLEMENT_BANK
from tallychain.sdk.quotes import Compared, PriceNotPossible, content_of, rate_of

FIELDS: Final = ("rate", "fees", "value_date", "day_count", "contract", "paying_bank", "uscc", "key")
DAY_COUNTS: Final = ("ACT_360", "ACT_365")


@dataclass(frozen=True, slots=True)
class Made:
    """A quote as it is about to be signed."""

    args: dict[str, Any]
    quote: Compared


async def form(visit: Visit) -> Reply:
    """The empty form."""
    row = await _asked(visit)
    seat = await visit.gateway.seats.get(HOUSE)
    values = dict.fromkeys(FIELDS, "") | {
        "fees": "0.00",
        "day_count": DAY_COUNTS[0],
        "value_date": local_day(visit.gateway.clock.now_ms()).isoformat(),
        "uscc": "" if seat is None else seat.uscc,
        "key": new_key(),
    }
    return await _form(visit, row, values, {})


async def check(visit: Visit) -> Reply:
    """The form again with its faults, or what the quote comes to and the text that is about to be signed."""
    row = await _asked(visit)
    made, faults = _read(visit, row)
    if made is None or visit.text("step") == "change":
        return await _form(visit, row, _values(visit), faults)
    return await _review(visit, row, made)


async def sign(visit: Visit) -> Reply:
    """Sign; it becomes a draft, because a quote needs a second person."""
    row = await _asked(visit)
    made, faults = _read(visit, row)
    if made is None or visit.text("step") == "change":
        return await _form(visit, row, _values(visit), faults)
    try:
        return await act(visit, "financing.quote", made.args, {})
    except Problem as problem:
        return await _review(visit, row, made, problem)


async def challenge(visit: Visit) -> Reply:
    """A false quote, and what is about to be signed."""
    return await _challenge(visit)


async def void(visit: Visit) -> Reply:
    """Sign that it is false; the gateway opens it for everybody."""
    row = await visit.desk.row("financings", visit.path["financing"])
    try:
        return await act(visit, "financing.challenge", _challenging(visit, row), {})
    except Problem as problem:
        return await _challenge(visit, problem)


async def _asked(visit: Visit) -> Row:
    """A request that takes quotes of this member, for a person that may begin one."""
    row = await visit.desk.row("financings", visit.path["financing"])
    is_asked = visit.gateway.member in str(row["funders"]).split(", ")
    if visit.caller.seat != HOUSE or not visit.may("staff:maker") or not is_asked:
        raise PageRefused("CONSOLE_NOT_YOUR_ACT", 403)
    return row


def _values(visit: Visit) -> dict[str, str]:
    return {name: visit.text(name) for name in FIELDS}


def _read(visit: Visit, row: Row) -> tuple[Made | None, dict[str, str]]:
    given = reading(visit)
    first, last = local_day(visit.gateway.clock.now_ms()), parse_date(str(row["maturity"]))
    rate = rate_of(given.needed("rate", 12))
    if rate is None:
        given.fault("rate", "rate")
    content = {
        "rate": rate or 0,
        "fees": _fees(given, int(row["face"])),
        "value_date": given.day("value_date", first, last),
        "day_count": given.one_of("day_count", list(DAY_COUNTS)),
        "contract": given.needed("contract"),
    }
    paying_bank = given.needed("paying_bank", 32)
    receiver = {"sponsor": visit.gateway.member, "uscc": given.uscc("uscc")}
    if given.faults:
        return None, given.faults
    return _made(row, content, paying_bank, receiver, given), given.faults


def _fees(given: Reading, face: int) -> int:
    text = given.visit.text("fees").strip()
    return 0 if text in ("", "0", "0.00") else given.fen("fees", face)


def _made(
    row: Row, content: dict[str, Any], paying_bank: str, receiver: dict[str, str], given: Reading
) -> Made | None:
    try:
        quote = content_of(int(row["face"]), str(row["maturity"]), **content)
    except PriceNotPossible:
        given.fault("rate", "price")
        return None
    args = {
        "voucher": row["voucher"],
        "financing": row["financing"],
        "commitment": {"quote": quote},
        "receiver": receiver,
        "paying_bank": paying_bank,
    }
    said = Compared.of(row, {"funder": "", "state": "", "commitment": "", "paying_bank": paying_bank}, quote)
    return Made(args, said)


async def _form(visit: Visit, row: Row, values: dict[str, str], faults: dict[str, str]) -> Reply:
    names = await names_for(visit)
    banks = {str(one["member"]): one for kind in (BANK, SETTLEMENT_BANK) for one in names.of_kind(kind)}
    return await page(
        visit,
        "quote.html",
        status=422 if faults else 200,
        active="financings",
        names=names,
        row=row,
        values=values,
        faults=faults,
        banks=[banks[name] for name in sorted(banks)],
        day_counts=[
            {"member": name, "name": visit.words.status(name), "is_plain": True} for name in DAY_COUNTS
        ],
        takes=row["status"] == BIDDING,
    )


async def _review(visit: Visit, row: Row, made: Made, problem: Problem | None = None) -> Reply:
    return await page(
        visit,
        "quote_review.html",
        status=200 if problem is None else problem.status,
        active="financings",
        names=await names_for(visit),
        row=row,
        values=_values(visit),
        quote=made.quote,
        text=as_text({"args": made.args}),
        problem=problem,
    )


def _challenging(visit: Visit, row: Row) -> dict[str, Any]:
    return {"voucher": row["voucher"], "financing": row["financing"], "funder": visit.path["funder"]}


async def _challenge(visit: Visit, problem: Problem | None = None) -> Reply:
    row = await visit.desk.row("financings", visit.path["financing"])
    names = await names_for(visit)
    if row["tag"] not in names.own or not visit.may("client:maker", "staff:maker"):
        raise PageRefused("CONSOLE_NOT_YOUR_ACT", 403)
    found = [one for one in await quotes_of(visit, row) if one.funder == visit.path["funder"]]
    return await page(
        visit,
        "quote_challenge.html",
        status=200 if problem is None else problem.status,
        active="financings",
        names=names,
        row=row,
        quotes=found,
        text=as_text({"args": _challenging(visit, row)}),
        key=visit.text("key") or new_key(),
        problem=problem,
    )


ROUTES: Final[tuple[Route, ...]] = (
    get("/financings/{financing:str}/quote", form),
    post("/financings/{financing:str}/quote", check),
    post("/financings/{financing:str}/quote/sign", sign),
    get("/financings/{financing:str}/challenge/{funder:str}", challenge),
    post("/financings/{financing:str}/challenge/{funder:str}", void),
)
