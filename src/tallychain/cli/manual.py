"""The page of all commands, from the commands themselves: `python -m tallychain.cli.manual > docs/commands.md`."""

import sys
from collections.abc import Iterator
from typing import Final

import click

from tallychain.cli.base import Command
from tallychain.cli.root import root

_HEAD: Final = """# Commands

This page is made from the commands themselves (`python -m tallychain.cli.manual`); a test compares.

Every command takes `--output json`, which prints one JSON document on standard output; progress and advice go to standard error.
An error is one sentence and a stable code on standard error. Exit status: 0 done, 1 refused, 2 not understood or not reached, 130 interrupted.

Who acts: `tally --network DIR --as NAME …` takes a person of a trial alliance (`access.json` lists them); `TALLY_NETWORK` and `TALLY_AS`
stand for the two options. Elsewhere `TALLY_GATEWAY` and `TALLY_TOKEN` name a gateway and a token, and `TALLY_TOKEN_KEY` the key file that a
system's token is bound to. The passphrase of one's own key
comes from `TALLY_PASSPHRASE`, is `demo` on demonstrations, and is asked for otherwise; it is never an argument. Where there is no
demonstration a code of the phone comes from `TALLY_CODE` or is asked for, once to sign in and once to sign, because each code counts once.

Amounts are typed in yuan, `300,000.00`; instants and days in Shanghai's time.
"""


def pages() -> str:
    """The whole page."""
    return _HEAD + "".join(_section(path, command) for path, command in commands(root, "tally"))


def commands(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    """Every command with its full name, in the order of the help texts."""
    if not isinstance(command, click.Group):
        yield path, command
        return
    ctx = click.Context(command, info_name=path)
    for name in command.list_commands(ctx):
        found = command.get_command(ctx, name)
        if found is not None:
            yield from commands(found, f"{path} {name}")


def _section(path: str, command: click.Command) -> str:
    ctx = click.Context(command, info_name=path)
    usage = " ".join(command.collect_usage_pieces(ctx))
    # The codes of refusals stand in the page of each contract.
    said = (command.help or "").partition("May be refused with")[0]
    lines = [f"\n## `{path}`\n", f"`{path} {usage}`\n", f"{_one_line(said)}\n"]
    options = [record for parameter in command.params if (record := parameter.get_help_record(ctx))]
    shown = [(name, text) for name, text in options if text and not name.startswith("--output")]
    if shown:
        lines.append("| option | meaning |\n|---|---|")
        lines += [
            f"| `{name.replace('|', ', ')}` | {_one_line(text).replace('|', ', ')} |" for name, text in shown
        ]
        lines.append("")
    if isinstance(command, Command) and command.examples:
        lines += ["```", *command.examples, "```", ""]
    return "\n".join(lines)


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())


if __name__ == "__main__":
    sys.stdout.write(pages())
