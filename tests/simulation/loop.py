"""An event loop whose time is virtual: what waits costs nothing, and the same seed gives the same order of everything.

The real asyncio code of the gateways and the simulated network run on it.  Nothing else happens: no sockets, no threads, no wall clock.
"""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, TypeVar

T = TypeVar("T")


class Stalled(AssertionError):
    """Everybody waits for something that will never come."""


class _NoSockets:
    """What asyncio asks to wait: it moves the clock instead."""

    def __init__(self, loop: "VirtualLoop") -> None:
        self._loop = loop

    def select(self, timeout: float | None) -> list[object]:
        """Let this time pass."""
        if timeout is None:
            raise Stalled("nothing is scheduled and nobody can go on")
        self._loop.passed_s += timeout
        return []

    def close(self) -> None:
        """Nothing to close."""


class VirtualLoop(asyncio.BaseEventLoop):
    """A loop that jumps from one instant at which something happens to the next."""

    def __init__(self) -> None:
        super().__init__()
        self.passed_s = 0.0
        # asyncio's loop asks these two of whatever waits for the network.
        self._selector = _NoSockets(self)
        self._clock_resolution = 1e-9

    def time(self) -> float:
        """Virtual seconds since the beginning."""
        return self.passed_s

    @property
    def now_ms(self) -> int:
        """Virtual milliseconds since the beginning."""
        return int(self.passed_s * 1000)

    def leap(self, seconds: float) -> None:
        """Let time pass in which nobody does anything, as if every machine had slept."""
        self.passed_s += seconds

    def run_in_executor(self, _executor: object, func: Callable[..., T], *args: Any) -> "asyncio.Future[T]":  # type: ignore[override]  # what threads would do is done at once
        """Do the work here and now, because the order of threads differs from run to run."""
        future: asyncio.Future[T] = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - handed to the one who waits
            future.set_exception(error)
        return future

    def _process_events(self, _events: object) -> None:
        """No sockets, no events."""

    def _write_to_self(self) -> None:
        """No thread would wake this loop."""


def run(made: Callable[[VirtualLoop], Coroutine[object, object, T]]) -> T:
    """Run one simulation to its end; whatever is left of it is cancelled."""
    loop = VirtualLoop()
    try:
        return loop.run_until_complete(made(loop))
    finally:
        _end(loop)
        loop.close()


def _end(loop: VirtualLoop) -> None:
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    if tasks:
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
    loop.run_until_complete(loop.shutdown_asyncgens())


@contextlib.contextmanager
def ignoring(*kinds: type[BaseException]) -> Iterator[None]:
    """Errors that a simulated process may meet when it is killed."""
    with contextlib.suppress(*kinds):
        yield
