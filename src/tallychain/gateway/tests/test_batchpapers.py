"""The cell that names the papers of a payable: typed or stored, and never what the file does not say."""

import asyncio
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest

from tallychain.gateway.batchpapers import PaperWrong, StoredInvoices, presented, written
from tallychain.gateway.documents import StoredDocument
from tallychain.gateway.filekinds import XML
from tallychain.gateway.problems import Problem
from tallychain.instruments.money import Fen
from tallychain.integrations.batchtables import Row
from tallychain.integrations.einvoice import EInvoice, InvoiceLine, InvoiceParty, write_einvoice

OWN = "91350100M000100Y43"
OTHER = "91310000775785552L"
NUMBER = "26992000000000000001"


def einvoice(number: str = NUMBER, seller: str = OWN, total: int = 113_00, buyer: str = OTHER) -> EInvoice:
    """An e-invoice over some fen at 13 per cent."""
    tax = total * 13 // 113
    line = InvoiceLine("支架", "1080000000000000000", total - tax, tax, "0.13")
    parties = InvoiceParty("卖方", seller), InvoiceParty("买方", buyer)
    return EInvoice(number, date(2026, 3, 10), *parties, Fen(total - tax), Fen(tax), Fen(total), (line,))


@dataclass
class Files:
    """The files of one seat, in memory."""

    kept: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    opened: int = 0

    def add(self, name: str, content: bytes) -> str:
        digest = f"{len(self.kept):064x}"
        self.kept[digest] = (name, content)
        return digest

    async def list(self, seat: str, limit: int, after: tuple[int, str] | None = None) -> list[StoredDocument]:
        last = "" if after is None else after[1]
        names = [digest for digest in self.kept if digest > last][:limit]
        return [StoredDocument(n, seat, self.kept[n][0], XML, 1, "", 1, "", "") for n in names]

    async def get(self, seat: str, digest: str) -> tuple[StoredDocument, bytes]:
        self.opened += 1
        name, content = self.kept[digest]
        if not content:
            raise Problem("GATEWAY_DOCUMENT_DAMAGED", digest=digest)
        return StoredDocument(digest, seat, name, XML, 1, "", 1, "", ""), content


def stored(files: Files) -> StoredInvoices:
    return StoredInvoices(files, "s1")  # type: ignore[arg-type]  # a fake of what is asked of it


def row(papers: str, **more: str) -> Row:
    values = {
        "reference": "A", "debtor": "ce-a", "kind": "", "amount": "11300", "due": "2026-09-14", "contract": "HT-1",
        "papers": papers, "purpose": "", "small": "", "delivered": "", "longer_term": "",
    }  # fmt: skip
    return Row(2, {**values, **more})


def read(files: Files, papers: str, **more: str) -> tuple[dict[str, Any], list[dict[str, Any]], int]:
    args, sealed, total = asyncio.run(presented(row(papers, **more), "bank-a", OWN, stored(files)))
    return args, sealed["papers"]["papers"], total


def test_an_invoice_that_is_stored_is_named_by_its_number_alone() -> None:
    files = Files()
    digest = files.add(f"{NUMBER}.xml", write_einvoice(einvoice()))
    for cell in (NUMBER, f" {NUMBER} 2026/03/10  113.00 ；", written(einvoice())):
        args, (paper,), total = read(files, cell)
        assert (paper["number"], paper["date"], paper["total"], paper["document"]) == (
            NUMBER, "2026-03-10", 11300, digest
        )  # fmt: skip
        assert (total, paper["seller"], args["presenter"]) == (11300, OWN, {"sponsor": "bank-a", "uscc": OWN})


def test_what_is_typed_needs_no_file_and_several_stand_with_semicolons() -> None:
    args, papers, total = read(
        Files(), "0012 2026-03-10 1,000.00; s1 HT 7 2026-03-11 0.01", kind="DELIVERY", small="YES"
    )
    assert [(paper["number"], paper["kind"], paper["document"]) for paper in papers] == [
        ("0012", "DELIVERY", ""), ("s1 HT 7", "DELIVERY", "")
    ]  # fmt: skip
    assert (total, args["kind"], args["small"]) == (100_001, "DELIVERY", True)
    assert read(Files(), "", kind="ORDER")[1:] == ([], 0)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("26992000000000000009", "PAPER_NOT_STORED"),
        (f"{NUMBER} 2026-03-10 112.99", "PAPER_DIFFERS"),
        (f"{NUMBER} 2026-03-11 113.00", "PAPER_DIFFERS"),
        ("26992000000000000002", "PAPER_NOT_OWN"),
        ("26992000000000000003", "PAPER_NOT_STORED"),
        ("26992000000000000004", "PAPER_NOT_STORED"),
        ("26992000000000000005", "PAPER_NOT_STORED"),
        ("0012 2026-03-10", "PAPER_UNREADABLE"),
        ("0012 2026-03-10 0", "PAPER_UNREADABLE"),
        ("0012 10.03.2026 1.00", "PAPER_UNREADABLE"),
        ("0012 2026-03-10 1.005", "PAPER_UNREADABLE"),
        ("9" * 65, "PAPER_UNREADABLE"),
        (";".join(["0012 2026-03-10 1"] * 21), "PAPERS_TOO_MANY"),
    ],
)
def test_a_cell_that_is_not_what_the_papers_are_is_refused(cell: str, code: str) -> None:
    files = Files()
    files.add(f"{NUMBER}.xml", write_einvoice(einvoice()))
    files.add("26992000000000000002.xml", write_einvoice(einvoice("26992000000000000002", OTHER)))
    files.add("26992000000000000003.xml", b"<a/>")
    files.add("26992000000000000004.xml", b"")
    files.add("26992000000000000005.xml", write_einvoice(einvoice()))
    with pytest.raises(PaperWrong) as caught:
        read(files, cell)
    assert caught.value.code == code
    assert caught.value.en.endswith(".")
    assert caught.value.zh.endswith("。")


def test_files_are_looked_through_once_and_the_newest_of_a_number_counts() -> None:
    files = Files()
    newest = files.add(f"{NUMBER}.xml", write_einvoice(einvoice()))
    for number in range(600):
        files.add(f"other-{number}.xml", b"<a/>")
    files.add(f"{NUMBER}.xml", b"<a/>")
    last = files.add("26992000000000000007.xml", write_einvoice(einvoice("26992000000000000007")))

    async def look() -> list[Any]:
        those = stored(files)
        again = [await those.find(number) for number in (NUMBER, NUMBER, "26992000000000000007", "1")]
        assert await those.numbers() == [NUMBER, "26992000000000000007"]
        return [None if found is None else found[1] for found in again]

    assert asyncio.run(look()) == [newest, newest, last, None]
    assert files.opened == 2
