"""The movable-property registry (动产融资统一登记公示系统) by files: what is to be registered, its list read back, and the two compared.

The registry has no interface that an alliance could rely on, so what it is told goes out as a table with the text of the description, and what
it holds comes back as the table that its users can export.  Nothing here calls it, and nothing here stands in for it.
"""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Final, Literal

from msgspec import Struct

from tallychain.instruments.calendar import DateUnreadable, parse_date
from tallychain.instruments.errors import InstrumentError
from tallychain.instruments.money import AmountUnreadable, format_amount, parse_amount
from tallychain.instruments.numbers import check_uscc
from tallychain.integrations.refused import quoted
from tallychain.integrations.tables import TableRefused, as_csv, table

MAX_ROWS: Final = 20_000
MAX_DESCRIPTION: Final = 1000
"""Characters of a description; invoices that do not fit any more are counted instead of named."""

TO_REGISTER: Final = "TO_REGISTER"
STANDS: Final = "STANDS"
TO_DEREGISTER: Final = "TO_DEREGISTER"
PAID_OFF: Final = "PAID_OFF"
"""The voucher has ended, so nothing is left that the registration could secure."""
OVER: Final = "OVER"
Stage = Literal["TO_REGISTER", "STANDS", "TO_DEREGISTER", "PAID_OFF", "OVER"]

_NUMBER: Final = re.compile(r"[0-9A-Za-z-]{4,64}")
_TIME: Final = re.compile(
    r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})(?:[ T]([0-9]{2}:[0-9]{2})(?::([0-9]{2}))?)?"
)
_STANDING: Final = frozenset({"STANDING", "有效", "初始登记", "变更登记", "展期登记"})
_ENDED: Final = frozenset({"ENDED", "注销", "已注销", "注销登记", "已到期", "失效"})
_COLUMNS: Final = {
    "number": ("登记证明编号", "Registration number"),
    "registered": ("登记时间", "Registered at"),
    "status": ("登记状态", "Status"),
    "seller": ("出让人统一社会信用代码", "担保人统一社会信用代码", "Seller's credit code"),
    "funder": ("受让人统一社会信用代码", "担保权人统一社会信用代码", "Funder's credit code"),
    "amount": ("财产价值（元）", "财产价值", "Amount"),
}
HEADS: Final = (
    "办理事项", "最迟办理时间", "登记证明编号", "出让人名称", "出让人统一社会信用代码", "受让人名称", "受让人统一社会信用代码", "交易类型",
    "合同编号", "财产价值（元）", "币种", "凭证到期日", "财产描述", "融资编号",
)  # fmt: skip
_FORMS: Final = {"FACTORING": "保理", "REFACTORING": "再保理", "PLEDGE": "应收账款质押"}
_ACTIONS: Final = {
    TO_REGISTER: "初始登记",
    TO_DEREGISTER: "注销登记",
    PAID_OFF: "注销登记",
    STANDS: "已登记",
    OVER: "已注销",
}


_LOCAL: Final = timedelta(hours=8)


class RegistryFact(Struct, frozen=True):
    """What the ledger, and the parts that this member can open, say of one financing or pledge of the member."""

    financing: str
    """The operation that asked for the money, or that proposed the pledge."""
    voucher: str
    stage: Stage
    form: str
    recourse: bool
    first: int
    last: int
    amount_fen: int
    currency: str
    maturity: str
    issuer_name: str
    issuer_uscc: str
    seller_name: str
    """Empty where this member cannot open who asked."""
    seller_uscc: str
    funder_name: str
    funder_uscc: str
    contract: str
    invoices: tuple[str, ...]
    number: str
    """Of the registration; empty before it is shown."""
    registered_ms: int
    until_ms: int
    """By when something has to be done; 0 where nothing has."""
    is_late: bool
    is_pledge: bool = False
    """A pledge that its holder made by itself: the ledger knows its certificate by a commitment and not its number, so it is found in a list by parties and amount."""


class Registered(Struct, frozen=True):
    """One row of the registry's list."""

    line: int
    number: str
    registered: str
    """As the list gives it, with the day in ISO form."""
    stands: bool
    seller_uscc: str
    funder_uscc: str
    amount_fen: int | None
    """None where the list names no amount."""


class RejectedLine(Struct, frozen=True):
    """One row that cannot be taken, and why."""

    line: int
    sentence: str


class RegistryList(Struct, frozen=True):
    """What a list says: rows that can be used, and those that cannot."""

    encoding: str
    accepted: tuple[Registered, ...]
    rejected: tuple[RejectedLine, ...]


Kind = Literal[
    "REGISTRATION_DUE", "DEREGISTRATION_DUE", "DEREGISTRATION_LATE", "END_DUE", "MISSING_THERE", "ENDED_THERE", "STANDS_THERE", "UNKNOWN_HERE",
    "AMOUNT_DIFFERS", "SELLER_DIFFERS", "FUNDER_DIFFERS", "TIME_DIFFERS",
]  # fmt: skip


class Difference(Struct, frozen=True):
    """One thing that is to be done or looked at."""

    kind: Kind
    number: str
    financing: str
    voucher: str
    here: str
    there: str
    until_ms: int = 0
    is_pledge: bool = False
    """Whether `financing` names a pledge."""


class _RowWrong(Exception):
    """This row cannot be taken."""


def local_time(time_ms: int) -> str:
    """UTC milliseconds as the local time that the registry writes, to the second."""
    return (datetime.fromtimestamp(time_ms // 1000, UTC) + _LOCAL).strftime("%Y-%m-%d %H:%M:%S")


def describe(fact: RegistryFact) -> str:
    """The text that tells third parties which claim it is; bounded by counting the invoices that do not fit."""
    recourse = "有追索权" if fact.recourse else "无追索权"
    how = (
        _FORMS.get(fact.form, fact.form)
        if fact.is_pledge
        else f"{_FORMS.get(fact.form, fact.form)}，{recourse}"
    )
    name = "质押" if fact.is_pledge else "融资"
    head = (
        f"应收账款电子凭证{fact.voucher}第{fact.first}至{fact.last}单位（每单位0.01元），即出让人对开立方{fact.issuer_name}"
        f"（统一社会信用代码{fact.issuer_uscc}）的应收账款，金额{fact.currency} {format_amount(fact.amount_fen)}元，凭证到期日{fact.maturity}；"
        f"办理方式：{how}；基础合同编号：{fact.contract or '见附件'}；账本{name}编号：{fact.financing}"
    )
    head = head[: MAX_DESCRIPTION - 1]
    if not fact.invoices:
        return f"{head}。"
    named = fact.invoices
    while True:
        rest = "" if len(named) == len(fact.invoices) else f"等共{len(fact.invoices)}张"
        text = (
            f"{head}；发票号码：{'、'.join(named)}{rest}。"
            if named
            else f"{head}；发票{len(fact.invoices)}张。"
        )
        if len(text) <= MAX_DESCRIPTION:
            return text
        if not named:
            return f"{head}。"
        named = named[:-1]


def export(facts: list[RegistryFact], times: dict[str, str]) -> bytes:
    """The table of what is to be registered and taken back; `times` has for each financing by when, as people read it."""
    return as_csv(
        list(HEADS),
        [
            [
                _ACTIONS[fact.stage],
                times.get(fact.financing, ""),
                fact.number,
                fact.seller_name,
                fact.seller_uscc,
                fact.funder_name,
                fact.funder_uscc,
                _FORMS.get(fact.form, fact.form),
                fact.contract,
                format_amount(fact.amount_fen).replace(",", ""),
                fact.currency,
                fact.maturity,
                describe(fact),
                fact.financing,
            ]
            for fact in facts
        ],
    )


def read_list(content: bytes) -> RegistryList:
    """The registry's list, row by row.  Raises ``TableRefused`` or ``SpreadsheetRefused`` where it cannot be read as a whole."""
    encoding, rows = table(content)
    _, header = next(rows, (0, []))
    places = _places(header)
    accepted: list[Registered] = []
    rejected: list[RejectedLine] = []
    seen: dict[str, int] = {}
    for line, cells in rows:
        if not any(cells):
            continue
        if len(accepted) + len(rejected) >= MAX_ROWS:
            raise TableRefused("TABLE_TOO_LARGE", f"A list has at most {MAX_ROWS:,} rows.")
        try:
            row = _row(line, cells, places)
            first = seen.setdefault(row.number, line)
            if first != line:
                raise _RowWrong(f"The registration {row.number} stands in line {first} already.")
        except _RowWrong as wrong:
            rejected.append(RejectedLine(line, str(wrong)))
        else:
            accepted.append(row)
    return RegistryList(encoding, tuple(accepted), tuple(rejected))


def reconcile(
    facts: list[RegistryFact], listed: tuple[Registered, ...] | None, local: dict[str, str]
) -> list[Difference]:
    """
    Everything that is due, and everything in which ledger and registry differ; without a list only what is due.

    `local` has for each financing the local time of its registration as the ledger has it, `YYYY-MM-DD HH:MM:SS`.
    """
    there = {row.number: row for row in listed or ()}
    known = {fact.number for fact in facts}
    loose = [row for row in listed or () if row.stands and row.number not in known]
    found: list[Difference] = []
    for fact in facts:
        due = _due(fact)
        if due is not None:
            found.append(due)
        if listed is not None and fact.number:
            found += _beside(fact, there.get(fact.number), local.get(fact.financing, ""))
    # What the ledger says stands has the first choice, so that a registration left over belongs to what has ended.
    for fact in sorted(facts, key=lambda fact: fact.stage != STANDS):
        if listed is not None and fact.is_pledge:
            found += _among(fact, loose)
    found += [
        Difference("UNKNOWN_HERE", row.number, "", "", "", f"{row.registered}, {row.seller_uscc}")
        for row in loose
    ]
    return found


def _among(fact: RegistryFact, loose: list[Registered]) -> list[Difference]:
    """A pledge among the rows whose number is nobody's: the first with its parties and amount is its own, and nobody else's any more."""
    if fact.stage not in (STANDS, PAID_OFF):
        return []
    own = next((row for row in loose if _fits(fact, row)), None)
    if own is not None:
        loose.remove(own)
    if (own is None) == (fact.stage == PAID_OFF):
        return []
    kind: Kind = "MISSING_THERE" if own is None else "END_DUE"
    number, registered = ("", "") if own is None else (own.number, own.registered)
    return [Difference(kind, number, fact.financing, fact.voucher, fact.stage, registered, 0, True)]


def _fits(fact: RegistryFact, row: Registered) -> bool:
    return (
        row.funder_uscc == fact.funder_uscc
        and fact.seller_uscc in ("", row.seller_uscc)
        and row.amount_fen in (None, fact.amount_fen)
    )


def _due(fact: RegistryFact) -> Difference | None:
    kinds: dict[str, Kind] = {TO_REGISTER: "REGISTRATION_DUE", TO_DEREGISTER: "DEREGISTRATION_DUE"}
    kind = kinds.get(fact.stage)
    if kind is None:
        return None
    if fact.is_late:
        kind = "DEREGISTRATION_LATE"
    return Difference(kind, fact.number, fact.financing, fact.voucher, "", "", fact.until_ms, fact.is_pledge)


def _beside(fact: RegistryFact, row: Registered | None, registered: str) -> list[Difference]:
    def differs(kind: Kind, here: str, there: str) -> Difference:
        return Difference(kind, fact.number, fact.financing, fact.voucher, here, there)

    if fact.stage in (OVER, PAID_OFF):
        kind: Kind = "STANDS_THERE" if fact.stage == OVER else "END_DUE"
        return [differs(kind, fact.stage, row.registered)] if row is not None and row.stands else []
    if row is None:
        # What is to be taken back and is not in the list has gone from there, or was never listed: it is due in either case.
        return [differs("MISSING_THERE", registered, "")] if fact.stage == STANDS else []
    if not row.stands:
        return [differs("ENDED_THERE", fact.stage, row.registered)]
    found = []
    if row.amount_fen is not None and row.amount_fen != fact.amount_fen:
        found.append(differs("AMOUNT_DIFFERS", format_amount(fact.amount_fen), format_amount(row.amount_fen)))
    if fact.seller_uscc and row.seller_uscc != fact.seller_uscc:
        found.append(differs("SELLER_DIFFERS", fact.seller_uscc, row.seller_uscc))
    if row.funder_uscc != fact.funder_uscc:
        found.append(differs("FUNDER_DIFFERS", fact.funder_uscc, row.funder_uscc))
    if not registered.startswith(row.registered):
        found.append(differs("TIME_DIFFERS", registered, row.registered))
    return found


def _places(header: list[str]) -> dict[str, int]:
    found = {
        name: next((header.index(head) for head in heads if head in header), -1)
        for name, heads in _COLUMNS.items()
    }
    missing = [_COLUMNS[name][0] for name, place in found.items() if place < 0]
    if missing:
        raise TableRefused("TABLE_LAYOUT_UNKNOWN", f"The list has no column {', '.join(missing)}.")
    return found


def _row(line: int, cells: list[str], places: dict[str, int]) -> Registered:
    if len(cells) <= max(places.values()):
        raise _RowWrong(f"The row has {len(cells)} cells and needs {max(places.values()) + 1}.")
    text = {name: cells[place].removeprefix("'") for name, place in places.items()}
    if _NUMBER.fullmatch(text["number"]) is None:
        raise _RowWrong(f"{quoted(text['number'])} is not the number of a registration.")
    if text["status"] not in _STANDING | _ENDED:
        raise _RowWrong(f"{quoted(text['status'])} is not a status such as 有效 or 已注销.")
    for party in ("seller", "funder"):
        try:
            check_uscc(text[party])
        except InstrumentError as wrong:
            raise _RowWrong(str(wrong)) from None
    return Registered(
        line=line,
        number=text["number"],
        registered=_time(text["registered"]),
        stands=text["status"] in _STANDING,
        seller_uscc=text["seller"],
        funder_uscc=text["funder"],
        amount_fen=_amount(text["amount"]),
    )


def _amount(text: str) -> int | None:
    if not text:
        return None
    try:
        return parse_amount(text)
    except AmountUnreadable as wrong:
        raise _RowWrong(str(wrong)) from None


def _time(text: str) -> str:
    """A time as far as the list gives it: with the day in ISO form, and hours, minutes and seconds where they stand there."""
    matched = _TIME.fullmatch(text)
    if matched is None:
        raise _RowWrong(f"{quoted(text)} is not a time such as 2026-04-16 10:05:00.")
    year, month, day, minutes, seconds = matched.groups()
    try:
        found: date = parse_date(f"{year}-{month:0>2}-{day:0>2}")
        if minutes:
            datetime.fromisoformat(f"{found} {minutes}:{seconds or '00'}")
    except (DateUnreadable, ValueError):
        raise _RowWrong(f"{quoted(text)} is not a time.") from None
    return " ".join(
        part for part in (str(found), ":".join(part for part in (minutes, seconds) if part)) if part
    )
