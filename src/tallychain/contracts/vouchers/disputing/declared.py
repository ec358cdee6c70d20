"""The operations of disputes."""

from tallychain.contracts.vouchers import audiences, declared
from tallychain.contracts.vouchers import refusals as general
from tallychain.contracts.vouchers.disputing import operations, refusals, rules
from tallychain.contracts.vouchers.disputing.contents import GroundContent
from tallychain.contracts.vouchers.settling.refusals import HoldingPaid
from tallychain.instruments.money import Units
from tallychain.ledger.contract import AnyOperation, Authority, OperationType, SealRule, Words
from tallychain.ledger.holder import IdentityContent
from tallychain.ledger.identity import CORE_ENTERPRISE

DISPUTE = "d1" * 32
DOCUMENT = "d0" * 32
GROUND = GroundContent(ground="到货批次 3 检验不合格")
CASE = GroundContent(ground="已立案", number="（2026）沪0115民初456号")
FOUND = (general.VoucherNotFound, refusals.DisputeNotFound)

OPEN = OperationType(
    name="dispute.open",
    args=operations.OpenDispute,
    authority=Authority.TWO_PERSONS,
    kinds=(CORE_ENTERPRISE,),
    title=Words("Open a dispute", "提出争议"),
    summary=Words(
        "Say that a part of what the first holder has is not owed, no more than the evidence covers; it is bound meanwhile.",
        "对首手持有人的部分份额提出争议，以证据所及金额为限；争议期间不得转让。",
    ),
    rule=rules.open_dispute,
    refusals=(
        general.VoucherNotFound,
        general.NotTheIssuer,
        general.HoldingNotFound,
        general.VoucherNotActive,
        refusals.NotTheFirstHolder,
        HoldingPaid,
        general.UnitsOutsideHolding,
        refusals.DisputeExceedsEvidence,
        general.UnitsNotFree,
        refusals.TooManyDisputes,
        general.SplitLimit,
        general.PartTooSmall,
    ),
    seals=(SealRule("ground", GroundContent, audiences.disputing, example=GROUND),),
    primary=lambda args: args.voucher,
    example=operations.OpenDispute(
        voucher=declared.VOUCHER,
        holding=Units(42_500_002),
        first=Units(42_500_002),
        last=Units(52_500_001),
        covered=10_000_000,
        document=DOCUMENT,
    ),
)

ANSWER = OperationType(
    name="dispute.answer",
    args=operations.AnswerDispute,
    authority=Authority.HOLDER,
    begins=False,
    title=Words("Answer a dispute", "答复争议"),
    summary=Words(
        "Deny what the issuer says, or admit it and release the issuer of the disputed units.",
        "否认开立方的主张，或承认并豁免争议份额的债务。",
    ),
    rule=rules.answer,
    refusals=(*FOUND, general.NotTheHolder, general.NotTheSponsor, refusals.DisputeNotOpen),
    seals=(SealRule("identity", IdentityContent, audiences.disputed, example=declared.IDENTITY_EXAMPLE),),
    primary=lambda args: args.voucher,
    example=operations.AnswerDispute(voucher=declared.VOUCHER, dispute=DISPUTE, admits=False),
)

REFER = OperationType(
    name="dispute.refer",
    args=operations.ReferDispute,
    authority=Authority.TWO_PERSONS,
    kinds=(CORE_ENTERPRISE,),
    begins=False,
    title=Words("Show that a court decides", "登记争议立案"),
    summary=Words(
        "Keep a dispute for as long as a court or an arbitration decides.",
        "登记受理通知书，使争议在诉讼或仲裁期间继续有效。",
    ),
    rule=rules.refer,
    refusals=(*FOUND, general.NotTheIssuer, refusals.DisputeNotOpen),
    seals=(SealRule("ground", GroundContent, audiences.contended, example=CASE),),
    primary=lambda args: args.voucher,
    example=operations.ReferDispute(voucher=declared.VOUCHER, dispute=DISPUTE, document=DOCUMENT),
)

CLOSE = OperationType(
    name="dispute.close",
    args=operations.CloseDispute,
    authority=Authority.TWO_PERSONS,
    kinds=rules.CLOSING_KINDS,
    begins=False,
    title=Words("Close a dispute", "终结争议"),
    summary=Words(
        "Withdraw a dispute as its issuer, or close it as the court or arbiter that has decided.",
        "开立方撤回争议，或由作出裁判的法院、仲裁机构终结争议。",
    ),
    rule=rules.close,
    refusals=(*FOUND, general.NotTheIssuer, refusals.DisputeNotOpen),
    seals=(SealRule("ground", GroundContent, audiences.contended, example=CASE),),
    primary=lambda args: args.voucher,
    example=operations.CloseDispute(voucher=declared.VOUCHER, dispute=DISPUTE, document=DOCUMENT),
)

OPERATIONS: tuple[AnyOperation, ...] = (OPEN, ANSWER, REFER, CLOSE)
