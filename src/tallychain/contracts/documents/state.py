"""What is remembered of confirmed rights and of the invoices behind them.

Documents live with their owners.  The ledger keeps fingerprints: keyed hashes of canonical fields, never of file bytes, made by
the gateways.  A fingerprint's record says how much of the invoice is promised to whom, so that no invoice is promised twice.
"""

from typing import Annotated, Final

from msgspec import Meta, Struct

from tallychain.ledger.holder import Receiver
from tallychain.ledger.tables import Table
from tallychain.ledger.timeline import Moment, Timeline, has_passed, status_at
from tallychain.ledger.types import Amount, Count, Day, Digest, Instant, MemberName, Nonce

ORDER: Final = "ORDER"
DELIVERY: Final = "DELIVERY"
INVOICE: Final = "INVOICE"
KINDS: Final = (ORDER, DELIVERY, INVOICE)

PRESENTED: Final = "PRESENTED"
CONFIRMED: Final = "CONFIRMED"
CONTESTED: Final = "CONTESTED"
WITHDRAWN: Final = "WITHDRAWN"
LAPSED: Final = "LAPSED"
PAST_DUE: Final = "PAST_DUE"
PAYABLE_STATUSES: Final = (PRESENTED, CONFIRMED, CONTESTED, WITHDRAWN, LAPSED, PAST_DUE)
ENDED: Final = (CONTESTED, WITHDRAWN, LAPSED, PAST_DUE)
"""Statuses in which a payable's reference is free again."""

IN_ORDER: Final = "IN_ORDER"
IN_REVIEW: Final = "IN_REVIEW"
REVIEWED: Final = "REVIEWED"
REVIEW_LAPSED: Final = "REVIEW_LAPSED"
REVIEW_STATUSES: Final = (IN_ORDER, IN_REVIEW, REVIEWED, REVIEW_LAPSED)

PENDING: Final = "PENDING"
COUNTED: Final = "COUNTED"
FREED: Final = "FREED"

NAMED: Final = "NAMED"
KEY_ENDED: Final = "KEY_ENDED"
EPOCH_STATUSES: Final = (NAMED, KEY_ENDED)
"""Whether papers are named under a key of an epoch."""

CLEAR: Final = "CLEAR"
USED: Final = "USED"
SUSPECT: Final = "SUSPECT"
ANSWERS: Final = (CLEAR, USED, SUSPECT)
"""What is said of an invoice that somebody presents; it names nobody."""

INVOICES_MAX: Final = 20
"""Invoices behind one payable; with their likenesses they fit into the body of one operation."""

EARLIER_MAX: Final = 3
"""Earlier epochs of the alliance's key under which an invoice may be named."""

EPOCHS_MAX: Final = EARLIER_MAX + 1
"""Epochs that are named at a time; no other begins while there are that many."""

NEAR_MAX: Final = 20
"""Likenesses of one invoice: five for each epoch."""

USES_MAX: Final = 50
"""Vouchers that one invoice, or one payable, may back at a time."""

CREDITS_MAX: Final = 20
"""Red letters recorded against one invoice, so that nobody stops its vouchers again and again."""

CONCERNED_MAX: Final = 10
"""Members kept as concerned by one invoice, so that a reason can be sealed to all of them."""

ALIKE_MAX: Final = 8
"""Fingerprints kept for one likeness; more would say nothing new."""

Near = Annotated[str, Meta(pattern="^[0-9a-f]{16}$(?!\\n)")]
EpochNumber = Annotated[int, Meta(ge=1, le=999_999)]
KindName = Annotated[str, Meta(pattern="^(ORDER|DELIVERY|INVOICE)$(?!\\n)")]


class Invoice(Struct, frozen=True, forbid_unknown_fields=True):
    """One invoice or delivery paper, as the presenter's gateway names it without naming it."""

    fingerprint: Annotated[
        Digest,
        Meta(
            title="Fingerprint",
            description="Keyed hash of the paper's canonical fields under the alliance's key of this epoch.",
            examples=["f1" * 32],
            extra={"zh": "单据指纹"},
        ),
    ]
    earlier: Annotated[
        tuple[Digest, ...],
        Meta(
            max_length=EARLIER_MAX,
            title="Earlier fingerprints",
            description="The same paper under each earlier key that is still named, oldest first.",
            extra={"zh": "历史指纹"},
        ),
    ]
    total: Annotated[
        Amount,
        Meta(
            title="Total",
            description="Total of the paper, tax included.",
            examples=[60_000_000],
            extra={"zh": "价税合计", "unit": "fen"},
        ),
    ]
    near: Annotated[
        tuple[Near, ...],
        Meta(
            max_length=NEAR_MAX,
            title="Likenesses",
            description="Keyed hashes of the fields with one left out, for finding papers that differ in one field.",
            extra={"zh": "相似指纹"},
        ),
    ]


class Use(Struct, frozen=True, forbid_unknown_fields=True):
    """How much of an invoice, or of a payable, one voucher takes."""

    voucher: str
    amount: Amount
    sponsor: MemberName
    """Sponsor of the supplier that presented it."""
    until_ms: Instant
    """When the promise expires unanswered and the amount is free again; 0 once the voucher is accepted."""

    def is_living(self, now: Moment) -> bool:
        """Whether the amount is taken at this moment, whether or not an end has been written down yet."""
        return self.until_ms == 0 or not has_passed(self.until_ms, now)


class Payable(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A right that a supplier presents to its debtor for confirmation (确权)."""

    payable: Digest
    """The operation that presented it: a digest of its whole text, so a confirmation by name covers everything."""
    issuer: MemberName
    """The debtor, which may issue vouchers on it."""
    presenter: Receiver
    """The supplier's tag card; a voucher backed by this payable is promised to it."""
    kind: KindName
    amount: Amount
    due_day: Day
    due_ms: Instant
    """Beginning of the local due day; from here on it backs no voucher."""
    reference: Nonce
    epoch: Count
    """Epoch of the alliance's fingerprint key."""
    papers: Digest
    """Commitment of the sealed papers."""
    invoices: tuple[Invoice, ...]
    uses: tuple[Use, ...]
    timeline: Timeline
    small: bool = False
    """Whether its presenter is a small or medium-sized seller."""

    def status_at(self, now: Moment) -> str:
        """What the payable is at this moment, whether or not it has been written down yet."""
        return status_at(self.timeline, now)

    def headroom(self, now: Moment) -> int:
        """What vouchers may still take of it, in fen."""
        return self.amount - taken(self.uses, now)


class Credit(Struct, frozen=True, forbid_unknown_fields=True):
    """One red letter (红字发票) against an invoice."""

    credit: Digest
    """Fingerprint of the red letter itself."""
    amount: Amount
    by: MemberName


class Fingerprint(Struct, frozen=True, forbid_unknown_fields=True):
    """One invoice by its fingerprint: its total, what was credited, and which vouchers take how much."""

    fingerprint: Digest
    epoch: Count
    """Of the key that this name was made with; red letters are named with it too, so that each counts once."""
    total: Amount
    credits: tuple[Credit, ...]
    issuer: str
    """Whose vouchers take from it; counts only while one of them lives, empty before the first."""
    uses: tuple[Use, ...]
    concerned: tuple[MemberName, ...]
    """Issuers and sponsors with a confirmed payable on it."""
    waiting: tuple[MemberName, ...]
    """Members whose word the open review waits for."""
    review: Timeline

    def review_at(self, now: Moment) -> str:
        """Where the review of a red letter stands at this moment, whether or not it has been written down yet."""
        return status_at(self.review, now)

    def credited(self) -> int:
        """Sum of the red letters, in fen."""
        return sum(credit.amount for credit in self.credits)

    def headroom(self, now: Moment) -> int:
        """What vouchers may still take, in fen; negative where a red letter has eaten into what is promised."""
        return self.total - self.credited() - taken(self.uses, now)

    def is_in_use(self, now: Moment) -> bool:
        """Whether a voucher takes from it at this moment."""
        return any(use.is_living(now) for use in self.uses)


class AllocatedPart(Struct, frozen=True, forbid_unknown_fields=True):
    """How much of one invoice a voucher takes."""

    fingerprint: Annotated[
        Digest,
        Meta(
            title="Fingerprint",
            description="One of the payable's invoices, under the key of the payable's epoch.",
            examples=["f1" * 32],
            extra={"zh": "单据指纹"},
        ),
    ]
    amount: Annotated[
        Amount,
        Meta(
            title="Allocated",
            description="Part of the invoice that the voucher takes.",
            examples=[60_000_000],
            extra={"zh": "占用金额", "unit": "fen"},
        ),
    ]


class Allocation(Struct, frozen=True, forbid_unknown_fields=True):
    """What one voucher takes of which payable and invoices; it goes when the voucher ends without title."""

    voucher: str
    issuer: MemberName
    payable: Digest
    parts: tuple[AllocatedPart, ...]
    """By the fingerprints of the records, which may be those of an earlier epoch."""


class Likeness(Struct, frozen=True, forbid_unknown_fields=True):
    """Which fingerprints share all fields but one; the first few are kept."""

    near: Near
    fingerprints: tuple[Digest, ...]


class Reference(Struct, frozen=True, forbid_unknown_fields=True):
    """Which payable a sponsor's opaque reference stands for."""

    sponsor: MemberName
    reference: Nonce
    payable: Digest


class InvoiceName(Struct, frozen=True, forbid_unknown_fields=True):
    """Another name of a recorded invoice: the same paper under the key of another epoch."""

    name: Digest
    fingerprint: Digest
    """The name of its record."""


class KeyEpoch(Struct, frozen=True, forbid_unknown_fields=True):
    """The alliance's fingerprint key of one epoch, by a commitment: 256 random bits stand behind it, so nobody finds the key by guessing."""

    epoch: EpochNumber
    commitment: Digest
    passed_ms: Instant
    """Since when gateways pass the key to one another; who was a member then or later may have it."""
    begun_ms: Instant
    """Since when papers are named with it; 0 with the chain."""
    ends_ms: Instant
    """When it ends, some time after its successor began; 0 for the newest."""
    timeline: Timeline

    def status_at(self, now: Moment) -> str:
        """Whether papers are still named with its key at this moment, whether or not its end has been written down yet."""
        return status_at(self.timeline, now)


PAYABLES: Final = Table("payable", Payable, lambda row: (row.payable,))
FINGERPRINTS: Final = Table("fingerprint", Fingerprint, lambda row: (row.fingerprint,))
ALLOCATIONS: Final = Table("allocation", Allocation, lambda row: (row.voucher,))
LIKENESSES: Final = Table("meta", Likeness, lambda row: (row.near,), prefix=("invoice-likeness",))
REFERENCES: Final = Table(
    "meta", Reference, lambda row: (row.sponsor, row.reference), prefix=("payable-reference",)
)
INVOICE_NAMES: Final = Table("meta", InvoiceName, lambda row: (row.name,), prefix=("invoice-name",))
KEY_EPOCHS: Final = Table("fingerprint_key", KeyEpoch, lambda row: (row.epoch,))


def taken(uses: tuple[Use, ...], now: Moment) -> int:
    """What these uses take at this moment, in fen."""
    return sum(use.amount for use in uses if use.is_living(now))


def living(uses: tuple[Use, ...], now: Moment) -> tuple[Use, ...]:
    """The uses that still take something."""
    return tuple(use for use in uses if use.is_living(now))
