"""What each row of a batch would do: its act, and the ledger's own word on it, each row judged as if those above it had been done.

Nothing is sent and no card is asked for: a receiver that a giver has yet to ask for is stood for by keys of nobody.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from msgspec import Struct

from tallychain.contracts.documents import api as documents
from tallychain.contracts.documents.rules.find import recorded
from tallychain.contracts.documents.state import Payable
from tallychain.contracts.risk import api as risk
from tallychain.contracts.vouchers.events import VoucherIssued
from tallychain.contracts.vouchers.operations import TRADE_LABELS
from tallychain.contracts.vouchers.standing import binding
from tallychain.contracts.vouchers.state import HOLDINGS, Holding
from tallychain.crypto.digest import digest
from tallychain.crypto.keys import signing_key_from_seed
from tallychain.crypto.schemes import ED25519, X25519
from tallychain.gateway import building
from tallychain.gateway.accounts import HOUSE, Account
from tallychain.gateway.batchpapers import PaperWrong, StoredInvoices, presented
from tallychain.gateway.documents import Documents
from tallychain.gateway.foresight import Foresight, Rehearsal
from tallychain.gateway.naming import Naming
from tallychain.gateway.papers import fill_papers
from tallychain.gateway.problems import Problem
from tallychain.gateway.seats import Seats
from tallychain.gateway.sentences import said
from tallychain.instruments.money import format_amount
from tallychain.integrations.batchtables import ISSUE, PRESENT, TABLES, Row, RowFault
from tallychain.ledger.contract import AnyOperation, Call, Change
from tallychain.ledger.holder import Receiver
from tallychain.ledger.identity import CORE_ENTERPRISE, MEMBERS
from tallychain.ledger.machine import Catalogue
from tallychain.ledger.operation import SealedPart
from tallychain.ledger.refusals import KindMissing, Refused
from tallychain.ledger.state import Reader
from tallychain.ledger.types import MemberId, OperationId, member_author, tag_author
from tallychain.sdk.ranges import lowest_free

_NOBODY: Final = "batch-nobody"
_PLACES: Final = frozenset({"receiver", "presenter"})
"""Where in arguments somebody stands whose tag is asked for when the row is signed."""
_FAULTS: Final[dict[str, tuple[str, str, str]]] = {
    "PAYABLE_EXHAUSTED": (
        "PAYABLE_EXHAUSTED",
        "Of the payable and its invoices {left} is left for this row.",
        "该应付账款及其发票对本行仅剩 {left} 可用。",
    ),
    "PAYABLE_UNKNOWN": ("PAYABLE_NOT_FOUND", "There is no such payable.", "不存在该应付账款。"),
    "HOLDING_UNKNOWN": (
        "HOLDING_NOT_YOURS",
        "This seat holds no such units now.",
        "本席位当前未持有该份额。",
    ),
    "UNITS_EXHAUSTED": (
        "UNITS_NOT_FREE",
        "The holding has no free piece of this amount after the rows above; {left} is free in all.",
        "扣除上方各行后，该持有份额没有该金额的连续可用区间；可用合计 {left}。",
    ),
}


class Planned(Struct, frozen=True):
    """A row with the act that it becomes and what that would do."""

    line: int
    reference: str
    amount: int
    to: str
    """Who receives: a payable, or a sponsor and a credit code; who owes what is presented."""
    args: dict[str, Any]
    sealed: dict[str, Any]
    tag: str
    """The acting tag of a holder; empty for a member's act."""
    maturity: str
    """Of an issue: the day on which it will be paid by the calendar; of an offer its value date; of what is presented the day on which it is due."""
    ceiling_left: int
    """Of an issue: what may still be issued after this row, in fen."""
    left: int
    """What is left of the payable or free of the holding after this row, in fen; of what is presented what its papers come to beyond the amount."""


class Plan(Struct, frozen=True):
    """A whole table, judged."""

    rows: tuple[Planned, ...]
    faults: tuple[RowFault, ...]


class _RowRefused(Exception):
    """This row cannot be; `name` is of `_FAULTS`."""

    def __init__(self, name: str, left: int = 0) -> None:
        super().__init__(name)
        self.code, en, zh = _FAULTS[name]
        self.en, self.zh = en.format(left=format_amount(left)), zh.format(left=format_amount(left))


@dataclass(frozen=True, slots=True)
class _Stage:
    """On which the rows of one table are played."""

    kind: AnyOperation
    trial: Rehearsal
    account: Account
    secret: bytes
    stored: StoredInvoices
    """The e-invoices that the seat has given here."""


class Planner:
    """Judges tables for the seats of one gateway."""

    def __init__(
        self,
        member: str,
        secret: bytes,
        catalogue: Catalogue,
        seats: Seats,
        foresight: Foresight,
        naming: Naming,
        documents: Documents,
    ) -> None:
        self._member = member
        self._secret = secret
        self._catalogue = catalogue
        self._seats = seats
        self._foresight = foresight
        self._naming = naming
        self._documents = documents

    async def plan(self, table: str, rows: Iterable[Row], account: Account) -> Plan:
        """Every row with its act, or why the ledger would refuse it; raises `GATEWAY_OWN_KEYS`, `GATEWAY_FORBIDDEN`."""
        operation = TABLES[table].operation
        kind = max(
            (kind for kind in self._catalogue.operation_types() if kind.name == operation),
            key=lambda kind: kind.version,
        )
        stage = _Stage(
            kind,
            self._foresight.rehearsal(),
            account,
            await self._secret_of(table, account),
            StoredInvoices(self._documents, account.seat),
        )
        planned: list[Planned] = []
        faults: list[RowFault] = []
        for row in rows:
            try:
                planned.append(await self._row(table, row, stage))
            except Refused as refused:
                en, zh = said(type(refused), refused.typed_fields())
                faults.append(RowFault(row.line, refused.code, en, zh))
            except (_RowRefused, PaperWrong) as wrong:
                faults.append(RowFault(row.line, wrong.code, wrong.en, wrong.zh))
            except Problem as problem:
                if problem.status >= 500:
                    raise
                code = str(problem.fields.get("code", problem.code))
                faults.append(RowFault(row.line, code, problem.sentence(), problem.sentence("zh")))
        return Plan(tuple(planned), tuple(faults))

    async def _secret_of(self, table: str, account: Account) -> bytes:
        if (account.seat == HOUSE) != (table == ISSUE):
            raise Problem("GATEWAY_FORBIDDEN")
        if table == ISSUE:
            return self._secret
        view = self._seats.views.get(account.seat)
        if view is None:
            seat = await self._seats.need(account.seat)
            raise Problem("GATEWAY_OWN_KEYS" if not seat.hosted else "GATEWAY_FORBIDDEN")
        return view.seat_secret

    async def _row(self, table: str, row: Row, stage: _Stage) -> Planned:
        if table == PRESENT:
            return await self._present(row, stage)
        return await (self._issue(row, stage) if table == ISSUE else self._offer(row, stage))

    async def _issue(self, row: Row, stage: _Stage) -> Planned:
        values, now = row.values, stage.trial.now
        payable = await stage.trial.ask(lambda state: documents.payable(state, values["payable"]))
        if payable is None:
            raise _RowRefused("PAYABLE_UNKNOWN")
        parts, left = await stage.trial.ask(lambda state: _parts(payable, row.amount, state, stage))
        args: dict[str, Any] = {
            "reference": {"keyed": values["reference"]},
            "receiver": {"payable": values["payable"]},
            "currency": "CNY",
            "face": row.amount,
            "nominal_maturity": values["maturity"],
            "settlement_bank": values["settlement_bank"],
            "payable": values["payable"],
            "invoices": parts,
        }
        if values["term_reason"]:
            args["term_reason"] = values["term_reason"]
        trade = {"promise": values["promise"], **_trade(values)}
        change = await self._judge(stage, args, {TRADE_LABELS[0]: trade}, payable.presenter, row)
        issuer = MemberId(self._member)
        ceiling = await stage.trial.ask(lambda state: risk.free(state, issuer, now))
        day = next(fact.effective_maturity for fact in change.events if isinstance(fact, VoucherIssued))
        return Planned(
            row.line, values["reference"], row.amount, values["payable"], args, {TRADE_LABELS[0]: trade},
            "", day or values["maturity"], ceiling, left - row.amount,
        )  # fmt: skip

    async def _offer(self, row: Row, stage: _Stage) -> Planned:
        values = row.values
        voucher, units, _ = values["holding"].split(":")
        first = int(units.partition("-")[0])
        holding = await stage.trial.ask(lambda state: state.get(HOLDINGS, voucher, first))
        own = None if holding is None else await self._seats.tag(holding.tag)
        if (
            holding is None
            or own is None
            or own.seat != stage.account.seat
            or holding.id != values["holding"]
        ):
            raise _RowRefused("HOLDING_UNKNOWN")
        start, left = await stage.trial.ask(lambda state: _free(holding, row.amount, state, stage))
        args: dict[str, Any] = {
            "voucher": voucher,
            "holding": first,
            "rows": [
                {
                    "first": start,
                    "last": start + row.amount - 1,
                    "receiver": {"sponsor": values["sponsor"], "uscc": values["uscc"]},
                    "trade_reference": {"keyed": values["reference"]},
                    "value_date": values["value_date"],
                }
            ],
        }
        await self._judge(
            stage,
            args,
            {TRADE_LABELS[0]: _trade(values)},
            _nobody(row.line, values["sponsor"]),
            row,
            holding.tag,
        )
        return Planned(
            row.line, values["reference"], row.amount, f"{values['sponsor']} {values['uscc']}", args,
            {TRADE_LABELS[0]: _trade(values)}, holding.tag, values["value_date"], 0, left - row.amount,
        )  # fmt: skip

    async def _present(self, row: Row, stage: _Stage) -> Planned:
        seat = await self._seats.need(stage.account.seat)
        args, sealed, total = await presented(row, self._member, seat.uscc, stage.stored)
        own = _nobody(row.line, self._member)
        await self._judge(stage, args, sealed, own, row, own.tag)
        return Planned(
            row.line, row.values["reference"], row.amount, row.values["debtor"], args, sealed,
            "", row.values["due"], 0, max(0, total - row.amount),
        )  # fmt: skip

    async def _judge(
        self,
        stage: _Stage,
        args: dict[str, Any],
        sealed: dict[str, Any],
        receiver: Receiver,
        row: Row,
        tag: str = "",
    ) -> Change:
        """Let the ledger's rule judge an act, its receiver and references filled in; raises `Refused` and the problems of `building.wish`."""
        plain = _filled(args, receiver)
        building.fill_references(plain, stage.secret)
        contents = msgspec.json.decode(msgspec.json.encode(sealed))
        keys = await self._naming.keys_for(stage.kind.name, plain, contents)
        fill_papers(plain, keys)
        fill_papers(contents, keys)
        asked = building.wish(stage.kind, plain, contents, {})
        author = tag_author(tag) if tag else member_author(MemberId(self._member))
        number = digest(_NOBODY, f"{row.line}".encode()).hex()
        parts = tuple(SealedPart(label, number, number, ("member:nobody",)) for label in sealed)
        call = Call(
            operation=OperationId(number),
            author=author,
            member=None if tag else MemberId(self._member),
            tag=tag or None,
            via=MemberId(self._member),
            now=stage.trial.now,
            signers=(),
            sealed=parts,
        )
        if not tag:
            await stage.trial.ask(_check_kind(MemberId(self._member)))
        return await stage.trial.act(stage.kind, asked.args, call)


def _check_kind(member: MemberId) -> Callable[[Reader], None]:
    def check(state: Reader) -> None:
        row = state.get(MEMBERS, member)
        if row is None or CORE_ENTERPRISE not in row.kinds:
            raise KindMissing(member, CORE_ENTERPRISE)

    return check


def _parts(payable: Payable, amount: int, state: Reader, stage: _Stage) -> tuple[list[dict[str, Any]], int]:
    """What a voucher takes of the invoices of a payable, in their order, and what was left before."""
    now, wanted, room = stage.trial.now, amount, 0
    parts = []
    for invoice in payable.invoices:
        record = recorded(invoice, state)
        free = invoice.total if record is None else max(record.headroom(now), 0)
        room += free
        part = min(wanted, free)
        if part > 0:
            parts.append({"fingerprint": invoice.fingerprint, "amount": part})
            wanted -= part
    left = min(room, max(payable.headroom(now), 0))
    if wanted or amount > left:
        raise _RowRefused("PAYABLE_EXHAUSTED", left)
    return parts, left


def _free(holding: Holding, amount: int, state: Reader, stage: _Stage) -> tuple[int, int]:
    """The lowest unit of a free piece of a holding, and how many units were free in all."""
    bound = [(item.first, item.last) for item in binding(holding, state, stage.trial.now)]
    left = holding.last - holding.first + 1 - _covered(bound)
    start = lowest_free(holding.first, holding.last, bound, amount)
    if start is None:
        raise _RowRefused("UNITS_EXHAUSTED", left)
    return start, left


def _covered(ranges: Iterable[tuple[int, int]]) -> int:
    """Units in any of some ranges, which may overlap."""
    total, reached = 0, 0
    for first, last in sorted(ranges):
        total += max(0, last - max(first, reached + 1) + 1)
        reached = max(reached, last)
    return total


def _trade(values: dict[str, str]) -> dict[str, Any]:
    invoices = [
        part for part in values["invoices"].replace("，", ",").replace("、", ",").split(",") if part.strip()
    ]
    return {
        "contract": values["contract"],
        "invoices": [" ".join(part.split()) for part in invoices],
        "purpose": values["purpose"],
        "amount": format_amount(int(values["amount"])),
    }


def _filled(plain: Any, receiver: Receiver) -> Any:
    """A copy of plain arguments in which the receiver that is wanted stands."""
    if isinstance(plain, list):
        return [_filled(item, receiver) for item in plain]
    if not isinstance(plain, dict):
        return plain
    known = {"tag": receiver.tag, "sealing": receiver.sealing, "sponsor": receiver.sponsor}
    return {key: known if key in _PLACES else _filled(value, receiver) for key, value in plain.items()}


def _nobody(line: int, sponsor: str) -> Receiver:
    """A receiver of the right form that stands for one whose card is not asked for yet; it is never sent anywhere."""
    seed = digest(_NOBODY, f"{line}".encode())
    sealing = bytearray(digest(_NOBODY, seed))
    sealing[31] &= 0x3F  # a coordinate below the field's prime
    return Receiver(signing_key_from_seed(ED25519, seed).public, f"{X25519}:{sealing.hex()}", sponsor)
