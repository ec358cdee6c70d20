"""Freezes as rows, what they do to the rows of holdings and shares, and what a gateway could open of orders."""

from collections.abc import Iterable

from tallychain.contracts.vouchers import columns
from tallychain.contracts.vouchers.courting import events
from tallychain.contracts.vouchers.courting.contents import OrderContent
from tallychain.contracts.vouchers.courting.operations import (
    ExecuteFreeze,
    FreezeUnits,
    RenewFreeze,
    TransferFrozen,
    Unfreeze,
)
from tallychain.contracts.vouchers.courting.state import (
    AWARDED,
    EXHAUSTED,
    FROZEN,
    TRANSFERRED,
    UNFROZEN,
)
from tallychain.contracts.vouchers.projections import STATUS, Rows, Values, all_of, of, set_row
from tallychain.ledger.contract import Words
from tallychain.ledger.timeline import settled
from tallychain.ledger.views import Fact, Opening, RowWrite, View

WORDS = {
    FROZEN: Words("frozen", "冻结中"),
    AWARDED: Words("executed, waits for the money", "已执行，待兑付款"),
    UNFROZEN: Words("lifted by the court", "法院已解除"),
    TRANSFERRED: Words("executed, title given", "已强制过户"),
    EXHAUSTED: Words("nothing left to wait for", "轮候标的已处置"),
    "COURT": Words("by a court", "司法取得"),
}


def _freeze(name: str, values: Values) -> Rows:
    return set_row("freezes", (name,), values)


def _froze(event: events.CourtFroze, fact: Fact) -> Rows:
    return _freeze(
        event.freeze,
        {
            "voucher": event.voucher,
            "issuer": event.issuer,
            "court": event.court,
            "tag": event.tag,
            "first": event.first,
            "last": event.last,
            "holding": event.holdings[0].holding,
            "holdings": len(event.holdings),
            "frozen": event.frozen,
            "effective": event.effective,
            "until": event.until,
            "renewals": 0,
            "document": event.document,
            "height": fact.height,
            "frozen_at": fact.time_ms,
            "status": event.timeline,
        },
    )


FREEZES_VIEW = View(
    name="freezes",
    title=Words("Freezes", "冻结"),
    key=("freeze",),
    columns=(
        columns.text("freeze", "Freeze", "冻结编号"),
        columns.text("voucher", "Voucher", "凭证编号"),
        columns.text("issuer", "Issuer", "开立方"),
        columns.text("court", "Court gateway", "司法网关"),
        columns.text("tag", "Holder's tag", "持有标签"),
        columns.units("first", "From unit", "起始单位"),
        columns.units("last", "To unit", "截止单位"),
        columns.text("holding", "First holding", "首份持有份额"),
        columns.units("holdings", "Holdings", "份额数"),
        columns.amount("frozen", "Frozen", "冻结金额"),
        columns.amount("effective", "Effective, first in the queue", "已生效金额（首封）"),
        columns.day("until", "Until", "冻结截止日"),
        columns.units("renewals", "Renewals", "续冻次数"),
        columns.text("document", "Digest of the last order", "最近法律文书摘要"),
        columns.units("height", "Height", "区块高度"),
        columns.time("frozen_at", "Frozen at", "冻结时间"),
        STATUS,
    ),
    timeline=True,
    project=all_of(
        of(events.CourtFroze, _froze),
        of(
            events.CourtRenewed,
            lambda e, _: _freeze(
                e.freeze,
                {"until": e.until, "renewals": e.renewals, "document": e.document, "status": e.timeline},
            ),
        ),
        of(
            events.CourtUnfroze,
            lambda e, _: _freeze(e.freeze, {"document": e.document, "status": settled(UNFROZEN)}),
        ),
        of(events.CourtFreezeEnded, lambda e, _: _freeze(e.freeze, {"status": settled(e.status)})),
        of(
            events.CourtMovedUp,
            lambda e, _: _freeze(e.freeze, {"frozen": e.frozen, "effective": e.effective}),
        ),
        of(
            events.CourtExecuted,
            lambda e, _: _freeze(e.freeze, {"document": e.document, "status": settled(AWARDED)}),
        ),
        of(
            events.CourtTransferred,
            lambda e, _: _freeze(e.freeze, {"document": e.document, "status": settled(TRANSFERRED)}),
        ),
    ),
)


def _holdings(
    event: events.CourtFroze | events.CourtUnfroze | events.CourtExecuted | events.CourtTransferred,
    _fact: Fact,
) -> Rows:
    return [RowWrite("holdings", (one.holding,), {"status": one.status}) for one in event.holdings]


holding_rows = all_of(
    of(events.CourtFroze, _holdings),
    of(events.CourtUnfroze, _holdings),
    of(events.CourtExecuted, _holdings),
    of(events.CourtTransferred, _holdings),
)
"""Rows of the view `holdings`."""


def _payable(event: events.CourtFroze | events.CourtUnfroze, _fact: Fact) -> Rows:
    return [
        RowWrite("shares", (event.voucher, one.first), {"holding": one.holding, "payable": one.payable})
        for one in event.holdings
    ]


def _moved(event: events.CourtTransferred, _fact: Fact) -> Rows:
    for one in event.holdings:
        values: Values = {
            "holding": one.holding,
            "payable": one.payable,
            "payee_at": 0,
            "payee_bank": "",
            "cleared": 0,
        }
        yield RowWrite("shares", (event.voucher, one.first), values)


def _account(event: events.CourtExecuted, fact: Fact) -> Rows:
    for one in event.holdings:
        values: Values = {
            "holding": one.holding,
            "payable": one.payable,
            "payee_at": fact.time_ms,
            "payee_bank": event.bank,
            "cleared": 1,
        }
        yield RowWrite("shares", (event.voucher, one.first), values)


share_rows = all_of(
    of(events.CourtFroze, _payable),
    of(events.CourtUnfroze, _payable),
    of(events.CourtExecuted, _account),
    of(events.CourtTransferred, _moved),
)
"""Rows of the view `shares`."""


def _order(opening: Opening) -> Iterable[RowWrite]:
    content, args = opening.content, opening.args
    kinds = FreezeUnits | RenewFreeze | Unfreeze | ExecuteFreeze | TransferFrozen
    if isinstance(content, OrderContent) and isinstance(args, kinds):
        values: Values = {
            "freeze": opening.operation if isinstance(args, FreezeUnits) else args.freeze,
            "voucher": args.voucher,
            "act": opening.type,
            "court": content.court,
            "number": content.number,
            "note": content.note,
            "document": args.document,
            "ordered_at": opening.time_ms,
        }
        yield RowWrite("court_orders", (opening.seat, opening.operation), values)


ORDERS_VIEW = View(
    name="court_orders",
    title=Words("Orders of courts", "法院文书"),
    key=("seat", "operation"),
    columns=(
        columns.text("seat", "Seat", "席位"),
        columns.text("operation", "Operation", "操作"),
        columns.text("freeze", "Freeze", "冻结编号"),
        columns.text("voucher", "Voucher", "凭证编号"),
        columns.text("act", "Act", "操作类型"),
        columns.text("court", "Court", "法院名称"),
        columns.text("number", "Order number", "案号"),
        columns.text("note", "Note", "备注"),
        columns.text("document", "Digest of the order", "法律文书摘要"),
        columns.time("ordered_at", "At", "时间"),
    ),
    private=True,
    project_opening=_order,
)

VIEWS = (FREEZES_VIEW, ORDERS_VIEW)
