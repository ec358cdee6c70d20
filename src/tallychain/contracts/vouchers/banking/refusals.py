"""Why an act on an account of record is refused, in order of precedence."""

from dataclasses import dataclass

from tallychain.ledger.refusals import Refused


@dataclass(eq=False)
class AccountNotFound(Refused):
    """No account of this name is the latest, or the one in force, of this tag."""

    code = "ACCOUNT_NOT_FOUND"
    en = "The tag {tag} has no account {account}, or another one since."
    zh = "标签 {tag} 没有账户备案 {account}，或其后已有变更。"
    tag: str
    account: str


@dataclass(eq=False)
class AccountTagDiffers(Refused):
    """Whoever states an account signs with the tag that it names, so that nobody states one for somebody else."""

    code = "ACCOUNT_TAG_DIFFERS"
    en = "The account is stated for the tag {tag}, which has not signed this."
    zh = "账户备案所列标签 {tag} 并非本业务的签署标签。"
    tag: str


@dataclass(eq=False)
class NotTheTestingBank(Refused):
    """Another bank was named to test the account."""

    code = "NOT_THE_TESTING_BANK"
    en = "The testing bank of the account {account} is {bank}."
    zh = "账户备案 {account} 的验证银行为 {bank}。"
    account: str
    bank: str


@dataclass(eq=False)
class TestingBankNotEligible(Refused):
    """The testing bank is an active bank, and not the sponsor: no member alone says where a client is paid."""

    __test__ = False
    code = "TESTING_BANK_NOT_ELIGIBLE"
    en = "{bank} cannot test the account: it must be an active bank, and not the client's sponsor."
    zh = "{bank} 不能验证该账户：须为在册银行，且非客户的接入机构。"
    bank: str


@dataclass(eq=False)
class AccountStands(Refused):
    """One at a time; and what is in force is changed, not stated anew."""

    code = "ACCOUNT_STANDS"
    en = "The tag {tag} has the account {account}, which is {status}."
    zh = "标签 {tag} 已有账户备案 {account}，状态为 {status}。"
    tag: str
    account: str
    status: str


@dataclass(eq=False)
class AccountNotPending(Refused):
    """It waits for another act, or is over."""

    code = "ACCOUNT_NOT_PENDING"
    en = "This cannot be done with the account {account}; it is {status}."
    zh = "账户备案 {account} 当前为 {status}，不能办理该操作。"
    account: str
    status: str
