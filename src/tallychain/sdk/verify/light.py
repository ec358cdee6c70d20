"""Whether a header is final, from what one trusts already: the founders' validators, or an earlier header.

A header counts when validators with more than two thirds of the votes of its own set signed it, and that set is known: the trusted header
named it (the next height), or signers hold more than a third of the trusted set's votes (a later height), so that at least one honest
validator of the trusted set stands behind it.  Heights in between need not be seen.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from .basics import demand
from .headers import (
    ABSENT,
    FOR_BLOCK,
    Commit,
    Header,
    Validators,
    decode_commit,
    decode_header,
    header_hash,
    sign_bytes,
)
from .signatures import is_ed25519

DRIFT_MS = 60_000
"""How far ahead of our own clock a header's time may be; the engine lets validators' clocks differ by as much."""
_KEPT = 256
Vote = tuple[str, bytes, bytes]
"""Key, what it signed, and the signature."""
Check = Callable[[Sequence[Vote]], Sequence[bool]]


class Trust(NamedTuple):
    """What is believed without proof, or was proven before."""

    height: int
    hash: bytes
    """Of the header; empty for the founding document, which stands before the first."""
    time_ms: int
    validators: Validators
    """Who decides this height; of the founding document, who decides the first."""
    next_hash: bytes
    """Of the set that decides the next height."""


class Final(NamedTuple):
    """A header that was checked, and who signed it."""

    header: Header
    hash: bytes
    signers: frozenset[str]
    power: int
    total: int


def founding(validators: Validators, time_ms: int) -> Trust:
    """Trust in the validators that a founding document names."""
    return Trust(0, b"", time_ms, validators, validators.hash)


def one_by_one(votes: Sequence[Vote]) -> Sequence[bool]:
    """Check votes without anything but this package."""
    return [is_ed25519(*vote) for vote in votes]


class Light:
    """
    A light client of one chain: every header that it takes is what it trusts next.

    `period_ms` bounds how old the trusted header may be at `now_ms`: validators that left may sell their old keys.  Without it age is not
    looked at.  `check` may hand the signatures of a commit to something faster.
    """

    def __init__(self, chain: str, trust: Trust, *, period_ms: int = 0, check: Check = one_by_one) -> None:
        self.chain, self.trust, self.period_ms, self._check = chain, trust, period_ms, check
        self._kept: dict[int, Final] = {}

    def accept(self, header: bytes, commit: bytes, validators: Validators, *, now_ms: int = 0) -> Final:
        """
        Take a later header with its commit and the set of its height; refuses with the broken link and trusts on as before.

        A header taken before is answered at once, without checking a signature again; another one of that height, just as well
        signed, is refused as `HEADERS_CONFLICT` with the keys that signed both.
        """
        head, votes = decode_header(header), decode_commit(commit)
        name = header_hash(head)
        before = self._kept.get(head.height)
        if before is not None and before.hash == name:
            return before
        found, height = self._about(head, votes, name, validators), head.height
        if before is not None:
            self._verify(votes, validators)
            both = ", ".join(sorted(before.signers & found.signers))
            demand(False, "HEADERS_CONFLICT", height=height, keys=both)
        self._follows(found, validators, now_ms)
        self._verify(votes, validators)
        self._kept[height] = found
        if len(self._kept) > _KEPT:
            del self._kept[min(self._kept)]
        self.trust = Trust(height, name, head.time.ms, validators, head.next_validators_hash)
        return found

    def _about(self, head: Header, votes: Commit, name: bytes, validators: Validators) -> Final:
        """What needs no signature: whose header it is, and whether enough votes are there at all."""
        height = head.height
        demand(head.chain == self.chain, "OTHER_CHAIN", what="header", found=head.chain, chain=self.chain)
        demand(validators.hash == head.validators_hash, "VALIDATORS_DIFFER", height=height)
        same = (votes.height, votes.block.hash) == (height, name)
        demand(same, "COMMIT_OF_OTHER_BLOCK", height=height)
        rows = zip(votes.rows, validators.addresses, strict=False)
        fit = all(row.flag == ABSENT or row.address == address for row, address in rows)
        demand(fit and len(votes.rows) == len(validators.rows), "COMMIT_OF_OTHERS", height=height)
        by = [item for item, row in zip(validators.rows, votes.rows, strict=True) if row.flag == FOR_BLOCK]
        power = sum(item.power for item in by)
        enough = 3 * power > 2 * validators.total
        demand(enough, "COMMIT_TOO_WEAK", height=height, power=power, total=validators.total)
        return Final(head, name, frozenset(item.key for item in by), power, validators.total)

    def _follows(self, found: Final, validators: Validators, now_ms: int) -> None:
        """Whether this header may follow what is trusted."""
        head, trust = found.header, self.trust
        height = head.height
        demand(height > trust.height, "HEADER_NOT_LATER", height=height, trusted=trust.height)
        later = head.time.ms >= trust.time_ms if trust.height == 0 else head.time.ms > trust.time_ms
        demand(later, "HEADER_TIME_WRONG", height=height)
        if now_ms:
            demand(head.time.ms <= now_ms + DRIFT_MS, "HEADER_TIME_WRONG", height=height)
            fresh = not self.period_ms or trust.time_ms + self.period_ms > now_ms
            demand(fresh, "TRUST_EXPIRED", height=trust.height)
        if height == trust.height + 1:
            named = validators.hash == trust.next_hash
            demand(named, "VALIDATORS_NOT_TRUSTED", height=height, trusted=trust.height)
            demand(trust.hash in (b"", head.last_block.hash), "HEADERS_NOT_LINKED")
            return
        known = sum(trust.validators.powers.get(key, 0) for key in found.signers)
        enough = 3 * known > trust.validators.total
        demand(enough, "VALIDATORS_NOT_TRUSTED", height=height, trusted=trust.height)

    def _verify(self, votes: Commit, validators: Validators) -> None:
        """Every vote in a commit, those for no block too, so that a commit has no byte that nobody answers for."""
        signed = [
            (item.key, sign_bytes(self.chain, votes, row), row.signature)
            for item, row in zip(validators.rows, votes.rows, strict=True)
            if row.flag != ABSENT
        ]
        for (key, _, _), good in zip(signed, self._check(signed), strict=True):
            demand(good, "COMMIT_SIGNATURE_FALSE", height=votes.height, key=key)
