"""What waits for a holder's yes stands on its start page, with the form of the answer filled in."""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from tallychain.console.tests.browsing import Browser, projected, scene
from tallychain.console.tests.test_settling import DOCUMENT, act
from tallychain.gateway.tests.alliance import in_loop
from tallychain.gateway.tests.test_moving import NEW, UNLOCK, fresh_seat, moved


async def link(visitor: Browser, kind: str) -> str:
    """The one link on the start page to the form of an act."""
    await projected(visitor.running)
    found = re.findall(rf'href="(/acts/{re.escape(kind)}\?[^"]+)"', await visitor.page("/today"))
    assert len(found) == 1, (kind, found)
    return str(found[0]).replace("&amp;", "&")


@in_loop
@pytest.mark.timeout(300)
async def test_a_holder_finds_payments_outside_and_cancellations_that_wait_for_it(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        number, s1 = await it.held()
        maker, checker = await it.visitor("ce-a", "maker"), await it.visitor("ce-a", "checker")
        for kind in ("settlement.outside.consent", "voucher.consent"):
            assert f"/acts/{kind}" not in await s1.page("/today")
        outside = {"voucher": number, "holding": "1", "document": DOCUMENT}
        await act(maker, checker, "settlement.outside.propose", outside)
        await act(maker, checker, "voucher.cancel", {"voucher": number})

        assert "待确认的场外付款" in await s1.page("/today")
        shown = await s1.page(await link(s1, "settlement.outside.consent"))
        assert f'value="{number}"' in shown
        path = await link(s1, "voucher.consent")
        assert f'value="{number}"' in await s1.page(path)
        assert "/acts/voucher.consent" not in await maker.page("/today")

        form = "/acts/voucher.consent"
        given = dict(pair.split("=") for pair in path.partition("?")[2].split("&"))
        fields = {f"args.{name}": text for name, text in given.items()}
        await s1.done(await s1.send(f"{form}/sign", fields, of=path))
        assert "/acts/voucher.consent" not in await s1.page("/today")


@in_loop
@pytest.mark.timeout(300)
async def test_a_holder_that_has_consented_is_asked_no_more_while_others_are(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        number, s1 = await it.held()
        s2 = await it.visitor("bank-a", "s2")
        (holding,) = set(re.findall(r"/holdings/(EV[^\"/]+)", await s1.page("/holdings")))
        form = f"/holdings/{holding}/offer"
        await s1.done(await s1.send(f"{form}/sign", it.offer_fields(0, "s2", "300,000.00"), of=form))
        (take,) = set(re.findall(r"/offers/[0-9a-f]{64}:\d+/take", await s2.page("/today")))
        await s2.done(await s2.send(take, {}))
        maker, checker = await it.visitor("ce-a", "maker"), await it.visitor("ce-a", "checker")
        await act(maker, checker, "voucher.cancel", {"voucher": number})
        for holder in (s1, s2):
            path = await link(holder, "voucher.consent")
            given = dict(pair.split("=") for pair in path.partition("?")[2].split("&"))
            if holder is s2:
                assert "/acts/voucher.consent" not in await s1.page("/today")
            fields = {f"args.{name}": text for name, text in given.items()}
            await holder.done(await holder.send("/acts/voucher.consent/sign", fields, of=path))
        assert "/acts/voucher.consent" not in await s2.page("/today")


@in_loop
@pytest.mark.timeout(300)
async def test_makers_of_a_sponsor_are_told_who_names_the_accounts(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        number, s1 = await it.held()
        await s1.send("/clock", {"voucher": number, "to": "blackout"}, of="/today")
        maker, robot = await it.visitor("bank-a", "maker"), await it.visitor("bank-a", "robot")

        assert 'href="/acts#settlement.payee"' in await maker.page("/settlement")
        assert 'id="settlement.payee"' in await maker.page("/acts")
        assert 'href="/acts#settlement.payee"' not in await robot.page("/settlement")


@in_loop
@pytest.mark.timeout(300)
async def test_a_sponsor_finds_the_claims_against_it(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        number, s1 = await it.held()
        owner = await s1.running.as_account("s1")
        wallet = (await owner.post("/v1/wallet/export", {**UNLOCK, "leave": False})).json()
        await it.visitor("bank-b")
        other = it.there.gateways["bank-b"]
        await fresh_seat(it.there, other, "s1")
        assert (await moved(other, "s1", wallet)).status_code == 200
        elsewhere = await other.as_account("s1")
        claim = {"voucher": number, "holding": 1, "offer": ""}
        form = f'href="/acts/sponsor.claim?voucher={number}&amp;holding=1"'
        held = f"/holdings/{number}:1-100000000:1"
        assert form in await (await it.visitor("bank-b", "s1")).page(held)
        assert form not in await s1.page(held)
        claimed = await elsewhere.acts("sponsor.claim", claim, key="claim-0001", unlock={"passphrase": NEW})
        assert claimed["state"] == "done", claimed

        maker, robot = await it.visitor("bank-a", "maker"), await it.visitor("bank-a", "robot")
        assert 'href="/acts#sponsor.answer"' in await maker.page("/today")
        path = await link(robot, "sponsor.answer")
        tag = unquote(path.partition("tag=")[2])
        assert f'value="{tag}"' in await robot.page(path)
        assert "/acts/sponsor.answer" not in await (await it.visitor("ce-a", "maker")).page("/today")
        form = "/acts/sponsor.answer"
        await robot.done(await robot.send(f"{form}/sign", {"args.tag": tag}, of=path))
        assert "/acts/sponsor.answer" not in await robot.page("/today")
