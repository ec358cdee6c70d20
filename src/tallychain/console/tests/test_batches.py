"""A table by forms: tried, signed by its maker, released by another person, and looked at in both languages."""

import html
import re
from pathlib import Path

import pytest

from tallychain.console.tests.browsing import Browser, scene
from tallychain.console.tests.test_payables import upload
from tallychain.gateway.tests.alliance import in_loop
from tallychain.gateway.tests.test_batches import file, issue_row
from tallychain.integrations.batchtables import ISSUES, OFFERS

FIELD = re.compile(r'<input type="hidden" name="(content|digest|kind|name)" value="([^"]*)"')


async def signed(maker: Browser, shown: str) -> str:
    """Where the form beneath a dry run leads."""
    fields = {name: html.unescape(value) for name, value in FIELD.findall(shown)}
    token = re.findall(r'name="form_token" value="([0-9a-f]{64})"', shown)[0]
    data = {**fields, "form_token": token, "passphrase": "demo"}
    answer = await maker.http.post("/batches/sign", data=data, files={"none": ("", b"")})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


@pytest.mark.slow
@pytest.mark.timeout(300)
@in_loop
async def test_a_table_is_tried_signed_and_released_by_forms(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        await it.confirmed()
        maker, checker = await it.visitor("ce-a", "maker"), await it.visitor("ce-a", "checker", "en")
        assert 'href="/batches"' in await maker.page("/issue")
        template = (await maker.get("/batches/template?form=csv")).text
        assert it.payables["s1"] in template
        rows = [issue_row(it.payables["s1"], "V-1"), issue_row(it.payables["s1"], "V-2")]
        wrong = await upload(maker, "/batches", "table", "rows.xlsx", file(ISSUES, rows))
        assert wrong.status_code == 422
        assert "PAYABLE_EXHAUSTED" in wrong.text
        assert "/batches/sign" not in wrong.text
        broken = await upload(maker, "/batches", "table", "rows.xlsx", b"PK\x03\x04")
        assert (broken.status_code, "不是可读取的电子表格。" in broken.text) == (422, True)
        rows[1] |= {"amount": "400,000.00"}
        shown = await upload(maker, "/batches", "table", "rows.xlsx", file(ISSUES, rows))
        assert (shown.status_code, "1,000,000.00" in shown.text) == (200, True), shown.text
        place = await signed(maker, shown.text)
        assert "待复核" in await maker.page(place)
        assert 'value="release"' not in await maker.page(place)
        assert "rows.xlsx" in await checker.page("/batches")
        form = await checker.page(place)
        digest = re.findall(r'name="digest" value="([0-9a-f]{64})"', form)[0]
        other = await checker.send(place, {"step": "release", "digest": "0" * 64})
        assert (other.status_code, "GATEWAY_BATCH_DIFFERS" in other.text) == (409, True)
        released = await checker.send(place, {"step": "release", "digest": digest})
        assert released.status_code == 303, released.text
        assert len(set(re.findall(r'href="(/operations/[0-9a-f]{64})"', await checker.page(place)))) == 2
        result = await checker.get(f"{place}/result?form=csv")
        assert result.text.count("V-") == 2
        assert (await checker.send(place, {"step": "other", "digest": digest})).status_code == 400


@pytest.mark.slow
@pytest.mark.timeout(300)
@in_loop
async def test_a_supplier_gives_a_table_and_nobody_else_sees_it(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        number, s1 = await it.held()
        await it.visitor("bank-b", "maker")
        assert 'href="/batches"' in await s1.page("/holdings")
        who = it.there.clients["s4"]
        row = {"reference": "A", "holding": f"{number}:1-100000000:1", "amount": "300,000.00", "sponsor": who.sponsor, "uscc": who.uscc, "contract": "CG"}  # fmt: skip
        shown = await upload(s1, "/batches", "table", "parts.csv", file(OFFERS, [row]))
        assert shown.status_code == 200, shown.text
        place = await signed(s1, shown.text)
        assert "parts.csv" in await s1.page(place)
        stranger = await it.visitor("ce-a", "maker")
        assert (await stranger.get(place)).status_code == 404
