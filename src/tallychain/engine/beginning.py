"""How the state of a chain begins in a store and is taken up again after any end, orderly or not; the same for every engine."""

from pathlib import Path
from typing import Final

from tallychain.engine import records
from tallychain.engine.port import ChainDiffers
from tallychain.ledger.genesis import GenesisRefused, genesis_digest, initial_rows, read_genesis
from tallychain.ledger.machine import Catalogue, LedgerState
from tallychain.ledger.tree import BucketTree
from tallychain.ledger.types import Height, TimeMs
from tallychain.store.backing import StoreBacking
from tallychain.store.errors import StoreDamaged, StoreMissing
from tallychain.store.store import NO_HEIGHT, BlockRecord, Store

STORE: Final = "store"
GENESIS: Final = "genesis.json"
DRIVEN: Final = "driven"


def document_of(directory: Path, store: Store, catalogue: Catalogue, genesis: bytes | None) -> bytes:
    """
    The genesis document of the chain in a directory; an empty store there begins with the one given.

    Raises `ChainDiffers`, `GenesisRefused`, or `StoreMissing` where there is nothing and nothing was given.
    """
    if store.height == NO_HEIGHT:
        if genesis is None:
            raise StoreMissing(directory)
        # The document first: a chain whose store has a height always has its document too.
        records.write_file_durably(directory / GENESIS, genesis)
        _commit_genesis(store, genesis, catalogue)
    document = (directory / GENESIS).read_bytes()
    if genesis is not None and genesis != document:
        raise ChainDiffers(genesis_digest(genesis).hex(), genesis_digest(document).hex())
    return document


def state_of(directory: Path, store: Store, catalogue: Catalogue, document: bytes) -> LedgerState:
    """The state in memory over a store; still to be told the last block's time.  Raises `StoreDamaged`."""
    tree = BucketTree(read_genesis(document).tree_depth, store.items())
    state = LedgerState(catalogue, StoreBacking(store), tree)
    if tree.root != store.app_hash or state.facts.genesis != genesis_digest(document).hex():
        raise StoreDamaged(directory, "the rows do not belong to the app hash and the genesis document")
    return state


def taken_up(state: LedgerState, store: Store, time_ms: int) -> LedgerState:
    """
    The state with what is not committed rebuilt; `time_ms` is the last block's, or 0 where there was none.

    Raises `ProtocolUnknown` where this build cannot execute the next block.
    """
    state.restore(Height(store.height), TimeMs(time_ms), records.replay_rows(store))
    state.check_protocol()
    return state


def check_clock(document: bytes) -> None:
    """A chain whose time is moved by hand has no outages; raises `GenesisRefused`."""
    genesis = read_genesis(document)
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
