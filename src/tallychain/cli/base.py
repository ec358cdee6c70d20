"""What every command has: `--output` wherever it is written, and an example in its help."""

from collections.abc import Sequence
from typing import Any

import click

from tallychain.cli import output


def output_option() -> click.Option:
    """`--output`, understood at any place of the command line."""
    return click.Option(
        ["--output"],
        type=click.Choice([output.TEXT, output.JSON]),
        callback=output.set_mode,
        expose_value=False,
        is_eager=True,
        help="Form of what is printed.",
    )


class Command(click.Command):
    """A command with `--output` and examples."""

    def __init__(self, *args: Any, examples: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params.append(output_option())
        self.examples = tuple(examples)
        if examples:
            lines = "\n".join(f"  {line}" for line in examples)
            self.epilog = f"\b\nExamples:\n{lines}"


class Group(click.Group):
    """A group of such commands."""

    command_class = Command
    group_class = type
