"""The application that the consensus engine drives: our ledger, one method for each of the engine's calls.

What is on disk is always the end of exactly one block.  Preparing, voting and executing change nothing durable and nothing in the state: a
candidate is executed beside it, and only `commit` writes, in one batch with height and app hash, and then adopts.  Any exception means that the process
must end and begin again from its store; an answer that a member's mistake deserves is a code, never an exception.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from importlib.metadata import version
from pathlib import Path
from typing import Concatenate, Final, ParamSpec, TypeVar

from tallychain.engine import beginning, composing, records
from tallychain.engine.admissions import Admissions
from tallychain.engine.beginning import STORE
from tallychain.engine.cometbft import answering, handclock, restoring
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
    ValidatorPower,
)
from tallychain.engine.cometbft.candidates import Candidate, committed_block, tx_results
from tallychain.engine.cometbft.founding import check_beginning
from tallychain.engine.cometbft.pacing import Pacing
from tallychain.engine.cometbft.restoring import Restoring
from tallychain.engine.cometbft.settings import SNAPSHOT_INTERVAL
from tallychain.engine.cometbft.snapshots import Background, Snapshots
from tallychain.engine.port import CommittedBlock, EngineRefused
from tallychain.engine.rates import Rates
from tallychain.engine.reading import Reading
from tallychain.ledger import machine
from tallychain.ledger.admission import AdmittedEnvelope
from tallychain.ledger.genesis import Genesis, genesis_digest, read_genesis
from tallychain.ledger.machine import BlockInput, Catalogue, LedgerState
from tallychain.ledger.outages import CLOCK
from tallychain.ledger.refusals import Inadmissible
from tallychain.ledger.types import Height, TimeMs
from tallychain.store.store import Store

TAKEN: Final = 0
INADMISSIBLE: Final = 1
RATE_EXCEEDED: Final = 2
_MOVES: Final = 16
"""Requests for a time in one block of a trial chain."""
_CANDIDATES: Final = 4
"""Blocks of one height executed and kept; more than one only where rounds fail."""

P = ParamSpec("P")
R = TypeVar("R")


class ApplicationStopped(Exception):
    """An earlier call failed, so memory and disk may be of different blocks: the process must end and begin again from the store."""


@dataclass(frozen=True, slots=True)
class ApplicationSettings:
    """What an operator may tune; none of it is part of the protocol."""

    block_operations: int = 4_000
    """Operations in a block that this node proposes."""
    member_operations_per_s: int = 5_000
    """Sustained rate of one member at this node; twice that may come at once."""
    snapshot_interval: int = SNAPSHOT_INTERVAL
    """Blocks from one snapshot for joining nodes to the next; 0 for none."""
    snapshots_kept: int = 2
    retain_blocks: int = 0
    """How many of the last blocks the engine keeps for other nodes; 0 for all."""


def _consensus(
    method: Callable[Concatenate["Application", P], R],
) -> Callable[Concatenate["Application", P], R]:
    """A call that must not come any more once one has failed."""

    @wraps(method)
    def guarded(self: "Application", /, *args: P.args, **kwargs: P.kwargs) -> R:
        if self.stopped:
            raise ApplicationStopped("an earlier call failed")
        self.stopped = True
        answer = method(self, *args, **kwargs)
        self.stopped = False
        return answer

    return guarded


class Application:
    """The ledger of one node; calls that decide anything come one at a time, in the thread that opened it."""

    def __init__(
        self,
        directory: Path,
        document: bytes,
        catalogue: Catalogue,
        store: Store,
        admissions: Admissions,
        clock_ms: Callable[[], int],
        settings: ApplicationSettings,
        background: Background,
    ) -> None:
        """Take an open store; `open_application` makes one.  `clock_ms` gives UTC milliseconds and decides only what this node proposes and takes."""
        self.document = document
        self.genesis: Genesis = read_genesis(document)
        self.genesis_digest = genesis_digest(document).hex()
        self.catalogue = catalogue
        self.settings = settings
        self.stopped = False
        self.when_committed: Callable[[CommittedBlock, float], None] | None = None
        """Told each durable block, and the seconds that executing and writing it took."""
        self._standing = threading.Lock()
        """Held while another store takes the place of this one, and by whoever reads in another thread."""
        self._directory = directory
        self._admissions = admissions
        self._clock_ms = clock_ms
        self._rates = Rates(settings.member_operations_per_s)
        self._pacing = Pacing()
        self._candidates: OrderedDict[bytes, Candidate] = OrderedDict()
        self._decided: Candidate | None = None
        depth = self.genesis.tree_depth
        self._snapshots = Snapshots(
            directory,
            depth,
            interval=settings.snapshot_interval,
            kept=settings.snapshots_kept,
            background=background,
        )
        self._restoring = Restoring(directory, self.genesis_digest, depth)
        self._take(store)

    # -- what the process beside it asks -----------------------------------------------------------------------

    @property
    def height(self) -> int:
        """Height of the last block; 0 when there is only genesis."""
        return self.state.height

    @property
    def time_ms(self) -> int:
        """Time of the last block, or of genesis."""
        return max(self.state.time_ms, self.genesis.time_ms)

    @property
    def app_hash(self) -> bytes:
        """State root after the last block."""
        return self.store.app_hash

    @property
    def driven(self) -> bool:
        """Whether time moves by hand only."""
        return self.genesis.clock == beginning.DRIVEN

    def admit(self, tx: bytes) -> AdmittedEnvelope:
        """An envelope that may stand in a block; raises `EngineRefused` with the codes of `admission.admissible`."""
        verdict = self._admissions.judge([tx], self.state)[0]
        if isinstance(verdict, Inadmissible):
            raise EngineRefused(verdict.code, f"The envelope is not admissible: {verdict.detail}.")
        return verdict

    def may_connect(self, node: str) -> bool:
        """Whether other nodes of the alliance accept this one, by its id; whatever is not certain is a no."""
        with self._standing:
            return answering.may_connect(self.store, node)

    def validates(self, node: str) -> bool:
        """Whether a node that is connected is a validator's, by its id."""
        with self._standing:
            return answering.validates(self.store, node)

    def close(self) -> None:
        """Release the store."""
        self._snapshots.wait()
        self._restoring.give_up()
        self.store.close()

    # -- the engine's calls ------------------------------------------------------------------------------------

    def info(self) -> Info:
        """Where the application stands durably."""
        return Info(self.store.height, self.store.app_hash, self.genesis.chain, version("tallychain"))

    @_consensus
    def init_chain(self, call: InitChain) -> Begun:
        """Begin; the same again until the first block is committed.  Raises `BeginningDiffers`."""
        check_beginning(call, self.genesis, self.genesis_digest, self.height)
        return Begun(self.store.app_hash)

    @_consensus
    def check(self, tx: bytes) -> Checked:
        """Whether an envelope may wait for a block: admissible, and within its member's rate at this node."""
        if self._target_in(tx) is not None:
            return Checked(TAKEN)
        try:
            envelope = self.admit(tx)
        except EngineRefused as refused:
            return Checked(INADMISSIBLE, str(refused))
        try:
            self._rates.charge(envelope.member, len(envelope.operations), self._clock_ms() / 1_000)
        except EngineRefused as refused:
            return Checked(RATE_EXCEEDED, str(refused))
        return Checked(TAKEN)

    @_consensus
    def prepare(self, call: Proposal) -> Sequence[bytes]:
        """What this node proposes: courts' envelopes first, then of every member in turn, as much as there is room for."""
        moves = [tx for tx in call.txs if self._target_in(tx) is not None]
        if moves or handclock.pending_target(self.state):
            # What would be executed while time is moved would have expired; it waits until time stands again.
            return moves[:_MOVES]
        verdicts = self._admissions.judge(call.txs, self.state)
        good = [
            (data, verdict)
            for data, verdict in zip(call.txs, verdicts, strict=True)
            if not isinstance(verdict, Inadmissible)
        ]
        if good and not self.driven and self._pacing.renews_time(call.height, call.time_ms, self._clock_ms()):
            return ()
        order = self._order(call.height, [data for data, _ in good], [verdict for _, verdict in good])
        chosen = composing.fitting(
            [good[position] for position in order], call.max_tx_bytes, self.settings.block_operations
        )
        # Who begins depends on who is present, so what was left out may change it.
        order = self._order(call.height, [data for data, _ in chosen], [verdict for _, verdict in chosen])
        return [chosen[position][0] for position in order]

    @_consensus
    def process(self, call: Block) -> bool:
        """
        Whether a proposed block is acceptable: every envelope admissible, in the order that the rule gives, and nothing else.

        What the block would do is kept, so that it need not be done again when it is decided.
        """
        envelopes = [tx for tx in call.txs if self._target_in(tx) is None]
        if call.txs[: len(envelopes)] != tuple(envelopes):
            return False
        verdicts = self._admissions.judge(envelopes, self.state)
        good = [verdict for verdict in verdicts if not isinstance(verdict, Inadmissible)]
        if len(good) < len(verdicts):
            return False
        if self._order(call.height, envelopes, good) != list(range(len(good))):
            return False
        moves = [None] * (len(call.txs) - len(envelopes))
        self._candidates[call.hash] = self._execute(call, [*good, *moves])
        if len(self._candidates) > _CANDIDATES:
            self._candidates.popitem(last=False)
        return True

    @_consensus
    def finalize(self, call: Block) -> Finalized:
        """Execute a decided block, if it was not when voting; nothing is durable yet."""
        candidate = self._candidates.get(call.hash)
        if candidate is None or (candidate.block.txs, candidate.block.time_ms) != (call.txs, call.time_ms):
            verdicts = self._admissions.judge(call.txs, self.state)
            candidate = self._execute(
                call, [None if isinstance(verdict, Inadmissible) else verdict for verdict in verdicts]
            )
        self._decided = candidate
        result = candidate.executed.result
        powers = tuple(ValidatorPower(update.key, update.power) for update in result.validator_updates)
        answers = tx_results(result.results, result.codes)
        return Finalized(answers, result.root, powers, result.engine_parameters)

    @_consensus
    def commit(self) -> int:
        """Make the decided block durable, whole or not at all, and only then the state's own."""
        decided = self._decided
        if decided is None:
            raise ApplicationStopped("no block was decided that could be committed")
        started_ms = self._clock_ms()
        block, result = committed_block(decided), decided.executed.result
        before = self.state.committed.get(CLOCK)
        with self.reading.lock:
            self.store.commit(records.record(block, result, self.store))
            self.reading.adopt(decided.executed)
        self._decided = None
        self._candidates.clear()
        self._admissions.forget(block.envelopes)
        has_effects = before is not None and CLOCK.key() in result.writes
        if before is not None and has_effects and self._snapshots.wanted(block.height, before.height):
            self._snapshots.take(self.store)
        now_ms = self._clock_ms()
        work_ms = decided.work_ms + max(0, now_ms - started_ms)
        self._pacing.committed(empty=not block.envelopes, work_ms=work_ms, now_ms=now_ms)
        if self.when_committed is not None:
            self.when_committed(block, work_ms / 1_000)
        retained = self.settings.retain_blocks
        return max(0, block.height - retained + 1) if retained else 0

    @_consensus
    def offer_snapshot(self, snapshot: Snapshot, app_hash: bytes) -> Offer:
        """Whether to take the state over from a snapshot; the engine asks only where it has no chain of its own yet."""
        return self._restoring.offer(snapshot, app_hash)

    @_consensus
    def apply_chunk(self, index: int, chunk: bytes, sender: str) -> ChunkVerdict:
        """Take the next chunk of the snapshot accepted last; with the last one the node stands at the snapshot's height."""
        verdict, complete = self._restoring.apply(index, chunk, sender)
        if complete:
            with self._standing:
                self.store.close()
                restoring.exchange(self._directory)
                self._take(Store.open(self._directory / STORE))
        return verdict

    def list_snapshots(self) -> Sequence[Snapshot]:
        """Snapshots that this node can give, the newest first."""
        return self._snapshots.known()

    def load_chunk(self, height: int, format_: int, chunk: int) -> bytes:
        """A chunk of a snapshot; empty where it is not here."""
        return self._snapshots.chunk(height, format_, chunk)

    def query(self, path: str, data: bytes, height: int, *, prove: bool) -> Queried:
        """A row of the state with its proof, or whether a peer may connect."""
        with self._standing:
            return answering.answer(
                self.store, self.reading, self.genesis.tree_depth, path, data, height, prove=prove
            )

    # -- within ------------------------------------------------------------------------------------------------

    def _take(self, store: Store) -> None:
        """Work on this store from now on."""
        state = beginning.state_of(self._directory, store, self.catalogue, self.document)
        self.store = store
        self.state: LedgerState = beginning.taken_up(state, store, restoring.time_of_last(store))
        self.reading = Reading(store, self.state)
        self._candidates.clear()
        self._decided = None

    def _execute(self, call: Block, envelopes: Sequence[AdmittedEnvelope | None]) -> Candidate:
        started_ms = self._clock_ms()
        time_ms, target_ms = self._time_of(call)
        block = BlockInput(Height(call.height), TimeMs(time_ms), envelopes, target_ms)
        executed = machine.execute(self.state, block)
        return Candidate(call, executed, max(0, self._clock_ms() - started_ms))

    def _time_of(self, call: Block) -> tuple[int, int | None]:
        if not self.driven:
            return call.time_ms, None
        asked = [self._target_in(tx) or 0 for tx in call.txs]
        return handclock.next_time(self.state, self.time_ms, max(asked, default=0))

    def _target_in(self, tx: bytes) -> int | None:
        """The time that a transaction asks for; None also on a chain whose time is not moved by hand."""
        return handclock.target_in(tx, self.genesis.chain) if self.driven else None

    def _order(self, height: int, txs: Sequence[bytes], envelopes: Sequence[AdmittedEnvelope]) -> list[int]:
        return composing.order(height, txs, envelopes, self.state)
