"""The operations of courts."""

from tallychain.contracts.vouchers import audiences, declared
from tallychain.contracts.vouchers import refusals as general
from tallychain.contracts.vouchers.courting import freezing, operations, refusals, rules
from tallychain.contracts.vouchers.courting.contents import OrderContent
from tallychain.contracts.vouchers.settling.contents import PayeeContent
from tallychain.contracts.vouchers.settling.refusals import AlreadyPaid, UnitsBound, VoucherNotOwed
from tallychain.instruments.money import Units
from tallychain.ledger.contract import AnyOperation, Authority, OperationType, SealRule, Words
from tallychain.ledger.holder import Receiver
from tallychain.ledger.identity import COURT_GATEWAY
from tallychain.ledger.types import MemberId

FREEZE = "f2" * 32
DOCUMENT = "d0" * 32
ORDER_EXAMPLE = OrderContent(court="上海金融法院", number="（2026）沪74执保123号", note="协助执行通知书")
COURT_SIDE = (
    general.VoucherNotFound,
    refusals.FreezeNotFound,
    refusals.NotTheCourt,
    refusals.FreezeNotInForce,
)
ORDER = SealRule("order", OrderContent, audiences.ordered, example=ORDER_EXAMPLE)
TAG = "ed25519:" + "3b" * 32

FREEZE_UNITS = OperationType(
    name="court.freeze",
    args=operations.FreezeUnits,
    authority=Authority.TWO_PERSONS,
    kinds=(COURT_GATEWAY,),
    title=Words("Freeze units", "冻结份额"),
    summary=Words(
        "Freeze what a tag holds within a range of units until a day; offers of them end, and nothing of them moves or is paid.",
        "冻结某一标签在指定单位范围内持有的份额至指定日期；相关转让终止，份额不得转让或兑付。",
    ),
    rule=freezing.freeze,
    refusals=(
        general.VoucherNotFound,
        VoucherNotOwed,
        general.DateNotValid,
        refusals.FreezeEndNotPossible,
        general.HoldingNotFound,
        refusals.NothingToFreeze,
        refusals.TooManyFrozenHoldings,
        refusals.FreezeQueueFull,
        refusals.FreezeWholeOnly,
        general.SplitLimit,
    ),
    seals=(SealRule("order", OrderContent, audiences.freezing, example=ORDER_EXAMPLE),),
    primary=lambda args: args.voucher,
    example=operations.FreezeUnits(
        voucher=declared.VOUCHER,
        tag=TAG,
        holding=Units(42_500_002),
        first=Units(42_500_002),
        last=Units(72_500_001),
        until="2027-03-15",
        document=DOCUMENT,
    ),
)

RENEW = OperationType(
    name="court.renew",
    args=operations.RenewFreeze,
    authority=Authority.TWO_PERSONS,
    kinds=(COURT_GATEWAY,),
    begins=False,
    title=Words("Renew a freeze", "续行冻结"),
    summary=Words(
        "Let a freeze last until a later day; its place in the queue stays.",
        "将冻结延长至更晚的日期，轮候顺序不变。",
    ),
    rule=rules.renew,
    refusals=(*COURT_SIDE, general.DateNotValid, refusals.FreezeEndNotPossible),
    seals=(ORDER,),
    primary=lambda args: args.voucher,
    example=operations.RenewFreeze(
        voucher=declared.VOUCHER, freeze=FREEZE, until="2029-03-15", document=DOCUMENT
    ),
)

UNFREEZE = OperationType(
    name="court.unfreeze",
    args=operations.Unfreeze,
    authority=Authority.TWO_PERSONS,
    kinds=(COURT_GATEWAY,),
    begins=False,
    title=Words("Lift a freeze", "解除冻结"),
    summary=Words(
        "Let frozen units go; the freeze that waits behind is effective in the same block.",
        "解除冻结；轮候冻结在同一区块内生效。",
    ),
    rule=rules.unfreeze,
    refusals=COURT_SIDE,
    seals=(ORDER,),
    primary=lambda args: args.voucher,
    example=operations.Unfreeze(voucher=declared.VOUCHER, freeze=FREEZE, document=DOCUMENT),
)

EXECUTE = OperationType(
    name="court.execute",
    args=operations.ExecuteFreeze,
    authority=Authority.TWO_PERSONS,
    kinds=(COURT_GATEWAY,),
    begins=False,
    title=Words("Execute on the money", "执行兑付款"),
    summary=Words(
        "Name the account to which all of the money of the frozen units goes, such as the court's own.",
        "指定冻结份额全部兑付款的收款账户，如法院执行款账户。",
    ),
    rule=rules.execute,
    refusals=(*COURT_SIDE, refusals.FreezeWaits, refusals.HoldingsDiffer, AlreadyPaid),
    seals=(
        ORDER,
        SealRule(
            "payee",
            PayeeContent,
            audiences.executed,
            example=PayeeContent(
                name="上海金融法院",
                uscc="91310000MA00000001",
                bank="示例银行上海分行",
                bank_code="103290000000",
                account="6209876543210987654",
            ),
        ),
    ),
    primary=lambda args: args.voucher,
    example=operations.ExecuteFreeze(
        voucher=declared.VOUCHER, freeze=FREEZE, holdings=(Units(42_500_002),), document=DOCUMENT
    ),
)

TRANSFER = OperationType(
    name="court.transfer",
    args=operations.TransferFrozen,
    authority=Authority.TWO_PERSONS,
    kinds=(COURT_GATEWAY,),
    begins=False,
    title=Words("Transfer frozen units", "强制过户"),
    summary=Words(
        "Give title to the frozen units to a tag that the court names.", "将冻结份额过户至法院指定的标签。"
    ),
    rule=rules.transfer,
    refusals=(
        *COURT_SIDE,
        refusals.FreezeWaits,
        UnitsBound,
        AlreadyPaid,
        general.ReceiverIsHolder,
        general.RecipientNotEligible,
        general.KeyNotAdmitted,
    ),
    seals=(SealRule("order", OrderContent, audiences.transferred, example=ORDER_EXAMPLE),),
    primary=lambda args: args.voucher,
    example=operations.TransferFrozen(
        voucher=declared.VOUCHER,
        freeze=FREEZE,
        receiver=Receiver(TAG, "x25519:" + "4c" * 32, MemberId("bank-b")),
        document=DOCUMENT,
    ),
)

OPERATIONS: tuple[AnyOperation, ...] = (FREEZE_UNITS, RENEW, UNFREEZE, EXECUTE, TRANSFER)
