"""`python -m tallychain.engine.embedded`: the ledger process with the contracts of this version."""

import sys

from tallychain.catalogue import CATALOGUE
from tallychain.engine.embedded.main import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], CATALOGUE))
