"""How a trial alliance stands: its processes, its nodes with their heights and roots, and its gateways."""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Final

import httpx
import msgspec
from msgspec import Struct

from tallychain.engine.client import LedgerClient
from tallychain.engine.port import EngineError
from tallychain.ledger.founders import EMBEDDED
from tallychain.network.layout import Layout, MemberPlace, Network
from tallychain.network.running import NotRunning
from tallychain.node.engineview import EngineView, view_engine
from tallychain.node.processes import is_alive, memory_bytes
from tallychain.node.record import RunFolder, RunRecord

_STATUS_PATIENCE_S: Final = 3.0
_TOGETHER_S: Final = 3.0
"""For so long nodes that differ in height are asked again: one block is on its way to some of them."""
_AGAIN_S: Final = 0.1


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


class NodeStatus(Struct, frozen=True):
    """One node of a chain of several validators; `ledger` or `engine` is None where it does not answer."""

    member: str
    ledger: LedgerStatus | None
    engine: EngineView | None
    memory_bytes: int
    """Of its ledger process and its engine together."""


class GatewayStatus(Struct, frozen=True):
    """What a gateway says of itself; `answers` is False where it cannot be reached."""

    member: str
    answers: bool
    height: int = 0
    """Up to which block its queries speak."""
    outbox: int = 0
    """Operations that wait for their end."""


class NetworkStatus(Struct, frozen=True):
    """What runs, and where the chain stands; `ledger` is None where none answers, and that of the highest node where there are several."""

    state: str
    programs: list[ProgramStatus]
    ledger: LedgerStatus | None
    gateways: list[GatewayStatus]
    equal: bool
    """Whether every gateway answers, as of the same block."""
    nodes: list[NodeStatus] = []
    """None with the embedded engine."""
    roots_equal: bool = True
    """Whether every node answers with the same state root at the same height."""


async def status(root: Path) -> NetworkStatus:
    """What runs in a folder.  Raises `NotANetwork`, `NotRunning`."""
    layout = Layout(root)
    network = layout.read()
    record = RunFolder(root).read()
    if record is not None:
        # Nodes that were started beside the alliance.
        beside = [RunFolder(layout.node(place.id)).read() for place in network.nodes]
        more = [item for one in beside if one is not None for item in one.programs]
        record = RunRecord(record.state, record.supervisor, (*record.programs, *more))
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
    nodes = await _nodes(layout, network, record)
    ledger = await _ledger(layout.socket) if network.engine == EMBEDDED else _highest(nodes)
    gateways = await asyncio.gather(*(_gateway(place, ledger) for place in network.members))
    equal = all(one.answers for one in gateways) and len({one.height for one in gateways}) == 1
    return NetworkStatus(record.state, rows, ledger, list(gateways), equal, nodes, not nodes or _same(nodes))


async def advance(root: Path, to_ms: int) -> int:
    """Move a driven clock; the height reached.  Raises `NotANetwork`, `EngineRefused`, `EngineUnavailable`."""
    layout = Layout(root)
    network = layout.read()
    sockets = [layout.node_socket(place.id) for place in network.nodes] or [layout.socket]
    # Of several nodes any will do: one may not have been started yet.
    there = [socket for socket in sockets if await _ledger(socket) is not None]
    client = LedgerClient((there or sockets)[0], patience_s=_STATUS_PATIENCE_S)
    try:
        return await client.advance(to_ms)
    finally:
        await client.close()


async def _nodes(layout: Layout, network: Network, record: RunRecord) -> list[NodeStatus]:
    """Every node, asked again while some are a block behind others."""
    deadline = asyncio.get_running_loop().time() + _TOGETHER_S
    while True:
        nodes = await asyncio.gather(*(_node(layout, place, record) for place in network.nodes))
        behind = len({one.ledger.height for one in nodes if one.ledger is not None}) > 1
        if not behind or asyncio.get_running_loop().time() > deadline:
            return list(nodes)
        await asyncio.sleep(_AGAIN_S)


async def _node(layout: Layout, place: MemberPlace, record: RunRecord) -> NodeStatus:
    rpc = "" if place.node is None else f"http://127.0.0.1:{place.node.rpc}"
    ledger, engine = await asyncio.gather(_ledger(layout.node_socket(place.id)), view_engine(rpc))
    own = (f"{place.id}-ledger", f"{place.id}-engine")
    memory = sum(memory_bytes(item.process) for item in record.programs if item.name in own)
    return NodeStatus(place.id, ledger, engine, memory)


def _highest(nodes: list[NodeStatus]) -> LedgerStatus | None:
    ledgers = [one.ledger for one in nodes if one.ledger is not None]
    return max(ledgers, key=lambda ledger: ledger.height, default=None)


def _same(nodes: list[NodeStatus]) -> bool:
    found = [one.ledger for one in nodes]
    return None not in found and len({(one.height, one.app_hash) for one in found if one is not None}) == 1


async def _ledger(socket: Path) -> LedgerStatus | None:
    if not _is_there(socket):
        return None
    client = LedgerClient(socket, patience_s=_STATUS_PATIENCE_S)
    try:
        # One that is stopped takes the connection and says nothing.
        with suppress(EngineError, TimeoutError):
            async with asyncio.timeout(_STATUS_PATIENCE_S):
                found = await client.status()
            return LedgerStatus(
                found.chain, found.height, found.time_ms, found.app_hash, found.clock, found.waiting
            )
    finally:
        await client.close()
    return None


def _is_there(socket: Path) -> bool:
    return socket.exists()


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
