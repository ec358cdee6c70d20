"""From issue to take with mouse and keyboard, in Chinese; then the same pages in English and on a phone."""

import asyncio
import re
from pathlib import Path

import pytest
from playwright.async_api import Page

from tallychain.network.alliance import read_alliance
from tests.architecture.sources import ROOT
from tests.browser.accessible import violations
from tests.browser.chromium import PHONE, Window, window
from tests.running import Processes, confirmed, granted, running

ISSUE = {
    "face": "1,000,000.00",
    "maturity": "2026-09-14",
    "reference": "HT-2026-0316/1",
    "contract": "HT-2026-0316",
    "invoices": "26312000000000000018",
    "purpose": "支架",
    "amount": "1,120,000.00",
}
ROWS = (
    ("300,000.00", "bank-b", "91990202MA2Y2N021W", "CG-2026-0401", "铸件"),
    ("250,000.00", "bank-a", "91990203MA2Y3N035G", "CG-2026-0402", "表面处理"),
)
PAGES = (
    "today", "vouchers", "vouchers?scope=all", "holdings", "drafts", "operations", "members", "members/bank-a", "ledger",
    "proposals", "proposals/new", "policies", "calendar", "constitution", "acts", "tables", "tables/holdings",
)  # fmt: skip
PLACEHOLDER = re.compile(r"\{[a-z_]+\}|\b[a-z]+\.[a-z_]+_hint\b|Undefined")
CHINESE = re.compile(r"[一-鿿]")


async def refill(there: Processes, it: Window, member: str, account: str) -> None:
    """Sign a stock of cards, so that others can give something to this seat."""
    page = await it.visitor(there.url(member), account)
    if not await page.locator("form[action='/cards'] button").is_visible():
        await page.locator("details:has(form[action='/cards']) summary").click()
    await page.locator("form[action='/cards'] button").click()
    await page.wait_for_url("**/today")


async def succeeded(page: Page) -> None:
    """The page of an operation that ended well."""
    await page.wait_for_url("**/operations/*")
    await page.locator(".success").wait_for()


async def issue(there: Processes, it: Window) -> None:
    """The maker fills in and signs, the checker reads and approves."""
    maker = await it.visitor(there.url("core-a"), "maker")
    await maker.locator("nav a[href='/issue']").click()
    await maker.select_option("#payable", index=1)
    await maker.select_option("#settlement_bank", "settle-a")
    for name, value in ISSUE.items():
        await maker.fill(f"#{name}", value)
    await it.shot(maker, "issue")
    await maker.locator("main form button.primary").click()
    assert "我方承诺" in await maker.locator("pre").first.inner_text()
    await it.shot(maker, "issue-review")
    await maker.locator("form.sign button.primary").click()
    await maker.wait_for_url("**/drafts/*")
    checker = await it.visitor(there.url("core-a"), "checker")
    await checker.locator("td.do a").first.click()
    assert '"face": 100000000' in await checker.locator("pre").first.inner_text()
    await it.shot(checker, "approve")
    await checker.locator("form.sign button.primary").click()
    await succeeded(checker)


async def accept(there: Processes, it: Window) -> Page:
    """The supplier reads the promise and accepts."""
    supplier = await it.visitor(there.url("bank-a"), "s1")
    await supplier.locator("td.do a.button").first.click()
    assert "我方承诺" in await supplier.locator(".promise").inner_text()
    await it.shot(supplier, "accept")
    await supplier.locator("form.sign button").click()
    await succeeded(supplier)
    return supplier


async def offer(it: Window, supplier: Page) -> None:
    """Two parts go to two others."""
    await supplier.locator("nav a[href='/holdings']").click()
    await supplier.locator("td.do a").first.click()
    await supplier.locator(".actions a.primary").click()
    for number, (amount, sponsor, uscc, contract, purpose) in enumerate(ROWS):
        await supplier.fill(f"#amount{number}", amount)
        await supplier.select_option(f"#sponsor{number}", sponsor)
        await supplier.fill(f"#uscc{number}", uscc)
        await supplier.fill(f"#contract{number}", contract)
        await supplier.fill(f"#purpose{number}", purpose)
    await it.shot(supplier, "offer")
    await supplier.locator("main form button.primary").click()
    assert "450,000.00" in await supplier.locator("tfoot").inner_text()
    await supplier.locator("form.sign button.primary").click()
    await succeeded(supplier)


async def take(there: Processes, it: Window) -> str:
    """The receiver takes; the address of the voucher."""
    receiver = await it.visitor(there.url("bank-b"), "s2")
    await receiver.locator("td.do a.button").first.click()
    await receiver.locator("form.sign button").click()
    await succeeded(receiver)
    await receiver.locator(".actions a.primary").click()
    await receiver.wait_for_url("**/vouchers/*")
    return "/vouchers/" + receiver.url.rpartition("/")[2]


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
                labels = "h1:not(header.object h1), h2, th, dt, label, button, nav a"
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


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_promise_is_issued_accepted_split_and_taken_in_the_browser(tmp_path: Path) -> None:
    async def story() -> None:
        alliance = read_alliance(ROOT / "examples" / "chain" / "alliance.json")
        async with running(tmp_path / "alliance", alliance) as there, window(tmp_path) as it:
            for member, account in (("bank-a", "s1"), ("bank-b", "s2"), ("bank-a", "s3")):
                await refill(there, it, member, account)
            await granted(there, "core-a", 10**12)
            await confirmed(there, "core-a", "bank-a", "s1", amount=112_000_000)
            await issue(there, it)
            supplier = await accept(there, it)
            await offer(it, supplier)
            voucher = await take(there, it)
            # Without being loaded again, the page follows the ledger.
            await supplier.goto(voucher)
            await it.shot(supplier, "voucher")
            await look_around(there, it, voucher)
            await stranger(there, it, voucher)
            assert it.complaints == []

    asyncio.run(story())
