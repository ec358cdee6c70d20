"""The fingerprint keys with which a chain begins, by their commitments, from this contract's section of the genesis document.

The keys themselves never stand on the ledger: every member has them from the founders, sealed, and compares them with what stands here.
"""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from tallychain.contracts.documents.events import KeyEpochBegun
from tallychain.contracts.documents.state import EPOCHS_MAX, KEY_EPOCHS, NAMED, EpochNumber, KeyEpoch
from tallychain.ledger import codec
from tallychain.ledger.contract import Change, Event
from tallychain.ledger.genesis import GenesisRefused
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import settled
from tallychain.ledger.types import Digest


class FoundingKeyEpoch(Struct, frozen=True, forbid_unknown_fields=True):
    """A fingerprint key with which the chain begins, by its commitment."""

    epoch: EpochNumber
    commitment: Digest


class DocumentsSection(Struct, frozen=True, forbid_unknown_fields=True):
    """What the founders fix for documents."""

    key_epochs: Annotated[tuple[FoundingKeyEpoch, ...], Meta(max_length=EPOCHS_MAX)]
    """The alliance's fingerprint keys, counted from 1; papers are named under all of them."""


def founded(section: msgspec.Raw) -> Change:
    """The Change that records the first fingerprint keys.  Raises `GenesisRefused` with a sentence that says what is wrong."""
    try:
        found = codec.decode(DocumentsSection, bytes(section))
    except codec.Malformed as error:
        raise GenesisRefused(
            f"The fingerprint keys in the genesis document are not valid: {error.detail}"
        ) from None
    if [row.epoch for row in found.key_epochs] != list(range(1, len(found.key_epochs) + 1)):
        raise GenesisRefused("The epochs of fingerprint keys in the genesis document do not count from 1.")
    rows = (KeyEpoch(row.epoch, row.commitment, 0, 0, 0, settled(NAMED)) for row in found.key_epochs)
    return Change(tuple(KEY_EPOCHS.put(row) for row in rows))


def founding_events(state: Reader) -> tuple[Event, ...]:
    """The keys with which the chain begins, published like those that votes bring."""
    return tuple(KeyEpochBegun(row.epoch, row.commitment, row.begun_ms) for row in state.scan(KEY_EPOCHS))
