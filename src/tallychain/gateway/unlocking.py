"""Keys that open for exactly one act: a person's passphrase, a second factor, and a record of it.

Nothing opened here is kept.  Deriving a key from a passphrase costs tens of milliseconds and 32 MiB on purpose, so it runs beside the
event loop and only a few at a time.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol, TypeVar

from tallychain.crypto.errors import CryptoRefusal
from tallychain.crypto.keyfile import read_key_file
from tallychain.crypto.keys import SigningKey, signing_key_from_seed
from tallychain.crypto.schemes import scheme_of
from tallychain.crypto.wallet import SignRoot
from tallychain.gateway.accounts import Account
from tallychain.gateway.chainclock import ChainClock
from tallychain.gateway.database import Database
from tallychain.gateway.problems import Problem
from tallychain.gateway.rates import Rates
from tallychain.gateway.seats import Seats

R = TypeVar("R")

_AT_ONCE: Final = 2
_ATTEMPTS: Final = 20
_ATTEMPTS_PER_S: Final = 0.5


class SecondFactor(Protocol):
    """What a person shows besides a passphrase."""

    async def check(self, account: Account, code: str) -> str:
        """The kind of factor shown, for the audit; raises `GATEWAY_SECOND_FACTOR_NEEDED`."""


class NoFactorOnDemo:
    """On a demonstration chain there is no second factor, and the audit says so; elsewhere nobody passes."""

    def __init__(self, *, demo: bool) -> None:
        self._demo = demo

    async def check(self, account: Account, code: str) -> str:  # noqa: ARG002 - the form of every factor
        """`none (demo)`, or a refusal."""
        if not self._demo:
            raise Problem("GATEWAY_SECOND_FACTOR_NEEDED")
        return "none (demo)"


@dataclass(frozen=True, slots=True)
class Unlock:
    """What a person gives to sign one act."""

    passphrase: str
    code: str = ""

    def __repr__(self) -> str:
        return "<unlock>"


@dataclass(frozen=True, slots=True)
class Signer:
    """A client's keys, open for one act."""

    root: SignRoot
    identity: SigningKey


class Unlocking:
    """Opens keys for one act and writes the audit."""

    def __init__(
        self, keys: Path, seats: Seats, factor: SecondFactor, database: Database, clock: ChainClock
    ) -> None:
        self._keys = keys
        self._seats = seats
        self._factor = factor
        self._database = database
        self._clock = clock
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._attempts = Rates(_ATTEMPTS_PER_S, _ATTEMPTS)

    async def staff_key(self, account: Account, unlock: Unlock, *, act: str, subject: str) -> SigningKey:
        """The signing key of a person of the member's staff; raises `GATEWAY_UNLOCK_REFUSED`."""
        key = await self._open(
            account, lambda: _signing_key(self._keys / account.key_file, unlock.passphrase)
        )
        await self._record(account, unlock, act, subject)
        return key

    async def signer(self, account: Account, unlock: Unlock, *, act: str, subject: str) -> Signer:
        """A client's sign root and identity key; raises `GATEWAY_UNLOCK_REFUSED`."""
        folder = self._seats.folder(account.seat)

        def load() -> Signer:
            root = SignRoot.load(folder / f"sign-{account.id}.key", unlock.passphrase)
            own = folder / f"identity-{account.id}.key"
            identity = _signing_key(own, unlock.passphrase) if own.exists() else root.identity_key()
            return Signer(root, identity)

        signer = await self._open(account, load)
        await self._record(account, unlock, act, subject)
        return signer

    async def sign_in(self, account: Account, passphrase: str, code: str) -> bool:
        """Whether passphrase and second factor are this account's; raises `GATEWAY_SECOND_FACTOR_NEEDED`."""
        folder = self._keys if account.is_staff else self._seats.folder(account.seat)
        try:
            await self._open(account, lambda: read_key_file(folder / account.key_file, passphrase))
        except Problem as problem:
            if problem.code == "GATEWAY_UNLOCK_REFUSED":
                return False
            raise
        await self._record(account, Unlock(passphrase, code), "sign-in", account.id)
        return True

    async def spend(self, path: Path, passphrase: str) -> None:
        """Spend the time of one attempt, so that an unknown account takes as long as a known one."""

        def attempt() -> None:
            try:
                read_key_file(path, passphrase)
            except CryptoRefusal:
                return

        async with self._slots:
            await asyncio.to_thread(attempt)

    async def audit(self, account: str, act: str, subject: str, factor: str = "") -> None:
        """One line of the audit: who did what to what; never what was in it."""
        now = self._clock.now_ms()
        await self._database.write(
            lambda db: db.execute(
                "INSERT INTO audit (at_ms, account, act, object, second_factor) VALUES (?, ?, ?, ?, ?)",
                (now, account, act, subject, factor),
            )
        )

    async def _record(self, account: Account, unlock: Unlock, act: str, subject: str) -> None:
        factor = await self._factor.check(account, unlock.code)
        await self.audit(account.id, act, subject, factor)

    async def _open(self, account: Account, load: Callable[[], R]) -> R:
        self._attempts.take(account.id)
        async with self._slots:
            try:
                return await asyncio.to_thread(load)
            except CryptoRefusal:
                # A missing or damaged file tells the caller no more than a wrong passphrase does.
                raise Problem("GATEWAY_UNLOCK_REFUSED") from None


def _signing_key(path: Path, passphrase: str) -> SigningKey:
    stored = read_key_file(path, passphrase)
    return signing_key_from_seed(scheme_of(stored.public), stored.secret)
