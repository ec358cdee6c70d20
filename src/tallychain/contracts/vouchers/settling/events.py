"""Facts published about settlement.  They carry all that a reader needs, so that nobody has to look into the state."""

from msgspec import Struct

from tallychain.instruments.money import Units
from tallychain.ledger.contract import Event
from tallychain.ledger.timeline import Timeline
from tallychain.ledger.types import Count, Digest, Instant, KeyText, MemberName


class OwedUnits(Struct, frozen=True, forbid_unknown_fields=True):
    """What a holder is owed on a holding."""

    holding: str
    tag: KeyText
    sponsor: MemberName
    outstanding: Count


class HeldShare(Struct, frozen=True, forbid_unknown_fields=True):
    """What a holding has got so far, after an attestation or release."""

    holding: str
    first: Units
    share: Count
    """Of the face, by all attestations so far."""
    interest: Count
    outstanding: Count
    """What the issuer still owes on it."""
    payable: Count
    """What can be paid out now."""
    status: Timeline


class AgreementProposed(Event, frozen=True, tag="settlement.agreement_proposed"):
    """An issuer asked a settlement bank, which has until the timeline's step to answer."""

    issuer: MemberName
    bank: MemberName
    proposal: Digest
    terms: Digest
    timeline: Timeline


class AgreementMade(Event, frozen=True, tag="settlement.agreed"):
    """The bank pays out the issuer's vouchers; there may be new ones from now on."""

    issuer: MemberName
    bank: MemberName
    proposal: Digest
    terms: Digest


class AgreementEnding(Event, frozen=True, tag="settlement.agreement_ending"):
    """One side gave notice, or turned the proposal down; by the timeline there are no new vouchers any more."""

    issuer: MemberName
    bank: MemberName
    by: MemberName
    timeline: Timeline


class AgreementOver(Event, frozen=True, tag="settlement.agreement_over"):
    """Nobody answered in time, or the notice has run out."""

    issuer: MemberName
    bank: MemberName
    status: str
    since_ms: Instant
    """When this became true."""


class PayeeNamed(Event, frozen=True, tag="settlement.payee_named"):
    """A sponsor named the account to which a holding is paid; it is sealed to the settlement bank and the issuer."""

    voucher: str
    holding: str
    first: Units
    bank: MemberName
    payee: Digest
    """Commitment of the sealed account."""
    cleared: bool
    """False if it came too late: then the bank decides whether it pays to it."""
    status: Timeline
    """Of the holding."""
    payable: Count
    """What can be paid to it now."""


class MoneyAttested(Event, frozen=True, tag="settlement.attested"):
    """The settlement bank stated that the issuer's money was booked; it is divided in proportion to what is owed."""

    voucher: str
    issuer: MemberName
    bank: MemberName
    amount: Count
    received_ms: Instant
    reference: str
    document: Digest
    applied: Count
    excess: Count
    """What nobody has coming; it goes back."""
    in_time: bool
    """Whether it was booked by the cut-off."""
    received: Count
    """All that was applied to this voucher so far."""
    outstanding: Count
    payable: Count
    timeline: Timeline
    """Of the voucher."""
    paying: Timeline
    """Of paying out."""
    shares: tuple[HeldShare, ...]


class InterestAttested(Event, frozen=True, tag="settlement.interest_attested"):
    """The settlement bank stated that late interest was booked."""

    voucher: str
    issuer: MemberName
    bank: MemberName
    amount: Count
    received_ms: Instant
    reference: str
    document: Digest
    interest: Count
    """All late interest so far."""
    payable: Count
    paying: Timeline
    shares: tuple[HeldShare, ...]


class ExcessFound(Event, frozen=True, tag="settlement.excess_found"):
    """More was paid in than is owed; the bank returns it by the timeline's step."""

    voucher: str
    attestation: Digest
    bank: MemberName
    amount: Count
    timeline: Timeline


class ExcessLate(Event, frozen=True, tag="settlement.excess_late"):
    """What was paid in above what is owed has not been returned in time."""

    voucher: str
    attestation: Digest
    bank: MemberName
    amount: Count
    since_ms: Instant
    """When this became true."""


class ExcessReturned(Event, frozen=True, tag="settlement.excess_returned"):
    """What was paid in above what is owed has gone back to the issuer."""

    voucher: str
    attestation: Digest
    bank: MemberName
    amount: Count
    reference: str
    paid_ms: Instant
    document: Digest


class VoucherSettled(Event, frozen=True, tag="settlement.settled"):
    """Nothing is owed on the voucher any more: `SETTLED`, `SETTLED_LATE` or `RELEASED`."""

    voucher: str
    issuer: MemberName
    status: str
    dishonoured: bool
    """Whether it had been unpaid at its cut-off."""


class Dishonoured(Event, frozen=True, tag="settlement.dishonoured"):
    """The cut-off has passed and something is owed; every holder to whom is named.  The issuer issues nothing until it is paid."""

    voucher: str
    issuer: MemberName
    bank: MemberName
    outstanding: Count
    since_ms: Instant
    """The cut-off, moved by an outage if there was one."""
    holders: tuple[OwedUnits, ...]


class DishonourWithdrawn(Event, frozen=True, tag="settlement.dishonour_withdrawn"):
    """All of the money had been booked by the cut-off and was only attested later: a technical cause, which counts for nothing."""

    voucher: str
    issuer: MemberName
    cause: str
    """`TECHNICAL`."""


class VoucherOverdue(Event, frozen=True, tag="settlement.overdue"):
    """Some business days after its maturity something is still owed."""

    voucher: str
    issuer: MemberName
    outstanding: Count
    cause: str
    """`CREDIT`, or `DISPUTE` where every unit still owed is disputed."""
    since_ms: Instant
    """When this became true."""


class PaidOut(Event, frozen=True, tag="settlement.paid_out"):
    """A holder was paid what was attested for its holding."""

    voucher: str
    holding: str
    first: Units
    bank: MemberName
    amount: Count
    reference: str
    paid_ms: Instant
    document: Digest
    status: Timeline
    """Of the holding."""


class PayingChanged(Event, frozen=True, tag="settlement.paying"):
    """How much of a voucher can be paid out now, and until when it has to be."""

    voucher: str
    paid_out: Count
    payable: Count
    paying: Timeline


class PayoutFailed(Event, frozen=True, tag="settlement.payout_failed"):
    """A payout came back; the holder has to name another account."""

    voucher: str
    holding: str
    first: Units
    bank: MemberName
    amount: Count
    reference: str
    document: Digest
    status: Timeline


class WithheldReleased(Event, frozen=True, tag="settlement.withheld_released"):
    """The settlement bank pays to the account that was named late."""

    voucher: str
    holding: str
    first: Units
    bank: MemberName
    payable: Count
    status: Timeline


class UnpaidHolding(Struct, frozen=True, forbid_unknown_fields=True):
    """A holding that could have been paid out and was not."""

    holding: str
    payable: Count


class PayoutOverdue(Event, frozen=True, tag="settlement.payout_overdue"):
    """The time for paying out is over and somebody waits; the settlement bank is in default."""

    voucher: str
    bank: MemberName
    payable: Count
    since_ms: Instant
    """When this became true."""
    holdings: tuple[UnpaidHolding, ...]


class BankProposed(Event, frozen=True, tag="settlement.bank_proposed"):
    """The issuer asked another settlement bank to pay the voucher out."""

    voucher: str
    bank: MemberName
    successor: MemberName
    proposal: Digest
    until_ms: Instant
    """Until when the other bank may consent."""


class BankChanged(Event, frozen=True, tag="settlement.bank_changed"):
    """Another settlement bank pays the voucher out; accounts have to be named to it again."""

    voucher: str
    before: MemberName
    bank: MemberName


class OutsideProposed(Event, frozen=True, tag="settlement.outside_proposed"):
    """The issuer states that it has paid a holder directly; the holder confirms by the timeline's step or nothing happens."""

    voucher: str
    holding: str
    first: Units
    proposal: Digest
    amount: Count
    document: Digest
    timeline: Timeline


class OutsidePaid(Event, frozen=True, tag="settlement.outside_paid"):
    """The holder has confirmed that it was paid directly."""

    voucher: str
    holding: str
    first: Units
    proposal: Digest
    amount: Count
    outstanding: Count
    """What is still owed on the voucher."""
    status: Timeline
    """Of the holding."""


class WrittenOff(Event, frozen=True, tag="debt.written_off"):
    """The holder has written the holding off in its books (核销); the issuer owes as before."""

    voucher: str
    holding: str
    first: Units
    amount: Count


class ReleaseDeclared(Event, frozen=True, tag="debt.release_declared"):
    """The holder releases the issuer of an amount (债务豁免); it is final at the timeline's step."""

    voucher: str
    holding: str
    first: Units
    operation: Digest
    amount: Count
    timeline: Timeline


class ReleaseRevoked(Event, frozen=True, tag="debt.release_revoked"):
    """The holder has taken its release back."""

    voucher: str
    holding: str
    first: Units
    operation: Digest
    """The operation that had declared it."""


class DebtReleased(Event, frozen=True, tag="debt.released"):
    """A release became final; less is owed."""

    voucher: str
    holding: str
    first: Units
    operation: Digest
    """The operation that had declared it."""
    amount: Count
    outstanding: Count
    """What is still owed on the voucher."""
    since_ms: Instant
    """When this became true."""
    status: Timeline
    """Of the holding."""


EVENTS: tuple[type[Event], ...] = (
    AgreementProposed,
    AgreementMade,
    AgreementEnding,
    AgreementOver,
    PayeeNamed,
    MoneyAttested,
    InterestAttested,
    ExcessFound,
    ExcessLate,
    ExcessReturned,
    VoucherSettled,
    Dishonoured,
    DishonourWithdrawn,
    VoucherOverdue,
    PaidOut,
    PayingChanged,
    PayoutFailed,
    WithheldReleased,
    PayoutOverdue,
    BankProposed,
    BankChanged,
    OutsideProposed,
    OutsidePaid,
    WrittenOff,
    ReleaseDeclared,
    ReleaseRevoked,
    DebtReleased,
)
