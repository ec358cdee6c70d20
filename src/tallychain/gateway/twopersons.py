"""Whether one or two persons sign for a client: changed by both of its persons, and where one is gone, from two persons to one by two admins of its sponsor.

Two persons protect only where neither can sign for the other, so the gateway asks for an identity key outside the wallet and a certificate for each.
Nothing here touches a key: what the remaining person signs with stays what it was.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import msgspec
from msgspec import Struct

from tallychain.gateway.accounts import HOUSE, Account, Accounts, wall_ms
from tallychain.gateway.database import Connection, Database
from tallychain.gateway.problems import Problem
from tallychain.gateway.seats import Seat, Seats

OPEN: Final = "open"
APPROVED: Final = "approved"
REFUSED: Final = "refused"
EXPIRED: Final = "expired"
_LIFE_MS: Final = 7 * 86_400_000
_SHOWN: Final = 50
_COLUMNS: Final = (
    "id, seat, two_persons, by_sponsor, reason, asked_by, asked_ms, expires_ms, state, decided_by"
)


class SeatChange(Struct, frozen=True):
    """One wish that two persons, or one, sign for a seat, and what became of it."""

    id: str
    seat: str
    two_persons: bool
    by_sponsor: bool
    """Asked for by an admin of the sponsor, because a person of the seat is gone."""
    reason: str
    asked_by: str
    asked_ms: int
    expires_ms: int
    state: str
    """`open`, `approved`, `refused` or `expired`."""
    decided_by: str


@dataclass(frozen=True, slots=True)
class SeatPerson:
    """One account that can act for a seat."""

    account: Account
    has_own_key: bool
    """Whether its identity key lies outside the wallet, so that nobody else of the seat can sign with it."""

    @property
    def is_ready(self) -> bool:
        """Whether it can be one of two who sign."""
        return self.has_own_key and bool(self.account.certificate)


class TwoPersons:
    """Takes, lists and decides such changes for one gateway."""

    def __init__(
        self,
        database: Database,
        accounts: Accounts,
        seats: Seats,
        now_ms: Callable[[], int] = wall_ms,
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._seats = seats
        self._now_ms = now_ms

    async def persons(self, seat: str) -> list[SeatPerson]:
        """The active accounts of a seat."""
        folder = self._seats.folder(seat)
        return [
            SeatPerson(account, (folder / f"identity-{account.id}.key").exists())
            for account in await self._accounts.of_seat(seat)
            if account.active
        ]

    async def is_ready(self, seat: str) -> bool:
        """Whether a maker and a checker who are different persons can sign, and nobody else of the seat could sign for one of them."""
        people = await self.persons(seat)
        makers = {one.account.person for one in people if "maker" in one.account.roles}
        checkers = {one.account.person for one in people if "checker" in one.account.roles}
        return all(one.is_ready for one in people) and any(
            maker != checker for maker in makers for checker in checkers
        )

    async def ask(
        self, seat: str, by: Account, *, two_persons: bool, reason: str = "", by_sponsor: bool = False
    ) -> SeatChange:
        """
        Ask for a change, which waits a week for the second one who decides.

        Raises `GATEWAY_NOT_FOUND`, `GATEWAY_SEAT_SUSPENDED`, `GATEWAY_OWN_KEYS`, `GATEWAY_SEAT_IS_SO`, `GATEWAY_SEAT_NOT_READY`, and
        `GATEWAY_EXISTS` where one waits already.
        """
        await self._check(seat, two_persons=two_persons)
        if any(change.state == OPEN for change in await self.newest(seat)):
            raise Problem("GATEWAY_EXISTS", name=seat)
        now = self._now_ms()
        change = SeatChange(
            secrets.token_hex(8),
            seat,
            two_persons,
            by_sponsor,
            reason,
            by.id,
            now,
            now + _LIFE_MS,
            OPEN,
            "",
        )
        row = [int(item) if isinstance(item, bool) else item for item in msgspec.structs.astuple(change)]
        await self._database.write(
            lambda db: db.execute(
                f"INSERT INTO seat_change ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - a constant
                row,
            )
        )
        return change

    async def get(self, change: str, by: Account) -> SeatChange:
        """One change that the caller may decide or refuse; raises `GATEWAY_NOT_FOUND`, for another seat's as well."""
        found = await self._select("WHERE id = ?", change)
        if not found or by.seat not in (found[0].seat, HOUSE):
            raise Problem("GATEWAY_NOT_FOUND")
        return found[0]

    async def newest(self, seat: str = "") -> list[SeatChange]:
        """The newest changes of a seat, or (empty) of all."""
        where, values = ("WHERE seat = ?", (seat,)) if seat else ("", ())
        return await self._select(f"{where} ORDER BY asked_ms DESC, id LIMIT {_SHOWN}", *values)

    async def need_second(self, change: SeatChange, by: Account) -> None:
        """Let the second one pass: another person of the seat, or another admin where the sponsor asked.  Raises `GATEWAY_DRAFT_CLOSED`, `GATEWAY_SAME_PERSON`, `GATEWAY_FORBIDDEN`."""
        if change.state != OPEN:
            raise Problem("GATEWAY_DRAFT_CLOSED", state=change.state)
        if change.by_sponsor != (by.seat == HOUSE):
            raise Problem("GATEWAY_FORBIDDEN")
        asker = await self._accounts.get(change.asked_by)
        if asker is None or by.id == asker.id or by.person == asker.person:
            raise Problem("GATEWAY_SAME_PERSON")

    async def approve(self, change: SeatChange, by: Account) -> None:
        """Make the change; raises as `ask` and `need_second`, because the seat may have changed meanwhile."""
        await self.need_second(change, by)
        await self._check(change.seat, two_persons=change.two_persons)

        def write(db: Connection) -> None:
            self._close(db, change, APPROVED, by)
            db.execute("UPDATE seat SET two_persons = ? WHERE id = ?", (int(change.two_persons), change.seat))

        await self._database.write(write)

    async def refuse(self, change: SeatChange, by: Account) -> None:
        """Close it: any person of the seat, also what the sponsor asks for, and any admin what the sponsor asked for.  Raises `GATEWAY_DRAFT_CLOSED`, `GATEWAY_FORBIDDEN`."""
        if by.seat == HOUSE and not change.by_sponsor:
            raise Problem("GATEWAY_FORBIDDEN")
        if change.state != OPEN:
            raise Problem("GATEWAY_DRAFT_CLOSED", state=change.state)
        await self._database.write(lambda db: self._close(db, change, REFUSED, by))

    def _close(self, db: Connection, change: SeatChange, state: str, by: Account) -> None:
        changed = db.execute(
            "UPDATE seat_change SET state = ?, decided_by = ? WHERE id = ? AND state = 'open' AND expires_ms > ?",
            (state, by.id, change.id, self._now_ms()),
        ).rowcount
        if not changed:
            raise Problem("GATEWAY_DRAFT_CLOSED", state="decided")

    async def _check(self, seat: str, *, two_persons: bool) -> Seat:
        found = await self._seats.need(seat)
        if seat == HOUSE:
            raise Problem("GATEWAY_NOT_FOUND")
        if not found.hosted:
            raise Problem("GATEWAY_OWN_KEYS")
        if found.two_persons == two_persons:
            raise Problem("GATEWAY_SEAT_IS_SO", seat=seat)
        if two_persons and not await self.is_ready(seat):
            raise Problem("GATEWAY_SEAT_NOT_READY", seat=seat)
        return found

    async def _select(self, where: str, *values: str) -> list[SeatChange]:
        rows = await self._database.read(
            lambda db: db.execute(f"SELECT {_COLUMNS} FROM seat_change {where}", values).fetchall()  # noqa: S608 - constants
        )
        return [self._change(row) for row in rows]

    def _change(self, row: tuple[str, str, int, int, str, str, int, int, str, str]) -> SeatChange:
        change = SeatChange(row[0], row[1], bool(row[2]), bool(row[3]), *row[4:])
        if change.state == OPEN and change.expires_ms <= self._now_ms():
            return msgspec.structs.replace(change, state=EXPIRED)
        return change
