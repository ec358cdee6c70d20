"""Nodes that do not belong to the alliance are refused by every node on its own, with a line in the log that says why."""

from collections.abc import Iterator

import pytest

from tallychain.network.joining import Joining, add_node
from tallychain.network.layout import Layout
from tests.nodes import (
    VALIDATORS,
    beside,
    engine_of,
    ledger_of,
    made,
    meet,
    said,
    started,
    take_identity,
    until,
)

pytestmark = [pytest.mark.faults, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def alliance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Layout]:
    """Four validators that make blocks."""
    with started(made(tmp_path_factory.mktemp("a") / "n")) as layout:
        until(lambda: (height(layout, "bank-a")) > 1)
        yield layout
        until(lambda: all(len(peers(layout, member)) == 3 for member in VALIDATORS))


def height(layout: Layout, member: str) -> int:
    """Of a member's ledger; 0 where it does not answer."""
    found = ledger_of(layout, member)
    return 0 if found is None else found.height


def peers(layout: Layout, member: str) -> list[str]:
    """To whom a member's engine is connected."""
    found = engine_of(layout, member)
    return [] if found is None else found.peers


def is_alone(layout: Layout, member: str) -> bool:
    """Who dials takes itself for connected until the other side, which decides, has hung up: it is alone in between."""
    return peers(layout, member) == []


def test_a_node_whose_id_is_not_on_the_ledger_is_refused(alliance: Layout) -> None:
    added = add_node(alliance.root, Joining(member="supervisor"))
    with beside(alliance, "supervisor"):
        until(lambda: said(alliance, VALIDATORS, "filtered ID", added.node))
        until(lambda: is_alone(alliance, "supervisor"))
        assert all("supervisor" not in peers(alliance, member) for member in VALIDATORS)
        assert height(alliance, "supervisor") == 0
    assert said(alliance, VALIDATORS, "filtered ID", added.node)


def test_a_node_of_another_chain_is_refused(
    alliance: Layout, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = made(tmp_path_factory.mktemp("o") / "o", chain="other-1", seed=8)
    meet(other, "bank-a", alliance)
    with beside(other, "bank-a"):
        until(lambda: said(alliance, VALIDATORS, "Inbound Peer rejected", "different network", "other-1"))
        until(lambda: is_alone(other, "bank-a"))


def test_a_node_of_another_genesis_is_refused_as_unlisted(
    alliance: Layout, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = made(tmp_path_factory.mktemp("o") / "o", seed=8)
    meet(other, "bank-a", alliance)
    node = next(place.node for place in other.read().members if place.id == "bank-a")
    assert node is not None
    with beside(other, "bank-a"):
        until(lambda: said(alliance, VALIDATORS, "filtered ID", node.id))
        until(lambda: is_alone(other, "bank-a"))


def test_a_node_with_the_identity_of_one_that_is_connected_is_refused(
    alliance: Layout, tmp_path_factory: pytest.TempPathFactory
) -> None:
    thief = made(tmp_path_factory.mktemp("o") / "o", seed=8)
    take_identity(thief, "bank-a", alliance, "bank-b")
    meet(thief, "bank-a", alliance)
    with beside(thief, "bank-a"):
        until(lambda: said(alliance, ("bank-a", "factor-a", "settle-a"), "duplicate ID"))
        until(lambda: is_alone(thief, "bank-a"))
    until(lambda: set(peers(alliance, "bank-b")) == {"bank-a", "factor-a", "settle-a"})
