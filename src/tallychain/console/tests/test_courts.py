"""A court freezes, executes and lifts by forms; the holder, its bank and strangers each see what they may."""

import re
from pathlib import Path

import pytest

from tallychain.console.tests.browsing import Browser, projected, scene
from tallychain.console.tests.test_settling import DOCUMENT
from tallychain.gateway.tests.alliance import in_loop

NUMBER = "（2026）沪74执保123号"
ORDER = {
    "sealed.order.court": "上海金融法院",
    "sealed.order.number": NUMBER,
    "sealed.order.note": "",
}
ACCOUNT = {
    "sealed.payee.name": "上海金融法院",
    "sealed.payee.uscc": "91310000MA00000001",
    "sealed.payee.bank": "示例银行上海分行",
    "sealed.payee.bank_code": "103290000000",
    "sealed.payee.account": "6209876543210987654",
}


async def told(visitor: Browser) -> str:
    await projected(visitor.running)
    return await visitor.page("/courts")


async def ordered(maker: Browser, checker: Browser, kind: str, more: dict[str, str]) -> None:
    """An act of the court's two persons; what the page fills in of it stands in the form."""
    filled: dict[str, str] = {}
    for query in set(re.findall(rf'href="/acts/{re.escape(kind)}\?([^"]+)"', await told(maker))):
        filled = dict(pair.split("=") for pair in query.replace("&amp;", "&").split("&"))
    given = {f"args.{name}": text.replace("%5B", "[").replace("%5D", "]") for name, text in filled.items()}
    form = f"/acts/{kind}"
    made = await maker.send(f"{form}/sign", {**given, "args.document": DOCUMENT, **ORDER, **more}, of=form)
    assert made.status_code == 303, made.text
    draft = made.headers["location"]
    await checker.done(await checker.send(f"{draft}/approve", {}, of=draft))


@pytest.mark.slow
@in_loop
@pytest.mark.timeout(300)
async def test_a_court_freezes_a_part_executes_and_lifts_by_forms(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        number, s1 = await it.held()
        maker, checker = await it.visitor("court", "maker"), await it.visitor("court", "checker")
        (tag,) = set(re.findall(r"ed25519:[0-9a-f]{64}", await maker.page("/tables/holdings/csv")))
        wanted = {
            "args.voucher": number,
            "args.tag": tag,
            "args.holding": "1",
            "args.first": "1",
            "args.last": "30000000",
            "args.until": "2027-03-15",
        }
        assert "/acts/court.freeze" in await told(maker)
        await ordered(maker, checker, "court.freeze", wanted)

        bank = await it.visitor("settle-a", "maker")
        stranger = await it.visitor("bank-b", "maker")
        for visitor in (maker, s1, bank):
            page = await told(visitor)
            assert NUMBER in page
            assert "300,000.00" in page
        assert NUMBER not in await told(stranger)
        frozen = f"/holdings/{number}:1-30000000:2"
        assert f'{frozen}/offer"' not in await s1.page(frozen)
        assert "/courts" in await s1.page(frozen)
        rest = f"/holdings/{number}:30000001-100000000:2"
        assert f'{rest}/offer"' in await s1.page(rest)
        assert await s1.page(f"/vouchers/{number}")

        await ordered(maker, checker, "court.execute", ACCOUNT)
        page = await told(maker)
        assert "/acts/court.renew?" not in page
        assert "/acts/court.execute?" in page
        await ordered(maker, checker, "court.unfreeze", {})
        assert "/acts/court." not in (await told(maker)).replace("/acts/court.freeze", "")
        await projected(s1.running)
        assert f'{frozen}/offer"' in await s1.page(frozen)
