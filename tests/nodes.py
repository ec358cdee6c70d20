"""A running alliance of four validators on loopback, and strangers that want to join it."""

import asyncio
import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx

from tallychain.engine.client import LedgerClient
from tallychain.engine.port import EngineError, Status
from tallychain.network import running
from tallychain.network.alliance import read_alliance, read_calendar
from tallychain.network.layout import Layout
from tallychain.network.making import Making, make
from tallychain.node.engineview import EngineView, view_engine
from tallychain.node.processes import send
from tallychain.node.record import RunFolder
from tests.e2e import machine
from tests.e2e.machine import tally

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "examples" / "chain"
VALIDATORS = ("bank-a", "bank-b", "factor-a", "settle-a")
PATIENCE_S = 300.0
"""A wait that succeeds costs nothing; on a busy machine four nodes need their time."""
START_S = 600.0


def made(root: Path, *, chain: str = "trial-1", seed: int = 7, clock: str = "system") -> Layout:
    """An alliance of the example's six members, four of them with a validator; not started."""
    alliance, calendar = read_alliance(DATA / "alliance.json"), read_calendar(DATA / "calendar-2026.json")
    making = Making(
        alliance=alliance, calendar=calendar, chain=chain, seed=seed, engine="cometbft", clock=clock
    )
    make(root, making)
    return Layout(root)


@contextmanager
def started(layout: Layout) -> Iterator[Layout]:
    """The alliance while it runs; afterwards nothing of it does."""
    start(layout)
    try:
        yield layout
    finally:
        try:
            with suppress(running.NotRunning):
                running.stop(layout.root)
        finally:
            machine.end_all_in(layout.root)


def start(layout: Layout, *more: str) -> None:
    """Start an alliance, or with `--node MEMBER` one added node, and return when it is ready."""
    done = tally("network", "up", str(layout.root), *more, patience_s=START_S)
    assert done.returncode == 0, done.stderr


def ledger_of(layout: Layout, member: str) -> Status | None:
    """What a member's ledger process says, or None."""

    async def ask() -> Status | None:
        client = LedgerClient(layout.node_socket(member), patience_s=1)
        try:
            return await client.status()
        except EngineError:
            return None
        finally:
            await client.close()

    return asyncio.run(ask())


def hit(layout: Layout, name: str, what: signal.Signals) -> None:
    """Send a signal to one of the alliance's processes."""
    record = RunFolder(layout.root).read()
    assert record is not None
    send(next(item.process for item in record.programs if item.name == name), what)


def gateway_of(layout: Layout, member: str) -> dict[str, Any]:
    """What a member's gateway says of itself and of the nodes."""
    place = next(place for place in layout.read().members if place.id == member)
    found: dict[str, Any] = httpx.get(f"{place.url}/readyz", timeout=PATIENCE_S, trust_env=False).json()
    return found


def engine_of(layout: Layout, member: str) -> EngineView | None:
    """What a member's engine says, or None."""
    node = next(place.node for place in layout.read().members if place.id == member)
    assert node is not None
    return asyncio.run(view_engine(f"http://127.0.0.1:{node.rpc}"))


def log_of(layout: Layout, member: str) -> list[dict[str, Any]]:
    """The lines of a member's engine log."""
    found = []
    for line in layout.log(f"{member}-engine").read_text(errors="replace").splitlines():
        with suppress(json.JSONDecodeError):
            found.append(json.loads(line))
    return found


def said(layout: Layout, members: Sequence[str], *words: str) -> dict[str, Any] | None:
    """A line in the log of one of these members' engines that holds all these words."""
    for member in members:
        for line in log_of(layout, member):
            text = json.dumps(line)
            if all(word in text for word in words):
                return line
    return None


def until(holds: Callable[[], object], patience_s: float = PATIENCE_S, *, pause_s: float = 0.2) -> None:
    """Wait until something holds, as in `tests.e2e.machine`."""
    machine.until(holds, patience_s, pause_s=pause_s)


@contextmanager
def beside(layout: Layout, member: str) -> Iterator[None]:
    """One member's node, run by a supervisor of its own; its alliance need not run."""
    output = layout.log(f"{member}-node")
    with output.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tallychain.network", str(layout.root), "--node", member],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(PATIENCE_S)
        finally:
            process.kill()
            process.wait()


def meet(stranger: Layout, member: str, others: Layout) -> None:
    """Have a node of one alliance connect to all nodes of another, and to nobody else."""
    file = stranger.node_file(member)
    head, _, rest = file.read_text().partition("peers = [\n")
    addresses = [place.node.address for place in others.read().nodes if place.node is not None]
    peers = "".join(f'    "{address}",\n' for address in addresses)
    file.write_text(f"{head}peers = [\n{peers}]{rest.partition(']')[2]}")


def take_identity(thief: Layout, member: str, others: Layout, victim: str) -> None:
    """Put the node key of another member's node into a node."""
    for name in ("node_key.json",):
        source = others.node(victim) / "engine" / "config" / name
        shutil.copy2(source, thief.node(member) / "engine" / "config" / name)
