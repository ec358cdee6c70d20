"""A settlement bank pays a maturity of which a court has frozen a part: it is called in time, its checker refuses once, and the frozen part is kept back."""

import re
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import Page

from tallychain.console.tests.test_courts import ordered
from tallychain.console.tests.test_settling import DOCUMENT
from tallychain.gateway.tests.alliance import in_loop
from tallychain.instruments.calendar import instant_ms, parse_date
from tests.browser.chromium import window
from tests.browser.people import People
from tests.browser.served import Stage, stage
from tests.browser.settling import ACCOUNT

MINUTE_MS: Final = 60_000
VISITED: Final = (
    "/today", "/settlement", "/settlement/calendar/2026-09", "/ladder", "/ladder?by=month", "/overdue", "/overdue?scope=all&ended=yes",
    "/courts", "/disputes", "/pledges", "/redemptions", "/disclosure", "/ceilings", "/members", "/tables/freezes",
)  # fmt: skip
FROZEN: Final = 30_000_000


async def frozen(it: Stage) -> str:
    """A voucher over a million of which a court has frozen 300,000.00; its number."""
    scene = it.scene
    number, _ = await scene.held()
    maker, checker = await scene.visitor("court", "maker"), await scene.visitor("court", "checker")
    (tag,) = set(re.findall(r"ed25519:[0-9a-f]{64}", await maker.page("/tables/holdings/csv")))
    await ordered(
        maker,
        checker,
        "court.freeze",
        {
            "args.voucher": number,
            "args.tag": tag,
            "args.holding": "1",
            "args.first": "1",
            "args.last": str(FROZEN),
            "args.until": "2027-03-15",
        },
    )
    return number


async def at(it: Stage, hour: int, minute: int = 0) -> None:
    """A time of the day of maturity."""
    await it.at(instant_ms(parse_date("2026-09-14")) + (60 * hour + minute) * MINUTE_MS)


async def named(it: People, holdings: tuple[str, ...]) -> None:
    """The sponsor's system names the accounts of the holdings."""
    robot = await it.at_desk("bank-a", "robot")
    for holding in holdings:
        await it.look(robot, "/settlement")
        await robot.locator(f"a[href*='settlement.payee'][href$='holding={holding}']").click()
        account = {**ACCOUNT, "sealed.payee.uscc": it.stage.scene.there.clients["s1"].uscc}
        await it.fill(robot, account)
        await robot.locator("button[value='check']").click()
        await it.sign(robot)


async def attested(it: People, maker: Page, number: str, reference: str) -> str:
    """The bank's maker states what was booked; the path of the draft."""
    await it.look(maker, "/settlement")
    await maker.locator(f"a[href*='settlement.attest'][href*='{number}']").click()
    await it.fill(
        maker,
        {
            "args.received_ms": "2026-09-14 08:30",
            "args.reference": reference,
            "args.document": DOCUMENT,
        },
    )
    await maker.locator("button[value='check']").click()
    await maker.locator("form.sign").wait_for()
    return await it.draft(maker)


async def refused(it: People, checker: Page, draft: str) -> None:
    """The checker sees a wrong reference and refuses, with a reason that the maker reads."""
    assert "B-WRONG" in await it.look(checker, draft)
    await checker.locator("details:has(form[action$='/refuse']) summary").click()
    await checker.fill("[name='reason']", "银行流水号有误")
    await checker.locator("form[action$='/refuse'] button").click()
    await checker.locator("dd:text-is('银行流水号有误')").wait_for()


async def paid(it: People, maker: Page, checker: Page) -> None:
    """What is not frozen is paid out."""
    await it.look(maker, "/settlement")
    await maker.locator("a[href*='settlement.payout']").click()
    rows = maker.locator("[name^='args.rows.'][name$='.reference']")
    await it.fill(maker, {"args.paid_ms": "2026-09-14 16:00", "args.document": DOCUMENT})
    await rows.first.fill("P-20260914-1")
    await maker.locator("button[value='check']").click()
    await maker.locator("form.sign").wait_for()
    await it.approve(checker, await it.draft(maker), "P-20260914-1")


@pytest.mark.slow
@in_loop
@pytest.mark.timeout(300)
async def test_a_bank_pays_a_maturity_of_which_a_court_has_frozen_a_part(tmp_path: Path) -> None:
    async with stage(tmp_path) as there, window(tmp_path) as browser:
        it = People(there, browser)
        number = await frozen(there)
        maker, checker = await it.at_desk("settle-a", "maker"), await it.at_desk("settle-a", "checker")
        assert "1,000,000.00" in await it.look(maker, "/ladder")
        await it.stage.at(instant_ms(parse_date("2026-09-12")))
        await named(it, ("1", str(FROZEN + 1)))
        await at(there, 15)
        assert "今日付款提醒" in await it.look(maker, "/today")
        await at(there, 16, 30)
        assert "最后提醒" in await it.look(maker, "/settlement")
        await it.window.shot(maker, "settlement-last-call")
        wrong = await attested(it, maker, number, "B-WRONG")
        await refused(it, checker, wrong)
        assert "银行流水号有误" in await it.look(maker, wrong)
        await it.approve(checker, await attested(it, maker, number, "B-20260914-1"), "B-20260914-1")
        assert "最后提醒" not in await it.look(maker, "/settlement")
        await paid(it, maker, checker)
        shown = await it.look(maker, "/settlement")
        assert "300,000.00" in shown
        assert "700,000.00" not in shown
        said = await it.look(maker, f"/vouchers/{number}")
        assert "P-20260914-1" in said
        await it.window.shot(maker, "voucher-frozen-part")
        phone = await it.on_phone("bank-a", "s1")
        for page in VISITED:
            await it.look(phone, page)
        assert "P-20260914-1" in await it.look(phone, f"/vouchers/{number}")
        assert "各月余额与逾期余额" in await it.look(phone, "/disclosure/ce-a")
        await it.window.shot(phone, "disclosure")
        assert browser.complaints == []
