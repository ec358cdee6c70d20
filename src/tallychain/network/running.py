"""Starts and ends the processes of a trial alliance: one ledger or one node for each validator, and one gateway for each member."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Final

from tallychain.gateway.config import ConfigRefused
from tallychain.ledger.founders import EMBEDDED
from tallychain.network.layout import SUPERVISOR_LOG, Layout, MemberPlace, Network
from tallychain.node.config import load_node
from tallychain.node.processes import is_alive
from tallychain.node.record import READY, AlreadyRunning, RunFolder, RunRecord
from tallychain.node.supervisor import Program, Report, StartFailed, supervise

START_PATIENCE_S: Final = 180.0
"""On two cores everything is ready in a tenth of this; a loaded machine needs more."""
_LOOK_S: Final = 0.05
_PRELOADED: Final = "tallychain.gateway.main"


class NotRunning(Exception):
    """Nothing runs in the folder."""

    code = "NETWORK_NOT_RUNNING"


def programs(layout: Layout, network: Network) -> list[Program]:
    """The processes of an alliance; gateways are ended before the ledger that they depend on.  Raises `ConfigRefused`."""
    if network.engine == EMBEDDED:
        return [_embedded(layout), *(_gateway(layout, place) for place in network.members)]
    found = list[Program]()
    for place in network.members:
        if place.node is None:
            found.append(_gateway(layout, place))
        else:
            found += load_node(layout.node_file(place.id)).programs(place.id, preloaded=_PRELOADED)
    # Nobody waits for whom it does not need: ledgers first, then engines, then gateways.
    return sorted(found, key=lambda program: program.stage)


def _embedded(layout: Layout) -> Program:
    return Program(
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


def _gateway(layout: Layout, place: MemberPlace) -> Program:
    return Program(
        name=place.id,
        module="tallychain.console",
        arguments=("--config", str(layout.member(place.id) / "gateway.toml")),
        log=layout.log(place.id),
        stage=2,
        health=f"{place.url}/v1/health",
        preloaded=_PRELOADED,
    )


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


async def run_node(layout: Layout, member: str, report: Report) -> None:
    """
    Run the ledger and the engine of one member's node, and no gateway, beside an alliance that runs already.  Raises as `run`.

    At its next start the alliance runs them itself.
    """
    node = load_node(layout.node_file(member))
    beside = [program for program in node.programs(member) if program.name != member]
    await supervise(beside, RunFolder(layout.node(member)), report, patience_s=START_PATIENCE_S)


def start(root: Path) -> None:
    """Start the alliance in the background and return when it is ready.  Raises as `run`."""
    layout = Layout(root)
    layout.read()
    _end_nodes(layout)
    _start(RunFolder(root), [str(layout.root)], layout.log(SUPERVISOR_LOG))


def start_node(root: Path, member: str) -> None:
    """Start one member's node in the background and return when it is ready.  Raises as `run`."""
    layout = Layout(root)
    network = layout.read()
    if member not in [place.id for place in network.nodes]:
        raise StartFailed(f"{member} has no node in {layout.root}: make one with tally network add-node.")
    folder = RunFolder(layout.node(member))
    _start(folder, [str(layout.root), "--node", member], layout.log(f"{member}-node"))


def _start(folder: RunFolder, arguments: list[str], log: Path) -> None:
    record = folder.read()
    if record is not None and is_alive(record.supervisor):
        raise AlreadyRunning(folder.directory)
    # What a killed supervisor left behind.
    folder.end()
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        started = subprocess.Popen(
            [sys.executable, "-m", "tallychain.network", *arguments],
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
    _end_nodes(layout)
    if record is None:
        raise NotRunning(f"Nothing runs in {layout.root}.")
    # A ledger that was killed leaves its sockets; nobody listens on them any more.
    for socket in (layout.socket, *layout.members.glob("*/node/ledger/*.sock")):
        socket.unlink(missing_ok=True)
    return record


def _end_nodes(layout: Layout) -> None:
    """End the nodes that were started beside the alliance."""
    for folder in layout.members.glob("*/node"):
        RunFolder(folder).end()


def _last_line(log: Path) -> str:
    with suppress(OSError):
        lines = log.read_text(errors="replace").strip().splitlines()
        if lines:
            return lines[-1]
    return f"The supervisor {os.fspath(log)} ended without a word."


def main(arguments: list[str]) -> int:
    """The supervisor in the background: `python -m tallychain.network DIR`, or with `--node MEMBER` of one node."""

    def report(sentence: str) -> None:
        sys.stderr.write(f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} {sentence}\n")
        sys.stderr.flush()

    layout = Layout(Path(arguments[0]))
    try:
        if arguments[1:2] == ["--node"]:
            asyncio.run(run_node(layout, arguments[2], report))
        else:
            asyncio.run(run(layout, report))
    except (StartFailed, AlreadyRunning, ConfigRefused) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0
