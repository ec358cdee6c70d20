"""From a payable to title taken with mouse and keyboard, in Chinese; then the same pages in English and on a phone."""

import asyncio
import re
from pathlib import Path

import pytest
from playwright.async_api import Page

from tallychain.network.alliance import read_alliance
from tests.architecture.sources import ROOT
from tests.browser import settling, shortfall, steps
from tests.browser.accessible import violations
from tests.browser.chromium import PHONE, Window, window
from tests.running import Processes, running

PAGES = (
    "today", "vouchers", "vouchers?scope=all", "holdings", "drafts", "operations", "members", "members/bank-a", "ledger",
    "payables", "ceilings", "settlement", "settlement/calendar/2026-09", "proposals", "proposals/new", "policies", "calendar", "constitution", "acts", "tables", "tables/holdings",
)  # fmt: skip
PLACEHOLDER = re.compile(r"\{[a-z_]+\}|\b[a-z]+\.[a-z_]+_hint\b|Undefined")
CHINESE = re.compile(r"[一-鿿]")


async def look_around(there: Processes, it: Window, voucher: str) -> None:
    """Every page in English and on a phone: no word missing, nothing wider than the screen."""
    for size, language in (((1280, 860), "en-US"), (PHONE, "zh-CN")):
        page = await it.visitor(there.url("bank-a"), "s1", language=language, size=size)
        paths = [f"/{name}" for name in PAGES] + [voucher, f"{voucher}/visible"]
        holding = await page.goto("/holdings") and await page.locator("td.do a").first.get_attribute("href")
        for path in (*paths, holding, f"{holding}/print", f"{holding}/offer"):
            await page.goto(str(path))
            shown = await page.locator("body").inner_text()
            assert not PLACEHOLDER.search(shown), (path, shown)
            if language == "en-US":
                # What an object is called stands as it was written.
                labels = "h1:not(header.object h1), h2:not(header.object h2), th, dt, label, button, nav a"
                texts = await page.locator(labels).all_inner_texts()
                assert [text for text in texts if CHINESE.search(text)] == [], path
            assert await violations(page) == [], path
            width = await page.evaluate("document.documentElement.scrollWidth")
            assert width <= size[0], (path, width)
        await page.goto(voucher)
        await it.shot(page, "voucher-phone" if size == PHONE else "voucher-en")


async def stranger(there: Processes, it: Window, voucher: str) -> None:
    """A bank that has no part in it sees the structure and no name."""
    page = await it.visitor(there.url("factor-a"), "maker")
    await page.goto(voucher)
    shown = await page.locator("main").inner_text()
    assert "桐舟" not in shown
    assert "砚峰" not in shown
    assert "HT-2026-0316" not in shown
    await it.shot(page, "voucher-stranger")
    await page.goto(f"{voucher}/visible")
    await it.shot(page, "visible")


async def paid(there: Processes, it: Window, supplier: Page, voucher: str) -> None:
    """From the black-out to the last fen, on the driven clock."""
    document = str(steps.PAYABLES)
    await settling.move(supplier, voucher, "blackout")
    await settling.name_payees(there, it)
    await settling.move(supplier, voucher, "maturity")
    await settling.attest(there, it, document, voucher)
    await settling.pay_out(there, it, document)
    await steps.until_shown(supplier, voucher, "已结清", "P-20260914-2")
    await it.shot(supplier, "voucher-settled")


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_payable_is_presented_confirmed_promised_split_and_taken_in_the_browser(tmp_path: Path) -> None:
    async def story() -> None:
        alliance = read_alliance(ROOT / "examples" / "chain" / "alliance.json")
        async with running(tmp_path / "alliance", alliance) as there, window(tmp_path) as it:
            for member, account in (("bank-a", "s1"), ("bank-b", "s2"), ("bank-a", "s3")):
                await steps.refill(there, it, member, account)
            await steps.grant(there, it)
            await steps.present(there, it)
            await steps.confirm(there, it)
            await steps.issue(there, it)
            supplier = await steps.accept(there, it)
            await steps.offer(it, supplier)
            voucher = await steps.take(there, it)
            # Without being loaded again, the page follows the ledger.
            await supplier.goto(voucher)
            await it.shot(supplier, "voucher")
            await look_around(there, it, voucher)
            await stranger(there, it, voucher)
            short = await shortfall.promised(there, it)
            await paid(there, it, supplier, voucher)
            document = str(steps.PAYABLES)
            await shortfall.unpaid(there, it, document, short)
            await shortfall.paid_late(there, it, document, short)
            assert it.complaints == []

    asyncio.run(story())
