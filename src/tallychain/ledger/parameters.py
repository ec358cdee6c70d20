"""Governed parameters: policies and calendars, kept by version for ever.

An instrument keeps the version under which it was made; a refusal can cite the article that a policy comes from.
"""

from typing import Final

from msgspec import Struct

from tallychain.ledger.state import Reader
from tallychain.ledger.tables import Table
from tallychain.ledger.types import Count, Day, Digest, MemberName


class Policy(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One version of one kind of policy."""

    kind: str
    version: Count
    effective_from: Day
    """First local day on which it holds."""
    values: dict[str, int | str]
    """Named values in the order of their definition."""
    article: str
    """The rule or article that the values come from, for refusals; may be empty."""
    articles: dict[str, str] = {}
    """For values that come from elsewhere, where each comes from: a value that a later version did not touch keeps its own article."""

    def article_of(self, value: str) -> str:
        """The rule or article that one value comes from, as a refusal cites it; may be empty."""
        return self.articles.get(value, self.article)


class CalendarYear(Struct, frozen=True, forbid_unknown_fields=True):
    """The business days of one year, as decided by the alliance."""

    year: Count
    version: Count
    holidays: tuple[Day, ...]
    """Weekdays that are free."""
    make_up_working_days: tuple[Day, ...]
    """Weekend days that are worked."""


class ChainFacts(Struct, frozen=True, forbid_unknown_fields=True):
    """What genesis fixed for this chain."""

    chain: str
    alliance: str
    """Four characters that begin every number given out by this chain."""
    genesis: Digest
    demo: bool
    clock: str
    """`system`, or `driven` on a trial chain whose time is moved by hand."""
    tree_depth: Count
    outage_grace_ms: Count
    """How long deadlines run on after an outage."""
    outages: bool
    """Whether gaps between blocks are recorded as outages."""
    supervisors: tuple[MemberName, ...]
    """Members to whom identities are sealed by law."""


POLICIES: Final = Table("policy", Policy, lambda row: (row.kind, row.version))
CALENDARS: Final = Table("calendar", CalendarYear, lambda row: (row.year,))
FACTS: Final = Table("meta", ChainFacts, lambda _: (), prefix=("facts",))


class PolicyMissing(Exception):
    """Our own mistake: genesis did not give a policy that a contract needs."""


def policy_on(state: Reader, kind: str, day: str) -> Policy:
    """The newest version of a policy that holds on a local day; versions count from 1 without a gap."""
    found: Policy | None = None
    version = 1
    while (policy := state.get(POLICIES, kind, version)) is not None:
        if policy.effective_from <= day:
            found = policy
        version += 1
    if found is None:
        raise PolicyMissing(kind)
    return found


def facts_of(state: Reader) -> ChainFacts:
    """What genesis fixed for this chain."""
    facts = state.get(FACTS)
    if facts is None:
        raise PolicyMissing("facts")
    return facts
