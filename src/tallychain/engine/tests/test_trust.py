"""A gateway that trusts a later header, and trusts nothing for too long."""

import asyncio
import dataclasses

import pytest

from tallychain.engine.port import CommittedBlock, EngineRefused
from tallychain.engine.tests.alliance import FOUR, FakeNode, SharedChain
from tallychain.engine.tests.overseveral import ended
from tallychain.engine.trail import BlockDiffers, Trail
from tallychain.engine.trust import DAY_MS, TrustExpired, Trusting, read_trusted
from tallychain.sdk.tests.quorum import START_MS
from tallychain.sdk.verify.headers import decode_header, header_hash


def chain_of(count: int, blocks_of_another: int = 0) -> SharedChain:
    """So many blocks; the same validators may have signed others from some height on."""
    chain = SharedChain(FOUR)
    for height in range(count):
        if blocks_of_another and height >= blocks_of_another:
            chain.rows[b"forged"] = b"yes"
            chain.take(b"forged %d" % height)
        chain.make_block()
    return chain


def hash_of(block: CommittedBlock) -> bytes:
    return header_hash(decode_header(block.header))


def trusting(chain: SharedChain, height: int, days: int = 0, now_ms: int = START_MS) -> Trusting:
    name = hash_of(chain.blocks[height - 1]) if height else b""
    return Trusting(height, name, days * DAY_MS, lambda: now_ms)


async def followed(trail: Trail, node: FakeNode, start: int, count: int) -> list[CommittedBlock]:
    stream = trail.follow(node, start)
    try:
        return [await anext(stream) for _ in range(count)]
    finally:
        await ended(stream)


@pytest.mark.parametrize("start", [1, 4, 7])
def test_a_chain_that_holds_the_trusted_header_is_followed_from_anywhere(start: int) -> None:
    chain = chain_of(9)
    trail = Trail(chain.genesis, trusting=trusting(chain, 5))
    assert asyncio.run(followed(trail, FakeNode(chain), start, 9 - start)) == chain.blocks[start - 1 : 8]
    assert asyncio.run(trail.status(FakeNode(chain))).height == 9
    assert asyncio.run(trail.block(FakeNode(chain), 5)) == chain.blocks[4]


def test_a_history_that_the_founders_signed_as_well_and_that_lacks_the_trusted_header_is_refused() -> None:
    chain, other = chain_of(9), chain_of(9, blocks_of_another=3)
    trail = Trail(chain.genesis, trusting=trusting(chain, 6))
    # Nothing but the trusted header tells the two apart.
    assert asyncio.run(Trail(chain.genesis).status(FakeNode(other))).height == 9
    with pytest.raises(BlockDiffers, match="TRUSTED_HEADER_DIFFERS"):
        asyncio.run(trail.status(FakeNode(other)))
    with pytest.raises(BlockDiffers, match="TRUSTED_HEADER_DIFFERS"):
        asyncio.run(followed(trail, FakeNode(other), 1, 8))
    assert asyncio.run(trail.status(FakeNode(chain))).height == 9


def test_a_node_shows_the_trusted_header_with_the_set_that_it_names_or_not_at_all() -> None:
    chain = chain_of(9)
    node = FakeNode(chain)
    trail = Trail(chain.genesis, trusting=trusting(chain, 5))
    real = chain.alliance.decided[4]
    chain.alliance.decided[4] = dataclasses.replace(real, powers={"x": 1})
    with pytest.raises(BlockDiffers, match="does not fit together"):
        asyncio.run(trail.status(node))
    chain.alliance.decided[4] = real
    node.stands_at = 4
    trail.trust(7, chain.blocks[6].header)
    with pytest.raises(EngineRefused):
        asyncio.run(trail.block(node, 7))
    # A later header takes the place of the one that the settings name, an earlier one does not.
    node.stands_at = None
    trail.trust(2, chain.blocks[1].header)
    assert asyncio.run(trail.status(node)).height == 9
    assert trail._anchor is not None
    assert trail._anchor.height == 7


def test_trust_of_before_the_period_begins_nothing_and_says_what_to_do() -> None:
    chain = chain_of(9)
    node = FakeNode(chain)
    late_ms = START_MS + 31 * DAY_MS
    for trail in (
        Trail(chain.genesis, trusting=trusting(chain, 0, 30, late_ms)),
        Trail(chain.genesis, trusting=trusting(chain, 5, 30, late_ms)),
    ):
        with pytest.raises(TrustExpired, match=r"TRUST_EXPIRED: .* trust lasts 30 days: ask another member"):
            asyncio.run(trail.check_age(node))
        # A stream that has been silent for so long does not go on either.
        with pytest.raises(TrustExpired):
            asyncio.run(followed(trail, node, 6, 1))
    young = Trail(chain.genesis, trusting=trusting(chain, 5, 32, late_ms))
    asyncio.run(young.check_age(node))
    assert asyncio.run(followed(young, node, 1, 8)) == chain.blocks[:8]


def test_the_settings_name_a_header_and_a_number_of_days() -> None:
    read = read_trusted(f"17:{'ab' * 32}", 30)
    assert (read.height, read.hash, read.period_ms) == (17, b"\xab" * 32, 30 * DAY_MS)
    none = read_trusted("", 0)
    assert (none.height, none.hash, none.period_ms) == (0, b"", 0)
