"""Who would finance units, at what indicative price, and what is missing: computed here from public facts, so no funder learns that somebody looked."""

from typing import Any, Final

from msgspec import Struct

from tallychain.contracts.risk.standards.operations import FORMS
from tallychain.contracts.risk.state import IN_FORCE
from tallychain.gateway.problems import Problem
from tallychain.gateway.publicfacts import PublicFacts, all_rows
from tallychain.gateway.readmodel_port import AsOf
from tallychain.gateway.web.endpoints import Answer, Asked, Endpoint, Parameter, json
from tallychain.instruments.calendar import DateUnreadable, format_date, local_day, parse_date
from tallychain.ledger import limits
from tallychain.ledger.identity import ACTIVE
from tallychain.sdk.standards import FIRST_LAYER, FundingOffer, held_against

Row = dict[str, Any]

_HOLDING: Final = ("holding", "face", "form", "recourse")
_ISSUER: Final = ("issuer", "face", "maturity", "form", "recourse")
_RECOURSE: Final = ("no", "yes")


class FundingOffers(Struct, frozen=True):
    """Every standard in force, held against some units: those that are met first, of them the one that leaves the seller most."""

    issuer: str
    face: int
    days: int
    """From today to the effective maturity."""
    layer: int
    offers: list[FundingOffer]
    as_of: AsOf


async def offers(asked: Asked) -> Answer:
    """Hold a holding, or a promise that an issuer thinks of, against every standard in force."""
    form, recourse = asked.query.get("form", FORMS[0]), asked.query.get("recourse", _RECOURSE[0])
    if form not in FORMS or recourse not in _RECOURSE:
        raise Problem("GATEWAY_QUERY_NOT_VALID", detail="form or recourse is none that there is")
    issuer, face, maturity, layer = await _units(asked)
    today = format_date(local_day(asked.gateway.clock.now_ms()))
    facts = await PublicFacts(asked.read_model, today).of(
        issuer=issuer, face=face, maturity=maturity, layer=layer, form=form, recourse=recourse == "yes"
    )
    standing = [
        row
        for row in await all_rows(asked.read_model, "standards", {"status": IN_FORCE})
        if await _is_active(asked, row)
    ]
    found = FundingOffers(
        issuer, face, facts.days, layer, held_against(standing, facts), await asked.read_model.as_of()
    )
    return json(found)


async def _units(asked: Asked) -> tuple[str, int, str, int]:
    """Issuer, face, maturity and layer of what is asked about."""
    if "holding" in asked.query:
        asked.only(*_HOLDING)
        row = await asked.read_model.get("holdings", [asked.query["holding"]], asked.seats)
        if row is None:
            raise Problem("GATEWAY_NOT_FOUND")
        voucher = await asked.read_model.get("vouchers", [str(row["voucher"])], asked.seats) or {}
        whole = int(row["face"])
        face = asked.number("face", whole, low=1, high=whole)
        return str(voucher["issuer"]), face, str(voucher["effective_maturity"]), int(row["layer"])
    asked.only(*_ISSUER)
    issuer, maturity = asked.query.get("issuer", ""), asked.query.get("maturity", "")
    try:
        parse_date(maturity)
    except DateUnreadable:
        raise Problem(
            "GATEWAY_QUERY_NOT_VALID", detail="name a holding, or an issuer with face and maturity"
        ) from None
    if await asked.read_model.get("members", [issuer], ()) is None:
        raise Problem("GATEWAY_NOT_FOUND")
    return issuer, asked.number("face", 1, low=1, high=limits.AMOUNT), maturity, FIRST_LAYER


async def _is_active(asked: Asked, row: Row) -> bool:
    member = await asked.read_model.get("members", [str(row["funder"])], ())
    return member is not None and member["status"] == ACTIVE


ENDPOINTS: Final = (
    Endpoint(
        name="funding-offers",
        method="GET",
        path="/v1/funding-offers",
        summary="Who would finance units, at what indicative price, and what is missing of each standard in force",
        handler=offers,
        response=FundingOffers,
        parameters=(
            Parameter("holding", "a holding; or name issuer, face and maturity"),
            Parameter("issuer", "whose promise it would be"),
            Parameter("face", "how much of it, in fen; else all of the holding", "integer", low=1),
            Parameter("maturity", "day on which that promise would fall due"),
            Parameter("form", "FACTORING (else), PLEDGE or REFACTORING"),
            Parameter("recourse", "yes or no (else)"),
        ),
        tag="queries",
        problems=("GATEWAY_QUERY_NOT_VALID", "GATEWAY_NOT_FOUND"),
    ),
)
