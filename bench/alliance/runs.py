"""The runs: one number of validators under load, at rest and with one dead; and the same engine alone with the same bytes."""

import asyncio
import resource
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Final

import httpx

from bench.alliance import load
from bench.alliance.driving import Measured, blocks, drive, height_of, submitted, to_engines, to_ledgers
from bench.alliance.nodes import Node, validators
from bench.machine import percentile
from tallychain.contracts.vouchers.state import VOUCHERS, Voucher
from tallychain.engine.client import LedgerClient
from tallychain.testkit.people import derived
from tallychain.testkit.world import World

TREE_DEPTH: Final = 18
IDLE_S: Final = (0.5, 3.0)
"""How long nothing is decided before a lone operation comes."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """What a run is to last, and how much is on the way at once."""

    seconds: float
    dead_seconds: float
    engine_seconds: float
    operations: int
    """Sealed beforehand; more than can be decided in the time."""
    lines: int
    """Envelopes on the way at once."""
    lone: tuple[int, int]
    """Samples after each of `IDLE_S`."""
    workers: int
    makers: int
    profile: bool = False


def run(root: Path, count: int, sizes: Sizes) -> dict[str, object]:
    """All figures of so many validators."""
    world = load.world_of_now(count)
    document = world.genesis(TREE_DEPTH)
    with validators(root / "t", document, workers=sizes.workers, profile=sizes.profile) as nodes:
        report, sample = asyncio.run(_ledgers(nodes, world, sizes))
    alone: dict[str, object] = {}
    if sizes.engine_seconds:
        # A chain of its own begins now, as the other did.
        with validators(root / "k", load.world_of_now(count).genesis(), kvstore=True) as nodes:
            try:
                alone = asyncio.run(_engines(nodes, sample, sizes))
            except (httpx.HTTPError, RuntimeError) as error:
                # What was measured of the ledgers is not lost with it.
                report["engine_alone_failed"] = str(error)
    return {"validators": count, **report, "engine_alone": alone, "share_of_engine": _share(report, alone)}


async def _ledgers(
    nodes: Sequence[Node], world: World, sizes: Sizes
) -> tuple[dict[str, object], list[bytes]]:
    clients = [node.client() for node in nodes]
    async with httpx.AsyncClient(trust_env=False, timeout=30.0) as rpc:
        try:
            maker = load.Maker(world, "first")
            lone = sum(sizes.lone)
            for group in maker.vouchers(load.ENVELOPE_OPERATIONS * sizes.lines + lone):
                await asyncio.gather(*(submitted(clients[0], envelope) for envelope in group))
            vouchers = list(world.reader.iterate(VOUCHERS))
            report: dict[str, object] = {
                "lone": await _lone(maker, vouchers[len(vouchers) - lone :], clients, sizes)
            }
            begun = time.perf_counter()
            lines = await asyncio.to_thread(
                load.lines, world, vouchers[: len(vouchers) - lone], sizes.operations, sizes.makers
            )
            report["sealing"] = {
                "operations": load.ENVELOPE_OPERATIONS * sum(map(len, lines)),
                "seconds": round(time.perf_counter() - begun, 1),
            }
            sample = [envelope for line in lines for envelope in line[:2]]
            report["load"] = await _loaded(nodes, clients, lines, sizes.seconds, rpc)
            if sizes.dead_seconds and len(nodes) > 3:
                nodes[-1].end(9)
                report["one_dead"] = await _loaded(nodes[:-1], clients[:-1], lines, sizes.dead_seconds, rpc)
            report["roots_equal"] = await _equal(clients[: len(nodes) - ("one_dead" in report)])
        finally:
            for client in clients:
                await client.close()
    return report, sample


async def _lone(
    maker: load.Maker, vouchers: Sequence[Voucher], clients: Sequence[LedgerClient], sizes: Sizes
) -> dict[str, object]:
    """From handing one operation to one node until its block is durable there."""
    found: dict[str, object] = {}
    start = 0
    for idle_s, count in zip(IDLE_S, sizes.lone, strict=True):
        waits = []
        for number, voucher in enumerate(vouchers[start : start + count]):
            envelope = maker.lone(voucher, 1)
            await asyncio.sleep(idle_s)
            begun = time.perf_counter()
            await submitted(clients[number % len(clients)], envelope)
            waits.append(time.perf_counter() - begun)
        start += count
        found[f"after_{idle_s:g}_s"] = {
            "samples": count,
            "p50_s": round(percentile(waits or [0.0], 0.5), 4),
            "max_s": round(max(waits, default=0.0), 4),
        }
    return found


async def _loaded(
    nodes: Sequence[Node],
    clients: Sequence[LedgerClient],
    lines: Sequence[list[bytes]],
    seconds: float,
    rpc: httpx.AsyncClient,
) -> dict[str, object]:
    first = await height_of(rpc, nodes[0])
    cpu, disk, own = [node.cpu_s() for node in nodes], nodes[0].disk_bytes(), _own_cpu_s()
    measured = await drive(lines, len(nodes), seconds, to_ledgers(clients))
    last = await height_of(rpc, nodes[0])
    spent = [node.cpu_s() for node in nodes]
    for node in nodes:
        node.check()
    return {
        **measured.figures(),
        "on_the_way": len(lines),
        "ran_out": not all(lines),
        "cpu_ms_per_operation": {
            **{
                f"{kind}_of_a_node": round(
                    1_000
                    * fmean(after[kind] - before[kind] for before, after in zip(cpu, spent, strict=True))
                    / max(1, measured.operations),
                    3,
                )
                for kind in spent[0]
            },
            "whoever_hands_over": round(1_000 * (_own_cpu_s() - own) / max(1, measured.operations), 3),
        },
        "memory_mib_of_a_node": {
            kind: round(fmean(node.memory_mib()[kind] for node in nodes)) for kind in spent[0]
        },
        "disk_bytes_per_operation": {
            kind: round((size - disk[kind]) / max(1, measured.operations))
            for kind, size in nodes[0].disk_bytes().items()
        },
        "blocks": await blocks(rpc, nodes[0], first + 1, last),
    }


async def _engines(nodes: Sequence[Node], sample: Sequence[bytes], sizes: Sizes) -> dict[str, object]:
    """Transactions of the same sizes, as many on the way, handed over likewise."""
    lengths = [len(envelope) for envelope in sample]
    many = round(5_000 * sizes.engine_seconds / load.ENVELOPE_OPERATIONS)
    numbers = iter(range(10**9))
    lines = [
        [
            _transaction(next(numbers), lengths[turn % len(lengths)])
            for turn in range(line, line + many // sizes.lines)
        ]
        for line in range(sizes.lines)
    ]
    limits = httpx.Limits(max_connections=4 * sizes.lines)
    async with httpx.AsyncClient(trust_env=False, timeout=30.0, limits=limits) as rpc:
        first = await height_of(rpc, nodes[0])
        cpu = [node.cpu_s() for node in nodes]
        measured: Measured = await drive(lines, len(nodes), sizes.engine_seconds, to_engines(rpc, nodes))
        last = await height_of(rpc, nodes[0])
        spent = [node.cpu_s() for node in nodes]
        return {
            **measured.figures(),
            "ran_out": not all(lines),
            "cpu_ms_per_operation": round(
                1_000
                * fmean(after["engine"] - before["engine"] for before, after in zip(cpu, spent, strict=True))
                / max(1, measured.operations),
                3,
            ),
            "blocks": await blocks(rpc, nodes[0], first + 1, last),
        }


def _transaction(number: int, length: int) -> bytes:
    """A key and a value, as the engine's own application wants them, of bytes that do not compress to nothing."""
    head = b"%d=" % number
    body = derived(number, "filler").hex().encode()
    return head + (body * (length // len(body) + 1))[: length - len(head)]


async def _equal(clients: Sequence[LedgerClient]) -> bool:
    """Whether the nodes stand at one height with one root, as soon as they do, within a few seconds."""
    for _ in range(100):
        found = {(status.height, status.app_hash) for status in [await client.status() for client in clients]}
        if len(found) == 1:
            return True
        await asyncio.sleep(0.1)
    return False


def _own_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _share(report: dict[str, object], alone: dict[str, object]) -> float | None:
    loaded = report["load"]
    if not alone or not isinstance(loaded, dict):
        return None
    return round(float(loaded["operations_per_s"]) / max(1.0, float(str(alone["operations_per_s"]))), 3)
