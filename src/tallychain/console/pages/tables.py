"""Every list that a contract declares: filtered by its columns in the address, and as a file with the same filters."""

from typing import Final

from tallychain.console.names import names_for
from tallychain.console.pagemaker import page
from tallychain.console.routes import Route, get
from tallychain.console.tables import FORMS, MEDIA, filters_of, heads, pages_of, view_of
from tallychain.console.visits import PageRefused, Reply, Visit
from tallychain.ledger.views import View

_PAGE: Final = 100


async def tables(visit: Visit) -> Reply:
    """Every list of every contract."""
    return await page(visit, "tables.html", active="tables", contracts=visit.gateway.catalogue.contracts)


async def table(visit: Visit) -> Reply:
    """One list."""
    view = _view(visit)
    query = {**filters_of(view, visit), "limit": str(_PAGE)}
    if visit.query.get("cursor"):
        query["cursor"] = visit.query["cursor"]
    found = await visit.desk.page(view.name, query)
    return await page(
        visit,
        "table.html",
        active="tables",
        view=view,
        contract=next(item.name for item in visit.gateway.catalogue.contracts if view in item.views),
        rows=found["rows"],
        cursor=found["cursor"],
        filters=filters_of(view, visit),
        names=await names_for(visit),
    )


async def download(visit: Visit) -> Reply:
    """The same list as a file."""
    view, form = _view(visit), visit.path["form"]
    if form not in FORMS:
        raise PageRefused("CONSOLE_PAGE_UNKNOWN", 404)
    await visit.desk.page(
        view.name, {**filters_of(view, visit), "limit": "1"}
    )  # refused before the file begins
    content = FORMS[form](heads(visit, view), view.answered, pages_of(visit, view))
    headers = {"Content-Disposition": f'attachment; filename="{view.name}.{form}"'}
    return Reply(content, 200, MEDIA[form], headers)


def _view(visit: Visit) -> View:
    view = view_of(visit, visit.path["view"])
    if view is None:
        raise PageRefused("CONSOLE_PAGE_UNKNOWN", 404)
    return view


ROUTES: Final[tuple[Route, ...]] = (
    get("/tables", tables),
    get("/tables/{view:str}", table),
    get("/tables/{view:str}/{form:str}", download),
)
