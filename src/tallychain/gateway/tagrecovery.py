"""Finds tags of the seats served here again that stand on the ledger and not in this gateway's tables.

That happens when the tables were put back from an older copy, or made anew: without its tag a holding could be neither read nor moved.  The ledger names with every receiver
the tag, its sealing key and its sponsor; which of these sealing keys are a seat's own follows from the seat's view root, counter by counter.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from tallychain.crypto.wallet import GAP
from tallychain.engine.port import CommittedBlock, Engine
from tallychain.gateway.database import Connection, Database
from tallychain.gateway.seats import Seats

MARGIN: Final = 50
"""Counters left out after the last one found: their cards may have been given and not used yet.  Far less than the gap after which a search ends."""


@dataclass(frozen=True, slots=True)
class Found:
    """A tag of a seat, as the ledger names it."""

    seat: str
    counter: int
    key: str
    sealing: str


class TagRecovery:
    """One search through blocks that this gateway has not followed yet."""

    def __init__(self, member: str, engine: Engine, seats: Seats, database: Database) -> None:
        self._engine = engine
        self._seats = seats
        self._database = database
        # The canonical text of a receiver, as it stands in every body that names one.
        self._receiver = re.compile(
            rb'"tag":"(ed25519:[0-9a-f]{64})","sealing":"(x25519:[0-9a-f]{64})","sponsor":"'
            + re.escape(member.encode())
            + b'"'
        )
        self._ahead: dict[str, dict[str, int]] = {}

    async def run(self, after: int, until: int) -> int:
        """
        Note every own tag in the blocks after one height, up to another; how many were new here.

        A tag whose card still counts as free here is noted as given, so that nobody else is given the same.
        """
        if not self._seats.views:
            return 0
        found = 0
        for height in range(after + 1, until + 1):
            found += await self._look_at(await self._engine.block(height))
        return found

    async def _look_at(self, block: CommittedBlock) -> int:
        named = {
            (match[2].decode(), match[1].decode())
            for envelope in block.envelopes
            for match in self._receiver.finditer(envelope)
        }
        if not named:
            return 0
        unknown = [
            own
            for sealing, key in sorted(named)
            if self._seats.reader_of(sealing) is None and (own := await self._own(sealing, key)) is not None
        ]
        await self._note(unknown, [key for _, key in named])
        return len(unknown)

    async def _own(self, sealing: str, key: str) -> Found | None:
        for seat in sorted(self._seats.views):
            if seat not in self._ahead:
                self._ahead[seat] = await self._counters(seat)
            counter = self._ahead[seat].get(sealing)
            if counter is not None:
                await self._look_further(seat, counter)
                return Found(seat, counter, key, sealing)
        return None

    async def _counters(self, seat: str) -> dict[str, int]:
        """The sealing keys of a seat from its first counter on, as far as a search must go."""
        row = await self._database.read(
            lambda db: db.execute("SELECT next_tag FROM seat WHERE id = ?", (seat,)).fetchone()
        )
        return self._keys(seat, range(int(row[0]) + GAP + 1))

    async def _look_further(self, seat: str, counter: int) -> None:
        known = self._ahead[seat]
        reach = max(known.values())
        if counter + GAP > reach:
            known |= self._keys(seat, range(reach + 1, counter + GAP + 1))

    def _keys(self, seat: str, counters: Iterable[int]) -> dict[str, int]:
        view = self._seats.views[seat]
        return {view.sealing_key(counter).public: counter for counter in counters}

    async def _note(self, found: list[Found], named: list[str]) -> None:
        def write(db: Connection) -> None:
            for one in found:
                db.execute(
                    "INSERT INTO tag VALUES (?, ?, ?, ?, NULL, NULL, 0, 1) ON CONFLICT DO NOTHING",
                    (one.key, one.seat, one.counter, one.sealing),
                )
                db.execute(
                    "UPDATE seat SET next_tag = ? WHERE id = ? AND next_tag < ?",
                    (one.counter + 1 + MARGIN, one.seat, one.counter + 1 + MARGIN),
                )
            for key in named:
                db.execute("UPDATE tag SET given = 1 WHERE key = ? AND given = 0", (key,))

        await self._database.write(write)
        if found:
            await self._seats.load_tags()
