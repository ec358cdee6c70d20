"""Finding the consensus engine's program."""

from pathlib import Path

import pytest

from tallychain.engine.cometbft import binary
from tallychain.engine.cometbft.binary import EngineMissing, engine_binary


def program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "checkout"
    monkeypatch.setattr(binary, "_CHECKOUT", folder)
    return folder


def test_the_setting_comes_before_what_was_built_here(tmp_path: Path, checkout: Path) -> None:
    program(checkout / "engine" / "bin" / "tally-engine")
    named = program(tmp_path / "other")
    assert engine_binary({"TALLYCHAIN_ENGINE": str(named)}) == named


def test_a_setting_that_names_no_program_is_said_and_not_passed_over(tmp_path: Path, checkout: Path) -> None:
    program(checkout / "engine" / "bin" / "tally-engine")
    with pytest.raises(EngineMissing, match=r"names .*nothing, which is no program"):
        engine_binary({"TALLYCHAIN_ENGINE": str(tmp_path / "nothing")})


def test_what_was_built_in_the_checkout_comes_before_the_path(tmp_path: Path, checkout: Path) -> None:
    built = program(checkout / "engine" / "bin" / "tally-engine")
    program(tmp_path / "bin" / "tally-engine")
    assert engine_binary({"PATH": str(tmp_path / "bin")}) == built


def test_an_installed_node_finds_it_on_the_path(tmp_path: Path, checkout: Path) -> None:
    installed = program(tmp_path / "bin" / "tally-engine")
    assert engine_binary({"PATH": str(tmp_path / "bin")}) == installed


def test_where_there_is_none_the_sentence_says_what_to_run(checkout: Path) -> None:
    with pytest.raises(EngineMissing, match="Run make engine"):
        engine_binary({})


def test_the_next_line_has_a_name_of_its_own(checkout: Path) -> None:
    built = program(checkout / "engine" / "bin" / "tally-engine-next")
    assert engine_binary({}, name=binary.NEXT_NAME) == built
