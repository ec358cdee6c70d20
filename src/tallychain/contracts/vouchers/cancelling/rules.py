"""An issuer and all holders give a voucher up; one silent holder is enough that it stands."""

from typing import Final

from msgspec.structs import replace

from tallychain.contracts.vouchers.cancelling.events import (
    CancellationConsented,
    CancellationLapsed,
    CancellationProposed,
    VoucherCancelled,
)
from tallychain.contracts.vouchers.cancelling.operations import Cancel, Consent
from tallychain.contracts.vouchers.cancelling.refusals import (
    CancellationNotPending,
    HoldersMissing,
    TooManyHoldings,
)
from tallychain.contracts.vouchers.cancelling.state import (
    AGREED,
    CANCELLATIONS,
    HOLDINGS_MAX,
    LAPSED,
    PENDING,
    Cancellation,
)
from tallychain.contracts.vouchers.policies import SplitPolicy, split_policy
from tallychain.contracts.vouchers.refusals import NotTheHolder, NotTheIssuer, UnitsNotFree
from tallychain.contracts.vouchers.rules.backing import freed
from tallychain.contracts.vouchers.rules.change import (
    DAY_MS,
    gone,
    next_status,
    replaced,
    shown,
    title_given_up,
)
from tallychain.contracts.vouchers.rules.find import (
    check_sponsored,
    check_transferable,
    the_holding,
    the_voucher,
)
from tallychain.contracts.vouchers.settling.paid import check_not_paid
from tallychain.contracts.vouchers.standing import binding
from tallychain.contracts.vouchers.state import CANCELLED, GONE, HOLDINGS, Holding, Voucher
from tallychain.ledger.contract import Call, Change, DueKind
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import (
    Moment,
    Step,
    Timeline,
    after_next_step,
    settled,
)

CANCELLATIONS_PER_BLOCK: Final = 200


def cancel(args: Cancel, call: Call, state: Reader) -> Change:
    """
    Propose to every holder that the voucher ends unpaid.

    It waits for some days, and never beyond the beginning of the black-out.  Title may go on moving meanwhile: whoever holds then is asked.
    """
    voucher = the_voucher(args.voucher, state, call.now)
    if call.member != voucher.issuer:
        raise NotTheIssuer(voucher.number)
    policy = split_policy(state, voucher.split_policy)
    check_transferable(voucher, policy, call.now)
    held = _holdings(voucher, state)
    earlier = state.get(CANCELLATIONS, voucher.number)
    if earlier is not None and earlier.status_at(call.now) == PENDING:
        raise HoldersMissing(voucher.number, len(_missing(earlier, held)))
    for holding in held:
        _check_unbound(holding, state, call.now)
    for holding in held:
        check_not_paid(holding, state)
    proposed = Cancellation(
        voucher=voucher.number,
        operation=call.operation,
        issuer=voucher.issuer,
        proposed_ms=call.now.time_ms,
        consents=(),
        timeline=_timeline(voucher, policy, call.now),
    )
    event = CancellationProposed(
        voucher.number, call.operation, voucher.issuer, len(held), shown(proposed.timeline)
    )
    return Change((CANCELLATIONS.put(proposed),), (event,))


def consent(args: Consent, call: Call, state: Reader) -> Change:
    """
    Agree for one holding; the last consent cancels the voucher.

    It does so only if no holding is bound at that moment; a holder that consented before may then consent again once it is free.
    """
    voucher = the_voucher(args.voucher, state, call.now)
    holding = the_holding(args.voucher, args.holding, state)
    if call.tag != holding.tag:
        raise NotTheHolder(holding.id)
    check_sponsored(holding.sponsor, call, state)
    check_transferable(voucher, split_policy(state, voucher.split_policy), call.now)
    proposed = state.get(CANCELLATIONS, voucher.number)
    if proposed is None or proposed.operation != args.cancellation or proposed.status_at(call.now) != PENDING:
        raise CancellationNotPending(voucher.number)
    _check_unbound(holding, state, call.now)
    held = _holdings(voucher, state)
    for one in held:
        check_not_paid(one, state)
    consents = tuple(h.id for h in held if h.id == holding.id or h.id in proposed.consents)
    agreed = replace(proposed, consents=consents)
    missing = _missing(agreed, held)
    consented = CancellationConsented(voucher.number, agreed.operation, holding.id, len(missing))
    if missing or any(binding(h, state, call.now) for h in held):
        return Change((CANCELLATIONS.put(agreed),), (consented,))
    return _cancelled(voucher, agreed, consented, state, call.now)


def _holdings(voucher: Voucher, state: Reader) -> list[Holding]:
    """All holdings in the order of units.  Raises `TooManyHoldings`."""
    held: list[Holding] = []
    first = 1
    while first <= voucher.face:
        holding = the_holding(voucher.number, first, state)
        held.append(holding)
        if len(held) > HOLDINGS_MAX:
            raise TooManyHoldings(voucher.number, HOLDINGS_MAX)
        first = holding.last + 1
    return held


def _missing(cancellation: Cancellation, held: list[Holding]) -> list[str]:
    return [holding.id for holding in held if holding.id not in cancellation.consents]


def _check_unbound(holding: Holding, state: Reader, now: Moment) -> None:
    """Others have a right in what is bound: it is not given up over their heads."""
    for bound in binding(holding, state, now):
        raise UnitsNotFree(str(holding.units), str(bound.range), bound.kind.value)


def _timeline(voucher: Voucher, policy: SplitPolicy, now: Moment) -> Timeline:
    own_ms = now.time_ms + policy.cancel_days * DAY_MS
    ends_ms = (own_ms, voucher.blackout_ms) if own_ms < voucher.blackout_ms else (voucher.blackout_ms,)
    steps = tuple(Step(at_ms, LAPSED) for at_ms in ends_ms)
    return Timeline(PENDING, (*steps, gone(ends_ms[0], policy.retention_days)))


def _cancelled(
    voucher: Voucher, agreed: Cancellation, consented: CancellationConsented, state: Reader, now: Moment
) -> Change:
    """The voucher ends as one without title does: its reference, its invoices and its ceilings are free."""
    days = split_policy(state, voucher.split_policy).retention_days
    ended = replace(agreed, timeline=Timeline(AGREED, (gone(now.time_ms, days),)))
    cancelled = Change(
        (CANCELLATIONS.put(ended), *title_given_up(replaced(voucher, settled(CANCELLED)), state)),
        (consented, VoucherCancelled(voucher.number, agreed.operation, voucher.issuer, agreed.consents)),
    )
    return cancelled + freed(voucher, state, now)


def _cancellation_change(cancellation: Cancellation, since_ms: int, _now: Moment, state: Reader) -> Change:
    """It lapses, and later the row leaves."""
    if next_status(cancellation.timeline) == GONE:
        return Change((CANCELLATIONS.delete(cancellation),))
    later = after_next_step(cancellation.timeline)
    while next_status(later) == LAPSED:
        later = after_next_step(later)
    held = state.scan(HOLDINGS, cancellation.voucher)
    event = CancellationLapsed(
        cancellation.voucher, cancellation.operation, len(_missing(cancellation, held)), since_ms
    )
    return Change((CANCELLATIONS.put(replace(cancellation, timeline=later)),), (event,))


DUE_KIND: Final = DueKind(
    name="cancellation",
    table=CANCELLATIONS,
    budget=CANCELLATIONS_PER_BLOCK,
    timeline=lambda row: row.timeline,
    change=_cancellation_change,
)
