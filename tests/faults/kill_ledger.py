"""Ledger processes that are killed at any moment, the load on them, and what must hold afterwards."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tallychain.crypto.keyfile import StoredSecret, write_key_file
from tallychain.crypto.pool import VerifierPool
from tallychain.engine.client import LedgerClient
from tallychain.engine.embedded.checks import check
from tallychain.engine.embedded.opening import open_chain
from tallychain.engine.port import CommittedBlock, EngineRefused
from tallychain.engine.tests import toy
from tallychain.engine.tests.running import addition, envelope
from tallychain.ledger import codec
from tallychain.ledger.receipt import Receipt

READY_TIMEOUT_S = 300.0
OPERATIONS_A_ROUND = 20
"""At least, before each kill: more than one block of the three writers holds."""
PASSPHRASE = "a passphrase for tests"


class LedgerProcess:
    """One chain's ledger process, started, killed and started again."""

    def __init__(self, directory: Path, *, workers: int = 0) -> None:
        """Write genesis, key file and passphrase into a directory; the chain lives in `chain` there."""
        self._directory = directory
        self._workers = workers
        self._process: subprocess.Popen[bytes] | None = None
        self.chain = directory / "chain"
        self.socket = directory / "s"
        self.log = directory / "log"
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "genesis").write_bytes(toy.genesis_document())
        (directory / "passphrase").write_text(PASSPHRASE)
        (directory / "passphrase").chmod(0o600)
        secret = StoredSecret("signing", toy.SEQUENCER.public, toy.SEQUENCER_SEED)
        write_key_file(directory / "key", secret, PASSPHRASE, n=2**10)

    def arguments(self) -> list[str]:
        """The command line, without the readiness descriptor."""
        named = {
            "--dir": self.chain,
            "--genesis": self._directory / "genesis",
            "--key-file": self._directory / "key",
            "--passphrase-file": self._directory / "passphrase",
            "--socket": self.socket,
            "--workers": self._workers,
        }
        command = [sys.executable, "-m", "tallychain.engine.tests.toy_ledger"]
        return command + [str(part) for pair in named.items() for part in pair]

    async def start(self) -> None:
        """Start the process and wait until it says that it is ready."""
        reading, writing = os.pipe()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: ASYNC220 - it returns at once
                [*self.arguments(), "--ready-fd", str(writing)], pass_fds=(writing,), stderr=log
            )
        os.close(writing)
        with os.fdopen(reading, "rb") as ready:
            line = await asyncio.wait_for(asyncio.to_thread(ready.readline), READY_TIMEOUT_S)
        assert line == b"ready\n", self.log.read_text()

    async def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal (SIGKILL for the hard way) and wait for the end; the exit status."""
        assert self._process is not None
        self._process.send_signal(number)
        return await asyncio.to_thread(self._process.wait, READY_TIMEOUT_S)


@dataclass(slots=True)
class Acknowledged:
    """What writers were told, and what a follower saw."""

    operations: dict[str, str] = field(default_factory=dict)
    """Operation id to the counter that it added to."""
    blocks: list[CommittedBlock] = field(default_factory=list)


async def write(client: LedgerClient, writer: int, told: Acknowledged, stop: asyncio.Event) -> None:
    """Add to one counter, envelope after envelope, until told to stop; what is refused as busy is sent again."""
    counter = f"writer-{writer}"
    nonce = writer * 1_000_000
    while not stop.is_set():
        samples = [addition(counter, nonce + position) for position in range(5)]
        nonce += len(samples)
        await _send(client, envelope(*samples))
        for sample in samples:
            told.operations[sample.id] = counter


async def _send(client: LedgerClient, data: bytes) -> None:
    while True:
        try:
            answer = await client.submit(data)
        except EngineRefused as refusal:
            # `CLOSING` and `BUSY` ask to come again; anything else is a failure of the test.
            if not refusal.retry_after_ms:
                raise
            await asyncio.sleep(refusal.retry_after_ms / 1_000)
            continue
        assert all(b'"DONE"' in row or b'"REPEAT"' in row for row in answer.results), answer
        return


async def follow(client: LedgerClient, told: Acknowledged) -> None:
    """Collect every block from the first on, over all restarts."""
    async for block in client.follow(1):
        told.blocks.append(block)


async def kill_under_load(
    process: LedgerProcess, pauses_s: Sequence[float], disturb: Callable[[], Awaitable[None]]
) -> Acknowledged:
    """Run writers and a follower; after each pause `disturb` ends and restarts what it wants.  What they were told."""
    told, stop = Acknowledged(), asyncio.Event()
    clients = [LedgerClient(process.socket, patience_s=READY_TIMEOUT_S) for _ in range(4)]
    async with asyncio.TaskGroup() as tasks:
        for writer, client in enumerate(clients[1:], 1):
            tasks.create_task(write(client, writer, told, stop))
        following = tasks.create_task(follow(clients[0], told))
        for number, pause_s in enumerate(pauses_s, 1):
            await asyncio.sleep(pause_s)
            # However slow the machine: a kill without work before it would show nothing.
            while len(told.operations) < OPERATIONS_A_ROUND * number:  # noqa: ASYNC110 - another process is waited for
                await asyncio.sleep(0.02)
            await disturb()
        stop.set()
        await asyncio.sleep(1.0)
        following.cancel()
    for client in clients:
        await client.close()
    return told


def verify_afterwards(process: LedgerProcess, told: Acknowledged, directory: Path) -> int:
    """Nothing acknowledged is lost, nothing applied twice, and a replay from genesis gives the same blocks; the height."""
    with VerifierPool(0) as pool:
        chain = open_chain(process.chain, toy.CATALOGUE, toy.SEQUENCER, pool)
        replay = open_chain(directory, toy.CATALOGUE, toy.SEQUENCER, pool, toy.genesis_document())
        try:
            done: dict[str, int] = {}
            for height in range(1, chain.height + 1):
                block = chain.block(height)
                assert replay.make_block(block.time_ms, block.envelopes) == block
                for row in (row for rows in block.results for row in rows if b'"outcome"' in row):
                    operation = codec.decode(Receipt, row).operation
                    done[operation] = done.get(operation, 0) + 1
            assert replay.app_hash == chain.app_hash
            assert check(chain).failures == []
            assert set(told.operations) <= set(done), "an acknowledged operation is lost"
            assert set(done.values()) == {1}, "an operation was applied twice"
            counters = list(chain.state.committed.iterate(toy.COUNTERS))
            assert sum(row.additions for row in counters) == len(done)
            heights = [block.height for block in told.blocks]
            assert heights == list(range(1, len(heights) + 1)), "the follower missed a block or got one twice"
            assert all(block == chain.block(block.height) for block in told.blocks)
            return chain.height
        finally:
            chain.close()
            replay.close()
