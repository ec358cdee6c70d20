"""A sponsor says that a wallet is lost, a second bank has seen the client, and the holder objects, each from the page of lost wallets."""

from pathlib import Path

import pytest

from tallychain.console.tests.browsing import projected, scene
from tallychain.console.tests.test_disputes import by_two, filled, told
from tallychain.gateway.tests.alliance import in_loop

PAGE = "/rekeys"
GROUND = "口令遗失；法定代表人到场核验"


@pytest.mark.slow
@in_loop
@pytest.mark.timeout(300)
async def test_a_lost_wallet_is_stated_confirmed_and_objected_to_by_forms(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        number, s1 = await it.held()
        held = f"/holdings/{number}:1-100000000:1"
        maker, checker = await it.visitor("bank-a", "maker"), await it.visitor("bank-a", "checker")
        bank, second = await it.visitor("settle-a", "maker"), await it.visitor("settle-a", "checker")
        stranger = await it.visitor("bank-b", "maker")
        of = it.there.clients["s1"]
        said = {
            "sealed.client.name": of.name,
            "sealed.client.uscc": of.uscc,
            "sealed.client.certificate": "9c" * 32,
            "sealed.client.ground": GROUND,
        }
        assert await filled(stranger, "holder.rekey.propose", held) == []
        (given,) = await filled(maker, "holder.rekey.propose", held)
        new = {"args.receiver.sponsor": "bank-a", "args.receiver.uscc": of.uscc, "args.second": "settle-a"}
        await by_two(maker, checker, "holder.rekey.propose", {**given, **new, **said})

        assert GROUND in await told(s1, "/today")
        assert GROUND not in await told(stranger, PAGE)
        (given,) = await filled(bank, "holder.rekey.consent", "/today")
        other = {**said, "sealed.client.name": "另一公司"}
        await by_two(bank, second, "holder.rekey.consent", {**given, **other})
        assert "所指并非同一客户" in await told(bank, PAGE)
        assert await filled(bank, "holder.rekey.consent", PAGE) == []
        assert len(await filled(bank, "holder.rekey.decline", PAGE)) == 1
        assert len(await filled(maker, "holder.rekey.withdraw", PAGE)) == 1

        veto = "/acts/holder.rekey.veto"
        (given,) = await filled(s1, "holder.rekey.veto", PAGE)
        await s1.done(await s1.send(f"{veto}/sign", given, of=veto))
        await projected(s1.running)
        assert "/acts/holder.rekey." not in await told(s1, PAGE)
        assert "/acts/holder.rekey." not in await told(maker, PAGE)
