"""Movements to look at: bursts of splits and circles, by who can join tags; as pages and as files."""

from typing import Any, Final

from tallychain.console.desk import Row
from tallychain.console.names import names_for
from tallychain.console.pagemaker import page
from tallychain.console.routes import Route, get
from tallychain.console.sheets import FORM, as_file
from tallychain.console.visits import Reply, Visit
from tallychain.gateway.movements import LAYERS_WARN
from tallychain.ledger.views import Column, column

_SHOWN: Final = 200
BURSTS: Final[tuple[Column, ...]] = (
    column("party", "text", "Party", "主体"),
    column("name", "text", "Name", "名称"),
    column("splits", "integer", "Splits", "拆分次数"),
    column("most_in_hour", "integer", "Most within an hour", "一小时内最多"),
    column("face", "amount", "Face", "金额"),
    column("vouchers", "integer", "Vouchers", "涉及凭证数"),
    column("receivers", "integer", "Receivers", "受让方数"),
    column("first_ms", "time", "From", "起"),
    column("last_ms", "time", "Until", "止"),
)
CIRCLES: Final[tuple[Column, ...]] = (
    column("kind", "text", "Kind", "类型"),
    column("way", "text", "Through", "流转路径"),
    column("voucher", "text", "Voucher", "凭证编号"),
    column("out", "amount", "Passed on", "转出金额"),
    column("back", "amount", "Came back", "转回金额"),
    column("days", "integer", "Days", "相隔天数"),
    column("first_ms", "time", "From", "起"),
    column("last_ms", "time", "Until", "止"),
)
_FILES: Final = {"bursts": BURSTS, "circles": CIRCLES}


async def movements(visit: Visit) -> Reply:
    """The report, or one of its two tables as a file."""
    found = await visit.desk.get("movement-report")
    names: dict[str, str] = found["names"]
    circles = [_named(visit, row, names) for row in found["circles"]]
    bursts = [{**row, "name": names.get(row["party"], "")} for row in found["bursts"]]
    if FORM in visit.query:
        which = "circles" if visit.query.get("of") == "circles" else "bursts"
        return as_file(visit, which, _FILES[which], circles if which == "circles" else bursts)
    return await page(
        visit,
        "movements.html",
        active="today",
        names=await names_for(visit),
        bursts=bursts[:_SHOWN],
        circles=circles[:_SHOWN],
        found=found,
        layers_warn=LAYERS_WARN,
    )


def _named(visit: Visit, row: dict[str, Any], names: dict[str, str]) -> Row:
    hands = [names.get(party, party if len(party) <= 18 else f"{party[:18]}…") for party in row["path"]]
    return {**row, "way": " → ".join(hands), "kind": visit.words(f"movement.kind.{row['kind']}")}


ROUTES: Final[tuple[Route, ...]] = (get("/movements", movements),)
