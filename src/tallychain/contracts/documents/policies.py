"""The governed figures of this contract, and the deadlines that follow from them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final

from tallychain.instruments.calendar import (
    Calendar,
    CalendarYear,
    format_date,
    instant_ms,
    local_day,
    parse_date,
)
from tallychain.ledger.parameters import CALENDARS, POLICIES, Policy, PolicyMissing, policy_on
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment

DOCUMENTS: Final = "DOCUMENTS"
DOCUMENTS_DEFAULTS: Final = MappingProxyType(
    {"answer_business_days": 10, "review_business_days": 10, "due_months_max": 24, "sme_days": 0}
)

TERM: Final = "TERM"
TERM_MONTHS: Final = "term_months"
"""The policy of vouchers, and its figure, that says how long one may last."""

TERM_MONTHS_WITHOUT_POLICY: Final = 12
"""How long a voucher is taken to last on a chain without that policy."""

LATE_MONTHS: Final = 12
"""For a maturity that moves to a business day or past an outage, and for a voucher that is paid late."""

BOUNDS: Final[Mapping[str, tuple[int, int]]] = MappingProxyType(
    {
        "answer_business_days": (1, 60),
        "review_business_days": (1, 60),
        "due_months_max": (1, 120),
        "sme_days": (0, 366),
    }
)
"""Least and most of every figure; within them no rule can fail for its parameters."""


@dataclass(frozen=True, slots=True)
class DocumentsPolicy:
    """How long answers and reviews may take, and how far ahead a due day may lie."""

    source: Policy
    """The version itself, which says where each figure comes from."""
    answer_business_days: int
    """Business days within which the debtor answers."""
    review_business_days: int
    """Business days within which a red letter is reviewed."""
    due_months_max: int
    """How far ahead the due day of a payable may lie, in calendar months."""
    sme_days: int
    """Days from delivery within which a small or medium-sized seller is paid, where nothing else was agreed; 0 for no such rule."""


def documents_policy(state: Reader, now: Moment) -> DocumentsPolicy:
    """The policy that holds now; the first version holds from the first day of the chain.  Raises `PolicyMissing` if there is none."""
    first = state.get(POLICIES, DOCUMENTS, 1)
    if first is None:
        raise PolicyMissing(DOCUMENTS)
    day = format_date(local_day(now.time_ms))
    policy = first if day < first.effective_from else policy_on(state, DOCUMENTS, day)
    return DocumentsPolicy(
        policy,
        _figure(policy, "answer_business_days"),
        _figure(policy, "review_business_days"),
        _figure(policy, "due_months_max"),
        _figure(policy, "sme_days"),
    )


def longest_months(state: Reader, day: str) -> int:
    """
    For how many months after a day a paper can matter that was presented before: payable, voucher on it, and what comes late.

    The due day lies as far ahead as any policy allowed that held by that day; the voucher lasts as long as any allows that is on record,
    because it may be issued until the payable is due.
    """
    due = [
        _figure(policy, "due_months_max")
        for policy in state.scan(POLICIES, DOCUMENTS)
        if policy.version == 1 or policy.effective_from <= day
    ]
    terms = [_figure(policy, TERM_MONTHS) for policy in state.scan(POLICIES, TERM)]
    return max(due) + max(terms, default=TERM_MONTHS_WITHOUT_POLICY) + LATE_MONTHS


def parameter_faults(state: Reader) -> Iterator[str]:
    """What is wrong, as sentences, with the policies that this contract reads."""
    if state.get(POLICIES, DOCUMENTS, 1) is None:
        yield f"There is no policy {DOCUMENTS}."
    for policy in state.iterate(POLICIES, DOCUMENTS):
        for name, (least, most) in BOUNDS.items():
            value = policy.values.get(name)
            if not isinstance(value, int) or not least <= value <= most:
                yield f"The figure {name} of the policy {DOCUMENTS}, version {policy.version}, is not from {least} to {most}."


def end_of_business_day(state: Reader, now: Moment, days: int) -> int:
    """
    The end of the business day that many after today, as UTC milliseconds: 00:00 local time of the day that follows.

    A year whose calendar is not published yet counts Mondays to Fridays: a deadline must have an end.
    """
    today = local_day(now.time_ms)
    calendar = Calendar((_year(state, today.year), _year(state, today.year + 1)))
    return instant_ms(calendar.add_business_days(today, days) + timedelta(days=1))


def _figure(policy: Policy, name: str) -> int:
    value = policy.values.get(name)
    if not isinstance(value, int):
        raise PolicyMissing(f"{policy.kind}.{name}")
    return value


def _year(state: Reader, year: int) -> CalendarYear:
    row = state.get(CALENDARS, year)
    if row is None:
        return CalendarYear(year, (), (), version=1)
    return CalendarYear(row.year, _days(row.holidays), _days(row.make_up_working_days), row.version)


def _days(texts: tuple[str, ...]) -> tuple[date, ...]:
    return tuple(parse_date(text) for text in texts)
