"""A wallet: one seed, two roots, and everything a seat needs derived from them.

The *view* root gives sealing keys and the seat's secret: with it one can read what was sealed to the
seat.  The *sign* root gives the identity key and the signing keys of tags: with it one can act.  In
a hosted seat the gateway unlocks the view root, and the sign root opens only under the owner's own
secret; so they are stored in two files under two passphrases.  A wallet belongs to one chain.

A tag is a one-time holder: signing key and sealing key with the same counter.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tallychain.crypto.digest import Tag, keyed
from tallychain.crypto.errors import CryptoRefusal
from tallychain.crypto.keyfile import SCRYPT_N, Kind, StoredSecret, read_key_file, write_key_file
from tallychain.crypto.keys import SEED_BYTES, SealingKey, SigningKey, signing_key_from_seed
from tallychain.crypto.schemes import ED25519

GAP: Final = 200
NONCE_BYTES: Final = 16
REFERENCE_BYTES: Final = 16


class NotThisPart(CryptoRefusal):
    """A key file holds something else than the part of a wallet that was asked for."""

    code = "NOT_THIS_PART"


class ViewRoot:
    """What reads: sealing keys of tags, and the secret behind nonces and references."""

    __slots__ = ("_root", "seat_secret")

    def __init__(self, root: bytes) -> None:
        self._root = root
        self.seat_secret = keyed(root, Tag.WALLET_SEAT)

    def sealing_key(self, counter: int) -> SealingKey:
        """The sealing key of tag number ``counter``."""
        return SealingKey.from_seed(keyed(self._root, Tag.WALLET_SEALING, _counter(counter)))

    def save(self, path: Path, passphrase: str, *, n: int = SCRYPT_N, replace: bool = False) -> None:
        """Write this root to a key file; raises as ``write_key_file``."""
        stored = StoredSecret("view-root", "", self._root)
        write_key_file(path, stored, passphrase, n=n, replace=replace)

    @classmethod
    def load(cls, path: Path, passphrase: str) -> "ViewRoot":
        """Read a view root; raises ``NotThisPart`` and as ``read_key_file``."""
        return cls(_load(path, passphrase, "view-root"))

    def __repr__(self) -> str:
        return "<view root of a wallet>"


class SignRoot:
    """What acts: the identity key and the signing keys of tags."""

    __slots__ = ("_root",)

    def __init__(self, root: bytes) -> None:
        self._root = root

    def identity_key(self, scheme: str = ED25519, generation: int = 0) -> SigningKey:
        """The key that a certificate is issued for; a renewal with a new key counts ``generation`` up."""
        seed = keyed(self._root, Tag.WALLET_IDENTITY, scheme.encode(), _counter(generation))
        return signing_key_from_seed(scheme, seed)

    def tag_key(self, counter: int) -> SigningKey:
        """The signing key of tag number ``counter``, always Ed25519."""
        return signing_key_from_seed(ED25519, keyed(self._root, Tag.WALLET_TAG, _counter(counter)))

    def save(self, path: Path, passphrase: str, *, n: int = SCRYPT_N, replace: bool = False) -> None:
        """Write this root to a key file; its public half is the Ed25519 identity key."""
        stored = StoredSecret("sign-root", self.identity_key().public, self._root)
        write_key_file(path, stored, passphrase, n=n, replace=replace)

    @classmethod
    def load(cls, path: Path, passphrase: str) -> "SignRoot":
        """Read a sign root; raises ``NotThisPart`` and as ``read_key_file``."""
        return cls(_load(path, passphrase, "sign-root"))

    def __repr__(self) -> str:
        return "<sign root of a wallet>"


@dataclass(frozen=True, slots=True)
class Wallet:
    """Both roots of one seat."""

    view: ViewRoot
    sign: SignRoot

    @classmethod
    def from_seed(cls, seed: bytes) -> "Wallet":
        """The wallet of a seed of 32 bytes; raises ``ValueError`` for another length."""
        if len(seed) != SEED_BYTES:
            raise ValueError(f"a wallet seed has {SEED_BYTES} bytes")
        return cls(ViewRoot(keyed(seed, Tag.WALLET_VIEW)), SignRoot(keyed(seed, Tag.WALLET_SIGN)))

    @classmethod
    def generate(cls) -> "Wallet":
        """A fresh wallet from the system's randomness."""
        return cls.from_seed(secrets.token_bytes(SEED_BYTES))


@dataclass(frozen=True, slots=True)
class UsedTags:
    """What a rebuild finds: the counters in use, ascending, and the next free one."""

    counters: tuple[int, ...]
    next: int


def tag_author(signing_key: str) -> str:
    """How a tag stands as author of an operation: ``tag:ed25519:…``."""
    return f"tag:{signing_key}"


def find_used(key_of: Callable[[int], str], is_used: Callable[[str], bool], gap: int = GAP) -> UsedTags:
    """Find a wallet's tags on a ledger again, after only the seed was saved.

    ``key_of(counter)`` is the public key to look for (signing keys, or sealing keys where only the
    view root is at hand), ``is_used(key)`` whether the ledger knows it.  The search ends after
    ``gap`` unused counters in a row, so a wallet never leaves more than that unused behind it.
    """
    used: list[int] = []
    counter = 0
    while counter - (used[-1] if used else -1) <= gap:
        if is_used(key_of(counter)):
            used.append(counter)
        counter += 1
    return UsedTags(tuple(used), used[-1] + 1 if used else 0)


def nonce(seat_secret: bytes, type: str, idempotency_key: str) -> bytes:  # noqa: A002 - the field's name
    """The 16-byte nonce of an act: the same act retried, through whatever gateway, has the same nonce."""
    return keyed(seat_secret, Tag.NONCE, type.encode(), idempotency_key.encode())[:NONCE_BYTES]


def reference(secret: bytes, business_number: str) -> bytes:
    """The 16-byte opaque reference of what a business number creates; tells nothing without ``secret``."""
    return keyed(secret, Tag.REFERENCE, business_number.encode())[:REFERENCE_BYTES]


def _counter(counter: int) -> bytes:
    return counter.to_bytes(8, "big")


def _load(path: Path, passphrase: str, kind: Kind) -> bytes:
    stored = read_key_file(path, passphrase)
    if stored.kind != kind:
        raise NotThisPart(f"The key file {path} holds a {stored.kind}, not a {kind}.")
    return stored.secret
