"""Banks introduce core enterprises, review them every year, and withdraw; time lets introductions lapse and reviews be missed."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise
from typing import Final

from msgspec.structs import replace

from tallychain.contracts.admission import refusals
from tallychain.contracts.admission.events import (
    BankGone,
    Introduced,
    IntroductionEnded,
    ReviewMissed,
    ReviewSet,
)
from tallychain.contracts.admission.operations import (
    DueDiligence,
    Found,
    Introduce,
    Review,
    Seen,
    WithdrawIntroduction,
)
from tallychain.contracts.admission.policies import AdmissionPolicy, Figures, policy_now
from tallychain.contracts.admission.state import (
    DAY_MS,
    IN_ORDER,
    INTRODUCTIONS,
    INTRODUCTIONS_MAX,
    LAPSED,
    MISSED,
    OPEN,
    REVIEWS,
    USED,
    WITHDRAWN,
    WITHOUT_BANK,
    Introduction,
    ReviewRow,
    end_of,
    until_end_of,
)
from tallychain.contracts.members import api as members
from tallychain.instruments.calendar import DateUnreadable, add_months, format_date, local_day, parse_date
from tallychain.ledger.contract import Call, Change, DueKind
from tallychain.ledger.identity import BANK, CORE_ENTERPRISE
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment, Step, Timeline, after_next_step
from tallychain.ledger.types import MEMBER_PREFIX, Day, MemberId

PER_BLOCK: Final = 100


def introduce(args: Introduce, call: Call, state: Reader) -> Change:
    """Answer for an enterprise that would become a member, on the strength of a complete due diligence."""
    bank, now = _bank(call), call.now
    policy = _policy(state, now)
    if members.member(state, args.member) is not None:
        raise refusals.MemberAlready(args.member)
    standing = [row for row in state.scan(INTRODUCTIONS) if row.bank == bank and row.status_at(now) == OPEN]
    if any(row.member == args.member for row in standing):
        raise refusals.IntroductionStands(args.member, bank)
    if len(standing) >= INTRODUCTIONS_MAX:
        raise refusals.TooManyIntroductions(INTRODUCTIONS_MAX)
    members.check_code(args.uscc)
    _check_file(args.file, policy, now)
    lapses_ms = now.time_ms + policy.figures.introduction_days * DAY_MS
    timeline = Timeline(OPEN, (Step(lapses_ms, LAPSED),))
    row = Introduction(args.member, bank, call.operation, args.uscc, now.time_ms, timeline)
    event = Introduced(args.member, bank, args.name, args.uscc, args.file, timeline)
    return Change((INTRODUCTIONS.put(row),), (event,))


def review(args: Review, call: Call, state: Reader) -> Change:
    """Review a core enterprise: its own bank at any time, any other once it has no bank or the review is near or missed."""
    bank, now = _bank(call), call.now
    policy = _policy(state, now)
    found = members.member(state, args.member)
    if found is None or CORE_ENTERPRISE not in found.kinds:
        raise refusals.NoCoreEnterprise(args.member)
    if bank == args.member:
        raise refusals.OwnReview(args.member)
    before = state.get(REVIEWS, args.member)
    if before is not None and not _may_review(before, bank, policy.figures, state, now):
        raise refusals.ReviewOfAnother(
            args.member,
            before.bank,
            remind_ms(before.due, policy.figures),
            policy.source.article_of("reminder_days"),
        )
    _check_file(args.file, policy, now)
    reviews = 1 if before is None else before.reviews + 1
    made = _in_order(args.member, bank, reviews, policy.figures, now, args.file)
    return made + members.let_go(args.member, state, now)


def withdraw(args: WithdrawIntroduction, call: Call, state: Reader) -> Change:
    """No longer answer for an enterprise: an introduction ends; for a member another bank has some time to take over."""
    bank, now = _bank(call), call.now
    policy = _policy(state, now)
    introduction = state.get(INTRODUCTIONS, args.member, bank)
    if introduction is not None and introduction.status_at(now) == OPEN:
        return _ended(introduction, WITHDRAWN, args.reason, now.time_ms)
    row = state.get(REVIEWS, args.member)
    if row is None or row.bank != bank or row.status_at(now) != IN_ORDER:
        raise refusals.NothingToWithdraw(args.member, bank)
    return _without_bank(row, args.reason, policy.figures, now)


def admitted(member: str, uscc: str, state: Reader, now: Moment) -> Change:
    """
    What the admission of a core enterprise by vote does here: the oldest introduction that stands becomes the first review.

    Raises `NotIntroduced`, also in the dry run at the opening of the vote.  Nothing where the chain has no policy.
    """
    policy = policy_now(state, now)
    own = state.scan(INTRODUCTIONS, member)
    living = [
        row
        for row in own
        if row.uscc == uscc
        and row.status_at(now) == OPEN
        and members.is_active_kind(state, row.bank, BANK, now)
    ]
    if policy is not None and not living:
        raise refusals.NotIntroduced(member, uscc)
    if policy is None:
        return Change()
    first = min(living, key=lambda row: (row.since_ms, row.bank))
    change = _in_order(member, first.bank, 0, policy.figures, now, None)
    for row in own:
        change += _ended(row, USED if row is first else WITHDRAWN, "", now.time_ms)
    return change


def bank_gone(bank: str, reason: str, state: Reader, now: Moment) -> Change:
    """A bank was suspended by vote or has gone: whomever it answered for needs another, and has some time to find one."""
    policy = policy_now(state, now)
    change = Change()
    if policy is None:
        return change
    for row in state.scan(REVIEWS):
        if row.bank == bank and row.status_at(now) == IN_ORDER:
            change += _without_bank(row, reason, policy.figures, now)
    return change


def remind_ms(due: Day, figures: Figures) -> int:
    """From when on everybody is reminded of a review, and any bank may make it."""
    return end_of(parse_date(due)) - figures.reminder_days * DAY_MS


def introduction_change(row: Introduction, since_ms: int, _now: Moment, _state: Reader) -> Change:
    """An introduction lapses that no admission followed."""
    return _ended(row, LAPSED, "", since_ms)


def review_change(row: ReviewRow, since_ms: int, now: Moment, state: Reader) -> Change:
    """A review was not made in time: the enterprise begins nothing new until a bank has made it."""
    missed = replace(row, timeline=after_next_step(row.timeline))
    change = Change((REVIEWS.put(missed),), (ReviewMissed(row.member, row.bank, since_ms),))
    return change + members.held_back(row.member, state, now)


DUE_KINDS: Final = (
    DueKind(
        name="introduction",
        table=INTRODUCTIONS,
        budget=PER_BLOCK,
        timeline=lambda row: row.timeline,
        change=introduction_change,
    ),
    DueKind(
        name="review",
        table=REVIEWS,
        budget=PER_BLOCK,
        timeline=lambda row: row.timeline,
        change=review_change,
    ),
)


def _in_order(
    member: str, bank: str, reviews: int, figures: Figures, now: Moment, file: DueDiligence | None
) -> Change:
    due = format_date(add_months(local_day(now.time_ms), figures.review_months))
    row = ReviewRow(member, bank, due, now.time_ms, reviews, until_end_of(due, IN_ORDER, MISSED))
    event = ReviewSet(member, bank, due, remind_ms(due, figures), reviews, row.timeline, file)
    return Change((REVIEWS.put(row),), (event,))


def _without_bank(row: ReviewRow, reason: str, figures: Figures, now: Moment) -> Change:
    due = format_date(local_day(now.time_ms + figures.takeover_days * DAY_MS))
    left = replace(row, due=due, timeline=until_end_of(due, WITHOUT_BANK, MISSED))
    return Change((REVIEWS.put(left),), (BankGone(row.member, row.bank, reason, due, left.timeline),))


def _ended(row: Introduction, status: str, reason: str, since_ms: int) -> Change:
    event = IntroductionEnded(row.member, row.bank, status, reason, since_ms)
    return Change((INTRODUCTIONS.delete(row),), (event,))


def _may_review(row: ReviewRow, bank: str, figures: Figures, state: Reader, now: Moment) -> bool:
    return (
        bank == row.bank
        or row.status_at(now) != IN_ORDER
        or now.time_ms >= remind_ms(row.due, figures)
        or not members.is_active(state, row.bank, now)
    )


def _policy(state: Reader, now: Moment) -> AdmissionPolicy:
    policy = policy_now(state, now)
    if policy is None:
        raise refusals.NoAdmissionPolicy
    return policy


def _check_file(file: DueDiligence, policy: AdmissionPolicy, now: Moment) -> None:
    today = local_day(now.time_ms)
    for name, listed in _lists(file):
        if any(one.name >= other.name for one, other in pairwise(listed)):
            raise refusals.FileNotInOrder(name)
    established = _past_day("established_on", file.established_on, today)
    accounts = _past_day("accounts_until", file.accounts_until, today)
    for paper in file.papers:
        if _day(paper.name, paper.valid_until) < today:
            raise refusals.PaperExpired(paper.name, paper.valid_until)
    _check_policy(file, policy, established, accounts, today)


def _check_policy(
    file: DueDiligence, policy: AdmissionPolicy, established: date, accounts: date, today: date
) -> None:
    source, figures = policy.source, policy.figures
    fields = _missing(figures.fields, file.fields)
    if fields:
        raise refusals.FieldsMissing(fields, source.article_of("fields"))
    papers = _missing(figures.papers, file.papers)
    if papers:
        raise refusals.PapersMissing(papers, source.article_of("papers"))
    if add_months(established, 12 * figures.years_min) > today:
        raise refusals.EnterpriseTooYoung(
            file.established_on, figures.years_min, source.article_of("years_min")
        )
    if add_months(accounts, figures.accounts_months_max) < today:
        raise refusals.AccountsTooOld(
            file.accounts_until, figures.accounts_months_max, source.article_of("accounts_months_max")
        )
    if file.overdue_found > figures.overdue_max:
        raise refusals.TooMuchOverdue(
            file.overdue_found, figures.overdue_max, source.article_of("overdue_max")
        )


def _lists(file: DueDiligence) -> Iterator[tuple[str, Sequence[Found | Seen]]]:
    yield "fields", file.fields
    yield "papers", file.papers


def _missing(wanted: str, given: Sequence[Found | Seen]) -> str:
    names = [one.name for one in given]
    return ", ".join(name for name in wanted.split() if name not in names)


def _day(name: str, text: str) -> date:
    try:
        return parse_date(text)
    except DateUnreadable:
        raise refusals.FileDayNotValid(name, text) from None


def _past_day(name: str, text: str, today: date) -> date:
    day = _day(name, text)
    if day > today:
        raise refusals.FileDayNotValid(name, text)
    return day


def _bank(call: Call) -> MemberId:
    return MemberId(call.author.removeprefix(MEMBER_PREFIX))
