"""Starts programs, waits until each is ready, starts again what ends by itself, and ends all of them in order."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from tallychain.node.forked import Forked, Herd
from tallychain.node.herd import Calf
from tallychain.node.processes import process
from tallychain.node.record import ENDING, READY, STARTING, RunFolder, Running, RunRecord

Report = Callable[[str], None]
"""Takes one sentence about what happens."""

_GRACE_S: Final = 15.0
"""Longer than the 10 s that a gateway gives to requests under way."""
_STEADY_S: Final = 60.0
_FIRST_PAUSE_S: Final = 0.25
_LONGEST_PAUSE_S: Final = 30.0
_LAST_WORDS: Final = 2_000
_ASK_S: Final = 0.1
_REMIND_S: Final = 60.0
_ANSWER_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class Program:
    """One module of this package, run as a process of its own."""

    name: str
    module: str
    arguments: tuple[str, ...]
    log: Path
    """Where its standard output and error go."""
    stage: int = 0
    """Programs of a higher stage are ended before those of a lower one; all are started at once."""
    health: str = ""
    """Address that answers with status 200 once it serves; empty for a program that is told `--ready-fd` and writes to it."""
    preloaded: str = ""
    """Programs of one module that name a module here are forked at the first start from one process that has loaded it."""
    needs: str = ""
    """Name of a program that serves before this one is begun, and without which this one is ended and begun again."""


class StartFailed(Exception):
    """A program ended, or was not ready in time; the text is a sentence with its last words."""


@dataclass(slots=True)
class _Kept:
    """One program as it is kept running."""

    program: Program
    ready: asyncio.Future[None]
    serving: asyncio.Event = field(default_factory=asyncio.Event)
    """Set from when the process that runs now serves until it ends."""
    has_served: bool = False
    process: asyncio.subprocess.Process | Forked | None = None
    restarts: int = 0
    failures: int = 0


class Supervisor:
    """Keeps some programs running until it is told to stop."""

    def __init__(self, programs: Sequence[Program], folder: RunFolder, report: Report) -> None:
        self._kept = [_Kept(program, asyncio.get_running_loop().create_future()) for program in programs]
        self._folder = folder
        self._report = report
        self._state = STARTING
        self._stopping = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._herds: list[Herd] = []
        self._forked: dict[str, Herd] = {}
        """Programs whose first process is still to be born, and of which herd."""

    async def start(self, patience_s: float | None) -> None:
        """
        Start every program at once and wait until all are ready; without end where `patience_s` is None, and then it is said from time to time who is waited for.

        Raises `StartFailed`, having ended whatever began.
        """
        await self._fork()
        self._tasks = [asyncio.create_task(self._keep(kept)) for kept in self._kept]
        try:
            async with asyncio.timeout(patience_s):
                await self._all_ready()
        except TimeoutError:
            late = self._late()
            await self.stop()
            raise StartFailed(f"Not ready after {patience_s:.0f} s: {late}.") from None
        except BaseException:
            await self.stop()
            raise
        self._state = READY
        self._note()

    async def wait(self) -> None:
        """Return when somebody asked to stop."""
        await self._stopping.wait()

    def ask_to_stop(self) -> None:
        """Have `wait` return; safe in a signal handler of the loop."""
        self._stopping.set()
        for kept in self._kept:
            if not kept.ready.done():
                kept.ready.set_exception(StartFailed("The start was interrupted."))

    async def stop(self) -> None:
        """End every program, those of the highest stage first; each is asked, and killed if it does not go."""
        self._stopping.set()
        self._state = ENDING
        self._note()
        for stage in sorted({kept.program.stage for kept in self._kept}, reverse=True):
            await asyncio.gather(*(self._end(kept) for kept in self._kept if kept.program.stage == stage))
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for herd in self._herds:
            await herd.close()
        self._note()

    async def _all_ready(self) -> None:
        everyone = asyncio.gather(*(kept.ready for kept in self._kept))
        try:
            while not everyone.done():
                await asyncio.wait({everyone}, timeout=_REMIND_S)
                if not everyone.done():
                    self._report(f"Not ready yet: {self._late()}.")
            await everyone
        finally:
            everyone.cancel()

    def _late(self) -> str:
        return ", ".join(kept.program.name for kept in self._kept if not kept.has_served)

    async def _fork(self) -> None:
        """Begin the first start of programs that share their code: a herd for each module."""
        modules: dict[str, list[Program]] = {}
        for kept in self._kept:
            if kept.program.preloaded:
                modules.setdefault(kept.program.module, []).append(kept.program)
        for module, programs in modules.items():
            if len(programs) > 1:
                await self._fork_alike(module, programs)

    async def _fork_alike(self, module: str, programs: Sequence[Program]) -> None:
        for program in programs:
            program.log.parent.mkdir(parents=True, exist_ok=True)
        calves = [Calf(program.name, program.arguments, str(program.log)) for program in programs]
        herd = Herd()
        self._herds.append(herd)
        self._forked |= {calf.name: herd for calf in calves}
        file = programs[0].log.parent / f"herd-{module.rpartition('.')[2]}.json"
        await herd.start(programs[0].preloaded, module, calves, file)

    async def _keep(self, kept: _Kept) -> None:
        while not self._stopping.is_set():
            await self._until_needed(kept)
            began = time.monotonic()
            status = await self._run(kept)
            await self._end_dependent(kept)
            if self._stopping.is_set():
                return
            if not kept.has_served:
                if not kept.ready.done():
                    kept.ready.set_exception(StartFailed(_failure(kept.program, status)))
                return
            kept.failures = 1 if time.monotonic() - began > _STEADY_S else kept.failures + 1
            pause_s = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2.0 ** min(kept.failures - 1, 10))
            self._report(f"{kept.program.name} ended ({_how(status)}); it is started again in {pause_s:g} s.")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause_s)
            kept.restarts += 1

    async def _until_needed(self, kept: _Kept) -> None:
        """Wait until what a program needs serves."""
        for other in self._kept:
            if other.program.name == kept.program.needs:
                await other.serving.wait()

    async def _end_dependent(self, kept: _Kept) -> None:
        """End what needs a program that has ended: it begins again together with it, from what is on the disk."""
        dependent = [other for other in self._kept if other.program.needs == kept.program.name]
        if not self._stopping.is_set():
            await asyncio.gather(*(self._end(other) for other in dependent))

    async def _run(self, kept: _Kept) -> int:
        """Run a program once; its exit status."""
        readable, writable = os.pipe()
        try:
            kept.process = await self._begin(kept.program, writable)
        finally:
            os.close(writable)
        self._note()
        health = kept.program.health
        listening = asyncio.create_task(_answers(health) if health else _first_word(readable))
        listening.add_done_callback(lambda _: os.close(readable))
        ending = asyncio.create_task(kept.process.wait())
        await asyncio.wait({listening, ending}, return_when=asyncio.FIRST_COMPLETED)
        if not listening.done():
            listening.cancel()
        elif listening.result():
            self._serves(kept)
        status = await ending
        kept.serving.clear()
        kept.process = None
        return status

    async def _begin(self, program: Program, ready: int) -> asyncio.subprocess.Process | Forked:
        """A new process of a program: of the herd at the first start, alone at every later one."""
        herd = self._forked.pop(program.name, None)
        if herd is not None:
            forked = await herd.born(program.name)
            if forked is not None:
                return forked
        return await _spawn(program, ready)

    def _serves(self, kept: _Kept) -> None:
        kept.has_served = True
        kept.serving.set()
        if not kept.ready.done():
            kept.ready.set_result(None)
        elif kept.restarts:
            self._report(f"{kept.program.name} serves again.")

    async def _end(self, kept: _Kept) -> None:
        running = kept.process
        if running is None:
            return
        with suppress(ProcessLookupError):
            running.terminate()
        with suppress(TimeoutError):
            await asyncio.wait_for(running.wait(), _GRACE_S)
            return
        self._report(f"{kept.program.name} did not end in {_GRACE_S:g} s and is killed.")
        with suppress(ProcessLookupError):
            running.kill()
        await running.wait()

    def _note(self) -> None:
        own = process(os.getpid())
        programs = [
            Running(kept.program.name, found, kept.restarts)
            for kept in sorted(self._kept, key=lambda kept: kept.program.stage)
            if kept.process is not None and (found := process(kept.process.pid)) is not None
        ]
        if own is not None:
            self._folder.write(RunRecord(self._state, own, tuple(programs)))


async def supervise(
    programs: Sequence[Program],
    folder: RunFolder,
    report: Report,
    *,
    patience_s: float | None,
    during: Callable[[], Coroutine[None, None, None]] | None = None,
) -> None:
    """
    Run programs until SIGTERM or SIGINT; afterwards none of them is left.

    `during` is run once all are ready; when it returns, everything is ended.  Raises `AlreadyRunning`, `StartFailed`, and whatever
    `during` raises.
    """
    with folder.held():
        supervisor = Supervisor(programs, folder, report)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, supervisor.ask_to_stop)
        await supervisor.start(patience_s)
        try:
            await _until_stopped(supervisor, during)
        finally:
            await supervisor.stop()


async def _until_stopped(
    supervisor: Supervisor, during: Callable[[], Coroutine[None, None, None]] | None
) -> None:
    if during is None:
        await supervisor.wait()
        return
    working = asyncio.create_task(during())
    stopped = asyncio.create_task(supervisor.wait())
    await asyncio.wait({working, stopped}, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if working.done():
        working.result()
    else:
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working


async def _spawn(program: Program, ready: int) -> asyncio.subprocess.Process:
    command = [sys.executable, "-m", "tallychain.node.child", str(os.getpid()), program.module]
    told = () if program.health else ("--ready-fd", str(ready))
    program.log.parent.mkdir(parents=True, exist_ok=True)
    with program.log.open("ab") as log:
        return await asyncio.create_subprocess_exec(
            *command,
            *program.arguments,
            *told,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=(ready,),
            # A terminal's Ctrl-C goes to a whole group; only the supervisor shall hear it, and end all in order.
            process_group=0,
        )


async def _first_word(readable: int) -> bool:
    """Whether a program wrote that it serves; its end closes the descriptor without a word."""
    loop = asyncio.get_running_loop()
    heard: asyncio.Future[bool] = loop.create_future()

    def hear() -> None:
        if not heard.done():
            heard.set_result(bool(os.read(readable, 64)))

    loop.add_reader(readable, hear)
    try:
        return await heard
    finally:
        loop.remove_reader(readable)


async def _answers(health: str) -> bool:
    """True once the address answers with status 200; asks without end."""
    while not await _is_healthy(health):  # noqa: ASYNC110 - it is another process that is waited for
        await asyncio.sleep(_ASK_S)
    return True


async def _is_healthy(health: str) -> bool:
    address = urlsplit(health)
    try:
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
    except OSError:
        return False
    try:
        request = f"GET {address.path} HTTP/1.1\r\nHost: {address.netloc}\r\nConnection: close\r\n\r\n"
        writer.write(request.encode())
        async with asyncio.timeout(_ANSWER_S):
            line = await reader.readline()
    except (OSError, TimeoutError):
        return False
    finally:
        writer.close()
    return b" 200 " in line


def _failure(program: Program, status: int) -> str:
    """A sentence with the last line that the program wrote."""
    try:
        lines = program.log.read_text(errors="replace")[-_LAST_WORDS:].strip().splitlines()
    except OSError:
        lines = []
    last = f" Its last words: {lines[-1]}" if lines else ""
    return f"{program.name} could not start ({_how(status)}); see {program.log}.{last}"


def _how(status: int) -> str:
    if status < 0:
        with suppress(ValueError):
            return f"killed by {signal.Signals(-status).name}"
    return f"exit status {status}"
