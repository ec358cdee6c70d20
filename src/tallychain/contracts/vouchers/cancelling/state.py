"""Cancellations that wait for the holders' consents."""

from typing import Final

from msgspec import Struct

from tallychain.contracts.vouchers.state import VoucherName
from tallychain.ledger.tables import Table
from tallychain.ledger.timeline import Moment, Timeline, status_at
from tallychain.ledger.types import Digest, Instant, MemberName

PENDING: Final = "PENDING"
AGREED: Final = "AGREED"
LAPSED: Final = "LAPSED"
CANCELLATION_STATUSES: Final = (PENDING, AGREED, LAPSED)

HOLDINGS_MAX: Final = 200
"""Holdings of a voucher that can be cancelled: every consent looks at all of them."""


class Cancellation(Struct, frozen=True, forbid_unknown_fields=True):
    """The latest cancellation that a voucher's issuer proposed."""

    voucher: VoucherName
    operation: Digest
    """The operation that proposed it; a consent names it, and so its whole text."""
    issuer: MemberName
    proposed_ms: Instant
    consents: tuple[str, ...]
    """Ids of the holdings whose holders consented.  A holding that passes on or is divided has pieces with other ids: those are asked afresh."""
    timeline: Timeline

    def status_at(self, now: Moment) -> str:
        """What it is at this moment, whether or not it has been written down yet."""
        return status_at(self.timeline, now)


CANCELLATIONS: Final = Table("consent", Cancellation, lambda row: (row.voucher,))
