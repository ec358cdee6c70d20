"""How a chain begins in a directory and is taken up again after any end, orderly or not.

The directory holds the genesis document, the store and, where the chain was continued from a snapshot, the headers it was taken over with.
"""

from pathlib import Path
from typing import Final

from tallychain.crypto.keys import SigningKey
from tallychain.crypto.pool import VerifierPool
from tallychain.engine import beginning, records
from tallychain.engine.beginning import STORE
from tallychain.engine.embedded.chain import Chain, Position
from tallychain.ledger import merkle
from tallychain.ledger.genesis import genesis_digest, read_genesis
from tallychain.ledger.header import header_digest
from tallychain.ledger.machine import Catalogue, block_results_root
from tallychain.store.errors import StoreDamaged
from tallychain.store.store import Store

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
    document = beginning.document_of(directory, store, catalogue, genesis)
    _check_genesis(document, key)
    state = beginning.state_of(directory, store, catalogue, document)
    position, time_ms = _position(directory, store, document)
    return Chain(document, store, beginning.taken_up(state, store, time_ms), position, key, pool)


def _check_genesis(document: bytes, key: SigningKey) -> None:
    genesis = read_genesis(document)
    if genesis.sequencer != key.public:
        raise SequencerKeyWrong(genesis.sequencer, key.public)
    beginning.check_clock(document)


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
