"""The check of stored blocks: headers that follow each other, and the envelopes, results and commits that belong to them.

Whether the commits carry the votes of enough validators is what the offline verifier checks from the genesis document on; here a store is held
against itself.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Final

from tallychain.engine import records
from tallychain.engine.cometbft.headers import HeaderForeign, check_header
from tallychain.engine.port import CommittedBlock
from tallychain.engine.records import SignedHeader
from tallychain.ledger.genesis import Genesis
from tallychain.ledger.machine import block_results_root
from tallychain.sdk.verify.basics import Broken
from tallychain.sdk.verify.headers import Header, decode_header, header_hash
from tallychain.store.store import Store

FAULTS_TOLD: Final = 20
"""More sentences than these help nobody."""


def block_failures(store: Store, _: bytes, genesis: Genesis) -> Iterator[str]:
    """One sentence for each block that is not what its own header, its commit or the next header says; at most `FAULTS_TOLD`."""
    return islice(_failures(store, genesis), FAULTS_TOLD)


def _failures(store: Store, genesis: Genesis) -> Iterator[str]:
    before: tuple[CommittedBlock, Header] | None = None
    for height in range(records.first_block(store), store.height + 1):
        block, signed = records.stored_block(store, height), records.stored_header(store, height)
        if block is None or signed is None:
            yield f"Block {height} is missing."
            before = None
            continue
        if not signed.header:
            # Not fetched from the engine yet, which is no fault of the store.
            before = None
            continue
        header = _header(store, height, signed)
        if isinstance(header, str):
            yield header
            before = None
            continue
        if header.chain != genesis.chain:
            yield f"The header of block {height} is of the chain {header.chain}."
        if before is not None:
            yield from _between(before, header)
        before = (block, header)


def _header(store: Store, height: int, signed: SignedHeader) -> Header | str:
    try:
        check_header(store, height, signed)
        return decode_header(signed.header)
    except HeaderForeign as foreign:
        return str(foreign)
    except Broken:
        return f"The header of block {height} cannot be read."


def _between(before: tuple[CommittedBlock, Header], header: Header) -> Iterator[str]:
    block, previous = before
    if header.last_block.hash != header_hash(previous):
        yield f"Block {header.height} does not follow the block before it."
    if header.last_results_hash != block_results_root(block.results, block.codes):
        yield f"Block {header.height} commits to other results of the block before than those at hand."
