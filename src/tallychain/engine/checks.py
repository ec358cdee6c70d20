"""The whole-state check: what the state must keep, recomputed from the rows and not taken from memory."""

from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct

from tallychain.ledger.genesis import Genesis, genesis_digest, read_genesis
from tallychain.ledger.journals import JOURNALS, extended
from tallychain.ledger.machine import Catalogue
from tallychain.ledger.parameters import FACTS
from tallychain.ledger.state import Committed
from tallychain.ledger.tree import BucketTree
from tallychain.store.backing import StoreBacking
from tallychain.store.layout import split_journal_key
from tallychain.store.store import Store

_EMPTY_JOURNAL = (bytes(32), 0)


class CheckAnswer(Struct, frozen=True):
    """What the check found."""

    height: int
    app_hash: str
    failures: list[str]
    """One sentence each; empty when everything holds."""


BlockCheck = Callable[[Store, bytes, Genesis], Iterable[str]]
"""What an engine checks of the blocks in a store, given the genesis document and what it says: a sentence for each failure."""


def check_rows(store: Store, catalogue: Catalogue, document: bytes, blocks: BlockCheck) -> CheckAnswer:
    """
    Everything that a store which nobody writes to must keep: every contract's invariants over the whole state, the state root, the digest of
    every journal, and what the engine's `blocks` says.

    Raises `GenesisRefused` where `document` is no genesis document.
    """
    genesis = read_genesis(document)
    state = Committed(StoreBacking(store))
    failures = [
        f"{contract.name} I{number}: {detail}"
        for contract in catalogue.contracts
        if contract.full is not None
        for number, detail in contract.full(state)
    ]
    root = BucketTree(genesis.tree_depth, store.items()).root
    if root != store.app_hash:
        failures.append(f"The rows give the root {root.hex()}, not the app hash.")
    facts = state.get(FACTS)
    if facts is None or facts.genesis != genesis_digest(document).hex():
        failures.append("The rows belong to another genesis document.")
    failures.extend(_journal_failures(store, state))
    failures.extend(blocks(store, document, genesis))
    return CheckAnswer(store.height, store.app_hash.hex(), failures)


def _journal_failures(store: Store, state: Committed) -> Iterator[str]:
    found: dict[str, tuple[bytes, int]] = {}
    for key, row in store.journal_scan(b""):
        bucket, number = split_journal_key(key)
        name = bucket.decode()
        digest, count = found.get(name, _EMPTY_JOURNAL)
        if number != count:
            yield f"Journal {name} has row {number} where row {count} should stand."
        found[name] = (extended(digest, row), count + 1)
    for held in state.iterate(JOURNALS):
        digest, count = found.pop(held.name, _EMPTY_JOURNAL)
        if (digest.hex(), count) != (held.digest, held.rows):
            yield f"The rows of journal {held.name} do not give the digest that the state holds."
    for unknown in sorted(found):
        yield f"The state knows nothing of journal {unknown}."
