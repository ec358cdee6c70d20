"""Early redemptions: what an issuer would pay before the maturity, what its holder says, and what the bank has to pay."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from tallychain.console.desk import Row
from tallychain.console.fields import Reading, reading
from tallychain.console.names import Names, names_for
from tallychain.console.pagemaker import page
from tallychain.console.routes import Route, get, post
from tallychain.console.shown import amount
from tallychain.console.visits import PageRefused, Reply, Visit, go_to
from tallychain.contracts.vouchers.redeeming.state import AGREED, OFFERED, STANDING
from tallychain.gateway.accounts import HOUSE
from tallychain.instruments.calendar import local_day, parse_date
from tallychain.sdk.quotes import rate_of
from tallychain.sdk.redemptions import PriceNotPossible, follows, terms_of

FIELDS: Final = ("rate", "value_date")
ACTS_OF_HOLDER: Final = ("agree", "decline")


@dataclass(frozen=True, slots=True)
class Shown:
    """One redemption as the visitor may see it."""

    row: Row
    terms: Row | None
    """At what price; None where the visitor cannot open that."""
    is_true: bool
    """Whether the figures of the price follow from its rate and days."""
    account: Row | None
    """To which account it is paid, for the bank and the two sides."""
    acts: tuple[tuple[str, str], ...]
    """What the visitor may do: the act, and the address of its form, filled in."""

    @property
    def waits(self) -> bool:
        """Whether it waits for the visitor: the holder for its answer, the bank for the payment."""
        return any(act != "withdraw" for act, _ in self.acts)


async def redemptions(visit: Visit) -> Reply:
    """Every redemption that concerns the visitor, those that wait first."""
    names = await names_for(visit)
    return await page(
        visit,
        "redemptions.html",
        active="redemptions",
        names=names,
        redemptions=await redemptions_of(visit, names),
    )


async def form(visit: Visit) -> Reply:
    """The form for a price."""
    row, voucher = await _asked(visit)
    today = local_day(visit.gateway.clock.now_ms()).isoformat()
    return await _form(visit, row, voucher, {"rate": "", "value_date": today}, {})


async def price(visit: Visit) -> Reply:
    """Compute what is paid, and go on to the act with everything filled in."""
    row, voucher = await _asked(visit)
    given = reading(visit)
    first, last = local_day(visit.gateway.clock.now_ms()), parse_date(str(voucher["effective_maturity"]))
    rate, value_date = rate_of(given.needed("rate", 12)), given.day("value_date", first, last)
    if rate is None:
        given.fault("rate", "rate")
    terms = {} if given.faults else _priced(given, int(row["face"]), last.isoformat(), rate or 0, value_date)
    if given.faults:
        return await _form(visit, row, voucher, {name: visit.text(name) for name in FIELDS}, given.faults)
    fields = {"voucher": str(row["voucher"]), "holding": str(row["first"]), **terms}
    return go_to("/acts/redemption.offer", cookies=(), **fields)


def _priced(given: Reading, face: int, maturity: str, rate: int, value_date: str) -> dict[str, str]:
    """The sealed part as the boxes of the act's form take it."""
    try:
        terms = terms_of(face, maturity, rate=rate, value_date=value_date)
    except PriceNotPossible:
        given.fault("value_date", "day")
        return {}
    shown = terms | {"discount": amount(terms["discount"]), "net": amount(terms["net"])}
    return {f"sealed.terms.{name}": str(text) for name, text in shown.items()}


async def redemptions_of(visit: Visit, names: Names) -> list[Shown]:
    """Those of the visitor's tags; for staff those of the member as issuer and as settlement bank."""
    found = [row for tag in sorted(names.own) for row in await visit.desk.rows("redemptions", tag=tag)]
    if visit.caller.seat == HOUSE:
        member = visit.gateway.member
        found += await visit.desk.rows("redemptions", issuer=member)
        found += await visit.desk.rows("redemptions", bank=member)
    rows = {str(row["redemption"]): row for row in found}
    terms = {str(row["redemption"]): row for row in await visit.desk.rows("redemption_terms")}
    accounts = {str(row["redemption"]): row for row in await visit.desk.rows("redemption_accounts")}
    return [
        _shown(visit, names, row, terms.get(name), accounts.get(name))
        for name, row in sorted(rows.items(), key=lambda item: _order(item[1]))
    ]


def may_be_redeemed(visit: Visit, row: Row, voucher: Row) -> bool:
    """Whether the visitor, as the issuer, may offer to pay a holding early."""
    is_issuer = visit.caller.seat == HOUSE and voucher["issuer"] == visit.gateway.member
    return bool(is_issuer and row["status"] == "LIVE" and visit.may("staff:maker"))


async def redemptions_on(visit: Visit, row: Row) -> list[Row]:
    """The redemptions of a holding that wait; at most one."""
    found = await visit.desk.rows("redemptions", holding=row["holding"])
    return [one for one in found if one["status"] in STANDING]


async def _asked(visit: Visit) -> tuple[Row, Row]:
    row = await visit.desk.row("holdings", visit.path["holding"])
    voucher = await visit.desk.row("vouchers", str(row["voucher"]))
    if not may_be_redeemed(visit, row, voucher):
        raise PageRefused("CONSOLE_NOT_YOUR_ACT", 403)
    return row, voucher


async def _form(
    visit: Visit, row: Row, voucher: Row, values: dict[str, str], faults: dict[str, str]
) -> Reply:
    return await page(
        visit,
        "redemption_price.html",
        status=422 if faults else 200,
        active="redemptions",
        row=row,
        voucher=voucher,
        values=values,
        faults=faults,
    )


def _shown(visit: Visit, names: Names, row: Row, terms: Row | None, account: Row | None) -> Shown:
    status, is_house = str(row["status"]), visit.caller.seat == HOUSE
    member = visit.gateway.member
    acts: list[str] = []
    if row["tag"] in names.own and status == OFFERED and visit.may("client:maker", "staff:maker"):
        acts += ACTS_OF_HOLDER
    if is_house and row["issuer"] == member and status == OFFERED and visit.may("staff:maker"):
        acts.append("withdraw")
    if is_house and row["bank"] == member and status == AGREED and visit.may("staff:maker"):
        acts.append("attest")
    fields = {"voucher": row["voucher"], "holding": row["first"], "redemption": row["redemption"]}
    offered = tuple((act, f"/acts/redemption.{act}?{urlencode(fields)}") for act in acts)
    is_true = terms is not None and follows(row, terms)
    return Shown(row, terms, is_true, account, offered)


def _order(row: Row) -> tuple[bool, int]:
    return row["status"] not in STANDING, -int(row["offered_at"])


ROUTES: Final[tuple[Route, ...]] = (
    get("/redemptions", redemptions),
    get("/holdings/{holding:str}/redemption", form),
    post("/holdings/{holding:str}/redemption", price),
)
