"""Groups of commands that are imported when they are run, so that `tally --help` answers at once."""

import importlib
from collections.abc import Mapping
from typing import Final

import click

_PACKAGE: Final = "tallychain.cli.commands"


class LazyGroup(click.Group):
    """
    A group whose commands lie in modules of their own.

    `lazy` gives to each command its module and object (`voucher:group`) and the line that stands in the list of commands.
    """

    def __init__(self, *args: object, lazy: Mapping[str, tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # click checks them itself
        self._lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command, in the order in which they are declared."""
        return [*self._lazy, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now; None if there is none of that name."""
        found = self._lazy.get(cmd_name)
        if found is None:
            return super().get_command(ctx, cmd_name)
        module, _, name = found[0].partition(":")
        command = getattr(importlib.import_module(f"{_PACKAGE}.{module}"), name)
        if not isinstance(command, click.Command):
            raise TypeError(f"{found[0]} is no command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's form
        """The list of commands, without importing any of them."""
        rows = [(name, line) for name, (_, line) in self._lazy.items()]
        with formatter.section("Commands"):
            formatter.write_dl(rows)
