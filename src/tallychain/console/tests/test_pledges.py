"""A holding is pledged, accepted, claimed and released by forms, and each side sees what it may."""

import re
from pathlib import Path

import pytest

from tallychain.console.tests.browsing import Browser, projected, scene
from tallychain.console.tests.test_settling import DOCUMENT, act
from tallychain.gateway.tests.alliance import in_loop


async def told(visitor: Browser) -> str:
    """The page of pledges once the gateway has the newest block."""
    await projected(visitor.running)
    return await visitor.page("/pledges")


async def offered(visitor: Browser, kind: str) -> dict[str, str]:
    """What the page fills into the form of an act."""
    (query,) = set(re.findall(rf'href="/acts/{re.escape(kind)}\?([^"]+)"', await told(visitor)))
    return dict(pair.split("=") for pair in query.replace("&amp;", "&").split("&"))


async def claimed(maker: Browser, checker: Browser, amount: str) -> None:
    """The pledgee's two persons claim an amount."""
    form = "/acts/pledge.claim"
    given = {f"args.{name}": text for name, text in (await offered(maker, "pledge.claim")).items()}
    sealed = {"amount": amount, "contract": "ZY-1", "bank_code": "103290000000", "account": "62098765"}
    given |= {f"sealed.claim.{name}": text for name, text in sealed.items()}
    made = await maker.send(f"{form}/sign", given, of=form)
    draft = made.headers["location"]
    await checker.done(await checker.send(f"{draft}/approve", {}, of=draft))


@pytest.mark.slow
@in_loop
@pytest.mark.timeout(300)
async def test_a_holding_is_pledged_accepted_claimed_contested_and_released_by_forms(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        number, s1 = await it.held()
        (holding,) = set(re.findall(r"/holdings/(EV[^\"/]+)", await s1.page("/holdings")))
        form = f"/acts/pledge.create?voucher={number}&holding=1"
        assert form.replace("&", "&amp;") in await s1.page(f"/holdings/{holding}")
        fields = {
            "args.voucher": number,
            "args.holding": "1",
            "args.pledgee": "bank-b",
            "args.until": "2026-09-30",
            "sealed.terms.secured": "102,000.00",
            "sealed.terms.contract": "ZY-1",
        }
        await s1.done(await s1.send("/acts/pledge.create/sign", fields, of=form))
        await projected(s1.running)
        assert "/acts/pledge.recall?" in await told(s1)
        assert "pledge.create" not in await s1.page(f"/holdings/{holding}")

        maker, checker = await it.visitor("bank-b", "maker"), await it.visitor("bank-b", "checker")
        assert "102,000.00" in await told(maker)
        assert "/acts/pledge.accept?" in await maker.page("/today")
        registered = {**await offered(maker, "pledge.accept"), "registration": DOCUMENT}
        await act(maker, checker, "pledge.accept", registered)

        await claimed(maker, checker, "101,000.00")
        bank = await it.visitor("settle-a", "maker")
        for visitor in (s1, bank):
            assert "101,000.00" in await told(visitor)
        assert "102,000.00" not in await told(bank)
        stranger = await it.visitor("bank-a", "maker")
        assert not {"101,000.00", "102,000.00"} & set(re.findall(r"[0-9,]+\.00", await told(stranger)))

        assert "/acts/pledge.contest?" in await s1.page("/today")
        denied = {f"args.{name}": text for name, text in (await offered(s1, "pledge.contest")).items()}
        denied["sealed.reason.reason"] = "已归还 50,000.00"
        contest = "/acts/pledge.contest"
        await s1.done(await s1.send(f"{contest}/sign", denied, of=contest))
        await act(
            maker, checker, "pledge.enforce", {**await offered(maker, "pledge.enforce"), "document": DOCUMENT}
        )
        await act(maker, checker, "pledge.release", await offered(maker, "pledge.release"))
        assert "/acts/pledge.release?" not in await told(maker)
        assert "/acts/pledge.create?" in (await told(s1), await s1.page(f"/holdings/{holding}"))[1]
