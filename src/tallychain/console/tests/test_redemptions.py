"""An issuer names a rate, the holder agrees and the bank pays, each from the page of early redemptions; others see no price."""

import re
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from tallychain.console.shown import instant
from tallychain.console.tests.browsing import Scene, projected, scene
from tallychain.console.tests.test_disputes import by_two, filled, told
from tallychain.console.tests.test_settling import DOCUMENT
from tallychain.gateway.tests.alliance import in_loop

ACCOUNT = {
    "sealed.payee.name": "某某供应有限公司",
    "sealed.payee.uscc": "",
    "sealed.payee.bank": "示例银行上海分行",
    "sealed.payee.bank_code": "102290000000",
    "sealed.payee.account": "1001234567890123456",
}
PAGE = "/redemptions"
HOUR_MS = 3_600_000


async def offered(it: Scene, held: str) -> None:
    """Two persons of the issuer offer at 3.00 %; figures that are none are said first."""
    maker, checker = await it.visitor("ce-a", "maker"), await it.visitor("ce-a", "checker")
    form = f"{held}/redemption"
    assert form in await told(maker, held)
    wrong = await maker.send(form, {"rate": "much", "value_date": "2026-09-14"}, of=form)
    assert wrong.status_code == 422
    day = re.findall(r'name="value_date"[^>]*value="([0-9-]+)"', await told(maker, form))
    made = await maker.send(form, {"rate": "3.00", "value_date": day[0]}, of=form)
    assert made.status_code == 303, made.text
    given = {
        name if name.startswith("sealed.") else f"args.{name}": text
        for name, text in parse_qsl(urlsplit(made.headers["location"]).query)
    }
    await by_two(maker, checker, "redemption.offer", given)
    assert "/acts/redemption.withdraw" in await told(maker, PAGE)


async def booked(it: Scene) -> str:
    """An hour from now, which is an hour ago: the clock is moved on by two, within the bank's day."""
    gateway = it.there.gateways["settle-a"].gateway
    at_ms = gateway.clock.now_ms() + HOUR_MS
    await gateway.engine.advance(at_ms + HOUR_MS)
    return instant(at_ms)


@pytest.mark.slow
@in_loop
@pytest.mark.timeout(300)
async def test_a_holding_is_paid_early_by_forms(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        number, s1 = await it.held()
        held = f"/holdings/{number}:1-100000000:1"
        await offered(it, held)
        bank, second = await it.visitor("settle-a", "maker"), await it.visitor("settle-a", "checker")
        stranger = await it.visitor("bank-b", "maker")
        for visitor in (s1, bank):
            assert "3.0000" in await told(visitor, PAGE)
        assert "3.0000" in await told(s1, "/today")
        assert "3.0000" not in await told(stranger, PAGE)
        assert f'{held}/offer"' in await told(s1, held)

        agree = "/acts/redemption.agree"
        (given,) = await filled(s1, "redemption.agree", PAGE)
        await s1.done(await s1.send(f"{agree}/sign", {**given, **ACCOUNT}, of=agree))
        assert f'{held}/offer"' not in await told(s1, held)
        assert ACCOUNT["sealed.payee.account"] in await told(bank, PAGE)

        (given,) = await filled(bank, "redemption.attest", PAGE)
        now = await booked(it)
        more = {"args.reference": "TQ-1", "args.booked_ms": now, "args.document": DOCUMENT}
        await by_two(bank, second, "redemption.attest", {**given, **more})
        await projected(s1.running)
        assert "/acts/redemption." not in await told(bank, PAGE)
        assert f'{held}/redemption"' not in await told(await it.visitor("ce-a", "maker"), held)
