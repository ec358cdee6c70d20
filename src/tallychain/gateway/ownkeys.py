"""Seats that keep their own keys: this gateway finds what an act needs and carries what comes back signed; it can sign nothing for them.

What it hands out is a plan (arguments with the receivers' tags in them, the acting tag, who must be able to read each part).  The owner's
machine checks the plan against what was asked for, seals, signs, and brings the operation to `/v1/operations`.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from tallychain.crypto.certificates import CertificateNotValid
from tallychain.crypto.identity import CardNotValid, TagCard, decode_card, verify_card
from tallychain.gateway import building, permissions
from tallychain.gateway.accounts import Account
from tallychain.gateway.acts import Acts, Ways
from tallychain.gateway.cards import CardRules
from tallychain.gateway.certificates import Authorities, Certificates
from tallychain.gateway.chainclock import ChainClock
from tallychain.gateway.concern import NOBODY
from tallychain.gateway.database import AlreadyThere
from tallychain.gateway.papers import fill_papers
from tallychain.gateway.problems import Problem
from tallychain.gateway.seats import Seat, TagRow
from tallychain.ledger import codec
from tallychain.ledger.contract import Authority
from tallychain.ledger.types import tag_author

COUNTER_MAX: Final = 2**53


class DeliveredCard(Struct, frozen=True, forbid_unknown_fields=True):
    """A tag card signed on the owner's machine, and the number of its tag in the owner's wallet."""

    counter: Annotated[int, Meta(ge=0, le=COUNTER_MAX)]
    card: bytes
    """Canonical JSON of the card, base64."""


class PlanBody(Struct, frozen=True, forbid_unknown_fields=True):
    """
    What the owner wants to do.

    Arguments as in an act, but references are opaque already; of the sealed parts only the labels, because their contents stay with the
    owner until they are sealed.
    """

    args: dict[str, Any]
    labels: tuple[str, ...] = ()
    to: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    tag: str = ""


class PlannedPart(Struct, frozen=True):
    """A part to be sealed: its label, and who must be able to read it, as name and sealing key."""

    label: str
    to: tuple[tuple[str, str], ...]


class PlannedCard(Struct, frozen=True):
    """The card behind a receiver that the arguments wanted, with the certificate that it rests on."""

    sponsor: str
    uscc: str
    card: bytes
    certificate: bytes
    intermediates: tuple[bytes, ...]


class PlanView(Struct, frozen=True):
    """Everything of an act that only a gateway can find; the owner checks it before it signs."""

    chain: str
    type: str
    version: int
    args: str
    """Canonical JSON."""
    tag: str
    counter: int
    via: str
    expires_ms: int
    parts: tuple[PlannedPart, ...]
    cards: tuple[PlannedCard, ...]
    name: str
    uscc: str
    two_persons: bool


@dataclass(frozen=True, slots=True)
class OwnKeys:
    """What a gateway does for seats whose keys it does not have."""

    acts: Acts
    ways: Ways
    rules: CardRules
    authorities: Authorities
    certificates: Certificates
    clock: ChainClock

    async def plan(self, type_name: str, body: PlanBody, account: Account, key: str) -> PlanView:
        """
        Find what an act of an own-key seat needs; nothing is kept but the receiver's card, which stays with the key of the request.

        Raises `GATEWAY_HOSTED`, `GATEWAY_TAG_UNKNOWN` and what building an act raises.
        """
        kind = self.acts.kind(type_name)
        seat = await self._own(account)
        if kind.authority is not Authority.HOLDER:
            raise Problem("GATEWAY_FORBIDDEN")
        permissions.need(permissions.MAKES[kind.authority], account)
        await self.ways.cards.check_certificate(account)
        args = msgspec.json.decode(msgspec.json.encode(body.args))
        fill_papers(args, await self.ways.naming.keys_for(kind.name, args))
        filled = await self.ways.receivers.fill(args, seat=seat.id, request=f"{kind.name}/{key}")
        asked = building.bare_wish(kind, args, body.labels, body.to)
        concern = await self.ways.concerns.of(kind, asked.args, tag_author(NOBODY), self.ways.member)
        tag = await self._named(body.tag, seat)
        if tag is None:
            await self.ways.builder.need_carrier(asked, tag_author(NOBODY))
            tag = await self.ways.concerns.acting_tag(kind, asked.args, concern, seat.id, self.ways.member)
        if tag is None:
            raise Problem("GATEWAY_TAG_UNKNOWN")
        await self.ways.concerns.check_foundations(concern, seat.id)
        parts = await self.ways.builder.audiences(asked, tag_author(tag.key), tag.sealing, body.labels)
        return PlanView(
            chain=self.rules.chain,
            type=kind.name,
            version=kind.version,
            args=codec.encode(asked.args).decode(),
            tag=tag.key,
            counter=tag.counter,
            via=self.ways.member,
            expires_ms=self.clock.now_ms() + building.lifetime_ms(kind),
            parts=tuple(
                PlannedPart(label, tuple((to.name, to.key) for to in found)) for label, found in parts
            ),
            cards=tuple(
                PlannedCard(
                    item.wanted.sponsor,
                    item.wanted.uscc,
                    msgspec.json.encode(item.card),
                    item.chain.certificate,
                    item.chain.intermediates,
                )
                for item in filled
            ),
            name=seat.name,
            uscc=seat.uscc,
            two_persons=seat.two_persons,
        )

    async def deliver(self, account: Account, delivered: tuple[DeliveredCard, ...]) -> int:
        """
        Take tag cards into the stock, so that others can give to the seat; how many are free afterwards.

        Raises `GATEWAY_HOSTED`, `GATEWAY_CARD_NOT_VALID`, `GATEWAY_IDENTITY_NOT_PROVEN`.
        """
        seat = await self._own(account)
        await self.ways.cards.check_certificate(account)
        if await self.ways.cards.free(seat.id) + len(delivered) > 2 * self.rules.stock:
            raise Problem("GATEWAY_CARD_NOT_VALID", detail="the stock of this seat is full.")
        for item in delivered:
            card = await self._checked(account, item)
            tag = TagRow(card.tag.removeprefix("tag:"), seat.id, item.counter, card.sealing, given=False)
            try:
                await self.ways.cards.keep_delivered(tag, card)
            except AlreadyThere:
                raise Problem("GATEWAY_EXISTS", name=f"tag {item.counter}") from None
        await self.ways.correspondence.answer_waiting(seat.id)
        return await self.ways.cards.free(seat.id)

    async def _checked(self, account: Account, item: DeliveredCard) -> TagCard:
        chain = await self.certificates.get(account.certificate)
        if chain is None:
            raise Problem("GATEWAY_IDENTITY_NOT_PROVEN", detail="the account has no certificate")
        now = self.clock.now_ms()
        try:
            card = decode_card(item.card)
            verify_card(card, chain.certificate, chain=self.rules.chain, at_ms=now)
            self.authorities.subject(chain)
        except (CardNotValid, CertificateNotValid) as error:
            raise Problem("GATEWAY_CARD_NOT_VALID", detail=str(error)) from None
        if card.sponsor != self.rules.member:
            raise Problem("GATEWAY_CARD_NOT_VALID", detail="it names another sponsor.")
        if card.valid_until > now + self.rules.valid_ms:
            raise Problem("GATEWAY_CARD_NOT_VALID", detail="it is valid for too long.")
        return card

    async def _own(self, account: Account) -> Seat:
        seat = await self.ways.seats.need(account.seat)
        if seat.hosted:
            raise Problem("GATEWAY_HOSTED")
        return seat

    async def _named(self, key: str, seat: Seat) -> TagRow | None:
        if not key:
            return None
        tag = await self.ways.seats.tag(key)
        if tag is None or tag.seat != seat.id:
            raise Problem("GATEWAY_TAG_UNKNOWN")
        return tag
