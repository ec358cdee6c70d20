"""A guarantor stands for an issuer, its money is divided among holders, and what the issuer pays later is passed on to it."""

from datetime import timedelta

from msgspec.structs import replace

from tallychain.contracts.vouchers.guaranteeing import refusals
from tallychain.contracts.vouchers.guaranteeing.book import advanced, status_for
from tallychain.contracts.vouchers.guaranteeing.events import (
    FrameGiven,
    FrameOver,
    GuarantorPaid,
    RepaymentPassedOn,
)
from tallychain.contracts.vouchers.guaranteeing.operations import (
    EndGuarantee,
    GiveGuarantee,
    PassOn,
    PayAsGuarantor,
)
from tallychain.contracts.vouchers.guaranteeing.repaying import late_event
from tallychain.contracts.vouchers.guaranteeing.state import (
    CALLED,
    DEFAULTED,
    ENDED,
    EXPIRED,
    FRAMES,
    GUARANTEES,
    GUARANTOR_SUBROGATION,
    IN_FORCE,
    REPAYMENTS,
    Frame,
    Guarantee,
)
from tallychain.contracts.vouchers.rules.find import read_day, the_voucher
from tallychain.contracts.vouchers.settling.policies import settlement_policy
from tallychain.contracts.vouchers.settling.refusals import BookingTimeNotPossible, TooManyAttestations
from tallychain.contracts.vouchers.settling.rules.attest import Division, counted, divided, told_shares
from tallychain.contracts.vouchers.settling.rules.debt import final_releases
from tallychain.contracts.vouchers.settling.rules.find import (
    check_bank,
    check_booked,
    check_reference,
    check_unused,
    the_member,
)
from tallychain.contracts.vouchers.settling.rules.finish import caught_up, discharged
from tallychain.contracts.vouchers.settling.rules.paying import on_time, paying_on
from tallychain.contracts.vouchers.settling.rules.position import the_settlement
from tallychain.contracts.vouchers.settling.rules.times import missed_ms
from tallychain.contracts.vouchers.settling.state import EVIDENCE, SETTLEMENTS, SHARES, Evidence
from tallychain.contracts.vouchers.state import RELEASED, Voucher
from tallychain.instruments.calendar import format_date, instant_ms, local_day
from tallychain.ledger import limits
from tallychain.ledger.contract import Call, Change
from tallychain.ledger.identity import CORE_ENTERPRISE, MEMBERS, is_in_good_standing
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment, Step, Timeline, settled, shifted

ONE_DAY = timedelta(days=1)
PAID_KIND = "guarantor.pay"


def give(args: GiveGuarantee, call: Call, state: Reader) -> Change:
    """Stand for new vouchers of an issuer; what is guaranteed already, under an earlier frame, counts against the limit."""
    guarantor = the_member(call)
    issuer = state.get(MEMBERS, args.issuer)
    if issuer is None or not is_in_good_standing(issuer, call.now) or CORE_ENTERPRISE not in issuer.kinds:
        raise refusals.IssuerNotEligible(args.issuer)
    until, today = read_day(args.until), local_day(call.now.time_ms)
    if until < today:
        raise refusals.FrameNotAhead(args.until, format_date(today))
    stood = state.get(FRAMES, guarantor, args.issuer)
    if stood is not None and stood.status_at(call.now) == IN_FORCE:
        raise refusals.FrameStands(guarantor, args.issuer, stood.until)
    exposure = 0 if stood is None else stood.exposure
    if exposure > args.limit:
        raise refusals.LimitBelowExposure(exposure, args.limit)
    over_ms = min(instant_ms(until + ONE_DAY), limits.TIME_MS)
    frame = Frame(
        guarantor=guarantor,
        issuer=args.issuer,
        id=call.operation,
        limit=args.limit,
        until=args.until,
        pay_days=args.pay_days,
        terms=args.terms,
        exposure=exposure,
        timeline=Timeline(IN_FORCE, (Step(over_ms, EXPIRED),)),
    )
    event = FrameGiven(
        frame=frame.id,
        guarantor=guarantor,
        issuer=args.issuer,
        limit=args.limit,
        until=args.until,
        pay_days=args.pay_days,
        terms=args.terms,
        exposure=exposure,
        timeline=frame.timeline,
    )
    return Change((FRAMES.put(frame),), (*_unsaid(stood, call.now), event))


def end(args: EndGuarantee, call: Call, state: Reader) -> Change:
    """Stand for no new vouchers from this block on.  Nothing ends what holders rely on already."""
    guarantor = the_member(call)
    frame = state.get(FRAMES, guarantor, args.issuer)
    if frame is None or frame.status_at(call.now) != IN_FORCE:
        raise refusals.GuaranteeNotGiven(guarantor, args.issuer)
    over = replace(frame, timeline=settled(ENDED))
    event = FrameOver(guarantor, args.issuer, ENDED, call.now.time_ms)
    return Change((FRAMES.put(over),), (event,))


def pay(args: PayAsGuarantor, call: Call, state: Reader) -> Change:
    """
    State that the guarantor's money was booked.  Holders get it as they get the issuer's; what it paid the issuer owes to the guarantor.

    Only once the voucher is overdue: before, a missed cut-off may turn out to be nobody's fault.  The settlement bank says it, as it says
    what the issuer paid: the guarantor's own act is its payment, and its document shows from whom the money came.
    """
    voucher = the_voucher(args.voucher, state, call.now)
    check_bank(voucher, call)
    check_booked(args.received_ms, voucher, call.now)
    if args.received_ms <= shifted(voucher.cutoff_ms, call.now.outages):
        raise BookingTimeNotPossible(args.received_ms)
    guarantee = state.get(GUARANTEES, voucher.number)
    if guarantee is None or status_for(guarantee, voucher, call.now) not in (CALLED, DEFAULTED):
        raise refusals.GuaranteeNotFound(voucher.number)
    releases = final_releases(voucher, call.now, state)
    owed = sum(one.outstanding for one in releases.positions)
    if args.amount > owed:
        raise refusals.MoreThanGuaranteed(voucher.number, owed, args.amount)
    policy = settlement_policy(state, voucher.settlement_policy)
    if the_settlement(voucher.number, state).attestations >= policy.attestations_max:
        raise TooManyAttestations(
            voucher.number, policy.attestations_max, policy.source.article_of("attestations_max")
        )
    check_reference(args.reference, voucher, state)
    division = divided(args, voucher, releases, call.now, state, 0)
    reached = caught_up(voucher, call.now, state)
    less = discharged(reached, releases.amount, RELEASED, state, advance=args.amount)
    return releases.change + less + _paid(args, call, voucher, guarantee, division, state)


def pass_on(args: PassOn, call: Call, state: Reader) -> Change:
    """State that what the issuer paid for the guarantor was paid to it; whichever bank has the money says so."""
    voucher = the_voucher(args.voucher, state, call.now)
    row = state.get(REPAYMENTS, voucher.number, args.attestation)
    if row is None:
        raise refusals.RepaymentNotFound(args.attestation)
    if call.member != row.bank:
        raise refusals.NotTheReceivingBank(args.attestation, row.bank)
    check_booked(args.paid_ms, voucher, call.now)
    check_unused(row.bank, voucher.currency, args.reference, state)
    proof = Evidence(
        bank=row.bank,
        currency=voucher.currency,
        reference=args.reference,
        voucher=voucher.number,
        kind="guarantor.pass_on",
        amount=row.amount,
        booked_ms=args.paid_ms,
        document=args.document,
        operation=call.operation,
    )
    event = RepaymentPassedOn(
        voucher=voucher.number,
        attestation=row.attestation,
        bank=row.bank,
        guarantor=row.guarantor,
        amount=row.amount,
        reference=args.reference,
        paid_ms=args.paid_ms,
        document=args.document,
    )
    since_ms = missed_ms(row.timeline, call.now)
    late = () if since_ms is None else (late_event(row, since_ms),)
    return Change((REPAYMENTS.delete(row), EVIDENCE.put(proof)), (*late, event))


def _unsaid(stood: Frame | None, now: Moment) -> tuple[FrameOver, ...]:
    """What is told of a frame whose day has passed without anybody having written it down."""
    since_ms = None if stood is None else missed_ms(stood.timeline, now)
    if stood is None or since_ms is None:
        return ()
    return (FrameOver(stood.guarantor, stood.issuer, EXPIRED, since_ms),)


def _paid(
    args: PayAsGuarantor,
    call: Call,
    voucher: Voucher,
    guarantee: Guarantee,
    division: Division,
    state: Reader,
) -> Change:
    stood = on_time(the_settlement(voucher.number, state), voucher, call.now, state)
    sums = paying_on(counted(stood.settlement, division), division.payable, voucher, call.now, state)
    proof = Evidence(
        bank=voucher.settlement_bank,
        currency=voucher.currency,
        reference=args.reference,
        voucher=voucher.number,
        kind=PAID_KIND,
        amount=args.amount,
        booked_ms=args.received_ms,
        document=args.document,
        operation=call.operation,
    )
    claim = advanced(voucher.number, state) + args.amount
    event = GuarantorPaid(
        voucher=voucher.number,
        issuer=voucher.issuer,
        guarantor=guarantee.guarantor,
        bank=voucher.settlement_bank,
        amount=args.amount,
        received_ms=args.received_ms,
        reference=args.reference,
        document=args.document,
        right=GUARANTOR_SUBROGATION,
        claim=claim,
        received=sums.received,
        outstanding=division.outstanding + claim,
        payable=sums.payable,
        paying=sums.timeline,
        shares=told_shares(division.positions, voucher, call.now),
    )
    rows = (SETTLEMENTS.put(sums), SHARES.put(division.shares), EVIDENCE.put(proof))
    return Change(rows, (*stood.events, event))
