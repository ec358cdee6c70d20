"""What is remembered of vouchers: the promises, who holds which units, what is on offer.

The holdings of an accepted voucher partition its units, and a boundary between two holdings never goes away again (there is no
merge).  So the first unit names a holding, and from any first unit that ever was one the next are found by stepping.
"""

from typing import Annotated, Final

from msgspec import Meta, Struct

from tallychain.instruments.holdings import Encumbrance, Range, whole
from tallychain.instruments.money import Units
from tallychain.ledger.holder import Receiver
from tallychain.ledger.state import Reader
from tallychain.ledger.tables import Table
from tallychain.ledger.timeline import Moment, Timeline, status_at
from tallychain.ledger.types import Count, Day, Digest, Instant, KeyText, MemberName, Nonce, SealingKeyText

ISSUED: Final = "ISSUED"
ACTIVE: Final = "ACTIVE"
REJECTED: Final = "REJECTED"
EXPIRED: Final = "EXPIRED"
WITHDRAWN: Final = "WITHDRAWN"
DUE: Final = "DUE"
DUE_UNDATED: Final = "DUE_UNDATED"
CANCELLED: Final = "CANCELLED"
"""Given up by the issuer and every holder together."""
UNPAID_PENDING: Final = "UNPAID_PENDING"
"""The cut-off has passed and something is owed."""
OVERDUE: Final = "OVERDUE"
SETTLED: Final = "SETTLED"
SETTLED_LATE: Final = "SETTLED_LATE"
RELEASED: Final = "RELEASED"
"""What was owed last was released by its holder."""
PAST_CUTOFF: Final = (UNPAID_PENDING, OVERDUE)
AWAITING_MONEY: Final = (DUE, DUE_UNDATED, *PAST_CUTOFF)
FULLY_SETTLED: Final = (SETTLED, SETTLED_LATE, RELEASED)
VOUCHER_STATUSES: Final = (
    ISSUED,
    ACTIVE,
    REJECTED,
    EXPIRED,
    WITHDRAWN,
    CANCELLED,
    *AWAITING_MONEY,
    *FULLY_SETTLED,
)
WITHOUT_TITLE: Final = (REJECTED, EXPIRED, WITHDRAWN)
"""Ends before anybody held the voucher; its reference is free again."""
UNOWED: Final = (*WITHOUT_TITLE, CANCELLED)
"""Ends after which the issuer owes nothing, though nothing was paid."""

OPEN: Final = "OPEN"
TAKEN: Final = "TAKEN"
DECLINED: Final = "DECLINED"
RECALLED: Final = "RECALLED"
ENDED: Final = "ENDED"
"""A sponsor of one of the two sides was suspended, or left, while the offer was open; or a court froze its units, its giver's wallet was lost, or its identity part was shown to be false."""
OFFER_STATUSES: Final = (OPEN, TAKEN, DECLINED, RECALLED, EXPIRED, ENDED)

GONE: Final = "GONE"
"""What has ended and was kept long enough: as if it were not there, whether or not the row has been removed yet."""

LIVE: Final = "LIVE"
SPENT: Final = "SPENT"
COLLECTED: Final = "COLLECTED"
"""The issuer has paid for it, and is discharged; the settlement bank has the money."""
PAID: Final = "PAID"
WITHHELD: Final = "WITHHELD"
UNPAID: Final = "UNPAID"

FIRM: Final = "FIRM"
PROVISIONAL: Final = "PROVISIONAL"

BY_ISSUE: Final = "ISSUE"
BY_TRANSFER: Final = "TRANSFER"
BY_SPLIT: Final = "SPLIT_REST"
BY_COURT: Final = "COURT"
"""A court gave it, whatever the holder wanted."""
BY_FINANCING: Final = "FINANCED"
BY_RECOURSE: Final = "RECOURSE_BUYBACK"
"""The seller has bought back from its funder, since the issuer did not pay."""
BY_TITLE: Final = (BY_TRANSFER, BY_COURT, BY_FINANCING, BY_RECOURSE)
"""Ways in which title has come from another holder."""

FIRST_LAYER: Final = 1

VoucherName = Annotated[str, Meta(pattern="^EV[A-Z0-9]{4}[0-9]{20}$(?!\\n)")]
OfferName = Annotated[str, Meta(pattern="^[0-9a-f]{64}:[1-9][0-9]?$(?!\\n)")]
Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$(?!\\n)")]


class Voucher(Struct, frozen=True, forbid_unknown_fields=True):
    """An issuer's signed promise to pay its face to the final holders at maturity (应收账款电子凭证)."""

    number: VoucherName
    issuer: MemberName
    reference: Nonce
    """The issuer's opaque reference of what it owes."""
    receiver: Receiver
    """The tag to which the promise was made; only it may accept."""
    currency: Currency
    face: Units
    issue_day: Day
    """Local day of the block in which it was issued."""
    nominal_maturity: Day
    effective_maturity: Day
    """The nominal day, or the first business day after it; equal to the nominal one while that is provisional."""
    maturity: str
    """`FIRM`, or `PROVISIONAL` while the calendar that decides it is not published."""
    blackout_ms: Instant
    """From here on no title moves."""
    due_ms: Instant
    """Beginning of the effective maturity's local day."""
    cutoff_ms: Instant
    """By when the money has to be booked; 0 while the maturity is provisional."""
    overdue_ms: Instant
    """When it is overdue if it is still unpaid; 0 while a calendar that decides this is not published."""
    settlement_bank: MemberName
    promise: Digest
    """Commitment of the sealed part with the promise's text; a consent names it."""
    term_policy: Count
    split_policy: Count
    settlement_policy: Count
    splits: Count
    """Holdings that have been divided so far."""
    discharged: Count
    """What the issuer does not owe any more, in fen: paid through the settlement bank, paid directly, or released."""
    operation: Digest
    """The operation that issued it."""
    timeline: Timeline

    def status_at(self, now: Moment) -> str:
        """What the voucher is at this moment, whether or not it has been written down yet."""
        return status_at(self.timeline, now)

    @property
    def units(self) -> Range:
        """All its units, `1..face`."""
        return whole(self.face)


class Holding(Struct, frozen=True, forbid_unknown_fields=True):
    """A contiguous range of one voucher's units with one holder (持有份额)."""

    voucher: VoucherName
    first: Units
    last: Units
    seq: Count
    """Generation: one more than that of the holding it came from."""
    tag: KeyText
    """Signing key of the holder's one-time tag."""
    sealing: SealingKeyText
    sponsor: MemberName
    layer: Count
    """How often title has moved: 1 for the first holder."""
    parent: str
    """Id of the holding it came from; empty for the first."""
    acquired_by: str
    """`ISSUE`, `TRANSFER`, `FINANCED`, `RECOURSE_BUYBACK`, `COURT`, or `SPLIT_REST` for what stays when a part was taken or is financed."""
    encumbrances: tuple[Encumbrance, ...]
    """Everything that binds units of it, in the order in which it was placed."""

    @property
    def id(self) -> str:
        """`<voucher>:<from>-<to>:<seq>`, never given twice."""
        return f"{self.voucher}:{self.first}-{self.last}:{self.seq}"

    @property
    def units(self) -> Range:
        """The units held."""
        return Range(self.first, self.last)


class Offer(Struct, frozen=True, forbid_unknown_fields=True):
    """An offer of some units to one named receiver."""

    id: OfferName
    """Operation and row, `<operation>:<row>`."""
    voucher: VoucherName
    holding: Units
    """First unit of the holding as it was when the offer was made; where it is now is found from there."""
    first: Units
    last: Units
    giver: Receiver
    receiver: Receiver
    trade_reference: Nonce
    value_date: str
    """Local day before which title does not move; empty for none."""
    offered_ms: Instant
    until_ms: Instant
    """When its time is over, as agreed; the steps of the timeline say what an outage makes of it."""
    timeline: Timeline

    def status_at(self, now: Moment) -> str:
        """What time has made of the offer, whether or not it has been written down yet; `standing.offer_status` asks after sponsors too."""
        return status_at(self.timeline, now)

    @property
    def units(self) -> Range:
        """The units offered."""
        return Range(self.first, self.last)


class Reference(Struct, frozen=True, forbid_unknown_fields=True):
    """Which voucher an issuer's reference stands for."""

    issuer: MemberName
    reference: Nonce
    voucher: VoucherName


class Serial(Struct, frozen=True, forbid_unknown_fields=True):
    """The last serial given to a voucher on a local day."""

    day: Day
    last: Count
    previous: str
    """The day on which vouchers were issued before this one; empty for none."""


VOUCHERS: Final = Table("voucher", Voucher, lambda row: (row.number,))
HOLDINGS: Final = Table("holding", Holding, lambda row: (row.voucher, row.first))
OFFERS: Final = Table("offer", Offer, lambda row: (row.id,))
REFERENCES: Final = Table(
    "meta", Reference, lambda row: (row.issuer, row.reference), prefix=("voucher-reference",)
)
SERIAL: Final = Table("meta", Serial, lambda _: (), prefix=("voucher-serial",))
"""The latest day; the days before it are kept by day, so that all vouchers can be gone through, the newest first."""
EARLIER_SERIALS: Final = Table("meta", Serial, lambda row: (row.day,), prefix=("voucher-serials",))


def outstanding(voucher: Voucher) -> int:
    """What the issuer owes of a voucher as far as it is written down, in fen: its face less what it is discharged of, until it ends unpaid."""
    return 0 if voucher.timeline.status in UNOWED else voucher.face - voucher.discharged


def awaits_payment(voucher: Voucher) -> bool:
    """Whether a voucher has to be paid by a cut-off that is known: somebody holds it, something is owed, and its day is fixed."""
    return voucher.cutoff_ms > 0 and voucher.timeline.status in (ACTIVE, *AWAITING_MONEY)


class HoldingsBroken(Exception):
    """Our own mistake: stepping along a voucher's holdings met a gap."""


def holding_over(state: Reader, voucher: str, boundary: int, units: Range) -> Holding:
    """
    The holding that `units` lie in, found by stepping upwards from `boundary`, which once was a first unit at or below them.

    Takes one read for each holding between the two; mostly one in all.  Raises `HoldingsBroken`.
    """
    first = boundary
    while True:
        holding = state.get(HOLDINGS, voucher, first)
        if holding is None or holding.first > units.first:
            raise HoldingsBroken(f"{voucher} has no holding over {units}")
        if holding.units.contains(units):
            return holding
        first = holding.last + 1
