"""Before the engine is started everything that it reads is written from `node.toml` and the genesis document."""

import json
import socket
import tomllib
from pathlib import Path

import pytest

from tallychain.engine.cometbft.binary import SETTING
from tallychain.engine.lifecycle import EXIT_REFUSED
from tallychain.ledger.genesis import genesis_digest
from tallychain.network.alliance import read_alliance, read_calendar
from tallychain.network.layout import Layout
from tallychain.network.making import Making, make
from tallychain.node import engine
from tallychain.node.config import load_node

DATA = Path(__file__).resolve().parents[4] / "examples" / "chain"


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    """An alliance of four validators, made and not started."""
    root = tmp_path_factory.mktemp("n") / "n"
    alliance, calendar = read_alliance(DATA / "alliance.json"), read_calendar(DATA / "calendar-2026.json")
    make(root, Making(alliance=alliance, calendar=calendar, seed=7, engine="cometbft", clock="system"))
    return Layout(root)


def test_every_engine_begins_the_same_chain_from_our_document(layout: Layout) -> None:
    nodes = [load_node(layout.node_file(place.id)) for place in layout.read().nodes]
    for node in nodes:
        engine.prepare(node)
    beginnings = {node.home.genesis.read_bytes() for node in nodes}
    assert len(beginnings) == 1
    found = json.loads(beginnings.pop())
    assert found["chain_id"] == "trial-1"
    assert found["app_state"]["genesis"] == genesis_digest(layout.genesis.read_bytes()).hex()
    assert sorted(row["name"] for row in found["validators"]) == ["bank-a", "bank-b", "factor-a", "settle-a"]


def test_what_the_operator_changes_in_the_one_file_reaches_the_engine(layout: Layout) -> None:
    file = layout.node_file("bank-a")
    before = file.read_text()
    file.write_text(f"{before}propose_ms = 3000\n")
    try:
        node = load_node(file)
        engine.prepare(node)
        found = tomllib.loads(node.home.config.read_text())
    finally:
        file.write_text(before)
    assert found["consensus"]["timeout_propose"] == "3000ms"
    assert found["proxy_app"] == f"unix://{layout.node('bank-a')}/ledger/abci.sock"
    assert found["moniker"] == "bank-a"


def test_a_socket_that_a_killed_engine_left_for_its_signer_is_taken_away_and_nothing_else_is(
    layout: Layout, tmp_path_factory: pytest.TempPathFactory
) -> None:
    # Named after the test, the folder would be too deep for a socket.
    left = tmp_path_factory.mktemp("s") / "signer.sock"
    file = layout.node_file("bank-a")
    before = file.read_text()
    file.write_text(f'{before}remote_signer = "unix://{left}"\n')
    try:
        node = load_node(file)
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(left))
        engine.prepare(node)
        assert not left.exists()
        left.write_text("no socket")
        engine.prepare(node)
        assert left.exists()
    finally:
        file.write_text(before)


def refusal(layout: Layout, capsys: pytest.CaptureFixture[str], member: str = "bank-a") -> str:
    """The sentence with which an engine is not started."""
    assert engine.main(["--config", str(layout.node_file(member))]) == EXIT_REFUSED
    return str(json.loads(capsys.readouterr().err.splitlines()[-1])["sentence"])


def test_a_missing_engine_is_refused_in_a_sentence(
    layout: Layout, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SETTING, "/nowhere/tally-engine")
    assert "make engine" in refusal(layout, capsys)


def test_a_missing_key_is_refused_in_a_sentence(layout: Layout, capsys: pytest.CaptureFixture[str]) -> None:
    key = load_node(layout.node_file("bank-b")).home.consensus_key
    aside = key.rename(key.with_suffix(".aside"))
    try:
        assert "priv_validator_key.json" in refusal(layout, capsys, "bank-b")
    finally:
        aside.rename(key)


def test_a_key_that_others_may_read_is_refused_in_a_sentence(
    layout: Layout, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SETTING, "/bin/true")
    key = load_node(layout.node_file("bank-b")).home.consensus_key
    key.chmod(0o644)
    try:
        assert "may be read by others" in refusal(layout, capsys, "bank-b")
    finally:
        key.chmod(0o600)


def test_settings_that_cannot_work_are_refused_in_a_sentence(
    layout: Layout, capsys: pytest.CaptureFixture[str]
) -> None:
    file = layout.node_file("bank-a")
    before = file.read_text()
    file.write_text(f'{before}external = "bank-a.example"\n')
    try:
        assert "external" in refusal(layout, capsys)
    finally:
        file.write_text(before)
