"""A short story on the trial alliance, and the keys of those who may read parts of it."""

from tallychain.contracts.vouchers.operations import Accept, Issue, MakeOffer, OfferRow, Take
from tallychain.contracts.vouchers.state import VOUCHERS
from tallychain.crypto.keys import SealingKey
from tallychain.instruments.money import Units
from tallychain.ledger.operation import operation_id
from tallychain.ledger.receipt import NotTaken, Receipt
from tallychain.testkit.world import World

FACE = 100_000_000


class Ring:
    """The keys of one member and of some of its clients."""

    def __init__(self, world: World, member: str, clients: tuple[str, ...] = ()) -> None:
        self._world = world
        self._member = member
        self._clients = clients

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

    def public_key(self, recipient: str, /) -> str | None:
        """The sealing key of any member."""
        member = self._world.members.get(recipient.removeprefix("member:").partition("#")[0])
        return None if member is None else member.sealing.public


def issue(world: World) -> str:
    """A voucher of 1,000,000.00 for s1, accepted; its number."""
    receiver = world.receiver("s1")
    done(
        world.do(
            "voucher.issue",
            Issue("7b" * 16, receiver, "CNY", Units(FACE), "2026-09-14", "settle-a"),
            by="ce-a",
        )
    )
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
