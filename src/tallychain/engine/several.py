"""One engine port over several nodes of an alliance, for a gateway that must go on when some of them die, lag or lie.

Envelopes are handed to the nearest node that answers, and to the next when it is silent, busy or gone; the ledger takes an operation at
most once, so handing the same bytes to two nodes does no harm.  What became of them counts only as the validators signed it
(`trail`), whoever said so first.  A node that says what was not signed is left until the process is started again, with an alarm.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import TypeVar

import structlog
from msgspec.structs import replace

from tallychain.crypto.digest import sha256
from tallychain.engine import nodes
from tallychain.engine.nodes import AWAY, LAGGING, LYING, ChainForked, Node, Patience, Proven, answers_of
from tallychain.engine.port import (
    CommittedBlock,
    Engine,
    EngineError,
    EngineRefused,
    EngineUnavailable,
    QueryAnswer,
    ReceiptAnswer,
    ScanAnswer,
    Status,
    SubmitAnswer,
)
from tallychain.engine.trail import BlockDiffers, Trail
from tallychain.engine.voting import Voting
from tallychain.ledger import codec
from tallychain.ledger.receipt import Receipt

T = TypeVar("T")


class SeveralNodes:
    """The engine port over several nodes; the first named is the nearest."""

    def __init__(
        self,
        nodes: Sequence[tuple[str, Engine]],
        trail: Trail,
        *,
        patience: Patience | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if not nodes:
            raise ValueError("a gateway needs at least one node")
        self.nodes = tuple(Node(name, engine) for name, engine in nodes)
        self.trail = trail
        self._patience = patience or Patience()
        self._clock = clock
        self._proven = Proven()
        self._moved = asyncio.Condition()
        self._log = structlog.get_logger("nodes")
        self._looked_s = clock()
        self._looking: asyncio.Task[object] | None = None
        self._given = 0
        """The highest block that was given out."""
        self.voting = Voting()
        self.followed = ""
        """The node whose blocks were taken last."""
        self.alarms = 0
        """How often a node was found lying."""
        self.uncompared = 0
        """Blocks with events of due work for which no second node was there to compare."""

    async def submit(self, envelope: bytes) -> SubmitAnswer:
        """
        Have an envelope executed, by whichever node; the answer is what the validators signed.

        Raises `EngineRefused` where every node that answers refuses, and `EngineUnavailable` where none can say in time what became of it.
        """
        name = sha256(envelope)
        running: dict[asyncio.Task[SubmitAnswer], Node] = {}
        refusals: list[EngineRefused] = []
        left = self._order()
        deadline_s = self._clock() + self._patience.whole_s
        try:
            while self._clock() < deadline_s and (left or running):
                if left:
                    node = left.pop(0)
                    running[asyncio.ensure_future(node.engine.submit(envelope))] = node
                done, _ = await asyncio.wait(
                    running, timeout=self._patience.answer_s, return_when=asyncio.FIRST_COMPLETED
                )
                for task in done:
                    answer = await self._heard(running.pop(task), task, name, deadline_s, refusals)
                    if answer is not None:
                        for silent in running.values():
                            self._blame(silent, AWAY, "Another node answered a submission before it.")
                        return answer
        finally:
            await nodes.cancelled(running)
        if refusals:
            raise nodes.telling(refusals)
        raise EngineUnavailable("No node could say in time what became of an envelope.")

    async def follow(self, from_height: int) -> AsyncIterator[CommittedBlock]:
        """Every block from a height on, checked, from whichever node has it; without end."""
        height = max(1, from_height)
        while True:
            for node in self._order():
                async for block in self._from(node, height):
                    await self._seen(block)
                    self.followed = node.name
                    self.voting.saw(self.trail.votes(block))
                    self._given = max(self._given, block.height)
                    self._look_again()
                    height = block.height + 1
                    yield block
            await asyncio.sleep(self._patience.again_s)

    async def query(self, key: bytes, *, prove: bool = False) -> QueryAnswer:
        """
        One row under a root that was signed, at least as new as the blocks given out; always proven here, `prove` says whether the caller wants to see.

        What a gateway seals and signs rests on such rows, so that no node may tell it another one.
        """
        deadline_s = self._clock() + self._patience.whole_s
        while True:
            for node in self._order():
                answer = await self._asked(node, partial(self.trail.query, node.engine, key))
                if answer is not None and answer.height >= self._given:
                    return answer if prove else replace(answer, proof=None)
            if self._clock() > deadline_s or not any(node.fault == "" for node in self._order()):
                raise EngineUnavailable("No node gives a row that is proven and new enough.")
            await asyncio.sleep(self._patience.again_s / 10)

    async def scan(self, prefix: bytes) -> ScanAnswer:
        """All rows under a prefix, as the nearest node that answers has them: no proof says that none is missing, so nothing is sealed or signed on them."""
        return await self._first(lambda node: node.engine.scan(prefix))

    async def status(self) -> Status:
        """Where the chain stands: what the furthest node says that can show its header."""
        known = await self._status_of_all()
        if not known:
            raise EngineUnavailable("No node says where the chain stands.")
        return max(known, key=lambda status: status.height)

    async def block(self, height: int) -> CommittedBlock:
        """One block; checked, where the next one is there."""

        async def ask(node: Node) -> CommittedBlock:
            try:
                return await self.trail.block(node.engine, height)
            except EngineRefused:
                return await node.engine.block(height)

        return await self._first(ask)

    async def validators(self, height: int) -> bytes:
        """The set that decided a height; the header of that height proves it."""
        return await self._first(lambda node: node.engine.validators(height))

    async def receipt(self, operation: str) -> ReceiptAnswer | None:
        """
        The receipt of an operation, proven; where none can prove it, as two nodes say it, or the only one that answers.

        That there is none is believed of two nodes as well: otherwise one could make an act look dead that was done.
        """
        said: list[ReceiptAnswer | None] = []
        for node in self._order():
            found, answer = await self._receipt_of(node, operation)
            if found == "proven":
                return answer
            if found == "said":
                if any(nodes.same_receipt(answer, other) for other in said):
                    return answer
                said.append(answer)
        if not said:
            raise EngineUnavailable("No node says what became of an operation.")
        if any(not nodes.same_receipt(said[0], other) for other in said):
            raise EngineUnavailable(
                "The nodes do not say the same of an operation, and none can prove it yet."
            )
        return said[0]

    async def advance(self, to_ms: int) -> int:
        """Move the time of a driven chain."""
        return await self._first(lambda node: node.engine.advance(to_ms))

    async def close(self) -> None:
        """End every connection that can be ended."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)
        for node in self.nodes:
            if hasattr(node.engine, "close"):
                await node.engine.close()

    def _look_again(self) -> None:
        """Now and then ask those that were away or behind whether they are well again: nothing else would ask them while others answer."""
        passed = self._clock() - self._looked_s > self._patience.look_s
        if passed and any(node.fault and not node.lies for node in self.nodes):
            self._looked_s = self._clock()
            self._looking = asyncio.create_task(self._status_of_all())

    def _order(self) -> list[Node]:
        """Whom to ask, the best first: those without fault as they were named, then those that lag or were away."""
        asked = [node for node in self.nodes if not node.lies]
        return sorted(asked, key=lambda node: (AWAY, LAGGING, "").index(node.fault), reverse=True)

    def _blame(self, node: Node, fault: str, why: str) -> None:
        if node.lies:
            return
        if fault == LYING:
            self.alarms += 1
            self._log.error("a node says what was not signed; it is left", node=node.name, why=why)
        elif node.fault != fault:
            self._log.warning("a node is passed over", node=node.name, fault=fault, why=why)
        node.fault, node.why = fault, why

    def _praise(self, node: Node) -> None:
        if node.fault and not node.lies:
            self._log.info("a node is well again", node=node.name, was=node.fault)
            node.fault = node.why = ""

    async def _heard(
        self,
        node: Node,
        task: "asyncio.Future[SubmitAnswer]",
        name: bytes,
        deadline_s: float,
        refusals: list[EngineRefused],
    ) -> SubmitAnswer | None:
        """What one node's answer to a submission is worth; None where another has to be asked."""
        try:
            said = task.result()
        except EngineRefused as refused:
            refusals.append(refused)
            return None
        except EngineError as error:
            self._blame(node, AWAY, str(error))
            return None
        self._praise(node)
        proven = await self._confirmed(node, name, said.height, deadline_s)
        # An earlier block may hold the same bytes; then the node speaks of the later one.
        if proven is not None and proven.height == said.height and proven != said:
            self._blame(node, LYING, f"Its answer of block {said.height} is not what was signed.")
        return proven

    async def _confirmed(
        self, node: Node, name: bytes, height: int, deadline_s: float
    ) -> SubmitAnswer | None:
        """The answer to an envelope as it was signed, once the block that shall hold it was seen by whoever follows, or is fetched here."""
        while self._clock() < deadline_s and not node.lies:
            answer = self._proven.answer(name)
            if answer is not None:
                return answer
            if height in self._proven:
                self._blame(node, LYING, f"The envelope it says was executed is not in block {height}.")
                return None
            with suppress(TimeoutError):
                async with asyncio.timeout(self._patience.again_s), self._moved:
                    await self._moved.wait_for(lambda: height in self._proven)
                continue
            block = await self._asked(node, lambda: self.trail.block(node.engine, height))
            if block is not None:
                await self._seen(block)
                if (found := answers_of(block).get(name)) is not None:
                    return found
        return None

    async def _seen(self, block: CommittedBlock) -> None:
        try:
            self._proven.add(block)
        except ChainForked as fork:
            self.alarms += 1
            self._log.critical("the chain has forked", height=fork.height)
            raise
        async with self._moved:
            self._moved.notify_all()

    async def _from(self, node: Node, height: int) -> AsyncIterator[CommittedBlock]:
        """Blocks of one node, until it is silent while others go on, or gone, or lies."""
        stream = self.trail.follow(node.engine, height)
        coming: asyncio.Future[CommittedBlock] | None = None
        try:
            while True:
                coming = asyncio.ensure_future(anext(stream))
                while not (await asyncio.wait({coming}, timeout=self._patience.block_s))[0]:
                    if not await self._is_worth_waiting_for(node, height):
                        return
                block = coming.result()
                if block.due_events and not await self._agreed(node, block):
                    return
                self._praise(node)
                height = block.height + 1
                yield block
        except BlockDiffers as lie:
            self._blame(node, LYING, str(lie))
        except (EngineError, StopAsyncIteration) as error:
            self._blame(node, AWAY, str(error) or "Its blocks ended.")
        finally:
            await nodes.ended(coming, stream)

    async def _is_worth_waiting_for(self, node: Node, height: int) -> bool:
        """Whether a node that gives no block answers, and nobody else has one to give."""
        own = await self._status_of(node)
        if own is None:
            return False
        for other in self._order():
            status = None if other is node else await self._status_of(other)
            # A block is given out once the next header is there.
            if status is not None and status.height > max(own.height, height):
                self._blame(node, LAGGING, f"It gives no block {height}, and another node has it.")
                return False
        return own.height <= height

    async def _agreed(self, node: Node, block: CommittedBlock) -> bool:
        """Whether another node tells of the same due work; no header binds it, so with nobody to ask it is taken and counted."""
        for other in self._order():
            if other is node:
                continue
            same = await self._asked(other, partial(other.engine.block, block.height))
            if same is None:
                continue
            if same.due_events == block.due_events:
                return True
            self._log.error(
                "two nodes tell of different due work", height=block.height, one=node.name, other=other.name
            )
            self._blame(node, AWAY, f"Its due work of block {block.height} is not that of {other.name}.")
            return False
        self.uncompared += 1
        return True

    async def _receipt_of(self, node: Node, operation: str) -> tuple[str, ReceiptAnswer | None]:
        """`proven` or `said` with what a node says, or nothing where it does not answer."""

        async def ask() -> tuple[str, ReceiptAnswer | None]:
            answer = await node.engine.receipt(operation)
            if answer is None:
                return "said", None
            if codec.decode(Receipt, answer.receipt).operation != operation:
                raise BlockDiffers("The receipt that it gives is another operation's.")
            return ("proven" if await self.trail.receipt(node.engine, answer) else "said"), answer

        return await self._asked(node, ask) or ("", None)

    async def _status_of_all(self) -> list[Status]:
        """What the nodes say that can show their headers; who stands far behind the best is passed over until it does no more."""
        asked = self._order()
        tasks = [asyncio.ensure_future(self._status_of(node)) for node in asked]
        waiting = await nodes.too_late(tasks, self._patience.grace_s)
        for node, task in zip(asked, tasks, strict=True):
            if task in waiting:
                self._blame(node, AWAY, "It is silent while others answer.")
        await nodes.cancelled(waiting)
        found = [None if task in waiting else task.result() for task in tasks]
        known = [status for status in found if status is not None]
        best = max((status.height for status in known), default=0)
        for node, status in zip(asked, found, strict=True):
            if status is not None and best - status.height > self._patience.blocks_behind:
                self._blame(node, LAGGING, f"It stands {best - status.height} blocks behind another node.")
            elif status is not None:
                self._praise(node)
        return known

    async def _status_of(self, node: Node) -> Status | None:
        return await self._asked(node, lambda: self.trail.status(node.engine))

    async def _first(self, ask: Callable[[Node], Awaitable[T]]) -> T:
        """The answer of the first node that gives one; a refusal that says nothing of the node stands."""
        refused: EngineRefused | None = None
        for node in self._order():
            try:
                async with asyncio.timeout(self._patience.whole_s):
                    answer = await ask(node)
            except EngineRefused as error:
                if error.code not in nodes.PASSING and "NOT_KEPT" not in error.code:
                    raise
                refused = error
            except BlockDiffers as lie:
                self._blame(node, LYING, str(lie))
            except (EngineError, TimeoutError) as error:
                self._blame(node, AWAY, str(error) or "It does not answer.")
            else:
                return answer
        raise refused or EngineUnavailable("No node answers.")

    async def _asked(self, node: Node, ask: Callable[[], Awaitable[T]]) -> T | None:
        """What a node says to a question that may be put to another as well; None where it says nothing in time."""
        try:
            async with asyncio.timeout(self._patience.answer_s):
                return await ask()
        except EngineRefused:
            return None
        except (BlockDiffers, codec.Malformed) as lie:
            self._blame(node, LYING, str(lie))
        except (EngineError, TimeoutError) as error:
            self._blame(node, AWAY, str(error) or "It does not answer.")
        return None
