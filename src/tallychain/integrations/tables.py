"""Tables as other software exports them: CSV with commas, semicolons or tabs in UTF-8 or GBK, or the first sheet of a spreadsheet, as rows of text."""

import csv
from collections.abc import Iterator
from io import StringIO
from typing import Final

from tallychain.integrations import spreadsheet
from tallychain.integrations.refused import InputRefused

MAX_BYTES: Final = 4 * 1024 * 1024
MAX_COLUMNS: Final = 100
BOM: Final = b"\xef\xbb\xbf"
"""The mark by which spreadsheets know UTF-8."""
_BEGINS_A_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class TableRefused(InputRefused):
    """The table as a whole cannot be read.

    Codes: ``TABLE_TOO_LARGE``, ``TABLE_ENCODING_UNKNOWN``, ``TABLE_EMPTY``, ``TABLE_NOT_CSV``,
    ``TABLE_LAYOUT_UNKNOWN``.
    """


def safe(text: str) -> str:
    """A text that no spreadsheet takes for a formula: what begins like one has an apostrophe before it."""
    return f"'{text}" if text.startswith(_BEGINS_A_FORMULA) else text


def as_csv(heads: list[str], rows: list[list[str]]) -> bytes:
    """A table in UTF-8 with every cell as safe text."""
    made = StringIO(newline="")
    writer = csv.writer(made)
    writer.writerow([safe(text) for text in heads])
    writer.writerows([safe(text) for text in row] for row in rows)
    return BOM + made.getvalue().encode()


def table(content: bytes) -> tuple[str, Iterator[tuple[int, list[str]]]]:
    """Encoding, and line number with trimmed cells of each row, the header first.  Raises ``TableRefused`` or ``SpreadsheetRefused``."""
    if len(content) > MAX_BYTES:
        raise TableRefused("TABLE_TOO_LARGE", f"A table has at most {MAX_BYTES // 1024 // 1024} MiB.")
    if spreadsheet.is_spreadsheet(content):
        return "XLSX", spreadsheet.rows(content, MAX_COLUMNS)
    encoding, text = _decode(content)
    return encoding, _rows(text)


def _decode(content: bytes) -> tuple[str, str]:
    # UTF-8 first: almost no text in GBK is valid UTF-8, while nearly everything is valid GB 18030.
    for encoding, name in (("utf-8-sig", "UTF-8"), ("gb18030", "GBK")):
        try:
            return name, content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise TableRefused("TABLE_ENCODING_UNKNOWN", "The table is neither UTF-8 nor GBK text.")


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Line number and trimmed cells of each row."""
    if not text.strip():
        raise TableRefused("TABLE_EMPTY", "The table is empty.")
    first_line, _, _ = text.partition("\n")
    delimiter = max(",\t;", key=first_line.count)
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            if len(cells) > MAX_COLUMNS:
                raise TableRefused("TABLE_TOO_LARGE", f"A table has at most {MAX_COLUMNS} columns.")
            yield reader.line_num, [cell.strip() for cell in cells]
    except csv.Error:
        sentence = f"The table is not well-formed CSV near line {reader.line_num}."
        raise TableRefused("TABLE_NOT_CSV", sentence) from None
