"""Envelopes judged once: what was found about the same bytes is remembered, and signatures are verified together.

An engine asks about one envelope up to four times (on arrival, when proposing, when voting, when executing).  All that admission asks is a function of the
bytes and of what genesis fixed, but for the carrier's key, and for types that a later protocol brings: both are asked anew as long as the
answer is no.  A type that the chain takes once it takes for ever.
"""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Final

from tallychain.crypto.digest import sha256
from tallychain.crypto.pool import VerifierPool
from tallychain.engine.admitted import Admitted
from tallychain.ledger.admission import AdmittedEnvelope, SignatureCheck, parse
from tallychain.ledger.machine import LedgerState
from tallychain.ledger.refusals import Inadmissible

CACHE_BYTES: Final = 32 * 1024 * 1024
"""Envelopes remembered, by the size of their bytes."""
_KEY_UNKNOWN: Final = "ENVELOPE_KEY_UNKNOWN"
_MAY_CHANGE: Final = (_KEY_UNKNOWN, "TYPE_UNKNOWN")
"""Refusals that rest on the state of the moment."""

Verdict = AdmittedEnvelope | Inadmissible


class Admissions:
    """What was found about envelopes, by the SHA-256 of their bytes; the oldest is forgotten first."""

    def __init__(self, pool: VerifierPool, cache_bytes: int = CACHE_BYTES) -> None:
        self._pool = pool
        self._room = cache_bytes
        self._found: OrderedDict[bytes, tuple[int, Admitted | Inadmissible]] = OrderedDict()

    def judge(self, envelopes: Sequence[bytes], state: LedgerState) -> list[Verdict]:
        """For each envelope what is in it, or why it may not stand in a block."""
        digests = [sha256(data) for data in envelopes]
        found: dict[bytes, Admitted | Inadmissible] = {}
        fresh: dict[bytes, tuple[Admitted, list[SignatureCheck]]] = {}
        for digest, data in zip(digests, envelopes, strict=True):
            known = self._found.get(digest)
            if known is not None:
                self._found.move_to_end(digest)
                found[digest] = known[1]
            elif digest not in found and digest not in fresh:
                try:
                    envelope, checks = parse(data, state)
                    fresh[digest] = (Admitted(checks[0].key, envelope), checks)
                except Inadmissible as error:
                    found[digest] = error
        found.update(self._verified(fresh))
        for digest, data in zip(digests, envelopes, strict=True):
            self.remember(digest, len(data), found[digest])
        return [_now(found[digest], state) for digest in digests]

    def remember(self, digest: bytes, size: int, verdict: Admitted | Inadmissible) -> None:
        """Spare the next question about these bytes (by their SHA-256) the work that was done for this one."""
        if digest in self._found or (isinstance(verdict, Inadmissible) and verdict.code in _MAY_CHANGE):
            return
        self._found[digest] = (size, verdict)
        self._room -= size
        while self._room < 0:
            _, (forgotten, _) = self._found.popitem(last=False)
            self._room += forgotten

    def forget(self, envelopes: Iterable[bytes]) -> None:
        """Envelopes that stand in a block now will hardly be asked about again."""
        for data in envelopes:
            known = self._found.pop(sha256(data), None)
            if known is not None:
                self._room += known[0]

    def _verified(
        self, fresh: dict[bytes, tuple[Admitted, list[SignatureCheck]]]
    ) -> dict[bytes, Admitted | Inadmissible]:
        answers = self._pool.verify([check for _, checks in fresh.values() for check in checks])
        found: dict[bytes, Admitted | Inadmissible] = {}
        start = 0
        for digest, (admitted, checks) in fresh.items():
            end = start + len(checks)
            good = all(answers[start:end])
            found[digest] = (
                admitted if good else Inadmissible("SIGNATURE_FALSE", "a signature does not fit its key")
            )
            start = end
        return found


def _now(verdict: Admitted | Inadmissible, state: LedgerState) -> Verdict:
    if isinstance(verdict, Inadmissible):
        return verdict
    if not state.is_system_key(verdict.envelope.member, verdict.key):
        return Inadmissible(_KEY_UNKNOWN, f"not a system key of {verdict.envelope.member} in force")
    return verdict.envelope
