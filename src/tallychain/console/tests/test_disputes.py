"""An issuer disputes, a holder denies and admits, and a court closes, each from the page of disputes; strangers see no ground."""

import re
from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from tallychain.console.tests.browsing import Browser, Scene, projected, scene
from tallychain.console.tests.test_settling import DOCUMENT
from tallychain.gateway.tests.alliance import in_loop

GROUND = "到货批次 3 检验不合格"
CASE = "（2026）沪0115民初456号"


async def told(visitor: Browser, page: str = "/disputes") -> str:
    await projected(visitor.running)
    return await visitor.page(page)


async def filled(visitor: Browser, kind: str, page: str = "/disputes") -> list[dict[str, str]]:
    """The forms of an act that a page offers, with what it fills in of each."""
    found = re.findall(rf'href="/acts/{re.escape(kind)}\?([^"]+)"', await told(visitor, page))
    return [
        {f"args.{name}": text for name, text in parse_qsl(query.replace("&amp;", "&"))} for query in found
    ]


async def by_two(maker: Browser, checker: Browser, kind: str, given: dict[str, str]) -> None:
    form = f"/acts/{kind}"
    made = await maker.send(f"{form}/sign", given, of=form)
    assert made.status_code == 303, made.text
    draft = made.headers["location"]
    await checker.done(await checker.send(f"{draft}/approve", {}, of=draft))


async def closed_by_a_court(it: Scene, said: dict[str, str]) -> None:
    """A court sees that there is a dispute, not why, and closes what it has decided."""
    maker, checker = await it.visitor("court", "maker"), await it.visitor("court", "checker")
    assert GROUND not in await told(maker)
    assert await filled(maker, "dispute.refer") == []
    (given,) = await filled(maker, "dispute.close")
    await by_two(maker, checker, "dispute.close", {**given, **said})


@pytest.mark.slow
@in_loop
@pytest.mark.timeout(300)
async def test_a_part_is_disputed_denied_referred_and_admitted_by_forms_and_another_closed_by_a_court(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as it:
        number, s1 = await it.held()
        maker, checker = await it.visitor("ce-a", "maker"), await it.visitor("ce-a", "checker")
        stranger = await it.visitor("bank-b", "maker")
        evidence = {"args.covered": "200,000.00", "args.document": DOCUMENT, "sealed.ground.ground": GROUND}

        held = f"/holdings/{number}:1-100000000:1"
        assert await filled(stranger, "dispute.open", held) == []
        (given,) = await filled(maker, "dispute.open", held)
        assert "/acts/dispute.open" in await told(maker)
        await by_two(maker, checker, "dispute.open", {**given, **evidence, "args.last": "20000000"})

        for visitor in (maker, s1, await it.visitor("settle-a", "maker")):
            page = await told(visitor)
            assert GROUND in page
            assert "200,000.00" in page
        assert "/acts/dispute." not in await told(stranger)
        assert GROUND not in await told(stranger)
        assert GROUND in await told(s1, "/today")
        disputed = f"/holdings/{number}:1-20000000:2"
        assert f'{disputed}/offer"' not in await told(s1, disputed)
        assert "/disputes" in await told(s1, disputed)
        assert f"/holdings/{number}:20000001-100000000:2/offer" in await told(
            s1, f"/holdings/{number}:20000001-100000000:2"
        )

        answer = "/acts/dispute.answer"
        denial, admission = await filled(s1, "dispute.answer")
        await s1.done(await s1.send(f"{answer}/sign", denial, of=answer))
        assert await filled(s1, "dispute.answer") == [admission]
        assert GROUND in await told(maker, "/today")
        (given,) = await filled(maker, "dispute.refer")
        said = {"args.document": DOCUMENT, "sealed.ground.ground": "已立案", "sealed.ground.number": CASE}
        await by_two(maker, checker, "dispute.refer", {**given, **said})
        assert CASE in await told(s1)
        await s1.done(await s1.send(f"{answer}/sign", admission, of=answer))
        assert await filled(s1, "dispute.answer") == []
        assert await filled(maker, "dispute.close") == []

        rest = f"/holdings/{number}:20000001-100000000:2"
        (given,) = await filled(maker, "dispute.open", rest)
        await by_two(maker, checker, "dispute.open", {**given, **evidence, "args.last": "40000000"})
        await closed_by_a_court(it, said)
        assert await filled(maker, "dispute.close") == []
        again = f"/holdings/{number}:20000001-40000000:3"
        assert f'{again}/offer"' in await told(s1, again)
