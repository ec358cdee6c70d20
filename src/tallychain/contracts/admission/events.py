"""Facts published about admissions; public to members."""

from tallychain.contracts.admission.operations import DueDiligence
from tallychain.ledger.contract import Event
from tallychain.ledger.timeline import Timeline
from tallychain.ledger.types import Day, Instant, MemberName, PublicText


class Introduced(Event, frozen=True, tag="admission.introduced"):
    """A bank answers for an enterprise that would become a member."""

    member: MemberName
    bank: MemberName
    name: str
    uscc: str
    file: DueDiligence
    timeline: Timeline


class IntroductionEnded(Event, frozen=True, tag="admission.introduction_ended"):
    """An introduction was used by an admission, withdrawn, or lapsed."""

    member: MemberName
    bank: MemberName
    status: str
    reason: str
    """Why it was withdrawn; empty otherwise."""
    since_ms: Instant


class ReviewSet(Event, frozen=True, tag="admission.review_set"):
    """A bank answers for a core enterprise until the next review: by its introduction, as the chain began, or by a review."""

    member: MemberName
    bank: MemberName
    due: Day
    remind_ms: Instant
    """From when on everybody is reminded, and any bank may make the review."""
    reviews: int
    timeline: Timeline
    file: DueDiligence | None
    """Of a review; that of an introduction was published with it."""


class BankGone(Event, frozen=True, tag="admission.bank_gone"):
    """The bank that answered for a core enterprise withdrew, was suspended by vote, or has gone; another has time to take over."""

    member: MemberName
    bank: MemberName
    reason: PublicText
    due: Day
    timeline: Timeline


class ReviewMissed(Event, frozen=True, tag="admission.review_missed"):
    """No bank has reviewed a core enterprise in time; it begins nothing new until one has."""

    member: MemberName
    bank: MemberName
    since_ms: Instant


EVENTS: tuple[type[Event], ...] = (Introduced, IntroductionEnded, ReviewSet, BankGone, ReviewMissed)
