"""Guided split and offer: rows with amounts, what remains shown, the text before signing."""

from dataclasses import dataclass
from typing import Any, Final

import msgspec

from tallychain.console.desk import Row
from tallychain.console.fields import reading
from tallychain.console.names import Names, names_for
from tallychain.console.pagemaker import page
from tallychain.console.pages.holdings import offers_on
from tallychain.console.routes import Route, get, post
from tallychain.console.signing import act, listed, new_key
from tallychain.console.visits import PageRefused, Reply, Visit
from tallychain.contracts.vouchers.operations import MAX_ROWS, TRADE_LABELS
from tallychain.gateway.movements import LAYERS_WARN
from tallychain.gateway.problems import Problem
from tallychain.instruments.calendar import add_months, local_day
from tallychain.sdk.ranges import lowest_free

FIELDS: Final = ("amount", "sponsor", "uscc", "contract", "invoices", "purpose", "value_date")
_SHOWN: Final = 3
"""Rows that the empty form shows; more can be asked for."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What an offer stands on."""

    names: Names
    holding: Row
    voucher: Row
    bound: tuple[tuple[int, int], ...]

    @property
    def free(self) -> int:
        """Units that nothing binds."""
        return int(self.holding["face"]) - sum(last - first + 1 for first, last in self.bound)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the form asks for."""

    rows: tuple[dict[str, Any], ...]
    trades: tuple[dict[str, Any], ...]
    faults: dict[str, str]
    remaining: int

    @property
    def total(self) -> int:
        """Units offered."""
        return sum(int(row["last"]) - int(row["first"]) + 1 for row in self.rows)


async def form(visit: Visit) -> Reply:
    """The empty form."""
    ground = await _ground(visit)
    values = {f"{name}{number}": "" for number in range(MAX_ROWS) for name in FIELDS}
    return await _form(visit, ground, values | {"key": new_key()}, {}, _shown(visit))


async def check(visit: Visit) -> Reply:
    """The form again, with its faults or with more rows, or the text that is about to be signed."""
    ground = await _ground(visit)
    wanted = _read(visit, ground)
    values = _values(visit)
    if visit.text("step") in ("more", "change"):
        return await _form(visit, ground, values, {}, MAX_ROWS)
    if wanted.faults:
        return await _form(visit, ground, values, wanted.faults, _shown(visit))
    return await _review(visit, ground, wanted, values)


async def sign(visit: Visit) -> Reply:
    """Sign and submit; a seat of two persons gets a draft."""
    ground = await _ground(visit)
    wanted = _read(visit, ground)
    values = _values(visit)
    if wanted.faults or visit.text("step") == "change":
        return await _form(visit, ground, values, wanted.faults, _shown(visit))
    try:
        return await act(visit, "voucher.offer", _args(ground, wanted), _sealed(wanted))
    except Problem as problem:
        return await _review(visit, ground, wanted, values, problem)


async def _ground(visit: Visit) -> Ground:
    names = await names_for(visit)
    holding = await visit.desk.row("holdings", visit.path["holding"])
    if holding["tag"] not in names.own:
        raise PageRefused("CONSOLE_NOT_YOUR_HOLDING", 403)
    if holding["status"] != "LIVE":
        raise PageRefused("CONSOLE_HOLDING_NOT_LIVE", 409)
    offers = await offers_on(visit, holding)
    bound = tuple((int(item["first"]), int(item["last"])) for item in offers)
    return Ground(names, holding, await visit.desk.row("vouchers", holding["voucher"]), bound)


def _values(visit: Visit) -> dict[str, str]:
    values = {f"{name}{n}": visit.text(f"{name}{n}") for n in range(MAX_ROWS) for name in FIELDS}
    return values | {"key": visit.text("key")}


def _shown(visit: Visit) -> int:
    filled = [n for n in range(MAX_ROWS) if any(visit.text(f"{name}{n}") for name in FIELDS)]
    return max([_SHOWN, *(n + 1 for n in filled)])


def _read(visit: Visit, ground: Ground) -> Wanted:
    """Read the filled rows and give each the lowest units that are still free."""
    given = reading(visit)
    sponsors = [str(row["member"]) for row in ground.names.sponsors()]
    first, last = int(ground.holding["first"]), int(ground.holding["last"])
    taken = list(ground.bound)
    today = local_day(visit.gateway.clock.now_ms())
    rows: list[dict[str, Any]] = []
    trades: list[dict[str, Any]] = []
    for n in range(MAX_ROWS):
        if not any(visit.text(f"{name}{n}") for name in FIELDS if name != "sponsor"):
            continue
        amount = given.fen(f"amount{n}", int(ground.holding["face"]))
        start = lowest_free(first, last, taken, amount) if amount else None
        if amount and start is None:
            given.fault(f"amount{n}", "no_room")
        begin = start or first
        taken.append((begin, begin + amount - 1))
        contract = given.needed(f"contract{n}")
        value_date = (
            given.day(f"value_date{n}", today, add_months(today, 1)) if visit.text(f"value_date{n}") else ""
        )
        rows.append(
            {
                "first": begin,
                "last": begin + amount - 1,
                "receiver": {
                    "sponsor": given.one_of(f"sponsor{n}", sponsors),
                    "uscc": given.uscc(f"uscc{n}"),
                },
                "trade_reference": {"keyed": f"{ground.holding['holding']}/{contract}/{n}"},
                "value_date": value_date,
            }
        )
        trades.append(
            {
                "contract": contract,
                "invoices": listed(visit.text(f"invoices{n}")),
                "purpose": given.optional(f"purpose{n}"),
                "amount": visit.text(f"amount{n}"),
            }
        )
    if not rows:
        given.fault("amount0", "no_rows")
    total = sum(row["last"] - row["first"] + 1 for row in rows)
    return Wanted(tuple(rows), tuple(trades), given.faults, ground.free - total)


def _args(ground: Ground, wanted: Wanted) -> dict[str, Any]:
    return {
        "voucher": ground.holding["voucher"],
        "holding": ground.holding["first"],
        "rows": list(wanted.rows),
    }


def _sealed(wanted: Wanted) -> dict[str, Any]:
    return dict(zip(TRADE_LABELS, wanted.trades, strict=False))


async def _form(
    visit: Visit, ground: Ground, values: dict[str, str], faults: dict[str, str], shown: int
) -> Reply:
    return await page(
        visit,
        "offer.html",
        status=422 if faults else 200,
        active="holdings",
        ground=ground,
        layer=int(ground.holding["layer"]) + 1,
        layers_warn=LAYERS_WARN,
        values=values,
        faults=faults,
        shown=shown,
        most=MAX_ROWS,
    )


async def _review(
    visit: Visit, ground: Ground, wanted: Wanted, values: dict[str, str], problem: Problem | None = None
) -> Reply:
    text = msgspec.json.encode({"args": _args(ground, wanted), "sealed": _sealed(wanted)}).decode()
    return await page(
        visit,
        "offer_review.html",
        status=200 if problem is None else problem.status,
        active="holdings",
        ground=ground,
        layer=int(ground.holding["layer"]) + 1,
        layers_warn=LAYERS_WARN,
        wanted=wanted,
        values=values,
        text=text,
        problem=problem,
    )


ROUTES: Final[tuple[Route, ...]] = (
    get("/holdings/{holding:str}/offer", form),
    post("/holdings/{holding:str}/offer", check),
    post("/holdings/{holding:str}/offer/sign", sign),
)
