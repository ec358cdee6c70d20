"""Taking the state over from other nodes: nothing of it counts until everything of it was checked.

Trusted are the height and the app hash that the engine's light client verified, and our own genesis document.  The new store is built
beside the old one and takes its place only when it is complete; whatever happens before that leaves the node as it was.
"""

import shutil
from pathlib import Path
from typing import Final

from tallychain.crypto.digest import sha256
from tallychain.engine import records
from tallychain.engine.beginning import STORE
from tallychain.engine.cometbft.calls import Applied, ChunkVerdict, Offer, Snapshot
from tallychain.engine.records import sync_directory
from tallychain.ledger import codec
from tallychain.ledger.outages import CLOCK, Clock
from tallychain.ledger.parameters import FACTS, ChainFacts
from tallychain.store.errors import ChunkPoisoned, ManifestRefused, SnapshotRefused, StoreError
from tallychain.store.snapshot import FORMAT, SnapshotReceiver, TrustedState
from tallychain.store.store import Store

INCOMING: Final = "store.incoming"
OUTGOING: Final = "store.outgoing"


def tidy(directory: Path) -> None:
    """Put right what an interrupted restore left: the old store stands again, or the new one does, and nothing beside it."""
    store, outgoing = directory / STORE, directory / OUTGOING
    if outgoing.exists() and not store.exists():
        outgoing.rename(store)
        sync_directory(directory)
    for left in (outgoing, directory / INCOMING):
        shutil.rmtree(left, ignore_errors=True)


def exchange(directory: Path) -> None:
    """Let the new store take the place of the old one, neither of which is open."""
    (directory / STORE).rename(directory / OUTGOING)
    (directory / INCOMING).rename(directory / STORE)
    sync_directory(directory)
    shutil.rmtree(directory / OUTGOING, ignore_errors=True)


class Restoring:
    """One snapshot after another, until one is good."""

    def __init__(self, directory: Path, genesis_digest: str, depth: int) -> None:
        self._directory = directory
        self._genesis = genesis_digest
        self._depth = depth
        self._receiver: SnapshotReceiver | None = None
        self._next = 0

    def offer(self, snapshot: Snapshot, app_hash: bytes) -> Offer:
        """Whether to begin with a snapshot; one that was begun before is given up."""
        self.give_up()
        if snapshot.format != FORMAT:
            return Offer.REJECT_FORMAT
        if sha256(snapshot.metadata) != snapshot.hash:
            return Offer.REJECT_SENDER
        trusted = TrustedState(snapshot.height, app_hash, self._depth)
        try:
            receiver = SnapshotReceiver(self._directory / INCOMING, snapshot.metadata, trusted)
        except ManifestRefused:
            return Offer.REJECT
        if len(receiver.manifest.chunks) != snapshot.chunks or not snapshot.chunks:
            receiver.discard()
            return Offer.REJECT
        self._receiver, self._next = receiver, 0
        return Offer.ACCEPT

    def apply(self, index: int, chunk: bytes, sender: str) -> tuple[ChunkVerdict, bool]:
        """Take a chunk; the answer, and whether the new store is complete now and may take the old one's place."""
        receiver = self._receiver
        if receiver is None:
            return ChunkVerdict(Applied.ABORT), False
        if index != self._next:
            return ChunkVerdict(Applied.RETRY, refetch=(self._next,)), False
        try:
            receiver.take(chunk)
        except ChunkPoisoned:
            return ChunkVerdict(Applied.RETRY, refetch=(index,), reject_senders=(sender,)), False
        except SnapshotRefused:
            # The chunk is the one that the snapshot names, so the snapshot itself is wrong.
            return self._refuse(sender), False
        self._next += 1
        if self._next < len(receiver.manifest.chunks):
            return ChunkVerdict(Applied.ACCEPT), False
        try:
            self._check_rows(receiver)
            receiver.finish(records.JOURNAL_RULE)
        except SnapshotRefused:
            return self._refuse(sender), False
        self._receiver = None
        return ChunkVerdict(Applied.ACCEPT), True

    def give_up(self) -> None:
        """Leave nothing behind of a restore that did not come to its end."""
        if self._receiver is not None:
            self._receiver.discard()
            self._receiver = None
        shutil.rmtree(self._directory / INCOMING, ignore_errors=True)

    def _refuse(self, sender: str) -> ChunkVerdict:
        self.give_up()
        return ChunkVerdict(Applied.REJECT_SNAPSHOT, reject_senders=(sender,))

    def _check_rows(self, receiver: SnapshotReceiver) -> None:
        """What the app hash cannot say: that these are our chain's rows, and of the very block whose time they hold."""
        facts, clock = receiver.row(FACTS.key()), receiver.row(CLOCK.key())
        try:
            if facts is None or codec.decode(ChainFacts, facts).genesis != self._genesis:
                raise SnapshotRefused("The snapshot is of another chain.")
            if clock is None or codec.decode(Clock, clock).height != receiver.manifest.height:
                raise SnapshotRefused("The snapshot does not hold the time of its last block.")
        except codec.Malformed as error:
            raise SnapshotRefused(f"The snapshot's rows cannot be read: {error.detail}.") from None


def time_of_last(store: Store) -> int:
    """The time of the last block; 0 where there was none."""
    if store.height <= 0:
        return 0
    block = records.stored_time(store, store.height)
    if block is not None:
        return block
    raw = store.get(CLOCK.key())
    clock = None if raw is None else codec.trusted(Clock, raw)
    if clock is None or clock.height != store.height:
        raise StoreError(f"The time of block {store.height} is not in the store.")
    return clock.time_ms
