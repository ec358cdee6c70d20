"""What calls a settlement bank and an issuer in time: two hours and half an hour before a cut-off whose money is not there, on ledger time."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from tallychain.console.desk import Row

_MINUTE_MS: Final = 60_000
CALLS: Final = (("last", 30 * _MINUTE_MS), ("first", 120 * _MINUTE_MS))
"""With a cut-off at 17:00 they are at 16:30 and at 15:00."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """One voucher whose money is awaited and whose cut-off is near."""

    row: Row
    call: str
    minutes: int
    """Left until the cut-off, rounded down."""


def deadlines_of(rows: Iterable[Row], member: str, now_ms: int) -> tuple[Deadline, ...]:
    """The vouchers for which one of the calls has come, the nearest cut-off first; only to who owes and who settles."""
    found = []
    for row in rows:
        left = int(row["cutoff"] or 0) - now_ms
        if left <= 0 or not int(row["outstanding"]) or member not in (row["issuer"], row["settlement_bank"]):
            continue
        call = next((name for name, before in CALLS if left <= before), "")
        if call:
            found.append(Deadline(row, call, left // _MINUTE_MS))
    return tuple(sorted(found, key=lambda one: (one.minutes, str(one.row["voucher"]))))
