"""The fingerprint keys with which a chain begins, by their commitments, from this contract's section of the genesis document.

The keys themselves never stand on the ledger: every member has them from the founders, sealed, and compares them with what stands here.
"""

import msgspec
from msgspec import Struct

from tallychain.contracts.documents.state import KEY_EPOCHS, KeyEpoch
from tallychain.ledger import codec
from tallychain.ledger.contract import Change
from tallychain.ledger.genesis import GenesisRefused


class DocumentsSection(Struct, frozen=True, forbid_unknown_fields=True):
    """What the founders fix for documents."""

    key_epochs: tuple[KeyEpoch, ...]
    """The alliance's fingerprint keys, counted from 1."""


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
    return Change(tuple(KEY_EPOCHS.put(row) for row in found.key_epochs))
