"""Files by pages: what is kept and for how long, what is refused, what an e-invoice says before it is used, and what may be removed."""

import re
from pathlib import Path
from urllib.parse import parse_qsl

from tallychain.console.tests.browsing import Browser, projected, scene
from tallychain.console.tests.test_payables import EXAMPLES, fields, upload
from tallychain.gateway.tests.alliance import in_loop

INVOICE = EXAMPLES / "invoices" / "26992000000000000001.xml"
HOSTILE = '<script>alert(1)</script>"发票.pdf'


async def stored(visitor: Browser, name: str, content: bytes) -> str:
    """The page of a file that a form has given."""
    answer = await upload(visitor, "/documents", "file", name, content)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


@in_loop
async def test_files_are_given_read_bound_and_removed_by_pages(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        s1, checker = await it.visitor("bank-a", "s1"), await it.visitor("bank-a", "checker")
        await refused(s1)
        place = await stored(s1, HOSTILE, b"%PDF-1.7 a contract")
        await downloaded(s1, place.removesuffix("/about"))
        listed = await s1.page("/documents")
        assert "<script>alert" not in listed
        assert ">s1<" in listed
        assert "PDF" in listed
        # Another seat sees nothing of it, and whoever may not store has no form.
        assert (await checker.get(place)).status_code == 404
        assert 'type="file"' not in await checker.page("/documents")
        await read_before_use(s1)

        form = place.replace("/about", "/remove")
        assert (await s1.send(form, {})).headers["location"] == "/documents"
        assert (await s1.get(place)).status_code == 404


async def refused(s1: Browser) -> None:
    """Each with a sentence, and nothing is kept: no file, an empty one, too large, a page that claims to be one."""
    nothing = await s1.send("/documents", {})
    assert (nothing.status_code, "请选择文件" in nothing.text) == (422, True)
    assert (await upload(s1, "/documents", "file", "a.pdf", b"")).status_code == 422
    large = b"%PDF-" + b"0" * s1.running.gateway.settings.document_bytes
    too_large = await upload(s1, "/documents", "file", "a.pdf", large)
    assert (too_large.status_code, "GATEWAY_TOO_LARGE" in too_large.text) == (413, True)
    shown = await s1.page("/documents")
    assert "尚无文件" in shown
    assert "4.0 MiB" in shown


async def downloaded(s1: Browser, path: str) -> None:
    """A file leaves as a download under its plain name, and no browser runs or guesses anything."""
    answer = await s1.get(path)
    assert answer.content == b"%PDF-1.7 a contract"
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]


async def read_before_use(s1: Browser) -> None:
    """What an e-invoice says is shown, and goes into the form of a payable only from there; then the payable keeps it here."""
    content = INVOICE.read_bytes()
    place = await stored(s1, "a.xml", content)
    shown = await s1.page(place)
    (use,) = re.findall(r'href="/payables/new\?([^"]+)"', shown)
    given = dict(parse_qsl(use.replace("&amp;", "&")))
    assert given["number0"] == "26992000000000000001"
    for name in ("date0", "total0", "seller0"):
        assert given[name] in shown
    form = await s1.page(f"/payables/new?{use.replace('&amp;', '&')}")
    for text in given.values():
        assert f'value="{text}"' in form

    answer = await s1.send(
        "/payables/new/sign", {**fields(), **given, "amount": given["total0"]}, of="/payables/new"
    )
    await s1.done(answer)
    await projected(s1.running)
    for path in (place, place.replace("/about", "/remove")):
        shown = await s1.page(path)
        assert re.search(r'href="/payables/[0-9a-f]{64}">应付账款', shown) or "正在提交的应付账款" in shown
    needed = await s1.send(place.replace("/about", "/remove"), {})
    assert (needed.status_code, "GATEWAY_DOCUMENT_NEEDED" in needed.text) == (409, True)
    assert not re.search("rests on|may name", needed.text)

    total = re.search(rb"<TotalTax-includedAmount>[^<]*", content)
    assert total is not None
    red = await s1.page(
        await stored(s1, "red.xml", content.replace(total[0], b"<TotalTax-includedAmount>-1.00"))
    )
    assert "红字发票，不能作为依据" in red
    assert "-1.00" in red
    assert "/payables/new?" not in red
    damaged = await stored(s1, "bad.xml", content.replace(total[0], b"<TotalTax-includedAmount>much"))
    assert "不能整体采信" in await s1.page(damaged)
    assert "电子发票内容" not in await s1.page(await stored(s1, "other.xml", b"<other/>"))
