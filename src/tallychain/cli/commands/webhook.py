"""`tally webhook`: addresses that are told what happens."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import click

from tallychain.cli import output
from tallychain.cli.base import Group
from tallychain.cli.profile import session

if TYPE_CHECKING:
    from tallychain.sdk.calls import Json

_WEBHOOK = click.argument("webhook", metavar="WEBHOOK")
_KINDS = click.option(
    "--kind", "kinds", multiple=True, help="Of `tally webhook kinds`; voucher.* for all of a contract."
)


@click.group(cls=Group)
def webhook() -> None:
    """Tell an address of yours what happens: signed, tried again, and listed where nobody took it."""


@webhook.command(examples=["tally --as core-a-admin webhook kinds"])
def kinds() -> None:
    """Every kind of event that can be told."""
    from tallychain.sdk.calls import Call

    found = session().client.ask(Call("GET", "/v1/webhook-kinds", list[str]))
    output.print_table(found, ["Kind"], [(kind,) for kind in found], "There are none.")


@webhook.command("list", examples=["tally --as s1 webhook list"])
def list_webhooks() -> None:
    """The webhooks of this seat."""
    rows = session().client.listing("/v1/webhooks")
    output.print_table(
        rows,
        ["Webhook", "State", "Why", "Kinds", "Address"],
        [(row["id"], row["state"], row["reason"], " ".join(row["kinds"]), row["url"]) for row in rows],
        "There are no webhooks.",
    )


@webhook.command(
    examples=["tally --as s1 webhook add https://erp.example/tally --kind 'voucher.*' --kind operation.ended"]
)
@click.argument("url", metavar="URL")
@_KINDS
@click.option("--own/--all", default=True, help="Only facts that concern this seat, or all.  [default: own]")
def add(url: str, kinds: tuple[str, ...], own: bool) -> None:
    """Tell an address what happens from now on; prints the secret, which is shown this once."""
    made = _ask("POST", "/v1/webhooks", {"url": url, "kinds": list(kinds) or ["*"], "own": own})
    output.print_record(made, [("Webhook", made["webhook"]["id"]), ("Secret, shown once", made["secret"])])


@webhook.command(examples=["tally --as s1 webhook change wh_5f0c… --on"])
@_WEBHOOK
@click.option("--url", help="Another address.")
@_KINDS
@click.option("--on/--off", default=None, help="Switch on or off.")
def change(webhook: str, url: str | None, kinds: tuple[str, ...], on: bool | None) -> None:
    """Another address, other kinds, on or off; what is left out stays."""
    body = {"url": url, "kinds": list(kinds) or None, "on": on}
    _print(_ask("PATCH", _path(webhook), {name: value for name, value in body.items() if value is not None}))


@webhook.command(examples=["tally --as s1 webhook remove wh_5f0c…"])
@_WEBHOOK
def remove(webhook: str) -> None:
    """Forget a webhook and what waits for it."""
    from tallychain.sdk.calls import Call

    session().client.ask(Call("DELETE", _path(webhook), bytes))
    output.print_record(
        {"webhook": webhook, "state": "removed"}, [("Webhook", webhook), ("State", "removed")]
    )


@webhook.command(examples=["tally --as s1 webhook secret wh_5f0c…"])
@_WEBHOOK
def secret(webhook: str) -> None:
    """Another secret, shown this once; the one before signs as well for a day."""
    made = _ask("POST", f"{_path(webhook)}/secret")
    output.print_record(made, [("Secret, shown once", made["secret"])])


@webhook.command(examples=["tally --as s1 webhook test wh_5f0c…"])
@_WEBHOOK
def test(webhook: str) -> None:
    """Send something that means nothing, to see that it arrives."""
    made = _ask("POST", f"{_path(webhook)}/test")
    output.print_record(made, [("Delivery", made["delivery"])])


@webhook.command(examples=["tally --as s1 webhook deliveries wh_5f0c… --state dead"])
@_WEBHOOK
@click.option(
    "--state", type=click.Choice(["waiting", "delivered", "dead"]), help="Only those in this state."
)
def deliveries(webhook: str, state: str | None) -> None:
    """What was told, waits, or is dead."""
    query = {"state": state} if state else {}
    rows = session().client.listing(f"{_path(webhook)}/deliveries", query)
    output.print_table(
        rows,
        ["Delivery", "Type", "State", "Attempts", "Last answer"],
        [
            (row["id"], row["type"], row["state"], row["attempts"], row["why"] or row["status"])
            for row in rows
        ],
        "Nothing was told yet.",
    )


@webhook.command(examples=["tally --as s1 webhook redeliver wh_5f0c…"])
@_WEBHOOK
@click.option("--delivery", default="", help="Only this one; else all that are dead.")
def redeliver(webhook: str, delivery: str) -> None:
    """Try dead deliveries again."""
    made = _ask("POST", f"{_path(webhook)}/redeliver", {"delivery": delivery})
    output.print_record(made, [("Tried again", made["count"])])


def _path(name: str) -> str:
    return f"/v1/webhooks/{quote(name, safe='')}"


def _ask(method: str, path: str, body: "Mapping[str, Any] | None" = None) -> "Json":
    from tallychain.sdk.calls import Call, Json

    return session().client.ask(Call(method, path, Json, body=None if body is None else dict(body)))


def _print(row: "Json") -> None:
    output.print_record(
        row,
        [
            ("Webhook", row["id"]),
            ("State", row["state"]),
            ("Address", row["url"]),
            ("Kinds", " ".join(row["kinds"])),
        ],
    )
