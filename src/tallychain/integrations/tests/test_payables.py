from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallychain.instruments.money import Fen
from tallychain.integrations.payables import (
    DryRun,
    Payable,
    PayablesRefused,
    Reason,
    RejectedRow,
    dry_run,
)
from tallychain.integrations.refused import InputRefused
from tallychain.integrations.tables import MAX_BYTES

SAP_HEAD = "BUKRS,BELNR,LIFNR,NAME1,STCD5,XBLNR,WRBTR,WAERS,NETDT,EBELN"
SAP_ROW = [
    "1000",
    "5105600101",
    "0000100012",
    "测试铸造有限公司",
    "91110000600037341L",
    "26327000000000000601",
    '"600,000.00"',
    "CNY",
    "2026.09.14",
    "4500017001",
]
DOCUMENT, NAME, USCC, INVOICE, AMOUNT, CURRENCY, DUE, ORDER = 1, 3, 4, 5, 6, 7, 8, 9


def sap(*changes: dict[int, str]) -> bytes:
    rows = [",".join(change.get(n, cell) for n, cell in enumerate(SAP_ROW)) for change in changes]
    return "\n".join([SAP_HEAD, *rows, ""]).encode()


def only_rejection(content: bytes) -> RejectedRow:
    result = dry_run(content)
    assert result.accepted == ()
    (row,) = result.rejected
    return row


def refused(content: bytes) -> PayablesRefused:
    with pytest.raises(PayablesRefused) as caught:
        dry_run(content)
    return caught.value


EXPECTED = Payable(
    line=2,
    document_number="5105600101",
    supplier_uscc="91110000600037341L",
    supplier_name="测试铸造有限公司",
    invoice_number="26327000000000000601",
    amount_fen=Fen(60_000_000),
    currency="CNY",
    due_date=date(2026, 9, 14),
    po_number="4500017001",
)


def test_a_sap_like_table_is_recognised_by_its_technical_names() -> None:
    assert dry_run(sap({})) == DryRun("SAP", "UTF-8", (EXPECTED,), ())


def test_a_kingdee_like_table_in_gbk_with_tabs_is_recognised() -> None:
    head = ["单据编号", "供应商", "统一社会信用代码", "发票号", "价税合计", "币别", "到期日", "采购订单号"]
    row = ["AP-2026/03_1", EXPECTED.supplier_name, EXPECTED.supplier_uscc, EXPECTED.invoice_number]
    row += ["600000", "人民币", "2026/9/14", "CG-001"]
    result = dry_run("\r\n".join(["\t".join(head), "\t".join(row)]).encode("gbk"))
    assert (result.layout, result.encoding, result.rejected) == ("KINGDEE", "GBK", ())
    (payable,) = result.accepted
    assert (payable.amount_fen, payable.currency, payable.due_date) == (60_000_000, "CNY", date(2026, 9, 14))
    assert (payable.document_number, payable.po_number) == ("AP-2026/03_1", "CG-001")


def test_a_yonyou_like_table_with_semicolons_and_a_byte_order_mark_is_recognised() -> None:
    head = "单据号;供应商名称;纳税人登记号;发票号码;应付金额;币种;到期日期;订单号"
    row = f"D1;甲;{EXPECTED.supplier_uscc};{EXPECTED.invoice_number};1.5;RMB;20260914;PO1"
    result = dry_run(f"\ufeff{head}\n{row}\n".encode())
    assert (result.layout, result.encoding) == ("YONYOU", "UTF-8")
    assert result.accepted[0].amount_fen == 150


def test_good_rows_are_taken_and_bad_ones_reported_with_their_lines() -> None:
    result = dry_run(
        sap({}, {DOCUMENT: "2", AMOUNT: "abc"}, {DOCUMENT: "3"}, {DOCUMENT: "4", CURRENCY: "XXX"})
    )
    assert [payable.line for payable in result.accepted] == [2, 4]
    assert [(row.line, row.reason) for row in result.rejected] == [
        (3, Reason.AMOUNT_UNREADABLE),
        (5, Reason.CURRENCY_UNKNOWN),
    ]


@pytest.mark.parametrize(
    ("change", "reason", "says"),
    [
        ({USCC: "91110000600037341M"}, Reason.USCC_WRONG, "check digit"),
        ({USCC: "123"}, Reason.USCC_WRONG, "18 capital letters"),
        ({USCC: ""}, Reason.CELL_MISSING, "supplier's credit code is empty"),
        ({NAME: " "}, Reason.CELL_MISSING, "supplier's name is empty"),
        ({NAME: "x" * 201}, Reason.CELL_UNREADABLE, "more than 200 characters"),
        ({NAME: '"two\nlines"'}, Reason.CELL_UNREADABLE, "cannot be shown"),
        ({DOCUMENT: "'; DROP"}, Reason.CELL_UNREADABLE, "not a document number"),
        ({INVOICE: "2.6327E+19"}, Reason.INVOICE_NUMBER_WRONG, "export the column as text"),
        ({INVOICE: "2632700000000000060"}, Reason.INVOICE_NUMBER_WRONG, "neither 20 nor 8 digits"),
        ({AMOUNT: "600000.00-"}, Reason.AMOUNT_NOT_POSITIVE, "is negative"),
        ({AMOUNT: "-600000.00"}, Reason.AMOUNT_NOT_POSITIVE, "is negative"),
        ({AMOUNT: "0.00"}, Reason.AMOUNT_NOT_POSITIVE, "is zero"),
        ({AMOUNT: "6e5"}, Reason.AMOUNT_UNREADABLE, "is not an amount"),
        ({AMOUNT: "=1+1"}, Reason.AMOUNT_UNREADABLE, "is not an amount"),
        ({CURRENCY: "JPY", AMOUNT: "1.50"}, Reason.AMOUNT_UNREADABLE, "more than 0 decimals"),
        ({DUE: "14.09.2026"}, Reason.DATE_UNREADABLE, "is not a date"),
        ({DUE: "2026-09/14"}, Reason.DATE_UNREADABLE, "is not a date"),
        ({DUE: "2026/2/30"}, Reason.DATE_UNREADABLE, "There is no day 2026-02-30"),
        ({DUE: "46279"}, Reason.DATE_UNREADABLE, "is not a date"),
    ],
)
def test_a_row_that_cannot_be_taken_says_why(change: dict[int, str], reason: Reason, says: str) -> None:
    row = only_rejection(sap(change))
    assert row.reason is reason
    assert says in row.sentence


def test_a_short_row_is_rejected_and_an_empty_one_passed_over() -> None:
    row = only_rejection(sap() + b"1000,5105600101\n,,,\n\n")
    assert (row.line, row.reason) == (2, Reason.ROW_SHORT)


def test_the_same_document_and_invoice_count_once() -> None:
    result = dry_run(sap({}, {AMOUNT: "1.00"}, {DOCUMENT: "2"}))
    assert [payable.line for payable in result.accepted] == [2, 4]
    (row,) = result.rejected
    assert (row.line, row.reason) == (3, Reason.DUPLICATE)
    assert row.sentence == "Document and invoice are those of line 2."


@pytest.mark.attack(31)
@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+1+1", "@SUM(A1)", "-2"])
def test_a_cell_that_looks_like_a_formula_stays_text(text: str) -> None:
    (payable,) = dry_run(sap({NAME: text, ORDER: text})).accepted
    assert (payable.supplier_name, payable.po_number) == (text, text)


def test_the_header_must_be_that_of_a_known_export() -> None:
    refusal = refused(SAP_HEAD.replace("XBLNR", "ZZZ").encode() + b"\n")
    assert refusal.code == "TABLE_LAYOUT_UNKNOWN"
    assert refusal.sentence == "The header is that of no known export; for SAP it lacks XBLNR."


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "TABLE_EMPTY"),
        (b" \r\n ", "TABLE_EMPTY"),
        (b"\xff", "TABLE_ENCODING_UNKNOWN"),
        (b"x" * (MAX_BYTES + 1), "TABLE_TOO_LARGE"),
        (b"a," * 101, "TABLE_TOO_LARGE"),
        (SAP_HEAD.encode() + b'\n"open', "TABLE_NOT_CSV"),
        (SAP_HEAD.encode() + b'\n"a"b', "TABLE_NOT_CSV"),
        (SAP_HEAD.encode() + b"\n" + b"x\n" * 20_001, "TABLE_TOO_LARGE"),
    ],
)
def test_a_table_that_cannot_be_read_at_all_is_refused(content: bytes, code: str) -> None:
    assert refused(content).code == code


def result_or_refusal(content: bytes) -> None:
    try:
        result = dry_run(content)
    except InputRefused as caught:
        refusal = caught
    else:
        assert msgspec.json.decode(msgspec.json.encode(result), type=DryRun) == result
        return
    assert refusal.code.startswith("TABLE_")
    assert refusal.sentence.endswith(".")


@given(st.binary(max_size=200))
def test_any_bytes_give_a_result_or_a_refusal(content: bytes) -> None:
    result_or_refusal(content)


@given(st.binary(max_size=200))
def test_any_bytes_after_a_good_header_give_a_result_or_a_refusal(content: bytes) -> None:
    result_or_refusal(SAP_HEAD.encode() + b"\n" + content)


@given(st.sampled_from([DOCUMENT, NAME, USCC, INVOICE, AMOUNT, CURRENCY, DUE, ORDER]), st.text(max_size=40))
def test_any_text_in_any_cell_gives_a_result_or_a_refusal(column: int, text: str) -> None:
    escaped = '"' + text.replace('"', '""') + '"'
    result_or_refusal(sap({column: escaped}))
