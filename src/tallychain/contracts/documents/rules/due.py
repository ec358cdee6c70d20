"""What time does: unanswered payables lapse, confirmed ones become due, reviews end, and so do earlier fingerprint keys.

Every rule asks `status_at`, so being late here changes no outcome.
"""

from msgspec.structs import replace

from tallychain.contracts.documents.events import PayableLapsed, PayablePastDue, ReviewLapsed
from tallychain.contracts.documents.rules.epochs import end_epoch
from tallychain.contracts.documents.rules.find import freed_reference
from tallychain.contracts.documents.state import (
    EPOCHS_MAX,
    FINGERPRINTS,
    KEY_EPOCHS,
    LAPSED,
    PAYABLES,
    Fingerprint,
    Payable,
)
from tallychain.ledger.contract import Change, DueKind
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment, after_next_step

PAYABLES_PER_BLOCK = 200
REVIEWS_PER_BLOCK = 100


def payable_change(payable: Payable, since_ms: int, _now: Moment, state: Reader) -> Change:
    """An unanswered payable lapses; a confirmed one becomes due.  Either frees its reference."""
    later = replace(payable, timeline=after_next_step(payable.timeline))
    event: PayableLapsed | PayablePastDue = PayablePastDue(payable.payable, since_ms)
    if later.timeline.status == LAPSED:
        event = PayableLapsed(payable.payable, since_ms)
    return Change((PAYABLES.put(later), *freed_reference(payable, state)), (event,))


def review_change(record: Fingerprint, since_ms: int, _now: Moment, _state: Reader) -> Change:
    """A review that not everybody has answered ends."""
    later = replace(record, waiting=(), review=after_next_step(record.review))
    return Change((FINGERPRINTS.put(later),), (ReviewLapsed(record.fingerprint, since_ms),))


DUE_KINDS = (
    DueKind(
        name="key_epoch",
        table=KEY_EPOCHS,
        budget=EPOCHS_MAX,
        timeline=lambda row: row.timeline,
        change=end_epoch,
    ),
    DueKind(
        name="payable",
        table=PAYABLES,
        budget=PAYABLES_PER_BLOCK,
        timeline=lambda row: row.timeline,
        change=payable_change,
    ),
    DueKind(
        name="invoice_review",
        table=FINGERPRINTS,
        budget=REVIEWS_PER_BLOCK,
        timeline=lambda row: row.review,
        change=review_change,
    ),
)
