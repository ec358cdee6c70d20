"""Blocks, restarts, proofs and refusals of a chain in one process."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from tallychain.crypto.digest import sha256
from tallychain.crypto.keys import generate_signing_key
from tallychain.crypto.pool import VerifierPool
from tallychain.crypto.schemes import verify
from tallychain.engine.embedded.chain import Chain, ChainStopped
from tallychain.engine.embedded.checks import check
from tallychain.engine.embedded.opening import SequencerKeyWrong, open_chain
from tallychain.engine.port import ChainDiffers, CommittedBlock, EngineRefused, ReceiptAnswer
from tallychain.engine.tests import toy
from tallychain.engine.tests.running import opened
from tallychain.ledger import codec, machine, merkle
from tallychain.ledger.genesis import GenesisRefused
from tallychain.ledger.header import Header, header_digest
from tallychain.ledger.receipt import NotTaken, Receipt
from tallychain.ledger.tree import verify_absence, verify_inclusion
from tallychain.store.errors import StoreDamaged, StoreLocked, StoreMissing

MINUTE_MS = 60_000


def lived_in(chain: Chain) -> list[CommittedBlock]:
    """Thirty blocks of all kinds: additions, refusals, repeats, alarms, empty ones, over nine minutes."""
    made = []
    for number in range(30):
        now_ms = toy.START_MS + number * 20_000
        samples = [
            toy.add(f"c{number % 7}", number % 3, number * 10 + i, now_ms=now_ms) for i in range(number % 4)
        ]
        samples.append(
            toy.signed_operation(
                "toy.set_alarm", toy.SetAlarm(f"a{number}", now_ms + 45_000), number + 10_000, now_ms=now_ms
            )
        )
        first = toy.sealed_envelope(*samples, now_ms=now_ms)
        other = toy.sealed_envelope(
            toy.add("b", 5, number, now_ms=now_ms, member="bank-b"), now_ms=now_ms, member="bank-b"
        )
        envelopes = [[first, other], [other], [first, b"nonsense"], []][number % 4]
        made.append(chain.make_block(now_ms, envelopes))
    return made


def test_a_proof_that_is_one_step_back_leaves_the_tree_where_it_is(tmp_path: Path) -> None:
    with opened(tmp_path, toy.genesis_document()) as chain:
        made = lived_in(chain)
        root, tree = chain.app_hash, chain.state.tree
        answer = chain.query(toy.COUNTERS.key("b"), prove=True)

        assert answer.value is not None
        assert answer.proof is not None
        before = bytes.fromhex(header_of(made[-1]).app_hash)
        assert verify_inclusion(before, tree.depth, toy.COUNTERS.key("b"), answer.value, answer.proof)
        assert (chain.app_hash, chain.state.tree) == (root, tree)
        chain.make_block(0, [])
        assert check(chain).failures == []


def test_a_chain_whose_block_did_not_get_to_the_disk_makes_no_further_one_and_has_not_moved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path, toy.genesis_document()) as chain:
        lived_in(chain)
        before = (chain.app_hash, chain.height, chain.time_ms)

        def broken(_: object) -> None:
            raise toy.Defect

        monkeypatch.setattr(chain.store, "commit", broken)
        envelope = toy.sealed_envelope(toy.add("c", 1, 99_999, now_ms=chain.time_ms), now_ms=chain.time_ms)
        with pytest.raises(toy.Defect):
            chain.make_block(0, [envelope])
        assert (chain.app_hash, chain.height, chain.time_ms) == before
        with pytest.raises(ChainStopped):
            chain.make_block(0, [])


def header_of(block: CommittedBlock) -> Header:
    return codec.decode(Header, block.header)


def results_of(block: CommittedBlock) -> list[str]:
    return [
        codec.decode(Receipt, row).code if b'"outcome"' in row else codec.decode(NotTaken, row).code
        for rows in block.results
        for row in rows
    ]


def test_a_replay_of_the_stored_blocks_from_genesis_gives_the_same_blocks(tmp_path: Path) -> None:
    document = toy.genesis_document()
    with opened(tmp_path / "one", document) as chain, opened(tmp_path / "two", document) as replay:
        made = lived_in(chain)
        for height in range(1, 31):
            stored = chain.block(height)
            assert stored == made[height - 1]
            assert replay.make_block(stored.time_ms, stored.envelopes) == stored
        assert replay.app_hash == chain.app_hash
        assert check(chain).failures == []
        assert {"DONE", "NOTHING_TO_ADD"} <= {code for block in made for code in results_of(block)}
        assert any(block.due_events for block in made)


def test_a_chain_that_is_opened_anew_at_every_block_makes_the_same_blocks(tmp_path: Path) -> None:
    document = toy.genesis_document()
    with opened(tmp_path / "one", document) as chain:
        made = lived_in(chain)
    for block in made:
        with opened(tmp_path / "two", document) as chain:
            assert chain.make_block(block.time_ms, block.envelopes) == block


def test_headers_form_a_signed_chain_that_begins_with_genesis(tmp_path: Path) -> None:
    with opened(tmp_path, toy.genesis_document()) as chain:
        roots = [chain.app_hash.hex()]
        previous = chain.genesis_digest
        blocks = []
        for number in range(4):
            envelope = toy.sealed_envelope(toy.add("c", 1, number))
            blocks.append(chain.make_block(toy.START_MS, [envelope]))
            roots.append(chain.app_hash.hex())
    for number, block in enumerate(blocks):
        header = header_of(block)
        assert (header.height, header.chain) == (number + 1, toy.CHAIN)
        assert header.previous == previous
        assert header.app_hash == roots[number]
        assert header.envelopes_root == merkle.data_hash(block.envelopes).hex()
        before = machine.block_results_root(blocks[number - 1].results, [0]) if number else merkle.EMPTY_ROOT
        assert header.results_root == before.hex()
        assert verify(chain.genesis.sequencer, header_digest(block.header), block.header_signature)
        previous = header_digest(block.header).hex()


def test_block_time_only_moves_forward(tmp_path: Path) -> None:
    with opened(tmp_path, toy.genesis_document()) as chain:
        times = [chain.make_block(ms, []).time_ms for ms in (0, toy.START_MS + 500, toy.START_MS + 100)]
    assert times == [toy.START_MS + 1, toy.START_MS + 500, toy.START_MS + 501]


def test_an_envelope_that_is_not_admissible_has_a_code_and_no_effect(tmp_path: Path) -> None:
    with opened(tmp_path, toy.genesis_document()) as chain:
        root = chain.app_hash
        good = toy.sealed_envelope(toy.add("c", 1, 1))
        forged = good[:-1] + bytes([good[-1] ^ 1])
        block = chain.make_block(
            toy.START_MS, [forged, b"", toy.sealed_envelope(toy.add("c", 1, 1), chain="other")]
        )
        assert block.codes == [machine.INADMISSIBLE] * 3
        assert block.results == [[], [], []]
        assert chain.app_hash == root


@pytest.mark.attack(12)
def test_an_operation_that_comes_again_has_no_second_effect(tmp_path: Path) -> None:
    sample = toy.add("c", 1, 1)
    with opened(tmp_path, toy.genesis_document()) as chain:
        first = chain.make_block(toy.START_MS, [toy.sealed_envelope(sample)])
        root = chain.app_hash
        again = chain.make_block(toy.START_MS, [toy.sealed_envelope(sample, toy.add("d", 0, 2))])
        assert results_of(again) == ["REPEAT", "NOTHING_TO_ADD"]
        assert chain.app_hash != root  # the refusal's receipt
        found = chain.receipt(sample.id)
        assert found is not None
        assert found.receipt == first.results[0][0]


@pytest.mark.attack(7)
def test_a_block_without_effects_leaves_the_app_hash_as_it_is(tmp_path: Path) -> None:
    with opened(tmp_path, toy.genesis_document()) as chain:
        envelope = toy.sealed_envelope(toy.add("c", 1, 1))
        chain.make_block(toy.START_MS, [envelope])
        root = chain.app_hash
        for number in range(20):
            chain.make_block(toy.START_MS + number * MINUTE_MS, [] if number % 2 else [envelope])
        assert chain.app_hash == root


def test_rows_and_their_absence_are_proved_against_the_newest_root_in_a_header(tmp_path: Path) -> None:
    key, absent = toy.COUNTERS.key("c"), toy.COUNTERS.key("nobody")
    with opened(tmp_path, toy.genesis_document()) as chain:
        for number in range(6):
            envelopes = [toy.sealed_envelope(toy.add("c", 1, number))] if number % 3 else []
            block = chain.make_block(toy.START_MS, envelopes)
            root = bytes.fromhex(header_of(block).app_hash)
            tip = chain.app_hash
            answer = chain.query(key, prove=True)
            assert answer.height == block.height - 1
            assert answer.proof is not None
            if answer.value is None:
                assert verify_absence(root, 8, key, answer.proof)
            else:
                assert verify_inclusion(root, 8, key, answer.value, answer.proof)
            nothing = chain.query(absent, prove=True)
            assert nothing.value is None
            assert nothing.proof is not None
            assert verify_absence(root, 8, absent, nothing.proof)
            assert chain.app_hash == tip
        assert check(chain).failures == []
        plain = chain.query(key)
        assert plain.proof is None
        assert plain.height == 6
        assert plain.value == b'{"name":"c","total":4,"additions":4}'


def test_all_rows_of_a_table_are_scanned_within_a_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path, toy.genesis_document()) as chain:
        chain.make_block(toy.START_MS, [toy.sealed_envelope(toy.add("a", 1, 1), toy.add("b", 2, 2))])
        found = chain.scan(toy.COUNTERS.key())
        assert (found.height, [key for key, _ in found.rows]) == (
            1,
            [toy.COUNTERS.key("a"), toy.COUNTERS.key("b")],
        )
        monkeypatch.setattr("tallychain.ledger.limits.SCAN_ROWS", 1)
        with pytest.raises(EngineRefused, match="SCAN_TOO_LONG"):
            chain.scan(toy.COUNTERS.key())


def test_there_is_no_proof_before_the_first_header(tmp_path: Path) -> None:
    with (
        opened(tmp_path, toy.genesis_document()) as chain,
        pytest.raises(EngineRefused, match="NO_HEADER_YET"),
    ):
        chain.query(b"k", prove=True)


def test_a_receipt_is_proved_by_two_signed_headers(tmp_path: Path) -> None:
    samples = [toy.add("c", number, number) for number in range(5)]
    with opened(tmp_path, toy.genesis_document()) as chain:
        other = toy.sealed_envelope(toy.add("d", 1, 1, member="bank-b"), member="bank-b")
        chain.make_block(toy.START_MS, [toy.sealed_envelope(*samples), other, b"nonsense"])
        early = chain.receipt(samples[3].id)
        assert early is not None
        assert early.next_header == b""
        chain.make_block(toy.START_MS, [])
        for sample in samples:
            found = chain.receipt(sample.id)
            assert found is not None
            assert codec.decode(Receipt, found.receipt).operation == sample.id
            check_proof(found)
        assert chain.receipt("0" * 64) is None


def check_proof(found: ReceiptAnswer) -> None:
    header, following = codec.decode(Header, found.header), codec.decode(Header, found.next_header)
    assert following.previous == header_digest(found.header).hex()
    assert merkle.verify(bytes.fromhex(header.envelopes_root), sha256(found.envelope), found.envelope_path)
    data = merkle.climb(merkle.leaf_hash(found.receipt), found.receipt_path)
    assert data is not None
    result = merkle.execution_result(machine.EXECUTED, data)
    assert merkle.verify(bytes.fromhex(following.results_root), result, found.result_path)
    for text, signature in (
        (found.header, found.header_signature),
        (found.next_header, found.next_header_signature),
    ):
        assert verify(toy.SEQUENCER.public, header_digest(text), signature)


def test_a_block_that_is_not_kept_is_refused(tmp_path: Path) -> None:
    with opened(tmp_path, toy.genesis_document()) as chain:
        for height in (0, 1, 99):
            with pytest.raises(EngineRefused, match="BLOCK_NOT_KEPT"):
                chain.block(height)


def test_after_a_defect_no_further_block_is_made_and_the_disk_holds_the_last_good_one(tmp_path: Path) -> None:
    with opened(tmp_path, toy.genesis_document()) as chain:
        chain.make_block(toy.START_MS, [toy.sealed_envelope(toy.add("c", 1, 1))])
        root = chain.app_hash
        with pytest.raises(toy.Defect):
            chain.make_block(toy.START_MS, [toy.sealed_envelope(toy.add("c", 1, 2), toy.add("defect", 1, 3))])
        with pytest.raises(ChainStopped):
            chain.make_block(toy.START_MS, [])
    with opened(tmp_path) as chain:
        assert (chain.height, chain.app_hash) == (1, root)
        assert results_of(chain.make_block(toy.START_MS, [toy.sealed_envelope(toy.add("c", 1, 2))])) == [
            "DONE"
        ]


def test_another_genesis_document_is_another_chain(tmp_path: Path) -> None:
    with opened(tmp_path, toy.genesis_document()):
        pass
    other = toy.genesis_document(chain="other-chain")
    with pytest.raises(ChainDiffers, match="genesis"), opened(tmp_path, other):
        pass


def test_another_sequencer_key_is_refused(tmp_path: Path) -> None:
    with VerifierPool(0) as pool, pytest.raises(SequencerKeyWrong, match="sequencer key"):
        open_chain(tmp_path, toy.CATALOGUE, generate_signing_key(), pool, toy.genesis_document())
    assert not list(tmp_path.iterdir())


def test_a_driven_chain_that_would_record_outages_is_refused(tmp_path: Path) -> None:
    document = toy.genesis_document(clock="driven", outages=True)
    with pytest.raises(GenesisRefused, match="outages"), opened(tmp_path, document):
        pass


def test_a_chain_does_not_begin_without_genesis(tmp_path: Path) -> None:
    with pytest.raises(StoreMissing), opened(tmp_path):
        pass


def test_a_beginning_that_was_cut_off_is_begun_again(tmp_path: Path) -> None:
    from tallychain.store.store import Store

    Store.open(tmp_path / "store", create=True).close()
    with pytest.raises(StoreMissing), opened(tmp_path):
        pass
    with opened(tmp_path, toy.genesis_document()) as chain:
        assert chain.height == 0


def test_two_at_once_on_one_directory_are_refused(tmp_path: Path) -> None:
    with opened(tmp_path, toy.genesis_document()), pytest.raises(StoreLocked), opened(tmp_path):
        pass


def test_rows_that_do_not_give_the_app_hash_are_found_at_start(tmp_path: Path) -> None:
    import rocksdict

    from tallychain.store import layout

    with opened(tmp_path, toy.genesis_document()) as chain:
        chain.make_block(toy.START_MS, [toy.sealed_envelope(toy.add("c", 1, 1))])
    database = rocksdict.Rdict(
        str(tmp_path / "store"), layout.database_options(layout.StoreSettings(), create=False)
    )
    database[layout.STATE + toy.COUNTERS.key("c")] = b'{"name":"c","total":9,"additions":1}'
    database.close()
    with pytest.raises(StoreDamaged), opened(tmp_path):
        pass


def test_the_check_finds_a_journal_that_was_changed(tmp_path: Path) -> None:
    with opened(tmp_path, toy.genesis_document()) as chain:
        chain.make_block(toy.START_MS, [toy.sealed_envelope(toy.add("c", 1, 1))])
        journals = [key for key, _ in chain.store.journal_scan(b"")]
        assert check(chain).failures == []
        database = chain.store._database
        database[b"j" + journals[0]] = b"{}"
        database[b"j" + b"unknown" + bytes(7) + b"\1"] = b"{}"
        failures = check(chain).failures
    assert len(failures) == 3
    assert any("does not" in text or "do not give" in text for text in failures)
    assert any("unknown" in text for text in failures)


def test_used_nonces_are_forgotten_with_their_rows_once_they_have_expired(tmp_path: Path) -> None:
    with opened(tmp_path, toy.genesis_document()) as chain:
        chain.make_block(toy.START_MS, [toy.sealed_envelope(toy.add("c", 1, 1))])
        later_ms = toy.START_MS + 10 * MINUTE_MS
        chain.make_block(
            later_ms, [toy.sealed_envelope(toy.add("c", 1, 2, now_ms=later_ms), now_ms=later_ms)]
        )
        assert len(list(chain.store.journal_scan(b"replay/"))) == 1
        assert check(chain).failures == []


PRINT_ROOT = """
import sys
from pathlib import Path
from tallychain.engine.tests import toy
from tallychain.engine.tests.running import opened
from tallychain.engine.tests.test_chain import lived_in
with opened(Path(sys.argv[1]), toy.genesis_document()) as chain:
    blocks = lived_in(chain)
    print(blocks[-1].header.hex(), chain.app_hash.hex())
"""


def test_two_hash_seeds_give_the_same_blocks(tmp_path: Path) -> None:
    outputs = set()
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", PRINT_ROOT, str(tmp_path / seed)]
        outputs.add(
            subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
        )
    assert len(outputs) == 1


def test_blocks_survive_the_wire() -> None:
    block = CommittedBlock(1, 2, b"h", b"s", [b"e"], [[b"r"]], [0], [])
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(block), type=CommittedBlock) == block
