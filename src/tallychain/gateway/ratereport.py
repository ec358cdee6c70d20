"""
What rates a funder agreed on, against the grades that its issuers had at the time: from its own financings and the public records, for its own staff alone.

Rates are sealed for the seller and the funder, so nobody but the two can make this report, and nothing of it leaves the gateway.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from tallychain.contracts.disclosure.months import month_of, shifted
from tallychain.contracts.vouchers.financing.state import BINDING, CHOSEN, COMPLETED
from tallychain.gateway.accounts import HOUSE
from tallychain.gateway.publicfacts import all_rows
from tallychain.gateway.readmodel_port import AsOf, ReadModel
from tallychain.sdk.quotes import Compared

COUNTED: Final = (*BINDING, COMPLETED)
"""From the award on; what failed was never financed."""
HELD_BACK: Final = "HELD_BACK"
NO_GRADE: Final = "NO_GRADE"
NO_RECORD: Final = "NO_RECORD"
UNGRADED: Final = (NO_GRADE, HELD_BACK, NO_RECORD)
"""Stand in the place of a grade: no weights are voted, few others have a part, no month was closed yet."""
MONTHS_USUAL: Final = 24
MONTHS_MOST: Final = 60
ROWS_MOST: Final = 5_000
_PAGE: Final = 500
_PAGES_MOST: Final = 100

Row = dict[str, Any]


class RateRow(Struct, frozen=True):
    """One financing: what was agreed, and what was known of its issuer then."""

    financing: str
    voucher: str
    issuer: str
    awarded_at: int
    month: str
    form: str
    recourse: bool
    face: int
    days: int
    rate: int
    """A year, in parts per million."""
    all_in: int
    """With fees, of the face."""
    grade: str
    """Of the newest record that was closed before the award, or one of `UNGRADED`."""
    record: str
    """The month of that record; empty where there was none."""


class RateSum(Struct, frozen=True):
    """Financings of one grade, in one month or in all."""

    month: str
    """Empty where all months are counted."""
    grade: str
    number: int
    face: int
    days: int
    """On average, weighted by face, rounded down."""
    rate: int
    """On average, weighted by face and days, rounded half up once; `all_in` likewise."""
    all_in: int
    lowest: int
    """All-in, of one financing."""
    highest: int


class RateReport(Struct, frozen=True):
    """Rates against grades over months."""

    since: str
    until: str
    by_grade: list[RateSum]
    by_month: list[RateSum]
    """The newest month first."""
    financings: list[RateRow]
    """The newest first."""
    unread: int
    """Financings whose quote this gateway cannot read; they are in no figure."""
    is_whole: bool
    """Whether these are all of the months that were asked for."""
    as_of: AsOf


async def rate_report(
    read_model: ReadModel, member: str, now_ms: int, *, months: int, issuer: str = ""
) -> RateReport:
    """The report of one member over the last months, this one counted; of one issuer where it is named."""
    as_of = await read_model.as_of()
    until = month_of(now_ms)
    since = shifted(until, 1 - months)
    found, has_all = await _all(read_model, "financings", {"funder": member}, ())
    counted = [
        row
        for row in found
        if row["status"] in COUNTED
        and row["awarded_at"]
        and since <= month_of(int(row["awarded_at"])) <= until
    ]
    terms, has_terms = await _all(read_model, "quote_terms", {"funder": member}, (HOUSE,))
    said = {str(row["financing"]): row for row in terms}
    known = _Known(read_model)
    rows: list[RateRow] = []
    unread, seen = 0, 0
    for row in sorted(counted, key=lambda one: (-int(one["awarded_at"]), str(one["financing"]))):
        of = await known.issuer(row)
        if issuer not in ("", of):
            continue
        seen += 1
        if seen > ROWS_MOST:
            break
        quote = _quoted(row, said.get(str(row["financing"])), member)
        if quote is None:
            unread += 1
        else:
            rows.append(_row(row, of, quote, await known.records(of)))
    return RateReport(
        since=since,
        until=until,
        by_grade=summed(rows, lambda _: ""),
        by_month=summed(rows, lambda row: row.month),
        financings=rows,
        unread=unread,
        is_whole=has_all and has_terms and seen <= ROWS_MOST,
        as_of=as_of,
    )


def grade_at(records: Iterable[Mapping[str, Any]], time_ms: int) -> tuple[str, str]:
    """What was known of an issuer at a moment: the grade, or why there was none, and the month of the record."""
    closed = [row for row in records if int(row["closed_at"]) <= time_ms]
    if not closed:
        return NO_RECORD, ""
    newest = max(closed, key=lambda row: str(row["month"]))
    grade = HELD_BACK if newest["held_back"] else str(newest["grade"]) or NO_GRADE
    return grade, str(newest["month"])


def summed(rows: Sequence[RateRow], of: Callable[[RateRow], str]) -> list[RateSum]:
    """Sums by month, the newest first, and by grade, the best first and those without one last."""
    groups: dict[tuple[str, str], list[RateRow]] = {}
    for row in rows:
        groups.setdefault((of(row), row.grade), []).append(row)
    made = [_sum(month, grade, group) for (month, grade), group in groups.items()]
    made.sort(key=lambda one: rank(one.grade))
    made.sort(key=lambda one: one.month, reverse=True)
    return made


def rank(grade: str) -> tuple[bool, int, str]:
    """The order of grades: the best first, and what stands in their place last."""
    return grade in UNGRADED, UNGRADED.index(grade) if grade in UNGRADED else 0, grade


def _sum(month: str, grade: str, rows: Sequence[RateRow]) -> RateSum:
    face = sum(row.face for row in rows)
    weights = [row.face * row.days for row in rows]
    return RateSum(
        month=month,
        grade=grade,
        number=len(rows),
        face=face,
        days=sum(weights) // face,
        rate=_average([row.rate for row in rows], weights),
        all_in=_average([row.all_in for row in rows], weights),
        lowest=min(row.all_in for row in rows),
        highest=max(row.all_in for row in rows),
    )


def _average(values: Sequence[int], weights: Sequence[int]) -> int:
    whole = sum(weights)
    return (2 * sum(value * weight for value, weight in zip(values, weights, strict=True)) + whole) // (
        2 * whole
    )


def _quoted(row: Row, said: Row | None, member: str) -> Compared | None:
    """The chosen quote, where it can be read and its figures follow from each other."""
    of = {"funder": member, "state": CHOSEN, "commitment": row["quote"], "paying_bank": row["paying_bank"]}
    quote = Compared.of(row, of, said)
    return quote if quote.is_true else None


def _row(row: Row, issuer: str, quote: Compared, records: Sequence[Row]) -> RateRow:
    awarded = int(row["awarded_at"])
    grade, record = grade_at(records, awarded)
    content = quote.content
    if content is None:  # a quote is true only where it can be read
        raise TypeError(row["financing"])
    return RateRow(
        financing=str(row["financing"]),
        voucher=str(row["voucher"]),
        issuer=issuer,
        awarded_at=awarded,
        month=month_of(awarded),
        form=str(row["form"]),
        recourse=bool(row["recourse"]),
        face=int(row["face"]),
        days=content.days,
        rate=content.rate,
        all_in=quote.all_in,
        grade=grade,
        record=record,
    )


class _Known:
    """What is read once: whose promise a voucher is, and the records of an issuer."""

    def __init__(self, read_model: ReadModel) -> None:
        self._read_model = read_model
        self._issuers: dict[str, str] = {}
        self._records: dict[str, list[Row]] = {}

    async def issuer(self, row: Row) -> str:
        number = str(row["voucher"])
        if number not in self._issuers:
            voucher = await self._read_model.get("vouchers", [number], ()) or {}
            self._issuers[number] = str(voucher.get("issuer", ""))
        return self._issuers[number]

    async def records(self, issuer: str) -> list[Row]:
        if issuer not in self._records:
            self._records[issuer] = await all_rows(self._read_model, "disclosures", {"issuer": issuer})
        return self._records[issuer]


async def _all(
    read_model: ReadModel, view: str, filters: Mapping[str, str], seats: tuple[str, ...]
) -> tuple[list[Row], bool]:
    rows: list[Row] = []
    cursor = ""
    for _ in range(_PAGES_MOST):
        page = await read_model.list(view, filters, seats, cursor, _PAGE)
        rows += page.rows
        cursor = page.cursor
        if not cursor:
            return rows, True
    return rows, False
