"""Financings and quotes as rows, and what a gateway could open of their sealed parts."""

from collections.abc import Iterable

from tallychain.contracts.vouchers import columns
from tallychain.contracts.vouchers.financing import events
from tallychain.contracts.vouchers.financing.contents import AskContent, PaymentContent, QuoteContent
from tallychain.contracts.vouchers.financing.operations import Award, RevealQuote
from tallychain.contracts.vouchers.financing.state import (
    AWARDED,
    BIDDING,
    CHOOSING,
    CHOSEN,
    CLOSED,
    COMMITTED,
    COMPLETED,
    DEREGISTER_LATE,
    DISBURSED,
    DISPUTED,
    FACTORING,
    FAILED,
    LAPSED,
    PLEDGE,
    REFACTORING,
    REGISTERED,
    REVEALED,
    REVEALING,
    TO_DEREGISTER,
    UNCONFIRMED,
    UNREVEALED,
    VOID,
)
from tallychain.contracts.vouchers.projections import STATUS, Rows, Values, all_of, of, set_row
from tallychain.contracts.vouchers.state import BY_FINANCING
from tallychain.ledger.contract import Words
from tallychain.ledger.timeline import settled
from tallychain.ledger.types import MEMBER_PREFIX
from tallychain.ledger.views import Fact, Opening, RowWrite, View

WORDS = {
    BY_FINANCING: Words("bought in a financing", "融资受让"),
    FACTORING: Words("units are sold", "保理融资"),
    PLEDGE: Words("units secure a loan", "质押融资"),
    REFACTORING: Words("sold on by a factor", "再保理"),
    BIDDING: Words("takes quotes", "询价中"),
    REVEALING: Words("quotes are delivered", "报价揭示中"),
    CHOOSING: Words("the seller chooses", "待选定报价"),
    AWARDED: Words("awarded, to be registered", "已选定，待登记"),
    REGISTERED: Words("registered, to be paid", "已登记，待放款"),
    UNCONFIRMED: Words("paid, says the funder alone", "资金方称已放款，待确认"),
    DISBURSED: Words("paid, to be confirmed", "已放款，待确认"),
    DISPUTED: Words("disputed", "有争议"),
    COMPLETED: Words("completed", "已完成"),
    TO_DEREGISTER: Words("failed, registration to be taken back", "已失败，待注销登记"),
    DEREGISTER_LATE: Words("failed, registration not taken back in time", "已失败，登记注销逾时"),
    FAILED: Words("failed", "已失败"),
    CLOSED: Words("closed without a choice", "已结束，未选定"),
    COMMITTED: Words("committed", "已承诺"),
    REVEALED: Words("delivered", "已揭示"),
    CHOSEN: Words("chosen", "已选定"),
    UNREVEALED: Words("not delivered in time", "逾期未揭示"),
    VOID: Words("void", "已作废"),
    "SELLER": Words("by the seller", "卖方确认"),
    "BANK": Words("by the seller's bank", "收款行确认"),
    "ARBITER": Words("by an arbiter", "仲裁裁定"),
    "SILENCE": Words("by silence", "逾期未异议"),
    "DEFAULT": Words("by the banks' evidence, the arbiter being silent", "仲裁逾期，依银行证明认定"),
    "CAME": Words("the money came", "款项已到账"),
    "CAME_NOT": Words("the money did not come", "款项未到账"),
}


def _row(name: str, values: Values) -> Rows:
    return set_row("financings", (name,), values)


def _asked(event: events.FinancingAsked, fact: Fact) -> Rows:
    return _row(
        event.financing,
        {
            "voucher": event.voucher,
            "holding": event.holding,
            "first": event.first,
            "last": event.last,
            "face": event.last - event.first + 1,
            "tag": event.tag,
            "sponsor": event.sponsor,
            "form": event.form,
            "recourse": int(event.recourse),
            "funders": ", ".join(event.funders),
            "maturity": event.maturity,
            "closes_at": event.closes_ms,
            "height": fact.height,
            "asked_at": fact.time_ms,
            "status": event.timeline,
        },
    )


def _awarded(event: events.FinancingAwarded, fact: Fact) -> Rows:
    return _row(
        event.financing,
        {
            "funder": event.funder,
            "quote": event.quote,
            "paying_bank": event.paying_bank,
            "seller_bank": event.seller_bank,
            "payment": event.payment,
            "awarded_at": fact.time_ms,
            "status": event.timeline,
        },
    )


def _registered(event: events.FinancingRegistered, _fact: Fact) -> Rows:
    return _row(
        event.financing,
        {
            "registration": event.registration,
            "registered_at": event.registered_ms,
            "certificate": event.certificate,
            "status": event.timeline,
        },
    )


def _disbursed(event: events.FinancingDisbursed, _fact: Fact) -> Rows:
    return _row(
        event.financing,
        {"reference": event.reference, "booked_at": event.booked_ms, "status": event.timeline},
    )


def _attested(event: events.ReceiptAttested, _fact: Fact) -> Rows:
    return _row(event.financing, {"word": "CAME" if event.came else "CAME_NOT", "status": event.timeline})


def _completed(event: events.FinancingCompleted, _fact: Fact) -> Rows:
    values: Values = {
        "completed_by": event.by,
        "completed_at": event.since_ms,
        "to_holding": "".join(held.id for held in event.taken),
        "status": settled(COMPLETED),
    }
    return _row(event.financing, values)


def _failed(event: events.FinancingFailed, _fact: Fact) -> Rows:
    values: Values = {"failed_stage": event.stage, "failed": event.failed, "status": event.timeline}
    return _row(event.financing, values)


FINANCINGS_VIEW = View(
    name="financings",
    title=Words("Financings", "融资"),
    key=("financing",),
    columns=(
        columns.text("financing", "Financing", "融资编号"),
        columns.text("voucher", "Voucher", "凭证编号"),
        columns.text("holding", "Holding when asked", "询价时份额编号"),
        columns.units("first", "First unit", "起始单位"),
        columns.units("last", "Last unit", "截止单位"),
        columns.amount("face", "Face", "金额"),
        columns.text("tag", "Seller's tag", "卖方标签"),
        columns.text("sponsor", "Seller's sponsor when asked", "询价时卖方接入机构"),
        columns.text("form", "Form", "融资方式"),
        columns.flag("recourse", "With recourse", "有追索权"),
        columns.text("funders", "Funders asked", "询价对象"),
        columns.day("maturity", "Maturity reckoned with", "计息到期日"),
        columns.time("closes_at", "Quotes until", "报价截止时间"),
        columns.text("unrevealed", "Committed and not delivered", "已承诺未揭示"),
        columns.text("funder", "Funder", "资金方"),
        columns.text("quote", "Chosen quote", "选定的报价"),
        columns.text("paying_bank", "Paying bank", "放款行"),
        columns.text("seller_bank", "Seller's bank", "卖方收款行"),
        columns.text("payment", "Commitment of the payment", "放款承诺摘要"),
        columns.time("awarded_at", "Awarded at", "选定时间"),
        columns.text("registration", "Registration", "登记证明编号"),
        columns.time("registered_at", "Registered at", "登记时间"),
        columns.text("certificate", "Digest of the certificate", "登记证明摘要"),
        columns.text("reference", "Bank's reference", "银行流水号"),
        columns.time("booked_at", "Booked at", "入账时间"),
        columns.text("word", "Word of the seller's bank", "收款行说明"),
        columns.text("completed_by", "Completed by", "完成方式"),
        columns.time("completed_at", "Completed at", "完成时间"),
        columns.text("to_holding", "To holding", "转入份额"),
        columns.text("failed_stage", "Failed when", "失败阶段"),
        columns.text("failed", "Whose word was missing", "未履行方"),
        columns.units("height", "Height", "区块高度"),
        columns.time("asked_at", "Asked at", "询价时间"),
        STATUS,
    ),
    timeline=True,
    project=all_of(
        of(events.FinancingAsked, _asked),
        of(
            events.QuotesEnded,
            lambda e, _: _row(e.financing, {"unrevealed": ", ".join(e.unrevealed), "status": e.timeline}),
        ),
        of(events.FinancingAwarded, _awarded),
        of(events.FinancingClosed, lambda e, _: _row(e.financing, {"status": settled(CLOSED)})),
        of(events.FinancingLapsed, lambda e, _: _row(e.financing, {"status": settled(LAPSED)})),
        of(events.FinancingRegistered, _registered),
        of(events.FinancingDisbursed, _disbursed),
        of(events.ReceiptAttested, _attested),
        of(events.FinancingDisputed, lambda e, _: _row(e.financing, {"status": e.timeline})),
        of(events.FinancingCompleted, _completed),
        of(events.FinancingFailed, _failed),
        of(events.DeregistrationLate, lambda e, _: _row(e.financing, {"status": settled(DEREGISTER_LATE)})),
        of(events.FinancingDeregistered, lambda e, _: _row(e.financing, {"status": settled(FAILED)})),
    ),
)


def _quote(financing: str, funder: str, values: Values) -> RowWrite:
    return RowWrite("financing_quotes", (financing, funder), values)


def _committed(event: events.QuoteCommitted, fact: Fact) -> Rows:
    return (
        _quote(
            event.financing,
            event.funder,
            {
                "voucher": event.voucher,
                "number": event.number,
                "commitment": event.commitment,
                "receiver": event.receiver.tag,
                "paying_bank": event.paying_bank,
                "state": COMMITTED,
                "quoted_at": fact.time_ms,
            },
        ),
    )


def _revealed(event: events.QuoteRevealed, fact: Fact) -> Rows:
    values: Values = {"state": REVEALED, "revealed_at": fact.time_ms, "operation": fact.operation}
    return (_quote(event.financing, event.funder, values),)


QUOTES_VIEW = View(
    name="financing_quotes",
    title=Words("Quotes", "报价"),
    key=("financing", "funder"),
    columns=(
        columns.text("financing", "Financing", "融资编号"),
        columns.text("funder", "Funder", "资金方"),
        columns.text("voucher", "Voucher", "凭证编号"),
        columns.units("number", "How often committed", "承诺次数"),
        columns.text("commitment", "Commitment", "报价承诺摘要"),
        columns.text("receiver", "Receiving tag", "受让标签"),
        columns.text("paying_bank", "Paying bank", "放款行"),
        columns.text("state", "State", "报价状态"),
        columns.text("operation", "Delivered by", "揭示操作"),
        columns.time("quoted_at", "Committed at", "承诺时间"),
        columns.time("revealed_at", "Delivered at", "揭示时间"),
    ),
    project=all_of(
        of(events.QuoteCommitted, _committed),
        of(events.QuoteRevealed, _revealed),
        of(
            events.QuotesEnded,
            lambda e, _: [_quote(e.financing, name, {"state": UNREVEALED}) for name in e.unrevealed],
        ),
        of(events.QuoteVoided, lambda e, _: [_quote(e.financing, e.funder, {"state": VOID})]),
        of(events.FinancingAwarded, lambda e, _: [_quote(e.financing, e.funder, {"state": CHOSEN})]),
    ),
)


def _reasons(opening: Opening) -> Iterable[RowWrite]:
    content = opening.content
    if isinstance(content, AskContent):
        values: Values = {
            "contract": content.contract,
            "invoices": ", ".join(content.invoices),
            "purpose": content.purpose,
        }
        yield RowWrite("financing_reasons", (opening.seat, opening.operation), values)


REASONS_VIEW = View(
    name="financing_reasons",
    title=Words("Why money is asked for", "融资用途与背景"),
    key=("seat", "financing"),
    columns=(
        columns.text("seat", "Seat", "席位"),
        columns.text("financing", "Financing", "融资编号"),
        columns.text("contract", "Contract", "贸易合同编号"),
        columns.text("invoices", "Invoices", "发票号码"),
        columns.text("purpose", "Purpose", "用途"),
    ),
    private=True,
    project_opening=_reasons,
)


def _terms(opening: Opening) -> Iterable[RowWrite]:
    content, args = opening.content, opening.args
    if isinstance(content, QuoteContent) and isinstance(args, RevealQuote):
        values: Values = {
            "rate": content.rate,
            "day_count": content.day_count,
            "value_date": content.value_date,
            "days": content.days,
            "interest": content.interest,
            "fees": content.fees,
            "net": content.net,
            "contract": content.contract,
            "operation": opening.operation,
        }
        funder = opening.author.removeprefix(MEMBER_PREFIX)
        yield RowWrite("quote_terms", (opening.seat, args.financing, funder), values)


TERMS_VIEW = View(
    name="quote_terms",
    title=Words("What quotes say", "报价内容"),
    key=("seat", "financing", "funder"),
    columns=(
        columns.text("seat", "Seat", "席位"),
        columns.text("financing", "Financing", "融资编号"),
        columns.text("funder", "Funder", "资金方"),
        columns.units("rate", "Annual rate, parts per million", "年化利率（百万分之一）"),
        columns.text("day_count", "Day count", "计息基准"),
        columns.day("value_date", "Value date", "放款日"),
        columns.units("days", "Days", "计息天数"),
        columns.amount("interest", "Interest", "利息"),
        columns.amount("fees", "Fees", "费用"),
        columns.amount("net", "Net proceeds", "融资净额"),
        columns.text("contract", "Financing contract", "融资合同编号"),
        columns.text("operation", "Delivered by", "揭示操作"),
    ),
    private=True,
    project_opening=_terms,
)


def _payment(opening: Opening) -> Iterable[RowWrite]:
    content, args = opening.content, opening.args
    if isinstance(content, PaymentContent) and isinstance(args, Award):
        values: Values = {
            "voucher": args.voucher,
            "amount": content.amount,
            "name": content.name,
            "bank_code": content.bank_code,
            "account": content.account,
        }
        yield RowWrite("financing_payments", (opening.seat, args.financing), values)


PAYMENTS_VIEW = View(
    name="financing_payments",
    title=Words("What is to be paid to sellers", "融资放款内容"),
    key=("seat", "financing"),
    columns=(
        columns.text("seat", "Seat", "席位"),
        columns.text("financing", "Financing", "融资编号"),
        columns.text("voucher", "Voucher", "凭证编号"),
        columns.amount("amount", "Amount", "放款金额"),
        columns.text("name", "Name", "户名"),
        columns.text("bank_code", "Bank code", "联行号"),
        columns.text("account", "Account", "账号"),
    ),
    private=True,
    project_opening=_payment,
)

VIEWS = (FINANCINGS_VIEW, QUOTES_VIEW, REASONS_VIEW, TERMS_VIEW, PAYMENTS_VIEW)
