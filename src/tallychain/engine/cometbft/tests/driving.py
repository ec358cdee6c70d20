"""Applications driven as the engine would, in one process: rounds, proposers in turn, replays, and state sync between them."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from tallychain.crypto.digest import sha256
from tallychain.crypto.pool import VerifierPool
from tallychain.engine.admissions import Admissions
from tallychain.engine.cometbft.application import Application, ApplicationSettings
from tallychain.engine.cometbft.calls import Block, Finalized, InitChain, Proposal, ValidatorPower
from tallychain.engine.cometbft.grammar import Recorded, fault_of
from tallychain.engine.cometbft.opening import open_application
from tallychain.engine.cometbft.snapshots import Background
from tallychain.engine.tests import toy
from tallychain.ledger import codec, merkle
from tallychain.ledger.founders import COMETBFT, GenesisNode, GenesisValidator
from tallychain.ledger.genesis import genesis_digest, read_genesis
from tallychain.ledger.machine import Catalogue
from tallychain.ledger.validators import VALIDATOR

BLOCK_BYTES: Final = 4 * 1024 * 1024
PLAIN: Final = ApplicationSettings(snapshot_interval=0)
FOUNDERS: Final = ("bank-a", "bank-b", "bank-c", "court-a")


def node_of(member: str) -> str:
    """The id of a member's node."""
    return sha256(member.encode()).hex()[:40]


def document(**changes: object) -> bytes:
    """The toy chain's genesis document, with a validator for each member."""
    plain = read_genesis(toy.genesis_document(outages=True))
    founders = {
        "engine": COMETBFT,
        "sequencer": "",
        "outages": True,
        "validators": tuple(
            GenesisValidator(name, toy.key_of(f"{name} validator").public, 10) for name in FOUNDERS
        ),
        "nodes": tuple(GenesisNode(node_of(name), name, VALIDATOR) for name in FOUNDERS),
    }
    return codec.encode(msgspec.structs.replace(plain, **{**founders, **changes}))


def beginning_of(text: bytes) -> InitChain:
    """What the engine says when it begins the chain of this document."""
    genesis = read_genesis(text)
    return InitChain(
        chain_id=genesis.chain,
        time_ms=genesis.time_ms,
        initial_height=1,
        validators=tuple(ValidatorPower(row.key, row.power) for row in reversed(genesis.validators)),
        app_state=msgspec.json.encode({"genesis": genesis_digest(text).hex()}),
    )


@dataclass(slots=True)
class Clock:
    """The clock of a node, moved by hand."""

    now_ms: int = toy.START_MS

    def __call__(self) -> int:
        return self.now_ms


def opened(
    directory: Path,
    text: bytes | None = None,
    *,
    settings: ApplicationSettings = PLAIN,
    clock: Clock | None = None,
    admissions: Admissions | None = None,
    catalogue: Catalogue = toy.CATALOGUE,
    background: Background = lambda job: job(),
) -> Application:
    """An application in this process, signatures verified inline and snapshots written at once."""
    return open_application(
        directory,
        catalogue,
        admissions or Admissions(VerifierPool(0)),
        clock or Clock(),
        genesis=text,
        settings=settings,
        background=background,
    )


def block_of(height: int, time_ms: int, txs: Sequence[bytes]) -> Block:
    """A block with a hash of its contents."""
    content = msgspec.msgpack.encode((height, time_ms, list(txs)))
    return Block(height, time_ms, sha256(content), tuple(txs))


def decided(application: Application | Recorded, block: Block) -> Finalized:
    """A block executed and committed, as in a replay: no round, no vote."""
    answer = application.finalize(block)
    application.commit()
    return answer


def results_hash(answer: Finalized) -> bytes:
    """The root over results that the engine puts into the next header."""
    return merkle.results_root([(result.code, result.data) for result in answer.results])


@dataclass(slots=True)
class Alliance:
    """Several nodes that agree on blocks without fail."""

    nodes: list[Recorded]
    clocks: list[Clock]
    blocks: list[Block] = field(default_factory=list)
    answers: list[Finalized] = field(default_factory=list)
    time_ms: int = toy.START_MS

    @property
    def height(self) -> int:
        return len(self.blocks)

    def block(self, *waiting: bytes, after_ms: int = 1_000, decided_after_ms: int = 0) -> Finalized:
        """One height: the proposer in turn proposes what waits, all vote, execute and commit, and agree."""
        height, time_ms = self.height + 1, self.time_ms + after_ms
        for clock in self.clocks:
            clock.now_ms = time_ms + decided_after_ms
        proposer = self.nodes[height % len(self.nodes)]
        txs = proposer.prepare(Proposal(height, time_ms, waiting, BLOCK_BYTES))
        made = block_of(height, time_ms, txs)
        if not all(node.process(made) for node in self.nodes):
            raise RuntimeError(f"block {height} was not accepted by all")
        answers = [decided(node, made) for node in self.nodes]
        if any(answer != answers[0] for answer in answers):
            raise RuntimeError(f"the nodes disagree about block {height}")
        self.time_ms = time_ms
        self.blocks.append(made)
        self.answers.append(answers[0])
        return answers[0]


@contextmanager
def alliance(
    directory: Path,
    size: int = 4,
    *,
    text: bytes = b"",
    settings: ApplicationSettings = PLAIN,
) -> Iterator[Alliance]:
    """Nodes that have begun a chain."""
    text = text or document()
    with ExitStack() as stack:
        clocks = [Clock() for _ in range(size)]
        nodes = []
        for number, clock in enumerate(clocks):
            application = opened(directory / f"n{number}", text, settings=settings, clock=clock)
            stack.callback(application.close)
            nodes.append(Recorded(application))
            nodes[-1].info()
            nodes[-1].init_chain(beginning_of(text))
        yield Alliance(nodes, clocks)
        if faults := [fault for node in nodes if (fault := fault_of(node.calls))]:
            raise RuntimeError(faults[0])
