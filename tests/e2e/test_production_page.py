"""The commands of docs/production.md, First start, are played as they stand there; only the places differ."""

import json
import re
import shlex
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tallychain.network.ports import free_ports
from tests.e2e.bench import NODE_PASSPHRASE, Bench
from tests.e2e.machine import tally

PLACES = {"/var/lib/tally": "node", "/etc/systemd/system": "system", "/etc/tally": "etc"}
PAGE = Path(__file__).resolve().parents[2] / "docs" / "production.md"


def blocks(language: str) -> list[str]:
    """The blocks of one language in the section First start."""
    section = PAGE.read_text().partition("\n## First start\n")[2].partition("\n### ")[0]
    return re.findall(rf"```{language}\n(.*?)```", section, flags=re.DOTALL)


def _elsewhere(line: str, folder: Path) -> str:
    """The line with this test's places."""
    for place, here in PLACES.items():
        line = line.replace(place, str(folder / here))
    return line


@pytest.mark.slow
def test_the_first_start_goes_as_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("etc", "system", "roots"):
        (tmp_path / name).mkdir()
    (tmp_path / "etc" / "passphrase").write_text(NODE_PASSPHRASE + "\n")
    (tmp_path / "etc" / "passphrase").chmod(0o600)
    bench = Bench(tmp_path, free_ports(1)[0])
    (tmp_path / "roots" / "authority.der").write_bytes(bench.authority.root)
    year = datetime.now(UTC).year
    for each in (year, year + 1):
        text = {"year": each, "version": 1, "holidays": [], "make_up_working_days": []}
        (tmp_path / f"calendar-{each}.json").write_text(json.dumps(text))
    settings = blocks("toml")[0].replace("2027", str(year + 1)).replace("2026", str(year))
    (tmp_path / "founding.toml").write_text(settings.replace("8440", str(bench.port)))
    monkeypatch.chdir(tmp_path)
    played = [line for block in blocks("sh") for line in block.splitlines() if line]
    printed = ""
    for line in played:
        command, _, target = _elsewhere(line, tmp_path).partition(" > ")
        program, *arguments = shlex.split(command)
        assert program == "tally"
        done = tally(*arguments, env={"TALLY_PASSPHRASE": "what only this person knows"})
        assert done.returncode == 0, (line, done.stderr)
        printed += done.stdout
        if target:
            (tmp_path / target).write_text(done.stdout)
            (tmp_path / target).with_suffix(".der").write_bytes(bench.authority.certify(done.stdout))

    assert len(played) == 6
    assert "Genesis digest" in printed
    assert "Code for admin-1" in printed
    assert (tmp_path / "system" / "tally-ledger.service").is_file()
    assert (tmp_path / "node" / "genesis.json").is_file()
    assert tally("node", "status", "--config", "node/node.toml").returncode == 2
    unchecked = tally("node", "check", "--config", "node/node.toml")
    assert (unchecked.returncode, "LEDGER_NOT_REACHED" in unchecked.stderr) == (2, True)
