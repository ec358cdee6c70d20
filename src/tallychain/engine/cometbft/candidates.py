"""Blocks executed and not committed, and what engine and followers are told of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from tallychain.engine.cometbft.calls import Block, TxResult
from tallychain.engine.port import CommittedBlock
from tallychain.ledger import machine
from tallychain.ledger.machine import Executed


@dataclass(frozen=True, slots=True)
class Candidate:
    """A block, what it does, and how long finding that out took."""

    block: Block
    executed: Executed
    work_ms: int


def tx_results(results: Sequence[Sequence[bytes]], codes: Sequence[int]) -> tuple[TxResult, ...]:
    """Per envelope what the engine hashes of it; the same as in `machine.block_results_root`."""
    return tuple(
        TxResult(code, machine.envelope_data(items) if code == machine.EXECUTED else b"")
        for items, code in zip(results, codes, strict=True)
    )


def committed_block(decided: Candidate) -> CommittedBlock:
    """The block as followers get it; its header comes from the engine later."""
    result = decided.executed.result
    return CommittedBlock(
        height=result.height,
        time_ms=result.time_ms,
        header=b"",
        header_signature=b"",
        envelopes=list(decided.block.txs),
        results=[list(items) for items in result.results],
        codes=list(result.codes),
        due_events=list(result.due_events),
    )
