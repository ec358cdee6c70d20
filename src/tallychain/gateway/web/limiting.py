"""A funder's own limits, for its own staff alone: entered by one person, approved by another, shown beside what is used."""

from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from tallychain.gateway.limits import ASSETS, IN_FORCE, LINE, Limit
from tallychain.gateway.problems import Problem
from tallychain.gateway.web.endpoints import Answer, Asked, Endpoint, json
from tallychain.instruments.calendar import DateUnreadable, parse_date
from tallychain.ledger.identity import CORE_ENTERPRISE
from tallychain.ledger.types import Amount, Day


class LimitBody(Struct, frozen=True, forbid_unknown_fields=True):
    """A credit line for one issuer, or all that the member has at risk."""

    kind: Literal["line", "assets"]
    amount: Amount
    """In fen."""
    valid_until: Day
    issuer: Annotated[str, Meta(max_length=32)] = ""
    """Of a line; empty for risk assets."""


class Used(Struct, frozen=True):
    """What this member has at risk with one issuer."""

    issuer: str
    used: int
    reserved: int
    """What outstanding quotes would add."""
    line: int
    """What it may be by its line; -1 where no line holds."""
    share_ppm: int
    """Part of the risk assets; -1 where they are not entered."""


class LimitsView(Struct, frozen=True):
    """Limits that hold or wait, and what is used."""

    limits: list[Limit]
    used: list[Used]


async def listed(asked: Asked) -> Answer:
    """Everything that the member's staff has entered, beside what is used of it."""
    limits = asked.gateway.limits
    standing = await limits.standing()
    live = [one for one in standing if one.state == IN_FORCE and one.valid_until >= limits.today]
    lines = {one.issuer: one.amount for one in live if one.kind == LINE}
    assets = next((one.amount for one in live if one.kind == ASSETS), 0)
    exposures, reserved = await limits.exposures(), await limits.reserved()
    used = [
        Used(
            issuer,
            exposures.get(issuer, 0),
            reserved.get(issuer, 0),
            lines.get(issuer, -1),
            exposures.get(issuer, 0) * 1_000_000 // assets if assets else -1,
        )
        for issuer in sorted({*lines, *exposures, *reserved})
    ]
    return json(LimitsView(standing, used))


async def ask(asked: Asked) -> Answer:
    """Enter a limit; nothing changes before another person approves it."""
    body = asked.read(LimitBody)
    limits = asked.gateway.limits
    try:
        parse_date(body.valid_until)
    except DateUnreadable:
        raise Problem("GATEWAY_FIELD_NOT_VALID", detail="there is no such day") from None
    if body.valid_until < limits.today:
        raise Problem("GATEWAY_FIELD_NOT_VALID", detail="its last day is over")
    if (body.kind == ASSETS) != (body.issuer == ""):
        raise Problem("GATEWAY_FIELD_NOT_VALID", detail="a line names an issuer, and risk assets none")
    if body.kind == LINE:
        row = await asked.read_model.get("members", [body.issuer], ())
        if row is None or CORE_ENTERPRISE not in str(row["kinds"]).split():
            raise Problem("GATEWAY_FIELD_NOT_VALID", detail="the issuer is no core enterprise here")
    return json(await limits.ask(body.kind, body.issuer, body.amount, body.valid_until, asked.caller), 201)


async def approve(asked: Asked) -> Answer:
    """Let a limit hold as its second person."""
    return json(await asked.gateway.limits.approve(asked.path["id"], asked.caller))


async def refuse(asked: Asked) -> Answer:
    """Close a limit that waits."""
    return json(await asked.gateway.limits.refuse(asked.path["id"], asked.caller))


ENDPOINTS: Final = (
    Endpoint(
        name="limit-list",
        method="GET",
        path="/v1/limits",
        summary="The member's own credit lines and risk assets, with what is used of them",
        handler=listed,
        response=LimitsView,
        tag="limits",
        problems=("GATEWAY_LIMIT_NOT_KNOWN",),
    ),
    Endpoint(
        name="limit-ask",
        method="POST",
        path="/v1/limits",
        summary="Enter a credit line or the risk assets; another person approves",
        handler=ask,
        request=LimitBody,
        response=Limit,
        status=201,
        tag="limits",
    ),
    Endpoint(
        name="limit-approve",
        method="POST",
        path="/v1/limits/{id}/approve",
        summary="Let a limit hold as its second person",
        handler=approve,
        response=Limit,
        tag="limits",
        problems=("GATEWAY_NOT_FOUND", "GATEWAY_SAME_PERSON", "GATEWAY_DRAFT_CLOSED"),
    ),
    Endpoint(
        name="limit-refuse",
        method="POST",
        path="/v1/limits/{id}/refuse",
        summary="Close a limit that waits for its second person",
        handler=refuse,
        response=Limit,
        tag="limits",
        problems=("GATEWAY_NOT_FOUND", "GATEWAY_DRAFT_CLOSED"),
    ),
)
