"""The check of stored blocks: headers that follow each other under the sequencer's signature, and the envelopes and results that they commit to."""

from collections.abc import Iterator
from itertools import islice
from typing import Final

from tallychain.crypto.schemes import verify
from tallychain.engine import records
from tallychain.engine.port import CommittedBlock
from tallychain.ledger import merkle
from tallychain.ledger.genesis import Genesis, genesis_digest
from tallychain.ledger.header import Header, header_digest
from tallychain.ledger.machine import block_results_root
from tallychain.store.store import Store

FAULTS_TOLD: Final = 20
"""More sentences than these help nobody."""
_NO_RESULTS: Final = merkle.EMPTY_ROOT.hex()


def block_failures(store: Store, document: bytes, genesis: Genesis) -> Iterator[str]:
    """One sentence for each block that is not what its own header, its signature or the next header says; at most `FAULTS_TOLD`."""
    return islice(_failures(store, document, genesis), FAULTS_TOLD)


def _failures(store: Store, document: bytes, genesis: Genesis) -> Iterator[str]:
    previous, results = genesis_digest(document).hex(), _NO_RESULTS
    first = records.first_block(store)
    for height in range(first, store.height + 1):
        block = records.stored_block(store, height)
        signed = records.stored_header(store, height)
        if block is None or signed is None:
            yield f"Block {height} is missing."
            continue
        header = signed.decoded()
        # Blocks before an imported snapshot are not here, so the first of those that are has nothing to be compared with.
        if height == first > 1:
            previous, results = header.previous, header.results_root
        yield from _of_block(block, header, genesis)
        if header.previous != previous:
            yield f"Block {height} does not follow the block before it."
        if header.results_root != results:
            yield f"Block {height} commits to other results of the block before than those at hand."
        previous = header_digest(block.header).hex()
        results = block_results_root(block.results, block.codes).hex()


def _of_block(block: CommittedBlock, header: Header, genesis: Genesis) -> Iterator[str]:
    if not verify(genesis.sequencer, header_digest(block.header), block.header_signature):
        yield f"The signature of block {block.height} is not the sequencer's."
    if header.chain != genesis.chain or header.height != block.height:
        yield f"The header of block {block.height} is that of another block or chain."
    if header.envelopes_root != merkle.data_hash(block.envelopes).hex():
        yield f"The envelopes of block {block.height} are not those that its header commits to."
