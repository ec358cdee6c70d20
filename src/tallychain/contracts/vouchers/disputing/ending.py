"""How a dispute ends, by somebody's word or by time, and how its lock leaves the holding with it."""

from typing import Final

from msgspec.structs import replace

from tallychain.contracts.vouchers.disputing.events import DisputeLapsed
from tallychain.contracts.vouchers.disputing.state import DISPUTES, LAPSED, Dispute
from tallychain.contracts.vouchers.rules.change import released
from tallychain.contracts.vouchers.rules.find import the_holding
from tallychain.contracts.vouchers.state import HOLDINGS
from tallychain.ledger.contract import Change, DueKind
from tallychain.ledger.state import Reader
from tallychain.ledger.tables import Write
from tallychain.ledger.timeline import Moment, later_statuses, settled

DISPUTES_PER_BLOCK: Final = 200


def ended(dispute: Dispute, status: str, state: Reader) -> tuple[Write, ...]:
    """The rows of a dispute that ends and of its holding."""
    held = the_holding(dispute.voucher, dispute.first, state)
    return (
        DISPUTES.put(replace(dispute, timeline=settled(status))),
        HOLDINGS.put(released(held, dispute.id)),
    )


def written_down(dispute: Dispute, now: Moment) -> tuple[Write, DisputeLapsed]:
    """Write that a dispute has lapsed, where due work has not come to it yet; its holding is left to the caller."""
    since_ms = min(at_ms for at_ms, _ in later_statuses(dispute.timeline, now.outages))
    row = DISPUTES.put(replace(dispute, timeline=settled(LAPSED)))
    return row, DisputeLapsed(dispute.id, dispute.voucher, since_ms)


def dispute_change(dispute: Dispute, since_ms: int, _now: Moment, state: Reader) -> Change:
    """A dispute has lapsed: the units are free."""
    event = DisputeLapsed(dispute.id, dispute.voucher, since_ms)
    return Change(ended(dispute, LAPSED, state), (event,))


DUE_KIND: Final = DueKind(
    name="dispute",
    table=DISPUTES,
    budget=DISPUTES_PER_BLOCK,
    timeline=lambda row: row.timeline,
    change=dispute_change,
)
