"""The order of envelopes in a block: courts first, then every member in turn, so that nobody is crowded out.

Design page "answers", section Time.  A pure function of what is to be ordered; ordering what is ordered changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tallychain.crypto.digest import sha256
from tallychain.ledger.types import Height, MemberId


@dataclass(frozen=True, slots=True)
class Carried:
    """What the order depends on, of one envelope."""

    digest: bytes
    """SHA-256 of the envelope."""
    member: MemberId | None
    """Who carries it; None where it is not admissible."""
    court: bool
    """Whether the carrier is a court's gateway."""


def block_order(height: Height, envelopes: Sequence[Carried]) -> list[int]:
    """
    The positions of the envelopes in the order in which a block of this height has them.

    Courts' envelopes stand first, by digest.  Then come rounds over the members present: each has one envelope a round, its own
    ones in the order given; who begins changes from block to block.  What is not admissible stands last.
    """
    courts: list[int] = []
    others: list[int] = []
    by_member: dict[MemberId, list[int]] = {}
    for position, envelope in enumerate(envelopes):
        if envelope.member is None:
            others.append(position)
        elif envelope.court:
            courts.append(position)
        else:
            by_member.setdefault(envelope.member, []).append(position)
    courts.sort(key=lambda position: envelopes[position].digest)
    return courts + _in_turn(height, by_member) + others


def _in_turn(height: Height, by_member: dict[MemberId, list[int]]) -> list[int]:
    if not by_member:
        return []
    members = sorted(by_member)
    first = int.from_bytes(sha256(height.to_bytes(8, "big")), "big") % len(members)
    turns = members[first:] + members[:first]
    rounds = max(len(positions) for positions in by_member.values())
    return [
        by_member[member][turn] for turn in range(rounds) for member in turns if turn < len(by_member[member])
    ]
