"""Facts published about guarantees."""

from tallychain.contracts.vouchers.settling.events import HeldShare
from tallychain.ledger.contract import Event
from tallychain.ledger.timeline import Timeline
from tallychain.ledger.types import Count, Digest, Instant, MemberName


class FrameGiven(Event, frozen=True, tag="guarantee.given"):
    """A guarantor stands for new vouchers of an issuer."""

    frame: Digest
    guarantor: MemberName
    issuer: MemberName
    limit: Count
    until: str
    pay_days: Count
    terms: Digest
    exposure: Count
    timeline: Timeline


class FrameOver(Event, frozen=True, tag="guarantee.ended"):
    """It stands for no new ones: it has said so, or the day is past.  Those that there are keep their guarantee."""

    guarantor: MemberName
    issuer: MemberName
    status: str
    since_ms: Instant


class GuaranteeNamed(Event, frozen=True, tag="guarantee.named"):
    """A voucher was issued under a guarantee."""

    voucher: str
    issuer: MemberName
    guarantor: MemberName
    frame: Digest
    liable: Count
    pay_days: Count
    exposure: Count
    """Of the guarantor for this issuer, in all."""
    timeline: Timeline


class GuaranteeChanged(Event, frozen=True, tag="guarantee.changed"):
    """Holders are owed less, or the guarantor or the issuer has paid, or nothing of it is left."""

    voucher: str
    issuer: MemberName
    guarantor: MemberName
    liable: Count
    paid: Count
    repaid: Count
    exposure: Count
    timeline: Timeline


class GuarantorCalled(Event, frozen=True, tag="guarantee.called"):
    """The voucher is overdue: the guarantor has until then to pay."""

    voucher: str
    issuer: MemberName
    guarantor: MemberName
    liable: Count
    since_ms: Instant
    timeline: Timeline


class GuarantorDefaulted(Event, frozen=True, tag="guarantee.defaulted"):
    """The guarantor has not paid in time; it stays bound, and takes no new vouchers before it has paid."""

    voucher: str
    issuer: MemberName
    guarantor: MemberName
    liable: Count
    since_ms: Instant


class GuarantorPaid(Event, frozen=True, tag="guarantor.paid"):
    """Money of the guarantor was booked and divided among the holders; the issuer owes it to the guarantor now."""

    voucher: str
    issuer: MemberName
    guarantor: MemberName
    bank: MemberName
    amount: Count
    received_ms: Instant
    reference: str
    document: Digest
    right: str
    """`GUARANTOR_SUBROGATION`."""
    claim: Count
    """What the issuer owes the guarantor of this voucher, in all."""
    received: Count
    outstanding: Count
    """What the issuer owes of the voucher, to holders and guarantor together."""
    payable: Count
    paying: Timeline
    shares: tuple[HeldShare, ...]


class RepaymentFound(Event, frozen=True, tag="guarantor.repaid"):
    """The issuer has paid what is the guarantor's; the settlement bank has it."""

    voucher: str
    attestation: Digest
    bank: MemberName
    guarantor: MemberName
    amount: Count
    timeline: Timeline


class RepaymentPassedOn(Event, frozen=True, tag="guarantor.passed_on"):
    """The guarantor has it."""

    voucher: str
    attestation: Digest
    bank: MemberName
    guarantor: MemberName
    amount: Count
    reference: str
    paid_ms: Instant
    document: Digest


class RepaymentLate(Event, frozen=True, tag="guarantor.pass_on_late"):
    """The settlement bank has not passed it on in time."""

    voucher: str
    attestation: Digest
    bank: MemberName
    guarantor: MemberName
    amount: Count
    since_ms: Instant


EVENTS = (
    FrameGiven,
    FrameOver,
    GuaranteeNamed,
    GuaranteeChanged,
    GuarantorCalled,
    GuarantorDefaulted,
    GuarantorPaid,
    RepaymentFound,
    RepaymentPassedOn,
    RepaymentLate,
)
