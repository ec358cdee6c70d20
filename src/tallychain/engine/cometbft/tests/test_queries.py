"""Rows with proofs that the engine's light client checks, and which peers are let in."""

from pathlib import Path

import pytest

from tallychain.engine.cometbft import proofs
from tallychain.engine.cometbft.calls import ProofOp, Queried
from tallychain.engine.cometbft.tests.driving import FOUNDERS, alliance, document, node_of, opened
from tallychain.engine.cometbft.tests.envelopes import envelope
from tallychain.engine.tests import toy
from tallychain.ledger.merkle import read_uvarint
from tallychain.ledger.tests.plain_tree import run_value_operator
from tallychain.ledger.types import MemberName

KEY = toy.COUNTERS.key("c")
PATH = proofs.path_of(KEY, 8)


def fields_of(message: bytes) -> list[tuple[int, bytes | int]]:
    """A protobuf message as numbers and values; written apart from the code that is tried."""
    found: list[tuple[int, bytes | int]] = []
    start = 0
    while start < len(message):
        tag, start = read_uvarint(message, start)
        number, start = read_uvarint(message, start)
        if tag & 7 == 2:
            found.append((tag >> 3, message[start : start + number]))
            start += number
        else:
            found.append((tag >> 3, number))
    return found


def root_by(value: bytes, operators: tuple[ProofOp, ...], path: str) -> bytes:
    """The root to which the operators lead, run as the engine's `ProofOperators.Verify` runs them."""
    assert [op.type for op in operators] == ["simple:v", "simple:v"]
    names = [KEY, path.split("/")[2].encode()]
    for op, name in zip(operators, names, strict=True):
        assert op.key == name
        (_, key), (_, proof) = fields_of(op.data)
        assert key == name
        assert isinstance(proof, bytes)
        content = fields_of(proof)
        numbers = {number: found for number, found in content if isinstance(found, int)}
        aunts = [found for number, found in content if number == 4 and isinstance(found, bytes)]
        led = run_value_operator(op.key, value, numbers.get(2, 0), numbers[1], aunts)
        assert led is not None
        value = led
    return value


def test_a_row_is_proved_by_two_operators_against_the_hash_in_the_next_header(tmp_path: Path) -> None:
    with alliance(tmp_path, 1) as nodes:
        application = nodes.nodes[0].application
        totals = {}
        for number in range(1, 12):
            empty = number % 3 == 0
            nodes.block(*([] if empty else [envelope(number, now_ms=nodes.time_ms)]))
            totals[number] = application.store.get(KEY)
            for height in (0, number - 1, number - 2):
                if number < 3:
                    continue
                found = application.query(PATH, KEY, height, prove=True)
                assert (found.code, found.height) == (0, height or number - 1)
                assert found.value == totals[found.height]
                assert root_by(found.value, found.proof, PATH) == nodes.answers[found.height - 1].app_hash
                with pytest.raises(AssertionError):
                    assert root_by(b"{}", found.proof, PATH) == nodes.answers[found.height - 1].app_hash
        assert application.app_hash == application.state.tree.root


def test_a_row_without_proof_is_that_of_the_last_block(tmp_path: Path) -> None:
    with alliance(tmp_path, 1) as nodes:
        application = nodes.nodes[0].application
        for number in range(1, 4):
            nodes.block(envelope(number, now_ms=nodes.time_ms))
        now = application.query(PATH, KEY, 0, prove=False)
        assert (now.code, now.height, now.value, now.proof) == (0, 3, application.store.get(KEY), ())
        before = application.query(PATH, KEY, 2, prove=False)
        assert (before.height, before.proof) == (2, ())
        assert before.value != now.value


def test_what_cannot_be_answered_is_said_and_stops_nothing(tmp_path: Path) -> None:
    with alliance(tmp_path, 1) as nodes:
        application = nodes.nodes[0].application

        def asked(path: str, key: bytes = KEY, height: int = 0) -> Queried:
            return application.query(path, key, height, prove=True)

        assert "NO_HEADER_YET" in asked(PATH).log
        for number in range(1, 5):
            nodes.block(envelope(number, now_ms=nodes.time_ms))
        assert asked("/store/00000/key").code == 3
        assert PATH in asked("/store/00000/key").log
        for path in (
            "",
            "/",
            "/store/zz/key",
            "/store//key",
            "/p2p/other",
            "/store/00000/key/",
            "/app/version",
        ):
            assert asked(path).code == 2
        nobody = toy.COUNTERS.key("nobody")
        absent = asked(proofs.path_of(nobody, 8), nobody)
        assert (absent.code, absent.log, absent.value) == (1, "There is no such row.", b"")
        assert "HEIGHT_NOT_KEPT" in asked(PATH, height=1).log
        assert "NO_HEADER_YET" in asked(PATH, height=4).log
        assert "NO_HEADER_YET" in asked(PATH, height=400).log
        assert asked(PATH, height=-3).code == 0
        assert not application.stopped


def test_a_restarted_node_proves_one_block_back_at_once_and_two_with_its_next_block(tmp_path: Path) -> None:
    text = document()
    with alliance(tmp_path / "a", 1, text=text) as nodes:
        for number in range(1, 5):
            nodes.block(envelope(number, now_ms=nodes.time_ms))
        hashes = [answer.app_hash for answer in nodes.answers]
    again = opened(tmp_path / "a" / "n0")
    found = again.query(PATH, KEY, 0, prove=True)
    assert root_by(found.value, found.proof, PATH) == hashes[2]
    assert "HEIGHT_NOT_KEPT" in again.query(PATH, KEY, 2, prove=True).log
    again.close()


def test_only_nodes_of_the_alliance_are_let_in(tmp_path: Path) -> None:
    application = opened(tmp_path, document())
    for member in FOUNDERS:
        assert application.may_connect(node_of(member))
        assert application.query(f"/p2p/filter/id/{node_of(member)}", b"", 0, prove=False).code == 0
    for stranger in (
        "",
        "0" * 40,
        node_of("bank-a").upper(),
        node_of("bank-a") + "\n",
        "../" + node_of("bank-a"),
    ):
        assert not application.may_connect(stranger)
        assert application.query(f"/p2p/filter/id/{stranger}", b"", 0, prove=False).code == 1
    assert application.query("/p2p/filter/addr/127.0.0.1:26656", b"", 0, prove=False).code == 0
    application.close()


def test_a_member_name_is_no_node(tmp_path: Path) -> None:
    application = opened(tmp_path, document())
    name: MemberName = "bank-a"
    assert not application.may_connect(name)
    application.close()
