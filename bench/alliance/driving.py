"""Hands envelopes to validators and takes the times."""

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple

import httpx

from bench.alliance.load import ENVELOPE_OPERATIONS
from bench.alliance.nodes import Node
from bench.machine import percentile
from tallychain.engine.client import LedgerClient
from tallychain.engine.port import EngineRefused, EngineUnavailable

_AGAIN: Final = 20
_ROOM_S: Final = 120.0
_METAS: Final = 20
_STANDS_S: Final = 60.0


class Done(NamedTuple):
    """An envelope is in a block."""

    taken: float
    """When it was handed over by the attempt that was not refused."""
    refused: int = 0
    """How often there was no room for it before."""


HandOver = Callable[[int, bytes], Awaitable[Done]]
"""Hands an envelope to the node of this number and returns when a block that is durable there holds it."""


@dataclass
class Measured:
    """What was answered within a time."""

    began: float = 0.0
    ended: float = 0.0
    waits_s: list[float] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)
    size: int = 0
    refused: int = 0

    @property
    def operations(self) -> int:
        """How many are in blocks."""
        return ENVELOPE_OPERATIONS * len(self.waits_s)

    def figures(self) -> dict[str, object]:
        """Rate and times, for a report."""
        took = self.ended - self.began
        instants = [self.began, *sorted(self.answered)]
        gaps = [after - before for before, after in itertools.pairwise(instants)] or [took]
        return {
            "seconds": round(took, 2),
            "operations": self.operations,
            "operations_per_s": round(self.operations / took),
            "refused_busy": self.refused,
            "bytes_per_operation": round(self.size / max(1, self.operations)),
            "latency_s": {
                "p50": round(percentile(self.waits_s or [0.0], 0.5), 3),
                "p99": round(percentile(self.waits_s or [0.0], 0.99), 3),
                "max": round(max(self.waits_s, default=0.0), 3),
            },
            "longest_without_answer_s": round(max(gaps), 3),
        }


async def drive(lines: Sequence[list[bytes]], nodes: int, seconds: float, hand_over: HandOver) -> Measured:
    """
    Every line hands over its next envelope when the one before is answered, each to the next node, until the time is over.

    Where there is no room it comes again after the time that it was told; the wait is counted from when it was taken, and refusals are counted.
    What was handed over is taken from the lines.  The time ends with the last answer, so nothing that was begun is left out.
    """
    measured = Measured(began=time.perf_counter())
    turns = itertools.count()

    async def follow(line: list[bytes]) -> None:
        while line and time.perf_counter() - measured.began < seconds:
            envelope = line.pop(0)
            done = await hand_over(next(turns) % nodes, envelope)
            now = time.perf_counter()
            measured.waits_s.append(now - done.taken)
            measured.refused += done.refused
            measured.answered.append(now)
            measured.size += len(envelope)

    await asyncio.gather(*(follow(line) for line in lines))
    measured.ended = time.perf_counter()
    return measured


def to_ledgers(clients: Sequence[LedgerClient]) -> HandOver:
    """Through the sockets that gateways use."""

    async def hand_over(number: int, envelope: bytes) -> Done:
        return await submitted(clients[number], envelope)

    return hand_over


async def submitted(client: LedgerClient, envelope: bytes) -> Done:
    """Have an envelope executed, sent again where the answer says so; raises `RuntimeError` where an act was not done."""
    began, busy, lost = time.perf_counter(), 0, 0
    taken = began
    while lost < _AGAIN and time.perf_counter() - began < _ROOM_S:
        try:
            answer = await client.submit(envelope)
        except EngineUnavailable:
            # It may wait there still, so its time goes on.
            lost += 1
            continue
        except EngineRefused as refused:
            if not refused.retry_after_ms:
                raise
            busy += 1
            await asyncio.sleep(refused.retry_after_ms / 1_000)
            taken = time.perf_counter()
            continue
        if any(b'"done"' not in result for result in answer.results):
            raise RuntimeError(f"an operation of the load was not done: {answer.results[0]!r}")
        return Done(taken, busy)
    raise RuntimeError("an envelope came into no block")


def to_engines(client: httpx.AsyncClient, nodes: Sequence[Node]) -> HandOver:
    """Straight to the engines, which answer when the transaction stands in a block."""

    async def hand_over(number: int, envelope: bytes) -> Done:
        begun = time.perf_counter()
        # As a form, like a ledger process, so that what is compared was handed over alike.
        form = b"tx=0x" + envelope.hex().encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        try:
            url = f"{nodes[number].rpc}/broadcast_tx_commit"
            answer = (await client.post(url, content=form, headers=headers)).json()
        except httpx.HTTPError:
            answer = {}
        found = answer.get("result")
        if found is None:
            # The engine waits for a block only so long; then its state says when there was one.
            await _stands(client, nodes[number], envelope.partition(b"=")[0])
        elif found["check_tx"]["code"] or found["tx_result"]["code"]:
            raise RuntimeError(f"the engine did not take a transaction: {str(answer)[:300]}")
        return Done(begun)

    return hand_over


async def _stands(client: httpx.AsyncClient, node: Node, key: bytes) -> None:
    body = {"jsonrpc": "2.0", "id": 1, "method": "abci_query", "params": {"data": key.hex()}}
    until = time.perf_counter() + _STANDS_S
    while time.perf_counter() < until:
        with suppress(httpx.HTTPError, KeyError):
            if (await client.post(node.rpc, json=body)).json()["result"]["response"]["value"]:
                return
        await asyncio.sleep(0.2)
    raise RuntimeError("a transaction came into no block of the engine")


async def blocks(client: httpx.AsyncClient, node: Node, first: int, last: int) -> dict[str, object]:
    """Sizes and times of blocks, as the engine's headers have them."""
    metas: list[dict[str, Any]] = []
    for low in range(first, last + 1, _METAS):
        high = min(last, low + _METAS - 1)
        url = f"{node.rpc}/blockchain?minHeight={low}&maxHeight={high}"
        metas += reversed((await client.get(url)).json()["result"]["block_metas"])
    times = [_seconds(meta["header"]["time"]) for meta in metas]
    gaps = [after - before for before, after in itertools.pairwise(times)]
    filled = [meta for meta in metas if int(meta["num_txs"])]
    return {
        "blocks": len(metas),
        "empty": len(metas) - len(filled),
        "operations_p50": ENVELOPE_OPERATIONS
        * int(percentile([float(m["num_txs"]) for m in filled] or [0.0], 0.5)),
        "operations_max": ENVELOPE_OPERATIONS * max((int(meta["num_txs"]) for meta in filled), default=0),
        "bytes_max": max((int(meta["block_size"]) for meta in filled), default=0),
        "interval_p50_s": round(percentile(gaps or [0.0], 0.5), 3),
        "longest_gap_s": round(max(gaps, default=0.0), 3),
    }


async def height_of(client: httpx.AsyncClient, node: Node) -> int:
    """The engine's last block."""
    status = (await client.get(f"{node.rpc}/status")).json()
    return int(status["result"]["sync_info"]["latest_block_height"])


def _seconds(text: str) -> float:
    head, _, fraction = text.rstrip("Z").partition(".")
    return datetime.fromisoformat(f"{head}+00:00").timestamp() + float(f"0.{fraction or 0}")
