"""What is said beside the base figures, where enough others have a part in it: rates, bands, score and grade."""

from typing import Final

from tallychain.contracts.disclosure.months import MONTHS_OF_A_YEAR, within
from tallychain.contracts.disclosure.policies import Figures
from tallychain.contracts.disclosure.state import FUNDER, SPONSOR, Contributor, Further, MonthFacts, Record

WHOLE_BP: Final = 10_000
FEN_OF_A_YUAN: Final = 100
MILLION_YUAN: Final = 100_000_000
"""In fen."""

SCALES: Final = (
    (50 * MILLION_YUAN, "UNDER_50M"),
    (200 * MILLION_YUAN, "50M_TO_200M"),
    (1_000 * MILLION_YUAN, "200M_TO_1BN"),
    (5_000 * MILLION_YUAN, "1BN_TO_5BN"),
)
"""Bands of supply-chain study 5.3, of what was accepted in twelve months: below the amount, its band."""
LARGEST: Final = "OVER_5BN"
NUMBERS: Final = ((5, "UNDER_5"), (10, "5_TO_9"), (20, "10_TO_19"), (50, "20_TO_49"))
MANY: Final = "50_OR_MORE"

UNKNOWN: Final = -1
WORST: Final = "D"


def further(
    record: Record,
    persistent_since: str,
    year: list[MonthFacts],
    contributors: list[Contributor],
    figures: Figures,
) -> Further | None:
    """The further figures of a month, or None where fewer members than the policy demands have a part in them."""
    sponsors = _number(contributors, SPONSOR, record.month)
    funders = _number(contributors, FUNDER, record.month)
    if sponsors < figures.sponsors_min or funders < figures.funders_min:
        return None
    in_time = sum(row.in_time for row in year)
    due = in_time + sum(row.missed for row in year)
    on_time_bp = WHOLE_BP * in_time // due if due else UNKNOWN
    accepted = sum(row.accepted for row in year)
    yuan = accepted // FEN_OF_A_YUAN
    term_days = sum(row.yuan_days for row in year) // yuan if yuan else 0
    score = _score(record, on_time_bp, term_days, figures)
    return Further(
        on_time_bp=on_time_bp,
        term_days=term_days,
        scale=_band(accepted, SCALES, LARGEST),
        sponsors=_band(sponsors, NUMBERS, MANY),
        funders=_band(funders, NUMBERS, MANY),
        score=score,
        grade=_grade(score, figures, stopped=bool(record.overdue_balance or persistent_since)),
    )


def _number(contributors: list[Contributor], kind: str, month: str) -> int:
    return sum(
        any(within(one, month, MONTHS_OF_A_YEAR) for one in row.months)
        for row in contributors
        if row.kind == kind
    )


def _band(value: int, bands: tuple[tuple[int, str], ...], largest: str) -> str:
    return next((name for below, name in bands if value < below), largest)


def _score(record: Record, on_time_bp: int, term_days: int, figures: Figures) -> int:
    """Each part rounded down, so that no score flatters."""
    if not figures.grades or on_time_bp == UNKNOWN:
        return UNKNOWN
    limit = figures.persistent_events
    calm = max(0, limit - record.overdue_events)
    short = max(0, figures.term_days_max - term_days)
    return (
        figures.weight_on_time * on_time_bp // WHOLE_BP
        + (0 if record.overdue_balance else figures.weight_balance)
        + figures.weight_events * calm // limit
        + figures.weight_term * short // figures.term_days_max
    )


def _grade(score: int, figures: Figures, *, stopped: bool) -> str:
    """Hard stops first: whoever has something overdue, or is persistently so, is D whatever the score (supply-chain study 5.2)."""
    if score == UNKNOWN:
        return ""
    if stopped:
        return WORST
    steps = ((figures.grade_a, "A"), (figures.grade_b, "B"), (figures.grade_c, "C"))
    return next((name for least, name in steps if score >= least), WORST)
