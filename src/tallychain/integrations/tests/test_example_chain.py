from datetime import date
from pathlib import Path

import msgspec
import pytest
import stdnum.cn.uscc

from examples import generate
from tallychain.instruments.calendar import Calendar, CalendarYear, add_months
from tallychain.integrations.einvoice import EInvoice, EInvoiceRefused, read_einvoice
from tallychain.integrations.payables import Payable, Reason, dry_run

CHAIN = Path(__file__).parents[4] / "examples" / "chain"
ALLIANCE = msgspec.json.decode((CHAIN / "alliance.json").read_bytes(), type=generate.Alliance)
STORY = msgspec.json.decode((CHAIN / "story.json").read_bytes(), type=generate.Story)
INVOICES = {path.stem: read_einvoice(path.read_bytes()) for path in (CHAIN / "invoices").iterdir()}
USCC = {m.id: m.uscc for m in ALLIANCE.members} | {c.id: c.uscc for c in ALLIANCE.clients}
TIER = {"core-a": 0} | {client.id: client.tier for client in ALLIANCE.clients}
CALENDAR = Calendar((msgspec.json.decode((CHAIN / "calendar-2026.json").read_bytes(), type=CalendarYear),))


def parties(invoice: EInvoice) -> tuple[str, str]:
    ids = {uscc: party for party, uscc in USCC.items()}
    return ids[invoice.seller.uscc], ids[invoice.buyer.uscc]


def payables() -> list[tuple[str, Payable]]:
    """Every row of every table, with the id of the buyer whose table it is."""
    rows = []
    for path in sorted((CHAIN / "payables").iterdir()):
        result = dry_run(path.read_bytes())
        assert result.rejected == ()
        buyer, _, layout = path.stem.rpartition("-")
        assert result.layout.lower() == layout
        rows += [(buyer, payable) for payable in result.accepted]
    return rows


def test_the_files_are_what_the_script_writes() -> None:
    written = generate.files()
    found = {path.relative_to(CHAIN).as_posix() for path in CHAIN.rglob("*") if path.is_file()}
    assert found == {*written, "README.md"}
    for name, content in written.items():
        assert (CHAIN / name).read_bytes() == content, name


def test_an_independent_library_accepts_every_credit_code_and_each_is_another() -> None:
    assert all(stdnum.cn.uscc.is_valid(code) for code in USCC.values())
    assert len(set(USCC.values())) == len(ALLIANCE.members) + len(ALLIANCE.clients) == 14


def test_the_cast_is_complete() -> None:
    kinds = [kind for member in ALLIANCE.members for kind in member.kinds]
    assert sorted(kinds) == ["BANK", "BANK", "CORE_ENTERPRISE", "FACTOR", "SETTLEMENT_BANK", "SUPERVISOR"]
    assert {client.tier for client in ALLIANCE.clients} == {1, 2, 3}
    sponsors = {client.sponsor for client in ALLIANCE.clients}
    assert sponsors == {m.id for m in ALLIANCE.members if {"BANK", "FACTOR"} & set(m.kinds)}


def test_every_invoice_has_one_row_in_its_buyers_table_and_sells_one_tier_up() -> None:
    rows = {payable.invoice_number: (buyer, payable) for buyer, payable in payables()}
    assert rows.keys() == INVOICES.keys()
    assert len(payables()) == len(INVOICES) == 10
    for number, invoice in INVOICES.items():
        seller, buyer = parties(invoice)
        of_table, payable = rows[number]
        assert buyer == of_table
        assert (payable.supplier_uscc, payable.supplier_name) == (invoice.seller.uscc, invoice.seller.name)
        assert (payable.amount_fen, payable.currency) == (invoice.total_fen, "CNY")
        assert TIER[seller] == TIER[buyer] + 1
        assert CALENDAR.is_business_day(invoice.issue_date)


def test_each_voucher_is_backed_by_invoices_of_its_first_holder_within_the_term() -> None:
    for voucher in STORY.vouchers:
        assert sum(allocation.amount_fen for allocation in voucher.allocations) == voucher.face_fen
        for allocation in voucher.allocations:
            invoice = INVOICES[allocation.invoice]
            assert parties(invoice) == (voucher.first_holder, voucher.issuer)
            assert allocation.amount_fen <= invoice.total_fen
            assert invoice.issue_date <= voucher.issue_date
        assert voucher.maturity <= add_months(voucher.issue_date, 6)


def test_each_transfer_pays_an_invoice_and_nobody_passes_on_more_than_it_holds() -> None:
    held = {(voucher.reference, voucher.first_holder): voucher.face_fen for voucher in STORY.vouchers}
    for transfer in STORY.transfers:
        assert parties(INVOICES[transfer.invoice]) == (transfer.receiver, transfer.giver)
        assert transfer.amount_fen <= INVOICES[transfer.invoice].total_fen
        held[transfer.voucher, transfer.giver] -= transfer.amount_fen
        assert held[transfer.voucher, transfer.giver] >= 0
        held[transfer.voucher, transfer.receiver] = transfer.amount_fen
    assert held["V1", "s1"] == 57_499_999
    assert {holder for _, holder in held} == {client.id for client in ALLIANCE.clients}


def test_the_vouchers_are_those_of_the_study() -> None:
    v1, v2 = STORY.vouchers
    assert (v1.face_fen, v1.issue_date, v1.maturity) == (100_000_000, date(2026, 3, 16), date(2026, 9, 14))
    assert [INVOICES[a.invoice].total_fen for a in v1.allocations] == [60_000_000, 52_000_000]
    assert [(t.receiver, t.amount_fen) for t in STORY.transfers[:2]] == [
        ("s2", 30_000_000),
        ("s3", 12_500_001),
    ]
    assert CALENDAR.next_business_day_on_or_after(v2.maturity) == date(2026, 10, 8)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("entity", "INVOICE_HAS_ENTITY"),
        ("wrong-check-digit", "INVOICE_USCC_WRONG"),
        ("totals-differ", "INVOICE_TOTALS_DIFFER"),
        ("red-letter", "INVOICE_NEGATIVE"),
    ],
)
def test_the_files_that_have_to_be_refused_are(name: str, code: str) -> None:
    with pytest.raises(EInvoiceRefused) as caught:
        read_einvoice((CHAIN / "refused" / f"{name}.xml").read_bytes())
    assert caught.value.code == code


def test_of_the_table_with_mistakes_one_row_is_taken() -> None:
    result = dry_run((CHAIN / "refused" / "some-rows-wrong.csv").read_bytes())
    assert [payable.line for payable in result.accepted] == [2]
    assert [(row.line, row.reason) for row in result.rejected] == [
        (3, Reason.USCC_WRONG),
        (4, Reason.INVOICE_NUMBER_WRONG),
        (5, Reason.AMOUNT_NOT_POSITIVE),
        (6, Reason.DATE_UNREADABLE),
    ]
