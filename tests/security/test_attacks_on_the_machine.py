"""Attacks 5, 6, 7, 8 and 14: floods, poisoned snapshots, roots without rest, two answers at two doors, odd inputs."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from tallychain.catalogue import CATALOGUE
from tallychain.contracts.vouchers import CONTRACT
from tallychain.contracts.vouchers.operations import TRADE_LABELS, Accept, Take
from tallychain.contracts.vouchers.rules.due import OFFERS_PER_BLOCK, VOUCHERS_PER_BLOCK
from tallychain.contracts.vouchers.state import (
    DUE,
    EXPIRED,
    HOLDINGS,
    ISSUED,
    OFFERS,
    OPEN,
    VOUCHERS,
    Holding,
    Voucher,
)
from tallychain.crypto.digest import sha256
from tallychain.engine.embedded import takeover
from tallychain.engine.embedded.takeover import import_chain
from tallychain.instruments.calendar import instant_ms, parse_date
from tallychain.instruments.money import Units
from tallychain.ledger.admission import admissible
from tallychain.ledger.contract import Call, Change
from tallychain.ledger.machine import Catalogue
from tallychain.ledger.refusals import Inadmissible
from tallychain.ledger.state import Reader
from tallychain.store.errors import SnapshotRefused
from tallychain.store.snapshot import MANIFEST_NAME, Manifest, chunk_name
from tallychain.testkit.genesis import trial_genesis
from tallychain.testkit.world import World
from tests.deals import TRADE, Deals, code, content, done
from tests.security.doors import chain_of, rows_in, with_signatures, written

DAY_MS = 86_400_000


@pytest.fixture
def deals() -> Deals:
    return Deals(World())


# ------------------------------------------------------------------------------------------- attack 5


@pytest.mark.attack(5)
def test_a_flood_of_expiring_promises_leaves_no_dead_right_to_be_used() -> None:
    """More promises end at one instant than one block can write down; the last of them is dead all the same."""
    world = World(verify=False)
    deals = Deals(world)
    flood = VOUCHERS_PER_BLOCK + 20
    issues = [
        world.act("voucher.issue", deals.promise(world.receiver("s1"), face=100), by="ce-a")
        for _ in range(flood)
    ]
    half = flood // 2
    envelopes = [world.envelope(issues[:half], "ce-a"), world.envelope(issues[half:], "ce-a")]
    receipts = [done(answer) for answers in world.block(envelopes) for answer in answers]
    last = max((deals.voucher(receipt) for receipt in receipts), key=lambda row: row.number)
    end_ms = last.timeline.steps[0].at_ms
    world.time_ms = end_ms - 1
    accept = world.act("voucher.accept", Accept(last.number, last.promise), by=last.receiver.tag)

    answer = world.submit([accept], carrier="bank-a")[0]

    unwritten = deals.found(last.number)
    assert unwritten.timeline.status == ISSUED, "the flood was too small to show anything"
    assert code(answer) == "VOUCHER_NOT_PENDING"
    assert answer.fields["status"] == EXPIRED  # type: ignore[union-attr]  # a refusal has fields
    assert world.reader.scan(HOLDINGS, last.number) == []
    world.block([])
    assert {row.timeline.status for row in world.reader.scan(VOUCHERS)} == {EXPIRED}


@pytest.mark.attack(5)
def test_a_flood_of_ending_offers_holds_up_no_maturity() -> None:
    world = World(verify=False)
    world.advance(instant_ms(parse_date("2026-09-08"), 9))
    deals = Deals(world)
    receivers = [world.receiver("s2") for _ in range(7)]
    # No holding may have more open offers than its policy says, so the flood is of many vouchers.
    vouchers = [deals.active("s1") for _ in range(OFFERS_PER_BLOCK // 49 + 1)]
    for voucher in vouchers:
        acts = [
            world.act(
                "voucher.offer",
                deals.offer_args(voucher, *receivers, units=100_000, first=1 + 700_000 * number),
                by=voucher.receiver.tag,
                content=dict.fromkeys(TRADE_LABELS, TRADE),
            )
            for number in range(7)
        ]
        for answer in world.submit(acts, carrier="bank-a"):
            done(answer)
    first = next(world.reader.iterate(OFFERS))
    take, taker = Take(first.voucher, first.id), first.receiver.tag
    world.time_ms = vouchers[0].due_ms - 1

    answer = world.submit([world.act("voucher.take", take, by=taker)], carrier="bank-a")[0]

    unwritten = [row for row in world.reader.iterate(OFFERS) if row.timeline.status == OPEN]
    assert unwritten, "the flood was too small to show anything"
    assert {row.timeline.status for row in world.reader.scan(VOUCHERS)} == {DUE}
    assert code(answer) == "VOUCHER_NOT_ACTIVE"
    assert {row.status_at(world.state.moment()) for row in unwritten} == {EXPIRED}
    world.block([])
    assert not any(row.timeline.status == OPEN for row in world.reader.iterate(OFFERS))
    assert world.check() == []


# ------------------------------------------------------------------------------------------- attack 6


def _is_replay(space: bytes, key: bytes) -> bool:
    return space == b"j" and b"replay/" in key


def _is_offer(space: bytes, key: bytes) -> bool:
    return space == b"s" and key.startswith(OFFERS.key())


def _is_key(space: bytes, key: bytes) -> bool:
    return space == b"s" and key.startswith(b"\x02")


@pytest.mark.attack(6)
@pytest.mark.parametrize("missing", [_is_replay, _is_offer, _is_key])
def test_a_snapshot_without_one_replay_id_one_due_item_or_one_key_is_refused(
    deals: Deals, tmp_path: Path, missing: Callable[[bytes, bytes], bool]
) -> None:
    """Every signature and header is genuine, and the manifest fits; only one row is not there."""
    world = deals.world
    voucher = deals.active("s1")
    deals.offered(voucher, world.receiver("s2"), world.receiver("s3"))
    folder = tmp_path / "snapshot"
    genesis = trial_genesis(world.seed, list(world.members.values()), world.start_ms)
    with chain_of(world, tmp_path / "one") as chain:
        height = takeover.export_rows(chain, folder)
        chain.make_block(0, [])
        takeover.export_headers(chain, folder, height)
    assert import_chain(folder, tmp_path / "honest", genesis) == height

    manifest = msgspec.json.decode((folder / MANIFEST_NAME).read_bytes(), type=Manifest)
    rows = rows_in((folder / chunk_name(0)).read_bytes())
    victim = next(row for row in rows if missing(row[0], row[1]))
    chunk = written([row for row in rows if row != victim])
    (folder / chunk_name(0)).write_bytes(chunk)
    fitted = msgspec.structs.replace(manifest, rows=len(rows) - 1, chunks=(sha256(chunk).hex(),))
    (folder / MANIFEST_NAME).write_bytes(msgspec.json.encode(fitted))

    with pytest.raises(SnapshotRefused):
        import_chain(folder, tmp_path / "deceived", genesis)

    assert not (tmp_path / "deceived" / "store").exists()


# ------------------------------------------------------------------------------------------- attack 7


@pytest.mark.attack(7)
def test_an_idle_chain_comes_to_rest_while_promises_and_offers_wait(deals: Deals, tmp_path: Path) -> None:
    world = deals.world
    voucher = deals.active("s1")
    deals.issued("s3")
    deals.offered(voucher, world.receiver("s2"))
    root = world.root
    for _ in range(5):
        world.block([])
        assert world.root == root
    with chain_of(world, tmp_path) as chain:
        assert chain.app_hash == root
        for _ in range(5):
            chain.make_block(0, [])
        assert chain.app_hash == root
        assert not chain.unproven


@pytest.mark.attack(7)
def test_time_that_brings_nothing_leaves_the_root_and_what_it_brings_changes_it_once(deals: Deals) -> None:
    world = deals.world
    voucher = deals.issued("s1")
    root = world.root
    world.time_ms += 9 * DAY_MS
    world.block([])
    # Journals of replay ids that are over are dropped with the next operations, not by time alone.
    assert world.root == root

    world.advance(voucher.timeline.steps[0].at_ms)
    expired = world.root

    assert expired != root
    world.block([])
    assert world.root == expired


# ------------------------------------------------------------------------------------------- attack 8


@pytest.mark.attack(8)
def test_one_bad_client_signature_has_one_answer_at_every_door_and_halts_nothing(
    deals: Deals, tmp_path: Path
) -> None:
    world = deals.world
    voucher = deals.issued("s1")
    good = world.act("voucher.accept", Accept(voucher.number, voucher.promise), by=voucher.receiver.tag)
    other = deals.issued("s2")
    accept = world.act("voucher.accept", Accept(other.number, other.promise), by=other.receiver.tag)
    signature = accept.signatures[0]
    false = with_signatures(
        accept,
        msgspec.structs.replace(
            signature, signature=bytes([signature.signature[0] ^ 1]) + signature.signature[1:]
        ),
    )
    poisoned = world.envelope([good, false], "bank-a")
    clean = world.envelope([good], "bank-a")
    before = world.root

    with chain_of(world, tmp_path) as chain:
        # Checked before ordering ...
        _, checks = chain.parse(poisoned)
        assert not all(chain.pool.verify(list(checks)))
        with pytest.raises(Inadmissible, match="SIGNATURE_FALSE"):
            admissible(poisoned, chain.state, lambda asked: all(chain.pool.verify(list(asked))))
        # ... and ordered all the same, beside a clean one: it stands there without effect and the chain goes on.
        block = chain.make_block(0, [poisoned, clean])
        assert sorted(block.codes) == [0, 1]
        assert chain.app_hash != before
        assert chain.make_block(0, [world.envelope([accept], "bank-a")]).codes == [0]
    with pytest.raises(Inadmissible, match="SIGNATURE_FALSE"):
        world.block([poisoned])
    assert world.root == before
    done(world.block([clean])[0][0])


# ------------------------------------------------------------------------------------------ attack 14


def _prints_units(args: Accept, _call: Call, state: Reader) -> Change:
    """A defective rule: it gives the receiver one unit more than was promised."""
    voucher = state.get(VOUCHERS, args.voucher)
    assert isinstance(voucher, Voucher)
    too_much = Holding(
        voucher.number,
        Units(1),
        Units(voucher.face + 1),
        1,
        voucher.receiver.tag,
        voucher.receiver.sealing,
        voucher.receiver.sponsor,
        1,
        "",
        "ISSUE",
        (),
    )
    return Change((HOLDINGS.put(too_much),))


def defective() -> Catalogue:
    """The catalogue with one planted defect."""
    kinds = tuple(
        replace(kind, rule=_prints_units) if kind.name == "voucher.accept" else kind
        for kind in CONTRACT.operations
    )
    rest = [contract for contract in CATALOGUE.contracts if contract is not CONTRACT]
    return Catalogue([*rest, replace(CONTRACT, operations=kinds)])


@pytest.mark.attack(14)
def test_a_defect_that_an_input_meets_is_rolled_back_and_closes_only_its_voucher() -> None:
    world = World()
    deals = Deals(world)
    odd, calm = deals.issued("s1"), deals.issued("s2")
    world.state.catalogue = defective()
    before = content(world)

    answer = deals.accept(odd)

    assert code(answer).startswith("INTERNAL_")
    after = content(world)
    assert {key: row for key, row in after.items() if key in before} == before
    assert len(after) == len(before) + 1, "only the quarantine is written"
    assert code(deals.withdraw(odd)) == "QUARANTINED"
    world.state.catalogue = CATALOGUE
    done(deals.accept(calm))
    assert code(deals.accept(odd)) == "QUARANTINED"
    assert world.check() == []


@pytest.mark.attack(14)
def test_every_node_and_every_replay_closes_the_same_voucher() -> None:
    def run() -> bytes:
        world = World()
        deals = Deals(world)
        odd = deals.issued("s1")
        world.state.catalogue = defective()
        deals.accept(odd)
        deals.withdraw(odd)
        return world.root

    assert run() == run()
