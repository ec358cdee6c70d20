"""What the engine requires of an application, requirement by requirement (`abci++_app_requirements`, version 0.38), and what we ask beyond."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tallychain.engine.cometbft.application import (
    INADMISSIBLE,
    Application,
    ApplicationSettings,
    ApplicationStopped,
)
from tallychain.engine.cometbft.calls import Block, InitChain, Proposal, ValidatorPower
from tallychain.engine.cometbft.founding import BeginningDiffers
from tallychain.engine.cometbft.tests.driving import (
    BLOCK_BYTES,
    Alliance,
    alliance,
    beginning_of,
    block_of,
    decided,
    document,
    opened,
    results_hash,
)
from tallychain.engine.cometbft.tests.envelopes import envelope, with_a_false_client_signature
from tallychain.engine.lanes import claimed_carrier
from tallychain.engine.port import ChainDiffers
from tallychain.engine.tests import toy
from tallychain.ledger import codec, machine
from tallychain.ledger.genesis import GenesisRefused
from tallychain.ledger.receipt import NotTaken, Receipt
from tallychain.store.errors import StoreLocked

MINUTE_MS = 60_000


def lived_in(nodes: Alliance) -> None:
    """Twenty blocks of all kinds, over several minutes and an outage."""
    for number in range(20):
        now_ms = nodes.time_ms
        envelopes = [
            envelope(number * 10 + 1, number * 10 + 2, now_ms=now_ms, counter=f"c{number % 3}"),
            envelope(number, now_ms=now_ms, member="bank-b"),
            toy.sealed_envelope(
                toy.signed_operation(
                    "toy.set_alarm",
                    toy.SetAlarm(f"a{number}", now_ms + 45_000),
                    9_000 + number,
                    now_ms=now_ms,
                ),
                now_ms=now_ms,
            ),
        ]
        nodes.block(*envelopes[: number % 4], after_ms=200_000 if number == 11 else 7_000)


def codes_of(application: Application, height: int) -> list[str]:
    return [
        codec.decode(Receipt, row).code if b'"outcome"' in row else codec.decode(NotTaken, row).code
        for rows in application.reading.block(height).results
        for row in rows
    ]


# -- beginning -------------------------------------------------------------------------------------------------


def test_info_tells_what_is_durable_and_nothing_else(tmp_path: Path) -> None:
    text = document()
    application = opened(tmp_path, text)
    first = application.info()
    assert (first.height, first.data) == (0, toy.CHAIN)
    application.init_chain(beginning_of(text))
    block = block_of(1, toy.START_MS + 1, [envelope(1)])
    application.process(block)
    answer = application.finalize(block)
    assert application.info() == first
    application.commit()
    assert (application.info().height, application.info().app_hash) == (1, answer.app_hash)
    application.close()
    again = opened(tmp_path)
    assert (again.info().height, again.info().app_hash) == (1, answer.app_hash)
    again.close()


def test_beginning_twice_is_the_same_as_once_until_there_is_a_block(tmp_path: Path) -> None:
    text = document()
    application = opened(tmp_path, text)
    first = application.init_chain(beginning_of(text))
    application.close()
    application = opened(tmp_path, text)
    assert application.init_chain(beginning_of(text)) == first
    assert first.app_hash == application.info().app_hash
    decided(application, block_of(1, toy.START_MS + 1, []))
    with pytest.raises(BeginningDiffers, match="stands at block 1"):
        application.init_chain(beginning_of(text))
    with pytest.raises(ApplicationStopped):
        application.check(b"")
    application.close()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"chain_id": "other"}, "the chain other"),
        ({"initial_height": 7}, "block 7"),
        ({"app_state": b"{}"}, "does not name"),
        ({"app_state": b'{"genesis":"00"}'}, "names the genesis document 00"),
        ({"validators": ()}, "validators"),
        ({"validators": (ValidatorPower("ed25519:" + "00" * 32, 10),)}, "validators"),
    ],
)
def test_another_beginning_than_that_of_our_document_is_refused(
    tmp_path: Path, change: dict[str, object], sentence: str
) -> None:
    text = document()
    usual = beginning_of(text)
    fields = {name: getattr(usual, name) for name in InitChain.__slots__}
    application = opened(tmp_path, text)
    with pytest.raises(BeginningDiffers, match=sentence):
        application.init_chain(InitChain(**{**fields, **change}))
    application.close()


def test_a_directory_of_another_chain_or_engine_is_not_opened(tmp_path: Path) -> None:
    opened(tmp_path / "a", document()).close()
    with pytest.raises(ChainDiffers):
        opened(tmp_path / "a", document(outage_grace_ms=5))
    with pytest.raises(GenesisRefused, match="for the engine embedded"):
        opened(tmp_path / "b", toy.genesis_document())
    with pytest.raises(GenesisRefused, match="driven"):
        opened(tmp_path / "b", document(clock="driven"))
    application = opened(tmp_path / "a")
    with pytest.raises(StoreLocked):
        opened(tmp_path / "a")
    application.close()


# -- the requirements ------------------------------------------------------------------------------------------


def test_requirement_2_a_proposal_has_no_more_bytes_than_it_may(tmp_path: Path) -> None:
    application = opened(tmp_path, document())
    waiting = tuple(
        envelope(number, member=m) for number in range(9) for m in ("bank-a", "bank-b", "court-a")
    )
    for room in (0, 10, 900, 2_000, 5_000, BLOCK_BYTES):
        made = application.prepare(Proposal(1, toy.START_MS, waiting, room))
        assert sum(len(tx) + 3 for tx in made) <= max(room, 0)
        assert len(made) == len(waiting) or room < BLOCK_BYTES
    assert not application.prepare(Proposal(1, toy.START_MS, waiting, 10))
    application.close()


@pytest.mark.attack(16)
def test_requirement_3_what_one_node_proposes_every_node_accepts(tmp_path: Path) -> None:
    with alliance(tmp_path) as nodes:
        members = ("bank-c", "court-a", "bank-a", "bank-b")
        waiting = [envelope(number, member=members[number % 4], counter=f"k{number}") for number in range(17)]
        waiting += [b"nonsense", with_a_false_client_signature(), waiting[3]]
        made: Sequence[bytes] = ()
        for room in (1_000, 3_000, BLOCK_BYTES):
            for node in nodes.nodes:
                made = node.application.prepare(Proposal(1, toy.START_MS, tuple(waiting), room))
                block = block_of(1, toy.START_MS + room, made)
                assert made
                assert all(other.application.process(block) for other in nodes.nodes)
        carriers = [claimed_carrier(tx) for tx in made]
        assert carriers[:4] == ["court-a"] * 4
        assert sorted(carriers[4:7]) == ["bank-a", "bank-b", "bank-c"]


@pytest.mark.attack(8)
def test_requirements_4_and_5_a_vote_depends_on_state_and_block_alone_and_one_bad_signature_never_gets_so_far(
    tmp_path: Path,
) -> None:
    bad = with_a_false_client_signature()
    with alliance(tmp_path) as nodes:
        for number, node in enumerate(nodes.nodes):
            nodes.clocks[number].now_ms += number * 3_600_000
            assert node.application.check(bad).code == INADMISSIBLE
            assert "SIGNATURE_FALSE" in node.application.check(bad).log
        good = envelope(1)
        made = nodes.nodes[0].application.prepare(Proposal(1, toy.START_MS + 1, (bad, good), BLOCK_BYTES))
        assert list(made) == [good]
        for txs, vote in (([good], True), ([good, bad], False), ([bad], False), ([b""], False), ([], True)):
            block = block_of(1, toy.START_MS + 5, txs)
            assert [node.application.process(block) for node in nodes.nodes] == [vote] * 4
        assert nodes.block(bad, good).results[0].code == machine.EXECUTED


@pytest.mark.attack(16)
def test_a_block_in_another_order_than_the_rules_is_not_voted_for(tmp_path: Path) -> None:
    with alliance(tmp_path) as nodes:
        mine, court = envelope(1, member="bank-a"), envelope(2, member="court-a")
        others = [envelope(number, member="bank-a", counter="x") for number in (3, 4)]
        rival = envelope(5, member="bank-b")
        application = nodes.nodes[0].application
        assert application.process(block_of(1, toy.START_MS + 1, [court, mine]))
        assert not application.process(block_of(1, toy.START_MS + 1, [mine, court]))
        # One bank's envelopes do not fill the block while another's wait for their turn.
        assert not application.process(block_of(1, toy.START_MS + 1, [*others, rival]))


def test_requirement_9_nothing_but_commit_leaves_a_trace(tmp_path: Path) -> None:
    text = document()
    application = opened(tmp_path, text)
    decided(application, block_of(1, toy.START_MS + 1, [envelope(1)]))
    root, height = application.app_hash, application.height
    rows = dict(application.store.items())
    for number in range(10, 20):
        waiting = (envelope(number), envelope(number + 100, member="bank-b"))
        application.check(waiting[0])
        made = application.prepare(Proposal(2, toy.START_MS + number, waiting, BLOCK_BYTES))
        assert application.process(block_of(2, toy.START_MS + number, made))
        application.finalize(block_of(2, toy.START_MS + number, made))
        assert (application.app_hash, application.height, application.state.tree.root) == (root, height, root)
    assert dict(application.store.items()) == rows
    application.close()
    again = opened(tmp_path)
    assert (again.app_hash, again.height) == (root, height)
    again.close()


def test_requirements_11_and_12_the_same_blocks_give_the_same_bytes_however_they_are_reached(
    tmp_path: Path,
) -> None:
    """With votes, without any, with other candidates executed before, and opened anew at every block."""
    text = document()
    with alliance(tmp_path / "alliance") as nodes:
        lived_in(nodes)
        replay, restarted = opened(tmp_path / "replay", text), tmp_path / "restarted"
        opened(restarted, text).close()
        for block, expected in zip(nodes.blocks, nodes.answers, strict=True):
            rivals = [envelope(block.height + 500, now_ms=block.time_ms)]
            assert replay.process(block_of(block.height, block.time_ms, rivals))
            assert decided(replay, block) == expected
            again = opened(restarted)
            assert decided(again, block) == expected
            again.close()
        application = nodes.nodes[0].application
        assert dict(replay.store.items()) == dict(application.store.items())
        assert list(replay.store.journal_scan(b"")) == list(application.store.journal_scan(b""))
        assert application.state.outages
        assert any(application.reading.block(height).due_events for height in range(1, 21))
        for height in range(1, 21):
            assert replay.reading.block(height) == application.reading.block(height)
        replay.close()


def test_requirement_13_checking_the_same_envelope_again_gives_the_same_answer(tmp_path: Path) -> None:
    application = opened(tmp_path, document())
    for data in (envelope(1), with_a_false_client_signature(), b"nonsense"):
        assert len({application.check(data) for _ in range(3)}) == 1
    application.close()


# -- blocks ----------------------------------------------------------------------------------------------------


def test_a_height_without_any_round_is_executed_when_it_is_decided(tmp_path: Path) -> None:
    application = opened(tmp_path, document())
    bad, good = with_a_false_client_signature(), envelope(1, 2)
    answer = decided(application, block_of(1, toy.START_MS + 1, [bad, good, b"", good]))
    assert [result.code for result in answer.results] == [1, 0, 1, 0]
    assert [bool(result.data) for result in answer.results] == [False, True, False, True]
    assert codes_of(application, 1) == ["DONE", "DONE", "REPEAT", "REPEAT"]
    assert results_hash(answer) == machine.block_results_root(
        application.reading.block(1).results, application.reading.block(1).codes
    )
    application.close()


def test_a_candidate_is_taken_only_for_the_very_block_that_was_voted_on(tmp_path: Path) -> None:
    application = opened(tmp_path, document())
    voted = block_of(1, toy.START_MS + 1, [envelope(1)])
    assert application.process(voted)
    lie = Block(1, toy.START_MS + 1, voted.hash, (envelope(2, 3),))
    assert application.finalize(lie).results != application.finalize(voted).results
    application.close()


def test_only_some_candidates_of_one_height_are_kept(tmp_path: Path) -> None:
    application = opened(tmp_path, document())
    blocks = [block_of(1, toy.START_MS + number, [envelope(number)]) for number in range(12)]
    assert all(application.process(block) for block in blocks)
    assert decided(application, blocks[0]).app_hash == application.app_hash
    with pytest.raises(ApplicationStopped, match="no block was decided"):
        application.commit()
    application.close()


@pytest.mark.attack(7)
def test_an_idle_chain_keeps_its_hash(tmp_path: Path) -> None:
    with alliance(tmp_path) as nodes:
        root = nodes.block(envelope(1)).app_hash
        quiet = [nodes.block(after_ms=5_000).app_hash for _ in range(30)]
        assert quiet == [root] * 30
        repeat = nodes.block(envelope(1, now_ms=nodes.time_ms))
        assert repeat.app_hash == root
        assert codes_of(nodes.nodes[0].application, 32) == ["REPEAT"] or repeat.results[0].code == 0


def test_a_block_is_followed_with_its_time_before_its_header_is_known(tmp_path: Path) -> None:
    application = opened(tmp_path, document())
    seen = []
    application.when_committed = lambda block, seconds: seen.append((block, seconds))
    decided(application, block_of(1, toy.START_MS + 1_234, [envelope(1)]))
    block = application.reading.block(1)
    assert (block.time_ms, block.header, block.header_signature) == (toy.START_MS + 1_234, b"", b"")
    assert seen == [(block, 0.0)]
    sample = toy.add("c", 1, 1)
    found = application.reading.receipt(sample.id)
    assert found is not None
    assert (found.height, found.header) == (1, b"")
    application.close()


def test_a_node_says_how_many_blocks_the_engine_must_keep(tmp_path: Path) -> None:
    settings = ApplicationSettings(snapshot_interval=0, retain_blocks=3)
    application = opened(tmp_path, document(), settings=settings)
    kept = []
    for height in range(1, 6):
        application.finalize(block_of(height, toy.START_MS + height, []))
        kept.append(application.commit())
    assert kept == [0, 0, 1, 2, 3]
    application.close()
