"""What the caller's seat holds: it has many tags, and nobody else knows that they are its own."""

from collections.abc import Sequence
from typing import Any, Final

from tallychain.gateway.problems import Problem
from tallychain.gateway.readmodel_port import BadFilter, Page
from tallychain.gateway.web import paging
from tallychain.gateway.web.endpoints import Answer, Asked, Endpoint, Handler, Parameter, json
from tallychain.gateway.web.queries import RowPage
from tallychain.ledger.machine import Catalogue
from tallychain.ledger.views import View

_VIEW: Final = "holdings"
_TAG: Final = "tag"
_TAGS: Final = 200
"""Tags looked through for one page; a seat with more has pages that are not full."""


def endpoints(catalogue: Catalogue) -> list[Endpoint]:
    """The caller's own holdings, where a contract of the catalogue knows holdings."""
    views = [view for contract in catalogue.contracts for view in contract.views if view.name == _VIEW]
    return [_holdings(view) for view in views]


def _holdings(view: View) -> Endpoint:
    columns = tuple(
        Parameter(column.name, f"equals; {column.title.en} / {column.title.zh}")
        for column in view.columns
        if column.name != _TAG
    )
    return Endpoint(
        name="my-holdings",
        method="GET",
        path="/v1/my/holdings",
        summary="Holdings of the caller's own tags, by tag; a page may be short of its limit",
        handler=_handler(frozenset(column.name for column in columns)),
        response=RowPage,
        parameters=(
            *paging.PAGING,
            *columns,
        ),
        tag="queries",
        problems=("GATEWAY_QUERY_NOT_VALID",),
    )


def _handler(names: frozenset[str]) -> Handler:
    async def rows(asked: Asked) -> Answer:
        limit = paging.rows_asked(asked)
        filters = {name: value for name, value in asked.query.items() if name in names}
        tag, _, inner = asked.query.get("cursor", "").partition(".")
        tags = [key for key in await asked.gateway.seats.tags_of(asked.caller.seat) if key >= tag]
        try:
            page = await _page(asked, tags, filters, inner if tags[:1] == [tag] else "", limit)
        except BadFilter as error:
            raise Problem("GATEWAY_QUERY_NOT_VALID", detail=str(error).rstrip(".")) from None
        return json(page, headers=paging.link(asked, page.cursor))

    return rows


async def _page(asked: Asked, tags: Sequence[str], filters: dict[str, str], inner: str, limit: int) -> Page:
    """Rows tag by tag up to the limit; the cursor is the tag to go on with and where in its rows."""
    as_of = await asked.read_model.as_of()
    found: list[dict[str, Any]] = []
    for number, tag in enumerate(tags):
        if number == _TAGS or len(found) == limit:
            return Page(found, f"{tag}.", as_of)
        page = await asked.read_model.list(
            _VIEW, {**filters, _TAG: tag}, asked.seats, inner, limit - len(found)
        )
        found += page.rows
        if page.cursor:
            return Page(found, f"{tag}.{page.cursor}", as_of)
        inner = ""
    return Page(found, "", as_of)
