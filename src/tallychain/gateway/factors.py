"""The second factor of a person: codes from a phone, recovery codes, and the one-time code that a new account enrols with.

The secret of the phone lies encrypted under the member's own secret, so a stolen database makes no codes.  A code is taken once.
Everything here lives by the wall clock: phones do not know the time of a chain.
"""

import asyncio
import io
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import segno

from tallychain.crypto import totp
from tallychain.crypto.digest import equal
from tallychain.crypto.kept import keep, reveal
from tallychain.gateway.accounts import Account, wall_ms
from tallychain.gateway.database import Connection, Database
from tallychain.gateway.problems import Problem

ENROLMENT_LIFE_MS: Final = 7 * 86_400_000
TOTP: Final = "totp"
RECOVERY: Final = "recovery code"
_PLACE: Final = "factor"
_QR_SCALE: Final = 4


@dataclass(frozen=True, slots=True)
class Pending:
    """A secret that its owner now takes into the phone; it is in force once one code has shown that it arrived."""

    secret: str = field(repr=False)
    """Base32, for typing."""
    uri: str = field(repr=False)
    """For the phone's camera; see `qr_svg`."""


@dataclass(frozen=True, slots=True)
class FactorState:
    """Whether an account has a second factor, and how many recovery codes are left."""

    is_enrolled: bool
    recovery_left: int


class Factors:
    """The second factors of one gateway's accounts."""

    def __init__(
        self,
        database: Database,
        secret: bytes,
        issuer: str,
        now_ms: Callable[[], int] = wall_ms,
        *,
        cost: int = totp.RECOVERY_N,
    ) -> None:
        """`secret` is the member's own; `issuer` stands beside the codes on the phone; `cost` is scrypt's for recovery codes."""
        self._database = database
        self._secret = secret
        self._issuer = issuer
        self._now_ms = now_ms
        self._cost = cost

    async def check(self, account: Account, code: str) -> str:
        """
        Take a code of the phone, or a recovery code, once; the kind of factor, for the audit.

        Raises `GATEWAY_SECOND_FACTOR_NOT_ENROLLED`, `GATEWAY_SECOND_FACTOR_NEEDED` for no code, `GATEWAY_SECOND_FACTOR_REFUSED`.
        """
        row = await self._row(account.id)
        if row is None or not row[0]:
            raise Problem("GATEWAY_SECOND_FACTOR_NOT_ENROLLED")
        given = code.strip()
        if not given:
            raise Problem("GATEWAY_SECOND_FACTOR_NEEDED")
        kept, used, salt = row[0], row[2], row[3]
        if totp.is_recovery_code(given):
            digest = await asyncio.to_thread(totp.recovery_digest, given, salt, n=self._cost)
            if await self._database.write(lambda db: _spend_recovery(db, account.id, digest)):
                return RECOVERY
            raise Problem("GATEWAY_SECOND_FACTOR_REFUSED")
        secret = reveal(self._secret, kept, _PLACE, account.id)
        step = totp.matching_step(secret, given, self._now_ms(), used=used)
        if step is None or not await self._database.write(lambda db: _spend_step(db, account.id, step)):
            raise Problem("GATEWAY_SECOND_FACTOR_REFUSED")
        return TOTP

    async def state(self, account: str) -> FactorState:
        """Whether an account has a second factor."""
        row = await self._row(account)
        left = await self._database.read(
            lambda db: db.execute("SELECT count(*) FROM recovery WHERE account = ?", (account,)).fetchone()
        )
        return FactorState(row is not None and bool(row[0]), int(left[0]))

    async def begin(self, account: str) -> Pending:
        """A new secret for an account; one that it has stays in force until the new one is confirmed."""
        secret = totp.new_secret()
        kept = keep(self._secret, secret, _PLACE, account)

        def write(db: Connection) -> None:
            db.execute(
                "INSERT INTO factor (account, secret, pending, last_step, salt) VALUES (?, ?, ?, -1, ?) "
                "ON CONFLICT (account) DO UPDATE SET pending = excluded.pending",
                (account, b"", kept, b""),
            )

        await self._database.write(write)
        uri = totp.enrolment_uri(secret, issuer=self._issuer, account=account)
        return Pending(totp.secret_text(secret), uri)

    async def confirm(self, account: str, code: str) -> tuple[str, ...]:
        """
        Put the pending secret in force, for one of its codes; ten recovery codes, shown this once.

        Raises `GATEWAY_SECOND_FACTOR_NOT_BEGUN`, `GATEWAY_SECOND_FACTOR_REFUSED`.
        """
        row = await self._row(account)
        if row is None or not row[1]:
            raise Problem("GATEWAY_SECOND_FACTOR_NOT_BEGUN")
        pending = row[1]
        step = totp.matching_step(
            reveal(self._secret, pending, _PLACE, account), code.strip(), self._now_ms()
        )
        if step is None:
            raise Problem("GATEWAY_SECOND_FACTOR_REFUSED")
        codes, salt, digests = await self._fresh_codes()

        def write(db: Connection) -> bool:
            changed = db.execute(
                "UPDATE factor SET secret = pending, pending = ?, last_step = ? WHERE account = ? AND pending = ?",
                (b"", step, account, pending),
            ).rowcount
            if changed:
                _keep_recovery(db, account, salt, digests)
                db.execute("DELETE FROM enrolment_code WHERE account = ?", (account,))
            return bool(changed)

        if not await self._database.write(write):
            raise Problem("GATEWAY_SECOND_FACTOR_NOT_BEGUN")
        return codes

    async def renew_recovery(self, account: str) -> tuple[str, ...]:
        """Ten new recovery codes; the old ones end.  Raises `GATEWAY_SECOND_FACTOR_NOT_ENROLLED`."""
        if not (await self.state(account)).is_enrolled:
            raise Problem("GATEWAY_SECOND_FACTOR_NOT_ENROLLED")
        codes, salt, digests = await self._fresh_codes()
        await self._database.write(lambda db: _keep_recovery(db, account, salt, digests))
        return codes

    async def forget(self, account: str) -> None:
        """End an account's second factor and its recovery codes; it signs nothing until it has enrolled again."""

        def write(db: Connection) -> None:
            for table in ("factor", "recovery", "enrolment_code"):
                db.execute(f"DELETE FROM {table} WHERE account = ?", (account,))  # noqa: S608 - constants

        await self._database.write(write)

    async def allow_enrolment(self, account: str, code: str = "") -> tuple[str, int]:
        """A one-time code with which a person enrols, and when it ends (UTC milliseconds); an earlier one ends now."""
        made = code or totp.new_recovery_code()
        salt = secrets.token_bytes(totp.RECOVERY_SALT_BYTES)
        until = self._now_ms() + ENROLMENT_LIFE_MS
        digest = await asyncio.to_thread(totp.recovery_digest, made, salt, n=self._cost)

        def write(db: Connection) -> None:
            db.execute(
                "INSERT INTO enrolment_code (account, salt, digest, expires_ms) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (account) DO UPDATE SET salt = excluded.salt, digest = excluded.digest, "
                "expires_ms = excluded.expires_ms",
                (account, salt, digest, until),
            )

        await self._database.write(write)
        return made, until

    async def need_enrolment_code(self, account: str, code: str) -> None:
        """Let the holder of an account's one-time code pass; raises `GATEWAY_ENROLMENT_REFUSED`."""
        row = await self._database.read(
            lambda db: db.execute(
                "SELECT salt, digest, expires_ms FROM enrolment_code WHERE account = ?", (account,)
            ).fetchone()
        )
        # An unknown account costs as much time as a known one.
        salt, digest, until = row or (b"0" * totp.RECOVERY_SALT_BYTES, b"", 0)
        found = await asyncio.to_thread(totp.recovery_digest, code[:100], salt, n=self._cost)
        if not equal(found, digest) or until <= self._now_ms():
            raise Problem("GATEWAY_ENROLMENT_REFUSED")

    async def _fresh_codes(self) -> tuple[tuple[str, ...], bytes, list[bytes]]:
        codes = tuple(totp.new_recovery_code() for _ in range(totp.RECOVERY_CODES))
        salt = secrets.token_bytes(totp.RECOVERY_SALT_BYTES)
        digests = [await asyncio.to_thread(totp.recovery_digest, code, salt, n=self._cost) for code in codes]
        return codes, salt, digests

    async def _row(self, account: str) -> tuple[bytes, bytes, int, bytes] | None:
        row: tuple[bytes, bytes, int, bytes] | None = await self._database.read(
            lambda db: db.execute(
                "SELECT secret, pending, last_step, salt FROM factor WHERE account = ?", (account,)
            ).fetchone()
        )
        return row


def qr_svg(uri: str) -> str:
    """The picture that a phone reads, as SVG."""
    out = io.BytesIO()
    segno.make(uri, error="m").save(out, kind="svg", scale=_QR_SCALE, xmldecl=False, title="TOTP")
    return out.getvalue().decode()


def _keep_recovery(db: Connection, account: str, salt: bytes, digests: list[bytes]) -> None:
    db.execute("UPDATE factor SET salt = ? WHERE account = ?", (salt, account))
    db.execute("DELETE FROM recovery WHERE account = ?", (account,))
    for digest in digests:
        db.execute("INSERT INTO recovery (account, digest) VALUES (?, ?)", (account, digest))


def _spend_recovery(db: Connection, account: str, digest: bytes) -> bool:
    return (
        db.execute("DELETE FROM recovery WHERE account = ? AND digest = ?", (account, digest)).rowcount == 1
    )


def _spend_step(db: Connection, account: str, step: int) -> bool:
    return (
        db.execute(
            "UPDATE factor SET last_step = ? WHERE account = ? AND last_step < ?", (step, account, step)
        ).rowcount
        == 1
    )
