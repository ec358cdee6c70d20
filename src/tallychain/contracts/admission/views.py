"""Introductions and reviews as rows, public to members."""

from collections.abc import Iterable
from typing import Final

from tallychain.contracts.admission.events import (
    BankGone,
    Introduced,
    IntroductionEnded,
    ReviewMissed,
    ReviewSet,
)
from tallychain.contracts.admission.state import MISSED
from tallychain.ledger import codec
from tallychain.ledger.contract import Words
from tallychain.ledger.timeline import settled
from tallychain.ledger.views import Fact, RowWrite, Value, View, column


def _introductions(fact: Fact) -> Iterable[RowWrite]:
    event = fact.event
    if isinstance(event, Introduced):
        values: dict[str, Value] = {
            "name": event.name,
            "uscc": event.uscc,
            "established_on": event.file.established_on,
            "accounts_until": event.file.accounts_until,
            "overdue_found": event.file.overdue_found,
            "file": codec.encode(event.file).decode(),
            "introduced_at": fact.time_ms,
            "reason": "",
            "status": event.timeline,
        }
        yield RowWrite("introductions", (event.member, event.bank), values)
    elif isinstance(event, IntroductionEnded):
        ended: dict[str, Value] = {"reason": event.reason, "status": settled(event.status)}
        yield RowWrite("introductions", (event.member, event.bank), ended)


def _reviews(fact: Fact) -> Iterable[RowWrite]:
    event = fact.event
    if isinstance(event, ReviewSet):
        values: dict[str, Value] = {
            "bank": event.bank,
            "due": event.due,
            "remind_at": event.remind_ms,
            "reviewed_at": fact.time_ms,
            "reviews": event.reviews,
            "reason": "",
            "file": "" if event.file is None else codec.encode(event.file).decode(),
            "status": event.timeline,
        }
        yield RowWrite("reviews", (event.member,), values)
    elif isinstance(event, BankGone):
        left: dict[str, Value] = {
            "due": event.due,
            "remind_at": fact.time_ms,
            "reason": event.reason,
            "status": event.timeline,
        }
        yield RowWrite("reviews", (event.member,), left)
    elif isinstance(event, ReviewMissed):
        yield RowWrite("reviews", (event.member,), {"status": settled(MISSED)})


INTRODUCTIONS_VIEW: Final = View(
    name="introductions",
    title=Words("Introductions", "引荐"),
    key=("member", "bank"),
    columns=(
        column("member", "text", "Core enterprise", "核心企业"),
        column("bank", "text", "Introduced by", "引荐银行"),
        column("name", "text", "Legal name", "法定名称"),
        column("uscc", "text", "Unified social credit code or LEI", "统一社会信用代码或 LEI"),
        column("established_on", "day", "Established on", "成立日期"),
        column("accounts_until", "day", "Accounts until", "最近经审计年度截止日"),
        column("overdue_found", "integer", "Overdue found", "五年内公开逾期记录"),
        column("file", "text", "Due diligence", "尽职调查"),
        column("introduced_at", "time", "Introduced at", "引荐时间"),
        column("reason", "text", "Reason", "理由"),
        column("status", "text", "Status", "状态"),
    ),
    timeline=True,
    project=_introductions,
)

REVIEWS_VIEW: Final = View(
    name="reviews",
    title=Words("Yearly reviews", "年审"),
    key=("member",),
    columns=(
        column("member", "text", "Core enterprise", "核心企业"),
        column("bank", "text", "Answered for by", "负责银行"),
        column("due", "day", "Review due", "年审截止日"),
        column("remind_at", "time", "Open to any bank from", "其他银行可接手时间"),
        column("reviewed_at", "time", "Reviewed at", "上次审查时间"),
        column("reviews", "integer", "Reviews", "年审次数"),
        column("reason", "text", "Why the bank withdrew", "撤回理由"),
        column("file", "text", "Due diligence", "尽职调查"),
        column("status", "text", "Status", "状态"),
    ),
    timeline=True,
    project=_reviews,
)

VIEWS: Final = (INTRODUCTIONS_VIEW, REVIEWS_VIEW)
