"""How a freeze ends, by a court's word or by time, and how those behind it move up in the same block."""

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from tallychain.contracts.vouchers.courting.events import CourtFreezeEnded, CourtMovedUp
from tallychain.contracts.vouchers.courting.find import (
    effective_units,
    frozen_units,
    holdings_under,
    queue_on,
)
from tallychain.contracts.vouchers.courting.state import EXHAUSTED, FREEZES, Freeze
from tallychain.contracts.vouchers.policies import split_policy
from tallychain.contracts.vouchers.rules.change import gone, released
from tallychain.contracts.vouchers.rules.find import the_voucher
from tallychain.contracts.vouchers.state import EXPIRED, GONE, HOLDINGS, Holding
from tallychain.instruments.holdings import Range, split_off
from tallychain.ledger.contract import Change, DueKind
from tallychain.ledger.state import Reader
from tallychain.ledger.tables import Write
from tallychain.ledger.timeline import Moment, Timeline, after_next_step, later_statuses

FREEZES_PER_BLOCK: Final = 200


def ended_row(freeze: Freeze, status: str, now: Moment, state: Reader) -> Write:
    """Write that a freeze has ended by somebody's word; the row leaves when it was kept long enough."""
    return FREEZES.put(
        replace(freeze, timeline=Timeline(status, (gone(now.time_ms, _days(freeze, state, now)),)))
    )


def unlocked(freeze: Freeze, now: Moment, state: Reader, besides: int = 0) -> Change:
    """Take a freeze off its holdings, but one that the caller writes, and tell those behind it that they moved up."""
    holdings = holdings_under(freeze, state)
    writes = tuple(HOLDINGS.put(released(one, freeze.id)) for one in holdings if one.first != besides)
    return Change(writes, moved_up(freeze, holdings, now, state))


def moved_up(
    freeze: Freeze, holdings: Sequence[Holding], now: Moment, state: Reader
) -> tuple[CourtMovedUp, ...]:
    """What is published of those that stand first once a freeze has left."""
    behind: dict[str, Freeze] = {}
    for holding in holdings:
        order = [e.reference for e in holding.encumbrances]
        for first in queue_on(holding, state, now, freeze.id)[:1]:
            if order.index(first.id) > order.index(freeze.id):
                behind[first.id] = first
    return tuple(
        CourtMovedUp(
            one.id, one.voucher, one.court, frozen_units(one), effective_units(one, state, now, freeze.id)
        )
        for one in behind.values()
    )


def written_down(freeze: Freeze, now: Moment, state: Reader, besides: int) -> Change:
    """Write that a freeze's time is over, where due work has not come to it yet; the holding at `besides` is left to the caller."""
    since_ms = min(at_ms for at_ms, name in later_statuses(freeze.timeline, now.outages) if name == EXPIRED)
    return _over(freeze, since_ms) + unlocked(freeze, now, state, besides)


def freeze_change(freeze: Freeze, since_ms: int, now: Moment, state: Reader) -> Change:
    """A freeze is over and its units are the next court's or free; and later the row leaves."""
    if after_next_step(freeze.timeline).status == GONE:
        return Change((FREEZES.delete(freeze),))
    return _over(freeze, since_ms) + unlocked(freeze, now, state)


def without_units(others: Sequence[Freeze], units: Sequence[Range], now: Moment, state: Reader) -> Change:
    """What is left of freezes that waited for units to which a court before them has given title."""
    change = Change()
    for freeze in others:
        ranges = tuple(
            rest
            for one in freeze.ranges
            for rest in split_off(one, [taken for taken in units if one.contains(taken)])
        )
        later = replace(freeze, ranges=ranges)
        if ranges:
            effective = effective_units(later, state, now)
            moved = CourtMovedUp(later.id, later.voucher, later.court, frozen_units(later), effective)
            change += Change((FREEZES.put(later),), (moved,))
        else:
            event = CourtFreezeEnded(later.id, later.voucher, EXHAUSTED, now.time_ms)
            change += Change((ended_row(later, EXHAUSTED, now, state),), (event,))
    return change


def _over(freeze: Freeze, since_ms: int) -> Change:
    later = replace(freeze, timeline=after_next_step(freeze.timeline))
    event = CourtFreezeEnded(freeze.id, freeze.voucher, later.timeline.status, since_ms)
    return Change((FREEZES.put(later),), (event,))


def _days(freeze: Freeze, state: Reader, now: Moment) -> int:
    return split_policy(state, the_voucher(freeze.voucher, state, now).split_policy).retention_days


DUE_KIND: Final = DueKind(
    name="freeze",
    table=FREEZES,
    budget=FREEZES_PER_BLOCK,
    timeline=lambda row: row.timeline,
    change=freeze_change,
)
