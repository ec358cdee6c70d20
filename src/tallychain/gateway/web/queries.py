"""Queries: one list and one row for every view of every contract, blocks, and the stream of facts."""

from typing import Any, Final

from msgspec import Struct

from tallychain.gateway.problems import Problem
from tallychain.gateway.readmodel_port import AsOf, BadFilter, BlockRow
from tallychain.gateway.streams import position
from tallychain.gateway.web import paging
from tallychain.gateway.web.endpoints import EVENT_STREAM, Answer, Asked, Endpoint, Handler, Parameter, json
from tallychain.ledger.machine import Catalogue
from tallychain.ledger.views import View

_HIGHEST: Final = 10**15 - 1
_TAKEN: Final = frozenset(
    {
        "acts", "accounts", "audit", "blocks", "cards", "catalogue", "certificates", "demo", "documents", "drafts", "events",
        "health", "letters", "me", "my", "operations", "proofs", "ready", "registry", "seats", "sessions", "today", "webhook-kinds", "webhooks",
    }
)  # fmt: skip


class ViewNameTaken(Exception):
    """Our own mistake: a contract named a view like an endpoint."""


class ColumnNameTaken(Exception):
    """Our own mistake: a column named like a parameter of every list could not be told from it, and would filter by the size of a page."""


class RowPage(Struct, frozen=True):
    """Some rows, where the next begin, and up to which block they speak."""

    rows: list[dict[str, Any]]
    cursor: str
    as_of: AsOf


def endpoints(catalogue: Catalogue) -> list[Endpoint]:
    """The queries for the views of a catalogue."""
    views = [view for contract in catalogue.contracts for view in contract.views]
    for view in views:
        if view.name in _TAKEN:
            raise ViewNameTaken(view.name)
        for column in view.columns:
            if column.name in {item.name for item in paging.PAGING}:
                raise ColumnNameTaken(f"{view.name}.{column.name}")
    return [endpoint for view in views for endpoint in (_list(view), _row(view))] + list(_FIXED)


def _list(view: View) -> Endpoint:
    columns = tuple(
        Parameter(column.name, f"equals; {column.title.en} / {column.title.zh}") for column in view.columns
    )
    return Endpoint(
        name="view-list",
        method="GET",
        path=f"/v1/{view.name}",
        summary=f"{view.title.en} / {view.title.zh}",
        handler=_list_handler(view),
        response=RowPage,
        parameters=(
            *paging.PAGING,
            *columns,
        ),
        tag="queries",
        problems=("GATEWAY_QUERY_NOT_VALID",),
        operation_id=f"list_{view.name}",
    )


def _row(view: View) -> Endpoint:
    return Endpoint(
        name="view-show",
        method="GET",
        path=f"/v1/{view.name}/{{key}}",
        summary=f"One of: {view.title.en} / {view.title.zh}; key: {', '.join(view.key)}, separated by slashes",
        handler=_row_handler(view),
        response=dict[str, Any],
        tag="queries",
        problems=("GATEWAY_NOT_FOUND",),
        operation_id=f"show_{view.name}",
    )


def _list_handler(view: View) -> Handler:
    names = {column.name for column in view.columns}

    async def rows(asked: Asked) -> Answer:
        limit = paging.rows_asked(asked)
        filters = {name: value for name, value in asked.query.items() if name in names}
        try:
            page = await asked.read_model.list(
                view.name, filters, asked.seats, asked.query.get("cursor", ""), limit
            )
        except BadFilter as error:
            raise Problem("GATEWAY_QUERY_NOT_VALID", detail=str(error).rstrip(".")) from None
        return json(page, headers=paging.link(asked, page.cursor))

    return rows


def _row_handler(view: View) -> Handler:
    async def row(asked: Asked) -> Answer:
        key = [part for part in asked.path["key"].split("/") if part]
        try:
            found = await asked.read_model.get(view.name, key, asked.seats)
        except BadFilter:
            found = None
        if found is None:
            raise Problem("GATEWAY_NOT_FOUND")
        return json(found)

    return row


async def blocks(asked: Asked) -> Answer:
    """The newest blocks, or those below a height."""
    below = paging.after_number(asked) or asked.number("below", 0, low=0, high=_HIGHEST)
    limit = paging.rows_asked(asked)
    rows = await asked.read_model.blocks(below, limit)
    return paging.page(asked, rows, rows[-1].height if len(rows) == limit and rows[-1].height else None)


async def events(asked: Asked) -> Answer:
    """Every fact from now on, or from behind the position in `Last-Event-ID` (or the parameter `after`)."""
    last = position(asked.headers.get("last-event-id") or asked.query.get("after"))
    stream = asked.streams.subscribe(last)
    return Answer(stream, 200, EVENT_STREAM, {"Cache-Control": "no-store", "X-Accel-Buffering": "no"})


_FIXED: Final = (
    Endpoint(
        name="blocks",
        method="GET",
        path="/v1/blocks",
        summary="Blocks, newest first",
        handler=blocks,
        response=list[BlockRow],
        parameters=(
            Parameter("below", "only blocks below this height", "integer", low=0, high=_HIGHEST),
            *paging.PAGING,
        ),
        tag="queries",
        problems=("GATEWAY_QUERY_NOT_VALID",),
    ),
    Endpoint(
        name="events",
        method="GET",
        path="/v1/events",
        summary="Facts as server-sent events; resume by Last-Event-ID",
        handler=events,
        response=str,
        media_type=EVENT_STREAM,
        parameters=(
            Parameter("after", "position <height>-<index> to resume behind"),
            Parameter("Last-Event-ID", "the same, as browsers send it", header=True),
        ),
        tag="queries",
        problems=("GATEWAY_QUERY_NOT_VALID",),
    ),
)
