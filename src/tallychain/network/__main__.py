"""`python -m tallychain.network DIR`: the supervisor of a trial alliance, until it is asked to end."""

import sys

from tallychain.network.running import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
