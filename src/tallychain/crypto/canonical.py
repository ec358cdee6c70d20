"""Canonical JSON of small frozen structs: declared key order, no whitespace, one spelling only."""

from typing import TypeVar

import msgspec

_S = TypeVar("_S", bound=msgspec.Struct)


def encode(value: msgspec.Struct) -> bytes:
    """The one spelling of ``value``."""
    return msgspec.json.encode(value)


def decode(data: bytes, kind: type[_S]) -> _S:
    """Read exactly what ``encode`` writes; any other text raises ``ValueError``."""
    try:
        value = msgspec.json.decode(data, type=kind)
    except msgspec.MsgspecError:
        raise ValueError("not the expected JSON") from None
    if encode(value) != data:
        raise ValueError("not in canonical form")
    return value
