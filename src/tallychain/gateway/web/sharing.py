"""Papers behind payables on request: asking, who has asked, and standing consent."""

from typing import Final

from msgspec import Struct

from tallychain.contracts.vouchers.settling.state import OptionalDigest
from tallychain.gateway.paperslog import PapersAsked, PapersGiven
from tallychain.gateway.problems import Problem
from tallychain.gateway.web import paging
from tallychain.gateway.web.endpoints import Answer, Asked, Endpoint, json


class AskPapers(Struct, frozen=True, forbid_unknown_fields=True):
    """Why this member is entitled: the financing in which it was asked for money; empty for the debtor, which asks once more."""

    financing: OptionalDigest = ""


class PapersWanted(Struct, frozen=True):
    """The request."""

    request: str


class Consent(Struct, frozen=True, forbid_unknown_fields=True):
    """Whether the seat shares the papers that it presented with the funders of later holders."""

    standing: bool


class Decision(Struct, frozen=True, forbid_unknown_fields=True):
    """What the presenter says to one request."""

    give: bool


async def ask(asked: Asked) -> Answer:
    """Ask the presenter's sponsor for the papers of a payable."""
    body = asked.read(AskPapers)
    payable = _name(asked)
    request = await asked.gateway.filing.sharing.ask(asked.caller.id, payable, body.financing)
    await asked.gateway.unlocking.audit(asked.caller.id, "papers-ask", payable)
    return json(PapersWanted(request), 202)


async def requests(asked: Asked) -> Answer:
    """The requests of this member for the papers of a payable."""
    limit = paging.rows_asked(asked)
    rows = await asked.gateway.filing.sharing.log.asked(_name(asked), paging.after_time(asked), limit)
    return paging.page(asked, rows, (rows[-1].asked_ms, rows[-1].id) if len(rows) == limit else None)


async def lookers(asked: Asked) -> Answer:
    """Who has asked for the papers of a payable that the caller's seat presented, and what was answered."""
    limit = paging.rows_asked(asked)
    sharing, before = asked.gateway.filing.sharing, paging.after_time(asked)
    rows = await sharing.given(asked.caller.seat, _name(asked), before, limit)
    return paging.page(asked, rows, (rows[-1].given_ms, rows[-1].id) if len(rows) == limit else None)


async def all_requests(asked: Asked) -> Answer:
    """Every request of this member for papers."""
    limit = paging.rows_asked(asked)
    rows = await asked.gateway.filing.sharing.log.asked("", paging.after_time(asked), limit)
    return paging.page(asked, rows, (rows[-1].asked_ms, rows[-1].id) if len(rows) == limit else None)


async def all_lookers(asked: Asked) -> Answer:
    """Every request for papers that the caller's seat presented."""
    limit = paging.rows_asked(asked)
    rows = await asked.gateway.filing.sharing.given(asked.caller.seat, "", paging.after_time(asked), limit)
    return paging.page(asked, rows, (rows[-1].given_ms, rows[-1].id) if len(rows) == limit else None)


async def decide(asked: Asked) -> Answer:
    """Give the papers that one request asks for, or say no."""
    body, request = asked.read(Decision), asked.path["id"]
    await asked.gateway.filing.sharing.decide(asked.caller.seat, request, give=body.give)
    act = "papers-give" if body.give else "papers-decline"
    await asked.gateway.unlocking.audit(asked.caller.id, act, request)
    return json(body)


async def show_consent(asked: Asked) -> Answer:
    """Whether the caller's seat has given standing consent."""
    return json(Consent(await asked.gateway.filing.sharing.consents(asked.caller.seat)))


async def set_consent(asked: Asked) -> Answer:
    """Give standing consent, or take it back."""
    body = asked.read(Consent)
    await asked.gateway.filing.sharing.set_consent(asked.caller.seat, standing=body.standing)
    await asked.gateway.unlocking.audit(asked.caller.id, "papers-consent", str(body.standing).lower())
    return json(body)


def _name(asked: Asked) -> str:
    name = asked.path["operation"]
    if len(name) != 64 or any(sign not in "0123456789abcdef" for sign in name):
        raise Problem("GATEWAY_NOT_FOUND")
    return name


_PATH: Final = "/v1/payable-papers/{operation}"

ENDPOINTS: Final = (
    Endpoint(
        name="payable-paper-ask",
        method="POST",
        path=f"{_PATH}/ask",
        summary="Ask for the papers behind a payable: its debtor, or a funder that was asked for money on it",
        handler=ask,
        request=AskPapers,
        response=PapersWanted,
        status=202,
        tag="documents",
        problems=("GATEWAY_NOT_FOUND", "GATEWAY_MEMBER_UNKNOWN", "GATEWAY_LEDGER_NOT_REACHED"),
    ),
    Endpoint(
        name="payable-paper-requests",
        method="GET",
        path=f"{_PATH}/requests",
        summary="This member's requests for the papers behind a payable, and what came of them",
        handler=requests,
        response=list[PapersAsked],
        parameters=paging.PAGING,
        tag="documents",
        problems=("GATEWAY_NOT_FOUND",),
    ),
    Endpoint(
        name="payable-paper-lookers",
        method="GET",
        path=f"{_PATH}/lookers",
        summary="Who has asked for the papers behind a payable that the own seat presented",
        handler=lookers,
        response=list[PapersGiven],
        parameters=paging.PAGING,
        tag="documents",
        problems=("GATEWAY_NOT_FOUND",),
    ),
    Endpoint(
        name="papers-request-list",
        method="GET",
        path="/v1/papers-requests",
        summary="Every request of this member for papers, and what came of it",
        handler=all_requests,
        response=list[PapersAsked],
        parameters=paging.PAGING,
        tag="documents",
    ),
    Endpoint(
        name="papers-looker-list",
        method="GET",
        path="/v1/papers-lookers",
        summary="Every request for papers that the own seat presented",
        handler=all_lookers,
        response=list[PapersGiven],
        parameters=paging.PAGING,
        tag="documents",
    ),
    Endpoint(
        name="papers-looker-answer",
        method="POST",
        path="/v1/papers-lookers/{id}/answer",
        summary="Give the papers that a funder of a later holder asks for, or say no, where there is no standing consent",
        handler=decide,
        request=Decision,
        response=Decision,
        tag="documents",
        problems=("GATEWAY_NOT_FOUND", "GATEWAY_PAPERS_DECIDED", "GATEWAY_LEDGER_NOT_REACHED"),
    ),
    Endpoint(
        name="papers-consent-show",
        method="GET",
        path="/v1/papers-consent",
        summary="Whether the own seat shares its papers with the funders of later holders",
        handler=show_consent,
        response=Consent,
        tag="documents",
    ),
    Endpoint(
        name="papers-consent-set",
        method="POST",
        path="/v1/papers-consent",
        summary="Give standing consent to share papers with the funders of later holders, or take it back",
        handler=set_consent,
        request=Consent,
        response=Consent,
        tag="documents",
    ),
)
