"""What reads the whole state, and must not hold up blocks for it: snapshots and whole-state checks.

Blocks pause only while a view or a copy of the store is taken, so that it is of one height; the long work on it is done in a thread while
blocks go on.  One of each at a time, so that nobody who asks for them again and again takes the machine.
"""

import asyncio
import shutil
from collections.abc import Coroutine
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Final, Protocol, TypeVar

from msgspec import Struct

from tallychain.engine.checks import CheckAnswer
from tallychain.engine.port import EngineRefused
from tallychain.store.errors import CopyFailed
from tallychain.store.snapshot import export_snapshot
from tallychain.store.store import Store, StoreView

SNAPSHOTS: Final = "snapshots"
BACKUPS: Final = "backups"
_COPY: Final = "check"
_RETRY_MS: Final = 5_000
T = TypeVar("T")


class BackupAnswer(Struct, frozen=True):
    """Of which block a copy is."""

    height: int
    app_hash: str


class Kept(Protocol):
    """The chain of a ledger process, as it is looked after."""

    @property
    def store(self) -> Store:
        """Where it lies."""
        ...

    @property
    def tree_depth(self) -> int:
        """Of its state tree."""
        ...

    def pause(self) -> AbstractAsyncContextManager[None]:
        """No block is made meanwhile."""
        ...

    async def complete_snapshot(self, folder: Path, height: int) -> None:
        """Lay beside the rows of a height what lets others trust them."""
        ...

    def check(self, store: Store) -> CheckAnswer:
        """The whole check of a store that nobody writes to, a copy of this chain's; called in a thread."""
        ...


def write_rows(view: StoreView, folder: Path, depth: int) -> int:
    """Write the rows of a view into the new folder and close the view; its height.  Blocks may go on meanwhile, in another thread."""
    with view:
        return export_snapshot(view, folder, depth).height


class Upkeep:
    """Snapshots and checks of one chain, written to its directory."""

    def __init__(self, kept: Kept, directory: Path) -> None:
        self._kept = kept
        self._directory = directory
        self._running: dict[str, asyncio.Task[object]] = {}

    async def snapshot(self, name: str) -> int:
        """
        Write a snapshot of the last block under `snapshots/<name>`; its height.

        Raises `EngineRefused`: `SNAPSHOT_RUNNING`, `SNAPSHOT_EXISTS`, `SNAPSHOT_TOO_EARLY`, `SNAPSHOT_FAILED`.
        """
        return await self._alone("SNAPSHOT_RUNNING", self._snapshot(self._directory / SNAPSHOTS / name))

    async def check(self) -> CheckAnswer:
        """The whole-state check of the last block.  Raises `EngineRefused`: `CHECK_RUNNING`, `CHECK_FAILED`."""
        return await self._alone("CHECK_RUNNING", self._check(self._directory / _COPY))

    async def backup(self, name: str) -> BackupAnswer:
        """
        Lay a copy of the whole store, as of the last block, under `backups/<name>` for whoever takes it away and removes it.

        Blocks wait only while links are made.  Raises `EngineRefused`: `BACKUP_RUNNING`, `BACKUP_EXISTS`, `BACKUP_FAILED`.
        """
        return await self._alone("BACKUP_RUNNING", self._backup(self._directory / BACKUPS / name))

    async def _alone(self, code: str, work: Coroutine[None, None, T]) -> T:
        """Do work that goes on when nobody waits for it any more, unless the same is being done."""
        if code in self._running:
            work.close()
            raise EngineRefused(code, "The same is being done for somebody; ask again.", _RETRY_MS)
        task = asyncio.ensure_future(work)
        self._running[code] = task
        task.add_done_callback(lambda _: self._running.pop(code))
        return await asyncio.shield(task)

    async def _snapshot(self, folder: Path) -> int:
        async with self._kept.pause():
            view = self._view_for(folder)
        try:
            height = await asyncio.to_thread(write_rows, view, folder, self._kept.tree_depth)
        except OSError as error:
            raise EngineRefused(
                "SNAPSHOT_FAILED", f"The snapshot cannot be written: {error.strerror}."
            ) from None
        await self._kept.complete_snapshot(folder, height)
        return height

    def _view_for(self, folder: Path) -> StoreView:
        if folder.exists():
            raise EngineRefused("SNAPSHOT_EXISTS", f"There is already a snapshot {folder.name}.")
        if self._kept.store.height < 1:
            raise EngineRefused("SNAPSHOT_TOO_EARLY", "There is no block yet; genesis is its own snapshot.")
        return self._kept.store.view()

    async def _check(self, copy: Path) -> CheckAnswer:
        try:
            async with self._kept.pause():
                await asyncio.to_thread(self._copy_to, copy)
            return await asyncio.to_thread(self._check_copy, copy)
        except CopyFailed as error:
            raise EngineRefused("CHECK_FAILED", str(error)) from None

    async def _backup(self, copy: Path) -> BackupAnswer:
        try:
            async with self._kept.pause():
                await asyncio.to_thread(self._lay_copy, copy)
                return BackupAnswer(self._kept.store.height, self._kept.store.app_hash.hex())
        except (CopyFailed, OSError) as error:
            raise EngineRefused("BACKUP_FAILED", f"The store cannot be copied: {error}") from None

    def _lay_copy(self, copy: Path) -> None:
        if copy.exists():
            raise EngineRefused("BACKUP_EXISTS", f"There is already a copy {copy.name}.")
        copy.parent.mkdir(mode=0o700, exist_ok=True)
        try:
            self._kept.store.copy(copy)
        except CopyFailed:
            shutil.rmtree(copy, ignore_errors=True)
            raise

    def _copy_to(self, copy: Path) -> None:
        # One may be left from a process that was killed.
        shutil.rmtree(copy, ignore_errors=True)
        self._kept.store.copy(copy)

    def _check_copy(self, copy: Path) -> CheckAnswer:
        try:
            with Store.open(copy) as store:
                return self._kept.check(store)
        finally:
            shutil.rmtree(copy, ignore_errors=True)
