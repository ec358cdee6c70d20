"""For every operation of recourse: a world in which somebody entitled can do it at once."""

from collections.abc import Callable

from tallychain.contracts.vouchers.recoursing import operations as recoursing
from tests.deals import Deals
from tests.financings import FUNDER, PAYING_BANK
from tests.recourses import FIRST, Recourses
from tests.security.paying import NOBODY, Asked


def _claim(recourses: Recourses) -> Asked:
    return recourses.claim(*recourses.overdue()), FUNDER, NOBODY


def _buy_back(recourses: Recourses) -> Asked:
    voucher, name = recourses.claimed()
    return recoursing.BuyBackUnits(voucher.number, FIRST, name), voucher.receiver.tag, NOBODY


def _contest(recourses: Recourses) -> Asked:
    voucher, name = recourses.claimed()
    return recoursing.ContestRecourse(voucher.number, FIRST, name), voucher.receiver.tag, NOBODY


def _withdraw(recourses: Recourses) -> Asked:
    voucher, name = recourses.claimed()
    return recoursing.WithdrawRecourse(voucher.number, FIRST, name), FUNDER, NOBODY


def _attest(recourses: Recourses) -> Asked:
    return recourses.payment(*recourses.agreed()), PAYING_BANK, NOBODY


RECOURSING: dict[str, Callable[[Recourses], Asked]] = {
    "recourse.claim": _claim,
    "recourse.buy_back": _buy_back,
    "recourse.contest": _contest,
    "recourse.withdraw": _withdraw,
    "recourse.attest": _attest,
}


def asked(name: str, deals: Deals) -> Asked:
    """A world in which this operation can be done."""
    return RECOURSING[name](Recourses(deals))
