"""Rows of bookings and of what was missed: attestations, payouts, money to be returned, dishonour."""

from tallychain.contracts.vouchers import columns
from tallychain.contracts.vouchers.guaranteeing.events import GuarantorPaid
from tallychain.contracts.vouchers.projections import STATUS, Rows, all_of, of, set_row
from tallychain.contracts.vouchers.settling import events
from tallychain.contracts.vouchers.settling.state import RETURNED
from tallychain.contracts.vouchers.settling.words import CURED, WITHDRAWN
from tallychain.contracts.vouchers.state import OVERDUE, SETTLED, SETTLED_LATE, UNPAID_PENDING
from tallychain.ledger.contract import Words
from tallychain.ledger.timeline import settled
from tallychain.ledger.views import Fact, RowWrite, View


def _attestation(event: events.MoneyAttested, fact: Fact) -> Rows:
    yield RowWrite(
        "attestations",
        (event.bank, event.reference),
        {
            "voucher": event.voucher,
            "kind": "PRINCIPAL",
            "amount": event.amount,
            "applied": event.applied,
            "excess": event.excess,
            "booked_at": event.received_ms,
            "attested_at": fact.time_ms,
            "in_time": int(event.in_time),
            "document": event.document,
            "operation": fact.operation,
        },
    )


def _of_guarantor(event: GuarantorPaid, fact: Fact) -> Rows:
    yield RowWrite(
        "attestations",
        (event.bank, event.reference),
        {
            "voucher": event.voucher,
            "kind": event.right,
            "amount": event.amount,
            "applied": event.amount,
            "excess": 0,
            "booked_at": event.received_ms,
            "attested_at": fact.time_ms,
            "in_time": 0,
            "document": event.document,
            "operation": fact.operation,
        },
    )


def _late_attestation(event: events.InterestAttested, fact: Fact) -> Rows:
    yield RowWrite(
        "attestations",
        (event.bank, event.reference),
        {
            "voucher": event.voucher,
            "kind": "LATE_INTEREST",
            "amount": event.amount,
            "applied": event.amount,
            "excess": 0,
            "booked_at": event.received_ms,
            "attested_at": fact.time_ms,
            "in_time": 0,
            "document": event.document,
            "operation": fact.operation,
        },
    )


ATTESTATIONS_VIEW = View(
    name="attestations",
    title=Words("Money attested", "入账确认"),
    key=("bank", "reference"),
    columns=(
        columns.text("bank", "Settlement bank", "清分行"),
        columns.text("reference", "Bank reference", "银行流水号"),
        columns.text("voucher", "Voucher", "凭证编号"),
        columns.text("kind", "Kind", "类别"),
        columns.amount("amount", "Amount", "金额"),
        columns.amount("applied", "Applied", "已分配"),
        columns.amount("excess", "To be returned", "应退余款"),
        columns.time("booked_at", "Booked at", "入账时间"),
        columns.time("attested_at", "Attested at", "确认时间"),
        columns.flag("in_time", "By the cut-off", "截止前入账"),
        columns.text("document", "Digest of the document", "凭据摘要"),
        columns.text("operation", "Operation", "操作"),
    ),
    project=all_of(
        of(events.MoneyAttested, _attestation),
        of(GuarantorPaid, _of_guarantor),
        of(events.InterestAttested, _late_attestation),
    ),
)

PAYOUTS_VIEW = View(
    name="payouts",
    title=Words("Payouts", "兑付付款"),
    key=("bank", "reference"),
    columns=(
        columns.text("bank", "Settlement bank", "清分行"),
        columns.text("reference", "Bank reference", "银行流水号"),
        columns.text("voucher", "Voucher", "凭证编号"),
        columns.text("holding", "Holding", "持有份额编号"),
        columns.amount("amount", "Amount", "金额"),
        columns.time("paid_at", "Paid at", "付款时间"),
        columns.text("document", "Digest of the document", "凭据摘要"),
        columns.text("operation", "Operation", "操作"),
        columns.flag("failed", "Came back", "已退回"),
    ),
    project=all_of(
        of(
            events.PaidOut,
            lambda e, fact: set_row(
                "payouts",
                (e.bank, e.reference),
                {
                    "voucher": e.voucher,
                    "holding": e.holding,
                    "amount": e.amount,
                    "paid_at": e.paid_ms,
                    "document": e.document,
                    "operation": fact.operation,
                    "failed": 0,
                },
            ),
        ),
        of(events.PayoutFailed, lambda e, _: set_row("payouts", (e.bank, e.reference), {"failed": 1})),
    ),
)

EXCESSES_VIEW = View(
    name="excesses",
    title=Words("Money to be returned", "应退余款"),
    key=("voucher", "attestation"),
    columns=(
        columns.text("voucher", "Voucher", "凭证编号"),
        columns.text("attestation", "Attestation", "入账确认"),
        columns.text("bank", "Settlement bank", "清分行"),
        columns.amount("amount", "Amount", "金额"),
        columns.text("reference", "Bank reference of the return", "退款流水号"),
        STATUS,
    ),
    timeline=True,
    project=all_of(
        of(
            events.ExcessFound,
            lambda e, _: set_row(
                "excesses",
                (e.voucher, e.attestation),
                {"bank": e.bank, "amount": e.amount, "status": e.timeline},
            ),
        ),
        of(
            events.ExcessReturned,
            lambda e, _: set_row(
                "excesses",
                (e.voucher, e.attestation),
                {"reference": e.reference, "status": settled(RETURNED)},
            ),
        ),
    ),
)


# --- what was missed

ENDS = {SETTLED: WITHDRAWN, SETTLED_LATE: CURED}
"""What became of a dishonour, by how its voucher ended."""

DISHONOURS_VIEW = View(
    name="dishonours",
    title=Words("Dishonoured and overdue vouchers", "拒付与逾期"),
    key=("voucher",),
    columns=(
        columns.text("voucher", "Voucher", "凭证编号"),
        columns.text("issuer", "Issuer", "开立方"),
        columns.text("bank", "Settlement bank", "清分行"),
        columns.time("since", "Unpaid since", "拒付时间"),
        columns.amount("outstanding", "Owed at the cut-off", "截止时未付"),
        columns.time("overdue_since", "Overdue since", "逾期时间"),
        columns.amount("overdue_amount", "Owed when overdue", "逾期金额"),
        columns.text("cause", "Cause", "原因类别"),
        STATUS,
    ),
    timeline=True,
    project=all_of(
        of(
            events.Dishonoured,
            lambda e, _: set_row(
                "dishonours",
                (e.voucher,),
                {
                    "issuer": e.issuer,
                    "bank": e.bank,
                    "since": e.since_ms,
                    "outstanding": e.outstanding,
                    "status": settled(UNPAID_PENDING),
                },
            ),
        ),
        of(
            events.VoucherOverdue,
            lambda e, _: set_row(
                "dishonours",
                (e.voucher,),
                {
                    "overdue_since": e.since_ms,
                    "overdue_amount": e.outstanding,
                    "cause": e.cause,
                    "status": settled(OVERDUE),
                },
            ),
        ),
        of(
            events.VoucherSettled,
            lambda e, _: (
                set_row("dishonours", (e.voucher,), {"status": settled(ENDS.get(e.status, e.status))})
                if e.dishonoured
                else ()
            ),
        ),
        of(
            events.DishonourWithdrawn,
            lambda e, _: set_row("dishonours", (e.voucher,), {"cause": e.cause}),
        ),
    ),
)

BOOKING_VIEWS = (ATTESTATIONS_VIEW, PAYOUTS_VIEW, EXCESSES_VIEW, DISHONOURS_VIEW)
