"""More operations of settlement: another bank, payment outside, and what holders do with a debt that is not paid."""

from tallychain.contracts.vouchers import refusals as general
from tallychain.contracts.vouchers.declared import IDENTITY_EXAMPLE
from tallychain.contracts.vouchers.settling import audiences, operations, refusals, rules
from tallychain.instruments.money import Units
from tallychain.ledger.contract import AnyOperation, Authority, OperationType, SealRule, Words
from tallychain.ledger.holder import IdentityContent
from tallychain.ledger.identity import CORE_ENTERPRISE, SETTLEMENT_BANK

VOUCHER = "EVTRIA20260316000000000180"
OPERATION = "5a" * 32
DOCUMENT = "d0" * 32

ISSUER_SIDE = (general.VoucherNotFound, general.NotTheIssuer)
HOLDER_SIDE = (
    general.VoucherNotFound,
    general.HoldingNotFound,
    general.NotTheHolder,
    general.NotTheSponsor,
)
IDENTITY = SealRule("identity", IdentityContent, audiences.holder, example=IDENTITY_EXAMPLE)

PROPOSE_BANK = OperationType(
    name="settlement.reassign.propose",
    args=operations.ProposeBank,
    authority=Authority.TWO_PERSONS,
    kinds=(CORE_ENTERPRISE,),
    begins=False,
    title=Words("Propose another settlement bank", "提议更换清分行"),
    summary=Words(
        "Ask another bank, with which there is an agreement, to pay this voucher out.",
        "请另一家已签协议的清分行兑付该凭证。",
    ),
    rule=rules.propose_bank,
    refusals=(
        *ISSUER_SIDE,
        refusals.VoucherNotOwed,
        refusals.MoneyWithBank,
        refusals.SameBank,
        general.SettlementBankNotEligible,
        refusals.SettlementNotAgreed,
    ),
    primary=lambda args: args.voucher,
    example=operations.ProposeBank(voucher=VOUCHER, bank="settle-b"),
)

CONSENT_BANK = OperationType(
    name="settlement.reassign.consent",
    args=operations.ConsentBank,
    authority=Authority.TWO_PERSONS,
    kinds=(SETTLEMENT_BANK,),
    title=Words("Take a voucher over", "接任清分行"),
    summary=Words(
        "Pay this voucher out instead of the bank before; payees are named again.",
        "接替原清分行兑付该凭证；收款账户须重新登记。",
    ),
    rule=rules.consent_bank,
    refusals=(
        general.VoucherNotFound,
        refusals.VoucherNotOwed,
        refusals.MoneyWithBank,
        refusals.ProposalNotPending,
    ),
    primary=lambda args: args.voucher,
    example=operations.ConsentBank(voucher=VOUCHER, proposal=OPERATION),
)

PROPOSE_OUTSIDE = OperationType(
    name="settlement.outside.propose",
    args=operations.ProposeOutside,
    authority=Authority.TWO_PERSONS,
    kinds=(CORE_ENTERPRISE,),
    begins=False,
    title=Words("State a payment outside", "声明场外付款"),
    summary=Words(
        "State that a holder was paid the whole of its holding directly; the holder has to confirm.",
        "声明已向持有人直接付清其全部份额，须由持有人确认。",
    ),
    rule=rules.propose_outside,
    refusals=(
        *ISSUER_SIDE,
        general.HoldingNotFound,
        general.VoucherNotActive,
        refusals.HoldingPaid,
        refusals.UnitsBound,
        refusals.OutsideTooLate,
    ),
    primary=lambda args: args.voucher,
    example=operations.ProposeOutside(voucher=VOUCHER, holding=Units(1), document=DOCUMENT),
)

CONSENT_OUTSIDE = OperationType(
    name="settlement.outside.consent",
    args=operations.ConsentOutside,
    authority=Authority.HOLDER,
    begins=False,
    title=Words("Confirm a payment outside", "确认场外付款"),
    summary=Words(
        "Confirm to have been paid directly; the issuer is discharged of this holding.",
        "确认已收到直接付款；开立方就该份额的债务清偿。",
    ),
    rule=rules.consent_outside,
    refusals=(
        *HOLDER_SIDE,
        general.VoucherNotActive,
        refusals.HoldingPaid,
        refusals.UnitsBound,
        refusals.ProposalNotPending,
    ),
    seals=(IDENTITY,),
    primary=lambda args: args.voucher,
    example=operations.ConsentOutside(voucher=VOUCHER, holding=Units(1), proposal=OPERATION),
)

WRITE_OFF = OperationType(
    name="debt.write_off",
    args=operations.WriteOff,
    authority=Authority.HOLDER,
    begins=False,
    title=Words("Write a debt off", "核销"),
    summary=Words(
        "Note that an overdue holding was written off in the own books; the issuer owes as before.",
        "记录逾期份额已在持有人账上核销；开立方债务不变。",
    ),
    rule=rules.write_off,
    refusals=(
        *HOLDER_SIDE,
        refusals.NotOverdue,
        refusals.AlreadyPaid,
        refusals.AlreadyWrittenOff,
    ),
    seals=(IDENTITY,),
    primary=lambda args: args.voucher,
    example=operations.WriteOff(voucher=VOUCHER, holding=Units(1)),
)

RELEASE = OperationType(
    name="debt.release",
    args=operations.Release,
    authority=Authority.HOLDER,
    begins=False,
    title=Words("Release a debt", "债务豁免"),
    summary=Words(
        "Release the issuer of an amount; it is final after some business days, if it is not taken back.",
        "豁免开立方部分或全部债务；若干工作日内可撤销，逾期生效。",
    ),
    rule=rules.release,
    refusals=(
        *HOLDER_SIDE,
        refusals.VoucherNotDue,
        refusals.ReleasePending,
        refusals.ReleaseExceeded,
        refusals.UnitsBound,
    ),
    seals=(IDENTITY,),
    primary=lambda args: args.voucher,
    example=operations.Release(voucher=VOUCHER, holding=Units(1), amount=1_000_000),
)

REVOKE = OperationType(
    name="debt.revoke",
    args=operations.Revoke,
    authority=Authority.HOLDER,
    begins=False,
    title=Words("Take a release back", "撤销债务豁免"),
    summary=Words("Take a release of debt back before it is final.", "在生效前撤销债务豁免。"),
    rule=rules.revoke,
    refusals=(*HOLDER_SIDE, refusals.ReleaseNotPending),
    seals=(IDENTITY,),
    primary=lambda args: args.voucher,
    example=operations.Revoke(voucher=VOUCHER, holding=Units(1)),
)

FURTHER_OPERATIONS: tuple[AnyOperation, ...] = (
    PROPOSE_BANK,
    CONSENT_BANK,
    PROPOSE_OUTSIDE,
    CONSENT_OUTSIDE,
    WRITE_OFF,
    RELEASE,
    REVOKE,
)
