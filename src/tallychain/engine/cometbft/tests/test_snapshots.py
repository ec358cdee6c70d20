"""Taking the state over from others: what is good is taken whole, what is poisoned is refused and leaves nothing."""

import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import msgspec
import pytest

from tallychain.crypto.digest import sha256
from tallychain.engine.cometbft import restoring
from tallychain.engine.cometbft.application import Application, ApplicationSettings
from tallychain.engine.cometbft.calls import Applied, Offer, Snapshot
from tallychain.engine.cometbft.grammar import Recorded, fault_of
from tallychain.engine.cometbft.restoring import INCOMING, OUTGOING, tidy
from tallychain.engine.cometbft.snapshots import FOLDER, Snapshots, in_a_thread
from tallychain.engine.cometbft.tests.driving import Alliance, alliance, block_of, decided, document, opened
from tallychain.engine.cometbft.tests.envelopes import envelope
from tallychain.engine.tests import toy
from tallychain.ledger.outages import CLOCK
from tallychain.store import layout, snapshot
from tallychain.store.errors import StoreError
from tallychain.store.snapshot import Manifest

EVERY_5: Final = ApplicationSettings(snapshot_interval=5, snapshots_kept=2)
Rows = list[tuple[bytes, bytes, bytes]]


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks so small that a toy's state has several."""
    export = snapshot.export_snapshot
    monkeypatch.setattr(
        "tallychain.engine.cometbft.snapshots.export_snapshot",
        lambda view, folder, depth: export(view, folder, depth, chunk_bytes=1_500),
    )


def grown(nodes: Alliance, blocks: int = 8) -> Application:
    """A chain with nonces, receipts and alarms still to come, and the application that gives its snapshots."""
    for _ in range(blocks):
        number, now_ms = nodes.height, nodes.time_ms
        alarm = toy.SetAlarm(f"a{number}", now_ms + 600_000)
        asked = toy.signed_operation("toy.set_alarm", alarm, 900 + number, now_ms=now_ms)
        nodes.block(envelope(number, now_ms=now_ms), toy.sealed_envelope(asked, now_ms=now_ms))
    return nodes.nodes[0].application


def chunks_of(giver: Application, offered: Snapshot) -> list[bytes]:
    return [giver.load_chunk(offered.height, offered.format, index) for index in range(offered.chunks)]


def app_hash_after(nodes: Alliance, height: int) -> bytes:
    return nodes.answers[height - 1].app_hash


def leftovers(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir() if path.name not in ("store", "genesis.json"))


def test_every_node_takes_the_same_snapshots_and_keeps_the_newest(tmp_path: Path) -> None:
    with alliance(tmp_path, settings=EVERY_5) as nodes:
        grown(nodes, 4)
        nodes.block(after_ms=1_000)
        nodes.block(after_ms=1_000)
        assert not nodes.nodes[0].list_snapshots()
        grown(nodes, 13)
        offers = [node.list_snapshots() for node in nodes.nodes]
        assert [offer.height for offer in offers[0]] == [15, 10]
        assert all(offer == offers[0] for offer in offers)
        assert nodes.nodes[0].load_chunk(15, 1, 0) == nodes.nodes[1].load_chunk(15, 1, 0) != b""
        for missing in ((15, 2, 0), (15, 1, -1), (15, 1, 99), (7, 1, 0)):
            assert nodes.nodes[0].load_chunk(*missing) == b""


def test_a_node_that_takes_the_state_over_goes_on_like_the_others(tmp_path: Path) -> None:
    with alliance(tmp_path / "alliance", settings=EVERY_5) as nodes:
        giver = grown(nodes)
        offered = giver.list_snapshots()[0]
        joining = Recorded(opened(tmp_path / "new", document()))
        assert joining.offer_snapshot(offered, app_hash_after(nodes, offered.height)) is Offer.ACCEPT
        chunks = chunks_of(giver, offered)
        assert len(chunks) > 2
        for index, chunk in enumerate(chunks):
            assert joining.apply_chunk(index, chunk, "peer").result is Applied.ACCEPT
        info = joining.info()
        assert (info.height, info.app_hash) == (offered.height, app_hash_after(nodes, offered.height))
        assert leftovers(tmp_path / "new") == []
        for _ in range(3):
            nodes.block(after_ms=200_000)
        grown(nodes, 1)
        for block, expected in zip(nodes.blocks[info.height :], nodes.answers[info.height :], strict=True):
            assert decided(joining, block) == expected
        assert joining.application.state.outages == giver.state.outages != ()
        # What was done before the snapshot is not done again, and its receipt is known.
        first = toy.add("c", 1, 0, now_ms=toy.START_MS)
        repeat = joining.application.reading.receipt(first.id)
        assert repeat is not None
        assert fault_of(joining.calls) == ""
        joining.application.close()
        again = opened(tmp_path / "new")
        assert again.info().height == nodes.height
        again.close()


def test_a_restore_cut_off_at_any_chunk_begins_again_cleanly(tmp_path: Path) -> None:
    with alliance(tmp_path / "alliance", settings=EVERY_5) as nodes:
        giver = grown(nodes)
        offered = giver.list_snapshots()[0]
        chunks = chunks_of(giver, offered)
        trusted = app_hash_after(nodes, offered.height)
        for cut in range(len(chunks)):
            joining = opened(tmp_path / f"new{cut}", document())
            root = joining.info().app_hash
            assert joining.offer_snapshot(offered, trusted) is Offer.ACCEPT
            for index in range(cut):
                joining.apply_chunk(index, chunks[index], "peer")
            joining.store.close()  # as a killed process leaves it
            joining = opened(tmp_path / f"new{cut}")
            assert joining.info().app_hash == root
            assert leftovers(tmp_path / f"new{cut}") == []
            assert joining.apply_chunk(0, chunks[0], "peer").result is Applied.ABORT
            assert joining.offer_snapshot(offered, trusted) is Offer.ACCEPT
            verdicts = [joining.apply_chunk(index, chunk, "p").result for index, chunk in enumerate(chunks)]
            assert verdicts == [Applied.ACCEPT] * len(chunks)
            assert joining.info().height == offered.height
            joining.close()


@pytest.mark.parametrize("step", [0, 1, 2])
def test_a_change_of_stores_cut_off_at_any_step_leaves_one_whole_store(tmp_path: Path, step: int) -> None:
    opened(tmp_path, document()).close()
    shutil.copytree(tmp_path / "store", tmp_path / INCOMING)
    if step > 0:
        (tmp_path / "store").rename(tmp_path / OUTGOING)
    if step > 1:
        (tmp_path / INCOMING).rename(tmp_path / "store")
    tidy(tmp_path)
    assert leftovers(tmp_path) == []
    opened(tmp_path).close()


def test_a_snapshot_that_is_not_what_it_says_is_not_begun(tmp_path: Path) -> None:
    with alliance(tmp_path / "alliance", settings=EVERY_5) as nodes:
        offered = grown(nodes).list_snapshots()[0]
        trusted = app_hash_after(nodes, offered.height)
        joining = opened(tmp_path / "new", document())
        manifest = msgspec.json.decode(offered.metadata, type=Manifest)
        taller = msgspec.json.encode(msgspec.structs.replace(manifest, height=manifest.height + 1))
        for wrong, verdict in (
            (replace(offered, format=2), Offer.REJECT_FORMAT),
            (replace(offered, hash=b"x" * 32), Offer.REJECT_SENDER),
            (replace(offered, metadata=b"{}", hash=sha256(b"{}")), Offer.REJECT),
            (replace(offered, metadata=taller, hash=sha256(taller)), Offer.REJECT),
            (replace(offered, chunks=offered.chunks + 1), Offer.REJECT),
        ):
            assert joining.offer_snapshot(wrong, trusted) is verdict
            assert leftovers(tmp_path / "new") == []
        assert joining.offer_snapshot(offered, b"y" * 32) is Offer.REJECT
        assert joining.apply_chunk(0, b"", "peer").result is Applied.ABORT
        joining.close()


def test_a_poisoned_chunk_is_fetched_again_from_somebody_else(tmp_path: Path) -> None:
    with alliance(tmp_path / "alliance", settings=EVERY_5) as nodes:
        giver = grown(nodes)
        offered = giver.list_snapshots()[0]
        chunks = chunks_of(giver, offered)
        joining = opened(tmp_path / "new", document())
        joining.offer_snapshot(offered, app_hash_after(nodes, offered.height))
        joining.apply_chunk(0, chunks[0], "good")
        verdict = joining.apply_chunk(1, chunks[1][:-1] + b"!", "bad")
        assert (verdict.result, verdict.refetch, verdict.reject_senders) == (Applied.RETRY, (1,), ("bad",))
        assert joining.apply_chunk(2, chunks[2], "good").refetch == (1,)
        rest = [joining.apply_chunk(i, chunk, "good").result for i, chunk in list(enumerate(chunks))[1:]]
        assert set(rest) == {Applied.ACCEPT}
        assert joining.info().height == offered.height
        joining.close()


# -- attack 6 --------------------------------------------------------------------------------------------------


def poisoned(
    giver: Application, offered: Snapshot, change: Callable[[Rows], Rows]
) -> tuple[Snapshot, list[bytes]]:
    """A snapshot whose every hash fits, made by somebody who changed its rows."""
    rows: Rows = []
    for index, chunk in enumerate(chunks_of(giver, offered)):
        rows += snapshot._rows_of(index, chunk)  # the attacker knows the format too
    chunks = [chunk for chunk, _ in snapshot._chunks(iter(change(rows)), 1_500)]  # as above
    manifest = msgspec.json.decode(offered.metadata, type=Manifest)
    count = len(change(rows))
    hashes = tuple(sha256(chunk).hex() for chunk in chunks)
    raw = msgspec.json.encode(msgspec.structs.replace(manifest, rows=count, chunks=hashes))
    return replace(offered, chunks=len(chunks), metadata=raw, hash=sha256(raw)), chunks


def without(space: bytes, start: bytes) -> Callable[[Rows], Rows]:
    """Leaves out the last row that begins so."""

    def change(rows: Rows) -> Rows:
        place = max(i for i, row in enumerate(rows) if row[0] == space and row[1].startswith(start))
        return rows[:place] + rows[place + 1 :]

    return change


def changed(space: bytes, start: bytes, old: bytes, new: bytes) -> Callable[[Rows], Rows]:
    def change(rows: Rows) -> Rows:
        return [
            (s, key, row.replace(old, new)) if s == space and key.startswith(start) else (s, key, row)
            for s, key, row in rows
        ]

    return change


@pytest.mark.attack(6)
@pytest.mark.parametrize(
    "change",
    [
        without(layout.JOURNAL, b"replay/"),
        without(layout.JOURNAL, b"receipts/"),
        without(layout.STATE, toy.ALARMS.key()),
        without(layout.STATE, toy.COUNTERS.key()),
        without(layout.STATE, CLOCK.key()),
        changed(layout.STATE, CLOCK.key(), b"{", b"["),
        changed(layout.STATE, CLOCK.key(), b'"time_ms":1', b'"time_ms":2'),
        changed(layout.JOURNAL, b"replay/", b'"via":"bank-a"', b'"via":"bank-b"'),
        lambda rows: [*rows, (layout.JOURNAL, layout.journal_key(b"replay/999999999", 0), b"{}")],
    ],
)
def test_a_snapshot_with_one_nonce_or_due_item_missing_is_refused_and_leaves_nothing(
    tmp_path: Path, change: Callable[[Rows], Rows]
) -> None:
    with alliance(tmp_path / "alliance", 1, settings=EVERY_5) as nodes:
        giver = grown(nodes)
        wrong, chunks = poisoned(giver, giver.list_snapshots()[0], change)
        joining = opened(tmp_path / "new", document())
        root = joining.info().app_hash
        assert joining.offer_snapshot(wrong, app_hash_after(nodes, wrong.height)) is Offer.ACCEPT
        verdicts = [joining.apply_chunk(index, chunk, "bad") for index, chunk in enumerate(chunks)]
        assert (verdicts[-1].result, verdicts[-1].reject_senders) == (Applied.REJECT_SNAPSHOT, ("bad",))
        assert leftovers(tmp_path / "new") == []
        assert (joining.info().height, joining.info().app_hash) == (0, root)
        good = giver.list_snapshots()[0]
        assert joining.offer_snapshot(good, app_hash_after(nodes, good.height)) is Offer.ACCEPT
        for index, chunk in enumerate(chunks_of(giver, good)):
            joining.apply_chunk(index, chunk, "good")
        assert joining.info().height == good.height
        joining.close()


@pytest.mark.attack(6)
def test_a_chunk_that_fits_its_hash_and_is_no_list_of_rows_condemns_its_snapshot(tmp_path: Path) -> None:
    with alliance(tmp_path / "alliance", 1, settings=EVERY_5) as nodes:
        offered = grown(nodes).list_snapshots()[0]
        manifest = msgspec.json.decode(offered.metadata, type=Manifest)
        raw = msgspec.json.encode(msgspec.structs.replace(manifest, chunks=(sha256(b"x").hex(),)))
        joining = opened(tmp_path / "new", document())
        wrong = replace(offered, chunks=1, metadata=raw, hash=sha256(raw))
        assert joining.offer_snapshot(wrong, app_hash_after(nodes, wrong.height)) is Offer.ACCEPT
        assert joining.apply_chunk(0, b"x", "bad").result is Applied.REJECT_SNAPSHOT
        assert leftovers(tmp_path / "new") == []
        joining.close()


def test_a_snapshot_of_a_chain_with_another_beginning_is_refused(tmp_path: Path) -> None:
    with alliance(tmp_path / "alliance", 1, settings=EVERY_5) as nodes:
        giver = grown(nodes)
        offered = giver.list_snapshots()[0]
        joining = opened(tmp_path / "new", document(outage_grace_ms=7))
        assert joining.offer_snapshot(offered, app_hash_after(nodes, offered.height)) is Offer.ACCEPT
        verdicts = [joining.apply_chunk(i, chunk, "p") for i, chunk in enumerate(chunks_of(giver, offered))]
        assert verdicts[-1].result is Applied.REJECT_SNAPSHOT
        assert joining.info().height == 0
        joining.close()


def test_a_node_that_cannot_write_a_snapshot_goes_on(tmp_path: Path) -> None:
    application = opened(tmp_path, document(), settings=EVERY_5)
    (tmp_path / FOLDER).write_bytes(b"a file where a folder should be")
    for height in range(1, 8):
        decided(application, block_of(height, toy.START_MS + height, [envelope(height)]))
    assert (application.height, application.list_snapshots()) == (7, [])
    application.close()


def test_what_an_interrupted_export_left_is_removed_and_an_unreadable_one_is_not_offered(
    tmp_path: Path,
) -> None:
    application = opened(tmp_path, document(), settings=EVERY_5)
    for height in range(1, 7):
        decided(application, block_of(height, toy.START_MS + height, [envelope(height)]))
    application.close()
    (tmp_path / FOLDER / "9.partial").mkdir()
    (tmp_path / FOLDER / "4").mkdir()
    (tmp_path / FOLDER / "5" / "manifest.json").write_bytes(b"{")
    application = opened(tmp_path, settings=EVERY_5)
    assert not (tmp_path / FOLDER / "9.partial").exists()
    assert application.list_snapshots() == []
    application.close()


def test_a_snapshot_is_written_while_blocks_go_on_and_the_next_one_is_left_out_meanwhile(
    tmp_path: Path,
) -> None:
    go_on = threading.Event()

    def slowly(job: Callable[[], None]) -> None:
        def late() -> None:
            go_on.wait(60)
            job()

        in_a_thread(late)

    application = opened(tmp_path, document(), settings=EVERY_5, background=slowly)
    answers = [
        decided(application, block_of(height, toy.START_MS + height, [envelope(height)]))
        for height in range(1, 13)
    ]
    root = answers[4].app_hash
    assert application.list_snapshots() == []
    go_on.set()
    application.close()
    application = opened(tmp_path, settings=EVERY_5)
    (offered,) = application.list_snapshots()
    assert offered.height == 5
    joining = opened(tmp_path / "new", document())
    assert joining.offer_snapshot(offered, root) is Offer.ACCEPT
    for index, chunk in enumerate(chunks_of(application, offered)):
        joining.apply_chunk(index, chunk, "peer")
    assert (joining.height, joining.app_hash) == (5, root)
    joining.close()
    application.close()


def test_a_view_that_cannot_be_taken_does_not_keep_later_ones_from_being_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = opened(tmp_path, document(), settings=EVERY_5)
    snapshots = Snapshots(tmp_path, 8, interval=1, kept=1, background=lambda job: job())

    def broken() -> None:
        raise toy.Defect

    monkeypatch.setattr(application.store, "view", broken)
    with pytest.raises(toy.Defect):
        snapshots.take(application.store)
    monkeypatch.undo()
    snapshots.take(application.store)
    snapshots.wait()
    application.close()


def test_the_time_of_a_store_that_lacks_it_is_not_guessed(tmp_path: Path) -> None:
    with alliance(tmp_path, 1, settings=EVERY_5) as nodes:
        store = grown(nodes).store
        assert restoring.time_of_last(store) == nodes.time_ms

        class Bare:
            height = store.height + 1

            def result(self, _: int) -> None:
                return None

            def get(self, key: bytes) -> bytes | None:
                return store.get(key)

        with pytest.raises(StoreError, match="time of block 9"):
            restoring.time_of_last(Bare())  # type: ignore[arg-type]  # as much of a store as is asked
