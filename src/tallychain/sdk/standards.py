"""Standards of funders as a holder and an issuer look at them: units, taken from rows, held against every standard in force."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from msgspec import Struct

from tallychain.contracts.risk.standards.matching import NO_GRADE, UNKNOWN, Facts, evaluated
from tallychain.contracts.risk.standards.operations import Publish
from tallychain.instruments.calendar import DateUnreadable, parse_date
from tallychain.instruments.errors import InstrumentError
from tallychain.instruments.interest import days_between
from tallychain.ledger import codec

Row = Mapping[str, Any]

FIRST_LAYER: Final = 1


class Missing(Struct, frozen=True):
    """One thing in which units do not meet a standard."""

    code: str
    sentence_en: str
    sentence_zh: str


class FundingOffer(Struct, frozen=True):
    """How units stand to one standard.  Nothing of it binds; a quote does."""

    standard: str
    funder: str
    number: int
    name: str
    is_met: bool
    """Whether this funder would finance, as far as public facts say."""
    missing: list[Missing]
    rate: int
    """Indicative, a year, in parts per million; -1 where the standard has no price for these units."""
    advanced: int
    """Fen."""
    interest: int
    fees: int
    net: int
    """What the seller would get, in fen."""
    all_in: int
    """Interest and fees as a rate a year of what is advanced, in parts per million."""
    categories: list[str]
    """Product categories that the invoices have to show; none for all."""
    papers: list[str]
    fields: list[str]
    answer_hours: int


def facts_of(
    *,
    issuer: str,
    face: int,
    days: int,
    layer: int,
    form: str,
    recourse: bool,
    has_missed: bool,
    record: Row | None,
) -> Facts:
    """What is public about units; `record` is the newest row of `disclosures` of the issuer, None where no month is closed."""
    known = record is not None and not record["held_back"]
    return Facts(
        issuer=issuer,
        face=face,
        days=days,
        layer=layer,
        form=form,
        recourse=recourse,
        has_missed=has_missed,
        on_time_bp=int(record["on_time_bp"]) if record is not None and known else UNKNOWN,
        overdue_balance=0 if record is None else int(record["overdue_balance"]),
        scale=str(record["scale"]) if record is not None and known else "",
        grade=(str(record["grade"]) or NO_GRADE) if record is not None else NO_GRADE,
    )


def days_to(maturity: str, today: str) -> int:
    """Days from today to a maturity; 0 where it has come or has no day yet."""
    try:
        return days_between(parse_date(today), parse_date(maturity))
    except (DateUnreadable, InstrumentError):
        return 0


def held_against(standards: Iterable[Row], facts: Facts) -> list[FundingOffer]:
    """Units held against rows of `standards`: those that are met first, of them the one that leaves the seller most."""
    return sorted((_offer(row, facts) for row in standards), key=_order)


def _offer(row: Row, facts: Facts) -> FundingOffer:
    terms = codec.decode(Publish, str(row["terms"]).encode())
    answer = evaluated(terms, facts)
    found = answer.indication
    return FundingOffer(
        standard=str(row["standard"]),
        funder=str(row["funder"]),
        number=int(row["number"]),
        name=str(row["name"]),
        is_met=answer.is_met,
        missing=[Missing(miss.code, miss.sentence(), miss.sentence("zh")) for miss in answer.misses],
        rate=-1 if found is None else found.rate,
        advanced=0 if found is None else found.advanced,
        interest=0 if found is None else found.interest,
        fees=0 if found is None else found.fees,
        net=0 if found is None else found.net,
        all_in=0 if found is None else found.all_in,
        categories=list(terms.categories),
        papers=list(terms.papers),
        fields=list(terms.fields),
        answer_hours=terms.answer_hours,
    )


def _order(offer: FundingOffer) -> tuple[bool, int, int, int, str, int]:
    return not offer.is_met, len(offer.missing), -offer.net, offer.all_in, offer.funder, offer.number
