"""Consents that wait for the visitor: cancellations, payments outside, and claims of holders against their sponsor."""

from dataclasses import dataclass

from tallychain.console.desk import Row
from tallychain.console.names import Names
from tallychain.console.visits import Visit
from tallychain.contracts.vouchers.cancelling.state import PENDING
from tallychain.contracts.vouchers.sponsoring.state import WAITING
from tallychain.gateway.accounts import HOUSE

PROPOSED = "PROPOSED"
"""Status of a payment outside that its holder has not confirmed."""


@dataclass(frozen=True, slots=True)
class Consents:
    """What waits for a yes; each row of a holding has with it the `first` unit that the form of the act asks for."""

    cancellations: tuple[Row, ...]
    """One row for each live holding of the visitor's seat; it stays until all holders have consented or the proposal lapses."""
    outside: tuple[Row, ...]
    claims: tuple[Row, ...]
    """Against the visitor's member, for its staff."""


async def consents_of(visit: Visit, names: Names) -> Consents:
    """Everything that waits for the consent of the visitor's seat, or for the answer of its member."""
    cancellations = await visit.desk.rows("cancellations", status=PENDING) if names.own else []
    outside = await visit.desk.rows("outside_payments", status=PROPOSED) if names.own else []
    held = await _held(visit, names) if cancellations or outside else []
    by_id = {str(row["holding"]): row for row in held}
    return Consents(
        cancellations=tuple(
            {**row, "first": item["first"], "face": item["face"]}
            for row in cancellations
            for item in held
            if item["voucher"] == row["voucher"]
        ),
        outside=tuple(
            {**row, "first": by_id[str(row["holding"])]["first"]}
            for row in outside
            if str(row["holding"]) in by_id
        ),
        claims=tuple(
            await visit.desk.rows("claims", sponsor=visit.gateway.member, status=WAITING)
            if visit.caller.seat == HOUSE
            else []
        ),
    )


async def _held(visit: Visit, names: Names) -> list[Row]:
    return [
        row for tag in sorted(names.own) for row in await visit.desk.rows("holdings", tag=tag, status="LIVE")
    ]
