"""Runs a node until it is asked to end, and says how it stands."""

import asyncio

from msgspec import Struct

from tallychain.engine import notify
from tallychain.engine.client import LedgerClient
from tallychain.engine.port import Status
from tallychain.node.config import Node
from tallychain.node.engineview import EngineView, view_engine
from tallychain.node.processes import is_alive, memory_bytes
from tallychain.node.record import RunFolder
from tallychain.node.supervisor import Report, supervise

START_PATIENCE_S = 120.0
"""A long chain is read whole when it is opened."""
_PATIENCE_S = 3.0


class ProcessStatus(Struct, frozen=True):
    """One process as it is now."""

    name: str
    pid: int
    alive: bool
    restarts: int
    memory_bytes: int


class NodeStatus(Struct, frozen=True):
    """The processes of a node, and where its chain stands."""

    state: str
    url: str
    processes: list[ProcessStatus]
    ledger: Status
    engine: EngineView | None = None
    """Where the engine is a process of its own, what it says."""


async def run_node(node: Node, report: Report) -> None:
    """Run the processes of a node until SIGTERM or SIGINT.  Raises `AlreadyRunning`, `StartFailed`, `ConfigRefused`."""
    what = "ledger and gateway" if node.engine is None else "ledger, engine and gateway"
    report(f"Starting {what} of {node.gateway.member} …")

    async def during() -> None:
        report(f"{node.gateway.member} serves at {node.url}.")
        notify.tell(notify.READY)
        await asyncio.Event().wait()

    # The gateway of an alliance waits for the first blocks, and these for the other founders: nobody knows how long.
    patience_s = START_PATIENCE_S if node.engine is None else None
    await supervise(node.programs(), RunFolder(node.root), report, patience_s=patience_s, during=during)


async def node_status(node: Node) -> NodeStatus:
    """How a node stands.  Raises `EngineUnavailable` where its ledger does not answer."""
    record = RunFolder(node.root).read()
    client = LedgerClient(node.socket, patience_s=_PATIENCE_S)
    try:
        ledger = await client.status()
    finally:
        await client.close()
    processes = [
        ProcessStatus(
            item.name,
            item.process.pid,
            is_alive(item.process),
            item.restarts,
            memory_bytes(item.process),
        )
        for item in (() if record is None else record.programs)
    ]
    engine = await view_engine(node.rpc) if node.rpc else None
    return NodeStatus("" if record is None else record.state, node.url, processes, ledger, engine)
