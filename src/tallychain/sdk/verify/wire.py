"""Protobuf as far as the engine's headers need it: numbers, byte strings and messages, each field once and in order."""

from collections.abc import Iterator
from hashlib import sha256
from typing import NamedTuple

VARINT, BYTES = 0, 2


class Field(NamedTuple):
    """One field of a message: its number, and what stands there (`raw` is empty for a number)."""

    number: int
    value: int
    raw: bytes


class Fields:
    """
    The fields of one message, read in the order of their numbers.

    Nothing is judged here beyond what reading needs; whoever reads encodes again and compares, which refuses every other form.
    """

    def __init__(self, data: bytes) -> None:
        self._left = list(_fields(data))

    def number(self, number: int) -> int:
        """A number, 0 where it is left out."""
        found = self._next(number)
        return found.value if found else 0

    def signed(self, number: int) -> int:
        """The same, as 64 bits with sign."""
        found = self.number(number)
        return found - 2**64 if found >= 2**63 else found

    def bytes(self, number: int) -> bytes:
        """A byte string, empty where it is left out."""
        found = self._next(number)
        return found.raw if found else b""

    def message(self, number: int) -> "Fields":
        """A message inside, empty where it is left out."""
        return Fields(self.bytes(number))

    def repeated(self, number: int) -> "Iterator[Fields]":
        """Every message of a list."""
        while self._left and self._left[0].number == number:
            yield self.message(number)

    def has(self, number: int) -> bool:
        """Whether this field comes next."""
        return bool(self._left) and self._left[0].number == number

    def _next(self, number: int) -> Field | None:
        return self._left.pop(0) if self.has(number) else None


def _fields(data: bytes) -> Iterator[Field]:
    """Raises `ValueError` for what is cut off or of a kind that these messages do not have."""
    place = 0
    while place < len(data):
        tag, place = _read(data, place)
        value, place = _read(data, place)
        if tag & 7 == VARINT:
            yield Field(tag >> 3, value, b"")
            continue
        if tag & 7 != BYTES or place + value > len(data):
            raise ValueError(tag)
        yield Field(tag >> 3, 0, data[place : place + value])
        place += value


def _read(data: bytes, place: int) -> tuple[int, int]:
    number = shift = 0
    while shift < 70 and place < len(data):
        byte = data[place]
        number |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if byte < 0x80:
            return number, place
    raise ValueError("cut off")


def uvarint(number: int) -> bytes:
    """Seven bits a byte, lowest first; a negative number as 64 bits in two's complement."""
    number %= 2**64
    made = bytearray()
    while number > 0x7F:
        made.append(number & 0x7F | 0x80)
        number >>= 7
    made.append(number)
    return bytes(made)


def put_number(number: int, value: int) -> bytes:
    """A field with a number; nothing for 0."""
    return uvarint(number << 3 | VARINT) + uvarint(value) if value else b""


def put_bytes(number: int, raw: bytes) -> bytes:
    """A field with a byte string or message, even an empty one."""
    return uvarint(number << 3 | BYTES) + uvarint(len(raw)) + raw


def put_filled(number: int, raw: bytes) -> bytes:
    """A field with a byte string; nothing for an empty one."""
    return put_bytes(number, raw) if raw else b""


def merkle_root(items: list[bytes]) -> bytes:
    """The root of RFC 6962 over items in their order; SHA-256 of nothing for no items."""
    level = [sha256(b"\0" + item).digest() for item in items]
    while len(level) > 1:
        odd = level[-1:] if len(level) % 2 else []
        pairs = zip(level[::2], level[1::2], strict=False)
        level = [sha256(b"\1" + left + right).digest() for left, right in pairs] + odd
    return level[0] if level else sha256(b"").digest()
