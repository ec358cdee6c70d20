"""Funders publish standards and end them; time lets them take effect and end."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Final

from msgspec.structs import replace

from tallychain.contracts.risk.standards import refusals
from tallychain.contracts.risk.standards.events import (
    StandardEnded,
    StandardPublished,
    StandardReplaced,
    StandardTookEffect,
)
from tallychain.contracts.risk.standards.operations import (
    GRADES,
    SCALES,
    EndStandard,
    Publish,
)
from tallychain.contracts.risk.standards.state import (
    MONTHS_MAX,
    PUBLISHED,
    STANDARDS,
    STANDARDS_MAX,
    Published,
    Standard,
)
from tallychain.contracts.risk.state import ENDED, IN_FORCE, PLANNED
from tallychain.instruments.calendar import (
    DateUnreadable,
    add_months,
    format_date,
    instant_ms,
    local_day,
    parse_date,
)
from tallychain.ledger.contract import Call, Change, DueKind
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment, Step, Timeline, after_next_step, settled
from tallychain.ledger.types import MEMBER_PREFIX, MemberId

STANDARDS_PER_BLOCK: Final = 100
ONE_DAY: Final = timedelta(days=1)


def publish(args: Publish, call: Call, state: Reader) -> Change:
    """
    Publish on what terms a funder would finance; nothing of it binds, a quote does.

    What stands under the same name ends when the new version begins, so that of one product never two versions hold.
    """
    funder = _funder(call)
    _check_lists(args)
    _check_bounds(args)
    for grade in GRADES:
        _check_tiles(grade, args)
    first, last = _days(args, call.now)
    own = [row for row in state.scan(STANDARDS, funder) if row.status_at(call.now) != ENDED]
    stays = [row for row in own if row.terms.name != args.name]
    begins_ms = instant_ms(first)
    replaced = [row for row in own if row.terms.name == args.name]
    kept = [row for row in replaced if max(row.begins_ms, call.now.time_ms) < begins_ms]
    if len(stays) + len(kept) >= STANDARDS_MAX:
        raise refusals.TooManyStandards(STANDARDS_MAX)
    counted = state.get(PUBLISHED, funder)
    number = 1 if counted is None else counted.standards + 1
    made = Standard(call.operation, funder, number, args, _timeline(first, last, call.now))
    change = Change(
        (STANDARDS.put(made), PUBLISHED.put(Published(funder, number))),
        (StandardPublished(made.standard, funder, number, args, made.timeline),),
    )
    for row in replaced:
        change += _replaced(row, made.standard, begins_ms if row in kept else 0)
    return change


def end(args: EndStandard, call: Call, state: Reader) -> Change:
    """End a standard before its last day; whatever was asked or quoted on it stands."""
    funder = _funder(call)
    standard = state.get(STANDARDS, funder, args.standard)
    if standard is None or standard.status_at(call.now) == ENDED:
        raise refusals.StandardNotFound(funder, args.standard)
    return Change(
        (STANDARDS.delete(standard),), (StandardEnded(standard.standard, funder, call.now.time_ms),)
    )


def grid_gap(grade: str, terms: Publish) -> tuple[int, int] | None:
    """Where the prices of a grade do not tile the days: at which day one is due, and at which it begins (0: none does); None if they do."""
    rows = [row for row in terms.grid if row.grade == grade]
    due = terms.days_min
    for row in rows:
        if row.days_from != due or row.days_until < row.days_from:
            return due, row.days_from
        due = row.days_until + 1
    if rows and due != terms.days_max + 1:
        return due, 0
    return None


def standard_change(standard: Standard, since_ms: int, _now: Moment, _state: Reader) -> Change:
    """A planned standard takes effect; one whose last day is over leaves the state."""
    later = replace(standard, timeline=after_next_step(standard.timeline))
    if later.timeline.status == ENDED:
        return Change((STANDARDS.delete(later),), (StandardEnded(later.standard, later.funder, since_ms),))
    event = StandardTookEffect(later.standard, later.funder, later.timeline, since_ms)
    return Change((STANDARDS.put(later),), (event,))


DUE_KINDS: Final = (
    DueKind(
        name="standard",
        table=STANDARDS,
        budget=STANDARDS_PER_BLOCK,
        timeline=lambda row: row.timeline,
        change=standard_change,
    ),
)


def _replaced(row: Standard, by: str, at_ms: int) -> Change:
    """What a newer version leaves of an older one: nothing, or what there is before the newer begins."""
    if not at_ms:
        return Change(
            (STANDARDS.delete(row),), (StandardReplaced(row.standard, row.funder, by, settled(ENDED)),)
        )
    over = Step(min(row.ends_ms, at_ms), ENDED)
    begins = () if row.timeline.status == IN_FORCE else (Step(row.begins_ms, IN_FORCE),)
    shorter = replace(row, timeline=Timeline(row.timeline.status, (*begins, over)))
    return Change(
        (STANDARDS.put(shorter),), (StandardReplaced(row.standard, row.funder, by, shorter.timeline),)
    )


def _funder(call: Call) -> MemberId:
    return MemberId(call.author.removeprefix(MEMBER_PREFIX))


def _check_lists(args: Publish) -> None:
    for field, listed in _listed(args):
        if any(one >= other for one, other in pairwise(listed)):
            raise refusals.StandardListNotInOrder(field)
    both = next((issuer for issuer in args.issuers if issuer in args.excluded), None)
    if both is not None:
        raise refusals.IssuerBothWays(both)


def _listed(args: Publish) -> Iterator[tuple[str, Sequence[str]]]:
    """Every list with what its entries are ordered by, as texts of one length or in alphabetical order."""
    yield "issuers", args.issuers
    yield "excluded", args.excluded
    yield "categories", args.categories
    yield "forms", args.forms
    yield "scales", [str(SCALES.index(scale)) for scale in args.scales]
    yield "grid", [f"{GRADES.index(row.grade)} {row.days_from:04d}" for row in args.grid]
    yield "papers", args.papers
    yield "fields", args.fields


def _check_bounds(args: Publish) -> None:
    for field, least, most in (
        ("days", args.days_min, args.days_max),
        ("face", args.face_min, args.face_max),
    ):
        if least > most:
            raise refusals.StandardBoundsNotPossible(field, least, most)


def _check_tiles(grade: str, args: Publish) -> None:
    gap = grid_gap(grade, args)
    if gap is not None:
        raise refusals.GridHasGap(grade, gap[0], gap[1], args.days_min, args.days_max)


def _days(args: Publish, now: Moment) -> tuple[date, date]:
    today = local_day(now.time_ms)
    latest = add_months(today, MONTHS_MAX)
    try:
        first, last = parse_date(args.valid_from), parse_date(args.valid_until)
    except DateUnreadable:
        first, last = latest, today
    if not today <= first <= last <= latest:
        raise refusals.StandardDaysNotPossible(
            args.valid_from, args.valid_until, format_date(today), format_date(latest)
        )
    return first, last


def _timeline(first: date, last: date, now: Moment) -> Timeline:
    """In force from the beginning of the first day to the end of the last."""
    over = Step(instant_ms(last + ONE_DAY), ENDED)
    if first <= local_day(now.time_ms):
        return Timeline(IN_FORCE, (over,))
    return Timeline(PLANNED, (Step(instant_ms(first), IN_FORCE), over))
