"""Early redemptions as issuer, holder and bank work with them: what a rate makes of a face, and whether told figures follow."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from tallychain.contracts.vouchers.financing.terms import PriceNotPossible
from tallychain.contracts.vouchers.redeeming.contents import RedemptionContent
from tallychain.contracts.vouchers.redeeming.terms import is_true, redeemed_at

__all__ = ["PriceNotPossible", "follows", "terms_of"]

_FIELDS: Final = ("rate", "value_date", "days", "discount", "net")


def terms_of(face: int, maturity: str, *, rate: int, value_date: str) -> dict[str, Any]:
    """The sealed part of an offer; raises `PriceNotPossible`."""
    made: dict[str, Any] = msgspec.to_builtins(redeemed_at(face, maturity, rate=rate, value_date=value_date))
    return made


def follows(redemption: Mapping[str, Any], terms: Mapping[str, Any]) -> bool:
    """Whether the figures of a row of `redemption_terms` follow from its rate and days."""
    content = RedemptionContent(**{name: terms[name] for name in _FIELDS})
    return is_true(content, int(redemption["face"]), str(redemption["maturity"]))
