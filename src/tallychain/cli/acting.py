"""What all commands that change the ledger share: ask, wait for a card, wait for the end, and say what became of it."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from tallychain.cli import output
from tallychain.cli.failures import Failure
from tallychain.cli.profile import Session

if TYPE_CHECKING:
    from tallychain.sdk.client import Wish

F = TypeVar("F", bound=Callable[..., Any])

_PENDING: Final = "GATEWAY_CARD_PENDING"
_CARD_PATIENCE_S: Final = 30
_ASK_AGAIN_S: Final = 1.0
_PATIENCE_S: Final = 60.0
_SHOWN: Final = (
    "voucher",
    "offer",
    "holding",
    "face",
    "first",
    "last",
    "nominal_maturity",
    "effective_maturity",
    "issuer",
    "member",
    "key",
    "status",
)
"""Fields of facts that people want to see at once; the rest stands in the JSON form."""


def perform(session: Session, wish: "Wish", *, wait: bool = True) -> None:
    """Do an act and print what it led to; raises `Failure` with the ledger's code where it is refused."""
    made = begin(session, wish)
    if made["draft"] and not made["operation"]:
        output.print_record(
            made,
            [
                ("Draft", made["draft"]),
                ("State", "waits for a second person"),
                ("Next", f"tally --as NAME draft approve {made['draft']}"),
            ],
        )
        return
    finish(session, str(made["operation"]), wait=wait)


def begin(session: Session, wish: "Wish") -> dict[str, str]:
    """Ask for an act; while the receiver's gateway is asked for a tag card, the same request is repeated."""
    import dataclasses

    from tallychain.sdk.calls import fresh_key
    from tallychain.sdk.client import GatewayRefused

    # One key for all attempts, so that the act happens once.
    fixed = dataclasses.replace(wish, key=wish.key or fresh_key())
    deadline = time.monotonic() + _CARD_PATIENCE_S
    while True:
        try:
            made = session.client.act(fixed)
            for warning in made.warnings:
                output.say(str(warning["sentence_en"]))
            return {"draft": made.draft, "operation": made.operation}
        except GatewayRefused as refused:
            if refused.code != _PENDING or time.monotonic() > deadline:
                raise
            output.say(refused.sentence)
            time.sleep(_ASK_AGAIN_S)


def finish(session: Session, operation: str, *, wait: bool = True) -> None:
    """Print what became of an operation; raises `Failure` where it had no effect."""
    found = session.client.wait(operation, _PATIENCE_S) if wait else session.client.operation(operation)
    need_done(found)
    output.print_record(found, [*outcome(found)])


def committed(session: Session, path: Path) -> str:
    """Keep a file with the seat's documents; its salted commitment, which may stand in the open where a hash of its bytes may not."""
    from tallychain.cli.values import read_file
    from tallychain.gateway.documents import plain_name
    from tallychain.gateway.filekinds import kind_of
    from tallychain.sdk import calls

    content = read_file(path)
    kept = session.client.ask(calls.store_document(plain_name(path.name), kind_of(content), content))
    return str(kept["commitment"])


def need_done(found: dict[str, Any]) -> None:
    """Raise `Failure` where an operation was refused, turned away or has expired."""
    if found["state"] in ("refused", "turned_away", "expired"):
        code = str(found["code"])
        sentence = found["sentence_en"] or _WITHOUT_RECEIPT.get(str(found["state"]), "It had no effect.")
        raise Failure(code, str(sentence), {"operation": found["operation"], "height": found["height"]})


_WITHOUT_RECEIPT: Final = {
    "turned_away": "The ledger turned the operation away; nothing is kept of it.",
    "expired": "The operation expired before it stood in a block; it will never take effect.",
}


def outcome(found: dict[str, Any]) -> list[tuple[str, object]]:
    """An operation as lines for people."""
    lines: list[tuple[str, object]] = [
        ("Operation", found["operation"]),
        ("State", f"{found['state']}, block {found['height']}" if found["height"] else found["state"]),
    ]
    receipt = found.get("receipt") or {}
    lines.extend((str(event["event"]), "\n".join(fact_lines(event))) for event in receipt.get("events", []))
    return lines


def fact_lines(event: dict[str, Any]) -> list[str]:
    """The fields of a fact that people want to see, one a line."""
    lines = []
    for name in _SHOWN:
        value = event.get(name)
        if isinstance(value, dict):
            value = value.get("id")
        if value in (None, ""):
            continue
        shown = money(value) if name == "face" and isinstance(value, int) else value
        lines.append(f"{name.replace('_', ' ')} {shown}")
    return lines or [""]


def money(fen: int) -> str:
    """Fen as people read them."""
    from tallychain.instruments.money import format_amount

    return format_amount(fen)


def wait_option() -> Callable[[F], F]:
    """`--no-wait`: return as soon as the gateway has taken the operation."""
    return click.option(
        "--wait/--no-wait", default=True, help="Stay until the operation's end is certain.  [default: wait]"
    )
