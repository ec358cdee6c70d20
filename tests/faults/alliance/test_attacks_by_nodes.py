"""What a hostile proposer, or a member with a hostile envelope, does to an alliance of four: too little to matter."""

import asyncio
import time
from pathlib import Path

import pytest

from tallychain.engine.client import LedgerClient
from tallychain.engine.cometbft.rpc import EngineRpc
from tallychain.engine.port import EngineRefused
from tallychain.ledger import codec
from tallychain.ledger.envelope import Envelope
from tallychain.network.keys import KeySource
from tallychain.sdk.build import pack
from tallychain.sdk.verify.headers import decode_header
from tests.faults.alliance.four import MEMBERS, SEED, Four
from tests.faults.alliance.liar import TOLD, carrier, stripped
from tests.faults.alliance.rounds import Rounds
from tests.running import described

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]
LIAR = "settle-a"
HONEST = tuple(member for member in MEMBERS if member != LIAR)
RIVAL = "bank-b"


def told(four: Four, lie: str) -> int:
    """How often a lie was told so far."""
    return four.log(f"{LIAR}-ledger").count(f"{TOLD}{lie} at")


@pytest.fixture(scope="module")
def committed(rounds: Rounds) -> Rounds:
    """An alliance that has carried something for its members already."""
    with rounds.round("nothing at all"):
        pass
    return rounds


def poisoned(rounds: Rounds, member: str = "bank-a") -> bytes:
    """An envelope with a good signature of its member, over an operation with one bad signature of a client."""
    found = next(data for block in rounds.seen.blocks for data in block.envelopes if carrier(data) == member)
    operations = codec.decode_frame(Envelope, stripped(found)).operations
    described_member = next(one for one in described(MEMBERS).members if one.id == member)
    keys = KeySource(SEED).member(described_member)
    key = next(one.key for one in keys.staff if one.name == "system")
    chain = rounds.four.layout.read().chain
    expires_ms = time.time_ns() // 1_000_000 + 100_000
    return pack(operations, chain=chain, member=member, key=key, expires_ms=expires_ms)


async def handed_over(four: Four, member: str, envelope: bytes) -> tuple[int, str, str]:
    """What a member's engine says of an envelope, and the code with which its ledger process refuses it."""
    rpc, client = EngineRpc(four.rpc(member)), LedgerClient(four.layout.node_socket(member))
    try:
        while (taken := await rpc.hand_over(envelope)) is None:  # noqa: ASYNC110 - a busy engine answers later
            await asyncio.sleep(0.5)
        with pytest.raises(EngineRefused) as refused:
            await client.submit(envelope)
        return taken.code, taken.log, refused.value.code
    finally:
        await rpc.close()
        await client.close()


@pytest.mark.attack(8)
def test_an_envelope_with_one_bad_client_signature_is_refused_at_every_door_and_halts_nothing(
    committed: Rounds, tmp_path: Path
) -> None:
    four, lie = committed.four, "poison"
    with committed.round("one bad client signature in an envelope, proposed by one node") as load:
        envelope = poisoned(committed)
        for member in HONEST:
            code, log, refusal = asyncio.run(handed_over(four, member, envelope))
            assert code != 0
            assert "SIGNATURE_FALSE" in log
            assert refusal == "SIGNATURE_FALSE"
        (tmp_path / "poison").write_bytes(poisoned(committed))
        before = told(four, lie)
        with four.lying(LIAR, lie, POISON=str(tmp_path / "poison")):
            four.until(lambda: told(four, lie) > before + 1, "it was never proposed", 900)
            four.goes_on(*HONEST)
            load.acknowledges(4)
    poison = {envelope, (tmp_path / "poison").read_bytes()}
    assert not poison & {data for block in committed.seen.blocks for data in block.envelopes}


@pytest.mark.attack(16)
def test_what_one_proposer_leaves_out_stands_in_the_block_of_the_next(committed: Rounds) -> None:
    four, lie = committed.four, "rival"
    stood, before = committed.seen.height, told(four, lie)
    with (
        committed.round("one proposer that leaves out what a rival submits") as load,
        four.lying(LIAR, lie, RIVAL=RIVAL),
    ):
        four.until(lambda: told(four, lie) > before + 1, "it left nothing out", 900)
        lying_to = four.height(HONEST[0])
        load.acknowledges(4)
    # Everything acknowledged was done (the round has found that); and nobody else had to leave it out.
    blocks = committed.seen.blocks[stood:]
    carriers = [{carrier(data) for data in block.envelopes} for block in blocks if block.height <= lying_to]
    assert any(RIVAL in found for found in carriers)
    proposers = {decode_header(block.header).proposer for block in blocks}
    assert len(proposers) == len(MEMBERS)


@pytest.mark.attack(16)
def test_a_proposer_that_puts_its_own_first_is_not_followed(committed: Rounds) -> None:
    four, lie = committed.four, "backwards"
    before = told(four, lie)
    with committed.round("one proposer that turns the order round") as load, four.lying(LIAR, lie):
        four.until(lambda: told(four, lie) > before, "there was nothing to turn round", 900)
        four.goes_on(*HONEST)
        load.acknowledges(4)
