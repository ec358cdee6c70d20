"""Real offers and takes for a chain that runs now: sealed and signed with expiries of the wall clock, before anything is timed.

The acts are tried first in a chain in memory, so that what is handed over is known to be done.
"""

import multiprocessing
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from tallychain.contracts.documents.api import AllocatedPart
from tallychain.contracts.documents.operations import Confirm, Present
from tallychain.contracts.documents.state import INVOICE, Invoice
from tallychain.contracts.vouchers.operations import Accept, Issue, MakeOffer, OfferRow, Take
from tallychain.contracts.vouchers.state import VOUCHERS, Voucher
from tallychain.instruments.calendar import format_date
from tallychain.instruments.money import Units
from tallychain.ledger import identity
from tallychain.ledger.holder import Receiver
from tallychain.ledger.operation import SignedOperation, operation_id
from tallychain.ledger.parameters import CalendarYear
from tallychain.sdk.build import pack
from tallychain.testkit.genesis import CHAIN, MEMBERS
from tallychain.testkit.people import derived
from tallychain.testkit.world import Variation, World

ENVELOPE_OPERATIONS: Final = 100
FACE: Final = 1_000_000_000
PART: Final = 1_000
LIFETIME_MS: Final = 570_000
"""How far ahead an act with one signature may expire is ten minutes."""
ENVELOPE_LIFETIME_MS: Final = 3_600_000
"""Longer than an honest gateway gives, so that all can be sealed before the time begins."""
CARRIER: Final = "bank-a"
ISSUER: Final = "ce-a"
SEED: Final = 1
_TAGS_OF_ONE_LINE: Final = 100_000


def world_of_now(validators: int) -> World:
    """The trial alliance as it would begin at this moment, with so many validators."""
    now = datetime.now(UTC)
    joining = {f"bank-{number}": (identity.BANK,) for number in range(validators - len(MEMBERS))}
    seats = (*MEMBERS, *joining)[:validators]
    years = tuple(
        CalendarYear(year=year, version=1, holidays=(), make_up_working_days=())
        for year in range(now.year, now.year + 3)
    )
    world = World(start_ms=wall_ms(), seats=seats, clock="system", calendars=years, joining=joining)
    # Each node verifies; this chain in memory only foresees what they will decide.
    world.verify = False
    return world


def wall_ms() -> int:
    """UTC milliseconds."""
    return time.time_ns() // 1_000_000


class Maker:
    """Makes acts in a world and tries them there."""

    def __init__(self, world: World, name: str, first_tag: int = 0) -> None:
        self.world = world
        self._name = name
        self._count = 0
        for client in world.clients.values():
            client.next_tag = max(client.next_tag, first_tag)

    def vouchers(self, count: int) -> Iterator[tuple[bytes, ...]]:
        """What a chain must have executed before parts can be passed on: envelopes, each group after the one before."""
        world = self.world
        receivers = [world.receiver("s1") for _ in range(count)]
        maturity = format_date((datetime.now(UTC) + timedelta(days=150)).date())
        due = format_date((datetime.now(UTC) + timedelta(days=365)).date())
        invoices = [Invoice(self._digest("invoice"), (), FACE, ()) for _ in range(count)]
        presents = [
            self._present(receiver, invoice, due)
            for receiver, invoice in zip(receivers, invoices, strict=True)
        ]
        yield self._tried(presents, CARRIER)
        payables = [operation_id(one.body) for one in presents]
        confirms = [
            world.act("payable.confirm", Confirm(payable, FACE), by=ISSUER, vary=self._vary())
            for payable in payables
        ]
        yield self._tried(confirms, ISSUER)
        issues = [
            world.act(
                "voucher.issue",
                Issue(
                    reference=self._digest("voucher")[:32],
                    receiver=receiver,
                    currency="CNY",
                    face=Units(FACE),
                    nominal_maturity=maturity,
                    settlement_bank="settle-a",
                    payable=payable,
                    invoices=(AllocatedPart(invoice.fingerprint, FACE),),
                ),
                by=ISSUER,
                vary=self._vary(),
            )
            for receiver, payable, invoice in zip(receivers, payables, invoices, strict=True)
        ]
        # One by one: a voucher's number says how many were issued before it.
        for envelope in self._tried(issues, ISSUER):
            yield (envelope,)
        accepts = [
            world.act(
                "voucher.accept",
                Accept(voucher.number, voucher.promise),
                by=voucher.receiver.tag,
                vary=self._vary(),
            )
            for voucher in world.reader.iterate(VOUCHERS)
        ]
        yield self._tried(accepts, CARRIER)

    def pair(self, vouchers: Sequence[Voucher], first: int) -> tuple[bytes, bytes]:
        """An envelope with an offer of a part of each voucher, from a unit on, and one that takes them."""
        receivers = [self.world.receiver("s2") for _ in vouchers]
        offers = [
            self._offer(voucher, first, row)
            for voucher, receiver in zip(vouchers, receivers, strict=True)
            for row in [OfferRow(Units(first), Units(first + PART - 1), receiver, "8d" * 16, "")]
        ]
        (offered,) = self._tried(offers, CARRIER)
        takes = [
            self.world.act(
                "voucher.take",
                Take(voucher.number, f"{operation_id(offer.body)}:1"),
                by=receiver.tag,
                vary=self._vary(),
            )
            for voucher, receiver, offer in zip(vouchers, receivers, offers, strict=True)
        ]
        (taken,) = self._tried(takes, CARRIER)
        return offered, taken

    def lone(self, voucher: Voucher, first: int) -> bytes:
        """One offer in an envelope of its own; the voucher must not be one of a line."""
        receiver = self.world.receiver("s2")
        row = OfferRow(Units(first), Units(first + PART - 1), receiver, "8d" * 16, "")
        return self._tried([self._offer(voucher, first, row)], CARRIER)[0]

    def _present(self, receiver: Receiver, invoice: Invoice, due: str) -> SignedOperation:
        reference = self._digest("payable")[:32]
        args = Present(reference, ISSUER, receiver, INVOICE, FACE, due, 1, (invoice,))
        return self.world.act("payable.present", args, by=receiver.tag, vary=self._vary())

    def _offer(self, voucher: Voucher, first: int, row: OfferRow) -> SignedOperation:
        args = MakeOffer(voucher.number, Units(first), (row,))
        return self.world.act("voucher.offer", args, by=voucher.receiver.tag, vary=self._vary())

    def _tried(self, signed: Sequence[SignedOperation], carrier: str) -> tuple[bytes, ...]:
        world = self.world
        key = world.members[carrier].staff["system"].key
        envelopes = tuple(
            pack(
                signed[start : start + ENVELOPE_OPERATIONS],
                chain=CHAIN,
                member=carrier,
                key=key,
                expires_ms=wall_ms() + ENVELOPE_LIFETIME_MS,
            )
            for start in range(0, len(signed), ENVELOPE_OPERATIONS)
        )
        world.time_ms = max(world.time_ms, wall_ms())
        for answers in world.block(envelopes):
            for answer in answers:
                if answer.code != "DONE":
                    raise RuntimeError(f"the load is not what it should be: {answer.code}")
        world.history.clear()
        return envelopes

    def _vary(self) -> Variation:
        self._count += 1
        nonce = derived(SEED, self._name, str(self._count))[:16]
        return Variation(nonce=nonce, expires_ms=wall_ms() + LIFETIME_MS)

    def _digest(self, what: str) -> str:
        self._count += 1
        return derived(SEED, self._name, what, str(self._count)).hex()


def lines(world: World, vouchers: Sequence[Voucher], operations: int, makers: int) -> list[list[bytes]]:
    """
    So many operations in envelopes of a hundred, made by several processes at once.

    The envelopes of one line follow one another, because each passes on a part of what the one before left of the same vouchers; different
    lines have nothing to do with each other.
    """
    groups = [
        vouchers[start : start + ENVELOPE_OPERATIONS]
        for start in range(0, len(vouchers), ENVELOPE_OPERATIONS)
    ]
    rounds = max(1, operations // (2 * ENVELOPE_OPERATIONS * len(groups)))
    context = multiprocessing.get_context("fork")
    with context.Pool(makers, _begin, (world,)) as pool:
        return pool.starmap(_line, [(number, group, rounds) for number, group in enumerate(groups)])


_world: list[World] = []


def _begin(world: World) -> None:
    _world[:] = [world]


def _line(number: int, vouchers: Sequence[Voucher], rounds: int) -> list[bytes]:
    maker = Maker(_world[0], f"line-{number}", (number + 1) * _TAGS_OF_ONE_LINE)
    return [envelope for turn in range(rounds) for envelope in maker.pair(vouchers, 1 + turn * PART)]
