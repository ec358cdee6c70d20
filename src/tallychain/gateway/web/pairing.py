"""One or two persons for a client's seat: who can sign, wishes to change it, and the sponsor's help where a person is gone."""

from typing import Annotated, Final

from msgspec import Meta, Struct

from tallychain.gateway.acts import UnlockBody
from tallychain.gateway.problems import Problem
from tallychain.gateway.twopersons import SeatChange
from tallychain.gateway.web.endpoints import Answer, Asked, Endpoint, empty, json
from tallychain.gateway.web.own import UNLOCKS, Shown

_CHANGES: Final = (
    "GATEWAY_NOT_FOUND",
    "GATEWAY_SEAT_SUSPENDED",
    "GATEWAY_OWN_KEYS",
    "GATEWAY_SEAT_IS_SO",
    "GATEWAY_SEAT_NOT_READY",
)


class PersonView(Struct, frozen=True):
    """One account that can act for the seat."""

    account: str
    name: str
    roles: tuple[str, ...]
    has_own_key: bool
    """Whether its identity key lies outside the wallet."""
    has_certificate: bool


class SeatPersons(Struct, frozen=True):
    """Who signs for the own seat."""

    seat: str
    two_persons: bool
    is_ready: bool
    """Whether two persons could sign."""
    persons: tuple[PersonView, ...]
    changes: tuple[SeatChange, ...]


class AskPersons(Struct, frozen=True, forbid_unknown_fields=True):
    """Whether two persons shall sign for the own seat; the asking one shows passphrase and factor."""

    two_persons: bool
    unlock: UnlockBody


class AskOnePerson(Struct, frozen=True, forbid_unknown_fields=True):
    """Why one person shall sign from now on, such as the client's letter; the asking admin shows passphrase and factor."""

    reason: Annotated[str, Meta(min_length=1, max_length=200)]
    unlock: UnlockBody


async def show(asked: Asked) -> Answer:
    """Who can sign for the caller's seat, how many must, and what waits or was decided."""
    gateway, seat = asked.gateway, asked.caller.seat
    found = await gateway.seats.get(seat)
    if found is None:
        raise Problem("GATEWAY_NOT_FOUND")
    people = await gateway.changes.two_persons.persons(seat)
    persons = tuple(
        PersonView(
            one.account.id,
            one.account.name,
            one.account.roles,
            one.has_own_key,
            bool(one.account.certificate),
        )
        for one in people
    )
    is_ready = await gateway.changes.two_persons.is_ready(seat)
    changes = tuple(await gateway.changes.two_persons.newest(seat))
    return json(SeatPersons(seat, found.two_persons, is_ready, persons, changes))


async def ask(asked: Asked) -> Answer:
    """Ask that two persons, or one, sign for the caller's seat."""
    body, caller = asked.read(AskPersons), asked.caller
    await asked.gateway.unlocking.show(
        caller, body.unlock.unlock(), act="seat-persons-ask", subject=caller.seat
    )
    made = await asked.gateway.changes.two_persons.ask(caller.seat, caller, two_persons=body.two_persons)
    return json(made, 201)


async def ask_one(asked: Asked) -> Answer:
    """Ask, for a client one of whose persons is gone, that one person signs."""
    body, caller, seat = asked.read(AskOnePerson), asked.caller, asked.path["id"]
    if await asked.gateway.seats.get(seat) is None:
        raise Problem("GATEWAY_NOT_FOUND")
    await asked.gateway.unlocking.show(caller, body.unlock.unlock(), act="seat-one-person-ask", subject=seat)
    made = await asked.gateway.changes.two_persons.ask(
        seat, caller, two_persons=False, reason=body.reason, by_sponsor=True
    )
    return json(made, 201)


async def listing(asked: Asked) -> Answer:
    """The newest changes of all seats."""
    return json(await asked.gateway.changes.two_persons.newest())


async def approve(asked: Asked) -> Answer:
    """Make a change, as the second one."""
    body, caller = asked.read(Shown), asked.caller
    change = await asked.gateway.changes.two_persons.get(asked.path["id"], caller)
    await asked.gateway.changes.two_persons.need_second(change, caller)
    await asked.gateway.unlocking.show(
        caller, body.unlock.unlock(), act="seat-persons-approve", subject=change.seat
    )
    await asked.gateway.changes.two_persons.approve(change, caller)
    return empty()


async def refuse(asked: Asked) -> Answer:
    """Close a change without making it."""
    change = await asked.gateway.changes.two_persons.get(asked.path["id"], asked.caller)
    await asked.gateway.changes.two_persons.refuse(change, asked.caller)
    await asked.gateway.unlocking.audit(asked.caller.id, "seat-persons-refuse", change.seat)
    return empty()


ENDPOINTS: Final = (
    Endpoint(
        name="seat-persons-show",
        method="GET",
        path="/v1/seat-persons",
        summary="Who signs for the own seat, how many must, and what waits",
        handler=show,
        response=SeatPersons,
        tag="enrolment",
        problems=("GATEWAY_NOT_FOUND",),
    ),
    Endpoint(
        name="seat-persons-ask",
        method="POST",
        path="/v1/seat-persons",
        summary="Ask that two persons, or one, sign for the own seat; another person of it approves",
        handler=ask,
        request=AskPersons,
        response=SeatChange,
        status=201,
        tag="enrolment",
        problems=("GATEWAY_EXISTS", *_CHANGES, *UNLOCKS),
    ),
    Endpoint(
        name="seat-one-person",
        method="POST",
        path="/v1/seats/{id}/one-person",
        summary="Ask, for a client one of whose persons is gone, that one signs; another admin approves",
        handler=ask_one,
        request=AskOnePerson,
        response=SeatChange,
        status=201,
        tag="enrolment",
        problems=("GATEWAY_EXISTS", *_CHANGES, *UNLOCKS),
    ),
    Endpoint(
        name="seat-change-list",
        method="GET",
        path="/v1/seat-changes",
        summary="The newest wishes that one or two persons sign for a client",
        handler=listing,
        response=list[SeatChange],
        tag="enrolment",
    ),
    Endpoint(
        name="seat-persons-approve",
        method="POST",
        path="/v1/seat-changes/{id}/approve",
        summary="Make a change, as the second one who decides",
        handler=approve,
        request=Shown,
        status=204,
        tag="enrolment",
        problems=("GATEWAY_SAME_PERSON", "GATEWAY_DRAFT_CLOSED", *_CHANGES, *UNLOCKS),
    ),
    Endpoint(
        name="seat-persons-refuse",
        method="POST",
        path="/v1/seat-changes/{id}/refuse",
        summary="Close a change without making it",
        handler=refuse,
        status=204,
        tag="enrolment",
        problems=("GATEWAY_NOT_FOUND", "GATEWAY_DRAFT_CLOSED"),
    ),
)
