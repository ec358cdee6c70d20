"""The folder that the engine begins in: keys, settings and how its chain begins."""

import base64
import json
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallychain.crypto.schemes import verify
from tallychain.engine.cometbft.home import EngineValidator, Home, engine_genesis
from tallychain.engine.cometbft.nodekeys import EngineKey, EngineKeyRefused, address_of, read_engine_key
from tallychain.engine.cometbft.settings import (
    EngineSettings,
    EngineSettingsRefused,
    SyncSettings,
    checked,
    read_engine_settings,
)
from tallychain.engine.cometbft.template import config_text

PEER = "cb6424def877aa7a99b23ea3f15eb7fe501b1b3f@bank-b.example:26656"
OTHER = "00d41f334d54b418d308eb6b5628bd8ef4af94c2@bank-c.example:26656"


def test_an_address_is_what_the_engine_itself_computes_from_the_key() -> None:
    # Public key and address as `cometbft init` of 0.38.25 wrote them.
    public = base64.b64decode("3fLzkDqfE/8sTr5IFtO20ksRaMH9XCXlx4Kr+pqn9bQ=")
    assert address_of(f"ed25519:{public.hex()}") == "8439B2B221DDB8F3117632058E3D96F485F10981"


def test_a_new_home_holds_two_keys_that_only_its_owner_reads(tmp_path: Path) -> None:
    home, consensus, node = Home(tmp_path / "engine"), EngineKey.generate(), EngineKey.generate()
    home.make(consensus, node)
    assert (home.consensus(), home.node()) == (consensus, node)
    assert len(home.node_id) == 40
    for path in (home.consensus_key, home.node_key, home.signed):
        assert path.stat().st_mode & 0o777 == 0o600
    assert home.root.stat().st_mode & 0o777 == 0o700


def test_keys_that_are_there_are_never_overwritten(tmp_path: Path) -> None:
    home, first = Home(tmp_path / "engine"), EngineKey.generate()
    home.make(first, EngineKey.generate())
    home.signed.write_text('{"height": "7", "round": 0, "step": 3}')
    with pytest.raises(EngineKeyRefused, match="already a key"):
        home.make(EngineKey.generate(), EngineKey.generate())
    assert home.consensus() == first
    assert json.loads(home.signed.read_text())["height"] == "7"


def test_what_was_signed_last_outlives_a_missing_key(tmp_path: Path) -> None:
    home, first = Home(tmp_path / "engine"), EngineKey.generate()
    home.make(first, EngineKey.generate())
    home.signed.write_text('{"height": "7", "round": 0, "step": 3}')
    home.consensus_key.unlink()
    home.node_key.unlink()
    home.make(first, EngineKey.generate())
    assert json.loads(home.signed.read_text())["height"] == "7"


def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    home = Home(tmp_path / "engine")
    home.make(EngineKey.generate(), EngineKey.generate())
    home.consensus_key.chmod(0o640)
    with pytest.raises(EngineKeyRefused, match="may be read by others"):
        home.consensus()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"priv_key": 7}',
        '{"priv_key": {"type": "tendermint/PrivKeyEd25519", "value": "?"}}',
        '{"priv_key": {"type": "tendermint/PrivKeySecp256k1", "value": "AAAA"}}',
        '{"priv_key": {"type": "tendermint/PrivKeyEd25519", "value": "AAAA"}}',
        json.dumps(
            {"priv_key": {"type": "tendermint/PrivKeyEd25519", "value": base64.b64encode(bytes(64)).decode()}}
        ),
    ],
)
def test_a_file_that_holds_no_key_is_refused_in_a_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "key.json"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(EngineKeyRefused, match=r"key\.json"):
        read_engine_key(path)


def test_a_missing_key_file_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(EngineKeyRefused, match="cannot be read"):
        read_engine_key(tmp_path / "none.json")


def test_a_key_signs_and_does_not_show_itself() -> None:
    key = EngineKey.generate()
    assert verify(key.public, b"statement", key.signing.sign(b"statement"))
    assert key.seed.hex() not in repr(key)


def test_the_settings_file_says_what_the_operator_chose() -> None:
    settings = EngineSettings(
        listen="0.0.0.0:26656", external="tally.bank-a.example:26656", peers=(PEER, OTHER), rpc_port=4000
    )
    found = tomllib.loads(config_text(settings, moniker='bank "a"', proxy_app="unix:///run/abci.sock"))
    assert found["moniker"] == 'bank "a"'
    assert found["proxy_app"] == "unix:///run/abci.sock"
    assert found["filter_peers"] is True
    assert found["rpc"]["laddr"] == "tcp://127.0.0.1:4000"
    assert found["p2p"]["persistent_peers"] == f"{PEER},{OTHER}"
    assert found["p2p"]["unconditional_peer_ids"] == f"{PEER[:40]},{OTHER[:40]}"
    assert found["p2p"]["pex"] is False
    assert found["mempool"]["recheck"] is False
    assert found["consensus"]["timeout_commit"] == "0ms"
    assert found["consensus"]["create_empty_blocks"] is False
    assert found["consensus"]["create_empty_blocks_interval"] == "5000ms"
    assert found["statesync"]["enable"] is False
    assert found["tx_index"]["indexer"] == "null"


def test_nodes_far_apart_wait_a_little_for_each_others_votes() -> None:
    far = tomllib.loads(config_text(EngineSettings(network="wan"), moniker="m", proxy_app="p"))
    assert far["consensus"]["timeout_commit"] == "100ms"
    assert far["consensus"]["peer_gossip_sleep_duration"] == "10ms"


def test_a_new_node_is_told_what_to_trust() -> None:
    sync = SyncSettings(height=900, hash="ab" * 32, servers=("127.0.0.1:4001", "127.0.0.1:4002"))
    found = tomllib.loads(config_text(EngineSettings(sync=sync), moniker="m", proxy_app="p"))["statesync"]
    assert (found["enable"], found["trust_height"], found["trust_hash"]) == (True, 900, "AB" * 32)
    assert found["rpc_servers"] == "http://127.0.0.1:4001,http://127.0.0.1:4002"


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"listen": "nowhere"}, "cannot be used"),
        ({"listen": "0.0.0.0:70000"}, "no host and port"),
        ({"external": "bank-a.example"}, "cannot be used"),
        ({"external": "bank-a.example:0"}, "no host and port"),
        ({"peers": ["bank-a.example:26656"]}, "cannot be used"),
        ({"peers": [PEER, f"{PEER[:40]}@elsewhere.example:1"]}, "stands twice"),
        ({"rpc_port": 26656}, "one port twice"),
        ({"rpc_port": 0}, "cannot be used"),
        ({"network": "moon"}, "cannot be used"),
        ({"log_level": 'info"\nproxy_app = "kvstore'}, "cannot be used"),
        ({"remote_signer": "localhost"}, "begins with"),
        ({"sync": {"height": 5, "hash": "ab" * 32, "servers": ["127.0.0.1:1"]}}, "cannot be used"),
        ({"unknown": 1}, "cannot be used"),
    ],
)
def test_settings_that_cannot_work_are_refused_in_a_sentence(values: object, sentence: str) -> None:
    with pytest.raises(EngineSettingsRefused, match=sentence):
        read_engine_settings(values)


def test_settings_that_say_nothing_are_the_usual_ones() -> None:
    assert read_engine_settings({}) == checked(EngineSettings())


@given(st.text(max_size=60))
def test_no_name_breaks_out_of_the_settings_file(name: str) -> None:
    found = tomllib.loads(config_text(EngineSettings(), moniker=name, proxy_app="p"))
    assert (found["moniker"], found["rpc"]["unsafe"]) == (name, False)


def test_the_engines_beginning_follows_from_ours_alone() -> None:
    keys = [EngineKey(bytes([number] * 32)) for number in range(4)]
    validators = tuple(EngineValidator(f"bank-{n}", key.public, 10) for n, key in enumerate(keys))
    first = engine_genesis("alliance-1", 1_795_441_910_007, "ab" * 32, validators)
    assert first == engine_genesis("alliance-1", 1_795_441_910_007, "ab" * 32, validators)
    found = json.loads(first)
    assert found["genesis_time"] == "2026-11-23T13:51:50.007000000Z"
    assert (found["chain_id"], found["app_state"]) == ("alliance-1", {"genesis": "ab" * 32})
    assert [one["power"] for one in found["validators"]] == ["10"] * 4
    assert found["consensus_params"]["block"] == {"max_bytes": "4194304", "max_gas": "-1"}
    evidence = {
        "max_age_num_blocks": "100000",
        "max_age_duration": "1209600000000000",
        "max_bytes": "1048576",
    }
    assert found["consensus_params"]["evidence"] == evidence


def test_what_the_engine_reads_is_replaced_and_its_keys_are_not(tmp_path: Path) -> None:
    home, key = Home(tmp_path / "engine"), EngineKey.generate()
    home.make(key, EngineKey.generate())
    home.put_in_order("old", b"{}")
    home.put_in_order("new", b"{}")
    assert home.config.read_text() == "new"
    assert home.consensus() == key
