"""Signatures by their own plain rules: Ed25519 by ZIP-215 in integers, P-256 with low s."""

from contextlib import suppress
from hashlib import sha512

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from .basics import unhex


def is_signed(key: str, message: bytes, signature: str) -> bool:
    """Whether a signature (in hex) fits what was signed and the key, which names its scheme."""
    scheme, _, digits = key.partition(":")
    raw, both = unhex(digits), unhex(signature)
    kind = (scheme, len(raw), len(both))
    if kind == ("ed25519", 32, 64):
        return is_ed25519(key, message, both)
    r_s = [int.from_bytes(half, "big") for half in (both[:32], both[32:])]
    with suppress(ValueError, InvalidSignature):
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)
        point.verify(encode_dss_signature(*r_s), message, ec.ECDSA(hashes.SHA256()))
        return kind == ("p256", 33, 64) and r_s[1] <= _P256_ORDER // 2
    return False


def is_ed25519(key: str, message: bytes, signature: bytes) -> bool:
    """
    The same for `ed25519:` keys, first by the library, which is faster.

    The library takes less than ZIP-215 and nothing that ZIP-215 would not, so only its refusals are looked at again.
    """
    raw = unhex(key.removeprefix("ed25519:"))
    if len(raw) != 32 or len(signature) != 64:
        return False
    with suppress(ValueError, InvalidSignature):
        ed25519.Ed25519PublicKey.from_public_bytes(raw).verify(signature, message)
        return True
    return _is_zip215(raw, message, signature)


def _is_zip215(raw: bytes, message: bytes, both: bytes) -> bool:
    """Every encoding of a point is taken, s < order, 8 s B = 8 R + 8 k A."""
    a, r, s = _point(raw), _point(both[:32]), int.from_bytes(both[32:], "little")
    if a is None or r is None or s >= _ORDER:
        return False
    k = int.from_bytes(sha512(both[:32] + raw + message).digest(), "little") % _ORDER
    return _times(8 * s, _BASE) == _times(8, _sum(r, _times(k, a)))


_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_P, _ORDER = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
_D, _ROOT = -121665 * pow(121666, -1, _P) % _P, pow(2, (_P - 1) // 4, _P)
_BASE = (0x216936D3CD6E53FEC0A4E231FDD6DC5C692CC7609525A7B2C9562D608F25D51A, 4 * pow(5, -1, _P) % _P)
_Point = tuple[int, int]


def _point(raw: bytes) -> _Point | None:
    sign, y = divmod(int.from_bytes(raw, "little"), 2**255)
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    x = x if x * x % _P == square else x * _ROOT % _P
    return (x if x & 1 == sign else -x % _P, y % _P) if x * x % _P == square else None


def _sum(a: _Point, b: _Point) -> _Point:
    (x1, y1), (x2, y2) = a, b
    k = _D * x1 * x2 * y1 * y2
    return (x1 * y2 + x2 * y1) * pow(1 + k, -1, _P) % _P, (y1 * y2 + x1 * x2) * pow(1 - k, -1, _P) % _P


def _times(n: int, point: _Point) -> _Point:
    total = (0, 1)
    while n:
        total, point, n = _sum(total, point) if n & 1 else total, _sum(point, point), n >> 1
    return total
