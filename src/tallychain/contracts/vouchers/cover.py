"""Whether what vouchers rest on, and what they take of ceilings, is what the vouchers themselves say.

Numbers are those of the supply-chain study, section 7.6: 8 for invoices, 9 for ceilings, 10 for
payments by which an issuer is blocked, 25 for what is disclosed of it.
"""

from collections import defaultdict
from collections.abc import Iterator

from tallychain.contracts.disclosure import api as disclosure
from tallychain.contracts.documents import api as documents
from tallychain.contracts.risk import api as risk
from tallychain.contracts.vouchers.state import (
    ISSUED,
    UNOWED,
    VOUCHERS,
    Voucher,
    awaits_payment,
    outstanding,
)
from tallychain.ledger.contract import Change
from tallychain.ledger.state import Reader

Fault = tuple[int, str]


def touched_cover(change: Change, before: Reader, after: Reader) -> Iterator[Fault]:
    """Every fault about the vouchers that this Change writes, and about the ceilings of their issuers."""
    grown: dict[str, int] = defaultdict(int)
    told: dict[str, int] = defaultdict(int)
    for voucher in change.written(Voucher):
        stood = before.get(VOUCHERS, voucher.number)
        grown[voucher.issuer] += outstanding(voucher) - (0 if stood is None else outstanding(stood))
        told[voucher.issuer] += _accepted(voucher) - (0 if stood is None else _accepted(stood))
        yield from _of_invoices(voucher, documents.allocation(after, voucher.number))
    for issuer, amount in sorted(grown.items()):
        if risk.used(after, issuer) - risk.used(before, issuer) != amount:
            yield 9, f"the vouchers of {issuer} and the use of its ceilings moved apart"
    for issuer, amount in sorted(told.items()):
        if amount and disclosure.owed(after, issuer) - disclosure.owed(before, issuer) != amount:
            yield 25, f"the vouchers of {issuer} and what is counted for disclosure moved apart"


def full_cover(state: Reader) -> Iterator[Fault]:
    """Every fault in the whole state."""
    owed: dict[str, int] = defaultdict(int)
    counted: dict[str, int] = defaultdict(int)
    awaited: dict[tuple[str, int], int] = defaultdict(int)
    allocations = {allocation.voucher: allocation for allocation in documents.allocations(state)}
    for voucher in state.iterate(VOUCHERS):
        owed[voucher.issuer] += outstanding(voucher)
        counted[voucher.issuer] += _accepted(voucher)
        if awaits_payment(voucher):
            awaited[voucher.issuer, voucher.cutoff_ms] += 1
        yield from _of_invoices(voucher, allocations.pop(voucher.number, None))
    for number in sorted(allocations):
        yield 8, f"invoices are allocated to {number}, which does not exist"
    used = risk.all_used(state)
    for issuer in sorted(owed.keys() | used.keys()):
        if owed.get(issuer, 0) != used.get(issuer, 0):
            yield 9, f"{issuer} owes {owed.get(issuer, 0)} and uses {used.get(issuer, 0)} of its ceilings"
    told = disclosure.all_owed(state)
    for issuer in sorted(counted.keys() | told.keys()):
        if counted.get(issuer, 0) != told.get(issuer, 0):
            yield (
                25,
                f"{issuer} owes {counted.get(issuer, 0)} on accepted vouchers and {told.get(issuer, 0)} is counted",
            )
    expected = risk.all_expected(state)
    for issuer, at_ms in sorted(awaited.keys() | expected.keys()):
        if awaited.get((issuer, at_ms), 0) != expected.get((issuer, at_ms), 0):
            yield 10, f"the payments that {issuer} has to make by {at_ms} are not those that are expected"


def _accepted(voucher: Voucher) -> int:
    """What is owed on it, once somebody has accepted it."""
    return 0 if voucher.timeline.status == ISSUED else outstanding(voucher)


def _of_invoices(voucher: Voucher, allocation: documents.Allocation | None) -> Iterator[Fault]:
    """I8: a voucher takes its face of its issuer's invoices until it ends unpaid, and then nothing."""
    taken = 0 if allocation is None else sum(part.amount for part in allocation.parts)
    wanted = 0 if voucher.timeline.status in UNOWED else voucher.face
    if taken != wanted or (allocation is not None and allocation.issuer != voucher.issuer):
        yield 8, f"{voucher.number} takes {taken} of invoices and should take {wanted}"
