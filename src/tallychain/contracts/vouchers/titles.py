"""How title has moved, as rows: by transfer, and by financing."""

from tallychain.contracts.vouchers import columns, events
from tallychain.contracts.vouchers.financing.events import FinancingCompleted
from tallychain.contracts.vouchers.projections import Rows, Values, all_of, of
from tallychain.ledger.contract import Words
from tallychain.ledger.views import Fact, RowWrite, View


def _row(
    event: events.TitleMoved | FinancingCompleted, taken: events.HeldUnits, name: str, fact: Fact
) -> RowWrite:
    values: Values = {
        "voucher": event.voucher,
        "issuer": event.issuer,
        "first": taken.first,
        "last": taken.last,
        "face": taken.last - taken.first + 1,
        "giver": event.giver.tag,
        "giver_sponsor": event.giver.sponsor,
        "receiver": taken.tag,
        "receiver_sponsor": taken.sponsor,
        "from_holding": event.spent,
        "to_holding": taken.id,
        "layer": taken.layer,
        "operation": fact.operation,
        "height": fact.height,
        "moved_at": event.moved_ms,
    }
    return RowWrite("title_moves", (name,), values)


def _moved(event: events.TitleMoved, fact: Fact) -> Rows:
    return (_row(event, event.taken, event.offer, fact),)


def _bought(event: FinancingCompleted, fact: Fact) -> Rows:
    return (_row(event, taken, event.financing, fact) for taken in event.taken)


TITLE_MOVES_VIEW = View(
    name="title_moves",
    title=Words("Movements of title", "权属变动"),
    key=("offer",),
    columns=(
        columns.text("offer", "Offer or financing", "转让或融资编号"),
        columns.text("voucher", "Voucher", "凭证编号"),
        columns.text("issuer", "Issuer, notified", "开立方（已通知）"),
        columns.units("first", "First unit", "起始单位"),
        columns.units("last", "Last unit", "截止单位"),
        columns.amount("face", "Face", "金额"),
        columns.text("giver", "From tag", "转让标签"),
        columns.text("giver_sponsor", "From sponsor", "转让方接入机构"),
        columns.text("receiver", "To tag", "签收标签"),
        columns.text("receiver_sponsor", "To sponsor", "签收方接入机构"),
        columns.text("from_holding", "From holding", "转出份额"),
        columns.text("to_holding", "To holding", "转入份额"),
        columns.units("layer", "Layer", "流转层级"),
        columns.text("operation", "Operation", "操作"),
        columns.units("height", "Height", "区块高度"),
        columns.time("moved_at", "Moved at", "变动时间"),
    ),
    project=all_of(of(events.TitleMoved, _moved), of(FinancingCompleted, _bought)),
)
