"""Finding units to offer: the lowest piece of a holding that nothing binds."""

from collections.abc import Iterable


def lowest_free(first: int, last: int, bound: Iterable[tuple[int, int]], amount: int) -> int | None:
    """
    The lowest unit from which `amount` units in one piece lie within `first..last` and in none of the bound ranges.

    Ranges include both ends.  None where there is no such piece.
    """
    start = first
    for lower, upper in sorted(bound):
        if upper < start:
            continue
        if lower - start >= amount:
            break
        start = max(start, upper + 1)
    return start if start + amount - 1 <= last else None
