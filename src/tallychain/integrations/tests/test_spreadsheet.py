"""Spreadsheets give the same result as the table that they were made of, and hostile ones a refusal."""

import csv
from datetime import datetime
from io import BytesIO, StringIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from tallychain.integrations import spreadsheet
from tallychain.integrations.payables import Reason, dry_run
from tallychain.integrations.refused import InputRefused
from tallychain.integrations.tests.test_payables import AMOUNT, DUE, INVOICE, SAP_ROW, result_or_refusal, sap


def made(rows: list[list[object]]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def as_sheet(content: bytes, **changes: object) -> bytes:
    rows: list[list[object]] = [list(row) for row in csv.reader(StringIO(content.decode()))]
    for place, value in changes.items():
        rows[1][int(place.removeprefix("c"))] = value
    return made(rows)


def test_a_spreadsheet_is_read_like_the_table_that_it_was_made_of() -> None:
    table = sap({}, {1: "5105600102", 8: "2026/9/15"}, {4: "911100006000373410"})

    result = dry_run(as_sheet(table))

    assert result.encoding == "XLSX"
    assert (result.accepted, [row.reason for row in result.rejected]) == (
        dry_run(table).accepted,
        [Reason.USCC_WRONG],
    )


def test_numbers_and_dates_of_a_spreadsheet_are_taken_as_they_were_shown() -> None:
    changes = {f"c{AMOUNT}": 600000.5, f"c{DUE}": datetime(2026, 9, 14)}  # noqa: DTZ001 - a spreadsheet's dates have no zone

    (row,) = dry_run(as_sheet(sap({}), **changes)).accepted

    assert (row.amount_fen, row.due_date.isoformat()) == (60_000_050, "2026-09-14")


def test_an_invoice_number_that_became_a_number_has_lost_its_digits_and_is_rejected() -> None:
    (row,) = dry_run(as_sheet(sap({}), **{f"c{INVOICE}": 26327000000000000601})).rejected

    assert row.reason is Reason.INVOICE_NUMBER_WRONG
    assert "lost digits" in row.sentence


def test_a_formula_is_not_evaluated() -> None:
    (row,) = dry_run(as_sheet(sap({}), **{f"c{AMOUNT}": "=1+1"})).rejected

    assert row.reason is Reason.CELL_MISSING


def archive(**parts: bytes) -> bytes:
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as made_archive:
        for name, content in parts.items():
            made_archive.writestr(name.replace("__", "/") + ".xml", content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"PK\x03\x04", "TABLE_NOT_XLSX"),
        (archive(a=b"<x/>"), "TABLE_NOT_XLSX"),
        (archive(xl__workbook=b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x/>'), "TABLE_NOT_XLSX"),
        (archive(a=bytes(spreadsheet.MAX_UNPACKED + 1)), "TABLE_TOO_LARGE"),
        (archive(**{f"p{number}": b"" for number in range(spreadsheet.MAX_FILES + 1)}), "TABLE_TOO_LARGE"),
        (made([["a"] * 101]), "TABLE_TOO_LARGE"),
        (made([["a"]]), "TABLE_LAYOUT_UNKNOWN"),
    ],
)
def test_a_spreadsheet_that_cannot_be_read_at_all_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(InputRefused) as caught:
        dry_run(content)
    assert caught.value.code == code


@given(st.integers(0, 5000), st.integers(0, 255))
def test_a_changed_byte_gives_a_result_or_a_refusal(place: int, byte: int) -> None:
    whole = bytearray(as_sheet(sap({})))
    whole[place % len(whole)] = byte
    result_or_refusal(bytes(whole))


def test_only_rows_within_the_bound_of_columns_are_read() -> None:
    assert list(spreadsheet.rows(made([["a", None, "b"]]), 3)) == [(1, ["a", "", "b"])]
    assert len(SAP_ROW) < 100
