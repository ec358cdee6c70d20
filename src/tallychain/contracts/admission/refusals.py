"""Why something about admissions is refused, in order of precedence.  A code never changes once published."""

from dataclasses import dataclass

from tallychain.ledger.refusals import Governed, Refused


@dataclass(eq=False)
class NoAdmissionPolicy(Refused):
    """The chain began without a policy ADMISSION."""

    code = "NO_ADMISSION_POLICY"
    en = "This chain has no policy ADMISSION, so nobody is introduced or reviewed on it."
    zh = "本链没有准入政策，不办理引荐与年审。"


@dataclass(eq=False)
class MemberAlready(Refused):
    """Only who is no member yet is introduced."""

    code = "MEMBER_ALREADY"
    en = "{member} is a member already; a member is reviewed and not introduced."
    zh = "{member} 已是成员；成员应办理年审，不再引荐。"
    member: str


@dataclass(eq=False)
class IntroductionStands(Refused):
    """One introduction of a bank for an enterprise stands at a time."""

    code = "INTRODUCTION_STANDS"
    en = "The introduction of {member} by {bank} still stands; withdraw it before you make another."
    zh = "{bank} 对 {member} 的引荐仍然有效；请先撤回再重新引荐。"
    member: str
    bank: str


@dataclass(eq=False)
class TooManyIntroductions(Refused):
    """A bank has as many introductions that stand as it may."""

    code = "TOO_MANY_INTRODUCTIONS"
    en = "{limit} introductions of this bank stand already; withdraw one first."
    zh = "本行已有 {limit} 项有效引荐，请先撤回一项。"
    limit: int


@dataclass(eq=False)
class NoCoreEnterprise(Refused):
    """Only core enterprises are reviewed."""

    code = "NO_CORE_ENTERPRISE"
    en = "{member} is no core enterprise that takes part."
    zh = "{member} 不是参与中的核心企业。"
    member: str


@dataclass(eq=False)
class OwnReview(Refused):
    """A bank that is a core enterprise itself is reviewed by another."""

    code = "OWN_REVIEW"
    en = "{member} cannot review itself; another bank has to."
    zh = "{member} 不得自行年审，须由另一家银行办理。"
    member: str


@dataclass(eq=False)
class ReviewOfAnother(Governed):
    """Another bank answers for the enterprise, and its time to review it alone is not over."""

    code = "REVIEW_OF_ANOTHER"
    rests_on = ("ADMISSION", "reminder_days")
    en = "{bank} answers for {member}; another bank may make the review from {remind_ms} on."
    zh = "{member} 由 {bank} 负责；其他银行自 {remind_ms} 起方可办理年审。"
    member: str
    bank: str
    remind_ms: int
    article: str


@dataclass(eq=False)
class FileNotInOrder(Refused):
    """Names in a file stand in alphabetical order, each once."""

    code = "FILE_NOT_IN_ORDER"
    en = "The {list} of the file are not in alphabetical order, each name once."
    zh = "尽职调查资料中的 {list} 未按字母顺序排列，或有重复。"
    list: str


@dataclass(eq=False)
class FileDayNotValid(Refused):
    """A day in a file is none, or has not come where it must have."""

    code = "FILE_DAY_NOT_VALID"
    en = "The day {day} of {name} is none, or has not come yet."
    zh = "{name} 的日期 {day} 不存在或尚未到来。"
    name: str
    day: str


@dataclass(eq=False)
class PaperExpired(Refused):
    """A paper no longer counts."""

    code = "PAPER_EXPIRED"
    en = "The paper {name} was valid until {valid_until} only."
    zh = "文件 {name} 仅在 {valid_until} 前有效。"
    name: str
    valid_until: str


@dataclass(eq=False)
class FieldsMissing(Governed):
    """The file does not say everything that the policy wants to be found out."""

    code = "FIELDS_MISSING"
    rests_on = ("ADMISSION", "fields")
    en = "The due diligence is incomplete: {missing} is missing."
    zh = "尽职调查不完整，缺少：{missing}。"
    missing: str
    article: str


@dataclass(eq=False)
class PapersMissing(Governed):
    """The file does not name every paper that the policy wants to be seen."""

    code = "PAPERS_MISSING"
    rests_on = ("ADMISSION", "papers")
    en = "The due diligence is incomplete: the paper {missing} is missing."
    zh = "尽职调查不完整，缺少文件：{missing}。"
    missing: str
    article: str


@dataclass(eq=False)
class EnterpriseTooYoung(Governed):
    """The enterprise has not existed for long enough."""

    code = "ENTERPRISE_TOO_YOUNG"
    rests_on = ("ADMISSION", "years_min")
    en = "The enterprise was established on {established_on} and has to exist for {years} years."
    zh = "企业成立于 {established_on}，须成立满 {years} 年。"
    established_on: str
    years: int
    article: str


@dataclass(eq=False)
class AccountsTooOld(Governed):
    """The last audited year ended too long ago."""

    code = "ACCOUNTS_TOO_OLD"
    rests_on = ("ADMISSION", "accounts_months_max")
    en = "The audited accounts end on {accounts_until}, more than {months} months ago."
    zh = "经审计报表截至 {accounts_until}，距今已超过 {months} 个月。"
    accounts_until: str
    months: int
    article: str


@dataclass(eq=False)
class TooMuchOverdue(Governed):
    """The bank found more records of overdue payments than an enterprise may have."""

    code = "TOO_MUCH_OVERDUE"
    rests_on = ("ADMISSION", "overdue_max")
    en = "The bank found {overdue} records of overdue payments within five years; {most} are allowed."
    zh = "银行查得五年内逾期记录 {overdue} 条，最多允许 {most} 条。"
    overdue: int
    most: int
    article: str


@dataclass(eq=False)
class NothingToWithdraw(Refused):
    """The bank answers for no such enterprise."""

    code = "NOTHING_TO_WITHDRAW"
    en = "{bank} has no introduction of {member} that stands, and does not answer for it."
    zh = "{bank} 对 {member} 没有有效引荐，也不是其负责银行。"
    member: str
    bank: str


@dataclass(eq=False)
class NotIntroduced(Refused):
    """An admission of a core enterprise rests on an introduction that still stands when the vote acts."""

    code = "NOT_INTRODUCED"
    en = "No bank in good standing has introduced {member} with the code {uscc} by an introduction that still stands when the vote acts."
    zh = "没有状态正常的银行以代码 {uscc} 引荐 {member}，或该引荐在表决生效时已失效。"
    member: str
    uscc: str
