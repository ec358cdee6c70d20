"""Which validators have not signed the last blocks, as a gateway reads it off the commits that it follows anyway.

One that is away is borne by the others and nobody notices; the next one that fails then stops the chain.  So it is an alarm long before that.
"""

from collections.abc import Mapping
from typing import Final

import structlog

SILENT_AFTER: Final = 100
"""Commits in a row without a validator's vote.  At rest that is about eight minutes; a commit holds the votes that came in time, so a few may be missing anywhere."""


class Voting:
    """Commits in a row that lack a validator's vote, by its key."""

    def __init__(self) -> None:
        self.missed: dict[str, int] = {}
        """For each validator of the last block; 0 for one that signed it."""
        self._log = structlog.get_logger("nodes")

    @property
    def silent(self) -> tuple[str, ...]:
        """The validators that have signed none of the last hundred."""
        return tuple(key for key, count in self.missed.items() if count >= SILENT_AFTER)

    def saw(self, votes: Mapping[str, bool]) -> None:
        """Take one more block: for each validator of its set, whether its vote is there; nothing where the set is not known."""
        if not votes:
            return
        before = set(self.silent)
        # Who has left the set owes no vote any more.
        self.missed = {key: 0 if there else self.missed.get(key, 0) + 1 for key, there in votes.items()}
        for key in sorted(before.symmetric_difference(self.silent)):
            if self.missed.get(key):
                self._log.warning(
                    "a validator has signed none of the last blocks", validator=key, blocks=SILENT_AFTER
                )
            else:
                self._log.info("a validator signs again, or has left", validator=key)
