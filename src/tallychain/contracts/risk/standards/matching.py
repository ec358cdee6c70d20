"""
Who would finance units, at what indicative price, and what is missing: every gateway computes it alike from public facts.

Nothing here refuses anything.  A seller may ask whom it likes; a standard says beforehand what the answer would rest on.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tallychain.contracts.risk.standards.operations import WHOLE, Publish
from tallychain.instruments.errors import InstrumentError
from tallychain.instruments.interest import DayCount, interest
from tallychain.instruments.money import Fen, Ppm, format_amount
from tallychain.ledger.contract import Words

UNKNOWN: Final = -1
NO_GRADE: Final = "NONE"
RECOURSE: Final = {"WITH": True, "WITHOUT": False}

MISSES: Final = {
    "ISSUER_EXCLUDED": Words("The funder takes nothing of {issuer}.", "该资金方不接受 {issuer} 开立的凭证。"),
    "ISSUER_NOT_ACCEPTED": Words(
        "{issuer} is not among the issuers that the funder takes.", "{issuer} 不在该资金方接受的开立方之列。"
    ),
    "ISSUER_MISSED_PAYMENT": Words(
        "{issuer} has missed a payment that is not made yet.", "{issuer} 存在尚未清偿的到期未付款项。"
    ),
    "FORM_NOT_FINANCED": Words(
        "The funder does not finance by {form}.", "该资金方不办理 {form} 方式的融资。"
    ),
    "RECOURSE_NOT_AS_WANTED": Words(
        "The funder finances {wanted} recourse only.", "该资金方仅办理追索权为 {wanted} 的融资。"
    ),
    "FACE_TOO_SMALL": Words(
        "The face is {face}; the funder finances from {least} on.",
        "金额为 {face}，低于该资金方的下限 {least}。",
    ),
    "FACE_TOO_LARGE": Words(
        "The face is {face}; the funder finances up to {most}.", "金额为 {face}，高于该资金方的上限 {most}。"
    ),
    "TERM_TOO_SHORT": Words(
        "There are {days} days to maturity; the funder finances from {least} on.",
        "距到期 {days} 天，短于该资金方的下限 {least} 天。",
    ),
    "TERM_TOO_LONG": Words(
        "There are {days} days to maturity; the funder finances up to {most}.",
        "距到期 {days} 天，长于该资金方的上限 {most} 天。",
    ),
    "LAYER_TOO_DEEP": Words(
        "The units are in layer {layer}; the funder takes up to {most}.",
        "份额处于第 {layer} 层，超过该资金方的上限 {most} 层。",
    ),
    "GRADE_NOT_TAKEN": Words(
        "The issuer's grade is {grade}; the funder has no price for it.",
        "开立方等级为 {grade}，该资金方未对此报价。",
    ),
    "ON_TIME_TOO_LOW": Words(
        "The issuer pays {rate} on time; the funder wants {least}.",
        "开立方按时付款率为 {rate}，低于该资金方要求的 {least}。",
    ),
    "ON_TIME_NOT_KNOWN": Words(
        "No on-time rate of the issuer is disclosed; the funder wants {least}.",
        "开立方按时付款率未披露，该资金方要求不低于 {least}。",
    ),
    "OVERDUE_TOO_HIGH": Words(
        "The issuer has {overdue} overdue; the funder takes up to {most}.",
        "开立方逾期余额为 {overdue}，高于该资金方的上限 {most}。",
    ),
    "SCALE_NOT_TAKEN": Words(
        "The issuer's scale band is {scale}, which the funder does not take.",
        "开立方规模档位为 {scale}，该资金方不接受。",
    ),
    "NOTHING_LEFT": Words(
        "Interest and fees would leave the seller nothing.", "扣除利息和费用后，卖方无净额可得。"
    ),
}
"""What a holding may miss of a standard: a code that never changes, and its sentence in both languages."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is public about units that money is asked for, and about their issuer."""

    issuer: str
    face: int
    """In fen."""
    days: int
    """From the value date to the effective maturity."""
    layer: int
    form: str
    recourse: bool
    has_missed: bool
    """Whether the issuer has missed a payment that is not made."""
    on_time_bp: int = UNKNOWN
    overdue_balance: int = 0
    scale: str = ""
    grade: str = NO_GRADE


@dataclass(frozen=True, slots=True)
class Miss:
    """One thing in which units do not meet a standard."""

    code: str
    figures: tuple[tuple[str, str], ...]

    def sentence(self, language: str = "en") -> str:
        """What is missing, in `en` or `zh`."""
        words = MISSES[self.code]
        return (words.zh if language == "zh" else words.en).format(**dict(self.figures))


@dataclass(frozen=True, slots=True)
class Indication:
    """What a standard's price makes of units; only a quote binds."""

    rate: int
    """A year, in parts per million."""
    advanced: int
    """The part of the face that is advanced, in fen, rounded down."""
    interest: int
    """On what is advanced, actual days of 360, rounded half up once."""
    fees: int
    net: int
    """What the seller would get."""
    all_in: int
    """Interest and fees as a rate a year of what is advanced, in parts per million, rounded half up once."""


@dataclass(frozen=True, slots=True)
class Answer:
    """How units stand to one standard."""

    misses: tuple[Miss, ...]
    indication: Indication | None
    """None where the grade or the term has no price, or nothing would be left."""

    @property
    def is_met(self) -> bool:
        """Whether this funder would finance, as far as public facts say."""
        return not self.misses


def evaluated(terms: Publish, facts: Facts) -> Answer:
    """
    How units stand to a standard, from public facts alone.

    1,000,000.00 for 180 days at 3.80 %, advanced to 90 % with fees of 200.00: 17,100.00 of interest, 882,700.00 net, 3.8444 % all in.
    """
    misses = list(_misses(terms, facts))
    rate = _rate(terms, facts)
    if rate is None:
        return Answer(tuple(misses), None)
    indication = _indicated(terms, facts, rate)
    if indication is None:
        misses.append(Miss("NOTHING_LEFT", ()))
    return Answer(tuple(misses), indication)


def _misses(terms: Publish, facts: Facts) -> Iterator[Miss]:
    yield from _of_issuer(terms, facts)
    yield from _of_units(terms, facts)
    yield from _of_record(terms, facts)


def _of_issuer(terms: Publish, facts: Facts) -> Iterator[Miss]:
    issuer = ("issuer", facts.issuer)
    if facts.issuer in terms.excluded:
        yield Miss("ISSUER_EXCLUDED", (issuer,))
    elif terms.issuers and facts.issuer not in terms.issuers:
        yield Miss("ISSUER_NOT_ACCEPTED", (issuer,))
    if facts.has_missed:
        yield Miss("ISSUER_MISSED_PAYMENT", (issuer,))


def _of_units(terms: Publish, facts: Facts) -> Iterator[Miss]:
    if facts.form not in terms.forms:
        yield Miss("FORM_NOT_FINANCED", (("form", facts.form),))
    if RECOURSE.get(terms.recourse, facts.recourse) != facts.recourse:
        yield Miss("RECOURSE_NOT_AS_WANTED", (("wanted", terms.recourse),))
    face = ("face", _money(facts.face))
    if facts.face < terms.face_min:
        yield Miss("FACE_TOO_SMALL", (face, ("least", _money(terms.face_min))))
    if facts.face > terms.face_max:
        yield Miss("FACE_TOO_LARGE", (face, ("most", _money(terms.face_max))))
    days = ("days", str(facts.days))
    if facts.days < terms.days_min:
        yield Miss("TERM_TOO_SHORT", (days, ("least", str(terms.days_min))))
    if facts.days > terms.days_max:
        yield Miss("TERM_TOO_LONG", (days, ("most", str(terms.days_max))))
    if facts.layer > terms.layers_max:
        yield Miss("LAYER_TOO_DEEP", (("layer", str(facts.layer)), ("most", str(terms.layers_max))))


def _of_record(terms: Publish, facts: Facts) -> Iterator[Miss]:
    if all(row.grade != facts.grade for row in terms.grid):
        yield Miss("GRADE_NOT_TAKEN", (("grade", facts.grade),))
    least = ("least", _percent(terms.on_time_bp_min))
    if facts.on_time_bp == UNKNOWN and terms.on_time_bp_min:
        yield Miss("ON_TIME_NOT_KNOWN", (least,))
    elif UNKNOWN != facts.on_time_bp < terms.on_time_bp_min:
        yield Miss("ON_TIME_TOO_LOW", (("rate", _percent(facts.on_time_bp)), least))
    if facts.overdue_balance > terms.overdue_max:
        figures = (("overdue", _money(facts.overdue_balance)), ("most", _money(terms.overdue_max)))
        yield Miss("OVERDUE_TOO_HIGH", figures)
    if terms.scales and facts.scale not in terms.scales:
        yield Miss("SCALE_NOT_TAKEN", (("scale", facts.scale or "NONE"),))


def _rate(terms: Publish, facts: Facts) -> int | None:
    return next(
        (
            row.rate
            for row in terms.grid
            if row.grade == facts.grade and row.days_from <= facts.days <= row.days_until
        ),
        None,
    )


def _indicated(terms: Publish, facts: Facts, rate: int) -> Indication | None:
    advanced = facts.face * terms.advance // WHOLE
    try:
        charged = interest(Fen(advanced), Ppm(rate), facts.days)
    except InstrumentError:
        return None
    cost = charged + terms.fees
    if advanced - cost < 1:
        return None
    whole = advanced * facts.days
    all_in = (2 * cost * DayCount.ACT_360.days_of_year * WHOLE + whole) // (2 * whole)
    return Indication(rate, advanced, charged, terms.fees, advanced - cost, all_in)


def _money(fen: int) -> str:
    return format_amount(fen)


def _percent(basis_points: int) -> str:
    return f"{basis_points // 100}.{basis_points % 100:02d} %"
