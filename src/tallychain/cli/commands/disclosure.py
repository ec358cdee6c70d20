"""`tally disclosure`: what everybody may know of issuers, and the facts from which anybody computes it again."""

import json
from pathlib import Path
from typing import Any

import click

from tallychain.cli import output
from tallychain.cli.acting import money, perform, wait_option
from tallychain.cli.base import Group
from tallychain.cli.profile import session

_BLOCKS_A_PAGE = 500
_MONTH = "disclosure.month"
_HELD_BACK = "held back"


@click.group(cls=Group)
def disclosure() -> None:
    """Look at what is disclosed of issuers, remark on one's own records, and take the facts along to compute it again."""


@disclosure.command("list", examples=["tally --as bank-a-maker disclosure list"])
def list_issuers() -> None:
    """Issuers with their newest closed month."""
    rows = list(session().client.rows("disclosed_issuers"))
    output.print_table(
        rows,
        ["Issuer", "Month", "Accepted", "Balance", "Overdue (5 y)", "Overdue now", "Persistent", "Grade"],
        [
            (
                row["issuer"],
                row["month"],
                money(row["accepted"]),
                money(row["balance"]),
                money(row["overdue"]),
                money(row["overdue_balance"]),
                row["persistent_since"],
                row["grade"],
            )
            for row in rows
        ],
        "No month is closed yet.",
    )


@disclosure.command(examples=["tally --as bank-a-maker disclosure show core-a"])
@click.argument("issuer", metavar="MEMBER")
def show(issuer: str) -> None:
    """Every closed month of an issuer, the newest first."""
    found = session().client.get(f"/v1/disclosure/{issuer}")
    output.print_table(
        found["months"],
        [
            "Month",
            "Accepted",
            "Balance",
            "Overdue (5 y)",
            "Overdue now",
            "Events",
            "On time",
            "Grade",
            "Persistent",
        ],
        [
            (
                row["month"],
                money(row["accepted_month"]),
                money(row["balance"]),
                money(row["overdue"]),
                money(row["overdue_balance"]),
                str(row["overdue_events"]),
                _rate(row),
                _HELD_BACK if row["held_back"] else row["grade"],
                row["persistent_since"],
            )
            for row in found["months"]
        ],
        "No month is closed yet.",
    )


@disclosure.command(
    examples=["tally --as core-a-maker disclosure remark 2026-09 'Our bank had an outage on 14 September.'"]
)
@click.argument("month", metavar="MONTH")
@click.argument("text", metavar="TEXT")
@wait_option()
def remark(month: str, text: str, wait: bool) -> None:
    """Say something about one's own record of a month, for everybody to read; needs a second person."""
    from tallychain.sdk.client import Wish

    me = session()
    args = {"month": month, "text": text}
    perform(me, Wish(type="disclosure.remark", args=args, sealed={}, unlock=me.unlock()), wait=wait)


@disclosure.command(
    examples=[
        "tally --as bank-a-maker disclosure export facts.jsonl",
        "python tools/recompute_disclosure.py facts.jsonl",
    ]
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def export(file: Path) -> None:
    """Write every public fact up to the last closed month, from which the figures are computed again."""
    client = session().client
    closed = len(list(client.rows("disclosures")))
    times = _times(client)
    lines = 0
    with file.open("w", encoding="utf-8") as kept:
        facts = client.facts("0-0") if closed else iter(())
        for fact in facts:
            height = int(fact.position.partition("-")[0])
            row = {"height": height, "time_ms": times.get(height, 0), "event": fact.data["event"]}
            kept.write(json.dumps(row, ensure_ascii=False) + "\n")
            lines += 1
            closed -= fact.data["event"]["event"] == _MONTH
            if not closed:
                break
    click.echo(f"{lines} facts are in {file}.")


def _times(client: Any) -> dict[int, int]:
    """When each block was made."""
    times: dict[int, int] = {}
    below = 0
    while True:
        query = {"limit": str(_BLOCKS_A_PAGE), **({"below": str(below)} if below else {})}
        rows = client.listing("/v1/blocks", query)
        times |= {int(row["height"]): int(row["time_ms"]) for row in rows}
        if len(rows) < _BLOCKS_A_PAGE:
            return times
        below = int(rows[-1]["height"])


def _rate(row: dict[str, Any]) -> str:
    if row["held_back"]:
        return _HELD_BACK
    rate = int(row["on_time_bp"])
    return "" if rate < 0 else f"{rate // 100}.{rate % 100:02d} %"
