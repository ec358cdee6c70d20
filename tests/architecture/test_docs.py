"""What can be asked of the software is in its documentation, or the build fails."""

import importlib
from collections.abc import Iterator

import click
import pytest

from tallychain.cli import main
from tests.architecture import layout
from tests.architecture.layout import contract_names
from tests.architecture.sources import PACKAGE, ROOT, demand_nothing


def pages() -> str:
    """All pages for users and operators as one text: the README, `docs`, and each contract's page."""
    files = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    files += (ROOT / PACKAGE / "contracts").glob("*/README.md")
    return "\n".join(file.read_text(encoding="utf-8") for file in sorted(files) if file.is_file())


def commands(command: click.Command, path: str) -> Iterator[str]:
    """Every command that a person can type, as it is typed; hidden and derived ones apart."""
    if not isinstance(command, click.Group):
        yield path
        return
    context = click.Context(command, info_name=path)
    for name in command.list_commands(context):
        found = command.get_command(context, name)
        if found is not None and not found.hidden and path != "tally do":
            yield from commands(found, f"{path} {name}")


def test_every_command_is_documented() -> None:
    demand_nothing(layout.unmentioned(dict.fromkeys(commands(main, "tally"), "the command"), pages()))


@pytest.mark.parametrize("contract", contract_names())
def test_every_operation_and_refusal_of_a_contract_is_documented(contract: str) -> None:
    declared = importlib.import_module(f"tallychain.contracts.{contract}").CONTRACT
    names = {operation.name: "the operation" for operation in declared.operations}
    names |= {
        refusal.code: "the refusal" for operation in declared.operations for refusal in operation.refusals
    }
    folder = ROOT / PACKAGE / "contracts" / contract
    page = "\n".join(file.read_text(encoding="utf-8") for file in sorted(folder.rglob("README.md")))

    demand_nothing(layout.unmentioned(names, page))


def test_a_planted_undocumented_name_is_found() -> None:
    page = "Type `tally node run` to start, and `tally voucher show`."

    assert layout.unmentioned({"tally node": "the command", "tally node run": "the command"}, page) == []
    assert layout.unmentioned({"tally node ru": "the command"}, page)
    assert layout.unmentioned({"voucher.show": "the operation"}, page)


def test_commands_are_listed_as_they_are_typed() -> None:
    node = click.Group(
        "node", commands={"run": click.Command("run"), "rehearse": click.Command("rehearse", hidden=True)}
    )
    derived = click.Group("do", commands={"voucher.offer": click.Command("voucher.offer")})
    main = click.Group("tally", commands={"demo": click.Command("demo"), "do": derived, "node": node})

    assert list(commands(main, "tally")) == ["tally demo", "tally node run"]
