"""A funder claims from its seller by forms, the seller buys back, the bank says that the money has come, and title is the seller's again."""

import re
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from tallychain.console.shown import instant
from tallychain.console.tests.browsing import Browser, Scene, projected, scene
from tallychain.console.tests.test_disputes import by_two, filled, told
from tallychain.console.tests.test_financings import (
    HOUR_MS,
    alone,
    chosen,
    delivered,
    offered,
    quoted,
    requested,
    rows_of,
)
from tallychain.console.tests.test_settling import DOCUMENT, act, moved
from tallychain.gateway.tests.alliance import in_loop

PAGE = "/recourse"
ACCOUNT = {
    "sealed.payee.name": "乙银行股份有限公司",
    "sealed.payee.uscc": "",
    "sealed.payee.bank": "示例清算银行",
    "sealed.payee.bank_code": "102290000000",
    "sealed.payee.account": "1009876543210987654",
}


async def bought(it: Scene, s1: Browser, number: str) -> str:
    """bank-b has bought 300,000.00 with recourse; its holding."""
    name = await requested(it, s1, number, recourse="yes")
    await quoted(it, name, "3.65", instant(s1.running.gateway.clock.now_ms())[:10])
    await delivered(it)
    await chosen(s1, name)
    maker, checker = await it.visitor("bank-b", "maker"), await it.visitor("bank-b", "checker")
    bank, second = await it.visitor("settle-a", "maker"), await it.visitor("settle-a", "checker")
    now = instant(s1.running.gateway.clock.now_ms())[:16]
    shown = {"registration": "10012345000987654321", "registered_ms": now, "certificate": DOCUMENT}
    await act(maker, checker, "financing.register", await offered(maker, "financing.register") | shown)
    await bank.running.gateway.engine.advance(bank.running.gateway.clock.now_ms() + HOUR_MS)
    await bank.running.caught_up()
    now = instant(bank.running.gateway.clock.now_ms())[:16]
    booked = {"reference": "FK-20260416-0001", "booked_ms": now, "document": DOCUMENT}
    await act(bank, second, "financing.disburse", await offered(bank, "financing.disburse") | booked)
    await alone(s1, "financing.complete")
    await projected(maker.running)
    (held,) = [row["to_holding"] for row in await rows_of(maker, "financings") if row["to_holding"]]
    return f"/holdings/{held}"


async def computed(maker: Browser, form: str) -> dict[str, str]:
    """What the form for a claim of all that is unpaid fills into the act."""
    shown = await told(maker, form)
    values = {
        name: re.findall(rf'name="{name}"[^>]*value="([^"]*)"', shown)[0] for name in ("principal", "until")
    }
    assert values["principal"] == "300,000.00"
    made = await maker.send(form, {**values, "contract": "BL-1"}, of=form)
    assert made.status_code == 303, made.text
    query = parse_qsl(urlsplit(made.headers["location"]).query)
    return {name if name.startswith("sealed.") else f"args.{name}": text for name, text in query}


async def later(it: Scene, days: int) -> None:
    """The clock of the chain some days on, seen by every gateway."""
    gateway = it.there.gateways["settle-a"].gateway
    await gateway.engine.advance(gateway.clock.now_ms() + days * 24 * HOUR_MS)
    for running in it.there.gateways.values():
        await projected(running)


@pytest.mark.slow
@in_loop
@pytest.mark.timeout(300)
async def test_what_an_issuer_does_not_pay_is_claimed_from_the_seller_and_bought_back_by_forms(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as it:
        number, s1 = await it.held()
        held = await bought(it, s1, number)
        maker, checker = await it.visitor("bank-b", "maker"), await it.visitor("bank-b", "checker")
        form = f"{held}/recourse"
        assert (await maker.get(form)).status_code == 403
        await moved(it, s1, number, "maturity")
        await later(it, 10)

        assert f'href="{form}"' in await told(maker, held)
        assert (await s1.get(form)).status_code == 403
        wrong = await maker.send(form, {"principal": "much", "until": "2020-01-01"}, of=form)
        assert wrong.status_code == 422
        given = await computed(maker, form)
        await by_two(maker, checker, "recourse.claim", {**given, "args.bank": "settle-a", **ACCOUNT})

        bank, second = await it.visitor("settle-a", "maker"), await it.visitor("settle-a", "checker")
        stranger = await it.visitor("ce-a", "maker")
        for visitor in (maker, s1, bank):
            assert "BL-1" in await told(visitor, PAGE)
        assert "BL-1" not in await told(stranger, PAGE)
        assert "BL-1" in await told(s1, "/today")
        assert "/acts/recourse.withdraw" in await told(maker, PAGE)
        assert form not in await told(maker, held)

        agree = "/acts/recourse.buy_back"
        (fields,) = await filled(s1, "recourse.buy_back", PAGE)
        await s1.done(await s1.send(f"{agree}/sign", fields, of=agree))
        assert ACCOUNT["sealed.payee.account"] in await told(bank, "/today")
        (fields,) = await filled(bank, "recourse.attest", PAGE)
        now = instant(bank.running.gateway.clock.now_ms() + HOUR_MS)
        await bank.running.gateway.engine.advance(bank.running.gateway.clock.now_ms() + 2 * HOUR_MS)
        await projected(bank.running)
        more = {"args.reference": "HG-1", "args.booked_ms": now, "args.document": DOCUMENT}
        await by_two(bank, second, "recourse.attest", {**fields, **more})
        assert "/acts/recourse." not in await told(bank, PAGE)
        assert "已回购" in await told(s1, PAGE)
        (back,) = [
            row["holding"]
            for row in await rows_of(s1, "holdings")
            if row["acquired_by"] == "RECOURSE_BUYBACK"
        ]
        assert "回购取得" in await told(s1, f"/holdings/{back}")
