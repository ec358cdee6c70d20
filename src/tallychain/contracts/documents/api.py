"""What other contracts and gateways may ask of documents; nothing else of this folder is for them.

A voucher's rules add the `Change`s of `allocate` (when a promise is made), `count` (when it is accepted) and `release` (at every
end without title, written down by due work too) to their own, and ask `check_not_under_review` before title moves.
"""

from typing import Final

from tallychain.contracts.documents import refusals
from tallychain.contracts.documents.genesis import DocumentsSection
from tallychain.contracts.documents.invariants import touched
from tallychain.contracts.documents.policies import DOCUMENTS, DOCUMENTS_DEFAULTS
from tallychain.contracts.documents.refusals import VoucherUnderReview
from tallychain.contracts.documents.rules.allocate import (
    Backing,
    allocate,
    count,
    is_under_review,
    release,
)
from tallychain.contracts.documents.state import (
    ALLOCATIONS,
    FINGERPRINTS,
    INVOICES_MAX,
    KEY_EPOCHS,
    PAYABLES,
    AllocatedPart,
    Allocation,
    Fingerprint,
    KeyEpoch,
    Payable,
)
from tallychain.ledger.parameters import Policy
from tallychain.ledger.refusals import Refused
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment

__all__ = [
    "ALLOCATE_REFUSALS",
    "INVOICES_MAX",
    "AllocatedPart",
    "Allocation",
    "Backing",
    "DocumentsSection",
    "Fingerprint",
    "KeyEpoch",
    "Payable",
    "VoucherUnderReview",
    "allocate",
    "allocation",
    "allocations",
    "check_not_under_review",
    "count",
    "fingerprint",
    "founding_section",
    "is_under_review",
    "key_epoch",
    "payable",
    "release",
    "touched",
    "usual_policies",
]

ALLOCATE_REFUSALS: Final[tuple[type[Refused], ...]] = (
    refusals.PayableNotFound,
    refusals.NotTheDebtor,
    refusals.OrderBacksNoVoucher,
    refusals.PayableNotConfirmed,
    refusals.ReceiverDiffers,
    refusals.InvoiceTwice,
    refusals.InvoiceNotOfPayable,
    refusals.AllocationDiffers,
    refusals.InvoiceAlreadyUsed,
    refusals.InvoiceOverallocated,
    refusals.PayableExceeded,
    refusals.TooManyVouchers,
)
"""What `allocate` may refuse, in order of precedence."""


def payable(state: Reader, name: str) -> Payable | None:
    """The payable of this name; ask its `status_at` and `headroom`."""
    return state.get(PAYABLES, name)


def fingerprint(state: Reader, name: str) -> Fingerprint | None:
    """The record of an invoice; ask its `review_at` and `headroom`."""
    return state.get(FINGERPRINTS, name)


def allocation(state: Reader, voucher: str) -> Allocation | None:
    """What a voucher takes of which payable and invoices; None once it has ended without title."""
    return state.get(ALLOCATIONS, voucher)


def allocations(state: Reader) -> list[Allocation]:
    """Every allocation, in the order of vouchers; for checks of the whole state."""
    return list(state.iterate(ALLOCATIONS))


def key_epoch(state: Reader, epoch: int) -> KeyEpoch | None:
    """What is on record of the alliance's fingerprint key of an epoch: a commitment, never the key."""
    return state.get(KEY_EPOCHS, epoch)


def founding_section(commitment: str) -> DocumentsSection:
    """The section of a genesis document with the first fingerprint key, for the founders."""
    return DocumentsSection((KeyEpoch(1, commitment),))


def check_not_under_review(state: Reader, voucher: str, now: Moment) -> None:
    """Refuse to pass on a voucher while a red letter into what it rests on is not reviewed.  Raises `VoucherUnderReview`."""
    if is_under_review(state, voucher, now):
        raise VoucherUnderReview(voucher)


def usual_policies(effective_from: str, article: str = "") -> tuple[Policy, ...]:
    """The policies with which an alliance usually begins, as version 1, for its genesis document."""
    return (Policy(DOCUMENTS, 1, effective_from, dict(DOCUMENTS_DEFAULTS), article),)
