"""Cancellations as rows."""

from collections.abc import Iterable

from tallychain.contracts.vouchers import columns
from tallychain.contracts.vouchers.cancelling import events
from tallychain.contracts.vouchers.cancelling.state import AGREED, LAPSED, PENDING
from tallychain.ledger.contract import Words
from tallychain.ledger.timeline import settled
from tallychain.ledger.views import Fact, RowWrite, Value, View

WORDS = {
    PENDING: Words("waits for the holders", "待持有人同意"),
    AGREED: Words("agreed by all", "全体已同意"),
    LAPSED: Words("lapsed", "已失效"),
}


def _row(cancellation: str, **values: Value) -> RowWrite:
    return RowWrite("cancellations", (cancellation,), values)


def _status(cancellation: str, status: str) -> RowWrite:
    return RowWrite("cancellations", (cancellation,), {"status": settled(status)})


def _cancellations(fact: Fact) -> Iterable[RowWrite]:
    match fact.event:
        case events.CancellationProposed() as event:
            return (
                RowWrite(
                    "cancellations",
                    (event.cancellation,),
                    {
                        "voucher": event.voucher,
                        "issuer": event.issuer,
                        "holdings": event.holdings,
                        "missing": event.holdings,
                        "height": fact.height,
                        "proposed_at": fact.time_ms,
                        "status": event.timeline,
                    },
                ),
            )
        case events.CancellationConsented() as event:
            return (_row(event.cancellation, missing=event.missing),)
        case events.VoucherCancelled() as event:
            return (_status(event.cancellation, AGREED),)
        case events.CancellationLapsed() as event:
            return (_row(event.cancellation, missing=event.missing), _status(event.cancellation, LAPSED))
        case _:
            return ()


CANCELLATIONS_VIEW = View(
    name="cancellations",
    title=Words("Cancellations", "注销"),
    key=("cancellation",),
    columns=(
        columns.text("cancellation", "Cancellation", "注销提议"),
        columns.text("voucher", "Voucher", "凭证编号"),
        columns.text("issuer", "Issuer", "开立方"),
        columns.units("holdings", "Holdings when proposed", "提议时持有份额数"),
        columns.units("missing", "Consents missing", "尚缺同意数"),
        columns.units("height", "Height", "区块高度"),
        columns.time("proposed_at", "Proposed at", "提议时间"),
        columns.text("status", "Status", "状态"),
    ),
    timeline=True,
    project=_cancellations,
)


def _consents(fact: Fact) -> Iterable[RowWrite]:
    event = fact.event
    if isinstance(event, events.CancellationConsented):
        values: dict[str, Value] = {"voucher": event.voucher, "consented_at": fact.time_ms}
        yield RowWrite("cancellation_consents", (event.cancellation, event.holding), values)


CONSENTS_VIEW = View(
    name="cancellation_consents",
    title=Words("Consents to cancellations", "注销同意"),
    key=("cancellation", "holding"),
    columns=(
        columns.text("cancellation", "Cancellation", "注销提议"),
        columns.text("holding", "Holding", "持有份额编号"),
        columns.text("voucher", "Voucher", "凭证编号"),
        columns.time("consented_at", "Consented at", "同意时间"),
    ),
    project=_consents,
)

VIEWS = (CANCELLATIONS_VIEW, CONSENTS_VIEW)
