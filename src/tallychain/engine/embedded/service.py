"""What the ledger process answers on this engine: the chain as the sequencer makes it, and its upkeep."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Final

from tallychain.engine.checks import CheckAnswer
from tallychain.engine.embedded.checks import check_store
from tallychain.engine.embedded.sequencer import Sequencer
from tallychain.engine.embedded.takeover import export_headers
from tallychain.engine.port import (
    CommittedBlock,
    EngineRefused,
    QueryAnswer,
    ReceiptAnswer,
    ScanAnswer,
    Status,
    SubmitAnswer,
)
from tallychain.engine.service import Service
from tallychain.engine.upkeep import Upkeep
from tallychain.store.store import Store

ENGINE: Final = "embedded, one operator, not fault tolerant"


class EmbeddedService(Service):
    """The methods of the ledger process over one sequencer and its chain."""

    def __init__(self, sequencer: Sequencer, directory: Path) -> None:
        super().__init__(_Ledger(sequencer), Upkeep(_Kept(sequencer), directory))


class _Ledger:
    """The chain as it is served."""

    def __init__(self, sequencer: Sequencer) -> None:
        self._sequencer = sequencer
        self._chain = sequencer.chain

    @property
    def height(self) -> int:
        return self._chain.height

    async def submit(self, envelope: bytes) -> SubmitAnswer:
        return await self._sequencer.submit(envelope)

    async def query(self, key: bytes, *, prove: bool) -> QueryAnswer:
        return self._chain.query(key, prove=prove)

    async def scan(self, prefix: bytes) -> ScanAnswer:
        return self._chain.scan(prefix)

    async def status(self) -> Status:
        chain = self._chain
        return Status(
            engine=ENGINE,
            chain=chain.genesis.chain,
            genesis=chain.genesis_digest,
            height=chain.height,
            time_ms=chain.time_ms,
            app_hash=chain.app_hash.hex(),
            clock=chain.genesis.clock,
            demo=chain.genesis.demo,
            waiting=self._sequencer.waiting,
        )

    async def block(self, height: int) -> CommittedBlock:
        return self._chain.block(height)

    async def validators(self, height: int) -> bytes:
        """Refused: a sequencer alone decides every height of this chain."""
        raise EngineRefused(
            "NO_VALIDATORS",
            f"Block {height} was made by the one operator of this chain; it has no validators.",
        )

    async def receipt(self, operation: str) -> ReceiptAnswer | None:
        return self._chain.receipt(operation)

    async def advance(self, to_ms: int) -> int:
        return await self._sequencer.advance(to_ms)

    async def beyond(self, height: int) -> None:
        await self._sequencer.beyond(height)

    def fail(self, error: BaseException) -> None:
        self._sequencer.fail(error)


class _Kept:
    """The chain as it is looked after."""

    def __init__(self, sequencer: Sequencer) -> None:
        self._sequencer = sequencer
        self._chain = sequencer.chain

    @property
    def store(self) -> Store:
        return self._chain.store

    @property
    def tree_depth(self) -> int:
        return self._chain.genesis.tree_depth

    def pause(self) -> AbstractAsyncContextManager[None]:
        return self._sequencer.pause()

    async def complete_snapshot(self, folder: Path, height: int) -> None:
        await self._sequencer.empty_block(height + 1)
        export_headers(self._chain, folder, height)

    def check(self, store: Store) -> CheckAnswer:
        return check_store(store, self._chain.state.catalogue, self._chain.document)
