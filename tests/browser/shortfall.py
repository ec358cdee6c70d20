"""A second, smaller promise that is short at its cut-off: unpaid, its issuer blocked, paid late, and the block lifted."""

from typing import Final

from playwright.async_api import Page

from tests.browser import settling, steps
from tests.browser.accessible import violations
from tests.browser.chromium import Window
from tests.running import Processes

SECOND: Final = {
    "face": "100,000.00",
    "maturity": "2026-09-14",
    "reference": "HT-2026-0316/2",
    "contract": "HT-2026-0316",
    "invoices": "26992000000000000002",
    "purpose": "支架",
    "amount": "1,120,000.00",
}
LATER: Final = {
    "amount": "50,000.00",
    "due": "2026-10-12",
    "reference": "HT-2026-0330",
    "relation": "HT-2026-0330",
    "purpose": "导轨",
    "number0": "26992000000000000011",
    "date0": "2026-03-12",
    "total0": "50,000.00",
}
"""A payable that is not yet due when the second voucher is: on it the issuer tries to promise something."""
THIRD: Final = {
    "face": "10,000.00",
    "maturity": "2026-10-12",
    "reference": "HT-2026-0330/1",
    "contract": "HT-2026-0330",
    "invoices": "26992000000000000011",
    "purpose": "导轨",
    "amount": "50,000.00",
}
PART: Final = (("30,000.00", "bank-b", "91990202MA2Y2N021W", "CG-2026-0403", "铸件"),)
IN_TIME: Final = {
    "args.amount": "33,333.33",
    "args.received_ms": "2026-09-14 08:40",
    "args.reference": "B-20260914-2",
}
LATE: Final = {"args.received_ms": "2026-09-15 08:30", "args.reference": "B-20260915-1"}
SHARES: Final = (("23,333.33", "46,666.67"), ("10,000.00", "20,000.00"))
"""What each holder has of the 33,333.33, in proportion to 70,000.00 and 30,000.00, and what it is still owed."""


async def promised(there: Processes, it: Window) -> str:
    """The second voucher, on what is left of the same payable; a part of it goes to another holder.  Its address."""
    await steps.issue(there, it, SECOND)
    supplier = await steps.accept(there, it)
    address = await supplier.locator(".actions a.primary").get_attribute("href") or ""
    await steps.offer(it, supplier, PART, voucher=address)
    assert await steps.take(there, it) == address
    await owed_later(there, it, supplier)
    return address


async def owed_later(there: Processes, it: Window, supplier: Page) -> None:
    """One more payable, with its invoice typed, and its confirmation."""
    await supplier.goto("/payables/new")
    await supplier.select_option("#debtor", "core-a")
    for name, value in LATER.items():
        await supplier.fill(f"#{name}", value)
    await supplier.locator("button[value='check']").click()
    await supplier.locator("form.sign button.primary").click()
    await steps.succeeded(supplier)
    maker = await it.visitor(there.url("core-a"), "maker")
    await steps.until_there(maker, "/today", "a.button[href$='/confirm']")
    await maker.locator("a.button[href$='/confirm']").click()
    await maker.locator("form.sign button.primary").click()
    await maker.wait_for_url("**/drafts/*")
    await steps.approve(there, it, "core-a", "50,000.00")


async def unpaid(there: Processes, it: Window, document: str, voucher: str) -> None:
    """A part is attested in time; at the cut-off everybody concerned is told, and the issuer is blocked."""
    await settling.attest(there, it, document, voucher, IN_TIME, says="33,333.33")
    supplier = await it.visitor(there.url("bank-a"), "s1")
    await supplier.locator("aside.demo button[value='cutoff']").click()
    await supplier.locator("aside.demo time:has-text('2026-09-14 17:')").wait_for()
    await told(supplier, voucher)
    await told(await it.visitor(there.url("bank-b"), "s2"), voucher)
    await steps.until_shown(supplier, voucher, "截止未付", "66,666.67")
    for share, owed in SHARES:
        await supplier.locator(f"tr:has(td:text-is('{share}')):has(td:text-is('{owed}'))").wait_for()
    assert await violations(supplier) == []
    await it.shot(supplier, "voucher-unpaid")
    english = await it.visitor(there.url("bank-b"), "s2", language="en-US")
    await steps.until_shown(english, "/today", "Notices of dishonour")
    await steps.until_shown(english, voucher, "unpaid at the cut-off")
    await blocked(there, it)


async def told(holder: Page, voucher: str) -> None:
    """A holder's notice of dishonour, with what is owed on the voucher."""
    await steps.until_shown(holder, "/today", "拒付通知")
    notice = holder.locator("section", has=holder.locator("h2:has-text('拒付通知')"))
    row = notice.locator(f"tr:has(a[href='{voucher}'])")
    assert "66,666.67" in await row.inner_text()
    assert await violations(holder) == []


async def blocked(there: Processes, it: Window) -> None:
    """The issuer's pages say that it is blocked, and a refused issue says why."""
    issuer = await it.visitor(there.url("core-a"), "maker")
    await steps.until_shown(issuer, "/today", "到期未付")
    await steps.until_there(issuer, "/ceilings", "section .status:has-text('已限制开立')")
    assert await violations(issuer) == []
    await it.shot(issuer, "ceilings-blocked")
    await steps.draft_issue(issuer, THIRD)
    checker = await steps.sign_first(there, it, "core-a", '"face": 1000000')
    await checker.wait_for_url("**/operations/*")
    said = await checker.locator(".problem").inner_text()
    assert "存在到期未付款项，清偿前不得开立" in said
    assert "ISSUER_BLOCKED" in said
    await it.shot(checker, "issue-refused")


async def paid_late(there: Processes, it: Window, document: str, voucher: str) -> None:
    """The rest comes on the next morning: paid late, the holders get everything, and the issuer promises again."""
    supplier = await it.visitor(there.url("bank-a"), "s1")
    await supplier.fill("#clock-day", "2026-09-15")
    await supplier.locator("form:has(#clock-day) button").click()
    await supplier.locator("aside.demo time:has-text('2026-09-15 09:00')").wait_for()
    await settling.attest(there, it, document, voucher, LATE, says="66,666.67")
    await settling.pay_out(there, it, document, "2026-09-15 08:45", "P-20260915")
    await steps.until_shown(supplier, voucher, "逾期结清")
    for amount in ("70,000.00", "30,000.00"):
        await supplier.locator(f"tr:has-text('P-20260915-'):has(td:text-is('{amount}'))").wait_for()
    assert await violations(supplier) == []
    await it.shot(supplier, "voucher-settled-late")
    issuer = await it.visitor(there.url("core-a"), "maker")
    await steps.until_shown(issuer, "/ceilings", without="已限制开立")
    await steps.issue(there, it, THIRD)
