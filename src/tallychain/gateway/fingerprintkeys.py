"""The alliance's fingerprint keys that this gateway holds: those of epochs on record, and those of epochs that are being voted on."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tallychain.contracts.documents.state import KeyEpoch
from tallychain.crypto.keyfile import StoredSecret, write_key_file
from tallychain.sdk.fingerprint import EpochKey

PROPOSED_MAX: Final = 80
"""Keys of epochs that have not begun, at most: more than proposals can wait; the one that came first goes first."""


class FingerprintKeys:
    """The keys at hand, oldest first, and their files."""

    def __init__(
        self,
        keys: Sequence[EpochKey],
        folder: Path,
        passphrase: str,
        cost: int,
        proposed: Sequence[EpochKey] = (),
    ) -> None:
        self._keys = tuple(keys)
        self._proposed = {key.commitment(): key for key in proposed}
        self._folder = folder
        self._passphrase = passphrase
        self._cost = cost
        self._writing = asyncio.Lock()

    def __repr__(self) -> str:
        return "<fingerprint keys>"

    def all(self) -> tuple[EpochKey, ...]:
        """Every key; none where the alliance has not sent this member its key yet."""
        return self._keys

    def of(self, epoch: int) -> EpochKey | None:
        """The key of an epoch, or None."""
        return next((key for key in self._keys if key.epoch == epoch), None)

    def holds(self, epoch: int, commitment: str) -> bool:
        """Whether the key with this commitment is here, whether or not its epoch has begun."""
        begun = self.of(epoch)
        proposed = self._proposed.get(commitment)
        return any(
            key is not None and key.epoch == epoch and key.commitment() == commitment
            for key in (begun, proposed)
        )

    def proposed(self, commitment: str) -> EpochKey | None:
        """The key with this commitment whose epoch has not begun, or None."""
        return self._proposed.get(commitment)

    async def add(self, key: EpochKey) -> None:
        """Keep a key that came, in a file first, under the member's passphrase; one that is here stays."""
        async with self._writing:
            await self._add(key)

    async def propose(self, key: EpochKey) -> None:
        """Keep a key of an epoch that may begin by vote, in a file first."""
        async with self._writing:
            if key.commitment() in self._proposed:
                return
            await self._write(self._proposed_file(key), key)
            self._proposed[key.commitment()] = key
            while len(self._proposed) > PROPOSED_MAX:
                await self._forget(next(iter(self._proposed.values())))

    async def settle(self, rows: Sequence[KeyEpoch]) -> None:
        """Take over a proposed key whose epoch has begun, and forget those whose epoch began with another one."""
        if not self._proposed:
            return
        async with self._writing:
            begun = {row.epoch: row.commitment for row in rows}
            for key in list(self._proposed.values()):
                if key.epoch in begun:
                    if begun[key.epoch] == key.commitment():
                        await self._add(key)
                    await self._forget(key)

    async def _add(self, key: EpochKey) -> None:
        await self._write(self._folder / f"fingerprint-{key.epoch}.key", key)
        if self.of(key.epoch) is None:
            self._keys = tuple(sorted((*self._keys, key), key=lambda one: one.epoch))

    async def _write(self, path: Path, key: EpochKey) -> None:
        stored = StoredSecret("secret", "", key.key)
        if not await asyncio.to_thread(path.exists):
            await asyncio.to_thread(write_key_file, path, stored, self._passphrase, n=self._cost)

    async def _forget(self, key: EpochKey) -> None:
        await asyncio.to_thread(self._proposed_file(key).unlink, missing_ok=True)
        del self._proposed[key.commitment()]

    def _proposed_file(self, key: EpochKey) -> Path:
        return self._folder / f"proposed-fingerprint-{key.epoch}-{key.commitment()[:16]}.key"
