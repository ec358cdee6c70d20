"""What a ledger process says to those who watch it: alive, ready, figures; and the word to its service manager."""

import asyncio
import json
import os
import socket
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tallychain.engine import figures, notify
from tallychain.engine.client import LedgerClient
from tallychain.engine.embedded.checks import check
from tallychain.engine.embedded.main import main
from tallychain.engine.figures import Figures, FiguresServer
from tallychain.engine.lifecycle import EXIT_DISK, EXIT_REFUSED
from tallychain.engine.port import EngineUnavailable
from tallychain.engine.tests import toy
from tallychain.engine.tests.running import addition, envelope, opened, running
from tallychain.engine.tests.test_process import prepared, started


def asked(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_figures_count_blocks_and_operations_and_name_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story() -> None:
        async with running(tmp_path) as here:
            server = await FiguresServer.start(Figures(here.sequencer, tmp_path), 0)
            try:
                await here.client.submit(envelope(addition("c", 1)))

                async def ask(path: str) -> tuple[int, str]:
                    return await asyncio.to_thread(asked, server.port, path)

                assert await ask("/healthz") == (200, "ok\n")
                assert await ask("/readyz") == (200, "ready\n")
                assert (await ask("/anything"))[0] == 404
                # The chain goes on by itself: the block with the operation is followed by an empty one.
                async with here.sequencer.pause():
                    status, text = await ask("/metrics")
                    assert status == 200
                    assert f"tally_ledger_height {float(here.chain.height)}" in text
                assert "tally_ledger_operations_total 1.0" in text
                assert "tally_ledger_disk_free_bytes" in text
                monkeypatch.setattr(figures, "LEAST_FREE_BYTES", 2**70)
                assert await ask("/readyz") == (503, "not ready\n")
            finally:
                await server.stop()

    asyncio.run(asyncio.wait_for(story(), 60))


def test_a_service_manager_is_told_when_the_process_serves_and_when_it_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(60)
        monkeypatch.setenv(notify.VARIABLE, str(tmp_path / "notify"))
        with started(prepared(tmp_path)) as process:
            assert manager.recv(100) == b"READY=1"
            assert (tmp_path / "chain" / "ledger.sock").is_socket()
            process.terminate()
            assert manager.recv(100) == b"STOPPING=1"
            process.wait(60)


def test_without_a_service_manager_or_with_one_that_is_gone_nobody_is_told(tmp_path: Path) -> None:
    assert not notify.tell(notify.READY, {})
    assert not notify.tell(notify.READY, {notify.VARIABLE: "vsock:2:1"})
    assert not notify.tell(notify.READY, {notify.VARIABLE: str(tmp_path / "gone")})


def test_a_name_in_the_abstract_space_is_understood() -> None:
    name = f"tally-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind("\0" + name)
        assert notify.tell(notify.READY, {notify.VARIABLE: "@" + name})
        assert manager.recv(100) == b"READY=1"


def test_a_passphrase_file_that_others_may_read_keeps_the_ledger_from_starting(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = prepared(tmp_path)
    (tmp_path / "passphrase").chmod(0o644)

    assert main(arguments, toy.CATALOGUE) == EXIT_REFUSED
    assert "may be read by others" in json.loads(capsys.readouterr().err)["sentence"]


def test_a_block_that_does_not_fit_on_the_disk_ends_the_ledger_with_one_sentence_and_loses_nothing_answered(
    tmp_path: Path,
) -> None:
    arguments = prepared(tmp_path)
    # A bound on the size of files is to a write what a full disk is, and needs no rights.
    with started(arguments, under=("prlimit", "--fsize=40000")) as process:
        answered = asyncio.run(_until_lost(tmp_path / "chain" / "ledger.sock"))
        _, log = process.communicate(timeout=60)
    lines = [json.loads(line) for line in log.splitlines()]

    assert process.returncode == EXIT_DISK
    assert [line["event"] for line in lines] == ["ready", "stopped by the disk"]
    with opened(tmp_path / "chain") as chain:
        assert f"Block {chain.height + 1} could not be written to disk" in lines[1]["sentence"]
        # The one after the last answer, or that which follows by itself to carry its root, or the next.
        assert answered <= chain.height <= answered + 1
        assert check(chain).failures == []


async def _until_lost(path: Path) -> int:
    """Submit until nobody answers; the last height that was answered."""
    client = LedgerClient(path, patience_s=1)
    height = 0
    try:
        for nonce in range(1_000):
            height = (await client.submit(envelope(addition("c", nonce)))).height
    except EngineUnavailable:
        return height
    finally:
        await client.close()
    raise AssertionError("the disk was never full")
