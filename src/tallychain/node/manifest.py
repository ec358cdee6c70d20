"""What a backup is made of: one list of its files with their digests, written last, so that a folder with a manifest is a whole backup."""

from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from tallychain.crypto.digest import file_digest

MANIFEST: Final = "manifest.json"
FORMAT: Final = 1
LEDGER: Final = "ledger"
GATEWAY: Final = "gateway"
KEYS: Final = ("sequencer.key", "gateway/keys/", "gateway/seats/")
"""Where key files lie in a backup; each is under a passphrase of its own, which no backup holds."""

_Digest = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]


class BackupRefused(Exception):
    """A backup cannot be made or used; `code` is stable, the text is one sentence."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


class BackedUpFile(Struct, frozen=True, forbid_unknown_fields=True):
    """One file, by its path within the backup."""

    path: str
    size: int
    sha256: _Digest


class Manifest(Struct, frozen=True, forbid_unknown_fields=True):
    """The list."""

    format: int
    chain: str
    genesis: _Digest
    """Digest of the genesis document: which chain this is."""
    member: str
    height: int
    """Of the copy of the ledger."""
    app_hash: _Digest
    made_ms: int
    """UTC milliseconds."""
    software: str
    keys: bool
    """Whether key files are in it."""
    files: tuple[BackedUpFile, ...]

    @property
    def bytes(self) -> int:
        """Size of everything."""
        return sum(file.size for file in self.files)


def listed(folder: Path) -> tuple[BackedUpFile, ...]:
    """Every file of a folder with its digest, in the order of paths."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return tuple(
        BackedUpFile(str(path.relative_to(folder)), path.stat().st_size, file_digest(path).hex())
        for path in paths
    )


def read_manifest(backup: Path) -> Manifest:
    """The manifest of a backup; raises `BackupRefused`."""
    path = backup / MANIFEST
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except FileNotFoundError:
        raise BackupRefused(
            "BACKUP_INCOMPLETE", f"There is no whole backup in {backup}: it has no {MANIFEST}."
        ) from None
    except OSError as error:
        raise BackupRefused("BACKUP_UNREADABLE", f"{path} cannot be read: {error.strerror}.") from None
    except msgspec.DecodeError as error:
        raise BackupRefused("BACKUP_DAMAGED", f"{path} is not valid: {error}.") from None
    if manifest.format != FORMAT:
        raise BackupRefused(
            "BACKUP_FORMAT", f"The backup has format {manifest.format}; this program reads {FORMAT}."
        )
    for file in manifest.files:
        parts = Path(file.path).parts
        if not parts or file.path.startswith("/") or ".." in parts:
            raise BackupRefused(
                "BACKUP_DAMAGED", f"{path} names {file.path[:80]!r}, which is no place in a backup."
            )
    return manifest


def check_file(backup: Path, file: BackedUpFile) -> None:
    """See that a file is the one that was backed up; raises `BackupRefused` with a sentence that names it."""
    path = backup / file.path
    try:
        if path.is_symlink() or path.stat().st_size != file.size or file_digest(path).hex() != file.sha256:
            raise BackupRefused(
                "BACKUP_DAMAGED", f"The file {file.path} of the backup is not the one that was backed up."
            )
    except FileNotFoundError:
        raise BackupRefused("BACKUP_DAMAGED", f"The file {file.path} of the backup is missing.") from None
    except OSError as error:
        raise BackupRefused("BACKUP_UNREADABLE", f"{path} cannot be read: {error.strerror}.") from None


def encode(manifest: Manifest) -> bytes:
    """The manifest as a file holds it."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n"
