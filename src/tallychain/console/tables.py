"""Tables as files: the rows of a view as CSV or as a spreadsheet, page by page and within a bound, with nothing that a spreadsheet would run."""

import asyncio
import csv
import re
from collections.abc import AsyncIterator, Callable, Sequence
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Final

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from tallychain.console.desk import Row
from tallychain.console.shown import instant
from tallychain.console.visits import Visit
from tallychain.integrations.tables import safe
from tallychain.ledger.views import Column, View

ROWS_MAX: Final = 50_000
"""Rows of one file; what is beyond is fetched with narrower filters."""
CSV: Final = "csv"
XLSX: Final = "xlsx"
MEDIA: Final = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_NOT_IN_XML: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_CELL: Final = 32_000
"""Characters of one cell; a spreadsheet takes 32,767."""
_CHUNK: Final = 65_536
_BOM: Final = b"\xef\xbb\xbf"

Pages = AsyncIterator[Sequence[Row]]


class UnknownColumn(Exception):
    """A filter that the view does not know; the text is its name."""


def view_of(visit: Visit, name: str) -> View | None:
    """A declared view."""
    views = (view for contract in visit.gateway.catalogue.contracts for view in contract.views)
    return next((view for view in views if view.name == name), None)


def filters_of(view: View, visit: Visit) -> dict[str, str]:
    """The filters of the address that are columns of the view; empty ones are none."""
    names = {column.name for column in view.columns}
    return {name: text for name, text in visit.query.items() if name in names and text}


async def pages_of(visit: Visit, view: View) -> Pages:
    """The rows that the filters of the address ask for, page by page, as long as there are fewer than the bound."""
    filters, cursor, seen = filters_of(view, visit), "", 0
    while seen < ROWS_MAX:
        query = {**filters, "limit": str(min(500, ROWS_MAX - seen))}
        found = await visit.desk.page(view.name, {**query, "cursor": cursor} if cursor else query)
        seen += len(found["rows"])
        yield found["rows"]
        cursor = found["cursor"]
        if not cursor:
            return


def heads(visit: Visit, view: View) -> list[str]:
    """The titles of the columns of a view in the visitor's language, amounts with their unit."""
    return heads_of(visit, view.answered)


def heads_of(visit: Visit, columns: Sequence[Column]) -> list[str]:
    """The titles of columns in the visitor's language, amounts with their unit."""
    unit = visit.words("yuan")
    titles = [visit.words.either(column.title.en, column.title.zh) for column in columns]
    return [
        f"{title} ({unit})" if column.kind == "amount" else title
        for column, title in zip(columns, titles, strict=True)
    ]


def cell(column: Column, value: object) -> str:
    """One value as text: amounts in yuan without separators, times as local instants."""
    if column.kind == "amount":
        number = int(str(value or 0))
        return f"{number // 100}.{number % 100:02d}"
    if column.kind == "time":
        return instant(value) if value else ""
    return "" if value is None else str(value)


async def as_csv(titles: list[str], columns: Sequence[Column], pages: Pages) -> AsyncIterator[bytes]:
    """A CSV file in UTF-8 with the mark by which spreadsheets know it."""
    yield _BOM + _lines([[safe(title) for title in titles]])
    async for rows in pages:
        if rows:
            yield _lines([[_safe_cell(column, row.get(column.name)) for column in columns] for row in rows])


async def as_xlsx(titles: list[str], columns: Sequence[Column], pages: Pages) -> AsyncIterator[bytes]:
    """A spreadsheet in which amounts are numbers and everything else is text, never a formula."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("tallychain")
    sheet.freeze_panes = "A2"
    sheet.append([_bold(sheet, title) for title in titles])
    async for rows in pages:
        for row in rows:
            sheet.append([_typed(sheet, column, row.get(column.name)) for column in columns])
        await asyncio.sleep(0)
    made = BytesIO()
    await asyncio.to_thread(book.save, made)
    content = made.getbuffer()
    for start in range(0, len(content), _CHUNK):
        yield bytes(content[start : start + _CHUNK])


FORMS: Final[dict[str, Callable[[list[str], Sequence[Column], Pages], AsyncIterator[bytes]]]] = {
    CSV: as_csv,
    XLSX: as_xlsx,
}


def _safe_cell(column: Column, value: object) -> str:
    text = cell(column, value)
    return text if column.kind in ("amount", "integer", "flag") else safe(text)


def _lines(rows: list[list[str]]) -> bytes:
    out = StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode("utf-8", errors="replace")


def _typed(sheet: object, column: Column, value: object) -> WriteOnlyCell:
    text = _NOT_IN_XML.sub("", cell(column, value))[:_CELL]
    made = WriteOnlyCell(sheet, value=None)
    if column.kind == "amount":
        made.value = Decimal(int(str(value or 0))).scaleb(-2)
        made.number_format = "#,##0.00"
        return made
    made.value = text
    made.data_type = "s"
    return made


def _bold(sheet: object, title: str) -> WriteOnlyCell:
    made = WriteOnlyCell(sheet, value=title)
    made.data_type = "s"
    made.font = Font(bold=True)
    return made
