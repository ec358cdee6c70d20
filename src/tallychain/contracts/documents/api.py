"""What other contracts and gateways may ask of documents; nothing else of this folder is for them.

A voucher's rules add the `Change`s of `allocate` (when a promise is made), `count` (when it is accepted) and `release` (at every
end without title, written down by due work too) to their own, and ask `check_not_under_review` before title moves.
"""

from typing import Final

from tallychain.contracts.documents import keyrefusals, refusals, termrefusals
from tallychain.contracts.documents.genesis import DocumentsSection, FoundingKeyEpoch
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
from tallychain.contracts.documents.rules.epochs import begin_epoch, named_epochs, prolong_epochs
from tallychain.contracts.documents.rules.find import record_under
from tallychain.contracts.documents.state import (
    ALLOCATIONS,
    EPOCHS_MAX,
    FINGERPRINTS,
    INVOICES_MAX,
    KEY_EPOCHS,
    PAYABLES,
    AllocatedPart,
    Allocation,
    EpochNumber,
    Fingerprint,
    KeyEpoch,
    Payable,
)
from tallychain.contracts.members.api import suspended_since
from tallychain.ledger.identity import EXITED, MEMBERS, REVOKED
from tallychain.ledger.parameters import Policy
from tallychain.ledger.refusals import Refused
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment

__all__ = [
    "ALLOCATE_REFUSALS",
    "BEGIN_EPOCH_REFUSALS",
    "EPOCHS_MAX",
    "INVOICES_MAX",
    "AllocatedPart",
    "Allocation",
    "Backing",
    "DocumentsSection",
    "EpochNumber",
    "Fingerprint",
    "FoundingKeyEpoch",
    "KeyEpoch",
    "Payable",
    "VoucherUnderReview",
    "allocate",
    "allocation",
    "allocations",
    "begin_epoch",
    "check_not_under_review",
    "count",
    "fingerprint",
    "founding_section",
    "is_under_review",
    "key_epoch",
    "key_leavers",
    "named_epochs",
    "newest_epoch",
    "payable",
    "prolong_epochs",
    "record_under",
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
    termrefusals.MaturityExtendsTerm,
    refusals.InvoiceTwice,
    refusals.InvoiceNotOfPayable,
    refusals.AllocationDiffers,
    refusals.InvoiceAlreadyUsed,
    refusals.InvoiceOverallocated,
    refusals.PayableExceeded,
    refusals.TooManyVouchers,
)
"""What `allocate` may refuse, in order of precedence."""


BEGIN_EPOCH_REFUSALS: Final[tuple[type[Refused], ...]] = (
    keyrefusals.NoFoundingKey,
    keyrefusals.KeyEpochNotNext,
    keyrefusals.KeyCommitmentKnown,
    keyrefusals.TooManyKeyEpochs,
)
"""What `begin_epoch` may refuse, in order of precedence."""


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


def newest_epoch(state: Reader) -> KeyEpoch | None:
    """The epoch under whose key papers are named first; None on a chain whose genesis document commits to no key."""
    rows = state.scan(KEY_EPOCHS)
    return rows[-1] if rows else None


def key_leavers(state: Reader, now: Moment) -> tuple[str, ...]:
    """
    The members that have left, or whose admission was revoked, and that may have the newest fingerprint key: an alarm until another begins.

    Who had lost its good standing when that key began to be passed on never had it.
    """
    newest = newest_epoch(state)
    if newest is None:
        return ()
    gone = (row.member for row in state.scan(MEMBERS) if row.status_at(now) in (EXITED, REVOKED))
    return tuple(sorted(name for name in gone if suspended_since(state, name, newest.passed_ms + 1)))


def founding_section(commitment: str) -> DocumentsSection:
    """The section of a genesis document with the first fingerprint key, for the founders."""
    return DocumentsSection((FoundingKeyEpoch(1, commitment),))


def check_not_under_review(state: Reader, voucher: str, now: Moment) -> None:
    """Refuse to pass on a voucher while a red letter into what it rests on is not reviewed.  Raises `VoucherUnderReview`."""
    if is_under_review(state, voucher, now):
        raise VoucherUnderReview(voucher)


def usual_policies(effective_from: str, article: str = "") -> tuple[Policy, ...]:
    """The policies with which an alliance usually begins, as version 1, for its genesis document."""
    return (Policy(DOCUMENTS, 1, effective_from, dict(DOCUMENTS_DEFAULTS), article),)
