"""`tally do`: any operation of any contract, with options derived from its declaration."""

from typing import Any

import click

from tallychain.cli import output
from tallychain.cli.acting import perform
from tallychain.cli.base import Command, Group
from tallychain.cli.derived import Argument, arguments, example_request, parts, request
from tallychain.cli.profile import session
from tallychain.cli.values import JSON
from tallychain.ledger.contract import AnyOperation


class Derived(Group):
    """The operations of the catalogue as commands."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's form
        """Every type of operation."""
        return sorted(_kinds())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's form
        """The command of one type."""
        kind = _kinds().get(cmd_name)
        return None if kind is None else _command(kind)


@click.group(cls=Derived)
def do() -> None:
    """Ask for any operation of any contract; `tally do TYPE --help` says what it needs."""


def _kinds() -> dict[str, AnyOperation]:
    from tallychain.catalogue import CATALOGUE

    found: dict[str, AnyOperation] = {}
    for kind in CATALOGUE.operation_types():
        if kind.name not in found or found[kind.name].version < kind.version:
            found[kind.name] = kind
    return found


def _command(kind: AnyOperation) -> click.Command:
    known = list(arguments(kind))

    def run(**given: Any) -> None:
        _run(kind, known, given)

    return Command(
        kind.name,
        callback=run,
        params=[*(argument.option for argument in known), *_common(kind)],
        help=_help(kind),
        short_help=kind.summary.en,
        examples=[
            f"tally do {kind.name} --example > act.json",
            f"tally --network DIR --as NAME do {kind.name} --json @act.json",
        ],
    )


def _common(kind: AnyOperation) -> list[click.Option]:
    labels = ", ".join(rule.label for rule in parts(kind) if not rule.required)
    sealed = [
        click.Option(
            ["--sealed"],
            type=JSON,
            help=f"Further sealed parts as JSON, label to content ({labels}), or @FILE.",
        )
    ]
    return [
        *(sealed if labels else []),
        click.Option(
            ["--json", "whole"],
            type=JSON,
            help="The whole request as JSON, or @FILE; options given besides win.",
        ),
        click.Option(["--idempotency-key"], help="The same act asked again under it happens once."),
        click.Option(["--example"], is_flag=True, help="Print a complete request and do nothing."),
        click.Option(["--dry-run"], is_flag=True, help="Print the request and do nothing."),
        click.Option(["--wait/--no-wait"], default=True, help="Stay until the operation's end is certain."),
    ]


def _help(kind: AnyOperation) -> str:
    signers = " and ".join(kind.authority.roles)
    codes = ", ".join(refusal.code for refusal in kind.refusals)
    return "\n\n".join(
        [
            f"{kind.title.en} {kind.title.zh}: {kind.summary.en}",
            f"Signed by: {signers}.",
            f"May be refused with: {codes}." if codes else "",
        ]
    ).strip()


def _run(kind: AnyOperation, known: list[Argument], given: dict[str, Any]) -> None:
    if given["example"]:
        output.print_document(example_request(kind))
        return
    asked = request(given, known)
    whole = given["whole"] or {}
    if not isinstance(whole, dict) or not set(whole) <= {"args", "sealed"}:
        raise click.UsageError('The request has the form {"args": {...}, "sealed": {...}}.')
    args = {**whole.get("args", {}), **asked["args"]}
    sealed = {**whole.get("sealed", {}), **(given.get("sealed") or {}), **asked["sealed"]}
    if given["dry_run"]:
        output.print_document({"args": args, "sealed": sealed})
        return
    from tallychain.sdk.client import Wish

    me = session()
    wish = Wish(
        type=kind.name, args=args, sealed=sealed, unlock=me.unlock(), key=given["idempotency_key"] or ""
    )
    perform(me, wish, wait=bool(given["wait"]))
