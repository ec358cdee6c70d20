"""
The bytes between the consensus engine and the application: each message after its length, an unsigned varint.

A message may come in any pieces and several may come in one; what is announced beyond a bound is not read.
"""

from collections.abc import Iterator
from typing import Final

LARGEST: Final = 128 * 1024 * 1024
"""Beyond the largest block that the engine allows at all (100 MB) with what is around it."""
_LENGTH_BYTES: Final = 5
"""A length below 2^35; more bytes are no length of ours."""


class FramingBroken(Exception):
    """The other side sends something that is not a frame, so nothing after it can be read."""


def framed(message: bytes) -> bytes:
    """A message with its length before it."""
    return length(len(message)) + message


def length(size: int) -> bytes:
    """An unsigned varint: seven bits a byte, the lowest first."""
    out = bytearray()
    while size > 0x7F:
        out.append(size & 0x7F | 0x80)
        size >>= 7
    out.append(size)
    return bytes(out)


class Frames:
    """Cuts a stream of bytes into messages."""

    def __init__(self, largest: int = LARGEST) -> None:
        self._largest = largest
        self._buffer = bytearray()
        self._start = 0

    def feed(self, data: bytes) -> None:
        """Take what came; `messages` gives what is complete."""
        self._buffer += data

    def messages(self) -> Iterator[bytes]:
        """Every complete message, in order; raises `FramingBroken`."""
        try:
            while (message := self._next()) is not None:
                yield message
        finally:
            del self._buffer[: self._start]
            self._start = 0

    @property
    def incomplete(self) -> bool:
        """Whether a part of a message is waiting for the rest."""
        return len(self._buffer) > self._start

    def _next(self) -> bytes | None:
        found = self._length()
        if found is None:
            return None
        size, begin = found
        end = begin + size
        if end > len(self._buffer):
            return None
        self._start = end
        return bytes(self._buffer[begin:end])

    def _length(self) -> tuple[int, int] | None:
        """The length that stands next and where its message begins, or None while it is not all there."""
        size = 0
        for place in range(_LENGTH_BYTES):
            at = self._start + place
            if at == len(self._buffer):
                return None
            byte = self._buffer[at]
            size |= (byte & 0x7F) << (7 * place)
            if size > self._largest:
                raise FramingBroken(f"a message of {size} bytes was announced; the bound is {self._largest}")
            if byte < 0x80:
                return size, at + 1
        raise FramingBroken(f"a length of more than {_LENGTH_BYTES} bytes was sent")
