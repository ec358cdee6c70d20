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
from tallychain.gateway.attempts import Attempts
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
        """The kind of factor shown, for the audit; raises `GATEWAY_SECOND_FACTOR_…`."""


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


@dataclass(frozen=True, slots=True)
class Opened:
    """A person's key, open while the rows of one batch are signed; it lives as long as the request that showed it."""

    key: SigningKey | Signer
    factor: str
    """For the audit of each act that is signed with it."""

    def __repr__(self) -> str:
        return "<opened>"

    def staff_key(self) -> SigningKey:
        """As a person of the member's staff; raises `GATEWAY_UNLOCK_REFUSED` for a client's."""
        if isinstance(self.key, Signer):
            raise Problem("GATEWAY_UNLOCK_REFUSED")
        return self.key

    def client(self) -> Signer:
        """As a client; raises `GATEWAY_UNLOCK_REFUSED` for a person of the staff."""
        if not isinstance(self.key, Signer):
            raise Problem("GATEWAY_UNLOCK_REFUSED")
        return self.key


class Unlocking:
    """Opens keys for one act and writes the audit."""

    def __init__(
        self,
        keys: Path,
        seats: Seats,
        factor: SecondFactor,
        attempts: Attempts,
        database: Database,
        clock: ChainClock,
    ) -> None:
        self._keys = keys
        self._seats = seats
        self._factor = factor
        self._attempts = attempts
        self._database = database
        self._clock = clock
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._rates = Rates(_ATTEMPTS_PER_S, _ATTEMPTS)

    async def staff_key(self, account: Account, unlock: Unlock, *, act: str, subject: str) -> SigningKey:
        """The signing key of a person of the member's staff; raises as `_open`."""
        path = self._keys / account.key_file
        return await self._open(account, unlock, lambda word: _signing_key(path, word), act, subject)

    async def signer(self, account: Account, unlock: Unlock, *, act: str, subject: str) -> Signer:
        """A client's sign root and identity key; raises as `_open`."""
        folder = self._seats.folder(account.seat)

        def load(word: str) -> Signer:
            root = SignRoot.load(folder / f"sign-{account.id}.key", word)
            own = folder / f"identity-{account.id}.key"
            identity = _signing_key(own, word) if own.exists() else root.identity_key()
            return Signer(root, identity)

        return await self._open(account, unlock, load, act, subject)

    async def for_batch(self, account: Account, unlock: Unlock, *, act: str, subject: str) -> Opened:
        """A person's key for all rows of one batch, shown once; raises as `_open`."""
        load = self.staff_key if account.is_staff else self.signer
        return Opened(await load(account, unlock, act=act, subject=subject), f"shown for {subject}")

    async def show(self, account: Account, unlock: Unlock, *, act: str, subject: str) -> None:
        """Let a person show passphrase and second factor for what is not signed; raises as `_open`."""
        path = self.key_path(account)
        await self._open(account, unlock, lambda word: read_key_file(path, word), act, subject)

    async def sign_in(self, account: Account, passphrase: str, code: str) -> bool:
        """Whether the passphrase is this account's; raises as `_open` for all other reasons."""
        try:
            await self.show(account, Unlock(passphrase, code), act="sign-in", subject=account.id)
        except Problem as problem:
            if problem.code == "GATEWAY_UNLOCK_REFUSED":
                return False
            raise
        return True

    async def passphrase_only(self, account: Account, passphrase: str) -> None:
        """Whether a passphrase is an account's, for somebody who has no second factor yet; raises as `_open`."""
        path = self.key_path(account)
        async with self._slots:
            await self._try(account, lambda: read_key_file(path, passphrase))

    def key_path(self, account: Account) -> Path:
        """The key file that an account's passphrase opens."""
        folder = self._keys if account.is_staff else self._seats.folder(account.seat)
        return folder / account.key_file

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

    async def _open(
        self, account: Account, unlock: Unlock, load: Callable[[str], R], act: str, subject: str
    ) -> R:
        """
        What a passphrase opens, once the second factor was shown too.

        Raises `GATEWAY_UNLOCK_REFUSED`, `GATEWAY_ACCOUNT_LOCKED`, and what the second factor raises.
        """
        self._rates.take(account.id)
        # One slot for all of it, so that many attempts at once are not counted too late.
        async with self._slots:
            opened, failed_before = await self._try(account, lambda: load(unlock.passphrase))
            try:
                factor = await self._factor.check(account, unlock.code)
            except Problem as problem:
                if problem.code == "GATEWAY_SECOND_FACTOR_REFUSED":
                    await self._attempts.failed(account.id)
                raise
            if failed_before:
                await self._attempts.forget(account.id)
        await self.audit(account.id, act, subject, factor)
        return opened

    async def _try(self, account: Account, load: Callable[[], R]) -> tuple[R, bool]:
        failed_before = await self._attempts.need_open(account.id)
        try:
            return await asyncio.to_thread(load), failed_before
        except CryptoRefusal:
            await self._attempts.failed(account.id)
            # A missing or damaged file tells the caller no more than a wrong passphrase does.
            raise Problem("GATEWAY_UNLOCK_REFUSED") from None


def _signing_key(path: Path, passphrase: str) -> SigningKey:
    stored = read_key_file(path, passphrase)
    return signing_key_from_seed(scheme_of(stored.public), stored.secret)
