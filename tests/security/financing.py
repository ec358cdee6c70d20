"""For every operation on a financing: a world in which somebody entitled can do it at once."""

from collections.abc import Callable

import msgspec

from tallychain.contracts.vouchers.financing import operations
from tallychain.testkit.world import HONEST, Variation
from tests.deals import Deals
from tests.financings import FUNDER, HOUR_MS, PAYING_BANK, SELLER_BANK, Financings, false_quote

Asked = tuple[msgspec.Struct, str, Variation]
"""Arguments, author, and what fixes the sealed part."""


def _request(financings: Financings) -> Asked:
    voucher = financings.deals.active("s1")
    return financings.args(voucher), voucher.receiver.tag, HONEST


def _quote(financings: Financings) -> Asked:
    voucher, name = financings.asked()
    return financings.commitment(voucher, name), FUNDER, HONEST


def _reveal(financings: Financings) -> Asked:
    voucher, name = financings.quoted()
    financings.wait()
    return operations.RevealQuote(voucher.number, name), FUNDER, financings.reveals[name, FUNDER]


def _challenge(financings: Financings) -> Asked:
    voucher, name = financings.revealed(content=false_quote())
    return financings.challenge(voucher, name), voucher.receiver.tag, HONEST


def _award(financings: Financings) -> Asked:
    voucher, name = financings.revealed()
    return financings.choice(voucher, name), voucher.receiver.tag, HONEST


def _close(financings: Financings) -> Asked:
    voucher, name = financings.asked()
    return operations.CloseFinancing(voucher.number, name), voucher.receiver.tag, HONEST


def _register(financings: Financings) -> Asked:
    voucher, name = financings.awarded()
    return financings.registration(voucher, name), FUNDER, HONEST


def _disburse(financings: Financings) -> Asked:
    voucher, name = financings.registered()
    return financings.disbursement(voucher, name), PAYING_BANK, HONEST


def _attest(financings: Financings) -> Asked:
    voucher, name = financings.disputed()
    return operations.AttestReceipt(voucher.number, name, False, "d0" * 32), SELLER_BANK, HONEST


def _complete(financings: Financings) -> Asked:
    voucher, name = financings.disbursed()
    return operations.CompleteFinancing(voucher.number, name), voucher.receiver.tag, HONEST


def _refute(financings: Financings) -> Asked:
    voucher, name = financings.disbursed()
    return operations.RefuteFinancing(voucher.number, name), voucher.receiver.tag, HONEST


def _decide(financings: Financings) -> Asked:
    voucher, name = financings.disputed()
    return operations.DecideFinancing(voucher.number, name, True, "d0" * 32), "arbiter-a", HONEST


def _deregister(financings: Financings) -> Asked:
    voucher, name = financings.registered()
    financings.wait(36 * HOUR_MS)
    return operations.DeregisterFinancing(voucher.number, name, "d0" * 32), FUNDER, HONEST


FINANCING: dict[str, Callable[[Financings], Asked]] = {
    "financing.request": _request,
    "financing.quote": _quote,
    "financing.reveal": _reveal,
    "financing.challenge": _challenge,
    "financing.award": _award,
    "financing.close": _close,
    "financing.register": _register,
    "financing.disburse": _disburse,
    "financing.attest": _attest,
    "financing.complete": _complete,
    "financing.refute": _refute,
    "financing.decide": _decide,
    "financing.deregister": _deregister,
}


def asked(name: str, deals: Deals) -> Asked:
    """A world in which this operation can be done."""
    return FINANCING[name](Financings(deals))
