"""The bytes between engine and application."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallychain.engine.cometbft.framing import Frames, FramingBroken, framed, length

MESSAGES = st.lists(st.binary(max_size=400), max_size=8)


def received(stream: bytes, cuts: list[int], largest: int = 1 << 20) -> tuple[list[bytes], Frames]:
    """What comes out where the stream arrives cut at these places."""
    frames = Frames(largest)
    out: list[bytes] = []
    places = sorted({cut % (len(stream) + 1) for cut in cuts} | {0, len(stream)})
    for start, end in pairwise(places):
        frames.feed(stream[start:end])
        out += frames.messages()
    return out, frames


@given(MESSAGES, st.lists(st.integers(0, 4000), max_size=12))
def test_messages_come_out_whole_however_the_stream_is_cut(messages: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(framed(message) for message in messages)
    out, frames = received(stream, cuts)
    assert out == messages
    assert not frames.incomplete


@given(st.binary(max_size=300), st.lists(st.integers(0, 400), max_size=6))
def test_any_bytes_at_all_give_messages_or_one_clear_end(stream: bytes, cuts: list[int]) -> None:
    try:
        out, frames = received(stream, cuts, largest=200)
    except FramingBroken:
        return
    assert sum(len(message) for message in out) <= len(stream)
    assert all(len(message) <= 200 for message in out)
    assert frames.incomplete or sum(len(framed(message)) for message in out) <= len(stream)


@given(st.integers(0, 2**35 - 1))
def test_a_length_is_written_as_an_unsigned_varint(size: int) -> None:
    written = length(size)
    assert sum((byte & 0x7F) << (7 * place) for place, byte in enumerate(written)) == size
    assert all(byte & 0x80 for byte in written[:-1])
    assert not written[-1] & 0x80


def test_known_lengths_have_the_bytes_of_the_engine() -> None:
    assert [length(size).hex() for size in (0, 1, 127, 128, 300, 1 << 20)] == [
        "00",
        "01",
        "7f",
        "8001",
        "ac02",
        "808040",
    ]


def test_a_message_beyond_the_bound_is_refused_before_it_is_read() -> None:
    frames = Frames(1000)
    frames.feed(length(1001))
    with pytest.raises(FramingBroken, match="a message of 1001 bytes was announced; the bound is 1000"):
        list(frames.messages())


def test_a_length_without_end_is_refused() -> None:
    frames = Frames()
    frames.feed(b"\x80" * 5)
    with pytest.raises(FramingBroken, match="more than 5 bytes"):
        list(frames.messages())


def test_messages_before_a_broken_one_still_come_out() -> None:
    frames = Frames(10)
    frames.feed(framed(b"first") + length(99))
    out = frames.messages()
    assert next(out) == b"first"
    with pytest.raises(FramingBroken):
        next(out)
