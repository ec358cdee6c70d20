"""Another settlement bank takes a voucher over: the issuer proposes, the bank consents."""

from msgspec.structs import replace

from tallychain.contracts.vouchers import refusals as general
from tallychain.contracts.vouchers.rules.change import DAY_MS
from tallychain.contracts.vouchers.rules.find import the_voucher
from tallychain.contracts.vouchers.settling import refusals
from tallychain.contracts.vouchers.settling.agreed import check_agreed
from tallychain.contracts.vouchers.settling.events import BankChanged, BankProposed
from tallychain.contracts.vouchers.settling.operations import ConsentBank, ProposeBank
from tallychain.contracts.vouchers.settling.policies import settlement_policy
from tallychain.contracts.vouchers.settling.rules.find import check_issuer, the_member
from tallychain.contracts.vouchers.settling.rules.position import the_settlement
from tallychain.contracts.vouchers.settling.state import SETTLEMENTS, Settlement
from tallychain.contracts.vouchers.state import ACTIVE, AWAITING_MONEY, VOUCHERS, Voucher
from tallychain.ledger import limits
from tallychain.ledger.contract import Call, Change
from tallychain.ledger.identity import MEMBERS, SETTLEMENT_BANK, is_in_good_standing
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment, has_passed


def propose_bank(args: ProposeBank, call: Call, state: Reader) -> Change:
    """Ask another settlement bank; the last one asked may answer, within some days."""
    voucher = the_voucher(args.voucher, state, call.now)
    check_issuer(voucher, call)
    settlement = _check_open(voucher, call.now, state)
    if args.bank == voucher.settlement_bank:
        raise refusals.SameBank(voucher.number, args.bank)
    bank = state.get(MEMBERS, args.bank)
    if bank is None or not is_in_good_standing(bank, call.now) or SETTLEMENT_BANK not in bank.kinds:
        raise general.SettlementBankNotEligible(args.bank)
    check_agreed(voucher.issuer, args.bank, state, call.now)
    days = settlement_policy(state, voucher.settlement_policy).answer_days
    until_ms = min(call.now.time_ms + days * DAY_MS, limits.TIME_MS)
    asked = replace(
        settlement,
        successor=args.bank,
        successor_proposal=call.operation,
        successor_until_ms=until_ms,
    )
    event = BankProposed(voucher.number, voucher.settlement_bank, args.bank, call.operation, until_ms)
    return Change((SETTLEMENTS.put(asked),), (event,))


def consent_bank(args: ConsentBank, call: Call, state: Reader) -> Change:
    """Take the voucher over.  Accounts were sealed to the bank before; sponsors name them again, at any time."""
    voucher = the_voucher(args.voucher, state, call.now)
    bank = the_member(call)
    settlement = _check_open(voucher, call.now, state)
    is_asked = (settlement.successor, settlement.successor_proposal) == (bank, args.proposal)
    if not is_asked or has_passed(settlement.successor_until_ms, call.now):
        raise refusals.ProposalNotPending(args.proposal)
    taken = replace(settlement, successor="", successor_proposal="", successor_until_ms=0)
    event = BankChanged(voucher.number, voucher.settlement_bank, bank)
    return Change((VOUCHERS.put(replace(voucher, settlement_bank=bank)), SETTLEMENTS.put(taken)), (event,))


def _check_open(voucher: Voucher, now: Moment, state: Reader) -> Settlement:
    """Something is owed, and the bank holds nothing that only it can pay out."""
    status = voucher.status_at(now)
    if status not in (ACTIVE, *AWAITING_MONEY):
        raise refusals.VoucherNotOwed(voucher.number, status)
    settlement = the_settlement(voucher.number, state)
    kept = settlement.received + settlement.interest - settlement.paid_out
    if kept:
        raise refusals.MoneyWithBank(voucher.number, voucher.settlement_bank, kept)
    return settlement
