"""The whole check of a chain of this engine: its rows, journals and contracts, and every block under the sequencer's signature."""

from tallychain.engine.checks import CheckAnswer, check_rows
from tallychain.engine.embedded.blockchecks import block_failures
from tallychain.engine.embedded.chain import Chain
from tallychain.ledger.machine import Catalogue
from tallychain.store.store import Store


def check(chain: Chain) -> CheckAnswer:
    """The check of a chain that makes no block meanwhile."""
    return check_store(chain.store, chain.state.catalogue, chain.document)


def check_store(store: Store, catalogue: Catalogue, document: bytes) -> CheckAnswer:
    """
    Everything that a store which nobody writes to must keep, and every block's place, contents and signature.

    Raises `GenesisRefused` where `document` is no genesis document.
    """
    return check_rows(store, catalogue, document, block_failures)
