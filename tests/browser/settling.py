"""What people do in the story from the black-out to the last fen, each on the pages of their own member."""

import asyncio
from typing import Final

from playwright.async_api import Page

from tests.browser.chromium import Window
from tests.browser.steps import approve, succeeded, until_there
from tests.running import Processes

MEMBERS: Final = (("bank-a", 2), ("bank-b", 2))
"""Sponsors, and how many holdings of their clients there are: one of each voucher."""
ACCOUNT: Final = {
    "sealed.payee.name": "桐舟精密机械有限公司",
    "sealed.payee.uscc": "91990201MA2Y1N018B",
    "sealed.payee.bank": "示例银行",
    "sealed.payee.bank_code": "102290000000",
    "sealed.payee.account": "1001234567890123456",
}
RECEIVED: Final = {"args.received_ms": "2026-09-14 08:30", "args.reference": "B-20260914-1"}


async def move(page: Page, voucher: str, point: str) -> None:
    """The clock of the demonstration, moved by the button on the voucher's page."""
    await page.goto(voucher)
    # It leads to the page that is shown already, so its address says nothing.
    async with page.expect_navigation():
        await page.locator(f"form:has(input[value='{point}']) button").click()


async def name_payees(there: Processes, it: Window) -> None:
    """Each sponsor names the accounts of its clients' holdings."""
    for member, holdings in MEMBERS:
        staff, named = await it.visitor(there.url(member), "system"), set[str]()
        for _ in range(holdings):
            # One whose account was just named may be listed still.
            link = await next_payee(staff, named)
            named.add(link)
            await staff.locator(f"a[href='{link}']").click()
            for name, value in ACCOUNT.items():
                await staff.fill(f"[name='{name}']", value)
            await staff.locator("button[value='check']").click()
            await staff.locator("form.sign button.primary").click()
            await succeeded(staff)


async def next_payee(staff: Page, named: set[str]) -> str:
    """The link of a holding whose account is to be named, and was not yet."""
    for _ in range(600):
        await staff.goto("/settlement")
        links = await staff.locator("a[href*='settlement.payee']").evaluate_all(
            "found => found.map(it => it.getAttribute('href'))"
        )
        if fresh := [str(link) for link in links if link not in named]:
            return fresh[0]
        await asyncio.sleep(0.2)
    raise AssertionError(await staff.locator("main").inner_text())


async def attest(
    there: Processes,
    it: Window,
    document: str,
    voucher: str,
    booked: dict[str, str] = RECEIVED,
    says: str = "1,000,000.00",
) -> None:
    """The settlement bank states what was booked, and when."""
    maker = await it.visitor(there.url("settle-a"), "maker")
    number = voucher.rpartition("/")[2]
    await until_there(maker, "/settlement", f"a[href*='settlement.attest'][href*='{number}']")
    if booked is RECEIVED:
        await it.shot(maker, "settlement")
    await maker.locator(f"a[href*='settlement.attest'][href*='{number}']").click()
    for name, value in booked.items():
        await maker.fill(f"[name='{name}']", value)
    await maker.set_input_files("input[type='file'][name='args.document']", document)
    await maker.locator("button[value='check']").click()
    await maker.locator("form.sign button.primary").click()
    await maker.wait_for_url("**/drafts/*")
    await approve(there, it, "settle-a", says)


async def pay_out(
    there: Processes, it: Window, document: str, at: str = "2026-09-14 08:45", reference: str = "P-20260914"
) -> None:
    """Every holder of the one voucher that is paid out is paid what it has coming."""
    maker = await it.visitor(there.url("settle-a"), "maker")
    await until_there(maker, "/settlement", "a[href*='settlement.payout']")
    await maker.locator("a[href*='settlement.payout']").first.click()
    await maker.fill("[name='args.paid_ms']", at)
    rows = maker.locator("[name^='args.rows.'][name$='.reference']")
    for number in range(len(MEMBERS)):
        await rows.nth(number).fill(f"{reference}-{number + 1}")
    await maker.set_input_files("input[type='file'][name='args.document']", document)
    await maker.locator("button[value='check']").click()
    await maker.locator("form.sign button.primary").click()
    await maker.wait_for_url("**/drafts/*")
    await approve(there, it, "settle-a", f"{reference}-1")
