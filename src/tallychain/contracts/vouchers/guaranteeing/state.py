"""What is remembered of guarantees: frames of a guarantor for an issuer, vouchers under them, calls, and money that is a guarantor's."""

from typing import Final

from msgspec import Struct

from tallychain.contracts.vouchers.state import VoucherName
from tallychain.ledger.tables import Table
from tallychain.ledger.timeline import Moment, Timeline, status_at
from tallychain.ledger.types import Amount, Count, Day, Digest, Instant, MemberName

IN_FORCE: Final = "IN_FORCE"
EXPIRED: Final = "EXPIRED"
ENDED: Final = "ENDED"
FRAME_STATUSES: Final = (IN_FORCE, EXPIRED, ENDED)

STANDING: Final = "STANDING"
"""The guarantor stands for what holders are owed; nobody has called on it."""
CALLED: Final = "CALLED"
"""The voucher is overdue, and the guarantor has some days to pay."""
DEFAULTED: Final = "DEFAULTED"
"""It has not paid in time, which is on record; it may still pay."""
SUBROGATED: Final = "SUBROGATED"
"""Holders have everything; the issuer owes the guarantor what it paid."""
REPAID: Final = "REPAID"
"""The issuer has paid the guarantor too."""
FREED: Final = "FREED"
"""Holders are owed nothing any more, and the guarantor has paid nothing."""
GUARANTEE_STATUSES: Final = (STANDING, CALLED, DEFAULTED, SUBROGATED, REPAID, FREED)

TO_FORWARD: Final = "TO_FORWARD"
FORWARD_LATE: Final = "FORWARD_LATE"
FORWARDED: Final = "FORWARDED"

GUARANTOR_SUBROGATION: Final = "GUARANTOR_SUBROGATION"
"""In what right a guarantor is paid: holders' claim has passed to it, as far as it has paid them (Civil Code, article 700)."""

PAY_DAYS_MAX: Final = 90


class Frame(Struct, frozen=True, forbid_unknown_fields=True):
    """Up to how much, and until when, a guarantor stands for new vouchers of one issuer; the last one of each pair."""

    guarantor: MemberName
    issuer: MemberName
    id: Digest
    """The operation that gave it."""
    limit: Amount
    """Never exceeded by what is guaranteed at once, in fen."""
    until: Day
    """Last local day on which a voucher may be issued under it."""
    pay_days: Count
    """Days from a voucher's being overdue in which the guarantor pays."""
    terms: Digest
    """Digest of the contract as the parties keep it."""
    exposure: Count
    """What holders are still owed of all vouchers of the pair, under this frame and those before it."""
    timeline: Timeline

    def status_at(self, now: Moment) -> str:
        """Whether new vouchers may be issued under it at this moment."""
        return status_at(self.timeline, now)


class Guarantee(Struct, frozen=True, forbid_unknown_fields=True):
    """That a guarantor stands for one voucher."""

    voucher: VoucherName
    issuer: MemberName
    guarantor: MemberName
    frame: Digest
    pay_days: Count
    liable: Count
    """What holders are owed and the guarantor stands for, in fen."""
    paid: Count
    """What it has paid to holders."""
    repaid: Count
    """What of that the issuer has paid since."""
    called_until_ms: Instant
    """By when it has to pay, before outages; 0 before it is called."""
    timeline: Timeline


class GuaranteeCall(Struct, frozen=True, forbid_unknown_fields=True):
    """For how many vouchers a guarantor has to pay by one instant and has not; the earliest comes first."""

    guarantor: MemberName
    until_ms: Instant
    vouchers: Count


class Repayment(Struct, frozen=True, forbid_unknown_fields=True):
    """What the issuer has paid in and is the guarantor's; the settlement bank passes it on."""

    voucher: VoucherName
    attestation: Digest
    """The operation that attested it."""
    bank: MemberName
    guarantor: MemberName
    amount: Amount
    timeline: Timeline

    def status_at(self, now: Moment) -> str:
        """Whether it is late at this moment."""
        return status_at(self.timeline, now)


FRAMES: Final = Table("guarantee_frame", Frame, lambda row: (row.guarantor, row.issuer))
GUARANTEES: Final = Table("guarantee", Guarantee, lambda row: (row.voucher,))
CALLS: Final = Table("guarantee_call", GuaranteeCall, lambda row: (row.guarantor, row.until_ms))
REPAYMENTS: Final = Table("repayment", Repayment, lambda row: (row.voucher, row.attestation))
