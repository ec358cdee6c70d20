"""`python -m tallychain.cli`: the same as `tally`."""

from tallychain.cli import main

if __name__ == "__main__":
    main()
