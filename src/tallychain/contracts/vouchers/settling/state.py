"""What is remembered of settlement: agreements, what was attested, what each holder has coming and has got.

Few rows for many holders: a voucher may have hundreds of holdings, so an attestation writes one row of shares for all of them (`Shares`),
and a holding gets a row of its own (`Entitlement`) only where somebody does something about it alone: names its payee, pays it, releases debt.
"""

from typing import Annotated, Final

from msgspec import Meta, Struct

from tallychain.contracts.vouchers.state import Currency, VoucherName
from tallychain.instruments.money import Units
from tallychain.ledger.tables import Table
from tallychain.ledger.timeline import Moment, Timeline, status_at
from tallychain.ledger.types import Amount, Count, Digest, Identifier, Instant, MemberName

PROPOSED: Final = "PROPOSED"
IN_FORCE: Final = "IN_FORCE"
LAPSED: Final = "LAPSED"
ENDED: Final = "ENDED"
AGREEMENT_STATUSES: Final = (PROPOSED, IN_FORCE, LAPSED, ENDED)

CLEAR: Final = "CLEAR"
"""Everything that can be paid out has been."""
PAYING: Final = "PAYING"
PAYOUT_LATE: Final = "PAYOUT_LATE"
"""Something that could be paid out was not by its time."""

TO_RETURN: Final = "TO_RETURN"
RETURN_LATE: Final = "RETURN_LATE"
RETURNED: Final = "RETURNED"

HELD: Final = "HELD"
RELEASING: Final = "RELEASING"
"""A release of debt was declared and may still be taken back."""
RELEASED: Final = "RELEASED"

BankReference = Identifier
OptionalName = Annotated[str, Meta(pattern="^([a-z][a-z0-9-]{1,31})?$(?!\\n)")]
OptionalDigest = Annotated[str, Meta(pattern="^([0-9a-f]{64})?$(?!\\n)")]
OptionalDay = Annotated[str, Meta(pattern="^([0-9]{4}-[0-9]{2}-[0-9]{2})?$(?!\\n)")]


class Agreement(Struct, frozen=True, forbid_unknown_fields=True):
    """That a settlement bank pays an issuer's vouchers out (清分协议); the last one of each pair."""

    issuer: MemberName
    bank: MemberName
    proposal: Digest
    """The operation that proposed it; a consent names it."""
    terms: Digest
    """Digest of the agreement as both sides keep it."""
    timeline: Timeline

    def status_at(self, now: Moment) -> str:
        """Whether it is proposed, in force or over at this moment, whether or not that has been written down yet."""
        return status_at(self.timeline, now)


class Settlement(Struct, frozen=True, forbid_unknown_fields=True):
    """How far one voucher is settled.  What its issuer still owes stands in the voucher itself."""

    voucher: VoucherName
    received: Count
    """What was attested and applied to holdings, in fen; the sum of all shares."""
    in_time: Count
    """The part of it that was booked by the cut-off."""
    interest: Count
    """Late interest that was attested."""
    paid_out: Count
    """What was paid out to holders."""
    payable: Count
    """What can be paid out now and has not been: shares of holdings with a payee that nothing withholds."""
    attestations: Count
    successor: OptionalName
    """Settlement bank that the issuer proposed instead, or empty."""
    successor_proposal: OptionalDigest
    successor_until_ms: Instant
    timeline: Timeline
    """Of paying out."""

    def status_at(self, now: Moment) -> str:
        """Whether something waits to be paid out, and whether that is late, at this moment."""
        return status_at(self.timeline, now)


class Portion(Struct, frozen=True, forbid_unknown_fields=True):
    """What one holding has got of what was attested."""

    first: Units
    """First unit of the holding."""
    share: Count
    """Of the face, in fen."""
    fen_days: Count
    """What was owed to it late, times the days for which it was."""
    interest: Count
    """Of the late interest, in fen."""
    withheld: bool
    """Whether the bank keeps it: no payee in time, or somebody else has a right in the holding."""


class Shares(Struct, frozen=True, forbid_unknown_fields=True):
    """The portions of all holdings of a voucher, in the order of their units."""

    voucher: VoucherName
    accrued_to: OptionalDay
    """Local day until which late interest has been reckoned; empty before any."""
    portions: tuple[Portion, ...]


class Entitlement(Struct, frozen=True, forbid_unknown_fields=True):
    """What was done about one holding alone."""

    voucher: VoucherName
    first: Units
    """First unit of the holding."""
    payee: OptionalDigest
    """Commitment of the sealed account to which it is paid; empty if nobody has given one, or the last one failed."""
    payee_bank: OptionalName
    """The settlement bank to which the account was sealed."""
    payee_holding: str
    """Id of the holding whose account it is; another holder that begins there later is not paid to it."""
    cleared: bool
    """Whether the bank may pay to it: it was given in time, or the bank has released what it withheld."""
    paid: Count
    """What was paid out to it."""
    reference: str
    """The bank's reference of the last payout, or empty."""
    amount: Count
    """What the last payout paid."""
    payer: OptionalName
    """The settlement bank that made it; another one may have taken the voucher over since."""
    outside: Count
    """The face of what the issuer paid before the maturity: directly, as the holder has confirmed, or early, as the bank has."""
    outside_holding: str
    """Id of the holding that the issuer says it has paid directly; another holding that begins there later is not meant."""
    outside_proposal: OptionalDigest
    """The issuer's statement that it has paid directly, or empty."""
    outside_until_ms: Instant
    released: Count
    """What the holder has released for good."""
    releasing: Count
    """What it has released and may still take back."""
    release: OptionalDigest
    """The operation that declared that."""
    written_off: bool
    """Whether the holder has written it off in its books; that changes nothing about the debt."""
    timeline: Timeline
    """Of the release that may still be taken back."""

    def status_at(self, now: Moment) -> str:
        """Whether a release waits, or has become final, at this moment."""
        return status_at(self.timeline, now)


class Evidence(Struct, frozen=True, forbid_unknown_fields=True):
    """One booking at a bank; its reference is never used again, so no payment counts twice."""

    bank: MemberName
    currency: Currency
    reference: BankReference
    voucher: VoucherName
    kind: str
    """The operation's type that brought it."""
    amount: Amount
    """In fen."""
    booked_ms: Instant
    document: Digest
    """Digest of the bank's document, which the bank keeps."""
    operation: Digest


class Excess(Struct, frozen=True, forbid_unknown_fields=True):
    """What was paid in and nobody has coming; the settlement bank returns it."""

    attestation: Digest
    """The operation that attested it."""
    voucher: VoucherName
    bank: MemberName
    amount: Amount
    timeline: Timeline

    def status_at(self, now: Moment) -> str:
        """Whether it is late at this moment."""
        return status_at(self.timeline, now)


AGREEMENTS: Final = Table("agreement", Agreement, lambda row: (row.issuer, row.bank))
SETTLEMENTS: Final = Table("settlement", Settlement, lambda row: (row.voucher,))
SHARES: Final = Table("meta", Shares, lambda row: (row.voucher,), prefix=("shares",))
ENTITLEMENTS: Final = Table("entitlement", Entitlement, lambda row: (row.voucher, row.first))
EVIDENCE: Final = Table(
    "meta", Evidence, lambda row: (row.bank, row.currency, row.reference), prefix=("bank-reference",)
)
EXCESSES: Final = Table("excess", Excess, lambda row: (row.voucher, row.attestation))
