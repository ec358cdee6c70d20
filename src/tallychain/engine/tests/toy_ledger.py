"""The real ledger process with the toy contract: `python -m tallychain.engine.tests.toy_ledger --dir …`."""

import sys

from tallychain.engine.embedded.main import main
from tallychain.engine.tests.toy import CATALOGUE

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], CATALOGUE))
