"""The alliance of every simulation: its members, clients and genesis are made once in a process, and each run begins with fresh copies."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache

import msgspec

from tallychain.catalogue import CATALOGUE
from tallychain.crypto.keys import signing_key_from_seed
from tallychain.crypto.schemes import ED25519
from tallychain.crypto.wallet import SignRoot, ViewRoot, Wallet
from tallychain.engine.admissions import Admissions
from tallychain.ledger import codec
from tallychain.ledger.founders import COMETBFT, GenesisNode, GenesisValidator
from tallychain.ledger.genesis import Genesis, initial_rows, initial_tree, read_genesis
from tallychain.ledger.identity import ARBITER
from tallychain.ledger.machine import BlockInput, LedgerState, apply_block
from tallychain.ledger.refusals import Inadmissible
from tallychain.ledger.state import MemoryBacking
from tallychain.ledger.types import Height, TimeMs
from tallychain.testkit.genesis import CEILINGS, CLIENTS, MEMBERS, START_MS, trial_genesis
from tallychain.testkit.people import TrialClient, TrialMember, derived, trial_client, trial_member
from tallychain.testkit.world import World, _committed
from tests.simulation.node import Decided

SEED = 1
VALIDATORS = ("ce-a", "ce-b", "bank-a", "bank-b")
FURTHER_KINDS = {"court": (ARBITER,)}
"""Who decides about financings here, so that no further gateway is needed for it."""
TREE_DEPTH = 8
"""A small tree: every node of a simulation has one; with fewer buckets each change hashes more rows again."""


FOUNDERS_CEILINGS = tuple(
    row if row.issuer == "ce-a" else msgspec.structs.replace(row, amount=50_000_000_000) for row in CEILINGS
)
"""One issuer never meets its ceiling; the other does with each of the largest vouchers, until a bank grants more."""


class SortedBacking(MemoryBacking):
    """Committed rows with their keys in order, so that a scan looks at its own rows only."""

    def __init__(self) -> None:
        super().__init__()
        self._keys: list[bytes] = []

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """All rows whose key begins with a prefix, in key order."""
        place = bisect_left(self._keys, prefix)
        found = []
        while place < len(self._keys) and self._keys[place].startswith(prefix):
            found.append((self._keys[place], self.content[self._keys[place]]))
            place += 1
        return iter(found)

    def write(self, rows: Iterable[tuple[bytes, bytes | None]]) -> None:
        """Write or delete rows."""
        for key, value in rows:
            is_there = key in self.content
            if value is None and is_there:
                del self._keys[bisect_left(self._keys, key)]
            elif value is not None and not is_there:
                insort(self._keys, key)
            super().write([(key, value)])


@cache
def members() -> dict[str, TrialMember]:
    """The members with their keys."""
    return {
        name: trial_member(SEED, number, name, (*kinds, *FURTHER_KINDS.get(name, ())))
        for number, (name, kinds) in enumerate(MEMBERS.items())
    }


class _View(ViewRoot):
    """One that makes each key once: clients have the same in every simulation of a process."""

    def __init__(self, root: bytes) -> None:
        super().__init__(root)
        self.sealing_key = cache(super().sealing_key)  # type: ignore[method-assign]  # the same answers


class _Sign(SignRoot):
    """The same for what signs."""

    def __init__(self, root: bytes) -> None:
        super().__init__(root)
        self.tag_key = cache(super().tag_key)  # type: ignore[method-assign]  # the same answers
        self.identity_key = cache(super().identity_key)  # type: ignore[method-assign]  # the same answers


@cache
def _clients() -> dict[str, TrialClient]:
    made = {
        name: trial_client(SEED, 1000 + number, name, sponsor)
        for number, (name, sponsor) in enumerate(CLIENTS.items())
    }
    return {name: replace(client, wallet=_remembered(client.wallet)) for name, client in made.items()}


def _remembered(wallet: Wallet) -> Wallet:
    return Wallet(_View(wallet.view._root), _Sign(wallet.sign._root))


@cache
def document(*, outages: bool) -> bytes:
    """The genesis document: with outages as an alliance has them, or without, so that months may pass in one leap."""
    made = trial_genesis(
        SEED,
        list(members().values()),
        START_MS,
        clock="system",
        tree_depth=TREE_DEPTH,
        demo=False,
        ceilings=FOUNDERS_CEILINGS,
    )
    genesis: Genesis = read_genesis(made)
    return codec.encode(
        msgspec.structs.replace(
            genesis,
            outages=outages,
            engine=COMETBFT,
            sequencer="",
            validators=tuple(GenesisValidator(name, _key(name), 10) for name in VALIDATORS),
            nodes=tuple(GenesisNode(_key(name)[-40:], name, "validator") for name in VALIDATORS),
        )
    )


def _key(member: str) -> str:
    return signing_key_from_seed(ED25519, derived(SEED, member, "validator")).public


@cache
def rows(*, outages: bool) -> dict[bytes, bytes]:
    """The rows of height 0."""
    return initial_rows(document(outages=outages), CATALOGUE)


class Beside(World):
    """A world that executes the blocks that others decided: it signs acts and knows the truth, and no fault reaches it."""

    @classmethod
    def begun(cls, admissions: Admissions, *, outages: bool) -> "Beside":
        """The world at height 0."""
        made = cls.__new__(cls)
        made.seed, made.start_ms, made.ceilings, made.verify = SEED, START_MS, FOUNDERS_CEILINGS, True
        made.members = members()
        made.clients = {name: replace(client, next_tag=0, tags={}) for name, client in _clients().items()}
        made.backing = SortedBacking()
        made.backing.write(rows(outages=outages).items())
        tree = initial_tree(document(outages=outages), rows(outages=outages))
        made.state = LedgerState(CATALOGUE, made.backing, tree)
        made.state.restore(Height(0), TimeMs(0), ())
        made.time_ms, made.last, made.history = START_MS, None, []
        made.sealing_of, made.owner_of, made._acts = {}, {}, 0
        made.admissions = admissions
        return made

    admissions: Admissions

    def take(self, block: Decided) -> list[tuple[bytes, ...]]:
        """Execute a decided block; the answers of its operations, by envelope."""
        verdicts = self.admissions.judge(block.envelopes, self.state)
        admitted = [None if isinstance(verdict, Inadmissible) else verdict for verdict in verdicts]
        self.time_ms = block.time_ms
        self.last = apply_block(self.state, BlockInput(Height(block.height), TimeMs(block.time_ms), admitted))
        self.backing.write(self.last.writes.items())
        self.history.append(_committed(self.last, block.envelopes))
        return list(self.last.results)
