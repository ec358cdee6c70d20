"""A sponsor and a supervisor see bursts of splits and circles as far as each can join tags, on a page, as files, and as an alarm; many layers are warned of."""

from pathlib import Path
from typing import Any

import pytest

from tallychain.console.tests.browsing import Scene, projected, scene
from tallychain.gateway.tests.alliance import in_loop

TRADE = {"contract": "CG-1", "invoices": [], "purpose": "货款", "amount": ""}


async def passed(
    it: Scene, number: str, giver: str, receiver: str, units: tuple[int, int], of: int
) -> dict[str, Any]:
    """Two clients pass units on; the answer to the offer."""
    people = it.there.clients
    mine, other = people[giver].sponsor, people[receiver].sponsor
    row = {
        "first": units[0],
        "last": units[1],
        "receiver": {"sponsor": other, "uscc": people[receiver].uscc},
        "trade_reference": {"keyed": f"{giver}{receiver}{units[0]}"},
        "value_date": "",
    }
    args = {"voucher": number, "holding": of, "rows": [row]}
    from_, to = it.there.gateways[mine], it.there.gateways[other]
    caller, taker = await from_.as_account(giver), await to.as_account(receiver)
    key = f"{giver}-{receiver}-{units[0]}"
    begun = await caller.act("voucher.offer", args, key=f"offer-{key}", sealed={"trade": TRADE})
    assert begun.status_code == 202, begun.text
    operation = begun.json()["operation"]
    assert (await caller.done(operation))["state"] == "done"
    await projected(to)
    took = await taker.acts("voucher.take", {"voucher": number, "offer": f"{operation}:1"}, key=f"take-{key}")
    assert took["state"] == "done", took
    await projected(from_)
    answer: dict[str, Any] = begun.json()
    return answer


@pytest.mark.slow
@in_loop
@pytest.mark.timeout(300)
async def test_splits_circles_and_layers_are_shown_to_who_can_join_them(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        bank = await it.stack.enter_async_context(it.there.gateway("bank-a", burst_splits=2))
        over = await it.stack.enter_async_context(it.there.gateway("supervisor", burst_splits=2))
        number, _ = await it.held()
        names = [it.there.clients[name].name for name in ("s1", "s2", "s3")]
        layers = [
            await passed(it, number, *move)
            for move in (
                ("s1", "s2", (1, 30_000_000), 1),
                ("s1", "s3", (30_000_001, 40_000_000), 30_000_001),
                ("s1", "s2", (40_000_001, 45_000_000), 40_000_001),
                ("s2", "s1", (1, 20_000_000), 1),
                ("s1", "s3", (1, 20_000_000), 1),
            )
        ]
        assert [len(answer["warnings"]) for answer in layers] == [0, 0, 0, 0, 0]
        s3 = await it.visitor("bank-a", "s3", "en")
        held = f"{number}:1-20000000:"
        (row,) = [
            row
            for row in (
                await (await bank.as_account("s3")).get("/v1/holdings", params={"voucher": number})
            ).json()["rows"]
            if str(row["holding"]).startswith(held) and row["status"] == "LIVE"
        ]
        assert row["layer"] == 4
        assert "holds them at layer 5" in await s3.page(f"/holdings/{row['holding']}/offer")
        warned = await passed(it, number, "s3", "s2", (1, 20_000_000), 1)
        assert [one["code"] for one in warned["warnings"]] == ["LAYER_WARNING"]

        for running in (bank, over):
            await projected(running)
            maker = await running.as_account("maker")
            found = (await maker.get("/v1/movement-report")).json()
            (burst,) = found["bursts"]
            assert (burst["splits"], burst["face"], found["names"][burst["party"]]) == (
                3,
                45_000_000,
                names[0],
            )
            shown = [
                ([found["names"][party] for party in one["path"]], one["out"], one["back"], one["days"])
                for one in found["circles"]
                if one["kind"] == "units"
            ]
            assert ([names[0], names[1], names[0]], 30_000_000, 20_000_000, 0) in shown
            assert (found["moves"], found["is_whole"]) == (6, True)
        await seen(it, names)


async def seen(it: Scene, names: list[str]) -> None:
    """The alarm, the page in both languages, and its files; a stranger's gateway joins nothing, and clients see nothing."""
    maker = await it.visitor("bank-a", "maker", "en")
    assert "/movements" in await maker.page("/today")
    page = await maker.page("/movements")
    assert all(
        text in page
        for text in (names[0], "450,000.00", f"{names[0]} → {names[1]} → {names[0]}", "200,000.00")
    )
    assert "循环流转" in await (await it.visitor("supervisor", "maker")).page("/movements")
    text = (await maker.get("/movements?of=circles&as=csv")).text
    assert f"{names[0]} → {names[1]} → {names[0]}" in text
    assert (await maker.get("/movements?as=xlsx")).content.startswith(b"PK")
    assert (await maker.get("/movements?as=pdf")).status_code == 404
    s1 = await it.visitor("bank-a", "s1")
    assert (await s1.get("/movements")).status_code == 403
    assert 'href="/movements"' not in await s1.page("/today")
    stranger = await it.visitor("factor-a", "maker", "en")
    assert names[0] not in await stranger.page("/movements")
