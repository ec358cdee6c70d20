"""The root of all commands, and what every command has in common: output, profile, failures."""

import sys
from typing import Any, Final, NoReturn

import click

from tallychain.cli import failures, output
from tallychain.cli.base import output_option
from tallychain.cli.lazy import LazyGroup

_EXAMPLE: Final = """\b
Examples:
  tally demo
  tally network init my-trial && tally network up my-trial
  tally --network my-trial --as s1 holding list
  tally do voucher.accept --help
"""

_COMMANDS: Final = {
    "demo": ("demo:demo", "Start a demonstration alliance and play a story on it."),
    "network": ("network:network", "Make, start, look at and end a trial alliance."),
    "node": ("node:node", "Run one institution's ledger and gateway."),
    "voucher": ("voucher:voucher", "Issue, accept, pass on and look at vouchers."),
    "payable": ("payable:payable", "Present payables to their debtor, and answer them."),
    "ceiling": ("ceiling:ceiling", "Grant and lower what issuers may have outstanding."),
    "standard": ("standard:standard", "On what terms funders would finance; who would finance what."),
    "admission": (
        "admission:admission",
        "Introduce core enterprises, review them every year, and look at who answers for whom.",
    ),
    "limit": ("limit:limit", "A funder's own credit lines and concentration; they never leave its gateway."),
    "rate": ("rate:rate", "Rates of a funder's own financings against the grades of issuers."),
    "movement": ("movement:movement", "Splits in quick succession and circles, by who can join tags."),
    "settlement": ("settlement:settlement", "Name payees, attest money, pay out, and look at what is paid."),
    "pledge": ("pledge:pledge", "Pledge holdings, and accept, release, claim and contest pledges."),
    "financing": ("financing:financing", "Ask for money for units; quote, compare, choose, pay and confirm."),
    "court": ("court:court", "Freeze holdings as a court gateway; renew, lift and execute."),
    "dispute": ("dispute:dispute", "Dispute what a first holder has; answer, refer and close disputes."),
    "rekey": (
        "rekey:rekey",
        "Give a client that has lost its wallet other keys; object, take over, and look.",
    ),
    "bank-account": (
        "bankaccount:bank_account",
        "A client's account of record: state, test, change and stop it.",
    ),
    "identity": (
        "identity:identity",
        "Show that the identity part of an act is false, and see which are on record as that.",
    ),
    "dossier": ("dossier:dossier", "Look at who held the units of a financing, from the issue on."),
    "sponsor": ("sponsor:sponsor", "Claim that a sponsor is idle, answer, and see who has."),
    "redemption": ("redemption:redemption", "Pay holdings before their maturity; agree, pay, and look."),
    "disclosure": (
        "disclosure:disclosure",
        "Look at what is disclosed of issuers, and take the facts along.",
    ),
    "recourse": (
        "recourse:recourse",
        "Claim from a seller what an issuer has not paid; buy back, contest, and look.",
    ),
    "guarantee": (
        "guarantee:guarantee",
        "Stand for an issuer's vouchers; attest a guarantor's money, pass on, and look.",
    ),
    "holding": ("holding:holding", "Look at who holds what."),
    "do": ("do:do", "Any operation of any contract."),
    "draft": ("draft:draft", "What waits for a second person."),
    "operation": ("operation:operation", "What became of an operation."),
    "governance": ("governance:governance", "Propose, vote, and look at what the members decide."),
    "member": ("member:member", "Look at members."),
    "key": ("key:key", "Register, rotate and revoke keys of one's member."),
    "account": ("account:account", "One's own account, and the accounts of a member."),
    "wallet": ("wallet:wallet", "Make and look at wallets, and sign tag cards."),
    "block": ("block:block", "Look at blocks."),
    "events": ("events:events", "Follow what happens."),
    "webhook": ("webhook:webhook", "Tell an address of yours what happens."),
    "proof": ("proof:proof", "Make proofs, and verify them without a ledger."),
    "certificate": ("certificate:certificate", "Make pages with their proof inside, and verify them."),
    "evidence": ("evidence:evidence", "Gather all that led to a holding for a court, and verify it."),
    "refinement": (
        "refinement:refinement",
        "By which expression a funder refines its own quoting; it never leaves its gateway.",
    ),
    "batch": ("batch:batch", "Vouchers and offers from a table, one operation a row."),
    "registry": ("registry:registry", "Files for and from the movable-property registry."),
    "document": ("document:document", "Keep, look at, send and remove documents."),
    "payables": ("papers:payables", "Read a table of payables."),
    "invoice": ("papers:invoice", "Read an e-invoice."),
    "clock": ("clock:clock", "Move the time of a trial chain."),
    "completion": ("completion:completion", "Print the completion script of a shell."),
}


class Root(LazyGroup):
    """The root; called without arguments it runs the process's command line and ends the process."""

    def __call__(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Run the command line of this process and end it with its exit status."""
        sys.exit(run())


@click.group(cls=Root, lazy=_COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--network", metavar="DIR", envvar="TALLY_NETWORK", help="Folder of a trial alliance.")
@click.option(
    "--as", "person", metavar="NAME", envvar="TALLY_AS", help="Who acts, by the name in access.json."
)
@click.version_option(package_name="tallychain", prog_name="tally")
@click.pass_context
def root(ctx: click.Context, network: str | None, person: str | None) -> None:
    """The command line of tallychain, a ledger that institutions run together."""
    ctx.meta["tallychain.network"] = network
    ctx.meta["tallychain.person"] = person


root.epilog = _EXAMPLE
root.params.append(output_option())


def run(arguments: list[str] | None = None) -> int:
    """
    Run a command line.

    0: done.  1: refused.  2: not understood, or what it needs could not be reached.  130: interrupted.
    """
    shown = _output_of(sys.argv[1:] if arguments is None else arguments)
    try:
        root.main(args=arguments, prog_name="tally", standalone_mode=False)
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return failures.NOT_POSSIBLE
    except click.ClickException as error:
        return _usage(error, shown)
    except (click.Abort, KeyboardInterrupt):
        return 130
    except Exception as error:
        failure = failures.of_exception(error)
        if failure is None:
            raise
        return _failed(failure, shown)
    return 0


def _output_of(arguments: list[str]) -> str:
    """The form of output, found without the parser, which may be what fails."""
    shown = output.TEXT
    for place, here in enumerate(arguments):
        if here == "--":
            break
        if here == "--output":
            shown = "".join(arguments[place + 1 : place + 2])
        elif here.startswith("--output="):
            shown = here.partition("=")[2]
    return shown


def _usage(error: click.ClickException, shown: str) -> int:
    code = "FILE_NOT_READABLE" if isinstance(error, click.FileError) else "USAGE"
    hint = ""
    if isinstance(error, click.UsageError) and error.ctx is not None and shown != output.JSON:
        hint = f" Try: {error.ctx.command_path} --help."
    output.fail(code, _sentence(error.format_message()) + hint, as_json=shown == output.JSON)
    return failures.NOT_POSSIBLE


def _failed(failure: failures.Failure, shown: str) -> int:
    output.fail(failure.code, failure.sentence, failure.fields, as_json=shown == output.JSON)
    return failure.status


def _sentence(text: str) -> str:
    flat = " ".join(text.split())
    return flat if flat.endswith((".", "!", "?")) else f"{flat}."
