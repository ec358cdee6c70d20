"""What the ledger process answers to gateways on this engine: the same methods as any, from what the validators agreed on."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

from tallychain.engine import records
from tallychain.engine.beginning import DRIVEN
from tallychain.engine.checks import CheckAnswer, check_rows
from tallychain.engine.cometbft.application import Application
from tallychain.engine.cometbft.blockchecks import block_failures
from tallychain.engine.cometbft.handclock import clock_transaction
from tallychain.engine.cometbft.headers import Headers
from tallychain.engine.cometbft.rpc import EngineRpc, NoAnswer, Standing, Unwilling
from tallychain.engine.cometbft.server import AbciServer
from tallychain.engine.cometbft.submissions import Submissions
from tallychain.engine.port import (
    CommittedBlock,
    EngineRefused,
    EngineUnavailable,
    QueryAnswer,
    ReceiptAnswer,
    ScanAnswer,
    Status,
    SubmitAnswer,
)
from tallychain.engine.records import TakenOver
from tallychain.ledger import limits
from tallychain.store.store import Store

HEADERS: Final = "headers"
_STANDING_S: Final = 5.0
_HEADER_S: Final = 2.0
_SNAPSHOT_S: Final = 30.0
P = ParamSpec("P")
R = TypeVar("R")


class Beside:
    """The engine beside this ledger process, as far as it shows itself: asked now and then, and never waited for."""

    def __init__(self, rpc: EngineRpc) -> None:
        self._rpc = rpc
        self._task: asyncio.Task[None] | None = None
        self.halt_height = 0
        """The block after which this node waits to be ended; 0 for none."""
        self.standing: Standing | None = None
        """None while it does not answer."""

    def start(self) -> None:
        """Ask from now on."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Ask no more."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    @property
    def words(self) -> str:
        """Which engine this is and what it promises."""
        standing = self.standing
        if standing is None:
            return "CometBFT, which does not answer at present"
        count = len(standing.powers)
        plural = "" if count == 1 else "s"
        behind = ", catching up" if standing.catching_up else ""
        if self.halt_height:
            behind += f", halts after block {self.halt_height}"
        return (
            f"CometBFT {standing.version}, {count} validator{plural}, tolerates {standing.tolerates} faulty"
            + behind
        )

    async def _run(self) -> None:
        while True:
            try:
                self.standing = await self._rpc.standing()
            except (NoAnswer, Unwilling):
                self.standing = None
            await asyncio.sleep(_STANDING_S if self.standing else _STANDING_S / 20)


class ServedLedger:
    """The chain as gateways see it; a block is seen once its header is here."""

    def __init__(
        self,
        application: Application,
        submissions: Submissions,
        headers: Headers,
        beside: Beside,
        rpc: EngineRpc,
        server: AbciServer,
        failed: Callable[[BaseException], None],
    ) -> None:
        self._application = application
        self._submissions = submissions
        self._headers = headers
        self._beside = beside
        self._rpc = rpc
        self._server = server
        self._failed = failed

    @property
    def height(self) -> int:
        """The last block with its header."""
        return self._headers.served

    async def submit(self, envelope: bytes) -> SubmitAnswer:
        """See `Submissions.submit`."""
        return await self._submissions.submit(envelope)

    async def query(self, key: bytes, *, prove: bool) -> QueryAnswer:
        """See `Engine.query`."""
        return await self._apart(self._application.reading.query, key, prove=prove)

    async def scan(self, prefix: bytes) -> ScanAnswer:
        """See `Engine.scan`."""
        return await self._apart(self._application.reading.scan, prefix)

    async def status(self) -> Status:
        """Where the chain stands."""
        application = self._application
        return Status(
            engine=self._beside.words,
            chain=application.genesis.chain,
            genesis=application.genesis_digest,
            height=application.height,
            time_ms=application.time_ms,
            app_hash=application.app_hash.hex(),
            clock=application.genesis.clock,
            demo=application.genesis.demo,
            waiting=self._submissions.waiting,
        )

    async def block(self, height: int) -> CommittedBlock:
        """See `Engine.block`."""
        if height > self.height:
            raise EngineRefused("BLOCK_NOT_KEPT", f"There is no block {height} with its header here.")
        return await self._apart(self._application.reading.block, height)

    async def validators(self, height: int) -> bytes:
        """See `Engine.validators`."""
        try:
            return await self._rpc.validators(height)
        except NoAnswer as silent:
            raise EngineUnavailable(str(silent)) from None
        except Unwilling:
            raise EngineRefused(
                "BLOCK_NOT_KEPT", f"The validators of block {height} are not kept here."
            ) from None

    async def receipt(self, operation: str) -> ReceiptAnswer | None:
        """See `Engine.receipt`."""
        found = await self._apart(self._application.reading.receipt, operation)
        if found is None or found.header or not found.envelope:
            return found
        # The block is durable and its header on the way.
        with suppress(TimeoutError):
            await asyncio.wait_for(self.beyond(found.height - 1), _HEADER_S)
        return await self._apart(self._application.reading.receipt, operation)

    async def advance(self, to_ms: int) -> int:
        """See `Engine.advance`: the wish is ordered like an envelope, and the engine makes blocks until the time is reached."""
        application = self._application
        if application.genesis.clock != DRIVEN:
            raise EngineRefused(
                "CLOCK_NOT_DRIVEN", "The time of this chain is its validators'; it cannot be moved."
            )
        if not application.time_ms < to_ms <= limits.TIME_MS:
            raise EngineRefused(
                "CLOCK_NOT_FORWARD",
                f"The time moves from {application.time_ms} forward only, up to {limits.TIME_MS}, not to {to_ms}.",
            )
        try:
            taken = await self._rpc.hand_over(clock_transaction(application.genesis.chain, to_ms))
        except (NoAnswer, Unwilling) as silent:
            raise EngineUnavailable(str(silent)) from None
        if taken is not None and taken.code:
            raise EngineRefused("CLOCK_NOT_DRIVEN", f"The time cannot be moved: {taken.log}")
        while application.time_ms < to_ms or self.height < application.height:
            await self.beyond(self.height)
        return self.height

    async def beyond(self, height: int) -> None:
        """Wait until there is a block above this height with its header."""
        await self._headers.beyond(height)

    def fail(self, error: BaseException) -> None:
        """The process ends."""
        self._failed(error)

    async def _apart(self, read: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Read in the thread for reading, so that no block waits for it."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._server.reads, lambda: read(*args, **kwargs))


class KeptLedger:
    """The chain as it is looked after."""

    def __init__(self, application: Application, headers: Headers, server: AbciServer) -> None:
        self._application = application
        self._headers = headers
        self._server = server

    @property
    def store(self) -> Store:
        """Where it lies."""
        return self._application.store

    @property
    def tree_depth(self) -> int:
        """Of its state tree."""
        return self._application.genesis.tree_depth

    def pause(self) -> AbstractAsyncContextManager[None]:
        """No block is made durable meanwhile."""
        return _held(self._server.commits)

    async def complete_snapshot(self, folder: Path, height: int) -> None:
        """Lay the headers of this height and the next beside the rows; an idle chain makes one within seconds."""
        try:
            await asyncio.wait_for(self._headers.beyond(height), _SNAPSHOT_S)
        except TimeoutError:
            raise EngineRefused("SNAPSHOT_FAILED", "The next block does not come.", 1_000) from None
        last = records.stored_header(self.store, height)
        following = records.stored_header(self.store, height + 1)
        if last is None or following is None:
            raise EngineRefused(
                "SNAPSHOT_FAILED", f"The headers of block {height} and the next are not here."
            )
        records.write_file_durably(folder / HEADERS, records.encode_taken_over(TakenOver(last, following)))

    def check(self, store: Store) -> CheckAnswer:
        """The whole check of a copy."""
        application = self._application
        return check_rows(store, application.catalogue, application.document, block_failures)


@asynccontextmanager
async def _held(lock: asyncio.Lock) -> AsyncIterator[None]:
    async with lock:
        yield
