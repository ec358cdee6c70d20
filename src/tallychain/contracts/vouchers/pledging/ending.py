"""What time makes of a pledge, and how its lock leaves the holding with it."""

from typing import Final

from msgspec.structs import replace

from tallychain.contracts.vouchers.pledging.events import ClaimStood, PledgeEnded
from tallychain.contracts.vouchers.pledging.state import PLEDGES, UNCONTESTED, Pledge
from tallychain.contracts.vouchers.policies import split_policy
from tallychain.contracts.vouchers.rules.change import gone, next_status, released
from tallychain.contracts.vouchers.rules.find import the_holding, the_voucher
from tallychain.contracts.vouchers.state import GONE, HOLDINGS
from tallychain.ledger.contract import Change, DueKind, Event
from tallychain.ledger.state import Reader
from tallychain.ledger.tables import Write
from tallychain.ledger.timeline import Moment, Timeline, after_next_step, later_statuses

PLEDGES_PER_BLOCK: Final = 200


def ended(pledge: Pledge, status: str, event: Event, now: Moment, state: Reader) -> Change:
    """An act ends a pledge: its holding is free, and the row leaves when it was kept long enough."""
    held = the_holding(pledge.voucher, pledge.first, state)
    days = _retention_days(pledge, state, now)
    later = replace(pledge, timeline=Timeline(status, (gone(now.time_ms, days),)))
    return Change((PLEDGES.put(later), HOLDINGS.put(released(held, pledge.id))), (event,))


def written_down(pledge: Pledge, now: Moment) -> tuple[Write, PledgeEnded]:
    """Write that a pledge's time is over, where due work has not come to it yet; its holding is left to the caller."""
    status = next_status(pledge.timeline)
    since_ms = min(at_ms for at_ms, name in later_statuses(pledge.timeline, now.outages) if name == status)
    event = PledgeEnded(pledge.id, pledge.voucher, status, since_ms)
    return PLEDGES.put(replace(pledge, timeline=_after(pledge.timeline))), event


def pledge_change(pledge: Pledge, since_ms: int, _now: Moment, state: Reader) -> Change:
    """A claim stands, a pledge is over and its holding free, and later the row leaves."""
    status = next_status(pledge.timeline)
    if status == GONE:
        return Change((PLEDGES.delete(pledge),))
    if status == UNCONTESTED:
        stands = replace(pledge, timeline=after_next_step(pledge.timeline))
        stood = ClaimStood(pledge.id, pledge.voucher, pledge.claim, since_ms)
        return Change((PLEDGES.put(stands),), (stood,))
    held = the_holding(pledge.voucher, pledge.first, state)
    later = replace(pledge, timeline=_after(pledge.timeline))
    event = PledgeEnded(pledge.id, pledge.voucher, status, since_ms)
    return Change((PLEDGES.put(later), HOLDINGS.put(released(held, pledge.id))), (event,))


def _after(timeline: Timeline) -> Timeline:
    """After the next step, and after a second one to the same status."""
    status = next_status(timeline)
    later = after_next_step(timeline)
    while next_status(later) == status:
        later = after_next_step(later)
    return later


def _retention_days(pledge: Pledge, state: Reader, now: Moment) -> int:
    return split_policy(state, the_voucher(pledge.voucher, state, now).split_policy).retention_days


DUE_KIND: Final = DueKind(
    name="pledge",
    table=PLEDGES,
    budget=PLEDGES_PER_BLOCK,
    timeline=lambda row: row.timeline,
    change=pledge_change,
)
