"""A table that somebody will sign, read so that each cell is exactly what a person saw: nothing computed, nothing hidden, nothing guessed.

Formulas, macros, links to other files, merged cells and a second sheet are refused as a whole, because what they show is not what a reader
gets.  A number stays a number, so that a column of codes can say that leading zeros may be lost.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from io import BytesIO
from typing import Any, Final, NamedTuple
from zipfile import ZipFile

from openpyxl import load_workbook

from tallychain.integrations import spreadsheet
from tallychain.integrations.refused import InputRefused
from tallychain.integrations.tables import MAX_BYTES, TableRefused, table

MAX_LINES: Final = 5_000
"""Lines of a file, empty ones included."""
MAX_COLUMNS: Final = 40
MAX_RATIO: Final = 200
"""What one part of a spreadsheet may unpack to, by its packed size; text of a table seldom goes beyond 20."""
_RATIO_FROM: Final = 1024 * 1024
_ACTIVE: Final = re.compile(
    r"vbaproject|vbadata|externallinks/|embeddings/|activex/|ctrlprops/|connections\.xml|querytables/|macrosheets/|customui",
    re.IGNORECASE,
)
_MERGED: Final = re.compile(rb"<(?:[A-Za-z0-9]+:)?mergeCell[\s/>]")
_FORMULA: Final = re.compile(rb"<(?:[A-Za-z0-9]+:)?f[\s/>]")
_PIECE: Final = 65_536
_EXACT: Final = 10**15
"""From here on a spreadsheet's numbers have lost digits."""
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")


class Kind(Enum):
    """What a cell is."""

    EMPTY = "empty"
    TEXT = "text"
    NUMBER = "number"
    DAY = "day"
    OTHER = "other"
    """A truth value, an error, a time of day, or a number that has lost digits."""


class Cell(NamedTuple):
    """One cell: its text, trimmed, and what it is."""

    text: str
    kind: Kind


def strict_rows(content: bytes) -> Iterator[tuple[int, list[Cell]]]:
    """
    Line number and cells of each row, the header first.

    Raises ``TableRefused`` and ``SpreadsheetRefused``: ``TABLE_TOO_LARGE``, ``TABLE_ENCODING_UNKNOWN``, ``TABLE_EMPTY``, ``TABLE_NOT_CSV``,
    ``TABLE_NOT_XLSX``, ``TABLE_ACTIVE``, ``TABLE_FORMULA``, ``TABLE_MERGED``, ``TABLE_SHEETS``.
    """
    if len(content) > MAX_BYTES:
        raise TableRefused("TABLE_TOO_LARGE", f"A table has at most {MAX_BYTES // 1024 // 1024} MiB.")
    if spreadsheet.is_spreadsheet(content):
        yield from _bounded(_sheet(content))
        return
    if content.startswith(_UTF_16) or b"\x00" in content:
        raise TableRefused("TABLE_ENCODING_UNKNOWN", "The table is neither UTF-8 nor GBK text.")
    yield from _bounded((line, [_csv_cell(text) for text in cells]) for line, cells in table(content)[1])


def _bounded(rows: Iterator[tuple[int, list[Cell]]]) -> Iterator[tuple[int, list[Cell]]]:
    for line, cells in rows:
        if line > MAX_LINES:
            raise TableRefused("TABLE_TOO_LARGE", f"A table has at most {MAX_LINES:,} lines.")
        while cells and cells[-1].kind is Kind.EMPTY:
            cells.pop()
        if len(cells) > MAX_COLUMNS:
            raise TableRefused("TABLE_TOO_LARGE", f"A table has at most {MAX_COLUMNS} columns.")
        yield line, cells


def _csv_cell(text: str) -> Cell:
    return Cell(text, Kind.TEXT if text else Kind.EMPTY)


def _sheet(content: bytes) -> Iterator[tuple[int, list[Cell]]]:
    spreadsheet.check_archive(content)
    try:
        _check_parts(content)
        book = load_workbook(BytesIO(content), read_only=True, data_only=False, keep_links=False)
        try:
            if len(book.sheetnames) != 1:
                raise TableRefused("TABLE_SHEETS", "The file has more than one sheet; only one is read.")
            sheet = book.worksheets[0]
            # What the file claims of its own size is not believed: rows are read until they end.
            sheet.reset_dimensions()
            for number, row in enumerate(sheet.iter_rows(), start=1):
                yield number, [_cell(cell) for cell in row]
        finally:
            book.close()
    except InputRefused:
        raise
    except Exception:  # noqa: BLE001 - hostile bytes: the reader raises whatever its parts raise, and each means the same
        raise spreadsheet.not_one() from None


def _check_parts(content: bytes) -> None:
    with ZipFile(BytesIO(content)) as archive:
        for part in archive.infolist():
            if _ACTIVE.search(part.filename):
                raise TableRefused(
                    "TABLE_ACTIVE", "The file holds macros, links or objects; save the table alone."
                )
            if part.file_size > _RATIO_FROM and part.file_size > MAX_RATIO * max(part.compress_size, 1):
                raise TableRefused("TABLE_TOO_LARGE", "The spreadsheet would unpack to too much.")
        for part in archive.infolist():
            if "worksheets/" in part.filename.lower() and part.filename.endswith(".xml"):
                with archive.open(part) as opened:
                    _check_sheet(opened)


def _check_sheet(opened: Any) -> None:
    """Refuse merged cells and formulas of any kind, which a reader row by row might pass over."""
    before = b""
    while piece := opened.read(_PIECE):
        seen = before + piece
        if _MERGED.search(seen):
            raise TableRefused("TABLE_MERGED", "The table has merged cells; each row needs its own.")
        if _FORMULA.search(seen):
            raise TableRefused("TABLE_FORMULA", "The table has formulas; paste their values.")
        before = piece[-40:]


def _cell(cell: Any) -> Cell:
    value = cell.value
    if value is None or (isinstance(value, str) and not value.strip()):
        return Cell("", Kind.EMPTY)
    if isinstance(value, datetime):
        is_day = (value.hour, value.minute, value.second, value.microsecond) == (0, 0, 0, 0)
        return Cell(value.date().isoformat(), Kind.DAY) if is_day else Cell(str(value), Kind.OTHER)
    if isinstance(value, date):
        return Cell(value.isoformat(), Kind.DAY)
    if isinstance(value, bool) or cell.data_type == "e":
        return Cell(str(value), Kind.OTHER)
    if isinstance(value, int | float):
        return _number(value)
    return Cell(value.strip(), Kind.TEXT) if isinstance(value, str) else Cell(str(value), Kind.OTHER)


def _number(value: float) -> Cell:
    if not abs(value) < _EXACT:
        return Cell(str(value), Kind.OTHER)
    # The shortest text that means this number is what was typed, for up to fifteen digits.
    exact = Decimal(repr(value))
    text = f"{exact:f}"
    return Cell(text.rstrip("0").rstrip(".") if "." in text else text, Kind.NUMBER)
