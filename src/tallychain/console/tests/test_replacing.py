"""An issuer asks another settlement bank by the form that a voucher's page offers, and that bank takes the voucher over from its own page."""

import re
from pathlib import Path

import pytest

from tallychain.console.tests.browsing import projected, scene
from tallychain.console.tests.test_disputes import by_two, filled, told
from tallychain.console.tests.test_settling import DOCUMENT, act
from tallychain.gateway.tests.alliance import in_loop
from tallychain.ledger.identity import SETTLEMENT_BANK

PROPOSE, CONSENT = "settlement.reassign.propose", "settlement.reassign.consent"


@pytest.mark.slow
@in_loop
@pytest.mark.timeout(300)
async def test_a_settlement_bank_is_replaced_by_forms(tmp_path: Path) -> None:
    async with scene(tmp_path, {"settle-b": (SETTLEMENT_BANK,)}) as it:
        number, s1 = await it.held()
        maker, checker = await it.visitor("ce-a", "maker"), await it.visitor("ce-a", "checker")
        bank, second = await it.visitor("settle-b", "maker"), await it.visitor("settle-b", "checker")
        await act(maker, checker, "settlement.agree.propose", {"bank": "settle-b", "terms": DOCUMENT})
        (given,) = await filled(bank, "settlement.agree.consent", "/settlement")
        await by_two(bank, second, "settlement.agree.consent", given)
        page = f"/vouchers/{number}"
        assert await filled(s1, PROPOSE, page) == []
        assert await filled(bank, CONSENT, "/settlement") == []

        (given,) = await filled(maker, PROPOSE, page)
        await by_two(maker, checker, PROPOSE, {**given, "args.bank": "settle-b"})

        assert "接任" in await told(s1, page)
        (given,) = await filled(bank, CONSENT, "/settlement")
        await by_two(bank, second, CONSENT, given)
        await projected(s1.running)
        row = (await (await s1.running.as_account("s1")).get(f"/v1/vouchers/{number}")).json()
        assert row["settlement_bank"] == "settle-b"
        assert re.search("接任", await told(s1, page)) is None
