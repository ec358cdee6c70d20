"""Keys that come later open what stands here already, and give the rows of a rebuild that had them from the beginning."""

from pathlib import Path

from tallychain.ledger import codec
from tallychain.ledger.envelope import Envelope
from tallychain.ledger.operation import SignedOperation
from tallychain.readmodel.tests.story import Ring
from tallychain.readmodel.tests.test_readmodel import dump, follow, projector, story
from tallychain.testkit.world import World


def operations(world: World) -> list[SignedOperation]:
    """Every operation of a chain, with its boxes."""
    found = (codec.decode_frame(Envelope, data) for block in world.history for data in block.envelopes)
    return [operation for envelope in found for operation in envelope.operations]


def test_a_wallet_that_comes_later_gives_the_rows_of_a_rebuild(tmp_path: Path) -> None:
    world = World()
    story(world)
    ring = Ring(world, "bank-b", ("s4",))
    live, _, live_engine = projector(world, tmp_path / "live.sqlite", ring)
    follow(live, world)
    shut = dump(live_engine)
    ring._clients = ("s4", "s1")

    opened = sum(live.open_later(operation) for operation in operations(world))

    rebuilt, _, engine = projector(world, tmp_path / "again.sqlite", ring)
    follow(rebuilt, world)
    assert opened > 0
    assert dump(live_engine) == dump(engine) != shut
    assert sum(live.open_later(operation) for operation in operations(world)) == 0


def test_operations_are_found_by_the_keys_that_they_name(tmp_path: Path) -> None:
    world = World()
    number = story(world)
    made, _, _ = projector(world, tmp_path / "r.sqlite")
    assert made.open_later(operations(world)[0]) == 0
    follow(made, world)
    (tag,) = world.clients["s1"].tags
    sealing = world.clients["s1"].tag_sealing(tag).public

    found = made.naming(frozenset((tag, sealing, "ed25519:" + "0" * 64)))

    assert number
    assert set().union(*found.values()) == {tag, sealing}
    assert made.naming(frozenset()) == {}
