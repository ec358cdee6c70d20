import hashlib
import random
from collections.abc import Mapping

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tallychain.ledger.merkle import EMPTY_ROOT, Path
from tallychain.ledger.tests.plain_tree import (
    plain_bucket_number,
    plain_bucket_root,
    run_value_operator,
)
from tallychain.ledger.tree import (
    AbsenceProof,
    BucketRow,
    BucketTree,
    InclusionProof,
    StateProof,
    bucket_name,
    bucket_of,
    verify_absence,
    verify_inclusion,
)

State = dict[bytes, bytes]

DEPTH = 3
depths = st.integers(1, 6)
keys = (
    st.binary(max_size=60)
    | st.binary(min_size=126, max_size=300)
    | st.integers(0, 20).map(lambda n: b"key-%d" % n)
)
states = st.dictionaries(keys, st.binary(max_size=40), max_size=60)

STATE = {b"holding/%d" % n: b"value %d" % n for n in range(60)}


def left_after(contents: State, changes: Mapping[bytes, bytes | None]) -> State:
    merged = {**contents, **changes}
    return {key: value for key, value in merged.items() if value is not None}


@given(depths, states)
def test_the_root_equals_that_of_the_plain_definition(depth: int, state: State) -> None:
    assert BucketTree(depth, state.items()).root == plain_bucket_root(depth, state)


@given(depths, states, st.randoms(use_true_random=False))
def test_the_order_of_building_does_not_matter(depth: int, state: State, shuffler: random.Random) -> None:
    rows = list(state.items())
    shuffler.shuffle(rows)
    assert BucketTree(depth, rows).root == BucketTree(depth, state.items()).root


@given(
    depths,
    states,
    st.lists(st.dictionaries(keys, st.none() | st.binary(max_size=40), max_size=20), max_size=6),
)
def test_after_any_history_the_root_is_that_of_the_contents(
    depth: int, state: State, history: list[dict[bytes, bytes | None]]
) -> None:
    tree, contents = BucketTree(depth, state.items()), dict(state)
    for changes in history:
        root = tree.update(changes)
        contents = left_after(contents, changes)
        assert root == tree.root == plain_bucket_root(depth, contents)


@given(states, st.randoms(use_true_random=False), st.integers(1, 10))
def test_how_changes_are_cut_into_batches_does_not_matter(
    state: State, shuffler: random.Random, size: int
) -> None:
    rows = list(state.items())
    shuffler.shuffle(rows)
    tree = BucketTree(DEPTH)
    for start in range(0, len(rows), size):
        tree.update(dict(rows[start : start + size]))
    assert tree.root == BucketTree(DEPTH, state.items()).root


@given(states, states)
def test_keys_put_and_removed_again_leave_no_trace(state: State, passing: State) -> None:
    tree = BucketTree(DEPTH, state.items())
    before = tree.root
    visitors = {key: value for key, value in passing.items() if key not in state}
    tree.update(visitors)
    assert (tree.root == before) == (not visitors)
    tree.update(dict.fromkeys(visitors))
    assert tree.root == before


def test_no_changes_and_the_removal_of_nothing_leave_the_root() -> None:
    tree = BucketTree(DEPTH, STATE.items())
    before = tree.root
    assert tree.update({}) == before
    assert tree.update({b"not there": None}) == before
    assert tree.update({b"holding/1": STATE[b"holding/1"]}) == before


def test_the_root_of_a_known_state_never_changes() -> None:
    assert BucketTree(1).root.hex() == "f88d5377a3611691f6d02db9f652deeee31cfa9dfbe816eb076fee4d666c5f06"
    assert BucketTree(12).root.hex() == "d8e07d4a2d95902ed076afb54e49e15d9ad7082f127c1210344259ea0ddbb4ac"
    assert (
        BucketTree(12, STATE.items()).root.hex()
        == "265d69f8bacd11c26864fcf809dc9bda1a6ae2f6e9cb8fb2a117f7884d8cfb96"
    )


@given(depths, states, keys)
def test_every_key_is_proved_present_or_absent_and_never_both(depth: int, state: State, key: bytes) -> None:
    tree = BucketTree(depth, state.items())
    for asked in [*state, key]:
        proof = tree.prove(asked)
        assert isinstance(proof, InclusionProof) == (asked in state)
        assert verify_absence(tree.root, depth, asked, proof) == (asked not in state)
        value = state.get(asked, b"")
        assert verify_inclusion(tree.root, depth, asked, value, proof) == (asked in state)
        assert not verify_inclusion(tree.root, depth, asked, value + b"!", proof)


@given(depths, states.filter(bool))
def test_two_value_operators_of_the_engine_lead_from_a_pair_to_the_root(depth: int, state: State) -> None:
    tree = BucketTree(depth, state.items())
    for key, value in state.items():
        proof = inclusion(tree, key)
        lower = run_value_operator(key, value, *plain(proof.lower))
        assert lower is not None
        name = f"{plain_bucket_number(depth, key):05x}".encode()
        assert run_value_operator(name, lower, *plain(proof.upper)) == tree.root


def inclusion(tree: BucketTree, key: bytes) -> InclusionProof:
    proof = tree.prove(key)
    assert isinstance(proof, InclusionProof)
    return proof


def absence(tree: BucketTree, key: bytes) -> AbsenceProof:
    proof = tree.prove(key)
    assert isinstance(proof, AbsenceProof)
    return proof


def plain(path: Path) -> tuple[int, int, list[bytes]]:
    return path.index, path.total, [bytes.fromhex(aunt) for aunt in path.aunts]


@given(keys, st.integers(1, 24))
def test_the_bucket_is_the_first_bits_of_the_keys_digest(key: bytes, depth: int) -> None:
    assert bucket_of(key, depth) == plain_bucket_number(depth, key)


@pytest.mark.parametrize("depth", [18, 20, 21, 24])
def test_bucket_names_are_hex_of_one_width_so_that_their_order_is_that_of_numbers(depth: int) -> None:
    last = 2**depth - 1
    assert bucket_name(0, depth) == b"0" * (5 if depth <= 20 else 6)
    assert len(bucket_name(0, depth)) == len(bucket_name(last, depth))
    assert int(bucket_name(last, depth), 16) == last
    assert bucket_name(last, depth) == bucket_name(last, depth).lower()


@pytest.mark.parametrize("depth", [0, 25, -1])
def test_a_depth_out_of_range_is_refused(depth: int) -> None:
    with pytest.raises(ValueError, match=f"a tree has a depth from 1 to 24, not {depth}"):
        BucketTree(depth)


def test_a_key_given_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="the key 6161 comes twice"):
        BucketTree(DEPTH, [(b"aa", b"1"), (b"b", b"2"), (b"aa", b"1")])


def test_the_tree_knows_its_depth() -> None:
    assert BucketTree(DEPTH).depth == DEPTH


def crowded_tree() -> tuple[BucketTree, bytes, bytes]:
    tree = BucketTree(DEPTH, STATE.items())
    present = b"holding/7"
    absent = next(
        b"gone/%d" % n for n in range(99) if bucket_of(b"gone/%d" % n, DEPTH) == bucket_of(present, DEPTH)
    )
    return tree, present, absent


def test_a_proof_for_one_key_does_not_serve_for_another() -> None:
    tree, present, absent = crowded_tree()
    other = b"holding/8"
    inclusion, absence = tree.prove(present), tree.prove(absent)
    assert not verify_inclusion(tree.root, DEPTH, other, STATE[other], inclusion)
    assert not verify_absence(tree.root, DEPTH, present, absence)
    elsewhere = next(
        b"gone/%d" % n for n in range(99) if bucket_of(b"gone/%d" % n, DEPTH) != bucket_of(absent, DEPTH)
    )
    assert not verify_absence(tree.root, DEPTH, elsewhere, absence)


def test_a_proof_does_not_serve_under_another_root_or_depth() -> None:
    tree, present, absent = crowded_tree()
    inclusion, absence = tree.prove(present), tree.prove(absent)
    for root, depth in ((EMPTY_ROOT, DEPTH), (tree.root, DEPTH + 1), (tree.root, 0), (tree.root, 25)):
        assert not verify_inclusion(root, depth, present, STATE[present], inclusion)
        assert not verify_absence(root, depth, absent, absence)


def test_a_proof_of_the_wrong_kind_proves_nothing() -> None:
    tree, present, absent = crowded_tree()
    assert not verify_absence(tree.root, DEPTH, present, tree.prove(present))
    assert not verify_inclusion(tree.root, DEPTH, absent, b"", tree.prove(absent))


def test_a_bucket_shown_with_a_pair_left_out_added_or_moved_proves_no_absence() -> None:
    tree, present, absent = crowded_tree()
    proof = absence(tree, absent)
    rows = proof.rows
    assert verify_absence(tree.root, DEPTH, absent, proof)
    hidden = tuple(row for row in rows if row.key != present.hex())
    assert len(hidden) == len(rows) - 1
    assert not verify_absence(tree.root, DEPTH, present, AbsenceProof(hidden, proof.upper))
    spoilt = [
        rows[1:],
        rows[:-1],
        (*rows, rows[-1]),
        tuple(reversed(rows)),
        (BucketRow(rows[0].key, rows[1].value_hash), *rows[1:]),
        (BucketRow(rows[0].key.upper() + "0", rows[0].value_hash), *rows[1:]),
        (BucketRow(rows[0].key, rows[0].value_hash.upper()), *rows[1:]),
        (BucketRow(rows[0].key, rows[0].value_hash[2:]), *rows[1:]),
    ]
    for changed in spoilt:
        assert not verify_absence(tree.root, DEPTH, absent, AbsenceProof(changed, proof.upper))


def test_one_changed_part_of_a_path_proves_nothing() -> None:
    tree, present, _ = crowded_tree()
    proof = inclusion(tree, present)

    def holds(lower: Path, upper: Path) -> bool:
        return verify_inclusion(tree.root, DEPTH, present, STATE[present], InclusionProof(lower, upper))

    assert holds(proof.lower, proof.upper)
    for path, put in ((proof.lower, 0), (proof.upper, 1)):
        changes = [
            Path(path.index ^ 1, path.total, path.aunts),
            Path(path.index, path.total + 1, path.aunts),
            Path(path.index, path.total, path.aunts[1:]),
            Path(path.index, path.total, (*path.aunts[1:], path.aunts[0])),
            Path(path.index, path.total, (hashlib.sha256().hexdigest(), *path.aunts[1:])),
            Path(path.index, path.total, (path.aunts[0].upper() + " ", *path.aunts[1:])),
        ]
        for changed in changes:
            assert not (holds(changed, proof.upper) if put == 0 else holds(proof.lower, changed))


def test_proofs_are_canonical_json_and_read_back_as_what_they_are() -> None:
    tree, present, absent = crowded_tree()
    for key in (present, absent):
        proof = tree.prove(key)
        text = msgspec.json.encode(proof)
        assert msgspec.json.decode(text, type=StateProof, strict=True) == proof
        assert msgspec.json.encode(msgspec.json.decode(text, type=StateProof)) == text
    assert msgspec.json.encode(tree.prove(present)).startswith(b'{"kind":"inclusion","lower":{"index":')
    assert msgspec.json.encode(BucketTree(1).prove(b"x")).startswith(
        b'{"kind":"absence","rows":[],"upper":{"index":'
    )


def test_a_thousand_random_blocks_end_at_the_root_of_what_is_left() -> None:
    draw = random.Random(20)
    tree = BucketTree(8)
    contents: dict[bytes, bytes] = {}
    for _ in range(1000):
        changes: dict[bytes, bytes | None] = {
            b"k%d" % draw.randrange(400): draw.choice([None, draw.randbytes(9)]) for _ in range(20)
        }
        tree.update(changes)
        contents = left_after(contents, changes)
    assert tree.root == plain_bucket_root(8, contents)


@given(
    depths, states, st.lists(st.dictionaries(keys, st.none() | st.binary(max_size=9), max_size=9), max_size=4)
)
def test_pending_changes_leave_the_tree_as_it_is_and_ways_back_prove_what_was(
    depth: int, state: State, history: list[dict[bytes, bytes | None]]
) -> None:
    tree, contents = BucketTree(depth, state.items()), dict(state)
    past, back = [(tree.root, contents)], []
    for changes in history:
        pending, rival = tree.pending(changes), tree.pending({b"rival": b"row"})
        contents = left_after(contents, changes)
        assert tree.root == past[-1][0] != rival.root or b"rival" in state
        assert pending.root == plain_bucket_root(depth, contents)
        back.append(tree.standing(pending))
        tree.adopt(pending)
        assert (tree.root, back[-1].root) == (pending.root, past[-1][0])
        past.append((tree.root, contents))

    for steps, (root, rows) in enumerate(reversed(past)):
        over = back[len(back) - steps :]
        for key in sorted({*state, *rows, b"nobody"})[:8]:
            proof = tree.prove(key, *over)
            if key in rows:
                assert verify_inclusion(root, depth, key, rows[key], proof)
            else:
                assert verify_absence(root, depth, key, proof)
    for way in reversed(back):
        tree.adopt(way)
    assert tree.root == plain_bucket_root(depth, state)


class TreeBesideItsModel(RuleBasedStateMachine):
    """Blocks of changes on a tree and a dictionary side by side."""

    def __init__(self) -> None:
        super().__init__()
        self.tree = BucketTree(2)
        self.model: State = {}

    @rule(key=keys, value=st.binary(max_size=8))
    def put(self, key: bytes, value: bytes) -> None:
        self.tree.update({key: value})
        self.model[key] = value

    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        if self.model:
            key = data.draw(st.sampled_from(sorted(self.model)))
            self.tree.update({key: None})
            del self.model[key]

    @rule()
    def rebuild(self) -> None:
        self.tree = BucketTree(2, self.model.items())

    @invariant()
    def roots_are_equal(self) -> None:
        assert self.tree.root == plain_bucket_root(2, self.model)


TreeBesideItsModel.TestCase.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)
test_a_tree_stays_beside_its_model = TreeBesideItsModel.TestCase
