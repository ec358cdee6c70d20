"""The page of limits: one person enters, another approves, in both languages; clients do not see it."""

import re
from pathlib import Path

import pytest

from tallychain.console.tests.browsing import Browser, scene
from tallychain.gateway.tests.alliance import in_loop


async def refined(maker: Browser, checker: Browser) -> None:
    """A refinement is refused with its reason, tried, entered and approved.  It says no more than `true`, which needs no library."""
    wrong = await maker.send("/refinements", {"expression": "1.5 > <b>", "act": "enter"})
    assert (wrong.status_code, "GATEWAY_REFINEMENT_NOT_VALID" in wrong.text) == (400, True)
    assert "1.5 &gt; &lt;b&gt;" in wrong.text
    tried = await checker.send("/refinements", {"expression": "true", "act": "try"})
    assert "0 笔成立，0 笔不成立" in tried.text
    assert (await maker.send("/refinements", {"expression": "true", "act": "enter"})).status_code == 303
    (place,) = set(re.findall(r"/refinements/[0-9a-f]{16}", await checker.page("/refinements")))
    assert (await maker.send(place, {"act": "approve"}, of="/refinements")).status_code == 403
    assert (await maker.send(place, {"act": "lend"}, of="/refinements")).status_code == 400
    assert (await checker.send(place, {"act": "approve"}, of="/refinements")).status_code == 303
    assert "<code>true</code>" in await maker.page("/refinements")


@pytest.mark.slow
@in_loop
async def test_a_risk_officer_enters_a_line_and_another_person_approves_it(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        maker, checker = await it.visitor("bank-b", "maker", "en"), await it.visitor("bank-b", "checker")
        page = await maker.page("/limits")
        assert "No limit is entered: nothing is checked." in page
        assert 'href="/limits"' in page
        line = {"kind": "line", "issuer": "ce-a", "amount": "10,000,000.00", "until": "2026-12-31"}
        for wrong in ({"issuer": "bank-a"}, {"amount": "0"}, {"until": "2026-02-30"}, {"kind": "gift"}):
            assert (await maker.send("/limits", line | wrong)).status_code == 400, wrong
        assert (await maker.send("/limits", line)).status_code == 303
        page = await maker.page("/limits")
        (place,) = set(re.findall(r"/limits/[0-9a-f]{16}", page))
        assert "Another person approves it." in page
        assert (await maker.send(place, {"act": "approve"}, of="/limits")).status_code == 403
        assert (await maker.send(place, {"act": "lend"}, of="/limits")).status_code == 400
        assert "由 maker 录入" in await checker.page("/limits")
        assert (await checker.send(place, {"act": "approve"}, of="/limits")).status_code == 303
        twice = await checker.send(place, {"act": "refuse"}, of="/limits")
        assert (twice.status_code, "GATEWAY_DRAFT_CLOSED" in twice.text) == (409, True)
        assets = {"kind": "assets", "issuer": "", "amount": "40,000,000.00", "until": "2026-12-31"}
        assert (await maker.send("/limits", assets)).status_code == 303
        (other,) = set(re.findall(r"/limits/[0-9a-f]{16}", await checker.page("/limits")))
        assert (await checker.send(other, {"act": "refuse"}, of="/limits")).status_code == 303
        shown = await checker.page("/limits?done=refused")
        assert all(text in shown for text in ("10,000,000.00", "maker", "已退回。", "未决报价占用"))
        assert "/refinements" in shown
        await refined(maker, checker)
        client = await it.visitor("bank-b", "s4")
        assert (await client.get("/limits")).status_code == 403
        assert 'href="/limits"' not in await client.page("/today")
