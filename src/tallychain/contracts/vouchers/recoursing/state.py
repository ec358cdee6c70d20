"""What is remembered of recourse: the last claim on each holding, and the bookings by which holdings were bought back."""

from typing import Final

from msgspec import Struct

from tallychain.contracts.vouchers.settling.state import OptionalName
from tallychain.contracts.vouchers.state import Currency, VoucherName
from tallychain.instruments.money import Units
from tallychain.ledger.tables import Table
from tallychain.ledger.timeline import Moment, Timeline, status_at
from tallychain.ledger.types import Amount, Digest, Identifier, Instant, KeyText, MemberName, SealingKeyText

DEMANDED: Final = "DEMANDED"
"""The funder has claimed, and the seller may agree or contest; nothing is bound."""
AGREED: Final = "AGREED"
"""The seller buys back; the units are bound until its money has come."""
BOUGHT_BACK: Final = "BOUGHT_BACK"
"""The money has come, and title is the seller's again."""
CONTESTED: Final = "CONTESTED"
"""The seller owes nothing, it says; a court or an arbitrator decides, outside."""
WITHDRAWN: Final = "WITHDRAWN"
LAPSED: Final = "LAPSED"
"""The seller has said nothing in time, which admits nothing."""
FAILED: Final = "FAILED"
"""The money has not come in time; the units are free, and the funder keeps them."""

STANDING: Final = (DEMANDED, AGREED)
RECOURSE_STATUSES: Final = (*STANDING, BOUGHT_BACK, CONTESTED, WITHDRAWN, LAPSED, FAILED)

PAY_BUSINESS_DAYS: Final = 3
"""Business days after the seller has agreed, to the cut-off of the last of which its money has come."""


class Recourse(Struct, frozen=True, forbid_unknown_fields=True):
    """A funder claims from the seller what the issuer has not paid (追索); how much stands in a sealed part."""

    voucher: VoucherName
    first: Units
    """First unit of the funder's holding; the last claim on each is remembered."""
    id: Digest
    """The operation that claimed; what names it is bound to the sealed figures of that operation."""
    financing: Digest
    holding: str
    """Id of the holding that is meant; another one that begins there later is not."""
    funder: MemberName
    bank: MemberName
    """Where the funder is paid; it says that the money has come, and it is not the funder."""
    tag: KeyText
    """The tag that sold, and to which title returns."""
    sealing: SealingKeyText
    unpaid: Amount
    """What the issuer owed of the holding when it was claimed, in fen."""
    sponsor: OptionalName
    """The member through which the seller has agreed, and which serves the holding once it is back; empty before."""
    agreed_ms: Instant
    """When the seller agreed; 0 before."""
    timeline: Timeline

    def status_at(self, now: Moment) -> str:
        """What it is at this moment, whether or not it has been written down yet."""
        return status_at(self.timeline, now)


class BuyBack(Struct, frozen=True, forbid_unknown_fields=True):
    """One booking at a bank; its reference is never used again.  How much it was is known to those who read the claim."""

    bank: MemberName
    currency: Currency
    reference: Identifier
    voucher: VoucherName
    recourse: Digest
    booked_ms: Instant
    document: Digest
    operation: Digest


RECOURSES: Final = Table("recourse", Recourse, lambda row: (row.voucher, row.first))
BUY_BACKS: Final = Table(
    "meta", BuyBack, lambda row: (row.bank, row.currency, row.reference), prefix=("buy-back",)
)
