"""What a gateway thinks of each node that it may ask, and what it has seen proven."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tallychain.crypto.digest import sha256
from tallychain.engine.port import (
    CommittedBlock,
    Engine,
    EngineRefused,
    EngineUnavailable,
    ReceiptAnswer,
    SubmitAnswer,
)

PASSING: Final = frozenset(
    {
        *("BUSY", "RATE_EXCEEDED", "READ_FAILED", "HEIGHT_NOT_REACHED", "STOPPING"),
        *("CONNECTIONS", "NOT_A_MEMBER", "METHOD_NOT_REMOTE", "TLS_CERTIFICATE_ENDED"),
    }
)
"""Refusals that say something of one node at one moment, and nothing of what was asked."""

LYING: Final = "NODE_LIES"
LAGGING: Final = "NODE_LAGS"
AWAY: Final = "NODE_AWAY"
KEPT_BLOCKS: Final = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long is waited for what.  An alliance at rest makes a block every 5 seconds."""

    answer_s: float = 3.0
    """For an answer, before the next node is asked as well."""
    block_s: float = 8.0
    """For a block, before the other nodes are looked at."""
    grace_s: float = 0.5
    """For the slower nodes, once one has said where the chain stands."""
    whole_s: float = 30.0
    """For the end of one request."""
    again_s: float = 1.0
    """Before everybody is tried again."""
    look_s: float = 5.0
    """Before those that were away or behind are asked again whether they are well."""
    blocks_behind: int = 20
    """From so many blocks behind the best on, a node lags."""


@dataclass(slots=True)
class Node:
    """One node, and what is thought of it."""

    name: str
    engine: Engine
    fault: str = ""
    """`NODE_LIES`, `NODE_LAGS` or `NODE_AWAY`; empty while nothing is wrong."""
    why: str = ""

    @property
    def lies(self) -> bool:
        """Whether it said what nobody signed; then it is not asked again."""
        return self.fault == LYING


class ChainForked(EngineUnavailable):
    """Two different blocks of one height are both signed by more than two thirds: this chain cannot be believed any longer."""

    def __init__(self, height: int) -> None:
        super().__init__(
            f"There are two signed blocks {height}: more than a third of the validators signed both."
        )
        self.height = height


class Proven:
    """What was seen of the last blocks: each envelope's place and answer, by its SHA-256."""

    def __init__(self) -> None:
        self._answers: dict[bytes, SubmitAnswer] = {}
        self._heights: dict[int, tuple[bytes, list[bytes]]] = {}

    def __contains__(self, height: int) -> bool:
        return height in self._heights

    def answer(self, envelope: bytes) -> SubmitAnswer | None:
        """What became of an envelope, by its SHA-256."""
        return self._answers.get(envelope)

    def add(self, block: CommittedBlock) -> None:
        """Remember a checked block; raises `ChainForked` where another one of its height was checked before."""
        header = sha256(block.header)
        if block.height in self._heights:
            if self._heights[block.height][0] != header:
                raise ChainForked(block.height)
            return
        found = answers_of(block)
        self._heights[block.height] = (header, list(found))
        for name, answer in found.items():
            # The same bytes may stand in two blocks; what they did, they did in the first.
            if name not in self._answers or self._answers[name].height > block.height:
                self._answers[name] = answer
        if len(self._heights) > KEPT_BLOCKS:
            lowest = min(self._heights)
            for name in self._heights.pop(lowest)[1]:
                if name in self._answers and self._answers[name].height == lowest:
                    del self._answers[name]


def answers_of(block: CommittedBlock) -> dict[bytes, SubmitAnswer]:
    """What became of each envelope of a block, by its SHA-256."""
    made: dict[bytes, SubmitAnswer] = {}
    for envelope, code, rows in zip(block.envelopes, block.codes, block.results, strict=True):
        made.setdefault(sha256(envelope), SubmitAnswer(block.height, code, rows))
    return made


def telling(refusals: Sequence[EngineRefused]) -> EngineRefused:
    """The refusal that says most: one of what was asked before one of the moment."""
    return next((item for item in refusals if item.code not in PASSING), refusals[0])


def same_receipt(one: ReceiptAnswer | None, other: ReceiptAnswer | None) -> bool:
    """Whether two nodes say the same of an operation."""
    return (one and (one.height, one.receipt)) == (other and (other.height, other.receipt))


async def cancelled(tasks: Iterable["asyncio.Task[Any]"]) -> None:
    """End tasks that nobody waits for any more."""
    tasks = list(tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def ended(
    coming: "asyncio.Future[CommittedBlock] | None", stream: AsyncIterator[CommittedBlock]
) -> None:
    """End a stream in which somebody may be waiting for the next block."""
    if coming is not None and not coming.done():
        coming.cancel()
        await asyncio.gather(coming, return_exceptions=True)
    await stream.aclose()  # type: ignore[attr-defined]  # what is iterated here is a generator


async def too_late(tasks: Sequence["asyncio.Task[Any]"], grace_s: float) -> set["asyncio.Task[Any]"]:
    """Those that have not ended so long after the first one that found something."""
    waiting = set(tasks)
    while waiting:
        heard = any(task.done() and task.result() is not None for task in tasks)
        done, waiting = await asyncio.wait(
            waiting, timeout=grace_s if heard else None, return_when=asyncio.FIRST_COMPLETED
        )
        if not done:
            break
    return waiting
