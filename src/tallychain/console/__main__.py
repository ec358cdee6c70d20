"""`python -m tallychain.console --config gateway.toml`: a member's gateway with its console in one process."""

import sys

from tallychain.console.app import with_console
from tallychain.gateway.main import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], with_console))
