"""Facts that the contract publishes."""

from msgspec import field

from tallychain.contracts.governance.constitution import KindRule
from tallychain.contracts.governance.state import Choice, ProposalText
from tallychain.ledger.contract import Event
from tallychain.ledger.engineparameters import EngineTold
from tallychain.ledger.protocol import Activation
from tallychain.ledger.refusals import Field
from tallychain.ledger.timeline import Timeline
from tallychain.ledger.types import Count, Day, Digest, Instant, MemberName
from tallychain.ledger.validators import NodeSet, ValidatorSet


class ProposalOpened(Event, frozen=True, tag="proposal.opened"):
    """A change is put to the vote."""

    text: ProposalText
    digest: Digest
    timeline: Timeline


class BallotCast(Event, frozen=True, tag="ballot.was_cast"):
    """A member has voted; how the vote stands with it, and what time will make of it."""

    proposal: Digest
    member: MemberName
    choice: Choice
    weight: Count
    yes: Count
    no: Count
    abstain: Count
    timeline: Timeline


class ProposalWithdrawn(Event, frozen=True, tag="proposal.withdrawn"):
    """Its proposer took it back."""

    proposal: Digest


class ProposalPassed(Event, frozen=True, tag="proposal.passed"):
    """Voting ended with a yes; it acts at the instant in the timeline."""

    proposal: Digest
    timeline: Timeline
    since_ms: Instant


class ProposalRejected(Event, frozen=True, tag="proposal.rejected"):
    """Voting ended with a no, or with too few votes."""

    proposal: Digest
    since_ms: Instant


class ProposalEnacted(Event, frozen=True, tag="proposal.enacted"):
    """It has acted; what it did stands in the facts that follow."""

    proposal: Digest
    since_ms: Instant


class ProposalFailed(Event, frozen=True, tag="proposal.failed"):
    """It passed and could not act: the refusal that it met."""

    proposal: Digest
    code: str
    fields: dict[str, Field]
    since_ms: Instant


class WeightSet(Event, frozen=True, tag="governance.weight_set"):
    """A member's ballots count this much in votes opened from a height on."""

    member: MemberName
    from_height: Count
    weight: Count


class RuleSet(Event, frozen=True, tag="governance.rule_set"):
    """Proposals of a kind that are opened from now on are decided so."""

    rule: KindRule


class PolicySet(Event, frozen=True, tag="governance.policy_set", omit_defaults=True):
    """A policy has another version from a day on."""

    policy: str
    version: Count
    effective_from: Day
    values: dict[str, int | str]
    """All values, those that stay as well."""
    article: str
    pack: str
    """Name of the rule pack that it came with; empty for none."""
    articles: dict[str, str] = field(default_factory=dict)
    """For values that come from elsewhere than `article`, where each comes from."""


class CalendarPublished(Event, frozen=True, tag="governance.calendar_published"):
    """The business days of a year are known, or corrected."""

    year: Count
    version: Count
    holidays: tuple[Day, ...]
    make_up_working_days: tuple[Day, ...]


class QuarantineReleased(Event, frozen=True, tag="governance.quarantine_released"):
    """Operations on an object are taken again."""

    object: str


class ProtocolScheduled(Event, frozen=True, tag="protocol.was_scheduled"):
    """From a height on the chain runs another protocol."""

    activation: Activation


EVENTS = (
    ProposalOpened,
    BallotCast,
    ProposalWithdrawn,
    ProposalPassed,
    ProposalRejected,
    ProposalEnacted,
    ProposalFailed,
    WeightSet,
    RuleSet,
    PolicySet,
    CalendarPublished,
    QuarantineReleased,
    ProtocolScheduled,
    ValidatorSet,
    NodeSet,
    EngineTold,
)
