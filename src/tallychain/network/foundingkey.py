"""The alliance's first fingerprint key: who builds the genesis document makes it, and every founder gets the same one, sealed.

The file may be seen by anybody: it holds the key sealed to the founders' sealing keys, bound to the genesis document, and a salted commitment, which
the founders compare as they compare the digest of the document.
"""

import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from tallychain.contracts.members.record import MemberRecord
from tallychain.crypto.digest import Tag, digest
from tallychain.crypto.errors import CryptoRefusal
from tallychain.crypto.keyfile import StoredSecret, read_key_file, write_key_file
from tallychain.crypto.keys import SealingKey
from tallychain.crypto.sealing import CannotOpen, open_box, seal
from tallychain.network.founding import ProductionRefused
from tallychain.sdk.fingerprint import KEY_BYTES, EpochKey

FORMAT: Final = 1
_SALT_BYTES: Final = 32
_FILE: Final = "fingerprint-1.key"


class FoundingKey(Struct, frozen=True, forbid_unknown_fields=True):
    """The sealed key of the first epoch."""

    format: int
    genesis: str
    """Digest of the genesis document that it belongs to."""
    sealed_to: tuple[str, ...]
    """The founders' sealing keys, in the order of their members."""
    commitment: str
    """Salted, so that nobody can test a guess; every founder compares it."""
    box: bytes
    """Base64 in the file."""


def make_key(keys: Path, passphrase: str) -> EpochKey:
    """
    The first fingerprint key, in this node's folder `keys` under its passphrase.

    A key that is there already is kept.  Raises `ProductionRefused` where the passphrase is not the node's.
    """
    _own(keys, passphrase)
    path = keys / _FILE
    secret = _read(path, passphrase) if path.exists() else secrets.token_bytes(KEY_BYTES)
    if not path.exists():
        write_key_file(path, StoredSecret("secret", "", secret), passphrase)
    return EpochKey(1, secret)


def seal_key(key: EpochKey, records: Sequence[MemberRecord], genesis: str) -> FoundingKey:
    """The first fingerprint key, sealed to all founders and bound to their genesis document."""
    to = tuple(record.sealing for record in records)
    made = seal(key.key, secrets.token_bytes(_SALT_BYTES), _context(genesis), to)
    return FoundingKey(FORMAT, genesis, to, made.commitment.hex(), made.box)


def take_key(keys: Path, sealed: FoundingKey, genesis: str, commitment: str, passphrase: str) -> None:
    """Open the alliance's key with this node's sealing key and keep it if it is the one that the document names.  Raises `ProductionRefused`; nothing is kept then."""
    if sealed.format != FORMAT or sealed.genesis != genesis:
        raise ProductionRefused("The fingerprint key belongs to another genesis document.")
    own = _own(keys, passphrase)
    if own.public not in sealed.sealed_to:
        raise ProductionRefused("The fingerprint key is not sealed to this institution.")
    try:
        opened = open_box(
            sealed.box,
            bytes.fromhex(sealed.commitment),
            _context(genesis),
            sealed.sealed_to,
            own,
            sealed.sealed_to.index(own.public),
        )
    except (CannotOpen, ValueError):
        raise ProductionRefused("The fingerprint key does not open: the file was changed.") from None
    if len(opened.content) != KEY_BYTES:
        raise ProductionRefused(f"The fingerprint key has not {KEY_BYTES} bytes.")
    if EpochKey(1, opened.content).commitment() != commitment:
        raise ProductionRefused("The fingerprint key is not the one that the genesis document commits to.")
    write_key_file(keys / _FILE, StoredSecret("secret", "", opened.content), passphrase)


def _own(keys: Path, passphrase: str) -> SealingKey:
    return SealingKey.from_seed(_read(keys / "sealing-1.key", passphrase))


def _read(path: Path, passphrase: str) -> bytes:
    try:
        return read_key_file(path, passphrase).secret
    except CryptoRefusal as error:
        raise ProductionRefused(str(error)) from None


def _context(genesis: str) -> bytes:
    return digest(Tag.CONTEXT, b"founding-fingerprint-key", genesis.encode())
