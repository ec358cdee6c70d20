"""Checks of accessibility on a page as the browser shows it: the rules of WCAG 2.1 AA that a machine can judge."""

from functools import lru_cache
from pathlib import Path
from typing import Final

from playwright.async_api import Page

AXE: Final = Path(__file__).parent / "_vendored" / "axe.min.js"
_TAGS: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
_RUN: Final = """async tags => (await axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']}))
    .violations.map(it => it.id + ': ' + it.nodes.map(node => node.html.slice(0, 160)).slice(0, 3).join(' | '))"""


@lru_cache
def _script() -> str:
    return AXE.read_text(encoding="utf-8")


async def violations(page: Page) -> list[str]:
    """Every rule that the page breaks, with the first elements that break it."""
    if not await page.evaluate("typeof axe === 'object'"):
        # Through the debugger, because the page's own policy takes no scripts but ours.
        await page.evaluate(_script())
    found: list[str] = await page.evaluate(_RUN, _TAGS)
    return found
