"""The tables of the state and their frozen numbers.

A number is the first byte of every key in its table; it is never used again for something else.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Generic, TypeVar

import msgspec

V = TypeVar("V", bound=msgspec.Struct)
Part = str | int

NUMBERS: Final = {
    "member": 1,
    "key": 2,
    "policy": 3,
    "calendar": 4,
    "proposal": 5,
    "ballot": 6,
    "payable": 7,
    "fingerprint": 8,
    "allocation": 9,
    "ceiling": 10,
    "agreement": 11,
    "voucher": 12,
    "holding": 13,
    "offer": 14,
    "consent": 15,
    "quarantine": 16,
    "outage": 17,
    "meta": 18,
    "claim": 19,
    "redating": 20,
    "settlement": 21,
    "entitlement": 22,
    "excess": 23,
    "validator": 24,
    "node": 25,
    "pledge": 26,
    "financing": 27,
    "quote": 28,
    "freeze": 31,
    "dispute": 32,
    "redemption": 33,
    "disclosure": 34,
    "fingerprint_key": 35,
    "rekey": 36,
    "recourse": 39,
    "standard": 42,
    "client_account": 49,
    "guarantee_frame": 53,
    "guarantee": 54,
    "guarantee_call": 55,
    "repayment": 56,
    "introduction": 57,
    "review": 58,
    "false_identity": 63,
}
"""Table name to number; only ever appended to. No table has had 29 or 30."""

_INTEGER_BYTES = 8


@lru_cache(
    maxsize=1 << 16
)  # an operation asks for some twenty keys, most of them of the same members and objects
def encode_parts(parts: tuple[Part, ...]) -> bytes:
    """Key parts, each behind its two-byte length; integers as eight big-endian bytes, so that they sort."""
    pieces = []
    for part in parts:
        raw = part.to_bytes(_INTEGER_BYTES, "big") if isinstance(part, int) else part.encode()
        pieces.append(len(raw).to_bytes(2, "big") + raw)
    return b"".join(pieces)


@dataclass(frozen=True, slots=True)
class Write:
    """One row to be written (or deleted, when `value` is None)."""

    key: bytes
    value: msgspec.Struct | None


class Table(Generic[V]):
    """
    One typed table: its rows are structs of one type, found by the parts of their key.

    `identify` gives the key parts of a row; `prefix` sets apart several small tables under one number (`meta`).
    """

    __slots__ = ("_prefix", "identify", "name", "value")

    def __init__(
        self,
        name: str,
        value: type[V],
        identify: Callable[[V], tuple[Part, ...]],
        prefix: tuple[Part, ...] = (),
    ) -> None:
        self.name = name
        self.value = value
        self.identify = identify
        self._prefix = bytes([NUMBERS[name]]) + encode_parts(prefix)

    def key(self, *parts: Part) -> bytes:
        """The state key of a row, or the common prefix of all rows that begin with these parts."""
        return self._prefix + encode_parts(parts)

    def put(self, row: V) -> Write:
        """Write a row."""
        return Write(self.key(*self.identify(row)), row)

    def delete(self, row: V) -> Write:
        """Delete a row."""
        return Write(self.key(*self.identify(row)), None)
