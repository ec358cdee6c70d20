"""Opening the database of a read model."""

import sqlalchemy as sa

from tallychain.sql.opening import open_engine
from tallychain.sql.places import Place


def open_database(place: Place) -> sa.Engine:
    """
    The tables in a place, for rows that can be made again.

    A commit to a file does not wait for the disk: after a crash the missing blocks are projected again.  Whatever is read on one connection is as of
    one block.  Statements raise `DatabaseLost` where the database does not answer; raises the same, and `DatabaseRefused`.
    """
    return open_engine(place, lasting=False)
