"""A load of real operations: vouchers issued and accepted, then parts of them offered and taken, everything sealed and signed beforehand."""

from collections.abc import Sequence
from dataclasses import dataclass

from tallychain.contracts.vouchers.operations import Accept, Issue, MakeOffer, OfferRow, Take
from tallychain.contracts.vouchers.state import VOUCHERS, Voucher
from tallychain.instruments.money import Units
from tallychain.ledger.holder import Receiver
from tallychain.ledger.operation import SignedOperation, operation_id
from tallychain.testkit.genesis import trial_genesis
from tallychain.testkit.world import World

FACE = 100_000_000
PART = 1_000
MATURITY = "2026-09-14"
ENVELOPE_OPERATIONS = 100


@dataclass(frozen=True, slots=True)
class Block:
    """Envelopes that were made for one block at one time."""

    time_ms: int
    envelopes: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Load:
    """What to replay: the beginning, the blocks that prepare it, and the blocks that are timed."""

    genesis: bytes
    preparing: tuple[Block, ...]
    timed: tuple[Block, ...]
    operations: int
    """Operations in the timed blocks; every one of them ends in `done`."""
    bytes_per_operation: float
    """Size of the timed envelopes, signatures and sealed boxes included, over their operations."""


def offers_and_takes(
    operations: int, *, seed: int = 1, block_operations: int = 1_000, tree_depth: int = 18, rounds: int = 10
) -> Load:
    """Half offers, half takes: each voucher's first holder passes on a part in each of so many rounds."""
    world = World(seed=seed)
    vouchers = max(1, operations // 2 // rounds)
    in_blocks(world, "ce-a", [_issue(world, number) for number in range(vouchers)], block_operations)
    issued = [*world.reader.iterate(VOUCHERS)]
    in_blocks(world, "bank-a", [_accept(world, voucher) for voucher in issued], block_operations)
    # All of them: an issue rests on a payable, which the world presents and confirms in blocks of its own.
    preparing = tuple(Block(block.time_ms, tuple(block.envelopes)) for block in world.history)
    timed: list[Block] = []
    for number in range(rounds):
        offers, takes = [], []
        for voucher in issued:
            receiver = world.receiver("s2")
            offers.append(_offer(world, voucher, 1 + number * PART, receiver))
            takes.append((voucher, receiver.tag, offers[-1]))
        timed += in_blocks(world, "bank-a", offers, block_operations)
        timed += in_blocks(world, "bank-a", [_take(world, *take) for take in takes], block_operations)
    count = 2 * vouchers * rounds
    size = sum(len(envelope) for block in timed for envelope in block.envelopes)
    document = trial_genesis(seed, list(world.members.values()), tree_depth=tree_depth)
    return Load(document, preparing, tuple(timed), count, size / count)


def _issue(world: World, number: int) -> SignedOperation:
    receiver = world.receiver("s1")
    backing = world.backed(receiver, FACE)
    args = Issue(
        reference=f"{number:032x}",
        receiver=receiver,
        currency="CNY",
        face=Units(FACE),
        nominal_maturity=MATURITY,
        settlement_bank="settle-a",
        payable=backing.payable,
        invoices=backing.invoices,
    )
    return world.act("voucher.issue", args, by="ce-a")


def _accept(world: World, voucher: Voucher) -> SignedOperation:
    return world.act("voucher.accept", Accept(voucher.number, voucher.promise), by=voucher.receiver.tag)


def _offer(world: World, voucher: Voucher, first: int, receiver: Receiver) -> SignedOperation:
    row = OfferRow(Units(first), Units(first + PART - 1), receiver, "8d" * 16, "")
    args = MakeOffer(voucher.number, Units(first), (row,))
    return world.act("voucher.offer", args, by=voucher.receiver.tag)


def _take(world: World, voucher: Voucher, tag: str, offer: SignedOperation) -> SignedOperation:
    return world.act("voucher.take", Take(voucher.number, f"{operation_id(offer.body)}:1"), by=tag)


def in_blocks(
    world: World, carrier: str, signed: Sequence[SignedOperation], block_operations: int
) -> list[Block]:
    """What one member carries, in blocks of so many operations; every one of them must be done."""
    blocks = []
    for start in range(0, len(signed), block_operations):
        chunk = signed[start : start + block_operations]
        envelopes = tuple(
            world.envelope(chunk[place : place + ENVELOPE_OPERATIONS], carrier)
            for place in range(0, len(chunk), ENVELOPE_OPERATIONS)
        )
        for answers in world.block(envelopes):
            for answer in answers:
                if answer.code != "DONE":
                    raise RuntimeError(f"the load is not what it should be: {answer.code}")
        blocks.append(Block(world.time_ms, envelopes))
    return blocks
