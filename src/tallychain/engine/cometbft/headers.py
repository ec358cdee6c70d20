"""Headers and commits of blocks, which the engine has and the ledger needs for whoever follows it.

The application learns a block's contents and result, not its header and who signed it.  Those are asked of the engine as soon as a block is durable, held against
the block, and kept with it.  A block is given to followers once it has them, so what is served never lacks its proof; after any restart the
gap is filled first.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from tallychain.engine import records
from tallychain.engine.cometbft.application import Application
from tallychain.engine.cometbft.rpc import EngineRpc, NoAnswer, NotKept, Unwilling
from tallychain.engine.logs import Log
from tallychain.engine.records import SignedHeader
from tallychain.ledger import merkle
from tallychain.sdk.verify.headers import decode_commit, decode_header, header_hash
from tallychain.store.store import Store

_FIRST_WAIT_S: Final = 0.02
_LONGEST_WAIT_S: Final = 1.0


class HeaderForeign(Exception):
    """The engine's header is not that of the block that was executed here: this engine and this ledger are of different chains."""

    def __init__(self, height: int, detail: str) -> None:
        super().__init__(f"The engine's header of block {height} {detail}.")


class Headers:
    """The headers of one ledger, up to a height from which on they are still being fetched."""

    def __init__(
        self, application: Application, rpc: EngineRpc, log: Log, failed: Callable[[BaseException], None]
    ) -> None:
        self._application = application
        self._rpc = rpc
        self._log = log
        self._failed = failed
        self._made = asyncio.Event()
        self._known = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.served = complete_to(application.store)
        """The last block whose header is here, as are those of all before it that are here."""

    def start(self) -> None:
        """Fetch from now on."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Fetch no more."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    def block_made(self) -> None:
        """There is one more block, or the ledger stands at another height now."""
        self._made.set()

    async def beyond(self, height: int) -> None:
        """Wait until there is a block above this height with its header."""
        while self.served <= height:
            await self._known.wait()

    async def _run(self) -> None:
        try:
            while True:
                await self._fetch()
                self._made.clear()
                if self.served >= self._application.height:
                    await self._made.wait()
        except Exception as error:  # noqa: BLE001 - told, and the process ends
            self._failed(error)

    async def _fetch(self) -> None:
        wait_s = _FIRST_WAIT_S
        while self.served < self._application.height:
            # A state that was taken over stands at a height whose block, and those before it, are not here.
            begin = records.first_block(self._application.store)
            height = max(self.served + 1, begin)
            if height <= self._application.height and not await self._fetch_one(height):
                await asyncio.sleep(wait_s)
                wait_s = min(2 * wait_s, _LONGEST_WAIT_S)
                continue
            wait_s = _FIRST_WAIT_S
            self.served = min(height, self._application.height)
            self._known.set()
            self._known = asyncio.Event()

    async def _fetch_one(self, height: int) -> bool:
        try:
            signed = await self._rpc.header(height)
        except NotKept as gone:
            # No follower gets it here any more, and a proof of that block is to be had elsewhere.
            self._log.error("a header is not to be had from the engine", height=height, sentence=str(gone))
            return True
        except (NoAnswer, Unwilling):
            return False
        store = self._application.store
        check_header(store, height, signed)
        records.keep_header(store, height, signed)
        return True


def check_header(store: Store, height: int, signed: SignedHeader) -> None:
    """Hold a header and its commit against the block in the store; raises `HeaderForeign`."""
    header, commit = decode_header(signed.header), decode_commit(signed.signature)
    block = records.stored_block(store, height)
    if block is None:
        raise HeaderForeign(height, "is of a block that is not here")
    if (header.height, commit.height) != (height, height):
        raise HeaderForeign(height, "is of another height")
    if commit.block.hash != header_hash(header):
        raise HeaderForeign(height, "is not what its validators signed")
    if header.data_hash != merkle.data_hash(block.envelopes):
        raise HeaderForeign(height, "commits to other envelopes than those that were executed here")


def complete_to(store: Store) -> int:
    """The last height up to which every block that is here has its header; headers are filled in ascending order."""
    low, high = records.first_block(store) - 1, store.height
    while low < high:
        middle = (low + high + 1) // 2
        signed = records.stored_header(store, middle)
        if signed is not None and signed.header:
            low = middle
        else:
            high = middle - 1
    return low
