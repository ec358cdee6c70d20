"""How events become rows: proposals, ballots, the constitution, weights, policies and calendars; all public to members."""

from collections.abc import Iterable

from tallychain.contracts.governance.events import (
    BallotCast,
    CalendarPublished,
    PolicySet,
    ProposalEnacted,
    ProposalFailed,
    ProposalOpened,
    ProposalPassed,
    ProposalRejected,
    ProposalWithdrawn,
    RuleSet,
    WeightSet,
)
from tallychain.contracts.governance.nodeviews import NODE_VIEWS
from tallychain.contracts.governance.state import ENACTED, FAILED, REJECTED, WITHDRAWN
from tallychain.ledger import codec
from tallychain.ledger.contract import Event, Words
from tallychain.ledger.timeline import settled
from tallychain.ledger.views import Fact, RowWrite, Value, View, column


def _proposals(fact: Fact) -> Iterable[RowWrite]:
    event = fact.event
    if isinstance(event, ProposalOpened):
        yield RowWrite("proposals", (event.text.proposal,), _opened(event))
        return
    values: dict[str, Value]
    match event:
        case BallotCast():
            values = {
                "yes": event.yes,
                "no": event.no,
                "abstain": event.abstain,
                "status": event.timeline,
            }
        case ProposalPassed():
            values = {"status": event.timeline}
        case ProposalRejected():
            values = {"status": settled(REJECTED)}
        case ProposalEnacted():
            values = {"status": settled(ENACTED)}
        case ProposalFailed():
            values = {
                "status": settled(FAILED),
                "failure": event.code,
                "failure_fields": _text(event.fields),
            }
        case ProposalWithdrawn():
            values = {"status": settled(WITHDRAWN)}
        case _:
            return
    yield RowWrite("proposals", (event.proposal,), values)


def _opened(event: ProposalOpened) -> dict[str, Value]:
    text = event.text
    return {
        "proposer": text.proposer,
        "kind": text.kind,
        "words_zh": text.words_zh,
        "words_en": text.words_en,
        "data": _text(text.change),
        "digest": event.digest,
        "status": event.timeline,
        "share_ppm": text.rule.share_ppm,
        "turnout_ppm": text.rule.turnout_ppm,
        "opened_height": text.opened_height,
        "closes_ms": text.closes_ms,
        "acts_ms": text.acts_ms,
        "total": text.total,
        "yes": 0,
        "no": 0,
        "abstain": 0,
        "failure": "",
        "failure_fields": "",
    }


def _ballots(fact: Fact) -> Iterable[RowWrite]:
    event = fact.event
    if isinstance(event, BallotCast):
        values: dict[str, Value] = {
            "choice": event.choice,
            "weight": event.weight,
            "operation": fact.operation,
            "at_ms": fact.time_ms,
        }
        yield RowWrite("ballots", (event.proposal, event.member), values)


def _constitution(fact: Fact) -> Iterable[RowWrite]:
    event: Event = fact.event
    if isinstance(event, RuleSet):
        rule = event.rule
        values: dict[str, Value] = {
            "share_ppm": rule.share_ppm,
            "turnout_ppm": rule.turnout_ppm,
            "voting_days": rule.voting_days,
            "delay_hours": rule.delay_hours,
            "since_height": fact.height,
        }
        yield RowWrite("constitution", (rule.kind,), values)


def _weights(fact: Fact) -> Iterable[RowWrite]:
    event = fact.event
    if isinstance(event, WeightSet):
        yield RowWrite("weights", (event.member, event.from_height), {"weight": event.weight})


def _policies(fact: Fact) -> Iterable[RowWrite]:
    event = fact.event
    if isinstance(event, PolicySet):
        values: dict[str, Value] = {
            "effective_from": event.effective_from,
            "settings": _text(event.values),
            "article": event.article,
            "pack": event.pack,
            "articles": _text(event.articles),
        }
        yield RowWrite("policy_versions", (event.policy, event.version), values)


def _calendars(fact: Fact) -> Iterable[RowWrite]:
    event = fact.event
    if isinstance(event, CalendarPublished):
        values: dict[str, Value] = {
            "version": event.version,
            "holidays": " ".join(event.holidays),
            "make_up_working_days": " ".join(event.make_up_working_days),
            "published_ms": fact.time_ms,
        }
        yield RowWrite("calendars", (event.year,), values)


def _text(value: object) -> str:
    return codec.encode(value).decode()


PROPOSALS_VIEW = View(
    name="proposals",
    title=Words("Proposals", "提案"),
    key=("proposal",),
    columns=(
        column("proposal", "text", "Proposal", "提案编号"),
        column("proposer", "text", "Proposed by", "提案成员"),
        column("kind", "text", "Kind", "提案类别"),
        column("words_zh", "text", "In plain words (Chinese)", "中文说明"),
        column("words_en", "text", "In plain words (English)", "英文说明"),
        column("data", "text", "Change as data", "变更内容"),
        column("digest", "text", "Digest", "提案摘要"),
        column("status", "text", "Status", "状态"),
        column("share_ppm", "integer", "Share needed (ppm)", "所需赞成占比"),
        column("turnout_ppm", "integer", "Turnout needed (ppm)", "所需参与占比"),
        column("opened_height", "integer", "Opened at height", "提出高度"),
        column("closes_ms", "time", "Voting ends", "表决截止"),
        column("acts_ms", "time", "Acts at the earliest", "最早生效时间"),
        column("total", "integer", "All weight", "总权重"),
        column("yes", "integer", "Yes", "赞成"),
        column("no", "integer", "No", "反对"),
        column("abstain", "integer", "Abstained", "弃权"),
        column("failure", "text", "Why it failed", "未能生效原因"),
        column("failure_fields", "text", "Details of the failure", "原因详情"),
    ),
    timeline=True,
    project=_proposals,
)

BALLOTS_VIEW = View(
    name="ballots",
    title=Words("Ballots", "选票"),
    key=("proposal", "member"),
    columns=(
        column("proposal", "text", "Proposal", "提案编号"),
        column("member", "text", "Member", "成员"),
        column("choice", "text", "Ballot", "表决意见"),
        column("weight", "integer", "Weight", "权重"),
        column("operation", "text", "Operation", "操作编号"),
        column("at_ms", "time", "Cast", "表决时间"),
    ),
    project=_ballots,
)

CONSTITUTION_VIEW = View(
    name="constitution",
    title=Words("Constitution", "章程"),
    key=("kind",),
    columns=(
        column("kind", "text", "Kind of proposal", "提案类别"),
        column("share_ppm", "integer", "Share needed (ppm)", "所需赞成占比"),
        column("turnout_ppm", "integer", "Turnout needed (ppm)", "所需参与占比"),
        column("voting_days", "integer", "Voting days", "表决期（天）"),
        column("delay_hours", "integer", "Delay (hours)", "生效等待期（小时）"),
        column("since_height", "integer", "Since height", "起始高度"),
    ),
    project=_constitution,
)

WEIGHTS_VIEW = View(
    name="weights",
    title=Words("Voting weights", "表决权重"),
    key=("member", "from_height"),
    columns=(
        column("member", "text", "Member", "成员"),
        column("from_height", "integer", "From height", "起始高度"),
        column("weight", "integer", "Weight", "权重"),
    ),
    project=_weights,
)

POLICIES_VIEW = View(
    name="policy_versions",
    title=Words("Policy versions decided by vote", "表决通过的政策版本"),
    key=("policy", "version"),
    columns=(
        column("policy", "text", "Policy", "政策"),
        column("version", "integer", "Version", "版本"),
        column("effective_from", "day", "Effective from", "生效日"),
        column("settings", "text", "Values", "参数"),
        column("article", "text", "Article", "依据条款"),
        column("pack", "text", "Rule pack", "规则包"),
        column("articles", "text", "Articles of single values", "各参数依据"),
    ),
    project=_policies,
)

CALENDARS_VIEW = View(
    name="calendars",
    title=Words("Calendars decided by vote", "表决公布的日历"),
    key=("year",),
    columns=(
        column("year", "integer", "Year", "年份"),
        column("version", "integer", "Version", "版本"),
        column("holidays", "text", "Holidays", "节假日"),
        column("make_up_working_days", "text", "Make-up working days", "调休上班日"),
        column("published_ms", "time", "Published", "公布时间"),
    ),
    project=_calendars,
)

VIEWS = (
    PROPOSALS_VIEW,
    BALLOTS_VIEW,
    CONSTITUTION_VIEW,
    WEIGHTS_VIEW,
    POLICIES_VIEW,
    CALENDARS_VIEW,
    *NODE_VIEWS,
)
