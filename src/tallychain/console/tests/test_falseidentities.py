"""A sponsor lets its client offer units under another name; the issuer's gateway finds it, two persons show it, and everybody sees who carried it."""

import re
from pathlib import Path

import pytest

from tallychain.console.tests.browsing import Browser, Scene, projected, scene
from tallychain.console.tests.test_disputes import told
from tallychain.gateway.tests.alliance import in_loop

PAGE = "/falseidentities"
NOBODY = "某某贸易有限公司"
FORM = re.compile(rf'href="({PAGE}/[^"]+/challenge)"')


async def offered(it: Scene, s1: Browser, amount: str, name: str) -> str:
    """Units offered by s1 under a name, which its sponsor does not mind; the offer's operation."""
    database = s1.running.gateway.database

    async def called(text: str) -> None:
        await database.write(
            lambda db: db.execute("UPDATE seat SET name = ? WHERE id = ?", (text, "s1")).rowcount
        )

    holding = re.findall(r"/holdings/(EV[^\"/]+)", await s1.page("/holdings"))[0]
    form = f"/holdings/{holding}/offer"
    await called(name)
    led = await s1.done(await s1.send(f"{form}/sign", it.offer_fields(0, "s2", amount), of=form))
    await called(it.there.clients["s1"].name)
    return led.rpartition("/")[2]


@pytest.mark.slow
@pytest.mark.attack(38)
@in_loop
@pytest.mark.timeout(300)
async def test_an_offer_under_another_name_is_found_shown_by_two_persons_and_ends(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        _, s1 = await it.held()
        maker, checker = await it.visitor("ce-a", "maker"), await it.visitor("ce-a", "checker")
        stranger = await it.visitor("settle-a", "maker")
        true = await offered(it, s1, "1.00", it.there.clients["s1"].name)
        assert FORM.findall(await told(maker, PAGE)) == []

        false = await offered(it, s1, "300,000.00", NOBODY)

        (form,) = FORM.findall(await told(maker, PAGE))
        assert false in form
        for page in (PAGE, "/today", form):
            assert NOBODY in await told(maker, page)
        assert NOBODY not in await told(stranger, PAGE)
        for refused in (stranger, s1):
            assert (await refused.get(form)).status_code == 403
        assert (await maker.get(form.replace(false, true))).status_code == 403
        voucher = form.split("/")[2]
        house = await maker.running.as_account("maker")
        await projected(maker.running)
        said = await house.act(
            "identity.challenge", {"voucher": voucher, "act": true}, key="challenge-true-1"
        )
        assert said.status_code == 422, said.text
        assert "IDENTITY_IS_TRUE" in said.text

        made = await maker.send(form, {}, of=form)
        assert made.status_code == 303, made.text
        draft = made.headers["location"]
        await checker.done(await checker.send(f"{draft}/approve", {}, of=draft))

        assert FORM.findall(await told(maker, PAGE)) == []
        carried = await it.visitor("bank-a", "maker")
        for visitor, page in ((stranger, PAGE), (carried, "/today"), (maker, "/today"), (s1, "/today")):
            assert "证书主体不符" in await told(visitor, page)
        assert "/recall" in await told(s1, "/today")
        assert f"/offers/{false}:1/recall" not in await told(s1, "/today")
