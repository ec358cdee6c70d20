"""The operations of financings once a quote is chosen."""

from tallychain.contracts.documents import api as documents
from tallychain.contracts.vouchers import declared
from tallychain.contracts.vouchers import refusals as general
from tallychain.contracts.vouchers.contents import ReasonContent
from tallychain.contracts.vouchers.financing import audiences, operations, paying, refusals
from tallychain.contracts.vouchers.financing.declared import FINANCING, FOUND, IDENTITY, SELLER_SIDE
from tallychain.contracts.vouchers.financing.find import BANK_KINDS, FUNDER_KINDS
from tallychain.contracts.vouchers.settling.refusals import BankReferenceUsed, BookingTimeNotPossible
from tallychain.ledger.contract import AnyOperation, Authority, OperationType, SealRule, Words
from tallychain.ledger.identity import ARBITER

REGISTER = OperationType(
    name="financing.register",
    args=operations.RegisterFinancing,
    authority=Authority.TWO_PERSONS,
    kinds=FUNDER_KINDS,
    begins=False,
    title=Words("Show the registration", "录入融资登记"),
    summary=Words(
        "Show that the financing stands in the movable-property registry; without that nobody pays.",
        "录入动产融资统一登记信息；未登记不得放款。",
    ),
    rule=paying.register,
    refusals=(
        *FOUND,
        refusals.FinancingStands,
        refusals.NotTheFunder,
        refusals.RegistrationTimeNotPossible,
        refusals.RegistrationUsed,
    ),
    primary=lambda args: args.voucher,
    example=operations.RegisterFinancing(
        voucher=declared.VOUCHER,
        financing=FINANCING,
        registration="12345678901234567890",
        registered_ms=1_776_300_000_000,
        certificate="c7" * 32,
    ),
)

DEREGISTER = OperationType(
    name="financing.deregister",
    args=operations.DeregisterFinancing,
    authority=Authority.TWO_PERSONS,
    kinds=FUNDER_KINDS,
    begins=False,
    title=Words("Take the registration back", "注销融资登记"),
    summary=Words(
        "Show that the registration of a financing that failed was taken back.",
        "融资失败后，登记注销登记的证明。",
    ),
    rule=paying.deregister,
    refusals=(*FOUND, refusals.FinancingStands, refusals.NotTheFunder),
    primary=lambda args: args.voucher,
    example=operations.DeregisterFinancing(voucher=declared.VOUCHER, financing=FINANCING, document="d0" * 32),
)

DISBURSE = OperationType(
    name="financing.disburse",
    args=operations.Disburse,
    authority=Authority.TWO_PERSONS,
    kinds=BANK_KINDS,
    begins=False,
    title=Words("State the disbursement", "确认放款"),
    summary=Words(
        "State that the amount fixed at the award was paid to the seller.",
        "声明已按选定时确定的金额向卖方放款。",
    ),
    rule=paying.disburse,
    refusals=(
        *FOUND,
        refusals.FinancingStands,
        refusals.NotThePayingBank,
        general.VoucherNotActive,
        general.BlackOut,
        documents.VoucherUnderReview,
        general.UnitsNotFree,
        refusals.PaymentDiffers,
        BookingTimeNotPossible,
        BankReferenceUsed,
    ),
    primary=lambda args: args.voucher,
    example=operations.Disburse(
        voucher=declared.VOUCHER,
        financing=FINANCING,
        payment="c3" * 32,
        reference="FK-20260416-0001",
        booked_ms=1_776_310_000_000,
        document="d0" * 32,
    ),
)

ATTEST = OperationType(
    name="financing.attest",
    args=operations.AttestReceipt,
    authority=Authority.TWO_PERSONS,
    kinds=BANK_KINDS,
    begins=False,
    title=Words("State whether money came", "确认到账情况"),
    summary=Words(
        "The seller's bank states whether the money of a financing came.",
        "卖方收款行说明融资款项是否到账。",
    ),
    rule=paying.attest,
    refusals=(
        *FOUND,
        refusals.FinancingStands,
        refusals.NotTheSellersBank,
        refusals.ReceiptAttested,
    ),
    primary=lambda args: args.voucher,
    example=operations.AttestReceipt(
        voucher=declared.VOUCHER, financing=FINANCING, came=True, document="d0" * 32
    ),
)

COMPLETE = OperationType(
    name="financing.complete",
    args=operations.CompleteFinancing,
    authority=Authority.HOLDER,
    begins=False,
    title=Words("Confirm that the money came", "确认收款"),
    summary=Words(
        "The seller confirms that it was paid; the funder gets the units in that block.",
        "卖方确认收到款项；相应份额随即归属资金方。",
    ),
    rule=paying.complete,
    refusals=(*SELLER_SIDE, refusals.FinancingStands),
    seals=(IDENTITY,),
    primary=lambda args: args.voucher,
    example=operations.CompleteFinancing(voucher=declared.VOUCHER, financing=FINANCING),
)

REFUTE = OperationType(
    name="financing.refute",
    args=operations.RefuteFinancing,
    authority=Authority.HOLDER,
    begins=False,
    title=Words("Deny that the money came", "否认收款"),
    summary=Words(
        "The seller denies that it was paid; its bank says what came, then an arbiter decides.",
        "卖方否认收到款项；由收款行说明，必要时由仲裁机构裁定。",
    ),
    rule=paying.refute,
    refusals=(*SELLER_SIDE, refusals.FinancingStands),
    seals=(
        IDENTITY,
        SealRule("reason", ReasonContent, audiences.denial, required=False, example=declared.REASON_EXAMPLE),
    ),
    primary=lambda args: args.voucher,
    example=operations.RefuteFinancing(voucher=declared.VOUCHER, financing=FINANCING),
)

DECIDE = OperationType(
    name="financing.decide",
    args=operations.DecideFinancing,
    authority=Authority.TWO_PERSONS,
    kinds=(ARBITER,),
    title=Words("Decide a dispute", "裁定融资争议"),
    summary=Words("An arbiter decides whether the seller was paid.", "仲裁机构裁定卖方是否已收到款项。"),
    rule=paying.decide,
    refusals=(*FOUND, refusals.FinancingStands),
    primary=lambda args: args.voucher,
    example=operations.DecideFinancing(
        voucher=declared.VOUCHER, financing=FINANCING, paid=True, document="d0" * 32
    ),
)

FURTHER_OPERATIONS: tuple[AnyOperation, ...] = (
    REGISTER,
    DISBURSE,
    ATTEST,
    COMPLETE,
    REFUTE,
    DECIDE,
    DEREGISTER,
)
