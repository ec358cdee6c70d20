"""Answers to the engine's queries, from what is committed: rows with proofs, and which peers it may talk to."""

from typing import Final

from tallychain.engine.cometbft import proofs
from tallychain.engine.cometbft.calls import Queried
from tallychain.engine.cometbft.restoring import time_of_last
from tallychain.engine.port import EngineRefused
from tallychain.engine.reading import Reading
from tallychain.ledger import validators
from tallychain.ledger.outages import all_outages
from tallychain.ledger.state import Committed
from tallychain.ledger.timeline import Moment
from tallychain.ledger.tree import InclusionProof, bucket_name, bucket_of
from tallychain.ledger.types import Height, TimeMs
from tallychain.store.backing import StoreBacking
from tallychain.store.store import Store

FOUND: Final = 0
NOT_HERE: Final = 1
UNKNOWN_PATH: Final = 2
WRONG_BUCKET: Final = 3
_PEER_ID: Final = "/p2p/filter/id/"
_PEER_ADDRESS: Final = "/p2p/filter/addr/"


def answer(
    store: Store, reading: Reading, depth: int, path: str, data: bytes, height: int, *, prove: bool
) -> Queried:
    """The answer to one query; never an exception for what somebody asked."""
    if path.startswith(_PEER_ID):
        allowed = may_connect(store, path.removeprefix(_PEER_ID))
        return Queried(FOUND) if allowed else Queried(NOT_HERE, "This node is not of the alliance.")
    if path.startswith(_PEER_ADDRESS):
        # An address proves nothing; the identity behind it is asked for next, once the peer has shown its key.
        return Queried(FOUND)
    bucket = proofs.bucket_in(path)
    if bucket is None:
        return Queried(UNKNOWN_PATH, "Rows are asked for under /store/<bucket>/key.")
    if bucket != bucket_name(bucket_of(data, depth), depth).decode():
        return Queried(WRONG_BUCKET, f"The row belongs to another bucket: {proofs.path_of(data, depth)}.")
    return _row(reading, depth, data, height, prove=prove)


def may_connect(store: Store, node: str) -> bool:
    """Whether this node is of the alliance, as of the last block."""
    state = Committed(StoreBacking(store))
    now = Moment(Height(store.height), TimeMs(time_of_last(store)), all_outages(state))
    return validators.may_connect(state, node, now)


def validates(store: Store, node: str) -> bool:
    """Whether a connected node is a validator's, as of the last block."""
    row = Committed(StoreBacking(store)).get(validators.NODES, node)
    return row is not None and row.kind == validators.VALIDATOR


def _row(reading: Reading, depth: int, key: bytes, height: int, *, prove: bool) -> Queried:
    try:
        found = reading.query(key, prove=prove, height=max(0, height))
    except EngineRefused as refused:
        return Queried(NOT_HERE, str(refused), key)
    if found.value is None:
        return Queried(NOT_HERE, "There is no such row.", key, height=found.height)
    if not isinstance(found.proof, InclusionProof):
        return Queried(FOUND, "", key, found.value, found.height)
    shown = proofs.operators(key, found.value, found.proof, depth)
    return Queried(FOUND, "", key, found.value, found.height, shown)
