"""What the command line does before any command: starts at once, helps, and fails in one form."""

import json
import os
import subprocess
import sys

import click
import pytest

from tallychain.cli import failures, manual, root
from tallychain.cli.base import Command

HEAVY = (
    "sqlalchemy",
    "litestar",
    "uvicorn",
    "httpx",
    "cryptography",
    "rocksdict",
    "lxml",
    "rich",
    "structlog",
    "msgspec",
    "asyncio",
)


def test_help_imports_no_heavy_module() -> None:
    program = (
        "import sys\n"
        "from tallychain.cli import root\n"
        "root.run(['--help'])\n"
        f"print('LOADED', [name for name in {HEAVY!r} if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.strip().splitlines()[-1] == "LOADED []"


def test_help_lists_every_group_with_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert root.run(["--help"]) == 0

    text = capsys.readouterr().out
    for name in ("demo", "network", "node", "voucher", "do", "proof", "completion"):
        assert f"  {name} " in text


def test_every_command_exists_and_shows_an_example() -> None:
    without = []
    for path, command in manual.commands(root.root, "tally"):
        assert command.help, path
        if not (isinstance(command, Command) and command.examples):
            without.append(path)

    assert without == []


def test_the_line_in_the_list_of_commands_belongs_to_an_existing_command() -> None:
    ctx = click.Context(root.root)
    for name in root.root.list_commands(ctx):
        assert root.root.get_command(ctx, name) is not None, name


@pytest.mark.parametrize("arguments", [[], ["voucher"], ["network"]])
def test_a_group_alone_shows_its_help_and_is_no_success(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert root.run(arguments) == failures.NOT_POSSIBLE

    assert "Commands:" in capsys.readouterr().err


def test_a_shell_gets_the_commands_that_fit_what_is_typed() -> None:
    typed = {"_TALLY_COMPLETE": "bash_complete", "COMP_WORDS": "tally vouch", "COMP_CWORD": "1"}
    done = subprocess.run(
        [sys.executable, "-c", "from tallychain.cli import main\nmain()"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **typed},
    )

    assert done.stdout == "plain,voucher\n"


def test_an_unknown_command_is_a_usage_error_with_exit_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert root.run(["fly"]) == failures.NOT_POSSIBLE

    assert capsys.readouterr().err == "No such command 'fly'. Try: tally --help. [USAGE]\n"


@pytest.mark.parametrize("place", ["before", "after", "joined"])
def test_a_failure_is_json_wherever_output_is_asked_for(
    place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = {
        "before": ["--output", "json", "voucher", "list"],
        "after": ["voucher", "list", "--output", "json"],
        "joined": ["voucher", "list", "--output=json"],
    }[place]

    assert root.run(arguments) == failures.NOT_POSSIBLE

    failure = json.loads(capsys.readouterr().err)
    assert failure["code"] == "PERSON_NOT_NAMED"
    assert failure["sentence"].endswith(".")


def test_a_defect_is_not_dressed_up_as_a_refusal() -> None:
    assert failures.of_exception(KeyError("x")) is None


def test_a_gateway_that_does_not_answer_is_not_a_refusal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TALLY_GATEWAY", "http://127.0.0.1:9")
    monkeypatch.setenv("TALLY_TOKEN", "0" * 64)

    assert root.run(["member", "list"]) == failures.NOT_POSSIBLE
    assert "[GATEWAY_NOT_REACHED]" in capsys.readouterr().err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_are_printed_for_each_shell(
    shell: str, capsys: pytest.CaptureFixture[str]
) -> None:
    # click asks bash for its version; another shell's absence does not matter.
    assert root.run(["completion", shell]) == 0

    assert "_TALLY_COMPLETE" in capsys.readouterr().out
