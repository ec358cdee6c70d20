"""What is remembered of disputes (争议): which units, how much the evidence covers, and who has to speak until when."""

from typing import Final

from msgspec import Struct

from tallychain.contracts.vouchers.state import VoucherName
from tallychain.instruments.money import Units
from tallychain.ledger.tables import Table
from tallychain.ledger.timeline import Moment, Timeline, status_at
from tallychain.ledger.types import Amount, Digest, KeyText

OPENED: Final = "OPENED"
DENIED: Final = "DENIED"
"""The holder says that it is owed."""
REFERRED: Final = "REFERRED"
"""The issuer has shown that a court or an arbitration decides."""
ADMITTED: Final = "ADMITTED"
"""The holder says that it is not owed, and has released the issuer of it."""
CLOSED: Final = "CLOSED"
"""Withdrawn by the issuer, or decided."""
LAPSED: Final = "LAPSED"

DISPUTED: Final = (OPENED, DENIED, REFERRED)
"""Nothing of the units moves."""
DISPUTE_STATUSES: Final = (*DISPUTED, ADMITTED, CLOSED, LAPSED)

OPEN_DAYS: Final = 30
"""Within how many days, and before the maturity, the issuer shows that a court or an arbitration decides."""
REFERRED_DAYS: Final = 180
"""For how many days that holds until it has to be shown again."""
DISPUTES_MAX: Final = 5
"""Disputes that an issuer opens about one voucher at most, so that nobody is kept from passing on without end."""


class Dispute(Struct, frozen=True, forbid_unknown_fields=True):
    """What an issuer does not want to pay to its first holder, and why stands in sealed parts."""

    id: Digest
    """The operation that opened it."""
    voucher: VoucherName
    first: Units
    """First unit of the holding that is disputed, whole."""
    last: Units
    tag: KeyText
    covered: Amount
    """How much the evidence covers, in fen; the units are not more."""
    document: Digest
    """Digest of the evidence, or of the last notice of a court or an arbitration; the issuer keeps it."""
    timeline: Timeline

    def status_at(self, now: Moment) -> str:
        """What it is at this moment, whether or not it has been written down yet."""
        return status_at(self.timeline, now)


DISPUTES: Final = Table("dispute", Dispute, lambda row: (row.voucher, row.id))
