"""The arithmetic of a recourse claim, which both sides, the bank and any screen compute alike."""

from tallychain.contracts.vouchers.recoursing.contents import RecourseContent
from tallychain.instruments.calendar import DateUnreadable, parse_date
from tallychain.instruments.errors import InstrumentError
from tallychain.instruments.interest import days_between

PPM_WHOLE = 1_000_000


class ClaimNotPossible(Exception):
    """A day that does not exist or lies before the maturity, or nothing to claim."""


def claimable(unpaid: int, maturity: str, *, until: str, late_ppm_per_day: int) -> RecourseContent:
    """
    The most that a funder may claim: what is unpaid of the face, and late interest on it until a day.

    120,000.00 unpaid since 2026-09-14, claimed until 2026-09-24: ten days at 0.05 % are 600.00, together 120,600.00.  The face is what the
    funder has paid and its interest to the maturity, so nothing is counted twice.  Raises `ClaimNotPossible`.
    """
    try:
        days = days_between(parse_date(maturity), parse_date(until))
    except (DateUnreadable, InstrumentError) as wrong:
        raise ClaimNotPossible(str(wrong)) from None
    if unpaid < 1:
        raise ClaimNotPossible("Nothing is unpaid.")
    interest = (2 * unpaid * late_ppm_per_day * days + PPM_WHOLE) // (2 * PPM_WHOLE)
    return RecourseContent(
        principal=unpaid, until=until, days=days, interest=interest, amount=unpaid + interest
    )


def is_within(content: RecourseContent, unpaid: int, maturity: str, late_ppm_per_day: int) -> bool:
    """Whether a claim asks for no more than it may, and its figures add up."""
    try:
        most = claimable(content.principal, maturity, until=content.until, late_ppm_per_day=late_ppm_per_day)
    except ClaimNotPossible:
        return False
    figures = content.days == most.days and content.amount == content.principal + content.interest
    return figures and content.principal <= unpaid and content.interest <= most.interest
