"""Makes the key and certificate with which a member's processes show themselves to those of other members: `python -m tallychain.node.tls FOLDER`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tallychain.engine.tls import OWN, TlsRefused, make_folder
from tallychain.ledger.genesis import genesis_digest


def main(arguments: Sequence[str]) -> int:
    """Make the folder, and print what two people compare by telephone; 2 with a sentence where it cannot be made."""
    parser = argparse.ArgumentParser(prog="python -m tallychain.node.tls", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--member", required=True, help="id of the member")
    parser.add_argument("--genesis", type=Path, required=True, help="genesis document of the chain")
    given = parser.parse_args(arguments)
    try:
        pin = make_folder(given.folder, given.member, genesis_digest(given.genesis.read_bytes()).hex())
    except (OSError, TlsRefused) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(f"{given.folder / OWN}: {pin.fingerprint}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
