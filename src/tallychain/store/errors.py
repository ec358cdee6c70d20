"""What the store refuses, each with a stable code and a sentence for the person who runs the node."""

from pathlib import Path
from typing import ClassVar


class StoreError(Exception):
    """The one ancestor of everything the store refuses; ``code`` is stable, the text is for a person."""

    code: ClassVar[str] = "STORE"


class StoreLocked(StoreError):
    """Another process has the store open; two writers would destroy it."""

    code = "STORE_LOCKED"

    def __init__(self, path: Path) -> None:
        super().__init__(f"The store {path} is in use by another process: stop that one first.")


class StoreMissing(StoreError):
    """There is no store and none was to be created."""

    code = "STORE_MISSING"

    def __init__(self, path: Path) -> None:
        super().__init__(f"There is no store at {path}.")


class StoreNotEmpty(StoreError):
    """A snapshot is imported into a new store only."""

    code = "STORE_NOT_EMPTY"

    def __init__(self, path: Path) -> None:
        super().__init__(f"There is already something at {path}; a snapshot is imported into a new folder.")


class StoreFormatUnknown(StoreError):
    """The store was written by a version of the program with another layout, or is not one of ours."""

    code = "STORE_FORMAT"

    def __init__(self, path: Path, found: str, expected: str) -> None:
        super().__init__(
            f"The store {path} has format {found}; this program reads and writes format {expected}."
        )


class StoreUnfinished(StoreError):
    """An import of a snapshot was cut off; what it left was never checked."""

    code = "STORE_UNFINISHED"

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"The import into the store {path} did not finish: remove the folder and import again."
        )


class StoreDamaged(StoreError):
    """What is on disk contradicts its own checksums: never repaired silently, since a block could go missing."""

    code = "STORE_DAMAGED"

    def __init__(self, path: Path, detail: str) -> None:
        super().__init__(f"The store {path} is damaged: restore a backup or import a snapshot ({detail}).")


class StoreUnreadable(StoreError):
    """The operating system refuses the store's files."""

    code = "STORE_IO"

    def __init__(self, path: Path, detail: str) -> None:
        super().__init__(f"The store {path} cannot be opened ({detail}).")


class WriteFailed(StoreError):
    """A block could not be made durable; the process must stop, since memory is now ahead of the disk."""

    code = "STORE_WRITE"

    def __init__(self, height: int, detail: str) -> None:
        super().__init__(f"Block {height} could not be written to disk ({detail}).")


class HeightOutOfOrder(StoreError):
    """Blocks are committed one after another, without gap or repetition."""

    code = "STORE_HEIGHT"

    def __init__(self, height: int, last: int) -> None:
        super().__init__(f"Block {height} does not follow the last committed block, which is {last}.")


class ViewFromElsewhere(StoreError):
    """Rows looked at while a block is being written would be of two heights."""

    code = "STORE_VIEW"

    def __init__(self) -> None:
        super().__init__(
            "A view of the store is taken by the thread that commits blocks, between two of them; only its rows may be read elsewhere."
        )


class CopyFailed(StoreError):
    """The store could not be copied, for instance because the disk is full."""

    code = "STORE_COPY"

    def __init__(self, path: Path, detail: str) -> None:
        super().__init__(f"The store cannot be copied to {path} ({detail}).")


class UndoNotKept(StoreError):
    """Values before a block are kept for the last two blocks only."""

    code = "STORE_UNDO"

    def __init__(self, height: int) -> None:
        super().__init__(
            f"The values before block {height} are not kept: only those of the last two blocks are."
        )


class SnapshotRefused(StoreError):
    """The ancestor of everything that keeps a snapshot from being accepted."""

    code = "SNAPSHOT"


class ManifestRefused(SnapshotRefused):
    """The manifest is not canonical, or describes another chain position than the trusted one."""

    code = "SNAPSHOT_MANIFEST"


class ChunkPoisoned(SnapshotRefused):
    """A chunk is not the one that the manifest names."""

    code = "SNAPSHOT_CHUNK"

    def __init__(self, index: int, found: str, expected: str) -> None:
        super().__init__(f"Chunk {index} of the snapshot has the hash {found}; the manifest says {expected}.")


class ChunkMalformed(SnapshotRefused):
    """A chunk has the right hash and is nevertheless no list of rows: its maker was wrong or hostile."""

    code = "SNAPSHOT_ROWS"

    def __init__(self, index: int, detail: str) -> None:
        super().__init__(f"Chunk {index} of the snapshot cannot be read: {detail}.")


class RowCountWrong(SnapshotRefused):
    """Rows or chunks are missing or too many by the manifest's own count."""

    code = "SNAPSHOT_COUNT"

    def __init__(self, what: str, found: int, expected: int) -> None:
        super().__init__(f"The snapshot has {found} {what}; its manifest says {expected}.")


class RootWrong(SnapshotRefused):
    """The state rows are not the state that the chain agreed on."""

    code = "SNAPSHOT_ROOT"

    def __init__(self, found: bytes, expected: bytes) -> None:
        super().__init__(
            f"The state rows of the snapshot give the root {found.hex()}; the chain's app hash is {expected.hex()}:"
            " a row is missing, added or changed."
        )


class JournalWrong(SnapshotRefused):
    """The rows of a journal are not those whose digest the state holds."""

    code = "SNAPSHOT_JOURNAL"

    def __init__(self, bucket: bytes) -> None:
        super().__init__(
            f"The rows of journal {printable(bucket)} do not give the digest that the state holds:"
            " a row is missing, added, changed or moved."
        )


class JournalUnknown(SnapshotRefused):
    """Rows of a journal of which the state knows nothing."""

    code = "SNAPSHOT_JOURNAL_UNKNOWN"

    def __init__(self, bucket: bytes) -> None:
        super().__init__(
            f"The snapshot has rows of journal {printable(bucket)}, of which the state knows nothing."
        )


class JournalMissing(SnapshotRefused):
    """A journal whose rows every node keeps is not in the snapshot; without replay ids an act could happen twice."""

    code = "SNAPSHOT_JOURNAL_MISSING"

    def __init__(self, bucket: bytes) -> None:
        super().__init__(
            f"The snapshot has no rows of journal {printable(bucket)}, which the state says are kept."
        )


def printable(name: bytes) -> str:
    """A journal's name for a message: as text where it is plain ASCII, else in hex; never longer than 80 characters."""
    plain = name.isascii() and name.decode("ascii").isprintable()
    return (name.decode("ascii") if plain else name.hex())[:80]
