"""This member's registrations in the movable-property registry: what is due, what goes out as a table, and the registry's list beside the ledger.

The newest list is kept with the member's documents, encrypted, and the comparison is made of it and of the ledger's rows each time it is asked for,
so it is never older than what it says.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from msgspec import Struct

from tallychain.contracts.vouchers.financing import state as financing
from tallychain.contracts.vouchers.pledging.state import HELD, PROPOSED
from tallychain.gateway.accounts import HOUSE
from tallychain.gateway.chainclock import ChainClock
from tallychain.gateway.documents import Documents, StoredDocument
from tallychain.gateway.filekinds import CSV, XLSX, kind_of
from tallychain.gateway.problems import Problem
from tallychain.gateway.readmodel_port import ReadModel
from tallychain.instruments.calendar import local_day
from tallychain.integrations.refused import InputRefused
from tallychain.integrations.registry import (
    OVER,
    PAID_OFF,
    STANDS,
    TO_DEREGISTER,
    TO_REGISTER,
    Difference,
    Registered,
    RegistryFact,
    RegistryList,
    Stage,
    export,
    local_time,
    read_list,
    reconcile,
)

SHELF: Final = "registry:list"
"""Under which name lists are kept; no seat is called so."""
LISTS_KEPT: Final = 400
"""More than a year of days."""
FINANCINGS_MAX: Final = 20_000
_PAGE: Final = 200
_STAGES: Final[dict[str, Stage]] = {
    financing.AWARDED: TO_REGISTER,
    **dict.fromkeys((financing.REGISTERED, *financing.AFTER_MONEY, financing.COMPLETED), STANDS),
    financing.TO_DEREGISTER: TO_DEREGISTER,
    financing.DEREGISTER_LATE: TO_DEREGISTER,
    financing.FAILED: OVER,
}
_PLEDGE_STAGES: Final[dict[str, Stage]] = {PROPOSED: TO_REGISTER, **dict.fromkeys(HELD, STANDS)}
"""Whatever else a pledge is, it has ended."""
_VOUCHER_OVER: Final = frozenset({"SETTLED", "SETTLED_LATE", "RELEASED", "CANCELLED"})
_DUE: Final = frozenset({TO_REGISTER, TO_DEREGISTER})

Row = dict[str, Any]


class Report(Struct, frozen=True):
    """Ledger and registry beside each other."""

    list_ms: int
    """When the newest list was taken; 0 if there is none."""
    list_digest: str
    is_old: bool
    """Whether something is registered and the newest list is from before the last working day."""
    rows_there: int
    standing_there: int
    standing_here: int
    to_register: int
    to_deregister: int
    differences: list[Difference]


class ListRead(Struct, frozen=True):
    """What came of a list that was given."""

    taken: bool
    """Whether it was kept as the newest one; never while a row of it cannot be read."""
    rows: int
    rejected: list[Row]
    report: Report
    """The comparison with this list."""


class Registry:
    """For one member."""

    def __init__(self, member: str, documents: Documents, clock: ChainClock) -> None:
        self._member = member
        self._documents = documents
        self._clock = clock
        self._known: tuple[str, RegistryList] | None = None
        self._newest: tuple[tuple[str, int, date], Report] | None = None

    async def facts(self, rows: ReadModel) -> list[RegistryFact]:
        """Every financing of this member as funder, and every pledge to it, that is, or was, or is to be registered, the earliest deadline first."""
        found = []
        own = await rows.get("members", [self._member], ()) or {}
        vouchers: dict[str, Row] = {}
        for row in await _all(rows, "financings", {"funder": self._member}):
            stage = _STAGES.get(str(row["status"]))
            if stage is None or (stage == OVER and not row["registration"]):
                continue
            name = str(row["voucher"])
            if name not in vouchers:
                vouchers[name] = await rows.get("vouchers", [name], ()) or {}
            found.append(await self._fact(rows, row, stage, vouchers[name], own))
        found += await self._pledges(rows, own)
        return sorted(found, key=lambda fact: (fact.until_ms == 0, fact.until_ms, fact.financing))

    async def export(self, rows: ReadModel, *, everything: bool) -> bytes:
        """The table of what is to be registered or taken back now, or of all registrations."""
        facts = [fact for fact in await self.facts(rows) if everything or fact.stage in (*_DUE, PAID_OFF)]
        times = {fact.financing: local_time(fact.until_ms) for fact in facts if fact.until_ms}
        return await asyncio.to_thread(export, facts, times)

    async def take(self, rows: ReadModel, content: bytes, *, dry: bool) -> ListRead:
        """
        Read the registry's list, compare, and keep it unless it is a dry run or a row of it cannot be read.

        Raises `GATEWAY_FIELD_NOT_VALID` for a file that is no such list, and as `Documents.store`.
        """
        try:
            read = await asyncio.to_thread(read_list, content)
        except InputRefused as refused:
            detail = f"{refused.code}: {refused.sentence}".rstrip(".")
            raise Problem("GATEWAY_FIELD_NOT_VALID", detail=detail) from None
        taken = not dry and not read.rejected
        stored = await self._keep(content) if taken else None
        report = await self._report(rows, stored, read.accepted)
        if stored is not None:
            self._known = (stored.digest, read)
        rejected = [{"line": row.line, "sentence": row.sentence} for row in read.rejected]
        return ListRead(taken, len(read.accepted), rejected, report)

    async def report(self, rows: ReadModel) -> Report:
        """The ledger beside the newest list; without a list what is due."""
        stored, read = await self._last_list()
        return await self._report(rows, stored, None if read is None else read.accepted)

    async def today(self, rows: ReadModel) -> Report | None:
        """The same for the page of today, made anew when the day, the list or the number of due acts has changed; None for whoever has nothing to do with it."""
        due = 0
        for status in (financing.AWARDED, financing.TO_DEREGISTER, financing.DEREGISTER_LATE):
            due += len(
                (
                    await rows.list("financings", {"funder": self._member, "status": status}, (), "", _PAGE)
                ).rows
            )
        for status in (PROPOSED, *HELD):
            page = await rows.list("pledges", {"pledgee": self._member, "status": status}, (), "", _PAGE)
            due += len(page.rows)
        lists = await self._documents.list(SHELF, 1)
        key = (lists[0].digest if lists else "", due, local_day(self._clock.now_ms()))
        if self._newest is None or self._newest[0] != key:
            self._newest = (key, await self.report(rows))
        report = self._newest[1]
        return report if report.standing_here or report.differences else None

    async def _fact(self, rows: ReadModel, row: Row, stage: Stage, voucher: Row, own: Row) -> RegistryFact:
        name = str(row["financing"])
        seller = await _first(rows, "identities", {"operation": name})
        reasons = await _first(rows, "financing_reasons", {"financing": name})
        issuer = await rows.get("members", [str(voucher.get("issuer", ""))], ()) or {}
        if row["status"] == financing.COMPLETED and voucher.get("status") in _VOUCHER_OVER:
            stage = PAID_OFF
        invoices = str(reasons.get("invoices", ""))
        return RegistryFact(
            financing=name,
            voucher=str(row["voucher"]),
            stage=stage,
            form=str(row["form"]),
            recourse=bool(row["recourse"]),
            first=int(row["first"]),
            last=int(row["last"]),
            amount_fen=int(row["face"]),
            currency=str(voucher.get("currency", "")),
            maturity=str(row["maturity"]),
            issuer_name=str(issuer.get("name", "")),
            issuer_uscc=str(issuer.get("uscc", "")),
            seller_name=str(seller.get("name", "")),
            seller_uscc=str(seller.get("uscc", "")),
            funder_name=str(own.get("name", "")),
            funder_uscc=str(own.get("uscc", "")),
            contract=str(reasons.get("contract", "")),
            invoices=tuple(part for part in invoices.split(", ") if part),
            number=str(row["registration"] or ""),
            registered_ms=int(row["registered_at"] or 0),
            until_ms=int(row["status_until"] or 0) if stage in _DUE else 0,
            is_late=row["status"] == financing.DEREGISTER_LATE,
        )

    async def _pledges(self, rows: ReadModel, own: Row) -> list[RegistryFact]:
        """Pledges to this member that holders made by themselves; one that secures a financing stands there with it."""
        found = []
        for row in await _all(rows, "pledges", {"pledgee": self._member}):
            status, name = str(row["status"]), str(row["pledge"])
            stage = _PLEDGE_STAGES.get(status, PAID_OFF)
            never = stage == PAID_OFF and not row["registration"]
            if never or await rows.get("financings", [name], ()) is not None:
                continue
            voucher = await rows.get("vouchers", [str(row["voucher"])], ()) or {}
            if voucher.get("status") in _VOUCHER_OVER:
                stage = PAID_OFF
            terms = await _first(rows, "pledge_terms", {"pledge": name})
            seller = await _first(rows, "identities", {"operation": name})
            issuer = await rows.get("members", [str(voucher.get("issuer", ""))], ()) or {}
            first, face = int(row["first"]), int(row["face"])
            found.append(
                RegistryFact(
                    financing=name, voucher=str(row["voucher"]), stage=stage, form="PLEDGE", recourse=False, first=first,
                    last=first + face - 1, amount_fen=face, currency=str(voucher.get("currency", "")),
                    maturity=str(voucher.get("effective_maturity") or ""), issuer_name=str(issuer.get("name", "")),
                    issuer_uscc=str(issuer.get("uscc", "")), seller_name=str(seller.get("name", "")),
                    seller_uscc=str(seller.get("uscc", "")), funder_name=str(own.get("name", "")),
                    funder_uscc=str(own.get("uscc", "")), contract=str(terms.get("contract", "")), invoices=(), number="",
                    registered_ms=0, until_ms=int(row["status_until"] or 0) if stage in _DUE else 0, is_late=False, is_pledge=True,
                )
            )  # fmt: skip
        return found

    async def _report(
        self, rows: ReadModel, stored: StoredDocument | None, listed: Sequence[Registered] | None
    ) -> Report:
        facts = await self.facts(rows)
        local = {fact.financing: local_time(fact.registered_ms) for fact in facts if fact.registered_ms}
        found = await asyncio.to_thread(reconcile, facts, None if listed is None else tuple(listed), local)
        standing = sum(1 for fact in facts if fact.stage == STANDS)
        list_ms = 0 if stored is None else stored.stored_ms
        return Report(
            list_ms=list_ms,
            list_digest="" if stored is None else stored.digest,
            is_old=standing > 0 and local_day(list_ms) < _last_weekday(local_day(self._clock.now_ms())),
            rows_there=len(listed or ()),
            standing_there=sum(1 for row in listed or () if row.stands),
            standing_here=standing,
            to_register=sum(1 for fact in facts if fact.stage == TO_REGISTER),
            to_deregister=sum(1 for fact in facts if fact.stage == TO_DEREGISTER),
            differences=found,
        )

    async def _keep(self, content: bytes) -> StoredDocument:
        kind = XLSX if kind_of(content) == XLSX else CSV
        name = f"registry-{local_day(self._clock.now_ms())}.{'xlsx' if kind == XLSX else 'csv'}"
        stored = await self._documents.store(SHELF, content, name=name, media_type=kind, anew=True)
        for old in (await self._documents.list(SHELF, LISTS_KEPT + 10))[LISTS_KEPT:]:
            await self._documents.remove(SHELF, old.digest)
        return stored

    async def _last_list(self) -> tuple[StoredDocument | None, RegistryList | None]:
        lists = await self._documents.list(SHELF, 1)
        if not lists:
            return None, None
        newest = lists[0]
        if self._known is None or self._known[0] != newest.digest:
            _, content = await self._documents.get(SHELF, newest.digest)
            self._known = (newest.digest, await asyncio.to_thread(read_list, content))
        return newest, self._known[1]


async def _all(rows: ReadModel, view: str, filters: Mapping[str, str]) -> list[Row]:
    found: list[Row] = []
    cursor = ""
    while len(found) < FINANCINGS_MAX:
        page = await rows.list(view, filters, (HOUSE,), cursor, _PAGE)
        found += page.rows
        cursor = page.cursor
        if not cursor:
            break
    return found


async def _first(rows: ReadModel, view: str, filters: Mapping[str, str]) -> Row:
    page = await rows.list(view, filters, (HOUSE,), "", 1)
    return page.rows[0] if page.rows else {}


def _last_weekday(day: date) -> date:
    """The last day before this one that is no Saturday or Sunday."""
    day -= timedelta(days=1)
    while day.weekday() > 4:
        day -= timedelta(days=1)
    return day
