"""Payables tables as enterprise software exports them: a core enterprise's list of what it owes.

The layout is recognised by the header row, every row is read on its own, and the result says of each
row either what it means or why it was not taken, with its line number, so that a person can repair the
table and try again.  Nothing is written anywhere: it is a dry run by nature.

A cell is text and stays text.  One that a spreadsheet would take for a formula is never evaluated here;
whoever exports it again has to make it safe.

Source: overview of interfaces, files and messages; supply-chain study, section 7.2 (TradeDocument).
"""

import re
from datetime import date
from enum import Enum
from types import MappingProxyType
from typing import Final, NamedTuple

from msgspec import Struct

from tallychain.instruments.calendar import DateUnreadable, parse_date
from tallychain.instruments.errors import InstrumentError
from tallychain.instruments.money import AmountUnreadable, CurrencyUnknown, Fen, parse_amount
from tallychain.instruments.numbers import check_uscc
from tallychain.integrations.refused import quoted
from tallychain.integrations.tables import TableRefused, table

MAX_ROWS: Final = 20_000
MAX_CELL: Final = 200

#: How tables write a currency, besides its ISO 4217 code.
_CURRENCY_NAMES: Final = MappingProxyType({"RMB": "CNY", "人民币": "CNY"})
_INVOICE_NUMBER: Final = re.compile(r"[0-9]{8}|[0-9]{20}")
_DOCUMENT_NUMBER: Final = re.compile(r"[0-9A-Za-z/_.-]{1,40}")
_SCIENTIFIC: Final = re.compile(r"[0-9](?:\.[0-9]+)?[eE]\+?[0-9]{1,3}")
_DATE_WITH_MARKS: Final = re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})")
_DATE_DIGITS: Final = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")


PayablesRefused = TableRefused
"""The table as a whole cannot be read; codes as of `TableRefused`."""


class Reason(Enum):
    """Why a row was not taken."""

    ROW_SHORT = "ROW_SHORT"
    CELL_MISSING = "CELL_MISSING"
    CELL_UNREADABLE = "CELL_UNREADABLE"
    USCC_WRONG = "USCC_WRONG"
    INVOICE_NUMBER_WRONG = "INVOICE_NUMBER_WRONG"
    AMOUNT_UNREADABLE = "AMOUNT_UNREADABLE"
    AMOUNT_NOT_POSITIVE = "AMOUNT_NOT_POSITIVE"
    CURRENCY_UNKNOWN = "CURRENCY_UNKNOWN"
    DATE_UNREADABLE = "DATE_UNREADABLE"
    DUPLICATE = "DUPLICATE"


class Payable(Struct, frozen=True):
    """One amount owed to one supplier.  ``amount_fen`` is in minor units of ``currency``."""

    line: int
    document_number: str
    supplier_uscc: str
    supplier_name: str
    invoice_number: str
    amount_fen: Fen
    currency: str
    due_date: date
    po_number: str


class RejectedRow(Struct, frozen=True):
    """One row that was not taken: the line of the file where it ends, and why."""

    line: int
    reason: Reason
    sentence: str


class DryRun(Struct, frozen=True):
    """What a table says: its layout and encoding, the rows that can be used, and those that cannot."""

    layout: str
    encoding: str
    accepted: tuple[Payable, ...]
    rejected: tuple[RejectedRow, ...]


class _Layout(NamedTuple):
    """Names of the columns in one family of exports; any of the alternatives will do."""

    name: str
    document_number: tuple[str, ...]
    supplier_uscc: tuple[str, ...]
    supplier_name: tuple[str, ...]
    invoice_number: tuple[str, ...]
    amount: tuple[str, ...]
    currency: tuple[str, ...]
    due_date: tuple[str, ...]
    po_number: tuple[str, ...]


class _Columns(NamedTuple):
    """Where the needed columns stand in the rows of one table."""

    document_number: int
    supplier_uscc: int
    supplier_name: int
    invoice_number: int
    amount: int
    currency: int
    due_date: int
    po_number: int


# Technical field names, English and Chinese column heads of the usual list reports.
_LAYOUTS: Final = (
    _Layout(
        "SAP",
        document_number=("BELNR", "Document Number", "凭证编号"),
        supplier_uscc=("STCD5", "Tax Number 5", "税号 5"),
        supplier_name=("NAME1", "Name 1", "供应商描述"),
        invoice_number=("XBLNR", "Reference", "参照"),
        amount=("WRBTR", "Amount in Doc. Curr.", "凭证货币金额"),
        currency=("WAERS", "Currency", "货币"),
        due_date=("NETDT", "Net Due Date", "净到期日"),
        po_number=("EBELN", "Purchasing Document", "采购凭证"),
    ),
    _Layout(
        "KINGDEE",
        document_number=("单据编号",),
        supplier_uscc=("供应商.统一社会信用代码", "统一社会信用代码"),
        supplier_name=("供应商.名称", "供应商"),
        invoice_number=("发票号码", "发票号"),
        amount=("价税合计",),
        currency=("币别",),
        due_date=("到期日",),
        po_number=("采购订单号", "订单编号"),
    ),
    _Layout(
        "YONYOU",
        document_number=("单据号",),
        supplier_uscc=("纳税人登记号", "供应商税号"),
        supplier_name=("供应商名称",),
        invoice_number=("发票号", "发票号码"),
        amount=("原币金额", "应付金额"),
        currency=("币种",),
        due_date=("到期日期",),
        po_number=("订单号",),
    ),
)


class _RowWrong(Exception):
    """This row cannot be taken; the others can."""

    def __init__(self, reason: Reason, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason
        self.sentence = sentence


def dry_run(content: bytes) -> DryRun:
    """Read a table (CSV with commas, semicolons or tabs, in UTF-8 or GBK; or a spreadsheet) without doing anything with it.

    Raises ``PayablesRefused`` or ``SpreadsheetRefused`` if the table as a whole cannot be read; a wrong row is reported instead.
    """
    encoding, rows = table(content)
    _, header = next(rows, (0, []))
    layout, columns = _recognise(header)
    accepted: list[Payable] = []
    rejected: list[RejectedRow] = []
    seen: dict[tuple[str, str], int] = {}
    for line, cells in rows:
        if not any(cells):
            continue
        if len(accepted) + len(rejected) >= MAX_ROWS:
            raise PayablesRefused("TABLE_TOO_LARGE", f"A table has at most {MAX_ROWS:,} rows.")
        try:
            payable = _payable(line, cells, columns)
            first = seen.setdefault((payable.document_number, payable.invoice_number), line)
            if first != line:
                raise _RowWrong(Reason.DUPLICATE, f"Document and invoice are those of line {first}.")
        except _RowWrong as wrong:
            rejected.append(RejectedRow(line, wrong.reason, wrong.sentence))
        else:
            accepted.append(payable)
    return DryRun(layout, encoding, tuple(accepted), tuple(rejected))


def _recognise(header: list[str]) -> tuple[str, _Columns]:
    """The layout whose columns are all there; else the sentence names what the nearest one misses."""
    nearest, missing = "", list[str]()
    for layout in _LAYOUTS:
        places = [_place(header, names) for names in layout[1:]]
        found = [place for place in places if place is not None]
        if len(found) == len(places):
            return layout.name, _Columns(*found)
        absent = [names[0] for names, place in zip(layout[1:], places, strict=True) if place is None]
        if not missing or len(absent) < len(missing):
            nearest, missing = layout.name, absent
    raise PayablesRefused(
        "TABLE_LAYOUT_UNKNOWN",
        f"The header is that of no known export; for {nearest} it lacks {', '.join(missing)}.",
    )


def _place(header: list[str], names: tuple[str, ...]) -> int | None:
    for name in names:
        if name in header:
            return header.index(name)
    return None


def _payable(line: int, cells: list[str], columns: _Columns) -> Payable:
    if len(cells) <= max(columns):
        raise _RowWrong(Reason.ROW_SHORT, f"The row has {len(cells)} cells and needs {max(columns) + 1}.")
    document_number = _cell(cells, columns.document_number, "document number")
    if _DOCUMENT_NUMBER.fullmatch(document_number) is None:
        raise _RowWrong(Reason.CELL_UNREADABLE, f"{quoted(document_number)} is not a document number.")
    currency = _currency(_cell(cells, columns.currency, "currency"))
    return Payable(
        line=line,
        document_number=document_number,
        supplier_uscc=_uscc(_cell(cells, columns.supplier_uscc, "supplier's credit code")),
        supplier_name=_cell(cells, columns.supplier_name, "supplier's name"),
        invoice_number=_invoice_number(_cell(cells, columns.invoice_number, "invoice number")),
        amount_fen=_amount(_cell(cells, columns.amount, "amount"), currency),
        currency=currency,
        due_date=_date(_cell(cells, columns.due_date, "due date")),
        po_number=_cell(cells, columns.po_number, "order number"),
    )


def _cell(cells: list[str], place: int, what: str) -> str:
    text = cells[place]
    if not text:
        raise _RowWrong(Reason.CELL_MISSING, f"The {what} is empty.")
    if len(text) > MAX_CELL or not text.isprintable():
        raise _RowWrong(
            Reason.CELL_UNREADABLE,
            f"The {what} has more than {MAX_CELL} characters or some that cannot be shown.",
        )
    return text


def _uscc(text: str) -> str:
    try:
        check_uscc(text)
    except InstrumentError as wrong:
        raise _RowWrong(Reason.USCC_WRONG, str(wrong)) from None
    return text


def _invoice_number(text: str) -> str:
    if _SCIENTIFIC.fullmatch(text) is not None:
        sentence = f"The invoice number {text} has lost digits in a spreadsheet; export the column as text."
        raise _RowWrong(Reason.INVOICE_NUMBER_WRONG, sentence)
    if _INVOICE_NUMBER.fullmatch(text) is None:
        raise _RowWrong(
            Reason.INVOICE_NUMBER_WRONG, f"The invoice number {quoted(text)} has neither 20 nor 8 digits."
        )
    return text


def _currency(text: str) -> str:
    return _CURRENCY_NAMES.get(text, text)


def _amount(text: str, currency: str) -> Fen:
    # Some exports put the sign of a credit behind the number.
    if text.startswith("-") or text.endswith("-"):
        raise _RowWrong(Reason.AMOUNT_NOT_POSITIVE, f"The amount {quoted(text)} is negative: it is not owed.")
    try:
        amount = parse_amount(text, currency)
    except AmountUnreadable as wrong:
        raise _RowWrong(Reason.AMOUNT_UNREADABLE, str(wrong)) from None
    except CurrencyUnknown as wrong:
        raise _RowWrong(Reason.CURRENCY_UNKNOWN, str(wrong)) from None
    if amount == 0:
        raise _RowWrong(Reason.AMOUNT_NOT_POSITIVE, "The amount is zero.")
    return amount


def _date(text: str) -> date:
    """``2026-09-14``, ``2026/9/14``, ``2026.09.14`` or ``20260914``: the year comes first, always."""
    with_marks = _DATE_WITH_MARKS.fullmatch(text)
    digits = _DATE_DIGITS.fullmatch(text)
    if with_marks is not None:
        year, month, day = with_marks[1], with_marks[3], with_marks[4]
    elif digits is not None:
        year, month, day = digits.groups()
    else:
        raise _RowWrong(Reason.DATE_UNREADABLE, f"{quoted(text)} is not a date such as 2026-09-14.")
    try:
        return parse_date(f"{year}-{month:0>2}-{day:0>2}")
    except DateUnreadable as wrong:
        raise _RowWrong(Reason.DATE_UNREADABLE, str(wrong)) from None
