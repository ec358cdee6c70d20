"""Claims of holders as rows."""

from collections.abc import Iterable

from tallychain.contracts.vouchers import columns
from tallychain.contracts.vouchers.sponsoring import events
from tallychain.contracts.vouchers.sponsoring.state import ANSWERED, FREE, OVER, WAITING
from tallychain.ledger.contract import Words
from tallychain.ledger.timeline import Timeline, settled
from tallychain.ledger.views import Fact, RowWrite, Value, View

WORDS = {
    WAITING: Words("waits for the sponsor", "待接入机构答复"),
    FREE: Words("any member may carry", "任一成员可提交"),
    ANSWERED: Words("answered", "已答复"),
    OVER: Words("over", "已结束"),
}


def _row(tag: str, status: Timeline, **values: Value) -> Iterable[RowWrite]:
    return (RowWrite("claims", (tag,), {**values, "status": status}),)


def _claims(fact: Fact) -> Iterable[RowWrite]:
    match fact.event:
        case events.SponsorClaimed() as event:
            return _row(
                event.tag,
                event.timeline,
                sponsor=event.sponsor,
                via=fact.via,
                operation=fact.operation,
                height=fact.height,
                claimed_at=event.claimed_ms,
            )
        case events.SponsorAnswered() as event:
            return _row(event.tag, settled(ANSWERED))
        case events.ClaimEnded() as event:
            return _row(event.tag, settled(OVER))
        case _:
            return ()


CLAIMS_VIEW = View(
    name="claims",
    title=Words("Claims that a sponsor is idle", "接入机构不作为申告"),
    key=("tag",),
    columns=(
        columns.text("tag", "Holder's tag", "持有标签"),
        columns.text("sponsor", "Sponsor", "接入机构"),
        columns.text("via", "Carried by", "提交机构"),
        columns.text("operation", "Operation", "操作"),
        columns.units("height", "Height", "区块高度"),
        columns.time("claimed_at", "Claimed at", "申告时间"),
        columns.text("status", "Status", "状态"),
    ),
    timeline=True,
    project=_claims,
)
