"""What is disclosed of issuers, for everybody: without sign-in where the gateway's owner allows it, and on demonstrations.

Nothing here is of one caller: only rows of the contract of disclosure and the public names of members.  Requests without an account are counted
by address like every other.
"""

from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct

from tallychain.gateway.problems import Problem
from tallychain.gateway.readmodel_port import AsOf, BadFilter, Page
from tallychain.gateway.web import paging
from tallychain.gateway.web.endpoints import Answer, Asked, Endpoint, json

MONTHS_SHOWN: Final = 60
BESIDE_SHOWN: Final = 100
"""Corrections, and remarks, of one issuer."""
_PAGE: Final = 100
_PAGES_MOST: Final = 20

Row = dict[str, Any]


class DisclosedIssuer(Struct, frozen=True):
    """An issuer with its newest record."""

    issuer: str
    name: str
    uscc: str
    record: Row


class IssuerPage(Struct, frozen=True):
    """Some issuers, where the next begin, and up to which block they speak."""

    rows: list[DisclosedIssuer]
    cursor: str
    as_of: AsOf


class Disclosure(Struct, frozen=True):
    """Everything that is disclosed of one issuer but its single vouchers."""

    issuer: str
    name: str
    uscc: str
    months: list[Row]
    """Records, newest first."""
    corrections: list[Row]
    remarks: list[Row]
    as_of: AsOf


class DisclosedVouchers(Struct, frozen=True):
    """Some vouchers of an issuer, in the order of their numbers."""

    rows: list[Row]
    cursor: str
    as_of: AsOf


async def issuers(asked: Asked) -> Answer:
    """Issuers of whom a month is closed, with the newest record of each."""
    check_open(asked)
    page = await _page(asked, "disclosed_issuers", {})
    rows = []
    for record in page.rows:
        name, uscc = await _named(asked, str(record["issuer"]))
        rows.append(DisclosedIssuer(str(record["issuer"]), name, uscc, record))
    return json(IssuerPage(rows, page.cursor, page.as_of), headers=paging.link(asked, page.cursor))


async def issuer(asked: Asked) -> Answer:
    """One issuer: records of at most sixty months, what was corrected, what it remarked."""
    check_open(asked)
    member = asked.path["id"]
    months = await _all(asked, "disclosures", member)
    if not months:
        raise Problem("GATEWAY_NOT_FOUND")
    name, uscc = await _named(asked, member)
    corrections = await _all(asked, "disclosure_corrections", member)
    remarks = await _all(asked, "disclosure_remarks", member)
    found = Disclosure(
        issuer=member,
        name=name,
        uscc=uscc,
        months=months[::-1][:MONTHS_SHOWN],
        corrections=corrections[::-1][:BESIDE_SHOWN],
        remarks=remarks[::-1][:BESIDE_SHOWN],
        as_of=await asked.read_model.as_of(),
    )
    return json(found)


async def vouchers(asked: Asked) -> Answer:
    """The vouchers of one issuer, each as it was disclosed when it was accepted; no holder is named."""
    check_open(asked)
    page = await _page(asked, "disclosed_vouchers", {"issuer": asked.path["id"]})
    return json(
        DisclosedVouchers(page.rows, page.cursor, page.as_of), headers=paging.link(asked, page.cursor)
    )


def is_open(asked: Asked) -> bool:
    """Whether somebody without an account may read here."""
    return asked.gateway.settings.public_disclosure or asked.gateway.facts.demo


def check_open(asked: Asked) -> None:
    """Refuse somebody without an account where only accounts may read."""
    if asked.account is None and not is_open(asked):
        raise Problem("GATEWAY_NOT_SIGNED_IN")


async def _page(asked: Asked, view: str, filters: Mapping[str, str]) -> Page:
    limit = min(paging.rows_asked(asked), _PAGE)
    try:
        return await asked.read_model.list(view, filters, (), asked.query.get("cursor", ""), limit)
    except BadFilter as error:
        raise Problem("GATEWAY_QUERY_NOT_VALID", detail=str(error).rstrip(".")) from None


async def _all(asked: Asked, view: str, member: str) -> list[Row]:
    rows: list[Row] = []
    cursor = ""
    for _ in range(_PAGES_MOST):
        page = await asked.read_model.list(view, {"issuer": member}, (), cursor, _PAGE)
        rows += page.rows
        cursor = page.cursor
        if not cursor:
            break
    return rows


async def _named(asked: Asked, member: str) -> tuple[str, str]:
    row = await asked.read_model.get("members", [member], ()) or {}
    return str(row.get("name", member)), str(row.get("uscc", ""))


ENDPOINTS: Final = (
    Endpoint(
        name="disclosure-list",
        method="GET",
        path="/v1/disclosure",
        summary="Issuers with their newest disclosed month; without sign-in where the gateway allows it",
        handler=issuers,
        response=IssuerPage,
        parameters=paging.PAGING,
        tag="disclosure",
        problems=("GATEWAY_QUERY_NOT_VALID",),
    ),
    Endpoint(
        name="disclosure-show",
        method="GET",
        path="/v1/disclosure/{id}",
        summary="What is disclosed of one issuer, month by month",
        handler=issuer,
        response=Disclosure,
        tag="disclosure",
        problems=("GATEWAY_NOT_FOUND",),
    ),
    Endpoint(
        name="disclosure-vouchers",
        method="GET",
        path="/v1/disclosure/{id}/vouchers",
        summary="The vouchers of one issuer as they were disclosed at acceptance",
        handler=vouchers,
        response=DisclosedVouchers,
        parameters=paging.PAGING,
        tag="disclosure",
        problems=("GATEWAY_QUERY_NOT_VALID",),
    ),
)
