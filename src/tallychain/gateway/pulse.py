"""Tells those who wait that something has moved."""

import asyncio
import contextlib


class Pulse:
    """One beat wakes everybody who waits at that moment."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def beat(self) -> None:
        """Wake everybody."""
        self._event.set()
        self._event = asyncio.Event()

    async def wait(self, seconds: float) -> None:
        """Wait for the next beat, at most so long."""
        # Not `wait_for`, which loses a cancellation that comes together with the beat in Python 3.11.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._event.wait()
