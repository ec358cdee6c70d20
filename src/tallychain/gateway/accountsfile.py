"""The accounts of holders, in a file that the member's own systems keep: to which account a client is paid at maturity.

A CSV file in UTF-8 with the columns uscc, name, bank, bank_code, account, one row a holder.  It is read whole or not at all: a row that is not
valid, or a holder who stands there twice, could mean a wrong account for another row too.
"""

import csv
import io
import os
import re
import stat
from pathlib import Path
from typing import Final

import msgspec

from tallychain.contracts.vouchers.settling.contents import PayeeContent

COLUMNS: Final = ("uscc", "name", "bank", "bank_code", "account")
MOST_BYTES: Final = 4 * 1024 * 1024
_USCC: Final = re.compile(r"[0-9A-Z]{18}")
_BANK_CODE: Final = re.compile(r"[0-9]{12}")


class AccountsRefused(Exception):
    """The file cannot be used; the text is one sentence without any value of it."""


def read_accounts(path: Path) -> dict[str, PayeeContent]:
    """The accounts by unified social credit code; raises `AccountsRefused`."""
    try:
        text = _content(path).decode("utf-8-sig")
    except OSError as error:
        raise AccountsRefused(f"The file of accounts cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise AccountsRefused("The file of accounts is not in UTF-8.") from None
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    found: dict[str, PayeeContent] = {}
    try:
        if tuple(next(rows, ())) != COLUMNS:
            raise AccountsRefused(f"The file of accounts begins with the columns {','.join(COLUMNS)}.")
        for row in rows:
            if row:
                _take(row, rows.line_num, found)
    except csv.Error:
        raise AccountsRefused(f"Line {rows.line_num} of the file of accounts is no row of a table.") from None
    return found


def _content(path: Path) -> bytes:
    # Mode and content of one open file; without blocking, so that a pipe is refused and not waited for.
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as file:
        about = os.fstat(file.fileno())
        if not stat.S_ISREG(about.st_mode) or about.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise AccountsRefused("The file of accounts must be a regular file with mode 0600.")
        if about.st_size > MOST_BYTES:
            raise AccountsRefused(f"The file of accounts is longer than {MOST_BYTES} bytes.")
        return file.read(MOST_BYTES)


def _take(row: list[str], line: int, found: dict[str, PayeeContent]) -> None:
    values = dict(zip(COLUMNS, (cell.strip() for cell in row), strict=False))
    if len(row) != len(COLUMNS) or not _USCC.fullmatch(values["uscc"]):
        raise AccountsRefused(f"Line {line} of the file of accounts names no holder by its 18 characters.")
    if not _BANK_CODE.fullmatch(values["bank_code"]):
        raise AccountsRefused(f"Line {line} of the file of accounts has a bank code that is not 12 digits.")
    if values["uscc"] in found:
        raise AccountsRefused(f"Line {line} of the file of accounts names a holder for the second time.")
    try:
        found[values["uscc"]] = msgspec.convert(values, PayeeContent)
    except msgspec.ValidationError:
        raise AccountsRefused(
            f"Line {line} of the file of accounts holds a field that is not valid."
        ) from None
