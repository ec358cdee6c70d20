"""How what a guarantor stands for follows what holders are owed: taken at issue, less by every payment and release, given back by every end."""

from collections.abc import Iterable

from msgspec.structs import replace

from tallychain.contracts.vouchers.guaranteeing import refusals
from tallychain.contracts.vouchers.guaranteeing.events import (
    GuaranteeChanged,
    GuaranteeNamed,
    GuarantorCalled,
    GuarantorDefaulted,
)
from tallychain.contracts.vouchers.guaranteeing.state import (
    CALLED,
    CALLS,
    DEFAULTED,
    FRAMES,
    FREED,
    GUARANTEES,
    IN_FORCE,
    REPAID,
    STANDING,
    SUBROGATED,
    Frame,
    Guarantee,
    GuaranteeCall,
)
from tallychain.contracts.vouchers.settling.events import VoucherOverdue
from tallychain.contracts.vouchers.state import GONE, OVERDUE, UNOWED, Voucher
from tallychain.ledger import limits
from tallychain.ledger.contract import Change, Event
from tallychain.ledger.identity import GUARANTOR, MEMBERS, is_in_good_standing
from tallychain.ledger.state import Reader
from tallychain.ledger.tables import Write
from tallychain.ledger.timeline import (
    Moment,
    Step,
    Timeline,
    has_passed,
    later_statuses,
    next_step_ms,
    settled,
    status_at,
)

DAY_MS = 86_400_000
ISSUE_REFUSALS = (
    refusals.GuaranteeNotGiven,
    refusals.GuarantorNotEligible,
    refusals.GuarantorInDefault,
    refusals.GuaranteeExceeded,
)
"""What `named` may refuse, in order of precedence."""


def advanced(number: str, state: Reader) -> int:
    """What the issuer owes a guarantor of this voucher, in fen: what it has paid to holders and has not got back."""
    found = state.get(GUARANTEES, number)
    return 0 if found is None else found.paid - found.repaid


def named(guarantor: str, voucher: Voucher, state: Reader, now: Moment) -> Change:
    """A voucher is issued under a guarantee, and takes its face of the frame's limit; nothing where none is named."""
    if not guarantor:
        return Change()
    frame = state.get(FRAMES, guarantor, voucher.issuer)
    if frame is None or frame.status_at(now) != IN_FORCE:
        raise refusals.GuaranteeNotGiven(guarantor, voucher.issuer)
    member = state.get(MEMBERS, guarantor)
    if member is None or not is_in_good_standing(member, now) or GUARANTOR not in member.kinds:
        raise refusals.GuarantorNotEligible(guarantor)
    missed = missed_call(guarantor, state, now)
    if missed is not None:
        raise refusals.GuarantorInDefault(guarantor, missed.vouchers)
    free = frame.limit - frame.exposure
    if voucher.face > free:
        raise refusals.GuaranteeExceeded(guarantor, voucher.issuer, free, voucher.face)
    guarantee = Guarantee(
        voucher=voucher.number,
        issuer=voucher.issuer,
        guarantor=guarantor,
        frame=frame.id,
        pay_days=frame.pay_days,
        liable=voucher.face,
        paid=0,
        repaid=0,
        called_until_ms=0,
        timeline=settled(STANDING),
    )
    more = replace(frame, exposure=frame.exposure + voucher.face)
    event = GuaranteeNamed(
        voucher=voucher.number,
        issuer=voucher.issuer,
        guarantor=guarantor,
        frame=frame.id,
        liable=voucher.face,
        pay_days=frame.pay_days,
        exposure=more.exposure,
        timeline=guarantee.timeline,
    )
    return Change((GUARANTEES.put(guarantee), FRAMES.put(more)), (event,))


def missed_call(guarantor: str, state: Reader, now: Moment) -> GuaranteeCall | None:
    """The first call in which the guarantor has not paid in time, whether or not that was written down; all of one day are one row."""
    first = next(iter(state.scan(CALLS, guarantor)), None)
    return first if first is not None and has_passed(first.until_ms, now) else None


def given_back(voucher: Voucher, state: Reader) -> Change:
    """The voucher ends and nothing is owed on it: nothing of it is guaranteed any more, and its row leaves."""
    guarantee = state.get(GUARANTEES, voucher.number)
    if guarantee is None:
        return Change()
    over = replace(guarantee, liable=0, timeline=settled(FREED))
    frame = _frame_less(guarantee, guarantee.liable, state)
    return Change((GUARANTEES.delete(guarantee), FRAMES.put(frame)), (_changed(over, frame),))


def lessened(
    voucher: Voucher,
    events: Iterable[Event],
    state: Reader,
    now: Moment,
    *,
    less: int,
    advance: int = 0,
    repaid: int = 0,
) -> Change:
    """Holders are owed `less` and `advance` less, the second by the guarantor's money; the issuer has paid the guarantor `repaid`."""
    stood = state.get(GUARANTEES, voucher.number)
    if stood is None:
        return Change()
    guarantee = stood
    told: tuple[Event, ...] = ()
    for event in events:
        if isinstance(event, VoucherOverdue):
            guarantee, call = _called(guarantee, event.since_ms)
            told = (call,)
    missed = _missed(guarantee, now)
    later = replace(
        guarantee,
        liable=guarantee.liable - less - advance,
        paid=guarantee.paid + advance,
        repaid=guarantee.repaid + repaid,
    )
    later = replace(later, timeline=_timeline(later, now))
    frame = _frame_less(guarantee, less + advance, state)
    rows = (GUARANTEES.put(later), FRAMES.put(frame), *_of_call(stood, later, state))
    return Change(rows, (*told, *missed, _changed(later, frame)))


def _of_call(stood: Guarantee, later: Guarantee, state: Reader) -> tuple[Write, ...]:
    """Who is called and owes nothing any more is off the list; who is called just now is on it."""
    was = stood.called_until_ms > 0 and stood.liable > 0
    now = later.called_until_ms > 0 and later.liable > 0
    return () if was == now else (_counted(later, 1 if now else -1, state),)


def _counted(guarantee: Guarantee, more: int, state: Reader) -> Write:
    row = state.get(CALLS, guarantee.guarantor, guarantee.called_until_ms)
    count = more + (0 if row is None else row.vouchers)
    later = GuaranteeCall(guarantee.guarantor, guarantee.called_until_ms, count)
    return CALLS.put(later) if count else CALLS.delete(later)


def called(voucher: Voucher, since_ms: int, state: Reader) -> Change:
    """The voucher is overdue: its guarantor has some days to pay."""
    guarantee = state.get(GUARANTEES, voucher.number)
    if guarantee is None:
        return Change()
    later, event = _called(guarantee, since_ms)
    return Change((GUARANTEES.put(later), _counted(later, 1, state)), (event,))


def status_for(guarantee: Guarantee, voucher: Voucher, now: Moment) -> str:
    """What it is at this moment, also where nobody has written down yet that the voucher is overdue, or over."""
    status = voucher.status_at(now)
    if status in (*UNOWED, GONE):
        return FREED
    if guarantee.timeline.status == STANDING and status == OVERDUE:
        since = [at for at, later in later_statuses(voucher.timeline, now.outages) if later == OVERDUE]
        called_on, _ = _called(guarantee, min(since))
        return status_at(called_on.timeline, now)
    return status_at(guarantee.timeline, now)


def _called(guarantee: Guarantee, since_ms: int) -> tuple[Guarantee, GuarantorCalled]:
    until_ms = min(since_ms + guarantee.pay_days * DAY_MS, limits.TIME_MS)
    timeline = Timeline(CALLED, (Step(until_ms, DEFAULTED),))
    later = replace(guarantee, called_until_ms=until_ms, timeline=timeline)
    event = GuarantorCalled(
        later.voucher, later.issuer, later.guarantor, later.liable, since_ms, later.timeline
    )
    return later, event


def default_of(guarantee: Guarantee, since_ms: int) -> GuarantorDefaulted:
    """It has not paid in time."""
    return GuarantorDefaulted(
        guarantee.voucher, guarantee.issuer, guarantee.guarantor, guarantee.liable, since_ms
    )


def _missed(guarantee: Guarantee, now: Moment) -> tuple[Event, ...]:
    """What is told of a default that due work has not come to yet, so that paying late never hides that it was late."""
    at_ms = next_step_ms(guarantee.timeline, now.outages)
    return (default_of(guarantee, at_ms),) if at_ms is not None and at_ms <= now.time_ms else ()


def _timeline(guarantee: Guarantee, now: Moment) -> Timeline:
    if guarantee.liable:
        status = status_at(guarantee.timeline, now)
        return settled(status) if status == DEFAULTED else guarantee.timeline
    if guarantee.paid == guarantee.repaid:
        return settled(REPAID if guarantee.paid else FREED)
    return settled(SUBROGATED)


def _frame_less(guarantee: Guarantee, amount: int, state: Reader) -> Frame:
    frame = state.get(FRAMES, guarantee.guarantor, guarantee.issuer)
    if frame is None:
        raise FrameMissing(guarantee.voucher)
    return replace(frame, exposure=frame.exposure - amount)


class FrameMissing(Exception):
    """Our own mistake: a guarantee without the frame that it rests on."""


def _changed(guarantee: Guarantee, frame: Frame) -> GuaranteeChanged:
    return GuaranteeChanged(
        voucher=guarantee.voucher,
        issuer=guarantee.issuer,
        guarantor=guarantee.guarantor,
        liable=guarantee.liable,
        paid=guarantee.paid,
        repaid=guarantee.repaid,
        exposure=frame.exposure,
        timeline=guarantee.timeline,
    )
