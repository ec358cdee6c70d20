"""Rates of the member's own financings against the grades of issuers, for its own staff."""

from typing import Final

from tallychain.gateway.problems import Problem
from tallychain.gateway.ratereport import MONTHS_MOST, MONTHS_USUAL, RateReport, rate_report
from tallychain.gateway.web.endpoints import Answer, Asked, Endpoint, Parameter, json


async def report(asked: Asked) -> Answer:
    """What was agreed with whom in the last months, and what was known of the issuer then."""
    asked.only("months", "issuer")
    months = asked.number("months", MONTHS_USUAL, low=1, high=MONTHS_MOST)
    issuer = asked.query.get("issuer", "")
    if issuer and await asked.read_model.get("members", [issuer], ()) is None:
        raise Problem("GATEWAY_NOT_FOUND")
    gateway = asked.gateway
    found: RateReport = await rate_report(
        asked.read_model, gateway.member, gateway.clock.now_ms(), months=months, issuer=issuer
    )
    return json(found)


ENDPOINTS: Final = (
    Endpoint(
        name="rate-report",
        method="GET",
        path="/v1/rate-report",
        summary="Rates of the member's own financings against the grades that issuers had at the award, by month",
        handler=report,
        response=RateReport,
        parameters=(
            Parameter(
                "months", "how many months, this one counted; 24 else", "integer", low=1, high=MONTHS_MOST
            ),
            Parameter("issuer", "of one issuer alone"),
        ),
        tag="queries",
        problems=("GATEWAY_QUERY_NOT_VALID", "GATEWAY_NOT_FOUND"),
    ),
)
