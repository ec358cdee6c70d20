"""The engine's part: rounds, proposers in turn, votes, and blocks that everybody gets sooner or later.

Which block is decided is kept in one place, so two blocks of one height cannot be: agreement is the engine's promise and not what is tried here.
Everything else is as the engine does it: a proposal reaches whom it reaches, more than two thirds must accept, the time of a block is the median of
the clocks of those who voted for the one before, who lags gets the blocks from others, and who comes back replays.
"""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from random import Random

from tests.simulation.loop import VirtualLoop
from tests.simulation.network import Network
from tests.simulation.node import Decided, Node, Proposal

PROPOSE_S = 0.5
CATCH_UP_S = 0.5
GOSSIP_S = 1.0

Lie = Callable[[Decided, Node], Decided | None]
"""What a lying proposer makes of an honest proposal; None is silence."""


class Ordering:
    """Decides one height after the other for as long as it runs."""

    def __init__(
        self,
        loop: VirtualLoop,
        random: Random,
        network: Network,
        nodes: Sequence[Node],
        decided: Callable[[Decided], None],
        idle_s: float = 5.0,
    ) -> None:
        self._loop = loop
        self._random = random
        self._network = network
        self.nodes = nodes
        self._decided = decided
        self._idle_s = idle_s
        self._reason = asyncio.Event()
        self._vote_times: list[int] = []
        self.quorum = len(nodes) * 2 // 3 + 1
        self.chain: list[Decided] = []
        self.lies: dict[int, Lie] = {}
        """By node, what it does instead when it proposes."""
        self.lying: set[int] = set()
        """Nodes that are made to be wrong."""
        self.proposed_ms = 0
        """When the block that is voted on was proposed: a halt may come in between."""
        self.is_proposed_honestly = True
        """Whether it was made by an honest node: its lie may be over when the block is decided."""
        self.rejected = 0
        self.rounds = 0
        self.honest_rejections: list[str] = []
        for node in nodes:
            node.wants_block = self._reason.set

    async def run(self) -> None:
        """Go on for ever."""
        while True:
            try:
                async with asyncio.timeout(self._idle_s):
                    await self._reason.wait()
            except TimeoutError:
                pass
            self._reason.clear()
            await self._height()

    async def gossip(self) -> None:
        """Now and then nodes hand on what others lack: blocks first, then envelopes."""
        while True:
            await asyncio.sleep(CATCH_UP_S)
            for node in self.nodes:
                self._catch_up(node)
                self._hand_on(node)

    def spread(self, node: Node, envelope: bytes) -> None:
        """A node got an envelope and tells the others."""
        node.add(envelope)
        for other in self.nodes:
            if other is not node:
                self._network.send(node.index, other.index, partial(other.add, envelope))

    async def _height(self) -> None:
        height = len(self.chain) + 1
        time_ms = self._next_time()
        number = 0
        while len(self.chain) < height:
            proposer = self.nodes[(height + number) % len(self.nodes)]
            self.rounds += 1
            if not await self._round(Proposal(self._none(height, time_ms, proposer), number), proposer):
                await asyncio.sleep(PROPOSE_S * (1 + min(number, 8) / 4))
            number += 1

    async def _round(self, wanted: Proposal, proposer: Node) -> bool:
        height = wanted.block.height
        if not proposer.is_ready(height):
            return False
        self.proposed_ms = self._loop.now_ms
        block: Decided | None = proposer.propose(height, wanted.block.time_ms)
        lie = self.lies.get(proposer.index)
        if lie is not None and block is not None:
            block = lie(block, proposer)
        if block is None:
            return False
        # Judged as it was made: a liar's machine may be replaced while its proposal is still on the way.
        is_honest = lie is None and proposer.index not in self.lying
        self.is_proposed_honestly = is_honest
        proposal = Proposal(block, wanted.round, honest=is_honest)
        votes = await self._votes(proposal, proposer)
        if len(votes) < self.quorum:
            self.rejected += 1
            return False
        self._decide(block, votes)
        return True

    async def _votes(self, proposal: Proposal, proposer: Node) -> list[Node]:
        arrivals = []
        for node in self.nodes:
            delay_s = self._network.delay_s(proposer.index, node.index)
            if delay_s is not None:
                arrivals.append((delay_s + node.slowness_s, node.index))
        votes: list[Node] = []
        began_s = self._loop.time()
        for delay_s, index in sorted(arrivals):
            await asyncio.sleep(max(0.0, began_s + delay_s - self._loop.time()))
            node = self.nodes[index]
            if not node.is_ready(proposal.block.height):
                continue
            if not node.accepts(proposal):
                self._note_rejection(proposal, proposer, node)
            elif self._network.delay_s(index, proposer.index) is not None:
                votes.append(node)
        return votes

    def _note_rejection(self, proposal: Proposal, proposer: Node, node: Node) -> None:
        if proposal.honest and not {proposer.index, node.index} & self.lying:
            self.honest_rejections.append(
                f"node {node.index} rejected the honest block {proposal.block.height} of {proposer.index}"
            )

    def _decide(self, block: Decided, votes: list[Node]) -> None:
        self.chain.append(block)
        self._vote_times = [node.clock_ms for node in votes]
        self._decided(block)
        for node in self.nodes:
            delay_s = self._network.delay_s(self._random.choice(votes).index, node.index)
            if delay_s is not None:
                self._loop.call_later(delay_s + node.slowness_s, node.take, block)

    def _next_time(self) -> int:
        if not self.chain:
            return self.nodes[0].start_ms
        median = sorted(self._vote_times)[len(self._vote_times) // 2]
        return max(median, self.chain[-1].time_ms + 1)

    def _none(self, height: int, time_ms: int, proposer: Node) -> Decided:
        return Decided(height, time_ms, (), proposer.index, b"", b"")

    def _catch_up(self, node: Node) -> None:
        if not node.is_up or node.height >= len(self.chain):
            return
        ahead = [
            other
            for other in self.nodes
            if other.is_up and other.height > node.height and self._network.is_open(other.index, node.index)
        ]
        block = self.chain[node.height]
        if ahead:
            self._network.send(self._random.choice(ahead).index, node.index, partial(node.take, block))
        elif self._is_with_nobody():
            node.take(block)

    def _is_with_nobody(self) -> bool:
        """
        Whether all stopped between their votes for the last block and its coming to them.

        Engines keep their votes in a log of their own, so those who come back, once they are enough, decide the same block again.
        """
        up = [node for node in self.nodes if node.is_up]
        return len(up) >= self.quorum and all(node.height < len(self.chain) for node in self.nodes)

    def _hand_on(self, node: Node) -> None:
        if not node.is_up:
            return
        for envelope in list(node.mempool.values()):
            for other in self.nodes:
                if other is not node and other.is_up and not other.knows(envelope):
                    self._network.send(node.index, other.index, partial(other.add, envelope))
            self._reason.set()
