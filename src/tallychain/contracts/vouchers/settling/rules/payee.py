"""A holder's sponsor names the account to which its holding is paid."""

import dataclasses

from msgspec.structs import replace

from tallychain.contracts.vouchers import refusals as general
from tallychain.contracts.vouchers.rules.find import the_holding, the_voucher
from tallychain.contracts.vouchers.settling import refusals
from tallychain.contracts.vouchers.settling.events import PayeeNamed
from tallychain.contracts.vouchers.settling.operations import NamePayee
from tallychain.contracts.vouchers.settling.policies import SettlementPolicy, settlement_policy
from tallychain.contracts.vouchers.settling.rules.paying import repaid
from tallychain.contracts.vouchers.settling.rules.position import Position, position_of
from tallychain.contracts.vouchers.settling.state import ENTITLEMENTS
from tallychain.contracts.vouchers.standing import is_executed, withholding
from tallychain.contracts.vouchers.state import UNOWED, Voucher
from tallychain.instruments.calendar import format_date, local_day
from tallychain.instruments.holdings import EncumbranceKind
from tallychain.ledger.contract import Call, Change
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment, has_passed

HOUR_MS = 3_600_000


def name_payee(args: NamePayee, call: Call, state: Reader) -> Change:
    """
    Name the account of one holding, from the black-out to some hours before maturity; the last one named counts.

    Later only where money could not be paid: a payout came back, the settlement bank has changed, or nobody was named in time.  In that
    last case the bank decides whether it pays (`release_withheld`), because an account that changes at the last minute is how holders are robbed.
    """
    voucher = the_voucher(args.voucher, state, call.now)
    holding = the_holding(args.voucher, args.holding, state)
    if call.member != holding.sponsor:
        raise general.NotTheSponsor(holding.sponsor)
    if voucher.status_at(call.now) in UNOWED:
        raise refusals.VoucherNotOwed(voucher.number, voucher.status_at(call.now))
    if not has_passed(voucher.blackout_ms, call.now):
        raise refusals.BeforeBlackOut(voucher.number, format_date(local_day(voucher.blackout_ms)))
    position = position_of(voucher, holding, state)
    if not position.outstanding and not position.coming:
        raise refusals.AlreadyPaid(holding.id)
    if is_executed(holding, state, call.now):
        raise refusals.UnitsBound(holding.id, EncumbranceKind.FREEZE.value)
    policy = settlement_policy(state, voucher.settlement_policy)
    is_late = _is_late(voucher, policy, call.now)
    if is_late and position.has_payee and position.is_cleared:
        raise refusals.PayeeTooLate(
            voucher.number, policy.payee_lead_hours, policy.source.article_of("payee_lead_hours")
        )
    return _named(voucher, position, call, state)


def _is_late(voucher: Voucher, policy: SettlementPolicy, now: Moment) -> bool:
    return has_passed(voucher.due_ms - policy.payee_lead_hours * HOUR_MS, now)


def _named(voucher: Voucher, position: Position, call: Call, state: Reader) -> Change:
    policy = settlement_policy(state, voucher.settlement_policy)
    payee = next(part.commitment for part in call.sealed if part.label == "payee")
    cleared = position.is_cleared or not _is_late(voucher, policy, call.now)
    is_free = cleared and not withholding(position.holding, state, call.now)
    entitlement = replace(
        position.entitlement,
        payee=payee,
        payee_bank=voucher.settlement_bank,
        payee_holding=position.holding.id,
        cleared=cleared,
    )
    portion = replace(position.portion, withheld=position.portion.withheld and not is_free)
    later = dataclasses.replace(position, entitlement=entitlement, portion=portion)
    event = PayeeNamed(
        voucher=voucher.number,
        holding=position.holding.id,
        first=position.holding.first,
        bank=voucher.settlement_bank,
        payee=payee,
        cleared=cleared,
        status=later.timeline(voucher, call.now),
        payable=later.payable,
    )
    return Change((ENTITLEMENTS.put(entitlement),), (event,)) + repaid(
        voucher, position, later, call.now, state
    )
