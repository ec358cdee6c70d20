"""
What must hold of guarantees: of one Change before it is adopted (`touched`), and of the whole state (`full`).

280: what a guarantor stands for is what holders are owed.  281: a frame's exposure is the sum of that, and within its limit.  282: what a
guarantor has paid stands on bookings.  283: what was repaid waits at a bank or was passed on.  284: who is called and has not paid is on the list.
285: a frame stays, and a guarantee leaves only with a voucher on which nothing is owed.
"""

from collections import defaultdict
from collections.abc import Iterator

from tallychain.contracts.vouchers.guaranteeing.state import (
    CALLS,
    FRAMES,
    GUARANTEES,
    REPAYMENTS,
    Frame,
    Guarantee,
    GuaranteeCall,
    Repayment,
)
from tallychain.contracts.vouchers.settling.state import EVIDENCE, Evidence
from tallychain.contracts.vouchers.state import VOUCHERS, Voucher, outstanding
from tallychain.ledger.contract import Change
from tallychain.ledger.state import Reader

Fault = tuple[int, str]
PAID = "guarantor.pay"
NAME_LENGTH_BYTES = 2
Calls = dict[tuple[str, int], int]


def touched(change: Change, before: Reader, after: Reader) -> Iterator[Fault]:
    """Every fault that this Change would bring; where it writes nothing of guarantees it costs a look at its vouchers."""
    guarantees = change.written(Guarantee)
    gone = _removed(change, before)
    for voucher in change.written(Voucher):
        guarantee = after.get(GUARANTEES, voucher.number)
        if guarantee is not None:
            yield from _of_voucher(guarantee, voucher)
    moved: dict[tuple[str, str], int] = defaultdict(int)
    called: Calls = defaultdict(int)
    paid = repaid = 0
    for later in (*guarantees, *gone):
        stood = before.get(GUARANTEES, later.voucher)
        leaves = after.get(GUARANTEES, later.voucher) is None
        moved[later.guarantor, later.issuer] += (0 if leaves else later.liable) - _liable(stood)
        paid += 0 if leaves else later.paid - (0 if stood is None else stood.paid)
        repaid += 0 if leaves else later.repaid - (0 if stood is None else stood.repaid)
        _count(called, later, 0 if leaves else 1)
        _count(called, stood, -1)
        if leaves:
            yield from _left(later, after)
    yield from _frames(change, moved, before, after)
    shown = sum(proof.amount for proof in change.written(Evidence) if proof.kind == PAID)
    if paid != shown:
        yield 282, f"guarantors have paid {paid} and banks have shown {shown}"
    if repaid != sum(row.amount for row in change.written(Repayment) if _is_new(row, before)):
        yield 283, f"{repaid} was repaid to guarantors and does not wait for them"
    for (guarantor, until_ms), more in sorted(called.items()):
        if _on_list(after, guarantor, until_ms) - _on_list(before, guarantor, until_ms) != more:
            yield 284, f"the calls on {guarantor} are not those of its guarantees"


def full(state: Reader) -> Iterator[Fault]:
    """Every fault in the whole state."""
    liable: dict[tuple[str, str], int] = defaultdict(int)
    called: Calls = defaultdict(int)
    paid: dict[str, int] = defaultdict(int)
    for proof in state.iterate(EVIDENCE):
        paid[proof.voucher] += proof.amount if proof.kind == PAID else 0
    for guarantee in state.iterate(GUARANTEES):
        voucher = state.get(VOUCHERS, guarantee.voucher)
        if voucher is None:
            yield 285, f"{guarantee.voucher} is guaranteed and does not exist"
        else:
            yield from _of_voucher(guarantee, voucher)
        liable[guarantee.guarantor, guarantee.issuer] += guarantee.liable
        _count(called, guarantee, 1)
        if guarantee.paid != paid[guarantee.voucher]:
            yield 282, f"the guarantor of {guarantee.voucher} has paid what no bank has shown"
    frames = {(row.guarantor, row.issuer): row for row in state.iterate(FRAMES)}
    for pair in sorted(frames.keys() | liable.keys()):
        exposure = frames[pair].exposure if pair in frames else 0
        if exposure != liable[pair]:
            yield 281, f"{pair[0]} stands for {liable[pair]} of {pair[1]} and its frame says {exposure}"
    listed = {(row.guarantor, row.until_ms): row.vouchers for row in state.iterate(CALLS)}
    if listed != {call: count for call, count in called.items() if count}:
        yield 284, "the calls on guarantors are not those of their guarantees"


def _of_voucher(guarantee: Guarantee, voucher: Voucher) -> Iterator[Fault]:
    owed = outstanding(voucher) - (guarantee.paid - guarantee.repaid)
    if guarantee.liable != owed or not 0 <= guarantee.repaid <= guarantee.paid:
        yield 280, f"{voucher.number}: holders are owed {owed} and {guarantee.liable} is guaranteed"


def _frames(
    change: Change, moved: dict[tuple[str, str], int], before: Reader, after: Reader
) -> Iterator[Fault]:
    if any(key.startswith(FRAMES.key()) for key in change.removed):
        yield 285, "a frame was removed"
    for written in change.written(Frame):
        moved[written.guarantor, written.issuer] += 0
    for (guarantor, issuer), more in sorted(moved.items()):
        stood, frame = before.get(FRAMES, guarantor, issuer), after.get(FRAMES, guarantor, issuer)
        exposure = 0 if frame is None else frame.exposure
        if exposure - (0 if stood is None else stood.exposure) != more:
            yield 281, f"what {guarantor} stands for {issuer} and its frame moved apart"
        if frame is not None and exposure > frame.limit:
            yield 281, f"{guarantor} stands for more than its limit for {issuer}"


def _left(guarantee: Guarantee, after: Reader) -> Iterator[Fault]:
    voucher = after.get(VOUCHERS, guarantee.voucher)
    if voucher is not None and outstanding(voucher):
        yield 285, f"{guarantee.voucher} lost its guarantee and {outstanding(voucher)} is owed on it"


def _removed(change: Change, before: Reader) -> list[Guarantee]:
    prefix = GUARANTEES.key()
    names = [
        key[len(prefix) + NAME_LENGTH_BYTES :].decode() for key in change.removed if key.startswith(prefix)
    ]
    return [row for name in names if (row := before.get(GUARANTEES, name)) is not None]


def _liable(guarantee: Guarantee | None) -> int:
    return 0 if guarantee is None else guarantee.liable


def _count(called: Calls, guarantee: Guarantee | None, by: int) -> None:
    """Who is called and has not paid everything."""
    if guarantee is not None and guarantee.called_until_ms and guarantee.liable:
        called[guarantee.guarantor, guarantee.called_until_ms] += by


def _on_list(state: Reader, guarantor: str, until_ms: int) -> int:
    row: GuaranteeCall | None = state.get(CALLS, guarantor, until_ms)
    return 0 if row is None else row.vouchers


def _is_new(row: Repayment, before: Reader) -> bool:
    return before.get(REPAYMENTS, row.voucher, row.attestation) is None
