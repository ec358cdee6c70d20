"""A short story on a trial chain, from which proofs are made: issued, accepted, passed on, and one refusal."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from msgspec.structs import replace

from tallychain.catalogue import CATALOGUE
from tallychain.contracts.vouchers.contents import PromiseContent
from tallychain.contracts.vouchers.operations import Accept, Issue, MakeOffer, OfferRow, Take, Withdraw
from tallychain.crypto.keys import SealingKey
from tallychain.instruments.money import Units
from tallychain.ledger import codec, merkle
from tallychain.ledger.genesis import genesis_digest, initial_rows, initial_tree
from tallychain.ledger.header import Header, encode_header, header_digest
from tallychain.ledger.machine import LedgerState, block_results_root, envelope_data
from tallychain.ledger.merkle import Path
from tallychain.ledger.operation import Body, SignedOperation, operation_id
from tallychain.ledger.parameters import FACTS, ChainFacts
from tallychain.ledger.receipt import Receipt
from tallychain.ledger.state import MemoryBacking
from tallychain.ledger.tree import StateProof
from tallychain.ledger.types import Height, TimeMs
from tallychain.sdk.opening import open_part, part_keys
from tallychain.sdk.proof import OpenedPart, ProofMaterial, Shown, Source, gather
from tallychain.sdk.tests.quorum import Alliance, key_of
from tallychain.sdk.verify.headers import data_hash, encode_validators
from tallychain.testkit.genesis import CHAIN, sequencer_key, trial_genesis
from tallychain.testkit.people import trial_authority
from tallychain.testkit.world import Answer, World

SEED = 7
FOUR = {"bank-a": 1, "bank-b": 1, "factor-a": 1, "settle-a": 1}
PROMISE = PromiseContent(
    "We pay the face at maturity.", "HT-2026-0316", ("26312000000000000018",), "支架 brackets", "1,120,000.00"
)


class Recorded(World):
    """A world that remembers the state root before each of its blocks."""

    def __init__(self, seed: int) -> None:
        self.roots: list[bytes] = []
        super().__init__(seed)

    def block(self, envelopes: Sequence[bytes]) -> list[list[Answer]]:
        self.roots.append(self.root)
        return super().block(envelopes)


class Receipts(NamedTuple):
    """Where a receipt stands, as an engine answers."""

    height: int
    position: int
    receipt: bytes
    envelope: bytes
    receipt_path: Path
    result_path: Path
    header: bytes
    header_signature: bytes
    next_header: bytes
    next_header_signature: bytes


class Row(NamedTuple):
    """One row of the state, as an engine answers."""

    height: int
    value: bytes | None
    proof: StateProof | None


class Signed(NamedTuple):
    """A header and the sequencer's signature."""

    header: bytes
    header_signature: bytes


class Sequenced:
    """A small engine in memory: the blocks of a world under headers of their own.

    The last block must change nothing, so that the state of now is also that after the block before it.
    """

    def __init__(self, world: World, genesis: bytes, roots: list[bytes]) -> None:
        self._world = world
        self._headers: list[Signed] = []
        previous, results = genesis_digest(genesis).hex(), merkle.EMPTY_ROOT
        key = sequencer_key(world.seed)
        for block, root in zip(world.history, roots, strict=True):
            envelopes = merkle.data_hash(block.envelopes).hex()
            times = (block.height, block.time_ms)
            header = encode_header(Header(CHAIN, *times, previous, envelopes, results.hex(), root.hex()))
            digest = header_digest(header)
            self._headers.append(Signed(header, key.sign(digest)))
            previous, results = digest.hex(), block_results_root(block.results, block.codes)

    async def receipt(self, operation: str) -> Receipts | None:
        for block in self._world.history:
            for place, rows in enumerate(block.results):
                for position, row in enumerate(rows):
                    if codec.trusted(Receipt, row).operation == operation:
                        return self._answer(block.height, place, position)
        return None

    async def query(self, key: bytes, *, prove: bool = False) -> Row:
        state = self._world.state
        return Row(state.height - 1, self._world.backing.get(key), state.tree.prove(key) if prove else None)

    async def block(self, height: int) -> Signed:
        return self._headers[height - 1]

    async def validators(self, height: int) -> bytes:
        raise LookupError(f"the chain of one operator has no validators at {height}")

    def _answer(self, height: int, place: int, position: int) -> Receipts:
        block = self._world.history[height - 1]
        rows = block.results[place]
        leaves = [merkle.execution_result(0, envelope_data(items)) for items in block.results]
        return Receipts(
            height,
            position,
            rows[position],
            block.envelopes[place],
            merkle.prove(rows, position),
            merkle.prove(leaves, place),
            *self._headers[height - 1],
            *self._headers[height],
        )


@dataclass
class Story:
    """The chain after the story, and the operations in it by the name of what they are."""

    world: World
    engine: Source
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


def told(*, blocks_after: int = 2, seed: int = SEED) -> Story:
    """The story, and so many empty blocks after it; with one, all records are proven under the header after the last act."""
    world = Recorded(seed)
    operations = _act(world)
    for _ in range(blocks_after):
        world.block([])
    genesis = trial_genesis(seed, list(world.members.values()))
    return Story(world, Sequenced(world, genesis, world.roots), genesis, operations)


class Voted(Sequenced):
    """The same blocks under headers of an alliance in memory, whose set of validators changes on the way."""

    def __init__(self, world: World, roots: list[bytes], sets: Sequence[dict[str, int]]) -> None:
        self._world = world
        self.alliance = Alliance(CHAIN, sets[0], world.history[0].time_ms)
        results = merkle.EMPTY_ROOT
        for place, (block, root) in enumerate(zip(world.history, roots, strict=True)):
            then = sets[min(place + 1, len(sets) - 1)]
            data = data_hash(block.envelopes)
            self.alliance.grow(data=data, results=results, app=root, time_ms=block.time_ms, then=then)
            results = block_results_root(block.results, block.codes)
        self._headers = [Signed(item.header_bytes, item.commit_bytes) for item in self.alliance.decided]

    async def validators(self, height: int) -> bytes:
        return encode_validators(self.alliance.decided[height - 1].validators)


def alliance_genesis(seed: int, world: World, powers: dict[str, int]) -> bytes:
    """The trial chain's document, with validators in place of the sequencer."""
    document = json.loads(trial_genesis(seed, list(world.members.values())))
    founders = [
        {"member": name, "key": key_of(name).public, "power": power} for name, power in powers.items()
    ]
    return codec.encode(document | {"engine": "cometbft", "sequencer": "", "validators": founders})


class Allied(Recorded):
    """A world whose chain facts name an alliance's document."""

    def __init__(self, seed: int, powers: dict[str, int]) -> None:
        super().__init__(seed)
        self.founding = alliance_genesis(seed, self, powers)
        document = trial_genesis(seed, list(self.members.values()))
        rows = initial_rows(document, CATALOGUE)
        facts = codec.decode(ChainFacts, rows[FACTS.key()])
        rows[FACTS.key()] = codec.encode(replace(facts, genesis=genesis_digest(self.founding).hex()))
        self.backing = MemoryBacking()
        self.backing.write(rows.items())
        self.state = LedgerState(CATALOGUE, self.backing, initial_tree(document, rows))
        self.state.restore(Height(0), TimeMs(self.start_ms), ())


def told_by_four(sets: Sequence[dict[str, int]] = (FOUR,), *, blocks_after: int = 2) -> Story:
    """The story on a chain that these sets of validators decide, one height each and the last one from there on."""
    world = Allied(SEED, sets[0])
    operations = _act(world)
    for _ in range(blocks_after):
        world.block([])
    return Story(world, Voted(world, world.roots, sets), world.founding, operations)


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
    receiver = world.receiver("s1")
    backing = world.backed(receiver, face)
    promised = (f"{number:032x}", receiver, "CNY", face, "2026-09-14", "settle-a")
    return Issue(*promised, backing.payable, backing.invoices)


def _in_own_block(world: World, operation: SignedOperation, carrier: str) -> SignedOperation:
    (answer,) = world.submit([operation], carrier=carrier)
    assert isinstance(answer, Receipt)
    assert answer.code == "DONE", answer
    return operation
