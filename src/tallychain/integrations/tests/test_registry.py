"""The registry's tables: the description, the export that no spreadsheet runs, the list row by row, and every way in which both may differ."""

import csv
import io
from dataclasses import dataclass

import pytest
from msgspec.structs import replace

from tallychain.integrations.refused import InputRefused
from tallychain.integrations.registry import (
    MAX_DESCRIPTION,
    Registered,
    RegistryFact,
    describe,
    export,
    local_time,
    read_list,
    reconcile,
)
from tallychain.testkit.standinregistry import StandInRegistry

SELLER, FUNDER = "91990202MA2Y2N021W", "91350100M000100Y43"
AT_MS = 1_776_304_800_000
FACT = RegistryFact(
    financing="f1" * 32,
    voucher="EVTALY20260316000000000180",
    stage="STANDS",
    form="FACTORING",
    recourse=False,
    first=1,
    last=30_000_000,
    amount_fen=30_000_000,
    currency="CNY",
    maturity="2026-09-14",
    issuer_name="示例制造有限公司",
    issuer_uscc=SELLER,
    seller_name="示例供应有限公司",
    seller_uscc=SELLER,
    funder_name="示例保理有限公司",
    funder_uscc=FUNDER,
    contract="CG-2026-0401",
    invoices=("26992000000000000001",),
    number="10012345000987654321",
    registered_ms=AT_MS,
    until_ms=0,
    is_late=False,
)
HEAD = "登记证明编号,登记时间,登记状态,出让人统一社会信用代码,受让人统一社会信用代码,财产价值（元）"
ROW = f"10012345000987654321,2026-04-16 10:00:00,有效,{SELLER},{FUNDER},300000.00"
LOCAL = {FACT.financing: local_time(AT_MS)}


def listed(*rows: str) -> bytes:
    return "\n".join([HEAD, *rows]).encode()


def kinds(fact: RegistryFact, *rows: str) -> list[str]:
    return [found.kind for found in reconcile([fact], read_list(listed(*rows)).accepted, LOCAL)]


def test_a_description_names_voucher_units_debtor_amount_maturity_contract_and_invoices() -> None:
    text = describe(FACT)
    for part in (
        FACT.voucher,
        "第1至30000000单位",
        "示例制造有限公司",
        "300,000.00",
        "2026-09-14",
        "CG-2026-0401",
        "26992000000000000001",
        "无追索权",
    ):
        assert part in text


@pytest.mark.parametrize("number", [0, 1, 30, 500])
def test_a_description_stays_within_its_field_and_says_how_many_invoices_there_are(number: int) -> None:
    text = describe(replace(FACT, invoices=tuple(f"{place:020d}" for place in range(number))))
    assert len(text) <= MAX_DESCRIPTION
    assert ("500张" in text) == (number == 500)
    assert len(describe(replace(FACT, contract="合" * 2000, invoices=("1",)))) <= MAX_DESCRIPTION


@pytest.mark.attack(31)
def test_no_cell_of_the_export_is_a_formula() -> None:
    hostile = replace(
        FACT, stage="TO_REGISTER", number="", seller_name='=HYPERLINK("http://evil")', contract="@SUM(1)"
    )
    (_, row) = csv.reader(io.StringIO(export([hostile], {}).decode("utf-8-sig")))
    assert row[3].startswith("'=")
    assert row[8].startswith("'@")
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row)


def test_what_fits_differs_in_nothing() -> None:
    assert kinds(FACT, ROW) == []
    # A list that gives the day alone, or no amount, is compared as far as it goes.
    assert kinds(FACT, ROW.replace(" 10:00:00", "").replace("300000.00", "")) == []


@dataclass(frozen=True)
class Case:
    """One way to differ."""

    fact: RegistryFact
    rows: tuple[str, ...]
    kinds: tuple[str, ...]


CASES = {
    "missing there": Case(FACT, (), ("MISSING_THERE",)),
    "ended there": Case(FACT, (ROW.replace("有效", "已注销"),), ("ENDED_THERE",)),
    "unknown here": Case(replace(FACT, number="OTHER-1"), (ROW,), ("MISSING_THERE", "UNKNOWN_HERE")),
    "amount": Case(FACT, (ROW.replace("300000.00", "300000.01"),), ("AMOUNT_DIFFERS",)),
    "seller": Case(FACT, (ROW.replace(SELLER, FUNDER, 1),), ("SELLER_DIFFERS",)),
    "funder": Case(FACT, (ROW.replace(FUNDER, SELLER),), ("FUNDER_DIFFERS",)),
    "time": Case(FACT, (ROW.replace("10:00:00", "10:00:01"),), ("TIME_DIFFERS",)),
    "seller not known here": Case(replace(FACT, seller_uscc=""), (ROW,), ()),
    "to register": Case(replace(FACT, stage="TO_REGISTER", number="", until_ms=5), (), ("REGISTRATION_DUE",)),
    "to take back": Case(replace(FACT, stage="TO_DEREGISTER", until_ms=5), (ROW,), ("DEREGISTRATION_DUE",)),
    "to take back, ended there": Case(
        replace(FACT, stage="TO_DEREGISTER"), (ROW.replace("有效", "注销"),), ("DEREGISTRATION_DUE", "ENDED_THERE")
    ),
    "late": Case(replace(FACT, stage="TO_DEREGISTER", is_late=True), (), ("DEREGISTRATION_LATE",)),
    "over": Case(replace(FACT, stage="OVER"), (ROW,), ("STANDS_THERE",)),
    "paid off": Case(replace(FACT, stage="PAID_OFF"), (ROW,), ("END_DUE",)),
    "paid off and ended": Case(replace(FACT, stage="PAID_OFF"), (ROW.replace("有效", "ENDED"),), ()),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_every_way_to_differ_is_named(name: str) -> None:
    case = CASES[name]
    assert tuple(kinds(case.fact, *case.rows)) == case.kinds


def test_without_a_list_only_what_is_due_is_said() -> None:
    due = replace(FACT, financing="f2" * 32, stage="TO_DEREGISTER", until_ms=7)
    found = reconcile([FACT, due], None, LOCAL)
    assert [(item.kind, item.until_ms) for item in found] == [("DEREGISTRATION_DUE", 7)]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (ROW.replace("10012345000987654321", "№ 1"), "number of a registration"),
        (ROW.replace("有效", "maybe"), "status"),
        (ROW.replace(SELLER, "91990202MA2Y2N0210"), "91990202MA2Y2N0210"),
        (ROW.replace("300000.00", "much"), "much"),
        (ROW.replace("2026-04-16", "2026-13-41"), "not a time"),
        (ROW.replace("10:00:00", "25:00:00"), "not a time"),
        (ROW.replace("2026-04-16 10:00:00", "yesterday"), "not a time"),
        (ROW.rpartition(",")[0], "cells"),
        (f"{ROW}\n{ROW}", "line 2 already"),
    ],
)
def test_a_row_that_cannot_be_taken_is_named_with_its_reason(row: str, said: str) -> None:
    read = read_list(listed(*row.split("\n")))
    assert [said in wrong.sentence for wrong in read.rejected] == [True]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "TABLE_EMPTY"),
        (b"a,b\n1,2", "TABLE_LAYOUT_UNKNOWN"),
        (b"x" * (4 * 1024 * 1024 + 1), "TABLE_TOO_LARGE"),
        (b"PK\x03\x04 no spreadsheet", "TABLE_NOT_XLSX"),
        (b"\xff\xff\xff", "TABLE_ENCODING_UNKNOWN"),
    ],
)
@pytest.mark.attack(31)
def test_a_file_that_is_no_list_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(InputRefused) as caught:
        read_list(content)
    assert caught.value.code == code


def test_what_is_exported_registered_and_listed_differs_in_nothing() -> None:
    registry = StandInRegistry()
    due = replace(FACT, stage="TO_REGISTER", number="", until_ms=AT_MS)
    made = registry.take(export([due], {due.financing: local_time(AT_MS)}), "2026-04-16 10:00:00")
    here = replace(FACT, number=made[FACT.financing])
    read = read_list(registry.list())
    assert read.encoding == "GBK"
    assert reconcile([here], read.accepted, LOCAL) == []

    registry.take(export([replace(here, stage="TO_DEREGISTER")], {}), "")
    (row,) = read_list(registry.list()).accepted
    assert row == Registered(2, here.number, "2026-04-16 10:00:00", False, SELLER, FUNDER, 30_000_000)
    assert reconcile([replace(here, stage="OVER")], (row,), LOCAL) == []
