"""An issuer offers to pay early, the holder agrees, and the settlement bank says that it has paid."""

import dataclasses
from datetime import date

from msgspec.structs import replace

from tallychain.contracts.risk import api as risk
from tallychain.contracts.vouchers import refusals as general
from tallychain.contracts.vouchers.redeeming import refusals
from tallychain.contracts.vouchers.redeeming.ending import ended, replaced
from tallychain.contracts.vouchers.redeeming.events import (
    RedemptionAgreed,
    RedemptionOffered,
    RedemptionPaid,
)
from tallychain.contracts.vouchers.redeeming.find import check_pending, status_for, the_redemption
from tallychain.contracts.vouchers.redeeming.operations import (
    AgreeRedemption,
    AttestRedemption,
    DeclineRedemption,
    OfferRedemption,
    WithdrawRedemption,
)
from tallychain.contracts.vouchers.redeeming.state import (
    AGREED,
    DECLINED,
    EARLY_PAYMENTS,
    FAILED,
    LAPSED,
    OFFERED,
    PAY_BUSINESS_DAYS,
    REDEEMED,
    REDEMPTIONS,
    STANDING,
    WITHDRAWN,
    EarlyPayment,
    Redemption,
)
from tallychain.contracts.vouchers.rules.change import DAY_MS, released
from tallychain.contracts.vouchers.rules.find import the_holding, the_voucher
from tallychain.contracts.vouchers.rules.maturity import maturity_of
from tallychain.contracts.vouchers.rules.stale import cleared
from tallychain.contracts.vouchers.settling.paid import check_not_paid
from tallychain.contracts.vouchers.settling.policies import settlement_policy
from tallychain.contracts.vouchers.settling.refusals import (
    BookingTimeNotPossible,
    NotTheSettlementBank,
    UnitsBound,
)
from tallychain.contracts.vouchers.settling.rules.find import check_holder, check_issuer, check_unused
from tallychain.contracts.vouchers.settling.rules.finish import caught_up, discharged
from tallychain.contracts.vouchers.settling.rules.position import position_of
from tallychain.contracts.vouchers.settling.rules.times import MINUTE_MS, business_day_after
from tallychain.contracts.vouchers.settling.state import ENTITLEMENTS
from tallychain.contracts.vouchers.standing import binding
from tallychain.contracts.vouchers.state import ACTIVE, HOLDINGS, SETTLED, Holding, Voucher, outstanding
from tallychain.instruments.calendar import format_date, instant_ms, local_day, parse_date
from tallychain.instruments.holdings import Encumbrance, EncumbranceKind, place
from tallychain.ledger.contract import Call, Change
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment, Step, Timeline, has_passed, settled
from tallychain.ledger.types import MEMBER_PREFIX


def offer(args: OfferRedemption, call: Call, state: Reader) -> Change:
    """Offer to pay a holding early; never while anything of the issuer is overdue, so that no holder is preferred to one that waits."""
    voucher = the_voucher(args.voucher, state, call.now)
    check_issuer(voucher, call)
    holding = the_holding(voucher.number, args.holding, state)
    _check_free(voucher, holding, call.now, state)
    policy = settlement_policy(state, voucher.settlement_policy)
    closes_ms = maturity_of(_nominal(voucher), policy.outside_business_days, state).blackout_ms
    if has_passed(closes_ms, call.now):
        raise refusals.RedemptionTooLate(
            voucher.number,
            format_date(local_day(closes_ms)),
            policy.source.article_of("outside_business_days"),
        )
    stood = state.get(REDEMPTIONS, voucher.number, holding.first)
    status = "" if stood is None else status_for(stood, holding, call.now)
    if stood is not None and status in STANDING:
        raise refusals.RedemptionStands(holding.id, stood.id, status)
    until_ms = min(call.now.time_ms + policy.answer_days * DAY_MS, closes_ms)
    redemption = Redemption(
        voucher=voucher.number,
        first=holding.first,
        id=call.operation,
        holding=holding.id,
        bank=voucher.settlement_bank,
        agreed_ms=0,
        timeline=Timeline(OFFERED, (Step(until_ms, LAPSED),)),
    )
    event = RedemptionOffered(
        redemption=redemption.id,
        voucher=voucher.number,
        issuer=voucher.issuer,
        holding=holding.id,
        first=holding.first,
        last=holding.last,
        tag=holding.tag,
        bank=redemption.bank,
        maturity=voucher.effective_maturity,
        timeline=redemption.timeline,
    )
    change = Change((REDEMPTIONS.put(redemption),), (event,))
    return change if stood is None else replaced(stood, holding, call.now) + change


def agree(args: AgreeRedemption, call: Call, state: Reader) -> Change:
    """Agree; from here on the units are bound, until the bank has paid or its time is over."""
    voucher = the_voucher(args.voucher, state, call.now)
    redemption = the_redemption(voucher.number, args.holding, args.redemption, state)
    holding = the_holding(voucher.number, args.holding, state)
    check_holder(holding, call, state)
    check_pending(redemption, holding, call.now, OFFERED)
    _check_free(voucher, holding, call.now, state)
    minutes = settlement_policy(state, voucher.settlement_policy).cutoff_minutes
    day = business_day_after(local_day(call.now.time_ms), PAY_BUSINESS_DAYS, state)
    until_ms = min(instant_ms(day) + minutes * MINUTE_MS, voucher.due_ms)
    timeline = Timeline(AGREED, (Step(until_ms, FAILED),))
    free, over = cleared(holding, [holding.units], voucher, state, call.now)
    by = MEMBER_PREFIX + voucher.issuer
    lock = Encumbrance(EncumbranceKind.REDEMPTION, holding.first, holding.last, by, 0, redemption.id)
    bound = replace(free, encumbrances=place(free.encumbrances, lock))
    later = replace(redemption, agreed_ms=call.now.time_ms, timeline=timeline)
    event = RedemptionAgreed(redemption.id, voucher.number, timeline)
    return over + Change((REDEMPTIONS.put(later), HOLDINGS.put(bound)), (event,))


def decline(args: DeclineRedemption, call: Call, state: Reader) -> Change:
    """Decline; everything stays as it is."""
    the_voucher(args.voucher, state, call.now)
    redemption = the_redemption(args.voucher, args.holding, args.redemption, state)
    holding = the_holding(args.voucher, args.holding, state)
    check_holder(holding, call, state)
    check_pending(redemption, holding, call.now, OFFERED)
    return ended(redemption, DECLINED, call.now.time_ms)


def withdraw(args: WithdrawRedemption, call: Call, state: Reader) -> Change:
    """Take back an offer that the holder has not agreed to."""
    voucher = the_voucher(args.voucher, state, call.now)
    redemption = the_redemption(voucher.number, args.holding, args.redemption, state)
    holding = the_holding(voucher.number, args.holding, state)
    check_issuer(voucher, call)
    check_pending(redemption, holding, call.now, OFFERED)
    return ended(redemption, WITHDRAWN, call.now.time_ms)


def attest(args: AttestRedemption, call: Call, state: Reader) -> Change:
    """
    State that what the sealed terms say was paid.  The issuer is discharged of the whole face, and its ceilings get it back.

    What a court has frozen before this stands on record is not redeemed: the money belongs back, and the freeze stays.
    """
    voucher = the_voucher(args.voucher, state, call.now)
    redemption = the_redemption(voucher.number, args.holding, args.redemption, state)
    holding = the_holding(voucher.number, args.holding, state)
    if call.member != redemption.bank:
        raise NotTheSettlementBank(voucher.number, redemption.bank)
    check_pending(redemption, holding, call.now, AGREED)
    for bound in binding(holding, state, call.now):
        if bound.kind is EncumbranceKind.FREEZE:
            raise UnitsBound(holding.id, bound.kind.value)
    if not redemption.agreed_ms <= args.booked_ms <= call.now.time_ms:
        raise BookingTimeNotPossible(args.booked_ms)
    check_unused(redemption.bank, voucher.currency, args.reference, state)
    return _paid(args, call, redemption, voucher, holding, state)


def _nominal(voucher: Voucher) -> date:
    return parse_date(voucher.nominal_maturity)


def _check_free(voucher: Voucher, holding: Holding, now: Moment, state: Reader) -> None:
    """Before the maturity, of a holding that is not paid and that nothing binds, by an issuer that owes nobody what is due."""
    if voucher.status_at(now) != ACTIVE:
        raise general.VoucherNotActive(voucher.number, voucher.status_at(now))
    check_not_paid(holding, state)
    for bound in binding(holding, state, now):
        raise UnitsBound(holding.id, bound.kind.value)
    if risk.is_blocked(state, voucher.issuer, now):
        raise refusals.IssuerOverdue(voucher.issuer)


def _paid(
    args: AttestRedemption,
    call: Call,
    redemption: Redemption,
    voucher: Voucher,
    holding: Holding,
    state: Reader,
) -> Change:
    face = holding.units.length
    position = position_of(voucher, holding, state)
    entitlement = replace(position.entitlement, outside=face)
    free, over = cleared(released(holding, redemption.id), [holding.units], voucher, state, call.now)
    proof = EarlyPayment(
        bank=redemption.bank,
        currency=voucher.currency,
        reference=args.reference,
        voucher=voucher.number,
        redemption=redemption.id,
        booked_ms=args.booked_ms,
        document=args.document,
        operation=call.operation,
    )
    event = RedemptionPaid(
        redemption=redemption.id,
        voucher=voucher.number,
        holding=holding.id,
        first=holding.first,
        bank=redemption.bank,
        reference=args.reference,
        booked_ms=args.booked_ms,
        document=args.document,
        amount=face,
        outstanding=outstanding(voucher) - face,
        status=dataclasses.replace(position, entitlement=entitlement).timeline(voucher, call.now),
    )
    done = REDEMPTIONS.put(replace(redemption, timeline=settled(REDEEMED)))
    writes = (done, EARLY_PAYMENTS.put(proof), ENTITLEMENTS.put(entitlement), HOLDINGS.put(free))
    change = over + Change(writes, (event,))
    reached = caught_up(voucher, call.now, state)
    return change + discharged(reached, face, SETTLED, state, in_time=face)
