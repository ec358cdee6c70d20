"""Edwards25519 in plain integers: slow, short, and independent of every library under test."""

import hashlib
from collections.abc import Iterator

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
SQRT_MINUS_ONE = pow(2, (P - 1) // 4, P)

Point = tuple[int, int]
IDENTITY: Point = (0, 1)


def add(a: Point, b: Point) -> Point:
    (x1, y1), (x2, y2) = a, b
    k = D * x1 * x2 * y1 * y2 % P
    return (x1 * y2 + x2 * y1) * pow(1 + k, -1, P) % P, (y1 * y2 + x1 * x2) * pow(1 - k, -1, P) % P


def multiply(n: int, point: Point) -> Point:
    result = IDENTITY
    while n:
        if n & 1:
            result = add(result, point)
        point = add(point, point)
        n >>= 1
    return result


def encode(point: Point) -> bytes:
    x, y = point
    return (y | (x & 1) << 255).to_bytes(32, "little")


def decode(raw: bytes) -> Point | None:
    """The point of an encoding, canonical or not (ZIP-215); None where there is none."""
    encoded = int.from_bytes(raw, "little")
    y, sign = encoded & (2**255 - 1), encoded >> 255
    x2 = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if x * x % P != x2:
        x = x * SQRT_MINUS_ONE % P
    if x * x % P != x2:
        return None
    return (P - x if x & 1 != sign else x) % P, y % P


BASE = decode((4 * pow(5, -1, P) % P).to_bytes(32, "little")) or IDENTITY


def torsion() -> list[Point]:
    """The eight points of small order, as multiples of a generator found by trial."""
    for y in range(2, 100):
        point = decode(y.to_bytes(32, "little"))
        generator = multiply(ORDER, point) if point else IDENTITY
        if multiply(4, generator) != IDENTITY:
            return [multiply(i, generator) for i in range(8)]
    raise LookupError("no generator of the torsion group")


def every_encoding(points: list[Point]) -> Iterator[bytes]:
    """Every 32-byte string that decodes to one of the points: canonical or not."""
    for y in sorted({y for _, y in points}):
        for spelled in (y, y + P):
            if spelled < 2**255:
                for sign in (0, 1):
                    yield (spelled | sign << 255).to_bytes(32, "little")


def challenge(r: bytes, a: bytes, message: bytes) -> int:
    return int.from_bytes(hashlib.sha512(r + a + message).digest(), "little") % ORDER


def sign_with(scalar: int, nonce: int, a: bytes, r: bytes, message: bytes) -> bytes:
    """A signature with the given spellings of key and R: S = nonce + challenge × scalar."""
    return r + ((nonce + challenge(r, a, message) * scalar) % ORDER).to_bytes(32, "little")
