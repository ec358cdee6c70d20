"""Objects that a defect of ours was found on: closed until a vote, so that one odd input does not halt everybody."""

from typing import Final

from msgspec import Struct

from tallychain.ledger.tables import Table
from tallychain.ledger.types import Count, Digest


class QuarantineRow(Struct, frozen=True, forbid_unknown_fields=True):
    """One object in quarantine."""

    object: str
    """Name of the operation's primary object."""
    invariant: Count
    """Number of the invariant that would have been broken."""
    height: Count
    operation: Digest


QUARANTINE: Final = Table("quarantine", QuarantineRow, lambda row: (row.object,))
