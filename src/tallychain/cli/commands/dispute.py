"""`tally dispute`: what an issuer says that it does not owe to its first holder, from the ground to the end."""

from pathlib import Path
from typing import Any

import click

from tallychain.cli import output
from tallychain.cli.acting import money, perform, wait_option
from tallychain.cli.base import Group
from tallychain.cli.failures import Failure
from tallychain.cli.profile import Session, session
from tallychain.cli.values import AMOUNT, read_file

_DISPUTE = click.argument("dispute", metavar="DISPUTE")
_SEALED = "sealed"
_GROUND = click.option("--ground", required=True, help="Why this is not owed, or what was decided; sealed.")
_DOCUMENT = click.option(
    "--document",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="The evidence, the notice or the decision; only its digest leaves this machine.",
)


@click.group(cls=Group)
def dispute() -> None:
    """Dispute a part of what a first holder has, as its issuer; answer, refer and close; look at disputes."""


@dispute.command(
    "open",
    examples=[
        "tally --as ce-a-maker dispute open EVTALY20260316000000000180:1-100000000:1 --amount 200,000.00 \\",
        "    --covered 200,000.00 --ground '到货批次 3 检验不合格' --document inspection.pdf",
    ],
)
@click.argument("holding", metavar="HOLDING")
@click.option(
    "--amount", type=AMOUNT, help="How much of it, in yuan, from its first unit on; else all of it."
)
@click.option("--covered", type=AMOUNT, required=True, help="How much the evidence covers, in yuan.")
@_GROUND
@_DOCUMENT
@wait_option()
def open_dispute(
    holding: str, amount: int | None, covered: int, ground: str, document: Path, wait: bool
) -> None:
    """Dispute a first holder's holding or a part of it; needs a second person, and lapses after 30 days without a case number."""
    me = session()
    row = me.client.row("holdings", holding)
    last = row["last"] if amount is None else row["first"] + amount - 1
    args = {
        "voucher": row["voucher"],
        "holding": row["first"],
        "first": row["first"],
        "last": last,
        "covered": covered,
        "document": _digest(document),
    }
    _do(me, "dispute.open", args, _said(ground), wait=wait)


@dispute.command(examples=["tally --as s1 dispute deny d1…d1"])
@_DISPUTE
@wait_option()
def deny(dispute: str, wait: bool) -> None:
    """Say as its holder that it is owed; the issuer may still bring it before a court, or it lapses."""
    _on("dispute.answer", dispute, {"admits": False}, {}, wait=wait)


@dispute.command(examples=["tally --as s1 dispute admit d1…d1"])
@_DISPUTE
@wait_option()
def admit(dispute: str, wait: bool) -> None:
    """Say as its holder that it is not owed: the issuer is released of these units at once and for good."""
    _on("dispute.answer", dispute, {"admits": True}, {}, wait=wait)


@dispute.command(
    examples=[
        "tally --as ce-a-maker dispute refer d1…d1 --case （2026）沪0115民初456号 \\",
        "    --ground 已立案 --document notice.pdf",
    ]
)
@_DISPUTE
@click.option("--case", required=True, help="Number of the case at a court or an arbitration; sealed.")
@_GROUND
@_DOCUMENT
@wait_option()
def refer(dispute: str, case: str, ground: str, document: Path, wait: bool) -> None:
    """Show as its issuer that a court or an arbitration decides; needs a second person, and again after 180 days."""
    _on("dispute.refer", dispute, {"document": _digest(document)}, _said(ground, case), wait=wait)


@dispute.command(
    examples=["tally --as ce-a-maker dispute close d1…d1 --ground 双方和解 --document settlement.pdf"]
)
@_DISPUTE
@click.option("--case", default="", help="Number of the case, where there was one; sealed.")
@_GROUND
@_DOCUMENT
@wait_option()
def close(dispute: str, case: str, ground: str, document: Path, wait: bool) -> None:
    """Withdraw a dispute as its issuer, or close it as the court or arbiter that has decided; needs a second person."""
    _on("dispute.close", dispute, {"document": _digest(document)}, _said(ground, case), wait=wait)


@dispute.command("list", examples=["tally --as ce-a-maker dispute list --voucher EVTALY20260316000000000180"])
@click.option("--voucher", metavar="VOUCHER", help="Only of this voucher.")
def list_disputes(voucher: str | None) -> None:
    """Disputes with what this seat may read of their grounds, as of the last block that this gateway has."""
    client = session().client
    rows = list(client.rows("disputes", **({"voucher": voucher} if voucher else {})))
    said = sorted(client.rows("dispute_grounds"), key=lambda row: row["said_at"])
    grounds = {row["dispute"]: row for row in said}
    output.print_table(
        [
            {
                **row,
                "ground": grounds.get(row["dispute"], {}).get("ground"),
                "number": grounds.get(row["dispute"], {}).get("number"),
            }
            for row in rows
        ],
        ["Dispute", "Holding", "Issuer", "Disputed", "Covered", "Ground", "Case", "Status"],
        [
            (
                row["dispute"],
                row["holding"],
                row["issuer"],
                money(row["face"]),
                money(row["covered"]),
                grounds.get(row["dispute"], {}).get("ground", _SEALED),
                grounds.get(row["dispute"], {}).get("number", _SEALED),
                row["status"],
            )
            for row in rows
        ],
        "Nothing is disputed.",
    )


def _said(ground: str, number: str = "") -> dict[str, Any]:
    return {"ground": {"ground": ground, "number": number}}


def _on(kind: str, dispute: str, more: dict[str, Any], sealed: dict[str, Any], *, wait: bool) -> None:
    """An act on a dispute that stands; its voucher is found by its name."""
    me = session()
    found = next(iter(me.client.rows("disputes", dispute=dispute)), None)
    if found is None:
        raise Failure("DISPUTE_NOT_FOUND", f"There is no dispute {dispute}.")
    args = {"voucher": found["voucher"], "dispute": dispute, **more}
    _do(me, kind, args, sealed, wait=wait)


def _do(me: Session, kind: str, args: dict[str, Any], sealed: dict[str, Any], *, wait: bool) -> None:
    from tallychain.sdk.client import Wish

    perform(me, Wish(type=kind, args=args, sealed=sealed, unlock=me.unlock()), wait=wait)


def _digest(path: Path) -> str:
    from tallychain.crypto.digest import sha256

    return sha256(read_file(path)).hex()
