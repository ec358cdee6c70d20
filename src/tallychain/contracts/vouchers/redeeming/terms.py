"""The arithmetic of an early redemption, which both sides, the bank and any screen compute alike."""

from tallychain.contracts.vouchers.financing.terms import PriceNotPossible, priced
from tallychain.contracts.vouchers.redeeming.contents import RedemptionContent


def redeemed_at(face: int, maturity: str, *, rate: int, value_date: str) -> RedemptionContent:
    """
    574,999.99 from 2026-06-01 to 2026-09-14 are 105 days: at 3.00 % 5,031.25 of discount, 569,968.74 paid.

    Raises `PriceNotPossible`.
    """
    price = priced(face, maturity, rate=rate, fees=0, value_date=value_date)
    return RedemptionContent(
        rate=rate, value_date=value_date, days=price.days, discount=price.interest, net=price.net
    )


def is_true(content: RedemptionContent, face: int, maturity: str) -> bool:
    """Whether the figures follow from rate and days, so that what is paid and the discount are the face (I15, I18)."""
    try:
        return content == redeemed_at(face, maturity, rate=content.rate, value_date=content.value_date)
    except PriceNotPossible:
        return False
