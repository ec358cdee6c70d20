"""
What follows for vouchers from a calendar that was published or corrected.

A voucher is dated again as soon as anybody asks for it: the operations of this contract do so first, and so does due work. Nobody has to wait
for the job, which goes through all vouchers in small steps and writes down what is true already.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from typing import Final, TypeVar

import msgspec
from msgspec.structs import replace

from tallychain.contracts.vouchers.dating.events import MaturitySet
from tallychain.contracts.vouchers.dating.state import REDATING, RUNNING, Redating
from tallychain.contracts.vouchers.policies import BOUNDS, TERM, split_policy
from tallychain.contracts.vouchers.rules.backing import redated
from tallychain.contracts.vouchers.rules.maturity import (
    Maturity,
    maturity_of,
    payment_times,
    timeline_from_acceptance,
)
from tallychain.contracts.vouchers.settling.policies import settlement_policy
from tallychain.contracts.vouchers.settling.rules.position import positions_of
from tallychain.contracts.vouchers.state import (
    ACTIVE,
    DUE_UNDATED,
    EARLIER_SERIALS,
    EXPIRED,
    FIRM,
    ISSUED,
    OVERDUE,
    PROVISIONAL,
    SERIAL,
    VOUCHERS,
    Voucher,
    awaits_payment,
)
from tallychain.instruments.calendar import format_date, local_day, parse_date
from tallychain.instruments.numbers import VoucherNumber
from tallychain.ledger.contract import Call, Change, DueKind, Event
from tallychain.ledger.outages import all_outages
from tallychain.ledger.parameters import CalendarYear, facts_of
from tallychain.ledger.state import Reader
from tallychain.ledger.tables import Part, Table, Write
from tallychain.ledger.timeline import Moment, Step, Timeline, later_statuses, shifted

A = TypeVar("A", bound=msgspec.Struct)
V = TypeVar("V", bound=msgspec.Struct)

VOUCHERS_A_STEP: Final = 50
HOLDINGS_A_STEP: Final = 500
STEPS_PER_BLOCK: Final = 10
_LONGEST_TERM_YEARS: Final = -(-BOUNDS[TERM]["term_months"][1] // 12)


def maturities_to_settle(row: CalendarYear, state: Reader, now: Moment) -> Change:
    """The first row of the job that dates vouchers again, for the vote that publishes or corrects a calendar."""
    running = state.get(REDATING)
    last = state.get(SERIAL)
    if last is None:
        return Change()
    first_year, last_year = row.year - 1, row.year + 1
    if running is not None:
        first_year, last_year = min(first_year, running.first_year), max(last_year, running.last_year)
    return Change(
        (
            REDATING.put(
                Redating(
                    first_year=first_year,
                    last_year=last_year,
                    published_ms=now.time_ms,
                    day=last.day,
                    serial=last.last,
                    timeline=Timeline(RUNNING, (Step(now.time_ms, RUNNING),)),
                )
            ),
        )
    )


def current(voucher: Voucher, state: Reader) -> Voucher:
    """The voucher by the calendars that are published, whether or not the job has reached it."""
    job = state.get(REDATING)
    return voucher if job is None else _dated(voucher, job, state)


def change_of_date(voucher: Voucher, state: Reader) -> Change | None:
    """The Change that writes down a voucher's new maturity; None where the record says it already."""
    dated = current(voucher, state)
    if dated == voucher:
        return None
    holdings = tuple(one.holding.id for one in positions_of(voucher, state) if one.outstanding)
    event = MaturitySet(
        voucher=dated.number,
        issuer=dated.issuer,
        nominal_maturity=dated.nominal_maturity,
        effective_maturity=dated.effective_maturity,
        maturity=dated.maturity,
        blackout_ms=dated.blackout_ms,
        due_ms=dated.due_ms,
        cutoff_ms=dated.cutoff_ms,
        timeline=dated.timeline,
        holdings=holdings,
    )
    return Change((VOUCHERS.put(dated),), (event,)) + redated(voucher, dated, state)


def dated_first(
    rule: Callable[[A, Call, Reader], Change], number_of: Callable[[A], str]
) -> Callable[[A, Call, Reader], Change]:
    """The same rule on a state in which the operation's voucher has its new maturity; both are written in one Change."""

    def asked(args: A, call: Call, state: Reader) -> Change:
        voucher = state.get(VOUCHERS, number_of(args)) if state.get(REDATING) is not None else None
        before = None if voucher is None else change_of_date(voucher, state)
        if before is None:
            return rule(args, call, state)
        change = rule(args, call, _Dated(state, before.writes))
        later = [write.key for write in change.writes]
        kept = tuple(write for write in before.writes if write.key not in later)
        return Change((*kept, *change.writes), (*before.events, *change.events))

    return asked


class _Dated:
    """A state in which a voucher has its new maturity; it reads whatever rules may read from, a gateway's copy of some rows too."""

    def __init__(self, below: Reader, writes: Sequence[Write]) -> None:
        self._below = below
        self._written = {write.key: write.value for write in writes}

    def get(self, table: Table[V], *parts: Part) -> V | None:
        """One row, or None."""
        key = table.key(*parts)
        if key in self._written:
            return self._written[key]  # type: ignore[return-value]  # one key always holds one type
        return self._below.get(table, *parts)

    def scan(self, table: Table[V], *prefix: Part) -> list[V]:
        """Rows of another table."""
        return self._below.scan(table, *prefix)

    def iterate(self, table: Table[V], *prefix: Part) -> Iterator[V]:
        """Rows of another table."""
        return self._below.iterate(table, *prefix)


def _dated(voucher: Voucher, job: Redating, state: Reader) -> Voucher:
    """The voucher with the maturity that the published calendars give; itself if it has that, or if its day had begun before."""
    nominal = parse_date(voucher.nominal_maturity)
    status = voucher.timeline.status
    if not job.first_year <= nominal.year <= job.last_year:
        return voucher
    is_past = shifted(voucher.due_ms, all_outages(state)) <= job.published_ms
    if status not in (ISSUED, ACTIVE, DUE_UNDATED) or (is_past and voucher.maturity == FIRM):
        return _with_end_of_grace(voucher, state)
    days = split_policy(state, voucher.split_policy).blackout_business_days
    maturity = maturity_of(nominal, days, state)
    was_undated = status == DUE_UNDATED or (is_past and status == ACTIVE)
    if was_undated:
        maturity = maturity_of(_not_past(maturity.effective, job.published_ms), days, state)
        if maturity.kind == PROVISIONAL:
            return voucher
    times = payment_times(maturity, settlement_policy(state, voucher.settlement_policy), state)
    dated = replace(
        voucher,
        effective_maturity=format_date(maturity.effective),
        maturity=maturity.kind,
        blackout_ms=maturity.blackout_ms,
        due_ms=maturity.due_ms,
        cutoff_ms=times.cutoff_ms,
        overdue_ms=times.overdue_ms,
    )
    return dated if dated == voucher else replace(dated, timeline=_timeline(dated, was_undated=was_undated))


def _with_end_of_grace(voucher: Voucher, state: Reader) -> Voucher:
    """The same voucher, which fell due before it was known on which business day it would be overdue; now that is known."""
    if voucher.overdue_ms or not awaits_payment(voucher):
        return voucher
    effective = parse_date(voucher.effective_maturity)
    maturity = Maturity(effective, FIRM, voucher.blackout_ms, voucher.due_ms)
    times = payment_times(maturity, settlement_policy(state, voucher.settlement_policy), state)
    if not times.overdue_ms:
        return voucher
    steps = tuple(Step(at_ms, status) for at_ms, status in later_statuses(voucher.timeline, ()))
    timeline = Timeline(voucher.timeline.status, (*steps, Step(times.overdue_ms, OVERDUE)))
    return replace(voucher, overdue_ms=times.overdue_ms, timeline=timeline)


def _not_past(effective: date, published_ms: int) -> date:
    """A day that had begun when the calendar came is none on which anybody could have paid: the next one counts."""
    published_on = local_day(published_ms)
    return effective if effective > published_on else published_on + timedelta(days=1)


def _timeline(dated: Voucher, *, was_undated: bool) -> Timeline:
    """What time makes of the voucher now; an answer is due before the maturity, and what was undated stays so until its day."""
    if dated.timeline.status == ISSUED:
        steps = (
            Step(min(at_ms, dated.due_ms) if status == EXPIRED else at_ms, status)
            for at_ms, status in later_statuses(dated.timeline, ())
        )
        return Timeline(ISSUED, tuple(steps))
    held = timeline_from_acceptance(dated)
    return replace(held, status=DUE_UNDATED) if was_undated else held


def _job_change(job: Redating, _since_ms: int, _now: Moment, state: Reader) -> Change:
    """Look at some vouchers, the newest first, and write down those that have another maturity."""
    writes: dict[bytes, Write] = {}
    events: list[Event] = []
    day, serial, previous = job.day, job.serial, _previous(job.day, state)
    looked_at = held = 0
    while day and looked_at < VOUCHERS_A_STEP and held < HOLDINGS_A_STEP:
        if serial == 0:
            day, serial = _day_before(previous, job, state)
            previous = _previous(day, state)
            continue
        looked_at += 1
        number = str(VoucherNumber(facts_of(state).alliance, parse_date(day), serial))
        voucher = state.get(VOUCHERS, number)
        dated = None if voucher is None else change_of_date(voucher, _Dated(state, tuple(writes.values())))
        if dated is not None:
            # Vouchers of one issuer share the rows in which payments are expected, so each is dated on top of the others.
            writes |= {write.key: write for write in dated.writes}
            events += dated.events
            held += sum(len(event.holdings) for event in dated.events if isinstance(event, MaturitySet))
        serial -= 1
    write = REDATING.put(replace(job, day=day, serial=serial)) if day else REDATING.delete(job)
    return Change((*writes.values(), write), tuple(events))


def _day_before(previous: str, job: Redating, state: Reader) -> tuple[str, int]:
    """The day before, with its last serial; none where no promise of that day can be due in the years that count."""
    row = state.get(EARLIER_SERIALS, previous) if previous else None
    if row is None or int(row.day[:4]) < job.first_year - _LONGEST_TERM_YEARS:
        return "", 0
    return row.day, row.last


def _previous(day: str, state: Reader) -> str:
    latest = state.get(SERIAL)
    if latest is not None and latest.day == day:
        return latest.previous
    row = state.get(EARLIER_SERIALS, day) if day else None
    return "" if row is None else row.previous


DUE_KIND: Final = DueKind(
    name="redating",
    table=REDATING,
    budget=STEPS_PER_BLOCK,
    timeline=lambda row: row.timeline,
    change=_job_change,
)
