"""Questions that several rules of settlement ask."""

from tallychain.contracts.vouchers import refusals as general
from tallychain.contracts.vouchers.financing.state import DISBURSEMENTS
from tallychain.contracts.vouchers.recoursing.state import BUY_BACKS
from tallychain.contracts.vouchers.redeeming.state import EARLY_PAYMENTS
from tallychain.contracts.vouchers.rules.find import check_sponsored
from tallychain.contracts.vouchers.settling import refusals
from tallychain.contracts.vouchers.settling.state import EVIDENCE, Evidence
from tallychain.contracts.vouchers.state import Holding, Voucher
from tallychain.instruments.calendar import instant_ms, parse_date
from tallychain.ledger.contract import Call
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment
from tallychain.ledger.types import MEMBER_PREFIX, MemberId


def the_member(call: Call) -> MemberId:
    """The member that acts."""
    return MemberId(call.author.removeprefix(MEMBER_PREFIX))


def check_bank(voucher: Voucher, call: Call) -> None:
    """Only the voucher's settlement bank says what was paid."""
    if call.member != voucher.settlement_bank:
        raise refusals.NotTheSettlementBank(voucher.number, voucher.settlement_bank)


def check_issuer(voucher: Voucher, call: Call) -> None:
    """Only the issuer."""
    if call.member != voucher.issuer:
        raise general.NotTheIssuer(voucher.number)


def check_holder(holding: Holding, call: Call, state: Reader) -> None:
    """Only the holder, through its sponsor."""
    if call.tag != holding.tag:
        raise general.NotTheHolder(holding.id)
    check_sponsored(holding.sponsor, call, state)


def check_booked(booked_ms: int, voucher: Voucher, now: Moment) -> None:
    """A booking lies between the day of issue and now."""
    if not instant_ms(parse_date(voucher.issue_day)) <= booked_ms <= now.time_ms:
        raise refusals.BookingTimeNotPossible(booked_ms)


def check_reference(reference: str, voucher: Voucher, state: Reader) -> None:
    """A booking counts once (I16)."""
    check_unused(voucher.settlement_bank, voucher.currency, reference, state)


def check_unused(bank: str, currency: str, reference: str, state: Reader) -> None:
    """A bank's reference stands for one booking, of settlement, of a financing, of an early redemption or of a buy-back (I16)."""
    used = (
        state.get(EVIDENCE, bank, currency, reference)
        or state.get(DISBURSEMENTS, bank, currency, reference)
        or state.get(EARLY_PAYMENTS, bank, currency, reference)
        or state.get(BUY_BACKS, bank, currency, reference)
    )
    if used is not None:
        raise refusals.BankReferenceUsed(reference, used.voucher)


def evidence(
    voucher: Voucher, call: Call, *, kind: str, reference: str, amount: int, booked_ms: int, document: str
) -> Evidence:
    """What is remembered of one booking."""
    return Evidence(
        bank=voucher.settlement_bank,
        currency=voucher.currency,
        reference=reference,
        voucher=voucher.number,
        kind=kind,
        amount=amount,
        booked_ms=booked_ms,
        document=document,
        operation=call.operation,
    )
