"""Questions that several rules of financings ask."""

from tallychain.contracts.members import api as members
from tallychain.contracts.vouchers import refusals as general
from tallychain.contracts.vouchers.financing import refusals
from tallychain.contracts.vouchers.financing.state import FINANCINGS, QUOTES, Deal, Financing, Quote
from tallychain.contracts.vouchers.rules.find import check_sponsored, the_voucher
from tallychain.contracts.vouchers.state import GONE, Holding, holding_over
from tallychain.instruments.holdings import Range
from tallychain.ledger.contract import Call
from tallychain.ledger.identity import BANK, FACTOR, SETTLEMENT_BANK
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment

FUNDER_KINDS = (BANK, FACTOR)
BANK_KINDS = (BANK, SETTLEMENT_BANK)


def the_financing(number: str, name: str, state: Reader, now: Moment) -> Financing:
    """The financing of this name on this voucher."""
    the_voucher(number, state, now)
    financing = state.get(FINANCINGS, name)
    if financing is None or financing.voucher != number or financing.status_at(now) == GONE:
        raise refusals.FinancingNotFound(number, name)
    return financing


def the_deal(financing: Financing, now: Moment) -> Deal:
    """What was awarded; nothing was before."""
    if financing.deal is None:
        raise refusals.FinancingStands(financing.id, financing.status_at(now))
    return financing.deal


def the_quote(financing: Financing, funder: str, state: Reader) -> Quote:
    """The last quote to which a funder has committed."""
    quote = state.get(QUOTES, financing.id, funder)
    if quote is None:
        raise refusals.QuoteNotFound(funder, financing.id)
    return quote


def quotes_of(financing: Financing, state: Reader) -> list[Quote]:
    """Every quote that stands beside a request, in the order of funders."""
    found = (state.get(QUOTES, financing.id, funder) for funder in financing.funders)
    return [quote for quote in found if quote is not None]


def held(financing: Financing, state: Reader) -> Holding:
    """The seller's holding in which the units lie, now."""
    first = Range(financing.first, financing.first)
    holding = holding_over(state, financing.voucher, financing.holding, first)
    if holding.tag != financing.tag or not holding.units.contains(financing.units):
        raise refusals.UnitsPassedOn(str(financing.units))
    return holding


def check_seller(financing: Financing, call: Call, state: Reader) -> Holding:
    """Only the seller, through the sponsor of its tag; the holding in which the units lie."""
    if call.tag != financing.tag:
        raise general.NotTheHolder(financing.id)
    holding = held(financing, state)
    check_sponsored(holding.sponsor, call, state)
    return holding


def check_status(financing: Financing, now: Moment, *among: str) -> None:
    """The financing is in one of these statuses."""
    status = financing.status_at(now)
    if status not in among:
        raise refusals.FinancingStands(financing.id, status)


def is_funder(member: str, issuer: str, state: Reader, now: Moment) -> bool:
    """Whether money may be asked of a member."""
    return member != issuer and any(members.is_active_kind(state, member, kind, now) for kind in FUNDER_KINDS)


def check_bank(member: str, state: Reader, now: Moment, *others: str) -> None:
    """Money goes from and to an active bank; the seller's is not the funder."""
    is_bank = any(members.is_active_kind(state, member, kind, now) for kind in BANK_KINDS)
    if not is_bank or member in others:
        raise refusals.BankNotEligible(member)


def commitment(call: Call, label: str) -> str:
    """Commitment of the act's own sealed part; the ledger has seen to it that the part is there."""
    return next((part.commitment for part in call.sealed if part.label == label), "")
