"""For every operation of early redemption: a world in which somebody entitled can do it at once."""

from collections.abc import Callable

from tallychain.contracts.vouchers.redeeming import operations as redeeming
from tests.deals import Deals
from tests.redemptions import BANK, FIRST, ISSUER, Redemptions
from tests.security.paying import NOBODY, Asked


def _offer(redemptions: Redemptions) -> Asked:
    return redemptions.args(redemptions.deals.active("s1")), ISSUER, NOBODY


def _agree(redemptions: Redemptions) -> Asked:
    voucher, name = redemptions.offered()
    return redemptions.agreement(voucher, name), voucher.receiver.tag, NOBODY


def _decline(redemptions: Redemptions) -> Asked:
    voucher, name = redemptions.offered()
    return redeeming.DeclineRedemption(voucher.number, FIRST, name), voucher.receiver.tag, NOBODY


def _withdraw(redemptions: Redemptions) -> Asked:
    voucher, name = redemptions.offered()
    return redeeming.WithdrawRedemption(voucher.number, FIRST, name), ISSUER, NOBODY


def _attest(redemptions: Redemptions) -> Asked:
    return redemptions.payment(*redemptions.agreed()), BANK, NOBODY


REDEEMING: dict[str, Callable[[Redemptions], Asked]] = {
    "redemption.offer": _offer,
    "redemption.agree": _agree,
    "redemption.decline": _decline,
    "redemption.withdraw": _withdraw,
    "redemption.attest": _attest,
}


def asked(name: str, deals: Deals) -> Asked:
    """A world in which this operation can be done."""
    return REDEEMING[name](Redemptions(deals))
