"""A holder asks for money by one guided form, and signs with one funder: what it gets, to which account, and the contract in words first."""

from dataclasses import dataclass
from typing import Any, Final

from tallychain.console.desk import Row
from tallychain.console.fields import reading
from tallychain.console.names import Names, names_for
from tallychain.console.pagemaker import page
from tallychain.console.pages.financings import binding_financings, quotes_of
from tallychain.console.pages.holdings import offers_on
from tallychain.console.pages.pledges import binding_on
from tallychain.console.pages.standards import offers_for
from tallychain.console.routes import Route, get, post
from tallychain.console.signing import act, listed, new_key
from tallychain.console.typed import as_text
from tallychain.console.visits import PageRefused, Reply, Visit
from tallychain.contracts.vouchers.financing.state import CHOOSING, FORMS, FUNDERS_MAX
from tallychain.gateway.movements import LAYERS_WARN
from tallychain.gateway.problems import Problem
from tallychain.instruments.money import format_amount
from tallychain.ledger.identity import BANK, FACTOR, SETTLEMENT_BANK
from tallychain.sdk.quotes import Compared
from tallychain.sdk.ranges import lowest_free

FIELDS: Final = ("amount", "form", "recourse", "hours", "contract", "invoices", "purpose")
HOURS: Final = ("1", "2", "4", "8", "24")
PAYEE: Final = ("seller_bank", "name", "bank_code", "account")
_MINUTE_MS: Final = 60_000
_HOUR_MS: Final = 60 * _MINUTE_MS
_PICK: Final = "funder."


@dataclass(frozen=True, slots=True)
class Ground:
    """What a request stands on."""

    names: Names
    holding: Row
    bound: tuple[tuple[int, int], ...]

    @property
    def free(self) -> int:
        """Units that nothing binds."""
        return int(self.holding["face"]) - sum(last - first + 1 for first, last in self.bound)

    @property
    def funders(self) -> list[Row]:
        """Whom the holder may ask."""
        found = {str(row["member"]): row for kind in (BANK, FACTOR) for row in self.names.of_kind(kind)}
        return [found[name] for name in sorted(found)]


@dataclass(frozen=True, slots=True)
class Chosen:
    """One quote that its seller is about to sign."""

    names: Names
    row: Row
    quote: Compared


async def form(visit: Visit) -> Reply:
    """The form, filled in with everything that is free."""
    ground = await _ground(visit)
    values = dict.fromkeys(FIELDS, "") | {
        "amount": format_amount(ground.free),
        "form": FORMS[0],
        "recourse": "no",
        "hours": HOURS[0],
        "key": new_key(),
    }
    return await _form(visit, ground, values, {})


async def check(visit: Visit) -> Reply:
    """The form again with its faults, or the text that is about to be signed."""
    ground = await _ground(visit)
    args, sealed, faults = _read(visit, ground)
    if faults or visit.text("step") == "change":
        return await _form(visit, ground, _values(visit), faults)
    return await _review(visit, ground, args, sealed)


async def sign(visit: Visit) -> Reply:
    """Sign and submit; a seat of two persons gets a draft."""
    ground = await _ground(visit)
    args, sealed, faults = _read(visit, ground)
    if faults or visit.text("step") == "change":
        return await _form(visit, ground, _values(visit), faults)
    try:
        return await act(visit, "financing.request", args, sealed)
    except Problem as problem:
        return await _review(visit, ground, args, sealed, problem)


async def award(visit: Visit) -> Reply:
    """The quote, the contract in words, and the account that is asked for."""
    chosen = await _chosen(visit)
    values = dict.fromkeys(PAYEE, "") | {"key": new_key()}
    seat = await visit.gateway.seats.get(visit.caller.seat)
    values["name"] = "" if seat is None else seat.name
    return await _award(visit, chosen, values, {})


async def award_check(visit: Visit) -> Reply:
    """The form again with its faults, or the exact text that is about to be signed."""
    chosen = await _chosen(visit)
    args, sealed, faults = _paid(visit, chosen)
    if faults or visit.text("step") == "change":
        return await _award(visit, chosen, _payee(visit), faults)
    return await _award_review(visit, chosen, args, sealed)


async def award_sign(visit: Visit) -> Reply:
    """Sign with the funder; a seat of two persons gets a draft."""
    chosen = await _chosen(visit)
    args, sealed, faults = _paid(visit, chosen)
    if faults or visit.text("step") == "change":
        return await _award(visit, chosen, _payee(visit), faults)
    try:
        return await act(visit, "financing.award", args, sealed)
    except Problem as problem:
        return await _award_review(visit, chosen, args, sealed, problem)


async def _ground(visit: Visit) -> Ground:
    names = await names_for(visit)
    row = await visit.desk.row("holdings", visit.path["holding"])
    if row["tag"] not in names.own or not visit.may("client:maker", "staff:maker"):
        raise PageRefused("CONSOLE_NOT_YOUR_HOLDING", 403)
    if row["status"] != "LIVE":
        raise PageRefused("CONSOLE_HOLDING_NOT_LIVE", 409)
    binding = [
        *await offers_on(visit, row),
        *await binding_on(visit, str(row["holding"])),
        *await binding_financings(visit, row),
    ]
    return Ground(names, row, tuple((int(one["first"]), int(one["last"])) for one in binding))


def _values(visit: Visit) -> dict[str, str]:
    picked = {name: "yes" for name in visit.form if name.startswith(_PICK)}
    return {name: visit.text(name) for name in FIELDS} | picked | {"key": visit.text("key")}


def _read(visit: Visit, ground: Ground) -> tuple[dict[str, Any], dict[str, Any], dict[str, str]]:
    given = reading(visit)
    amount = given.fen("amount", max(ground.free, 1))
    first, last = int(ground.holding["first"]), int(ground.holding["last"])
    start = lowest_free(first, last, ground.bound, amount) if amount else None
    if amount and start is None:
        given.fault("amount", "no_room")
    begin = start or first
    known = {str(row["member"]) for row in ground.funders}
    funders = sorted(name for name in known if visit.text(_PICK + name))
    if not 0 < len(funders) <= FUNDERS_MAX:
        given.fault("funders", "funders", most=FUNDERS_MAX)
    hours = given.one_of("hours", list(HOURS))
    wait = int(hours) * _HOUR_MS if hours in HOURS else 0
    if hours == HOURS[-1]:
        # The longest time is reckoned from the block that takes the request, which comes a little later.
        wait -= 5 * _MINUTE_MS
    closes = visit.gateway.clock.now_ms() + wait
    args = {
        "voucher": ground.holding["voucher"],
        "holding": ground.holding["first"],
        "first": begin,
        "last": begin + amount - 1,
        "form": given.one_of("form", list(FORMS)),
        "recourse": given.one_of("recourse", ["no", "yes"]) == "yes",
        "funders": funders,
        "closes_ms": closes - closes % _MINUTE_MS,
    }
    reasons = {
        "contract": given.needed("contract"),
        "invoices": listed(visit.text("invoices")),
        "purpose": given.needed("purpose"),
    }
    return args, {"reasons": reasons}, given.faults


async def _form(visit: Visit, ground: Ground, values: dict[str, str], faults: dict[str, str]) -> Reply:
    words = visit.words
    return await page(
        visit,
        "financing_ask.html",
        status=422 if faults else 200,
        active="financings",
        names=ground.names,
        ground=ground,
        layer=int(ground.holding["layer"]) + 1,
        layers_warn=LAYERS_WARN,
        values=values,
        faults=faults,
        forms=[_choice(name, words.status(name)) for name in FORMS],
        recourses=[_choice("no", words("financing.without")), _choice("yes", words("financing.recourse"))],
        funding=await offers_for(visit, ground.holding),
        hours=[_choice(name, words("financing.hours_of", hours=name)) for name in HOURS],
    )


def _choice(value: str, label: str) -> Row:
    return {"member": value, "name": label, "is_plain": True}


async def _review(
    visit: Visit, ground: Ground, args: dict[str, Any], sealed: dict[str, Any], problem: Problem | None = None
) -> Reply:
    return await page(
        visit,
        "financing_ask_review.html",
        status=200 if problem is None else problem.status,
        active="financings",
        names=ground.names,
        ground=ground,
        args=args,
        reasons=sealed["reasons"],
        values=_values(visit),
        text=as_text({"args": args, "sealed": sealed}),
        problem=problem,
    )


async def _chosen(visit: Visit) -> Chosen:
    """A quote that the visitor may choose now."""
    row = await visit.desk.row("financings", visit.path["financing"])
    names = await names_for(visit)
    if row["tag"] not in names.own or not visit.may("client:maker", "staff:maker"):
        raise PageRefused("CONSOLE_NOT_YOUR_ACT", 403)
    readable = [one for one in await quotes_of(visit, row) if one.content is not None and one.can_be_chosen]
    for quote in readable if row["status"] == CHOOSING else ():
        if quote.funder == visit.path["funder"]:
            return Chosen(names, row, quote)
    raise PageRefused("CONSOLE_QUOTE_NOT_TO_CHOOSE", 409)


def _payee(visit: Visit) -> dict[str, str]:
    return {name: visit.text(name) for name in (*PAYEE, "key")}


def _paid(visit: Visit, chosen: Chosen) -> tuple[dict[str, Any], dict[str, Any], dict[str, str]]:
    given = reading(visit)
    banks = [str(row["member"]) for row in _banks(chosen)]
    args = {
        "voucher": chosen.row["voucher"],
        "financing": chosen.row["financing"],
        "funder": chosen.quote.funder,
        "quote": chosen.quote.commitment,
        "seller_bank": given.one_of("seller_bank", banks),
    }
    payment = {
        "amount": 0 if chosen.quote.content is None else chosen.quote.content.net,
        "name": given.needed("name"),
        "bank_code": given.optional("bank_code", 12),
        "account": given.needed("account", 40),
    }
    return args, {"payment": payment}, given.faults


def _banks(chosen: Chosen) -> list[Row]:
    """Banks at which the seller may be paid: any but the funder, which cannot attest its own payment."""
    found = {
        str(row["member"]): row for kind in (BANK, SETTLEMENT_BANK) for row in chosen.names.of_kind(kind)
    }
    return [found[name] for name in sorted(found) if name != chosen.quote.funder]


async def _award(visit: Visit, chosen: Chosen, values: dict[str, str], faults: dict[str, str]) -> Reply:
    return await page(
        visit,
        "financing_award.html",
        status=422 if faults else 200,
        active="financings",
        names=chosen.names,
        row=chosen.row,
        quote=chosen.quote,
        values=values,
        faults=faults,
        banks=_banks(chosen),
        text="",
        problem=None,
    )


async def _award_review(
    visit: Visit, chosen: Chosen, args: dict[str, Any], sealed: dict[str, Any], problem: Problem | None = None
) -> Reply:
    return await page(
        visit,
        "financing_award.html",
        status=200 if problem is None else problem.status,
        active="financings",
        names=chosen.names,
        row=chosen.row,
        quote=chosen.quote,
        values=_payee(visit),
        faults={},
        banks=(),
        text=as_text({"args": args, "sealed": sealed}),
        problem=problem,
    )


ROUTES: Final[tuple[Route, ...]] = (
    get("/holdings/{holding:str}/finance", form),
    post("/holdings/{holding:str}/finance", check),
    post("/holdings/{holding:str}/finance/sign", sign),
    get("/financings/{financing:str}/award/{funder:str}", award),
    post("/financings/{financing:str}/award/{funder:str}", award_check),
    post("/financings/{financing:str}/award/{funder:str}/sign", award_sign),
)
