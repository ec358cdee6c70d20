"""A short story on the trial alliance, and the keys of those who may read parts of it."""

from collections.abc import Mapping
from dataclasses import fields
from typing import ClassVar

import msgspec
from msgspec.structs import replace

from tallychain.contracts.vouchers.operations import Accept, Issue, MakeOffer, OfferRow, Take
from tallychain.contracts.vouchers.state import VOUCHERS
from tallychain.crypto.certificates import certificate_digest
from tallychain.crypto.keys import SealingKey
from tallychain.instruments.money import Units
from tallychain.ledger.holder import IdentityContent
from tallychain.ledger.operation import operation_id
from tallychain.ledger.receipt import NotTaken, Receipt
from tallychain.readmodel.openings import Introduced
from tallychain.testkit.people import TrialClient
from tallychain.testkit.world import World

FACE = 100_000_000


class Ring:
    """The keys of one member and of some of its clients."""

    def __init__(self, world: World, member: str, clients: tuple[str, ...] = ()) -> None:
        self._world = world
        self._member = member
        self._clients = clients
        self.known: tuple[str, ...] = ()
        """Clients whose certificates were introduced."""

    def find(self, recipient: str, /) -> tuple[str, SealingKey] | None:
        """The seat and key behind a recipient name."""
        if recipient == f"member:{self._member}#1":
            return "member", self._world.members[self._member].sealing
        for client in self._clients:
            for tag in self._world.clients[client].tags:
                key = self._world.clients[client].tag_sealing(tag)
                if key.public == recipient:
                    return client, key
        return None

    def introduced(self, certificate: str, /) -> Introduced | None:
        """The certificates of all clients that were introduced."""
        for name in self.known:
            client = self._world.clients[name]
            if certificate_digest(client.certificate) == certificate:
                return Introduced(client.certificate, client.name, client.uscc)
        return None

    def public_key(self, recipient: str, /) -> str | None:
        """The sealing key of any member."""
        member = self._world.members.get(recipient.removeprefix("member:").partition("#")[0])
        return None if member is None else member.sealing.public


class Liar(TrialClient):
    """A client whose identity parts do not say what was signed."""

    change: ClassVar[dict[str, str]] = {}

    @classmethod
    def like(cls, client: TrialClient, change: dict[str, str]) -> "Liar":
        """The same client, lying from now on."""
        cls.change = change
        return cls(**{field.name: getattr(client, field.name) for field in fields(client)})

    def identify(self, statement: bytes) -> IdentityContent:
        """An identity part with something changed after signing."""
        return replace(TrialClient.identify(self, statement), **self.change)


def issue(
    world: World, content: Mapping[str, msgspec.Struct] | None = None, *, reference: str = "7b" * 16
) -> str:
    """A voucher of 1,000,000.00 for s1, accepted; its number."""
    receiver = world.receiver("s1")
    backing = world.backed(receiver, FACE)
    args = Issue(
        *(reference, receiver, "CNY", Units(FACE), "2026-09-14", "settle-a"),
        backing.payable,
        backing.invoices,
    )
    done(world.do("voucher.issue", args, by="ce-a", content=content))
    voucher = next(row for row in world.reader.iterate(VOUCHERS) if row.receiver == receiver)
    done(world.do("voucher.accept", Accept(voucher.number, voucher.promise), by=receiver.tag))
    return voucher.number


def offer(world: World, number: str, first: int, last: int, to: str) -> tuple[str, str]:
    """An offer of some units of the first holder; its id and the receiving tag."""
    voucher = world.reader.get(VOUCHERS, number)
    if voucher is None:
        raise KeyError(number)
    receiver = world.receiver(to)
    row = OfferRow(Units(first), Units(last), receiver, "8d" * 16, "")
    signed = world.act("voucher.offer", MakeOffer(number, Units(1), (row,)), by=voucher.receiver.tag)
    done(world.submit([signed], carrier="bank-a")[0])
    return f"{operation_id(signed.body)}:1", receiver.tag


def take(world: World, number: str, name: str, tag: str) -> None:
    """The receiver takes an offer."""
    done(world.do("voucher.take", Take(number, name), by=tag))


def done(answer: Receipt | NotTaken) -> None:
    """The act must have taken effect."""
    if answer.code != "DONE":
        raise ValueError(f"not done: {answer}")
