"""Addresses that lead nowhere, and pages that are asked for in another way than theirs: each is answered with a page that says so."""

import re
from pathlib import Path
from typing import Final

import httpx

from tallychain.console.app import POLICY
from tallychain.console.pages import ROUTES
from tallychain.console.tests.browsing import scene
from tallychain.gateway.tests.alliance import in_loop

_PARAMETER: Final = re.compile(r"\{[a-z_]+:(?:str|int|path)\}")
NOWHERE: Final = "no-such-thing"


def beneath() -> list[str]:
    """Every address with something more behind it, and every beginning of one."""
    whole = {_PARAMETER.sub(NOWHERE, route.path) for route in ROUTES}
    known = {path.rstrip("/") for path in whole}
    found = {f"{path}/{NOWHERE}/{NOWHERE}/{NOWHERE}" for path in known}
    for path in known:
        parts = path.split("/")
        found |= {"/".join(parts[:end]) for end in range(2, len(parts))}
        found |= {"/".join([*parts[:end], "zzz"]) for end in range(2, len(parts) + 1)}
    return sorted(found - known)


def needs_a_page(answer: httpx.Response) -> None:
    """Whoever is refused gets a whole page with a sentence and a code, under the same policy as any other."""
    assert answer.status_code in (200, 303, 403, 404, 405), answer.url
    if answer.status_code >= 400:
        assert answer.headers["content-type"].startswith("text/html"), answer.url
        assert answer.headers["content-security-policy"] == POLICY, answer.url
        assert answer.headers["cache-control"] == "no-store", answer.url
        assert re.search(r"<code>(CONSOLE|GATEWAY)_[A-Z_]+</code>", answer.text), answer.url


@in_loop
async def test_every_address_beneath_a_known_one_has_a_page_and_so_has_every_other_way_to_ask(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as it:
        visitor = await it.visitor("bank-a", "maker", "en")
        for path in beneath()[::5]:
            needs_a_page(await visitor.get(path))
        for path in ("/policies/zzz", "/policies/packs", "/static/nothing.css", "/members/bank-a/x/y"):
            answer = await visitor.get(path)
            needs_a_page(answer)
            assert (answer.status_code, "There is no such page." in answer.text) == (404, True), path
        for method, path in (
            ("POST", "/today"),
            ("PUT", "/vouchers"),
            ("DELETE", "/policies"),
            ("GET", "/sign-out"),
        ):
            answer = await visitor.http.request(method, path)
            needs_a_page(answer)
            assert "CONSOLE_METHOD_NOT_ALLOWED" in answer.text, path
            assert answer.headers["allow"], path
        nobody = await it.visitor("bank-a", language="zh")
        answer = await nobody.get("/policies/zzz")
        needs_a_page(answer)
        assert 'lang="zh' in answer.text
        assert "没有这个页面" in answer.text
