"""A guarantor stands for an issuer by forms, is called when nothing is paid, holders get its money, and the issuer repays it."""

from pathlib import Path

import pytest

from tallychain.console.shown import instant
from tallychain.console.tests.browsing import projected, scene
from tallychain.console.tests.test_disputes import by_two, filled, told
from tallychain.console.tests.test_recourse import later
from tallychain.console.tests.test_settling import DOCUMENT, act, moved
from tallychain.gateway.tests.alliance import in_loop
from tallychain.ledger.identity import GUARANTOR

PAGE = "/guarantees"
GIVEN = {
    "issuer": "ce-a",
    "limit": "2,000,000.00",
    "until": "2026-12-31",
    "pay_days": "10",
    "terms": DOCUMENT,
}


@pytest.mark.slow
@in_loop
@pytest.mark.timeout(300)
async def test_a_guarantor_is_named_called_pays_and_is_repaid_by_forms(tmp_path: Path) -> None:
    async with scene(tmp_path, {"guar-a": (GUARANTOR,)}) as it:
        maker, checker = await it.visitor("guar-a", "maker"), await it.visitor("guar-a", "checker")
        issuer = await it.visitor("ce-a", "maker")
        assert "没有担保机构" in await told(issuer, PAGE)
        assert "/acts/guarantee.give" not in await told(issuer, PAGE)
        assert "/acts/guarantee.give" in await told(maker, PAGE)
        await act(maker, checker, "guarantee.give", GIVEN)
        assert "可用额度 2,000,000.00" in await told(issuer, "/issue")

        number, s1 = await it.held(guarantor="guar-a")
        shown = await told(s1, f"/vouchers/{number}")
        assert "担保机构" in shown
        assert "担保中" in shown
        assert "1,000,000.00" in await told(maker, PAGE)
        (ended,) = await filled(maker, "guarantee.end", PAGE)
        await by_two(maker, checker, "guarantee.end", ended)
        assert "可用额度" not in await told(issuer, "/issue")

        await moved(it, s1, number, "maturity")
        bank, second = await it.visitor("settle-a", "maker"), await it.visitor("settle-a", "checker")
        assert await filled(bank, "guarantor.pay", PAGE) == []
        await later(it, 5)
        assert "待担保机构代偿" in await told(s1, PAGE)
        assert await filled(s1, "guarantor.pay", PAGE) == []
        (given,) = await filled(bank, "guarantor.pay", PAGE)
        now = instant(bank.running.gateway.clock.now_ms())[:16]
        money = {"args.received_ms": now, "args.document": DOCUMENT}
        booked = {"args.amount": "1,000,000.00", "args.reference": "DC-1", **money}
        await by_two(bank, second, "guarantor.pay", {**given, **booked})
        assert "已代偿" in await told(maker, PAGE)
        assert "担保机构代位" in await told(bank, f"/vouchers/{number}")

        paid = {"voucher": number, "amount": "1,000,000.00", "received_ms": now, "reference": "CH-1"}
        await act(bank, second, "settlement.attest", {**paid, "document": DOCUMENT})
        (given,) = await filled(bank, "guarantor.pass_on", PAGE)
        passed = {"args.reference": "ZF-1", "args.paid_ms": now, "args.document": DOCUMENT}
        await by_two(bank, second, "guarantor.pass_on", {**given, **passed})
        assert "已转付担保机构" in await told(maker, PAGE)
        assert await filled(bank, "guarantor.pass_on", PAGE) == []
        await projected(s1.running)
        assert "开立方已偿还担保机构" in await told(s1, f"/vouchers/{number}")
