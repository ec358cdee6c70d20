import hashlib
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallychain.ledger import merkle
from tallychain.ledger.merkle import Path
from tallychain.ledger.tests.plain_tree import hash_from_aunts, plain_path, plain_root

# Leaves and roots of the reference tests of Certificate Transparency (RFC 6962).
RFC_LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
RFC_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]

Case = tuple[list[bytes], int]

items_and_index = st.lists(st.binary(max_size=40), min_size=1, max_size=70).flatmap(
    lambda items: st.tuples(st.just(items), st.integers(0, len(items) - 1))
)


@pytest.mark.parametrize("count", range(9))
def test_roots_equal_those_of_the_reference_tests_of_rfc_6962(count: int) -> None:
    assert merkle.root(RFC_LEAVES[:count]).hex() == RFC_ROOTS[count]


def test_leaf_and_inner_digests_equal_the_engines_vectors() -> None:
    assert (
        merkle.leaf_hash(b"L123456").hex()
        == "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56"
    )
    assert (
        merkle.inner_hash(b"N123", b"N456").hex()
        == "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb"
    )


@given(items_and_index)
def test_a_root_and_its_paths_equal_those_of_the_plain_definition(case: Case) -> None:
    items, index = case
    path = merkle.prove(items, index)
    assert merkle.root(items) == plain_root(items)
    assert (path.index, path.total) == (index, len(items))
    assert [bytes.fromhex(aunt) for aunt in path.aunts] == plain_path(items, index)


@given(items_and_index)
def test_every_item_verifies_at_its_own_place(case: Case) -> None:
    items, index = case
    assert merkle.verify(merkle.root(items), items[index], merkle.prove(items, index))


@given(items_and_index, st.integers(-1, 80), st.integers(-1, 80), st.integers(0, 8))
def test_a_path_with_other_numbers_is_judged_as_the_engine_judges_it(
    case: Case, index: int, total: int, aunt_count: int
) -> None:
    items, honest_index = case
    honest = merkle.prove(items, honest_index)
    changed = Path(index, total, (honest.aunts + ("00" * 32,) * 8)[:aunt_count])
    expected = hash_from_aunts(
        index, total, merkle.leaf_hash(items[honest_index]), [bytes.fromhex(aunt) for aunt in changed.aunts]
    )
    assert merkle.climb(merkle.leaf_hash(items[honest_index]), changed) == expected


@given(items_and_index, st.binary(max_size=40))
def test_another_item_does_not_verify(case: Case, other: bytes) -> None:
    items, index = case
    path = merkle.prove(items, index)
    assert merkle.verify(merkle.root(items), other, path) == (other == items[index])


@pytest.mark.parametrize(("index", "total"), [(-1, 4), (4, 4), (0, 0), (0, -1), (2**62, 2**62 + 1)])
def test_a_path_outside_its_bounds_does_not_verify(index: int, total: int) -> None:
    path = merkle.prove(RFC_LEAVES[:4], 0)
    assert not merkle.verify(merkle.root(RFC_LEAVES[:4]), RFC_LEAVES[0], Path(index, total, path.aunts))


def test_a_path_with_an_aunt_too_many_or_too_few_does_not_verify() -> None:
    root, path = merkle.root(RFC_LEAVES), merkle.prove(RFC_LEAVES, 3)
    assert merkle.verify(root, RFC_LEAVES[3], path)
    assert not merkle.verify(root, RFC_LEAVES[3], Path(3, 8, path.aunts[:-1]))
    assert not merkle.verify(root, RFC_LEAVES[3], Path(3, 8, (*path.aunts, path.aunts[0])))


@pytest.mark.parametrize("position", range(3))
def test_one_changed_aunt_does_not_verify(position: int) -> None:
    root, path = merkle.root(RFC_LEAVES), merkle.prove(RFC_LEAVES, 3)
    aunts = list(path.aunts)
    aunts[position] = hashlib.sha256(aunts[position].encode()).hexdigest()
    assert not merkle.verify(root, RFC_LEAVES[3], Path(3, 8, tuple(aunts)))


@pytest.mark.parametrize(
    "spoil",
    [str.upper, lambda aunt: aunt + "\n", lambda aunt: aunt[:-2], lambda aunt: "zz" + aunt[2:], lambda _: ""],
)
def test_an_aunt_in_any_other_spelling_does_not_verify(spoil: Callable[[str], str]) -> None:
    items = [b"left", b"right"]
    path = merkle.prove(items, 0)
    assert not merkle.verify(merkle.root(items), b"left", Path(0, 2, (spoil(path.aunts[0]),)))


def test_an_inner_node_cannot_be_passed_off_as_an_item() -> None:
    items = [b"a", b"b", b"c", b"d"]
    children = merkle.leaf_hash(b"a") + merkle.leaf_hash(b"b")
    forged = Path(0, 2, (merkle.inner_hash(merkle.leaf_hash(b"c"), merkle.leaf_hash(b"d")).hex(),))
    assert not merkle.verify(merkle.root(items), children, forged)


@pytest.mark.parametrize("index", [-1, 3])
def test_there_is_no_path_for_an_item_that_is_not_there(index: int) -> None:
    with pytest.raises(ValueError, match=f"there is no leaf {index} among 3"):
        merkle.prove([b"a", b"b", b"c"], index)


def test_a_path_encodes_as_canonical_json_and_back() -> None:
    path = merkle.prove([b"a", b"b"], 1)
    text = msgspec.json.encode(path)
    assert text == b'{"index":1,"total":2,"aunts":["%s"]}' % merkle.leaf_hash(b"a").hex().encode()
    assert msgspec.json.decode(text, type=Path) == path


@pytest.mark.parametrize(
    ("code", "data", "expected"),
    [
        (0, b"", ""),
        (1, b"", "0801"),
        (0, b"\xaa\xbb", "1202aabb"),
        (300, b"x" * 200, "08ac02" + "12c801" + "78" * 200),
        (2**32 - 1, b"", "08ffffffff0f"),
    ],
)
def test_a_result_is_written_as_protobuf_writes_it(code: int, data: bytes, expected: str) -> None:
    assert merkle.execution_result(code, data).hex() == expected


@pytest.mark.parametrize("code", [-1, 2**32])
def test_a_result_code_beyond_32_bits_is_refused(code: int) -> None:
    with pytest.raises(ValueError, match=f"the result code {code} is not an unsigned 32-bit number"):
        merkle.execution_result(code, b"")


def test_the_results_root_is_the_root_over_the_results_in_order() -> None:
    results = [(0, b"one"), (1, b""), (0, b"")]
    assert merkle.results_root(results) == plain_root([b"\x12\x03one", b"\x08\x01", b""])
    assert merkle.results_root([]) == hashlib.sha256(b"").digest()


def test_the_data_hash_is_the_root_over_the_digests_of_the_transactions() -> None:
    transactions = [b"first", b"second", b"third"]
    assert merkle.data_hash(transactions) == plain_root([hashlib.sha256(tx).digest() for tx in transactions])


@given(st.integers(0, 2**64), st.binary(max_size=3))
def test_a_number_written_is_the_number_read(number: int, before: bytes) -> None:
    written = before + merkle.uvarint(number)
    assert merkle.read_uvarint(written + b"\xff", len(before)) == (number, len(written))


def test_a_negative_number_is_not_written() -> None:
    with pytest.raises(ValueError, match="-1 is negative"):
        merkle.uvarint(-1)


def test_a_number_cut_off_is_not_read() -> None:
    with pytest.raises(IndexError):
        merkle.read_uvarint(b"\x80", 0)
