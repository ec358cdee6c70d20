"""Logical snapshots of a chain, and a new directory made from one.

A snapshot is the store's own (rows in chunks) with two signed headers beside it: the one of its height, and the next one,
which carries the state root.  So whoever has the genesis document can check a snapshot from anywhere.
"""

from pathlib import Path
from typing import Final

from tallychain.crypto.schemes import verify
from tallychain.engine import records
from tallychain.engine.beginning import GENESIS, STORE
from tallychain.engine.embedded.chain import Chain
from tallychain.engine.embedded.opening import TAKEN_OVER
from tallychain.engine.records import SignedHeader, TakenOver
from tallychain.engine.upkeep import write_rows
from tallychain.ledger.genesis import Genesis, read_genesis
from tallychain.ledger.header import header_digest
from tallychain.store.errors import SnapshotRefused, StoreNotEmpty
from tallychain.store.snapshot import TrustedState, import_snapshot

HEADERS: Final = "headers"


class HeadersWrong(SnapshotRefused):
    """The headers beside a snapshot are not two that follow each other, signed under the key of genesis."""

    code = "SNAPSHOT_HEADERS"

    def __init__(self, detail: str) -> None:
        super().__init__(f"The headers of the snapshot are refused: {detail}.")


def export_rows(chain: Chain, folder: Path) -> int:
    """Write the rows as of the last block into the new folder; its height."""
    return write_rows(chain.store.view(), folder, chain.genesis.tree_depth)


def export_headers(chain: Chain, folder: Path, height: int) -> None:
    """Complete a snapshot with its headers; block `height + 1` must have been made."""
    last = records.stored_header(chain.store, height)
    following = records.stored_header(chain.store, height + 1)
    if last is None or following is None:
        raise HeadersWrong(f"blocks {height} and {height + 1} are needed")
    records.write_file_durably(folder / HEADERS, records.encode_taken_over(TakenOver(last, following)))


def import_chain(folder: Path, directory: Path, genesis: bytes) -> int:
    """
    Make the directory of a chain from a snapshot, everything checked; the height at which it continues.

    Trusted is the genesis document alone.  Raises `SnapshotRefused` or one of its kinds; nothing usable is left then.
    """
    if (directory / STORE).exists():
        raise StoreNotEmpty(directory)
    document = read_genesis(genesis)
    taken = records.read_taken_over(folder / HEADERS)
    if taken is None:
        raise HeadersWrong("they are missing")
    _check(taken, document)
    last, following = taken.last.decoded(), taken.following.decoded()
    directory.mkdir(parents=True, exist_ok=True)
    records.write_file_durably(directory / GENESIS, genesis)
    records.write_file_durably(directory / TAKEN_OVER, records.encode_taken_over(taken))
    trusted = TrustedState(last.height, bytes.fromhex(following.app_hash), document.tree_depth)
    import_snapshot(folder, directory / STORE, trusted, records.JOURNAL_RULE)
    return last.height


def _check(taken: TakenOver, genesis: Genesis) -> None:
    for signed in (taken.last, taken.following):
        _check_signature(signed, genesis.sequencer)
    last, following = taken.last.decoded(), taken.following.decoded()
    if last.chain != genesis.chain:
        raise HeadersWrong(f"they are of the chain {last.chain}")
    if following.previous != header_digest(taken.last.header).hex() or following.height != last.height + 1:
        raise HeadersWrong("the second does not follow the first")


def _check_signature(signed: SignedHeader, key: str) -> None:
    if not verify(key, header_digest(signed.header), signed.signature):
        raise HeadersWrong("a signature is not the sequencer's")
