"""The settlement bank pays holders what they have coming, and says what came back."""

import dataclasses

from msgspec.structs import replace

from tallychain.contracts.vouchers.rules.find import the_holding, the_voucher
from tallychain.contracts.vouchers.settling import refusals
from tallychain.contracts.vouchers.settling.events import (
    ExcessLate,
    ExcessReturned,
    PaidOut,
    PayoutFailed,
    WithheldReleased,
)
from tallychain.contracts.vouchers.settling.operations import (
    FailPayout,
    Payout,
    PayoutRow,
    ReleaseWithheld,
    ReturnExcess,
)
from tallychain.contracts.vouchers.settling.rules.find import (
    check_bank,
    check_booked,
    check_reference,
    evidence,
)
from tallychain.contracts.vouchers.settling.rules.paying import (
    on_time,
    overdue,
    paying_on,
    published_paying,
    repaid,
)
from tallychain.contracts.vouchers.settling.rules.position import (
    Position,
    position_of,
    the_settlement,
)
from tallychain.contracts.vouchers.settling.rules.times import missed_ms
from tallychain.contracts.vouchers.settling.state import (
    ENTITLEMENTS,
    EVIDENCE,
    EXCESSES,
    SETTLEMENTS,
    Excess,
    Settlement,
)
from tallychain.contracts.vouchers.standing import withholding
from tallychain.contracts.vouchers.state import Voucher
from tallychain.ledger.contract import Call, Change
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment, after_next_step


def pay_out(args: Payout, call: Call, state: Reader) -> Change:
    """State that some holders have been paid exactly what they have coming; all rows or none."""
    voucher = the_voucher(args.voucher, state, call.now)
    check_bank(voucher, call)
    check_booked(args.paid_ms, voucher, call.now)
    settlement = the_settlement(voucher.number, state)
    if not settlement.attestations:
        raise refusals.NothingAttested(voucher.number)
    named: set[int] = set()
    references: set[str] = set()
    for row in args.rows:
        if row.holding in named or row.reference in references:
            raise refusals.PayoutNamedTwice(row.holding)
        named.add(row.holding)
        references.add(row.reference)
        _check_row(row, voucher, state)
    return _paid(args, call, voucher, state)


def fail_payout(args: FailPayout, call: Call, state: Reader) -> Change:
    """
    State that the last payout to a holding came back; it waits for another account, which is paid without further ado.

    Where another bank has taken the voucher over, that one says so: the money that came back has been passed on to it.
    """
    voucher = the_voucher(args.voucher, state, call.now)
    check_bank(voucher, call)
    holding = the_holding(voucher.number, args.holding, state)
    position = position_of(voucher, holding, state)
    if not position.entitlement.amount or position.entitlement.reference != args.reference:
        raise refusals.PayoutNotFound(holding.id, args.reference)
    amount = position.entitlement.amount
    entitlement = replace(
        position.entitlement,
        payee="",
        payee_bank="",
        paid=position.entitlement.paid - amount,
        reference="",
        amount=0,
        payer="",
    )
    later = dataclasses.replace(position, entitlement=entitlement)
    stood = on_time(the_settlement(voucher.number, state), voucher, call.now, state)
    back = replace(stood.settlement, paid_out=stood.settlement.paid_out - amount)
    back = paying_on(back, back.payable - position.payable, voucher, call.now, state)
    event = PayoutFailed(
        voucher=voucher.number,
        holding=holding.id,
        first=holding.first,
        bank=position.entitlement.payer,
        amount=amount,
        reference=args.reference,
        document=args.document,
        status=later.timeline(voucher, call.now),
    )
    told = (*stood.events, event, published_paying(back))
    return Change((ENTITLEMENTS.put(entitlement), SETTLEMENTS.put(back)), told)


def release_withheld(args: ReleaseWithheld, call: Call, state: Reader) -> Change:
    """Let a holding be paid that was withheld: its payee came late, or what bound it binds it no more."""
    voucher = the_voucher(args.voucher, state, call.now)
    check_bank(voucher, call)
    holding = the_holding(voucher.number, args.holding, state)
    position = position_of(voucher, holding, state)
    if not position.coming or position.payable:
        raise refusals.NotWithheld(holding.id, position.status(voucher.status_at(call.now)))
    if not position.has_payee:
        raise refusals.PayeeMissing(holding.id)
    for bound in withholding(holding, state, call.now):
        raise refusals.UnitsBound(holding.id, bound.kind.value)
    entitlement = replace(position.entitlement, cleared=True)
    later = dataclasses.replace(
        position, entitlement=entitlement, portion=replace(position.portion, withheld=False)
    )
    event = WithheldReleased(
        voucher=voucher.number,
        holding=holding.id,
        first=holding.first,
        bank=voucher.settlement_bank,
        payable=later.payable,
        status=later.timeline(voucher, call.now),
    )
    change = repaid(voucher, position, later, call.now, state)
    return Change((ENTITLEMENTS.put(entitlement),), (event,)) + change


def return_excess(args: ReturnExcess, call: Call, state: Reader) -> Change:
    """State that what was paid in above what is owed has gone back to the issuer."""
    voucher = the_voucher(args.voucher, state, call.now)
    check_bank(voucher, call)
    check_booked(args.paid_ms, voucher, call.now)
    excess = state.get(EXCESSES, voucher.number, args.attestation)
    if excess is None:
        raise refusals.ExcessNotFound(args.attestation)
    check_reference(args.reference, voucher, state)
    proof = evidence(
        voucher,
        call,
        kind="settlement.return_excess",
        reference=args.reference,
        amount=excess.amount,
        booked_ms=args.paid_ms,
        document=args.document,
    )
    event = ExcessReturned(
        voucher=voucher.number,
        attestation=excess.attestation,
        bank=excess.bank,
        amount=excess.amount,
        reference=args.reference,
        paid_ms=args.paid_ms,
        document=args.document,
    )
    since_ms = missed_ms(excess.timeline, call.now)
    late = () if since_ms is None else (_excess_late(excess, since_ms),)
    return Change((EXCESSES.delete(excess), EVIDENCE.put(proof)), (*late, event))


def settlement_change(settlement: Settlement, since_ms: int, now: Moment, state: Reader) -> Change:
    """The time for paying out is over and somebody waits."""
    voucher = the_voucher(settlement.voucher, state, now)
    late = overdue(settlement, voucher, since_ms, state)
    return Change((SETTLEMENTS.put(late.settlement),), late.events)


def excess_change(excess: Excess, since_ms: int, _now: Moment, _state: Reader) -> Change:
    """The time for returning is over."""
    late = replace(excess, timeline=after_next_step(excess.timeline))
    return Change((EXCESSES.put(late),), (_excess_late(excess, since_ms),))


def _excess_late(excess: Excess, since_ms: int) -> ExcessLate:
    return ExcessLate(excess.voucher, excess.attestation, excess.bank, excess.amount, since_ms)


def _check_row(row: PayoutRow, voucher: Voucher, state: Reader) -> None:
    holding = the_holding(voucher.number, row.holding, state)
    position = position_of(voucher, holding, state)
    if not position.coming:
        raise refusals.AlreadyPaid(holding.id)
    if not position.payable:
        raise refusals.HoldingWithheld(holding.id)
    if row.amount != position.payable:
        raise refusals.PayoutDiffers(holding.id, position.payable, row.amount)
    check_reference(row.reference, voucher, state)


def _paid(args: Payout, call: Call, voucher: Voucher, state: Reader) -> Change:
    change = Change()
    for row in args.rows:
        change += _one(row, args, call, voucher, state)
    stood = on_time(the_settlement(voucher.number, state), voucher, call.now, state)
    total = sum(row.amount for row in args.rows)
    counted = replace(stood.settlement, paid_out=stood.settlement.paid_out + total)
    later = paying_on(counted, counted.payable - total, voucher, call.now, state)
    told = Change((SETTLEMENTS.put(later),), (published_paying(later),))
    return Change((), stood.events) + change + told


def _one(row: PayoutRow, args: Payout, call: Call, voucher: Voucher, state: Reader) -> Change:
    position: Position = position_of(voucher, the_holding(voucher.number, row.holding, state), state)
    entitlement = replace(
        position.entitlement,
        paid=position.entitlement.paid + row.amount,
        reference=row.reference,
        amount=row.amount,
        payer=voucher.settlement_bank,
    )
    later = dataclasses.replace(position, entitlement=entitlement)
    proof = evidence(
        voucher,
        call,
        kind="settlement.payout",
        reference=row.reference,
        amount=row.amount,
        booked_ms=args.paid_ms,
        document=args.document,
    )
    event = PaidOut(
        voucher=voucher.number,
        holding=position.holding.id,
        first=position.holding.first,
        bank=voucher.settlement_bank,
        amount=row.amount,
        reference=row.reference,
        paid_ms=args.paid_ms,
        document=args.document,
        status=later.timeline(voucher, call.now),
    )
    return Change((ENTITLEMENTS.put(entitlement), EVIDENCE.put(proof)), (event,))
