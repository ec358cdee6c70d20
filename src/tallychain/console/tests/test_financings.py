"""Money is asked for, quoted, chosen, registered, paid, denied and confirmed by forms, and each side sees what it may."""

import asyncio
import html
import re
from pathlib import Path
from typing import Any

import pytest

from tallychain.console.shown import instant
from tallychain.console.tests.browsing import TOKEN, Browser, Scene, projected, scene
from tallychain.console.tests.test_settling import DOCUMENT, act
from tallychain.gateway.quotes import MARGIN_MS
from tallychain.gateway.tests.alliance import in_loop
from tallychain.gateway.tests.test_quoting import by_other_means, quoting_of, terms
from tallychain.testkit.standinregistry import StandInRegistry

FACE = 30_000_000
HOUR_MS = 3_600_000


async def told(visitor: Browser, path: str = "/financings") -> str:
    """A page once the gateway has the newest block."""
    await projected(visitor.running)
    return await visitor.page(path)


async def offered(visitor: Browser, kind: str, path: str = "/financings") -> dict[str, str]:
    """What a page fills into the form of an act."""
    (query,) = set(re.findall(rf'href="/acts/{re.escape(kind)}\?([^"]+)"', await told(visitor, path)))
    return dict(pair.split("=") for pair in html.unescape(query).split("&"))


async def rows_of(visitor: Browser, view: str) -> list[dict[str, Any]]:
    """The rows of a list as the visitor's gateway has them."""
    assert visitor.running.gateway.read_model is not None
    return [dict(row) for row in (await visitor.running.gateway.read_model.list(view, {}, (), "", 100)).rows]


async def requested(it: Scene, s1: Browser, number: str, **more: str) -> str:
    """s1 asks bank-b for 300,000.00; the financing's name."""
    (holding,) = set(re.findall(r"/holdings/(EV[^\"/]+)", await s1.page("/holdings")))
    form = f"/holdings/{holding}/finance"
    assert form in await s1.page(f"/holdings/{holding}")
    fields = {
        "amount": "300,000.00",
        "form": "FACTORING",
        "recourse": "no",
        "hours": "1",
        "funder.bank-b": "yes",
        "contract": "CG-1",
        "invoices": "26312000000000000034",
        "purpose": "采购原材料",
        **more,
    }
    for wrong in ({"amount": "1,000,000.01"}, {"funder.bank-b": ""}, {"hours": "5"}, {"purpose": ""}):
        assert (await s1.send(form, {**fields, **wrong}, of=form)).status_code == 422, wrong
    review = await s1.send(form, fields, of=form)
    assert "300,000.00" in review.text, review.text
    await s1.done(await s1.send(f"{form}/sign", fields, of=form))
    assert "询价中" in await told(s1, f"/holdings/{holding}")
    (name,) = set(re.findall(r"/financings/([0-9a-f]{64})", await told(s1)))
    return str(name)


async def quoted(it: Scene, name: str, rate: str, day: str) -> None:
    """bank-b's two persons quote by the form; the second reads what it comes to."""
    maker, checker = await it.visitor("bank-b", "maker"), await it.visitor("bank-b", "checker")
    form = f"/financings/{name}/quote"
    assert form in await told(maker, "/today")
    assert "采购原材料" in await told(maker, f"/financings/{name}")
    fields = {
        "rate": rate,
        "fees": "0.00",
        "value_date": day,
        "day_count": "ACT_360",
        "contract": "BL-1",
        "paying_bank": "settle-a",
        "uscc": it.there.clients["s4"].uscc,
    }
    for wrong in ({"rate": "3,65"}, {"fees": "300,000.00"}, {"contract": ""}, {"paying_bank": ""}):
        assert (await maker.send(form, {**fields, **wrong}, of=form)).status_code == 422, wrong
    review = await maker.send(form, fields, of=form)
    assert "3.6500 %" in review.text, review.text
    made = await maker.send(f"{form}/sign", fields, of=form)
    assert made.status_code == 303, made.text
    draft = made.headers["location"]
    assert "综合年化成本: 3.6500 %" in await checker.page(draft)
    await checker.done(await checker.send(f"{draft}/approve", {}, of=draft))
    assert "3.6500 %" not in await told(maker, f"/financings/{name}")
    assert form not in await told(maker, "/today")


async def delivered(it: Scene) -> None:
    """An hour later the funder's gateway has delivered."""
    funder = it.there.gateways["bank-b"]
    await funder.gateway.engine.advance(funder.gateway.clock.now_ms() + HOUR_MS + MARGIN_MS)
    for running in it.there.gateways.values():
        await running.caught_up()
    for _ in range(6_000):
        await funder.gateway.quotes.deliver_due()
        row = await funder.gateway.database.read(
            lambda db: db.execute("SELECT count(*) FROM quote_kept WHERE state = 'delivered'").fetchone()
        )
        if row[0]:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("the quote is not delivered")


async def chosen(s1: Browser, name: str) -> str:
    """s1 chooses what it can read now; the net proceeds."""
    path = f"/financings/{name}"
    shown = await told(s1, path)
    assert "最优" in shown
    assert f'href="{path}"' in await told(s1, "/today")
    form = f"{path}/award/bank-b"
    assert form in shown
    fields = {
        "seller_bank": "bank-a",
        "name": "S1",
        "bank_code": "102290000000",
        "account": "1001234567890123456",
    }
    for wrong in ({"seller_bank": "bank-b"}, {"account": ""}):
        assert (await s1.send(form, {**fields, **wrong}, of=form)).status_code == 422, wrong
    review = (await s1.send(form, fields, of=form)).text
    assert "合同编号 BL-1" in review, review
    net = int(re.findall(r"&#34;amount&#34;: ([0-9]+)", review)[0])
    await s1.done(await s1.send(f"{form}/sign", fields, of=form))
    (bound,) = [
        row["holding"]
        for row in await rows_of(s1, "holdings")
        if row["status"] == "LIVE" and row["face"] == FACE
    ]
    page = await told(s1, f"/holdings/{bound}")
    assert f'href="{path}"' in page
    assert "/acts/pledge.create?" not in page
    return f"{net // 100:,}.{net % 100:02d}"


async def denied_and_confirmed(it: Scene, s1: Browser) -> None:
    """s1 denies that the money came, its bank says the same, and at last s1 confirms it."""
    assert "/acts/financing.complete?" in await told(s1, "/today")
    await alone(s1, "financing.refute")
    payee, checker = await it.visitor("bank-a", "maker"), await it.visitor("bank-a", "checker")
    assert "/acts/financing.attest?" in await told(payee, "/today")
    given = await offered(payee, "financing.attest")
    await act(payee, checker, "financing.attest", given | {"document": DOCUMENT})
    assert "/acts/financing.attest?" not in await told(payee)
    assert "款项未到账" in await told(s1, f"/financings/{given['financing']}")
    await alone(s1, "financing.complete")


async def alone(s1: Browser, kind: str) -> None:
    """An act of the seller by the form that the page fills in."""
    fields = {f"args.{field}": text for field, text in (await offered(s1, kind)).items()}
    await s1.done(await s1.send(f"/acts/{kind}/sign", fields, of=f"/acts/{kind}"))


@pytest.mark.slow
@in_loop
@pytest.mark.timeout(300)
async def test_a_false_quote_is_called_false_cannot_be_chosen_and_is_made_void_by_a_form(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as it:
        number, s1 = await it.held()
        name = await requested(it, s1, number)
        await it.visitor("bank-b", "maker")
        funder = it.there.gateways["bank-b"]
        voucher = (await (await funder.as_account("maker")).get(f"/v1/vouchers/{number}")).json()
        false = terms(voucher["effective_maturity"], 36_500)
        false["net"] += 100
        args = quoting_of(it.there, number, name, {})
        await by_other_means(funder, args, false, "quote-0001")
        await funder.gateway.engine.advance(funder.gateway.clock.now_ms() + HOUR_MS + MARGIN_MS)
        await funder.caught_up()
        robot, named = await funder.as_account("robot"), {"voucher": number, "financing": name}
        sent = await robot.acts("financing.reveal", named, key="quote-0001", sealed={"quote": false})
        assert sent["state"] == "done", sent
        shown = await told(s1, f"/financings/{name}")
        assert "金额与利率不符" in shown
        assert f"/financings/{name}/award/" not in shown
        assert (await s1.get(f"/financings/{name}/award/bank-b")).status_code == 409
        form = f"/financings/{name}/challenge/bank-b"
        assert form in shown
        stranger = await it.visitor("bank-b", "maker")
        assert (await stranger.get(form)).status_code == 403
        await s1.done(await s1.send(form, {}, of=form))
        assert "已作废" in await told(s1, f"/financings/{name}")


async def due_at_the_registry(maker: Browser, stand_in: StandInRegistry, name: str, now: str) -> str:
    """The funder is told what is due, exports it, and files it; the number of the registration."""
    assert "放款前须登记" in await told(maker, "/registry")
    assert 'href="/registry"' in await told(maker, "/today")
    assert 'href="/registry"' in await told(maker, "/financings")
    exported = await maker.get("/registry/export")
    assert exported.headers["content-disposition"].startswith("attachment")
    return stand_in.take(exported.content, now)[name]


async def compared(maker: Browser, content: bytes, step: str, *, status: int = 200) -> str:
    """The page after a list was given."""
    token = TOKEN.findall((await maker.get("/registry")).text)[0]
    given = {"form_token": token, "step": step}
    answer = await maker.http.post("/registry", data=given, files={"list": ("list.csv", content)})
    assert answer.status_code == status, answer.text
    assert "一致" not in answer.text
    return answer.text


async def reported(it: Scene, maker: Browser, s1: Browser, name: str) -> None:
    """The funder's staff sees the rate against the grade then, as a picture, a table and files; nobody else has it."""
    shown = await told(maker, "/rates")
    assert all(text in shown for text in ("3.6500 %", "尚无已结账月份", "<svg", f"/financings/{name}"))
    assert 'href="/rates"' in await told(maker, "/today")
    assert "没有本机构的融资" in await told(maker, "/rates?issuer=ce-b&months=12")
    assert (await maker.get("/rates?issuer=nobody")).status_code == 404
    each = await maker.get("/rates?of=financings&as=csv")
    assert all(text in each.text for text in (name, "300000.00", "3.6500 %", "保理融资"))
    months = await maker.get("/rates?as=xlsx")
    assert months.content[:2] == b"PK"
    assert months.headers["content-disposition"].startswith('attachment; filename="rates-months-')
    assert (await s1.get("/rates")).status_code == 403
    for member in ("ce-a", "bank-a"):
        other = await it.visitor(member, "maker")
        assert "3.6500 %" not in await told(other, "/rates")


@pytest.mark.slow
@in_loop
@pytest.mark.timeout(300)
async def test_money_is_asked_for_quoted_chosen_registered_paid_denied_and_confirmed_by_forms(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as it:
        number, s1 = await it.held()
        name = await requested(it, s1, number)
        day = instant(s1.running.gateway.clock.now_ms())[:10]
        await quoted(it, name, "3.65", day)
        assert (await s1.get(f"/financings/{name}/quote")).status_code == 403
        await delivered(it)
        amount = await chosen(s1, name)

        maker, checker = await it.visitor("bank-b", "maker"), await it.visitor("bank-b", "checker")
        bank, second = await it.visitor("settle-a", "maker"), await it.visitor("settle-a", "checker")
        stranger = await it.visitor("ce-a", "maker")
        assert amount not in await told(stranger, f"/financings/{name}")
        now = instant(s1.running.gateway.clock.now_ms())[:16]
        stand_in = StandInRegistry()
        registration = await due_at_the_registry(maker, stand_in, name, now)
        shown = {"registration": registration, "registered_ms": now, "certificate": DOCUMENT}
        await act(maker, checker, "financing.register", await offered(maker, "financing.register") | shown)
        assert "自上一工作日起尚未导入" in await told(maker, "/today")
        assert (await stranger.get("/registry")).status_code == 200
        assert (await s1.get("/registry")).status_code == 403
        for step, said in (("dry", "仅核对，未保存"), ("keep", "清单已保存")):
            assert said in await compared(maker, stand_in.list(), step)
        assert "尚未导入" not in await told(maker, "/today")
        assert "GATEWAY_FIELD_NOT_VALID" in await compared(maker, b"not a list", "keep", status=400)
        assert amount in await told(bank, f"/financings/{name}")
        assert "/acts/financing.disburse?" in await told(bank, "/today")
        await bank.running.gateway.engine.advance(bank.running.gateway.clock.now_ms() + HOUR_MS)
        await bank.running.caught_up()
        now = instant(bank.running.gateway.clock.now_ms())[:16]
        booked = {"reference": "FK-20260416-0001", "booked_ms": now, "document": DOCUMENT}
        await act(bank, second, "financing.disburse", await offered(bank, "financing.disburse") | booked)
        await denied_and_confirmed(it, s1)
        for visitor in (s1, maker, bank):
            assert "已完成" in await told(visitor, f"/financings/{name}")
        await reported(it, maker, s1, name)
        english = await it.visitor("bank-b", "maker", "en")
        assert "Net proceeds" in await told(english, f"/financings/{name}")
        assert "Financings" in await told(english)
