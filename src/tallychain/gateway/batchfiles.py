"""The files around a batch: a template that knows what the seat may issue on, holds, or has e-invoices of, and the result with the receipt of every row."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tallychain.contracts.documents.state import (
    CONFIRMED,
    CONTESTED,
    FREED,
    INVOICE,
    LAPSED,
    ORDER,
    WITHDRAWN,
)
from tallychain.contracts.vouchers.settling.state import IN_FORCE
from tallychain.gateway.accounts import HOUSE
from tallychain.gateway.batchpapers import StoredInvoices, written
from tallychain.gateway.batchrows import BatchRow
from tallychain.gateway.documents import Documents
from tallychain.gateway.readmodel_port import ReadModel
from tallychain.gateway.seats import Seat
from tallychain.instruments.money import format_amount
from tallychain.integrations.batchtables import ISSUE, MAX_ROWS, PRESENT, TABLES, sheet, template
from tallychain.integrations.tables import as_csv

_PAGE: Final = 200
_TAGS: Final = 200
_MOST: Final = 20_000
_ENDED: Final = frozenset({CONTESTED, WITHDRAWN, LAPSED})
_PROMISE: Final = {
    "en": "We promise unconditionally to pay the face at maturity to whoever holds it then.",
    "zh": "我方承诺于到期日向最终持有人无条件支付票面金额。",
}
_HEADS: Final = {
    "en": ["Line", "Reference", "Receiver", "Amount (yuan)", "State", "Operation", "Block", "Code", "Reason"],
    "zh": ["行号", "业务编号", "签收方", "金额（元）", "状态", "操作编号", "区块", "代码", "原因"],
}
_STATES: Final = {
    "new": "未签署",
    "failed": "未能签署",
    "waiting": "待复核",
    "lapsed": "复核逾期",
    "declined": "复核退回",
    "queued": "处理中",
    "done": "已完成",
    "refused": "账本拒绝",
    "turned_away": "未受理",
    "expired": "已过期",
}

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Known:
    """Of whom a template is, and where what it knows is found."""

    rows: ReadModel
    member: str
    seat: Seat | None
    """The client; None for the member itself."""
    tags: Sequence[str]
    documents: Documents


async def made_template(kind: str, language: str, known: Known, *, as_xlsx: bool) -> bytes:
    """A template with one row for each payable that may still be promised on, for each holding, or for each stored e-invoice that was not presented."""
    if kind == ISSUE:
        found = await _payables(known.rows, known.member, language)
    elif kind == PRESENT and known.seat is not None:
        found = await _invoices(known, known.seat)
    else:
        found = await _holdings(known.rows, known.tags)
    return template(TABLES[kind], found[:MAX_ROWS], language, as_xlsx=as_xlsx)


def made_result(rows: Sequence[BatchRow], language: str, *, as_xlsx: bool) -> bytes:
    """Every row with its operation, and why one had no effect."""
    lines = [
        [
            str(row.line),
            row.plan.reference,
            row.plan.to,
            format_amount(row.plan.amount).replace(",", ""),
            _STATES.get(row.state, row.state) if language == "zh" else row.state,
            row.operation,
            str(row.height or ""),
            row.code,
            row.why_zh if language == "zh" else row.why_en,
        ]
        for row in rows
    ]
    return sheet(_HEADS[language], lines) if as_xlsx else as_csv(_HEADS[language], lines)


async def _payables(rows: ReadModel, member: str, language: str) -> list[Mapping[str, str]]:
    taken: Counter[str] = Counter()
    for part in await _all(rows, "allocations", {"issuer": member}):
        if part["status"] != FREED:
            taken[str(part["payable"])] += int(part["amount"])
    banks = [
        str(row["bank"]) for row in await _all(rows, "agreements", {"issuer": member, "status": IN_FORCE})
    ]
    numbers: dict[str, list[str]] = {}
    for paper in await _all(rows, "papers", {}):
        numbers.setdefault(str(paper["payable"]), []).append(str(paper["number"]))
    found: list[Mapping[str, str]] = []
    for row in await _all(rows, "payables", {"issuer": member, "status": CONFIRMED}):
        left = int(row["amount"]) - taken[str(row["payable"])]
        if row["kind"] != ORDER and left > 0:
            found.append(
                {
                    "payable": str(row["payable"]),
                    "amount": format_amount(left).replace(",", ""),
                    "maturity": str(row["due_day"]),
                    "settlement_bank": banks[0] if len(banks) == 1 else "",
                    "invoices": ", ".join(numbers.get(str(row["payable"]), [])),
                    "promise": _PROMISE[language],
                }
            )
    return found


async def _invoices(known: Known, seat: Seat) -> list[Mapping[str, str]]:
    """The seat's own e-invoices to members of the ledger, without those of a payable that waits, is confirmed, or may have been paid."""
    members = {str(row["uscc"]): str(row["member"]) for row in await _all(known.rows, "members", {})}
    living = {
        str(row["payable"])
        for tag in list(known.tags)[:_TAGS]
        for row in await _all(known.rows, "payables", {"presenter": tag})
        if row["status"] not in _ENDED
    }
    taken = {
        str(row["number"])
        for row in await _all(known.rows, "papers", {}, seat.id)
        if str(row["payable"]) in living
    }
    stored = StoredInvoices(known.documents, seat.id)
    found: list[Mapping[str, str]] = []
    for number in await stored.numbers():
        if number in taken or len(found) >= MAX_ROWS:
            continue
        invoice = await stored.find(number)
        if invoice is None or invoice[0].seller.uscc != seat.uscc or invoice[0].buyer.uscc not in members:
            continue
        said = invoice[0]
        amount = format_amount(said.total_fen).replace(",", "")
        debtor = members[said.buyer.uscc]
        found.append({"debtor": debtor, "kind": INVOICE, "amount": amount, "papers": written(said)})
    return found


async def _holdings(rows: ReadModel, tags: Sequence[str]) -> list[Mapping[str, str]]:
    return [
        {"holding": str(row["holding"]), "amount": format_amount(int(row["face"])).replace(",", "")}
        for tag in list(tags)[:_TAGS]
        for row in await _all(rows, "holdings", {"tag": tag, "status": "LIVE"})
    ]


async def _all(rows: ReadModel, view: str, filters: Mapping[str, str], seat: str = HOUSE) -> list[Row]:
    found: list[Row] = []
    cursor = ""
    while len(found) < _MOST:
        page = await rows.list(view, filters, (seat,), cursor, _PAGE)
        found += page.rows
        cursor = page.cursor
        if not cursor:
            break
    return found
