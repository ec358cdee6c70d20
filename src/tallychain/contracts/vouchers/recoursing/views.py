"""Recourse claims as rows, and what a gateway could open of their figures and accounts."""

from collections.abc import Iterable

from tallychain.contracts.vouchers import columns
from tallychain.contracts.vouchers.projections import STATUS, Rows, Values, all_of, of, set_row
from tallychain.contracts.vouchers.recoursing import events
from tallychain.contracts.vouchers.recoursing.contents import RecourseContent
from tallychain.contracts.vouchers.recoursing.operations import ClaimRecourse
from tallychain.contracts.vouchers.recoursing.state import BOUGHT_BACK, DEMANDED
from tallychain.contracts.vouchers.settling.contents import PayeeContent
from tallychain.contracts.vouchers.state import BY_RECOURSE
from tallychain.instruments.holdings import EncumbranceKind
from tallychain.ledger.contract import Words
from tallychain.ledger.timeline import settled
from tallychain.ledger.views import Fact, Opening, RowWrite, View

WORDS = {
    BY_RECOURSE: Words("bought back", "回购取得"),
    EncumbranceKind.RECOURSE.value: Words("buy-back agreed", "回购锁定"),
    DEMANDED: Words("claimed from the seller, to be answered", "已追索，待卖方答复"),
    BOUGHT_BACK: Words("bought back", "已回购"),
}


def _claimed(event: events.RecourseClaimed, fact: Fact) -> Rows:
    return set_row(
        "recourses",
        (event.recourse,),
        {
            "voucher": event.voucher,
            "issuer": event.issuer,
            "financing": event.financing,
            "holding": event.holding,
            "first": event.first,
            "face": event.last - event.first + 1,
            "funder": event.funder,
            "bank": event.bank,
            "tag": event.tag,
            "maturity": event.maturity,
            "unpaid": event.unpaid,
            "late_ppm_per_day": event.late_ppm_per_day,
            "reference": "",
            "returned": "",
            "claimed_at": fact.time_ms,
            "status": event.timeline,
        },
    )


def _bought_back(event: events.BoughtBack, _fact: Fact) -> Rows:
    values: Values = {
        "reference": event.reference,
        "returned": event.taken.id,
        "status": settled(BOUGHT_BACK),
    }
    return set_row("recourses", (event.recourse,), values)


RECOURSES_VIEW = View(
    name="recourses",
    title=Words("Recourse claims", "追索与回购"),
    key=("recourse",),
    columns=(
        columns.text("recourse", "Recourse claim", "追索编号"),
        columns.text("voucher", "Voucher", "凭证编号"),
        columns.text("issuer", "Issuer", "开立方"),
        columns.text("financing", "Financing", "融资编号"),
        columns.text("holding", "Holding", "持有份额编号"),
        columns.units("first", "First unit", "起始单位"),
        columns.amount("face", "Face", "份额金额"),
        columns.text("funder", "Funder", "资金方"),
        columns.text("bank", "Receiving bank", "收款行"),
        columns.text("tag", "Seller's tag", "卖方标签"),
        columns.text("maturity", "Effective maturity", "实际到期日"),
        columns.amount("unpaid", "Unpaid by the issuer", "开立方未付金额"),
        columns.units("late_ppm_per_day", "Late interest a day, ppm", "逾期日利率（百万分之一）"),
        columns.text("reference", "Bank reference", "银行流水号"),
        columns.text("returned", "Returned holding", "返还份额编号"),
        columns.time("claimed_at", "Claimed at", "追索时间"),
        STATUS,
    ),
    timeline=True,
    project=all_of(
        of(events.RecourseClaimed, _claimed),
        of(
            events.BuyBackAgreed,
            lambda e, _: set_row("recourses", (e.recourse,), {"status": e.timeline}),
        ),
        of(events.BoughtBack, _bought_back),
        of(
            events.RecourseEnded,
            lambda e, _: set_row("recourses", (e.recourse,), {"status": settled(e.status)}),
        ),
    ),
)


def _terms(opening: Opening) -> Iterable[RowWrite]:
    content, args = opening.content, opening.args
    if isinstance(content, RecourseContent) and isinstance(args, ClaimRecourse):
        yield RowWrite(
            "recourse_terms",
            (opening.seat, opening.operation),
            {
                "voucher": args.voucher,
                "principal": content.principal,
                "until": content.until,
                "days": content.days,
                "interest": content.interest,
                "amount": content.amount,
                "contract": content.contract,
            },
        )


TERMS_VIEW = View(
    name="recourse_terms",
    title=Words("Figures of recourse claims", "追索金额明细"),
    key=("seat", "recourse"),
    columns=(
        columns.text("seat", "Seat", "席位"),
        columns.text("recourse", "Recourse claim", "追索编号"),
        columns.text("voucher", "Voucher", "凭证编号"),
        columns.amount("principal", "Principal", "追索本金"),
        columns.text("until", "Interest until", "计息截止日"),
        columns.units("days", "Days", "天数"),
        columns.amount("interest", "Interest", "利息"),
        columns.amount("amount", "Claimed", "追索金额"),
        columns.text("contract", "Contract", "融资合同编号"),
    ),
    private=True,
    project_opening=_terms,
)


def _account(opening: Opening) -> Iterable[RowWrite]:
    content, args = opening.content, opening.args
    if isinstance(content, PayeeContent) and isinstance(args, ClaimRecourse):
        yield RowWrite(
            "recourse_accounts",
            (opening.seat, opening.operation),
            {
                "voucher": args.voucher,
                "name": content.name,
                "uscc": content.uscc,
                "bank": content.bank,
                "bank_code": content.bank_code,
                "account": content.account,
            },
        )


ACCOUNTS_VIEW = View(
    name="recourse_accounts",
    title=Words("Accounts for buy-backs", "回购收款账户"),
    key=("seat", "recourse"),
    columns=(
        columns.text("seat", "Seat", "席位"),
        columns.text("recourse", "Recourse claim", "追索编号"),
        columns.text("voucher", "Voucher", "凭证编号"),
        columns.text("name", "Name", "户名"),
        columns.text("uscc", "Unified social credit code", "统一社会信用代码"),
        columns.text("bank", "Bank", "开户行"),
        columns.text("bank_code", "Bank code", "联行号"),
        columns.text("account", "Account", "账号"),
    ),
    private=True,
    project_opening=_account,
)

VIEWS = (RECOURSES_VIEW, TERMS_VIEW, ACCOUNTS_VIEW)
