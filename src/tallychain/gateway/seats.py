"""Seats: whose business this gateway does, and the tags and wallets it does it with.

A seat is the member's own or a client's that the member sponsors.  In a hosted seat the gateway opens the view root at start, so that it
can read what is sealed to the seat; the sign root opens only for one act, under its owner's own passphrase.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tallychain.crypto.keys import SealingKey
from tallychain.crypto.wallet import ViewRoot
from tallychain.gateway.database import AlreadyThere, Connection, Database
from tallychain.gateway.problems import Problem

_COLUMNS: Final = "id, name, uscc, two_persons, findable, active, hosted"


@dataclass(frozen=True, slots=True)
class Seat:
    """A client of the member, or the member itself."""

    id: str
    name: str
    uscc: str
    two_persons: bool
    """Whether every act needs the identity signatures of two persons."""
    findable: bool
    """Whether other members' clients may ask for its tag card by its code."""
    active: bool
    hosted: bool
    """Whether its wallet lies here; else it brings operations that it has signed itself."""


@dataclass(frozen=True, slots=True)
class TagRow:
    """One tag of a seat."""

    key: str
    seat: str
    counter: int
    sealing: str
    given: bool
    """Whether its card was given to somebody, or it was used to act."""


class Seats:
    """The seats of one gateway, their tags, and the view roots that stand open."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self._folder = folder
        self.views: dict[str, ViewRoot] = {}
        self._by_sealing: dict[str, tuple[str, int]] = {}

    def folder(self, seat: str) -> Path:
        """Where the wallet of a seat lies; the name was checked when the seat was made."""
        return self._folder / seat

    async def add(self, seat: Seat) -> None:
        """Keep a new seat; raises `GATEWAY_EXISTS`."""
        values = (
            seat.id,
            seat.name,
            seat.uscc,
            int(seat.two_persons),
            int(seat.findable),
            int(seat.active),
            int(seat.hosted),
        )

        def insert(db: Connection) -> None:
            try:
                db.execute(f"INSERT INTO seat ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)", values)  # noqa: S608 - a constant
            except AlreadyThere:
                raise Problem("GATEWAY_EXISTS", name=seat.id) from None

        await self._database.write(insert)

    async def get(self, seat: str) -> Seat | None:
        """One seat, or None."""
        found = await self._select("WHERE id = ?", seat)
        return found[0] if found else None

    async def need(self, seat: str) -> Seat:
        """One seat in good standing; raises `GATEWAY_NOT_FOUND` or `GATEWAY_SEAT_SUSPENDED`."""
        found = await self.get(seat)
        if found is None:
            raise Problem("GATEWAY_NOT_FOUND")
        if not found.active:
            raise Problem("GATEWAY_SEAT_SUSPENDED", seat=seat)
        return found

    async def by_uscc(self, uscc: str) -> Seat | None:
        """The active seat with this unified social credit code, or None."""
        found = await self._select("WHERE uscc = ? AND active = 1 ORDER BY id", uscc)
        return found[0] if found else None

    async def all(self) -> list[Seat]:
        """Every seat."""
        return await self._select("ORDER BY id")

    async def page(self, after: str, limit: int) -> list[Seat]:
        """Some seats in order of id, behind one."""
        return await self._select(f"WHERE id > ? ORDER BY id LIMIT {int(limit)}", after)

    async def change(self, seat: str, *, findable: bool | None = None, active: bool | None = None) -> None:
        """Change whether a seat may be found, or suspend and resume it."""

        def update(db: Connection) -> None:
            if findable is not None:
                db.execute("UPDATE seat SET findable = ? WHERE id = ?", (int(findable), seat))
            if active is not None:
                db.execute("UPDATE seat SET active = ? WHERE id = ?", (int(active), seat))

        await self._database.write(update)

    async def unlock_views(self, passphrase: str) -> None:
        """Open the view root of every hosted seat; raises as `ViewRoot.load`."""
        for seat in await self.all():
            if seat.hosted:
                self.views[seat.id] = ViewRoot.load(self.folder(seat.id) / "view.key", passphrase)

    async def tag(self, key: str) -> TagRow | None:
        """A tag of any of the seats, by its signing key."""
        return await self._tag("key", key)

    async def tag_by_sealing(self, sealing: str) -> TagRow | None:
        """A tag of any of the seats, by its sealing key."""
        return await self._tag("sealing", sealing)

    async def tags_of(self, seat: str) -> list[str]:
        """The tags of a seat that somebody else may know: whose card was given, or that have acted."""
        rows = await self._database.read(
            lambda db: db.execute(
                "SELECT key FROM tag WHERE seat = ? AND given = 1 ORDER BY key", (seat,)
            ).fetchall()
        )
        return [row[0] for row in rows]

    async def next_tag(self, seat: str) -> int:
        """The counter of the next tag that a seat will make."""
        row = await self._database.read(
            lambda db: db.execute("SELECT next_tag FROM seat WHERE id = ?", (seat,)).fetchone()
        )
        return 0 if row is None else int(row[0])

    async def take_over(self, seat: str, tags: Sequence[TagRow], next_tag: int) -> None:
        """The tags of a wallet that was brought here, in place of those that nobody was given yet."""

        def replace(db: Connection) -> None:
            db.execute("DELETE FROM tag WHERE seat = ? AND given = 0", (seat,))
            for tag in tags:
                values = (tag.key, seat, tag.counter, tag.sealing, None, None, 0, 1)
                db.execute("INSERT INTO tag VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)
            db.execute("UPDATE seat SET next_tag = ? WHERE id = ?", (next_tag, seat))

        await self._database.write(replace)
        await self.load_tags()

    def sealing_key(self, tag: TagRow) -> SealingKey | None:
        """What opens parts sealed to a tag, where the view root stands open."""
        view = self.views.get(tag.seat)
        return None if view is None else view.sealing_key(tag.counter)

    async def load_tags(self) -> None:
        """Take every tag into memory, so that parts can be opened as fast as blocks come."""
        rows = await self._database.read(
            lambda db: db.execute("SELECT sealing, seat, counter FROM tag").fetchall()
        )
        self._by_sealing = {row[0]: (row[1], row[2]) for row in rows}

    def note(self, tag: TagRow) -> None:
        """Take a new tag into memory."""
        self._by_sealing[tag.sealing] = (tag.seat, tag.counter)

    def reader_of(self, sealing: str) -> tuple[str, SealingKey] | None:
        """The seat and key behind a tag's sealing key, where the seat's view root stands open."""
        found = self._by_sealing.get(sealing)
        view = None if found is None else self.views.get(found[0])
        return None if found is None or view is None else (found[0], view.sealing_key(found[1]))

    async def _tag(self, column: str, value: str) -> TagRow | None:
        row = await self._database.read(
            lambda db: db.execute(
                f"SELECT key, seat, counter, sealing, given FROM tag WHERE {column} = ?",  # noqa: S608 - constants
                (value,),
            ).fetchone()
        )
        return None if row is None else TagRow(row[0], row[1], row[2], row[3], bool(row[4]))

    async def _select(self, where: str, *values: str) -> list[Seat]:
        rows = await self._database.read(
            lambda db: db.execute(f"SELECT {_COLUMNS} FROM seat {where}", values).fetchall()  # noqa: S608 - constants
        )
        return [
            Seat(row[0], row[1], row[2], bool(row[3]), bool(row[4]), bool(row[5]), bool(row[6]))
            for row in rows
        ]
