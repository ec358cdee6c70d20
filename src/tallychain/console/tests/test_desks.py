"""The desks that reckon: maturities, calls before the cut-off, what is overdue, and the supervisor's overview."""

from datetime import date
from pathlib import Path

import pytest

from tallychain.console import flows
from tallychain.console.deadlines import deadlines_of
from tallychain.console.flows import Flow, Flows
from tallychain.console.navigation import PAGES
from tallychain.console.pages.courts import days_left
from tallychain.console.tests.browsing import Browser, Scene, projected, scene
from tallychain.console.tests.test_settling import DOCUMENT, act, moved
from tallychain.console.words import catalogue
from tallychain.gateway.tests.alliance import in_loop
from tallychain.instruments.calendar import instant_ms, parse_date

CUTOFF = 1_789_376_400_000
MINUTE = 60_000


def owed(voucher: str, outstanding: int = 100, cutoff: int = CUTOFF) -> dict[str, object]:
    return {
        "voucher": voucher,
        "issuer": "ce-a",
        "settlement_bank": "settle-a",
        "outstanding": outstanding,
        "cutoff": cutoff,
    }


def flow(voucher: str, day: str, amount: int) -> Flow:
    return Flow(voucher, "ce-a", "settle-a", day, amount, "ACTIVE")


def called(minutes: int, member: str = "settle-a") -> list[tuple[str, str, int]]:
    """What is called so many minutes before the cut-off."""
    rows = [owed("EV2"), owed("EV1"), owed("EV3", outstanding=0), owed("EV4", cutoff=0)]
    found = deadlines_of(rows, member, CUTOFF - minutes * MINUTE)
    return [(str(one.row["voucher"]), one.call, one.minutes) for one in found]


def test_who_owes_and_who_settles_are_called_two_hours_and_half_an_hour_before_the_cut_off() -> None:
    assert called(121) == []
    assert called(120) == [("EV1", "first", 120), ("EV2", "first", 120)]
    assert called(31, "ce-a") == [("EV1", "first", 31), ("EV2", "first", 31)]
    assert called(30) == [("EV1", "last", 30), ("EV2", "last", 30)]
    assert called(0) == []
    assert called(30, "bank-a") == []


def test_a_ladder_sums_weeks_from_monday_and_whole_months_and_what_was_due_before_stands_apart() -> None:
    found = Flows(
        "bank",
        (
            flow("EV1", "2026-09-11", 50),
            flow("EV2", "2026-09-14", 100),
            flow("EV3", "2026-09-20", 200),
            flow("EV4", "2026-09-21", 400),
            flow("EV5", "2026-12-31", 10),
        ),
        is_whole=True,
    )

    past, weeks = flows.ladder(found, flows.WEEK, date(2026, 9, 14))
    assert past is not None
    assert (past.sum, past.so_far) == (50, 50)
    assert [(one.first, one.last, one.sum, one.so_far, one.share) for one in weeks] == [
        ("2026-09-14", "2026-09-20", 300, 350, 75.0),
        ("2026-09-21", "2026-09-27", 400, 750, 100.0),
        ("2026-12-28", "2027-01-03", 10, 760, 2.5),
    ]
    none, months = flows.ladder(found, flows.MONTH, date(2026, 9, 11))
    assert none is None
    assert [(one.first, one.last, one.sum) for one in months] == [
        ("2026-09-01", "2026-09-30", 750),
        ("2026-12-01", "2026-12-31", 10),
    ]
    assert flows.ladder(Flows("bank", (), is_whole=True), flows.WEEK, date(2026, 9, 14)) == (None, ())


def test_only_a_freeze_that_stands_and_was_not_executed_runs_out() -> None:
    today = date(2026, 9, 14)

    assert days_left({"status": "FROZEN", "until": "2026-10-14"}, today) == 30
    assert days_left({"status": "FROZEN", "until": "2026-09-14"}, today) == 0
    assert days_left({"status": "AWARDED", "until": "2026-10-14"}, today) is None
    assert days_left({"status": "UNFROZEN", "until": "2026-10-14"}, today) is None


def test_every_page_of_the_navigation_has_its_word() -> None:
    assert {f"nav.{name}" for name in PAGES} <= catalogue("zh").keys()


async def ladders(it: Scene, number: str, s1: Browser) -> None:
    """Issuer, settlement bank, holder and sponsor each see the same million on their side."""
    for member, account, side in (
        ("ce-a", "maker", "issuer"),
        ("settle-a", "maker", "bank"),
        ("bank-a", "s1", "holder"),
        ("bank-a", "maker", "clients"),
    ):
        visitor = await it.visitor(member, account)
        for by in ("week", "month"):
            shown = await visitor.page(f"/ladder?side={side}&by={by}")
            assert "1,000,000.00" in shown, (member, side)
            assert number in shown
        listed = (await visitor.get(f"/ladder?side={side}&as=csv")).text
        assert f"2026-09-14,{number},ce-a,settle-a,1000000.00" in listed
    assert (await s1.get("/ladder?as=pdf")).status_code == 404
    assert "没有到期款项" in await (await it.visitor("bank-b", "maker")).page("/ladder")


async def at(it: Scene, minutes: int) -> None:
    """The ledger's clock at a time of the day of maturity, seen by every gateway."""
    engine = next(iter(it.there.gateways.values())).gateway.engine
    await engine.advance(instant_ms(parse_date("2026-09-14")) + minutes * MINUTE)
    for running in it.there.gateways.values():
        await projected(running)


@pytest.mark.slow
@in_loop
@pytest.mark.timeout(300)
async def test_what_falls_due_is_called_in_time_and_what_is_not_paid_stands_on_the_desk_of_the_overdue(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as it:
        number, s1 = await it.held()
        bank, second = await it.visitor("settle-a", "maker"), await it.visitor("settle-a", "checker")
        issuer, stranger = await it.visitor("ce-a", "maker"), await it.visitor("bank-b", "maker")
        await ladders(it, number, s1)
        await at(it, 14 * 60 + 59)
        assert "今日付款提醒" not in await bank.page("/settlement")
        await at(it, 15 * 60)
        for visitor, path in ((bank, "/settlement"), (bank, "/today"), (issuer, "/today")):
            assert "今日付款提醒" in await visitor.page(path)
        assert "今日付款提醒" not in await s1.page("/today")
        await at(it, 16 * 60 + 30)
        assert "最后提醒" in await bank.page("/settlement")
        await moved(it, s1, number, "cutoff")
        assert "最后提醒" not in await bank.page("/settlement")
        await it.there.gateways["bank-a"].gateway.engine.advance(instant_ms(parse_date("2026-09-24")))
        for running in it.there.gateways.values():
            await projected(running)
        # 1,000,000.00 at 0.05 % a day for ten days.
        for visitor in (bank, issuer, s1):
            shown = await visitor.page("/overdue")
            assert number in shown
            assert "5,000.00" in shown
            assert "信用原因" in shown
        assert number not in await stranger.page("/overdue")
        assert number in await stranger.page("/overdue?scope=all")
        assert "/acts/debt.write_off?" in await s1.page("/overdue")
        assert "/acts/settlement.late?" in await bank.page("/overdue")
        assert "/acts/debt.write_off?" not in await issuer.page("/overdue")
        listed = (await bank.get("/overdue?as=csv")).text
        assert "10,1000000.00,1000000.00,5000.00,0.00" in listed
        booked = {
            "voucher": number,
            "amount": "1,000,000.00",
            "received_ms": "2026-09-23 08:30",
            "reference": "B-9",
        }
        await act(bank, second, "settlement.attest", booked | {"document": DOCUMENT})
        assert "没有逾期凭证" in await s1.page("/overdue")
        assert "4,500.00" in await s1.page("/overdue?ended=yes")


@in_loop
@pytest.mark.timeout(300)
@pytest.mark.slow
async def test_only_a_supervisor_sees_the_overview_and_every_figure_of_it(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        number, s1 = await it.held()
        watcher = await it.visitor("supervisor", "maker")
        shown = await watcher.page("/supervision")
        assert "1,000,000.00" in shown
        assert "没有预警" in shown
        assert 'href="/supervision"' in await watcher.page("/today")
        for visitor in (s1, await it.visitor("bank-b", "maker")):
            assert (await visitor.get("/supervision")).status_code == 403
            assert 'href="/supervision"' not in await visitor.page("/today")
        await moved(it, s1, number, "maturity")
        assert "今日到期尚未付清" in await watcher.page("/supervision")
        await moved(it, s1, number, "cutoff")
        shown = await watcher.page("/supervision")
        assert "已限制开立" in shown
        listed = (await watcher.get("/supervision?as=csv")).text
        assert ",1000000.00,1000000.00,1" in listed
        english = await it.visitor("supervisor", "looker", "en")
        assert "Read by accounts" not in await english.page("/supervision")
