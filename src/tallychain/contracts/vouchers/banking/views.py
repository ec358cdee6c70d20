"""Accounts of record as rows, and what a gateway could open of them."""

from collections.abc import Iterable

from tallychain.contracts.vouchers import columns
from tallychain.contracts.vouchers.banking import events
from tallychain.contracts.vouchers.banking.contents import AccountContent, CodeContent, PennyContent
from tallychain.contracts.vouchers.banking.operations import ChangeAccount, ReturnCode, SendPenny, SetAccount
from tallychain.contracts.vouchers.banking.state import (
    CONFIRMED,
    IN_FORCE,
    REFUSED,
    REPLACED,
    RETURNED,
    SENT,
    STATED,
    STOPPED,
)
from tallychain.contracts.vouchers.projections import STATUS, Rows, Values, all_of, of, set_row
from tallychain.ledger.contract import Words
from tallychain.ledger.timeline import settled
from tallychain.ledger.views import Fact, Opening, RowWrite, View

WORDS = {
    STATED: Words("stated", "已申报"),
    SENT: Words("penny sent", "已发验证款"),
    RETURNED: Words("code returned", "已回验证码"),
    CONFIRMED: Words("tested, may be stopped", "已验证，冷静期内"),
    REFUSED: Words("refused", "已拒绝"),
    STOPPED: Words("stopped", "已停止"),
    REPLACED: Words("replaced", "已被替换"),
}
VIEW = "client_accounts"


def _stated(event: events.AccountStated, fact: Fact) -> Rows:
    return set_row(
        VIEW,
        (event.account,),
        {
            "tag": event.tag,
            "sponsor": event.sponsor,
            "bank": event.bank,
            "before": event.before,
            "tries": 0,
            "height": fact.height,
            "stated_at": fact.time_ms,
            "status": event.timeline,
        },
    )


def _on(name: str, fact: Fact, values: Values) -> Rows:
    """By an act, or by time, which is none."""
    act: Values = {"last_act": fact.operation} if fact.operation else {}
    return set_row(VIEW, (name,), {**act, **values})


def _in_force(event: events.AccountInForce, _fact: Fact) -> Rows:
    rows = [RowWrite(VIEW, (event.account,), {"in_force_at": event.since_ms, "status": settled(IN_FORCE)})]
    if event.before:
        rows.append(RowWrite(VIEW, (event.before,), {"status": settled(REPLACED)}))
    return rows


ACCOUNTS_VIEW = View(
    name=VIEW,
    title=Words("Accounts of record", "收款账户备案"),
    key=("account",),
    columns=(
        columns.text("account", "Account", "账户备案编号"),
        columns.text("tag", "Tag of the account", "账户标签"),
        columns.text("sponsor", "Sponsor", "接入机构"),
        columns.text("bank", "Testing bank", "验证银行"),
        columns.text("before", "In the place of", "替换的账户"),
        columns.units("tries", "Wrong codes", "验证码不符次数"),
        columns.text("last_act", "Last act", "最近操作"),
        columns.units("height", "Height", "区块高度"),
        columns.time("stated_at", "Stated at", "申报时间"),
        columns.time("tested_at", "Tested at", "验证时间"),
        columns.time("in_force_at", "In force since", "生效时间"),
        STATUS,
    ),
    timeline=True,
    project=all_of(
        of(events.AccountStated, _stated),
        of(events.PennySent, lambda e, f: _on(e.account, f, {"status": e.timeline})),
        of(events.CodeReturned, lambda e, f: _on(e.account, f, {"status": e.timeline})),
        of(events.CodeWrong, lambda e, f: _on(e.account, f, {"tries": e.tries, "status": e.timeline})),
        of(
            events.AccountConfirmed,
            lambda e, f: _on(e.account, f, {"tested_at": f.time_ms, "status": e.timeline}),
        ),
        of(events.AccountInForce, _in_force),
        of(
            events.AccountEnded,
            lambda e, f: _on(e.account, f, {"tries": e.tries, "status": settled(e.status)}),
        ),
    ),
)


def _details(opening: Opening) -> Iterable[RowWrite]:
    content, args = opening.content, opening.args
    if isinstance(content, AccountContent) and isinstance(args, SetAccount | ChangeAccount):
        values: Values = {
            "tag": args.holder.tag if isinstance(args, SetAccount) else args.tag,
            "name": content.name,
            "uscc": content.uscc,
            "bank_name": content.bank,
            "bank_code": content.bank_code,
            "number": content.account,
            "said_at": opening.time_ms,
        }
        yield RowWrite("client_account_details", (opening.seat, opening.operation), values)


DETAILS_VIEW = View(
    name="client_account_details",
    title=Words("Accounts of record, as stated", "收款账户备案内容"),
    key=("seat", "account"),
    columns=(
        columns.text("seat", "Seat", "席位"),
        columns.text("account", "Account", "账户备案编号"),
        columns.text("tag", "Tag of the account", "账户标签"),
        columns.text("name", "Name", "户名"),
        columns.text("uscc", "Unified social credit code", "统一社会信用代码"),
        columns.text("bank_name", "Bank", "开户行"),
        columns.text("bank_code", "Bank code", "联行号"),
        columns.text("number", "Account number", "账号"),
        columns.time("said_at", "Stated at", "申报时间"),
    ),
    private=True,
    project_opening=_details,
)


def _codes(opening: Opening) -> Iterable[RowWrite]:
    content, args = opening.content, opening.args
    if isinstance(content, CodeContent | PennyContent) and isinstance(args, SendPenny | ReturnCode):
        values: Values = {
            "account": args.account,
            "act": opening.type,
            "code": content.code,
            "said_at": opening.time_ms,
        }
        yield RowWrite("client_account_codes", (opening.seat, opening.operation), values)


CODES_VIEW = View(
    name="client_account_codes",
    title=Words("Codes of pennies", "验证款验证码"),
    key=("seat", "operation"),
    columns=(
        columns.text("seat", "Seat", "席位"),
        columns.text("operation", "Operation", "操作"),
        columns.text("account", "Account", "账户备案编号"),
        columns.text("act", "Act", "业务"),
        columns.text("code", "Code", "验证码"),
        columns.time("said_at", "Said at", "说明时间"),
    ),
    private=True,
    project_opening=_codes,
)

VIEWS = (ACCOUNTS_VIEW, DETAILS_VIEW, CODES_VIEW)
