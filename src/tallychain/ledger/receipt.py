"""The ledger's answer to an operation, as it is proven and kept."""

from typing import Annotated, Literal, NamedTuple

import msgspec
from msgspec import Meta, Struct

from tallychain.ledger import codec
from tallychain.ledger.contract import Event
from tallychain.ledger.refusals import Field, Refused
from tallychain.ledger.types import Count, Digest, Height, OperationId

DONE = "DONE"
REPEAT = "REPEAT"
NONCE_USED = "NONCE_USED"


class Receipt(Struct, frozen=True, forbid_unknown_fields=True):
    """What became of an authentic operation: final for its id."""

    operation: Digest
    signed: Digest
    """SHA-256 over body and signatures as they stood in the block: an author cannot show other signatures of its own later."""
    height: Count
    index: Count
    """Position among all operations of the block."""
    outcome: Literal["done", "refused"]
    code: Annotated[str, Meta(pattern="^[A-Z][A-Z0-9_]{1,40}$(?!\\n)")]
    """`DONE`, or the public code of the refusal."""
    fields: dict[str, Field]
    """The typed fields of the refusal, in declared order."""
    events: tuple[msgspec.Raw, ...]
    """The facts published, in order, each with its name under `event`."""


class NotTaken(Struct, frozen=True, forbid_unknown_fields=True):
    """What is said of an operation that was turned away; nothing is kept of it."""

    operation: Digest
    code: Annotated[str, Meta(pattern="^[A-Z][A-Z0-9_]{1,40}$(?!\\n)")]
    first: str
    """The operation that was there first (for a repeat or a used nonce), or empty."""


class Place(NamedTuple):
    """What a receipt says of its operation, whatever became of it."""

    operation: OperationId
    signed: str
    height: Height
    position: int


def done(place: Place, events: tuple[Event, ...]) -> Receipt:
    """The receipt of an operation that took effect."""
    return Receipt(*place, "done", DONE, {}, encoded_events(events))


def refused(place: Place, refusal: Refused) -> Receipt:
    """The receipt of an operation that was refused."""
    return Receipt(*place, "refused", refusal.code, refusal.typed_fields(), ())


def encoded_events(events: tuple[Event, ...]) -> tuple[msgspec.Raw, ...]:
    """Events as canonical texts."""
    return tuple(msgspec.Raw(codec.encode(event)) for event in events)
