"""Digests with a domain tag, so that bytes made for one purpose can never pass for another.

``digest(tag, a, b)`` is SHA-256 over ``"tally/1/" tag 0x00`` and then every part with its length in
four bytes, big-endian, in front.  Lengths make the parts unambiguous, the tag makes the kinds of
signed things disjoint.
"""

import hashlib
import hmac
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Final

_PREFIX: Final = b"tally/1/"
Sha256: Final = hashlib.sha256
"""For loops over thousands of nodes of a tree, where one call less counts; everywhere else `sha256` and `digest`."""
_TAG_LETTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")
_TAG_MAX: Final = 40


class Tag(StrEnum):
    """Every domain tag in use.  A tag is never reused for another meaning and never renamed."""

    # What is signed: one tag a kind.
    OPERATION_SIGNATURE = "operation-signature"
    ENVELOPE = "envelope"
    TAG_CARD = "tag-card"
    IDENTITY_SIGNATURE = "identity-signature"
    BALLOT = "ballot"
    STATEMENT = "statement"
    LETTER = "letter"
    LETTER_ACKNOWLEDGEMENT = "letter-acknowledgement"
    SHEET = "sheet"
    HEADER = "header"
    NODE = "node"
    # What is only hashed.
    OPERATION = "operation"
    ARGS = "args"
    CONTEXT = "context"
    COMMITMENT = "commitment"
    JOURNAL = "journal"
    RECEIPT = "receipt"
    GENESIS = "genesis"
    POLICY = "policy"
    DOCUMENT = "document"
    CERTIFICATE = "certificate"
    SNAPSHOT = "snapshot"
    KEY_FILE = "key-file"
    FINGERPRINT_KEY = "fingerprint-key"
    READ_MODEL = "readmodel"
    TEST_KIT = "testkit"
    TRIAL_NETWORK = "trial-network"
    # What is derived under a secret key.
    WALLET_VIEW = "wallet-view"
    WALLET_SIGN = "wallet-sign"
    WALLET_TAG = "wallet-tag"
    WALLET_SEALING = "wallet-sealing"
    WALLET_IDENTITY = "wallet-identity"
    WALLET_SEAT = "wallet-seat"
    NONCE = "nonce"
    REFERENCE = "reference"
    FINGERPRINT = "fingerprint"
    SALT = "salt"
    WEBHOOK = "webhook"
    KEPT = "kept"


def sha256(data: bytes) -> bytes:
    """Plain SHA-256, 32 bytes; for what a standard fixes (boxes, certificates, trees), else ``digest``."""
    return Sha256(data).digest()


def file_digest(path: Path) -> bytes:
    """Plain SHA-256 of a file's content, read in pieces; 32 bytes.  Raises ``OSError``."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def digest(tag: str, *parts: bytes) -> bytes:
    """SHA-256 of ``parts`` in their order under the domain ``tag``; 32 bytes.

    Raises ``ValueError`` for a tag that is not lower-case letters, digits and hyphens.
    """
    return Sha256(framed(tag, *parts)).digest()


def keyed(key: bytes, tag: str, *parts: bytes) -> bytes:
    """HMAC-SHA-256 under ``key`` of the same framing as ``digest``; 32 bytes.

    Used for facts that could be guessed (invoice numbers, idempotency keys): without the key the
    result tells nothing.
    """
    return hmac.digest(key, framed(tag, *parts), "sha256")


def standard_mac(key: bytes, message: bytes) -> bytes:
    """Plain HMAC-SHA-256, 32 bytes; for what a standard fixes (signatures of webhooks), else ``keyed``."""
    return hmac.digest(key, message, "sha256")


def framed(tag: str, *parts: bytes) -> bytes:
    """The bytes that ``digest`` and ``keyed`` run over: prefix, tag, zero, then length and part each."""
    pieces = [_prefix(tag)]
    for part in parts:
        pieces.append(len(part).to_bytes(4, "big"))
        pieces.append(part)
    return b"".join(pieces)


def equal(a: bytes, b: bytes) -> bool:
    """Compare two byte strings in a time that does not depend on where they differ."""
    return hmac.compare_digest(a, b)


@lru_cache(maxsize=256)
def _prefix(tag: str) -> bytes:
    if not 0 < len(tag) <= _TAG_MAX or not _TAG_LETTERS.issuperset(tag):
        raise ValueError(f"{tag!r} is not a domain tag")
    return _PREFIX + tag.encode("ascii") + b"\0"
