"""`tally completion`: scripts that let a shell complete commands and options."""

import click

from tallychain.cli.base import Command


@click.command(cls=Command, examples=['eval "$(tally completion bash)"', "tally completion fish | source"])
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script of a shell."""
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    if found is not None:
        root = click.get_current_context().find_root().command
        click.echo(found(root, {}, "tally", "_TALLY_COMPLETE").source())
