"""The one wire encoding: canonical JSON for everything that is signed or kept, msgpack for the frame around it.

A received text is accepted only if strict decoding and encoding again give the same bytes; so one value has one
byte string, and what was signed is what was received.
"""

from typing import Protocol, TypeVar

import msgspec

from tallychain.ledger import text

T = TypeVar("T")


class Malformed(Exception):
    """A text that is not the canonical form of the expected type."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class _Decoder(Protocol):
    def decode(self, buf: bytes, /) -> object: ...


_ENCODER = msgspec.json.Encoder()
_FRAME_ENCODER = msgspec.msgpack.Encoder()


def encode(value: object) -> bytes:
    """Canonical JSON: declared key order, no whitespace, UTF-8."""
    return _ENCODER.encode(value)


_DECODERS: dict[object, _Decoder] = {}
_FRAME_DECODERS: dict[object, _Decoder] = {}


def _decoder(kind: type) -> _Decoder:
    made = _DECODERS.get(kind)
    if made is None:
        made = _DECODERS[kind] = msgspec.json.Decoder(kind, strict=True)
    return made


def _frame_decoder(kind: type) -> _Decoder:
    made = _FRAME_DECODERS.get(kind)
    if made is None:
        made = _FRAME_DECODERS[kind] = msgspec.msgpack.Decoder(kind, strict=True)
    return made


def decode(kind: type[T], data: bytes) -> T:
    """
    The value of a canonical text.

    Raises `Malformed`: `NOT_VALID` when the text is not of this type (unknown field, float, out of range …),
    `NOT_CANONICAL` when it is, but written differently (spaces, order, duplicate keys, escapes).
    """
    try:
        value = _decoder(kind).decode(data)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Malformed("NOT_VALID", str(error)[:200]) from None
    if _ENCODER.encode(value) != data:
        raise Malformed("NOT_CANONICAL", "the text is not in canonical form")
    return value  # type: ignore[return-value]  # the decoder was made for this type


def trusted(kind: type[T], data: bytes) -> T:
    """The value of a text that this node encoded itself (state rows, archived receipts); no canonical check."""
    return _decoder(kind).decode(data)  # type: ignore[return-value]  # the decoder was made for this type


def can_be_read(value: msgspec.Struct) -> bool:
    """Whether a value made by code, which nothing has checked yet, is one that its own type reads again."""
    try:
        _decoder(type(value)).decode(_ENCODER.encode(value))
    except (msgspec.MsgspecError, ValueError, TypeError):
        return False
    return True


def encode_frame(value: object) -> bytes:
    """The msgpack frame around signed texts."""
    return _FRAME_ENCODER.encode(value)


def decode_frame(kind: type[T], data: bytes) -> T:
    """The value of a msgpack frame; only the shortest encoding is accepted.  Raises `Malformed`."""
    try:
        value = _frame_decoder(kind).decode(data)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Malformed("NOT_VALID", str(error)[:200]) from None
    if _FRAME_ENCODER.encode(value) != data:
        raise Malformed("NOT_CANONICAL", "the frame is not in its shortest form")
    return value  # type: ignore[return-value]  # the decoder was made for this type


def check_texts(data: bytes) -> None:
    """
    Refuse any character outside the frozen table, anywhere in a canonical text.

    Canonical JSON escapes only the quotation mark, the backslash and control characters, and of these three
    the table has the first two.  Raises `Malformed` with `CHARACTER_NOT_ALLOWED`, or `NOT_VALID` for bytes that
    are no UTF-8 (decoding skips over what it keeps raw, so they come this far).
    """
    try:
        whole = data.decode()
    except UnicodeDecodeError as error:
        raise Malformed("NOT_VALID", f"the byte at position {error.start + 1} is not UTF-8") from None
    position = text.forbidden_position(whole)
    if position is None and "\\" in whole:
        position = _forbidden_escape(whole)
    if position is not None:
        raise Malformed("CHARACTER_NOT_ALLOWED", f"the character at position {position + 1} is not allowed")


def _forbidden_escape(whole: str) -> int | None:
    position = whole.find("\\")
    while position >= 0:
        if whole[position + 1] not in '"\\':
            return position
        position = whole.find("\\", position + 2)
    return None
