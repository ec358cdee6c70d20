"""Who asked whom for papers, and what came of it: kept on both sides, refused requests with their reasons."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

from tallychain.gateway.database import Database
from tallychain.gateway.letters import LIFE_MS

ASKED: Final = "asked"
NO_CONSENT: Final = "its presenter has not agreed to share its papers with funders of later holders"
DECLINED: Final = "its presenter does not share its papers with the asking member"
Place = tuple[int, str] | None
"""Time and id of the last row of the page before; None for the first page."""


class PapersAsked(Struct, frozen=True):
    """One request of this member, and what came of it."""

    id: str
    payable: str
    financing: str
    sponsor: str
    account: str
    asked_ms: int
    state: str
    """`asked`, `found` or `refused`."""
    why: str
    until_ms: int = 0
    """Until when the question is brought to the other gateway again; 0 once it was answered."""


class PapersGiven(Struct, frozen=True):
    """One request of another member, and what it was answered."""

    id: str
    payable: str
    financing: str
    member: str
    given_ms: int
    why: str
    """Why it was refused; empty where the papers were given."""
    is_open: bool = False
    """Whether the presenter may still give them: it has not given them, and money is still asked for."""


class PapersLog:
    """Reads what one gateway has written down of requests for papers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def asked(self, payable: str, before: Place, limit: int) -> list[PapersAsked]:
        """The requests of this member, for the papers of one payable or (empty) of any, newest first, from behind a place on."""
        which, named = ("payable = ? AND", (payable,)) if payable else ("", ())
        rows = await self._database.read(
            lambda db: db.execute(
                f"SELECT id, payable, financing, sponsor, account, asked_ms, state, why FROM papers_asked WHERE {which} "  # noqa: S608 - constants
                "(asked_ms < ? OR (asked_ms = ? AND id > ?)) ORDER BY asked_ms DESC, id LIMIT ?",
                (*named, *_behind(before), limit),
            ).fetchall()
        )
        life = LIFE_MS["papers.request"]
        return [_asked(row, life) for row in rows]

    async def given(self, seat: str, payable: str, before: Place, limit: int) -> list[PapersGiven]:
        """Who has asked for papers that this seat presented, of one payable or (empty) of any, newest first, from behind a place on."""
        which, named = ("payable = ? AND", (payable,)) if payable else ("", ())
        rows = await self._database.read(
            lambda db: db.execute(
                f"SELECT id, payable, financing, member, given_ms, why FROM papers_given WHERE {which} seat = ? "  # noqa: S608 - constants
                "AND (given_ms < ? OR (given_ms = ? AND id > ?)) ORDER BY given_ms DESC, id LIMIT ?",
                (*named, seat, *_behind(before), limit),
            ).fetchall()
        )
        return [PapersGiven(*row) for row in rows]

    async def one_given(self, seat: str, request: str) -> PapersGiven | None:
        """One request for papers that this seat presented, or None."""
        row = await self._database.read(
            lambda db: db.execute(
                "SELECT id, payable, financing, member, given_ms, why FROM papers_given WHERE id = ? AND seat = ?",
                (request, seat),
            ).fetchone()
        )
        return None if row is None else PapersGiven(*row)

    async def note(self, request: str, why: str) -> None:
        """Write down what a presenter has answered: why not, or (empty) that the papers were given."""
        await self._database.write(
            lambda db: db.execute("UPDATE papers_given SET why = ? WHERE id = ?", (why, request))
        )


def _asked(row: Sequence[Any], life_ms: int) -> PapersAsked:
    made = PapersAsked(*row)
    if made.state != ASKED:
        return made
    return msgspec.structs.replace(made, until_ms=made.asked_ms + life_ms)


def _behind(place: Place) -> tuple[int, int, str]:
    """What a query compares with, so that it goes on behind a place."""
    at_ms, name = place or (2**63 - 1, "")
    return at_ms, at_ms, name
