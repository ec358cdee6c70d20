"""A node made again from a backup, in an empty folder, everything checked before it has its name there."""

import shutil
import time
import tomllib
from pathlib import Path
from typing import Final, Literal

import msgspec
from msgspec import Struct

from tallychain.catalogue import CATALOGUE
from tallychain.engine.beginning import GENESIS, STORE
from tallychain.engine.embedded.checks import check_store
from tallychain.ledger.founders import COMETBFT
from tallychain.ledger.genesis import genesis_digest, read_genesis
from tallychain.node.manifest import (
    GATEWAY,
    LEDGER,
    BackedUpFile,
    BackupRefused,
    Manifest,
    check_file,
    read_manifest,
)
from tallychain.sql.copies import DUMP_SUFFIX, SQLITE_SUFFIX, check_copy
from tallychain.store.store import Store

Part = Literal["all", "ledger", "gateway"]
_PARTIAL: Final = ".partial"
_NODE: Final = {
    "ledger": LEDGER,
    "genesis": GENESIS,
    "sequencer_key": "sequencer.key",
    "gateway": "gateway/gateway.toml",
    "logs": "logs",
}
_GATEWAY: Final = {
    "engine": "../ledger/ledger.sock",
    "genesis": "../genesis.json",
    "trusted_roots": "trusted",
    "revocations": "revocations",
}
"""Where everything lies in a restored folder, whatever folders it came from."""


class Restored(Struct, frozen=True):
    """What was restored."""

    folder: str
    part: Part
    chain: str
    genesis: str
    height: int
    app_hash: str
    made_ms: int
    files: int
    bytes: int
    seconds: float
    keys: bool
    """Whether key files came with it."""


def restore_node(backup: Path, target: Path, *, part: Part = "all", genesis: str = "") -> Restored:
    """
    Make a node, or one part of it, again in the empty folder `target`; nothing is started.

    `genesis` is the digest of the genesis document that the chain must have begun with; empty for any.  Raises `BackupRefused` with a sentence;
    nothing is left in `target` then.
    """
    began = time.monotonic()
    manifest = read_manifest(backup)
    _check_chain(backup, manifest, genesis)
    if part != GATEWAY and read_genesis((backup / GENESIS).read_bytes()).engine == COMETBFT:
        raise BackupRefused(
            "LEDGER_FROM_PEERS",
            "The ledger of a node among several validators is not put back, it comes from the other nodes: restore --part gateway.",
        )
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BackupRefused(
            "TARGET_NOT_EMPTY", f"{target} is not empty: choose another folder, nothing is overwritten."
        )
    partial = target.with_name(target.name + _PARTIAL)
    try:
        partial.mkdir(mode=0o700, parents=True)
        try:
            chosen = [file for file in manifest.files if part == "all" or file.path.startswith(f"{part}/")]
            for file in chosen:
                _copy(backup, file, partial)
            _check_parts(partial, manifest, part)
            placed = partial if part == "all" else partial / part
            if part == "all":
                _settle(partial)
            if target.exists():
                target.rmdir()
            placed.rename(target)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    except OSError as error:
        raise BackupRefused(
            "RESTORE_NOT_WRITTEN", f"The backup cannot be restored to {target}: {error.strerror or error}."
        ) from None
    return Restored(
        folder=str(target.absolute()),
        part=part,
        chain=manifest.chain,
        genesis=manifest.genesis,
        height=manifest.height,
        app_hash=manifest.app_hash,
        made_ms=manifest.made_ms,
        files=len(chosen),
        bytes=sum(file.size for file in chosen),
        seconds=round(time.monotonic() - began, 3),
        keys=manifest.keys,
    )


def _check_chain(backup: Path, manifest: Manifest, wanted: str) -> None:
    if wanted and manifest.genesis != wanted:
        raise BackupRefused(
            "BACKUP_OF_ANOTHER_CHAIN",
            f"This is a backup of {manifest.chain} with the genesis {manifest.genesis}; wanted is {wanted[:80]}.",
        )
    for path in (GENESIS, f"{LEDGER}/{GENESIS}"):
        file = next((file for file in manifest.files if file.path == path), None)
        if file is None:
            raise BackupRefused("BACKUP_DAMAGED", f"The backup has no {path}.")
        check_file(backup, file)
        if genesis_digest((backup / path).read_bytes()).hex() != manifest.genesis:
            raise BackupRefused(
                "BACKUP_OF_ANOTHER_CHAIN",
                f"{path} in the backup is not the genesis document that its manifest names.",
            )


def _copy(backup: Path, file: BackedUpFile, target: Path) -> None:
    check_file(backup, file)
    path = target / file.path
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.copy2(backup / file.path, path)
    # What was copied is what is checked, too: a bad disk may change it on the way.
    check_file(target, file)


def _check_parts(folder: Path, manifest: Manifest, part: Part) -> None:
    for suffix in (SQLITE_SUFFIX, DUMP_SUFFIX):
        copy = folder / GATEWAY / (GATEWAY + suffix)
        if part != LEDGER and copy.exists():
            check_copy(copy)
    if part != GATEWAY:
        _check_ledger(folder / LEDGER, manifest)


def _check_ledger(directory: Path, manifest: Manifest) -> None:
    """The whole check, on the copy: the state from its rows, journals, and every block under its signature."""
    document = (directory / GENESIS).read_bytes()
    with Store.open(directory / STORE) as store:
        found = check_store(store, CATALOGUE, document)
    failures = list(found.failures)
    if (found.height, found.app_hash) != (manifest.height, manifest.app_hash):
        failures.append(
            f"The ledger stands at block {found.height}, not at block {manifest.height} as the manifest says."
        )
    if failures:
        raise BackupRefused("BACKUP_DAMAGED", "The ledger in the backup does not hold: " + " ".join(failures))


def _settle(folder: Path) -> None:
    """Point the settings at where everything lies now; all other settings stay as they were."""
    _rewrite(folder / "node.toml", _NODE)
    _rewrite(folder / GATEWAY / "gateway.toml", _GATEWAY)
    for name in ("keys", "seats", "documents", "revocations"):
        (folder / GATEWAY / name).mkdir(mode=0o700, exist_ok=True)


def _rewrite(path: Path, places: dict[str, str]) -> None:
    settings = tomllib.loads(path.read_text()) | places
    # Settings are texts, whole numbers and switches: JSON writes these as TOML does.
    lines = [f"{name} = {msgspec.json.encode(value).decode()}" for name, value in settings.items()]
    path.write_text("\n".join(lines) + "\n")
