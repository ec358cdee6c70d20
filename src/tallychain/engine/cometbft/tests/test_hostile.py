"""Whatever bytes come, from a client, a proposer, a peer or another node: an answer, never an exception, and no trace."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tallychain.crypto.digest import sha256
from tallychain.engine.cometbft.application import Application
from tallychain.engine.cometbft.calls import Applied, Offer, Proposal, Snapshot
from tallychain.engine.cometbft.tests.driving import BLOCK_BYTES, block_of, decided, document, opened
from tallychain.engine.cometbft.tests.envelopes import envelope, with_a_false_client_signature
from tallychain.engine.tests import toy
from tallychain.ledger import machine

GOOD = envelope(1, 2)
TRIAL = document(clock="driven", outages=False)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all examples, since they must leave nothing there."""
    return tmp_path_factory.mktemp("hostile")


@contextmanager
def unharmed(path: Path, text: bytes) -> Iterator[Application]:
    """An application that must be afterwards what it was before."""
    application = opened(path, text)
    before = (application.info(), application.state.tree.root)
    try:
        yield application
        assert (application.info(), application.state.tree.root) == before
        assert not application.stopped
        assert sorted(entry.name for entry in path.iterdir()) == ["genesis.json", "store"]
    finally:
        application.close()


@st.composite
def spoilt(draw: st.DrawFn) -> bytes:
    """A good envelope with a byte changed, cut, doubled or put in."""
    data = bytearray(GOOD)
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(data) - 1))
        match draw(st.integers(0, 3)):
            case 0:
                data[place] ^= 1 << draw(st.integers(0, 7))
            case 1:
                del data[place:]
            case 2:
                data[place:place] = draw(st.binary(max_size=9))
            case _:
                data += data[place:]
        if not data:
            break
    return bytes(data)


HOSTILE = (
    st.binary(max_size=200) | spoilt() | st.binary(max_size=60).map(lambda end: b"tallychain clock " + end)
)


@pytest.mark.attack(8)
@settings(max_examples=60, deadline=None)
@given(st.lists(HOSTILE, max_size=4), st.booleans())
def test_what_check_turns_back_no_node_proposes_votes_for_or_executes(
    place: Path, txs: list[bytes], driven: bool
) -> None:
    """The same answer at all four doors, so that nobody can halt the chain with what one of them lets through."""
    with unharmed(place / ("trial" if driven else "chain"), TRIAL if driven else document()) as application:
        turned_back = [tx for tx in txs if application.check(tx).code]
        made = application.prepare(Proposal(1, toy.START_MS, (*txs, GOOD), BLOCK_BYTES))
        assert not set(turned_back) & set(made)
        assert application.process(block_of(1, toy.START_MS + 1, made))
        if turned_back:
            assert not application.process(block_of(1, toy.START_MS + 1, [*made, *turned_back]))
        answer = application.finalize(block_of(1, toy.START_MS + 1, txs))
        assert len(answer.results) == len(txs)
        for tx, result in zip(txs, answer.results, strict=True):
            assert result.code == machine.INADMISSIBLE or tx not in turned_back


@settings(max_examples=60, deadline=None)
@given(
    st.text(max_size=60)
    | st.sampled_from(["/store/", "/p2p/filter/id/", "/p2p/filter/addr/"]).flatmap(
        lambda start: st.text(max_size=50).map(lambda end: start + end)
    ),
    st.binary(max_size=60),
    st.integers(-(2**63), 2**63 - 1),
    st.booleans(),
)
def test_no_query_stops_a_node(place: Path, path: str, data: bytes, height: int, prove: bool) -> None:
    with unharmed(place / "chain", document()) as application:
        answer = application.query(path, data, height, prove=prove)
        assert answer.code or path.startswith("/p2p/filter/addr/")


@settings(max_examples=40, deadline=None)
@given(
    st.integers(-1, 2**40),
    st.integers(0, 3),
    st.integers(-1, 2**32),
    st.binary(max_size=80) | st.just(b'{"format":1,"height":1,"app_hash":"","depth":8,"rows":0,"chunks":[]}'),
    st.booleans(),
    st.binary(max_size=40),
)
def test_no_offered_snapshot_stops_a_node(
    place: Path, height: int, format_: int, chunks: int, metadata: bytes, fits: bool, app_hash: bytes
) -> None:
    with unharmed(place / "chain", document()) as application:
        named = sha256(metadata) if fits else b"?"
        offer = application.offer_snapshot(Snapshot(height, format_, chunks, named, metadata), app_hash)
        assert offer in (Offer.REJECT, Offer.REJECT_FORMAT, Offer.REJECT_SENDER)
        assert application.apply_chunk(0, metadata, "peer").result is Applied.ABORT
        assert application.load_chunk(height, format_, chunks) == b""


@pytest.mark.attack(2)
def test_a_validator_that_swaps_a_clients_signature_gets_no_vote_and_no_effect(tmp_path: Path) -> None:
    application = opened(tmp_path, document())
    root = application.app_hash
    swapped = with_a_false_client_signature()
    assert not application.process(block_of(1, toy.START_MS + 1, [swapped]))
    answer = decided(application, block_of(1, toy.START_MS + 1, [swapped]))
    assert [result.code for result in answer.results] == [machine.INADMISSIBLE]
    assert application.app_hash == root
    application.close()
