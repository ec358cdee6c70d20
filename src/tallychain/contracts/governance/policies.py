"""A policy's next version: the values that change, each of its own sort.

How large a value may be, the contract that reads it says (`Contract.parameter_faults`).

Versions hold one after the other: a later version never holds from an earlier day, so what holds on a day is the newest version that has
begun, and reading it late or early gives the same answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from msgspec.structs import replace

from tallychain.contracts.governance.events import PolicySet
from tallychain.contracts.governance.refusals import (
    ArticleWithoutValue,
    EffectiveBeforeLast,
    NoSuchDay,
    PolicyUnknown,
    ValueUnknown,
)
from tallychain.instruments.calendar import DateUnreadable, format_date, local_day, parse_date
from tallychain.ledger.contract import Change
from tallychain.ledger.parameters import POLICIES, Policy
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment


def day_after(time_ms: int) -> str:
    """The first local day that has not begun at an instant."""
    return format_date(local_day(time_ms) + timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Source:
    """Where the values of a version come from."""

    article: str
    """For all values that change."""
    pack: str = ""
    """Name of the rule pack that brings them; empty for none."""
    articles: Mapping[str, str] = field(default_factory=dict)
    """For single values, instead of `article`."""

    def of(self, value: str) -> str:
        """What a refusal that rests on this value cites: the rule pack, and the article in it."""
        article = self.articles.get(value, self.article)
        return f"{self.pack}: {article}" if self.pack and article else self.pack or article


def next_version(
    kind: str,
    values: Mapping[str, int | str],
    effective_from: str,
    source: Source,
    state: Reader,
    now: Moment,
) -> Change:
    """
    The next version of a policy, with some values changed.

    It never holds on a day that has begun: after an outage it holds from the day that follows.  A value that stays keeps the article that it
    came with, so that no refusal cites a rule that says nothing about its figure.  Raises `NoSuchDay`, `PolicyUnknown`, `EffectiveBeforeLast`,
    `ValueUnknown`, `ArticleWithoutValue`.
    """
    try:
        parse_date(effective_from)
    except DateUnreadable:
        raise NoSuchDay(effective_from) from None
    versions = state.scan(POLICIES, kind)
    if not versions:
        raise PolicyUnknown(kind)
    last = versions[-1]
    day = max(effective_from, day_after(now.time_ms))
    if day < last.effective_from:
        raise EffectiveBeforeLast(kind, last.effective_from)
    for name, value in values.items():
        _check_value(last, name, value)
    for name in source.articles:
        if name not in values:
            raise ArticleWithoutValue(kind, name)
    cited = {name: source.of(name) if name in values else last.article_of(name) for name in last.values}
    row = replace(
        last,
        version=last.version + 1,
        effective_from=day,
        values={name: values.get(name, value) for name, value in last.values.items()},
        article=source.article,
        articles={name: article for name, article in cited.items() if article != source.article},
    )
    event = PolicySet(
        row.kind, row.version, row.effective_from, row.values, row.article, source.pack, row.articles
    )
    return Change((POLICIES.put(row),), (event,))


def _check_value(last: Policy, name: str, value: int | str) -> None:
    if name not in last.values or isinstance(value, str) != isinstance(last.values[name], str):
        raise ValueUnknown(last.kind, name)
