"""The application as the engine drives it in a ledger process: with what the process adds to its calls."""

from collections import Counter
from collections.abc import Callable, Sequence

from tallychain.engine.cometbft.application import Application
from tallychain.engine.cometbft.calls import (
    Begun,
    Block,
    Checked,
    ChunkVerdict,
    Finalized,
    Info,
    InitChain,
    Offer,
    Proposal,
    Queried,
    Snapshot,
)


class DrivenApplication:
    """Passes every call on; blocks whose headers were not fetched yet are kept by the engine, and missing votes are counted."""

    def __init__(
        self, application: Application, served: Callable[[], int], restored: Callable[[], None]
    ) -> None:
        """`served` tells the last block whose header is here; `restored` is told when a chunk of another node's state was taken."""
        self.inner = application
        self.missed: Counter[str] = Counter()
        """Commits without the vote of a validator, by the address that the engine gives it."""
        self._served = served
        self._restored = restored

    def info(self) -> Info:
        """See `Application.info`."""
        return self.inner.info()

    def init_chain(self, call: InitChain) -> Begun:
        """See `Application.init_chain`."""
        return self.inner.init_chain(call)

    def check(self, tx: bytes) -> Checked:
        """See `Application.check`."""
        return self.inner.check(tx)

    def prepare(self, call: Proposal) -> Sequence[bytes]:
        """See `Application.prepare`."""
        return self.inner.prepare(call)

    def process(self, call: Block) -> bool:
        """See `Application.process`."""
        return self.inner.process(call)

    def finalize(self, call: Block) -> Finalized:
        """See `Application.finalize`."""
        self.missed.update(vote.address.hex() for vote in call.votes if not vote.signed)
        return self.inner.finalize(call)

    def commit(self) -> int:
        """See `Application.commit`; what the engine may drop has its header here already."""
        return min(self.inner.commit(), self._served())

    def offer_snapshot(self, snapshot: Snapshot, app_hash: bytes) -> Offer:
        """See `Application.offer_snapshot`."""
        return self.inner.offer_snapshot(snapshot, app_hash)

    def apply_chunk(self, index: int, chunk: bytes, sender: str) -> ChunkVerdict:
        """See `Application.apply_chunk`."""
        verdict = self.inner.apply_chunk(index, chunk, sender)
        self._restored()
        return verdict

    def list_snapshots(self) -> Sequence[Snapshot]:
        """See `Application.list_snapshots`."""
        return self.inner.list_snapshots()

    def load_chunk(self, height: int, format_: int, chunk: int) -> bytes:
        """See `Application.load_chunk`."""
        return self.inner.load_chunk(height, format_, chunk)

    def query(self, path: str, data: bytes, height: int, *, prove: bool) -> Queried:
        """See `Application.query`."""
        return self.inner.query(path, data, height, prove=prove)
