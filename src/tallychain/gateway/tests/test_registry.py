"""A funder's registrations: the table that goes out, the list that comes back, and what the page of today says."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from tallychain.gateway.chainclock import ChainClock
from tallychain.gateway.database import Database
from tallychain.gateway.documents import Documents
from tallychain.gateway.problems import Problem
from tallychain.gateway.readmodel_port import AsOf, Page, ReadModel
from tallychain.gateway.registry import LISTS_KEPT, SHELF, Registry
from tallychain.gateway.tests.alliance import in_loop
from tallychain.testkit import back_ends
from tallychain.testkit.standinregistry import StandInRegistry

SELLER, FUNDER = "91990202MA2Y2N021W", "91350100M000100Y43"
AT_MS = 1_776_304_800_000
DAY_MS = 86_400_000
NAME, PLEDGE = "f1" * 32, "7e" * 32
Row = dict[str, Any]


class Rows:
    """Rows as the read model has them, for one financing of one funder."""

    def __init__(self) -> None:
        self.financing: Row = {
            "financing": NAME, "voucher": "EV1", "status": "AWARDED", "status_until": AT_MS + DAY_MS, "form": "FACTORING", "recourse": 1,
            "first": 1, "last": 100, "face": 100, "maturity": "2026-09-14", "funder": "factor-a", "registration": None, "registered_at": None,
        }  # fmt: skip
        self.voucher: Row = {"voucher": "EV1", "issuer": "ce-a", "currency": "CNY", "status": "ACTIVE"}
        self.pledges: list[Row] = []
        self.asked = 0

    async def list(
        self, view: str, filters: Mapping[str, str], seats: Sequence[str], cursor: str, limit: int
    ) -> Page:
        self.asked += 1
        known = {
            "financings": [self.financing],
            "pledges": self.pledges,
            "pledge_terms": [{"pledge": PLEDGE, "contract": "ZY-1"}],
            "identities": [{"operation": name, "name": "Seller", "uscc": SELLER} for name in (NAME, PLEDGE)],
            "financing_reasons": [{"financing": NAME, "contract": "HT-1", "invoices": "1, 2"}],
        }
        found = [row for row in known[view] if all(str(row[name]) == text for name, text in filters.items())]
        return Page(found, "", AsOf(1, AT_MS))

    async def get(self, view: str, key: Sequence[str], seats: Sequence[str]) -> Row | None:
        members = {"factor-a": ("Factor", FUNDER), "ce-a": ("Issuer", SELLER)}
        if view == "members":
            name, uscc = members[key[0]]
            return {"name": name, "uscc": uscc}
        if view == "financings":
            return self.financing if key[0] == NAME else None
        return self.voucher


class World:
    """A funder's gateway as far as its registrations go."""

    def __init__(self, folder: Path, database: Database) -> None:
        self.clock = ChainClock(driven=True)
        self.clock.saw(5, AT_MS)
        self.documents = Documents(folder, 100_000, 1_000_000, b"s" * 32, database, self.clock)
        self.registry = Registry("factor-a", self.documents, self.clock)
        self.rows = Rows()
        self.model = cast(ReadModel, self.rows)

    def registered(self, number: str, status: str = "REGISTERED") -> None:
        self.rows.financing |= {"status": status, "registration": number, "registered_at": AT_MS}


@asynccontextmanager
async def world(folder: Path) -> AsyncIterator[World]:
    (folder / "documents").mkdir()
    database = Database(back_ends.own_tables(folder / "g.sqlite"))
    try:
        yield World(folder / "documents", database)
    finally:
        database.close()


@in_loop
async def test_a_financing_is_exported_registered_listed_and_taken_back(tmp_path: Path) -> None:
    async with world(tmp_path) as it:
        stand_in = StandInRegistry()
        report = await it.registry.report(it.model)
        assert (report.to_register, report.standing_here, report.list_ms, report.is_old) == (1, 0, 0, False)
        assert [(row.kind, row.until_ms) for row in report.differences] == [
            ("REGISTRATION_DUE", AT_MS + DAY_MS)
        ]

        table = await it.registry.export(it.model, everything=False)
        for text in ("初始登记", "HT-1", SELLER, FUNDER, "2026-04-17 10:00:00"):
            assert text.encode() in table
        it.registered(stand_in.take(table, "2026-04-16 10:00:00")[NAME])
        assert (await it.registry.report(it.model)).is_old
        assert len((await it.registry.export(it.model, everything=False)).splitlines()) == 1

        tried = await it.registry.take(it.model, stand_in.list(), dry=True)
        assert (tried.taken, tried.rows, tried.report.differences) == (False, 1, [])
        assert await it.documents.list(SHELF, 1) == []
        read = await it.registry.take(it.model, stand_in.list(), dry=False)
        assert (read.taken, read.report.differences, read.report.is_old) == (True, [], False)
        assert (read.report.standing_here, read.report.standing_there) == (1, 1)

        # It fails: the ledger says by when it is taken back, and the list that still has it says so until it is.
        it.registered(it.rows.financing["registration"], "TO_DEREGISTER")
        assert [row.kind for row in (await it.registry.report(it.model)).differences] == [
            "DEREGISTRATION_DUE"
        ]
        stand_in.take(await it.registry.export(it.model, everything=False), "")
        it.registered(it.rows.financing["registration"], "FAILED")
        assert [row.kind for row in (await it.registry.report(it.model)).differences] == ["STANDS_THERE"]
        assert (await it.registry.take(it.model, stand_in.list(), dry=False)).report.differences == []


@in_loop
async def test_a_registration_of_a_voucher_that_was_paid_is_to_be_ended(tmp_path: Path) -> None:
    async with world(tmp_path) as it:
        stand_in = StandInRegistry()
        it.registered(
            stand_in.take(await it.registry.export(it.model, everything=False), "2026-04-16")[NAME],
            "COMPLETED",
        )
        await it.registry.take(it.model, stand_in.list(), dry=False)
        assert (await it.registry.report(it.model)).differences == []
        it.rows.voucher["status"] = "SETTLED"
        assert [row.kind for row in (await it.registry.report(it.model)).differences] == ["END_DUE"]
        assert "注销登记".encode() in await it.registry.export(it.model, everything=False)


@in_loop
async def test_a_pledge_is_exported_found_in_the_list_by_parties_and_amount_and_ended(tmp_path: Path) -> None:
    async with world(tmp_path) as it:
        it.rows.financing["funder"] = "bank-b"
        pledge: Row = {
            "pledge": PLEDGE, "voucher": "EV1", "first": 1, "face": 12_500_000, "pledgee": "factor-a", "registration": "", "status": "PROPOSED",
            "status_until": AT_MS + DAY_MS,
        }  # fmt: skip
        it.rows.pledges = [pledge, {**pledge, "pledge": NAME, "status": "PLEDGED"}]
        report = await it.registry.report(it.model)
        assert [(row.kind, row.financing, row.is_pledge) for row in report.differences] == [
            ("REGISTRATION_DUE", PLEDGE, True)
        ]
        table = await it.registry.export(it.model, everything=False)
        for text in ("初始登记", "ZY-1", "应收账款质押", "125000.00", f"账本质押编号：{PLEDGE}"):
            assert text.encode() in table
        stand_in = StandInRegistry()
        stand_in.take(table, "2026-04-16 10:00:00")
        pledge |= {"status": "PLEDGED", "registration": "c7" * 32}
        read = await it.registry.take(it.model, stand_in.list(), dry=False)
        assert (read.report.standing_here, read.report.differences) == (1, [])
        second = {**pledge, "pledge": "7f" * 32}
        it.rows.pledges.append(second)
        assert [(row.kind, row.financing) for row in (await it.registry.report(it.model)).differences] == [
            ("MISSING_THERE", "7f" * 32)
        ]
        second["status"] = "LIFTED"
        assert (await it.registry.report(it.model)).differences == [], (
            "one that has ended takes nothing from one that stands"
        )
        pledge["status"] = "LIFTED"
        assert [(row.kind, row.number != "") for row in (await it.registry.report(it.model)).differences] == [
            ("END_DUE", True)
        ]
        assert "注销登记".encode() in await it.registry.export(it.model, everything=False)


@in_loop
async def test_a_list_with_a_row_that_cannot_be_read_is_not_kept(tmp_path: Path) -> None:
    async with world(tmp_path) as it:
        lines = StandInRegistry().list().decode("gb18030") + "1,2\r\n"
        read = await it.registry.take(it.model, lines.encode(), dry=False)
        assert (read.taken, [row["line"] for row in read.rejected]) == (False, [2])
        assert await it.documents.list(SHELF, 1) == []
        with pytest.raises(Problem) as caught:
            await it.registry.take(it.model, b"not a list", dry=False)
        assert caught.value.code == "GATEWAY_FIELD_NOT_VALID"


@in_loop
async def test_today_is_made_anew_for_another_day_list_or_deadline_and_is_silent_for_who_registers_nothing(
    tmp_path: Path,
) -> None:
    async with world(tmp_path) as it:
        first = await it.registry.today(it.model)
        assert first is not None
        assert await it.registry.today(it.model) is first
        it.registered("A-0001")
        stands = await it.registry.today(it.model)
        assert stands is not None
        assert stands is not first
        assert stands.is_old
        await it.registry.take(it.model, StandInRegistry().list(), dry=False)
        listed = await it.registry.today(it.model)
        assert listed is not None
        assert ([row.kind for row in listed.differences], listed.is_old) == (["MISSING_THERE"], False)

        # The same list again on another day is a new one; without it the alarm comes on the second working day.
        it.clock.saw(6, AT_MS + 2 * DAY_MS)
        later = await it.registry.today(it.model)
        assert later is not None
        assert later.is_old
        await it.registry.take(it.model, StandInRegistry().list(), dry=False)
        again = await it.registry.report(it.model)
        assert (again.is_old, again.list_ms) == (False, AT_MS + 2 * DAY_MS)
        assert len(await it.documents.list(SHELF, LISTS_KEPT)) == 1

        it.rows.financing["funder"] = "bank-b"
        await it.registry.take(it.model, StandInRegistry().list(), dry=False)
        it.clock.saw(7, AT_MS + 3 * DAY_MS)
        assert await it.registry.today(it.model) is None
