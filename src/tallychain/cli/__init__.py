"""`tally`, the command line: everything that a member, a client or an operator does by hand or in a script."""

from tallychain.cli.root import root as main

__all__ = ["main"]
