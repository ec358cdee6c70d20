"""A trial alliance is made whole or not at all, from a description that makes sense."""

import json
import socket
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tallychain.catalogue import CATALOGUE
from tallychain.crypto.certificates import verify_chain
from tallychain.crypto.keyfile import read_key_file
from tallychain.engine.several import SeveralNodes
from tallychain.engine.tls import TlsFolder
from tallychain.gateway import config
from tallychain.gateway.ledgers import connected
from tallychain.ledger.genesis import initial_rows, read_genesis
from tallychain.network import ports
from tallychain.network.alliance import AllianceRefused, read_alliance, read_calendar
from tallychain.network.genesis import START_MS
from tallychain.network.keys import KeySource
from tallychain.network.layout import Layout, NotANetwork
from tallychain.network.making import FolderNotEmpty, Making, make
from tallychain.network.nodes import FolderTooDeep
from tallychain.node.config import load_node

DATA = Path(__file__).resolve().parents[4] / "examples" / "chain"


def making(**changed: Any) -> Making:
    """The example alliance."""
    usual = {
        "alliance": read_alliance(DATA / "alliance.json"),
        "calendar": read_calendar(DATA / "calendar-2026.json"),
        "seed": 7,
    }
    return Making(**{**usual, **changed})


@pytest.fixture
def short(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a short name, because sockets will lie deep in it."""
    return tmp_path_factory.mktemp("s")


def described(path: Path, change: Callable[[Any], None]) -> Path:
    """The example description with something changed."""
    plain = json.loads((DATA / "alliance.json").read_text())
    change(plain)
    path.write_text(json.dumps(plain))
    return path


def test_every_member_has_its_folder_and_settings_that_its_gateway_reads(tmp_path: Path) -> None:
    network = make(tmp_path / "n", making())
    layout = Layout(tmp_path / "n")

    for place in network.members:
        settings, folder = config.load(layout.member(place.id) / "gateway.toml", environment={})
        assert (settings.member, settings.listen_port) == (place.id, place.port)
        assert (folder.root / settings.genesis).read_bytes() == layout.genesis.read_bytes()
    assert layout.read() == network
    assert {person.name for person in layout.read_access()} >= {
        "core-a-maker",
        "supervisor-admin-2",
        "s1",
        "s8",
    }


def test_its_genesis_document_begins_a_chain(tmp_path: Path) -> None:
    make(tmp_path / "n", making())
    document = (tmp_path / "n" / "genesis.json").read_bytes()
    genesis = read_genesis(document)

    assert initial_rows(document, CATALOGUE)
    assert (genesis.demo, genesis.clock, genesis.time_ms, genesis.supervisors) == (
        True,
        "driven",
        START_MS,
        ("supervisor",),
    )


def test_secrets_may_be_read_by_their_owner_only(tmp_path: Path) -> None:
    make(tmp_path / "n", making())
    secret = [*(tmp_path / "n").rglob("*.key"), tmp_path / "n" / "passphrase"]

    assert len(secret) > 50
    assert {stat.S_IMODE(path.stat().st_mode) for path in secret} == {0o600}


def test_with_several_validators_each_has_a_node_that_its_settings_describe(short: Path) -> None:
    network = make(short / "n", making(engine="cometbft", clock="system"))
    layout = Layout(short / "n")
    genesis = read_genesis(layout.genesis.read_bytes())

    validators = ["bank-a", "bank-b", "factor-a", "settle-a"]
    assert [place.id for place in network.nodes] == validators
    assert (genesis.engine, genesis.sequencer) == ("cometbft", "")
    assert sorted(row.member for row in genesis.validators) == validators
    assert initial_rows(layout.genesis.read_bytes(), CATALOGUE)
    ids = {place.id: place.node.id for place in network.nodes if place.node is not None}
    assert {row.member: row.node for row in genesis.nodes} == ids
    for place in network.nodes:
        node = load_node(layout.node_file(place.id))
        assert node.engine is not None
        assert node.home.node_id == ids[place.id]
        assert {peer[:40] for peer in node.engine.peers} == set(ids.values()) - {ids[place.id]}
        key = next(row.key for row in genesis.validators if row.member == place.id)
        assert node.home.consensus().public == key
        assert [program.needs for program in node.programs(place.id)] == ["", f"{place.id}-ledger", ""]
    assert not layout.ledger.exists()
    assert not layout.sequencer_key.exists()


def test_every_port_of_an_alliance_is_used_once(short: Path) -> None:
    network = make(short / "n", making(engine="cometbft", clock="system"))
    used = [place.port for place in network.members]
    for place in network.nodes:
        assert place.node is not None
        node = place.node
        used += [node.p2p, node.rpc, node.engine_metrics, node.ledger_metrics, node.remote]
    assert len(set(used)) == len(used) == 6 + 4 * 5


def test_gateways_reach_the_nodes_of_others_by_certificate_the_followed_first(short: Path) -> None:
    network = make(short / "n", making(engine="cometbft", clock="system"))
    layout = Layout(short / "n")
    settings, _ = config.load(layout.member("core-a") / "gateway.toml", environment={})
    named = [name.partition("@")[0] for name in settings.ledger]
    assert (settings.engine, named[0], len(named)) == ("", "tls://bank-a", 4)
    settings, _ = config.load(layout.member("bank-b") / "gateway.toml", environment={})
    assert settings.engine == str(layout.node_socket("bank-b"))
    assert sorted(name.partition("@")[0] for name in settings.ledger) == [
        *("tls://bank-a", "tls://factor-a", "tls://settle-a")
    ]
    for place in network.members:
        settings, folder = config.load(layout.member(place.id) / "gateway.toml", environment={})
        engine = connected(settings, folder)
        assert isinstance(engine, SeveralNodes)
        assert len(engine.nodes) == 4
    for place in network.nodes:
        node = load_node(layout.node_file(place.id))
        assert "--remote" in node.ledger_arguments
        assert {pin.member for _, pin in TlsFolder.load(node.tls, network.chain).held} == {
            other.id for other in network.members if other.id != place.id
        }


def test_keys_of_nodes_may_be_read_by_their_owner_only(short: Path) -> None:
    make(short / "n", making(engine="cometbft", clock="system"))
    secret = [
        path
        for name in ("priv_validator_key.json", "node_key.json", "own.key")
        for path in (short / "n").rglob(name)
    ]
    assert len(secret) == 4 + 4 + 6
    assert {stat.S_IMODE(path.stat().st_mode) for path in secret} == {0o600}


def test_a_folder_in_which_sockets_would_have_too_long_names_is_refused(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    with pytest.raises(FolderTooDeep, match="choose a folder nearer to the root"):
        make(deep, making(engine="cometbft", clock="system"))
    assert not deep.exists()


@pytest.mark.parametrize(
    ("follows", "sentence"),
    [
        ({"settle-a": ["nobody"]}, "follows nobody, which has no node"),
        ({"factor-a": ["core-a"]}, "follows core-a, which has no node"),
        (
            {name: ["bank-a"] for name in ("bank-a", "bank-b", "factor-a", "settle-a")},
            "has no node of its own",
        ),
    ],
)
def test_a_member_follows_only_members_that_have_a_node(
    tmp_path: Path, follows: dict[str, list[str]], sentence: str
) -> None:
    def change(plain: Any) -> None:
        for member in plain["members"]:
            member["follows"] = follows.get(member["id"], member.get("follows", []))

    alliance = read_alliance(described(tmp_path / "a.json", change))
    with pytest.raises(AllianceRefused, match=sentence):
        make(tmp_path / "n", making(alliance=alliance, engine="cometbft"))


def test_keys_follow_from_the_seed_and_differ_between_seeds() -> None:
    member = making().alliance.members[0]

    one, again, other = (KeySource(seed).member(member) for seed in (7, 7, 8))
    publics = [
        [staff.key.public for staff in keys.staff] + [keys.sealing.public] for keys in (one, again, other)
    ]

    assert publics[0] == publics[1]
    assert not set(publics[0]) & set(publics[2])
    assert KeySource(None).sequencer.public != KeySource(None).sequencer.public


def test_without_demo_the_passphrase_is_random_and_known_to_the_settings(tmp_path: Path) -> None:
    make(tmp_path / "n", making(demo=False, alliance=_one_member(tmp_path)))
    layout = Layout(tmp_path / "n")
    passphrase = layout.passphrase.read_text().strip()
    settings, folder = config.load(layout.member("core-a") / "gateway.toml", environment={})

    assert len(passphrase) >= 32
    assert config.passphrase(settings, folder, demo=False, environment={}) == passphrase
    assert (
        read_key_file(layout.sequencer_key, passphrase).public
        == read_genesis(layout.genesis.read_bytes()).sequencer
    )


def test_a_client_whose_acts_need_two_persons_has_two_keys_outside_the_wallet() -> None:
    source = KeySource(7)
    client = making().alliance.clients[0]
    one, two = source.client(client), source.client(_with_two_persons(client))

    assert [person.role for person in one.persons] == ["maker"]
    assert [person.role for person in two.persons] == ["maker", "checker"]
    assert one.persons[0].identity_key is None
    keys = [person.identity_key for person in two.persons]
    assert None not in keys
    subject = verify_chain(
        two.persons[0].certificate,
        [source.authority.root],
        START_MS,
        frozenset(),
        intermediates=(),
        allow_test=True,
    )
    assert subject.identifier == client.uscc


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("x")

    with pytest.raises(FolderNotEmpty):
        make(tmp_path, making())
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_what_was_begun_and_failed_is_removed(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ports.NoFreePorts):
            make(tmp_path / "n", making(first_port=taken.getsockname()[1]))

    assert not (tmp_path / "n").exists()


def test_a_folder_without_an_alliance_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(NotANetwork, match="There is no trial alliance"):
        Layout(tmp_path).read()


def test_free_ports_are_neighbours_on_which_nobody_listens() -> None:
    found = ports.free_ports(7)

    assert found == list(range(found[0], found[0] + 7))
    assert all(ports.is_free(port) for port in found)


WRONG: dict[str, tuple[Callable[[Any], None], str]] = {
    "an unknown sponsor": (
        lambda plain: plain["clients"][0].update(sponsor="bank-z"),
        "bank-z of s1 is no member",
    ),
    "a wrong check digit": (
        lambda plain: plain["members"][0].update(uscc="91990101MA1CE0A181"),
        "core-a has no valid code",
    ),
    "an unknown kind": (lambda plain: plain["members"][1].update(kinds=["BAKER"]), "unknown kind 'BAKER'"),
    "one id twice": (lambda plain: plain["clients"][0].update(id="bank-a"), "id bank-a stands twice"),
    "one code twice": (
        lambda plain: plain["clients"][0].update(uscc=plain["clients"][1]["uscc"]),
        "stands twice",
    ),
    "an unknown field": (lambda plain: plain.update(more=1), "unknown field"),
    "no members": (lambda plain: plain.update(members=[]), "is not valid"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_description_that_makes_no_sense_is_refused_with_a_sentence(name: str, tmp_path: Path) -> None:
    change, sentence = WRONG[name]

    with pytest.raises(AllianceRefused, match=sentence):
        read_alliance(described(tmp_path / "a.json", change))


def test_a_description_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AllianceRefused, match="cannot be read"):
        read_alliance(tmp_path / "none.json")
    (tmp_path / "bad.json").write_text("{")
    with pytest.raises(AllianceRefused, match="is not valid"):
        read_calendar(tmp_path / "bad.json")


def _one_member(folder: Path) -> Any:
    def only(plain: Any) -> None:
        plain["members"] = plain["members"][:1]
        plain["clients"] = []

    return read_alliance(described(folder / "one.json", only))


def _with_two_persons(client: Any) -> Any:
    import msgspec

    return msgspec.structs.replace(client, two_persons=True)
