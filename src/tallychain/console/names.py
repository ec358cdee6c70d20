"""Who stands behind a tag, as far as this visitor may know: its own seat, identities that its keys opened, else tag and sponsor."""

from collections.abc import Mapping
from dataclasses import dataclass

from tallychain.console.desk import Row
from tallychain.console.visits import Visit

_IDENTITIES = 5000


@dataclass(frozen=True, slots=True)
class Party:
    """A holder, named for one visitor."""

    tag: str
    sponsor: str
    sponsor_name: str
    name: str
    """Empty where the visitor may not know."""
    uscc: str
    is_own: bool
    is_verified: bool


class Names:
    """The names that one visitor may know."""

    def __init__(
        self, members: Mapping[str, Row], identities: Mapping[str, Row], own: frozenset[str], seat: Party
    ) -> None:
        self.members = members
        self.own = own
        """Tags of the visitor's own seat."""
        self._identities = identities
        self._seat = seat

    def member(self, member: str) -> str:
        """Legal name of a member; its id where it is not known."""
        row = self.members.get(member)
        return member if row is None else str(row["name"])

    def holder(self, tag: str, sponsor: str) -> Party:
        """Whoever stands behind a tag."""
        sponsor_name = self.member(sponsor)
        if tag in self.own:
            return Party(tag, sponsor, sponsor_name, self._seat.name, self._seat.uscc, True, True)
        found = self._identities.get(tag)
        if found is None:
            return Party(tag, sponsor, sponsor_name, "", "", False, False)
        name, uscc = str(found["name"]), str(found["uscc"])
        return Party(tag, sponsor, sponsor_name, name, uscc, False, bool(found["verified"]))

    def of_kind(self, kind: str) -> list[Row]:
        """The active members admitted as a kind, for choices in forms."""
        rows = [row for row in self.members.values() if row["status"] == "ACTIVE"]
        return [row for row in rows if kind in str(row["kinds"]).split()]

    def sponsors(self) -> list[Row]:
        """The members that may sponsor a receiver."""
        kinds = ("BANK", "FACTOR", "CORE_ENTERPRISE", "GUARANTOR", "SETTLEMENT_BANK")
        rows = {str(row["member"]): row for kind in kinds for row in self.of_kind(kind)}
        return [rows[name] for name in sorted(rows)]


async def names_for(visit: Visit) -> Names:
    """Everything that the visitor may know of who is who."""
    members = {str(row["member"]): row for row in await visit.desk.rows("members")}
    identities = await visit.desk.rows("identities", at_most=_IDENTITIES)
    caller = visit.caller
    own = frozenset(await visit.gateway.seats.tags_of(caller.seat))
    seat = await visit.gateway.seats.get(caller.seat)
    record = members.get(visit.gateway.member)
    name = seat.name if seat is not None else ("" if record is None else str(record["name"]))
    me = Party(
        "", visit.gateway.member, "", name or caller.name, "" if seat is None else seat.uscc, True, True
    )
    return Names(members, {str(row["tag"]): row for row in identities}, own, me)
