"""Rows from the sealed parts that a gateway could open; each row belongs to the seat whose key opened it."""

from collections.abc import Iterable, Mapping

from tallychain.contracts.vouchers import columns
from tallychain.contracts.vouchers.contents import PromiseContent, ReasonContent, TradeContent
from tallychain.contracts.vouchers.operations import TRADE_LABELS
from tallychain.ledger.contract import Words
from tallychain.ledger.holder import IdentityContent
from tallychain.ledger.types import TAG_PREFIX
from tallychain.ledger.views import Opening, RowWrite, Value, View

Values = Mapping[str, Value]


def _trade(opening: Opening) -> Iterable[RowWrite]:
    content = opening.content
    if not isinstance(content, PromiseContent | TradeContent):
        return ()
    is_promise = isinstance(content, PromiseContent)
    row = 0 if is_promise else TRADE_LABELS.index(opening.label) + 1
    return (
        RowWrite(
            "trades",
            (opening.seat, opening.operation, row),
            {
                "kind": opening.type,
                "promise": content.promise if isinstance(content, PromiseContent) else "",
                "contract": content.contract,
                "invoices": ", ".join(content.invoices),
                "purpose": content.purpose,
                "amount": content.amount,
            },
        ),
    )


TRADES_VIEW = View(
    name="trades",
    title=Words("Trades behind vouchers", "贸易背景"),
    key=("seat", "operation", "row"),
    columns=(
        columns.text("seat", "Seat", "席位"),
        columns.text("operation", "Operation", "操作"),
        columns.units("row", "Row of the offer, 0 for an issue", "转让行号（开立为 0）"),
        columns.text("kind", "Kind", "操作类型"),
        columns.text("promise", "Promise to pay", "付款承诺"),
        columns.text("contract", "Contract", "合同编号"),
        columns.text("invoices", "Invoices", "发票号码"),
        columns.text("purpose", "Purpose", "用途"),
        columns.text("amount", "Amount of the papers", "单据金额"),
    ),
    private=True,
    project_opening=_trade,
)


def _identity(opening: Opening) -> Iterable[RowWrite]:
    content = opening.content
    if not isinstance(content, IdentityContent):
        return ()
    return (
        RowWrite(
            "identities",
            (opening.seat, opening.author.removeprefix(TAG_PREFIX), opening.operation),
            {
                "name": content.name,
                "uscc": content.uscc,
                "certificate": content.certificate,
                "checker_certificate": content.checker_certificate,
                "verified": int(opening.verified),
                "kind": opening.type,
            },
        ),
    )


IDENTITIES_VIEW = View(
    name="identities",
    title=Words("Who stands behind tags", "标签对应主体"),
    key=("seat", "tag", "operation"),
    columns=(
        columns.text("seat", "Seat", "席位"),
        columns.text("tag", "Tag", "标签"),
        columns.text("operation", "Operation", "操作"),
        columns.text("name", "Name", "名称"),
        columns.text("uscc", "Unified social credit code", "统一社会信用代码"),
        columns.text("certificate", "Certificate", "证书摘要"),
        columns.text("checker_certificate", "Second person's certificate", "复核人证书摘要"),
        columns.flag("verified", "Signature verified", "签名已核验"),
        columns.text("kind", "Kind", "操作类型"),
    ),
    private=True,
    project_opening=_identity,
)


def _reason(opening: Opening) -> Iterable[RowWrite]:
    content = opening.content
    if not isinstance(content, ReasonContent):
        return ()
    values: Values = {"kind": opening.type, "reason": content.reason}
    return (RowWrite("reasons", (opening.seat, opening.operation), values),)


REASONS_VIEW = View(
    name="reasons",
    title=Words("Reasons given", "拒绝原因"),
    key=("seat", "operation"),
    columns=(
        columns.text("seat", "Seat", "席位"),
        columns.text("operation", "Operation", "操作"),
        columns.text("kind", "Kind", "操作类型"),
        columns.text("reason", "Reason", "原因"),
    ),
    private=True,
    project_opening=_reason,
)
