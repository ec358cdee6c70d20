"""The settlement bank states that money was booked; every holding gets its share in that block."""

from dataclasses import dataclass
from datetime import timedelta

from msgspec.structs import replace

from tallychain.contracts.vouchers.guaranteeing.book import advanced
from tallychain.contracts.vouchers.guaranteeing.operations import PayAsGuarantor
from tallychain.contracts.vouchers.guaranteeing.repaying import repayment
from tallychain.contracts.vouchers.rules.find import the_voucher
from tallychain.contracts.vouchers.settling import refusals
from tallychain.contracts.vouchers.settling.events import (
    HeldShare,
    InterestAttested,
    MoneyAttested,
)
from tallychain.contracts.vouchers.settling.operations import Attest, AttestLate
from tallychain.contracts.vouchers.settling.policies import SettlementPolicy, settlement_policy
from tallychain.contracts.vouchers.settling.rules.debt import FinalReleases, final_releases
from tallychain.contracts.vouchers.settling.rules.excess import excess_found
from tallychain.contracts.vouchers.settling.rules.find import (
    check_bank,
    check_booked,
    check_reference,
    evidence,
)
from tallychain.contracts.vouchers.settling.rules.finish import caught_up, discharged, is_disputed, withdrawn
from tallychain.contracts.vouchers.settling.rules.paying import on_time, paying_on
from tallychain.contracts.vouchers.settling.rules.position import (
    Position,
    positions_of,
    the_settlement,
    the_shares,
)
from tallychain.contracts.vouchers.settling.state import (
    EVIDENCE,
    SETTLEMENTS,
    SHARES,
    Portion,
    Settlement,
    Shares,
)
from tallychain.contracts.vouchers.state import (
    AWAITING_MONEY,
    FULLY_SETTLED,
    PAST_CUTOFF,
    RELEASED,
    SETTLED,
    SETTLED_LATE,
    Voucher,
)
from tallychain.instruments.allotment import largest_remainder
from tallychain.instruments.calendar import format_date, local_day, parse_date
from tallychain.ledger.contract import Call, Change, Event
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment, shifted

PPM_WHOLE = 1_000_000
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Division:
    """How one attested amount is divided."""

    positions: tuple[Position, ...]
    """As they are afterwards."""
    shares: Shares
    applied: int
    repaid: int
    """What goes to a guarantor that has paid holders: they come first (Civil Code, article 700)."""
    advanced: int
    """What the issuer owes a guarantor afterwards."""
    excess: int
    in_time: bool

    @property
    def outstanding(self) -> int:
        """What the issuer owes afterwards."""
        return sum(one.outstanding for one in self.positions) + self.advanced

    @property
    def booked_in_time(self) -> int:
        """What of it the issuer had paid by the cut-off."""
        return self.applied + self.repaid if self.in_time else 0

    @property
    def payable(self) -> int:
        """What can be paid out afterwards."""
        return sum(one.payable for one in self.positions)


def attest(args: Attest, call: Call, state: Reader) -> Change:
    """
    State that the issuer's money was booked, and when.

    It is divided in proportion to what each holding is owed, by largest remainder, a tie to the lower unit; nobody gets more than it is owed, and
    what nobody has coming goes back.  Money booked by the cut-off counts as paid in time however late it is attested (list of attacks, number 19).
    """
    voucher = the_voucher(args.voucher, state, call.now)
    policy = _checked(args, voucher, call, state)
    if voucher.status_at(call.now) not in (*AWAITING_MONEY, *FULLY_SETTLED):
        raise refusals.VoucherNotDue(voucher.number, voucher.status_at(call.now))
    settlement = the_settlement(voucher.number, state)
    if settlement.attestations >= policy.attestations_max:
        raise refusals.TooManyAttestations(
            voucher.number, policy.attestations_max, policy.source.article_of("attestations_max")
        )
    check_reference(args.reference, voucher, state)
    return _attested(args, call, voucher, settlement, state)


def attest_late(args: AttestLate, call: Call, state: Reader) -> Change:
    """
    State that late interest was booked: at most what has accrued on what was paid late, divided as it accrued.

    Interest is a rate of what was owed, for each day from the maturity to the booking, the first counted and the last not.
    """
    voucher = the_voucher(args.voucher, state, call.now)
    policy = _checked(args, voucher, call, state)
    settlement = the_settlement(voucher.number, state)
    shares = the_shares(voucher.number, state)
    accrued = late_interest(shares, policy.late_ppm_per_day)
    is_open = max(0, accrued - settlement.interest)
    if args.amount > is_open:
        raise refusals.LateInterestExceeded(
            voucher.number, is_open, args.amount, policy.source.article_of("late_ppm_per_day")
        )
    if settlement.attestations >= policy.attestations_max:
        raise refusals.TooManyAttestations(
            voucher.number, policy.attestations_max, policy.source.article_of("attestations_max")
        )
    check_reference(args.reference, voucher, state)
    return _interest(args, call, voucher, settlement, state)


def late_interest(shares: Shares, ppm_per_day: int) -> int:
    """Late interest that has accrued on a voucher, in fen, rounded half up once."""
    fen_days = sum(portion.fen_days for portion in shares.portions)
    return (2 * fen_days * ppm_per_day + PPM_WHOLE) // (2 * PPM_WHOLE)


def _checked(args: Attest | AttestLate, voucher: Voucher, call: Call, state: Reader) -> SettlementPolicy:
    check_bank(voucher, call)
    check_booked(args.received_ms, voucher, call.now)
    return settlement_policy(state, voucher.settlement_policy)


def _attested(args: Attest, call: Call, voucher: Voucher, settlement: Settlement, state: Reader) -> Change:
    reached = caught_up(voucher, call.now, state)
    releases = final_releases(voucher, call.now, state)
    stood = on_time(settlement, voucher, call.now, state)
    stands_out = advanced(voucher.number, state)
    division = divided(args, voucher, releases, call.now, state, stands_out)
    later = counted(stood.settlement, division)
    later = paying_on(later, division.payable, voucher, call.now, state)
    end = _end(voucher, later, division, call.now)
    less = division.applied + division.repaid + releases.amount
    change = Change()
    if less:
        in_time, repaid = division.booked_in_time, division.repaid
        change = discharged(reached, less, end, state, in_time=in_time, repaid=repaid)
    proof = evidence(
        voucher,
        call,
        kind="settlement.attest",
        reference=args.reference,
        amount=args.amount,
        booked_ms=args.received_ms,
        document=args.document,
    )
    own = Change((SETTLEMENTS.put(later), SHARES.put(division.shares), EVIDENCE.put(proof)))
    own += excess_found(voucher, division.excess, call, state)
    own += repayment(voucher, division.repaid, call, state)
    told: tuple[Event, ...] = ()
    if not division.outstanding and end == SETTLED and voucher.status_at(call.now) in PAST_CUTOFF:
        told = (withdrawn(voucher),)
    after = _after(change, reached.voucher)
    event = _event(args, voucher, after, later, division, call.now)
    missed = releases.change + Change((), stood.events)
    return missed + Change((), (event,)) + own + change + Change((), told)


def _after(change: Change, voucher: Voucher) -> Voucher:
    """The voucher as the Change leaves it."""
    return next((write.value for write in change.writes if isinstance(write.value, Voucher)), voucher)


def divided(
    args: Attest | PayAsGuarantor,
    voucher: Voucher,
    releases: FinalReleases,
    now: Moment,
    state: Reader,
    stands_out: int,
) -> Division:
    """How money is divided; `stands_out` is what a guarantor has coming after the holders."""
    positions = releases.positions
    owed = [one.outstanding for one in positions]
    applied = min(args.amount, sum(owed))
    parts = _parts(positions, applied, now, state)
    repaid = min(args.amount - applied, stands_out)
    in_time = not voucher.cutoff_ms or args.received_ms <= shifted(voucher.cutoff_ms, now.outages)
    shares = the_shares(voucher.number, state)
    late = _late_days(args.received_ms, voucher, shares, in_time=in_time)
    later = tuple(_given(one, part, late, now, state) for one, part in zip(positions, parts, strict=True))
    portions = tuple(one.portion for one in later)
    return Division(
        positions=later,
        shares=Shares(voucher.number, late.accrued_to, portions),
        applied=applied,
        repaid=repaid,
        advanced=stands_out - repaid,
        excess=args.amount - applied - repaid,
        in_time=in_time,
    )


def _parts(positions: tuple[Position, ...], applied: int, now: Moment, state: Reader) -> tuple[int, ...]:
    """In proportion to what each is owed: what nobody disputes first, and what is disputed of the rest."""
    disputed = [is_disputed(one, state, now) for one in positions]
    plain = [0 if bad else one.outstanding for one, bad in zip(positions, disputed, strict=True)]
    contended = [one.outstanding if bad else 0 for one, bad in zip(positions, disputed, strict=True)]
    first = min(applied, sum(plain))
    given = largest_remainder(first, plain) if first else tuple(0 for _ in plain)
    more = largest_remainder(applied - first, contended) if applied > first else tuple(0 for _ in contended)
    return tuple(one + other for one, other in zip(given, more, strict=True))


@dataclass(frozen=True, slots=True)
class LateDays:
    """What a booking means for the days that were reckoned."""

    more: int
    """Days for which everything was owed beyond those reckoned."""
    too_many: int
    """Days reckoned already for which this amount was not owed, because it was booked before and is attested after."""
    accrued_to: str
    """Day until which is reckoned then, or empty."""


def _given(position: Position, part: int, late: LateDays, now: Moment, state: Reader) -> Position:
    """The position with its share; what was owed until now was owed for some days more, and the share not for as many as was thought."""
    days = position.outstanding * late.more - part * late.too_many
    portion = Portion(
        first=position.portion.first,
        share=position.portion.share + part,
        fen_days=position.portion.fen_days + days,
        interest=position.portion.interest,
        withheld=position.withheld(state, now),
    )
    return Position(position.holding, portion, position.entitlement, position.bank)


def _late_days(received_ms: int, voucher: Voucher, shares: Shares, *, in_time: bool) -> LateDays:
    """Interest is the same in whatever order bookings are attested: it is reckoned until the latest, and taken off for earlier ones."""
    maturity = parse_date(voucher.effective_maturity)
    since = parse_date(shares.accrued_to) if shares.accrued_to else maturity
    booked = maturity if in_time else max(maturity, local_day(received_ms))
    until = max(since, booked)
    return LateDays(
        more=(until - since) // ONE_DAY,
        too_many=max(timedelta(), since - booked) // ONE_DAY,
        accrued_to=shares.accrued_to if in_time else format_date(until),
    )


def counted(settlement: Settlement, division: Division) -> Settlement:
    """The sums of a voucher with what was divided."""
    return replace(
        settlement,
        received=settlement.received + division.applied,
        in_time=settlement.in_time + division.booked_in_time,
        attestations=settlement.attestations + 1,
    )


def _end(voucher: Voucher, settlement: Settlement, division: Division, now: Moment) -> str:
    """How the voucher ends if nothing is owed any more; where no money was applied, a release has ended it before."""
    if not division.applied + division.repaid:
        return RELEASED
    return SETTLED if _is_in_time(voucher, settlement, division, now) else SETTLED_LATE


def _is_in_time(voucher: Voucher, settlement: Settlement, division: Division, now: Moment) -> bool:
    """Whether all that was owed at the cut-off had been booked by then; what was released after it had not."""
    if voucher.status_at(now) not in PAST_CUTOFF:
        return True
    released = sum(one.entitlement.released for one in division.positions)
    return settlement.in_time == settlement.received and not released


def _event(
    args: Attest,
    voucher: Voucher,
    after: Voucher,
    settlement: Settlement,
    division: Division,
    now: Moment,
) -> MoneyAttested:
    return MoneyAttested(
        voucher=voucher.number,
        issuer=voucher.issuer,
        bank=voucher.settlement_bank,
        amount=args.amount,
        received_ms=args.received_ms,
        reference=args.reference,
        document=args.document,
        applied=division.applied,
        excess=division.excess,
        in_time=division.in_time,
        received=settlement.received,
        outstanding=division.outstanding,
        payable=settlement.payable,
        timeline=after.timeline,
        paying=settlement.timeline,
        shares=told_shares(division.positions, after, now),
    )


def told_shares(positions: tuple[Position, ...], voucher: Voucher, now: Moment) -> tuple[HeldShare, ...]:
    """What every holding has got so far, as events tell of it."""
    return tuple(
        HeldShare(
            holding=one.holding.id,
            first=one.holding.first,
            share=one.portion.share,
            interest=one.portion.interest,
            outstanding=one.outstanding,
            payable=one.payable,
            status=one.timeline(voucher, now),
        )
        for one in positions
    )


def _interest(
    args: AttestLate, call: Call, voucher: Voucher, settlement: Settlement, state: Reader
) -> Change:
    positions = positions_of(voucher, state)
    parts = largest_remainder(args.amount, [one.portion.fen_days for one in positions])
    later = tuple(
        Position(
            one.holding,
            replace(
                one.portion,
                interest=one.portion.interest + part,
                withheld=one.withheld(state, call.now),
            ),
            one.entitlement,
            one.bank,
        )
        for one, part in zip(positions, parts, strict=True)
    )
    shares = replace(the_shares(voucher.number, state), portions=tuple(one.portion for one in later))
    stood = on_time(settlement, voucher, call.now, state)
    later_sums = replace(
        stood.settlement,
        interest=settlement.interest + args.amount,
        attestations=settlement.attestations + 1,
    )
    later_sums = paying_on(later_sums, sum(one.payable for one in later), voucher, call.now, state)
    proof = evidence(
        voucher,
        call,
        kind="settlement.late",
        reference=args.reference,
        amount=args.amount,
        booked_ms=args.received_ms,
        document=args.document,
    )
    event = InterestAttested(
        voucher=voucher.number,
        issuer=voucher.issuer,
        bank=voucher.settlement_bank,
        amount=args.amount,
        received_ms=args.received_ms,
        reference=args.reference,
        document=args.document,
        interest=later_sums.interest,
        payable=later_sums.payable,
        paying=later_sums.timeline,
        shares=told_shares(later, voucher, call.now),
    )
    told = (*stood.events, event)
    return Change((SETTLEMENTS.put(later_sums), SHARES.put(shares), EVIDENCE.put(proof)), told)
