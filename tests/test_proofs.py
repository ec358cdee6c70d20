"""Proofs from a real engine: the blocks of the story, ordered and stored by the embedded chain, verify like those in memory."""

import asyncio
from pathlib import Path

from tallychain.catalogue import CATALOGUE
from tallychain.crypto.pool import VerifierPool
from tallychain.engine.embedded.chain import Chain
from tallychain.engine.embedded.opening import open_chain
from tallychain.engine.port import CommittedBlock, Engine, EngineRefused, QueryAnswer, ReceiptAnswer
from tallychain.ledger.genesis import genesis_digest
from tallychain.sdk.proof import ProofMaterial, gather, make_bundle
from tallychain.sdk.tests.story import Story, told
from tallychain.sdk.verify import verify
from tallychain.testkit.genesis import sequencer_key


class InProcess:
    """The port over a chain in this process, as far as proofs need it."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain

    async def validators(self, height: int) -> bytes:
        raise EngineRefused("NO_VALIDATORS", "This chain has one operator and no validators.")

    async def receipt(self, operation: str) -> ReceiptAnswer | None:
        return self.chain.receipt(operation)

    async def query(self, key: bytes, *, prove: bool = False) -> QueryAnswer:
        return self.chain.query(key, prove=prove)

    async def block(self, height: int) -> CommittedBlock:
        return self.chain.block(height)


async def through_the_port(engine: Engine, story: Story, name: str) -> ProofMaterial:
    """Whatever has the port's form can be asked for a proof; this line is for the type checker."""
    return await gather(engine, story.id(name), story.genesis)


def test_the_embedded_engine_gives_proofs_that_verify(tmp_path: Path) -> None:
    story = told()
    with VerifierPool(0) as pool:
        key = sequencer_key(story.world.seed)
        chain = open_chain(tmp_path / "chain", CATALOGUE, key, pool, story.genesis)
        try:
            for block in story.world.history:
                chain.make_block(block.time_ms, block.envelopes)
            known = genesis_digest(story.genesis).hex()
            for name in story.operations:
                made = asyncio.run(gather(InProcess(chain), story.id(name), story.genesis))
                report = verify(make_bundle(made), genesis_digest=known)
                assert report.failure is None, name
                assert any(story.id(name) in sentence for sentence in report.statements)
        finally:
            chain.close()
