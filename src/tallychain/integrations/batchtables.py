"""Tables of which each row becomes one operation: their columns, the template that is handed out, the strict reading, and the result.

A template has the same columns in both languages, and either head is understood.  A row that cannot be read is named with its line, a code and a
sentence in both languages; a file of another form is refused as a whole.  Codes and numbers of papers have to be text, so that no leading zero is lost.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Final

from msgspec import Struct
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from tallychain.instruments.calendar import DateUnreadable, parse_date
from tallychain.instruments.errors import InstrumentError
from tallychain.instruments.money import AmountUnreadable, parse_amount
from tallychain.instruments.numbers import check_uscc
from tallychain.integrations.refused import quoted
from tallychain.integrations.strictsheet import Cell, Kind, strict_rows
from tallychain.integrations.tables import TableRefused, as_csv, safe

MAX_ROWS: Final = 500
"""Rows of one batch: a person signs all of them at once, and is to be able to look through them."""
MAX_BYTES: Final = 1024 * 1024
ISSUE: Final = "issue"
OFFER: Final = "offer"
PRESENT: Final = "present"
TEXT: Final = "text"
CODE: Final = "code"
AMOUNT: Final = "amount"
DAY: Final = "day"
USCC: Final = "uscc"
_FORMULA: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_HIDDEN: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff0-\uffff]"
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    name: str
    zh: str
    en: str
    kind: str = TEXT
    needed: bool = True
    longest: int = 200
    pattern: str = ""
    """What a code must match as a whole."""


@dataclass(frozen=True, slots=True)
class Table:
    """A kind of batch: the operation that each row becomes, and its columns."""

    kind: str
    operation: str
    columns: tuple[Column, ...]


ISSUES: Final = Table(
    ISSUE,
    "voucher.issue",
    (
        Column("reference", "业务编号", "Reference", longest=64),
        Column("payable", "应付账款编号", "Payable", CODE, pattern="[0-9a-f]{64}"),
        Column("amount", "金额（元）", "Amount (yuan)", AMOUNT),
        Column("maturity", "到期日", "Maturity", DAY),
        Column("settlement_bank", "清分行", "Settlement bank", CODE, pattern="[a-z][a-z0-9-]{1,31}"),
        Column("contract", "合同编号", "Contract"),
        Column("invoices", "发票号码", "Invoices", needed=False, longest=2000),
        Column("purpose", "用途", "Purpose", needed=False),
        Column("promise", "付款承诺", "Promise", longest=1000),
        Column(
            "term_reason", "长期限理由", "Reason of the term", CODE, needed=False,
            pattern="INDUSTRY_CUSTOM|LONG_PRODUCTION|AGREED_TERM",
        ),
    ),
)  # fmt: skip
OFFERS: Final = Table(
    OFFER,
    "voucher.offer",
    (
        Column("reference", "业务编号", "Reference", longest=64),
        Column("holding", "持有份额编号", "Holding", CODE, pattern=r"EV[A-Z0-9]{4}[0-9]{20}:[0-9]{1,12}-[0-9]{1,12}:[0-9]{1,12}"),
        Column("amount", "金额（元）", "Amount (yuan)", AMOUNT),
        Column("sponsor", "签收方接入机构", "Receiver's sponsor", CODE, pattern="[a-z][a-z0-9-]{1,31}"),
        Column("uscc", "签收方统一社会信用代码", "Receiver's credit code", USCC),
        Column("contract", "合同编号", "Contract"),
        Column("invoices", "发票号码", "Invoices", needed=False, longest=2000),
        Column("purpose", "用途", "Purpose", needed=False),
        Column("value_date", "起息日", "Value date", DAY, needed=False),
    ),
)  # fmt: skip
PRESENTS: Final = Table(
    PRESENT,
    "payable.present",
    (
        Column("reference", "业务编号", "Reference", longest=64),
        Column("debtor", "债务人", "Debtor", CODE, pattern="[a-z][a-z0-9-]{1,31}"),
        Column("kind", "类别", "Kind", CODE, needed=False, pattern="INVOICE|DELIVERY|ORDER"),
        Column("amount", "金额（元）", "Amount (yuan)", AMOUNT),
        Column("due", "应付日", "Due day", DAY),
        Column("contract", "合同编号", "Contract"),
        Column("papers", "单据", "Papers", needed=False, longest=2000),
        Column("purpose", "用途", "Purpose", needed=False),
        Column("small", "中小企业", "Small seller", CODE, needed=False, pattern="YES|NO"),
        Column("delivered", "交付日", "Delivered", DAY, needed=False),
        Column(
            "longer_term", "长账期依据", "Ground of a longer term", CODE, needed=False,
            pattern="CONTRACT|INDUSTRY_CUSTOM",
        ),
    ),
)  # fmt: skip
TABLES: Final[Mapping[str, Table]] = {table.kind: table for table in (ISSUES, OFFERS, PRESENTS)}


class Row(Struct, frozen=True):
    """A row that was read: its values as text, amounts in fen and days in ISO form."""

    line: int
    values: dict[str, str]

    @property
    def amount(self) -> int:
        """In fen."""
        return int(self.values["amount"])


class RowFault(Struct, frozen=True):
    """A row that cannot be used, and why."""

    line: int
    code: str
    en: str
    zh: str


class Read(Struct, frozen=True):
    """What a file says."""

    rows: tuple[Row, ...]
    faults: tuple[RowFault, ...]


class _CellWrong(Exception):
    def __init__(self, code: str, en: str, zh: str) -> None:
        super().__init__(code)
        self.code, self.en, self.zh = code, en, zh


def read_table(table: Table, content: bytes) -> Read:
    """
    Every row of a file, in its order.

    Raises ``TableRefused`` and ``SpreadsheetRefused`` as `strict_rows`, and ``TABLE_LAYOUT_UNKNOWN`` where the heads are not those of the template.
    """
    if len(content) > MAX_BYTES:
        raise TableRefused("TABLE_TOO_LARGE", f"A table of a batch has at most {MAX_BYTES // 1024} KiB.")
    lines = strict_rows(content)
    places = _places(table, next(lines, (0, []))[1])
    rows: list[Row] = []
    faults: list[RowFault] = []
    seen: dict[str, int] = {}
    for line, cells in lines:
        if not cells:
            continue
        if len(rows) + len(faults) >= MAX_ROWS:
            raise TableRefused("TABLE_TOO_LARGE", f"A batch has at most {MAX_ROWS} rows.")
        try:
            row = _row(line, cells, places)
            first = seen.setdefault(row.values["reference"], line)
            if first != line:
                raise _CellWrong(
                    "DUPLICATE",
                    f"The reference stands in line {first} already.",
                    f"业务编号与第 {first} 行重复。",
                )
        except _CellWrong as wrong:
            faults.append(RowFault(line, wrong.code, wrong.en, wrong.zh))
        else:
            rows.append(row)
    if not rows and not faults:
        raise TableRefused("TABLE_EMPTY", "The table has no rows.")
    return Read(tuple(rows), tuple(faults))


def heads(table: Table, language: str) -> list[str]:
    """The heads of a template in one language."""
    return [column.zh if language == "zh" else column.en for column in table.columns]


def template(table: Table, rows: Iterable[Mapping[str, str]], language: str, *, as_xlsx: bool) -> bytes:
    """A table to be filled in, with what is known of each row already; amounts as decimal text, every cell safe text."""
    lines = [[row.get(column.name, "") for column in table.columns] for row in rows]
    return sheet(heads(table, language), lines) if as_xlsx else as_csv(heads(table, language), lines)


def sheet(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A spreadsheet in which every cell is text, so that codes keep their zeros and nothing is computed."""
    book = Workbook(write_only=True)
    made = book.create_sheet("tallychain")
    made.freeze_panes = "A2"
    made.append([_text(made, title, bold=True) for title in titles])
    for row in rows:
        made.append([_text(made, text) for text in row])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _text(made: object, text: str, *, bold: bool = False) -> WriteOnlyCell:
    cell = WriteOnlyCell(made, value=safe(_HIDDEN.sub("", text))[:32_000])
    cell.data_type = "s"
    cell.number_format = "@"
    if bold:
        cell.font = Font(bold=True)
    return cell


def _places(table: Table, header: Sequence[Cell]) -> list[tuple[int, Column]]:
    texts = [cell.text for cell in header]
    known = {head: column for column in table.columns for head in (column.zh, column.en)}
    unknown = [text for text in texts if text not in known]
    if unknown:
        raise TableRefused("TABLE_LAYOUT_UNKNOWN", f"The template has no column {quoted(unknown[0])}.")
    found = [known[text] for text in texts]
    missing = [column.zh for column in table.columns if column not in found]
    if missing:
        raise TableRefused("TABLE_LAYOUT_UNKNOWN", f"The table has no column {', '.join(missing)}.")
    if len(found) != len(table.columns):
        raise TableRefused("TABLE_LAYOUT_UNKNOWN", "A column stands in the table twice.")
    return list(enumerate(found))


def _row(line: int, cells: Sequence[Cell], places: Sequence[tuple[int, Column]]) -> Row:
    if len(cells) > len(places):
        raise _CellWrong("ROW_LONG", "The row has cells beyond the last column.", "该行超出最后一列。")
    values = {}
    for place, column in places:
        cell = cells[place] if place < len(cells) else Cell("", Kind.EMPTY)
        values[column.name] = _value(cell, column)
    return Row(line, values)


def _value(cell: Cell, column: Column) -> str:
    if cell.kind is Kind.EMPTY:
        if column.needed:
            raise _wrong(column, "CELL_MISSING", "is missing", "不能为空")
        return ""
    if cell.kind is Kind.OTHER:
        raise _wrong(column, "CELL_NOT_PLAIN", "is neither text nor an exact number", "不是文本或精确数字")
    text = cell.text.removeprefix("'") if cell.kind is Kind.TEXT else cell.text
    if text.startswith(_FORMULA):
        raise _wrong(column, "CELL_FORMULA", "begins like a formula", "疑似公式")
    if _HIDDEN.search(text):
        raise _wrong(column, "CELL_CHARACTER", "has a character that nobody sees", "含不可见字符")
    if len(text) > column.longest:
        raise _wrong(
            column, "CELL_LONG", f"has more than {column.longest} characters", f"超过 {column.longest} 个字符"
        )
    return _READERS[column.kind](Cell(text, cell.kind), column)


def _as_text(cell: Cell, column: Column) -> str:
    if cell.kind is not Kind.TEXT:
        raise _wrong(
            column, "CELL_NOT_TEXT", "is a number or a date and may have lost zeros; format the cell as text",
            "为数字或日期，可能丢失前导零；请将单元格设为文本格式",
        )  # fmt: skip
    return " ".join(cell.text.split())


def _as_code(cell: Cell, column: Column) -> str:
    text = _as_text(cell, column)
    if re.fullmatch(column.pattern, text) is None:
        raise _wrong(column, "CELL_UNREADABLE", f"is not as it should be: {quoted(text)}", "格式不正确")
    return text


def _as_amount(cell: Cell, column: Column) -> str:
    try:
        amount = parse_amount(cell.text.replace("，", ","))
    except AmountUnreadable:
        raise _wrong(
            column, "AMOUNT_UNREADABLE", f"is not an amount such as 1,000,000.00: {quoted(cell.text)}",
            "不是形如 1,000,000.00 的金额",
        ) from None  # fmt: skip
    if amount < 1:
        raise _wrong(column, "AMOUNT_NOT_POSITIVE", "is not more than nothing", "应大于零")
    return str(amount)


def _as_day(cell: Cell, column: Column) -> str:
    try:
        if cell.kind is Kind.NUMBER:
            raise DateUnreadable("a number")
        return str(parse_date(cell.text.replace("/", "-")))
    except DateUnreadable:
        raise _wrong(
            column, "DATE_UNREADABLE", "is not a day such as 2026-09-14", "不是形如 2026-09-14 的日期"
        ) from None


def _as_uscc(cell: Cell, column: Column) -> str:
    text = _as_text(cell, column).upper()
    try:
        check_uscc(text)
    except InstrumentError:
        raise _wrong(
            column, "USCC_WRONG", "is not a unified social credit code", "不是有效的统一社会信用代码"
        ) from None
    return text


def _wrong(column: Column, code: str, en: str, zh: str) -> _CellWrong:
    return _CellWrong(code, f"{column.en} {en}.", f"{column.zh}{zh}。")


_READERS: Final[dict[str, Callable[[Cell, Column], str]]] = {
    TEXT: _as_text,
    CODE: _as_code,
    AMOUNT: _as_amount,
    DAY: _as_day,
    USCC: _as_uscc,
}
