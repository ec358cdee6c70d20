"""The issuer pays a holder directly: it says so, the holder confirms, and the holding is paid."""

import dataclasses

from msgspec.structs import replace

from tallychain.contracts.vouchers import refusals as general
from tallychain.contracts.vouchers.rules.change import DAY_MS
from tallychain.contracts.vouchers.rules.find import the_holding, the_voucher
from tallychain.contracts.vouchers.rules.maturity import maturity_of
from tallychain.contracts.vouchers.settling import refusals
from tallychain.contracts.vouchers.settling.events import OutsidePaid, OutsideProposed
from tallychain.contracts.vouchers.settling.operations import ConsentOutside, ProposeOutside
from tallychain.contracts.vouchers.settling.policies import settlement_policy
from tallychain.contracts.vouchers.settling.rules.find import check_holder, check_issuer
from tallychain.contracts.vouchers.settling.rules.finish import caught_up, discharged
from tallychain.contracts.vouchers.settling.rules.position import position_of
from tallychain.contracts.vouchers.settling.state import ENTITLEMENTS, LAPSED, PROPOSED
from tallychain.contracts.vouchers.standing import binding
from tallychain.contracts.vouchers.state import ACTIVE, SETTLED, Holding, Voucher, outstanding
from tallychain.instruments.calendar import format_date, local_day, parse_date
from tallychain.ledger.contract import Call, Change
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment, Step, Timeline, has_passed


def propose_outside(args: ProposeOutside, call: Call, state: Reader) -> Change:
    """State that the whole face of a holding was paid directly; without the holder's word nothing changes."""
    voucher = the_voucher(args.voucher, state, call.now)
    check_issuer(voucher, call)
    holding = the_holding(voucher.number, args.holding, state)
    _check_free(voucher, holding, call.now, state)
    policy = settlement_policy(state, voucher.settlement_policy)
    closes_ms = maturity_of(
        parse_date(voucher.nominal_maturity), policy.outside_business_days, state
    ).blackout_ms
    if has_passed(closes_ms, call.now):
        raise refusals.OutsideTooLate(
            voucher.number,
            format_date(local_day(closes_ms)),
            policy.source.article_of("outside_business_days"),
        )
    until_ms = min(call.now.time_ms + policy.answer_days * DAY_MS, closes_ms)
    entitlement = replace(
        position_of(voucher, holding, state).entitlement,
        outside_holding=holding.id,
        outside_proposal=call.operation,
        outside_until_ms=until_ms,
    )
    event = OutsideProposed(
        voucher=voucher.number,
        holding=holding.id,
        first=holding.first,
        proposal=call.operation,
        amount=holding.units.length,
        document=args.document,
        timeline=Timeline(PROPOSED, (Step(until_ms, LAPSED),)),
    )
    return Change((ENTITLEMENTS.put(entitlement),), (event,))


def consent_outside(args: ConsentOutside, call: Call, state: Reader) -> Change:
    """Confirm to have been paid directly.  The issuer is discharged of the holding; nothing of it can be passed on any more."""
    voucher = the_voucher(args.voucher, state, call.now)
    holding = the_holding(voucher.number, args.holding, state)
    check_holder(holding, call, state)
    _check_free(voucher, holding, call.now, state)
    position = position_of(voucher, holding, state)
    entitlement = position.entitlement
    is_asked = (entitlement.outside_holding, entitlement.outside_proposal) == (holding.id, args.proposal)
    if not is_asked or has_passed(entitlement.outside_until_ms, call.now):
        raise refusals.ProposalNotPending(args.proposal)
    paid = replace(entitlement, outside=holding.units.length)
    paid_now = holding.units.length
    reached = caught_up(voucher, call.now, state)
    change = discharged(reached, paid_now, SETTLED, state, in_time=paid_now)
    later = dataclasses.replace(position, entitlement=paid)
    event = OutsidePaid(
        voucher=voucher.number,
        holding=holding.id,
        first=holding.first,
        proposal=args.proposal,
        amount=holding.units.length,
        outstanding=outstanding(voucher) - holding.units.length,
        status=later.timeline(voucher, call.now),
    )
    return Change((ENTITLEMENTS.put(paid),), (event,)) + change


def _check_free(voucher: Voucher, holding: Holding, now: Moment, state: Reader) -> None:
    """Before maturity, of a holding that nothing binds and that was not paid already."""
    if voucher.status_at(now) != ACTIVE:
        raise general.VoucherNotActive(voucher.number, voucher.status_at(now))
    if position_of(voucher, holding, state).entitlement.outside:
        raise refusals.HoldingPaid(holding.id)
    for bound in binding(holding, state, now):
        raise refusals.UnitsBound(holding.id, bound.kind.value)
