"""The operations on accounts of record."""

from tallychain.contracts.vouchers import declared
from tallychain.contracts.vouchers import refusals as general
from tallychain.contracts.vouchers.banking import audiences, operations, refusals, rules
from tallychain.contracts.vouchers.banking.contents import AccountContent, CodeContent, PennyContent
from tallychain.contracts.vouchers.contents import ReasonContent
from tallychain.ledger.contract import AnyOperation, Authority, OperationType, SealRule, Words
from tallychain.ledger.holder import IdentityContent
from tallychain.ledger.identity import BANK, SETTLEMENT_BANK

ACCOUNT = "ac" * 32
TAG = declared.RECEIVER.tag
ACCOUNT_EXAMPLE = AccountContent(
    name="上海示例机械有限公司",
    uscc="91310000MA00000001",
    bank="示例银行上海分行",
    bank_code="102290000000",
    account="1001234567890123456",
)
CODE_EXAMPLE = CodeContent("274016")
NAMED = (refusals.AccountNotFound, general.NotTheHolder)
OF_BANK = (refusals.AccountNotFound, refusals.NotTheTestingBank, refusals.AccountNotPending)
BANKS = (BANK, SETTLEMENT_BANK)

SET = OperationType(
    name="account.set",
    args=operations.SetAccount,
    authority=Authority.HOLDER,
    title=Words("State an account", "申报收款账户"),
    summary=Words(
        "State to which account this client is paid; a bank tests it with a penny, and three business days later it is in force.",
        "申报客户的收款账户；由银行打款验证，其后三个工作日生效。",
    ),
    rule=rules.set_account,
    refusals=(
        general.RecipientNotEligible,
        general.KeyNotAdmitted,
        refusals.AccountTagDiffers,
        general.NotTheSponsor,
        refusals.TestingBankNotEligible,
        refusals.AccountStands,
    ),
    seals=(
        SealRule("identity", IdentityContent, audiences.set_by, example=declared.IDENTITY_EXAMPLE),
        SealRule("account", AccountContent, audiences.setting, example=ACCOUNT_EXAMPLE),
    ),
    primary=lambda args: f"account {args.holder.tag}",
    example=operations.SetAccount(holder=declared.RECEIVER, bank="bank-b"),
)

CHANGE = OperationType(
    name="account.change",
    args=operations.ChangeAccount,
    authority=Authority.HOLDER,
    title=Words("Change the account of record", "变更收款账户"),
    summary=Words(
        "State another account; the one in force stays until the other is tested and three business days have passed.",
        "申报新的收款账户；新账户经验证并满三个工作日前，原账户继续有效。",
    ),
    rule=rules.change_account,
    refusals=(
        *NAMED,
        general.NotTheSponsor,
        general.RecipientNotEligible,
        refusals.TestingBankNotEligible,
        refusals.AccountStands,
    ),
    seals=(
        SealRule("identity", IdentityContent, audiences.changed_by, example=declared.IDENTITY_EXAMPLE),
        SealRule("account", AccountContent, audiences.changing, example=ACCOUNT_EXAMPLE),
    ),
    primary=lambda args: f"account {args.tag}",
    example=operations.ChangeAccount(tag=TAG, account=ACCOUNT, bank="bank-b"),
)

SEND = OperationType(
    name="account.send",
    args=operations.SendPenny,
    authority=Authority.TWO_PERSONS,
    kinds=BANKS,
    begins=False,
    title=Words("Send the penny", "发出验证款"),
    summary=Words(
        "State that a penny with a code was sent to the account; only this bank knows the code.",
        "声明已向该账户发出附验证码的小额款项；验证码仅本行知悉。",
    ),
    rule=rules.send_penny,
    refusals=OF_BANK,
    seals=(SealRule("code", PennyContent, audiences.sending, example=PennyContent("274016")),),
    primary=lambda args: f"account {args.tag}",
    example=operations.SendPenny(tag=TAG, account=ACCOUNT),
)

RETURN = OperationType(
    name="account.return",
    args=operations.ReturnCode,
    authority=Authority.HOLDER,
    begins=False,
    title=Words("Say the code", "回填验证码"),
    summary=Words(
        "Say which code came with the penny; only the testing bank reads it.",
        "回填小额款项所附验证码；仅验证银行可见。",
    ),
    rule=rules.return_code,
    refusals=(*NAMED, general.NotTheSponsor, refusals.AccountNotPending),
    seals=(
        SealRule("identity", IdentityContent, audiences.returned_by, example=declared.IDENTITY_EXAMPLE),
        SealRule("code", CodeContent, audiences.returning, example=CODE_EXAMPLE),
    ),
    primary=lambda args: f"account {args.tag}",
    example=operations.ReturnCode(tag=TAG, account=ACCOUNT),
)

CONFIRM = OperationType(
    name="account.confirm",
    args=operations.ConfirmAccount,
    authority=Authority.TWO_PERSONS,
    kinds=BANKS,
    begins=False,
    title=Words("Confirm an account", "确认收款账户"),
    summary=Words(
        "State that the account exists, is that of the certified client, and that the code came back; its key then has three business days to stop it.",
        "声明账户存在、属于证书所载主体且验证码相符；此后三个工作日内其密钥可停止生效。",
    ),
    rule=rules.confirm,
    refusals=OF_BANK,
    primary=lambda args: f"account {args.tag}",
    example=operations.ConfirmAccount(tag=TAG, account=ACCOUNT),
)

REFUSE = OperationType(
    name="account.refuse",
    args=operations.RefuseAccount,
    authority=Authority.TWO_PERSONS,
    kinds=BANKS,
    begins=False,
    title=Words("Refuse an account", "拒绝收款账户"),
    summary=Words(
        "State that the code is wrong, which leaves three tries in all, or that the account is not the client's.",
        "声明验证码不符（合计三次）或账户不属于该客户。",
    ),
    rule=rules.refuse,
    refusals=OF_BANK,
    seals=(
        SealRule(
            "reason", ReasonContent, audiences.refusing, example=ReasonContent("户名与证书所载主体不一致")
        ),
    ),
    primary=lambda args: f"account {args.tag}",
    example=operations.RefuseAccount(tag=TAG, account=ACCOUNT, wrong_code=False),
)

STOP = OperationType(
    name="account.stop",
    args=operations.StopAccount,
    authority=Authority.HOLDER,
    begins=False,
    title=Words("Stop an account", "停止账户生效"),
    summary=Words(
        "Stop an account that is not in force yet, through any member; the one before stays.",
        "经任一成员停止尚未生效的账户；原账户继续有效。",
    ),
    rule=rules.stop,
    refusals=(*NAMED, refusals.AccountNotPending),
    seals=(SealRule("identity", IdentityContent, audiences.stopping, example=declared.IDENTITY_EXAMPLE),),
    primary=lambda args: f"account {args.tag}",
    example=operations.StopAccount(tag=TAG, account=ACCOUNT),
)

OPERATIONS: tuple[AnyOperation, ...] = (SET, CHANGE, SEND, RETURN, CONFIRM, REFUSE, STOP)
