"""What is remembered of freezes (冻结): which court, which units, until when, and whether it was executed."""

from typing import Final

from msgspec import Struct

from tallychain.contracts.vouchers.state import EXPIRED, VoucherName
from tallychain.instruments.holdings import Range
from tallychain.ledger.tables import Table
from tallychain.ledger.timeline import Moment, Timeline, status_at
from tallychain.ledger.types import Count, Day, Digest, Instant, KeyText, MemberName

FROZEN: Final = "FROZEN"
AWARDED: Final = "AWARDED"
"""The court has said to whom the money of the units goes; it waits for the issuer's payment and has no end by time."""
UNFROZEN: Final = "UNFROZEN"
"""The court has let the units go."""
TRANSFERRED: Final = "TRANSFERRED"
"""The court has given title to somebody else."""
EXHAUSTED: Final = "EXHAUSTED"
"""A court before it in the queue has given title to everything that it waited for, or a funder that had paid before it came has got it."""

STANDING: Final = (FROZEN, AWARDED)
"""Nothing of the units moves but by the court's word."""
FREEZE_STATUSES: Final = (*STANDING, UNFROZEN, TRANSFERRED, EXHAUSTED, EXPIRED)

MONTHS_MAX: Final = 36
"""Calendar months that a freeze lasts at the longest before it is renewed (民诉法解释, article 485)."""
QUEUE_MAX: Final = 10
"""Freezes that stand on one holding at a time."""
HOLDINGS_MAX: Final = 40
"""Holdings that the range of one freeze meets, whoever has them."""
COURT_SPLITS: Final = 50
"""Splits of a voucher that only courts may use, beyond those of its holders."""


class Freeze(Struct, frozen=True, forbid_unknown_fields=True):
    """What one court froze of one tag's units.  The number of the order stands in sealed parts only."""

    id: Digest
    """The operation that froze: a digest of its whole text, the sealed order included."""
    voucher: VoucherName
    court: MemberName
    tag: KeyText
    """The holder's tag when it was frozen."""
    ranges: tuple[Range, ...]
    """The units that it stands on, ascending; where a holding began once a holding begins for ever."""
    until: Day
    """Local day with whose end it ends, if it is not renewed."""
    until_ms: Instant
    renewals: Count
    timeline: Timeline

    def status_at(self, now: Moment) -> str:
        """What it is at this moment, whether or not it has been written down yet."""
        return status_at(self.timeline, now)


FREEZES: Final = Table("freeze", Freeze, lambda row: (row.id,))
