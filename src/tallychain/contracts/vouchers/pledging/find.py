"""Questions that several rules of pledges ask."""

from tallychain.contracts.vouchers.pledging import refusals
from tallychain.contracts.vouchers.pledging.state import HELD, PLEDGES, Pledge
from tallychain.contracts.vouchers.rules.find import the_voucher
from tallychain.contracts.vouchers.state import GONE
from tallychain.ledger.contract import Call
from tallychain.ledger.state import Reader
from tallychain.ledger.timeline import Moment


def the_pledge(number: str, name: str, state: Reader, now: Moment) -> Pledge:
    """The pledge of this name on this voucher."""
    the_voucher(number, state, now)
    pledge = state.get(PLEDGES, name)
    if pledge is None or pledge.voucher != number or pledge.status_at(now) == GONE:
        raise refusals.PledgeNotFound(number, name)
    return pledge


def check_pledgee(pledge: Pledge, call: Call) -> None:
    """Only the pledgee disposes of its right."""
    if call.member != pledge.pledgee:
        raise refusals.NotThePledgee(pledge.id)


def check_status(pledge: Pledge, now: Moment, among: tuple[str, ...] = HELD) -> None:
    """The pledge is in one of these statuses."""
    status = pledge.status_at(now)
    if status not in among:
        raise refusals.PledgeNotInForce(pledge.id, status)
