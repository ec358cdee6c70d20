"""Finding what an operation is about, and the questions that several rules ask."""

from collections.abc import Iterable
from datetime import date

from tallychain.contracts.members.api import may_sponsor
from tallychain.contracts.vouchers import refusals
from tallychain.contracts.vouchers.policies import SplitPolicy
from tallychain.contracts.vouchers.sponsoring.state import CLAIMS, FREE
from tallychain.contracts.vouchers.state import (
    ACTIVE,
    GONE,
    HOLDINGS,
    OFFERS,
    VOUCHERS,
    Holding,
    Offer,
    Voucher,
)
from tallychain.crypto.schemes import KeyNotAdmissible, admit_key, admit_sealing_key
from tallychain.instruments.calendar import DateUnreadable, format_date, local_day, parse_date
from tallychain.instruments.holdings import Range
from tallychain.ledger.contract import Call
from tallychain.ledger.holder import Receiver
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment, has_passed
from tallychain.ledger.types import MemberName


def the_voucher(number: str, state: Reader, now: Moment) -> Voucher:
    """The voucher of this number."""
    voucher = state.get(VOUCHERS, number)
    if voucher is None or voucher.status_at(now) == GONE:
        raise refusals.VoucherNotFound(number)
    return voucher


def the_holding(number: str, first: int, state: Reader) -> Holding:
    """The holding of a voucher that begins with this unit."""
    holding = state.get(HOLDINGS, number, first)
    if holding is None:
        raise refusals.HoldingNotFound(number, first)
    return holding


def the_offer(number: str, name: str, state: Reader, now: Moment) -> Offer:
    """The offer of this name on this voucher."""
    offer = state.get(OFFERS, name)
    if offer is None or offer.voucher != number or offer.status_at(now) == GONE:
        raise refusals.OfferNotFound(number, name)
    return offer


def read_day(text: str) -> date:
    """A civil day that exists."""
    try:
        return parse_date(text)
    except DateUnreadable:
        raise refusals.DateNotValid(text) from None


def check_sponsored(sponsor: MemberName, call: Call, state: Reader) -> None:
    """A holder's act comes through the sponsor of its tag, or through anybody while the sponsor left its claim unanswered."""
    if call.via != sponsor and not is_free(sponsor, call, state):
        raise refusals.NotTheSponsor(sponsor)


def is_free(sponsor: MemberName, call: Call, state: Reader) -> bool:
    """Whether the acting tag may be carried by any member, because its sponsor left its claim unanswered."""
    claim = None if call.tag is None else state.get(CLAIMS, call.tag)
    return claim is not None and claim.sponsor == sponsor and claim.status_at(call.now) == FREE


def check_eligible(sponsor: MemberName, state: Reader, now: Moment) -> None:
    """Title goes only to holders whose sponsor is in standing and may sponsor."""
    if not may_sponsor(state, sponsor, now):
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
        raise refusals.BlackOut(
            voucher.number,
            format_date(local_day(voucher.blackout_ms)),
            policy.source.article_of("blackout_business_days"),
        )


def check_parts_large_enough(
    parts: Iterable[Range], voucher: Voucher, splits: int, policy: SplitPolicy
) -> None:
    """
    Once half of a voucher's splits are used, nothing smaller than an even share of its face is cut off or left behind.

    So a holder of little cannot use up the splits that all holders have in common.
    """
    if 2 * splits < policy.children_max:
        return
    smallest = voucher.face // policy.children_max
    for part in parts:
        if part.length < smallest:
            raise refusals.PartTooSmall(
                voucher.number, str(part), part.length, smallest, policy.source.article_of("children_max")
            )
