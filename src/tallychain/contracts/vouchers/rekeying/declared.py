"""The operations of a change of keys."""

from tallychain.contracts.vouchers import declared
from tallychain.contracts.vouchers import refusals as general
from tallychain.contracts.vouchers.rekeying import audiences, operations, refusals, rules
from tallychain.contracts.vouchers.rekeying.contents import ClientContent
from tallychain.contracts.vouchers.settling.refusals import UnitsBound
from tallychain.contracts.vouchers.sponsoring.refusals import HoldingNamedTwice
from tallychain.instruments.money import Units
from tallychain.ledger.contract import AnyOperation, Authority, OperationType, SealRule, Words
from tallychain.ledger.holder import IdentityContent
from tallychain.ledger.identity import BANK, SETTLEMENT_BANK

REKEY = "7e" * 32
OLD_TAG = "ed25519:3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
CLIENT_EXAMPLE = ClientContent(
    name="上海示例机械有限公司",
    uscc="91310000MA00000001",
    certificate="9c" * 32,
    ground="口令遗失；法定代表人到场核验",
)

PROPOSE = OperationType(
    name="holder.rekey.propose",
    args=operations.ProposeRekey,
    authority=Authority.TWO_PERSONS,
    title=Words("Propose other keys for a holder", "申请更换持有人密钥"),
    summary=Words(
        "State that a client has lost its wallet; a second bank must have seen it, and the old key may object.",
        "申明客户钱包遗失并指定新标签；须经另一银行核验，原密钥可提出异议。",
    ),
    rule=rules.propose,
    refusals=(
        general.VoucherNotFound,
        general.HoldingNotFound,
        general.NotTheSponsor,
        general.RecipientNotEligible,
        general.KeyNotAdmitted,
        general.ReceiverIsHolder,
        general.VoucherNotActive,
        refusals.SecondBankNotEligible,
        refusals.RekeyStands,
    ),
    seals=(SealRule("client", ClientContent, audiences.stating, example=CLIENT_EXAMPLE),),
    primary=lambda args: args.voucher,
    example=operations.ProposeRekey(
        voucher=declared.VOUCHER, holding=Units(1), receiver=declared.RECEIVER, second="bank-b"
    ),
)

WITHDRAW = OperationType(
    name="holder.rekey.withdraw",
    args=operations.WithdrawRekey,
    authority=Authority.TWO_PERSONS,
    begins=False,
    title=Words("Withdraw a change of keys", "撤回密钥更换"),
    summary=Words("Take the proposal back; the holdings keep their keys.", "撤回申请，持有份额的密钥不变。"),
    rule=rules.withdraw,
    refusals=(refusals.RekeyNotFound, refusals.NotTheProposer, refusals.RekeyNotPending),
    primary=lambda args: args.voucher,
    example=operations.WithdrawRekey(voucher=declared.VOUCHER, tag=OLD_TAG, rekey=REKEY),
)

CONSENT = OperationType(
    name="holder.rekey.consent",
    args=operations.ConsentRekey,
    authority=Authority.TWO_PERSONS,
    kinds=(BANK, SETTLEMENT_BANK),
    title=Words("Confirm a client that has lost its wallet", "确认钱包遗失客户"),
    summary=Words(
        "State as the second bank that the client was seen; the old key then has three business days to object.",
        "作为复核银行确认已核验客户；原密钥有三个工作日提出异议。",
    ),
    rule=rules.consent,
    refusals=(refusals.RekeyNotFound, refusals.NotTheSecondBank, refusals.RekeyNotPending),
    seals=(SealRule("client", ClientContent, audiences.confirming, example=CLIENT_EXAMPLE),),
    primary=lambda args: args.voucher,
    example=operations.ConsentRekey(voucher=declared.VOUCHER, tag=OLD_TAG, rekey=REKEY),
)

DECLINE = OperationType(
    name="holder.rekey.decline",
    args=operations.DeclineRekey,
    authority=Authority.TWO_PERSONS,
    kinds=(BANK, SETTLEMENT_BANK),
    begins=False,
    title=Words("Decline a change of keys", "拒绝密钥更换"),
    summary=Words(
        "Refuse as the second bank, also after a consent; the holdings keep their keys.",
        "作为复核银行拒绝，确认后亦可；持有份额的密钥不变。",
    ),
    rule=rules.decline,
    refusals=(refusals.RekeyNotFound, refusals.NotTheSecondBank, refusals.RekeyNotPending),
    primary=lambda args: args.voucher,
    example=operations.DeclineRekey(voucher=declared.VOUCHER, tag=OLD_TAG, rekey=REKEY),
)

VETO = OperationType(
    name="holder.rekey.veto",
    args=operations.VetoRekey,
    authority=Authority.HOLDER,
    begins=False,
    title=Words("Object to a change of keys", "对密钥更换提出异议"),
    summary=Words(
        "Object with the old key, through any member; the proposal is over and stays on record.",
        "以原密钥经任一成员提出异议；申请终止并留存记录。",
    ),
    rule=rules.veto,
    refusals=(refusals.RekeyNotFound, general.NotTheHolder, refusals.RekeyNotPending),
    seals=(SealRule("identity", IdentityContent, audiences.objecting, example=declared.IDENTITY_EXAMPLE),),
    primary=lambda args: args.voucher,
    example=operations.VetoRekey(voucher=declared.VOUCHER, tag=OLD_TAG, rekey=REKEY),
)

TAKE = OperationType(
    name="holder.rekey.take",
    args=operations.TakeRekeyed,
    authority=Authority.HOLDER,
    begins=False,
    title=Words("Take holdings over with new keys", "以新密钥接管份额"),
    summary=Words(
        "Take over with the new tag what the old one holds, once nobody has objected in time.",
        "异议期满无异议后，以新标签接管原标签的持有份额。",
    ),
    rule=rules.take,
    refusals=(
        general.VoucherNotFound,
        refusals.RekeyNotFound,
        general.NotTheNamedReceiver,
        general.NotTheSponsor,
        refusals.RekeyNotPending,
        general.HoldingNotFound,
        general.NotTheHolder,
        HoldingNamedTwice,
        UnitsBound,
        general.RecipientNotEligible,
    ),
    seals=(SealRule("identity", IdentityContent, audiences.taking, example=declared.IDENTITY_EXAMPLE),),
    primary=lambda args: args.voucher,
    example=operations.TakeRekeyed(voucher=declared.VOUCHER, tag=OLD_TAG, rekey=REKEY, holdings=(Units(1),)),
)

OPERATIONS: tuple[AnyOperation, ...] = (PROPOSE, WITHDRAW, CONSENT, DECLINE, VETO, TAKE)
