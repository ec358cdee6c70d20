"""The engine's bytes, as its own code writes, hashes and signs them, and whatever it would not have written."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallychain.sdk.tests.quorum import Alliance, key_of, set_of
from tallychain.sdk.verify import headers
from tallychain.sdk.verify.basics import Broken
from tallychain.sdk.verify.headers import (
    FOR_NIL,
    MAX_VALIDATORS,
    BlockId,
    Commit,
    CommitRow,
    Header,
    Stamp,
    Validators,
)
from tallychain.sdk.verify.wire import put_bytes, put_number, uvarint

STORED: dict[str, Any] = json.loads((Path(__file__).parent / "engine_vectors.json").read_text())
BLOCKS: list[dict[str, Any]] = STORED["blocks"]
EACH_BLOCK = pytest.mark.parametrize("block", BLOCKS, ids=lambda block: str(block["height"]))


def unhex(block: dict[str, Any], name: str) -> bytes:
    return bytes.fromhex(block[name])


@EACH_BLOCK
def test_a_header_of_the_engine_is_read_and_hashed_as_the_engine_does(block: dict[str, Any]) -> None:
    header = headers.decode_header(unhex(block, "header"))
    assert (header.chain, header.height) == (STORED["chain"], block["height"])
    assert headers.header_hash(header).hex() == block["hash"]
    assert headers.encode_header(header) == unhex(block, "header")
    transactions = [bytes.fromhex(item) for item in block["transactions"]]
    assert headers.data_hash(transactions) == header.data_hash


@EACH_BLOCK
def test_the_votes_of_the_engine_are_read_and_their_signed_bytes_are_the_same(block: dict[str, Any]) -> None:
    commit = headers.decode_commit(unhex(block, "commit"))
    assert headers.commit_hash(commit).hex() == block["commit_hash"]
    assert commit.block.hash.hex() == block["hash"]
    made = {
        place: headers.sign_bytes(STORED["chain"], commit, row).hex()
        for place, row in enumerate(commit.rows)
        if row.flag != headers.ABSENT
    }
    assert made == {vote["row"]: vote["sign_bytes"] for vote in block["votes"]}
    for_none = commit.rows[0]._replace(flag=FOR_NIL)
    assert headers.sign_bytes(STORED["chain"], commit, for_none).hex() == block["vote_for_none"]


@EACH_BLOCK
def test_a_set_of_the_engine_is_read_and_hashed_as_the_engine_does(block: dict[str, Any]) -> None:
    validators = headers.decode_validators(unhex(block, "validators"))
    assert validators.hash.hex() == block["set_hash"]
    assert headers.decode_header(unhex(block, "header")).validators_hash == validators.hash
    assert headers.decode_validators(headers.encode_validators(validators)).rows == validators.rows


@EACH_BLOCK
def test_each_header_names_the_one_before_and_often_the_very_votes(block: dict[str, Any]) -> None:
    height = block["height"]
    if height > 1:
        header = headers.decode_header(unhex(block, "header"))
        assert header.last_block.hash.hex() == BLOCKS[height - 2]["hash"]
        assert header.last_commit_hash.hex() == BLOCKS[height - 2]["commit_hash"]


DECODERS = {
    "header": headers.decode_header,
    "commit": headers.decode_commit,
    "validators": headers.decode_validators,
}


def code(name: str, data: bytes) -> str:
    try:
        DECODERS[name](data)
    except Broken as broken:
        return broken.code
    return ""


@pytest.mark.parametrize("name", sorted(DECODERS))
@given(data=st.data())
def test_what_is_cut_off_or_longer_is_refused(name: str, data: st.DataObject) -> None:
    good = unhex(data.draw(st.sampled_from(BLOCKS)), name)
    cut = data.draw(st.integers(0, len(good) - 1))
    assert code(name, good + data.draw(st.binary(min_size=1, max_size=8))) == "MALFORMED"
    if name == "header":
        assert code(name, good[:cut]) == "MALFORMED"
    else:
        code(name, good[:cut])


@pytest.mark.parametrize("name", sorted(DECODERS))
@given(data=st.binary(max_size=300))
def test_random_bytes_are_refused_and_never_raise_anything_else(name: str, data: bytes) -> None:
    assert code(name, data) == "MALFORMED"


@pytest.mark.parametrize("name", sorted(DECODERS))
@given(data=st.data())
def test_a_changed_byte_is_refused_or_means_something_else(name: str, data: st.DataObject) -> None:
    """No two texts mean the same, so whoever signs one has not signed another."""
    good = bytearray(unhex(data.draw(st.sampled_from(BLOCKS)), name))
    before = bytes(good)
    good[data.draw(st.integers(0, len(good) - 1))] ^= data.draw(st.integers(1, 255))
    if code(name, bytes(good)) == "" and name != "validators":
        assert DECODERS[name](bytes(good)) != DECODERS[name](before)


@pytest.mark.parametrize("name", sorted(DECODERS))
def test_what_is_too_large_is_not_read(name: str) -> None:
    assert code(name, b"\x0a" * (headers.HEADER_BYTES + 161 * MAX_VALIDATORS)) == "MALFORMED"


def test_a_number_written_longer_than_needed_is_refused() -> None:
    good = unhex(BLOCKS[4], "header")
    at = good.index(b"\x18\x05")
    assert code("header", good[: at + 1] + b"\x85\x00" + good[at + 2 :]) == "MALFORMED"


def test_fields_out_of_order_are_refused() -> None:
    validators = set_of({"a": 1})
    row = validators.rows[0]
    key = put_bytes(2, put_bytes(1, row.raw))
    good = put_bytes(1, row.address) + key + put_number(3, 1)
    assert code("validators", put_bytes(1, good)) == ""
    assert code("validators", put_bytes(1, key + put_bytes(1, row.address) + put_number(3, 1))) == "MALFORMED"


def test_a_set_with_a_foreign_address_is_refused() -> None:
    first, second = set_of({"a": 1, "b": 1}).rows
    data = put_bytes(
        1, put_bytes(1, second.address) + put_bytes(2, put_bytes(1, first.raw)) + put_number(3, 1)
    )
    assert code("validators", data) == "MALFORMED"


def test_a_set_in_another_order_is_refused() -> None:
    rows = [put_bytes(1, raw) for raw in _rows(headers.encode_validators(set_of({"a": 1, "b": 2})))]
    assert code("validators", b"".join(rows)) == ""
    assert code("validators", b"".join(rows[::-1])) == "MALFORMED"


def _rows(data: bytes) -> list[bytes]:
    made = []
    while data:
        made.append(data[2 : 2 + data[1]])
        data = data[2 + data[1] :]
    return made


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [(key_of("a").public, 1), (key_of("a").public, 2)],
        [(key_of("a").public, 0)],
        [(key_of("a").public, -5)],
        [(key_of("a").public, 2**62)],
        [(key_of("a").public, 2**60 - 1), (key_of("b").public, 2)],
        [("p256:" + "02" * 33, 1)],
        [("ed25519:" + "0G" * 32, 1)],
        [("ed25519:00", 1)],
        [(f"ed25519:{number:064x}", 1) for number in range(MAX_VALIDATORS + 1)],
    ],
    ids=[
        "none",
        "twice",
        "zero",
        "negative",
        "too-much",
        "too-much-in-all",
        "p256",
        "no-hex",
        "short",
        "many",
    ],
)
def test_a_set_that_no_engine_would_have_is_refused(rows: list[tuple[str, int]]) -> None:
    with pytest.raises(Broken) as caught:
        Validators(rows)
    assert caught.value.code == "MALFORMED"


def changed(commit: Commit, row: CommitRow) -> Commit:
    return commit._replace(rows=(row, *commit.rows[1:]))


@pytest.mark.parametrize(
    "row",
    [
        CommitRow(0),
        CommitRow(4, bytes(20), Stamp(1), bytes(64)),
        CommitRow(1, bytes(20)),
        CommitRow(1, b"", Stamp(1)),
        CommitRow(1, b"", Stamp(), bytes(64)),
        CommitRow(2, bytes(19), Stamp(1), bytes(64)),
        CommitRow(2, bytes(20), Stamp(1), bytes(63)),
        CommitRow(2, bytes(20), Stamp(1, 10**9), bytes(64)),
        CommitRow(2, bytes(20), Stamp(-(2**60)), bytes(64)),
    ],
    ids=repr,
)
def test_a_row_that_no_engine_would_write_is_refused(row: CommitRow) -> None:
    commit = Alliance("trial-1", {"a": 1, "b": 1}).grow().commit
    assert code("commit", headers.encode_commit(changed(commit, row))) == "MALFORMED"


def headers_() -> st.SearchStrategy[Header]:
    digests = st.just(b"") | st.binary(min_size=32, max_size=32)
    blocks = st.builds(BlockId, digests, st.integers(0, 2**32 - 1), digests)
    stamps = st.builds(Stamp, st.integers(-62_135_596_800, 2**40), st.integers(0, 10**9 - 1))
    return st.builds(
        Header,
        st.tuples(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1)),
        st.text(max_size=50),
        st.integers(1, 2**53),
        stamps,
        blocks,
        digests,
        digests,
        st.binary(min_size=32, max_size=32),
        st.binary(min_size=32, max_size=32),
        digests,
        digests,
        digests,
        digests,
        st.binary(min_size=20, max_size=20),
    )


@given(headers_())
def test_every_header_is_read_back_as_it_was_written(header: Header) -> None:
    assert headers.decode_header(headers.encode_header(header)) == header


@given(headers_(), headers_())
def test_two_headers_never_share_a_hash(one: Header, other: Header) -> None:
    assert (headers.header_hash(one) == headers.header_hash(other)) == (one == other)


@given(st.integers(-(2**63), 2**63 - 1))
def test_numbers_are_written_as_protobuf_writes_them(number: int) -> None:
    made = uvarint(number)
    assert int.from_bytes(bytes([made[-1]])) < 0x80
    assert sum((byte & 0x7F) << 7 * place for place, byte in enumerate(made)) == number % 2**64
