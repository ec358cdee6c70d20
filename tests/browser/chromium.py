"""One Chromium for a test: visitors with their own cookies, and everything that the browser complained about."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE_S = 180.0
"""Until a page shows what it shall show; what is shown is not waited for."""
LAPTOP = (1280, 860)
PHONE = (390, 844)


@dataclass
class Window:
    """A browser and what it complained about."""

    browser: Browser
    shots: Path
    complaints: list[str] = field(default_factory=list)

    async def visitor(
        self, url: str, account: str, *, language: str = "zh-CN", size: tuple[int, int] = LAPTOP
    ) -> Page:
        """Somebody who signs in with one click."""
        context = await self.browser.new_context(
            viewport={"width": size[0], "height": size[1]}, locale=language, base_url=url
        )
        context.set_default_timeout(PATIENCE_S * 1_000)
        page = await context.new_page()
        page.on("console", lambda said: self._note(page, said.type, said.text))
        page.on("pageerror", lambda error: self._note(page, "error", str(error)))
        await page.goto("/")
        await page.locator(f"button.person:has(span:text-is('{account}'))").click()
        await page.wait_for_url("**/today")
        return page

    async def shot(self, page: Page, name: str) -> None:
        """Keep a picture of the whole page."""
        await page.screenshot(path=self.shots / f"{name}.png", full_page=True)

    def _note(self, page: Page, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(f"{page.url}: {text}")


def installed() -> Path:
    """Where Chromium lies: TALLY_CHROMIUM, or where Debian puts it."""
    path = Path(os.environ.get("TALLY_CHROMIUM", "/usr/bin/chromium"))
    assert path.exists(), f"There is no browser at {path}: run apt install chromium fonts-noto-cjk"
    return path


@asynccontextmanager
async def window(folder: Path) -> AsyncIterator[Window]:
    """A running Chromium; pictures go into the folder of TALLY_SCREENSHOTS, or into `folder`."""
    path = installed()
    shots = Path(os.environ.get("TALLY_SCREENSHOTS", str(folder)))
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            yield Window(browser, shots)
        finally:
            await browser.close()
