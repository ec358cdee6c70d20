"""Snapshots for nodes that join: written beside the chain as it goes on, offered to whoever asks, and bounded in number.

One is taken in the first block with effects of every so many blocks, on every node at the same heights, so that all have the same bytes.
"""

import logging
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from tallychain.crypto.digest import sha256
from tallychain.engine.cometbft.calls import Snapshot
from tallychain.store.snapshot import (
    FORMAT,
    MANIFEST_NAME,
    RECEIVED_CHUNK_BYTES,
    Manifest,
    chunk_name,
    export_snapshot,
)
from tallychain.store.store import Store, StoreView

FOLDER: Final = "snapshots-offered"
_PARTIAL: Final = ".partial"
_LOG: Final = logging.getLogger(__name__)

Background = Callable[[Callable[[], None]], None]
"""Has a job done while blocks go on."""


def in_a_thread(job: Callable[[], None]) -> None:
    """The background of a real process."""
    threading.Thread(target=job, name="snapshot", daemon=True).start()


def newest_offered(directory: Path) -> int:
    """Height of the newest snapshot that lies in a ledger's folder; 0 where there is none."""
    return max(_heights(directory / FOLDER), default=0)


class Snapshots:
    """The snapshots that this node can give."""

    def __init__(
        self, directory: Path, depth: int, *, interval: int, kept: int, background: Background
    ) -> None:
        """`interval` in blocks; 0 for none."""
        self._folder = directory / FOLDER
        self._depth = depth
        self._interval = interval
        self._kept = kept
        self._background = background
        self._writing = threading.Lock()
        for left in self._folder.glob(f"*{_PARTIAL}"):
            shutil.rmtree(left, ignore_errors=True)

    def wanted(self, height: int, before: int) -> bool:
        """Whether the state after this block with effects is to be kept, where the last one with effects was `before`."""
        return self._interval > 0 and height // self._interval > before // self._interval

    def take(self, store: Store) -> None:
        """Write the state after the last block; while one is being written, the next is left out."""
        if not self._writing.acquire(blocking=False):
            return
        try:
            view = store.view()
        except BaseException:
            self._writing.release()
            raise
        self._background(lambda: self._write(view))

    def wait(self) -> None:
        """Wait until none is being written."""
        with self._writing:
            pass

    def known(self) -> list[Snapshot]:
        """What can be given, the newest first."""
        found = []
        for height in _heights(self._folder):
            try:
                raw = (self._folder / str(height) / MANIFEST_NAME).read_bytes()
                manifest = msgspec.json.decode(raw, type=Manifest)
            except (OSError, msgspec.DecodeError):
                continue
            found.append(Snapshot(height, FORMAT, len(manifest.chunks), sha256(raw), raw))
        return found

    def chunk(self, height: int, format_: int, index: int) -> bytes:
        """A chunk, or nothing where it is not here."""
        if format_ != FORMAT or index < 0:
            return b""
        try:
            with (self._folder / str(height) / chunk_name(index)).open("rb") as file:
                return file.read(RECEIVED_CHUNK_BYTES)
        except OSError:
            return b""

    def _write(self, view: StoreView) -> None:
        try:
            with view:
                if not (self._folder / str(view.height)).exists():
                    export_snapshot(view, self._folder / str(view.height), self._depth)
            for height in _heights(self._folder)[self._kept :]:
                shutil.rmtree(self._folder / str(height), ignore_errors=True)
        except OSError as error:
            # A node that cannot give a snapshot goes on: others give theirs.
            _LOG.warning("The snapshot of block %d could not be written: %s", view.height, error.strerror)
        finally:
            self._writing.release()


def _heights(folder: Path) -> list[int]:
    """Of the complete snapshots in a folder, the newest first."""
    try:
        names = [found.name for found in folder.iterdir()]
    except OSError:
        return []
    return sorted((int(name) for name in names if name.isascii() and name.isdigit()), reverse=True)
