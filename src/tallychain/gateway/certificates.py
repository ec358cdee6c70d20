"""Certificates: which authorities are believed here, and the certificates that came in.

A certificate travels gateway to gateway once and is kept here; on the ledger stands only its digest.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from tallychain.crypto.certificates import (
    CertificateNotValid,
    Revoked,
    Subject,
    certificate_digest,
    revoked_by,
    verify_chain,
)
from tallychain.gateway.chainclock import ChainClock
from tallychain.gateway.config import ConfigRefused
from tallychain.gateway.database import Connection, Database
from tallychain.readmodel.openings import Introduced

_INTERMEDIATES: Final = msgspec.msgpack.Decoder(tuple[bytes, ...])
_REMEMBERED: Final = 4096


@dataclass(frozen=True, slots=True)
class Chain:
    """A certificate with the certificates between it and an authority, in DER."""

    certificate: bytes
    intermediates: tuple[bytes, ...] = ()

    @property
    def digest(self) -> str:
        """How the ledger refers to the certificate."""
        return certificate_digest(self.certificate)


class Authorities:
    """The authorities in force and what they have revoked."""

    def __init__(
        self, roots: tuple[bytes, ...], lists: tuple[bytes, ...], clock: ChainClock, *, allow_test: bool
    ) -> None:
        self._roots = roots
        self._lists = lists
        self._clock = clock
        self._allow_test = allow_test
        self._revoked: frozenset[Revoked] = frozenset()
        self._read_day = -1
        self._seen: dict[tuple[str, int], Subject] = {}

    @classmethod
    def load(cls, roots: Path, revocations: Path, clock: ChainClock, *, allow_test: bool) -> "Authorities":
        """The authorities of two folders of DER files; raises `ConfigRefused` where there is none."""
        found = tuple(path.read_bytes() for path in sorted(roots.glob("*.der")))
        if not found:
            raise ConfigRefused(
                f"There is no trusted authority: put its certificate (DER, *.der) into {roots}."
            )
        lists = tuple(path.read_bytes() for path in sorted(revocations.glob("*.crl")))
        return cls(found, lists, clock, allow_test=allow_test)

    def subject(self, chain: Chain) -> Subject:
        """Whom a certificate names now; raises `CertificateNotValid`."""
        now = self._clock.now_ms()
        day = now // 86_400_000
        if day != self._read_day:
            self._seen.clear()
            self._revoked = self._revocations(now)
            self._read_day = day
        key = (chain.digest, day)
        known = self._seen.get(key)
        if known is not None and known.not_before_ms <= now <= known.not_after_ms:
            return known
        subject = verify_chain(
            chain.certificate,
            self._roots,
            now,
            self._revoked,
            intermediates=chain.intermediates,
            allow_test=self._allow_test,
        )
        if len(self._seen) < _REMEMBERED:
            self._seen[key] = subject
        return subject

    def _revocations(self, now: int) -> frozenset[Revoked]:
        """What the lists at hand revoke; a list that is not of today revokes nothing new, and nothing less."""
        revoked: set[Revoked] = set(self._revoked)
        for listing in self._lists:
            for root in self._roots:
                try:
                    revoked |= revoked_by(listing, root, now)
                except CertificateNotValid:
                    continue
        return frozenset(revoked)


class Certificates:
    """The certificates kept here, by digest."""

    def __init__(self, database: Database, clock: ChainClock) -> None:
        self._database = database
        self._clock = clock
        self.when_kept: Callable[[str], Awaitable[None]] | None = None
        """Told the digest of each certificate that has come in, so that what rests on it can be looked at again."""

    async def keep(self, chain: Chain, *, name: str, uscc: str, sender: str) -> str:
        """Keep a certificate that was verified; its digest."""
        values = (
            chain.digest,
            chain.certificate,
            msgspec.msgpack.encode(chain.intermediates),
            name,
            uscc,
            sender,
            self._clock.now_ms(),
        )

        def insert(db: Connection) -> None:
            db.execute("INSERT INTO certificate VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", values)

        await self._database.write(insert)
        if self.when_kept is not None:
            await self.when_kept(chain.digest)
        return chain.digest

    async def introduced(self, digest: str) -> Introduced | None:
        """A certificate with whom it named when it was verified here, or None."""
        row = await self._database.read(
            lambda db: db.execute(
                "SELECT der, name, uscc FROM certificate WHERE digest = ?", (digest,)
            ).fetchone()
        )
        return None if row is None else Introduced(row[0], row[1], row[2])

    async def get(self, digest: str) -> Chain | None:
        """A certificate with its chain, or None."""
        row = await self._database.read(
            lambda db: db.execute(
                "SELECT der, intermediates FROM certificate WHERE digest = ?", (digest,)
            ).fetchone()
        )
        return None if row is None else Chain(row[0], _INTERMEDIATES.decode(row[1]))
