"""`python -m tallychain.engine.cometbft`: the ledger process beside the consensus engine, with the contracts of this version."""

import sys

from tallychain.catalogue import CATALOGUE
from tallychain.engine.cometbft.main import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], CATALOGUE))
