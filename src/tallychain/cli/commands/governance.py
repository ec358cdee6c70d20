"""`tally governance`: what the members decide by vote."""

from typing import TYPE_CHECKING, Any

import click

from tallychain.cli import output
from tallychain.cli.acting import perform, wait_option
from tallychain.cli.base import Group
from tallychain.cli.profile import session
from tallychain.cli.times import local
from tallychain.cli.values import JSON

if TYPE_CHECKING:
    from tallychain.integrations.rulepacks import RulePack


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


@governance.command(examples=["tally governance packs"])
def packs() -> None:
    """List the rule packs that come with this version, and which of them the members have adopted."""
    from tallychain.integrations.rulepacks import rule_packs

    adopted = {str(row["pack"]) for row in session().client.rows("policy_versions")}
    found = rule_packs()
    output.print_table(
        [{**_plain(pack), "adopted": pack.title in adopted} for pack in found],
        ["Pack", "Document", "In force since", "Read in the original", "Values", "Adopted"],
        [
            (
                pack.title,
                pack.document,
                pack.in_force,
                "yes" if pack.read_in_original else "no",
                len(pack.values),
                "yes" if pack.title in adopted else "no",
            )
            for pack in found
        ],
        "No rule pack comes with this version.",
    )


@governance.command("show-pack", examples=["tally governance show-pack CN-77-2025"])
@click.argument("name", metavar="PACK")
def show_pack(name: str) -> None:
    """Show a rule pack: its document and dates, its values with their articles, what the ledger holds anyway, and how surely its text is known."""
    pack = _pack(name)
    values = [
        f"{one.policy}.{one.value} = {one.set}: {one.en} ({one.article}; {one.confidence})"
        for one in pack.values
    ]
    rules = [
        f"{one.en} (article {one.article}; {one.confidence}) {' '.join(one.codes)}".strip()
        for one in pack.rules
    ]
    output.print_record(
        _plain(pack),
        [
            ("Pack", pack.title),
            ("Title", f"{pack.en}\n{pack.zh}"),
            ("Document", pack.document),
            ("Issued", pack.issued),
            ("In force since", pack.in_force),
            ("Read in the original", "yes" if pack.read_in_original else "no"),
            ("Caution", pack.caution_en),
            ("By vote", "\n".join(values) or "nothing"),
            ("Held anyway", "\n".join(rules)),
        ],
    )


@governance.command(
    "propose-pack",
    examples=[
        "tally --as bank-a-maker governance propose-pack CN-77-2025 --from 2027-02-01 --dry-run",
        "tally --as bank-a-maker governance propose-pack CN-77-2025 --from 2027-02-01",
    ],
)
@click.argument("name", metavar="PACK")
@click.option("--from", "effective_from", required=True, help="First local day on which it holds.")
@click.option("--dry-run", is_flag=True, help="Show which values would change, and propose nothing.")
@wait_option()
def propose_pack(name: str, effective_from: str, dry_run: bool, wait: bool) -> None:
    """Put a rule pack to the vote, after showing what it would change; needs a second person of the member."""
    from tallychain.integrations.rulepacks import changed
    from tallychain.sdk import calls

    pack = _pack(name)
    if not pack.values:
        raise click.UsageError(
            f"{pack.title} has no value that is decided by vote; show-pack says what it holds."
        )
    client, data = session().client, pack.change(effective_from)
    if not dry_run:
        words = f"Adopt the rule pack {pack.title}: {pack.document}"
        _open("RULE_PACK", data, words, f"采用规则包 {pack.title}：{pack.document}", wait=wait)
        return
    found = client.ask(calls.preview(data))
    if found["code"]:
        output.print_record(found, [("Could not act", found["code"]), ("Why", found["sentence_en"])])
        return
    rows = changed(found["facts"], list(client.rows("policy_versions")))
    output.print_table(
        rows,
        ["Policy", "Value", "Now", "Then", "Article"],
        [(row.policy, row.value, row.before, row.after, row.article) for row in rows],
        "It would change nothing.",
    )


def _pack(name: str) -> "RulePack":
    from tallychain.integrations.rulepacks import RulePackUnknown, rule_pack

    try:
        return rule_pack(name)
    except RulePackUnknown:
        raise click.UsageError(f"No rule pack {name} comes with this version; packs lists them.") from None


def _plain(pack: "RulePack") -> dict[str, Any]:
    import msgspec

    plain: dict[str, Any] = msgspec.to_builtins(pack)
    return plain


def _open(kind: str, data: dict[str, Any], words_en: str, words_zh: str, *, wait: bool) -> None:
    from tallychain.sdk.client import Wish

    me = session()
    args = {"kind": kind, "words_zh": words_zh, "words_en": words_en, "data": {"kind": kind, **data}}
    perform(me, Wish(type="proposal.open", args=args, sealed={}, unlock=me.unlock()), wait=wait)
