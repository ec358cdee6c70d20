"""How document events become rows.  What a gateway could open of the sealed parts stands in `opened`."""

from collections.abc import Iterable

from tallychain.contracts.documents import events
from tallychain.contracts.documents.opened import PAPERS_VIEW, WORDS_VIEW
from tallychain.contracts.documents.state import (
    CONTESTED,
    COUNTED,
    FREED,
    IN_ORDER,
    KEY_ENDED,
    LAPSED,
    NAMED,
    PAST_DUE,
    PENDING,
    REVIEW_LAPSED,
    WITHDRAWN,
)
from tallychain.ledger.contract import Words
from tallychain.ledger.timeline import Step, Timeline, settled
from tallychain.ledger.views import Fact, RowWrite, View, column


def _payables(fact: Fact) -> Iterable[RowWrite]:
    event = fact.event
    match event:
        case events.PayablePresented():
            yield RowWrite(
                "payables",
                (event.payable,),
                {
                    "issuer": event.issuer,
                    "presenter": event.presenter.tag,
                    "presenter_sealing": event.presenter.sealing,
                    "sponsor": event.presenter.sponsor,
                    "kind": event.kind,
                    "amount": event.amount,
                    "due_day": event.due_day,
                    "small": int(event.small),
                    "delivered": event.delivered,
                    "longer_term": event.longer_term,
                    "reference": event.reference,
                    "epoch": event.epoch,
                    "papers": event.papers,
                    "height": fact.height,
                    "presented_at": fact.time_ms,
                    "answered_by": "",
                    "status": event.timeline,
                },
            )
        case events.PayableConfirmed():
            yield _answered(event.payable, fact, event.timeline)
        case events.PayableContested():
            yield _answered(event.payable, fact, settled(CONTESTED))
        case events.PayableWithdrawn():
            yield _answered(event.payable, fact, settled(WITHDRAWN))
        case events.PayableLapsed():
            yield RowWrite("payables", (event.payable,), {"status": settled(LAPSED)})
        case events.PayablePastDue():
            yield RowWrite("payables", (event.payable,), {"status": settled(PAST_DUE)})
        case _:
            return


def _answered(payable: str, fact: Fact, status: Timeline) -> RowWrite:
    return RowWrite("payables", (payable,), {"answered_by": fact.operation, "status": status})


def _payable_invoices(fact: Fact) -> Iterable[RowWrite]:
    event = fact.event
    if isinstance(event, events.PayablePresented):
        for row, item in enumerate(event.invoices, start=1):
            yield RowWrite(
                "payable_invoices",
                (event.payable, row),
                {"invoice": item.fingerprint, "total": item.total, "answer": item.answer, "record": ""},
            )
    elif isinstance(event, events.PayableConfirmed):
        for row, record in enumerate(event.records, start=1):
            yield RowWrite("payable_invoices", (event.payable, row), {"record": record})


def _invoices(fact: Fact) -> Iterable[RowWrite]:
    event = fact.event
    match event:
        case events.InvoiceRecorded():
            yield RowWrite(
                "invoices",
                (event.fingerprint,),
                {
                    "epoch": event.epoch,
                    "total": event.total,
                    "credited": 0,
                    "allocated": 0,
                    "issuer": "",
                    "payable": event.payable,
                    "status": settled(IN_ORDER),
                },
            )
        case events.InvoicesAllocated() | events.AllocationCounted() | events.AllocationFreed():
            for item in event.invoices:
                yield RowWrite(
                    "invoices",
                    (item.fingerprint,),
                    {"allocated": item.allocated, "issuer": item.issuer},
                )
        case events.InvoiceCredited():
            yield RowWrite("invoices", (event.fingerprint,), {"credited": event.credited})
        case events.ReviewOpened():
            yield RowWrite("invoices", (event.fingerprint,), {"status": event.timeline})
        case events.ReviewEnded():
            yield RowWrite("invoices", (event.fingerprint,), {"status": settled(event.status)})
        case events.ReviewLapsed():
            yield RowWrite("invoices", (event.fingerprint,), {"status": settled(REVIEW_LAPSED)})
        case _:
            return


def _allocations(fact: Fact) -> Iterable[RowWrite]:
    event = fact.event
    match event:
        case events.InvoicesAllocated():
            for item in event.invoices:
                yield RowWrite(
                    "allocations",
                    (event.voucher, item.fingerprint),
                    {
                        "issuer": event.issuer,
                        "payable": event.payable,
                        "amount": item.amount,
                        "status": Timeline(PENDING, (Step(event.until_ms, FREED),)),
                    },
                )
        case events.AllocationCounted():
            for item in event.invoices:
                yield RowWrite("allocations", (event.voucher, item.fingerprint), {"status": settled(COUNTED)})
        case events.AllocationFreed():
            for item in event.invoices:
                yield RowWrite("allocations", (event.voucher, item.fingerprint), {"status": settled(FREED)})
        case _:
            return


def _credits(fact: Fact) -> Iterable[RowWrite]:
    event = fact.event
    if isinstance(event, events.InvoiceCredited):
        yield RowWrite(
            "invoice_credits",
            (event.fingerprint, event.credit),
            {
                "amount": event.amount,
                "by": event.by,
                "credited_at": fact.time_ms,
                "operation": fact.operation,
            },
        )


def _reviews(fact: Fact) -> Iterable[RowWrite]:
    event = fact.event
    if isinstance(event, events.ReviewOpened):
        for name in event.waiting:
            yield RowWrite(
                "invoice_reviews",
                (event.fingerprint, name),
                {"finding": "", "asked_at": fact.time_ms, "operation": ""},
            )
    elif isinstance(event, events.ReviewGiven):
        given = {"finding": event.finding, "operation": fact.operation}
        yield RowWrite("invoice_reviews", (event.fingerprint, event.by), given)


def _likenesses(fact: Fact) -> Iterable[RowWrite]:
    event = fact.event
    if isinstance(event, events.InvoiceRecorded | events.InvoiceNamedToo):
        for near in event.near:
            yield RowWrite("invoice_likenesses", (near, event.fingerprint), {})


def _names(fact: Fact) -> Iterable[RowWrite]:
    event = fact.event
    if isinstance(event, events.InvoiceNamedToo):
        for name in event.names:
            yield RowWrite("invoice_names", (name,), {"invoice": event.fingerprint})


def _key_epochs(fact: Fact) -> Iterable[RowWrite]:
    event = fact.event
    match event:
        case events.KeyEpochBegun():
            yield RowWrite(
                "key_epochs",
                (event.epoch,),
                {
                    "commitment": event.commitment,
                    "begun_at": event.begun_ms,
                    "ends_at": 0,
                    "status": settled(NAMED),
                },
            )
        case events.KeyEpochEnding():
            yield RowWrite("key_epochs", (event.epoch,), {"ends_at": event.ends_ms, "status": event.timeline})
        case events.KeyEpochEnded():
            yield RowWrite("key_epochs", (event.epoch,), {"status": settled(KEY_ENDED)})
        case _:
            return


STATUS = column("status", "text", "Status", "状态")
INVOICE = column("invoice", "text", "Fingerprint", "单据指纹")

PAYABLES_VIEW = View(
    name="payables",
    title=Words("Payables", "应付账款"),
    key=("payable",),
    columns=(
        column("payable", "text", "Payable", "应付账款编号"),
        column("issuer", "text", "Debtor", "债务人"),
        column("presenter", "text", "Presenter's tag", "提交标签"),
        column("presenter_sealing", "text", "Presenter's sealing key", "提交方加密密钥"),
        column("sponsor", "text", "Sponsor", "接入机构"),
        column("kind", "text", "Kind", "类别"),
        column("amount", "amount", "Amount", "金额"),
        column("due_day", "day", "Due day", "应付日"),
        column("small", "flag", "Small or medium-sized seller", "中小企业"),
        column("delivered", "text", "Delivered", "交付日"),
        column("longer_term", "text", "Ground of a longer term", "长账期依据"),
        column("reference", "text", "Reference", "业务编号摘要"),
        column("epoch", "integer", "Epoch of the key", "指纹密钥期次"),
        column("papers", "text", "Commitment of the papers", "单据摘要"),
        column("height", "integer", "Height", "区块高度"),
        column("presented_at", "time", "Presented at", "提交时间"),
        column("answered_by", "text", "Operation that ended the waiting", "答复操作"),
        STATUS,
    ),
    timeline=True,
    project=_payables,
)

PAYABLE_INVOICES_VIEW = View(
    name="payable_invoices",
    title=Words("Papers of payables", "应付账款单据"),
    key=("payable", "row"),
    columns=(
        column("payable", "text", "Payable", "应付账款编号"),
        column("row", "integer", "Row", "序号"),
        INVOICE,
        column("total", "amount", "Total", "价税合计"),
        column("answer", "text", "Answer when presented", "提交时查重结果"),
        column("record", "text", "Recorded as", "登记指纹"),
    ),
    project=_payable_invoices,
)

INVOICES_VIEW = View(
    name="invoices",
    title=Words("Invoices by fingerprint", "单据登记"),
    key=("invoice",),
    columns=(
        INVOICE,
        column("epoch", "integer", "Epoch of the key", "指纹密钥期次"),
        column("total", "amount", "Total", "价税合计"),
        column("credited", "amount", "Credited", "已红冲"),
        column("allocated", "amount", "Taken by vouchers", "已占用"),
        column("issuer", "text", "Issuer", "开立方"),
        column("payable", "text", "First confirmed payable", "首笔确权应付账款"),
        STATUS,
    ),
    timeline=True,
    project=_invoices,
)

ALLOCATIONS_VIEW = View(
    name="allocations",
    title=Words("What vouchers take of invoices", "单据占用"),
    key=("voucher", "invoice"),
    columns=(
        column("voucher", "text", "Voucher", "凭证编号"),
        INVOICE,
        column("issuer", "text", "Issuer", "开立方"),
        column("payable", "text", "Payable", "应付账款编号"),
        column("amount", "amount", "Amount", "占用金额"),
        STATUS,
    ),
    timeline=True,
    project=_allocations,
)

CREDITS_VIEW = View(
    name="invoice_credits",
    title=Words("Red letters", "红字发票"),
    key=("invoice", "credit"),
    columns=(
        INVOICE,
        column("credit", "text", "Red letter", "红字发票指纹"),
        column("amount", "amount", "Credited", "红冲金额"),
        column("by", "text", "Recorded by", "登记成员"),
        column("credited_at", "time", "Recorded at", "登记时间"),
        column("operation", "text", "Operation", "操作"),
    ),
    project=_credits,
)

REVIEWS_VIEW = View(
    name="invoice_reviews",
    title=Words("Reviews of red letters", "红冲核查"),
    key=("invoice", "member"),
    columns=(
        INVOICE,
        column("member", "text", "Member", "成员"),
        column("finding", "text", "Finding", "核查结论"),
        column("asked_at", "time", "Asked at", "发起时间"),
        column("operation", "text", "Operation", "操作"),
    ),
    project=_reviews,
)

LIKENESSES_VIEW = View(
    name="invoice_likenesses",
    title=Words("Likenesses of invoices", "单据相似指纹"),
    key=("near", "invoice"),
    columns=(column("near", "text", "Likeness", "相似指纹"), INVOICE),
    project=_likenesses,
)

NAMES_VIEW = View(
    name="invoice_names",
    title=Words("Further names of invoices", "单据其他指纹"),
    key=("name",),
    columns=(column("name", "text", "Name", "指纹"), INVOICE),
    project=_names,
)

KEY_EPOCHS_VIEW = View(
    name="key_epochs",
    title=Words("Epochs of the fingerprint key", "单据指纹密钥期次"),
    key=("epoch",),
    columns=(
        column("epoch", "integer", "Epoch", "期次"),
        column("commitment", "text", "Commitment", "密钥承诺值"),
        column("begun_at", "time", "Begun at", "启用时间"),
        column("ends_at", "time", "Ends at", "停用时间"),
        STATUS,
    ),
    timeline=True,
    project=_key_epochs,
)

VIEWS = (
    PAYABLES_VIEW,
    PAYABLE_INVOICES_VIEW,
    INVOICES_VIEW,
    ALLOCATIONS_VIEW,
    CREDITS_VIEW,
    REVIEWS_VIEW,
    LIKENESSES_VIEW,
    NAMES_VIEW,
    KEY_EPOCHS_VIEW,
    PAPERS_VIEW,
    WORDS_VIEW,
)
