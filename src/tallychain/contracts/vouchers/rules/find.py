"""Finding what an operation is about, and the questions that several rules ask."""

from datetime import date

from tallychain.contracts.vouchers import refusals
from tallychain.contracts.vouchers.policies import SplitPolicy
from tallychain.contracts.vouchers.state import ACTIVE, HOLDINGS, OFFERS, VOUCHERS, Holding, Offer, Voucher
from tallychain.crypto.schemes import KeyNotAdmissible, admit_key, admit_sealing_key
from tallychain.instruments.calendar import DateUnreadable, format_date, local_day, parse_date
from tallychain.ledger.contract import Call
from tallychain.ledger.holder import Receiver
from tallychain.ledger.identity import (
    BANK,
    CORE_ENTERPRISE,
    FACTOR,
    GUARANTOR,
    MEMBERS,
    SETTLEMENT_BANK,
    is_in_good_standing,
)
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment, has_passed
from tallychain.ledger.types import MemberName

SPONSOR_KINDS = (BANK, FACTOR, CORE_ENTERPRISE, GUARANTOR, SETTLEMENT_BANK)
"""Members that may serve holders; whoever runs, judges or supervises the ledger does not."""


def the_voucher(number: str, state: Reader) -> Voucher:
    """The voucher of this number."""
    voucher = state.get(VOUCHERS, number)
    if voucher is None:
        raise refusals.VoucherNotFound(number)
    return voucher


def the_holding(number: str, first: int, state: Reader) -> Holding:
    """The holding of a voucher that begins with this unit."""
    holding = state.get(HOLDINGS, number, first)
    if holding is None:
        raise refusals.HoldingNotFound(number, first)
    return holding


def the_offer(number: str, name: str, state: Reader) -> Offer:
    """The offer of this name on this voucher."""
    offer = state.get(OFFERS, name)
    if offer is None or offer.voucher != number:
        raise refusals.OfferNotFound(number, name)
    return offer


def read_day(text: str) -> date:
    """A civil day that exists."""
    try:
        return parse_date(text)
    except DateUnreadable:
        raise refusals.DateNotValid(text) from None


def check_sponsored(sponsor: MemberName, call: Call) -> None:
    """A holder's act comes through the sponsor of its tag."""
    if call.via != sponsor:
        raise refusals.NotTheSponsor(sponsor)


def check_eligible(sponsor: MemberName, state: Reader, now: Moment) -> None:
    """Title goes only to holders whose sponsor is in standing and may sponsor."""
    member = state.get(MEMBERS, sponsor)
    if (
        member is None
        or not is_in_good_standing(member, now)
        or not any(k in SPONSOR_KINDS for k in member.kinds)
    ):
        raise refusals.RecipientNotEligible(sponsor)


def check_receiver(receiver: Receiver, state: Reader, now: Moment) -> None:
    """A receiving side that title may be promised to: sponsor in standing, keys that only their owner can use."""
    check_eligible(receiver.sponsor, state, now)
    for key, admit in ((receiver.tag, admit_key), (receiver.sealing, admit_sealing_key)):
        try:
            admit(key)
        except KeyNotAdmissible:
            raise refusals.KeyNotAdmitted(key) from None


def check_transferable(voucher: Voucher, policy: SplitPolicy, now: Moment) -> None:
    """Title moves while the voucher is active and the black-out has not begun."""
    if voucher.status_at(now) != ACTIVE:
        raise refusals.VoucherNotActive(voucher.number, voucher.status_at(now))
    if has_passed(voucher.blackout_ms, now):
        raise refusals.BlackOut(voucher.number, format_date(local_day(voucher.blackout_ms)), policy.article)
