"""Rows from the sealed parts that a gateway could open; each row belongs to the seat whose key opened it."""

from collections.abc import Iterable

from tallychain.contracts.documents.contents import PaperContent, PapersContent, WordContent
from tallychain.ledger.contract import Words
from tallychain.ledger.views import Opening, RowWrite, View, column

SEAT = column("seat", "text", "Seat", "席位")
NO_PAPER = PaperContent(
    fingerprint="", kind="", number="", seller="", date="", currency="", total=0, document=""
)


def _papers(opening: Opening) -> Iterable[RowWrite]:
    content = opening.content
    if not isinstance(content, PapersContent):
        return
    # An order has no papers; its relation stands in a row of its own.
    for row, paper in enumerate(content.papers, start=1) if content.papers else ((0, NO_PAPER),):
        yield RowWrite(
            "papers",
            (opening.seat, opening.operation, row),
            {
                "relation": content.relation,
                "purpose": content.purpose,
                "invoice": paper.fingerprint,
                "kind": paper.kind,
                "number": paper.number,
                "seller": paper.seller,
                "date": paper.date,
                "currency": paper.currency,
                "total": paper.total,
                "document": paper.document,
            },
        )


PAPERS_VIEW = View(
    name="papers",
    title=Words("Papers behind payables", "应付账款单据内容"),
    key=("seat", "payable", "row"),
    columns=(
        SEAT,
        column("payable", "text", "Payable", "应付账款编号"),
        column("row", "integer", "Row", "序号"),
        column("relation", "text", "Contract or order", "合同或订单编号"),
        column("purpose", "text", "Purpose", "用途"),
        column("invoice", "text", "Fingerprint", "单据指纹"),
        column("kind", "text", "Kind", "单据类别"),
        column("number", "text", "Number", "号码"),
        column("seller", "text", "Seller", "销售方统一社会信用代码"),
        column("date", "day", "Date", "开具日期"),
        column("currency", "text", "Currency", "币种"),
        column("total", "amount", "Total", "价税合计"),
        column("document", "text", "Stored document", "单据文件摘要"),
    ),
    private=True,
    project_opening=_papers,
)


def _words(opening: Opening) -> Iterable[RowWrite]:
    content = opening.content
    if isinstance(content, WordContent):
        yield RowWrite(
            "document_reasons",
            (opening.seat, opening.operation),
            {"kind": opening.type, "reason": content.reason},
        )


WORDS_VIEW = View(
    name="document_reasons",
    title=Words("Reasons about payables and invoices", "应付账款与单据事由"),
    key=("seat", "operation"),
    columns=(
        SEAT,
        column("operation", "text", "Operation", "操作"),
        column("kind", "text", "Kind", "操作类型"),
        column("reason", "text", "Reason", "原因"),
    ),
    private=True,
    project_opening=_words,
)
