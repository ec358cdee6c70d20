"""
The certificates with which a member's processes and those of other members know each other: `python -m tallychain.node.tls`.

`make` makes a member's own, `add` lays one that another member gave beside it, `next` makes the one that shall follow, and `switch` puts that in place
once the others have it.  Running processes see every change by themselves.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tallychain.crypto.tlspins import Pin
from tallychain.engine.tls import (
    NEXT,
    OWN,
    TlsFolder,
    TlsRefused,
    add_peer,
    make_folder,
    make_next,
    take_next,
)
from tallychain.instruments.calendar import format_date, local_day
from tallychain.ledger.genesis import GenesisRefused, read_genesis


def main(arguments: Sequence[str]) -> int:
    """Do what was asked, and print what two people compare by telephone; 2 with a sentence where it cannot be done."""
    given = _parser().parse_args(arguments)
    try:
        lines = _done(given, read_genesis(given.genesis.read_bytes()).chain)
    except (OSError, GenesisRefused, TlsRefused) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 0


def _done(given: argparse.Namespace, chain: str) -> list[str]:
    folder: Path = given.folder
    if given.command == "make":
        return [_shown(folder / OWN, make_folder(folder, given.member, chain))]
    if given.command == "next":
        return [_shown(folder / NEXT, make_next(folder, chain))]
    if given.command == "switch":
        return [_shown(folder / OWN, take_next(folder, chain))]
    if given.command == "add":
        return [_shown(file, add_peer(folder, file.read_bytes(), chain)) for file in given.certificate]
    found = TlsFolder.load(folder, chain)
    return [_shown(folder / OWN, found.own), *(_shown(file, pin) for file, pin in found.held)]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tallychain.node.tls", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    texts = {
        "make": "make this member's key and certificate",
        "add": "lay certificates that other members gave into the folder",
        "next": "make the key and certificate that shall follow",
        "switch": "put these in place, once the others have the certificate",
        "show": "print what is in the folder",
    }
    for name, text in texts.items():
        command = commands.add_parser(name, help=text)
        command.add_argument("folder", type=Path)
        command.add_argument("--genesis", type=Path, required=True, help="genesis document of the chain")
        if name == "make":
            command.add_argument("--member", required=True, help="id of the member")
        if name == "add":
            command.add_argument("certificate", type=Path, nargs="+")
    return parser


def _shown(file: Path, pin: Pin) -> str:
    until = format_date(local_day(pin.not_after_ms))
    return f"{file}: {pin.member}, until {until}, {pin.fingerprint}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
