"""A node that joins while everything goes on: it takes the state over from snapshots of others, some of which are poisoned, and then follows."""

import asyncio
import dataclasses
from collections.abc import Callable, Sequence
from random import Random

from tallychain.engine.cometbft.calls import Applied, Offer, Snapshot
from tests.simulation.node import Decided, Node


class Joining:
    """One observer's way into the alliance."""

    def __init__(
        self,
        random: Random,
        node: Node,
        peers: Sequence[Node],
        chain: Sequence[Decided],
        fault: Callable[[str], None],
    ) -> None:
        self._random, self._node, self._peers, self._chain = random, node, peers, chain
        self._fault = fault
        self.poisoned = 0
        self.restored_at = 0

    async def join(self) -> bool:
        """Restore from a good snapshot after some bad ones; False where nobody has any that could be proven."""
        self._node.start()
        for _ in range(20):
            found = self._offered()
            if found is not None and self._node.is_up:
                peer, snapshot = found
                self._poison(peer, snapshot)
                self._restore(peer, snapshot)
                return True
            await asyncio.sleep(1.0)
        return False

    def catch_up(self) -> None:
        """Take the blocks that are missing."""
        for block in self._chain[self._node.height :]:
            self._node.take(block)

    def _offered(self) -> tuple[Node, Snapshot] | None:
        """A snapshot whose root a later header carries, and that the peer has not come back from an older copy since."""
        for peer in self._random.sample(list(self._peers), len(self._peers)):
            for snapshot in peer.running().list_snapshots() if peer.is_up else ():
                if 0 < snapshot.height < len(self._chain) and peer.height >= snapshot.height:
                    return peer, snapshot
        return None

    def _trusted(self, snapshot: Snapshot) -> bytes:
        return self._chain[snapshot.height].app_hash

    def _restore(self, peer: Node, snapshot: Snapshot) -> None:
        app = self._node.running()
        if app.offer_snapshot(snapshot, self._trusted(snapshot)) is not Offer.ACCEPT:
            self._fault(f"a good snapshot of block {snapshot.height} was not accepted")
            return
        for index in range(snapshot.chunks):
            chunk = peer.running().load_chunk(snapshot.height, snapshot.format, index)
            verdict = app.apply_chunk(index, chunk, f"node-{peer.index}")
            if verdict.result is not Applied.ACCEPT:
                self._fault(f"a good chunk of the snapshot of block {snapshot.height} was not accepted")
                return
        self.restored_at = app.info().height
        if (app.info().height, app.info().app_hash) != (snapshot.height, self._trusted(snapshot)):
            self._fault(f"after the snapshot of block {snapshot.height} the node stands elsewhere")
        self._node.blocks = list(self._chain[: snapshot.height])

    # --- what must not be taken

    def _poison(self, peer: Node, snapshot: Snapshot) -> None:
        tries = [self._changed_list, self._changed_chunk, self._other_root, self._broken_off]
        for attempt in self._random.sample(tries, self._random.randint(1, len(tries))):
            attempt(peer, snapshot)
            self.poisoned += 1
            if self._node.running().info().height:
                self._fault(f"a node took over a poisoned snapshot ({attempt.__name__.strip('_')})")

    def _changed_list(self, _peer: Node, snapshot: Snapshot) -> None:
        """The list of chunks is another one than its hash says."""
        changed = dataclasses.replace(snapshot, metadata=snapshot.metadata.replace(b"1", b"2", 1) + b" ")
        if self._node.running().offer_snapshot(changed, self._trusted(snapshot)) is Offer.ACCEPT:
            self._fault("a snapshot was accepted under a hash that is not its own")

    def _changed_chunk(self, peer: Node, snapshot: Snapshot) -> None:
        """One bit of a chunk is flipped."""
        app = self._node.running()
        if app.offer_snapshot(snapshot, self._trusted(snapshot)) is not Offer.ACCEPT:
            return
        chunk = bytearray(peer.running().load_chunk(snapshot.height, snapshot.format, 0))
        chunk[self._random.randrange(len(chunk))] ^= 1 << self._random.randrange(8)
        if app.apply_chunk(0, bytes(chunk), "liar").result is Applied.ACCEPT:
            self._fault("a chunk with a flipped bit was accepted")

    def _other_root(self, peer: Node, snapshot: Snapshot) -> None:
        """Everything fits together, and the header says another root."""
        app = self._node.running()
        if app.offer_snapshot(snapshot, bytes(32)) is not Offer.ACCEPT:
            return
        for index in range(snapshot.chunks):
            chunk = peer.running().load_chunk(snapshot.height, snapshot.format, index)
            app.apply_chunk(index, chunk, f"node-{peer.index}")

    def _broken_off(self, _peer: Node, snapshot: Snapshot) -> None:
        """The machine stops in the middle; what was begun is gone."""
        self._node.running().offer_snapshot(snapshot, self._trusted(snapshot))
        self._node.power_off()
        self._node.start()
