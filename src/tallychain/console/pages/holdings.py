"""Holdings: the list, one holding, and its print view with the proof."""

from typing import Final

from tallychain.console.desk import Row
from tallychain.console.names import names_for
from tallychain.console.pagemaker import page
from tallychain.console.pages.courts import freezes_on
from tallychain.console.pages.disputes import disputes_on, may_be_disputed
from tallychain.console.pages.financings import binding_financings
from tallychain.console.pages.pledges import binding_on
from tallychain.console.pages.recourses import recourse_for, recourses_on
from tallychain.console.pages.redemptions import may_be_redeemed, redemptions_on
from tallychain.console.pages.rekeys import may_be_rekeyed
from tallychain.console.pages.sharing import asks_for, why_of
from tallychain.console.pages.standards import offers_for
from tallychain.console.pages.vouchers import papers
from tallychain.console.proofs import Checked, checked_if_ready
from tallychain.console.routes import Route, get
from tallychain.console.visits import Reply, Visit
from tallychain.contracts.vouchers.financing.state import BINDING
from tallychain.contracts.vouchers.redeeming.state import AGREED
from tallychain.gateway.accounts import HOUSE
from tallychain.gateway.problems import Problem

_LINEAGE: Final = 50
_ROWS: Final = 1000


async def holdings(visit: Visit) -> Reply:
    """What the visitor's seat holds; for staff of a sponsor without a wallet, what its clients hold."""
    names = await names_for(visit)
    is_client_list = visit.caller.seat == HOUSE and not names.own
    if is_client_list:
        rows = await visit.desk.rows("holdings", sponsor=visit.gateway.member, at_most=_ROWS)
    else:
        rows = [row for tag in sorted(names.own) for row in await visit.desk.rows("holdings", tag=tag)]
    live = sorted(
        (row for row in rows if row["status"] != "SPENT"), key=lambda row: (row["voucher"], int(row["first"]))
    )
    maturities = {
        number: (await visit.desk.row("vouchers", number))["effective_maturity"]
        for number in sorted({row["voucher"] for row in live})
    }
    return await page(
        visit,
        "holdings.html",
        active="holdings",
        names=names,
        rows=live,
        total=sum(int(row["face"]) for row in live),
        maturities=maturities,
        is_client_list=is_client_list,
    )


async def holding(visit: Visit) -> Reply:
    """One holding: facts, papers, where it came from, and what can be done with it."""
    names = await names_for(visit)
    row = await visit.desk.row("holdings", visit.path["holding"])
    offers = await offers_on(visit, row)
    pledges = await binding_on(visit, str(row["holding"]))
    freezes = await freezes_on(visit, row)
    disputed = await disputes_on(visit, row)
    voucher = await visit.desk.row("vouchers", row["voucher"])
    financings = await binding_financings(visit, row)
    financed = [item for item in financings if item["status"] in BINDING]
    redemptions = await redemptions_on(visit, row)
    is_agreed = any(item["status"] == AGREED for item in redemptions)
    bound = sum(int(item["face"]) for item in (*offers, *pledges, *financed))
    return await page(
        visit,
        "holding.html",
        active="holdings",
        names=names,
        row=row,
        voucher=voucher,
        lineage=await _lineage(visit, row),
        offers=offers,
        pledges=pledges,
        financings=financings,
        financed=financed,
        freezes=freezes,
        disputes=disputed,
        may_dispute=may_be_disputed(visit, row, voucher),
        redemptions=redemptions,
        may_redeem=may_be_redeemed(visit, row, voucher),
        may_rekey=may_be_rekeyed(visit, row),
        is_agreed=is_agreed,
        funding=await offers_for(visit, row),
        recourses=await recourses_on(visit, row),
        may_claim=await recourse_for(visit, row, voucher) is not None,
        asks=[await asks_for(visit, item) for item in financings],
        why_of=why_of,
        free=0 if freezes or disputed or is_agreed else int(row["face"]) - bound,
        is_own=row["tag"] in names.own,
        papers=await _papers(visit, row),
    )


async def printed(visit: Visit) -> Reply:
    """One holding on paper, with what its proof says."""
    names = await names_for(visit)
    row = await visit.desk.row("holdings", visit.path["holding"])
    found = await checked_if_ready(visit, row["operation"])
    return await page(
        visit,
        "holding_print.html",
        active="holdings",
        names=names,
        row=row,
        voucher=await visit.desk.row("vouchers", row["voucher"]),
        lineage=await _lineage(visit, row),
        proof=found if isinstance(found, Checked) else None,
        problem=found if isinstance(found, Problem) else None,
    )


async def offers_on(visit: Visit, row: Row) -> list[Row]:
    """The open offers of units of a holding, in the order of their units."""
    found = await visit.desk.rows("offers", voucher=row["voucher"], status="OPEN")
    within = [
        item
        for item in found
        if int(row["first"]) <= int(item["first"]) and int(item["last"]) <= int(row["last"])
    ]
    return sorted(within, key=lambda item: int(item["first"]))


async def _lineage(visit: Visit, row: Row) -> list[Row]:
    """The holding and those it came from, newest first."""
    found = [row]
    while found[-1]["parent"] and len(found) < _LINEAGE:
        found.append(await visit.desk.row("holdings", str(found[-1]["parent"])))
    return found


async def _papers(visit: Visit, row: Row) -> Row | None:
    """The papers of the issue, or of the hop by which the holding was acquired, where the visitor can open them; what was bought or bought back has none."""
    voucher = await visit.desk.row("vouchers", row["voucher"])
    if row["acquired_by"] == "ISSUE":
        return await papers(visit, voucher["operation"])
    moves = await visit.desk.rows("title_moves", voucher=row["voucher"], to_holding=row["holding"])
    if not moves:
        return None
    operation, of_offer, number = str(moves[0]["offer"]).partition(":")
    return await papers(visit, operation, int(number)) if of_offer else None


ROUTES: Final[tuple[Route, ...]] = (
    get("/holdings", holdings),
    get("/holdings/{holding:str}", holding),
    get("/holdings/{holding:str}/print", printed),
)
