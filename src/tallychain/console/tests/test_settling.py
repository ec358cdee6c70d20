"""Settlement by forms: from the black-out to the last fen paid out, with every page that shows it."""

import re
from pathlib import Path

import pytest

from tallychain.console.tests.browsing import Browser, Scene, projected, scene
from tallychain.gateway.tests.alliance import in_loop
from tallychain.instruments.calendar import instant_ms, parse_date

PAGES = ("/settlement", "/settlement/calendar", "/settlement/calendar/2026-09")
DOCUMENT = "d0" * 32


async def moved(it: Scene, visitor: Browser, voucher: str, to: str) -> None:
    """The clock of the chain at a point of a voucher, seen by every gateway."""
    await visitor.send("/clock", {"voucher": voucher, "to": to}, of="/today")
    for running in it.there.gateways.values():
        await projected(running)


async def act(maker: Browser, checker: Browser, kind: str, fields: dict[str, str], query: str = "") -> None:
    """An act of two persons by the form of its declaration."""
    form = f"/acts/{kind}{query}"
    given = {f"args.{name}": text for name, text in fields.items()}
    made = await maker.send(f"/acts/{kind}/sign", given, of=form)
    assert made.status_code == 303, made.text
    draft = made.headers["location"]
    await checker.done(await checker.send(f"{draft}/approve", {}, of=draft))


async def late(visitor: Browser, expected: dict[str, int]) -> None:
    """What the operator of a gateway is told of late payments: alarms and figures."""
    await projected(visitor.running)
    alarms = (await visitor.running.http.get("/readyz")).json()["alarms"]
    figures = (await visitor.running.http.get("/metrics")).text
    for what, alarm in (("payouts", "PAYOUT_LATE"), ("returns", "RETURN_LATE")):
        count = expected.get(what, 0)
        assert (alarm in alarms) == bool(count)
        assert f"tally_gateway_{what}_late {count}.0" in figures
        assert f'tally_gateway_alarm{{kind="{alarm}"}} {min(count, 1)}.0' in figures


@in_loop
@pytest.mark.timeout(300)
async def test_a_voucher_is_paid_out_by_forms(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        number, s1 = await it.held()
        bank, checker = await it.visitor("settle-a", "maker"), await it.visitor("settle-a", "checker")
        await moved(it, s1, number, "blackout")
        assert "尚未登记收款账户" in await bank.page("/today")
        robot = await it.visitor("bank-a", "robot")
        assert f"/acts/settlement.payee?voucher={number}" in await robot.page("/settlement")
        payee = {
            "args.voucher": number,
            "args.holding": "1",
            "sealed.payee.name": it.there.clients["s1"].name,
            "sealed.payee.uscc": it.there.clients["s1"].uscc,
            "sealed.payee.bank": "示例银行",
            "sealed.payee.bank_code": "102290000000",
            "sealed.payee.account": "1001234567890123456",
        }
        form = "/acts/settlement.payee"
        await robot.done(await robot.send(f"{form}/sign", payee, of=form))
        await moved(it, s1, number, "maturity")
        assert "1,000,000.00" in await bank.page("/settlement/calendar/2026-09")
        shown = await bank.page("/settlement")
        (query,) = set(re.findall(r'href="/acts/settlement\.attest(\?[^"]+)"', shown))
        assert 'value="1000000.00"' in await bank.page(
            f"/acts/settlement.attest{query}".replace("&amp;", "&")
        )
        booked = {
            "voucher": number,
            "amount": "1,000,000.01",
            "received_ms": "2026-09-14 08:30",
            "reference": "B-1",
        }
        await act(bank, checker, "settlement.attest", booked | {"document": DOCUMENT})
        shown = await bank.page("/settlement")
        assert "/acts/settlement.payout?" in shown
        rows = {"rows.0.holding": "1", "rows.0.amount": "1000000.00", "rows.0.reference": "P-1"}
        paid = {"voucher": number, "paid_ms": "2026-09-14 08:50", "document": DOCUMENT}
        await late(bank, {})
        await bank.running.gateway.engine.advance(instant_ms(parse_date("2026-09-16")))
        await late(bank, {"payouts": 1, "returns": 1})
        await late(s1, {})
        await act(bank, checker, "settlement.payout", paid | rows)
        await late(bank, {"returns": 1})
        for visitor in (s1, bank):
            await projected(visitor.running)
            shown = await visitor.page(f"/vouchers/{number}")
            assert "已结清" in shown
            assert "P-1" in shown


@in_loop
@pytest.mark.timeout(300)
async def test_who_is_not_paid_is_told_and_the_issuer_is_blocked(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        number, s1 = await it.held()
        issuer = await it.visitor("ce-a", "maker")
        await moved(it, s1, number, "cutoff")
        assert (await s1.send("/clock", {"to": "blackout"}, of="/today")).status_code == 409
        assert "拒付通知" in await s1.page("/today")
        assert "到期未付" in await issuer.page("/today")
        assert "已限制开立" in await issuer.page("/ceilings")
        assert "补足前不得开立新凭证" in await issuer.page("/issue")
        for visitor in (s1, issuer, await it.visitor("bank-b", "checker", "en")):
            for path in (*PAGES, "/today", f"/vouchers/{number}"):
                assert (await visitor.get(path)).status_code == 200, path
        assert (await s1.get("/settlement/calendar/2026-13")).status_code == 404
        wrong = await issuer.get("/acts/settlement.attest")
        assert wrong.status_code == 200
