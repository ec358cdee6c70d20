"""How a redemption ends without being paid, by somebody's word or by time, and how its lock leaves the holding with it."""

from typing import Final

from msgspec.structs import replace

from tallychain.contracts.vouchers.redeeming.events import RedemptionEnded
from tallychain.contracts.vouchers.redeeming.state import (
    AGREED,
    FAILED,
    LAPSED,
    OFFERED,
    REDEMPTIONS,
    Redemption,
)
from tallychain.contracts.vouchers.rules.change import released
from tallychain.contracts.vouchers.rules.find import the_holding
from tallychain.contracts.vouchers.state import HOLDINGS, Holding
from tallychain.ledger.contract import Change, DueKind
from tallychain.ledger.state import Reader
from tallychain.ledger.tables import Write
from tallychain.ledger.timeline import Moment, after_next_step, later_statuses, settled

REDEMPTIONS_PER_BLOCK: Final = 200


def ended(redemption: Redemption, status: str, since_ms: int) -> Change:
    """One that binds nothing is over."""
    row = REDEMPTIONS.put(replace(redemption, timeline=settled(status)))
    return Change((row,), (RedemptionEnded(redemption.id, redemption.voucher, status, since_ms),))


def written_down(redemption: Redemption, now: Moment) -> tuple[Write, RedemptionEnded]:
    """Write that nobody has paid in time, where due work has not come to it yet; its holding is left to the caller."""
    since_ms = min(at_ms for at_ms, _ in later_statuses(redemption.timeline, now.outages))
    row = REDEMPTIONS.put(replace(redemption, timeline=settled(FAILED)))
    return row, RedemptionEnded(redemption.id, redemption.voucher, FAILED, since_ms)


def replaced(stood: Redemption, holding: Holding, now: Moment) -> Change:
    """What is told, and unlocked, of one that is over without anybody having written it down; another one takes its row."""
    status = stood.timeline.status
    if status == OFFERED:
        return Change((), ended(stood, LAPSED, now.time_ms).events)
    if status != AGREED:
        return Change()
    _, event = written_down(stood, now)
    return Change((HOLDINGS.put(released(holding, stood.id)),), (event,))


def redemption_change(redemption: Redemption, since_ms: int, _now: Moment, state: Reader) -> Change:
    """Nobody has answered, or nobody has paid: then the units are free."""
    change = ended(redemption, after_next_step(redemption.timeline).status, since_ms)
    if redemption.timeline.status != AGREED:
        return change
    holding = the_holding(redemption.voucher, redemption.first, state)
    return change + Change((HOLDINGS.put(released(holding, redemption.id)),))


DUE_KIND: Final = DueKind(
    name="redemption",
    table=REDEMPTIONS,
    budget=REDEMPTIONS_PER_BLOCK,
    timeline=lambda row: row.timeline,
    change=redemption_change,
)
