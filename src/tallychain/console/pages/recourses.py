"""Recourse: what a funder claims from its seller, what the seller says, and what the bank has to look for."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from tallychain.console.desk import Row
from tallychain.console.fields import reading
from tallychain.console.names import Names, names_for
from tallychain.console.pagemaker import page
from tallychain.console.routes import Route, get, post
from tallychain.console.shown import amount
from tallychain.console.visits import PageRefused, Reply, Visit, go_to
from tallychain.contracts.vouchers.financing.state import COMPLETED, PLEDGE
from tallychain.contracts.vouchers.recoursing.state import AGREED, DEMANDED, STANDING
from tallychain.contracts.vouchers.state import OVERDUE
from tallychain.gateway.accounts import HOUSE
from tallychain.instruments.calendar import local_day, parse_date
from tallychain.sdk.recourse import claim_of, follows

FIELDS: Final = ("principal", "until", "contract")
ACTS_OF_SELLER: Final = ("buy_back", "contest")


@dataclass(frozen=True, slots=True)
class Shown:
    """One claim as the visitor may see it."""

    row: Row
    terms: Row | None
    """How much; None where the visitor cannot open that."""
    is_within: bool
    """Whether the figures add up and ask for no more than they may."""
    account: Row | None
    """To which account it is paid, for the two sides and the bank."""
    acts: tuple[tuple[str, str], ...]
    """What the visitor may do: the act, and the address of its form, filled in."""

    @property
    def waits(self) -> bool:
        """Whether it waits for the visitor: the seller for its answer, the bank for the money."""
        return any(act != "withdraw" for act, _ in self.acts)


async def recourses(visit: Visit) -> Reply:
    """Every claim that concerns the visitor, those that wait first."""
    names = await names_for(visit)
    return await page(
        visit,
        "recourses.html",
        active="recourse",
        names=names,
        recourses=await recourses_of(visit, names),
    )


async def form(visit: Visit) -> Reply:
    """The form for what is claimed, filled in with the most that may be."""
    row, voucher, financing = await _asked(visit)
    unpaid = await _unpaid(visit, row)
    today = local_day(visit.gateway.clock.now_ms()).isoformat()
    values = {"principal": amount(unpaid), "until": today, "contract": ""}
    return await _form(visit, row, voucher, financing, values, {})


async def figures(visit: Visit) -> Reply:
    """Compute what is claimed, and go on to the act with everything filled in."""
    row, voucher, financing = await _asked(visit)
    given = reading(visit)
    principal = given.fen("principal", int(row["face"]))
    maturity = parse_date(str(voucher["effective_maturity"]))
    until = given.day("until", maturity, local_day(visit.gateway.clock.now_ms()))
    contract = given.optional("contract", 100)
    if given.faults:
        values = {name: visit.text(name) for name in FIELDS}
        return await _form(visit, row, voucher, financing, values, given.faults)
    terms = claim_of(principal, maturity.isoformat(), until=until, contract=contract)
    shown = terms | {name: amount(terms[name]) for name in ("principal", "interest", "amount")}
    fields = {
        "voucher": str(row["voucher"]),
        "financing": str(financing["financing"]),
        "holding": str(row["first"]),
        **{f"sealed.claim.{name}": str(text) for name, text in shown.items()},
    }
    return go_to("/acts/recourse.claim", cookies=(), **fields)


async def recourses_of(visit: Visit, names: Names) -> list[Shown]:
    """Those against the visitor's tags; for staff those of the member as funder and as bank."""
    found = [row for tag in sorted(names.own) for row in await visit.desk.rows("recourses", tag=tag)]
    if visit.caller.seat == HOUSE:
        member = visit.gateway.member
        found += await visit.desk.rows("recourses", funder=member)
        found += await visit.desk.rows("recourses", bank=member)
    rows = {str(row["recourse"]): row for row in found}
    terms = {str(row["recourse"]): row for row in await visit.desk.rows("recourse_terms")}
    accounts = {str(row["recourse"]): row for row in await visit.desk.rows("recourse_accounts")}
    return [
        _shown(visit, names, row, terms.get(name), accounts.get(name))
        for name, row in sorted(rows.items(), key=lambda item: _order(item[1]))
    ]


async def recourse_for(visit: Visit, row: Row, voucher: Row) -> Row | None:
    """The financing with recourse by which the visitor's house bought a holding that is overdue; None if there is none to claim on."""
    is_house = visit.caller.seat == HOUSE and row["sponsor"] == visit.gateway.member
    if not is_house or voucher["status"] != OVERDUE or not visit.may("staff:maker"):
        return None
    for item in await visit.desk.rows("financings", voucher=str(row["voucher"])):
        covers = item["first"] <= row["first"] and row["last"] <= item["last"]
        is_own = item["funder"] == visit.gateway.member and item["status"] == COMPLETED
        if covers and is_own and item["recourse"] and item["form"] != PLEDGE:
            return item
    return None


async def recourses_on(visit: Visit, row: Row) -> list[Row]:
    """The claims on a holding that wait; at most one."""
    found = await visit.desk.rows("recourses", holding=row["holding"])
    return [one for one in found if one["status"] in STANDING]


async def _asked(visit: Visit) -> tuple[Row, Row, Row]:
    row = await visit.desk.row("holdings", visit.path["holding"])
    voucher = await visit.desk.row("vouchers", str(row["voucher"]))
    financing = await recourse_for(visit, row, voucher)
    if financing is None:
        raise PageRefused("CONSOLE_NOT_YOUR_ACT", 403)
    return row, voucher, financing


async def _unpaid(visit: Visit, row: Row) -> int:
    """What the issuer has not paid of a holding, as far as the last attestation says; the whole face before any."""
    shares = await visit.desk.rows("shares", voucher=str(row["voucher"]))
    said = next((one["outstanding"] for one in shares if one["first"] == row["first"]), None)
    return int(said or row["face"])


async def _form(
    visit: Visit,
    row: Row,
    voucher: Row,
    financing: Row,
    values: dict[str, str],
    faults: dict[str, str],
) -> Reply:
    return await page(
        visit,
        "recourse_claim.html",
        status=422 if faults else 200,
        active="recourse",
        row=row,
        voucher=voucher,
        financing=financing,
        values=values,
        faults=faults,
    )


def _shown(visit: Visit, names: Names, row: Row, terms: Row | None, account: Row | None) -> Shown:
    status, is_house = str(row["status"]), visit.caller.seat == HOUSE
    member = visit.gateway.member
    acts: list[str] = []
    if row["tag"] in names.own and status == DEMANDED and visit.may("client:maker", "staff:maker"):
        acts += ACTS_OF_SELLER
    if is_house and row["funder"] == member and status == DEMANDED and visit.may("staff:maker"):
        acts.append("withdraw")
    if is_house and row["bank"] == member and status == AGREED and visit.may("staff:maker"):
        acts.append("attest")
    fields = {"voucher": row["voucher"], "holding": row["first"], "recourse": row["recourse"]}
    offered = tuple((act, f"/acts/recourse.{act}?{urlencode(fields)}") for act in acts)
    is_within = terms is not None and follows(row, terms)
    return Shown(row, terms, is_within, account, offered)


def _order(row: Row) -> tuple[bool, int]:
    return row["status"] not in STANDING, -int(row["claimed_at"])


ROUTES: Final[tuple[Route, ...]] = (
    get("/recourse", recourses),
    get("/holdings/{holding:str}/recourse", form),
    post("/holdings/{holding:str}/recourse", figures),
)
