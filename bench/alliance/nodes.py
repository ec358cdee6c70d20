"""Several validators on this machine: each an engine with its ledger process, or with the engine's own small application in its place."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx

from tallychain.engine.client import LedgerClient
from tallychain.engine.cometbft.binary import engine_binary
from tallychain.engine.cometbft.home import EngineValidator, Home, engine_genesis
from tallychain.engine.cometbft.nodekeys import EngineKey
from tallychain.engine.cometbft.settings import EngineSettings
from tallychain.engine.cometbft.template import config_text
from tallychain.ledger.genesis import genesis_digest, read_genesis
from tallychain.testkit.people import derived

KVSTORE: Final = "kvstore"
"""What the engine calls the application that is built into it: it keeps a key and a value in memory, and verifies nothing."""
_READY_S: Final = 120.0
_END_S: Final = 20.0
_MEBIBYTE: Final = 1024 * 1024
_TICKS: Final = os.sysconf("SC_CLK_TCK")


@dataclass
class Node:
    """One validator's folder, ports and processes."""

    root: Path
    member: str
    rpc_port: int
    listen: str
    id: str = ""
    processes: "dict[str, subprocess.Popen[bytes]]" = field(default_factory=dict)

    @property
    def socket(self) -> Path:
        """Where the ledger answers gateways."""
        return self.root / "l" / "ledger.sock"

    @property
    def rpc(self) -> str:
        """Where the engine answers."""
        return f"http://127.0.0.1:{self.rpc_port}"

    def client(self) -> LedgerClient:
        """As a gateway has it."""
        return LedgerClient(self.socket, patience_s=60.0)

    def start_ledger(self, genesis: Path, workers: int, *, profile: bool) -> int:
        """Begin the ledger process; the descriptor on which it says that it is ready."""
        ready, write = os.pipe()
        command = [sys.executable]
        if profile:
            command += ["-m", "cProfile", "-o", str(self.root / "ledger.prof")]
        command += ["-m", "tallychain.engine.cometbft", "--dir", str(self.root / "l")]
        command += ["--genesis", str(genesis), "--abci", str(self.root / "l" / "abci.sock")]
        command += ["--rpc", self.rpc, "--workers", str(workers), "--ready-fd", str(write)]
        try:
            self._start("ledger", command, (write,))
        finally:
            os.close(write)
        return ready

    def start_engine(self) -> None:
        """Begin the engine."""
        self._start("engine", [str(engine_binary()), "start", "--home", str(self.root / "e")], ())

    def _start(self, kind: str, command: Sequence[str], descriptors: tuple[int, ...]) -> None:
        with (self.root / f"{kind}.log").open("ab") as log:
            self.processes[kind] = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=descriptors
            )

    def end(self, number: int = signal.SIGTERM) -> None:
        """End both processes, the engine first; by force where they do not."""
        for kind in ("engine", "ledger"):
            process = self.processes.pop(kind, None)
            if process is None:
                continue
            process.send_signal(number)
            try:
                process.wait(_END_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(_END_S)

    def log(self, kind: str) -> str:
        """The end of a log."""
        return (self.root / f"{kind}.log").read_text(errors="replace")[-2_000:]

    def check(self) -> None:
        """Raises `RuntimeError` where a process has ended by itself."""
        for kind, process in self.processes.items():
            if process.poll() is not None:
                raise RuntimeError(f"the {kind} of {self.member} ended: {self.log(kind)}")

    def cpu_s(self) -> dict[str, float]:
        """Processor time so far, by kind of process, what verifies beside a ledger included."""
        return {kind: sum(map(_cpu_s, _family(process.pid))) for kind, process in self.processes.items()}

    def memory_mib(self) -> dict[str, float]:
        """Resident now, by kind of process."""
        return {
            kind: sum(map(_resident, _family(process.pid))) / _MEBIBYTE
            for kind, process in self.processes.items()
        }

    def disk_bytes(self) -> dict[str, int]:
        """What lies on disk: the ledger's store, the engine's blocks and state, and what else the engine keeps."""
        engine = self.root / "e" / "data"
        return {
            "ledger": _size(self.root / "l"),
            "engine_blocks": _size(engine / "blockstore.db"),
            "engine_rest": _size(engine) - _size(engine / "blockstore.db"),
        }


@contextmanager
def validators(
    root: Path, document: bytes, *, workers: int = 0, kvstore: bool = False, profile: bool = False
) -> Iterator[list[Node]]:
    """The validators that a genesis document names, running and agreed on a first block; ended afterwards, whatever happened."""
    nodes = _made(root, document, kvstore=kvstore)
    (root / "genesis.json").write_bytes(document)
    try:
        if not kvstore:
            ready = [node.start_ledger(root / "genesis.json", workers, profile=profile) for node in nodes]
            for node, descriptor in zip(nodes, ready, strict=True):
                with os.fdopen(descriptor) as said:
                    if said.readline().strip() != "ready":
                        raise RuntimeError(f"a ledger process did not start: {node.log('ledger')}")
        for node in nodes:
            node.start_engine()
        _await_blocks(nodes)
        yield nodes
    finally:
        for node in nodes:
            node.end()


def _made(root: Path, document: bytes, *, kvstore: bool) -> list[Node]:
    genesis, digest = read_genesis(document), genesis_digest(document).hex()
    founders = tuple(EngineValidator(one.member, one.key, one.power) for one in genesis.validators)
    beginning = engine_genesis(genesis.chain, genesis.time_ms, digest, founders)
    ports = iter(_free_ports(2 * len(founders)))
    nodes = []
    for number, founder in enumerate(founders):
        folder = root / str(number)
        folder.mkdir(parents=True)
        node = Node(folder, founder.member, next(ports), f"127.0.0.1:{next(ports)}")
        home = Home(folder / "e")
        home.make(
            EngineKey(derived(1, "validator", founder.member)), EngineKey(derived(1, "node", founder.member))
        )
        node.id = home.node_id
        nodes.append(node)
    for node in nodes:
        settings = EngineSettings(
            listen=node.listen,
            peers=tuple(f"{other.id}@{other.listen}" for other in nodes if other is not node),
            rpc_port=node.rpc_port,
            metrics_port=0,
            same_machine=True,
        )
        proxy = KVSTORE if kvstore else f"unix://{node.root / 'l' / 'abci.sock'}"
        config = config_text(settings, moniker=node.member, proxy_app=proxy)
        Home(node.root / "e").put_in_order(config, beginning)
    return nodes


def _await_blocks(nodes: Sequence[Node]) -> None:
    until = time.monotonic() + _READY_S
    with httpx.Client(trust_env=False, timeout=5.0) as client:
        for node in nodes:
            while _height(client, node) < 2:
                node.check()
                if time.monotonic() > until:
                    raise RuntimeError(f"the validators agree on no block: {node.log('engine')}")
                time.sleep(0.1)


def _height(client: httpx.Client, node: Node) -> int:
    try:
        return int(client.get(f"{node.rpc}/status").json()["result"]["sync_info"]["latest_block_height"])
    except (httpx.HTTPError, ValueError, KeyError):
        return 0


def _free_ports(count: int) -> list[int]:
    taken = [socket.socket() for _ in range(count)]
    try:
        for one in taken:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in taken]
    finally:
        for one in taken:
            one.close()


def _family(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        children = []
    return [pid, *(int(child) for child in children)]


def _cpu_s(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def _size(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except OSError:
            continue
    return total
