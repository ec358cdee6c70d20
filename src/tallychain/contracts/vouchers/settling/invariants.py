"""What must hold of money: of one Change before it is adopted (`touched`), and of the whole state (`full`).

Numbers are those of the supply-chain study, section 7.6.  401: what is on record as received, paid out and payable is the sum of what stands at
the holdings.  402: nothing of settlement is removed but an excess that was returned.
"""

from collections import defaultdict
from collections.abc import Iterator

from tallychain.contracts.vouchers.guaranteeing.book import advanced
from tallychain.contracts.vouchers.settling.events import VoucherOverdue
from tallychain.contracts.vouchers.settling.rules.position import Position, positions_of, the_settlement
from tallychain.contracts.vouchers.settling.state import (
    AGREEMENTS,
    ENTITLEMENTS,
    EVIDENCE,
    SETTLEMENTS,
    SHARES,
    Entitlement,
    Evidence,
    Settlement,
    Shares,
)
from tallychain.contracts.vouchers.state import (
    FULLY_SETTLED,
    VOUCHERS,
    Voucher,
    outstanding,
)
from tallychain.ledger.contract import Change
from tallychain.ledger.outages import all_outages
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import shifted

Fault = tuple[int, str]
KEPT = (AGREEMENTS, SETTLEMENTS, SHARES, ENTITLEMENTS, EVIDENCE)
PAYOUT = "settlement.payout"


def touched(change: Change, before: Reader, after: Reader) -> Iterator[Fault]:
    """Every fault that this Change would bring; it looks only at what the Change writes and what that rests on."""
    for write in change.writes:
        if write.value is None and any(write.key.startswith(table.key()) for table in KEPT):
            yield 402, "a row of a settlement was removed"
    for proof in change.written(Evidence):
        if before.get(EVIDENCE, proof.bank, proof.currency, proof.reference) is not None:
            yield 16, f"the bank reference {proof.reference} counts twice"
    for shares in change.written(Shares):
        yield from _sums(shares, the_settlement(shares.voucher, after))
    for entitlement in change.written(Entitlement):
        yield from _paid_within(entitlement, after)
    yield from _payouts(change, before)
    for voucher in change.written(Voucher):
        yield from _discharge(voucher, change, before, after)
        yield from _end(voucher)
    yield from _overdue(change, before)


def full(state: Reader) -> Iterator[Fault]:
    """Every fault in the whole state."""
    paid: dict[str, int] = defaultdict(int)
    for proof in state.iterate(EVIDENCE):
        paid[proof.voucher] += proof.amount if proof.kind == PAYOUT else 0
    concerned = {row.voucher for row in state.iterate(SETTLEMENTS)}
    concerned |= {row.voucher for row in state.iterate(SHARES)}
    concerned |= {row.voucher for row in state.iterate(ENTITLEMENTS)}
    for voucher in state.iterate(VOUCHERS):
        yield from _end(voucher)
        if voucher.number in concerned or voucher.discharged:
            settlement = the_settlement(voucher.number, state)
            yield from _voucher(voucher, settlement, positions_of(voucher, state), state)
            if settlement.paid_out > paid[voucher.number]:
                yield 15, f"{voucher.number}: more was paid out than banks have shown"


def _sums(shares: Shares, settlement: Settlement) -> Iterator[Fault]:
    received = sum(portion.share for portion in shares.portions)
    interest = sum(portion.interest for portion in shares.portions)
    if (received, interest) != (settlement.received, settlement.interest):
        yield 401, f"{shares.voucher}: the shares are not what was received"


def _paid_within(entitlement: Entitlement, after: Reader) -> Iterator[Fault]:
    """I15: nobody is paid more than was attested for it."""
    shares = after.get(SHARES, entitlement.voucher)
    portions = () if shares is None else shares.portions
    coming = sum(one.share + one.interest for one in portions if one.first == entitlement.first)
    if entitlement.paid > coming:
        yield (
            15,
            f"{entitlement.voucher}: the holding at {entitlement.first} was paid more than it has coming",
        )


def _payouts(change: Change, before: Reader) -> Iterator[Fault]:
    """I15: each increment of what was paid stands on evidence of exactly that amount, and the voucher's sum follows."""
    grown: dict[str, int] = defaultdict(int)
    shown: dict[str, int] = defaultdict(int)
    for entitlement in change.written(Entitlement):
        stood = before.get(ENTITLEMENTS, entitlement.voucher, entitlement.first)
        more = entitlement.paid - (0 if stood is None else stood.paid)
        grown[entitlement.voucher] += more
        shown[entitlement.voucher] += max(more, 0)
    for proof in change.written(Evidence):
        shown[proof.voucher] -= proof.amount if proof.kind == PAYOUT else 0
    for number, amount in sorted(shown.items()):
        if amount:
            yield 15, f"{number}: what was paid out is not what the bank has shown"
    for settlement in change.written(Settlement):
        moved = settlement.paid_out - the_settlement(settlement.voucher, before).paid_out
        if moved != grown[settlement.voucher]:
            yield 401, f"{settlement.voucher}: what was paid out is not what its holders got"


def _discharge(voucher: Voucher, change: Change, before: Reader, after: Reader) -> Iterator[Fault]:
    """I2: what the issuer does not owe any more was attested, paid directly or released; what a guarantor has paid is owed to that."""
    stood = before.get(VOUCHERS, voucher.number)
    moved = voucher.discharged - (0 if stood is None else stood.discharged)
    for settlement in change.written(Settlement):
        if settlement.voucher == voucher.number:
            moved -= settlement.received - the_settlement(voucher.number, before).received
    moved += advanced(voucher.number, after) - advanced(voucher.number, before)
    for entitlement in change.written(Entitlement):
        if entitlement.voucher == voucher.number:
            old = before.get(ENTITLEMENTS, entitlement.voucher, entitlement.first)
            gone = 0 if old is None else old.outside + old.released
            moved -= entitlement.outside + entitlement.released - gone
    if moved:
        yield 2, f"{voucher.number}: the issuer is discharged of what nobody has got"


def _end(voucher: Voucher) -> Iterator[Fault]:
    """I2: nothing is owed exactly where a voucher is settled."""
    owed = outstanding(voucher)
    if owed < 0 or (owed != 0 and voucher.timeline.status in FULLY_SETTLED):
        yield 2, f"{voucher.number} is {voucher.timeline.status} and {owed} is owed"


def _overdue(change: Change, before: Reader) -> Iterator[Fault]:
    """I24: overdue only after the last business day of grace."""
    for event in change.events:
        if isinstance(event, VoucherOverdue):
            voucher = before.get(VOUCHERS, event.voucher)
            if voucher is None or event.since_ms < shifted(voucher.overdue_ms, all_outages(before)):
                yield 24, f"{event.voucher} is overdue too early"


def _voucher(
    voucher: Voucher, settlement: Settlement, positions: tuple[Position, ...], state: Reader
) -> Iterator[Fault]:
    """I2, I15 and the sums of one voucher."""
    number = voucher.number
    got = sum(one.portion.share + one.entitlement.outside + one.entitlement.released for one in positions)
    if got != voucher.discharged + advanced(number, state):
        yield 2, f"{number}: {voucher.discharged} is not owed any more and {got} was got"
    if any(one.outstanding < 0 or one.coming < 0 for one in positions):
        yield 15, f"{number}: a holding has got more than its face, or more than was attested for it"
    sums = (
        sum(one.portion.share for one in positions),
        sum(one.portion.interest for one in positions),
        sum(one.entitlement.paid for one in positions),
        sum(one.payable for one in positions),
    )
    if sums != (settlement.received, settlement.interest, settlement.paid_out, settlement.payable):
        yield 401, f"{number}: its settlement is not the sum of its holdings"
