"""Why the contract says no, in order of precedence; a code never changes once it is published."""

from dataclasses import dataclass

from tallychain.ledger.refusals import Refused


@dataclass(eq=False)
class KindDiffers(Refused):
    """The kind that is announced and the change that is proposed are not of one kind."""

    code = "KIND_DIFFERS"
    en = "The proposal is called {kind} and its change is a {found}."
    zh = "提案类别为 {kind}，但其变更内容为 {found}。"
    kind: str
    found: str


@dataclass(eq=False)
class NoVote(Refused):
    """The member had no weight when the vote was opened, or has none now that it would open one."""

    code = "NO_VOTE"
    en = "The member {member} has no voting weight as of height {height}."
    zh = "截至高度 {height}，成员 {member} 无表决权重。"
    member: str
    height: int


@dataclass(eq=False)
class TooManyProposals(Refused):
    """Too much is put to the vote at one time."""

    code = "TOO_MANY_PROPOSALS"
    en = "At most {limit} proposals wait for a vote or for their effect at one time, and at most {own} of one member."
    zh = "同时处于表决或待生效状态的提案不超过 {limit} 项，每个成员不超过 {own} 项。"
    limit: int
    own: int


@dataclass(eq=False)
class ExitOfAnother(Refused):
    """A member leaves by its own will; against its will it is revoked."""

    code = "EXIT_OF_ANOTHER"
    en = "Only {member} proposes its own exit; a member is made to leave by a revocation."
    zh = "退出仅可由 {member} 自行提出；使成员离开应提议撤销。"
    member: str


@dataclass(eq=False)
class IntroducedByBankOnly(Refused):
    """A core enterprise comes with the signed due diligence of a bank."""

    code = "INTRODUCED_BY_BANK_ONLY"
    en = "A core enterprise is introduced by a bank; {member} is none."
    zh = "核心企业须由银行引荐；{member} 不是银行。"
    member: str


@dataclass(eq=False)
class EffectiveTooEarly(Refused):
    """The policy would hold on a day that has begun before the vote can act."""

    code = "EFFECTIVE_TOO_EARLY"
    en = "The earliest day from which the policy can hold is {first}."
    zh = "该政策最早可自 {first} 起生效。"
    first: str


@dataclass(eq=False)
class NoSuchDay(Refused):
    """A date is none of the calendar."""

    code = "NO_SUCH_DAY"
    en = "There is no day {day}."
    zh = "不存在日期 {day}。"
    day: str


@dataclass(eq=False)
class PolicyUnknown(Refused):
    """The chain has no such policy that a vote could give another version."""

    code = "POLICY_UNKNOWN"
    en = "There is no policy {policy}."
    zh = "不存在政策 {policy}。"
    policy: str


@dataclass(eq=False)
class PolicyTwice(Refused):
    """One policy would get two versions by one decision."""

    code = "POLICY_TWICE"
    en = "The policy {policy} stands twice in the rule pack."
    zh = "规则包中政策 {policy} 重复出现。"
    policy: str


@dataclass(eq=False)
class EffectiveBeforeLast(Refused):
    """A version would hold before the one that was decided earlier."""

    code = "EFFECTIVE_BEFORE_LAST"
    en = "The last version of {policy} holds from {day}; the next does not begin earlier."
    zh = "政策 {policy} 的最新版本自 {day} 起生效；后续版本不得早于该日。"
    policy: str
    day: str


@dataclass(eq=False)
class ValueUnknown(Refused):
    """The policy has no such value, or one of the other sort."""

    code = "VALUE_UNKNOWN"
    en = "The policy {policy} has no value {value} of this sort."
    zh = "政策 {policy} 不存在该类型的参数 {value}。"
    policy: str
    value: str


@dataclass(eq=False)
class ArticleWithoutValue(Refused):
    """A rule pack names the article of a value that it does not set."""

    code = "ARTICLE_WITHOUT_VALUE"
    en = "The rule pack names an article for the value {value} of the policy {policy}, which it does not set."
    zh = "规则包为政策 {policy} 的参数 {value} 注明了依据条款，但并未设置该参数。"
    policy: str
    value: str


@dataclass(eq=False)
class ParametersFaulty(Refused):
    """A contract could not work with the policies or calendars as they would be."""

    code = "PARAMETERS_FAULTY"
    en = "The policies or calendars would not do: {fault}"
    zh = "变更后的政策或日历不可用：{fault}"
    fault: str


@dataclass(eq=False)
class CalendarVersionDiffers(Refused):
    """Another version of the year's calendar is next."""

    code = "CALENDAR_VERSION_DIFFERS"
    en = "The next version of the calendar of {year} is {version}."
    zh = "{year} 年日历的下一版本为 {version}。"
    year: int
    version: int


@dataclass(eq=False)
class CalendarNotValid(Refused):
    """The lists give one day two answers, or name days that cannot be there."""

    code = "CALENDAR_NOT_VALID"
    en = "Holidays are weekdays and make-up working days weekend days of {year}, each list ascending."
    zh = "节假日须为 {year} 年的工作日，调休上班日须为该年的周末，且各自按日期升序排列。"
    year: int


@dataclass(eq=False)
class CalendarDayPast(Refused):
    """A correction would change what a day was, after it has begun."""

    code = "CALENDAR_DAY_PAST"
    en = "{day} has begun by {today}; a correction changes later days only."
    zh = "至 {today}，{day} 已开始；更正仅可变更其后的日期。"
    day: str
    today: str


@dataclass(eq=False)
class NotQuarantined(Refused):
    """There is nothing to release."""

    code = "NOT_QUARANTINED"
    en = "{object} is not in quarantine."
    zh = "{object} 未被隔离。"
    object: str


@dataclass(eq=False)
class KindTwice(Refused):
    """One kind of proposal would get two rows."""

    code = "KIND_TWICE"
    en = "The kind {kind} stands twice in the amendment."
    zh = "修订中类别 {kind} 重复出现。"
    kind: str


@dataclass(eq=False)
class BelowFloor(Refused):
    """No vote makes deciding easier than the software allows."""

    code = "BELOW_FLOOR"
    en = "For {kind}, {measure} is at least {least}."
    zh = "对于 {kind}，{measure} 不得低于 {least}。"
    kind: str
    measure: str
    least: int


@dataclass(eq=False)
class NotTheHighest(Refused):
    """The constitution is amended by the highest threshold, its own."""

    code = "NOT_THE_HIGHEST"
    en = "No kind needs more than the constitution itself; {kind} would."
    zh = "任何类别的门槛不得高于章程修订；{kind} 将高于该门槛。"
    kind: str


@dataclass(eq=False)
class LastVote(Refused):
    """Nobody would be left to decide anything."""

    code = "LAST_VOTE"
    en = "Without {member} nobody would have a vote."
    zh = "若无 {member}，将无任何成员拥有表决权。"
    member: str


@dataclass(eq=False)
class ProposalUnknown(Refused):
    """No such proposal was ever opened."""

    code = "PROPOSAL_UNKNOWN"
    en = "There is no proposal {proposal}."
    zh = "不存在提案 {proposal}。"
    proposal: str


@dataclass(eq=False)
class NotYourProposal(Refused):
    """Somebody else opened it."""

    code = "NOT_YOUR_PROPOSAL"
    en = "The proposal was opened by {proposer}; only it withdraws the proposal."
    zh = "该提案由 {proposer} 提出，仅其可撤回。"
    proposer: str


@dataclass(eq=False)
class NotVoting(Refused):
    """The vote is over."""

    code = "NOT_VOTING"
    en = "The proposal {proposal} is {status}; ballots are no longer taken."
    zh = "提案 {proposal} 的状态为 {status}，不再接受表决。"
    proposal: str
    status: str


@dataclass(eq=False)
class ProposalDiffers(Refused):
    """What was signed is not what is put to the vote."""

    code = "PROPOSAL_DIFFERS"
    en = "The ballot names another text than the proposal's: its digest is {digest}."
    zh = "选票所载内容与提案不一致：提案摘要为 {digest}。"
    digest: str


@dataclass(eq=False)
class BallotFinal(Refused):
    """A ballot is cast once."""

    code = "BALLOT_FINAL"
    en = "The member {member} has voted {choice}; a ballot is final."
    zh = "成员 {member} 已投票 {choice}；选票不可更改。"
    member: str
    choice: str


@dataclass(eq=False)
class BallotsOfOthers(Refused):
    """Others have voted, so the question is theirs too."""

    code = "BALLOTS_OF_OTHERS"
    en = "{member} has voted on the proposal; it is no longer withdrawn."
    zh = "{member} 已对该提案表决，提案不得再撤回。"
    member: str
