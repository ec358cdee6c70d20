"""How a node's ledger is opened in its directory: begun from a genesis document, or taken up after any end."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from tallychain.engine import beginning
from tallychain.engine.admissions import Admissions
from tallychain.engine.beginning import STORE
from tallychain.engine.cometbft import restoring
from tallychain.engine.cometbft.application import Application, ApplicationSettings
from tallychain.engine.cometbft.snapshots import Background, in_a_thread
from tallychain.ledger.founders import COMETBFT
from tallychain.ledger.genesis import GenesisRefused, read_genesis
from tallychain.ledger.machine import Catalogue
from tallychain.store.store import Store

_USUAL: Final = ApplicationSettings()


def open_application(
    directory: Path,
    catalogue: Catalogue,
    admissions: Admissions,
    clock_ms: Callable[[], int],
    *,
    genesis: bytes | None = None,
    settings: ApplicationSettings = _USUAL,
    background: Background = in_a_thread,
) -> Application:
    """
    Open the ledger in a directory, or begin it there from a genesis document.

    Raises `ChainDiffers` where the chain there began with another document, `GenesisRefused`, or a `StoreError` (`STORE_LOCKED` while another
    process has it).
    """
    if genesis is not None:
        _check_genesis(genesis)
        directory.mkdir(parents=True, exist_ok=True)
    restoring.tidy(directory)
    store = Store.open(directory / STORE, create=genesis is not None)
    try:
        document = beginning.document_of(directory, store, catalogue, genesis)
        _check_genesis(document)
        return Application(directory, document, catalogue, store, admissions, clock_ms, settings, background)
    except BaseException:
        store.close()
        raise


def _check_genesis(document: bytes) -> None:
    genesis = read_genesis(document)
    if genesis.engine != COMETBFT:
        raise GenesisRefused(f"The genesis document is for the engine {genesis.engine}, not for {COMETBFT}.")
    beginning.check_clock(document)
