"""What breaks: each kind of fault strikes now and then, for a while; which kinds a schedule has is drawn from its seed."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from random import Random
from typing import Final

from tests.simulation.checkers import Chronicle
from tests.simulation.gateway import Gateway
from tests.simulation.joining import Joining
from tests.simulation.lies import LIES
from tests.simulation.loop import VirtualLoop
from tests.simulation.network import Network
from tests.simulation.node import POINTS, Node
from tests.simulation.ordering import Ordering

LEAPS = 4
"""More halts than this in one schedule would leave nothing to be done."""
BETWEEN_LEAPS = 10
"""Blocks in which there is something to sleep through."""
PUT_OFF = 60
"""Blocks more where somebody has little time left: in most schedules, so that not everything is slept through."""
HURRIES = 0.75


class Nemesis:
    """Chooses faults and ends them."""

    def __init__(
        self,
        random: Random,
        loop: VirtualLoop,
        network: Network,
        nodes: Sequence[Node],
        gateways: dict[str, Gateway],
        ordering: Ordering,
        chronicle: Chronicle,
        *,
        outages: bool,
        kinds: Sequence[str] = (),
        newcomer: Callable[[], Node],
    ) -> None:
        self._random, self._loop, self._network = random, loop, network
        self._nodes, self._gateways, self._ordering = nodes, gateways, ordering
        self._chronicle = chronicle
        self._outages = outages
        self._newcomer = newcomer
        self._joinings: list[tuple[Node, Joining]] = []
        self.happened: Counter[str] = Counter()
        self._leaps = self._leapt_at = 0
        self._hurries = random.random() < HURRIES
        self.is_pressing: Callable[[], bool] = lambda: False
        self.tell: Callable[[str], None] = lambda _text: None
        names = sorted(KINDS)
        chosen = random.sample(names, random.randint(4, 10))
        self.kinds = list(kinds) or [*chosen, *ALWAYS]

    async def run(self) -> None:
        """Strike, again and again."""
        while True:
            await asyncio.sleep(self._random.uniform(0.2, 2.0))
            await self.strike(self._random.choice(self.kinds))

    async def strike(self, name: str) -> None:
        """One fault, until it has ended."""
        self.happened[name] += 1
        self.tell(f"fault: {name}")
        await ALL[name](self)

    async def heal(self) -> None:
        """Everything works from now on, and what stopped starts again."""
        self.tell("everything works again")
        self._network.heal()
        self._ordering.lies.clear()
        for node in self._nodes:
            node.skew_ms, node.slowness_s, node.stops_at = 0, 0.0, ""
            node.disk.is_full, node.disk.tear_next = False, False
            if node.index in self._chronicle.lying:
                self._wipe(node)
            self._restart(node)
        for gateway in self._gateways.values() if self.happened["tables_lost"] else ():
            # Also where the end of that fault was cut off in the middle.
            gateway.tables.losing = 0.0
            await gateway.tables_are_back()
        await asyncio.sleep(1.0)

    async def keep_gateways_up(self) -> None:
        """A supervisor starts a gateway again whenever its node answers."""
        while True:
            for gateway in self._gateways.values():
                if not gateway.is_up and gateway.engine.node.is_up:
                    await self._start_gateway(gateway)
            for _, joining in self._joinings:
                joining.catch_up()
            await asyncio.sleep(0.5)

    async def _start_gateway(self, gateway: Gateway) -> None:
        try:
            await gateway.start()
            gateway.restarts += 1
        except Exception:  # noqa: BLE001 - its node went down meanwhile
            await gateway.kill()

    def _restart(self, node: Node) -> None:
        """Start what has stopped; a node whose rows do not make its root refuses to, until its machine is replaced."""
        if node.app is None and not node.halted and node.index not in self._chronicle.lying:
            node.restarts += 1
            node.start()

    def _some_node(self) -> Node:
        return self._random.choice(self._nodes)

    async def _for_a_while(self, least_s: float = 0.5, most_s: float = 6.0) -> None:
        await asyncio.sleep(self._random.uniform(least_s, most_s))

    # --- kinds

    async def crash(self) -> None:
        """A node's processes or its whole machine stop, anywhere."""
        node = self._some_node()
        if node.is_up:
            node.crash(power=self._random.random() < 0.5)
        await self._for_a_while()
        self._restart(node)

    async def crash_at_point(self) -> None:
        """A node stops at one of the steps between a decision and the end of Commit."""
        node = self._some_node()
        node.stops_at = self._random.choice(POINTS)
        await self._for_a_while(2.0, 8.0)
        node.stops_at = ""
        self._restart(node)

    async def crash_all(self) -> None:
        """The power of everybody goes."""
        for node in self._nodes:
            if node.is_up:
                node.power_off()
        await self._for_a_while()
        for node in self._nodes:
            self._restart(node)

    async def torn_write(self) -> None:
        """The machine stops in the middle of a write."""
        node = self._some_node()
        node.stops_at = "in_commit"
        await self._for_a_while(2.0, 8.0)
        node.stops_at, node.disk.tear_next = "", False
        self._restart(node)

    async def full_disk(self) -> None:
        """No room for a block."""
        node = self._some_node()
        node.disk.is_full = True
        await self._for_a_while()
        node.disk.is_full = False
        self._restart(node)

    async def loss(self) -> None:
        """Messages get lost."""
        await self._links(lambda link: setattr(link, "loss", self._random.uniform(0.05, 0.5)))

    async def duplication(self) -> None:
        """Messages come twice."""
        await self._links(lambda link: setattr(link, "twice", 0.5))

    async def delay(self) -> None:
        """Messages take long, and later ones overtake them."""
        await self._links(lambda link: setattr(link, "slowest_ms", self._random.uniform(50.0, 1500.0)))

    async def _links(self, change: Callable[[object], None]) -> None:
        for link in self._network.links.values():
            change(link)
        await self._for_a_while()
        self._network.heal()

    async def partition(self) -> None:
        """One or two nodes see nobody, or the halves do not see each other."""
        side = set(self._random.sample(range(self._network.size), self._random.choice((1, 2))))
        for one, other in self._network.links:
            if (one in side) != (other in side):
                self._network.cut(one, other)
        await self._for_a_while(1.0, 10.0)
        self._network.heal()

    async def one_way(self) -> None:
        """A node hears and is not heard, or speaks and does not hear."""
        node = self._some_node().index
        is_deaf = self._random.random() < 0.5
        for one, other in self._network.links:
            if (other if is_deaf else one) == node:
                self._network.cut(one, other)
        await self._for_a_while(1.0, 10.0)
        self._network.heal()

    async def slow_node(self) -> None:
        """Everything takes a node long."""
        node = self._some_node()
        node.slowness_s = self._random.uniform(0.05, 1.0)
        await self._for_a_while()
        node.slowness_s = 0.0

    async def skew(self) -> None:
        """A clock is wrong, by seconds or by days."""
        node = self._some_node()
        node.skew_ms = self._random.choice((-1, 1)) * self._random.choice(
            (700, 30_000, 3_600_000, 86_400_000)
        )
        await self._for_a_while()
        node.skew_ms = 0

    async def gateway_crash(self) -> None:
        """A gateway ends between a request and its receipt."""
        gateway = self._random.choice(list(self._gateways.values()))
        if gateway.is_up:
            await gateway.kill()
        await self._for_a_while()

    async def tables_lost(self) -> None:
        """A gateway's database does not answer; what was being written stands or not."""
        gateway = self._random.choice(list(self._gateways.values()))
        gateway.tables.losing = 0.4
        await self._for_a_while()
        gateway.tables.losing = 0.0
        await gateway.tables_are_back()

    async def old_backup(self) -> None:
        """The application's disk is replaced by a copy of some blocks ago: the engine replays what is missing."""
        node = self._some_node()
        if node.is_up:
            node.crash(power=False)
            node.disk.go_back(self._random.randint(1, 8))
            self._chronicle.answered.pop(node.index, None)
        await self._for_a_while()
        self._restart(node)

    async def new_machine(self) -> None:
        """A node has lost everything and gets every block from the others."""
        node = self._some_node()
        if sum(other.is_up for other in self._nodes) == len(self._nodes):
            self._wipe(node)
        await self._for_a_while()
        self._restart(node)

    def _wipe(self, node: Node) -> None:
        node.crash(power=False)
        node.disk.log.clear()
        node.disk.synced = 0
        node.blocks, node.results, node.halted = [], {}, ""
        self._chronicle.answered.pop(node.index, None)
        self._chronicle.lying.discard(node.index)

    async def wrong_root(self) -> None:
        """A bit flips in one node's memory: its root is its own from now on, until its machine is replaced."""
        node = self._some_node()
        if not node.is_up or self._chronicle.lying or self._ordering.lies:
            return
        self._chronicle.lying.add(node.index)
        self._chronicle.lied.add(node.index)
        state = node.running().state
        key, value = next(iter(node.running().store.items()))
        state.tree.update({key: value + b" "})
        await self._for_a_while(2.0, 6.0)
        self._wipe(node)
        self._restart(node)

    async def join(self) -> None:
        """An observer joins from a snapshot of another node, after poisoned ones; one in a schedule."""
        if self.happened["join"] > 1:
            return
        node = self._newcomer()
        joining = Joining(self._random, node, self._nodes, self._ordering.chain, self._chronicle.fault)
        if await joining.join():
            self._joinings.append((node, joining))
            self.happened["poisoned_snapshot"] += joining.poisoned

    def newcomers(self) -> list[Node]:
        """Those who have joined, at the height of the others."""
        for _, joining in self._joinings:
            joining.catch_up()
        return [node for node, _ in self._joinings]

    async def lie(self, name: str) -> None:
        """One proposer lies whenever it is its turn."""
        node = self._some_node()
        if self._ordering.lies or self._chronicle.lying:
            return
        self._ordering.lies[node.index] = lambda block, _node: LIES[name](
            self._random, block, self._ordering.chain
        )
        await self._for_a_while(2.0, 8.0)
        self._ordering.lies.clear()

    async def leap(self) -> None:
        """A halt of hours, or on a chain without outages of days: everybody sleeps through it, across expiries and deadlines."""
        height = len(self._ordering.chain)
        between = BETWEEN_LEAPS + PUT_OFF * (self._hurries and self.is_pressing())
        if self._leaps > LEAPS or height < self._leapt_at + between:
            self.happened["leap"] -= 1
            return
        self._leaps, self._leapt_at = self._leaps + 1, height
        choices = (
            (2.0, 26.0, 26.0) if self._outages else (2.0, 30.0, 54.0, 78.0, 24.0 * 8, 24.0 * 8, 24.0 * 30)
        )
        hours = self._random.choice(choices)
        self._loop.leap(hours * 3600)
        await self._for_a_while()


ALWAYS: Final = ("crash", "crash", "leap", "leap", "leap", "leap", "gateway_crash", "gateway_crash")
"""Kinds that every schedule has."""
Kind = Callable[[Nemesis], Awaitable[None]]
KINDS: Final[dict[str, Kind]] = {
    "crash_at_point": Nemesis.crash_at_point,
    "crash_all": Nemesis.crash_all,
    "torn_write": Nemesis.torn_write,
    "full_disk": Nemesis.full_disk,
    "loss": Nemesis.loss,
    "duplication": Nemesis.duplication,
    "delay": Nemesis.delay,
    "partition": Nemesis.partition,
    "one_way": Nemesis.one_way,
    "slow_node": Nemesis.slow_node,
    "skew": Nemesis.skew,
    "gateway_crash": Nemesis.gateway_crash,
    "tables_lost": Nemesis.tables_lost,
    "old_backup": Nemesis.old_backup,
    "new_machine": Nemesis.new_machine,
    "wrong_root": Nemesis.wrong_root,
    "join": Nemesis.join,
    **{name: partial(Nemesis.lie, name=name) for name in LIES},
}
ALL: Final[dict[str, Kind]] = {**KINDS, "crash": Nemesis.crash, "leap": Nemesis.leap}
