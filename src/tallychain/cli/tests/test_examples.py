"""Every example in a help text or on a page is a command line that `tally` understands."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from tallychain.cli import manual
from tallychain.cli.base import Command
from tallychain.cli.root import root
from tallychain.network.alliance import read_alliance, read_calendar
from tallychain.network.making import Making, make

HOME = Path(__file__).resolve().parents[4]
PAGES = ("tutorial.md", "operating.md")


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a trial alliance, in which names of clients mean something."""
    folder = tmp_path_factory.mktemp("examples") / "n"
    data = HOME / "examples" / "chain"
    make(
        folder,
        Making(
            alliance=read_alliance(data / "alliance.json"),
            calendar=read_calendar(data / "calendar-2026.json"),
        ),
    )
    return folder


def joined(lines: list[str]) -> Iterator[str]:
    """Lines with those that end in a backslash continued."""
    whole = ""
    for line in lines:
        whole += line.strip()
        if whole.endswith("\\"):
            whole = whole[:-1]
        else:
            yield whole
            whole = ""


def of_commands() -> list[str]:
    """The examples of every command."""
    return [
        line
        for _, command in manual.commands(root, "tally")
        if isinstance(command, Command)
        for line in joined(list(command.examples))
    ]


def of_pages() -> list[str]:
    """The command lines in code blocks of the pages."""
    found = []
    for page in PAGES:
        blocks = (HOME / "docs" / page).read_text().split("```")[1::2]
        found += [
            line for block in blocks for line in joined(block.splitlines()) if line.startswith("tally ")
        ]
    return found


def understood(line: str) -> None:
    """Parse a command line as `tally` does, and run nothing."""
    words = shlex.split(line.partition("   #")[0])[1:]
    ctx = root.make_context("tally", words)
    command: click.Command = root
    while isinstance(command, click.Group):
        name, found, words = command.resolve_command(ctx, [*ctx._protected_args, *ctx.args])
        assert found is not None
        ctx = found.make_context(name, list(words), parent=ctx)
        command = found


@pytest.mark.parametrize("line", [line for line in of_commands() if line.startswith("tally ")])
def test_an_example_of_a_help_text_is_understood(
    line: str, trial: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(trial)
    for part in line.split(" > ", maxsplit=1)[0].split(" && "):
        understood(re.sub(r"@\w+\.json", "{}", part.split(" | ")[0]))


@pytest.mark.parametrize("line", of_pages())
def test_a_command_on_a_page_is_understood(line: str, trial: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(trial)
    bare = line.replace("[", "").replace("]", "").replace("--seed N", "--seed 1").replace("1,00.00", "1.00")
    understood(bare)


def test_an_example_with_an_unknown_option_is_found(trial: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(trial)
    with pytest.raises(click.NoSuchOption):
        understood("tally voucher list --colour blue")
