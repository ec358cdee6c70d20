"""The gateway as a process: it refuses to start with a sentence, stops gracefully, and loses nothing when it is killed."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog

from tallychain.gateway.config import ConfigRefused
from tallychain.gateway.main import main
from tallychain.gateway.tests.alliance import PASSPHRASE, Alliance, alliance, in_loop
from tallychain.gateway.tests.test_story import PROMISE, backed
from tallychain.testkit import back_ends
from tallychain.testkit.ports import free_port

PATIENCE_S = 300.0


@contextmanager
def process(there: Alliance, member: str, port: int) -> Iterator["subprocess.Popen[bytes]"]:
    """A gateway process that answers."""
    folder = there.root / member
    text = f'member = "{member}"\nengine = "{there.socket}"\nlisten_port = {port}\ncard_wait_ms = 0\n'
    text += f'database = "{back_ends.setting(folder)}"\n'
    (folder / "gateway.toml").write_text(text)
    command = [sys.executable, "-m", "tallychain.gateway", "--config", str(folder / "gateway.toml")]
    with (folder / "log").open("ab") as log:
        running = subprocess.Popen(command, stderr=log, env={**os.environ, "PYTHONPATH": "src"})
    try:
        yield running
    finally:
        running.kill()
        running.wait()


def calling(port: int) -> httpx.AsyncClient:
    """A client that waits as long as a busy machine needs."""
    return httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=PATIENCE_S)


async def answering(port: int) -> None:
    async with calling(port) as http:
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            try:
                if (await http.get("/v1/ready")).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            await asyncio.sleep(0.05)
    raise AssertionError("the gateway does not answer")


async def signed_in(http: httpx.AsyncClient, account: str) -> dict[str, str]:
    answer = await http.post("/v1/demo/sessions", json={"account": account})
    return {"Authorization": f"Bearer {answer.json()['token']}"}


async def issue(http: httpx.AsyncClient, args: dict[str, Any], key: str) -> str:
    """Issue a voucher on a payable that backs many; the operation's id."""
    body: dict[str, Any] = {
        "args": {**args, "reference": {"keyed": key}},
        "sealed": {"trade": PROMISE},
        "unlock": {"passphrase": PASSPHRASE},
    }
    headers = {**await signed_in(http, "maker"), "Idempotency-Key": key}
    made = await http.post("/v1/acts/voucher.issue", json=body, headers=headers)
    assert made.status_code == 202, made.text
    unlock = {"unlock": {"passphrase": PASSPHRASE}}
    path = f"/v1/drafts/{made.json()['draft']}/approve"
    approved = await http.post(path, json=unlock, headers=await signed_in(http, "checker"))
    assert approved.status_code == 202, approved.text
    operation: str = approved.json()["operation"]
    return operation


@pytest.mark.faults
@in_loop
async def test_a_killed_gateway_loses_nothing_that_it_acknowledged_and_repeats_nothing(
    tmp_path: Path,
) -> None:
    async with alliance(tmp_path) as there:
        async with there.gateway("ce-a") as issuer, there.gateway("bank-a"):
            args = await backed(there, issuer, "s1", amount=1_000_000_000)
        port = free_port()
        operations: list[str] = []
        for round_number in range(3):
            with process(there, "ce-a", port) as running:
                await answering(port)
                async with calling(port) as http:
                    operations += [
                        await issue(http, args, f"issue-{10 * round_number + number:04d}")
                        for number in range(3)
                    ]
                    running.send_signal(signal.SIGKILL)
                    running.wait()
        with process(there, "ce-a", port) as running:
            await answering(port)
            async with calling(port) as http:
                headers = await signed_in(http, "maker")
                for operation in operations:
                    assert await ended(http, operation, headers) == "done"
                # What is done may not be in the rows yet.
                rows = await listed(http, headers, 9)
                assert len(rows) == len(operations) == 9
                running.send_signal(signal.SIGTERM)
                assert await asyncio.to_thread(running.wait, PATIENCE_S) == 0


async def ended(http: httpx.AsyncClient, operation: str, headers: dict[str, str]) -> str:
    """The state in which an operation ends, however long that takes."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        shown = (await http.get(f"/v1/operations/{operation}?wait=10", headers=headers)).json()
        if shown["state"] not in ("queued", "submitted") or time.monotonic() > deadline:
            return str(shown["state"])


async def listed(http: httpx.AsyncClient, headers: dict[str, str], least: int) -> list[Any]:
    """The vouchers that a gateway lists, once there are so many."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        rows: list[Any] = (await http.get("/v1/vouchers", headers=headers)).json()["rows"]
        if len(rows) >= least or time.monotonic() > deadline:
            return rows
        await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not valid"),
        ('member = "bank-a"\nengine = "nowhere"\nmembre = 1\n', "membre"),
    ],
)
def test_a_wrong_setting_is_one_sentence_and_status_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, words: str
) -> None:
    path = tmp_path / "gateway.toml"
    path.write_text(text)
    try:
        assert main(["--config", str(path)]) == 2
    finally:
        structlog.reset_defaults()
    found = capsys.readouterr().err
    assert words in found
    assert found.count("\n") == 1


@in_loop
async def test_a_gateway_starts_only_with_the_keys_authority_and_genesis_of_its_chain(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there:
        there.furnish("bank-a")
        folder = tmp_path / "bank-a"

        async def refusal() -> str:
            with pytest.raises(ConfigRefused) as caught:
                async with there.gateway("bank-a"):
                    pass
            return str(caught.value)

        genesis = folder / "genesis.json"
        document = genesis.read_bytes()
        genesis.write_bytes(document.replace(b"TEST", b"REST"))
        assert "is not that of the chain" in await refusal()
        genesis.unlink()
        assert "cannot be read" in await refusal()
        genesis.write_bytes(document)
        root = folder / "trusted" / "trial.der"
        root.rename(folder / "away.der")
        assert "no trusted authority" in await refusal()
        (folder / "away.der").rename(root)
        sealing = folder / "keys" / "sealing-1.key"
        sealing.rename(folder / "keys" / "other.key")
        assert "current sealing key of bank-a (number 1) is not in keys/" in await refusal()
        (folder / "keys" / "other.key").rename(sealing)
        system = folder / "keys" / "system.key"
        system.write_bytes((folder / "keys" / "maker.key").read_bytes())
        assert "not a system key of bank-a" in await refusal()
        system.unlink()
        assert "cannot be opened" in await refusal()
