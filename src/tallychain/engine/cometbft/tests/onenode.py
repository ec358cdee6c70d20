"""One validator with its ledger, as two real processes that a test may kill and start again."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tallychain.crypto.keys import signing_key_from_seed
from tallychain.engine.client import LedgerClient
from tallychain.engine.cometbft.binary import NAME, engine_binary
from tallychain.engine.cometbft.home import EngineValidator, Home, engine_genesis
from tallychain.engine.cometbft.nodekeys import EngineKey
from tallychain.engine.cometbft.settings import EngineSettings
from tallychain.engine.cometbft.template import config_text
from tallychain.engine.cometbft.tests.driving import document
from tallychain.engine.port import SubmitAnswer
from tallychain.engine.tests import toy
from tallychain.ledger import machine
from tallychain.ledger.engineparameters import first_parameters
from tallychain.ledger.founders import GenesisNode, GenesisValidator
from tallychain.ledger.genesis import genesis_digest, read_genesis
from tallychain.ledger.parameters import Policy
from tallychain.ledger.validators import VALIDATOR
from tallychain.testkit.ports import free_port

PATIENCE_S: Final = 300.0
STORY_S: Final = 1_500.0
"""What one test may take on any machine."""
GRACE_S: Final = 20.0
SEED: Final = b"one validator".ljust(32, b".")


@dataclass
class OneNode:
    """The two processes, their folder and what a test asks of them."""

    root: Path
    text: bytes
    name: str = NAME
    rpc_port: int = field(default_factory=free_port)
    metrics_port: int = field(default_factory=free_port)
    ledger: "subprocess.Popen[bytes] | None" = None
    engine: "subprocess.Popen[bytes] | None" = None
    numbers: int = 0

    @property
    def rpc(self) -> str:
        return f"http://127.0.0.1:{self.rpc_port}"

    @property
    def socket(self) -> Path:
        return self.root / "l" / "ledger.sock"

    @property
    def calls(self) -> Path:
        """What the engine asked, line by line."""
        return self.root / "calls"

    def client(self, patience_s: float = PATIENCE_S) -> LedgerClient:
        return LedgerClient(self.socket, genesis=genesis_digest(self.text).hex(), patience_s=patience_s)

    def make(self, key: EngineKey) -> None:
        """The engine's home, as an operator's node has it."""
        home = Home(self.root / "e")
        home.make(key, EngineKey(b"node".ljust(32, b".")))
        settings = EngineSettings(
            listen=f"127.0.0.1:{free_port()}",
            rpc_port=self.rpc_port,
            metrics_port=0,
            same_machine=True,
            idle_ms=1_000,
            log_level="*:info",
        )
        genesis = read_genesis(self.text)
        validators = tuple(EngineValidator(one.member, one.key, one.power) for one in genesis.validators)
        proxy = f"unix://{self.root / 'l' / 'abci.sock'}"
        beginning = engine_genesis(
            genesis.chain,
            genesis.time_ms,
            genesis_digest(self.text).hex(),
            validators,
            first_parameters(genesis.policies),
        )
        home.put_in_order(config_text(settings, moniker="one", proxy_app=proxy), beginning)
        (self.root / "genesis.json").write_bytes(self.text)

    def start_ledger(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "tallychain.engine.cometbft.tests.toy_ledger"]
        command += ["--dir", str(self.root / "l"), "--genesis", str(self.root / "genesis.json")]
        command += ["--abci", str(self.root / "l" / "abci.sock"), "--rpc", self.rpc]
        command += ["--metrics-port", str(self.metrics_port), *arguments]
        with (self.root / "ledger.log").open("ab") as log:
            self.ledger = subprocess.Popen(
                command, stdout=log, stderr=log, env={**os.environ, "CALLS": str(self.calls)}
            )

    def start_engine(self, *, fail_at: int | None = None) -> None:
        command = [str(engine_binary(name=self.name)), "start", "--home", str(self.root / "e")]
        environment = dict(os.environ)
        if fail_at is not None:
            environment["FAIL_TEST_INDEX"] = str(fail_at)
        with (self.root / "engine.log").open("ab") as log:
            self.engine = subprocess.Popen(command, stdout=log, stderr=log, env=environment)

    def start(self) -> None:
        self.start_ledger()
        self.start_engine()

    def kill_ledger(self) -> None:
        _killed(self.ledger)
        self.ledger = None

    def kill_engine(self) -> None:
        _killed(self.engine)
        self.engine = None

    async def engine_ended(self) -> None:
        """Wait for the engine to end by itself, as it does when it loses the ledger or at a planted failure."""
        assert self.engine is not None
        # It may hang where it loses the ledger in the middle of a block; a supervisor does the same then.
        may_hang = self.ledger is None
        try:
            await asyncio.to_thread(self.engine.wait, GRACE_S if may_hang else PATIENCE_S)
        except subprocess.TimeoutExpired:
            assert may_hang
            self.engine.kill()
            self.engine.wait(PATIENCE_S)
        self.engine = None

    def stop(self) -> int:
        """End both in order; the ledger's exit status."""
        _ended(self.engine)
        self.engine = None
        return self.stop_ledger()

    def stop_ledger(self) -> int:
        """End the ledger alone; its exit status."""
        code = 0
        if self.ledger is not None:
            self.ledger.send_signal(signal.SIGTERM)
            code = self.ledger.wait(PATIENCE_S)
            self.ledger = None
        return code

    def envelope(self, amount: int = 1) -> tuple[bytes, str]:
        """An envelope of now with one addition of this size, and the operation's id."""
        self.numbers += 1
        now_ms = time.time_ns() // 1_000_000
        sample = toy.add("c", amount, self.numbers, now_ms=now_ms)
        return toy.sealed_envelope(sample, now_ms=now_ms), sample.id

    def log_of(self, which: str) -> str:
        return (self.root / f"{which}.log").read_text(errors="replace")


async def submitted(client: LedgerClient, node: OneNode, amount: int = 1) -> tuple[SubmitAnswer, str]:
    data, operation = node.envelope(amount)
    answer = await client.submit(data)
    assert answer.code == machine.EXECUTED
    return answer, operation


@asynccontextmanager
async def one_node(
    root: Path,
    *,
    name: str = NAME,
    started: bool = True,
    driven: bool = False,
    policies: tuple[Policy, ...] = (),
) -> AsyncIterator[OneNode]:
    """A node in a folder with a short name; both processes are ended afterwards, whatever happened."""
    key = EngineKey(SEED)
    public = signing_key_from_seed("ed25519", SEED).public
    validators = (GenesisValidator("bank-a", public, 10),)
    nodes = (GenesisNode("ab" * 20, "bank-a", VALIDATOR),)
    clock = {"clock": "driven", "outages": False} if driven else {}
    node = OneNode(root, document(validators=validators, nodes=nodes, policies=policies, **clock), name)
    node.make(key)
    if started:
        node.start()
    try:
        yield node
    finally:
        node.kill_engine()
        node.kill_ledger()


def _killed(process: "subprocess.Popen[bytes] | None") -> None:
    if process is not None:
        process.kill()
        process.wait(PATIENCE_S)


def _ended(process: "subprocess.Popen[bytes] | None") -> None:
    if process is not None:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_S)
