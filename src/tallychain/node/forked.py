"""A herd as the supervisor sees it: who was born, who has ended, and how to ask one of them to end."""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from tallychain.node.herd import Calf
from tallychain.node.processes import process, send

_LOST: Final = -int(signal.SIGKILL)
_GRACE_S: Final = 15.0


class Forked:
    """One process of a herd, with the methods of a process that the supervisor started itself."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._process = process(pid)
        self._ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def wait(self) -> int:
        """Its exit status, as soon as it has ended."""
        return await asyncio.shield(self._ended)

    def terminate(self) -> None:
        """Ask it to end."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """Kill it."""
        self._signal(signal.SIGKILL)

    def ended(self, status: int) -> None:
        """Note that it has ended."""
        if not self._ended.done():
            self._ended.set_result(status)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            send(self._process, number)


class Herd:
    """Starts a herd and listens to it."""

    def __init__(self) -> None:
        self._born: dict[str, asyncio.Future[Forked | None]] = {}
        self._listening: asyncio.Task[None] | None = None
        self._parent: asyncio.subprocess.Process | None = None

    async def start(self, preloaded: str, module: str, calves: Sequence[Calf], file: Path) -> None:
        """Start all of them; `born` gives each."""
        loop = asyncio.get_running_loop()
        self._born = {calf.name: loop.create_future() for calf in calves}
        await asyncio.to_thread(file.write_bytes, msgspec.json.encode(calves))
        readable, writable = os.pipe()
        try:
            with (file.parent / "herd.log").open("ab") as log:
                self._parent = await asyncio.create_subprocess_exec(
                    *(
                        sys.executable,
                        "-m",
                        "tallychain.node.child",
                        str(os.getpid()),
                        "tallychain.node.herd",
                    ),
                    *(preloaded, module, str(file), "--ready-fd", str(writable)),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    pass_fds=(writable,),
                    process_group=0,
                )
        finally:
            os.close(writable)
        self._listening = asyncio.create_task(self._listen(readable))

    async def born(self, name: str) -> Forked | None:
        """One of them, once it is there; None where the herd ended before."""
        return await asyncio.shield(self._born[name])

    async def close(self) -> None:
        """End the herd with whoever of it is left, and kill it where it does not go."""
        if self._parent is None:
            return
        with suppress(ProcessLookupError):
            self._parent.terminate()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._parent.wait(), _GRACE_S)
        if self._parent.returncode is None:
            self._parent.kill()
            await self._parent.wait()
        if self._listening is not None:
            await self._listening

    async def _listen(self, readable: int) -> None:
        reader = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        transport, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(readable, "rb", 0)
        )
        alive: dict[str, Forked] = {}
        async for line in reader:
            word, name, number = line.decode().split()
            if word == "born":
                alive[name] = Forked(int(number))
                self._born[name].set_result(alive[name])
            else:
                alive.pop(name).ended(int(number))
        transport.close()
        # The parent is gone, and the kernel has asked its children to end.
        for one in alive.values():
            one.ended(_LOST)
        for waiting in self._born.values():
            if not waiting.done():
                waiting.set_result(None)
