"""Signature schemes: which keys a ledger admits and which signatures it accepts.

A key is text that names its scheme, so that a scheme can be added without touching a record:

- ``ed25519:<64 hex>``: RFC 8032 signatures under the acceptance rule of ZIP-215.  One specified rule
  matters more than a strict one: libraries disagree on odd encodings, and two nodes that disagree
  about a signature have forked.
- ``p256:<66 hex>``: compressed point; signatures are r and s, 32 bytes each, big-endian, with low s,
  over SHA-256 of the message.
- ``x25519:<64 hex>``: a sealing key; it signs nothing.

Odd keys are kept out once, when a key is admitted, and not at every signature.
"""

from functools import lru_cache
from typing import Final

import ed25519_zebra
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, x25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from tallychain.crypto.errors import CryptoRefusal

ED25519: Final = "ed25519"
P256: Final = "p256"
X25519: Final = "x25519"
SIGNATURE_BYTES: Final = 64
SIGNING_SCHEMES: Final = (ED25519, P256)

P256_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_P256_HALF_ORDER: Final = P256_ORDER // 2
_FIELD: Final = 2**255 - 19
_EDWARDS_ORDER: Final = 2**252 + 27742317777372353535851937790883648493
_HEX: Final = frozenset("0123456789abcdef")
_RAW_BYTES: Final = {ED25519: 32, P256: 33, X25519: 32}
_CACHED_KEYS: Final = 16_384
_CACHED_POINTS: Final = 4096  # keys of staff and systems live long; tags are Ed25519 and used once

# The u-coordinates of every point of order 1, 2, 4 or 8 on Curve25519 and its twist, canonical form.
_SMALL_ORDER_U: Final = frozenset(
    {
        0,
        1,
        _FIELD - 1,
        325606250916557431795983626356110631294008115727848805560023387167927233504,
        39382357235489614581723060781553021112529911719440698176882885853963445705823,
    }
)


class KeyNotAdmissible(CryptoRefusal):
    """A public key may not be registered or named as a tag.  ``reason`` is a short English phrase."""

    code = "KEY_NOT_ADMISSIBLE"

    def __init__(self, reason: str) -> None:
        super().__init__(f"The key is not admissible: {reason}.")
        self.reason = reason


def verify(key: str, message: bytes, signature: bytes) -> bool:
    """Whether ``signature`` (64 bytes) over ``message`` is good under ``key``.

    Never raises: a malformed key or signature is simply not a good signature.
    """
    try:
        scheme, raw = _raw(key)
    except KeyNotAdmissible:
        return False
    if len(signature) != SIGNATURE_BYTES:
        return False
    if scheme == ED25519:
        good: bool = ed25519_zebra.ed_verify(signature, message, raw)
        return good
    point = _p256_point(raw) if scheme == P256 else None
    return point is not None and _p256_verify(point, message, signature)


@lru_cache(maxsize=_CACHED_KEYS)
def admit_key(key: str) -> None:
    """Accept ``key`` as a signing key that may stand on the ledger, or raise ``KeyNotAdmissible``.

    Only one spelling of a key exists: canonical encoding.  Only points of prime order pass: under a
    small-order key anybody's signature fits, and a mixed-order key has several spellings of one
    signer.
    """
    scheme, raw = _raw(key)
    if scheme == ED25519:
        _admit_edwards_point(raw)
    elif scheme == P256:
        if _p256_point(raw) is None:
            raise KeyNotAdmissible("not a compressed point of P-256")
    else:
        raise KeyNotAdmissible("not a signing scheme")


@lru_cache(maxsize=_CACHED_KEYS)
def admit_sealing_key(key: str) -> None:
    """Accept ``key`` as an X25519 sealing key, or raise ``KeyNotAdmissible``.

    A small-order key would make every wrap to it readable by everybody.
    """
    scheme, raw = _raw(key)
    if scheme != X25519:
        raise KeyNotAdmissible("not a sealing scheme")
    u = int.from_bytes(raw, "little")
    if u >= _FIELD:
        raise KeyNotAdmissible("the encoding is not canonical")
    if u in _SMALL_ORDER_U:
        raise KeyNotAdmissible("the point has small order")


def key_bytes(key: str) -> bytes:
    """The raw public key of a well-formed key text; raises ``KeyNotAdmissible``."""
    return _raw(key)[1]


def key_text(scheme: str, raw: bytes) -> str:
    """The text of a raw public key."""
    return f"{scheme}:{raw.hex()}"


def scheme_of(key: str) -> str:
    """The scheme that a key text names, whether known here or not."""
    return key.partition(":")[0]


def _raw(key: str) -> tuple[str, bytes]:
    scheme, _, digits = key.partition(":")
    size = _RAW_BYTES.get(scheme)
    if size is None:
        raise KeyNotAdmissible("its scheme is unknown")
    if len(digits) != 2 * size or not _HEX.issuperset(digits):
        raise KeyNotAdmissible(f"{scheme} takes {2 * size} lower-case hexadecimal digits")
    return scheme, bytes.fromhex(digits)


@lru_cache(maxsize=_CACHED_POINTS)
def _p256_point(raw: bytes) -> ec.EllipticCurvePublicKey | None:
    if raw[0] not in (2, 3):
        return None
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)
    except ValueError:
        return None


def _p256_verify(point: ec.EllipticCurvePublicKey, message: bytes, signature: bytes) -> bool:
    r = int.from_bytes(signature[:32], "big")
    s = int.from_bytes(signature[32:], "big")
    if s > _P256_HALF_ORDER:
        return False
    try:
        point.verify(encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def _admit_edwards_point(raw: bytes) -> None:
    encoded = int.from_bytes(raw, "little")
    y = encoded & (2**255 - 1)
    if y >= _FIELD:
        raise KeyNotAdmissible("the encoding is not canonical")
    # The map to Montgomery form; the identity, y = 1, goes to infinity.
    u = (1 + y) * pow(1 - y, -1, _FIELD) % _FIELD if y != 1 else 0
    if u in _SMALL_ORDER_U:
        raise KeyNotAdmissible("the point has small order")
    if not _has_prime_order(u):
        raise KeyNotAdmissible("not a point of prime order on the curve")


# 5 L - 1 is a multiple of 8, congruent to -1 modulo the group order L, and a valid X25519 scalar
# (bit 254 set).  It turns a point P + T, with P of prime order and T of small order, into -P.  A
# u-coordinate does not see the sign, so u comes back unchanged exactly where T is the identity.
# This is [L]A = identity at the price of one X25519 instead of 250 doublings of big integers.
# A y that belongs to no point gives a u on the twist, whose order is four times a prime that divides
# neither 5 L nor 5 L - 2; so no u of the twist comes back unchanged either.
_MINUS_ONE: Final = x25519.X25519PrivateKey.from_private_bytes(
    (5 * _EDWARDS_ORDER - 1).to_bytes(32, "little")
)


def _has_prime_order(u: int) -> bool:
    raw = u.to_bytes(32, "little")
    return _MINUS_ONE.exchange(x25519.X25519PublicKey.from_public_bytes(raw)) == raw
