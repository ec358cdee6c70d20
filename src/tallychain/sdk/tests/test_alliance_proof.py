"""Proofs from a chain with several validators: from the founders, through every change of the set, to the persons who signed."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tallychain.ledger.genesis import genesis_digest
from tallychain.sdk.proof import ProofUnavailable, gather, make_bundle
from tallychain.sdk.tests.forge import Bundle, flipped, from_bytes, to_bytes
from tallychain.sdk.tests.quorum import Decided, key_of, set_of, vote
from tallychain.sdk.tests.story import FOUR, Story, Voted, told_by_four
from tallychain.sdk.verify import sentences, verify
from tallychain.sdk.verify.alliance import Trusted
from tallychain.sdk.verify.headers import Commit, Stamp, encode_commit, encode_header, header_hash
from tallychain.testkit.genesis import START_MS

MOVING = [
    FOUR,
    {**FOUR, "new-a": 1},
    {**FOUR, "new-a": 2, "new-b": 2},
    {"factor-a": 1, "settle-a": 1, "new-a": 2, "new-b": 2},
    {"new-a": 2, "new-b": 2, "new-c": 1},
]
"""The founders have all gone in the end."""
DAY_MS = 86_400_000


@pytest.fixture(scope="module")
def four() -> Story:
    return told_by_four()


@pytest.fixture(scope="module")
def moving() -> Story:
    return told_by_four(MOVING)


@pytest.fixture(scope="module")
def proofs(four: Story) -> dict[str, bytes]:
    return {name: make_bundle(four.everything(name)) for name in four.operations}


@pytest.fixture(scope="module")
def moved(moving: Story) -> dict[str, bytes]:
    return {name: make_bundle(moving.everything(name)) for name in moving.operations}


def chain_of(story: Story) -> Voted:
    assert isinstance(story.engine, Voted)
    return story.engine


def test_every_act_on_a_chain_of_four_is_proven(four: Story, proofs: dict[str, bytes]) -> None:
    expected = genesis_digest(four.genesis).hex()
    for name, bundle in proofs.items():
        report = verify(bundle, genesis_digest=expected, trusted_roots=[four.root])
        assert report.failure is None, name
        assert "as you expect" in report.statements[0]
        assert "is final: 4 validators with 4 of 4 votes" in report.statements[1]


def test_what_is_said_stands_in_chinese_too(proofs: dict[str, bytes]) -> None:
    said = verify(proofs["take"], language="zh").statements
    assert "4 个验证者（4 票，共 4 票" in said[1]
    assert len(said) == len(verify(proofs["take"]).statements)


def test_with_one_set_no_step_is_needed(proofs: dict[str, bytes]) -> None:
    made = from_bytes(proofs["issue"])
    assert made["format"] == "tally-proof/2"
    assert made["validators"] == []
    assert len(made["headers"]) == 2


def test_a_proof_leads_through_sets_of_which_the_last_has_no_founder(
    moving: Story, moved: dict[str, bytes]
) -> None:
    for name, bundle in moved.items():
        report = verify(bundle, genesis_digest=genesis_digest(moving.genesis).hex())
        assert report.failure is None, name
    made = from_bytes(moved["take"])
    assert 1 <= len(made["validators"]) < len(MOVING)
    assert "following from the founders'" in verify(moved["take"]).statements[1]


def test_two_headers_are_enough_right_after_the_block() -> None:
    story = told_by_four(blocks_after=1)
    made = make_bundle(story.everything("take"))
    assert len(from_bytes(made)["headers"]) == 1
    assert verify(made).valid


def test_a_trusted_header_is_led_through_and_said(moving: Story) -> None:
    decided = chain_of(moving).alliance.decided
    made = asyncio.run(gather(moving.engine, moving.id("take"), moving.genesis, through=4))
    trusted = Trusted(4, header_hash(decided[3].header).hex())
    report = verify(make_bundle(made), trusted_header=trusted)
    assert report.failure is None
    assert report.statements[1] == "The header of block 4 that you trust stands on the way to it."


def trusting(bundle: bytes, trusted: Trusted) -> str:
    failure = verify(bundle, trusted_header=trusted).failure
    return failure.code if failure else ""


def test_a_trusted_header_that_differs_or_is_missing_is_named(moving: Story) -> None:
    made = make_bundle(asyncio.run(gather(moving.engine, moving.id("take"), moving.genesis, through=4)))
    assert trusting(made, Trusted(4, "00" * 32)) == "TRUSTED_HEADER_DIFFERS"
    assert trusting(made, Trusted(999, "00" * 32)) == "TRUSTED_HEADER_MISSING"


def test_age_counts_from_the_trusted_header_on(moving: Story) -> None:
    decided = chain_of(moving).alliance.decided
    made = make_bundle(asyncio.run(gather(moving.engine, moving.id("take"), moving.genesis, through=4)))
    name = header_hash(decided[3].header).hex()
    late = decided[3].header.time.ms + DAY_MS
    assert trusting(made, Trusted(0, "", DAY_MS, late)) == "TRUST_EXPIRED"
    assert trusting(made, Trusted(4, name, DAY_MS, late)) == "TRUST_EXPIRED"
    assert trusting(made, Trusted(4, name, DAY_MS, late - 1)) == ""


def test_the_own_block_may_be_the_trusted_header(four: Story, proofs: dict[str, bytes]) -> None:
    decided = chain_of(four).alliance.decided
    assert trusting(proofs["issue"], Trusted(5, header_hash(decided[4].header).hex())) == ""


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_one_changed_bit_anywhere_is_never_valid(data: st.DataObject, moved: dict[str, bytes]) -> None:
    bundle = bytearray(moved[data.draw(st.sampled_from(sorted(moved)))])
    position = data.draw(st.integers(0, len(bundle) - 1))
    bundle[position] ^= 1 << data.draw(st.integers(0, 7))
    assert not verify(bytes(bundle)).valid


Act = Callable[[Bundle, Story], object]


@dataclass(frozen=True)
class Break:
    """One lie about the headers, and the code that must name it."""

    name: str
    code: str
    act: Act
    asked: dict[str, Any] = field(default_factory=dict)


def decided_at(story: Story, bundle: Bundle, place: int = 0) -> Decided:
    """The height of one of the bundle's headers, as the validators decided it."""
    for decided in chain_of(story).alliance.decided:
        if decided.header_bytes.hex() == bundle["headers"][place]["header"]:
            return decided
    raise LookupError(place)


def revoted(make: Callable[[Decided], Commit]) -> Act:
    """Other votes under the first header."""

    def act(bundle: Bundle, story: Story) -> None:
        bundle["headers"][0]["commit"] = encode_commit(make(decided_at(story, bundle))).hex()

    return act


def resigned(**changes: Any) -> Act:
    """Another first header, which its validators signed so."""

    def act(bundle: Bundle, story: Story) -> None:
        decided = decided_at(story, bundle)
        header = decided.header._replace(**changes)
        bundle["headers"][0] = {
            "header": encode_header(header).hex(),
            "commit": encode_commit(vote(header, decided.powers)).hex(),
        }

    return act


def half(decided: Decided) -> Commit:
    return vote(decided.header, decided.powers, absent=sorted(decided.powers)[:2])


def signature_lost(decided: Decided) -> Commit:
    rows = decided.commit.rows
    return decided.commit._replace(rows=(rows[0]._replace(signature=bytes(64)), *rows[1:]))


def without_headers(bundle: Bundle, _: Story) -> None:
    bundle["headers"] = []


def swapped_headers(bundle: Bundle, _: Story) -> None:
    bundle["headers"].reverse()


def by_strangers(bundle: Bundle, story: Story) -> None:
    """A chain that nobody founded: other validators sign, and their set is named."""
    decided, powers = decided_at(story, bundle), {"x": 1, "y": 1}
    header = decided.header._replace(validators_hash=set_of(powers).hash)
    bundle["headers"][0] = {
        "header": encode_header(header).hex(),
        "commit": encode_commit(vote(header, powers)).hex(),
    }
    bundle["validators"] = [[{"key": row.key, "power": row.power} for row in set_of(powers).rows]]


def unused_set(bundle: Bundle, _: Story) -> None:
    bundle["validators"] = [[{"key": key_of("x").public, "power": 1}]]


def set_in_another_order(bundle: Bundle, story: Story) -> None:
    by_strangers(bundle, story)
    bundle["validators"][0].reverse()


def another_block(bundle: Bundle, story: Story) -> None:
    """The results of one block, and the head of another."""
    bundle["block"] = chain_of(story).alliance.decided[0].header_bytes.hex()


def no_founders_set(bundle: Bundle, story: Story) -> None:
    resigned(validators_hash=b"\1" * 32)(bundle, story)


def changed_text(bundle: Bundle, _: Story) -> None:
    bundle["block"] = flipped(bundle["block"])


def other_root(bundle: Bundle, story: Story) -> None:
    decided = decided_at(story, bundle, -1)
    header = decided.header._replace(app_hash=b"\1" * 32)
    bundle["headers"][-1] = {
        "header": encode_header(header).hex(),
        "commit": encode_commit(vote(header, decided.powers)).hex(),
    }


BREAKS = [
    Break("no headers", "MALFORMED", without_headers),
    Break("a header that is none", "MALFORMED", changed_text),
    Break("votes of half", "COMMIT_TOO_WEAK", revoted(half)),
    Break("a signature lost", "COMMIT_SIGNATURE_FALSE", revoted(signature_lost)),
    Break("votes of another round", "COMMIT_SIGNATURE_FALSE", revoted(lambda d: d.commit._replace(round=2))),
    Break("votes on another block", "COMMIT_OF_OTHER_BLOCK", revoted(lambda d: d.commit._replace(height=2))),
    Break(
        "a vote left out", "COMMIT_OF_OTHERS", revoted(lambda d: d.commit._replace(rows=d.commit.rows[1:]))
    ),
    Break("headers in another order", "HEADER_NOT_LATER", swapped_headers),
    Break("another header of a later block", "HEADERS_NOT_LINKED", another_block),
    Break("a time before the founding", "HEADER_TIME_WRONG", resigned(time=Stamp(1))),
    Break("another chain", "OTHER_CHAIN", resigned(chain="trial-2")),
    Break("validators that nobody knows", "VALIDATORS_NOT_TRUSTED", by_strangers),
    Break("a set in another order", "MALFORMED", set_in_another_order),
    Break("a set that nothing needs", "MALFORMED", unused_set),
    Break("a set that is missing", "VALIDATORS_MISSING", no_founders_set),
    Break("another root", "RECORD_NOT_IN_STATE", other_root),
    Break("other results", "RECEIPT_NOT_IN_BLOCK", resigned(last_results_hash=b"\1" * 32)),
]
ELSEWHERE = {"TRUSTED_HEADER_DIFFERS", "TRUSTED_HEADER_MISSING", "TRUST_EXPIRED"}
"""Codes that a test above meets."""
NOT_OF_BUNDLES = {"HEADERS_CONFLICT", "VALIDATORS_DIFFER"}
"""What only a client can meet that follows a chain: a bundle holds one header of a height, and finds its sets by their digest."""


@pytest.mark.parametrize("case", BREAKS, ids=lambda case: case.name)
def test_a_broken_header_is_named_and_nothing_counts_as_proven(
    case: Break, four: Story, proofs: dict[str, bytes]
) -> None:
    bundle = from_bytes(proofs["issue"])
    case.act(bundle, four)
    report = verify(to_bytes(bundle), **case.asked)
    assert report.failure is not None
    assert report.failure.code == case.code
    assert "{" not in report.failure.sentence
    assert report.statements == ()


def test_every_failure_of_headers_is_met_by_a_lie() -> None:
    told = {case.code for case in BREAKS} | ELSEWHERE | NOT_OF_BUNDLES
    headers = {"COMMIT", "HEADER", "HEADERS", "TRUST", "TRUSTED", "VALIDATORS"}
    named = {name for name in sentences.TEXTS if name.isupper() and name.split("_")[0] in headers}
    assert named - told == {"HEADER_CHANGED", "HEADER_SIGNATURE_FALSE"}


def test_an_embedded_bundle_does_not_pass_for_one_of_an_alliance(
    four: Story, proofs: dict[str, bytes]
) -> None:
    bundle = from_bytes(proofs["issue"])
    bundle["format"] = "tally-proof/1"
    failure = verify(to_bytes(bundle)).failure
    assert failure is not None
    assert failure.code == "MALFORMED"


def test_headers_that_do_not_hold_give_no_proof(four: Story) -> None:
    story = told_by_four()
    chain = chain_of(story)
    chain._headers = [row._replace(header_signature=b"") for row in chain._headers]
    with pytest.raises(ProofUnavailable) as caught:
        asyncio.run(gather(chain, story.id("issue"), story.genesis))
    assert caught.value.code == "HEADERS_BROKEN"


def test_the_alliances_time_is_that_of_its_headers(proofs: dict[str, bytes]) -> None:
    assert START_MS > 0
    assert "Block 5 was made at 2026-03-16 01:00:00" in verify(proofs["issue"]).statements[1]
