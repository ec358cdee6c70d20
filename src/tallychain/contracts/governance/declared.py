"""The operations with their texts, signers and refusals, and the contract's words in both languages."""

from functools import partial
from typing import Final

from tallychain.contracts.admission import api as admission
from tallychain.contracts.documents import api as documents
from tallychain.contracts.governance import noderefusals, refusals, rules
from tallychain.contracts.governance.changes import PublishCalendar
from tallychain.contracts.governance.effects import Others
from tallychain.contracts.governance.operations import Cast, Open, Withdraw
from tallychain.contracts.members import api as members
from tallychain.ledger.contract import AnyOperation, Authority, OperationType, Words

_PROPOSAL: Final = "7b" * 32
_CALENDAR_2027: Final = PublishCalendar(
    year=2027,
    version=1,
    holidays=("2027-01-01", "2027-02-05", "2027-02-08", "2027-02-09", "2027-02-10", "2027-02-11"),
    make_up_working_days=("2027-02-20",),
)


def opening(others: Others) -> AnyOperation:
    """The operation that puts a change to the vote, with what the other contracts have to do with it."""
    return OperationType(
        name="proposal.open",
        args=Open,
        authority=Authority.TWO_PERSONS,
        title=Words("Put a change to the vote", "提出提案"),
        summary=Words(
            "Two persons of a member with a vote propose a change, in plain words and as data.",
            "具有表决权的成员由经办、复核两人以文字及数据形式提出变更。",
        ),
        rule=partial(rules.open_proposal, others=others),
        refusals=(
            refusals.KindDiffers,
            refusals.NoVote,
            refusals.TooManyProposals,
            refusals.ExitOfAnother,
            refusals.IntroducedByBankOnly,
            noderefusals.NodeOfAnother,
            refusals.EffectiveTooEarly,
            *members.VOTE_REFUSALS,
            refusals.NoSuchDay,
            refusals.PolicyTwice,
            refusals.PolicyUnknown,
            refusals.EffectiveBeforeLast,
            refusals.ValueUnknown,
            refusals.ArticleWithoutValue,
            refusals.ParametersFaulty,
            refusals.CalendarVersionDiffers,
            refusals.CalendarNotValid,
            refusals.CalendarDayPast,
            refusals.NotQuarantined,
            refusals.KindTwice,
            refusals.BelowFloor,
            refusals.NotTheHighest,
            refusals.LastVote,
            *noderefusals.NODE_REFUSALS,
            *documents.BEGIN_EPOCH_REFUSALS,
            *admission.ADMIT_REFUSALS,
        ),
        example=Open("CALENDAR", "公布 2027 年日历", "Publish the calendar of 2027", _CALENDAR_2027),
    )


VOTING_OPERATIONS: Final[tuple[AnyOperation, ...]] = (
    OperationType(
        name="ballot.cast",
        args=Cast,
        authority=Authority.TWO_PERSONS,
        title=Words("Vote", "表决"),
        summary=Words(
            "Two persons of a member vote yes, no or abstain on the text whose digest they sign; a ballot is final.",
            "成员由经办、复核两人就所签摘要对应的提案投票；选票不可更改。",
        ),
        rule=rules.cast,
        refusals=(
            refusals.ProposalUnknown,
            refusals.NotVoting,
            refusals.ProposalDiffers,
            refusals.NoVote,
            refusals.BallotFinal,
        ),
        example=Cast(_PROPOSAL, "5d" * 32, "yes"),
        begins=False,
        primary=lambda args: args.proposal,
    ),
    OperationType(
        name="proposal.withdraw",
        args=Withdraw,
        authority=Authority.TWO_PERSONS,
        title=Words("Withdraw a proposal", "撤回提案"),
        summary=Words(
            "Two persons of the proposer take a proposal back, before any other member has voted.",
            "提案成员由经办、复核两人在其他成员表决前撤回提案。",
        ),
        rule=rules.withdraw,
        refusals=(
            refusals.ProposalUnknown,
            refusals.NotYourProposal,
            refusals.NotVoting,
            refusals.BallotsOfOthers,
        ),
        example=Withdraw(_PROPOSAL),
        begins=False,
        primary=lambda args: args.proposal,
    ),
)

WORDS: Final = {
    "VOTING": Words("open for votes", "表决中"),
    "PASSED": Words("passed, waits for its effect", "已通过，待生效"),
    "ACTING": Words("takes effect", "生效中"),
    "ENACTED": Words("in effect", "已生效"),
    "REJECTED": Words("rejected", "未通过"),
    "FAILED": Words("passed, could not take effect", "已通过但未能生效"),
    "WITHDRAWN": Words("withdrawn", "已撤回"),
    "ADMIT": Words("admission", "准入"),
    "SUSPEND": Words("suspension", "中止"),
    "RESTORE": Words("restoration", "恢复"),
    "REVOKE": Words("revocation", "撤销"),
    "EXIT": Words("exit", "退出"),
    "KEY": Words("lost admin key", "管理员密钥替换"),
    "POLICY": Words("policy", "政策"),
    "RULE_PACK": Words("rule pack", "规则包"),
    "CALENDAR": Words("calendar", "日历"),
    "QUARANTINE": Words("release from quarantine", "解除隔离"),
    "VALIDATOR_ADMIT": Words("new validator", "新增验证节点"),
    "VALIDATOR_POWER": Words("power of a validator", "验证节点权重"),
    "VALIDATOR_REMOVE": Words("removal of a validator", "移除验证节点"),
    "NODE_ADMIT": Words("new observer node", "新增观察节点"),
    "NODE_REMOVE": Words("removal of a node", "移除节点"),
    "PROTOCOL": Words("protocol and release", "协议与版本"),
    "FINGERPRINT_KEY": Words("new fingerprint key", "更换单据指纹密钥"),
    "CONSTITUTION": Words("constitution", "章程"),
    "JOINING": Words("joins the engine's set", "正在加入验证集"),
    "VALIDATING": Words("validates", "验证中"),
    "CHANGING": Words("power changes in steps", "权重分步调整中"),
    "LEAVING": Words("leaves as soon as the guards allow", "待保护规则允许后退出"),
    "LEFT": Words("has left", "已退出"),
    "ADMITTED": Words("admitted", "已准入"),
    "REMOVED": Words("removed", "已移除"),
    "validator": Words("validator", "验证节点"),
    "observer": Words("observer", "观察节点"),
    "yes": Words("yes", "赞成"),
    "no": Words("no", "反对"),
    "abstain": Words("abstain", "弃权"),
    "share_ppm": Words("share", "赞成权重占比"),
    "turnout_ppm": Words("turnout", "参与权重占比"),
    "voting_days": Words("voting days", "表决期"),
    "delay_hours": Words("delay", "生效等待期"),
}
