"""The operations that give a voucher up."""

from tallychain.contracts.vouchers import audiences, declared, refusals
from tallychain.contracts.vouchers.cancelling import operations, rules
from tallychain.contracts.vouchers.cancelling.refusals import (
    CancellationNotPending,
    HoldersMissing,
    TooManyHoldings,
)
from tallychain.contracts.vouchers.settling.refusals import HoldingPaid
from tallychain.instruments.money import Units
from tallychain.ledger.contract import AnyOperation, Authority, OperationType, SealRule, Words
from tallychain.ledger.holder import IdentityContent
from tallychain.ledger.identity import CORE_ENTERPRISE

CANCEL = OperationType(
    name="voucher.cancel",
    args=operations.Cancel,
    authority=Authority.TWO_PERSONS,
    kinds=(CORE_ENTERPRISE,),
    title=Words("Propose to cancel a voucher", "提议注销凭证"),
    summary=Words(
        "Ask every holder to give the voucher up; it stands unless all of them consent in time.",
        "请全体持有人同意注销；逾期未获全体同意的，凭证继续有效。",
    ),
    rule=rules.cancel,
    refusals=(
        refusals.VoucherNotFound,
        refusals.NotTheIssuer,
        refusals.VoucherNotActive,
        refusals.BlackOut,
        TooManyHoldings,
        HoldersMissing,
        refusals.UnitsNotFree,
        HoldingPaid,
    ),
    primary=lambda args: args.voucher,
    example=operations.Cancel(voucher=declared.VOUCHER),
)

CONSENT = OperationType(
    name="voucher.consent",
    args=operations.Consent,
    authority=Authority.HOLDER,
    begins=False,
    title=Words("Consent to a cancellation", "同意注销凭证"),
    summary=Words(
        "Give one holding up; the last consent of all holders cancels the voucher.",
        "就一份持有份额同意注销；全体持有人同意后凭证注销。",
    ),
    rule=rules.consent,
    refusals=(
        refusals.VoucherNotFound,
        refusals.HoldingNotFound,
        refusals.NotTheHolder,
        refusals.NotTheSponsor,
        refusals.VoucherNotActive,
        refusals.BlackOut,
        CancellationNotPending,
        refusals.UnitsNotFree,
        TooManyHoldings,
        HoldingPaid,
    ),
    seals=(SealRule("identity", IdentityContent, audiences.consenting, example=declared.IDENTITY_EXAMPLE),),
    primary=lambda args: args.voucher,
    example=operations.Consent(voucher=declared.VOUCHER, cancellation="6d" * 32, holding=Units(1)),
)

OPERATIONS: tuple[AnyOperation, ...] = (CANCEL, CONSENT)
