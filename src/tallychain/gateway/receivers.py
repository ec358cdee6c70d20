"""Receivers in arguments: a giver names a sponsor and a code, and the card that answers takes their place."""

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from tallychain.contracts.documents import api as documents
from tallychain.contracts.documents.refusals import PayableNotFound
from tallychain.crypto.identity import TagCard, decode_card
from tallychain.gateway.cards import Cards
from tallychain.gateway.certificates import Authorities, Certificates, Chain
from tallychain.gateway.chainclock import ChainClock
from tallychain.gateway.correspondence import CheckedCard, Correspondence, check_card
from tallychain.gateway.database import Connection, Database
from tallychain.gateway.ledgerstate import LedgerState
from tallychain.gateway.letters import CardRequest, new_id
from tallychain.gateway.postbox import Postbox
from tallychain.gateway.problems import Problem
from tallychain.gateway.seats import Seats
from tallychain.gateway.sentences import would_be_refused
from tallychain.gateway.strictjson import convert
from tallychain.ledger.holder import Receiver

_KEYS = frozenset({"sponsor", "uscc"})
_OF_PAYABLE = frozenset({"payable"})


class Wanted(CardRequest, frozen=True, forbid_unknown_fields=True):
    """Stands in arguments where a receiver belongs."""

    sponsor: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the arguments a receiver is wanted."""

    holder: dict[str, Any] | list[Any]
    key: str | int
    path: str
    wanted: Wanted


@dataclass(frozen=True, slots=True)
class Filled:
    """A wanted receiver with the card that answers it."""

    wanted: Wanted
    card: TagCard
    chain: Chain


def places(plain: Any, path: str = "") -> Iterator[Place]:
    """Every `{"sponsor": …, "uscc": …}` in plain arguments."""
    items = plain.items() if isinstance(plain, dict) else enumerate(plain) if isinstance(plain, list) else ()
    for key, value in list(items):
        here = f"{path}/{key}"
        if isinstance(value, dict) and set(value) == _KEYS:
            yield Place(plain, key, here, convert(Wanted, value))
        else:
            yield from places(value, here)


class Receivers:
    """Finds the receiver behind a sponsor and a code, or behind a payable."""

    def __init__(
        self,
        member: str,
        wait_ms: int,
        state: LedgerState,
        seats: Seats,
        cards: Cards,
        certificates: Certificates,
        authorities: Authorities,
        correspondence: Correspondence,
        postbox: Postbox,
        database: Database,
        clock: ChainClock,
    ) -> None:
        self._member = member
        self._wait_ms = wait_ms
        self._state = state
        self._seats = seats
        self._cards = cards
        self._certificates = certificates
        self._authorities = authorities
        self._correspondence = correspondence
        self._postbox = postbox
        self._database = database
        self._clock = clock

    async def fill(self, plain: Any, *, seat: str, request: str) -> tuple[Filled, ...]:
        """
        Replace every wanted receiver in plain arguments by a tag; the cards that were found for them.

        Wanted are `{"sponsor": …, "uscc": …}`, and `{"payable": …}` for who presented it, whom the ledger names.

        `request` names the act, so that the same act asked again gets the same card.  Raises `GATEWAY_CARD_PENDING`,
        `GATEWAY_RECEIVER_UNKNOWN`, `GATEWAY_CARD_NOT_VALID`, `GATEWAY_WOULD_BE_REFUSED` for an unknown payable.
        """
        await self._fill_presenters(plain)
        found = []
        for place in places(plain):
            wanted = place.wanted
            name = f"{request}{place.path}/{wanted.sponsor}/{wanted.uscc}"
            item = await self._find(wanted, seat, name)
            filled = msgspec.to_builtins(CheckedCard(item.card).receiver)
            place.holder[place.key] = filled  # type: ignore[index]  # the key came from this very holder
            found.append(item)
        return tuple(found)

    async def _fill_presenters(self, plain: Any) -> None:
        items = (
            plain.items() if isinstance(plain, dict) else enumerate(plain) if isinstance(plain, list) else ()
        )
        for key, value in list(items):
            if isinstance(value, dict) and set(value) == _OF_PAYABLE:
                plain[key] = msgspec.to_builtins(await self._presenter(str(value["payable"])))
            else:
                await self._fill_presenters(value)

    async def _presenter(self, name: str) -> Receiver:
        payable = await self._state.evaluate(lambda state: documents.payable(state, name[:64]))
        if payable is None:
            raise would_be_refused(PayableNotFound(name[:64]))
        return payable.presenter

    async def _find(self, wanted: Wanted, seat: str, place: str) -> Filled:
        row = await self._asked(seat, place)
        if row is None:
            row = await self._ask(wanted, seat, place)
        request, state = row
        if state == "asked":
            # Here and not where the request is kept: a process that ended between the two sends the letter when it is asked again.
            await self._postbox.send(
                wanted.sponsor, "card.request", CardRequest(wanted.uscc), letter_id=request
            )
            state = await self._wait(request)
        if state == "asked":
            raise Problem("GATEWAY_CARD_PENDING", sponsor=wanted.sponsor, retry_after_s=5)
        if state == "refused":
            raise Problem("GATEWAY_RECEIVER_UNKNOWN", sponsor=wanted.sponsor)
        return await self._checked(request, wanted)

    async def _asked(self, seat: str, place: str) -> tuple[str, str] | None:
        found: tuple[str, str] | None = await self._database.read(
            lambda db: db.execute(
                "SELECT id, state FROM card_request WHERE seat = ? AND place = ?", (seat, place)
            ).fetchone()
        )
        return found

    async def _ask(self, wanted: Wanted, seat: str, place: str) -> tuple[str, str]:
        if wanted.sponsor == self._member:
            return await self._from_stock(wanted, seat, place)
        await self._state.member(wanted.sponsor)
        request = new_id()
        await self._keep(request, seat, place, wanted, "asked", None, None)
        return request, "asked"

    async def _from_stock(self, wanted: Wanted, seat: str, place: str) -> tuple[str, str]:
        """The receiver is a client of this very member."""
        other = await self._seats.by_uscc(wanted.uscc)
        if other is None or not (other.findable or other.id == seat):
            raise Problem("GATEWAY_RECEIVER_UNKNOWN", sponsor=wanted.sponsor)
        given = await self._cards.give(other.id)
        if given is None:
            raise Problem("GATEWAY_CARD_PENDING", sponsor=wanted.sponsor, retry_after_s=60)
        request = new_id()
        text = msgspec.json.encode(given.card)
        await self._keep(request, seat, place, wanted, "found", text, given.chain.digest)
        return request, "found"

    async def _keep(
        self,
        request: str,
        seat: str,
        place: str,
        wanted: Wanted,
        state: str,
        card: bytes | None,
        certificate: str | None,
    ) -> None:
        row = (
            request,
            seat,
            place,
            wanted.sponsor,
            wanted.uscc,
            state,
            card,
            certificate,
            self._clock.now_ms(),
        )

        def insert(db: Connection) -> None:
            db.execute("INSERT INTO card_request VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)

        await self._database.write(insert)

    async def _wait(self, request: str) -> str:
        """The state of a request once it is answered, or `asked` after a while."""
        with self._correspondence.waiting_for(request) as answered:
            state = await self._state_of(request)
            if state == "asked":
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._wait_ms / 1000):
                        await answered.wait()
                state = await self._state_of(request)
        return state

    async def _state_of(self, request: str) -> str:
        row = await self._database.read(
            lambda db: db.execute("SELECT state FROM card_request WHERE id = ?", (request,)).fetchone()
        )
        return str(row[0])

    async def _checked(self, request: str, wanted: Wanted) -> Filled:
        row: tuple[bytes, str] = await self._database.read(
            lambda db: db.execute(
                "SELECT card, certificate FROM card_request WHERE id = ?", (request,)
            ).fetchone()
        )
        card = decode_card(row[0])
        chain: Chain | None = await self._certificates.get(row[1])
        if chain is None:
            raise Problem("GATEWAY_CARD_NOT_VALID", detail="its certificate is not here.")
        facts = await self._state.facts()
        check_card(
            card,
            chain,
            uscc=wanted.uscc,
            sponsor=wanted.sponsor,
            name=facts.chain,
            authorities=self._authorities,
            at_ms=self._clock.now_ms(),
        )
        return Filled(wanted, card, chain)
