"""Starts, looks at and ends the processes of a trial alliance: one ledger, and one gateway for each member."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Final

import httpx
import msgspec
from msgspec import Struct

from tallychain.engine.client import LedgerClient
from tallychain.engine.port import EngineError
from tallychain.network.layout import SUPERVISOR_LOG, Layout, MemberPlace, Network
from tallychain.node.processes import is_alive, memory_bytes
from tallychain.node.record import READY, AlreadyRunning, RunFolder, RunRecord
from tallychain.node.supervisor import Program, Report, StartFailed, supervise

START_PATIENCE_S: Final = 60.0
"""On two cores everything is ready in a fifth of this; a loaded machine may need more."""
_LOOK_S: Final = 0.05
_STATUS_PATIENCE_S: Final = 3.0


class NotRunning(Exception):
    """Nothing runs in the folder."""

    code = "NETWORK_NOT_RUNNING"


class ProgramStatus(Struct, frozen=True):
    """One process as it is now."""

    name: str
    pid: int
    alive: bool
    restarts: int
    memory_bytes: int
    url: str


class LedgerStatus(Struct, frozen=True):
    """Where the chain stands."""

    chain: str
    height: int
    time_ms: int
    app_hash: str
    clock: str
    waiting: int


class GatewayStatus(Struct, frozen=True):
    """What a gateway says of itself; `answers` is False where it cannot be reached."""

    member: str
    answers: bool
    height: int = 0
    """Up to which block its queries speak."""
    outbox: int = 0
    """Operations that wait for their end."""


class NetworkStatus(Struct, frozen=True):
    """What runs, and where the chain stands; `ledger` is None where it does not answer."""

    state: str
    programs: list[ProgramStatus]
    ledger: LedgerStatus | None
    gateways: list[GatewayStatus]
    equal: bool
    """Whether every gateway answers, as of the same block."""


def programs(layout: Layout, network: Network) -> list[Program]:
    """The processes of an alliance; gateways are ended before the ledger that they depend on."""
    ledger = Program(
        name="ledger",
        module="tallychain.engine.embedded",
        arguments=(
            *("--dir", str(layout.ledger), "--genesis", str(layout.genesis)),
            *("--key-file", str(layout.sequencer_key), "--passphrase-file", str(layout.passphrase)),
            # A trial's load is small: to verify in the one process costs less than a second one.
            *("--workers", "0"),
        ),
        log=layout.log("ledger"),
    )
    gateways = [
        Program(
            name=place.id,
            module="tallychain.console",
            arguments=("--config", str(layout.member(place.id) / "gateway.toml")),
            log=layout.log(place.id),
            stage=1,
            health=f"{place.url}/v1/health",
            preloaded="tallychain.gateway.main",
        )
        for place in network.members
    ]
    return [ledger, *gateways]


async def run(
    layout: Layout, report: Report, during: Callable[[], Coroutine[None, None, None]] | None = None
) -> None:
    """
    Run the alliance in this process until SIGTERM or SIGINT, or until `during` (begun when all are ready) returns.

    Raises `NotANetwork`, `AlreadyRunning`, `StartFailed`, and whatever `during` raises.
    """
    network = layout.read()
    await supervise(
        programs(layout, network),
        RunFolder(layout.root),
        report,
        patience_s=START_PATIENCE_S,
        during=during,
    )


def start(root: Path) -> None:
    """Start the alliance in the background and return when it is ready.  Raises as `run`."""
    layout, folder = Layout(root), RunFolder(root)
    layout.read()
    record = folder.read()
    if record is not None and is_alive(record.supervisor):
        raise AlreadyRunning(layout.root)
    # What a killed supervisor left behind.
    folder.end()
    log = layout.log(SUPERVISOR_LOG)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        started = subprocess.Popen(
            [sys.executable, "-m", "tallychain.network", str(layout.root)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    deadline = time.monotonic() + START_PATIENCE_S + 10
    while time.monotonic() < deadline:
        record = folder.read()
        if record is not None and record.state == READY and record.supervisor.pid == started.pid:
            return
        if started.poll() is not None:
            raise StartFailed(_last_line(log))
        time.sleep(_LOOK_S)
    folder.end()
    raise StartFailed(f"The alliance was not ready in {START_PATIENCE_S:.0f} s; see {log}.")


def stop(root: Path) -> RunRecord:
    """End the alliance, gracefully and then by force.  Raises `NotANetwork`, `NotRunning`."""
    layout = Layout(root)
    layout.read()
    record = RunFolder(root).end()
    if record is None:
        raise NotRunning(f"Nothing runs in {layout.root}.")
    # A ledger that was killed leaves its socket; nobody listens on it any more.
    layout.socket.unlink(missing_ok=True)
    return record


async def status(root: Path) -> NetworkStatus:
    """What runs in a folder.  Raises `NotANetwork`, `NotRunning`."""
    layout = Layout(root)
    network = layout.read()
    record = RunFolder(root).read()
    if record is None:
        raise NotRunning(f"Nothing runs in {layout.root}: start it with tally network up.")
    urls = {place.id: place.url for place in network.members}
    rows = [
        ProgramStatus(
            name=item.name,
            pid=item.process.pid,
            alive=is_alive(item.process),
            restarts=item.restarts,
            memory_bytes=memory_bytes(item.process),
            url=urls.get(item.name, ""),
        )
        for item in record.programs
    ]
    ledger = await _ledger(layout)
    gateways = await asyncio.gather(*(_gateway(place, ledger) for place in network.members))
    equal = all(one.answers for one in gateways) and len({one.height for one in gateways}) == 1
    return NetworkStatus(record.state, rows, ledger, list(gateways), equal)


async def advance(root: Path, to_ms: int) -> int:
    """Move a driven clock; the height reached.  Raises `NotANetwork`, `EngineRefused`, `EngineUnavailable`."""
    layout = Layout(root)
    layout.read()
    client = LedgerClient(layout.socket, patience_s=_STATUS_PATIENCE_S)
    try:
        return await client.advance(to_ms)
    finally:
        await client.close()


async def _ledger(layout: Layout) -> LedgerStatus | None:
    client = LedgerClient(layout.socket, patience_s=_STATUS_PATIENCE_S)
    with suppress(EngineError):
        found = await client.status()
        await client.close()
        return LedgerStatus(
            found.chain, found.height, found.time_ms, found.app_hash, found.clock, found.waiting
        )
    return None


class _Ready(Struct, frozen=True):
    """The part of a gateway's answer about itself that is shown."""

    read_model_behind: int
    outbox_open: int


async def _gateway(place: MemberPlace, ledger: LedgerStatus | None) -> GatewayStatus:
    try:
        async with httpx.AsyncClient(timeout=_STATUS_PATIENCE_S, trust_env=False) as client:
            answer = await client.get(f"{place.url}/v1/ready")
            found = msgspec.json.decode(answer.content, type=_Ready)
    except (httpx.HTTPError, msgspec.DecodeError):
        return GatewayStatus(place.id, answers=False)
    height = 0 if ledger is None else ledger.height - max(0, found.read_model_behind)
    return GatewayStatus(place.id, answers=True, height=height, outbox=found.outbox_open)


def _last_line(log: Path) -> str:
    with suppress(OSError):
        lines = log.read_text(errors="replace").strip().splitlines()
        if lines:
            return lines[-1]
    return f"The supervisor {os.fspath(log)} ended without a word."


def main(arguments: list[str]) -> int:
    """The supervisor in the background: `python -m tallychain.network DIR`."""

    def report(sentence: str) -> None:
        sys.stderr.write(f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} {sentence}\n")
        sys.stderr.flush()

    try:
        asyncio.run(run(Layout(Path(arguments[0])), report))
    except (StartFailed, AlreadyRunning) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0
