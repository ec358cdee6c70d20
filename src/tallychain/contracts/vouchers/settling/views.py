"""How events of settlement become rows, and what they change in the rows of vouchers and holdings."""

from collections.abc import Iterable

from tallychain.contracts.vouchers import columns
from tallychain.contracts.vouchers.courting import views as courting
from tallychain.contracts.vouchers.courting.operations import ExecuteFreeze
from tallychain.contracts.vouchers.guaranteeing.events import GuarantorPaid
from tallychain.contracts.vouchers.projections import STATUS, Rows, all_of, of, set_row
from tallychain.contracts.vouchers.recoursing.events import BoughtBack
from tallychain.contracts.vouchers.redeeming.events import RedemptionPaid
from tallychain.contracts.vouchers.settling import events
from tallychain.contracts.vouchers.settling.beside import AGREED_VIEWS
from tallychain.contracts.vouchers.settling.bookings import BOOKING_VIEWS
from tallychain.contracts.vouchers.settling.contents import PayeeContent
from tallychain.contracts.vouchers.settling.operations import NamePayee
from tallychain.contracts.vouchers.settling.state import IN_FORCE
from tallychain.ledger.contract import Words
from tallychain.ledger.timeline import settled
from tallychain.ledger.views import Fact, Opening, RowWrite, View

# --- what settlement changes in the rows of the other half

voucher_rows = all_of(
    of(
        events.MoneyAttested,
        lambda e, _: set_row("vouchers", (e.voucher,), {"outstanding": e.outstanding, "status": e.timeline}),
    ),
    of(GuarantorPaid, lambda e, _: set_row("vouchers", (e.voucher,), {"outstanding": e.outstanding})),
    of(
        events.VoucherSettled,
        lambda e, _: set_row("vouchers", (e.voucher,), {"outstanding": 0, "status": settled(e.status)}),
    ),
    of(
        events.OutsidePaid,
        lambda e, _: set_row("vouchers", (e.voucher,), {"outstanding": e.outstanding}),
    ),
    of(
        RedemptionPaid,
        lambda e, _: set_row("vouchers", (e.voucher,), {"outstanding": e.outstanding}),
    ),
    of(
        events.DebtReleased,
        lambda e, _: set_row("vouchers", (e.voucher,), {"outstanding": e.outstanding}),
    ),
    of(
        events.BankChanged,
        lambda e, _: set_row("vouchers", (e.voucher,), {"settlement_bank": e.bank}),
    ),
)
"""Rows of the view `vouchers`."""

holding_rows = all_of(
    of(
        events.MoneyAttested,
        lambda e, _: [RowWrite("holdings", (one.holding,), {"status": one.status}) for one in e.shares],
    ),
    of(
        GuarantorPaid,
        lambda e, _: [RowWrite("holdings", (one.holding,), {"status": one.status}) for one in e.shares],
    ),
    of(
        events.InterestAttested,
        lambda e, _: [RowWrite("holdings", (one.holding,), {"status": one.status}) for one in e.shares],
    ),
    of(events.PayeeNamed, lambda e, _: set_row("holdings", (e.holding,), {"status": e.status})),
    of(events.PaidOut, lambda e, _: set_row("holdings", (e.holding,), {"status": e.status})),
    of(events.PayoutFailed, lambda e, _: set_row("holdings", (e.holding,), {"status": e.status})),
    of(events.WithheldReleased, lambda e, _: set_row("holdings", (e.holding,), {"status": e.status})),
    of(events.OutsidePaid, lambda e, _: set_row("holdings", (e.holding,), {"status": e.status})),
    of(RedemptionPaid, lambda e, _: set_row("holdings", (e.holding,), {"status": e.status})),
    of(BoughtBack, lambda e, _: set_row("holdings", (e.taken.id,), {"status": e.status})),
    of(events.DebtReleased, lambda e, _: set_row("holdings", (e.holding,), {"status": e.status})),
)
"""Rows of the view `holdings`."""


# --- agreements

AGREEMENTS_VIEW = View(
    name="agreements",
    title=Words("Settlement agreements", "清分协议"),
    key=("issuer", "bank"),
    columns=(
        columns.text("issuer", "Issuer", "开立方"),
        columns.text("bank", "Settlement bank", "清分行"),
        columns.text("proposal", "Proposal", "提议"),
        columns.text("terms", "Terms", "协议摘要"),
        columns.time("changed_at", "Since", "变更时间"),
        STATUS,
    ),
    timeline=True,
    project=all_of(
        of(
            events.AgreementProposed,
            lambda e, fact: set_row(
                "agreements",
                (e.issuer, e.bank),
                {
                    "proposal": e.proposal,
                    "terms": e.terms,
                    "changed_at": fact.time_ms,
                    "status": e.timeline,
                },
            ),
        ),
        of(
            events.AgreementMade,
            lambda e, fact: set_row(
                "agreements",
                (e.issuer, e.bank),
                {
                    "proposal": e.proposal,
                    "terms": e.terms,
                    "changed_at": fact.time_ms,
                    "status": settled(IN_FORCE),
                },
            ),
        ),
        of(
            events.AgreementEnding,
            lambda e, fact: set_row(
                "agreements", (e.issuer, e.bank), {"changed_at": fact.time_ms, "status": e.timeline}
            ),
        ),
        of(
            events.AgreementOver,
            lambda e, _: set_row("agreements", (e.issuer, e.bank), {"status": settled(e.status)}),
        ),
    ),
)


# --- settlements and shares


def _settlement(event: events.MoneyAttested | GuarantorPaid, _fact: Fact) -> Rows:
    yield RowWrite(
        "settlements",
        (event.voucher,),
        {
            "issuer": event.issuer,
            "bank": event.bank,
            "received": event.received,
            "outstanding": event.outstanding,
            "payable": event.payable,
            "status": event.paying,
        },
    )


SETTLEMENTS_VIEW = View(
    name="settlements",
    title=Words("Settlements", "清分兑付"),
    key=("voucher",),
    columns=(
        columns.text("voucher", "Voucher", "凭证编号"),
        columns.text("issuer", "Issuer", "开立方"),
        columns.text("bank", "Settlement bank", "清分行"),
        columns.amount("received", "Received", "已收款"),
        columns.amount("outstanding", "Still owed", "未付余额"),
        columns.amount("interest", "Late interest", "逾期利息"),
        columns.amount("paid_out", "Paid out", "已兑付"),
        columns.amount("payable", "To be paid out", "待兑付"),
        columns.text("successor", "Bank proposed instead", "拟更换清分行"),
        columns.text("successor_proposal", "Proposal of that", "更换提议"),
        columns.time("successor_until", "Answer until", "答复截止"),
        STATUS,
    ),
    timeline=True,
    project=all_of(
        of(events.MoneyAttested, _settlement),
        of(GuarantorPaid, _settlement),
        of(
            events.InterestAttested,
            lambda e, _: set_row(
                "settlements",
                (e.voucher,),
                {"interest": e.interest, "payable": e.payable, "status": e.paying},
            ),
        ),
        of(
            events.BankProposed,
            lambda e, _: set_row(
                "settlements",
                (e.voucher,),
                {
                    "bank": e.bank,
                    "successor": e.successor,
                    "successor_proposal": e.proposal,
                    "successor_until": e.until_ms,
                },
            ),
        ),
        of(
            events.BankChanged,
            lambda e, _: set_row(
                "settlements",
                (e.voucher,),
                {"bank": e.bank, "successor": "", "successor_proposal": "", "successor_until": 0},
            ),
        ),
        of(
            events.PayingChanged,
            lambda e, _: set_row(
                "settlements",
                (e.voucher,),
                {"paid_out": e.paid_out, "payable": e.payable, "status": e.paying},
            ),
        ),
    ),
)


def _shares(event: events.MoneyAttested | events.InterestAttested | GuarantorPaid, _fact: Fact) -> Rows:
    for one in event.shares:
        yield RowWrite(
            "shares",
            (event.voucher, one.first),
            {
                "holding": one.holding,
                "share": one.share,
                "interest": one.interest,
                "outstanding": one.outstanding,
                "payable": one.payable,
            },
        )


SHARES_VIEW = View(
    name="shares",
    title=Words("Shares of holdings", "份额分配"),
    key=("voucher", "first"),
    columns=(
        columns.text("voucher", "Voucher", "凭证编号"),
        columns.units("first", "First unit", "起始单位"),
        columns.text("holding", "Holding", "持有份额编号"),
        columns.amount("share", "Share", "应得本金"),
        columns.amount("interest", "Late interest", "应得逾期利息"),
        columns.amount("outstanding", "Still owed", "未付余额"),
        columns.amount("payable", "To be paid out", "待兑付"),
        columns.time("payee_at", "Payee named at", "账户登记时间"),
        columns.text("payee_bank", "Payee sealed to", "账户接收行"),
        columns.flag("cleared", "Payee in time or released", "账户可付"),
    ),
    project=all_of(
        of(events.MoneyAttested, _shares),
        of(GuarantorPaid, _shares),
        of(events.InterestAttested, _shares),
        of(
            events.PayeeNamed,
            lambda e, fact: set_row(
                "shares",
                (e.voucher, e.first),
                {
                    "holding": e.holding,
                    "payee_at": fact.time_ms,
                    "payee_bank": e.bank,
                    "cleared": int(e.cleared),
                    "payable": e.payable,
                },
            ),
        ),
        of(events.PaidOut, lambda e, _: set_row("shares", (e.voucher, e.first), {"payable": 0})),
        of(
            events.PayoutFailed,
            lambda e, _: set_row(
                "shares", (e.voucher, e.first), {"payable": 0, "payee_at": 0, "payee_bank": ""}
            ),
        ),
        of(
            events.WithheldReleased,
            lambda e, _: set_row("shares", (e.voucher, e.first), {"payable": e.payable, "cleared": 1}),
        ),
        courting.share_rows,
    ),
)


# --- opened parts


def _payee(opening: Opening) -> Iterable[RowWrite]:
    content, args = opening.content, opening.args
    if not isinstance(content, PayeeContent) or not isinstance(args, NamePayee | ExecuteFreeze):
        return ()
    firsts = (args.holding,) if isinstance(args, NamePayee) else args.holdings
    return [
        RowWrite(
            "payees",
            (opening.seat, args.voucher, first),
            {
                "operation": opening.operation,
                "sponsor": opening.author,
                "name": content.name,
                "uscc": content.uscc,
                "bank": content.bank,
                "bank_code": content.bank_code,
                "account": content.account,
                "record": content.record,
                "named_at": opening.time_ms,
            },
        )
        for first in firsts
    ]


PAYEES_VIEW = View(
    name="payees",
    title=Words("Payees", "收款账户"),
    key=("seat", "voucher", "first"),
    columns=(
        columns.text("seat", "Seat", "席位"),
        columns.text("voucher", "Voucher", "凭证编号"),
        columns.units("first", "First unit", "起始单位"),
        columns.text("operation", "Operation", "操作"),
        columns.text("sponsor", "Named by", "登记机构"),
        columns.text("name", "Name", "户名"),
        columns.text("uscc", "Unified social credit code", "统一社会信用代码"),
        columns.text("bank", "Bank", "开户行"),
        columns.text("bank_code", "Bank code", "联行号"),
        columns.text("account", "Account", "账号"),
        columns.text("record", "Account of record", "备案编号"),
        columns.time("named_at", "Named at", "登记时间"),
    ),
    private=True,
    project_opening=_payee,
)

VIEWS = (AGREEMENTS_VIEW, SETTLEMENTS_VIEW, SHARES_VIEW, *BOOKING_VIEWS, *AGREED_VIEWS, PAYEES_VIEW)
