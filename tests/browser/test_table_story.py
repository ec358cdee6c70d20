"""Two tables in a browser: a supplier presents a month of invoices by one, the debtor promises on them by another, with two persons."""

from pathlib import Path

import pytest
from playwright.async_api import Page

from tallychain.gateway.tests.alliance import in_loop
from tallychain.gateway.tests.test_batches import file, issue_row
from tallychain.gateway.tests.test_batches_present import row, stored
from tallychain.gateway.tests.test_batchpapers import einvoice
from tallychain.gateway.tests.test_story import approved
from tallychain.integrations.batchtables import ISSUES, PRESENTS
from tests.browser.chromium import window
from tests.browser.people import People
from tests.browser.served import stage

NUMBERS = ("26992000000000000001", "26992000000000000002")
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


async def tried(it: People, page: Page, path: str, name: str, content: bytes) -> str:
    """Give a table to the dry run; what the page says of it."""
    await it.look(page, path)
    await page.locator("input[name='table']").set_input_files(
        {"name": name, "mimeType": SHEET, "buffer": content}
    )
    await page.locator("form[enctype] button.primary").click()
    await page.locator("dl.facts").wait_for()
    return await it.look(page)


async def signed(it: People, page: Page) -> str:
    """Sign the whole table as its maker; the path of the batch."""
    await page.locator("form.sign button.primary").click()
    await page.wait_for_url("**/batches/*")
    await it.look(page)
    return "/batches/" + page.url.rpartition("/")[2]


async def all_done(it: People, page: Page, path: str, rows: int) -> list[str]:
    """Wait until every row has its end; the operations behind them."""
    for _ in range(1000):
        await it.stage.everybody()
        await page.goto(path)
        if await page.locator("td:text-is('已完成')").count() == rows:
            break
    await it.look(page)
    links = page.locator("td a[href^='/operations/']")
    found = [str(await links.nth(n).get_attribute("href")) for n in range(await links.count())]
    assert len(found) == rows, await page.locator("main").inner_text()
    return [link.rpartition("/")[2] for link in found]


@pytest.mark.slow
@in_loop
@pytest.mark.timeout(300)
async def test_a_month_of_invoices_is_presented_and_promised_on_by_two_tables(tmp_path: Path) -> None:
    async with stage(tmp_path) as there, window(tmp_path) as browser:
        it = People(there, browser)
        supplier = await it.at_desk("bank-a", "s1")
        maker, checker = await it.at_desk("ce-a", "maker"), await it.on_phone("ce-a", "checker")
        alliance = there.scene.there
        bank, issuer = alliance.gateways["bank-a"], alliance.gateways["ce-a"]
        own, buyer = alliance.clients["s1"].uscc, alliance.members["ce-a"].uscc
        await stored(
            await bank.as_account("s1"), *(einvoice(number, own, 1_130_000_00, buyer) for number in NUMBERS)
        )
        await it.look(supplier, "/payables")
        await supplier.locator("a[href='/batches?kind=present']").click()
        table = [row("P-1", NUMBERS[0], "1,130,000.00"), row("P-2", "26992000000000000009", "1.00")]
        said = await tried(it, supplier, "/batches?kind=present", "三月.xlsx", file(PRESENTS, table))
        assert "PAPER_NOT_STORED" in said
        assert await supplier.locator("form.sign").count() == 0
        table[1] = row("P-2", NUMBERS[1], "1,130,000.00")
        said = await tried(it, supplier, "/batches?kind=present", "三月.xlsx", file(PRESENTS, table))
        assert "2,260,000.00" in said
        payables = await all_done(it, supplier, await signed(it, supplier), 2)
        for payable in payables:
            await approved(
                issuer,
                "payable.confirm",
                {"payable": payable, "amount": 1_130_000_00},
                f"confirm-{payable[:8]}",
            )
        promised = [issue_row(payable, f"V-{n}", "1,000,000.00") for n, payable in enumerate(payables)]
        await it.look(maker, "/issue")
        await maker.locator("a[href='/batches']").click()
        assert "2,000,000.00" in await tried(it, maker, "/batches", "开立.xlsx", file(ISSUES, promised))
        batch = await signed(it, maker)
        assert await maker.locator("button[value='release']").count() == 0
        assert "2,000,000.00" in await it.look(checker, batch)
        await checker.locator("button[value='release']").click()
        await checker.locator("td a[href^='/operations/']").first.wait_for()
        await all_done(it, checker, batch, 2)
        assert "1,000,000.00" in await it.look(supplier, "/vouchers")
        # A browser says of a dry run with a row that cannot be that its status is 422.
        assert [text for text in browser.complaints if "422" not in text] == []
