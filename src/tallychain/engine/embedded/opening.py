"""How a chain begins in a directory and is taken up again after any end, orderly or not.

The directory holds the genesis document, the store and, where the chain was continued from a snapshot, the headers it was taken over with.
"""

from pathlib import Path
from typing import Final

from tallychain.crypto.keys import SigningKey
from tallychain.crypto.pool import VerifierPool
from tallychain.engine import records
from tallychain.engine.embedded.chain import DRIVEN, Chain, Position
from tallychain.engine.port import ChainDiffers
from tallychain.ledger import merkle
from tallychain.ledger.genesis import GenesisRefused, genesis_digest, initial_rows, read_genesis
from tallychain.ledger.header import header_digest
from tallychain.ledger.machine import Catalogue, LedgerState, block_results_root
from tallychain.ledger.tree import BucketTree
from tallychain.ledger.types import Height, TimeMs
from tallychain.store.backing import StoreBacking
from tallychain.store.errors import StoreDamaged, StoreMissing
from tallychain.store.store import NO_HEIGHT, BlockRecord, Store

STORE: Final = "store"
GENESIS: Final = "genesis.json"
TAKEN_OVER: Final = "taken-over"
_NO_RESULTS: Final = merkle.EMPTY_ROOT.hex()


class SequencerKeyWrong(Exception):
    """The key at hand is not the one under which genesis says that headers are signed."""

    def __init__(self, expected: str, found: str) -> None:
        super().__init__(f"Genesis names the sequencer key {expected}; the key at hand is {found}.")


def open_chain(
    directory: Path,
    catalogue: Catalogue,
    key: SigningKey,
    pool: VerifierPool,
    genesis: bytes | None = None,
) -> Chain:
    """
    Open the chain in a directory, or begin it there from a genesis document.

    `key` is the sequencer's.  Raises `ChainDiffers` where the chain there began with another document than the one given,
    `SequencerKeyWrong`, `GenesisRefused`, or a `StoreError` (`STORE_LOCKED` while another process has it).
    """
    if genesis is not None:
        _check_genesis(genesis, key)
        directory.mkdir(parents=True, exist_ok=True)
    store = Store.open(directory / STORE, create=genesis is not None)
    try:
        return _chain_in(directory, store, catalogue, key, pool, genesis)
    except BaseException:
        store.close()
        raise


def _chain_in(
    directory: Path,
    store: Store,
    catalogue: Catalogue,
    key: SigningKey,
    pool: VerifierPool,
    genesis: bytes | None,
) -> Chain:
    if store.height == NO_HEIGHT:
        if genesis is None:
            raise StoreMissing(directory)
        # The document first: a chain whose store has a height always has its document too.
        records.write_file_durably(directory / GENESIS, genesis)
        _commit_genesis(store, genesis, catalogue)
    document = (directory / GENESIS).read_bytes()
    if genesis is not None and genesis != document:
        raise ChainDiffers(genesis_digest(genesis).hex(), genesis_digest(document).hex())
    _check_genesis(document, key)
    tree = BucketTree(read_genesis(document).tree_depth, store.items())
    state = LedgerState(catalogue, StoreBacking(store), tree)
    if tree.root != store.app_hash or state.facts.genesis != genesis_digest(document).hex():
        raise StoreDamaged(directory, "the rows do not belong to the app hash and the genesis document")
    position, time_ms = _position(directory, store, document)
    state.restore(Height(store.height), TimeMs(time_ms), records.replay_rows(store))
    return Chain(document, store, state, position, key, pool)


def _check_genesis(document: bytes, key: SigningKey) -> None:
    genesis = read_genesis(document)
    if genesis.sequencer != key.public:
        raise SequencerKeyWrong(genesis.sequencer, key.public)
    if genesis.clock == DRIVEN and genesis.outages:
        raise GenesisRefused("A chain whose clock is driven records no outages: set outages to false.")


def _commit_genesis(store: Store, document: bytes, catalogue: Catalogue) -> None:
    rows = initial_rows(document, catalogue)
    root = BucketTree(read_genesis(document).tree_depth, rows.items()).root
    store.commit(
        BlockRecord(
            height=0, block=document, header=b"", result=b"", writes=dict(rows), journal=(), app_hash=root
        )
    )


def _position(directory: Path, store: Store, document: bytes) -> tuple[Position, int]:
    """What the next header takes from the last block, and that block's time."""
    if store.height == 0:
        # Time 0 tells the machine that no block came before, so that the wait for the first one is no outage.
        return Position(genesis_digest(document).hex(), _NO_RESULTS), 0
    block = records.stored_block(store, store.height)
    if block is not None:
        results = block_results_root(block.results, block.codes).hex()
        return Position(header_digest(block.header).hex(), results), block.time_ms
    taken = records.read_taken_over(directory / TAKEN_OVER)
    if taken is None or taken.last.decoded().height != store.height:
        raise StoreDamaged(directory, f"the header of block {store.height} is missing")
    last = taken.last.decoded()
    return Position(
        header_digest(taken.last.header).hex(), taken.following.decoded().results_root
    ), last.time_ms
