"""Hostile texts: typed into every field of every form that a crawl finds, put into every address, and stored where the ledger takes them.

None may come back as markup, as another attribute, as a result of a template, or as characters that nobody sees.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urljoin, urlsplit

import httpx
import lxml.html
import pytest

from tallychain.console.pages import ROUTES
from tallychain.console.tests.browsing import Browser, Scene, projected, scene
from tallychain.gateway.tests.alliance import PASSPHRASE, in_loop

HOSTILE = {
    "script": "<xss7>a</xss7><script>xss7()</script>",
    "attribute": "\"'><img src=x onxss7=1><xss7>",
    "quote": "' onxss7='1",
    "double quote": '" onxss7="1',
    "closes a text area": "</textarea></title></script><xss7>",
    "template": "q{{191*7}}q${191*7}#{191*7}<%=191*7%>{%import os%}",
    "address": "javascript:xss7()",
    "entity": "&lt;xss7&gt;&#x3c;xss7&#62;",
    "line": "a\r\nSet-Cookie: xss7=1\r\n\r\n<xss7>",
    "right to left": "\u0645\u0631\u062d\u0628\u0627 <xss7>",
    "change of direction": "a\u202exss7\u2066b",
    "no width": "a\u200bxss7\ufeff",
    "NUL": "a\x00<xss7>",
    "long": "<xss7>" * 3000,
    "path": "../../../../etc/passwd",
    "formula": "=HYPERLINK(1)<xss7>",
}
STORED = "<xss7>q{{191*7}}q\"' onxss7='1 <script>xss7()</script>"
"""What the ledger's own table of characters lets through."""
QUERIES = (
    "status",
    "cursor",
    "limit",
    "scope",
    "back",
    "below",
    "seen",
    "voucher",
    "issuer",
    "filter",
    "q",
    "language",
)
LEAVES = {"/sign-out", "/clock", "/demo-sign-in"}
"""Forms that end the session or move the clock."""
PAGES = 60


def complaint(answer: httpx.Response, hostile: str) -> str:
    """What is wrong with an answer, or nothing."""
    if answer.status_code >= 500:
        return f"status {answer.status_code}"
    if "xss7" in answer.headers.get("set-cookie", "") or "xss7" in str(
        answer.headers.get("content-type", "")
    ):
        return "the text became a header"
    place = answer.headers.get("location", "")
    if place and (not place.startswith("/") or place.startswith("//")):
        return f"the answer leads to {place[:60]}"
    if "text/html" not in answer.headers.get("content-type", "") or not answer.content:
        return ""
    if any(letter in answer.text for letter in "\u202e\u2066\u200b\ufeff\x00"):
        return "a character that nobody sees comes back"
    if "q1337q" in answer.text:
        return "a template was worked out"
    document = lxml.html.fromstring(answer.content)
    for element in document.iter():
        if element.tag == "xss7" or (element.tag == "script" and "xss7" in (element.text or "")):
            return f"markup: {hostile[:40]}"
        for name, value in element.attrib.items():
            if "xss7" in str(name) or (
                name in ("href", "action", "src") and str(value).startswith("javascript:")
            ):
                return f"attribute {str(name)[:40]}"
    return ""


@dataclass
class Form:
    """One form of one page."""

    page: str
    action: str
    values: dict[str, str]
    texts: list[str]


@dataclass
class Crawl:
    """Pages that one visitor reaches by links, and the forms on them."""

    visitor: Browser
    forms: dict[tuple[str, tuple[str, ...]], Form] = field(default_factory=dict)
    seen: dict[str, str] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    async def run(self) -> None:
        """From the page of today."""
        waiting, kinds = ["/today"], dict[str, int]()
        while waiting and len(self.seen) < PAGES:
            path = waiting.pop(0)
            kind = re.sub(r"[A-Z0-9][A-Za-z0-9:_-]{11,}|\d+", "*", urlsplit(path).path)
            if (
                path in self.seen
                or kinds.get(kind, 0) >= 2
                or path.startswith(("/language", "/static", "/v1"))
            ):
                continue
            kinds[kind] = kinds.get(kind, 0) + 1
            answer = await self.visitor.get(path)
            self.seen[path] = answer.text
            if bad := complaint(answer, STORED):
                self.wrong.append(f"{path}: {bad}")
            if "text/html" in answer.headers.get("content-type", "") and answer.content:
                waiting += self._look(path, lxml.html.fromstring(answer.content))

    def _look(self, path: str, document: lxml.html.HtmlElement) -> Iterator[str]:
        for form in document.forms:
            action = urljoin(path, form.action or path)
            if (form.method or "GET").upper() != "POST" or action in LEAVES:
                continue
            boxes = [box for box in form.inputs if box.name]
            values = {str(box.name): str(box.value or "") for box in boxes}
            texts = [name for name in values if name not in ("form_token", "key", "passphrase", "code")]
            shape = re.sub(r"[A-Z0-9][A-Za-z0-9:_-]{11,}|[0-9a-f]{16,}", "*", action)
            self.forms.setdefault((shape, tuple(sorted(values))), Form(path, action, values, texts))
        return iter(
            [
                urljoin(path, str(item.get("href")))
                for item in document.iter("a")
                if str(item.get("href", "")).startswith(("/", "?"))
            ]
        )

    async def type_into_every_field(self, chance: random.Random, each: int) -> int:
        """Each text of each form with hostile texts, one at a time; how many were sent."""
        sent = 0
        for form in self.forms.values():
            for name in form.texts:
                for what in chance.sample(sorted(HOSTILE), each):
                    values = {**form.values, "passphrase": PASSPHRASE, name: HOSTILE[what]}
                    token = self.visitor_token(form)
                    answer = await self.visitor.http.post(form.action, data={**values, "form_token": token})
                    sent += 1
                    if bad := complaint(answer, HOSTILE[what]):
                        self.wrong.append(f"{form.action} {name} ({what}): {bad}")
        return sent

    def visitor_token(self, form: Form) -> str:
        """Every form of a visitor has the same token."""
        return form.values["form_token"]


async def visitors(it: Scene) -> list[Browser]:
    return [
        await it.visitor(member, account, language)
        for member, account, language in (
            ("bank-a", "s1", "en"), ("ce-a", "maker", "zh"), ("ce-a", "checker", "en"), ("bank-a", "maker", "zh"), ("bank-a", "admin-1", "en"),
        )
    ]  # fmt: skip


async def typed(root: Path, each: int) -> tuple[int, int]:
    """Crawl as five people and type so many hostile texts into each field; how many forms there were, and how many texts were sent."""
    chance = random.Random(7)
    async with scene(root) as it:
        await it.held("s1", contract=STORED[:60], purpose=STORED[:60])
        for running in it.there.gateways.values():
            running.gateway.account_rates._burst = running.gateway.seat_rates._burst = 10**6
            await projected(running)
        sent, forms, wrong, shown = 0, set[str](), list[str](), 0
        for visitor in await visitors(it):
            crawl = Crawl(visitor)
            await crawl.run()
            shown += sum("&lt;xss7&gt;" in text for text in crawl.seen.values())
            sent += await crawl.type_into_every_field(chance, each)
            forms |= {shape for shape, _ in crawl.forms}
            wrong += crawl.wrong
        assert "\n".join(wrong) == ""
        assert shown > 0, "what is stored is shown somewhere, or this test shows nothing"
        return len(forms), sent


@pytest.mark.slow
@in_loop
async def test_every_hostile_text_in_every_field_of_every_form_is_escaped_or_refused(tmp_path: Path) -> None:
    forms, sent = await typed(tmp_path, len(HOSTILE))
    assert forms > 10
    assert sent > 16 * forms, (forms, sent)


@pytest.mark.slow
@in_loop
async def test_hostile_texts_in_every_address_are_escaped_or_refused(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        s1 = await it.visitor("bank-a", "s1", "en")
        s1.running.gateway.account_rates._burst = s1.running.gateway.seat_rates._burst = 10**6
        wrong = []
        for route in ROUTES:
            for number, (what, hostile) in enumerate(sorted(HOSTILE.items())):
                if len(hostile) > 1000:
                    continue
                path = re.sub(r"\{[a-z_]+(:[a-z]+)?\}", quote(hostile, safe=""), route.path)
                query = {QUERIES[number % len(QUERIES)]: hostile}
                method = "GET" if route.method == "GET" else "POST"
                answer = await s1.http.request(method, path, params=query)
                if bad := complaint(answer, hostile):
                    wrong.append(f"{method} {route.path} ({what}): {bad}")
        assert "\n".join(wrong) == ""


@in_loop
async def test_what_nobody_would_see_is_refused_with_a_code(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        s1 = await it.visitor("bank-a", "s1", "en")
        for what in ("change of direction", "no width", "NUL"):
            answer = await s1.send("/webhooks", {"url": HOSTILE[what]})
            assert answer.status_code == 400
            assert "GATEWAY_CHARACTER_NOT_ALLOWED" in answer.text
            assert (await s1.get("/today", params={"seen": HOSTILE[what]})).status_code == 400
