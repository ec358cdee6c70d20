"""Early redemptions as rows, and what a gateway could open of their terms and accounts."""

from collections.abc import Iterable

from tallychain.contracts.vouchers import columns
from tallychain.contracts.vouchers.projections import STATUS, Rows, all_of, of, set_row
from tallychain.contracts.vouchers.redeeming import events
from tallychain.contracts.vouchers.redeeming.contents import RedemptionContent
from tallychain.contracts.vouchers.redeeming.operations import AgreeRedemption, OfferRedemption
from tallychain.contracts.vouchers.redeeming.state import AGREED, OFFERED, REDEEMED
from tallychain.contracts.vouchers.settling.contents import PayeeContent
from tallychain.ledger.contract import Words
from tallychain.ledger.timeline import settled
from tallychain.ledger.views import Fact, Opening, RowWrite, View

WORDS = {
    OFFERED: Words("offered, to be agreed to", "待持有人同意"),
    AGREED: Words("agreed, to be paid", "已同意，待付款"),
    REDEEMED: Words("paid early", "已提前兑付"),
}


def _offered(event: events.RedemptionOffered, fact: Fact) -> Rows:
    return set_row(
        "redemptions",
        (event.redemption,),
        {
            "voucher": event.voucher,
            "issuer": event.issuer,
            "holding": event.holding,
            "first": event.first,
            "face": event.last - event.first + 1,
            "tag": event.tag,
            "bank": event.bank,
            "maturity": event.maturity,
            "reference": "",
            "offered_at": fact.time_ms,
            "status": event.timeline,
        },
    )


REDEMPTIONS_VIEW = View(
    name="redemptions",
    title=Words("Early redemptions", "提前兑付"),
    key=("redemption",),
    columns=(
        columns.text("redemption", "Redemption", "提前兑付编号"),
        columns.text("voucher", "Voucher", "凭证编号"),
        columns.text("issuer", "Issuer", "开立方"),
        columns.text("holding", "Holding", "持有份额编号"),
        columns.units("first", "First unit", "起始单位"),
        columns.amount("face", "Face", "份额金额"),
        columns.text("tag", "Holder's tag", "持有标签"),
        columns.text("bank", "Settlement bank", "清分行"),
        columns.text("maturity", "Effective maturity", "实际到期日"),
        columns.text("reference", "Bank reference", "银行流水号"),
        columns.time("offered_at", "Offered at", "提出时间"),
        STATUS,
    ),
    timeline=True,
    project=all_of(
        of(events.RedemptionOffered, _offered),
        of(
            events.RedemptionAgreed,
            lambda e, _: set_row("redemptions", (e.redemption,), {"status": e.timeline}),
        ),
        of(
            events.RedemptionPaid,
            lambda e, _: set_row(
                "redemptions", (e.redemption,), {"reference": e.reference, "status": settled(REDEEMED)}
            ),
        ),
        of(
            events.RedemptionEnded,
            lambda e, _: set_row("redemptions", (e.redemption,), {"status": settled(e.status)}),
        ),
    ),
)


def _terms(opening: Opening) -> Iterable[RowWrite]:
    content, args = opening.content, opening.args
    if isinstance(content, RedemptionContent) and isinstance(args, OfferRedemption):
        yield RowWrite(
            "redemption_terms",
            (opening.seat, opening.operation),
            {
                "voucher": args.voucher,
                "rate": content.rate,
                "value_date": content.value_date,
                "days": content.days,
                "discount": content.discount,
                "net": content.net,
            },
        )


TERMS_VIEW = View(
    name="redemption_terms",
    title=Words("Terms of early redemptions", "提前兑付条款"),
    key=("seat", "redemption"),
    columns=(
        columns.text("seat", "Seat", "席位"),
        columns.text("redemption", "Redemption", "提前兑付编号"),
        columns.text("voucher", "Voucher", "凭证编号"),
        columns.units("rate", "Annual rate, ppm", "年化折扣率（百万分之一）"),
        columns.text("value_date", "Value date", "起算日"),
        columns.units("days", "Days", "天数"),
        columns.amount("discount", "Discount", "折扣金额"),
        columns.amount("net", "Paid", "实付金额"),
    ),
    private=True,
    project_opening=_terms,
)


def _account(opening: Opening) -> Iterable[RowWrite]:
    content, args = opening.content, opening.args
    if isinstance(content, PayeeContent) and isinstance(args, AgreeRedemption):
        yield RowWrite(
            "redemption_accounts",
            (opening.seat, args.redemption),
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
    name="redemption_accounts",
    title=Words("Accounts for early redemptions", "提前兑付收款账户"),
    key=("seat", "redemption"),
    columns=(
        columns.text("seat", "Seat", "席位"),
        columns.text("redemption", "Redemption", "提前兑付编号"),
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

VIEWS = (REDEMPTIONS_VIEW, TERMS_VIEW, ACCOUNTS_VIEW)
