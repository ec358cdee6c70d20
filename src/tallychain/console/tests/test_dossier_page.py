"""The title dossier: the issuer shows earlier holders to the funder asked, a gap is shown as an incomplete chain, and nothing false is kept."""

import asyncio
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tallychain.console.tests.browsing import Browser, Scene, projected, scene
from tallychain.console.tests.test_financings import requested
from tallychain.console.tests.test_sharing_page import until_shown
from tallychain.gateway.dossiers import MISSING, NOT_ENTITLED, NOT_ISSUER, PROVEN, UNPROVEN
from tallychain.gateway.letters import Dossier, DossierLink
from tallychain.gateway.problems import Problem
from tallychain.gateway.tests.alliance import Running, code, in_loop

PATIENCE = 600


async def passed(it: Scene, giver: Browser, row: int, client: str, amount: str) -> Browser:
    """A holder passes an amount on to another client of the same bank."""
    (holding,) = set(re.findall(r"/holdings/(EV[^\"/]+)", await giver.page("/holdings")))
    form = f"/holdings/{holding}/offer"
    await giver.done(await giver.send(f"{form}/sign", it.offer_fields(0, client, amount), of=form))
    receiver = await it.visitor("bank-a", client)
    await projected(receiver.running)
    (take,) = set(re.findall(r"/offers/[0-9a-f]{64}:\d+/take", await receiver.page("/today")))
    await receiver.done(await receiver.send(take, {}))
    return receiver


async def dossier_of(funder: Running, financing: str) -> dict[str, Any]:
    maker = await funder.as_account("maker")
    answer = await maker.get(f"/v1/title-dossiers/{financing}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def until_links(funder: Running, financing: str, states: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for _ in range(PATIENCE):
        found = await dossier_of(funder, financing)
        if [link["state"] for link in found["links"]] == states:
            return found
        await asyncio.sleep(0.1)
    raise AssertionError(found)


async def links_of(issuer: Running, financing: str) -> list[DossierLink]:
    """What the issuer can show."""
    dossiers = issuer.gateway.filing.dossiers
    row = await dossiers._financing(financing)
    made = [await dossiers._link(link) for link in (await dossiers._chain(row))[:-1]]
    return [link for link in made if link is not None]


async def refused(funder: Running, sender: str, given: Dossier) -> None:
    with pytest.raises(Problem) as caught:
        await funder.gateway.filing.dossiers.take(sender, given)
    assert caught.value.code == "GATEWAY_LETTER_NOT_VALID"


async def nothing_false_is_kept(funder: Running, financing: str, links: list[DossierLink]) -> None:
    """Another's letter, another's holder, another identity, and an act of somebody else are turned away whole."""
    first, second = links
    await refused(funder, "bank-a", Dossier(financing, "", (first,)))
    for false in (
        msgspec.structs.replace(first, content=first.content.replace(b"s1", b"s9")),
        msgspec.structs.replace(first, content=first.content + b" "),
        msgspec.structs.replace(first, salt=b"x" * 32),
        msgspec.structs.replace(first, salt=b""),
        msgspec.structs.replace(first, tag=second.tag),
        msgspec.structs.replace(first, operation=second.operation),
        msgspec.structs.replace(first, operation=financing),
        msgspec.structs.replace(first, tag="ed25519:" + "ab" * 32),
    ):
        await refused(funder, "ce-a", Dossier(financing, "", (false,)))
    with pytest.raises(Problem) as caught:
        await funder.gateway.filing.dossiers.take("ce-a", Dossier("e" * 64, ""))
    assert caught.value.code == "GATEWAY_FINANCING_NOT_SEEN"
    found = await dossier_of(funder, financing)
    assert [link["state"] for link in found["links"]] == [MISSING, MISSING, PROVEN]


async def only_those_asked(it: Scene, issuer: Running, financing: str) -> None:
    """Whoever was not asked is told so, and another member has no dossier of it to give."""
    dossiers = issuer.gateway.filing.dossiers
    await dossiers.answer("bank-a", "0" * 32, financing)
    await dossiers.answer("bank-b", "1" * 32, "e" * 64)
    maker = await issuer.as_account("maker")
    rows = (await maker.get("/v1/title-dossiers")).json()
    assert {(row["member"], row["why"], row["links"]) for row in rows} == {
        ("bank-a", NOT_ENTITLED, 0),
        ("bank-b", NOT_ISSUER, 0),
    }
    other = await it.there.gateways["bank-a"].as_account("maker")
    for caller in (maker, other):
        assert code(await caller.get(f"/v1/title-dossiers/{financing}")) == "GATEWAY_NOT_FOUND"
        assert code(await caller.post(f"/v1/title-dossiers/{financing}/ask")) == "GATEWAY_NOT_FOUND"
    looker = await it.there.gateways["bank-b"].as_account("looker")
    assert code(await looker.get(f"/v1/title-dossiers/{financing}")) == "GATEWAY_FORBIDDEN"


async def asked_once_more(it: Scene, maker: Browser, english: Browser, place: str, gap: Dossier) -> None:
    """Asked again the issuer shows all, and a later letter with gaps takes nothing away."""
    funder, financing = maker.running, gap.financing
    assert (await maker.send(f"{place}/ask-dossier", {}, of=place)).status_code == 303
    found = await until_links(funder, financing, [PROVEN, PROVEN, PROVEN])
    assert found["is_whole"]
    assert [link["uscc"] for link in found["links"]] == [
        it.there.clients[name].uscc for name in ("s1", "s2", "s3")
    ]
    shown = await until_shown(maker, place, "链条完整")
    assert it.there.clients["s1"].uscc in shown
    assert "chain complete" in await english.page(place)
    # What a later letter leaves out or cannot prove takes nothing away.
    await funder.gateway.filing.dossiers.take("ce-a", gap)
    assert (await dossier_of(funder, financing))["is_whole"]
    kept = await funder.gateway.database.read(
        lambda db: db.execute("SELECT kept FROM dossier_link").fetchall()
    )
    assert len(kept) == 2
    assert all(it.there.clients["s1"].uscc.encode() not in bytes(row[0]) for row in kept)


@pytest.mark.slow
@in_loop
@pytest.mark.timeout(300)
async def test_a_funder_sees_three_holders_and_a_gap_until_the_issuer_shows_it(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        number, s1 = await it.held()
        issuer = it.there.gateways["ce-a"]
        s2 = await passed(it, s1, 0, "s2", "600,000.00")
        s3 = await passed(it, s2, 0, "s3", "400,000.00")
        maker = await it.visitor("bank-b", "maker")
        funder = maker.running
        await issuer.gateway.chores.close()
        financing = await requested(it, s3, number)
        place = f"/financings/{financing}"
        await projected(funder)
        await projected(issuer)

        # The issuer is silent: whoever was asked sees that, in both languages, and the seller sees nothing of it.
        assert "链条不完整" in await maker.page(place)
        assert "开立方尚未出示" in await maker.page(place)
        english = await it.visitor("bank-b", "checker", "en")
        assert "chain incomplete" in await english.page(place)
        assert "权属链" not in await s3.page(place)
        await only_those_asked(it, issuer, financing)
        links = await links_of(issuer, financing)
        await nothing_false_is_kept(funder, financing, links)

        # One hop is missing, another is named without its certificate.
        second = msgspec.structs.replace(links[1], certificates=())
        letter = Dossier(financing, "", (second,))
        await issuer.gateway.postbox.send("bank-b", "dossier", letter, letter_id="2" * 32)
        found = await until_links(funder, financing, [MISSING, UNPROVEN, PROVEN])
        assert (found["is_whole"], found["got_ms"] > 0) == (False, True)
        shown = await until_shown(maker, place, "已具名，未证明")
        assert "链条不完整" in shown
        assert "本地没有其证书" in shown
        assert it.there.clients["s1"].uscc not in shown
        assert "missing" in await english.page(place)

        await asked_once_more(it, maker, english, place, letter)


@pytest.mark.slow
@in_loop
@pytest.mark.timeout(300)
async def test_an_issuer_shows_earlier_holders_by_itself_once_to_each_funder_asked(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        number, s1 = await it.held()
        issuer = it.there.gateways["ce-a"]
        s2 = await passed(it, s1, 0, "s2", "400,000.00")
        await it.visitor("bank-b")
        funder = it.there.gateways["bank-b"]
        financing = await requested(it, s2, number)
        await projected(issuer)
        dossiers = issuer.gateway.filing.dossiers
        await dossiers.send_due()
        await dossiers.send_due()
        dossiers._looked_at = frozenset()
        await dossiers.send_due()
        found = await until_links(funder, financing, [PROVEN, PROVEN])
        assert found["is_whole"]
        (given,) = await dossiers.given(None, 10)
        assert (given.member, given.links, given.missing, given.why) == ("bank-b", 1, 0, "")
