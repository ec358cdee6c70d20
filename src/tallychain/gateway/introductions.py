"""Certificates of clients on their way to the members that can read their names: once to each.

That one is due is written down together with the operation that makes it due, so a process that ends anywhere in between sends it at its next start.
"""

from collections.abc import Iterable
from typing import Final

import structlog

from tallychain.crypto.digest import sha256
from tallychain.gateway.certificates import Certificates
from tallychain.gateway.database import Connection, Database
from tallychain.gateway.letters import Introduction
from tallychain.gateway.postbox import Postbox
from tallychain.gateway.problems import Problem
from tallychain.gateway.seats import Seats

_AT_ONCE: Final = 200


def note_due(db: Connection, seat: str, pairs: Iterable[tuple[str, str]]) -> bool:
    """Write down within a larger change that certificates go to members, each once; whether any is due now."""
    added = 0
    for certificate, member in pairs:
        added += db.execute(
            "INSERT INTO introduction_due (certificate, member, seat) SELECT ?, ?, ? WHERE NOT EXISTS "
            "(SELECT 1 FROM introduction WHERE certificate = ? AND member = ?) ON CONFLICT DO NOTHING",
            (certificate, member, seat, certificate, member),
        ).rowcount
    return added > 0


class Introductions:
    """Which are due, and their letters."""

    def __init__(
        self, seats: Seats, certificates: Certificates, postbox: Postbox, database: Database
    ) -> None:
        self._seats = seats
        self._certificates = certificates
        self._postbox = postbox
        self._database = database
        self._log = structlog.get_logger("introductions")

    async def send_due(self) -> None:
        """Keep the letters of all that are due."""
        rows = await self._database.read(
            lambda db: db.execute(
                "SELECT certificate, member, seat FROM introduction_due ORDER BY certificate, member LIMIT ?",
                (_AT_ONCE,),
            ).fetchall()
        )
        for certificate, member, seat in rows:
            try:
                await self._send(certificate, member, seat)
            except Problem as problem:
                # One that cannot be sent now must not keep the others.
                self._log.warning("not introduced yet", member=member, why=problem.code)

    async def _send(self, certificate: str, member: str, seat: str) -> None:
        chain, client = await self._certificates.get(certificate), await self._seats.get(seat)
        if chain is not None and client is not None:
            letter = Introduction(client.name, client.uscc, chain.certificate, chain.intermediates)
            # The letter is kept before the note that it was: a process that ends in between keeps the same letter again, not none.
            name = sha256(f"client.introduce {certificate} {member}".encode()).hex()[:32]
            await self._postbox.send(member, "client.introduce", letter, letter_id=name)

        def note(db: Connection) -> None:
            pair = (certificate, member)
            db.execute("INSERT INTO introduction VALUES (?, ?) ON CONFLICT DO NOTHING", pair)
            db.execute("DELETE FROM introduction_due WHERE certificate = ? AND member = ?", pair)

        await self._database.write(note)
