"""The audit: who did what, for the member's admins and for those who only look."""

from typing import Final

from msgspec import Struct

from tallychain.gateway.web import paging
from tallychain.gateway.web.endpoints import Answer, Asked, Endpoint


class AuditLine(Struct, frozen=True):
    """Who did what to what, and with which second factor."""

    number: int
    at_ms: int
    account: str
    act: str
    object: str
    second_factor: str


async def show_audit(asked: Asked) -> Answer:
    """The newest lines of the audit."""
    limit = paging.rows_asked(asked)
    below = paging.after_number(asked) or 2**63 - 1
    rows = await asked.gateway.database.read(
        lambda db: db.execute(
            "SELECT number, at_ms, account, act, object, second_factor FROM audit WHERE number < ? "
            "ORDER BY number DESC LIMIT ?",
            (below, limit),
        ).fetchall()
    )
    lines = [AuditLine(*row) for row in rows]
    return paging.page(asked, lines, lines[-1].number if len(lines) == limit else None)


ENDPOINTS: Final = (
    Endpoint(
        name="audit",
        method="GET",
        path="/v1/audit",
        summary="Who did what",
        handler=show_audit,
        response=list[AuditLine],
        parameters=paging.PAGING,
        tag="enrolment",
    ),
)
