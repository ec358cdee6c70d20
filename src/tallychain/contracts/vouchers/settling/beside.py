"""Rows of what two sides agree beside the usual course: payments outside and releases of debt."""

from tallychain.contracts.vouchers import columns
from tallychain.contracts.vouchers.projections import STATUS, all_of, of, set_row
from tallychain.contracts.vouchers.settling import events
from tallychain.contracts.vouchers.settling.state import RELEASED
from tallychain.contracts.vouchers.settling.words import CONFIRMED, REVOKED
from tallychain.ledger.contract import Words
from tallychain.ledger.timeline import settled
from tallychain.ledger.views import View

OUTSIDE_VIEW = View(
    name="outside_payments",
    title=Words("Payments outside", "场外付款"),
    key=("proposal",),
    columns=(
        columns.text("proposal", "Proposal", "提议"),
        columns.text("voucher", "Voucher", "凭证编号"),
        columns.text("holding", "Holding", "持有份额编号"),
        columns.amount("amount", "Amount", "金额"),
        columns.text("document", "Digest of the document", "凭据摘要"),
        columns.time("proposed_at", "Stated at", "声明时间"),
        STATUS,
    ),
    timeline=True,
    project=all_of(
        of(
            events.OutsideProposed,
            lambda e, fact: set_row(
                "outside_payments",
                (e.proposal,),
                {
                    "voucher": e.voucher,
                    "holding": e.holding,
                    "amount": e.amount,
                    "document": e.document,
                    "proposed_at": fact.time_ms,
                    "status": e.timeline,
                },
            ),
        ),
        of(
            events.OutsidePaid,
            lambda e, _: set_row("outside_payments", (e.proposal,), {"status": settled(CONFIRMED)}),
        ),
    ),
)

RELEASES_VIEW = View(
    name="debt_releases",
    title=Words("Releases of debt", "债务豁免"),
    key=("operation",),
    columns=(
        columns.text("operation", "Operation", "操作"),
        columns.text("voucher", "Voucher", "凭证编号"),
        columns.text("holding", "Holding", "持有份额编号"),
        columns.amount("amount", "Declared", "声明金额"),
        columns.amount("released", "Released", "生效金额"),
        columns.time("declared_at", "Declared at", "声明时间"),
        STATUS,
    ),
    timeline=True,
    project=all_of(
        of(
            events.ReleaseDeclared,
            lambda e, fact: set_row(
                "debt_releases",
                (e.operation,),
                {
                    "voucher": e.voucher,
                    "holding": e.holding,
                    "amount": e.amount,
                    "declared_at": fact.time_ms,
                    "status": e.timeline,
                },
            ),
        ),
        of(
            events.ReleaseRevoked,
            lambda e, _: set_row("debt_releases", (e.operation,), {"status": settled(REVOKED)}),
        ),
        of(
            events.DebtReleased,
            lambda e, _: set_row(
                "debt_releases", (e.operation,), {"released": e.amount, "status": settled(RELEASED)}
            ),
        ),
    ),
)

WRITE_OFFS_VIEW = View(
    name="write_offs",
    title=Words("Write-offs", "核销"),
    key=("voucher", "first"),
    columns=(
        columns.text("voucher", "Voucher", "凭证编号"),
        columns.units("first", "First unit", "起始单位"),
        columns.text("holding", "Holding", "持有份额编号"),
        columns.amount("amount", "Written off", "核销金额"),
        columns.time("written_off_at", "Written off at", "核销时间"),
    ),
    project=of(
        events.WrittenOff,
        lambda e, fact: set_row(
            "write_offs",
            (e.voucher, e.first),
            {"holding": e.holding, "amount": e.amount, "written_off_at": fact.time_ms},
        ),
    ),
)

AGREED_VIEWS = (OUTSIDE_VIEW, RELEASES_VIEW, WRITE_OFFS_VIEW)
