"""Signatures verified once in a simulation, whoever asks: whether one is good is a function of its bytes alone."""

from collections.abc import Sequence

from tallychain.crypto.pool import Check, VerifierPool, verify_all


class Signatures(VerifierPool):
    """A pool without workers that remembers."""

    def __init__(self) -> None:
        super().__init__(0)
        self._known: dict[Check, bool] = {}

    def verify(self, checks: Sequence[Check]) -> list[bool]:
        """For each check whether its signature is good, in order."""
        fresh = [check for check in dict.fromkeys(checks) if check not in self._known]
        self._known.update(zip(fresh, verify_all(fresh), strict=True))
        return [self._known[check] for check in checks]
