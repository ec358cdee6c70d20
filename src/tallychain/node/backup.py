"""A backup of a node while it runs: the gateway's tables and files, then the ledger, so that the ledger's copy is never the older one.

In this order nothing that was acknowledged is lost: an operation that the gateway's copy still holds open may be in the ledger's copy already, and is then
sent again and answered with its first receipt; the other way round its receipt could be missing.
"""

import asyncio
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

from msgspec import Struct

from tallychain.engine.beginning import GENESIS, STORE
from tallychain.engine.client import LedgerClient
from tallychain.engine.embedded.opening import TAKEN_OVER
from tallychain.engine.port import EngineRefused, EngineUnavailable
from tallychain.engine.upkeep import BACKUPS
from tallychain.gateway.config import own_tables
from tallychain.ledger.genesis import genesis_digest, read_genesis
from tallychain.node.config import Node
from tallychain.node.manifest import (
    FORMAT,
    GATEWAY,
    LEDGER,
    MANIFEST,
    BackupRefused,
    Manifest,
    encode,
    listed,
    read_manifest,
)
from tallychain.sql.copies import copy_tables
from tallychain.store.store import Store

_PATIENCE_S: Final = 2.0
_PARTIAL: Final = ".partial"
_FOLDERS: Final = ("trusted", "revocations", "documents")
_KEY_FOLDERS: Final = ("keys", "seats")


class BackupMade(Struct, frozen=True):
    """What was made, and what was removed because newer ones are there."""

    folder: str
    height: int
    app_hash: str
    files: int
    bytes: int
    seconds: float
    removed: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupChoice:
    """Where to, and what."""

    destination: Path
    keys: bool = True
    keep: int = 0
    """How many backups of this node stay there, the new one among them; 0 for all."""


async def backup_node(node: Node, choice: BackupChoice) -> BackupMade:
    """
    Back up a node, running or at rest, into a new folder of the destination.

    Raises `BackupRefused`, `NotCopied` and `StoreError`; what was begun is removed then.
    """
    began = time.monotonic()
    document = node.genesis.read_bytes()
    made_ms = time.time_ns() // 1_000_000
    name = _name(read_genesis(document).chain, node.gateway.member, made_ms)
    final = choice.destination / name
    with _partial(final) as folder:
        await asyncio.to_thread(_copy_files, node, folder, keys=choice.keys)
        height, app_hash = await _copy_ledger(node, folder / LEDGER, name)
        manifest = await asyncio.to_thread(
            _manifest, node, folder, document, made_ms, height, app_hash, keys=choice.keys
        )
    removed = _remove_old(choice, final)
    seconds = round(time.monotonic() - began, 3)
    return BackupMade(str(final), height, app_hash, len(manifest.files), manifest.bytes, seconds, removed)


@contextmanager
def _partial(final: Path) -> Iterator[Path]:
    """A folder that has its name only once it is whole."""
    partial = final.with_name(final.name + _PARTIAL)
    try:
        if final.exists() or partial.exists():
            raise BackupRefused("BACKUP_EXISTS", f"There is already a backup {final}.")
        final.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        partial.mkdir(mode=0o700)
        try:
            yield partial
            _to_disk(partial)
            partial.rename(final)
            _sync(final.parent)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
    except OSError as error:
        raise BackupRefused(
            "BACKUP_NOT_WRITTEN",
            f"The backup cannot be written to {final.parent}: {error.strerror or error}.",
        ) from None


def _copy_files(node: Node, folder: Path, *, keys: bool) -> None:
    home = node.gateway_folder
    target = folder / GATEWAY
    target.mkdir(mode=0o700)
    (folder / LEDGER).mkdir(mode=0o700)
    copy_tables(own_tables(node.gateway, home), target, GATEWAY)
    # After the tables: what a row names is there by then.
    sources = {
        "trusted": home.root / node.gateway.trusted_roots,
        "revocations": home.root / node.gateway.revocations,
        "documents": home.documents,
        "keys": home.keys,
        "seats": home.seats,
    }
    for name in (*_FOLDERS, *(_KEY_FOLDERS if keys else ())):
        if sources[name].is_dir():
            shutil.copytree(sources[name], target / name, ignore=shutil.ignore_patterns(".*"))
    shutil.copy2(node.gateway_file, target / "gateway.toml")
    shutil.copy2(node.genesis, folder / GENESIS)
    shutil.copy2(node.file, folder / "node.toml")
    # The keys of a node among several validators stay where they are: a copy that runs somewhere would vote twice.
    if keys and node.engine is None:
        shutil.copy2(node.sequencer_key, folder / "sequencer.key")


async def _copy_ledger(node: Node, target: Path, name: str) -> tuple[int, str]:
    client = LedgerClient(node.socket, patience_s=_PATIENCE_S)
    try:
        answer = await client.backup(name.lower())
    except EngineUnavailable:
        return await asyncio.to_thread(_copy_resting, node, target)
    except EngineRefused as refused:
        raise BackupRefused(refused.code, refused.sentence) from None
    finally:
        await client.close()
    laid = node.ledger / BACKUPS / name.lower()
    try:
        await asyncio.to_thread(shutil.copytree, laid, target / STORE)
        await asyncio.to_thread(_copy_documents, node, target)
    finally:
        await asyncio.to_thread(shutil.rmtree, laid, ignore_errors=True)
    return answer.height, answer.app_hash


def _copy_resting(node: Node, target: Path) -> tuple[int, str]:
    """The copy of a ledger that does not run; opening its store keeps it from being started meanwhile."""
    if not (node.ledger / STORE).is_dir():
        raise BackupRefused("LEDGER_MISSING", f"There is no ledger in {node.ledger}, and none answers.")
    with Store.open(node.ledger / STORE) as store:
        store.copy(target / STORE)
        _copy_documents(node, target)
        return store.height, store.app_hash.hex()


def _copy_documents(node: Node, target: Path) -> None:
    for name in (GENESIS, TAKEN_OVER):
        if (node.ledger / name).exists():
            shutil.copy2(node.ledger / name, target / name)


def _manifest(
    node: Node, folder: Path, document: bytes, made_ms: int, height: int, app_hash: str, *, keys: bool
) -> Manifest:
    manifest = Manifest(
        format=FORMAT,
        chain=read_genesis(document).chain,
        genesis=genesis_digest(document).hex(),
        member=node.gateway.member,
        height=height,
        app_hash=app_hash,
        made_ms=made_ms,
        software=version("tallychain"),
        keys=keys,
        files=listed(folder),
    )
    (folder / MANIFEST).write_bytes(encode(manifest))
    return manifest


def _to_disk(folder: Path) -> None:
    for path in folder.rglob("*"):
        _sync(path)
    _sync(folder)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove_old(choice: BackupChoice, newest: Path) -> list[str]:
    """Remove what retention leaves no room for; a folder without a manifest of the same node is nobody's business here."""
    if not choice.keep:
        return []
    own = read_manifest(newest)
    found: list[tuple[int, Path]] = []
    for folder in choice.destination.iterdir():
        if (folder / MANIFEST).is_file():
            try:
                other = read_manifest(folder)
            except BackupRefused:
                continue
            if (other.genesis, other.member) == (own.genesis, own.member):
                found.append((other.made_ms, folder))
    old = [folder for _, folder in sorted(found)[: -choice.keep]]
    for folder in old:
        # Its manifest first: what is left by a kill is then no backup any more.
        (folder / MANIFEST).unlink()
        shutil.rmtree(folder)
    return [str(folder) for folder in old]


def _name(chain: str, member: str, made_ms: int) -> str:
    moment = datetime.fromtimestamp(made_ms / 1000, UTC)
    return f"{chain}-{member}-{moment:%Y%m%dt%H%M%S}{made_ms % 1000:03d}z"
