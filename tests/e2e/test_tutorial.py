"""The tutorial is played as it is printed: every command of every block, with what earlier answers showed put in for names in capitals.

A comment `<!-- ends: CODE, CODE -->` before a block, which a reader of the rendered page does not see, names how its last commands end
where they are meant to be refused; `ok` stands for one that succeeds in between.
"""

import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.e2e.machine import PATIENCE_S, processes_in, until

ROOT: Final = Path(__file__).resolve().parents[2]
_BLOCK: Final = re.compile(
    r"(?:<!-- ends: (?P<ends>[A-Z_, a-z]+) -->\n)?```\n(?P<commands>.*?)```", re.DOTALL
)
_TRIES: Final = 60
_PAUSE_S: Final = 3.0
"""A key opens once in two seconds after some attempts in a row; a person is slower than that."""
_SHOWN: Final = {
    "DRAFT": r"\b[0-9a-f]{32}\b",
    "VOUCHER": r"\bEV[A-Z0-9]{4}[0-9]{20}\b",
    "HOLDING": r"\bEV[A-Z0-9]{4}[0-9]{20}:[0-9]+-[0-9]+:[0-9]+",
    "REST": r"\bEV[A-Z0-9]{4}[0-9]{20}:[0-9]+-[0-9]+:[0-9]+",
    "OFFER": r"\b[0-9a-f]{64}:[0-9]+\b",
    "OPERATION": r"\b[0-9a-f]{64}\b(?!:)",
    "PAYABLE": r"\b[0-9a-f]{64}\b(?!:)",
}
"""What stands for each name: the newest text of this form that some answer showed."""


class Reader:
    """Somebody who types what the page says."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        self.shown: list[str] = []

    def type(self, command: str, expected: str) -> None:
        """One command; where it must succeed and another gateway may not have followed yet, it is typed again."""
        if command.startswith("export "):
            name, _, value = command.removeprefix("export ").partition("=")
            if name != "PATH":
                self.environment[name] = value
            return
        said: list[str] = []

        def goes_as_the_page_says() -> bool:
            done = self._run(command)
            said[:] = [done.stdout + done.stderr]
            return done.returncode == 0 if expected == "ok" else f"[{expected}]" in done.stderr

        for _ in range(_TRIES):
            if goes_as_the_page_says():
                self.shown.append(said[0])
                return
            time.sleep(_PAUSE_S)
        pytest.fail(f"{command}\nshould end with {expected}, and says:\n{said[0][-2000:]}")

    def _run(self, command: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            ["bash", "-c", self._named(command)],
            cwd=self.folder,
            env=self.environment,
            input="y\n",
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )

    def _named(self, command: str) -> str:
        for name, form in _SHOWN.items():
            if re.search(rf"\b{name}\b", command):
                command = re.sub(rf"\b{name}\b", shlex.quote(self._newest(form)), command)
        return command

    def _newest(self, form: str) -> str:
        for text in reversed(self.shown):
            found = re.findall(form, text)
            if found:
                return str(found[0])
        pytest.fail(f"nothing of the form {form} was shown before")


def blocks(page: str) -> Iterator[tuple[list[str], list[str]]]:
    """The commands of each block, and how each of them ends."""
    for block in _BLOCK.finditer(page):
        text = block["commands"].replace("\\\n", " ")
        commands = [line.strip() for line in text.splitlines() if line.strip()]
        ends = [end.strip() for end in (block["ends"] or "").split(",") if end.strip()]
        yield commands, ["ok"] * (len(commands) - len(ends)) + ends


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_tutorial_can_be_played_as_it_is_printed(tmp_path: Path) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    reader = Reader(tmp_path)
    played = 0
    try:
        for commands, ends in blocks((ROOT / "docs" / "tutorial.md").read_text()):
            for command, end in zip(commands, ends, strict=True):
                reader.type(command, end)
                played += 1
    finally:
        subprocess.run(
            [sys.executable, "-m", "tallychain.cli", "network", "down", str(tmp_path / "trial")],
            capture_output=True,
            check=False,
            timeout=PATIENCE_S,
        )

    assert played > 30
    until(lambda: processes_in(tmp_path) == [])
