"""A short story on a real embedded chain, from which proofs are made: issued, accepted, passed on, and one refusal."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tallychain.catalogue import CATALOGUE
from tallychain.contracts.vouchers.contents import PromiseContent
from tallychain.contracts.vouchers.operations import Accept, Issue, MakeOffer, OfferRow, Take, Withdraw
from tallychain.crypto.keys import SealingKey
from tallychain.crypto.pool import VerifierPool
from tallychain.engine.embedded.chain import Chain
from tallychain.engine.embedded.opening import open_chain
from tallychain.engine.port import CommittedBlock, QueryAnswer, ReceiptAnswer
from tallychain.instruments.money import Units
from tallychain.ledger import codec
from tallychain.ledger.operation import Body, SignedOperation, operation_id
from tallychain.ledger.receipt import Receipt
from tallychain.sdk.opening import open_part, part_keys
from tallychain.sdk.proof import OpenedPart, ProofMaterial, Shown, gather
from tallychain.testkit.genesis import sequencer_key, trial_genesis
from tallychain.testkit.people import trial_authority
from tallychain.testkit.world import World

SEED = 7
PROMISE = PromiseContent(
    "We pay the face at maturity.", "HT-2026-0316", ("26312000000000000018",), "支架 brackets", "1,120,000.00"
)


class InProcess:
    """The port of an engine over a chain in this process, as far as proofs need it."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain

    async def receipt(self, operation: str) -> ReceiptAnswer | None:
        return self.chain.receipt(operation)

    async def query(self, key: bytes, *, prove: bool = False) -> QueryAnswer:
        return self.chain.query(key, prove=prove)

    async def block(self, height: int) -> CommittedBlock:
        return self.chain.block(height)


@dataclass
class Story:
    """The chain after the story, and the operations in it by the name of what they are."""

    world: World
    engine: InProcess
    genesis: bytes
    operations: dict[str, SignedOperation]

    def id(self, name: str) -> str:
        return operation_id(self.operations[name].body)

    @property
    def root(self) -> bytes:
        """The certificate of the authority that issued everybody's."""
        return trial_authority(self.world.seed).root

    def certificates(self) -> tuple[bytes, ...]:
        """The staff certificates of the issuer, and the certificates of the two clients."""
        staff = self.world.members["ce-a"].staff
        clients = self.world.clients
        return (
            staff["maker"].certificate,
            staff["checker"].certificate,
            clients["s1"].certificate,
            clients["s4"].certificate,
        )

    def opened(self, name: str, label: str, key: SealingKey, recipient: str) -> OpenedPart:
        """A sealed part, opened by one of its recipients."""
        signed = self.operations[name]
        body = codec.decode(Body, signed.body)
        part = next(part for part in body.sealed if part.label == label)
        keys = part_keys(part, {f"member:{m.id}#1": m.sealing.public for m in self.world.members.values()})
        made = open_part(body, part, signed.boxes[part.box], keys, recipient, key)
        return OpenedPart(label, made.salt, made.content)

    def opened_by_member(self, name: str, label: str, member: str) -> OpenedPart:
        return self.opened(name, label, self.world.members[member].sealing, f"member:{member}#1")

    def material(self, name: str, shown: Shown | None = None) -> ProofMaterial:
        return asyncio.run(gather(self.engine, self.id(name), self.genesis, shown))

    def everything(self, name: str) -> ProofMaterial:
        """The proof of an operation with every part that may be shown of it."""
        supervised = name in ("accept", "take")
        opened = (self.opened_by_member(name, "identity", "supervisor"),) if supervised else ()
        if name == "issue":
            opened = (self.opened_by_member("issue", "trade", "ce-a"),)
        shown = Shown(
            opened=opened,
            certificates=self.certificates(),
            policies=(("TERM", 1), ("SPLIT", 1)),
            calendars=(2026,),
        )
        return self.material(name, shown)


@contextmanager
def told(directory: Path, *, blocks_after: int = 2, seed: int = SEED) -> Iterator[Story]:
    """Tell the story in a directory; with `blocks_after` 2 every record is proven under the header that has the last receipt."""
    world = World(seed)
    operations = _act(world)
    world.advance(world.time_ms + 1_000 * blocks_after)
    genesis = trial_genesis(seed, list(world.members.values()))
    with VerifierPool(0) as pool:
        chain = open_chain(directory, CATALOGUE, sequencer_key(seed), pool, genesis)
        try:
            for block in world.history:
                chain.make_block(block.time_ms, block.envelopes)
            for _ in range(blocks_after - 1):
                chain.make_block(chain.time_ms + 1_000, [])
            yield Story(world, InProcess(chain), genesis, operations)
        finally:
            chain.close()


def _act(world: World) -> dict[str, SignedOperation]:
    made: dict[str, SignedOperation] = {}
    promises = [_promise(world, number) for number in (1, 2)]
    made["issue"], made["second issue"] = (
        world.act("voucher.issue", args, by="ce-a", content={"trade": PROMISE}) for args in promises
    )
    unknown = "EVTEST20260316000000000991"
    made["refused"] = world.act("voucher.withdraw", Withdraw(unknown), by="ce-a")
    other = world.act("voucher.withdraw", Withdraw(unknown), by="ce-b")
    envelopes = [
        world.envelope([made["issue"], made["second issue"], made["refused"]], "ce-a"),
        world.envelope([other], "ce-b"),
    ]
    receipt = world.block(envelopes)[0][0]
    assert isinstance(receipt, Receipt)
    issued = codec.trusted(dict, bytes(receipt.events[0]))
    number, tag = issued["voucher"], promises[0].receiver.tag
    accept = world.act("voucher.accept", Accept(number, issued["promise"]), by=tag)
    made["accept"] = _in_own_block(world, accept, "bank-a")
    receiver = world.receiver("s4")
    row = OfferRow(Units(1), Units(1_000), receiver, "ab" * 16, "")
    offer = world.act("voucher.offer", MakeOffer(number, Units(1), (row,)), by=tag)
    made["offer"] = _in_own_block(world, offer, "bank-a")
    take = world.act("voucher.take", Take(number, f"{operation_id(offer.body)}:1"), by=receiver.tag)
    made["take"] = _in_own_block(world, take, "bank-b")
    return made


def _promise(world: World, number: int) -> Issue:
    face = Units(100_000_000 * number)
    return Issue(f"{number:032x}", world.receiver("s1"), "CNY", face, "2026-09-14", "settle-a")


def _in_own_block(world: World, operation: SignedOperation, carrier: str) -> SignedOperation:
    (answer,) = world.submit([operation], carrier=carrier)
    assert isinstance(answer, Receipt)
    assert answer.code == "DONE", answer
    return operation
