"""How risk events become rows: ceilings, what is used of them, and missed payments, all public to members."""

from collections.abc import Iterable

from tallychain.contracts.risk import events
from tallychain.contracts.risk.state import ENDED, IN_FORCE, PLANNED
from tallychain.ledger.contract import Words
from tallychain.ledger.timeline import settled
from tallychain.ledger.views import Column, Fact, RowWrite, View

WORDS = {
    PLANNED: Words("planned", "未生效"),
    IN_FORCE: Words("in force", "有效"),
    ENDED: Words("ended", "已终止"),
}


def _ceilings(fact: Fact) -> Iterable[RowWrite]:
    event = fact.event
    match event:
        case events.CeilingGranted():
            yield RowWrite(
                "ceilings",
                (event.ceiling,),
                {
                    "issuer": event.issuer,
                    "bank": event.bank,
                    "amount": event.amount,
                    "currency": event.currency,
                    "valid_from": event.valid_from,
                    "valid_until": event.valid_until,
                    "granted_at": fact.time_ms,
                    "status": event.timeline,
                },
            )
        case events.CeilingReduced():
            yield RowWrite("ceilings", (event.ceiling,), {"amount": event.amount})
        case events.CeilingTookEffect():
            yield RowWrite("ceilings", (event.ceiling,), {"status": event.timeline})
        case events.CeilingEnded():
            yield RowWrite("ceilings", (event.ceiling,), {"status": settled(ENDED)})
        case _:
            return


def _usages(fact: Fact) -> Iterable[RowWrite]:
    event = fact.event
    if isinstance(event, events.CeilingUsed | events.CeilingFreed):
        yield RowWrite("ceiling_usage", (event.issuer,), {"used": event.used})


def _missed(fact: Fact) -> Iterable[RowWrite]:
    event = fact.event
    if isinstance(event, events.IssuerWasBlocked):
        key = (event.issuer, event.voucher)
        yield RowWrite("missed_payments", key, {"since": event.since_ms, "cured_at": 0})
    elif isinstance(event, events.IssuerCured):
        yield RowWrite("missed_payments", (event.issuer, event.voucher), {"cured_at": fact.time_ms})


ISSUER = Column("issuer", "text", Words("Issuer", "开立方"))

CEILINGS_VIEW = View(
    name="ceilings",
    title=Words("Ceilings", "开立额度"),
    key=("ceiling",),
    columns=(
        Column("ceiling", "text", Words("Ceiling", "额度编号")),
        ISSUER,
        Column("bank", "text", Words("Bank", "授予银行")),
        Column("amount", "amount", Words("Amount", "额度")),
        Column("currency", "text", Words("Currency", "币种")),
        Column("valid_from", "day", Words("Valid from", "生效日")),
        Column("valid_until", "day", Words("Valid until", "到期日")),
        Column("granted_at", "time", Words("Granted at", "授予时间")),
        Column("status", "text", Words("Status", "状态")),
    ),
    timeline=True,
    project=_ceilings,
)

USAGE_VIEW = View(
    name="ceiling_usage",
    title=Words("Use of ceilings", "额度使用"),
    key=("issuer",),
    columns=(ISSUER, Column("used", "amount", Words("Outstanding", "已用额度"))),
    project=_usages,
)

MISSED_VIEW = View(
    name="missed_payments",
    title=Words("Missed payments", "到期未付"),
    key=("issuer", "voucher"),
    columns=(
        ISSUER,
        Column("voucher", "text", Words("Voucher", "凭证编号")),
        Column("since", "time", Words("Since", "起始时间")),
        Column("cured_at", "time", Words("Made up for at", "清偿时间")),
    ),
    project=_missed,
)

VIEWS = (CEILINGS_VIEW, USAGE_VIEW, MISSED_VIEW)
