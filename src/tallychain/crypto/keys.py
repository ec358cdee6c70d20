"""Private keys: what signs and what opens sealed parts.

Every key comes from a seed of 32 bytes, so that one kind of secret is stored for all schemes.  No
private key shows itself in ``repr``.
"""

import secrets
from typing import Final, Protocol

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, x25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tallychain.crypto.errors import CryptoRefusal
from tallychain.crypto.schemes import ED25519, P256, P256_ORDER, X25519, key_text

SEED_BYTES: Final = 32


class SeedNotUsable(CryptoRefusal):
    """A key cannot be made: unknown scheme, or a seed that is not 32 bytes."""

    code = "SEED_NOT_USABLE"


class SigningKey(Protocol):
    """A key that signs for a person, a member's system or a tag."""

    @property
    def public(self) -> str:
        """The public key as text, for example ``ed25519:…``."""
        ...

    def sign(self, message: bytes) -> bytes:
        """The signature over ``message``, 64 bytes."""
        ...


def generate_signing_key(scheme: str = ED25519) -> SigningKey:
    """A fresh signing key from the system's randomness."""
    return signing_key_from_seed(scheme, secrets.token_bytes(SEED_BYTES))


def signing_key_from_seed(scheme: str, seed: bytes) -> SigningKey:
    """The signing key that ``seed`` (32 bytes) determines under ``scheme``; raises ``SeedNotUsable``."""
    _check_seed(seed)
    if scheme == ED25519:
        return Ed25519SigningKey(seed)
    if scheme == P256:
        return P256SigningKey(seed)
    raise SeedNotUsable(f"There is no signing scheme {scheme!r}.")


class Ed25519SigningKey:
    """An Ed25519 key; the seed is the private key of RFC 8032."""

    __slots__ = ("_private", "public")

    def __init__(self, seed: bytes) -> None:
        self._private = ed25519.Ed25519PrivateKey.from_private_bytes(seed)
        self.public = key_text(ED25519, self._private.public_key().public_bytes_raw())

    def sign(self, message: bytes) -> bytes:
        """The RFC 8032 signature, 64 bytes."""
        return self._private.sign(message)

    def __repr__(self) -> str:
        return f"<signing key of {self.public}>"


class P256SigningKey:
    """A P-256 key, deterministic by RFC 6979, so that bad randomness cannot leak it."""

    __slots__ = ("_private", "public")

    def __init__(self, seed: bytes) -> None:
        # 48 bytes reduced modulo an order of 32: the bias is below 2^-128 (FIPS 186-5, A.2.1).
        wide = HKDFExpand(hashes.SHA256(), 48, b"tally/1/p256-key").derive(seed)
        scalar = int.from_bytes(wide, "big") % (P256_ORDER - 1) + 1
        self._private = ec.derive_private_key(scalar, ec.SECP256R1())
        point = self._private.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
        self.public = key_text(P256, point)

    def sign(self, message: bytes) -> bytes:
        """The r and s as 32 bytes each, with the lower of the two possible s."""
        algorithm = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
        r, s = decode_dss_signature(self._private.sign(message, algorithm))
        return r.to_bytes(32, "big") + min(s, P256_ORDER - s).to_bytes(32, "big")

    @property
    def private(self) -> ec.EllipticCurvePrivateKey:
        """The private key for the library that signs certificates."""
        return self._private

    def __repr__(self) -> str:
        return f"<signing key of {self.public}>"


class SealingKey:
    """An X25519 key to which sealed parts are wrapped."""

    __slots__ = ("_private", "public")

    def __init__(self, private: x25519.X25519PrivateKey) -> None:
        self._private = private
        self.public = key_text(X25519, private.public_key().public_bytes_raw())

    @classmethod
    def generate(cls) -> "SealingKey":
        """A fresh sealing key from the system's randomness."""
        return cls.from_seed(secrets.token_bytes(SEED_BYTES))

    @classmethod
    def from_seed(cls, seed: bytes) -> "SealingKey":
        """The sealing key whose private scalar is ``seed`` (32 bytes, RFC 7748); raises ``SeedNotUsable``."""
        _check_seed(seed)
        return cls(x25519.X25519PrivateKey.from_private_bytes(seed))

    @property
    def private(self) -> x25519.X25519PrivateKey:
        """The private key for the library that opens wraps."""
        return self._private

    def __repr__(self) -> str:
        return f"<sealing key of {self.public}>"


def _check_seed(seed: bytes) -> None:
    if len(seed) != SEED_BYTES:
        raise SeedNotUsable(f"A seed has {SEED_BYTES} bytes, not {len(seed)}.")
