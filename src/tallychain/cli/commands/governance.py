"""`tally governance`: what the members decide by vote."""

from typing import Any

import click

from tallychain.cli import output
from tallychain.cli.acting import perform, wait_option
from tallychain.cli.base import Group
from tallychain.cli.profile import session
from tallychain.cli.times import local
from tallychain.cli.values import JSON


@click.group(cls=Group)
def governance() -> None:
    """Propose, vote, and look at what is decided."""


@governance.command(
    examples=[
        "tally --as bank-a-maker governance propose CALENDAR --json @act.json \\",
        "    --words-en 'Publish the calendar of 2027' --words-zh '公布 2027 年日历'",
    ]
)
@click.argument("kind", metavar="KIND")
@click.option("--json", "data", type=JSON, required=True, help="The fields of the change as JSON, or @FILE.")
@click.option("--words-en", required=True, help="What changes, in English.")
@click.option("--words-zh", required=True, help="What changes, in Chinese.")
@wait_option()
def propose(kind: str, data: Any, words_en: str, words_zh: str, wait: bool) -> None:
    """Put a change to the vote; needs a second person of the member."""
    if not isinstance(data, dict):
        raise click.UsageError("The fields of the change have the form {...}.")
    _open(kind, data, words_en, words_zh, wait=wait)


@governance.command(examples=["tally --as bank-a-maker governance vote 7b…7b yes"])
@click.argument("proposal", metavar="PROPOSAL")
@click.argument("choice", type=click.Choice(["yes", "no", "abstain"]))
@wait_option()
def vote(proposal: str, choice: str, wait: bool) -> None:
    """Vote on a proposal as it stands on the ledger; needs a second person of the member, and is final."""
    from tallychain.sdk.client import Wish

    me = session()
    row = me.client.row("proposals", proposal)
    args = {"proposal": proposal, "digest": row["digest"], "choice": choice}
    perform(me, Wish(type="ballot.cast", args=args, sealed={}, unlock=me.unlock()), wait=wait)


@governance.command(
    examples=["tally --as bank-a-maker governance show", "tally --as bank-a-maker governance show 7b…7b"]
)
@click.argument("proposal", metavar="[PROPOSAL]", required=False)
def show(proposal: str | None) -> None:
    """Show one proposal with its count, or all of them."""
    client = session().client
    if proposal is None:
        rows = list(client.rows("proposals"))
        output.print_table(
            rows,
            ["Proposal", "Kind", "What", "Proposed by", "Votes until", "Status"],
            [
                (
                    row["proposal"],
                    row["kind"],
                    row["words_en"],
                    row["proposer"],
                    local(row["closes_ms"]),
                    row["status"],
                )
                for row in rows
            ],
            "There are no proposals.",
        )
        return
    row = client.row("proposals", proposal)
    ballots = list(client.rows("ballots", proposal=proposal))
    output.print_record(
        {**row, "ballots": ballots},
        [
            ("Proposal", row["proposal"]),
            ("Kind", row["kind"]),
            ("What", row["words_en"]),
            ("", row["words_zh"]),
            ("Change", row["data"]),
            ("Proposed by", row["proposer"]),
            ("Count", f"{row['yes']} yes, {row['no']} no, {row['abstain']} abstained, of {row['total']}"),
            ("Ballots", ", ".join(f"{ballot['member']} {ballot['choice']}" for ballot in ballots) or "none"),
            ("Votes until", local(row["closes_ms"])),
            ("Acts", local(row["acts_ms"])),
            ("Status", row["status"]),
        ],
    )


@governance.command(
    "new-key",
    examples=[
        "tally --as bank-a-maker governance new-key",
        "tally --as bank-a-maker governance new-key --reason 'factor-a has left'",
    ],
)
@click.option("--reason", help="Propose the key at once, with this public reason.")
@wait_option()
def new_key(reason: str | None, wait: bool) -> None:
    """
    Make a new fingerprint key in one's gateway, and propose it.

    Without a reason only the key is made, and its commitment is printed for a proposal of the kind FINGERPRINT_KEY. Once the proposal stands on
    the ledger, the gateway sends the key by sealed letters to all members in good standing; none of them votes yes without it.
    """
    from tallychain.sdk.calls import make_fingerprint_key

    made = session().client.ask(make_fingerprint_key())
    if reason is None:
        output.print_record(made, [("Epoch", str(made["epoch"])), ("Commitment", made["commitment"])])
        return
    data = {**made, "reason": reason}
    words_en = f"Name papers with a new fingerprint key, of epoch {made['epoch']}: {reason}"
    _open("FINGERPRINT_KEY", data, words_en, f"启用第 {made['epoch']} 期单据指纹密钥：{reason}", wait=wait)


def _open(kind: str, data: dict[str, Any], words_en: str, words_zh: str, *, wait: bool) -> None:
    from tallychain.sdk.client import Wish

    me = session()
    args = {"kind": kind, "words_zh": words_zh, "words_en": words_en, "data": {"kind": kind, **data}}
    perform(me, Wish(type="proposal.open", args=args, sealed={}, unlock=me.unlock()), wait=wait)
