"""The bytes on the ledger process's socket: a four-byte length, then one msgpack value.

A request is `[id, method, args]`.  A reply is `[id, kind, body]`: `ok` with the method's result, `item` with the next of a stream, or `no` with
`[code, sentence, retry_after_ms]`.
"""

import asyncio
from typing import Final, Literal

import msgspec

from tallychain.engine.port import EngineError, EngineRefused, EngineUnavailable

UNAVAILABLE: Final = "UNAVAILABLE"
"""The code of a `no` that is no refusal: what was asked may or may not happen yet."""
_LENGTH_BYTES: Final = 4


class Request(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """One question; `args` is read by the method."""

    id: int
    method: str
    args: msgspec.Raw


class Reply(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """One answer, or one item of a stream of them."""

    id: int
    kind: Literal["ok", "item", "no"]
    body: msgspec.Raw


class Refusal(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The body of a `no`."""

    code: str
    sentence: str
    retry_after_ms: int

    def error(self) -> EngineError:
        """The refusal as the port raises it."""
        if self.code == UNAVAILABLE:
            return EngineUnavailable(self.sentence)
        return EngineRefused(self.code, self.sentence, self.retry_after_ms)


UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What decoding bytes of a stranger may raise: nested a hundred thousand deep they are no value either."""


class FrameTooLarge(Exception):
    """The other side announced a frame beyond the bound; nothing of it is read."""

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(f"A frame of {size} bytes was announced; the bound is {limit}.")


async def read_frame(reader: asyncio.StreamReader, limit: int) -> bytes | None:
    """The next frame, or None at the end of the stream; raises `FrameTooLarge`."""
    try:
        size = int.from_bytes(await reader.readexactly(_LENGTH_BYTES), "big")
        if size > limit:
            raise FrameTooLarge(size, limit)
        return await reader.readexactly(size)
    except (asyncio.IncompleteReadError, ConnectionError):
        return None


def framed(value: msgspec.Struct) -> bytes:
    """A request or reply with its length before it."""
    data = msgspec.msgpack.encode(value)
    return len(data).to_bytes(_LENGTH_BYTES, "big") + data


def raw(value: object) -> msgspec.Raw:
    """A value as the args or body of a frame."""
    return msgspec.Raw(msgspec.msgpack.encode(value))
