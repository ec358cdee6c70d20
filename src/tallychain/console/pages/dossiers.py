"""The chain of title behind a financing, as the issuer has shown it to the visitor's member: whole, or with its gaps."""

from typing import Final

import msgspec

from tallychain.console.desk import Row
from tallychain.console.routes import Route, post
from tallychain.console.visits import Reply, Visit, go_to
from tallychain.gateway import permissions
from tallychain.gateway.accounts import HOUSE
from tallychain.gateway.dossiers import TitleDossier
from tallychain.gateway.problems import Problem

WHY: Final = {
    "no certificate": "no_certificate",
    "certificate not valid": "certificate_not_valid",
    "another's certificate": "another",
    "false signature": "false_signature",
}
"""The word for each reason for which a holder that is named is not proven."""


async def dossier_of(visit: Visit, financing: Row) -> TitleDossier | None:
    """The chain of title of a financing; None for whoever was not asked for money, or may not read it."""
    is_asked = visit.gateway.member in str(financing["funders"]).split(", ")
    if visit.caller.seat != HOUSE or not is_asked or not may_read(visit):
        return None
    try:
        found = await visit.desk.get("title-dossier-show", operation=str(financing["financing"]))
    except Problem:
        return None
    return msgspec.convert(found, TitleDossier)


async def ask(visit: Visit) -> Reply:
    """Ask the issuer once more for what is missing."""
    name = visit.path["financing"]
    await visit.desk.post("title-dossier-ask", {}, operation=name)
    return go_to(f"/financings/{name}")


def may_read(visit: Visit) -> bool:
    """Whether the visitor is one of those who prepare and approve quotes."""
    return bool(visit.caller.classes & permissions.PERMISSIONS["title-dossier-show"])


def why_unproven(reason: str) -> str:
    """The word for a reason."""
    return WHY.get(reason, "other")


ROUTES: Final[tuple[Route, ...]] = (post("/financings/{financing:str}/ask-dossier", ask),)
