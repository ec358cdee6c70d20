"""Guarantees as rows: frames, vouchers under them, and money that waits for a guarantor.  All of it is public among members."""

from tallychain.contracts.vouchers import columns
from tallychain.contracts.vouchers.guaranteeing import events
from tallychain.contracts.vouchers.guaranteeing.state import (
    CALLED,
    DEFAULTED,
    FORWARD_LATE,
    FORWARDED,
    FREED,
    GUARANTOR_SUBROGATION,
    REPAID,
    STANDING,
    SUBROGATED,
    TO_FORWARD,
)
from tallychain.contracts.vouchers.projections import STATUS, Rows, Values, all_of, of, set_row
from tallychain.ledger.contract import Words
from tallychain.ledger.timeline import settled
from tallychain.ledger.views import Fact, RowWrite, View

WORDS = {
    STANDING: Words("guaranteed", "担保中"),
    CALLED: Words("guarantor has to pay", "待担保机构代偿"),
    DEFAULTED: Words("guarantor has not paid in time", "担保机构逾期未代偿"),
    SUBROGATED: Words("guarantor has paid, the issuer owes it", "已代偿，开立方待偿还担保机构"),
    REPAID: Words("issuer has repaid the guarantor", "开立方已偿还担保机构"),
    FREED: Words("nothing guaranteed any more", "担保责任已解除"),
    TO_FORWARD: Words("to be passed on to the guarantor", "待转付担保机构"),
    FORWARD_LATE: Words("passing on is late", "转付逾时"),
    FORWARDED: Words("passed on to the guarantor", "已转付担保机构"),
    GUARANTOR_SUBROGATION: Words("guarantor's subrogation", "担保机构代位"),
}


def _exposure(event: events.GuaranteeNamed | events.GuaranteeChanged) -> RowWrite:
    return RowWrite("guarantee_frames", (event.guarantor, event.issuer), {"exposure": event.exposure})


def _given(event: events.FrameGiven, _fact: Fact) -> Rows:
    values: Values = {
        "frame": event.frame,
        "limit_amount": event.limit,
        "valid_until": event.until,
        "pay_days": event.pay_days,
        "terms": event.terms,
        "exposure": event.exposure,
        "status": event.timeline,
    }
    return set_row("guarantee_frames", (event.guarantor, event.issuer), values)


FRAMES_VIEW = View(
    name="guarantee_frames",
    title=Words("Guarantees for issuers", "担保额度"),
    key=("guarantor", "issuer"),
    columns=(
        columns.text("guarantor", "Guarantor", "担保机构"),
        columns.text("issuer", "Issuer", "开立方"),
        columns.text("frame", "Given by", "额度操作编号"),
        columns.amount("limit_amount", "Limit", "担保额度"),
        columns.text("valid_until", "Valid until", "额度有效期至"),
        columns.units("pay_days", "Days to pay", "代偿期限（天）"),
        columns.text("terms", "Digest of the contract", "担保合同摘要"),
        columns.amount("exposure", "Guaranteed now", "担保余额"),
        STATUS,
    ),
    timeline=True,
    project=all_of(
        of(events.FrameGiven, _given),
        of(
            events.FrameOver,
            lambda e, _: set_row("guarantee_frames", (e.guarantor, e.issuer), {"status": settled(e.status)}),
        ),
        of(events.GuaranteeNamed, lambda e, _: (_exposure(e),)),
        of(events.GuaranteeChanged, lambda e, _: (_exposure(e),)),
    ),
)


def _named(event: events.GuaranteeNamed, _fact: Fact) -> Rows:
    values: Values = {
        "issuer": event.issuer,
        "guarantor": event.guarantor,
        "frame": event.frame,
        "pay_days": event.pay_days,
        "liable": event.liable,
        "paid": 0,
        "repaid": 0,
        "claim": 0,
        "called_at": 0,
        "defaulted_at": 0,
        "status": event.timeline,
    }
    return set_row("guarantees", (event.voucher,), values)


def _changed(event: events.GuaranteeChanged, _fact: Fact) -> Rows:
    values: Values = {
        "liable": event.liable,
        "paid": event.paid,
        "repaid": event.repaid,
        "claim": event.paid - event.repaid,
        "status": event.timeline,
    }
    return set_row("guarantees", (event.voucher,), values)


def _defaulted(event: events.GuarantorDefaulted, _fact: Fact) -> Rows:
    values: Values = {"defaulted_at": event.since_ms, "status": settled(DEFAULTED)}
    return set_row("guarantees", (event.voucher,), values)


GUARANTEES_VIEW = View(
    name="guarantees",
    title=Words("Guaranteed vouchers", "担保凭证"),
    key=("voucher",),
    columns=(
        columns.text("voucher", "Voucher", "凭证编号"),
        columns.text("issuer", "Issuer", "开立方"),
        columns.text("guarantor", "Guarantor", "担保机构"),
        columns.text("frame", "Guarantee", "额度操作编号"),
        columns.units("pay_days", "Days to pay", "代偿期限（天）"),
        columns.amount("liable", "Guaranteed", "担保责任余额"),
        columns.amount("paid", "Paid by the guarantor", "已代偿"),
        columns.amount("repaid", "Repaid by the issuer", "开立方已偿还"),
        columns.amount("claim", "Owed to the guarantor", "应偿还担保机构"),
        columns.time("called_at", "Called at", "代偿触发时间"),
        columns.time("defaulted_at", "Not paid in time since", "逾期未代偿时间"),
        STATUS,
    ),
    timeline=True,
    project=all_of(
        of(events.GuaranteeNamed, _named),
        of(
            events.GuarantorCalled,
            lambda e, _: set_row("guarantees", (e.voucher,), {"called_at": e.since_ms, "status": e.timeline}),
        ),
        of(events.GuarantorDefaulted, _defaulted),
        of(events.GuaranteeChanged, _changed),
    ),
)

REPAYMENTS_VIEW = View(
    name="guarantor_repayments",
    title=Words("Money for guarantors", "待转付担保机构款项"),
    key=("voucher", "attestation"),
    columns=(
        columns.text("voucher", "Voucher", "凭证编号"),
        columns.text("attestation", "Attestation", "入账确认"),
        columns.text("bank", "Settlement bank", "清分行"),
        columns.text("guarantor", "Guarantor", "担保机构"),
        columns.amount("amount", "Amount", "金额"),
        columns.text("reference", "Bank reference", "银行流水号"),
        STATUS,
    ),
    timeline=True,
    project=all_of(
        of(
            events.RepaymentFound,
            lambda e, _: set_row(
                "guarantor_repayments",
                (e.voucher, e.attestation),
                {
                    "bank": e.bank,
                    "guarantor": e.guarantor,
                    "amount": e.amount,
                    "reference": "",
                    "status": e.timeline,
                },
            ),
        ),
        of(
            events.RepaymentPassedOn,
            lambda e, _: set_row(
                "guarantor_repayments",
                (e.voucher, e.attestation),
                {"reference": e.reference, "status": settled(FORWARDED)},
            ),
        ),
    ),
)

VIEWS = (FRAMES_VIEW, GUARANTEES_VIEW, REPAYMENTS_VIEW)
