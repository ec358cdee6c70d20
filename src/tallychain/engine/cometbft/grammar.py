"""Whether the engine's calls came in the order that its specification promises: a recorder, and a checker of what was recorded.

The grammar (the engine's `abci++_comet_expected_behavior`, version 0.38), without vote extensions, which we do not have:
``start = (info init_chain | *attempt offer_snapshot 1*apply_chunk info) heights | info [init_chain] heights``,
``attempt = offer_snapshot *apply_chunk``, ``height = *round finalize commit``, ``round = [prepare] [process]``.  A process may end at any point, so every beginning of a
sentence is right.  Check, query and the like come at any time and are not recorded.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tallychain.engine.cometbft.application import Application
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
)

INFO: Final = "info"
INIT_CHAIN: Final = "init_chain"
OFFER: Final = "offer_snapshot"
APPLY: Final = "apply_chunk"
PREPARE: Final = "prepare"
PROCESS: Final = "process"
FINALIZE: Final = "finalize"
COMMIT: Final = "commit"

_START: Final = "start"
_NEW: Final = "asked, nothing begun"
_OFFERED: Final = "offered a snapshot"
_APPLYING: Final = "restoring"
_READY: Final = "between blocks"
_DECIDED: Final = "decided"

_ROUND: Final = {PREPARE: _READY, PROCESS: _READY, FINALIZE: _DECIDED}
_NEXT: Final[Mapping[str, Mapping[str, str]]] = {
    _START: {INFO: _READY, OFFER: _OFFERED},
    _NEW: {INFO: _NEW, INIT_CHAIN: _READY, OFFER: _OFFERED},
    _OFFERED: {OFFER: _OFFERED, APPLY: _APPLYING},
    _APPLYING: {OFFER: _OFFERED, APPLY: _APPLYING, INFO: _READY},
    _READY: {**_ROUND, INFO: _READY},
    _DECIDED: {COMMIT: _READY, INFO: _DECIDED},
}


@dataclass(frozen=True, slots=True)
class Called:
    """One call of the engine: of which height it spoke, or for `info` and `commit` at which height the application stands afterwards."""

    name: str
    height: int = 0


def fault_of(calls: Sequence[Called]) -> str:
    """What is wrong with the calls of one process from its start, as a sentence; empty where nothing is."""
    state, height = _START, 0
    for number, call in enumerate(calls):
        following = _NEXT[state].get(call.name)
        if following is None:
            return f"Call {number} is {call.name}, which does not come when {state}."
        if call.name in _ROUND and call.height != height + 1:
            return f"Call {number} is {call.name} of height {call.height} after block {height}."
        if call.name == COMMIT and call.height != height + 1:
            return f"Call {number} left the application at height {call.height}, not {height + 1}."
        if call.name in (INFO, COMMIT):
            height = call.height
        state = following
        if call.name == INFO and not height and state == _READY:
            state = _NEW
    return ""


def faults_of(runs: Iterable[Sequence[Called]]) -> list[str]:
    """What is wrong with the calls of several processes one after the other; each begins where the one before stood durably."""
    return [f"Process {number}: {fault}" for number, calls in enumerate(runs) if (fault := fault_of(calls))]


class Recorded:
    """An application whose calls are written down as they come."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self.calls: list[Called] = []

    def info(self) -> Info:
        """Recorded."""
        answer = self.application.info()
        self.calls.append(Called(INFO, answer.height))
        return answer

    def init_chain(self, call: InitChain) -> Begun:
        """Recorded."""
        self.calls.append(Called(INIT_CHAIN))
        return self.application.init_chain(call)

    def check(self, tx: bytes) -> Checked:
        """Passed on."""
        return self.application.check(tx)

    def prepare(self, call: Proposal) -> Sequence[bytes]:
        """Recorded."""
        self.calls.append(Called(PREPARE, call.height))
        return self.application.prepare(call)

    def process(self, call: Block) -> bool:
        """Recorded."""
        self.calls.append(Called(PROCESS, call.height))
        return self.application.process(call)

    def finalize(self, call: Block) -> Finalized:
        """Recorded."""
        self.calls.append(Called(FINALIZE, call.height))
        return self.application.finalize(call)

    def commit(self) -> int:
        """Recorded."""
        answer = self.application.commit()
        self.calls.append(Called(COMMIT, self.application.height))
        return answer

    def offer_snapshot(self, snapshot: Snapshot, app_hash: bytes) -> Offer:
        """Recorded."""
        self.calls.append(Called(OFFER, snapshot.height))
        return self.application.offer_snapshot(snapshot, app_hash)

    def apply_chunk(self, index: int, chunk: bytes, sender: str) -> ChunkVerdict:
        """Recorded."""
        self.calls.append(Called(APPLY, index))
        return self.application.apply_chunk(index, chunk, sender)

    def list_snapshots(self) -> Sequence[Snapshot]:
        """Passed on."""
        return self.application.list_snapshots()

    def load_chunk(self, height: int, format_: int, chunk: int) -> bytes:
        """Passed on."""
        return self.application.load_chunk(height, format_, chunk)

    def query(self, path: str, data: bytes, height: int, *, prove: bool) -> Queried:
        """Passed on."""
        return self.application.query(path, data, height, prove=prove)
