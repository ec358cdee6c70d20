"""What must hold: of one Change before it is adopted (`touched`), and of the whole state (`full`).

Numbers 9 and 10 are I9 and I10 of the supply-chain study, section 7.6; whether what is used is what is outstanding only vouchers know.
301: a ceiling is over more than nothing and begins before it ends.  302: an issuer is on record as blocked exactly while missed payments are.
303: payments are expected of at least one voucher.  Those of standards stand in their own folder.
"""

from collections import defaultdict
from collections.abc import Iterator

from tallychain.contracts.risk.events import IssuerCured
from tallychain.contracts.risk.standards import invariants as standards
from tallychain.contracts.risk.state import (
    BLOCKED,
    CEILINGS,
    EXPECTED,
    MISSED,
    USAGES,
    Blocked,
    Ceiling,
    Expected,
    Missed,
    Usage,
)
from tallychain.ledger.contract import Change
from tallychain.ledger.state import Reader

Fault = tuple[int, str]


def touched(change: Change, before: Reader, after: Reader) -> Iterator[Fault]:
    """Every fault that this Change would bring; it looks only at what the Change writes and what that rests on."""
    for ceiling in change.written(Ceiling):
        yield from _of_ceiling(ceiling)
    for usage in change.written(Usage):
        yield from _of_usage(usage)
        yield from _growth(usage, before, after)
    for expected in change.written(Expected):
        yield from _of_expected(expected)
    yield from _balance(change, before, after)
    yield from standards.touched(change, before, after)


def full(state: Reader) -> Iterator[Fault]:
    """Every fault in the whole state."""
    for ceiling in state.iterate(CEILINGS):
        yield from _of_ceiling(ceiling)
    for usage in state.iterate(USAGES):
        yield from _of_usage(usage)
    for expected in state.iterate(EXPECTED):
        yield from _of_expected(expected)
    missed: dict[str, int] = defaultdict(int)
    for row in state.iterate(MISSED):
        missed[row.issuer] += 1
    recorded = {row.issuer: row.vouchers for row in state.iterate(BLOCKED)}
    for issuer in sorted(missed.keys() | recorded.keys()):
        if missed.get(issuer, 0) != recorded.get(issuer, 0):
            yield (
                302,
                f"{issuer} has {missed.get(issuer, 0)} missed payments and is blocked by another number",
            )
    yield from standards.full(state)


def _of_ceiling(ceiling: Ceiling) -> Iterator[Fault]:
    if ceiling.amount < 1 or ceiling.valid_from > ceiling.valid_until:
        yield 301, f"the ceiling {ceiling.ceiling} cannot be"


def _of_usage(usage: Usage) -> Iterator[Fault]:
    """I9: nobody gives back more than was taken."""
    if usage.used < 0:
        yield 9, f"{usage.issuer} has {usage.used} outstanding"


def _growth(usage: Usage, before: Reader, after: Reader) -> Iterator[Fault]:
    """I9: more is taken only within the ceilings.  I10: and never by an issuer with a missed payment on record."""
    stood = before.get(USAGES, usage.issuer)
    if usage.used <= (0 if stood is None else stood.used):
        return
    granted = sum(row.amount for row in after.scan(CEILINGS, usage.issuer))
    if usage.used > granted:
        yield 9, f"{usage.issuer} would have {usage.used} outstanding under ceilings of {granted}"
    if before.get(BLOCKED, usage.issuer) is not None:
        yield 10, f"{usage.issuer} is blocked and would issue"


def _of_expected(expected: Expected) -> Iterator[Fault]:
    if expected.vouchers < 1:
        yield 303, f"a payment of {expected.issuer} is expected of no voucher"


def _balance(change: Change, before: Reader, after: Reader) -> Iterator[Fault]:
    """302 of one Change: the number on record moves with the missed payments."""
    moved: dict[str, int] = defaultdict(int)
    for row in change.written(Missed):
        moved[row.issuer] += before.get(MISSED, row.issuer, row.voucher) is None
    for event in change.events:
        if isinstance(event, IssuerCured):
            was = before.get(MISSED, event.issuer, event.voucher) is not None
            moved[event.issuer] -= was and after.get(MISSED, event.issuer, event.voucher) is None
    issuers = moved.keys() | {row.issuer for row in change.written(Blocked)}
    for issuer in sorted(issuers):
        if _recorded(issuer, after) - _recorded(issuer, before) != moved.get(issuer, 0):
            yield 302, f"the missed payments of {issuer} and the number on record moved apart"


def _recorded(issuer: str, state: Reader) -> int:
    row = state.get(BLOCKED, issuer)
    return 0 if row is None else row.vouchers
