"""Certificates: pages on what the ledger says of a payable, a voucher or a holding, with the proof inside, for one seat."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tallychain.contracts.documents.state import PAYABLES
from tallychain.contracts.risk.state import MISSED
from tallychain.contracts.vouchers.guaranteeing.state import GUARANTEES
from tallychain.contracts.vouchers.policies import SPLIT, TERM
from tallychain.contracts.vouchers.settling.policies import SETTLEMENT
from tallychain.contracts.vouchers.settling.state import SETTLEMENTS, SHARES
from tallychain.contracts.vouchers.state import HOLDINGS, VOUCHERS, Voucher
from tallychain.crypto.keys import SigningKey
from tallychain.gateway.ledgerstate import LedgerState
from tallychain.gateway.problems import Problem
from tallychain.gateway.proving import Cited, EngineProver
from tallychain.gateway.readmodel_port import ReadModel
from tallychain.integrations.sheets import NotDrawn, code_of, draw
from tallychain.ledger.identity import KEYS, MEMBERS
from tallychain.ledger.parameters import CALENDARS, POLICIES
from tallychain.sdk.build import IDENTITY
from tallychain.sdk.certificate import About, checked, make_certificate, seal
from tallychain.sdk.proof import ProofUnavailable, make_bundle

_HOLDING: Final = re.compile(r"(EV[A-Z0-9]{4}[0-9]{20}):([1-9][0-9]{0,14})-[1-9][0-9]{0,14}:[0-9]{1,15}")
_VOUCHER: Final = re.compile(r"EV[A-Z0-9]{4}[0-9]{20}")
_PAYABLE: Final = re.compile(r"[0-9a-f]{64}")
_IDENTITIES: Final = 20

Row = tuple[str, bytes]
"""Table, as a certificate names it, and key in the state."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a certificate rests on: the operation, the rows it states, whose names it gives, and the tags that may have one."""

    operation: str
    rows: tuple[Row, ...]
    members: frozenset[str]
    tags: tuple[str, ...] = ()


class Certifier:
    """Makes certificates, sealed by the member's system key."""

    def __init__(
        self,
        member: str,
        key: SigningKey,
        state: LedgerState,
        read_model: ReadModel,
        prover: EngineProver,
    ) -> None:
        self._member = member
        self._key = key
        self._state = state
        self._read_model = read_model
        self._prover = prover

    async def certificate(self, kind: str, name: str, seats: Sequence[str]) -> bytes:
        """
        The certificate as a PDF, with the names and parts that these seats can open.

        Raises `GATEWAY_NOT_FOUND`, `GATEWAY_CERTIFICATE_NOT_POSSIBLE`, `GATEWAY_CERTIFICATES_NOT_INSTALLED`, and `ProofNotReady`.
        """
        subject = await self._subject(kind, name)
        rows = [
            *subject.rows,
            *(("member", MEMBERS.key(item)) for item in sorted(subject.members | {self._member})),
            ("key", KEYS.key(self._key.public)),
        ]
        material = await self._prover.material(subject.operation, tuple(seats), rows)
        if material is None:
            raise Problem("GATEWAY_NOT_FOUND")
        more = [await self._shows_itself(tag, seats) for tag in subject.tags]
        about = About(kind, name, self._member, self._key.public)
        attachment = make_certificate(about, material, [bundle for bundle in more if bundle])
        return await asyncio.to_thread(self._sheet, attachment)

    async def cited(self, operation: str, voucher: str, seats: Sequence[str]) -> bytes | None:
        """The bundle of an operation that cites policies and calendars under which a voucher stands; None if there is no such operation."""
        if not _VOUCHER.fullmatch(voucher):
            raise Problem("GATEWAY_NOT_FOUND")
        row = await self._voucher(voucher)
        wanted = ((TERM, row.term_policy), (SPLIT, row.split_policy), (SETTLEMENT, row.settlement_policy))
        policies = [item for item in wanted if item[1] and await self._state.get(POLICIES, *item) is not None]
        years = range(int(row.issue_day[:4]), int(row.effective_maturity[:4]) + 1)
        calendars = [year for year in years if await self._state.get(CALENDARS, year) is not None]
        cited = Cited(tuple(policies), tuple(calendars))
        material = await self._prover.material(operation, tuple(seats), cited=cited)
        return None if material is None else make_bundle(material)

    def _sheet(self, attachment: bytes) -> bytes:
        try:
            stated = checked(attachment)
            code = code_of(attachment, stated.chain, stated.genesis, stated.height)
            return seal(draw(stated.page, attachment, code, stated.time_ms, stated.maker), self._key)
        except ProofUnavailable as error:
            raise Problem("GATEWAY_CERTIFICATE_NOT_POSSIBLE", detail=str(error)) from None
        except NotDrawn as error:
            if error.code == "NOT_INSTALLED":
                raise Problem("GATEWAY_CERTIFICATES_NOT_INSTALLED") from None
            raise Problem("GATEWAY_CERTIFICATE_NOT_POSSIBLE", detail=str(error)) from None

    async def _subject(self, kind: str, name: str) -> Subject:
        if kind == "payable":
            return await self._payable(name)
        if kind == "holding":
            return await self._holding(name)
        if kind not in ("voucher", "settlement", "default") or not _VOUCHER.fullmatch(name):
            raise Problem("GATEWAY_NOT_FOUND")
        voucher = await self._voucher(name)
        rows: list[Row] = [("voucher", VOUCHERS.key(name))]
        tags: tuple[str, ...] = ()
        if kind == "voucher":
            tags = (voucher.receiver.tag,)
        elif kind == "settlement":
            if await self._state.get(SETTLEMENTS, name) is None:
                detail = "No money has been attested for this voucher yet."
                raise Problem("GATEWAY_CERTIFICATE_NOT_POSSIBLE", detail=detail)
            rows.append(("settlement", SETTLEMENTS.key(name)))
        elif await self._state.get(MISSED, voucher.issuer, name) is not None:
            rows.append(("missed", MISSED.key(voucher.issuer, name)))
        if kind != "voucher" and await self._state.get(SHARES, name) is not None:
            rows.append(("shares", SHARES.key(name)))
        more, guarantor = await self._guarantee(name)
        return Subject(voucher.operation, (*rows, *more), _members(voucher) | guarantor, tags)

    async def _guarantee(self, number: str) -> tuple[tuple[Row, ...], frozenset[str]]:
        """The record of who stands for a voucher, and its name; nothing where nobody does."""
        row = await self._state.get(GUARANTEES, number)
        if row is None:
            return (), frozenset()
        return (("guarantee", GUARANTEES.key(number)),), frozenset({row.guarantor})

    async def _payable(self, name: str) -> Subject:
        row = await self._state.get(PAYABLES, name) if _PAYABLE.fullmatch(name) else None
        if row is None:
            raise Problem("GATEWAY_NOT_FOUND")
        members = frozenset({row.issuer, row.presenter.sponsor})
        return Subject(name, (("payable", PAYABLES.key(name)),), members)

    async def _holding(self, name: str) -> Subject:
        found = _HOLDING.fullmatch(name)
        if found is None:
            raise Problem("GATEWAY_NOT_FOUND")
        number, first = found.group(1), int(found.group(2))
        row = await self._state.get(HOLDINGS, number, first)
        if row is None or row.id != name:
            raise Problem("GATEWAY_NOT_FOUND")
        voucher = await self._voucher(number)
        rows = (("voucher", VOUCHERS.key(number)), ("holding", HOLDINGS.key(number, first)))
        more, guarantor = await self._guarantee(number)
        members = _members(voucher) | {row.sponsor} | guarantor
        return Subject(voucher.operation, (*rows, *more), members, (row.tag,))

    async def _voucher(self, number: str) -> Voucher:
        row = await self._state.get(VOUCHERS, number)
        if row is None:
            raise Problem("GATEWAY_NOT_FOUND")
        return row

    async def _shows_itself(self, tag: str, seats: Sequence[str]) -> bytes | None:
        """A proof of an operation by which a holder shows who it is, where one of the seats can open that; else None."""
        page = await self._read_model.list("identities", {"tag": tag}, seats, "", _IDENTITIES)
        for row in page.rows:
            if not row["verified"]:
                continue
            found = await self._prover.material(str(row["operation"]), tuple(seats))
            if found is not None and found.certificates and IDENTITY in {item.label for item in found.opened}:
                return make_bundle(found)
        return None


def _members(voucher: Voucher) -> frozenset[str]:
    return frozenset({voucher.issuer, voucher.settlement_bank, voucher.receiver.sponsor})
