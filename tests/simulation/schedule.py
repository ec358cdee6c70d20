"""One schedule: an alliance of four nodes and eight gateways, users, faults, and everything looked at from outside at the end."""

import asyncio
import gc
import logging
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import structlog

from tallychain.engine.admissions import Admissions
from tallychain.testkit.genesis import MEMBERS, START_MS
from tests.simulation import alliance, financing, loop
from tests.simulation.alliance import Beside
from tests.simulation.checkers import Chronicle
from tests.simulation.disk import Disks
from tests.simulation.engine import NodeEngine
from tests.simulation.faults import Nemesis
from tests.simulation.gateway import Gateway
from tests.simulation.loop import VirtualLoop
from tests.simulation.network import Network
from tests.simulation.node import SNAPSHOTS, Decided, Node, Watch
from tests.simulation.ordering import Ordering
from tests.simulation.reading import Reading
from tests.simulation.register import Register
from tests.simulation.signatures import Signatures
from tests.simulation.users import Users

NODES = 4
OPERATIONS = 200
"""Operations that the ledger has answered, when users stop beginning new ones."""
FAULTS, RESTARTS = 3, 1
"""What has struck by then at least, and how often a node or a gateway began again; else users go on."""
TRIES = 6
"""Acts begun for each operation to be answered, at most: a gateway turns some away."""
BACKLOG = 30
"""Acts that wait at gateways, when users begin no more until some have an end; else a long halt is followed by hundreds."""
PAUSES, FEW, STEP_S = 4, 2, 45.0
"""How often everybody waits some minutes for the end of quotes, how many acts may wait at gateways then, and for how long no block is made."""
PATIENCE = 3_000
"""How often in a schedule they wait for that."""
STREAMS = 6
NEMESES = 2
QUIET_S = 900.0
"""How long everything may take to come to rest after the last fault."""
REBUILT = 0.5
"""Of all schedules, those at whose end the read model is made again from its blocks; its rows are held against the ledger's in each."""
READERS = ("bank-a", "ce-a", "settle-a", "supervisor")
"""One of these members' gateways keeps a read model; the others of a simulation have an outbox alone."""


@dataclass
class Report:
    """What one schedule did."""

    seed: int
    faults: list[str]
    happened: Counter[str] = field(default_factory=Counter)
    """Kinds of faults that struck."""
    codes: Counter[str] = field(default_factory=Counter)
    acts: Counter[str] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    operations: int = 0
    """Distinct operations that the ledger answered."""
    done: int = 0
    """Those of them that took effect."""
    height: int = 0
    restarts: int = 0
    rounds: int = 0
    passed_s: float = 0.0
    cpu_s: float = field(default=0.0, compare=False)
    """Seconds of processor that it took."""
    digest: str = ""
    """The last root: the same seed gives the same."""
    surprises: Counter[str] = field(default_factory=Counter)


class Schedule:
    """Everything of one run."""

    def __init__(
        self,
        seed: int,
        virtual: VirtualLoop,
        folder: Path,
        operations: int = OPERATIONS,
        kinds: Sequence[str] = (),
    ) -> None:
        self.seed, self.loop, self.operations = seed, virtual, operations
        self.random = Random(seed)
        self.outages = self.random.random() < 0.5
        self.admissions = Admissions(Signatures())
        self.chronicle = Chronicle()
        self.register = Register(self.outages)
        self.disks = Disks(Random(self.random.random()))
        self.network = Network(virtual, Random(self.random.random()), NODES)
        self.nodes = [self._node(number, folder) for number in range(NODES)]
        self.world = Beside.begun(self.admissions, outages=self.outages)
        self.users = Users(seed, self.world, virtual, START_MS)
        self.ordering = Ordering(
            virtual, Random(self.random.random()), self.network, self.nodes, self._decided
        )
        self.reader = self.random.choice(READERS)
        self.chronicle.rebuilds = self.random.random() < REBUILT
        self.ordering.lying = self.chronicle.lying
        self.gateways = {
            member: self._gateway(member, number % NODES) for number, member in enumerate(MEMBERS)
        }
        self.nemesis = Nemesis(
            Random(self.random.random()),
            virtual,
            self.network,
            self.nodes,
            self.gateways,
            self.ordering,
            self.chronicle,
            outages=self.outages,
            kinds=kinds,
            newcomer=partial(self._node, NODES, folder),
        )
        self.nemesis.is_pressing = partial(financing.is_pressing, self.users)
        if "join" in self.nemesis.kinds:
            for node in self.nodes:
                node.settings = SNAPSHOTS
        self._of_its_own = not kinds
        self._started = self._pauses = self._rested_at = 0
        self._patience = PATIENCE
        self._tell: Callable[[str], None] = lambda _text: None
        self._lives: list[asyncio.Task[None]] = []

    def trace_to(self, trace: Callable[[str], None] | None) -> None:
        """Tell every fault and every block to somebody as they come."""
        if trace is not None:
            self.nemesis.tell = self._tell = lambda text: trace(f"{self.loop.time():12.3f} s  {text}")

    async def run(self) -> Report:
        """Begin, let users and faults at it, heal, wait until it is quiet, look."""
        try:
            async with asyncio.TaskGroup() as group:
                self._living(group)
                for gateway in self.gateways.values():
                    await gateway.start()
                self._lives.append(group.create_task(self.nemesis.keep_gateways_up()))
                await self._story()
                for task in self._lives:
                    task.cancel()
        except* Exception as broken:  # noqa: BLE001 - the finding is reported
            # Whatever of the real code ends by a mistake of ours is a finding, wherever it was called.
            for error in broken.exceptions:
                self.chronicle.fault(_told(error))
        else:
            self._look()
        for text in [
            *self.users.faults,
            *self.register.faults,
            *self.register.conserved(),
            *self.ordering.honest_rejections,
        ]:
            self.chronicle.fault(text)
        return self._report()

    def _look(self) -> None:
        if self._is_lost:
            return
        try:
            self.chronicle.at_the_end(self.users, [*self.nodes, *self.nemesis.newcomers()], self.gateways)
        except Exception as error:  # noqa: BLE001 - what cannot even be looked at is a finding
            self.chronicle.fault(_told(error))

    def _living(self, group: asyncio.TaskGroup) -> None:
        for node in self.nodes:
            node.start()
        self._lives += [group.create_task(self.ordering.run()), group.create_task(self.ordering.gossip())]

    async def _story(self) -> None:
        async with asyncio.TaskGroup() as group:
            faults = [group.create_task(self.nemesis.run()) for _ in range(NEMESES)]
            users = [group.create_task(self._stream()) for _ in range(STREAMS)]
            await asyncio.wait(users)
            for task in faults:
                task.cancel()
        if self._is_lost:
            return
        for text in self._short():
            self.chronicle.fault(f"the schedule was too short: {text}")
        await self.nemesis.heal()
        await self._until_quiet()

    @property
    def _is_lost(self) -> bool:
        """Whether a fault was seen already: what comes after it proves nothing more."""
        return bool(
            self.chronicle.faults
            or self.users.faults
            or self.register.faults
            or self.ordering.honest_rejections
        )

    async def _stream(self) -> None:
        while self._short() and self._started < TRIES * self.operations and not self._is_lost:
            await asyncio.sleep(self.random.uniform(0.0, 1.2))
            if self._waiting() > BACKLOG and self._patience:
                self._patience -= 1
                continue
            if self._rests():
                continue
            self._started += 1
            await self.users.act(self.users.plan(), self.gateways, self.ordering)
            await asyncio.sleep(self.random.uniform(0.0, 1.2))

    def _rests(self) -> bool:
        """Where funders wait for the end of quotes nobody begins anything; once little is under way, minutes pass."""
        pause_s = self.users.pause_s() if self._pauses < PAUSES else 0.0
        if not pause_s or not self._patience:
            return False
        self._patience -= 1
        height = len(self.ordering.chain)
        if self._waiting() <= FEW and height > self._rested_at:
            # A longer gap between two blocks would be an outage, which moves what is waited for.
            step_s = min(pause_s, STEP_S) if self.outages else pause_s
            self._rested_at = height
            self._pauses += step_s == pause_s
            self.loop.leap(step_s)
        return True

    def _short(self) -> list[str]:
        """What this schedule has too little of; of faults only where it chose their kinds itself."""
        short = []
        if len(self.users.ends) < self.operations:
            short.append(f"{len(self.users.ends)} operations were answered and not {self.operations}")
        if self._of_its_own and self.nemesis.happened.total() < FAULTS:
            short.append(f"{self.nemesis.happened.total()} faults struck and not {FAULTS}")
        if self._of_its_own and self._restarts() < RESTARTS:
            short.append(f"{self._restarts()} restarts and not {RESTARTS}")
        return short

    def _restarts(self) -> int:
        nodes, gateways = self.nodes, self.gateways.values()
        return sum(node.restarts for node in nodes) + sum(gateway.restarts for gateway in gateways)

    def _waiting(self) -> int:
        return sum(gateway.outbox.open for gateway in self.gateways.values() if gateway.is_up)

    async def _until_quiet(self) -> None:
        """Everybody is at the same height, and nothing that was acknowledged is open."""
        until_s = self.loop.time() + QUIET_S
        while self.loop.time() < until_s:
            if self._is_quiet():
                return
            await asyncio.sleep(1.0)
        self.chronicle.fault(f"no rest after the faults ended: {self._unrest()}")

    def _is_quiet(self) -> bool:
        height = len(self.ordering.chain)
        return (
            all(node.is_up and node.height == height for node in self.nodes)
            and all(gateway.is_up and not gateway.outbox.open for gateway in self.gateways.values())
            and all(
                gateway.reading.projector.height == height
                for gateway in self.gateways.values()
                if gateway.reading is not None
            )
        )

    def _unrest(self) -> str:
        nodes = [node.halted or (node.height if node.is_up else "down") for node in self.nodes]
        waiting = {
            name: gateway.outbox.open for name, gateway in self.gateways.items() if gateway.outbox.open
        }
        return f"height {len(self.ordering.chain)}, nodes {nodes}, waiting {waiting}"

    def _node(self, number: int, folder: Path) -> Node:
        chronicle = self.chronicle
        return Node(
            number,
            self.loop,
            Random(self.random.random()),
            self.disks,
            alliance.document(outages=self.outages),
            self.admissions,
            folder,
            START_MS,
            Watch(chronicle.node_committed, chronicle.node_answered, chronicle.node_began),
        )

    def _gateway(self, member: str, node: int) -> Gateway:
        random = Random(self.random.random())
        engine = NodeEngine(self.nodes[node], self.ordering, random)
        reading = Reading(member, outages=self.outages) if member == self.reader else None
        return Gateway(member, engine, self.loop, random, reading)

    def _decided(self, block: Decided) -> None:
        before = len(self.world.history)
        self._tell(
            f"block {block.height} by node {block.proposer}: {len(block.envelopes)} envelopes; "
            f"nodes at {[node.height if node.is_up else '-' for node in self.nodes]}"
        )
        earlier = self.ordering.chain[-2] if before else None
        is_lie = bool(self.ordering.lies) or not self.ordering.is_proposed_honestly
        is_clock_wrong = is_lie or any(node.skew_ms for node in self.nodes)
        now_ms = START_MS + self.ordering.proposed_ms
        self.chronicle.decided(block, earlier, now_ms, is_clock_wrong=is_clock_wrong)
        self.users.learn(block)
        if self.world.last is not None and len(self.world.history) > before:
            self.chronicle.world_learned(list(self.world.last.results), block.height)
            self.register.take(self.world.history[-1])

    def _report(self) -> Report:
        users = self.users
        return Report(
            seed=self.seed,
            faults=list(self.chronicle.faults),
            happened=self.nemesis.happened,
            codes=users.codes,
            acts=users.acts,
            events=users.events,
            operations=len(users.ends),
            done=list(users.ends.values()).count("DONE"),
            height=len(self.ordering.chain),
            restarts=self._restarts(),
            rounds=self.ordering.rounds,
            passed_s=self.loop.time(),
            digest=self.world.root.hex(),
            surprises=users.surprises,
        )


def run_schedule(
    seed: int,
    operations: int = OPERATIONS,
    kinds: Sequence[str] = (),
    trace: Callable[[str], None] | None = None,
) -> Report:
    """Run one schedule from beginning to end; with these kinds of faults, or with those that the seed chooses."""

    async def main(virtual: VirtualLoop) -> Report:
        schedule = Schedule(seed, virtual, Path(folder), operations, kinds)
        schedule.trace_to(trace)
        with schedule.disks.in_place():
            return await schedule.run()

    began_s = time.process_time()
    with silence(), rarely_collected(), TemporaryDirectory() as folder:
        report = loop.run(main)
    report.cpu_s = time.process_time() - began_s
    return report


@contextmanager
def rarely_collected() -> Iterator[None]:
    """The collector looks for cycles rarely: a schedule holds on to almost all that it makes, and looking costs a tenth of it."""
    before = gc.get_threshold()
    gc.set_threshold(50_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _told(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    places = traceback.extract_tb(error.__traceback__)
    where = f" in {places[-1].name} of {places[-1].filename.rpartition('/')[2]}" if places else ""
    return f"{type(error).__name__}{where}: {error}"


@contextmanager
def silence() -> Iterator[None]:
    """No log lines: a simulation of an hour would write a book."""
    before = structlog.get_config()
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL), cache_logger_on_first_use=False
    )
    try:
        yield
    finally:
        structlog.configure(**before)
