"""`python -m tallychain.gateway --config gateway.toml`."""

import sys

from tallychain.gateway.main import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
