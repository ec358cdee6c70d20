"""For every operation of a change of keys: a world in which somebody entitled can do it at once."""

from collections.abc import Callable

from tallychain.contracts.vouchers.rekeying import operations as rekeying
from tests.deals import Deals
from tests.rekeys import SECOND, SPONSOR, Rekeys
from tests.security.paying import NOBODY, Asked


def _propose(rekeys: Rekeys) -> Asked:
    return rekeys.args(rekeys.deals.active("s1")), SPONSOR, NOBODY


def _withdraw(rekeys: Rekeys) -> Asked:
    voucher, name = rekeys.proposed()
    return rekeying.WithdrawRekey(voucher.number, voucher.receiver.tag, name), SPONSOR, NOBODY


def _consent(rekeys: Rekeys) -> Asked:
    return rekeys.consent(*rekeys.proposed()), SECOND, NOBODY


def _decline(rekeys: Rekeys) -> Asked:
    voucher, name = rekeys.consented()
    return rekeying.DeclineRekey(voucher.number, voucher.receiver.tag, name), SECOND, NOBODY


def _veto(rekeys: Rekeys) -> Asked:
    voucher, name = rekeys.consented()
    tag = voucher.receiver.tag
    return rekeying.VetoRekey(voucher.number, tag, name), tag, NOBODY


def _take(rekeys: Rekeys) -> Asked:
    voucher, name = rekeys.takeable()
    return rekeys.taking(voucher, name), rekeys.new_tag(voucher), NOBODY


REKEYING: dict[str, Callable[[Rekeys], Asked]] = {
    "holder.rekey.propose": _propose,
    "holder.rekey.withdraw": _withdraw,
    "holder.rekey.consent": _consent,
    "holder.rekey.decline": _decline,
    "holder.rekey.veto": _veto,
    "holder.rekey.take": _take,
}


def asked(name: str, deals: Deals) -> Asked:
    """A world in which this operation can be done."""
    return REKEYING[name](Rekeys(deals))
