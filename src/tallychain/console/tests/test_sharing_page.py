"""Papers on request by pages: a funder of a later holder asks, the presenter gives or not, and both see it."""

import asyncio
import re
from pathlib import Path

import pytest

from tallychain.console.tests.browsing import Browser, Scene, projected, scene
from tallychain.console.tests.test_financings import requested
from tallychain.gateway.tests.alliance import in_loop

PATIENCE = 600


async def until_shown(visitor: Browser, path: str, text: str) -> str:
    """The page once it says something; letters go by themselves."""
    for _ in range(PATIENCE):
        shown = await visitor.page(path)
        if text in shown:
            return shown
        await asyncio.sleep(0.1)
    raise AssertionError((path, text))


async def until_given(visitor: Browser, times: int) -> None:
    """The list of who looked, once that many requests were granted."""
    for _ in range(PATIENCE):
        # The word within a status: sentences of the page hold it too.
        if (await visitor.page("/sharing")).count("</i>已提供") == times:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(times)


async def passed_on(it: Scene, s1: Browser) -> Browser:
    """s1 passes 400,000.00 on to s2."""
    (holding,) = set(re.findall(r"/holdings/(EV[^\"/]+)", await s1.page("/holdings")))
    form = f"/holdings/{holding}/offer"
    await s1.done(await s1.send(f"{form}/sign", it.offer_fields(0, "s2", "400,000.00"), of=form))
    s2 = await it.visitor("bank-a", "s2")
    await projected(s2.running)
    (take,) = set(re.findall(r"/offers/[0-9a-f]{64}:\d+/take", await s2.page("/today")))
    await s2.done(await s2.send(take, {}))
    return s2


@pytest.mark.slow
@in_loop
@pytest.mark.timeout(300)
async def test_a_presenter_gives_papers_to_the_funder_of_a_later_holder_request_by_request(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as it:
        number, s1 = await it.held()
        s2 = await passed_on(it, s1)
        financing = await requested(it, s2, number)
        maker = await it.visitor("bank-b", "maker")
        await projected(maker.running)
        payable = it.payables["s1"]
        place, ask = f"/financings/{financing}", f"/payables/{payable}/ask-papers"
        assert ask in await maker.page(place)
        assert ask not in await s2.page(place)
        (holding,) = set(re.findall(r"/holdings/(EV[^\"/]+)", await s2.page("/holdings")))
        assert ask in await maker.page(f"/holdings/{holding}")

        # The presenter is not the seller and has agreed to nothing: the funder is told so at once, and the presenter is asked.
        fields = {"financing": financing}
        assert (await maker.send(ask, fields, of=place)).headers["location"] == "/sharing"
        await until_shown(maker, "/sharing", "提交方未曾同意")
        assert "待答复的单据调阅请求" in await s1.page("/today")
        assert "待答复的单据调阅请求" not in await s2.page("/today")
        (answer,) = set(re.findall(r'action="(/sharing/[0-9a-f]{32})"', await s1.page("/sharing")))
        assert (await s2.send(answer, {"say": "give"}, of="/sharing")).status_code == 404
        assert (await s1.send(answer, {"say": "perhaps"}, of="/sharing")).status_code == 400

        # A no, and a yes after it: what was found stays found.
        await s1.send(answer, {"say": "decline"}, of="/sharing")
        await until_shown(maker, "/sharing", "提交方不予提供")
        assert "待答复的单据调阅请求" not in await s1.page("/today")
        assert (await s1.send(answer, {"say": "give"}, of="/sharing")).status_code == 303
        await until_shown(maker, place, "已提供")
        await until_shown(maker, f"/payables/{payable}", "s1 HT-0s1")
        assert answer not in await s1.page("/sharing")
        assert (await s1.send(answer, {"say": "decline"}, of="/sharing")).status_code == 409

        # With standing consent nobody is asked.
        await s1.send("/sharing/consent", {"standing": "yes"}, of="/sharing")
        assert "撤回同意" in await s1.page("/sharing")
        await maker.send(ask, fields, of="/sharing")
        await until_given(s1, 2)
        assert (await s1.send("/sharing/" + "0" * 32, {"say": "give"}, of="/sharing")).status_code == 404
