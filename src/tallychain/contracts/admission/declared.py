"""The operations of the contract: who signs each, why it may be refused, and an example."""

from typing import Final

from tallychain.contracts.admission import operations, refusals, rules
from tallychain.contracts.members import api as members
from tallychain.ledger.contract import AnyOperation, Authority, OperationType, Words
from tallychain.ledger.identity import BANK

_FILE_REFUSALS: Final = (
    refusals.FileNotInOrder,
    refusals.FileDayNotValid,
    refusals.PaperExpired,
    refusals.FieldsMissing,
    refusals.PapersMissing,
    refusals.EnterpriseTooYoung,
    refusals.AccountsTooOld,
    refusals.TooMuchOverdue,
)

EXAMPLE_FILE: Final = operations.DueDiligence(
    established_on="2008-05-20",
    accounts_until="2025-12-31",
    overdue_found=0,
    fields=(
        operations.Found("BENEFICIAL-OWNERS", "1a" * 32),
        operations.Found("BUSINESS", "2b" * 32),
        operations.Found("CAPITAL", "3c" * 32),
        operations.Found("LEGAL-REPRESENTATIVE", "4d" * 32),
        operations.Found("PURCHASES", "5e" * 32),
    ),
    papers=(
        operations.Seen("ACCOUNTS", "6f" * 32, "2027-12-31"),
        operations.Seen("ARTICLES", "7a" * 32, "2099-12-31"),
        operations.Seen("BUSINESS-LICENCE", "8b" * 32, "2038-05-19"),
        operations.Seen("CREDIT-REPORT", "9c" * 32, "2027-03-31"),
    ),
)

INTRODUCE = OperationType(
    name="admission.introduce",
    args=operations.Introduce,
    authority=Authority.TWO_PERSONS,
    kinds=(BANK,),
    title=Words("Introduce a core enterprise", "引荐核心企业"),
    summary=Words(
        "A bank signs its due diligence of an enterprise that would become a member; a vote on the admission rests on it.",
        "银行签署对拟准入企业的尽职调查；准入表决以此为依据。",
    ),
    rule=rules.introduce,
    refusals=(
        refusals.NoAdmissionPolicy,
        refusals.MemberAlready,
        refusals.IntroductionStands,
        refusals.TooManyIntroductions,
        *members.CODE_REFUSALS,
        *_FILE_REFUSALS,
    ),
    example=operations.Introduce("ce-c", "Core C Co., Ltd.", "91310000MA1FL0007C", EXAMPLE_FILE),
)

REVIEW = OperationType(
    name="admission.review",
    args=operations.Review,
    authority=Authority.TWO_PERSONS,
    kinds=(BANK,),
    title=Words("Review a core enterprise", "年审核心企业"),
    summary=Words(
        "A bank signs a new due diligence and answers for the enterprise until the next review; it lifts what a missed one held back.",
        "银行签署新的尽职调查并负责至下次年审；逾期未年审的限制随之解除。",
    ),
    rule=rules.review,
    refusals=(
        refusals.NoAdmissionPolicy,
        refusals.NoCoreEnterprise,
        refusals.OwnReview,
        refusals.ReviewOfAnother,
        *_FILE_REFUSALS,
    ),
    example=operations.Review("ce-b", EXAMPLE_FILE),
    primary=lambda args: args.member,
)

WITHDRAW = OperationType(
    name="admission.withdraw",
    args=operations.WithdrawIntroduction,
    authority=Authority.TWO_PERSONS,
    kinds=(BANK,),
    begins=False,
    title=Words("Withdraw an introduction", "撤回引荐"),
    summary=Words(
        "A bank no longer answers for an enterprise; for a member another bank has some time to take over.",
        "银行不再对企业负责；对已准入的企业，其他银行可在期限内接手。",
    ),
    rule=rules.withdraw,
    refusals=(refusals.NoAdmissionPolicy, refusals.NothingToWithdraw),
    example=operations.WithdrawIntroduction("ce-b", "Our client no longer"),
    primary=lambda args: args.member,
)

OPERATIONS: Final[tuple[AnyOperation, ...]] = (INTRODUCE, REVIEW, WITHDRAW)

WORDS: Final = {
    "OPEN": Words("stands", "有效"),
    "USED": Words("admitted", "已准入"),
    "LAPSED": Words("lapsed", "已失效"),
    "WITHDRAWN": Words("withdrawn", "已撤回"),
    "IN_ORDER": Words("in order", "正常"),
    "WITHOUT_BANK": Words("needs another bank", "待其他银行接手"),
    "MISSED": Words("review missed", "逾期未年审"),
}
