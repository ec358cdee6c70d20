"""What people of the two short stories do on their pages, each page judged as they leave it."""

from dataclasses import dataclass

from playwright.async_api import Page

from tests.browser.accessible import violations
from tests.browser.chromium import LAPTOP, PHONE, Window
from tests.browser.served import Stage
from tests.browser.steps import succeeded


@dataclass
class People:
    """Visitors of one stage in one browser."""

    stage: Stage
    window: Window

    async def on_phone(self, member: str, account: str, language: str = "zh-CN") -> Page:
        """Somebody with a telephone."""
        url = await self.stage.url(member)
        return await self.window.visitor(url, account, language=language, size=PHONE)

    async def at_desk(self, member: str, account: str, language: str = "zh-CN") -> Page:
        """Somebody at a desk."""
        url = await self.stage.url(member)
        return await self.window.visitor(url, account, language=language, size=LAPTOP)

    async def look(self, page: Page, path: str = "") -> str:
        """A page that breaks no rule of accessibility and is no wider than its screen; what it says."""
        await self.stage.everybody()
        if path:
            await page.goto(path)
        found = await violations(page)
        assert found == [], (page.url, found)
        width = await page.evaluate("document.documentElement.scrollWidth")
        assert page.viewport_size is not None
        assert width <= page.viewport_size["width"], (page.url, width)
        return await page.locator("main").inner_text()

    async def sign(self, page: Page) -> None:
        """Sign what is shown, and wait until it has succeeded."""
        await page.locator("form.sign button.primary").click()
        await succeeded(page)
        await self.stage.everybody()

    async def draft(self, page: Page) -> str:
        """Sign what is shown as the first of two; the path of the draft."""
        await page.locator("form.sign button.primary").click()
        await page.wait_for_url("**/drafts/*")
        return "/drafts/" + page.url.rpartition("/")[2]

    async def approve(self, page: Page, draft: str, says: str) -> None:
        """Read a draft as the second, and sign it."""
        assert says in await self.look(page, draft)
        await self.sign(page)

    async def fill(self, page: Page, fields: dict[str, str]) -> None:
        """Fill boxes by name; what is a choice is chosen."""
        for name, value in fields.items():
            box = page.locator(f"[name='{name}']:not([type='file'])")
            if await box.evaluate("it => it.tagName") == "SELECT":
                await box.select_option(value)
            else:
                await box.fill(value)

    async def read_on(self, page: Page) -> None:
        """Go on from a form to what is about to be signed."""
        await page.locator("main form button.primary").click()
        await page.locator("form.sign").wait_for()
