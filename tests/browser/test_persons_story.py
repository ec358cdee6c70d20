"""A supplier's two persons on telephones: what one makes the other refuses, and neither alone decides how many sign; then papers and files on both screens."""

from pathlib import Path

import pytest
from playwright.async_api import Page

from tallychain.gateway.tests.alliance import in_loop
from tallychain.gateway.tests.test_acts import two_person_seat
from tests.browser.chromium import window
from tests.browser.people import People
from tests.browser.served import stage


async def refused(it: People, checker: Page, maker: Page) -> None:
    """The checker finds on its telephone what waits, and refuses it by the keyboard; the maker reads why."""
    assert "签收" in await it.look(checker, "/persons")
    await checker.locator("td.do a[href^='/drafts/']").click()
    await it.look(checker)
    summary = checker.locator("details:has(form[action$='/refuse']) summary")
    await summary.focus()
    await checker.keyboard.press("Enter")
    await checker.locator("[name='reason']").fill("金额与合同不符")
    await checker.keyboard.press("Enter")
    await checker.locator("dd:text-is('金额与合同不符')").wait_for()
    path = "/drafts/" + checker.url.rpartition("/")[2]
    assert "金额与合同不符" in await it.look(maker, path)
    assert "无待办" in await it.look(checker, "/persons")


async def decided(it: People, maker: Page, checker: Page) -> None:
    """The maker asks that one person signs; the checker refuses, and it stays as it was."""
    await it.look(maker, "/account")
    await maker.locator("a[href='/persons']").click()
    await it.look(maker)
    await maker.locator("form[action='/persons'] button.primary").click()
    await maker.locator("form[action^='/persons/changes/']").wait_for()
    assert await maker.locator("button[value='approve']").count() == 0
    said = await it.look(checker, "/persons")
    assert "改为一人签署" in said
    await checker.locator("button[value='refuse']").click()
    await checker.locator("form[action='/persons']").wait_for()
    assert "已退回" in await it.look(checker)
    assert "两人签署" in await it.look(maker, "/persons")


@pytest.mark.slow
@in_loop
@pytest.mark.timeout(300)
async def test_a_suppliers_checker_refuses_on_a_telephone_and_neither_person_decides_alone(
    tmp_path: Path,
) -> None:
    async with stage(tmp_path) as there, window(tmp_path) as browser:
        it = People(there, browser)
        scene = there.scene
        client = scene.there.clients.pop("s3")
        await scene.visitor("bank-a")
        await two_person_seat(scene.there, scene.there.gateways["bank-a"], client)
        scene.there.clients["s3"] = client
        scene.there.owners["s3"] = ("duo-maker", "duo-checker")
        number = await scene.issued("s3")
        maker, checker = await it.on_phone("bank-a", "duo-maker"), await it.on_phone("bank-a", "duo-checker")
        await it.look(maker, f"/vouchers/{number}/accept")
        await it.draft(maker)
        await refused(it, checker, maker)
        await decided(it, maker, checker)
        desk = await it.at_desk("bank-a", "admin-1", "en-US")
        assert "Help a client one of whose persons is gone" in await it.look(desk, "/persons")
        for page in (maker, await it.at_desk("bank-a", "duo-maker", "en-US")):
            for path in ("/documents", "/sharing", "/policies/zzz"):
                await it.look(page, path)
        complaints = [text for text in browser.complaints if "404" not in text]
        assert complaints == []
