"""The ledger process from its command line: readiness, order at the end, refusals at the start."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from tallychain.crypto.keyfile import StoredSecret, write_key_file
from tallychain.engine.client import LedgerClient
from tallychain.engine.embedded.checks import check
from tallychain.engine.embedded.main import LedgerConfig, run
from tallychain.engine.lifecycle import EXIT_DEFECT, EXIT_REFUSED
from tallychain.engine.limits import Settings
from tallychain.engine.port import EngineUnavailable
from tallychain.engine.tests import toy
from tallychain.engine.tests.running import addition, envelope, opened
from tallychain.ledger.contract import Change
from tallychain.ledger.machine import Catalogue
from tallychain.ledger.protocol import ACTIVATIONS, Activation

PASSPHRASE = "a passphrase for tests"


def prepared(folder: Path) -> list[str]:
    """Arguments for a ledger process in a folder."""
    (folder / "genesis").write_bytes(toy.genesis_document())
    (folder / "passphrase").write_text(PASSPHRASE + "\n")
    (folder / "passphrase").chmod(0o600)
    secret = StoredSecret("signing", toy.SEQUENCER.public, toy.SEQUENCER_SEED)
    write_key_file(folder / "key", secret, PASSPHRASE, n=2**10)
    named = {"--dir": "chain", "--genesis": "genesis", "--key-file": "key", "--passphrase-file": "passphrase"}
    return [part for name, file in named.items() for part in (name, str(folder / file))]


@contextmanager
def started(arguments: list[str], *, under: tuple[str, ...] = ()) -> Iterator[subprocess.Popen[str]]:
    """A ledger process that has said it is ready, started by another command where one is given."""
    reading, writing = os.pipe()
    command = [
        *under,
        sys.executable,
        "-m",
        "tallychain.engine.tests.toy_ledger",
        *arguments,
        "--ready-fd",
        str(writing),
    ]
    process = subprocess.Popen(command, pass_fds=(writing,), stderr=subprocess.PIPE, text=True)
    os.close(writing)
    try:
        with os.fdopen(reading, "rb") as ready:
            assert ready.readline() == b"ready\n"
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_process_in_order_and_leaves_no_lock_and_no_socket(
    tmp_path: Path, number: signal.Signals
) -> None:
    arguments = prepared(tmp_path)
    with started([*arguments, "--workers", "1"]) as process:
        assert (tmp_path / "chain" / "ledger.sock").is_socket()
        process.send_signal(number)
        _, log = process.communicate(timeout=60)
        assert process.returncode == 0
    lines = [json.loads(line) for line in log.splitlines()]
    assert [line["event"] for line in lines] == ["ready", "ended"]
    assert lines[0]["engine"] == "embedded, one operator, not fault tolerant"
    assert not (tmp_path / "chain" / "ledger.sock").exists()
    with opened(tmp_path / "chain") as chain:
        assert chain.app_hash.hex() == lines[1]["app_hash"]


def test_a_second_process_on_the_directory_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    arguments = prepared(tmp_path)
    with started(arguments) as first:
        command = [sys.executable, "-m", "tallychain.engine.tests.toy_ledger", *arguments]
        second = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
        assert second.returncode == EXIT_REFUSED
        assert "in use by another process" in json.loads(second.stderr)["sentence"]
        assert first.poll() is None
        assert (tmp_path / "chain" / "ledger.sock").is_socket()


def config(folder: Path, **changes: Path | str) -> LedgerConfig:
    prepared(folder)
    values: dict[str, Path | str] = {
        "directory": folder / "chain",
        "key_file": folder / "key",
        "passphrase": PASSPHRASE,
        "genesis": folder / "genesis",
    }
    return LedgerConfig(**(values | changes), workers=0)  # type: ignore[arg-type]  # each value has its field's type


def refusal(capsys: pytest.CaptureFixture[str]) -> str:
    line: dict[str, str] = json.loads(capsys.readouterr().err)
    assert line["event"] == "not started"
    return line["sentence"]


def test_what_keeps_a_process_from_starting_is_said_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = config(tmp_path)
    with opened(tmp_path / "other", toy.genesis_document(chain="other-chain")):
        pass
    (tmp_path / "broken").write_text("{}")
    cases: tuple[tuple[dict[str, Path | str], str], ...] = (
        ({"passphrase": "wrong"}, "passphrase"),
        ({"key_file": tmp_path / "nobody"}, "key file"),
        ({"genesis": tmp_path / "broken"}, "genesis document is not valid"),
        ({"genesis": tmp_path / "nobody"}, "No such file"),
        ({"directory": tmp_path / "other"}, "expected was"),
        ({"socket": tmp_path / ("x" * 120)}, "shorter"),
    )
    for changes, words in cases:
        (tmp_path / "key").unlink()
        assert run(config(tmp_path, **changes), toy.CATALOGUE) == EXIT_REFUSED
        assert words in refusal(capsys)
    assert "passphrase" not in repr(settings)


def test_a_defect_in_a_block_ends_the_process_without_an_answer(tmp_path: Path) -> None:
    arguments = prepared(tmp_path)

    async def provoke(height: int) -> None:
        client = LedgerClient(tmp_path / "chain" / "ledger.sock", patience_s=0.5)
        assert (await client.submit(envelope(addition("c", height)))).code == 0
        with pytest.raises(EngineUnavailable):
            await client.submit(envelope(addition("c", 10), addition("defect", 11)))
        await client.close()

    with started(arguments) as process:
        asyncio.run(provoke(1))
        _, log = process.communicate(timeout=60)
        assert process.returncode == EXIT_DEFECT
        assert "stopped by a defect" in log
        assert "raise Defect\n" in log
        assert '"place": "toy.py:' in log
    with opened(tmp_path / "chain") as chain:
        assert chain.height >= 1
        assert check(chain).failures == []
        assert chain.query(toy.COUNTERS.key("c")).value == b'{"name":"c","total":1,"additions":1}'


def test_a_process_killed_while_it_begins_begins_again(tmp_path: Path) -> None:
    arguments = prepared(tmp_path)
    command = [sys.executable, "-m", "tallychain.engine.tests.toy_ledger", *arguments]
    chain = tmp_path / "chain"
    for number in range(6):
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        wait_for(chain.exists)
        time.sleep(number * 0.004)
        process.kill()
        process.wait()
    with started(arguments) as last:
        last.send_signal(signal.SIGTERM)
        assert last.wait(60) == 0


def wait_for(condition: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline_s
        time.sleep(0.001)


@pytest.mark.parametrize(("height", "event"), [(1, "not started"), (3, "stopped")])
def test_a_build_without_the_next_protocol_stops_with_a_sentence_before_that_block(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], height: int, event: str
) -> None:
    def founded(section: msgspec.Raw) -> Change:
        assert toy.TOY.genesis is not None
        activation = Activation(2, height, "0.6.0", "ab" * 32, "cd" * 32)
        return toy.TOY.genesis(section) + Change((ACTIVATIONS.put(activation),))

    catalogue = Catalogue([replace(toy.TOY, genesis=founded)])
    settings = replace(config(tmp_path), settings=Settings(idle_interval_ms=20))

    assert run(settings, catalogue) == EXIT_REFUSED

    last = json.loads(capsys.readouterr().err.splitlines()[-1])
    assert (last["event"], last["reason"]) == (event, "ProtocolUnknown")
    assert f"From height {height} on this chain runs protocol 2" in last["sentence"]
