"""An issuer disputes a part of what its first holder has; the holder answers; a court or an arbitration may decide."""

import dataclasses

from msgspec.structs import replace

from tallychain.contracts.members import api as members
from tallychain.contracts.vouchers import refusals as general
from tallychain.contracts.vouchers.disputing import refusals
from tallychain.contracts.vouchers.disputing.ending import ended
from tallychain.contracts.vouchers.disputing.events import (
    DisputeAdmitted,
    DisputeClosed,
    DisputeDenied,
    DisputeOpened,
    DisputeReferred,
)
from tallychain.contracts.vouchers.disputing.find import check_disputed, the_dispute
from tallychain.contracts.vouchers.disputing.operations import (
    AnswerDispute,
    CloseDispute,
    OpenDispute,
    ReferDispute,
)
from tallychain.contracts.vouchers.disputing.state import (
    ADMITTED,
    CLOSED,
    DENIED,
    DISPUTES,
    DISPUTES_MAX,
    LAPSED,
    OPEN_DAYS,
    OPENED,
    REFERRED,
    REFERRED_DAYS,
    Dispute,
)
from tallychain.contracts.vouchers.policies import split_policy
from tallychain.contracts.vouchers.rules.change import DAY_MS
from tallychain.contracts.vouchers.rules.divide import Divided, divided
from tallychain.contracts.vouchers.rules.find import (
    check_parts_large_enough,
    check_sponsored,
    the_holding,
    the_voucher,
)
from tallychain.contracts.vouchers.rules.stale import cleared
from tallychain.contracts.vouchers.settling.events import DebtReleased
from tallychain.contracts.vouchers.settling.paid import check_not_paid
from tallychain.contracts.vouchers.settling.rules.finish import caught_up, discharged
from tallychain.contracts.vouchers.settling.rules.position import position_of
from tallychain.contracts.vouchers.settling.state import ENTITLEMENTS
from tallychain.contracts.vouchers.standing import binding
from tallychain.contracts.vouchers.state import (
    ACTIVE,
    FIRST_LAYER,
    HOLDINGS,
    RELEASED,
    VOUCHERS,
    Holding,
    Voucher,
    outstanding,
)
from tallychain.instruments.holdings import Encumbrance, EncumbranceKind, Range, place, strongest
from tallychain.ledger.contract import Call, Change
from tallychain.ledger.identity import ARBITER, CORE_ENTERPRISE, COURT_GATEWAY
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Step, Timeline, later_statuses

CLOSING_KINDS = (CORE_ENTERPRISE, COURT_GATEWAY, ARBITER)


def open_dispute(args: OpenDispute, call: Call, state: Reader) -> Change:
    """
    Say that a part of what the first holder has is not owed, no more than the evidence covers.

    Only before the maturity, and only of units that nothing binds: whoever has a right in them already is paid whatever the issuer has against
    the first holder.  A part becomes a holding of its own, so the rest is passed on and paid as ever.
    """
    voucher = the_voucher(args.voucher, state, call.now)
    if call.member != voucher.issuer:
        raise general.NotTheIssuer(voucher.number)
    holding = the_holding(args.voucher, args.holding, state)
    if voucher.status_at(call.now) != ACTIVE:
        raise general.VoucherNotActive(voucher.number, voucher.status_at(call.now))
    if holding.layer != FIRST_LAYER:
        raise refusals.NotTheFirstHolder(holding.id)
    check_not_paid(holding, state)
    if not holding.first <= args.first <= args.last <= holding.last:
        raise general.UnitsOutsideHolding(args.first, args.last, holding.id)
    units = Range(args.first, args.last)
    if units.length > args.covered:
        raise refusals.DisputeExceedsEvidence(units.length, args.covered)
    obstacle = strongest(units, binding(holding, state, call.now))
    if obstacle is not None:
        raise general.UnitsNotFree(str(units), str(obstacle.range), obstacle.kind.value)
    if len(state.scan(DISPUTES, voucher.number)) >= DISPUTES_MAX:
        raise refusals.TooManyDisputes(voucher.number, DISPUTES_MAX)
    return _opened(args, call, voucher, holding, units, state)


def answer(args: AnswerDispute, call: Call, state: Reader) -> Change:
    """Deny it, which leaves it to the issuer to go to a court; or admit it, which releases the issuer of these units for good."""
    dispute = the_dispute(args.voucher, args.dispute, state, call.now)
    holding = the_holding(dispute.voucher, dispute.first, state)
    if call.tag != dispute.tag:
        raise general.NotTheHolder(dispute.id)
    check_sponsored(holding.sponsor, call, state)
    if args.admits:
        check_disputed(dispute, call.now)
        return _admitted(dispute, holding, call, state)
    check_disputed(dispute, call.now, (OPENED,))
    steps = tuple(Step(at_ms, status) for at_ms, status in later_statuses(dispute.timeline, ()))
    denied = replace(dispute, timeline=Timeline(DENIED, steps))
    return Change((DISPUTES.put(denied),), (DisputeDenied(dispute.id, dispute.voucher, denied.timeline),))


def refer(args: ReferDispute, call: Call, state: Reader) -> Change:
    """Show that a court or an arbitration decides; it has to be shown again some time later, or the dispute lapses."""
    dispute = the_dispute(args.voucher, args.dispute, state, call.now)
    if call.member != the_voucher(args.voucher, state, call.now).issuer:
        raise general.NotTheIssuer(args.voucher)
    check_disputed(dispute, call.now)
    timeline = Timeline(REFERRED, (Step(call.now.time_ms + REFERRED_DAYS * DAY_MS, LAPSED),))
    later = replace(dispute, document=args.document, timeline=timeline)
    event = DisputeReferred(dispute.id, dispute.voucher, args.document, timeline)
    return Change((DISPUTES.put(later),), (event,))


def close(args: CloseDispute, call: Call, state: Reader) -> Change:
    """Withdraw a dispute as its issuer; a court or an arbiter on the ledger closes it when it has decided."""
    dispute = the_dispute(args.voucher, args.dispute, state, call.now)
    voucher = the_voucher(args.voucher, state, call.now)
    decides = any(
        members.is_active_kind(state, call.via, kind, call.now) for kind in (COURT_GATEWAY, ARBITER)
    )
    if call.member != voucher.issuer and not decides:
        raise general.NotTheIssuer(voucher.number)
    check_disputed(dispute, call.now)
    event = DisputeClosed(dispute.id, dispute.voucher, call.via, args.document)
    return Change(ended(dispute, CLOSED, state), (event,))


def _opened(
    args: OpenDispute, call: Call, voucher: Voucher, holding: Holding, units: Range, state: Reader
) -> Change:
    pieces: Divided | None = None
    free, over = cleared(holding, [units], voucher, state, call.now)
    change = over
    if units != holding.units:
        _check_split(voucher, holding, units, state)
        pieces = divided(free, units, voucher)
        change += Change(
            (
                *(HOLDINGS.put(rest) for rest in pieces.rests),
                VOUCHERS.put(replace(voucher, splits=voucher.splits + 1)),
            ),
            (pieces.event,),
        )
    part = free if pieces is None else pieces.part
    ends_ms = call.now.time_ms + OPEN_DAYS * DAY_MS
    steps = (ends_ms, voucher.due_ms) if ends_ms < voucher.due_ms else (voucher.due_ms,)
    dispute = Dispute(
        id=call.operation,
        voucher=voucher.number,
        first=part.first,
        last=part.last,
        tag=part.tag,
        covered=args.covered,
        document=args.document,
        timeline=Timeline(OPENED, tuple(Step(at_ms, LAPSED) for at_ms in steps)),
    )
    lock = Encumbrance(EncumbranceKind.DISPUTE, part.first, part.last, call.author, 0, dispute.id)
    bound = replace(part, encumbrances=place(part.encumbrances, lock))
    event = DisputeOpened(
        dispute=dispute.id,
        voucher=voucher.number,
        issuer=voucher.issuer,
        holding=bound.id,
        first=bound.first,
        last=bound.last,
        tag=bound.tag,
        covered=args.covered,
        document=args.document,
        timeline=dispute.timeline,
    )
    return change + Change((HOLDINGS.put(bound), DISPUTES.put(dispute)), (event,))


def _check_split(voucher: Voucher, holding: Holding, units: Range, state: Reader) -> None:
    """The splits belong to all holders; an issuer uses no more of them than they may."""
    policy = split_policy(state, voucher.split_policy)
    if voucher.splits >= policy.children_max:
        raise general.SplitLimit(
            voucher.number, policy.children_max, policy.source.article_of("children_max")
        )
    pieces = divided(holding, units, voucher)
    parts = (pieces.part.units, *(rest.units for rest in pieces.rests))
    check_parts_large_enough(parts, voucher, voucher.splits, policy)


def _admitted(dispute: Dispute, holding: Holding, call: Call, state: Reader) -> Change:
    voucher = the_voucher(dispute.voucher, state, call.now)
    position = position_of(voucher, holding, state)
    amount = position.outstanding
    entitlement = replace(position.entitlement, released=position.entitlement.released + amount)
    later = dataclasses.replace(position, entitlement=entitlement)
    told = DebtReleased(
        voucher=voucher.number,
        holding=holding.id,
        first=holding.first,
        operation=call.operation,
        amount=amount,
        outstanding=outstanding(voucher) - amount,
        since_ms=call.now.time_ms,
        status=later.timeline(voucher, call.now),
    )
    writes = (ENTITLEMENTS.put(entitlement), *ended(dispute, ADMITTED, state))
    change = Change(writes, (DisputeAdmitted(dispute.id, dispute.voucher), told))
    reached = caught_up(voucher, call.now, state)
    return change + (discharged(reached, amount, RELEASED, state) if amount else Change())
