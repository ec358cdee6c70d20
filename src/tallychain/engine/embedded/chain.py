"""One chain in one process: its state in memory, its store, and the only way in which a block comes about.

Nothing here reads a clock or waits: time is an argument, so that a test, a benchmark and the ledger process make the same blocks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tallychain.crypto.keys import SigningKey
from tallychain.crypto.pool import VerifierPool
from tallychain.engine import composing, records
from tallychain.engine.admissions import Admissions
from tallychain.engine.admitted import Admitted
from tallychain.engine.beginning import DRIVEN
from tallychain.engine.port import CommittedBlock, QueryAnswer, ReceiptAnswer, ScanAnswer
from tallychain.engine.reading import Reading
from tallychain.ledger import machine, merkle
from tallychain.ledger.admission import SignatureCheck, parse
from tallychain.ledger.genesis import Genesis, genesis_digest, read_genesis
from tallychain.ledger.header import Header, encode_header, header_digest
from tallychain.ledger.machine import BlockInput, LedgerState
from tallychain.ledger.refusals import Inadmissible
from tallychain.ledger.types import Height, MemberId, TimeMs
from tallychain.store.errors import UndoNotKept
from tallychain.store.store import Store

_REMEMBERED_BYTES: Final = 1024 * 1024 * 1024
"""No bound of its own: what waits for a block is bounded member by member, and forgotten with its block."""


class ChainStopped(Exception):
    """A block failed half-way, so memory and disk may be of different blocks: the process must end and begin again from the store."""


@dataclass(frozen=True, slots=True)
class Position:
    """What the next header takes from the last block."""

    previous: str
    """Digest of its header; of the genesis document at height 0."""
    results_root: str


class Chain:
    """An open chain; one process at a time has it, and in it one thread.  `opening.open_chain` makes one."""

    def __init__(
        self,
        document: bytes,
        store: Store,
        state: LedgerState,
        position: Position,
        key: SigningKey,
        pool: VerifierPool,
    ) -> None:
        self.document = document
        self.genesis: Genesis = read_genesis(document)
        self.genesis_digest = genesis_digest(document).hex()
        self.store = store
        self.state = state
        self.reading = Reading(store, state)
        self.pool = pool
        self._position = position
        self._key = key
        self._admissions = Admissions(pool, _REMEMBERED_BYTES)
        self._stopped = False

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
        return self.state.tree.root

    @property
    def driven(self) -> bool:
        """Whether time moves by hand only."""
        return self.genesis.clock == DRIVEN

    @property
    def unproven(self) -> bool:
        """Whether the last block holds something that only the next header will prove."""
        undo = self._undo()
        return undo is None or bool(undo) or bool(self.block(self.height).envelopes)

    def make_block(self, time_ms: int, envelopes: Sequence[bytes]) -> CommittedBlock:
        """
        Order, execute and keep one block; it is on disk when this returns.

        Its time is `time_ms`, or one millisecond after the block before if that is later.  An envelope that is not admissible stands in the
        block with the code `INADMISSIBLE` and without effect.  After any exception the chain takes no further block.
        """
        if self._stopped:
            raise ChainStopped("an earlier block failed")
        self._stopped = True
        block = self._make_block(Height(self.height + 1), TimeMs(max(time_ms, self.time_ms + 1)), envelopes)
        self._stopped = False
        return block

    def parse(self, data: bytes) -> tuple[Admitted, list[SignatureCheck]]:
        """An envelope and the signatures still to be verified, the carrier's first; raises `Inadmissible`."""
        envelope, checks = parse(data, self.state)
        return Admitted(checks[0].key, envelope), checks

    def remember(self, digest: bytes, size: int, admitted: Admitted) -> None:
        """Spare the next block the work on an envelope (by its SHA-256) whose signatures were verified already."""
        self._admissions.remember(digest, size, admitted)

    def still_admissible(self, admitted: Admitted) -> bool:
        """
        Whether an envelope found good earlier is so now.

        Of all that admission asks, only the carrier's key can change from block to block: chain and operation types are fixed by genesis.
        """
        return self.state.is_system_key(admitted.envelope.member, admitted.key)

    def is_court(self, member: MemberId) -> bool:
        """Whether a member is a court's gateway, whose envelopes stand first in a block."""
        return composing.is_court(member, self.state)

    def block(self, height: int) -> CommittedBlock:
        """A committed block; `EngineRefused` with `BLOCK_NOT_KEPT`."""
        return self.reading.block(height)

    def query(self, key: bytes, *, prove: bool = False) -> QueryAnswer:
        """A row as of the last block; with a proof, as of the newest root that stands in a committed header."""
        return self.reading.query(key, prove=prove)

    def scan(self, prefix: bytes) -> ScanAnswer:
        """All rows under a prefix as of the last block; `EngineRefused` with `SCAN_TOO_LONG`."""
        return self.reading.scan(prefix)

    def receipt(self, operation: str) -> ReceiptAnswer | None:
        """The receipt of an operation with what proves it, or None."""
        return self.reading.receipt(operation)

    def close(self) -> None:
        """Release the store."""
        self.store.close()

    def _undo(self) -> Mapping[bytes, bytes | None] | None:
        """What the last block replaced; None where it was not made here (genesis, or taken over from a snapshot)."""
        try:
            return self.store.undo(self.height)
        except UndoNotKept:
            return None

    def _make_block(self, height: Height, time_ms: TimeMs, envelopes: Sequence[bytes]) -> CommittedBlock:
        verdicts = self._admissions.judge(envelopes, self.state)
        admitted = [None if isinstance(verdict, Inadmissible) else verdict for verdict in verdicts]
        order = composing.order(height, envelopes, admitted, self.state)
        executed = machine.execute(
            self.state, BlockInput(height, time_ms, [admitted[position] for position in order])
        )
        result = executed.result
        datas = [envelopes[position] for position in order]
        header = encode_header(
            Header(
                chain=self.genesis.chain,
                height=height,
                time_ms=time_ms,
                previous=self._position.previous,
                envelopes_root=merkle.data_hash(datas).hex(),
                results_root=self._position.results_root,
                app_hash=self.app_hash.hex(),
            )
        )
        digest = header_digest(header)
        block = CommittedBlock(
            height=height,
            time_ms=time_ms,
            header=header,
            header_signature=self._key.sign(digest),
            envelopes=datas,
            results=[list(items) for items in result.results],
            codes=list(result.codes),
            due_events=list(result.due_events),
        )
        with self.reading.lock:
            self.store.commit(records.record(block, result, self.store))
            machine.adopt(self.state, executed)
        self._admissions.forget(datas)
        self._position = Position(digest.hex(), result.results_root.hex())
        return block
