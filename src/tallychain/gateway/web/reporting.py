"""Movements that somebody should look at, for a member's own staff, and the warning before units go through many hands."""

import re
from typing import Any, Final

from msgspec import Struct

from tallychain.contracts.vouchers.state import HOLDINGS
from tallychain.gateway.accounts import HOUSE
from tallychain.gateway.movements import LAYERS_WARN, Report
from tallychain.gateway.web.endpoints import Answer, Asked, Endpoint, json
from tallychain.ledger.limits import AMOUNT

_VOUCHER: Final = re.compile(r"[A-Z0-9]{1,40}")
MOVING: Final = ("voucher.offer", "financing.request")
"""Acts that ask somebody to take units into one more pair of hands."""


class Warned(Struct, frozen=True):
    """Something that does not stop an act and that whoever acts should know."""

    code: str
    sentence_en: str
    sentence_zh: str


async def report(asked: Asked) -> Answer:
    """Bursts of splits and circles, as far as this member can join tags."""
    return json(await asked.gateway.filing.movements.report(asked.read_model))


async def today(asked: Asked) -> int:
    """How many of them the page of today speaks of; 0 for whoever is not staff."""
    if asked.caller.seat != HOUSE or asked.gateway.read_model is None:
        return 0
    return await asked.gateway.filing.movements.today(asked.gateway.read_model)


async def warned(asked: Asked, type_name: str, args: dict[str, Any]) -> list[Warned]:
    """What the one who acts is told beside the answer."""
    voucher, first = args.get("voucher"), args.get("holding")
    if type_name not in MOVING or not isinstance(voucher, str) or not isinstance(first, int):
        return []
    if isinstance(first, bool) or not 0 < first <= AMOUNT or not _VOUCHER.fullmatch(voucher):
        return []
    holding = await asked.gateway.state.get(HOLDINGS, voucher, first)
    return [] if holding is None else layer_warning(holding.layer + 1)


def layer_warning(layer: int) -> list[Warned]:
    """The warning where a receiver would hold at this layer; none below `LAYERS_WARN`."""
    if layer < LAYERS_WARN:
        return []
    return [
        Warned(
            "LAYER_WARNING",
            f"Whoever takes these units holds them at layer {layer}; from layer {LAYERS_WARN} on funders and supervisors look closely.",
            f"受让方将处于第 {layer} 层；自第 {LAYERS_WARN} 层起资金方和监管方会重点关注。",
        )
    ]


ENDPOINTS: Final = (
    Endpoint(
        name="movement-report",
        method="GET",
        path="/v1/movement-report",
        summary="Many splits in quick succession, and units or their worth that come back, as far as this member can join tags",
        handler=report,
        response=Report,
        tag="queries",
    ),
)
