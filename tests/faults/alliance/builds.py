"""Two builds of the ledger process on a chain that has decided another protocol: one knows it, where `BUILD` is `newer`, and the other does not."""

import os
import sys
from dataclasses import replace
from typing import Final

import msgspec

from tallychain.catalogue import CATALOGUE
from tallychain.engine.cometbft.main import main
from tallychain.ledger.contract import Change
from tallychain.ledger.machine import Catalogue
from tallychain.ledger.protocol import ACTIVATIONS, Activation

VARIABLE: Final = "BUILD"
NEWER: Final = "newer"
FROM: Final = 70
"""The height from which the chain runs protocol 2; decided before its first block, because a vote takes days."""
DECIDED: Final = Activation(2, FROM, "0.6.0", "ab" * 32, "cd" * 32)


def catalogue(known: frozenset[int]) -> Catalogue:
    """The contracts of every chain, on one that begins with that decision."""
    first, *rest = CATALOGUE.contracts
    begin = first.genesis
    assert begin is not None

    def founded(section: msgspec.Raw) -> Change:
        return begin(section) + Change((ACTIVATIONS.put(DECIDED),))

    return Catalogue([replace(first, genesis=founded), *rest], known)


if __name__ == "__main__":
    protocols = frozenset({1, 2}) if os.environ.get(VARIABLE) == NEWER else frozenset({1})
    sys.exit(main(sys.argv[1:], catalogue(protocols)))
