"""For every operation on a pledge: a world in which somebody entitled can do it at once."""

from collections.abc import Callable

from tallychain.contracts.vouchers.pledging import operations as pledging
from tests.deals import Deals
from tests.pledges import PLEDGEE, Pledges
from tests.security.paying import NOBODY, Asked


def _create(pledges: Pledges) -> Asked:
    voucher = pledges.deals.active("s1")
    return pledges.args(voucher), voucher.receiver.tag, NOBODY


def _recall(pledges: Pledges) -> Asked:
    voucher, name = pledges.proposed()
    return pledging.RecallPledge(voucher.number, name), voucher.receiver.tag, NOBODY


def _accept(pledges: Pledges) -> Asked:
    voucher, name = pledges.proposed()
    return pledges.acceptance(voucher, name), PLEDGEE, NOBODY


def _release(pledges: Pledges) -> Asked:
    voucher, name = pledges.held()
    return pledging.ReleasePledge(voucher.number, name), PLEDGEE, NOBODY


def _claim(pledges: Pledges) -> Asked:
    voucher, name = pledges.held()
    return pledging.ClaimPledge(voucher.number, name), PLEDGEE, NOBODY


def _contest(pledges: Pledges) -> Asked:
    voucher, name = pledges.held()
    args = pledging.ContestClaim(voucher.number, name, pledges.claimed(voucher, name))
    return args, voucher.receiver.tag, NOBODY


def _enforce(pledges: Pledges) -> Asked:
    voucher, name = pledges.contested()
    return pledges.notice(voucher, name), PLEDGEE, NOBODY


PLEDGING: dict[str, Callable[[Pledges], Asked]] = {
    "pledge.create": _create,
    "pledge.recall": _recall,
    "pledge.accept": _accept,
    "pledge.release": _release,
    "pledge.claim": _claim,
    "pledge.contest": _contest,
    "pledge.enforce": _enforce,
}


def asked(name: str, deals: Deals) -> Asked:
    """A world in which this operation can be done."""
    return PLEDGING[name](Pledges(deals))
