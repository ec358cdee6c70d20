"""Facts published about disputes; the grounds stand in sealed parts only."""

from tallychain.instruments.money import Units
from tallychain.ledger.contract import Event
from tallychain.ledger.timeline import Timeline
from tallychain.ledger.types import Amount, Digest, Instant, KeyText, MemberName


class DisputeOpened(Event, frozen=True, tag="dispute.opened"):
    """An issuer says that a part of what its first holder has is not owed."""

    dispute: Digest
    voucher: str
    issuer: MemberName
    holding: str
    first: Units
    last: Units
    tag: KeyText
    covered: Amount
    document: Digest
    timeline: Timeline


class DisputeDenied(Event, frozen=True, tag="dispute.denied"):
    """The holder says that it is owed; nothing changes until when it lapses."""

    dispute: Digest
    voucher: str
    timeline: Timeline


class DisputeAdmitted(Event, frozen=True, tag="dispute.admitted"):
    """The holder says that it is not owed; `debt.released` says what that means."""

    dispute: Digest
    voucher: str


class DisputeReferred(Event, frozen=True, tag="dispute.referred"):
    """A court or an arbitration decides."""

    dispute: Digest
    voucher: str
    document: Digest
    timeline: Timeline


class DisputeClosed(Event, frozen=True, tag="dispute.closed"):
    """Withdrawn by the issuer, or decided."""

    dispute: Digest
    voucher: str
    by: MemberName
    document: Digest


class DisputeLapsed(Event, frozen=True, tag="dispute.lapsed"):
    """No court and no arbitration was shown in time."""

    dispute: Digest
    voucher: str
    since_ms: Instant
    """When this became true."""


EVENTS = (DisputeOpened, DisputeDenied, DisputeAdmitted, DisputeReferred, DisputeClosed, DisputeLapsed)
