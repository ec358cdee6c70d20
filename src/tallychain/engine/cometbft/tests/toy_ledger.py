"""The ledger process beside the engine, with the toy contract."""

import sys

from tallychain.engine.cometbft.main import main
from tallychain.engine.tests import toy

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], toy.CATALOGUE))
