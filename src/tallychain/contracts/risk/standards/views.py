"""Standards as rows, public to members."""

from collections.abc import Iterable

from tallychain.contracts.risk.standards import events
from tallychain.contracts.risk.state import ENDED
from tallychain.ledger import codec
from tallychain.ledger.contract import Words
from tallychain.ledger.timeline import settled
from tallychain.ledger.views import Fact, RowWrite, View, column

WORDS = {
    "EITHER": Words("with or without recourse", "有无追索权均可"),
    "WITH": Words("with recourse", "有追索权"),
    "WITHOUT": Words("without recourse", "无追索权"),
}


def _standards(fact: Fact) -> Iterable[RowWrite]:
    event = fact.event
    match event:
        case events.StandardPublished():
            terms = event.terms
            yield RowWrite(
                "standards",
                (event.standard,),
                {
                    "funder": event.funder,
                    "number": event.number,
                    "name": terms.name,
                    "forms": ", ".join(terms.forms),
                    "recourse": terms.recourse,
                    "days_min": terms.days_min,
                    "days_max": terms.days_max,
                    "face_min": terms.face_min,
                    "face_max": terms.face_max,
                    "advance": terms.advance,
                    "valid_from": terms.valid_from,
                    "valid_until": terms.valid_until,
                    "published_at": fact.time_ms,
                    "terms": codec.encode(terms).decode(),
                    "status": event.timeline,
                },
            )
        case events.StandardReplaced() | events.StandardTookEffect():
            yield RowWrite("standards", (event.standard,), {"status": event.timeline})
        case events.StandardEnded():
            yield RowWrite("standards", (event.standard,), {"status": settled(ENDED)})
        case _:
            return


STANDARDS_VIEW = View(
    name="standards",
    title=Words("Standards of funders", "资金方准入标准"),
    key=("standard",),
    columns=(
        column("standard", "text", "Standard", "标准编号"),
        column("funder", "text", "Funder", "资金方"),
        column("number", "integer", "Number", "序号"),
        column("name", "text", "Name", "产品名称"),
        column("forms", "text", "Forms", "融资方式"),
        column("recourse", "text", "Recourse", "追索权要求"),
        column("days_min", "integer", "Least days", "最短天数"),
        column("days_max", "integer", "Most days", "最长天数"),
        column("face_min", "amount", "Least face", "最低金额"),
        column("face_max", "amount", "Most face", "最高金额"),
        column("advance", "integer", "Advance rate (ppm)", "融资比例（百万分之一）"),
        column("valid_from", "day", "Valid from", "生效日"),
        column("valid_until", "day", "Valid until", "到期日"),
        column("published_at", "time", "Published at", "发布时间"),
        column("terms", "text", "All terms", "全部条款"),
        column("status", "text", "Status", "状态"),
    ),
    timeline=True,
    project=_standards,
)

VIEWS = (STANDARDS_VIEW,)
