"""What vouchers and financings tell: a promise accepted, something owed at a cut-off, overdue, paid or given up, a part financed."""

from dataclasses import dataclass

from msgspec.structs import replace

from tallychain.contracts.disclosure.events import VoucherDisclosed
from tallychain.contracts.disclosure.months import MONTHS_OF_A_YEAR, month_of, within
from tallychain.contracts.disclosure.rules.bench import Bench
from tallychain.contracts.disclosure.state import (
    CONTRIBUTORS,
    FUNDER,
    SPONSOR,
    Arrear,
    Contributor,
    MonthFacts,
)
from tallychain.contracts.members.api import member
from tallychain.instruments.calendar import format_date, local_day, parse_date
from tallychain.ledger.contract import Change
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment

BOOKED_IN_TIME = "BOOKED_IN_TIME"
RECORDED_LATE = "RECORDED_LATE"

FEN_OF_A_YUAN = 100
KEPT_MONTHS = MONTHS_OF_A_YEAR + 2
"""A month is closed some days after its end, so what the next one brings stands beside it."""


@dataclass(frozen=True, slots=True)
class Promise:
    """A voucher that is accepted in this block."""

    issuer: str
    voucher: str
    sponsor: str
    """Of its first holder."""
    face: int
    issue_day: str
    maturity: str
    """The effective day, or the nominal one while that is provisional."""


@dataclass(frozen=True, slots=True)
class Since:
    """An amount, and the instant at which it became true that it is missed or overdue."""

    at_ms: int
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """What changes about what is owed on one accepted voucher."""

    issuer: str
    voucher: str
    missed: Since | None = None
    overdue: Since | None = None
    discharged: int = 0
    """What is not owed any more from this block on."""
    in_time: int = 0
    """The part of it that was paid by the cut-off, whenever that is attested."""
    ended: bool = False
    """Whether nothing is owed any more."""


def accepted(state: Reader, promise: Promise, now: Moment) -> Change:
    """Count a promise in the month of its acceptance, and say of it at once what the bill regime wants within a business day."""
    issuer = promise.issuer
    month = month_of(now.time_ms)
    bench = Bench(issuer, promise.voucher, state, now)
    days = (parse_date(promise.maturity) - parse_date(promise.issue_day)).days
    yuan_days = promise.face // FEN_OF_A_YUAN * days
    bench.add(month, MonthFacts(issuer, month, accepted=promise.face, vouchers=1, yuan_days=yuan_days))
    record = member(state, issuer)
    event = VoucherDisclosed(
        voucher=promise.voucher,
        issuer=issuer,
        name="" if record is None else record.name,
        uscc="" if record is None else record.uscc,
        issue_day=promise.issue_day,
        accepted_day=format_date(local_day(now.time_ms)),
        face=promise.face,
        maturity=promise.maturity,
    )
    told = Change(events=(event,))
    return told + bench.change(ended=False) + _contributed(state, issuer, SPONSOR, promise.sponsor, month)


def financed(state: Reader, issuer: str, funder: str, since_ms: int) -> Change:
    """Count that a member has financed part of an issuer's voucher."""
    return _contributed(state, issuer, FUNDER, funder, month_of(since_ms))


def shift(state: Reader, told: Shift, now: Moment) -> Change:
    """Count what has become of an accepted voucher, each fact in the month in which it became true."""
    bench = Bench(told.issuer, told.voucher, state, now)
    if told.missed is not None:
        month = month_of(told.missed.at_ms)
        bench.owed_late(month, told.missed.amount, overdue=False)
        bench.correct(month, RECORDED_LATE, MonthFacts(told.issuer, month, missed=told.missed.amount))
    if told.overdue is not None:
        month = month_of(told.overdue.at_ms)
        bench.owed_late(month, told.overdue.amount, overdue=True)
        more = MonthFacts(told.issuer, month, overdue=told.overdue.amount, overdue_events=1)
        bench.correct(month, RECORDED_LATE, more)
    if told.discharged:
        _discharged(bench, told, month_of(now.time_ms))
    return bench.change(ended=told.ended)


def _discharged(bench: Bench, told: Shift, month: str) -> None:
    arrear = bench.arrear
    late = told.discharged - told.in_time
    bench.add(
        month,
        MonthFacts(
            told.issuer,
            month,
            discharged=told.discharged,
            overdue_ended=late if arrear is not None and arrear.overdue_month else 0,
            in_time=told.in_time if arrear is None else 0,
        ),
    )
    if told.in_time and arrear is not None:
        _found_in_time(bench, arrear, told.in_time)


def _found_in_time(bench: Bench, arrear: Arrear, amount: int) -> None:
    """Money that was booked by the cut-off was neither missed nor overdue, whenever the bank says so."""
    less = MonthFacts(arrear.issuer, arrear.missed_month, in_time=amount, missed=-amount)
    bench.correct(arrear.missed_month, BOOKED_IN_TIME, less)
    bench.arrear = replace(arrear, missed=arrear.missed - amount)
    if not arrear.overdue_month:
        return
    rest = arrear.overdue - amount
    events = 0 if rest else -1
    less = MonthFacts(arrear.issuer, arrear.overdue_month, overdue=-amount, overdue_events=events)
    bench.correct(arrear.overdue_month, BOOKED_IN_TIME, less)
    bench.arrear = replace(bench.arrear, overdue=rest)


def _contributed(state: Reader, issuer: str, kind: str, name: str, month: str) -> Change:
    known = state.get(CONTRIBUTORS, issuer, kind, name) or Contributor(issuer, kind, name, ())
    if month in known.months:
        return Change()
    last = max((month, *known.months))
    months = tuple(one for one in sorted((*known.months, month)) if within(one, last, KEPT_MONTHS))
    return Change((CONTRIBUTORS.put(replace(known, months=months)),))
