"""`tally wallet`: a seat's own keys on its owner's machine, and the stock of tag cards."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from tallychain.cli import output
from tallychain.cli.acting import finish, wait_option
from tallychain.cli.base import Group
from tallychain.cli.commands.walletmoves import bring, export
from tallychain.cli.failures import Failure, NotPossible
from tallychain.cli.profile import Session, session
from tallychain.cli.values import JSON

if TYPE_CHECKING:
    from tallychain.ledger.contract import AnyOperation
    from tallychain.sdk.calls import Call
    from tallychain.sdk.ownacts import OwnAct
    from tallychain.sdk.ownwallet import OwnWallet

PASSPHRASE: Final = "TALLY_WALLET_PASSPHRASE"  # noqa: S105 - the name of a variable
NEW_PASSPHRASE: Final = "TALLY_NEW_PASSPHRASE"  # noqa: S105 - the name of a variable
_LETTERS: Final = 12
_CARD_PATIENCE_S: Final = 30
_DAY_MS: Final = 86_400_000
_FOLDER = click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
_YES = click.option("--yes", is_flag=True, help="Sign without asking once more.")


@click.group(cls=Group)
def wallet() -> None:
    """Keep a seat's keys on your own machine: sign there, and deliver tag cards. Its passphrase: TALLY_WALLET_PASSPHRASE, or typed in."""


@wallet.command(
    examples=[
        "tally --as s9 wallet make my-wallet --name 新华支架有限公司 --uscc 91310000MA1K00TF0Y \\",
        "    --trusted my-trial/authority",
    ]
)
@_FOLDER
@click.option("--name", required=True, help="Legal name of the enterprise, as its certificate has it.")
@click.option("--uscc", required=True, help="Its unified social credit code.")
@click.option(
    "--trusted",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder of certificates (DER) of authorities that you trust.",
)
@click.option("--two-persons", is_flag=True, help="Every act needs a second person; see wallet share.")
def make(folder: Path, name: str, uscc: str, trusted: Path, two_persons: bool) -> None:
    """Make a wallet; prints the identity key, for which you have a certificate issued."""
    from tallychain.sdk import ownwallet

    me = session().client.get("/v1/me")
    facts = ownwallet.WalletFacts(
        str(me["chain"]), str(me["member"]), name, uscc, two_persons, bool(me["demo"])
    )
    roots = [path.read_bytes() for path in sorted(trusted.glob("*.der"))]
    if not roots:
        raise NotPossible("NO_AUTHORITY", f"There is no certificate (*.der) in {trusted}.")
    made = ownwallet.make(folder, facts, _new_passphrase(), roots)
    _print_made(made)


@wallet.command(examples=["tally wallet share my-wallet second-wallet"])
@_FOLDER
@click.argument("to", metavar="NEW_DIR", type=click.Path(path_type=Path, file_okay=False))
def share(folder: Path, to: Path) -> None:
    """The wallet for the second person: the same tags, an identity key and a passphrase of its own."""
    from tallychain.sdk import ownwallet

    _print_made(ownwallet.share(_opened(folder), to, _new_passphrase()))


@wallet.command(examples=["tally wallet certificate my-wallet issued.der"])
@_FOLDER
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def certificate(folder: Path, file: Path) -> None:
    """Put the certificate of the identity key into the wallet; the sponsor's admin needs it too."""
    from tallychain.sdk import ownwallet

    digest = ownwallet.keep_certificate(_opened(folder), _content_of(file))
    output.print_record({"certificate": digest}, [("Certificate", digest)])


@wallet.command(examples=["tally wallet show my-wallet --tags 3"])
@_FOLDER
@click.option("--tags", type=click.IntRange(0, 100), default=0, help="Show so many tags, from the first.")
def show(folder: Path, tags: int) -> None:
    """The identity key of a wallet, which its certificate is for, and its first tags."""
    own = _opened(folder)
    rows = [
        {"counter": n, "tag": own.sign.tag_key(n).public, "sealing": own.view.sealing_key(n).public}
        for n in range(tags)
    ]
    facts = own.facts
    lines: list[tuple[str, object]] = [
        ("Enterprise", f"{facts.name} {facts.uscc}"),
        ("Sponsor", f"{facts.sponsor} on {facts.chain}"),
        ("Persons", 2 if facts.two_persons else 1),
        ("Identity key", own.identity.public),
    ]
    lines += [(f"Tag {row['counter']}", f"{row['tag']}\n{row['sealing']}") for row in rows]
    output.print_record({"identity": own.identity.public, "tags": rows}, lines)


@wallet.command(
    examples=["tally --as s1 wallet cards", "tally --as s9 wallet cards --wallet my-wallet --count 20"]
)
@click.option(
    "--wallet",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Wallet on this machine; without it, the seat's wallet at the gateway.",
)
@click.option("--count", type=click.IntRange(1, 100), default=20, show_default=True, help="With --wallet.")
@click.option("--days", type=click.IntRange(1, 365), default=30, show_default=True, help="With --wallet.")
def cards(folder: Path | None, count: int, days: int) -> None:
    """Sign tag cards, so that others can give to the seat while you are away."""
    from tallychain.crypto.identity import encode_card
    from tallychain.sdk import calls, ownwallet

    me = session()
    if folder is None:
        found = me.client.ask(calls.refill_cards(me.unlock()))
    else:
        own = _opened(folder)
        until = _now_ms(me) + days * _DAY_MS - 60_000
        made = [
            (number, encode_card(own.card(number, until))) for number in ownwallet.take_counters(own, count)
        ]
        found = me.client.ask(calls.deliver_cards(made))
    output.print_record(found, [("Cards", found["cards"])])


wallet.add_command(export)
wallet.add_command(bring)


@wallet.command(
    examples=[
        "tally do voucher.offer --example > act.json",
        "tally --as s9 wallet act voucher.offer my-wallet --json @act.json",
    ]
)
@click.argument("type_name", metavar="TYPE")
@_FOLDER
@click.option("--json", "request", type=JSON, required=True, help="args, sealed, to and tag; @FILE reads it.")
@click.option("--key", default="", help="Idempotency-Key; the same for every attempt.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where two persons sign: file for the second person.",
)
@_YES
@wait_option()
def act(
    type_name: str, folder: Path, request: Any, key: str, out: Path | None, yes: bool, wait: bool
) -> None:
    """Do an act with keys of your own: checks the gateway's plan, shows the text, seals and signs here, and submits."""
    from tallychain.sdk import ownacts
    from tallychain.sdk.calls import fresh_key

    me, own, kind = session(), _opened(folder), _kind(type_name)
    if own.facts.two_persons and out is None:
        raise NotPossible(
            "SECOND_PERSON_NEEDED", "Two persons sign here: name the file for the second one, --out FILE."
        )
    planned = _planned(me, own, kind, request, key or fresh_key())
    _show(kind, planned, yes=yes)
    if out is None:
        _submit(me, ownacts.sign_alone(planned, kind, own), wait=wait)
        return
    half = ownacts.sign_first(planned, kind, own)
    _write_private(out, half)
    next_step = f"tally --as SECOND wallet approve {out} DIR"
    output.print_record({"file": str(out)}, [("File", out), ("Next", next_step)])


@wallet.command(examples=["tally --as s9-checker wallet approve act.half second-wallet"])
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@_FOLDER
@_YES
@wait_option()
def approve(file: Path, folder: Path, yes: bool, wait: bool) -> None:
    """Sign as the second person what the first one has signed, after reading it, and submit."""
    import msgspec

    from tallychain.sdk import ownacts

    try:
        half = msgspec.json.decode(_content_of(file), type=ownacts.OwnAct)
    except msgspec.DecodeError:
        raise Failure("NOT_AN_ACT", f"{file} holds no act that waits for a second person.") from None
    me, own, kind = session(), _opened(folder), _kind(half.type)
    _show(kind, half, yes=yes)
    _submit(me, ownacts.sign_second(half, kind, own), wait=wait)


def _planned(me: Session, own: "OwnWallet", kind: "AnyOperation", request: Any, key: str) -> "OwnAct":
    import msgspec

    from tallychain.sdk import calls, ownacts

    if not isinstance(request, dict) or not set(request) <= {"args", "sealed", "to", "tag"}:
        raise click.UsageError('The request has the form {"args": {...}, "sealed": {...}}.')
    sealed = request.get("sealed", {})
    rules = {rule.label: rule for rule in kind.seals}
    unknown = [label for label in sealed if label not in rules]
    if unknown:
        raise Failure("PART_UNKNOWN", f"{kind.name} has no sealed part {unknown[0]}.")
    args = ownacts.with_references(request.get("args", {}), own)
    call = calls.plan_act(kind.name, args, list(sealed), request.get("to", {}), request.get("tag", ""), key)
    plan = msgspec.json.decode(_asked(me, call), type=ownacts.Plan)
    try:
        contents = {
            label: msgspec.convert(ownacts.with_fingerprints(part, plan), rules[label].content)
            for label, part in sealed.items()
        }
    except msgspec.ValidationError as error:
        raise Failure("FIELD_NOT_VALID", f"A sealed part is not valid: {error}.") from None
    return ownacts.check(plan, kind, own, args, contents, key=key, now_ms=_now_ms(me))


def _asked(me: Session, call: "Call[bytes]") -> bytes:
    """The gateway's plan; while the receiver's gateway is asked for a tag card, the same request is repeated."""
    import time

    from tallychain.sdk.client import GatewayRefused

    deadline = time.monotonic() + _CARD_PATIENCE_S
    while True:
        try:
            return me.client.ask(call)
        except GatewayRefused as refused:
            if refused.code != "GATEWAY_CARD_PENDING" or time.monotonic() > deadline:
                raise
            output.say(refused.sentence)
            time.sleep(1)


def _show(kind: "AnyOperation", made: "OwnAct", *, yes: bool) -> None:
    """What is about to be signed, in plain words and exactly, and who will be able to read each part."""
    from tallychain.gateway import plainwords
    from tallychain.ledger import codec

    rules = {rule.label: rule for rule in kind.seals}
    parts = {
        part.label: codec.decode(rules[part.label].content, part.content.encode())
        for part in made.parts
        if part.content
    }
    args = codec.decode(kind.args, made.args.encode())
    for language in ("zh", "en"):
        output.say(plainwords.describe(kind, args, parts, language))
    for label, readers in made.readers().items():
        output.say(f"{label}: {', '.join(readers)}")
    output.say(made.args)
    if not yes:
        click.confirm("Sign this?", abort=True, err=True)


def _submit(me: Session, signed: Any, *, wait: bool) -> None:
    from tallychain.ledger import codec
    from tallychain.sdk import calls

    found = me.client.ask(calls.submit(codec.encode_frame(signed)))
    finish(me, str(found["operation"]), wait=wait)


def _kind(type_name: str) -> "AnyOperation":
    from tallychain.catalogue import CATALOGUE
    from tallychain.ledger.contract import Authority

    found = [kind for kind in CATALOGUE.operation_types() if kind.name == type_name]
    if not found or found[0].authority is not Authority.HOLDER:
        raise Failure("TYPE_UNKNOWN", f"There is no act of holders called {type_name[:60]}.")
    return max(found, key=lambda kind: kind.version)


def _opened(folder: Path) -> "OwnWallet":
    from tallychain.sdk import ownwallet

    ownwallet.read_facts(folder)
    word = os.environ.get(PASSPHRASE)
    if not word:
        word = str(click.prompt(f"Passphrase of the wallet {folder.name}", hide_input=True, err=True))
    return ownwallet.load(folder, word)


def _new_passphrase() -> str:
    word = os.environ.get(NEW_PASSPHRASE)
    if not word:
        text = f"New passphrase of the wallet ({_LETTERS} letters or more)"
        word = str(click.prompt(text, hide_input=True, confirmation_prompt=True, err=True))
    if len(word) < _LETTERS:
        raise Failure("PASSPHRASE_TOO_SHORT", f"A passphrase has at least {_LETTERS} letters.")
    return word


def _content_of(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise NotPossible("FILE_NOT_READABLE", f"The file {file} cannot be read: {error.strerror}.") from None


def _now_ms(me: Session) -> int:
    """The chain's time: a driven clock says it itself, else it is that of the day."""
    import time

    if me.client.get("/v1/me")["driven"]:
        return int(me.client.get("/v1/today")["time_ms"])
    return time.time_ns() // 1_000_000


def _write_private(path: Path, half: "OwnAct") -> None:
    import msgspec

    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.encode(half))


def _print_made(own: "OwnWallet") -> None:
    public = own.identity.public
    output.print_record(
        {"folder": str(own.folder), "identity": public},
        [
            ("Folder", own.folder),
            ("Identity key", public),
            ("Next", f"have this key certified; then: tally wallet certificate {own.folder} FILE"),
            (
                "",
                "Nobody can give back this wallet or its passphrase: keep a copy of the folder and the passphrase apart.",
            ),
        ],
    )
