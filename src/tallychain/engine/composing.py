"""Which envelopes a block has, and in which order: courts' first, then of every member in turn."""

from collections.abc import Sequence

from tallychain.crypto.digest import sha256
from tallychain.ledger import merkle
from tallychain.ledger.admission import AdmittedEnvelope
from tallychain.ledger.identity import COURT_GATEWAY, MEMBERS
from tallychain.ledger.machine import LedgerState
from tallychain.ledger.ordering import Carried, block_order
from tallychain.ledger.types import Height, MemberId


def order(
    height: int, txs: Sequence[bytes], envelopes: Sequence[AdmittedEnvelope | None], state: LedgerState
) -> list[int]:
    """The positions of envelopes in the order that a block of this height has them in; None stands for one that is not admissible."""
    carried = [
        Carried(sha256(data), None, court=False)
        if envelope is None
        else Carried(sha256(data), envelope.member, is_court(envelope.member, state))
        for data, envelope in zip(txs, envelopes, strict=True)
    ]
    return block_order(Height(height), carried)


def fitting(
    ordered: Sequence[tuple[bytes, AdmittedEnvelope]], max_bytes: int, max_operations: int
) -> list[tuple[bytes, AdmittedEnvelope]]:
    """As many from the front as there is room for, counted as the engine counts bytes; one that alone is too large is left out."""
    chosen: list[tuple[bytes, AdmittedEnvelope]] = []
    size = operations = 0
    for data, envelope in ordered:
        needed = len(data) + 1 + len(merkle.uvarint(len(data)))
        if needed > max_bytes:
            continue
        size += needed
        operations += len(envelope.operations)
        if size > max_bytes or (chosen and operations > max_operations):
            break
        chosen.append((data, envelope))
    return chosen


def is_court(member: MemberId, state: LedgerState) -> bool:
    """Whether a member is a court's gateway, whose envelopes stand first in a block."""
    row = state.committed.get(MEMBERS, member)
    return row is not None and COURT_GATEWAY in row.kinds
