"""The description of a trial alliance: its members and their clients, as a JSON file."""

from pathlib import Path
from typing import Annotated, Final, TypeVar

import msgspec
from msgspec import Meta, Struct

from tallychain.instruments.errors import InstrumentError
from tallychain.instruments.numbers import check_uscc
from tallychain.ledger.identity import KINDS, SUPERVISOR
from tallychain.ledger.parameters import CalendarYear
from tallychain.ledger.types import MemberName

T = TypeVar("T")

MEMBERS_MAX: Final = 64
CLIENTS_MAX: Final = 1_000

_Name = Annotated[str, Meta(min_length=1, max_length=200)]
_SeatName = Annotated[str, Meta(pattern="^[a-z][a-z0-9-]{0,31}$")]


class AllianceRefused(Exception):
    """The description cannot be used; the text is one sentence that says what to change."""

    code = "ALLIANCE_REFUSED"


class DescribedMember(Struct, frozen=True, forbid_unknown_fields=True):
    """An institution or large enterprise of the alliance."""

    id: MemberName
    name_zh: _Name
    name_en: _Name
    uscc: str
    kinds: Annotated[tuple[str, ...], Meta(min_length=1, max_length=10)]
    follows: Annotated[tuple[MemberName, ...], Meta(max_length=10)] = ()
    """On a chain of several validators: the members whose nodes it speaks to; nobody for a member with a validator of its own."""


class DescribedClient(Struct, frozen=True, forbid_unknown_fields=True):
    """A client that a member sponsors; its seat is hosted."""

    id: _SeatName
    name_zh: _Name
    name_en: _Name
    uscc: str
    sponsor: MemberName
    tier: Annotated[int, Meta(ge=1, le=9)]
    size_class: str
    two_persons: bool = False
    """Whether every act of the client needs two persons."""


class Alliance(Struct, frozen=True, forbid_unknown_fields=True):
    """The members and clients of a trial alliance."""

    code: Annotated[str, Meta(pattern="^[A-Z0-9]{4}$")]
    members: Annotated[tuple[DescribedMember, ...], Meta(min_length=1, max_length=MEMBERS_MAX)]
    clients: Annotated[tuple[DescribedClient, ...], Meta(max_length=CLIENTS_MAX)] = ()

    def clients_of(self, member: str) -> tuple[DescribedClient, ...]:
        """The clients that a member sponsors."""
        return tuple(client for client in self.clients if client.sponsor == member)

    @property
    def validators(self) -> tuple[DescribedMember, ...]:
        """The members with a validator of their own, on a chain of several."""
        return tuple(member for member in self.members if not member.follows)

    @property
    def supervisors(self) -> tuple[str, ...]:
        """The members to whom identities are sealed by law."""
        return tuple(sorted(member.id for member in self.members if SUPERVISOR in member.kinds))


def read_alliance(path: Path) -> Alliance:
    """The description in a file; raises `AllianceRefused`."""
    alliance = _read(path, Alliance)
    codes = [(member.id, member.uscc) for member in alliance.members]
    codes += [(client.id, client.uscc) for client in alliance.clients]
    _check_unique("The id", [name for name, _ in codes])
    _check_unique("The code", [uscc for _, uscc in codes])
    known = {member.id for member in alliance.members}
    for name, uscc in codes:
        try:
            check_uscc(uscc)
        except InstrumentError as error:
            raise AllianceRefused(f"{name} has no valid code: {error}") from None
    for member in alliance.members:
        for kind in member.kinds:
            if kind not in KINDS:
                raise AllianceRefused(f"{member.id} has the unknown kind {kind[:40]!r}.")
    for client in alliance.clients:
        if client.sponsor not in known:
            raise AllianceRefused(f"The sponsor {client.sponsor} of {client.id} is no member.")
    return alliance


def check_followed(alliance: Alliance) -> None:
    """Refuse a description by which a member of a chain of several validators follows nobody's node; raises `AllianceRefused`."""
    with_node = {member.id for member in alliance.validators}
    for member in alliance.members:
        for followed in member.follows:
            if followed not in with_node:
                raise AllianceRefused(f"{member.id} follows {followed}, which has no node of its own.")
    if not with_node:
        raise AllianceRefused("No member has a node of its own: every one follows another.")


def read_calendar(path: Path) -> CalendarYear:
    """A year's free and worked days, as published; raises `AllianceRefused`."""
    return _read(path, CalendarYear)


def _read(path: Path, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except OSError as error:
        raise AllianceRefused(f"{path} cannot be read: {error.strerror}.") from None
    except msgspec.DecodeError as error:
        raise AllianceRefused(f"{path} is not valid: {error}.") from None


def _check_unique(what: str, values: list[str]) -> None:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            raise AllianceRefused(f"{what} {value} stands twice in the description.")
        seen.add(value)
