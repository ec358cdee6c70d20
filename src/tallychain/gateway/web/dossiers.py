"""Title dossiers: who stands in the chain of title behind a financing, for the funders asked, and what an issuer has shown."""

from msgspec import Struct

from tallychain.gateway.dossiers import DossierGiven, TitleDossier
from tallychain.gateway.problems import Problem
from tallychain.gateway.web import paging
from tallychain.gateway.web.endpoints import Answer, Asked, Endpoint, json


class DossierWanted(Struct, frozen=True):
    """The letter that asks."""

    letter: str


async def show(asked: Asked) -> Answer:
    """The chain of title of a financing in which this member was asked for money."""
    return json(await asked.gateway.filing.dossiers.show(_name(asked)))


async def ask(asked: Asked) -> Answer:
    """Ask the issuer once more for what is missing."""
    name = _name(asked)
    letter = await asked.gateway.filing.dossiers.ask(name)
    await asked.gateway.unlocking.audit(asked.caller.id, "dossier-ask", name)
    return json(DossierWanted(letter), 202)


async def given(asked: Asked) -> Answer:
    """To whom this member has shown chains of title, as issuer."""
    limit = paging.rows_asked(asked)
    rows = await asked.gateway.filing.dossiers.given(paging.after_time(asked), limit)
    return paging.page(asked, rows, (rows[-1].given_ms, rows[-1].id) if len(rows) == limit else None)


def _name(asked: Asked) -> str:
    name = asked.path["operation"]
    if len(name) != 64 or any(sign not in "0123456789abcdef" for sign in name):
        raise Problem("GATEWAY_NOT_FOUND")
    return name


ENDPOINTS = (
    Endpoint(
        name="title-dossier-show",
        method="GET",
        path="/v1/title-dossiers/{operation}",
        summary="The chain of title behind a financing in which this member was asked for money, with what is missing of it",
        handler=show,
        response=TitleDossier,
        tag="documents",
        problems=("GATEWAY_NOT_FOUND", "GATEWAY_LEDGER_NOT_REACHED"),
    ),
    Endpoint(
        name="title-dossier-ask",
        method="POST",
        path="/v1/title-dossiers/{operation}/ask",
        summary="Ask the issuer once more who stands in the chain of title behind a financing",
        handler=ask,
        response=DossierWanted,
        status=202,
        tag="documents",
        problems=("GATEWAY_NOT_FOUND", "GATEWAY_MEMBER_UNKNOWN", "GATEWAY_LEDGER_NOT_REACHED"),
    ),
    Endpoint(
        name="title-dossier-list",
        method="GET",
        path="/v1/title-dossiers",
        summary="To whom this member has shown chains of title, as issuer",
        handler=given,
        response=list[DossierGiven],
        parameters=paging.PAGING,
        tag="documents",
    ),
)
