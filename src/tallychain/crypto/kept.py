"""Small secrets kept in a database: AES-256-GCM under a key that the database does not hold.

A stolen database alone then tells nothing, and a row moved to another place does not open there.
"""

import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tallychain.crypto.digest import Tag, framed, keyed
from tallychain.crypto.errors import CryptoRefusal

_NONCE_BYTES: Final = 12


class KeptDamaged(CryptoRefusal):
    """A kept secret does not open: another key, another place, or changed bytes."""

    code = "KEPT_DAMAGED"


def keep(key: bytes, secret: bytes, *place: str) -> bytes:
    """The bytes to store for `secret` at `place` (table, row): nonce, then ciphertext."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + _cipher(key).encrypt(nonce, secret, _place(place))


def reveal(key: bytes, kept: bytes, *place: str) -> bytes:
    """The secret behind stored bytes; raises `KeptDamaged`."""
    try:
        return _cipher(key).decrypt(kept[:_NONCE_BYTES], kept[_NONCE_BYTES:], _place(place))
    except (InvalidTag, ValueError):
        raise KeptDamaged("A kept secret does not open: its bytes, its place or the key differ.") from None


def _cipher(key: bytes) -> AESGCM:
    return AESGCM(keyed(key, Tag.KEPT))


def _place(place: tuple[str, ...]) -> bytes:
    return framed(Tag.KEPT, *(part.encode() for part in place))
