"""What people do in the story, each with mouse and keyboard on the pages of their own member."""

import asyncio
from pathlib import Path
from typing import Final

from playwright.async_api import Page, expect

from tests.architecture.sources import ROOT
from tests.browser.chromium import PATIENCE_S, Window
from tests.running import Processes

EXAMPLES: Final = ROOT / "examples" / "chain"
INVOICES: Final = tuple(EXAMPLES / "invoices" / f"2699200000000000000{number}.xml" for number in (1, 2))
PAYABLES: Final = EXAMPLES / "payables" / "core-a-sap.csv"
CEILING: Final = {
    "args.amount": "50,000,000.00",
    "args.currency": "CNY",
    "args.valid_from": "2026-03-16",
    "args.valid_until": "2027-03-15",
}
PRESENTED: Final = {
    "amount": "1,120,000.00",
    "due": "2026-09-14",
    "reference": "HT-2026-0316",
    "relation": "HT-2026-0316",
    "purpose": "支架",
}
ISSUE: Final = {
    "face": "1,000,000.00",
    "maturity": "2026-09-14",
    "reference": "HT-2026-0316/1",
    "contract": "HT-2026-0316",
    "invoices": "26992000000000000001",
    "purpose": "支架",
    "amount": "1,120,000.00",
}
ROWS: Final = (
    ("300,000.00", "bank-b", "91990202MA2Y2N021W", "CG-2026-0401", "铸件"),
    ("250,000.00", "bank-a", "91990203MA2Y3N035G", "CG-2026-0402", "表面处理"),
)


async def refill(there: Processes, it: Window, member: str, account: str) -> None:
    """Sign a stock of cards, so that others can give something to this seat."""
    page = await it.visitor(there.url(member), account)
    if not await page.locator("form[action='/cards'] button").is_visible():
        await page.locator("details:has(form[action='/cards']) summary").click()
    await page.locator("form[action='/cards'] button").click()
    await page.wait_for_url("**/today")


async def until_shown(page: Page, address: str, *texts: str, without: str = "") -> None:
    """Load a page until it says all of this: each gateway follows by itself, and may be a block behind the one that acted."""
    said = ""
    for _ in range(600):
        await page.goto(address)
        said = await page.locator("main").inner_text()
        if all(text in said for text in texts) and not (without and without in said):
            return
        await asyncio.sleep(0.2)
    raise AssertionError((address, texts, without, said))


async def until_there(page: Page, address: str, selector: str) -> None:
    """Load a page until it has this element, for the same reason."""
    for _ in range(600):
        await page.goto(address)
        if await page.locator(selector).count():
            return
        await asyncio.sleep(0.2)
    raise AssertionError((address, selector, await page.locator("main").inner_text()))


async def succeeded(page: Page) -> None:
    """The page of an operation that ended well."""
    await page.wait_for_url("**/operations/*")
    await page.locator(".success").wait_for()


async def approve(there: Processes, it: Window, member: str, says: str, shot: str = "") -> Page:
    """The checker reads the first draft that waits, and signs."""
    checker = await sign_first(there, it, member, says, shot)
    await succeeded(checker)
    return checker


async def sign_first(there: Processes, it: Window, member: str, says: str, shot: str = "") -> Page:
    """The checker reads and signs the first draft that waits, whatever the ledger says to it."""
    checker = await it.visitor(there.url(member), "checker")
    await checker.locator("a.button[href^='/drafts/']").first.click()
    await checker.wait_for_url("**/drafts/*")
    assert says in await checker.locator("main").inner_text()
    if shot:
        await it.shot(checker, shot)
    await checker.locator("form.sign button.primary").click()
    return checker


async def grant(there: Processes, it: Window) -> None:
    """A bank lets the core enterprise have something outstanding."""
    maker = await it.visitor(there.url("bank-a"), "maker")
    await maker.locator("nav a[href='/ceilings']").click()
    await maker.locator("section .actions a[href*='issuer=core-a']").click()
    for name, value in CEILING.items():
        await maker.fill(f"[name='{name}']", value)
    await maker.locator("button[value='check']").click()
    await maker.locator("form.sign button.primary").click()
    await maker.wait_for_url("**/drafts/*")
    checker = await approve(there, it, "bank-a", "50,000,000.00")
    await until_shown(checker, "/ceilings", "50,000,000.00")
    await it.shot(checker, "ceilings")


async def present(there: Processes, it: Window) -> None:
    """The supplier attaches its e-invoices and presents what it is owed."""
    supplier = await it.visitor(there.url("bank-a"), "s1")
    await supplier.locator("nav a[href='/payables']").click()
    await supplier.locator("a.primary[href='/payables/new']").click()
    await supplier.set_input_files("#files", [str(path) for path in INVOICES])
    await supplier.locator("button[value='files']").click()
    await expect(supplier.locator("[name='total1']")).to_have_value("520,000.00", timeout=PATIENCE_S * 1_000)
    await supplier.select_option("#debtor", "core-a")
    for name, value in PRESENTED.items():
        await supplier.fill(f"#{name}", value)
    await supplier.locator("button[value='check']").click()
    await it.shot(supplier, "present")
    await supplier.locator("form.sign button.primary").click()
    await succeeded(supplier)


async def confirm(there: Processes, it: Window, table: Path = PAYABLES) -> None:
    """The core enterprise compares its own table with what was presented, and confirms what fits."""
    maker = await it.visitor(there.url("core-a"), "maker")
    await until_there(maker, "/today", "a.button[href$='/confirm']")
    await maker.goto("/payables/upload")
    await maker.set_input_files("#table", str(table))
    await maker.locator("form.card button.primary").click()
    picked = maker.locator("input[type='checkbox']:checked")
    await picked.first.wait_for()
    assert await picked.count() == 1
    await it.shot(maker, "payables-table")
    await maker.locator("form[action='/payables/upload/confirm'] button.primary").click()
    await maker.locator("a[href^='/drafts/']").wait_for()
    await approve(there, it, "core-a", "1,120,000.00")


async def issue(there: Processes, it: Window, promise: dict[str, str] = ISSUE) -> None:
    """The maker fills in and signs, the checker reads and approves."""
    maker = await it.visitor(there.url("core-a"), "maker")
    is_first = promise is ISSUE
    await draft_issue(maker, promise, it if is_first else None)
    fen = promise["face"].replace(",", "").replace(".", "")
    await approve(there, it, "core-a", f'"face": {fen}', "approve" if is_first else "")


async def draft_issue(maker: Page, promise: dict[str, str], shots: Window | None = None) -> None:
    """The maker's side of a promise on the confirmed payable."""
    await until_there(maker, "/payables?status=CONFIRMED", "tbody a")
    await maker.locator("tbody a").first.click()
    await maker.locator(".actions a.primary").click()
    await maker.select_option("#settlement_bank", "settle-a")
    for name, value in promise.items():
        await maker.fill(f"#{name}", value)
    if shots:
        await shots.shot(maker, "issue")
    await maker.locator("main form button.primary").click()
    assert "我方承诺" in await maker.locator("pre").first.inner_text()
    if shots:
        await shots.shot(maker, "issue-review")
    await maker.locator("form.sign button.primary").click()
    await maker.wait_for_url("**/drafts/*")


async def accept(there: Processes, it: Window) -> Page:
    """The supplier reads the promise and accepts."""
    supplier = await it.visitor(there.url("bank-a"), "s1")
    await until_there(supplier, "/today", "a.button[href$='/accept']")
    await supplier.locator("a.button[href$='/accept']").first.click()
    assert "我方承诺" in await supplier.locator(".promise").inner_text()
    await it.shot(supplier, "accept")
    await supplier.locator("form.sign button").click()
    await succeeded(supplier)
    return supplier


async def offer(
    it: Window, supplier: Page, rows: tuple[tuple[str, ...], ...] = ROWS, voucher: str = ""
) -> None:
    """Parts of the first holding, or of that of a voucher, go to others."""
    await supplier.locator("nav a[href='/holdings']").click()
    await supplier.locator(f"tr:has(a[href^='{voucher or '/vouchers/'}']) td.do a").first.click()
    await supplier.locator(".actions a.primary").click()
    for number, (amount, sponsor, uscc, contract, purpose) in enumerate(rows):
        await supplier.fill(f"#amount{number}", amount)
        await supplier.select_option(f"#sponsor{number}", sponsor)
        await supplier.fill(f"#uscc{number}", uscc)
        await supplier.fill(f"#contract{number}", contract)
        await supplier.fill(f"#purpose{number}", purpose)
    if rows is ROWS:
        await it.shot(supplier, "offer")
    await supplier.locator("main form button.primary").click()
    if rows is ROWS:
        await expect(supplier.locator("tfoot")).to_contain_text("450,000.00", timeout=PATIENCE_S * 1_000)
    await supplier.locator("form.sign button.primary").click()
    await succeeded(supplier)


async def take(there: Processes, it: Window) -> str:
    """The receiver takes; the address of the voucher."""
    receiver = await it.visitor(there.url("bank-b"), "s2")
    await until_there(receiver, "/today", "a.button[href$='/take']")
    await receiver.locator("a.button[href$='/take']").first.click()
    await receiver.locator("form.sign button").click()
    await succeeded(receiver)
    await receiver.locator(".actions a.primary").click()
    await receiver.wait_for_url("**/vouchers/*")
    return "/vouchers/" + receiver.url.rpartition("/")[2]
