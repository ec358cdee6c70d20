"""Tables of batches: read as a person saw them, or refused with a reason; hostile files cost nothing."""

from datetime import date, datetime
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from openpyxl import Workbook

from tallychain.integrations.batchtables import (
    ISSUES,
    MAX_BYTES,
    MAX_ROWS,
    OFFERS,
    TABLES,
    Read,
    heads,
    read_table,
    sheet,
    template,
)
from tallychain.integrations.refused import InputRefused
from tallychain.integrations.strictsheet import MAX_LINES

HOLDING = "EVTRIA20260316000000000180:1-100:1"
OFFER = {
    "reference": "00017",
    "holding": HOLDING,
    "amount": "1,234.50",
    "sponsor": "bank-b",
    "uscc": "91350100M000100Y43",
    "contract": "0001",
    "invoices": "00012345",
    "purpose": "货款",
    "value_date": "2026-04-16",
}
PRESENT = {
    "reference": "00018",
    "debtor": "ce-a",
    "kind": "INVOICE",
    "amount": "1,234.50",
    "due": "2026-09-14",
    "contract": "0001",
    "papers": "00012345 2026-03-10 1234.50; 00012346 2026-03-10 1.00",
    "purpose": "货款",
    "small": "YES",
    "delivered": "2026-03-09",
    "longer_term": "CONTRACT",
}


def xlsx(*rows: list[Any], more: Any = None) -> bytes:
    """A spreadsheet with these rows under the heads of an offer."""
    book = Workbook()
    page: Any = book.active
    for row in [heads(OFFERS, "zh"), *rows]:
        page.append(row)
    if more is not None:
        more(book, page)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def cells(**more: Any) -> list[Any]:
    return list({**OFFER, **more}.values())


def code(content: bytes) -> str:
    with pytest.raises(InputRefused) as caught:
        read_table(OFFERS, content)
    assert caught.value.sentence.endswith(".")
    return caught.value.code


def faults(read: Read) -> list[str]:
    assert all(fault.en.endswith(".") and fault.zh.endswith("。") for fault in read.faults)
    return [fault.code for fault in read.faults]


def part_added(name: str, content: bytes = b"x") -> bytes:
    out = BytesIO(xlsx(cells()))
    with ZipFile(out, "a", ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("as_xlsx", [True, False])
@pytest.mark.parametrize("kind", sorted(TABLES))
def test_a_template_is_read_back_in_either_language_and_form(kind: str, language: str, as_xlsx: bool) -> None:
    rows = {"issue": {"reference": "1", "payable": "ab" * 32, "amount": "0.01", "maturity": "2026-09-14", "settlement_bank": "settle-a", "contract": "=HT", "promise": "p"}, "offer": OFFER, "present": PRESENT}  # fmt: skip
    table = TABLES[kind]
    read = read_table(table, template(table, [rows[kind]], language, as_xlsx=as_xlsx))
    if kind == "issue":
        assert faults(read) == ["CELL_FORMULA"]
    else:
        (row,) = read.rows
        assert row.values == rows[kind] | {"amount": "123450"}


def test_numbers_and_days_of_a_spreadsheet_are_exact_and_codes_keep_their_zeros() -> None:
    read = read_table(
        OFFERS,
        xlsx(
            cells(amount=1234.5, value_date=date(2026, 4, 16)),
            cells(reference="2", amount=0.1),
            cells(reference="3", amount=100_000_000),
            cells(reference="4", amount=1.005),
            cells(reference="5", contract=17),
            cells(reference="6", amount=1e16),
            cells(reference="7", amount=True),
            cells(
                reference="8",
                value_date=datetime(2026, 4, 16, 9, 30),  # noqa: DTZ001 - a spreadsheet knows no zone
            ),
            cells(reference="9", value_date=46_128),
            cells(reference="10", amount="１00"),
            cells(reference="11", amount="1,00"),
            cells(reference="12", amount=-5),
            cells(reference="13", amount=0),
            cells(reference="14", uscc="91350100M000100Y44"),
            cells(reference="15", holding="EV1"),
            cells(reference="16", contract=""),
            cells(reference="17", purpose="x" * 201),
            cells(reference="18", purpose="a\u202eb"),
            cells(reference="19", purpose="=1+1x"[1:], contract="'=1"),
            cells(reference="00017"),
            [*cells(reference="20"), "beyond"],
            [None] * 9,
            cells(reference="21", value_date="2026/04/16"),
            cells(reference="22", value_date="2026-02-30"),
        ),
    )
    assert [(row.line, row.amount) for row in read.rows] == [
        (2, 123_450), (3, 10), (4, 10_000_000_000), (24, 123_450)
    ]  # fmt: skip
    assert read.rows[0].values["reference"] == "00017"
    assert [(fault.line, fault.code) for fault in read.faults] == [
        (5, "AMOUNT_UNREADABLE"), (6, "CELL_NOT_TEXT"), (7, "CELL_NOT_PLAIN"), (8, "CELL_NOT_PLAIN"), (9, "CELL_NOT_PLAIN"),
        (10, "DATE_UNREADABLE"), (11, "AMOUNT_UNREADABLE"), (12, "AMOUNT_UNREADABLE"), (13, "CELL_FORMULA"),
        (14, "AMOUNT_NOT_POSITIVE"), (15, "USCC_WRONG"), (16, "CELL_UNREADABLE"), (17, "CELL_MISSING"), (18, "CELL_LONG"),
        (19, "CELL_CHARACTER"), (20, "CELL_FORMULA"), (21, "DUPLICATE"), (22, "ROW_LONG"), (25, "DATE_UNREADABLE"),
    ]  # fmt: skip
    assert faults(read)


def test_text_in_gbk_and_utf_8_is_read_and_other_encodings_are_refused() -> None:
    plain = template(OFFERS, [OFFER], "zh", as_xlsx=False).decode("utf-8-sig")
    for encoding in ("utf-8", "utf-8-sig", "gb18030"):
        assert read_table(OFFERS, plain.encode(encoding)).rows[0].values["purpose"] == "货款"
    for encoding in ("utf-16", "utf-16-le", "utf-32"):
        assert code(plain.encode(encoding)) == "TABLE_ENCODING_UNKNOWN"
    assert code(plain.encode("big5", errors="replace")) in ("TABLE_LAYOUT_UNKNOWN", "TABLE_ENCODING_UNKNOWN")
    assert code(b"") == "TABLE_EMPTY"
    assert code(b'"open') == "TABLE_NOT_CSV"


def test_a_table_of_another_form_is_refused_as_a_whole() -> None:
    good = heads(OFFERS, "en")
    line = ",".join(cells())
    assert code(",".join(good).encode()) == "TABLE_EMPTY"
    for head in ([*good, "More"], good[1:], [*good, good[0]], heads(ISSUES, "en")):
        assert code(f"{','.join(head)}\n{line}".encode()) == "TABLE_LAYOUT_UNKNOWN"
    mixed = [heads(OFFERS, "zh")[0], *good[1:]]
    quoted = ",".join(f'"{cell}"' for cell in cells())
    assert len(read_table(OFFERS, f"{','.join(mixed)}\n{quoted}".encode()).rows) == 1


def test_what_a_spreadsheet_computes_hides_or_carries_is_refused() -> None:
    assert code(xlsx(cells(amount="=1+1"))) == "TABLE_FORMULA"
    assert code(xlsx(cells(), more=lambda _, page: page.merge_cells("A3:B3"))) == "TABLE_MERGED"
    assert code(xlsx(cells(), more=lambda book, _: book.create_sheet("hidden"))) == "TABLE_SHEETS"
    for name in (
        "xl/vbaProject.bin",
        "xl/externalLinks/externalLink1.xml",
        "xl/embeddings/a.bin",
        "xl/activeX/a.xml",
    ):
        assert code(part_added(name)) == "TABLE_ACTIVE"
    assert code(part_added("xl/x.xml", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a/>")) == "TABLE_NOT_XLSX"
    assert code(b"PK\x03\x04 and nothing") == "TABLE_NOT_XLSX"
    assert code(xlsx(cells())[:-200]) == "TABLE_NOT_XLSX"
    assert code(part_added("xl/drawings/big.bin", bytes(8 * 1024 * 1024))) == "TABLE_TOO_LARGE"


def test_too_many_rows_or_bytes_are_refused_without_reading_on() -> None:
    def csv(count: int) -> bytes:
        lines = ["\t".join(cells(reference=str(number))) for number in range(count)]
        return "\n".join(["\t".join(heads(OFFERS, "en")), *lines]).encode()

    assert len(read_table(OFFERS, csv(MAX_ROWS)).rows) == MAX_ROWS
    assert code(csv(MAX_ROWS + 1)) == "TABLE_TOO_LARGE"
    assert code(b"a" * (MAX_BYTES + 1)) == "TABLE_TOO_LARGE"
    assert (
        code("\n".join(["\t".join(heads(OFFERS, "en")), *[""] * MAX_LINES, "x"]).encode())
        == "TABLE_TOO_LARGE"
    )
    assert (
        code(xlsx(cells(), more=lambda _, page: page.cell(row=1_048_576, column=1, value="x")))
        == "TABLE_TOO_LARGE"
    )


def test_a_result_holds_nothing_that_a_spreadsheet_would_run() -> None:
    made = sheet(["=A1"], [["+1", "正常", "a\x00b"]])
    with ZipFile(BytesIO(made)) as archive:
        text = b"".join(archive.read(name) for name in archive.namelist())
    assert b"<f>" not in text
    assert b"'=A1" in text
    assert b"'+1" in text
