"""One institution's node: run in the foreground, looked at, checked, and ended by its service manager."""

import json
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.machine import PATIENCE_S, TALLY, answer, processes_in, tally, until

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The settings file of a running node."""
    folder = tmp_path_factory.mktemp("node")
    described = json.loads(Path("examples/chain/alliance.json").read_text())
    described["members"] = described["members"][:1]
    described["clients"] = []
    (folder / "one.json").write_text(json.dumps(described))
    made = tally("network", "init", str(folder / "n"), "--alliance", str(folder / "one.json"))
    assert made.returncode == 0, made.stderr
    home = folder / "n" / "members" / "core-a"
    settings = home / "node.toml"
    settings.write_text(
        "\n".join(
            [
                f'ledger = "{folder}/n/ledger"',
                f'genesis = "{folder}/n/genesis.json"',
                f'sequencer_key = "{folder}/n/sequencer.key"',
                f'passphrase_file = "{folder}/n/passphrase"',
                "workers = 1",
            ]
        )
    )
    log = folder / "err"
    with log.open("wb") as err:
        running = subprocess.Popen(
            [*TALLY, "node", "run", "--config", str(settings)], stdin=subprocess.DEVNULL, stderr=err
        )
    until(lambda: "serves at" in log.read_text() or running.poll() is not None)
    assert running.poll() is None, log.read_text()
    yield settings
    running.send_signal(signal.SIGTERM)
    assert running.wait(PATIENCE_S) == 0
    assert processes_in(folder) == []


def test_a_running_node_says_how_it_stands(node: Path) -> None:
    found = answer("node", "status", "--config", str(node))

    assert [row["name"] for row in found["processes"] if row["alive"]] == ["ledger", "gateway"]
    assert found["ledger"]["chain"] == "trial-1"


def test_everything_holds_in_a_fresh_node(node: Path) -> None:
    found = answer("node", "check", "--config", str(node))

    assert found["failures"] == []
    assert found["tables"]["view_members"] == 1


def test_a_read_model_that_was_changed_by_hand_is_found(node: Path) -> None:
    import sqlite3

    with sqlite3.connect(node.parent / "readmodel.sqlite") as database:
        database.execute("UPDATE view_members SET name = 'somebody else'")
    database.close()

    done = tally("node", "check", "--config", str(node))

    assert done.returncode == 1
    assert "The read model's table view_members differs" in done.stderr
    assert "CHECK_FAILED" in done.stderr


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ('more = "x"', "unknown field"),
        ("workers = 65", "workers"),
        ('genesis = "none.json"', "There is no file"),
        ("workers = ", "cannot be used"),
    ],
)
def test_settings_that_cannot_be_used_are_refused_with_a_sentence(
    node: Path, change: str, sentence: str, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(node.parent / "gateway.toml", home)
    (home / "node.toml").write_text(change)

    done = tally("node", "status", "--config", str(home / "node.toml"), "--output", "json")

    failure = json.loads(done.stderr)
    assert (done.returncode, failure["code"]) == (2, "SETTINGS_REFUSED")
    assert sentence in failure["sentence"]


def test_a_passphrase_file_that_others_may_read_is_refused(node: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(node.parent / "gateway.toml", home)
    shutil.copy(node.parents[2] / "genesis.json", home)
    for name in ("sequencer.key", "passphrase"):
        (home / name).write_text("x")
    (home / "passphrase").chmod(0o644)
    (home / "node.toml").write_text("")

    done = tally("node", "run", "--config", str(home / "node.toml"))

    assert done.returncode == 2
    assert "may be read by others" in done.stderr
