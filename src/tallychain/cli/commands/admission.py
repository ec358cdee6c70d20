"""`tally admission`: introduce core enterprises, review them, withdraw, and look at who answers for whom."""

from pathlib import Path
from typing import Any

import click

from tallychain.cli import output
from tallychain.cli.acting import perform, wait_option
from tallychain.cli.base import Group
from tallychain.cli.failures import Failure
from tallychain.cli.profile import session
from tallychain.cli.times import local
from tallychain.cli.values import read_file

_PAPER_BYTES = 64 * 1024 * 1024


@click.group(cls=Group)
def admission() -> None:
    """Introduce core enterprises as a bank, review them every year, withdraw, and look at who answers for whom."""


@admission.command(
    examples=[
        "tally admission example > ce-b.toml",
        "tally --as bank-a-maker admission introduce ce-b ce-b.toml --name 'Core B Co., Ltd.' --uscc 91310000MA1FL0007C",
    ]
)
@click.argument("member", metavar="MEMBER")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--name", required=True, help="Legal name, as registered.")
@click.option("--uscc", required=True, help="Unified social credit code or LEI.")
@wait_option()
def introduce(member: str, file: Path, name: str, uscc: str, wait: bool) -> None:
    """
    Introduce an enterprise on the strength of a due diligence; needs a second person.

    FILE describes the due diligence in TOML (tally admission example) and names the papers' files. Only commitments leave this machine; what
    opens them is written beside FILE, as NAME.opening.json, never over an earlier one: keep it, and show it to those who vote.
    """
    made = _prepared(file)
    _do("admission.introduce", {"member": member, "name": name, "uscc": uscc, "file": made}, wait=wait)


@admission.command(examples=["tally --as bank-a-maker admission review ce-b ce-b.toml"])
@click.argument("member", metavar="MEMBER")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@wait_option()
def review(member: str, file: Path, wait: bool) -> None:
    """Review a core enterprise with a new due diligence, and answer for it until the next; needs a second person."""
    _do("admission.review", {"member": member, "file": _prepared(file)}, wait=wait)


@admission.command(
    examples=["tally --as bank-a-maker admission withdraw ce-b --reason 'Our client no longer'"]
)
@click.argument("member", metavar="MEMBER")
@click.option("--reason", required=True, help="Public to all members; names no natural person.")
@wait_option()
def withdraw(member: str, reason: str, wait: bool) -> None:
    """Withdraw an introduction, or no longer answer for a core enterprise; needs a second person."""
    _do("admission.withdraw", {"member": member, "reason": reason}, wait=wait)


@admission.command("list", examples=["tally --as bank-a admission list"])
def list_reviews() -> None:
    """Which bank answers for which core enterprise, and until when it has to be reviewed."""
    rows = list(session().client.rows("reviews"))
    output.print_table(
        rows,
        ["Core enterprise", "Bank", "Review due", "Any bank from", "Reviewed", "Status"],
        [
            (
                row["member"],
                row["bank"],
                row["due"],
                local(row["remind_at"]),
                row["reviews"],
                row["status"],
            )
            for row in rows
        ],
        "No bank answers for a core enterprise.",
    )


@admission.command(examples=["tally --as bank-b admission introductions"])
def introductions() -> None:
    """Introductions of enterprises that are no members yet, and what became of earlier ones."""
    rows = list(session().client.rows("introductions"))
    output.print_table(
        rows,
        ["Enterprise", "Name", "Code", "Bank", "Established", "Accounts until", "Overdue", "Until", "Status"],
        [
            (
                row["member"],
                row["name"],
                row["uscc"],
                row["bank"],
                row["established_on"],
                row["accounts_until"],
                row["overdue_found"],
                local(row["status_until"]) if row["status_until"] else "",
                row["status"],
            )
            for row in rows
        ],
        "Nobody has been introduced.",
    )


@admission.command(examples=["tally --as bank-b admission verify ce-b bank-a ce-b.opening.json"])
@click.argument("member", metavar="MEMBER")
@click.argument("bank", metavar="BANK")
@click.argument("opening", metavar="OPENING", type=click.Path(path_type=Path, dir_okay=False))
def verify(member: str, bank: str, opening: Path) -> None:
    """Check what a bank shows of its due diligence against what it signed: of its introduction, or else of its last review."""
    import msgspec

    from tallychain.sdk.admission import Kept, differing

    try:
        kept = msgspec.json.decode(read_file(opening), type=Kept)
    except msgspec.DecodeError:
        raise Failure("OPENING_NOT_READABLE", f"{opening.name} does not open a due diligence.") from None
    client = session().client
    signed = [str(row["file"]) for row in client.rows("reviews") if row["bank"] == bank]
    signed += [str(row["file"]) for row in client.rows("introductions", member=member, bank=bank)]
    files = [msgspec.json.decode(text) for text in signed if text]
    if not files:
        raise Failure("NOTHING_SIGNED", f"{bank} has signed no due diligence of {member}.")
    wrong = min((differing(file, kept) for file in files), key=len)
    if wrong:
        raise Failure("OPENING_DIFFERS", f"This is not what {bank} signed of {member}: {', '.join(wrong)}.")
    names = [one.name for one in (*kept.fields, *kept.papers)]
    output.print_record(
        {"member": member, "bank": bank, "names": names},
        [("Enterprise", member), ("Signed by", bank), ("Opened", ", ".join(names))],
    )


@admission.command(examples=["tally admission example > ce-b.toml"])
def example() -> None:
    """Print a description of a due diligence to fill in."""
    click.echo(_EXAMPLE)


_EXAMPLE = """\
established_on = "2008-05-20"
accounts_until = "2025-12-31"
overdue_found = 0

[fields]
BENEFICIAL-OWNERS = "Group A, 60 %; City Holding, 40 %"
BUSINESS = "Machine tools"
CAPITAL = "CNY 500,000,000.00, paid in"
LEGAL-REPRESENTATIVE = "As in the licence"
PURCHASES = "CNY 1,200,000,000.00 in 2025, 140 suppliers"

[papers]
ACCOUNTS = { file = "accounts-2025.pdf", valid_until = "2027-06-30" }
ARTICLES = { file = "articles.pdf", valid_until = "2099-12-31" }
BUSINESS-LICENCE = { file = "licence.pdf", valid_until = "2038-05-19" }
CREDIT-REPORT = { file = "credit-report.pdf", valid_until = "2026-12-31" }"""


def _prepared(file: Path) -> dict[str, Any]:
    """The file for the ledger; what opens it is written down before anything is sent."""
    import msgspec

    from tallychain.sdk.admission import FileNotReadable, prepared

    text = read_file(file).decode("utf-8", errors="replace")
    try:
        made, kept = prepared(text, lambda name: read_file(file.parent / name, _PAPER_BYTES))
    except FileNotReadable as error:
        raise Failure("FILE_NOT_READABLE", str(error)) from None
    opening = _new_beside(file)
    opening.write_bytes(msgspec.json.format(msgspec.json.encode(kept)) + b"\n")
    output.say(f"What opens it is in {opening}; keep it.")
    found: dict[str, Any] = msgspec.to_builtins(made)
    return found


def _new_beside(file: Path) -> Path:
    """A new file for what opens a due diligence; an earlier one is never written over, because only it opens what was signed then."""
    for number in range(1, 1_000):
        opening = file.with_suffix(".opening.json" if number == 1 else f".{number}.opening.json")
        try:
            opening.touch(mode=0o600, exist_ok=False)
        except FileExistsError:
            continue
        except OSError as error:
            raise Failure("FILE_NOT_WRITABLE", f"{opening} cannot be written: {error.strerror}.") from None
        return opening
    raise Failure("FILE_NOT_WRITABLE", f"There are too many openings beside {file}.")


def _do(type_name: str, args: dict[str, Any], *, wait: bool) -> None:
    from tallychain.sdk.client import Wish

    me = session()
    perform(me, Wish(type=type_name, args=args, sealed={}, unlock=me.unlock()), wait=wait)
