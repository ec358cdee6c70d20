"""The first sheet of a spreadsheet as rows of text, read so that nothing in it can swell, run or reach outside.

A spreadsheet is a compressed archive of XML: what it would unpack to is summed up before anything is unpacked, and document types and
entities are refused.  Formulas are not evaluated; of a cell with one, the value that the spreadsheet last showed is taken.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime
from io import BytesIO
from typing import Final
from zipfile import ZipFile, ZipInfo

from openpyxl import load_workbook

from tallychain.integrations.refused import InputRefused

MAGIC: Final = b"PK\x03\x04"
MAX_UNPACKED: Final = 48 * 1024 * 1024
MAX_FILES: Final = 200
_DECLARES: Final = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_PIECE: Final = 65_536
_EXACT: Final = 10**15
"""From here on a spreadsheet's numbers have lost digits."""


class SpreadsheetRefused(InputRefused):
    """The file as a whole cannot be read.  Codes: ``TABLE_TOO_LARGE``, ``TABLE_NOT_XLSX``."""


def is_spreadsheet(content: bytes) -> bool:
    """Whether a file is one by its first bytes."""
    return content.startswith(MAGIC)


def rows(content: bytes, columns: int) -> Iterator[tuple[int, list[str]]]:
    """
    Number and trimmed cells of each row of the first sheet; cells beyond `columns` are refused.

    Raises ``SpreadsheetRefused``.
    """
    check_archive(content)
    try:
        book = load_workbook(BytesIO(content), read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        # What the file claims of its own size is not believed: rows are read until they end.
        sheet.reset_dimensions()
        for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
            if len(row) > columns and any(value is not None for value in row[columns:]):
                raise SpreadsheetRefused("TABLE_TOO_LARGE", f"A table has at most {columns} columns.")
            yield number, [_text(value) for value in row[:columns]]
    except InputRefused:
        raise
    except Exception:  # noqa: BLE001 - hostile bytes: the reader raises whatever its parts raise, and each means the same
        raise not_one() from None


def check_archive(content: bytes) -> None:
    """Refuse an archive that would unpack to too much, or declares a document type.  Raises ``SpreadsheetRefused``."""
    try:
        with ZipFile(BytesIO(content)) as archive:
            parts = archive.infolist()
            if len(parts) > MAX_FILES or sum(part.file_size for part in parts) > MAX_UNPACKED:
                raise SpreadsheetRefused("TABLE_TOO_LARGE", "The spreadsheet would unpack to too much.")
            for part in parts:
                if part.filename.endswith((".xml", ".rels")) and _declares(archive, part):
                    raise SpreadsheetRefused("TABLE_NOT_XLSX", "The file declares a document type.")
    except SpreadsheetRefused:
        raise
    except Exception:  # noqa: BLE001 - as above
        raise not_one() from None


def _declares(archive: ZipFile, part: ZipInfo) -> bool:
    """Whether a part declares a document type or an entity anywhere."""
    before = b""
    with archive.open(part) as opened:
        while piece := opened.read(_PIECE):
            if _DECLARES.search(before + piece):
                return True
            before = piece[-16:]
    return False


def not_one() -> SpreadsheetRefused:
    """What is said of bytes that no reader understands."""
    return SpreadsheetRefused("TABLE_NOT_XLSX", "The file is not a spreadsheet that can be read.")


def _text(value: object) -> str:
    """A cell as the text that a person saw, numbers without separators."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        if abs(value) >= _EXACT:
            return f"{value:.5E}"
        return str(int(value)) if value.is_integer() else f"{value:.10f}".rstrip("0")
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= _EXACT:
        return f"{value:.5E}"
    return str(value).strip()
