"""What is remembered of financings (融资): what was asked, who has quoted, who was chosen, and how far money and title have come."""

from typing import Final

from msgspec import Struct

from tallychain.contracts.vouchers.settling.state import BankReference, OptionalDigest
from tallychain.contracts.vouchers.state import Currency, VoucherName
from tallychain.instruments.holdings import Range
from tallychain.instruments.money import Units
from tallychain.ledger.holder import Receiver
from tallychain.ledger.tables import Table
from tallychain.ledger.timeline import Moment, Timeline, status_at
from tallychain.ledger.types import (
    Count,
    Day,
    Digest,
    Identifier,
    Instant,
    KeyText,
    MemberName,
    SealingKeyText,
)

FACTORING: Final = "FACTORING"
"""The units are sold (保理融资)."""
PLEDGE: Final = "PLEDGE"
"""The units secure a loan (质押融资)."""
REFACTORING: Final = "REFACTORING"
"""A factor sells on what it has bought (再保理)."""
FORMS: Final = (FACTORING, PLEDGE, REFACTORING)

BIDDING: Final = "BIDDING"
"""The funders that were asked may commit to quotes, which nobody can read yet."""
REVEALING: Final = "REVEALING"
"""Who has committed delivers its quote to the seller."""
CHOOSING: Final = "CHOOSING"
"""The seller compares what it can read, and chooses one or none."""
AWARDED: Final = "AWARDED"
"""One is chosen; the units are bound until it has paid or has failed to."""
REGISTERED: Final = "REGISTERED"
"""The funder has shown its registration, and its bank may pay."""
UNCONFIRMED: Final = "UNCONFIRMED"
"""The funder says that it has paid by itself, and no other bank has confirmed that yet."""
DISBURSED: Final = "DISBURSED"
"""A bank that is not the funder says that the money has gone, or has come; from here on time never gives the units back to the seller."""
DISPUTED: Final = "DISPUTED"
"""The seller denies that it was paid, or nobody has confirmed what the funder says: an arbiter decides."""
COMPLETED: Final = "COMPLETED"
"""The funder has title, or its pledge."""
TO_DEREGISTER: Final = "TO_DEREGISTER"
"""It has failed, the units are free, and the funder takes its registration back."""
DEREGISTER_LATE: Final = "DEREGISTER_LATE"
FAILED: Final = "FAILED"
LAPSED: Final = "LAPSED"
"""The seller chose nobody in time."""
CLOSED: Final = "CLOSED"
"""The seller took none of the quotes."""

ASKING: Final = (BIDDING, REVEALING, CHOOSING)
"""Nothing is bound yet; quotes stand beside the request."""
BEFORE_MONEY: Final = (AWARDED, REGISTERED)
AFTER_MONEY: Final = (UNCONFIRMED, DISBURSED, DISPUTED)
BINDING: Final = (*BEFORE_MONEY, *AFTER_MONEY)
"""Nothing of the units moves but by this financing."""
FINANCING_STATUSES: Final = (
    *ASKING,
    *BINDING,
    COMPLETED,
    TO_DEREGISTER,
    DEREGISTER_LATE,
    FAILED,
    LAPSED,
    CLOSED,
)

COMMITTED: Final = "COMMITTED"
REVEALED: Final = "REVEALED"
CHOSEN: Final = "CHOSEN"
"""Said in rows only; the ledger keeps which quote was chosen with the financing."""
VOID: Final = "VOID"
"""The seller has shown that it was false."""
UNREVEALED: Final = "UNREVEALED"
"""The funder did not deliver what it had committed to; that stays on its record."""

CAME: Final = "CAME"
CAME_NOT: Final = "CAME_NOT"
"""What the seller's bank says of the money; empty while it has said nothing."""

FUNDERS_MAX: Final = 8
"""So the request stays within the recipients that one sealed part may have."""
QUOTES_MAX: Final = 5
"""How often one funder may commit; only the last one counts."""
BIDDING_MINUTES: Final = 10
BIDDING_HOURS: Final = 24
"""A request is open for so long at least and at most."""
REVEAL_MINUTES: Final = 30
CHOOSE_BUSINESS_DAYS: Final = 1
PAY_BUSINESS_DAYS: Final = 1
"""The money has gone by the cut-off of the business day after the award."""
ANSWER_BUSINESS_DAYS: Final = 1
"""For the seller's word, or its bank's, after the funder's side says that it has paid."""
DISPUTE_BUSINESS_DAYS: Final = 5
DEREGISTER_BUSINESS_DAYS: Final = 2
LATE_DAYS: Final = 180
"""For how long it is remembered that a registration was not taken back."""


class Deal(Struct, frozen=True, forbid_unknown_fields=True):
    """What the seller chose, and what has become of it since."""

    funder: MemberName
    receiver: Receiver
    """The funder's tag to which title goes."""
    quote: Digest
    """Commitment of the chosen quote."""
    revealed: Digest
    """The operation that delivered it."""
    paying_bank: MemberName
    seller_bank: MemberName
    """The bank at which the seller is paid."""
    payment: Digest
    """Commitment of the sealed amount and account; the paying bank states that it paid what this opens to."""
    awarded_ms: Instant
    registration: str
    """Number in the movable-property registry; empty before it is shown."""
    certificate: OptionalDigest
    registered_ms: Instant
    disbursement: OptionalDigest
    """The operation by which the paying bank said that it has paid; empty before."""
    disbursed_ms: Instant
    """When that operation stood in a block."""
    word: str
    """`CAME` or `CAME_NOT`: what the seller's bank has said; empty before."""


class Financing(Struct, frozen=True, forbid_unknown_fields=True):
    """One request for money against units, and what came of it.  Prices stand in sealed parts only."""

    id: Digest
    """The operation that asked: a digest of its whole text."""
    voucher: VoucherName
    holding: Units
    """First unit of the holding as it was when it was asked; where it is now is found from there."""
    first: Units
    last: Units
    tag: KeyText
    """The seller's tag."""
    sealing: SealingKeyText
    form: str
    recourse: bool
    """Whether the funder may come back to the seller if the issuer does not pay."""
    funders: tuple[MemberName, ...]
    """Whoever was asked."""
    maturity: Day
    """The effective maturity by which quotes reckon, as it was when it was asked."""
    asked_ms: Instant
    committed: Count
    """Funders that have committed to a quote."""
    revealed: Count
    """Quotes that were delivered."""
    deal: Deal | None
    timeline: Timeline

    def status_at(self, now: Moment) -> str:
        """What it is at this moment, whether or not it has been written down yet."""
        return status_at(self.timeline, now)

    @property
    def units(self) -> Range:
        """The units that money is asked for."""
        return Range(self.first, self.last)


class Quote(Struct, frozen=True, forbid_unknown_fields=True):
    """That a funder has committed to a quote, and whether it delivered it.  Leaves when the seller has chosen, or the time for that is over."""

    financing: Digest
    funder: MemberName
    number: Count
    """How often this funder has committed; only the last one counts."""
    commitment: Digest
    """Of the sealed part that the reveal has to deliver, byte for byte."""
    receiver: Receiver
    paying_bank: MemberName
    revealed: OptionalDigest
    """The operation that delivered it; empty before."""
    state: str


class Registration(Struct, frozen=True, forbid_unknown_fields=True):
    """That a registration stands for one financing; its number is never taken again."""

    number: Identifier
    financing: Digest


class Disbursement(Struct, frozen=True, forbid_unknown_fields=True):
    """One booking by which a funder's money went to a seller; its reference is never used again.  The amount is sealed."""

    bank: MemberName
    currency: Currency
    reference: BankReference
    voucher: VoucherName
    financing: Digest
    payment: Digest
    booked_ms: Instant
    document: Digest
    operation: Digest


FINANCINGS: Final = Table("financing", Financing, lambda row: (row.id,))
QUOTES: Final = Table("quote", Quote, lambda row: (row.financing, row.funder))
REGISTRATIONS: Final = Table(
    "meta", Registration, lambda row: (row.number,), prefix=("financing-registration",)
)
DISBURSEMENTS: Final = Table(
    "meta", Disbursement, lambda row: (row.bank, row.currency, row.reference), prefix=("disbursement",)
)
