"""Disputes as rows, and what a gateway could open of their grounds."""

from collections.abc import Iterable

from tallychain.contracts.vouchers import columns
from tallychain.contracts.vouchers.disputing import events
from tallychain.contracts.vouchers.disputing.contents import GroundContent
from tallychain.contracts.vouchers.disputing.operations import CloseDispute, OpenDispute, ReferDispute
from tallychain.contracts.vouchers.disputing.state import ADMITTED, CLOSED, DENIED, LAPSED, OPENED, REFERRED
from tallychain.contracts.vouchers.projections import STATUS, Rows, Values, all_of, of, set_row
from tallychain.contracts.vouchers.rekeying.events import HolderRekeyed
from tallychain.ledger.contract import Words
from tallychain.ledger.timeline import settled
from tallychain.ledger.views import Fact, Opening, RowWrite, View

WORDS = {
    OPENED: Words("disputed", "有争议，待答复"),
    DENIED: Words("denied by the holder", "持有人否认"),
    REFERRED: Words("a court or an arbitration decides", "诉讼或仲裁审理中"),
    ADMITTED: Words("admitted, debt released", "持有人承认并豁免"),
    CLOSED: Words("closed", "已终结"),
}


def _dispute(voucher: str, name: str, values: Values) -> Rows:
    return set_row("disputes", (voucher, name), values)


def _opened(event: events.DisputeOpened, fact: Fact) -> Rows:
    return _dispute(
        event.voucher,
        event.dispute,
        {
            "issuer": event.issuer,
            "holding": event.holding,
            "first": event.first,
            "face": event.last - event.first + 1,
            "tag": event.tag,
            "covered": event.covered,
            "document": event.document,
            "opened_at": fact.time_ms,
            "status": event.timeline,
        },
    )


DISPUTES_VIEW = View(
    name="disputes",
    title=Words("Disputes", "争议"),
    key=("voucher", "dispute"),
    columns=(
        columns.text("voucher", "Voucher", "凭证编号"),
        columns.text("dispute", "Dispute", "争议编号"),
        columns.text("issuer", "Issuer", "开立方"),
        columns.text("holding", "Holding", "持有份额编号"),
        columns.units("first", "First unit", "起始单位"),
        columns.amount("face", "Disputed", "争议金额"),
        columns.text("tag", "Holder's tag", "持有标签"),
        columns.amount("covered", "Covered by evidence", "证据所及金额"),
        columns.text("document", "Digest of the document", "凭据摘要"),
        columns.time("opened_at", "Opened at", "提出时间"),
        STATUS,
    ),
    timeline=True,
    project=all_of(
        of(events.DisputeOpened, _opened),
        of(
            events.DisputeDenied,
            lambda e, _: _dispute(e.voucher, e.dispute, {"status": e.timeline}),
        ),
        of(
            events.DisputeAdmitted,
            lambda e, _: _dispute(e.voucher, e.dispute, {"status": settled(ADMITTED)}),
        ),
        of(
            events.DisputeReferred,
            lambda e, _: _dispute(e.voucher, e.dispute, {"document": e.document, "status": e.timeline}),
        ),
        of(
            events.DisputeClosed,
            lambda e, _: _dispute(e.voucher, e.dispute, {"document": e.document, "status": settled(CLOSED)}),
        ),
        of(
            HolderRekeyed,
            lambda e, _: [
                RowWrite("disputes", (e.voucher, name), {"tag": e.receiver.tag}) for name in e.disputes
            ],
        ),
        of(
            events.DisputeLapsed,
            lambda e, _: _dispute(e.voucher, e.dispute, {"status": settled(LAPSED)}),
        ),
    ),
)


def _ground(opening: Opening) -> Iterable[RowWrite]:
    content, args = opening.content, opening.args
    if isinstance(content, GroundContent) and isinstance(args, OpenDispute | ReferDispute | CloseDispute):
        values: Values = {
            "dispute": opening.operation if isinstance(args, OpenDispute) else args.dispute,
            "voucher": args.voucher,
            "act": opening.type,
            "ground": content.ground,
            "number": content.number,
            "said_at": opening.time_ms,
        }
        yield RowWrite("dispute_grounds", (opening.seat, opening.operation), values)


GROUNDS_VIEW = View(
    name="dispute_grounds",
    title=Words("Grounds of disputes", "争议事由"),
    key=("seat", "operation"),
    columns=(
        columns.text("seat", "Seat", "席位"),
        columns.text("operation", "Operation", "操作"),
        columns.text("dispute", "Dispute", "争议编号"),
        columns.text("voucher", "Voucher", "凭证编号"),
        columns.text("act", "Act", "操作类型"),
        columns.text("ground", "Ground", "事由"),
        columns.text("number", "Case number", "案号"),
        columns.time("said_at", "At", "时间"),
    ),
    private=True,
    project_opening=_ground,
)

VIEWS = (DISPUTES_VIEW, GROUNDS_VIEW)
