"""Dividing an amount without losing or creating a minor unit.

Largest remainder: everybody first gets the whole part of its quota, then what is left goes, one unit
each, to the largest fractions; a tie goes to the lower index.  The order of the weights is therefore
part of the question: holdings stand in the order of their units, members in the order of the deal.

Source: supply-chain study, scenario 23; clearing and trading study, sections 2.3 and 8.2.
"""

from collections.abc import Sequence
from typing import Final

from tallychain.instruments.errors import InstrumentError
from tallychain.instruments.money import MAX_FEN, Fen

#: Most parties that one amount is divided among.
MAX_WEIGHTS: Final = 100_000


class AllotmentImpossible(InstrumentError):
    """There is nobody to give to, a weight or amount is out of bounds, or more than is owed is given."""


def largest_remainder(total: int, weights: Sequence[int]) -> tuple[Fen, ...]:
    """Shares of ``total`` minor units in proportion to ``weights``; they add up to ``total``.

    Weights are any integers from zero: parts per million, faces, amounts.
    """
    whole = sum(weights)
    if not 0 <= total <= MAX_FEN:
        raise AllotmentImpossible("The amount to be divided is out of bounds.")
    if not 1 <= len(weights) <= MAX_WEIGHTS or min(weights) < 0 or not 1 <= whole <= MAX_FEN:
        raise AllotmentImpossible("The weights of the division are out of bounds.")
    shares = [total * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: -(total * weights[i] % whole))
    for index in by_remainder[: total - sum(shares)]:
        shares[index] += 1
    return tuple(Fen(share) for share in shares)


def cumulative_shares(before: int, amount: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Shares of the next entry of a series, so that the shares of all entries never drift.

    ``before`` is the total of the entries so far.  A share is the allotment of the total after the
    entry less that of the total before it, so after any number of entries the sums are those of one
    division of the total.  With three or more parties a share may be negative by a unit, because
    largest remainders do not always grow with the total.
    """
    if amount < 0:
        raise AllotmentImpossible("The amount to be divided is out of bounds.")
    after = largest_remainder(before + amount, weights)
    return tuple(new - old for new, old in zip(after, largest_remainder(before, weights), strict=True))


def pro_rata(paid: int, faces: Sequence[int]) -> tuple[Fen, ...]:
    """What each holding gets of a payment on an instrument, in proportion to its face.

    ``faces`` stand in the order of their units, so that a tie goes to the lower unit.  Nobody gets
    more than its face; a payment above the sum of them is refused, its excess is not for the holders.
    """
    if paid > sum(faces):
        raise AllotmentImpossible("The payment is larger than what is owed.")
    return largest_remainder(paid, faces)
