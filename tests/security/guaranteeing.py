"""For every operation of guarantees: a world in which somebody entitled can do it at once."""

from collections.abc import Callable

from tallychain.contracts.vouchers.guaranteeing.operations import EndGuarantee
from tests.deals import Deals
from tests.guarantees import NAME, Guarantees
from tests.payments import BANK, ISSUER
from tests.security.paying import NOBODY, Asked


def _give(guarantees: Guarantees) -> Asked:
    return guarantees.giving(), NAME, NOBODY


def _end(guarantees: Guarantees) -> Asked:
    guarantees.given()
    return EndGuarantee(ISSUER), NAME, NOBODY


def _pay(guarantees: Guarantees) -> Asked:
    return guarantees.payment(guarantees.called()), BANK, NOBODY


def _pass_on(guarantees: Guarantees) -> Asked:
    voucher = guarantees.paid()
    return guarantees.passing_on(voucher, guarantees.repaid(voucher)), BANK, NOBODY


GUARANTEEING: dict[str, Callable[[Guarantees], Asked]] = {
    "guarantee.give": _give,
    "guarantee.end": _end,
    "guarantor.pay": _pay,
    "guarantor.pass_on": _pass_on,
}


def asked(name: str, deals: Deals) -> Asked:
    """The arguments, the author, and who else may do the same."""
    return GUARANTEEING[name](Guarantees(deals))
