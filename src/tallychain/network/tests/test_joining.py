"""A further node is made beside the others, with what its member needs to put it to the vote."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from tallychain.engine.cometbft.nodekeys import node_id_of
from tallychain.engine.cometbft.snapshots import FOLDER
from tallychain.engine.tls import TlsFolder
from tallychain.ledger.genesis import chain_facts
from tallychain.ledger.possession import is_proven, statement
from tallychain.network import joining
from tallychain.network.alliance import read_alliance, read_calendar
from tallychain.network.joining import Joining, NodeRefused, add_node
from tallychain.network.layout import Layout
from tallychain.network.making import Making, make
from tallychain.network.running import programs
from tallychain.node.config import load_node

DATA = Path(__file__).resolve().parents[4] / "examples" / "chain"


def made(root: Path, **changed: Any) -> Layout:
    """An alliance of the example's members, not started."""
    alliance, calendar = read_alliance(DATA / "alliance.json"), read_calendar(DATA / "calendar-2026.json")
    usual: dict[str, Any] = {"seed": 7, "engine": "cometbft", "clock": "system"}
    make(root, Making(alliance=alliance, calendar=calendar, **{**usual, **changed}))
    return Layout(root)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once; its folder is written into files, so every test works in the same place."""
    root = tmp_path_factory.mktemp("n") / "n"
    made(root)
    return root


@pytest.fixture
def layout(original: Path, tmp_path: Path) -> "Any":
    """The alliance as it was made, whatever a test before did to it."""
    shutil.copytree(original, tmp_path / "kept", symlinks=True)
    yield Layout(original)
    shutil.rmtree(original)
    shutil.copytree(tmp_path / "kept", original, symlinks=True)


def test_a_member_without_a_node_gets_one_that_knows_all_others(layout: Layout) -> None:
    added = add_node(layout.root, Joining(member="supervisor"))
    node = load_node(layout.node_file("supervisor"))

    assert added.node == node.home.node_id
    assert node.engine is not None
    others = {place.id: place.node for place in layout.read().nodes if place.id != "supervisor"}
    assert {peer[:40] for peer in node.engine.peers} == {one.id for one in others.values() if one}
    for name in others:
        engine = load_node(layout.node_file(name)).engine
        assert engine is not None
        assert added.node in {peer[:40] for peer in engine.peers}
    assert (added.kind, added.synced_from, node.engine.sync) == ("observer", 0, None)
    # It serves the gateways of all others, whose certificates its member has had from the beginning.
    assert node.remote_listen
    assert len(TlsFolder.load(node.tls, "trial-1").held) == 5


def test_a_node_in_an_alliance_that_was_made_before_members_had_certificates_serves_its_own_gateway(
    layout: Layout,
) -> None:
    shutil.rmtree(layout.tls("supervisor"))
    add_node(layout.root, Joining(member="supervisor"))
    assert not load_node(layout.node_file("supervisor")).remote_listen


def test_what_its_member_proposes_proves_that_it_has_the_keys(layout: Layout) -> None:
    added = add_node(layout.root, Joining(member="core-a", validator=True)).proposal
    facts = chain_facts(layout.genesis.read_bytes())
    key, node_key = str(added["key"]), str(added["node_key"])
    said = statement(facts, "core-a", node_key, key)

    assert is_proven(key, str(added["key_proof"]), said)
    assert is_proven(node_key, str(added["node_proof"]), said)
    home = load_node(layout.node_file("core-a")).home
    assert (home.consensus().public, home.node_id) == (key, node_id_of(node_key))
    assert (added["kind"], added["member"], added["power"]) == ("VALIDATOR_ADMIT", "core-a", 10)


def test_an_observer_proposes_its_node_alone(layout: Layout) -> None:
    added = add_node(layout.root, Joining(member="core-a")).proposal
    assert set(added) == {"kind", "member", "node_key", "node_proof"}
    said = statement(chain_facts(layout.genesis.read_bytes()), "core-a", str(added["node_key"]))
    assert is_proven(str(added["node_key"]), str(added["node_proof"]), said)


def test_at_its_next_start_the_alliance_runs_the_new_node_too(layout: Layout) -> None:
    add_node(layout.root, Joining(member="supervisor"))
    names = [program.name for program in programs(layout, layout.read())]
    assert {"supervisor", "supervisor-ledger", "supervisor-engine"} <= set(names)
    assert len(names) == len(set(names)) == 6 + 2 * 5


def test_what_cannot_be_added_is_refused_in_a_sentence(layout: Layout, tmp_path: Path) -> None:
    with pytest.raises(NodeRefused, match="has a node already"):
        add_node(layout.root, Joining(member="bank-a"))
    with pytest.raises(NodeRefused, match="no member nobody"):
        add_node(layout.root, Joining(member="nobody"))
    with pytest.raises(NodeRefused, match="start the alliance first"):
        add_node(layout.root, Joining(member="supervisor", snapshot=True))
    assert not layout.node("supervisor").exists()


async def known_header(_rpc: str, height: int) -> tuple[int, str]:
    """An engine that has every header that it is asked for."""
    return height, "ab" * 32


def test_a_node_that_is_to_begin_with_a_snapshot_trusts_the_header_of_the_newest(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(joining, "trusted_header", known_header)
    for member, height in (("bank-a", 100), ("bank-b", 200)):
        (layout.node(member) / "ledger" / FOLDER / str(height)).mkdir(parents=True)
    added = add_node(layout.root, Joining(member="supervisor", snapshot=True))
    engine = load_node(layout.node_file("supervisor")).engine
    assert added.synced_from == 200
    assert engine is not None
    assert engine.sync is not None
    assert (engine.sync.height, len(engine.sync.servers)) == (200, len(layout.read().nodes) - 1)


def test_where_nobody_has_made_a_snapshot_no_node_is_made_that_would_wait_for_one(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(joining, "trusted_header", known_header)
    with pytest.raises(NodeRefused, match="without --snapshot the node begins with block 1"):
        add_node(layout.root, Joining(member="supervisor", snapshot=True))
    assert not layout.node("supervisor").exists()


def test_an_alliance_with_one_ledger_process_has_no_nodes(tmp_path: Path) -> None:
    one = made(tmp_path / "n", engine="embedded", clock="driven")
    with pytest.raises(NodeRefused, match="has no nodes"):
        add_node(one.root, Joining(member="bank-a"))


def test_without_a_seed_a_new_node_has_keys_that_nobody_can_derive(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    # Named after the test, the folder would be too deep for the nodes' sockets.
    folder = tmp_path_factory.mktemp("s")
    one, two = (made(folder / name, seed=None) for name in ("n", "m"))
    added = [add_node(layout.root, Joining(member="supervisor")).node for layout in (one, two)]
    assert added[0] != added[1]
