"""For every operation on a dispute: a world in which somebody entitled can do it at once."""

from collections.abc import Callable

from tests.deals import Deals
from tests.disputes import ISSUER, Disputes
from tests.security.paying import NOBODY, Asked

DECIDING = frozenset({"court"})
"""Who may close a dispute beside its issuer."""


def _open(disputes: Disputes) -> Asked:
    return disputes.args(disputes.deals.active("s1")), ISSUER, NOBODY


def _answer(disputes: Disputes) -> Asked:
    voucher, name = disputes.opened()
    return disputes.answer(voucher, name), voucher.receiver.tag, NOBODY


def _refer(disputes: Disputes) -> Asked:
    return disputes.reference(*disputes.opened()), ISSUER, NOBODY


def _close(disputes: Disputes) -> Asked:
    return disputes.closing(*disputes.opened()), ISSUER, DECIDING


DISPUTING: dict[str, Callable[[Disputes], Asked]] = {
    "dispute.open": _open,
    "dispute.answer": _answer,
    "dispute.refer": _refer,
    "dispute.close": _close,
}


def asked(name: str, deals: Deals) -> Asked:
    """A world in which this operation can be done."""
    return DISPUTING[name](Disputes(deals))
