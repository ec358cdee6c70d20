"""Facts published about freezes; order numbers and accounts stand in sealed parts only."""

from msgspec import Struct

from tallychain.instruments.money import Units
from tallychain.ledger.contract import Event
from tallychain.ledger.holder import Receiver
from tallychain.ledger.timeline import Timeline
from tallychain.ledger.types import Count, Day, Digest, Instant, KeyText, MemberName


class FrozenUnits(Struct, frozen=True, forbid_unknown_fields=True):
    """One holding after a court's act."""

    holding: str
    first: Units
    last: Units
    payable: Count
    """What can be paid to it now."""
    status: Timeline


class CourtFroze(Event, frozen=True, tag="court.froze"):
    """A court froze what a tag holds of a range."""

    freeze: Digest
    voucher: str
    issuer: MemberName
    """The debtor, which so has notice."""
    court: MemberName
    tag: KeyText
    first: Units
    last: Units
    """The range that was asked for."""
    frozen: Count
    """Units of it that the tag still held; the court is told so if it is less than the range."""
    effective: Count
    """Units of these on which no other freeze stands before this one."""
    until: Day
    document: Digest
    holdings: tuple[FrozenUnits, ...]
    timeline: Timeline


class CourtRenewed(Event, frozen=True, tag="court.renewed"):
    """A freeze lasts longer."""

    freeze: Digest
    voucher: str
    until: Day
    document: Digest
    renewals: Count
    timeline: Timeline


class CourtUnfroze(Event, frozen=True, tag="court.unfroze"):
    """The court let the units go; an account that it had named for the money counts no more."""

    freeze: Digest
    voucher: str
    document: Digest
    holdings: tuple[FrozenUnits, ...]


class CourtFreezeEnded(Event, frozen=True, tag="court.freeze_ended"):
    """Its time is over, or a court before it has given title to everything that it waited for."""

    freeze: Digest
    voucher: str
    status: str
    since_ms: Instant
    """When this became true."""


class CourtMovedUp(Event, frozen=True, tag="court.moved_up"):
    """A freeze that waited stands first on more units, or has lost units to a court before it."""

    freeze: Digest
    voucher: str
    court: MemberName
    frozen: Count
    effective: Count


class CourtExecuted(Event, frozen=True, tag="court.executed"):
    """The money of the units goes to the account that the court named."""

    freeze: Digest
    voucher: str
    court: MemberName
    bank: MemberName
    payee: Digest
    """Commitment of the sealed account."""
    document: Digest
    holdings: tuple[FrozenUnits, ...]


class CourtTransferred(Event, frozen=True, tag="court.transferred"):
    """The court gave title to somebody else; `voucher.title_moved` says so of each holding."""

    freeze: Digest
    voucher: str
    court: MemberName
    receiver: Receiver
    document: Digest
    holdings: tuple[FrozenUnits, ...]


EVENTS = (
    CourtFroze,
    CourtRenewed,
    CourtUnfroze,
    CourtFreezeEnded,
    CourtMovedUp,
    CourtExecuted,
    CourtTransferred,
)
