"""Facts published about vouchers.  They carry all that a reader needs, so that nobody has to look into the state."""

from msgspec import Struct

from tallychain.instruments.money import Units
from tallychain.ledger.contract import Event
from tallychain.ledger.holder import Receiver
from tallychain.ledger.timeline import Timeline
from tallychain.ledger.types import Count, Day, Digest, Instant, KeyText, MemberName, Nonce, SealingKeyText


class HeldUnits(Struct, frozen=True, forbid_unknown_fields=True):
    """A holding as it came into being."""

    id: str
    first: Units
    last: Units
    tag: KeyText
    sealing: SealingKeyText
    sponsor: MemberName
    layer: Count
    parent: str
    acquired_by: str


class VoucherIssued(Event, frozen=True, tag="voucher.issued", omit_defaults=True):
    """A promise was made to a named receiver, who has until the timeline's step to answer."""

    voucher: str
    issuer: MemberName
    reference: Nonce
    receiver: Receiver
    currency: str
    face: Units
    issue_day: Day
    nominal_maturity: Day
    effective_maturity: Day
    maturity: str
    blackout_ms: Instant
    due_ms: Instant
    cutoff_ms: Instant
    """0 while the maturity is provisional."""
    settlement_bank: MemberName
    promise: Digest
    term_policy: Count
    split_policy: Count
    settlement_policy: Count
    timeline: Timeline
    term_reason: str = ""
    """Why its term is longer than usual; empty where it is not."""


class VoucherAccepted(Event, frozen=True, tag="voucher.accepted"):
    """The receiver holds the whole voucher."""

    voucher: str
    holding: HeldUnits
    due_ms: Instant
    cutoff_ms: Instant
    timeline: Timeline


class HoldingDivided(Event, frozen=True, tag="voucher.divided"):
    """A holding was divided and title did not move, because somebody has a right in a part of it."""

    voucher: str
    spent: str
    pieces: tuple[HeldUnits, ...]
    """In the order of units."""
    due_ms: Instant
    cutoff_ms: Instant


class VoucherRejected(Event, frozen=True, tag="voucher.rejected"):
    """The receiver declined the promise."""

    voucher: str


class VoucherWithdrawn(Event, frozen=True, tag="voucher.withdrawn"):
    """The issuer took the promise back before it was accepted."""

    voucher: str


class VoucherExpired(Event, frozen=True, tag="voucher.expired"):
    """Nobody answered in time."""

    voucher: str
    since_ms: Instant
    """When this became true."""


class VoucherFellDue(Event, frozen=True, tag="voucher.fell_due"):
    """The effective maturity began: `DUE`, or `DUE_UNDATED` while the calendar that dates it is not published."""

    voucher: str
    status: str
    since_ms: Instant
    """When this became true."""
    timeline: Timeline
    """What time will make of it next."""


class OfferMade(Event, frozen=True, tag="voucher.offered"):
    """Units were offered to a named receiver."""

    offer: str
    voucher: str
    first: Units
    last: Units
    giver: Receiver
    receiver: Receiver
    trade_reference: Nonce
    value_date: str
    timeline: Timeline


class TitleMoved(Event, frozen=True, tag="voucher.title_moved"):
    """
    Title to the offered units moved in this block; the transferor is released.

    From this event on the issuer, which is named, has notice of the assignment (Civil Code, article 546).
    """

    offer: str
    voucher: str
    issuer: MemberName
    giver: Receiver
    spent: str
    """Id of the holding that the units came from; it is no more."""
    taken: HeldUnits
    rests: tuple[HeldUnits, ...]
    """What stays with the transferor."""
    moved_ms: Instant
    due_ms: Instant
    cutoff_ms: Instant


class OfferDeclined(Event, frozen=True, tag="voucher.declined"):
    """The named receiver declined."""

    offer: str
    voucher: str


class OfferRecalled(Event, frozen=True, tag="voucher.recalled"):
    """The holder took the offer back."""

    offer: str
    voucher: str


class OfferExpired(Event, frozen=True, tag="voucher.offer_expired"):
    """The offer's time was over before it was taken."""

    offer: str
    voucher: str
    since_ms: Instant
    """When this became true."""


class OfferEnded(Event, frozen=True, tag="voucher.offer_ended"):
    """A sponsor of one of the two sides was suspended, or left, while the offer was open."""

    offer: str
    voucher: str
    noted_ms: Instant
    """When this was written down; the members' own events say since when it was true."""


EVENTS: tuple[type[Event], ...] = (
    VoucherIssued,
    VoucherAccepted,
    HoldingDivided,
    VoucherRejected,
    VoucherWithdrawn,
    VoucherExpired,
    VoucherFellDue,
    OfferMade,
    TitleMoved,
    OfferDeclined,
    OfferRecalled,
    OfferExpired,
    OfferEnded,
)
