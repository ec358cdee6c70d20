"""What a member does too much of or wrongly, and what fails in the node itself."""

import os
import shutil
from pathlib import Path

import pytest

from tallychain.crypto.digest import sha256
from tallychain.crypto.pool import VerifierPool
from tallychain.engine.admissions import Admissions
from tallychain.engine.cometbft.application import (
    RATE_EXCEEDED,
    ApplicationSettings,
    ApplicationStopped,
)
from tallychain.engine.cometbft.calls import Proposal
from tallychain.engine.cometbft.opening import open_application
from tallychain.engine.cometbft.tests.driving import (
    BLOCK_BYTES,
    PLAIN,
    Clock,
    block_of,
    decided,
    document,
    opened,
)
from tallychain.engine.cometbft.tests.envelopes import envelope
from tallychain.engine.tests import toy
from tallychain.ledger import machine
from tallychain.store.errors import StoreDamaged, WriteFailed


def test_more_than_a_members_rate_is_not_taken_and_costs_the_others_nothing(tmp_path: Path) -> None:
    clock = Clock()
    settings = ApplicationSettings(snapshot_interval=0, member_operations_per_s=2)
    application = opened(tmp_path, document(), settings=settings, clock=clock)
    answers = [application.check(envelope(number)).code for number in range(6)]
    assert answers == [0, 0, 0, 0, RATE_EXCEEDED, RATE_EXCEEDED]
    assert application.check(envelope(1, member="bank-b")).code == 0
    clock.now_ms -= 10_000
    assert application.check(envelope(8)).code == RATE_EXCEEDED
    clock.now_ms += 11_000
    assert application.check(envelope(9)).code == 0
    application.close()


def test_a_carrier_whose_key_ended_is_turned_back_also_where_its_envelope_was_found_good(
    tmp_path: Path,
) -> None:
    application = opened(tmp_path, document())
    late = toy.sealed_envelope(toy.add("c", 1, 1), key="bank-a-2")
    assert application.check(late).code == 0
    revoke = toy.signed_operation("toy.revoke", toy.Revoke(toy.key_of("bank-a-2").public), 5)
    decided(application, block_of(1, toy.START_MS + 1, [toy.sealed_envelope(revoke)]))
    assert "ENVELOPE_KEY_UNKNOWN" in application.check(late).log
    assert not application.process(block_of(2, toy.START_MS + 2, [late]))
    assert not application.prepare(Proposal(2, toy.START_MS + 2, (late,), BLOCK_BYTES))
    application.close()


# -- failing ---------------------------------------------------------------------------------------------------


def test_a_block_that_fails_half_way_leaves_the_disk_at_the_end_of_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = opened(tmp_path, document())
    first = decided(application, block_of(1, toy.START_MS + 1, [envelope(1)]))
    second = block_of(2, toy.START_MS + 2, [envelope(2)])

    def full(_: object) -> None:
        raise WriteFailed(2, "no space left")

    application.finalize(second)
    monkeypatch.setattr(application.store, "commit", full)
    with pytest.raises(WriteFailed):
        application.commit()
    for call in (lambda: application.finalize(second), application.commit, lambda: application.check(b"")):
        with pytest.raises(ApplicationStopped):
            call()
    assert application.info().app_hash == first.app_hash
    application.close()
    again = opened(tmp_path)
    assert (again.height, again.app_hash) == (1, first.app_hash)
    assert decided(again, second).app_hash == again.app_hash
    again.close()


def test_a_block_out_of_turn_stops_the_process(tmp_path: Path) -> None:
    application = opened(tmp_path, document())
    with pytest.raises(machine.NotTheNextBlock):
        application.finalize(block_of(2, toy.START_MS + 1, []))
    assert application.stopped
    application.close()


def test_a_store_whose_rows_are_not_those_of_its_hash_is_not_opened(tmp_path: Path) -> None:
    text = document()
    opened(tmp_path, text).close()
    other = document(time_ms=toy.START_MS + 1)
    (tmp_path / "genesis.json").write_bytes(other)
    with pytest.raises(StoreDamaged):
        opened(tmp_path)


def test_dead_verifying_processes_do_not_turn_a_good_envelope_into_a_false_one(tmp_path: Path) -> None:
    with VerifierPool(1, timeout_s=5) as pool:
        application = open_application(
            tmp_path, toy.CATALOGUE, Admissions(pool), Clock(), genesis=document(), settings=PLAIN
        )
        many = tuple(range(60))
        os.kill(pool._workers[0]._process.pid, 9)  # the process is killed as an operator would
        assert application.check(envelope(*many)).code == 0
        application.close()


def test_what_is_remembered_of_envelopes_is_bounded_and_forgetting_changes_no_answer(tmp_path: Path) -> None:
    text = document()
    counted: list[int] = []

    class Counting(VerifierPool):
        def verify(self, checks):  # type: ignore[no-untyped-def]  # the same as above it
            counted.append(len(checks))
            return super().verify(checks)

    data = [envelope(number, member="bank-b") for number in range(20)]
    for room, verified_again in ((sum(map(len, data)), False), (3 * len(data[0]), True)):
        admissions = Admissions(Counting(0), room)
        application = opened(tmp_path, text, admissions=admissions)
        first = [application.check(tx).code for tx in data]
        counted.clear()
        assert [application.check(tx).code for tx in data] == first == [0] * 20
        assert bool(sum(counted)) is verified_again
        application.close()
        shutil.rmtree(tmp_path)


def test_each_signature_is_verified_once_over_all_four_calls(tmp_path: Path) -> None:
    counted: list[bytes] = []

    class Counting(VerifierPool):
        def verify(self, checks):  # type: ignore[no-untyped-def]  # the same as above it
            counted.extend(signature for _, _, signature in checks)
            return super().verify(checks)

    application = opened(tmp_path, document(), admissions=Admissions(Counting(0)))
    data = envelope(1, 2, 3)
    application.check(data)
    made = application.prepare(Proposal(1, toy.START_MS, (data, data), BLOCK_BYTES))
    block = block_of(1, toy.START_MS + 1, made)
    assert application.process(block)
    decided(application, block)
    assert len(counted) == len(set(counted)) == 4
    assert sha256(data) not in counted
    application.close()
