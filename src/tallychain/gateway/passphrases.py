"""Passphrases of key files: changed by writing the files again, and forgotten honestly.

Nobody here knows a passphrase, so nobody can give one back.  What a lost one means is said in `docs/operating.md`.
"""

import asyncio
from pathlib import Path
from typing import Final

from tallychain.crypto.errors import CryptoRefusal
from tallychain.crypto.keyfile import SCRYPT_N, StoredSecret, WrongPassphrase, read_key_file, write_key_file
from tallychain.gateway.accounts import HOUSE, Account
from tallychain.gateway.problems import Problem
from tallychain.gateway.seats import Seats

LETTERS: Final = 12
LETTERS_MAX: Final = 200


class Passphrases:
    """Writes an account's key files again under another passphrase."""

    def __init__(self, keys: Path, seats: Seats, *, demo: bool, cost: int = SCRYPT_N) -> None:
        self._keys = keys
        self._seats = seats
        self._demo = demo
        self._cost = cost

    def check(self, passphrase: str) -> None:
        """Whether a passphrase is long enough to be chosen; raises `GATEWAY_FIELD_NOT_VALID`."""
        if not self._demo and len(passphrase) < LETTERS:
            raise Problem("GATEWAY_FIELD_NOT_VALID", detail=f"a passphrase has at least {LETTERS} letters")
        if not passphrase or len(passphrase) > LETTERS_MAX:
            raise Problem("GATEWAY_FIELD_NOT_VALID", detail=f"a passphrase has 1 to {LETTERS_MAX} letters")

    async def change(self, account: Account, old: str, new: str) -> None:
        """
        Write every key file of an account under a new passphrase; the keys in them stay the same.

        Begun again after a crash it completes: a file that the new passphrase opens already is left.  Raises `GATEWAY_UNLOCK_REFUSED`.
        """
        self.check(new)
        await asyncio.to_thread(self._change, account, old, new)

    def files(self, account: Account) -> list[Path]:
        """The key files that one account's passphrase opens."""
        if account.is_staff:
            found = [self._keys / account.key_file, self._seats.folder(HOUSE) / f"sign-{account.id}.key"]
        else:
            folder = self._seats.folder(account.seat)
            found = [folder / account.key_file, folder / f"identity-{account.id}.key"]
        return [path for path in found if path.exists()]

    def _change(self, account: Account, old: str, new: str) -> None:
        try:
            # All are opened before one is written.
            opened = [(path, _read(path, old, new)) for path in self.files(account)]
        except CryptoRefusal:
            raise Problem("GATEWAY_UNLOCK_REFUSED") from None
        for path, stored in opened:
            if stored is not None:
                write_key_file(path, stored, new, n=self._cost, replace=True)


def _read(path: Path, old: str, new: str) -> StoredSecret | None:
    """What a file holds, or None where the new passphrase opens it already."""
    try:
        return read_key_file(path, old)
    except WrongPassphrase:
        read_key_file(path, new)
        return None
