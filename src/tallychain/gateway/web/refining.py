"""A funder's refinement of its own quoting, for its own staff alone: entered by one person, tried on current holdings, approved by another."""

from typing import Annotated, Any, Final

from msgspec import Meta, Struct

from tallychain.contracts.risk.standards.operations import FORMS
from tallychain.contracts.risk.state import IN_FORCE
from tallychain.contracts.vouchers.guaranteeing.state import STANDING
from tallychain.gateway.publicfacts import PublicFacts, all_rows
from tallychain.gateway.readmodel_port import AsOf
from tallychain.gateway.refining.evaluation import ROWS_MOST, evaluated
from tallychain.gateway.refining.language import SOURCE_BYTES, VARIABLES
from tallychain.gateway.refining.refinements import Refinement, values_of
from tallychain.gateway.web.endpoints import Answer, Asked, Endpoint, json
from tallychain.sdk.standards import held_against

_PAGES_MOST: Final = 20
Expression = Annotated[str, Meta(min_length=1, max_length=SOURCE_BYTES)]


class RefinementBody(Struct, frozen=True, forbid_unknown_fields=True):
    """An expression that is true of what this member would quote for."""

    expression: Expression


class Variable(Struct, frozen=True):
    """One variable that an expression may name."""

    name: str
    type: str
    en: str
    zh: str


class RefinementsView(Struct, frozen=True):
    """What holds, what waits, and what expressions may speak of."""

    refinements: list[Refinement]
    variables: list[Variable]


class Tried(Struct, frozen=True):
    """One holding as the funder itself would see it."""

    holding: str
    issuer: str
    face: int
    days: int
    grade: str
    standard: str
    """Name of its own standard that the holding meets; empty where it meets none."""
    answer: str
    """`yes`, `no`, or `failed`."""
    why: str
    """Of what failed."""


class DryRun(Struct, frozen=True):
    """An expression held against the holdings of today, sold without recourse; nothing changes and nobody learns of it."""

    yes: int
    no: int
    failed: int
    is_whole: bool
    """Whether these are all holdings that stand; else the first ones."""
    rows: list[Tried]
    as_of: AsOf


async def listed(asked: Asked) -> Answer:
    """The expression that holds and those that wait."""
    variables = [Variable(name, kind.__name__, en, zh) for name, (kind, en, zh) in VARIABLES.items()]
    return json(RefinementsView(await asked.gateway.limits.refinements.standing(), variables))


async def ask(asked: Asked) -> Answer:
    """Enter an expression; nothing changes before another person approves it."""
    body = asked.read(RefinementBody)
    return json(await asked.gateway.limits.refinements.ask(body.expression, asked.caller), 201)


async def approve(asked: Asked) -> Answer:
    """Let an expression hold as its second person."""
    return json(await asked.gateway.limits.refinements.approve(asked.path["id"], asked.caller))


async def refuse(asked: Asked) -> Answer:
    """Close an expression that waits."""
    return json(await asked.gateway.limits.refinements.refuse(asked.path["id"], asked.caller))


async def dry_run(asked: Asked) -> Answer:
    """Hold an expression against the holdings of today, beside this member's own standards."""
    body = asked.read(RefinementBody)
    limits = asked.gateway.limits
    exposures, reserved = await limits.exposures(), await limits.reserved()
    facts = PublicFacts(asked.read_model, limits.today)
    own = {"funder": asked.gateway.member, "status": IN_FORCE}
    standards = await all_rows(asked.read_model, "standards", own)
    holdings, is_whole = await _holdings(asked)
    standing = await _guarantors(asked)
    values, rows = [], []
    for row, voucher, sponsor in holdings:
        issuer = str(voucher["issuer"])
        known = await facts.of(
            issuer=issuer,
            face=int(row["face"]),
            maturity=str(voucher["effective_maturity"]),
            layer=int(row["layer"]),
            form=FORMS[0],
            recourse=False,
        )
        guarantor = standing.get(str(row["voucher"]), "")
        book = (exposures.get(issuer, 0), reserved.get(issuer, 0))
        values.append(values_of(known, sponsor, guarantor, *book))
        met = next((offer.name for offer in held_against(standards, known) if offer.is_met), "")
        rows.append((str(row["holding"]), known, met))
    answers = await evaluated(body.expression, values)
    found = [_tried(row, answer) for row, answer in zip(rows, answers, strict=True)]
    yes, no, failed = (sum(one.answer == word for one in found) for word in ("yes", "no", "failed"))
    return json(DryRun(yes, no, failed, is_whole, found, await asked.read_model.as_of()))


async def _guarantors(asked: Asked) -> dict[str, str]:
    """Who stands for which voucher."""
    rows = await all_rows(asked.read_model, "guarantees", {"status": STANDING})
    return {str(row["voucher"]): str(row["guarantor"]) for row in rows}


def _tried(row: tuple[str, Any, str], answer: bool | str) -> Tried:
    holding, facts, standard = row
    word = "failed" if isinstance(answer, str) else "yes" if answer else "no"
    why = answer if isinstance(answer, str) else ""
    return Tried(holding, facts.issuer, facts.face, facts.days, facts.grade, standard, word, why)


async def _holdings(asked: Asked) -> tuple[list[tuple[Any, Any, str]], bool]:
    """Holdings that may be financed, each with its voucher and its sponsor, and whether these are all."""
    found: list[tuple[Any, Any, str]] = []
    vouchers: dict[str, Any] = {}
    cursor = ""
    for _ in range(_PAGES_MOST):
        page = await asked.read_model.list("holdings", {"status": "LIVE"}, (), cursor, ROWS_MOST)
        for row in page.rows:
            number = str(row["voucher"])
            if number not in vouchers:
                vouchers[number] = await asked.read_model.get("vouchers", [number], ())
            if vouchers[number] is None or vouchers[number]["status"] != "ACTIVE":
                continue
            if len(found) == ROWS_MOST:
                return found, False
            found.append((row, vouchers[number], str(row["sponsor"])))
        cursor = page.cursor
        if not cursor:
            return found, True
    return found, False


ENDPOINTS: Final = (
    Endpoint(
        name="refinement-list",
        method="GET",
        path="/v1/refinements",
        summary="The expression that refines this member's own quoting, what waits, and the variables",
        handler=listed,
        response=RefinementsView,
        tag="limits",
    ),
    Endpoint(
        name="refinement-ask",
        method="POST",
        path="/v1/refinements",
        summary="Enter an expression; another person approves",
        handler=ask,
        request=RefinementBody,
        response=Refinement,
        status=201,
        tag="limits",
        problems=(
            "GATEWAY_REFINEMENT_NOT_VALID",
            "GATEWAY_REFINEMENT_FAILED",
            "GATEWAY_REFINEMENT_NOT_INSTALLED",
        ),
    ),
    Endpoint(
        name="refinement-approve",
        method="POST",
        path="/v1/refinements/{id}/approve",
        summary="Let an expression hold as its second person",
        handler=approve,
        response=Refinement,
        tag="limits",
        problems=(
            "GATEWAY_NOT_FOUND",
            "GATEWAY_SAME_PERSON",
            "GATEWAY_DRAFT_CLOSED",
            "GATEWAY_REFINEMENT_NOT_INSTALLED",
        ),
    ),
    Endpoint(
        name="refinement-refuse",
        method="POST",
        path="/v1/refinements/{id}/refuse",
        summary="Close an expression that waits for its second person",
        handler=refuse,
        response=Refinement,
        tag="limits",
        problems=("GATEWAY_NOT_FOUND", "GATEWAY_DRAFT_CLOSED"),
    ),
    Endpoint(
        name="refinement-try",
        method="POST",
        path="/v1/refinements/try",
        summary="Hold an expression against the holdings of today, beside this member's own standards; nothing changes",
        handler=dry_run,
        request=RefinementBody,
        response=DryRun,
        tag="limits",
        problems=(
            "GATEWAY_LIMIT_NOT_KNOWN",
            "GATEWAY_REFINEMENT_NOT_VALID",
            "GATEWAY_REFINEMENT_FAILED",
            "GATEWAY_REFINEMENT_NOT_INSTALLED",
        ),
    ),
)
