"""An issuer disputes and a holder admits by the forms that follow from the declarations."""

from pathlib import Path

import pytest

from tallychain.console.tests.browsing import Browser, projected, scene
from tallychain.console.tests.test_settling import DOCUMENT
from tallychain.gateway.tests.alliance import in_loop

GROUND = "到货批次 3 检验不合格"


async def listed(visitor: Browser, table: str) -> str:
    await projected(visitor.running)
    return await visitor.page(f"/tables/{table}/csv")


@pytest.mark.slow
@in_loop
@pytest.mark.timeout(300)
async def test_a_part_is_disputed_denied_and_admitted_by_forms(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        number, s1 = await it.held()
        maker, checker = await it.visitor("ce-a", "maker"), await it.visitor("ce-a", "checker")
        given = {
            "args.voucher": number,
            "args.holding": "1",
            "args.first": "1",
            "args.last": "20000000",
            "args.covered": "200,000.00",
            "args.document": DOCUMENT,
            "sealed.ground.ground": GROUND,
        }
        form = "/acts/dispute.open"
        made = await maker.send(f"{form}/sign", given, of=form)
        assert made.status_code == 303, made.text
        draft = made.headers["location"]
        place = await checker.done(await checker.send(f"{draft}/approve", {}, of=draft))
        name = place.rpartition("/")[2].partition("?")[0]

        for visitor in (maker, s1):
            assert GROUND in await listed(visitor, "dispute_grounds")
        stranger = await it.visitor("bank-b", "maker")
        assert GROUND not in await listed(stranger, "dispute_grounds")
        assert name in await listed(stranger, "disputes")

        answer = "/acts/dispute.answer"
        said = {"args.voucher": number, "args.dispute": name}
        await s1.done(await s1.send(f"{answer}/sign", said, of=answer))
        await s1.done(await s1.send(f"{answer}/sign", {**said, "args.admits": "1"}, of=answer))
        assert "ADMITTED" in await listed(s1, "disputes")
