"""The ledger explorer: blocks, operations with their receipts, proofs and what they say."""

from typing import Any, Final

import msgspec

from tallychain.console.names import names_for
from tallychain.console.pagemaker import page
from tallychain.console.proofs import Checked, bundle, checked_if_ready
from tallychain.console.routes import Route, get
from tallychain.console.visits import Reply, Visit
from tallychain.gateway.problems import Problem
from tallychain.gateway.readmodel_port import OperationRow, ReadModel

_BLOCKS: Final = 50


async def blocks(visit: Visit) -> Reply:
    """The newest blocks, or those below a height."""
    query = {"limit": str(_BLOCKS)}
    if visit.query.get("below"):
        query["below"] = visit.query["below"]
    return await page(visit, "ledger.html", active="ledger", rows=await visit.desk.get("blocks", query))


async def block(visit: Visit) -> Reply:
    """One block with its operations."""
    height = visit.path["height"]
    if not (height.isascii() and height.isdigit() and len(height) <= 15):
        raise Problem("GATEWAY_NOT_FOUND")
    rows = await visit.desk.get("blocks", {"below": str(int(height) + 1), "limit": "1"})
    if not rows or rows[0]["height"] != int(height):
        raise Problem("GATEWAY_NOT_FOUND")
    operations = [_listed(row) for row in await _read_model(visit).operations_of(int(height))]
    return await page(visit, "block.html", active="ledger", row=rows[0], operations=operations)


async def operation(visit: Visit) -> Reply:
    """One operation as it stands on the ledger, open to every member: text, receipt, and the parts that this seat can open."""
    row = await _read_model(visit).operation(visit.path["operation"])
    if row is None:
        raise Problem("GATEWAY_NOT_FOUND")
    receipt = msgspec.json.decode(row.receipt)
    body = msgspec.json.decode(row.body)
    return await page(
        visit,
        "entry.html",
        active="ledger",
        row=row,
        receipt=receipt,
        parts=body.get("sealed", []),
        sentence=_sentence(visit, row, receipt),
        trades=await visit.desk.rows("trades", operation=row.operation),
        identities=await visit.desk.rows("identities", operation=row.operation),
        reasons=await visit.desk.rows("reasons", operation=row.operation),
        names=await names_for(visit),
    )


async def download(visit: Visit) -> Reply:
    """The bundle as a file."""
    name = visit.path["operation"]
    made = await bundle(visit, name)
    shown = "".join(letter for letter in name[:16] if letter.isalnum())
    headers = {"Content-Disposition": f'attachment; filename="{shown}.tally-proof"'}
    return Reply(made, 200, "application/octet-stream", headers)


async def check(visit: Visit) -> Reply:
    """What the proof of an operation says in plain sentences."""
    found = await checked_if_ready(visit, visit.path["operation"])
    return await page(
        visit,
        "proof.html",
        status=200 if isinstance(found, Checked) else found.status,
        active="ledger",
        operation=visit.path["operation"],
        proof=found if isinstance(found, Checked) else None,
        problem=found if isinstance(found, Problem) else None,
    )


def _sentence(visit: Visit, row: OperationRow, receipt: dict[str, Any]) -> str:
    if receipt.get("outcome") == "done":
        return ""
    en, zh = visit.gateway.sentences.of(row.receipt.encode())
    return visit.words.either(en, zh)


def _listed(row: OperationRow) -> dict[str, Any]:
    receipt = msgspec.json.decode(row.receipt)
    return {
        "operation": row.operation,
        "type": row.type,
        "author": row.author,
        "via": row.via,
        "outcome": receipt.get("outcome", ""),
        "code": receipt.get("code", ""),
    }


def _read_model(visit: Visit) -> ReadModel:
    if visit.gateway.read_model is None:
        raise Problem("GATEWAY_LEDGER_NOT_REACHED", retry_after_s=5)
    return visit.gateway.read_model


ROUTES: Final[tuple[Route, ...]] = (
    get("/ledger", blocks),
    get("/ledger/blocks/{height:str}", block),
    get("/ledger/operations/{operation:str}", operation),
    get("/ledger/operations/{operation:str}/proof", download),
    get("/ledger/operations/{operation:str}/check", check),
)
