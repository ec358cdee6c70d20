"""`tally network init --production` and `tally network units`: a real node of one institution."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from tallychain.cli import output
from tallychain.cli.failures import NotPossible

if TYPE_CHECKING:
    from tallychain.network.founding import Founding
    from tallychain.network.foundingkey import FoundingKey
    from tallychain.network.production import ChainFounded, MemberPrepared

_CREDENTIAL: Final = "passphrase"
ONLY_FOR_TRIALS: Final = ("alliance", "calendar", "seed", "demo", "clock", "first_port", "engine")
"""Options of `tally network init` that a real start refuses."""
ONLY_FOR_REAL: Final = (
    "settings",
    "passphrase_file",
    "only_member",
    "founders",
    "genesis",
    "database",
    "database_password_file",
    "fingerprint_key",
)
"""Options that a trial refuses."""


@dataclass(frozen=True, slots=True)
class RealStart:
    """What was asked for."""

    folder: Path
    settings: Path | None
    passphrase_file: Path | None
    founders: tuple[Path, ...]
    genesis: Path | None
    only_member: bool
    database: str = ""
    database_password_file: Path | None = None
    fingerprint_key: Path | None = None


def refuse_trial_options(ctx: click.Context) -> None:
    """Refuse what would make a demonstration: a seed, a driven clock, the demo passphrase."""
    from click.core import ParameterSource

    for name in ONLY_FOR_TRIALS:
        if ctx.get_parameter_source(name) is not ParameterSource.DEFAULT:
            shown = name.replace("_", "-")
            raise click.UsageError(
                f"--{shown} is for trials; a real node has random keys and the system's clock."
            )


def start_really(asked: RealStart) -> None:
    """Prepare an institution, found a chain, or both, and say what comes next."""
    from tallychain.network import production

    if asked.genesis is not None:
        document, key = _bytes_of(asked.genesis), _founding_key(asked)
        passphrase = _passphrase(asked.passphrase_file)
        taken = production.take_genesis(asked.folder, document, key, passphrase, asked.founders)
        _show_chain(taken, asked.folder)
        return
    if asked.founders:
        passphrase = _passphrase(asked.passphrase_file)
        _show_chain(production.found_chain(asked.folder, asked.founders, passphrase), asked.folder)
        return
    founding, base = _founding(asked.settings)
    founding = _with_database(founding, asked)
    passphrase = _passphrase(asked.passphrase_file)
    made = production.prepare_member(asked.folder, founding, base, passphrase)
    if asked.only_member:
        _show_member(made, asked.folder)
        return
    _show_chain(production.found_chain(asked.folder, (), passphrase), asked.folder, made.codes)


def _show_member(made: "MemberPrepared", folder: Path) -> None:
    output.print_record(
        {"member": made.member, "file": str(made.file), "digest": made.digest, "enrolment_codes": made.codes},
        [
            ("Member", made.member),
            ("Give to the others", made.file),
            ("Its digest", f"{made.digest} (compare it by telephone)"),
            *_codes(made.codes),
            ("Next, one of you", f"tally network init {folder} --production --founders THEIR.json …"),
            (
                "Next, the others",
                f"tally network init {folder} --production --genesis GENESIS.json"
                + (" --founders THEIR.json …" if made.has_node else ""),
            ),
        ],
    )


def _codes(codes: Mapping[str, str]) -> list[tuple[str, object]]:
    return [
        (
            f"Code for {account}",
            f"{code} (hand it to that person alone: tally account enrol {account} --keep-passphrase)",
        )
        for account, code in codes.items()
    ]


def _show_chain(founded: "ChainFounded", folder: Path, codes: Mapping[str, str] | None = None) -> None:
    root = folder.absolute()
    services = (
        "tally-ledger tally-engine tally-gateway" if founded.validators else "tally-ledger tally-gateway"
    )
    output.print_record(
        {
            "chain": founded.chain,
            "members": list(founded.members),
            "genesis": founded.genesis,
            "fingerprint_key": founded.fingerprint_key,
            "validators": list(founded.validators),
            "tolerates": founded.tolerates,
            "folder": str(root),
            "enrolment_codes": dict(codes or {}),
        },
        [
            ("Chain", f"{founded.chain}, no demonstration, system clock"),
            ("Founders", ", ".join(founded.members)),
            *_validators(founded),
            ("Genesis digest", f"{founded.genesis} (every founder compares it)"),
            ("Fingerprint key", f"{founded.fingerprint_key} (its commitment, compared likewise)"),
            ("Folder", root),
            *_codes(codes or {}),
            ("Next", f"tally network units {root} --install /etc/systemd/system"),
            ("Then", f"systemctl enable --now {services} tally-backup.timer"),
            ("Remember", "copy the key files and each passphrase to safe places apart from each other"),
        ],
    )


def _validators(founded: "ChainFounded") -> list[tuple[str, object]]:
    if not founded.validators:
        return []
    return [("Validators", f"{', '.join(founded.validators)}; {founded.tolerates} of them may fail")]


def _founding_key(asked: RealStart) -> "FoundingKey":
    """The sealed fingerprint key: as named, or beside the genesis document."""
    from tallychain.network.founding import read_json
    from tallychain.network.foundingkey import FoundingKey

    beside = (asked.genesis or asked.folder).parent / "fingerprint-key.json"
    return read_json(asked.fingerprint_key or beside, FoundingKey)


def _with_database(founding: "Founding", asked: RealStart) -> "Founding":
    """The settings with what was said on the command line about the database; a file there is relative to where the command is given."""
    import msgspec

    if asked.database:
        founding = msgspec.structs.replace(founding, database=asked.database)
    if asked.database_password_file is not None:
        file = str(asked.database_password_file.absolute())
        founding = msgspec.structs.replace(founding, database_password_file=file)
    return founding


def _founding(settings: Path | None) -> "tuple[Founding, Path]":
    from tallychain.network.founding import read_founding

    if settings is not None:
        return read_founding(settings), settings.absolute().parent
    return _asked(), Path().absolute()


def _asked() -> "Founding":
    """The same settings, asked one by one."""
    import msgspec

    from tallychain.network.founding import Founding, ProductionRefused

    def ask(text: str, default: str | None = None) -> str:
        return str(click.prompt(text, default=default, err=True))

    def several(text: str) -> list[str]:
        return ask(f"{text} (commas between)").replace(" ", "").split(",")

    answers: dict[str, object] = {
        "chain": ask("Name of the chain", "alliance-1"),
        "alliance": ask("Code of the alliance (four letters or digits)"),
        "member": ask("Id of the member, like bank-a"),
        "name": ask("Legal name"),
        "uscc": ask("Unified social credit code, or LEI"),
        "kinds": several("Kinds, like BANK"),
        "gateway_url": ask("Address at which other members reach this gateway"),
        "listen_host": ask("Host that the gateway listens on", "127.0.0.1"),
        "listen_port": int(click.prompt("Port", default=8440, type=int, err=True)),
        "ledger": ask("Folder of the ledger", "ledger"),
        "gateway": ask("Folder of the gateway", "gateway"),
        "trusted_roots": ask("Folder with certificates of trusted authorities (*.der)"),
        "calendars": several("Files with the calendars of this year and the next"),
    }
    staff = []
    for account in ("admin-1", "admin-2"):
        name = ask(f"Name of the person behind {account}")
        key, certificate = ask("Its key file", f"{account}.key"), ask("Its certificate", f"{account}.der")
        staff.append(
            {"account": account, "name": name, "rights": ["admin"], "key": key, "certificate": certificate}
        )
    try:
        return msgspec.convert({**answers, "staff": staff}, Founding)
    except msgspec.ValidationError as error:
        raise ProductionRefused(f"An answer cannot be used: {error}.") from None


def _passphrase(file: Path | None) -> str:
    """Of the node: from a file, from the credential of a service manager, or typed twice."""
    from tallychain.crypto.passphrases import CREDENTIALS_VARIABLE, read_passphrase

    handed_over = os.environ.get(CREDENTIALS_VARIABLE)
    if file is None and handed_over:
        file = Path(handed_over) / _CREDENTIAL
    if file is not None:
        return read_passphrase(file)
    return str(click.prompt("Passphrase of the node", hide_input=True, confirmation_prompt=True, err=True))


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise NotPossible("FILE_NOT_READABLE", f"{path} cannot be read: {error.strerror}.") from None


def write_units(texts: dict[str, str], install: Path | None) -> None:
    """Print units, or write them into a folder that exists, over those of an earlier version."""
    if install is None:
        names: Sequence[str] = list(texts)
        if output.is_json():
            output.print_json(texts)
            return
        for name in names:
            click.echo(f"# {name}\n{texts[name]}")
        return
    if not install.is_dir():
        raise NotPossible("FOLDER_MISSING", f"There is no folder {install}.")
    for name, text in texts.items():
        (install / name).write_text(text)
    output.print_record(
        {"written": [str(install / name) for name in texts]},
        [("Written", ", ".join(texts)), ("Next", "systemctl daemon-reload")],
    )
