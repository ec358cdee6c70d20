"""How events become rows: members, their signing keys and their sealing keys, all public to members."""

from collections.abc import Iterable

from tallychain.contracts.members.events import (
    GatewaySet,
    KeyRegistered,
    KeyRevoked,
    MemberAdmitted,
    MemberHeldBack,
    MemberLetGo,
    MemberRestored,
    MemberSuspended,
    SealingKeySet,
    StandingVoted,
    SuspensionLapsed,
)
from tallychain.ledger.contract import Words
from tallychain.ledger.identity import ACTIVE, SUSPENDED
from tallychain.ledger.timeline import settled
from tallychain.ledger.views import Column, Fact, RowWrite, Value, View

REVIEW_MISSED = "REVIEW_MISSED"
"""Reason of a suspension that a missed yearly review brought, and the review lifts."""


def _members(fact: Fact) -> Iterable[RowWrite]:
    event = fact.event
    values: dict[str, Value] | None = None
    name = ""
    match event:
        case MemberAdmitted():
            name = event.member
            values = {
                "name": event.name,
                "uscc": event.uscc,
                "kinds": " ".join(event.kinds),
                "licences": " / ".join(event.licences),
                "gateway": event.gateway,
                "status": settled(ACTIVE),
                "suspended_by": "",
                "reason": "",
                "admitted_height": fact.height,
            }
        case GatewaySet():
            name, values = event.member, {"gateway": event.gateway}
        case MemberSuspended():
            name = event.member
            values = {"status": event.standing, "suspended_by": event.by, "reason": event.reason}
        case StandingVoted():
            name = event.member
            values = {"status": settled(event.status), "suspended_by": "", "reason": event.reason}
        case MemberHeldBack():
            name = event.member
            values = {"status": settled(SUSPENDED), "suspended_by": "", "reason": REVIEW_MISSED}
        case MemberRestored() | SuspensionLapsed() | MemberLetGo():
            name = event.member
            values = {"status": settled(ACTIVE), "suspended_by": "", "reason": ""}
        case _:
            return
    yield RowWrite("members", (name,), values)


def _keys(fact: Fact) -> Iterable[RowWrite]:
    event = fact.event
    if isinstance(event, KeyRegistered):
        values: dict[str, Value] = {
            "member": event.member,
            "person": event.person,
            "rights": " ".join(event.rights),
            "amount_limit": event.limit,
            "certificate": event.certificate,
            "valid_from": event.valid_from,
            "revoked_at": 0,
            "reason": "",
        }
        yield RowWrite("keys", (event.key,), values)
    elif isinstance(event, KeyRevoked):
        yield RowWrite("keys", (event.key,), {"revoked_at": event.revoked_at, "reason": event.reason})


def _sealing_keys(fact: Fact) -> Iterable[RowWrite]:
    event = fact.event
    if not isinstance(event, SealingKeySet):
        return
    if event.number > 1:
        before = (event.member, event.number - 1)
        yield RowWrite("sealing_keys", before, {"replaced_at_ms": event.since_ms})
    values: dict[str, Value] = {"key": event.key, "since_ms": event.since_ms, "replaced_at_ms": 0}
    yield RowWrite("sealing_keys", (event.member, event.number), values)


MEMBERS_VIEW = View(
    name="members",
    title=Words("Members", "成员"),
    key=("member",),
    columns=(
        Column("member", "text", Words("Member", "成员编号")),
        Column("name", "text", Words("Legal name", "法定名称")),
        Column("uscc", "text", Words("Unified social credit code or LEI", "统一社会信用代码或 LEI")),
        Column("kinds", "text", Words("Admitted as", "准入类别")),
        Column("licences", "text", Words("Licences", "业务牌照")),
        Column("gateway", "text", Words("Gateway", "网关地址")),
        Column("status", "text", Words("Standing", "状态")),
        Column("suspended_by", "text", Words("Suspended by", "中止机构")),
        Column("reason", "text", Words("Reason", "理由")),
        Column("admitted_height", "integer", Words("Admitted at height", "准入高度")),
    ),
    timeline=True,
    project=_members,
)

KEYS_VIEW = View(
    name="keys",
    title=Words("Signing keys", "签名密钥"),
    key=("key",),
    columns=(
        Column("key", "text", Words("Key", "公钥")),
        Column("member", "text", Words("Member", "成员编号")),
        Column("person", "text", Words("Person", "人员编号")),
        Column("rights", "text", Words("Rights", "权限")),
        Column("amount_limit", "amount", Words("Limit", "签署限额")),
        Column("certificate", "text", Words("Certificate digest", "证书摘要")),
        Column("valid_from", "integer", Words("Valid from height", "生效高度")),
        Column("revoked_at", "integer", Words("Revoked at height", "撤销高度")),
        Column("reason", "text", Words("Reason", "理由")),
    ),
    project=_keys,
)

SEALING_KEYS_VIEW = View(
    name="sealing_keys",
    title=Words("Sealing keys", "加密密钥"),
    key=("member", "number"),
    columns=(
        Column("member", "text", Words("Member", "成员编号")),
        Column("number", "integer", Words("Number", "序号")),
        Column("key", "text", Words("Key", "公钥")),
        Column("since_ms", "time", Words("Since", "启用时间")),
        Column("replaced_at_ms", "time", Words("Replaced", "替换时间")),
    ),
    project=_sealing_keys,
)

VIEWS = (MEMBERS_VIEW, KEYS_VIEW, SEALING_KEYS_VIEW)
