"""What is remembered of an early redemption: the last one of each holding, and the bookings of those that were paid."""

from typing import Final

from msgspec import Struct

from tallychain.contracts.vouchers.state import Currency, VoucherName
from tallychain.instruments.money import Units
from tallychain.ledger.tables import Table
from tallychain.ledger.timeline import Moment, Timeline, status_at
from tallychain.ledger.types import Digest, Identifier, Instant, MemberName

OFFERED: Final = "OFFERED"
"""The issuer would pay early; nothing is bound, and without the holder's word nothing changes."""
AGREED: Final = "AGREED"
"""The holder has agreed, and the units are bound until the bank has paid."""
REDEEMED: Final = "REDEEMED"
DECLINED: Final = "DECLINED"
WITHDRAWN: Final = "WITHDRAWN"
LAPSED: Final = "LAPSED"
FAILED: Final = "FAILED"
"""Nobody has paid in time; the units are free."""

STANDING: Final = (OFFERED, AGREED)
REDEMPTION_STATUSES: Final = (*STANDING, REDEEMED, DECLINED, WITHDRAWN, LAPSED, FAILED)

PAY_BUSINESS_DAYS: Final = 1
"""Business days after the agreement, to the cut-off of the last of which the bank says that it has paid."""


class Redemption(Struct, frozen=True, forbid_unknown_fields=True):
    """An issuer pays a holding before its maturity (提前兑付); at what discount stands in a sealed part."""

    voucher: VoucherName
    first: Units
    """First unit of the holding; the last redemption of each is remembered."""
    id: Digest
    """The operation that offered it; what names it is bound to the sealed terms of that operation."""
    holding: str
    """Id of the holding that is meant; another one that begins there later is not."""
    bank: MemberName
    """The settlement bank at that time; it pays."""
    agreed_ms: Instant
    """When the holder agreed; 0 before."""
    timeline: Timeline

    def status_at(self, now: Moment) -> str:
        """What it is at this moment, whether or not it has been written down yet."""
        return status_at(self.timeline, now)


class EarlyPayment(Struct, frozen=True, forbid_unknown_fields=True):
    """One booking at a bank; its reference is never used again.  How much it was is known to those who read the terms."""

    bank: MemberName
    currency: Currency
    reference: Identifier
    voucher: VoucherName
    redemption: Digest
    booked_ms: Instant
    document: Digest
    operation: Digest


REDEMPTIONS: Final = Table("redemption", Redemption, lambda row: (row.voucher, row.first))
EARLY_PAYMENTS: Final = Table(
    "meta", EarlyPayment, lambda row: (row.bank, row.currency, row.reference), prefix=("early-payment",)
)
