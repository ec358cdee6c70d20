"""Dividing what is paid on something that is pledged: the pledgee first, up to its claim, and the rest to the owner.

Source: supply-chain study, scenario 33 (125,000.01 pledged for 102,000.00, paid in full: 102,000.00 and 23,000.01); Civil Code
(民法典), article 442: what falls due before the secured debt may be collected, and the price goes to that debt.
"""

from typing import NamedTuple

from tallychain.instruments.errors import InstrumentError
from tallychain.instruments.money import MAX_FEN, Fen


class ProceedsImpossible(InstrumentError):
    """An amount is below zero or out of bounds."""


class Proceeds(NamedTuple):
    """Who gets what of one payment, in fen; together exactly the payment."""

    pledgee: Fen
    owner: Fen


def proceeds_of(payment: int, claim: int, paid_before: int = 0) -> Proceeds:
    """The parts of ``payment`` on something on which ``paid_before`` was paid already and ``claim`` is claimed.

    Several payments together give what one payment of their sum would: the pledgee first, however it comes in.
    Raises ``ProceedsImpossible``.
    """
    if min(payment, claim, paid_before) < 0 or max(payment, claim, paid_before) > MAX_FEN:
        raise ProceedsImpossible("The amounts of a pledge are out of bounds.")
    open_claim = max(0, claim - paid_before)
    first = min(payment, open_claim)
    return Proceeds(Fen(first), Fen(payment - first))
