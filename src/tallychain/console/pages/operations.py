"""What became of an operation of the visitor's seat."""

from typing import Final

import msgspec

from tallychain.console.desk import Row
from tallychain.console.pagemaker import page
from tallychain.console.routes import Route, get
from tallychain.console.visits import Reply, Visit
from tallychain.gateway.permissions import PERMISSIONS

_WAIT_S: Final = "3"
PENDING: Final = ("queued", "submitted")


async def operations(visit: Visit) -> Reply:
    """The newest operations of the visitor's seat."""
    rows: list[Row] = await visit.desk.get("operation-list")
    return await page(
        visit,
        "operations.html",
        active="operations",
        rows=rows,
        title_of=Titles(visit),
        may_webhooks=visit.may(*PERMISSIONS["webhook-list"]),
    )


async def operation(visit: Visit) -> Reply:
    """One operation: a moment is waited for its end."""
    found: Row = await visit.desk.get("operation-show", {"wait": _WAIT_S}, id=visit.path["operation"])
    receipt = found["receipt"] or {}
    named = next((item["voucher"] for item in receipt.get("events", ()) if "voucher" in item), "")
    return await page(
        visit,
        "operation.html",
        active="operations",
        found=found,
        title=Titles(visit)(found["type"]),
        sentence=visit.words.either(found["sentence_en"], found["sentence_zh"]),
        voucher=named,
        receipt_text=msgspec.json.encode(receipt).decode(),
        is_pending=found["state"] in PENDING,
    )


class Titles:
    """The declared title of a type of operation, in the visitor's language."""

    def __init__(self, visit: Visit) -> None:
        self._titles = {
            kind.name: visit.words.either(kind.title.en, kind.title.zh)
            for kind in visit.gateway.catalogue.operation_types()
        }

    def __call__(self, kind: str) -> str:
        return self._titles.get(kind, kind)


ROUTES: Final[tuple[Route, ...]] = (
    get("/operations", operations),
    get("/operations/{operation:str}", operation),
)
