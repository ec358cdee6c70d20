"""Seats, accounts and certificates, for the member's admins."""

from typing import Annotated, Final

from msgspec import Meta, Struct

from tallychain.gateway.accountchanges import SIGNING
from tallychain.gateway.accounts import HOUSE, Account
from tallychain.gateway.acts import UnlockBody
from tallychain.gateway.certificates import Chain
from tallychain.gateway.enrolment import NewAccount
from tallychain.gateway.problems import Problem
from tallychain.gateway.seats import Seat
from tallychain.gateway.web import paging
from tallychain.gateway.web.endpoints import Answer, Asked, Endpoint, empty, json
from tallychain.gateway.web.session import AccountView, view

Name = Annotated[str, Meta(pattern="^[a-z][a-z0-9-]{1,31}$")]
Text = Annotated[str, Meta(min_length=1, max_length=200)]


class Owner(Struct, frozen=True, forbid_unknown_fields=True):
    """
    The first account of a seat; its passphrase opens the sign root and is kept nowhere.

    Left empty, the keys lie under a one-time code until the person has enrolled and chosen a passphrase that no admin knows.
    """

    id: Name
    name: Text
    passphrase: str = ""


class AddSeat(Struct, frozen=True, forbid_unknown_fields=True):
    """A client of this member, with a wallet hosted here."""

    id: Name
    name: Text
    uscc: Annotated[str, Meta(pattern="^[0-9A-Z]{18}$")]
    owner: Owner
    two_persons: bool = False
    findable: bool = True
    hosted: bool = True
    """Whether its wallet lies here; else the client keeps its own keys, and this gateway can sign nothing for it."""


class SeatView(Struct, frozen=True):
    """A seat, and how many tag cards can be given for it."""

    id: str
    name: str
    uscc: str
    two_persons: bool
    findable: bool
    active: bool
    cards: int
    hosted: bool = True


class Enrolled(Struct, frozen=True):
    """A new account and its public key: for the certificate (clients) or for registration on the ledger (staff)."""

    account: AccountView
    key: str
    enrolment_code: str = ""
    """One-time code with which the person enrols, shown this once; empty on demonstrations."""
    enrolment_until_ms: int = 0

    def __repr__(self) -> str:
        return f"<enrolled {self.account.id}>"


class ChangeSeat(Struct, frozen=True, forbid_unknown_fields=True):
    """What changes of a seat."""

    findable: bool | None = None
    active: bool | None = None


class OwnersWord(Struct, frozen=True, forbid_unknown_fields=True):
    """Which account of the seat opens the wallet for another, and its secret."""

    account: str
    unlock: UnlockBody


class AddAccount(Struct, frozen=True, forbid_unknown_fields=True):
    """
    One more account: of the staff where it only looks, or of a client's seat with the word of one who can open its wallet.

    An account of the staff that can sign is made by two admins (`/v1/account-changes`).
    """

    id: Name
    name: Text
    roles: tuple[str, ...]
    passphrase: str = ""
    """Empty: a one-time code, as with the owner of a seat."""
    seat: str = HOUSE
    by: OwnersWord | None = None


class AddCertificate(Struct, frozen=True, forbid_unknown_fields=True):
    """A certificate with its chain, DER in base64."""

    certificate: bytes
    intermediates: tuple[bytes, ...] = ()


class Digest(Struct, frozen=True):
    """How the ledger refers to a certificate."""

    digest: str


class Refill(Struct, frozen=True, forbid_unknown_fields=True):
    """What opens the keys for signing tag cards."""

    unlock: UnlockBody


class Stock(Struct, frozen=True):
    """How many cards can be given."""

    cards: int


async def list_seats(asked: Asked) -> Answer:
    """The clients of this member."""
    limit = paging.rows_asked(asked)
    found = await asked.gateway.seats.page(paging.after_name(asked), limit)
    place = found[-1].id if len(found) == limit else None
    return paging.page(asked, [await _seat(asked, seat) for seat in found], place)


async def add_seat(asked: Asked) -> Answer:
    """A client with a hosted wallet, or one that keeps its own keys."""
    body = asked.read(AddSeat)
    seat = Seat(
        body.id, body.name, body.uscc, body.two_persons, body.findable, active=True, hosted=body.hosted
    )
    word = body.owner.passphrase or asked.gateway.enrolment.first_passphrase()
    owner = NewAccount(body.owner.id, body.owner.name, ("maker",), word)
    if body.id == HOUSE:
        record = await asked.gateway.state.member(asked.gateway.member)
        if (body.uscc, body.name) != (record.uscc, record.name):
            raise Problem(
                "GATEWAY_FIELD_NOT_VALID", detail="the member's own seat has the name and code of record"
            )
    key = ""
    if body.hosted:
        key = await asked.gateway.enrolment.add_seat(seat, owner)
    else:
        await asked.gateway.enrolment.add_own_seat(seat, owner)
    return await _enrolled(asked, body.owner.id, key, "" if body.owner.passphrase else word)


async def change_seat(asked: Asked) -> Answer:
    """Suspend or resume a seat, or change whether it may be found."""
    body = asked.read(ChangeSeat)
    seat = await asked.gateway.seats.get(asked.path["id"])
    if seat is None:
        raise Problem("GATEWAY_NOT_FOUND")
    await asked.gateway.seats.change(seat.id, findable=body.findable, active=body.active)
    await asked.gateway.unlocking.audit(asked.caller.id, "seat-change", seat.id)
    return json(await _seat(asked, await asked.gateway.seats.get(seat.id) or seat))


async def list_accounts(asked: Asked) -> Answer:
    """Every account."""
    limit = paging.rows_asked(asked)
    found = await asked.gateway.accounts.page(paging.after_name(asked), limit)
    locked = await asked.gateway.attempts.locked()
    views = [view(account, is_locked=account.id in locked) for account in found]
    return paging.page(asked, views, found[-1].id if len(found) == limit else None)


async def add_account(asked: Asked) -> Answer:
    """One more account."""
    body = asked.read(AddAccount)
    word = body.passphrase or asked.gateway.enrolment.first_passphrase()
    code = "" if body.passphrase else word
    new = NewAccount(body.id, body.name, body.roles, word)
    if body.seat == HOUSE and body.by is None:
        if SIGNING & set(body.roles):
            raise Problem("GATEWAY_TWO_PERSONS_NEEDED")
        key = await asked.gateway.enrolment.add_staff(new)
        return await _enrolled(asked, body.id, key, code)
    seat = await asked.gateway.seats.need(body.seat)
    if not seat.hosted:
        await asked.gateway.enrolment.add_own_person(seat, new)
        return await _enrolled(asked, body.id, "", code)
    if body.by is None:
        raise Problem("GATEWAY_UNLOCK_REFUSED")
    owner = await asked.gateway.accounts.get(body.by.account)
    if owner is None or owner.seat != seat.id:
        raise Problem("GATEWAY_UNLOCK_REFUSED")
    signer = await asked.gateway.unlocking.signer(
        owner, body.by.unlock.unlock(), act="account-add", subject=body.id
    )
    key = await asked.gateway.enrolment.add_client(seat, new, signer.root)
    return await _enrolled(asked, body.id, key, code)


async def close_account(asked: Asked) -> Answer:
    """Close an account; its tokens end at once."""
    account = await _account(asked)
    await asked.gateway.accounts.close(account.id)
    await asked.gateway.unlocking.audit(asked.caller.id, "account-close", account.id)
    return empty()


async def add_certificate(asked: Asked) -> Answer:
    """The certificate of a client's identity key."""
    body = asked.read(AddCertificate)
    account = await _account(asked)
    digest = await asked.gateway.enrolment.add_certificate(
        account, Chain(body.certificate, body.intermediates)
    )
    await asked.gateway.unlocking.audit(asked.caller.id, "account-certificate", account.id)
    return json(Digest(digest))


async def refill_cards(asked: Asked) -> Answer:
    """Sign tag cards up to the stock, and answer who waits for one."""
    body = asked.read(Refill)
    gateway, account = asked.gateway, asked.caller
    seat = await gateway.seats.need(account.seat)
    await gateway.cards.check_certificate(account)
    if not seat.hosted:
        raise Problem("GATEWAY_OWN_KEYS")
    signer = await gateway.unlocking.signer(account, body.unlock.unlock(), act="cards", subject=seat.id)
    await gateway.cards.refill(account, signer)
    await gateway.correspondence.answer_waiting(seat.id)
    return json(Stock(await gateway.cards.free(seat.id)))


async def _account(asked: Asked) -> Account:
    account = await asked.gateway.accounts.get(asked.path["id"])
    if account is None:
        raise Problem("GATEWAY_NOT_FOUND")
    return account


async def _seat(asked: Asked, seat: Seat) -> SeatView:
    cards = await asked.gateway.cards.free(seat.id)
    return SeatView(
        seat.id, seat.name, seat.uscc, seat.two_persons, seat.findable, seat.active, cards, seat.hosted
    )


async def _enrolled(asked: Asked, name: str, key: str, word: str) -> Answer:
    account = await asked.gateway.accounts.get(name)
    if account is None:
        raise Problem("GATEWAY_NOT_FOUND")
    await asked.gateway.unlocking.audit(asked.caller.id, "account-add", account.id)
    if asked.gateway.facts.demo:
        return json(Enrolled(view(account), key), 201)
    code, until = await asked.gateway.factors.allow_enrolment(account.id, word)
    return json(Enrolled(view(account), key, code, until), 201, {"Cache-Control": "no-store"})


ENDPOINTS: Final = (
    Endpoint(
        name="seat-list",
        method="GET",
        path="/v1/seats",
        summary="The clients of this member",
        handler=list_seats,
        response=list[SeatView],
        parameters=paging.PAGING,
        tag="enrolment",
    ),
    Endpoint(
        name="seat-add",
        method="POST",
        path="/v1/seats",
        summary="A client with a wallet hosted here, or with keys of its own",
        handler=add_seat,
        request=AddSeat,
        response=Enrolled,
        status=201,
        tag="enrolment",
        problems=("GATEWAY_EXISTS", "GATEWAY_USCC_NOT_VALID"),
    ),
    Endpoint(
        name="seat-change",
        method="PATCH",
        path="/v1/seats/{id}",
        summary="Suspend or resume a seat, or change whether it may be found",
        handler=change_seat,
        request=ChangeSeat,
        response=SeatView,
        tag="enrolment",
        problems=("GATEWAY_NOT_FOUND",),
    ),
    Endpoint(
        name="account-list",
        method="GET",
        path="/v1/accounts",
        summary="Every account",
        handler=list_accounts,
        response=list[AccountView],
        parameters=paging.PAGING,
        tag="enrolment",
    ),
    Endpoint(
        name="account-add",
        method="POST",
        path="/v1/accounts",
        summary="One more account",
        handler=add_account,
        request=AddAccount,
        response=Enrolled,
        status=201,
        tag="enrolment",
        problems=(
            "GATEWAY_EXISTS",
            "GATEWAY_NOT_FOUND",
            "GATEWAY_USCC_NOT_VALID",
            "GATEWAY_UNLOCK_REFUSED",
            "GATEWAY_TWO_PERSONS_NEEDED",
        ),
    ),
    Endpoint(
        name="account-close",
        method="DELETE",
        path="/v1/accounts/{id}",
        summary="Close an account and end its tokens",
        handler=close_account,
        status=204,
        tag="enrolment",
        problems=("GATEWAY_NOT_FOUND",),
    ),
    Endpoint(
        name="account-certificate",
        method="PUT",
        path="/v1/accounts/{id}/certificate",
        summary="The certificate of a client's identity key",
        handler=add_certificate,
        request=AddCertificate,
        response=Digest,
        tag="enrolment",
        problems=(
            "GATEWAY_NOT_FOUND",
            "GATEWAY_IDENTITY_NOT_PROVEN",
        ),
    ),
    Endpoint(
        name="cards-refill",
        method="POST",
        path="/v1/cards",
        summary="Sign tag cards up to the stock",
        handler=refill_cards,
        request=Refill,
        response=Stock,
        tag="enrolment",
        problems=(
            "GATEWAY_UNLOCK_REFUSED",
            "GATEWAY_IDENTITY_NOT_PROVEN",
        ),
    ),
)
