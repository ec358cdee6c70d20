"""A promise is made, and its named receiver answers."""

from dataclasses import dataclass

from tallychain.contracts.vouchers import refusals
from tallychain.contracts.vouchers.events import (
    VoucherAccepted,
    VoucherIssued,
    VoucherRejected,
    VoucherWithdrawn,
)
from tallychain.contracts.vouchers.guaranteeing.book import named
from tallychain.contracts.vouchers.operations import TRADE_LABELS, Accept, Issue, Reject, Withdraw
from tallychain.contracts.vouchers.policies import SplitPolicy, TermPolicy, split_policy_on, term_policy_on
from tallychain.contracts.vouchers.rules.backing import backed, counted, freed
from tallychain.contracts.vouchers.rules.change import DAY_MS, gone, held, replaced, shown, without_title
from tallychain.contracts.vouchers.rules.find import (
    check_eligible,
    check_receiver,
    check_sponsored,
    read_day,
    the_voucher,
)
from tallychain.contracts.vouchers.rules.maturity import (
    Maturity,
    PaymentTimes,
    maturity_of,
    payment_times,
    timeline_from_acceptance,
)
from tallychain.contracts.vouchers.settling.agreed import check_agreed
from tallychain.contracts.vouchers.settling.policies import settlement_policy_on
from tallychain.contracts.vouchers.state import (
    BY_ISSUE,
    EARLIER_SERIALS,
    EXPIRED,
    FIRST_LAYER,
    GONE,
    HOLDINGS,
    ISSUED,
    REFERENCES,
    REJECTED,
    SERIAL,
    VOUCHERS,
    WITHDRAWN,
    WITHOUT_TITLE,
    Holding,
    Reference,
    Serial,
    Voucher,
)
from tallychain.instruments.calendar import add_months, format_date, local_day
from tallychain.instruments.money import Units
from tallychain.instruments.numbers import VoucherNumber
from tallychain.ledger import limits
from tallychain.ledger.contract import Call, Change
from tallychain.ledger.identity import MEMBERS, SETTLEMENT_BANK, is_in_good_standing
from tallychain.ledger.parameters import facts_of
from tallychain.ledger.state import Reader
from tallychain.ledger.tables import Write
from tallychain.ledger.timeline import Moment, Step, Timeline
from tallychain.ledger.types import MEMBER_PREFIX, MemberId

CURRENCY = "CNY"


def issue(args: Issue, call: Call, state: Reader) -> Change:
    """
    Promise a face to a named receiver, who has some days to answer.

    The voucher's number is given here; its promise is bound by the commitment of the sealed trade part.  It rests on invoices of a
    payable that the issuer has confirmed to this very receiver, and takes part of the issuer's ceilings.
    """
    today = local_day(call.now.time_ms)
    policy = term_policy_on(state, format_date(today))
    if args.currency != CURRENCY:
        raise refusals.CurrencyNotTaken(args.currency)
    if args.face > policy.face_max:
        raise refusals.FaceExceeded(args.face, policy.face_max, policy.source.article_of("face_max"))
    nominal = read_day(args.nominal_maturity)
    if nominal <= today:
        raise refusals.MaturityNotAfterIssue(args.nominal_maturity, format_date(today))
    latest = add_months(today, policy.term_months)
    if nominal > latest:
        raise refusals.TermExceeded(
            args.nominal_maturity, format_date(latest), policy.source.article_of("term_months")
        )
    usual = add_months(today, policy.usual_months)
    if nominal > usual and not args.term_reason:
        raise refusals.TermReasonMissing(
            args.nominal_maturity, format_date(usual), policy.source.article_of("usual_months")
        )
    split = split_policy_on(state, format_date(today))
    maturity = maturity_of(nominal, split.blackout_business_days, state)
    settlement = settlement_policy_on(state, format_date(today))
    times = payment_times(maturity, settlement, state)
    if max(maturity.due_ms, times.cutoff_ms, times.overdue_ms) > limits.TIME_MS:
        raise refusals.MaturityOutOfRange(
            format_date(maturity.effective), format_date(local_day(limits.TIME_MS))
        )
    _check_settlement_bank(args.settlement_bank, state, call.now)
    check_agreed(_issuer(call), args.settlement_bank, state, call.now)
    check_receiver(args.receiver, state, call.now)
    _check_reference(_issuer(call), args.reference, state, call.now)
    return _issued(args, call, state, Terms(policy, split, settlement.version, maturity, times))


def accept(args: Accept, call: Call, state: Reader) -> Change:
    """Hold the whole voucher from this block on.  The consent names the text of the promise that was shown."""
    voucher = the_voucher(args.voucher, state, call.now)
    _check_answer(voucher, call, state)
    if args.consent != voucher.promise:
        raise refusals.ConsentDiffers(voucher.number)
    check_eligible(voucher.receiver.sponsor, state, call.now)
    timeline = timeline_from_acceptance(voucher)
    holding = Holding(
        voucher=voucher.number,
        first=Units(1),
        last=voucher.face,
        seq=1,
        tag=voucher.receiver.tag,
        sealing=voucher.receiver.sealing,
        sponsor=voucher.receiver.sponsor,
        layer=FIRST_LAYER,
        parent="",
        acquired_by=BY_ISSUE,
        encumbrances=(),
    )
    accepted = Change(
        writes=(VOUCHERS.put(replaced(voucher, timeline)), HOLDINGS.put(holding)),
        events=(VoucherAccepted(voucher.number, held(holding), voucher.due_ms, voucher.cutoff_ms, timeline),),
    )
    return accepted + counted(voucher, state, call.now)


def reject(args: Reject, call: Call, state: Reader) -> Change:
    """Turn the promise down; nothing remains of it but the record."""
    voucher = the_voucher(args.voucher, state, call.now)
    _check_answer(voucher, call, state)
    rejected = Change(
        writes=without_title(voucher, REJECTED, call.now.time_ms, state),
        events=(VoucherRejected(voucher.number),),
    )
    return rejected + freed(voucher, state, call.now)


def withdraw(args: Withdraw, call: Call, state: Reader) -> Change:
    """Take the promise back while nobody holds it."""
    voucher = the_voucher(args.voucher, state, call.now)
    if call.member != voucher.issuer:
        raise refusals.NotTheIssuer(voucher.number)
    _check_pending(voucher, call.now)
    withdrawn = Change(
        writes=without_title(voucher, WITHDRAWN, call.now.time_ms, state),
        events=(VoucherWithdrawn(voucher.number),),
    )
    return withdrawn + freed(voucher, state, call.now)


def _check_settlement_bank(name: str, state: Reader, now: Moment) -> None:
    bank = state.get(MEMBERS, name)
    if bank is None or not is_in_good_standing(bank, now) or SETTLEMENT_BANK not in bank.kinds:
        raise refusals.SettlementBankNotEligible(name)


def _check_reference(issuer: MemberId, reference: str, state: Reader, now: Moment) -> None:
    used = state.get(REFERENCES, issuer, reference)
    standing = None if used is None else state.get(VOUCHERS, used.voucher)
    if used is not None and standing is not None and standing.status_at(now) not in (*WITHOUT_TITLE, GONE):
        raise refusals.ReferenceUsed(reference, used.voucher)


def _check_answer(voucher: Voucher, call: Call, state: Reader) -> None:
    if call.tag != voucher.receiver.tag:
        raise refusals.NotTheNamedReceiver(voucher.number)
    check_sponsored(voucher.receiver.sponsor, call, state)
    _check_pending(voucher, call.now)


def _check_pending(voucher: Voucher, now: Moment) -> None:
    if voucher.status_at(now) != ISSUED:
        raise refusals.VoucherNotPending(voucher.number, voucher.status_at(now))


@dataclass(frozen=True, slots=True)
class Terms:
    """By what a promise is governed, and when it is due."""

    term: TermPolicy
    split: SplitPolicy
    settlement_policy: int
    maturity: Maturity
    times: PaymentTimes


def _issued(args: Issue, call: Call, state: Reader, terms: Terms) -> Change:
    today = local_day(call.now.time_ms)
    issuer = _issuer(call)
    serial = _next_serial(format_date(today), state)
    policy, maturity = terms.term, terms.maturity
    answer_ms = min(call.now.time_ms + policy.accept_days * DAY_MS, maturity.due_ms)
    voucher = Voucher(
        number=str(VoucherNumber(facts_of(state).alliance, today, serial.last)),
        issuer=issuer,
        reference=args.reference,
        receiver=args.receiver,
        currency=args.currency,
        face=args.face,
        issue_day=format_date(today),
        nominal_maturity=args.nominal_maturity,
        effective_maturity=format_date(maturity.effective),
        maturity=maturity.kind,
        blackout_ms=maturity.blackout_ms,
        due_ms=maturity.due_ms,
        cutoff_ms=terms.times.cutoff_ms,
        overdue_ms=terms.times.overdue_ms,
        settlement_bank=args.settlement_bank,
        promise=_commitment(call),
        term_policy=policy.version,
        split_policy=terms.split.version,
        settlement_policy=terms.settlement_policy,
        splits=0,
        discharged=0,
        operation=call.operation,
        timeline=Timeline(ISSUED, (Step(answer_ms, EXPIRED), gone(answer_ms, policy.retention_days))),
    )
    taken = backed(args, voucher, answer_ms, state, call.now)
    guaranteed = named(args.guarantor, voucher, state, call.now)
    issued = Change(
        writes=(
            VOUCHERS.put(voucher),
            REFERENCES.put(Reference(issuer, args.reference, voucher.number)),
            SERIAL.put(serial),
            *_day_closed(serial, state),
        ),
        events=(_issued_event(voucher, args.term_reason),),
    )
    return issued + taken + guaranteed


def _issuer(call: Call) -> MemberId:
    return MemberId(call.author.removeprefix(MEMBER_PREFIX))


def _next_serial(day: str, state: Reader) -> Serial:
    last = state.get(SERIAL)
    if last is None:
        return Serial(day, 1, "")
    return Serial(day, last.last + 1, last.previous) if last.day == day else Serial(day, 1, last.day)


def _day_closed(serial: Serial, state: Reader) -> tuple[Write, ...]:
    """The first voucher of a day leaves the day before it among the earlier ones."""
    last = state.get(SERIAL)
    return () if last is None or last.day == serial.day else (EARLIER_SERIALS.put(last),)


def _commitment(call: Call) -> str:
    """What the issuer is bound to; the ledger has seen to it that the part is there."""
    return next(part.commitment for part in call.sealed if part.label == TRADE_LABELS[0])


def _issued_event(voucher: Voucher, term_reason: str) -> VoucherIssued:
    return VoucherIssued(
        voucher=voucher.number,
        issuer=voucher.issuer,
        reference=voucher.reference,
        receiver=voucher.receiver,
        currency=voucher.currency,
        face=voucher.face,
        issue_day=voucher.issue_day,
        nominal_maturity=voucher.nominal_maturity,
        effective_maturity=voucher.effective_maturity,
        maturity=voucher.maturity,
        blackout_ms=voucher.blackout_ms,
        due_ms=voucher.due_ms,
        cutoff_ms=voucher.cutoff_ms,
        settlement_bank=voucher.settlement_bank,
        promise=voucher.promise,
        term_policy=voucher.term_policy,
        split_policy=voucher.split_policy,
        settlement_policy=voucher.settlement_policy,
        timeline=shown(voucher.timeline),
        term_reason=term_reason,
    )
