"""Accounts of record, as far as the ledger cannot see into them: codes of pennies, whose account it is, the black-out, and which account a payee is.

Every member's gateway asks what it is entitled to open: a testing bank its codes, a sponsor its clients' accounts, a settlement bank the payees.
"""

import secrets
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from tallychain.contracts.vouchers.banking.contents import AccountContent
from tallychain.contracts.vouchers.banking.operations import ChangeAccount, ConfirmAccount, SetAccount
from tallychain.contracts.vouchers.banking.state import IN_FORCE
from tallychain.contracts.vouchers.settling.contents import PayeeContent
from tallychain.contracts.vouchers.state import HOLDINGS
from tallychain.crypto.sealing import check_opening
from tallychain.gateway.accounts import HOUSE
from tallychain.gateway.chainclock import ChainClock
from tallychain.gateway.concern import Concerns
from tallychain.gateway.houseparts import PartShut, house_opening, house_part
from tallychain.gateway.ledgerstate import LedgerState
from tallychain.gateway.problems import Problem
from tallychain.gateway.readmodel_port import ReadModel
from tallychain.gateway.sealingkeys import SealingKeys
from tallychain.gateway.seats import Seat, Seats
from tallychain.ledger import codec
from tallychain.ledger.admission import AdmittedOperation
from tallychain.ledger.operation import Body, SignedOperation
from tallychain.sdk.clientaccounts import SEND, code_came_back
from tallychain.sdk.opening import part_context

PAYEE: Final = "settlement.payee"
ACCOUNT: Final = "account"
NOT_OF_RECORD: Final = "GATEWAY_NOT_ACCOUNT_OF_RECORD"
OTHER: Final = "OTHER"
_CODES: Final = 1_000_000
_ROWS: Final = 500
_KEPT: Final = 5_000
"""Payees whose opening is remembered; a bank that pays looks at its list every few seconds."""
_PAID: Final = ("SPENT", "PAID", "COLLECTED", "CANCELLED")
_OWED: Final = ("ACTIVE", "DUE", "DUE_UNDATED", "UNPAID_PENDING", "OVERDUE")
_OF_ACCOUNT: Final = AccountContent.__struct_fields__

NONE_NAMED: Final = "NONE"
"""The payee names no account of record."""
OF_RECORD: Final = "OF_RECORD"
SINCE_BLACK_OUT: Final = "SINCE_BLACK_OUT"
"""It is of record, and came into force when the voucher was in its black-out already."""
NOT_PROVEN: Final = "NOT_PROVEN"
"""What the payee names does not open to this account, or is not in force."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a payee stands to the accounts of record."""

    kind: str
    tested_ms: int = 0
    since_ms: int = 0
    """Since when it is in force."""


@dataclass(frozen=True, slots=True)
class Record:
    """The account of record of a client, opened by its sponsor."""

    name: str
    salt: bytes
    content: AccountContent

    def payee(self) -> PayeeContent:
        """As it is named for a holding."""
        fields = {name: getattr(self.content, name) for name in _OF_ACCOUNT}
        return PayeeContent(**fields, record=self.name, opening=self.salt.hex())


class ClientAccounts:
    """What one member's gateway makes sure of about accounts of record."""

    def __init__(
        self, state: LedgerState, seats: Seats, sealing: SealingKeys, concerns: Concerns, clock: ChainClock
    ) -> None:
        self._state = state
        self._seats = seats
        self._sealing = sealing
        self._concerns = concerns
        self._clock = clock
        self._named: dict[str, tuple[str, bool]] = {}
        self.read_model: ReadModel | None = None

    async def fill(self, kind: str, args: dict[str, Any], sealed: dict[str, Any]) -> None:
        """
        Draw the code of a penny, and put the account of record in the place of a payee that is not given.

        A payee that is given must be the one of record, where there is one.  Raises `GATEWAY_NOT_ACCOUNT_OF_RECORD`.
        """
        if kind == SEND and not (sealed.get("code") or {}).get("code"):
            sealed["code"] = {"code": f"{secrets.randbelow(_CODES):06d}"}
        elif kind == PAYEE:
            await self._fill_payee(args, sealed)

    async def check(self, args: msgspec.Struct) -> None:
        """
        Before this bank's persons confirm an account: the code came back, and the account is the certified client's.

        Raises `GATEWAY_CODE_DIFFERS`, `GATEWAY_ACCOUNT_NOT_OWN`.
        """
        if not isinstance(args, ConfirmAccount):
            return
        if not code_came_back(await self._rows("client_account_codes", account=args.account)):
            raise Problem("GATEWAY_CODE_DIFFERS")
        stated = await self._rows("client_account_details", account=args.account)
        shown = await self._rows("identities", operation=args.account)
        named = [(row["name"], row["uscc"]) for row in shown if row["verified"]]
        if not stated or [(stated[0]["name"], stated[0]["uscc"])] != named[:1]:
            raise Problem("GATEWAY_ACCOUNT_NOT_OWN")

    async def check_carried(self, operation: AdmittedOperation, seat: Seat) -> None:
        """
        Before this member carries a client's statement of an account: it is the client's, and nothing of the client is about to be paid.

        Raises `GATEWAY_ACCOUNT_NOT_OWN`, `GATEWAY_ACCOUNT_BLACK_OUT`, `GATEWAY_WRAPS_DIFFER`.
        """
        if not isinstance(operation.args, SetAccount | ChangeAccount):
            return
        try:
            content = await house_part(
                self._sealing, operation.signed, operation.body, ACCOUNT, AccountContent
            )
        except PartShut as shut:
            raise Problem("GATEWAY_WRAPS_DIFFER", operation=operation.id, detail=str(shut)) from None
        if (content.name, content.uscc) != (seat.name, seat.uscc):
            raise Problem("GATEWAY_ACCOUNT_NOT_OWN")
        await self._check_black_out(seat)

    async def payee_of(self, seat: Seat) -> PayeeContent | None:
        """The account of record of a client of this member, as it is named; None if it has none."""
        record = await self._record_of(seat)
        return None if record is None else record.payee()

    async def standing_of(self, operation: str, blackout_ms: int) -> Standing:
        """How the payee that an operation has named stands to the accounts of record, for who can open it."""
        if operation not in self._named:
            if len(self._named) >= _KEPT:
                self._named.clear()
            self._named[operation] = await self._look_at(operation)
        record, opens = self._named[operation]
        if record in ("", OTHER):
            return Standing(record or NONE_NAMED)
        row = await self._row("client_accounts", record)
        if not opens or row is None or row["status"] != IN_FORCE:
            return Standing(NOT_PROVEN)
        since = int(row["in_force_at"] or 0)
        kind = SINCE_BLACK_OUT if since > blackout_ms else OF_RECORD
        return Standing(kind, int(row["tested_at"] or 0), since)

    async def _look_at(self, operation: str) -> tuple[str, bool]:
        """The account of record that a payee names, and whether it opens to this very account; neither changes any more."""
        signed, body = await self._operation(operation)
        if signed is None or body is None:
            return "", False
        try:
            payee = await house_part(self._sealing, signed, body, "payee", PayeeContent)
        except PartShut:
            return "", False
        if payee.record in ("", OTHER):
            return payee.record, False
        _, stated = await self._operation(payee.record)
        return payee.record, stated is not None and _opens(stated, payee)

    async def _fill_payee(self, args: dict[str, Any], sealed: dict[str, Any]) -> None:
        number, first = args.get("voucher"), args.get("holding")
        given = sealed.get("payee")
        if not isinstance(number, str) or not isinstance(first, int) or (given and given.get("record")):
            return
        holding = await self._state.get(HOLDINGS, number[:64], first)
        tag = None if holding is None else await self._seats.tag(holding.tag)
        seat = None if tag is None else await self._seats.get(tag.seat)
        record = None if seat is None else await self._record_of(seat)
        if record is None:
            return
        payee = msgspec.to_builtins(record.payee())
        if given and any(given.get(name) != payee[name] for name in _OF_ACCOUNT):
            raise Problem(NOT_OF_RECORD, record=record.name)
        sealed["payee"] = payee

    async def _record_of(self, seat: Seat) -> Record | None:
        """The account in force that a tag of this very client has stated; of several the youngest."""
        found: list[tuple[int, str]] = []
        for row in await self._rows("client_account_details", uscc=seat.uscc):
            tag = await self._seats.tag(str(row["tag"]))
            public = await self._row("client_accounts", str(row["account"]))
            if (
                tag is not None
                and tag.seat == seat.id
                and public is not None
                and public["status"] == IN_FORCE
            ):
                found.append((int(public["in_force_at"] or 0), str(row["account"])))
        if not found:
            return None
        name = max(found)[1]
        signed, body = await self._operation(name)
        if signed is None or body is None:
            return None
        try:
            opened = await house_opening(self._sealing, signed, body, ACCOUNT)
        except PartShut:
            return None
        return Record(name, opened.salt, codec.decode(AccountContent, opened.content))

    async def _check_black_out(self, seat: Seat) -> None:
        now = self._clock.now_ms()
        numbers = set[str]()
        for tag in await self._seats.tags_of(seat.id):
            held = await self._rows("holdings", tag=tag)
            numbers |= {str(row["voucher"]) for row in held if row["status"] not in _PAID}
        for number in sorted(numbers):
            voucher = await self._row("vouchers", number)
            if voucher is not None and voucher["status"] in _OWED and int(voucher["blackout"]) <= now:
                raise Problem("GATEWAY_ACCOUNT_BLACK_OUT", voucher=number)

    async def _operation(self, name: str) -> tuple[SignedOperation | None, Body | None]:
        signed = await self._concerns.operation(name)
        return (None, None) if signed is None else (signed, codec.decode(Body, signed.body))

    async def _rows(self, view: str, **equal: str) -> list[dict[str, Any]]:
        return (
            []
            if self.read_model is None
            else list((await self.read_model.list(view, equal, (HOUSE,), "", _ROWS)).rows)
        )

    async def _row(self, view: str, key: str) -> dict[str, Any] | None:
        return None if self.read_model is None else await self.read_model.get(view, (key,), ())


def _opens(stated: Body, payee: PayeeContent) -> bool:
    """Whether the commitment of the statement opens to the account that is named, with the opening that came with it."""
    part = next((part for part in stated.sealed if part.label == ACCOUNT), None)
    if part is None:
        return False
    content = AccountContent(**{name: getattr(payee, name) for name in _OF_ACCOUNT})
    salt = bytes.fromhex(payee.opening)
    return check_opening(
        bytes.fromhex(part.commitment), part_context(stated, part), salt, codec.encode(content)
    )
