"""A fixed story gives the committed state roots: in memory, on disk, under any hash seed and any Python that we support."""

import operator
import os
import shutil
import subprocess
import sys
from functools import reduce
from pathlib import Path

import msgspec
import pytest

from tallychain.catalogue import CATALOGUE
from tallychain.contracts.vouchers.acts import ACTS_VIEW
from tallychain.ledger import codec
from tallychain.ledger.envelope import Envelope
from tallychain.ledger.operation import Body, operation_id
from tallychain.ledger.receipt import Receipt
from tallychain.ledger.views import Fact, RowWrite
from tallychain.sdk.evidence import BESIDE
from tallychain.testkit.world import World
from tests.security.doors import chain_of
from tests.simulation.golden import FILE, Golden, Story, encoded

ROOT = Path(__file__).parents[2]
OTHER_VERSIONS = ("3.12", "3.13", "3.14")
RENEW = "if the rules were meant to change: python -m tests.simulation.golden --write"
PACKAGES = "import msgspec, cryptography, ed25519_zebra, rocksdict"


def committed() -> Golden:
    return msgspec.json.decode(FILE.read_bytes(), type=Golden)


@pytest.fixture(scope="module")
def told() -> tuple[World, Golden]:
    story = Story()
    golden = story.tell()
    return story.world, golden


def test_the_story_gives_the_committed_roots(told: tuple[World, Golden]) -> None:
    changed = [
        f"height {ours.height} after {ours.after!r}: {ours.root}, committed {theirs.root}"
        for ours, theirs in zip(told[1].roots, committed().roots, strict=False)
        if ours != theirs
    ]

    assert changed == [], RENEW
    assert told[1] == committed(), RENEW
    assert encoded(told[1]) == FILE.read_bytes()


def test_a_chain_on_disk_gives_the_committed_roots_at_every_height(
    told: tuple[World, Golden], tmp_path: Path
) -> None:
    world, _ = told
    roots = {root.height: root.root for root in committed().roots}
    fresh = World(seed=world.seed, joining=world.joining)
    with chain_of(fresh, tmp_path / "chain") as chain:
        assert chain.app_hash.hex() == roots[0]
        for block in world.history:
            made = chain.make_block(block.time_ms, block.envelopes)
            assert (made.height, made.results) == (block.height, block.results)
            if block.height in roots:
                assert chain.app_hash.hex() == roots[block.height], RENEW
        height = chain.height
    assert height == committed().roots[-1].height


def test_a_chain_that_is_opened_again_goes_on_with_the_committed_roots(
    told: tuple[World, Golden], tmp_path: Path
) -> None:
    world, _ = told
    last = committed().roots[-1]
    half = len(world.history) // 2
    fresh = World(seed=world.seed, joining=world.joining)
    fresh.history.extend(world.history[:half])
    with chain_of(fresh, tmp_path / "chain") as chain:
        assert chain.height == half
    fresh.history.clear()
    with chain_of(fresh, tmp_path / "chain") as chain:
        for block in world.history[half:]:
            chain.make_block(block.time_ms, block.envelopes)
        assert (chain.height, chain.app_hash.hex()) == (last.height, last.root)


@pytest.mark.parametrize("seed", ["0", "4242"])
def test_the_order_of_sets_and_dictionaries_of_texts_changes_no_root(seed: str) -> None:
    assert roots_of(sys.executable, PYTHONHASHSEED=seed) == FILE.read_bytes()


@pytest.mark.parametrize("version", OTHER_VERSIONS)
def test_another_python_gives_the_same_roots(version: str) -> None:
    other = shutil.which(f"python{version}")
    if other is None:
        pytest.skip(f"golden roots under Python {version}: it is not installed")
    if subprocess.run([other, "-c", PACKAGES], capture_output=True, check=False).returncode:
        pytest.skip(f"golden roots under Python {version}: it has not the packages that tallychain needs")

    assert roots_of(other) == FILE.read_bytes()


OF_TIME = {
    "member.suspension_lapsed",
    "proposal.passed",
    "proposal.enacted",
    "governance.calendar_published",
    "debt.released",
    "issuer.blocked",
    "issuer.cured",
    "settlement.agreement_over",
    "settlement.dishonoured",
    "settlement.overdue",
    "settlement.payout_overdue",
    "settlement.settled",
    "court.freeze_ended",
    "dispute.lapsed",
    "redemption.ended",
    "holder.rekey_ended",
    "account.ended",
    "account.in_force",
    "recourse.ended",
    "guarantee.called",
    "guarantee.defaulted",
    "disclosure.month",
    "admission.introduction_ended",
    "ceiling.took_effect",
    "ceiling.ended",
    "standard.took_effect",
    "standard.ended",
    "ceiling.freed",
    "payable.lapsed",
    "invoice.freed",
    "invoice.review_lapsed",
    "voucher.expired",
    "voucher.fell_due",
    "voucher.offer_expired",
    "voucher.cancellation_lapsed",
    "sponsor.did_not_answer",
    "sponsor.claim_ended",
    "pledge.claim_stood",
    "pledge.ended",
    "financing.quotes_ended",
    "financing.lapsed",
    "financing.failed",
    "financing.completed",
    "financing.deregister_late",
}
"""What due work publishes in the story."""


def test_the_story_does_every_operation_and_meets_refusals_of_every_kind(told: tuple[World, Golden]) -> None:
    world, golden = told
    types = {}
    for block in world.history:
        for data in block.envelopes:
            for item in codec.decode_frame(Envelope, data).operations:
                types[operation_id(item.body)] = codec.decode(Body, item.body).type
    rows = [msgspec.json.decode(row) for block in world.history for rows in block.results for row in rows]
    done = {types[row["operation"]] for row in rows if row.get("outcome") == "done"}
    codes = {row["code"] for row in rows} - {"DONE"}

    assert done == {kind.name for kind in CATALOGUE.operation_types()}
    assert len(codes) >= 8
    events = {msgspec.json.decode(event)["event"] for block in world.history for event in block.due_events}
    assert events == OF_TIME
    assert len({root.root for root in golden.roots}) > 20


APART = {
    "admission.",
    "member.",
    "governance.",
    "proposal.",
    "ballot.",
    "ceiling.",
    "settlement.agree.",
    "sponsor.answer",
    "disclosure.",
    "standard.",
    "guarantee.end",
    "account.",
}
"""Operations that concern members, rules, agreements and accounts of record, and no holding; a sponsor's answer changes nothing."""
ABOUT_THE_WHOLE = {
    "voucher.issue",
    "voucher.reject",
    "voucher.withdraw",
    "settlement.late",
    "settlement.reassign.consent",
    "guarantor.pay",
}
"""Operations on a voucher as a whole: evidence on any holding has them."""


def test_evidence_finds_every_operation_that_concerns_a_holding(told: tuple[World, Golden]) -> None:
    kinds = [event for contract in CATALOGUE.contracts for event in contract.events]
    decode, project = msgspec.json.Decoder(reduce(operator.or_, kinds)).decode, ACTS_VIEW.project
    assert project is not None
    types: dict[str, str] = {}
    whole, bound = set[str](), set(BESIDE)
    for block in told[0].history:
        for data in block.envelopes:
            for item in codec.decode_frame(Envelope, data).operations:
                types[operation_id(item.body)] = codec.decode(Body, item.body).type
        for row in (row for rows in block.results for row in rows if b'"outcome"' in row):
            receipt = codec.trusted(Receipt, row)
            kind = types[receipt.operation]
            for event in receipt.events:
                fact = Fact(decode(bytes(event)), receipt.operation, "", "", block.height, 0, block.time_ms)
                for act in project(fact):
                    assert isinstance(act, RowWrite)
                    assert act.values is not None
                    (bound if act.key[3] or act.values["last"] else whole).add(kind)
    concerning = {name for name in set(types.values()) if not name.startswith(tuple(APART))}

    assert concerning - bound - whole == set()
    assert whole - bound == ABOUT_THE_WHOLE


def roots_of(python: str, **environment: str) -> bytes:
    """The roots that another process computes."""
    return subprocess.run(
        [python, "-m", "tests.simulation.golden"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", **environment},
        capture_output=True,
        check=True,
        timeout=60,
    ).stdout
