"""Four validators with their ledgers and gateways as real processes, of which a test kills, pauses and restarts what it wants."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Final

import httpx

from tallychain.engine.client import LedgerClient
from tallychain.engine.port import EngineError, Status
from tallychain.network.alliance import Alliance
from tallychain.network.layout import Layout
from tallychain.network.making import Making, make
from tallychain.network.running import programs
from tallychain.node.engineview import EngineView, view_engine
from tallychain.node.supervisor import Program
from tallychain.testkit.genesis import CALENDAR_2026
from tests.faults.alliance.links import Links
from tests.running import described

SEED: Final = 7
ROOT: Final = Path(__file__).resolve().parents[3]
MEMBERS: Final = ("bank-a", "bank-b", "settle-a", "ce-a")
"""Each has a validator."""
GATEWAYS: Final = ("bank-a", "bank-b")
"""Through which the load comes; those of the others are not needed and do not run."""
LIAR: Final = "tests.faults.alliance.liar"
CLOCKED: Final = "tests.faults.alliance.clocked"
PATIENCE_S: Final = 300.0
LOOK_S: Final = 0.05


@dataclass(slots=True)
class Four:
    """The processes of four nodes, by the names `MEMBER-ledger`, `MEMBER-engine` and, for a gateway, `MEMBER`."""

    layout: Layout
    links: Links
    programs: dict[str, Program]
    processes: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    # -- processes ---------------------------------------------------------------------------------------------

    def clocked(self, *names: str, file: Path) -> None:
        """Have programs read a clock that is ahead or behind, as a file says, from their next start on."""
        for name in names:
            program = self.programs[name]
            arguments = (str(file), program.module, *program.arguments)
            self.programs[name] = replace(program, module=CLOCKED, arguments=arguments)

    def start(self, *names: str, environment: Mapping[str, str] | None = None) -> None:
        """Start programs, ledgers before engines before gateways, and wait until they serve."""
        stages = {name: self.programs[name].stage for name in names}
        for stage in sorted(set(stages.values())):
            waited = [self.spawn(name, environment) for name in names if stages[name] == stage]
            for serves in waited:
                serves()

    def begin(self, *gateways: str) -> None:
        """Start all nodes and, once there are blocks that a gateway can verify, some gateways."""
        self.start(*(f"{member}-{what}" for member in MEMBERS for what in ("ledger", "engine")))
        self.reaches(MEMBERS[0], 2)
        self.start(*gateways)

    def spawn(self, name: str, environment: Mapping[str, str] | None = None) -> Callable[[], object]:
        """Start one program; what is returned waits until it serves."""
        program = self.programs[name]
        command = [sys.executable, "-m", program.module, *program.arguments]
        reading, writing = os.pipe()
        if program.stage == 0:
            command += ["--ready-fd", str(writing)]
        with program.log.open("ab") as log:
            self.processes[name] = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(writing,),
                cwd=ROOT,
                env={**os.environ, **(environment or {})},
            )
        os.close(writing)

        def serves() -> None:
            with os.fdopen(reading, "rb") as ready:
                if program.stage == 0:
                    assert ready.readline() == b"ready\n", self.log(name)[-800:]
            if program.stage > 1:
                self.until(partial(_answers, program.health), f"{name} does not serve")

        return serves

    def send(self, number: int, *names: str) -> None:
        """Send one signal to several programs at this very moment."""
        for name in names:
            self.processes[name].send_signal(number)

    def kill(self, *names: str) -> None:
        """Kill programs hard."""
        self.send(signal.SIGKILL, *names)
        for name in names:
            self.processes.pop(name).wait(PATIENCE_S)

    def kill_node(self, member: str) -> None:
        """Kill ledger and engine of a member."""
        self.kill(f"{member}-engine", f"{member}-ledger")

    def revive(self, member: str, environment: Mapping[str, str] | None = None) -> None:
        """Begin ledger and engine of a member again, as its supervisor does when either has ended."""
        names = (f"{member}-engine", f"{member}-ledger")
        left = [name for name in names if name in self.processes]
        if left:
            self.kill(*left)
        self.start(*reversed(names), environment=environment)

    def forget(self, member: str) -> None:
        """Kill a member's node and leave it nothing but its keys and what it signed last: the rest comes from the others."""
        self.kill_node(member)
        node = self.layout.node(member)
        shutil.rmtree(node / "ledger")
        (node / "ledger").mkdir(mode=0o700)
        for part in (node / "engine" / "data").iterdir():
            if part.is_dir():
                shutil.rmtree(part)

    @contextmanager
    def dead(self, *members: str) -> Iterator[None]:
        """While this lasts, these members have no node."""
        for member in members:
            self.kill_node(member)
        try:
            yield
        finally:
            for member in members:
                self.revive(member)

    @contextmanager
    def lying(self, member: str, lie: str, **more: str) -> Iterator[Path]:
        """While this lasts, the ledger process of a member tells a lie; its log holds a line each time."""
        name, file = f"{member}-ledger", self.layout.node(member) / "lies"
        honest = self.programs[name]
        self.programs[name] = replace(honest, module=LIAR)
        file.touch()
        try:
            self.revive(member, environment={"LIE": lie, "LIE_WHILE": str(file), **more})
            yield honest.log
        finally:
            file.unlink()
            self.programs[name] = honest
            self.revive(member)

    @contextmanager
    def paused(self, *names: str) -> Iterator[None]:
        """While this lasts, these processes stand still."""
        self.send(signal.SIGSTOP, *names)
        try:
            yield
        finally:
            self.send(signal.SIGCONT, *names)

    def end(self) -> None:
        """Leave nothing behind, whatever happened."""
        for process in self.processes.values():
            process.kill()
        for process in self.processes.values():
            process.wait(PATIENCE_S)
        self.processes.clear()
        self.links.stop()

    # -- what they say -----------------------------------------------------------------------------------------

    def log(self, name: str) -> str:
        """What a program has written so far."""
        return self.programs[name].log.read_text(errors="replace")

    def has_ended(self, name: str) -> bool:
        """Whether a program that was started runs no more."""
        return self.processes[name].poll() is not None

    def url(self, member: str) -> str:
        """Address of a member's gateway."""
        return next(place.url for place in self.layout.read().members if place.id == member)

    def rpc(self, member: str) -> str:
        """Address of a member's engine."""
        node = next(place.node for place in self.layout.read().members if place.id == member)
        assert node is not None
        return f"http://127.0.0.1:{node.rpc}"

    def status(self, member: str) -> Status | None:
        """What a member's ledger says, or None."""

        async def ask() -> Status | None:
            client = LedgerClient(self.layout.node_socket(member), patience_s=2)
            try:
                return await client.status()
            except EngineError:
                return None
            finally:
                await client.close()

        return asyncio.run(ask())

    def engine(self, member: str) -> EngineView | None:
        """What a member's engine says, or None."""
        return asyncio.run(view_engine(self.rpc(member)))

    def height(self, member: str) -> int:
        """Of a member's ledger; 0 where it does not answer."""
        found = self.status(member)
        return 0 if found is None else found.height

    # -- waiting -----------------------------------------------------------------------------------------------

    def until(self, holds: Callable[[], object], what: str, patience_s: float = PATIENCE_S) -> float:
        """Wait until something holds; how long that took."""
        began = time.monotonic()
        while not holds():
            assert time.monotonic() - began < patience_s, what
            time.sleep(LOOK_S)
        return time.monotonic() - began

    def goes_on(self, *members: str, blocks: int = 3) -> float:
        """Wait until these members' ledgers have so many blocks more; how long the slowest took for its first."""
        stood = {member: self.height(member) for member in members}
        first_s = max(self.reaches(member, height + 1) for member, height in stood.items())
        for member, height in stood.items():
            self.reaches(member, height + blocks)
        return first_s

    def takes_part(self, *members: str) -> float:
        """Wait until these members' engines vote with the others again; how long that took."""
        return self.until(
            lambda: all(self._votes(member) for member in members), f"{members} do not take part again"
        )

    def _votes(self, member: str) -> bool:
        view = self.engine(member)
        return view is not None and not view.catching_up and bool(view.peers)

    def reaches(self, member: str, height: int) -> float:
        """Wait until a member's ledger has a block of this height; how long that took."""
        return self.until(lambda: self.height(member) >= height, f"{member} does not reach block {height}")

    def together(self) -> int:
        """Wait until all four nodes have a block that is made from now on; its height."""
        wanted = max(self.height(member) for member in MEMBERS) + 1
        for member in MEMBERS:
            self.reaches(member, wanted)
        return wanted


def _answers(address: str) -> bool:
    with suppress(httpx.HTTPError):
        return httpx.get(address, timeout=2, trust_env=False).status_code == 200
    return False


def make_four(
    root: Path, *, seed: int = SEED, clock: str = "system", alliance: Alliance | None = None
) -> Four:
    """Make an alliance whose first four members validate; nothing runs yet but the links."""
    making = Making(
        alliance=described(MEMBERS) if alliance is None else alliance,
        calendar=CALENDAR_2026,
        seed=seed,
        clock=clock,
        engine="cometbft",
    )
    network = make(root, making)
    layout, links = Layout(root), Links()
    links.start(layout)
    return Four(layout, links, {program.name: program for program in programs(layout, network)})


@contextmanager
def four(root: Path, *, seed: int = SEED, gateways: Sequence[str] = GATEWAYS) -> Iterator[Four]:
    """Make an alliance of four in a folder and start it; afterwards nothing of it is left."""
    made = make_four(root, seed=seed)
    try:
        made.begin(*gateways)
        yield made
    finally:
        made.end()
