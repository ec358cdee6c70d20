"""Gathering what a proof needs from an engine that goes on working meanwhile."""

import asyncio
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallychain.crypto.keys import signing_key_from_seed
from tallychain.crypto.schemes import ED25519, P256
from tallychain.ledger import codec
from tallychain.ledger.header import Header
from tallychain.ledger.merkle import Path
from tallychain.sdk import proof
from tallychain.sdk.headerpath import BlockAnswer, SignedHeader
from tallychain.sdk.proof import (
    OpenedPart,
    ProofUnavailable,
    QueryAnswer,
    ReceiptAnswer,
    Shown,
    Source,
    gather,
    make_bundle,
)
from tallychain.sdk.tests.forge import from_bytes, reseal, to_bytes
from tallychain.sdk.tests.story import Receipts, Row, Story, told
from tallychain.sdk.verify import basics, verify


class Engine:
    """The story's engine with other answers where a test says so."""

    def __init__(self, inner: Source, *, moves: int = 0, cut: bool = False) -> None:
        self.inner = inner
        self.moves = moves
        """Answers still to come while blocks are made."""
        self.cut = cut
        """Whether the next header is missing."""

    async def receipt(self, operation: str) -> ReceiptAnswer | None:
        answer = await self.inner.receipt(operation)
        if not self.cut or not isinstance(answer, Receipts):
            return answer
        return answer._replace(next_header=b"", next_header_signature=b"")

    async def query(self, key: bytes, *, prove: bool = False) -> QueryAnswer:
        answer = await self.inner.query(key, prove=prove)
        if self.moves == 0:
            return answer
        self.moves -= 1
        return Row(answer.height - self.moves, answer.value, answer.proof)

    async def block(self, height: int) -> BlockAnswer:
        return await self.inner.block(height)

    async def validators(self, height: int) -> bytes:
        return await self.inner.validators(height)


def failure(engine: Engine, operation: str, genesis: bytes, shown: Shown | None = None) -> str:
    with pytest.raises(ProofUnavailable) as caught:
        asyncio.run(gather(engine, operation, genesis, shown))
    assert str(caught.value).endswith(".")
    return caught.value.code


def test_an_operation_that_nobody_knows_has_no_proof(story: Story) -> None:
    assert failure(Engine(story.engine), "00" * 32, story.genesis) == "NO_RECEIPT"


def test_a_proof_waits_for_the_next_header(story: Story) -> None:
    assert failure(Engine(story.engine, cut=True), story.id("take"), story.genesis) == "NOT_YET"


def test_what_is_cited_must_stand_in_the_ledger(story: Story) -> None:
    shown = Shown(policies=(("SETTLEMENT", 9),))
    assert failure(Engine(story.engine), story.id("take"), story.genesis, shown) == "RECORD_MISSING"


def test_a_block_between_two_answers_is_no_harm(story: Story) -> None:
    engine = Engine(story.engine, moves=3)
    made = make_bundle(asyncio.run(gather(engine, story.id("take"), story.genesis)))
    assert verify(made).valid


def test_a_chain_that_never_stands_still_is_reported(story: Story) -> None:
    assert failure(Engine(story.engine, moves=10**6), story.id("take"), story.genesis) == "CHAIN_MOVES"


def test_a_part_that_is_no_text_cannot_be_shown(story: Story) -> None:
    material = story.material("take", Shown(opened=(OpenedPart("identity", bytes(32), b"\xff"),)))
    with pytest.raises(ProofUnavailable) as caught:
        make_bundle(material)
    assert caught.value.code == "NOT_TEXT"


def test_records_are_proven_under_a_later_header_if_the_chain_has_gone_on(bundles: dict[str, bytes]) -> None:
    headers = {name: len(from_bytes(bundle)["headers"]) for name, bundle in bundles.items()}
    assert headers == {"issue": 3, "second issue": 3, "refused": 3, "accept": 3, "offer": 3, "take": 3}


def test_two_headers_are_enough_right_after_the_block() -> None:
    story = told(blocks_after=1)
    made = make_bundle(story.everything("take"))
    assert len(from_bytes(made)["headers"]) == 2
    assert verify(made, trusted_roots=[story.root]).valid


def test_later_headers_out_of_order_are_refused(story: Story) -> None:
    material = story.material("issue")
    swapped = replace(material, headers=(*material.headers[:2], material.headers[0]))
    report = verify(make_bundle(swapped))
    assert report.failure is not None
    assert report.failure.code == "HEADERS_NOT_LINKED"


def test_a_bundle_shows_nothing_that_its_maker_did_not_choose(story: Story) -> None:
    made = from_bytes(make_bundle(story.material("accept")))
    assert made["opened"] == []
    assert made["certificates"] == []
    assert story.world.clients["s1"].uscc not in str(made)
    assert "operations" not in made


def test_the_same_material_gives_the_same_bytes(story: Story) -> None:
    assert make_bundle(story.everything("take")) == make_bundle(story.everything("take"))


def test_headers_may_be_signed_by_a_p256_sequencer(story: Story) -> None:
    """The scheme of the sequencer's key is genesis's choice."""
    material = story.material("issue")
    key = signing_key_from_seed(P256, bytes(32))
    bundle = from_bytes(make_bundle(material))
    bundle["genesis"]["sequencer"] = key.public
    for row in bundle["headers"]:
        row["signature"] = key.sign(bytes.fromhex(row["digest"])).hex()
    genesis = basics.digest("genesis", basics.encoded(bundle["genesis"])).hex()
    bundle["state"]["facts"][0]["value"]["genesis"] = genesis
    failed = verify(to_bytes(bundle)).failure
    assert failed is not None
    assert failed.code == "RECORD_NOT_IN_STATE"
    high = bundle["headers"][1]["signature"]
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    bundle["headers"][1]["signature"] = high[:64] + (order - int(high[64:], 16)).to_bytes(32, "big").hex()
    failed = verify(to_bytes(bundle)).failure
    assert failed is not None
    assert failed.code == "HEADER_SIGNATURE_FALSE"


def test_a_lie_that_the_sequencer_itself_signs_is_not_seen(story: Story) -> None:
    """What docs/proofs.md says is not proven: on the embedded engine one operator signs alone."""
    bundle = from_bytes(make_bundle(story.material("refused")))
    bundle["receipt"]["text"] |= {"outcome": "done", "code": "DONE", "fields": {}}
    reseal(bundle, story.world)
    assert verify(to_bytes(bundle)).valid


def test_the_headers_of_another_chain_do_not_fit(story: Story) -> None:
    material = story.material("issue")
    header = codec.decode(Header, material.headers[0].text)
    other = codec.encode(msgspec.structs.replace(header, chain="trial-2"))
    key = signing_key_from_seed(ED25519, bytes(32))
    foreign = replace(material, headers=(SignedHeader(other, key.sign(other)), *material.headers[1:]))
    report = verify(make_bundle(foreign))
    assert report.failure is not None
    assert report.failure.code == "OTHER_CHAIN"


@given(st.integers(1, 300), st.data())
def test_a_path_tells_the_side_of_each_neighbour(total: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, total - 1))
    sides = [step[0] for step in proof._steps(Path(index, total, ("00" * 32,) * 20))]
    assert len(sides) <= (total - 1).bit_length()
    assert sides.count("L") == index.bit_count()
