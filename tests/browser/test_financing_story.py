"""A supplier of two persons finances half of what it holds on telephones; two funders quote, one is chosen, registers and pays."""

import asyncio
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import Page

from tallychain.console.shown import instant
from tallychain.console.tests.test_settling import DOCUMENT
from tallychain.gateway.quotes import MARGIN_MS
from tallychain.gateway.tests.alliance import in_loop
from tallychain.gateway.tests.test_acts import two_person_seat
from tests.browser.chromium import window
from tests.browser.people import People
from tests.browser.served import Stage, stage

HOUR_MS: Final = 3_600_000
REQUEST: Final = {
    "amount": "500,000.00",
    "hours": "1",
    "form": "FACTORING",
    "recourse": "no",
    "contract": "CG-2026-0401",
    "invoices": "26312000000000000034",
    "purpose": "采购原材料",
}
QUOTE: Final = {
    "fees": "0.00",
    "day_count": "ACT_360",
    "paying_bank": "settle-a",
}
PAYEE: Final = {
    "seller_bank": "bank-a",
    "bank_code": "102290000000",
    "account": "1001234567890123456",
}
SEATS: Final = {"bank-a": "s1", "bank-b": "s4"}
"""For whom each funder buys."""
VISITED: Final = (
    "/today", "/holdings", "/financings", "/courts", "/disputes", "/pledges", "/redemptions", "/disclosure", "/ladder", "/overdue",
    "/settlement", "/settlement/calendar", "/vouchers", "/drafts", "/operations", "/acts/pledge.create",
)  # fmt: skip


async def accepted(it: People) -> tuple[str, Page, Page]:
    """The supplier's two persons accept a million on their telephones; the voucher and the two."""
    scene = it.stage.scene
    client = scene.there.clients.pop("s3")
    await scene.visitor("bank-a")
    await two_person_seat(scene.there, scene.there.gateways["bank-a"], client)
    scene.there.clients["s3"] = client
    scene.there.owners["s3"] = ("duo-maker", "duo-checker")
    number = await scene.issued("s3")
    maker, checker = await it.on_phone("bank-a", "duo-maker"), await it.on_phone("bank-a", "duo-checker")
    assert number in await it.look(maker, "/today")
    await maker.locator(f"a.button[href='/vouchers/{number}/accept']").click()
    await maker.locator("form.sign button.primary").wait_for()
    await it.approve(checker, await it.draft(maker), number)
    return number, maker, checker


async def requested(it: People, maker: Page, checker: Page) -> str:
    """Half of it is offered to two funders; the path of the financing."""
    assert "1,000,000.00" in await it.look(maker, "/holdings")
    await maker.locator("td.do a").first.click()
    await maker.locator("a[href$='/finance']").click()
    await it.fill(maker, REQUEST)
    for funder in ("bank-a", "bank-b"):
        await maker.locator(f"[name='funder.{funder}']").check()
    await it.look(maker)
    await it.window.shot(maker, "finance-phone")
    await it.read_on(maker)
    assert "500,000.00" in await it.look(maker)
    await it.approve(checker, await it.draft(maker), "CG-2026-0401")
    await it.look(maker, "/financings")
    return str(await maker.locator("a[href^='/financings/']").first.get_attribute("href"))


async def quoted(it: People, path: str, funder: str, rate: str, language: str) -> None:
    """A funder's two persons quote."""
    scene = it.stage.scene
    maker, checker = (
        await it.at_desk(funder, "maker", language),
        await it.at_desk(funder, "checker", language),
    )
    await it.look(maker, "/today")
    await maker.locator(f"a.button[href='{path}/quote']").first.click()
    day = instant(it.stage.now_ms())[:10]
    seat = {"uscc": scene.there.clients[SEATS[funder]].uscc}
    await it.fill(maker, QUOTE | seat | {"rate": rate, "value_date": day, "contract": f"BL-{funder}"})
    await it.look(maker)
    await it.read_on(maker)
    await it.approve(checker, await it.draft(maker), f"BL-{funder}")
    assert rate not in await it.look(checker, path)


async def delivered(it: Stage) -> None:
    """Once the time for quotes is over, the funders' gateways deliver them."""
    await it.at(it.now_ms() + HOUR_MS + MARGIN_MS)
    for name in ("bank-a", "bank-b"):
        gateway = it.scene.there.gateways[name].gateway
        for _ in range(6_000):
            await gateway.quotes.deliver_due()
            row = await gateway.database.read(
                lambda db: db.execute("SELECT count(*) FROM quote_kept WHERE state = 'delivered'").fetchone()
            )
            if row[0]:
                break
            await asyncio.sleep(0.02)
        else:
            raise AssertionError(f"the quote of {name} is not delivered")
    await it.everybody()


async def chosen(it: People, path: str, maker: Page, checker: Page) -> str:
    """The best quote is chosen, after the contract was read; the net proceeds."""
    said = await it.look(maker, path)
    assert "可选报价中到手净额最多" in said
    assert "比最优少" in said
    first = maker.locator("tr:has(a[href*='/award/'])").first
    assert "可选报价中到手净额最多" in await first.inner_text()
    await it.window.shot(maker, "quotes-phone")
    net = await first.locator("td.amount").first.inner_text()
    await first.locator("a[href$='/award/bank-b']").click()
    assert "合同编号 BL-bank-b" in await it.look(maker)
    await it.fill(maker, PAYEE)
    await it.read_on(maker)
    assert net in await it.look(maker)
    await it.window.shot(maker, "contract-phone")
    await it.approve(checker, await it.draft(maker), "1001234567890123456")
    return net


async def stated(it: People, member: str, kind: str, fields: dict[str, str], language: str) -> None:
    """An act of two persons by the form that the desk of financings fills in."""
    maker, checker = (
        await it.at_desk(member, "maker", language),
        await it.at_desk(member, "checker", language),
    )
    await it.look(maker, "/financings")
    await maker.locator(f"a[href*='/acts/{kind}?']").click()
    await it.fill(maker, {f"args.{name}": text for name, text in fields.items()})
    await it.look(maker)
    await maker.locator("button[value='check']").click()
    await maker.locator("form.sign").wait_for()
    draft = await it.draft(maker)
    await it.look(checker, draft)
    await it.sign(checker)


@pytest.mark.slow
@in_loop
@pytest.mark.timeout(300)
async def test_a_supplier_finances_half_of_what_it_holds_on_telephones(tmp_path: Path) -> None:
    async with stage(tmp_path) as there, window(tmp_path) as browser:
        it = People(there, browser)
        number, maker, checker = await accepted(it)
        path = await requested(it, maker, checker)
        await quoted(it, path, "bank-b", "3.65", "en-US")
        await quoted(it, path, "bank-a", "4.10", "zh-CN")
        await delivered(there)
        net = await chosen(it, path, maker, checker)
        registered = {"registration": "10012345000987654321", "certificate": DOCUMENT}
        now = instant(there.now_ms())[:16]
        await stated(it, "bank-b", "financing.register", registered | {"registered_ms": now}, "en-US")
        await there.at(there.now_ms() + HOUR_MS)
        booked = {
            "reference": "FK-20260316-1",
            "document": DOCUMENT,
            "booked_ms": instant(there.now_ms())[:16],
        }
        await stated(it, "settle-a", "financing.disburse", booked, "zh-CN")
        await it.look(maker, "/today")
        await maker.locator("a[href*='/acts/financing.complete?']").click()
        await maker.locator("button[value='check']").click()
        await maker.locator("form.sign").wait_for()
        await it.approve(checker, await it.draft(maker), number)
        said = await it.look(maker, path)
        assert "已完成" in said
        assert net in said
        await it.look(maker, "/holdings")
        assert await maker.locator("tbody tr:has(td:text-is('500,000.00'))").count() == 1
        english = await it.on_phone("bank-a", "duo-maker", "en-US")
        for page in VISITED:
            await it.look(english, page)
        said = await it.look(english, "/settlement/calendar/2026-09")
        assert "500,000.00" in said
        assert "1,000,000.00" not in said
        assert browser.complaints == []
