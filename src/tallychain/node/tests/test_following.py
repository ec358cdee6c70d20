"""A validator whose folder is a copy follows without its key, until what it may have signed elsewhere lies behind."""

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest

from tallychain.engine.cometbft.home import Home
from tallychain.engine.cometbft.nodekeys import EngineKey
from tallychain.engine.cometbft.settings import EngineSettings, read_engine_settings
from tallychain.engine.logs import logger
from tallychain.node import following
from tallychain.node.config import Node
from tallychain.node.engineview import Progress
from tallychain.node.following import NEWER_S, Following, follow, why_to_follow

STATE = '{"height": "%d", "round": 0, "step": 3}'


@dataclass
class Placed:
    """As much of a node as is asked here."""

    home: Home
    engine: EngineSettings | None
    rpc: str = ""


def placed(home: Home, **settings: str) -> Node:
    return cast("Node", Placed(home, read_engine_settings(settings)))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A validator that has signed for height 7."""
    made = Home(tmp_path / "engine")
    made.make(EngineKey.generate(), EngineKey.generate())
    made.signed.write_text(STATE % 7)
    return made


def copied(home: Home, to: Path) -> Home:
    shutil.copytree(home.root, to)
    return Home(to)


def test_a_copy_of_a_validator_is_told_from_the_validator(home: Home, tmp_path: Path) -> None:
    copy = copied(home, tmp_path / "copy")
    assert (home.is_copy, copy.is_copy) == (False, True)
    copy.settle()
    assert not copy.is_copy


def test_a_copy_that_is_put_back_into_its_old_place_is_one_all_the_same(home: Home, tmp_path: Path) -> None:
    copied(home, tmp_path / "copy")
    shutil.rmtree(home.root)
    assert copied(Home(tmp_path / "copy"), home.root).is_copy


@pytest.mark.parametrize("part", ["config", "data"])
def test_one_half_of_a_copy_is_told_too(home: Home, tmp_path: Path, part: str) -> None:
    copied(home, tmp_path / "copy")
    shutil.rmtree(home.root / part)
    shutil.copytree(tmp_path / "copy" / part, home.root / part)
    assert home.is_copy


def test_a_key_that_has_not_signed_may_be_made_at_one_place_and_begin_at_another(
    home: Home, tmp_path: Path
) -> None:
    home.signed.write_text(STATE % 0)
    assert not copied(home, tmp_path / "copy").is_copy


def test_a_folder_of_which_nothing_was_noted_counts_as_a_copy_once_it_has_signed(home: Home) -> None:
    (home.root / "data" / "place.json").unlink()
    assert home.is_copy
    home.signed.write_text(STATE % 0)
    assert not home.is_copy


def test_why_a_node_follows_first(home: Home, tmp_path: Path) -> None:
    copy = copied(home, tmp_path / "copy")
    assert why_to_follow(placed(home)) == ""
    assert "another place" in why_to_follow(placed(copy))
    assert "follow_first" in why_to_follow(placed(home, follow_first="always"))
    assert why_to_follow(placed(copy, follow_first="never")) == ""
    # The key is elsewhere, and with it the record of what it signed.
    assert why_to_follow(placed(copy, remote_signer="tcp://127.0.0.1:1")) == ""


def test_blocks_of_before_the_start_and_those_that_are_caught_up_with_count_for_nothing() -> None:
    waiting, newer = Following(1_000.0), 1_000.0 + NEWER_S
    assert waiting.sees(Progress(50, newer + 1, catching_up=True)) == 0
    assert waiting.sees(Progress(60, newer - 1, catching_up=False)) == 0
    assert waiting.sees(Progress(90, newer - 0.1, catching_up=False)) == 0
    assert waiting.sees(Progress(91, newer, catching_up=False)) == 0
    assert waiting.sees(Progress(92, newer + 1, catching_up=False)) == 0
    assert waiting.sees(Progress(94, newer + 2, catching_up=False)) == 94


def test_the_key_is_held_back_to_where_the_others_went_on_and_never_less(home: Home) -> None:
    home.hold_back(94)
    assert json.loads(home.signed.read_text()) == {"height": "94", "round": 2**31 - 1, "step": 3}
    home.hold_back(12)
    assert home.signed_height == 94


def sleeper(_: Node) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])


def test_a_copy_votes_again_once_the_others_have_gone_on_without_it(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "_LOOK_S", 0.001)
    copy = copied(home, tmp_path / "copy")
    seen = iter([None, *(Progress(height, 1e12, catching_up=False) for height in (8, 9, 10))])
    assert follow(placed(copy), logger(), sleeper, lambda _: next(seen)) == 0
    assert (copy.signed_height, copy.is_copy) == (10, False)


def test_an_engine_that_ends_while_it_follows_leaves_everything_as_it_was(home: Home, tmp_path: Path) -> None:
    copy = copied(home, tmp_path / "copy")
    ended = subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"])
    ended.wait()
    assert follow(placed(copy), logger(), lambda _: ended, lambda _: None) == 3
    assert (copy.signed_height, copy.is_copy) == (7, True)


def test_a_follower_has_a_key_of_nobody(home: Home) -> None:
    home.make_follower()
    first = (home.root / "config" / "follower_key.json").read_bytes()
    home.make_follower()
    assert (
        (home.root / "config" / "follower_key.json").read_bytes() != first != home.consensus_key.read_bytes()
    )
    assert home.signed_height == 7
