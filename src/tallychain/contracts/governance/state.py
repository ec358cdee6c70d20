"""What is remembered: the constitution, who has which voting weight since when, proposals and ballots.

A vote counts weights as of its opening height (list of attacks, number 27).  No snapshot is copied for that: a weight is kept by the height
from which it holds, so what it was at any height can be read for ever; a proposal keeps only the total.
"""

from collections.abc import Iterable
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from tallychain.contracts.governance.changes import ProposedChange
from tallychain.contracts.governance.constitution import FLOORS, KindName, KindRule
from tallychain.ledger.refusals import Field
from tallychain.ledger.state import Reader
from tallychain.ledger.tables import Table
from tallychain.ledger.timeline import Moment, Timeline, status_at
from tallychain.ledger.types import Count, Digest, Instant, MemberName, PublicText

VOTING: Final = "VOTING"
PASSED: Final = "PASSED"
ACTING: Final = "ACTING"
"""Its instant has come.  Never seen from outside: due work of the same block makes it ENACTED or FAILED."""
ENACTED: Final = "ENACTED"
REJECTED: Final = "REJECTED"
FAILED: Final = "FAILED"
WITHDRAWN: Final = "WITHDRAWN"
STATUSES: Final = (VOTING, PASSED, ACTING, ENACTED, REJECTED, FAILED, WITHDRAWN)

LIVING_PROPOSALS: Final = 64
"""Proposals that may wait for a vote or for their effect at one time."""

LIVING_OF_ONE_MEMBER: Final = 8
"""The same, of one proposer, so that nobody uses up the room of all."""

YES: Final = "yes"
NO: Final = "no"
ABSTAIN: Final = "abstain"
Choice = Annotated[
    Literal["yes", "no", "abstain"],
    Meta(
        title="Ballot",
        description="yes, no, or abstain (which counts for the turnout only).",
        examples=["yes"],
        extra={"zh": "表决意见"},
    ),
]


class Weight(Struct, frozen=True, forbid_unknown_fields=True):
    """A member's voting weight from a height on, until its next row."""

    member: MemberName
    from_height: Count
    weight: Count


class ProposalText(Struct, frozen=True, forbid_unknown_fields=True):
    """What is put to the vote, fixed when it is opened; every ballot signs its digest."""

    proposal: Digest
    """Id: that of the operation that opened it."""
    proposer: MemberName
    kind: KindName
    words_zh: PublicText
    words_en: PublicText
    change: ProposedChange
    rule: KindRule
    """The row of the constitution as of the opening."""
    opened_height: Count
    total: Count
    """All voting weight as of that height."""
    closes_ms: Instant
    acts_ms: Instant
    """When it acts at the earliest; an outage at the end of the vote moves both."""


class Proposal(Struct, frozen=True, forbid_unknown_fields=True):
    """A question to the members, and what became of it; kept for ever, as policies and calendars are."""

    text: ProposalText
    digest: Digest
    yes: Count
    no: Count
    abstain: Count
    failure: str
    """Code of the refusal that its effect met; empty unless FAILED."""
    failure_fields: dict[str, Field]
    timeline: Timeline
    """Rewritten with every ballot, so that what time will make of it is always known."""

    @property
    def id(self) -> str:
        """Its id."""
        return self.text.proposal

    def status_at(self, now: Moment) -> str:
        """What it is at this moment, whether or not it has been written down yet."""
        return status_at(self.timeline, now)


class Ballot(Struct, frozen=True, forbid_unknown_fields=True):
    """One member's vote; final."""

    proposal: Digest
    member: MemberName
    choice: Choice
    weight: Count
    height: Count


class Living(Struct, frozen=True, forbid_unknown_fields=True):
    """A proposal that is VOTING or PASSED: the way to those that wait, past all that are over."""

    proposal: Digest
    proposer: MemberName


PROPOSALS: Final = Table("proposal", Proposal, lambda row: (row.id,))
BALLOTS: Final = Table("ballot", Ballot, lambda row: (row.proposal, row.member))
WEIGHTS: Final = Table("meta", Weight, lambda row: (row.member, row.from_height), prefix=("weight",))
RULES: Final = Table("meta", KindRule, lambda row: (row.kind,), prefix=("constitution",))
LIVING: Final = Table("meta", Living, lambda row: (row.proposal,), prefix=("living-proposal",))


def rule_of(state: Reader, kind: KindName) -> KindRule:
    """How proposals of a kind are decided; never by less than the floor in code."""
    return state.get(RULES, kind) or FLOORS[kind]


def weight_at(state: Reader, member: str, height: int) -> int:
    """A member's voting weight as of a height."""
    return _latest(state.scan(WEIGHTS, member), height).get(member, 0)


def total_at(state: Reader, height: int) -> int:
    """All voting weight as of a height."""
    return sum(_latest(state.scan(WEIGHTS), height).values())


def last_weight(state: Reader, member: str) -> int:
    """The last weight of a member that was not zero: what it has again when it is taken back in."""
    return ([row.weight for row in state.scan(WEIGHTS, member) if row.weight] or [0])[-1]


def _latest(rows: Iterable[Weight], height: int) -> dict[str, int]:
    return {row.member: row.weight for row in rows if row.from_height <= height}
