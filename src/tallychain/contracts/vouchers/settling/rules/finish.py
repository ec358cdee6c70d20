"""What the issuer owes shrinks, and what that and the cut-off mean for it: ceilings, blocks, the voucher's end."""

from collections.abc import Iterable
from dataclasses import dataclass

from msgspec.structs import replace

from tallychain.contracts.risk import api as risk
from tallychain.contracts.vouchers.events import VoucherFellDue
from tallychain.contracts.vouchers.guaranteeing.book import lessened
from tallychain.contracts.vouchers.rules.change import next_status, replaced
from tallychain.contracts.vouchers.rules.disclosing import owed_told
from tallychain.contracts.vouchers.settling.events import (
    Dishonoured,
    DishonourWithdrawn,
    OwedUnits,
    VoucherOverdue,
    VoucherSettled,
)
from tallychain.contracts.vouchers.settling.rules.position import Position, positions_of
from tallychain.contracts.vouchers.standing import binding
from tallychain.contracts.vouchers.state import (
    OVERDUE,
    PAST_CUTOFF,
    UNPAID_PENDING,
    VOUCHERS,
    Voucher,
    outstanding,
)
from tallychain.instruments.holdings import EncumbranceKind
from tallychain.ledger.contract import Change, Event
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment, after_next_step, later_statuses, settled

CREDIT = "CREDIT"
DISPUTE = "DISPUTE"
TECHNICAL = "TECHNICAL"


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """A voucher with everything written down that time has made true, though due work may not have come to it yet."""

    voucher: Voucher
    events: tuple[Event, ...]
    missed_ms: int
    """When its cut-off passed, if nobody had written that down; else 0."""
    now: Moment


def time_events(voucher: Voucher, since_ms: int, now: Moment, state: Reader) -> tuple[Event, ...]:
    """What is published when the next step of a voucher's timeline is reached."""
    status = next_status(voucher.timeline)
    later = after_next_step(voucher.timeline)
    fell = VoucherFellDue(voucher.number, status, since_ms, later)
    if status == UNPAID_PENDING:
        return (fell, _dishonoured(voucher, since_ms, state))
    if status == OVERDUE:
        return (fell, _overdue(voucher, since_ms, now, state))
    return (fell,)


def caught_up(voucher: Voucher, now: Moment, state: Reader) -> CaughtUp:
    """Write down first what is already true, so that paying late never hides that something was late."""
    events: tuple[Event, ...] = ()
    missed_ms = 0
    for at_ms, status in later_statuses(voucher.timeline, now.outages):
        if at_ms > now.time_ms:
            break
        missed_ms = at_ms if status == UNPAID_PENDING else missed_ms
        events += time_events(voucher, at_ms, now, state)
        voucher = replaced(voucher, after_next_step(voucher.timeline))
    return CaughtUp(voucher, events, missed_ms, now)


def discharged(
    reached: CaughtUp,
    amount: int,
    end: str,
    state: Reader,
    *,
    in_time: int = 0,
    advance: int = 0,
    repaid: int = 0,
) -> Change:
    """
    The issuer owes less by `amount`; if nothing is left the voucher ends as `end`.

    Gives back to the ceilings what was paid, and lifts the block of a voucher that is paid at last.
    `in_time` is what of it was paid by the cut-off, for what is disclosed of the issuer; `repaid` is what of it goes to a guarantor.
    `advance` is what a guarantor pays beside it: holders are owed that less, and the issuer owes what it did.
    """
    voucher = replace(reached.voucher, discharged=reached.voucher.discharged + amount)
    number, issuer = voucher.number, voucher.issuer
    change = risk.give_back(state, issuer, amount) if amount else Change()
    change += lessened(
        voucher,
        reached.events,
        state,
        reached.now,
        less=amount - repaid,
        advance=advance,
        repaid=repaid,
    )
    change += owed_told(
        voucher,
        reached.events,
        state,
        reached.now,
        discharged=amount,
        in_time=in_time,
        ended=not outstanding(voucher),
    )
    if outstanding(voucher):
        if reached.missed_ms:
            change += risk.block(state, issuer, number, reached.missed_ms)
        return Change((VOUCHERS.put(voucher),), reached.events) + change
    missed = voucher.timeline.status in PAST_CUTOFF
    if voucher.cutoff_ms:
        change += risk.meet(state, issuer, voucher.cutoff_ms)
    change += risk.unblock(state, issuer, number)
    events = (*reached.events, VoucherSettled(number, issuer, end, missed))
    return Change((VOUCHERS.put(replaced(voucher, settled(end))),), events) + change


def withdrawn(voucher: Voucher) -> DishonourWithdrawn:
    """All of the money was there in time: the dishonour was a technical matter."""
    return DishonourWithdrawn(voucher.number, voucher.issuer, TECHNICAL)


def _dishonoured(voucher: Voucher, since_ms: int, state: Reader) -> Dishonoured:
    return Dishonoured(
        voucher=voucher.number,
        issuer=voucher.issuer,
        bank=voucher.settlement_bank,
        outstanding=outstanding(voucher),
        since_ms=since_ms,
        holders=tuple(
            OwedUnits(one.holding.id, one.holding.tag, one.holding.sponsor, one.outstanding)
            for one in _owed(positions_of(voucher, state))
        ),
    )


def _overdue(voucher: Voucher, since_ms: int, now: Moment, state: Reader) -> VoucherOverdue:
    owed = list(_owed(positions_of(voucher, state)))
    cause = DISPUTE if all(is_disputed(one, state, now) for one in owed) else CREDIT
    return VoucherOverdue(voucher.number, voucher.issuer, outstanding(voucher), cause, since_ms)


def _owed(positions: Iterable[Position]) -> Iterable[Position]:
    return (one for one in positions if one.outstanding)


def is_disputed(position: Position, state: Reader, now: Moment) -> bool:
    """Whether the issuer disputes all of a holding."""
    return any(
        e.kind is EncumbranceKind.DISPUTE and e.range == position.holding.units
        for e in binding(position.holding, state, now)
    )
