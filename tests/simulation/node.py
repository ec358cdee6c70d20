"""One institution's node: the engine's memory of blocks, the application over its store, and the ways in which they end."""

import asyncio
import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tallychain.catalogue import CATALOGUE
from tallychain.crypto.digest import sha256
from tallychain.engine.admissions import Admissions
from tallychain.engine.beginning import STORE
from tallychain.engine.cometbft.application import Application, ApplicationSettings
from tallychain.engine.cometbft.calls import Block, Finalized, Info, InitChain, ValidatorPower
from tallychain.engine.cometbft.calls import Proposal as AskedProposal
from tallychain.engine.cometbft.opening import open_application
from tallychain.engine.port import CommittedBlock, EngineUnavailable
from tallychain.ledger import codec
from tallychain.ledger.genesis import genesis_digest, read_genesis
from tests.simulation.disk import Disk, DiskFull, Disks, PowerLost
from tests.simulation.loop import VirtualLoop

POINTS = ("before_finalize", "before_commit", "in_commit", "after_commit")
"""Where a node can be made to stop, beside anywhere between two events."""


BLOCK_BYTES = 2 * 1024 * 1024
USUAL = ApplicationSettings(snapshot_interval=0)
SNAPSHOTS = ApplicationSettings(snapshot_interval=6)


@dataclass(frozen=True)
class Decided:
    """A block that more than two thirds have voted for."""

    height: int
    time_ms: int
    envelopes: tuple[bytes, ...]
    proposer: int
    app_hash: bytes
    """The root after the block before, as the header carries it."""
    results: bytes
    """A digest of the results of the block before, as the header carries it."""

    @property
    def asked(self) -> Block:
        """The block as the application is asked about it."""
        digest = sha256(codec.encode_frame(dataclasses.astuple(self)))
        return Block(self.height, self.time_ms, digest, self.envelopes)


@dataclass(frozen=True)
class Proposal:
    """What a proposer sends."""

    block: Decided
    round: int
    honest: bool = True
    """Whether its proposer believed in it."""


@dataclass
class Watch:
    """What the checkers see of a node, as they happen."""

    committed: Callable[["Node", CommittedBlock, bytes], None]
    answered: Callable[["Node", int], None]
    """The height for which Commit was answered."""
    began: Callable[["Node", Info], None]


@dataclass(eq=False)
class Node:
    """One validator."""

    index: int
    loop: VirtualLoop
    random: Random
    disks: Disks
    document: bytes
    admissions: Admissions
    folder: Path
    start_ms: int
    watch: Watch
    path: Path = field(init=False)
    settings: ApplicationSettings = USUAL
    app: Application | None = None
    blocks: list[Decided] = field(default_factory=list)
    """The engine's own store, which outlives a crash."""
    mempool: dict[bytes, bytes] = field(default_factory=dict)
    skew_ms: int = 0
    slowness_s: float = 0.0
    stops_at: str = ""
    halted: str = ""
    """Why the engine stopped for good; an honest one never does."""
    restarts: int = 0
    results: dict[int, Finalized] = field(default_factory=dict)
    waiters: dict[bytes, list[asyncio.Future[int]]] = field(default_factory=dict)
    places: dict[bytes, int] = field(default_factory=dict)
    """Envelope to the height that it stands in, as far as this process knows."""
    moved: asyncio.Event = field(default_factory=asyncio.Event)
    wants_block: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        self.path = self.folder / str(self.index)

    @property
    def disk(self) -> Disk:
        """Its disk."""
        return self.disks.at(self.path / STORE)

    @property
    def is_up(self) -> bool:
        """Whether its processes run."""
        return self.app is not None and not self.halted

    @property
    def height(self) -> int:
        """The last block that the application has committed."""
        return self.app.store.height if self.app is not None else 0

    @property
    def clock_ms(self) -> int:
        """What its clock shows."""
        return self.start_ms + self.loop.now_ms + self.skew_ms

    def running(self) -> Application:
        """The application; raises `EngineUnavailable` where nothing runs."""
        if self.app is None or self.halted:
            raise EngineUnavailable(f"node {self.index} is down")
        return self.app

    # --- life

    def start(self) -> None:
        """Start the processes: what the application lacks is replayed from the engine's blocks, as the handshake does."""
        try:
            app = open_application(
                self.path,
                CATALOGUE,
                self.admissions,
                lambda: self.clock_ms,
                genesis=self.document,
                settings=self.settings,
                background=lambda work: work(),
            )
        except DiskFull:
            return
        except PowerLost:
            self.power_off()
            return
        self.app, self.places = app, {}
        info = app.info()
        self.watch.began(self, info)
        if info.height == 0:
            app.init_chain(self._beginning())
        if info.height > len(self.blocks):
            self.halted = f"the application is at {info.height}, ahead of the engine at {len(self.blocks)}"
            return
        for block in self.blocks[: info.height]:
            self._note_places(block)
        for block in self.blocks[info.height :]:
            if not self.is_up:
                return
            self._execute(block)

    def _beginning(self) -> InitChain:
        genesis = read_genesis(self.document)
        named = b'{"genesis":"%s"}' % genesis_digest(self.document).hex().encode()
        powers = tuple(ValidatorPower(row.key, row.power) for row in genesis.validators)
        return InitChain(genesis.chain, genesis.time_ms, 1, powers, named)

    def crash(self, *, power: bool) -> None:
        """End the processes without a word; with the power goes what was not synced."""
        if power:
            self.disk.lose_power()
        self.app, self.mempool, self.stops_at = None, {}, ""
        self._fail_waiters()
        self._wake()

    def power_off(self) -> None:
        """The machine stops."""
        self.crash(power=True)

    def _wake(self) -> None:
        """Those who wait for a block look again."""
        self.moved.set()
        self.moved = asyncio.Event()

    def _fail_waiters(self) -> None:
        for futures in self.waiters.values():
            for future in futures:
                if not future.done():
                    future.set_exception(EngineUnavailable(f"node {self.index} stopped"))
        self.waiters = {}

    # --- blocks

    def is_ready(self, height: int) -> bool:
        """Whether it can vote on a block of this height."""
        return self.is_up and self.height == height - 1

    def last_results(self) -> bytes:
        """A digest of the results of its last block."""
        made = self.results.get(self.height)
        return b"" if made is None else results_digest(made)

    def propose(self, height: int, time_ms: int) -> Decided:
        """Its proposal for a height."""
        app = self.running()
        asked = AskedProposal(height, time_ms, tuple(self.mempool.values()), BLOCK_BYTES)
        envelopes = tuple(app.prepare(asked))
        return Decided(height, time_ms, envelopes, self.index, app.store.app_hash, self.last_results())

    def accepts(self, proposal: Proposal) -> bool:
        """Its vote: the engine compares what the header says of the block before, the application judges the envelopes."""
        app, block = self.running(), proposal.block
        if block.app_hash != app.store.app_hash or block.results != self.last_results():
            return False
        return app.process(block.asked)

    def take(self, block: Decided) -> None:
        """Save a decided block that comes next, then execute it."""
        if not self.is_up or block.height != len(self.blocks) + 1 or block.height != self.height + 1:
            return
        self.blocks.append(block)
        self._execute(block)

    def _execute(self, block: Decided) -> None:
        app = self.running()
        if block.app_hash != app.store.app_hash:
            self.halted = f"block {block.height} carries another root than the one made here"
            self._fail_waiters()
            return
        try:
            self._stop("before_finalize")
            made = app.finalize(block.asked)
            self.results[block.height] = made
            self._stop("before_commit")
            if self.stops_at == "in_commit":
                self.stops_at, self.disk.tear_next = "", True
            app.commit()
            self.watch.answered(self, block.height)
            self._stop("after_commit")
        except PowerLost:
            self.power_off()
            return
        except Exception as error:
            if not self.disk.is_full:
                raise
            self.crash(power=False)
            self.full_with = str(error)
            return
        self.watch.committed(self, app.reading.block(block.height), made.app_hash)
        self._note_places(block)
        self._tell(block)
        self._wake()
        if made.app_hash != block.app_hash or block.envelopes:
            self.wants_block()

    full_with: str = ""

    def _stop(self, point: str) -> None:
        if self.stops_at == point:
            self.stops_at = ""
            raise PowerLost

    def _note_places(self, block: Decided) -> None:
        for envelope in block.envelopes:
            digest = sha256(envelope)
            self.places[digest] = block.height
            self.mempool.pop(digest, None)

    def _tell(self, block: Decided) -> None:
        for envelope in block.envelopes:
            for future in self.waiters.pop(sha256(envelope), []):
                if not future.done():
                    future.set_result(block.height)

    # --- for gateways and other nodes

    def knows(self, envelope: bytes) -> bool:
        """Whether it has an envelope, as its peers know of each other; then they do not send it once more."""
        digest = sha256(envelope)
        return digest in self.mempool or digest in self.places

    def add(self, envelope: bytes) -> None:
        """Put an envelope into the mempool, if it is admissible and new."""
        digest = sha256(envelope)
        if not self.is_up or digest in self.mempool or digest in self.places:
            return
        if not self.running().check(envelope).code:
            self.mempool[digest] = envelope
            self.wants_block()


def results_digest(made: Finalized) -> bytes:
    """What the next header says of the results."""
    return sha256(b"".join(one.code.to_bytes(1, "big") + sha256(one.data) for one in made.results))
