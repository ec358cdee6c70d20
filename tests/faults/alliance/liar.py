"""A ledger process that lies to its own engine and so to everybody: which lie stands in `LIE`, and it is told while the file `LIE_WHILE` exists."""

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import msgspec

from tallychain.catalogue import CATALOGUE
from tallychain.engine.cometbft import process
from tallychain.engine.cometbft.calls import Block, Checked, Finalized, Proposal
from tallychain.engine.cometbft.driven import DrivenApplication
from tallychain.engine.cometbft.main import main
from tallychain.ledger import codec
from tallychain.ledger.envelope import Envelope

VARIABLE: Final = "LIE"
WHILE: Final = "LIE_WHILE"
RIVAL: Final = "RIVAL"
"""The member whose envelopes a proposer leaves out."""
POISON: Final = "POISON"
"""File with an envelope that a proposer adds."""
FLOOD: Final = 400
TOLD: Final = "a lie was told: "


def carrier(data: bytes) -> str:
    """The member whose envelope this is."""
    envelope = codec.decode_frame(Envelope, data)
    return str(msgspec.json.decode(envelope.header)["member"])


def stripped(data: bytes) -> bytes:
    """The envelope with one bit of the signature under its first operation turned, as a validator may do that passes it on."""
    envelope = codec.decode_frame(Envelope, data)
    first = envelope.operations[0]
    signature = first.signatures[0]
    turned = bytes([signature.signature[0] ^ 1]) + signature.signature[1:]
    changed = msgspec.structs.replace(
        first,
        signatures=(msgspec.structs.replace(signature, signature=turned), *first.signatures[1:]),
    )
    return codec.encode_frame(
        msgspec.structs.replace(envelope, operations=(changed, *envelope.operations[1:]))
    )


def _garbage(_: Sequence[bytes]) -> Sequence[bytes]:
    return [b"garbage", bytes(1_000)]


def _flood(_: Sequence[bytes]) -> Sequence[bytes]:
    return [number.to_bytes(4, "big") * 2_000 for number in range(FLOOD)]


def _strip(good: Sequence[bytes]) -> Sequence[bytes]:
    return [stripped(data) for data in good]


def _backwards(good: Sequence[bytes]) -> Sequence[bytes]:
    return list(reversed(good)) if len(good) > 1 else good


def _without_rival(good: Sequence[bytes]) -> Sequence[bytes]:
    return [data for data in good if carrier(data) != os.environ[RIVAL]]


def _poison(good: Sequence[bytes]) -> Sequence[bytes]:
    return [*good, Path(os.environ[POISON]).read_bytes()]


PROPOSALS: Final[dict[str, Callable[[Sequence[bytes]], Sequence[bytes]]]] = {
    "garbage": _garbage,
    "flood": _flood,
    "strip": _strip,
    "backwards": _backwards,
    "rival": _without_rival,
    "poison": _poison,
}


class Liar(DrivenApplication):
    """Says what its lie asks for, and is else as good as any."""

    def prepare(self, call: Proposal) -> Sequence[bytes]:
        """A block that the others cannot accept, or one that leaves somebody out."""
        good = list(super().prepare(call))
        change = PROPOSALS.get(os.environ[VARIABLE])
        if change is None or not _lies():
            return good
        said = list(change(good))
        if said != good:
            _say(call.height)
        return said

    def process(self, call: Block) -> bool:
        """Whoever lies agrees with its own lie."""
        return super().process(call) or _lies()

    def check(self, tx: bytes) -> Checked:
        """A node that takes everything passes everything on."""
        return Checked(0) if _lies() else super().check(tx)

    def finalize(self, call: Block) -> Finalized:
        """A root that nobody else has."""
        found = super().finalize(call)
        if os.environ[VARIABLE] != "root" or not _lies():
            return found
        _say(call.height)
        return replace(found, app_hash=bytes([found.app_hash[0] ^ 1]) + found.app_hash[1:])


def _lies() -> bool:
    return Path(os.environ[WHILE]).exists()


def _say(height: int) -> None:
    sys.stderr.write(f"{TOLD}{os.environ[VARIABLE]} at {height}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    setattr(process, "DrivenApplication", Liar)  # noqa: B010 - the name is not one that the module gives out
    sys.exit(main(sys.argv[1:], CATALOGUE))
