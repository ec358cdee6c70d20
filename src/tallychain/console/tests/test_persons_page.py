"""One or two persons for a client's seat by pages: both persons decide, what waits, a refusal, and the sponsor's help where one is gone."""

import re
from pathlib import Path

import pytest

from tallychain.console.tests.browsing import Browser, scene
from tallychain.gateway.seats import Seat
from tallychain.gateway.tests.alliance import in_loop
from tallychain.gateway.tests.test_acts import two_person_seat

CHANGE = re.compile(r'action="(/persons/changes/[0-9a-f]{16})"')


async def asked(visitor: Browser, path: str, fields: dict[str, str]) -> None:
    answer = await visitor.send(path, fields, of="/persons")
    assert (answer.status_code, answer.headers.get("location")) == (303, "/persons"), answer.text


async def change_of(visitor: Browser) -> str:
    (found,) = set(CHANGE.findall(await visitor.page("/persons")))
    return str(found)


async def two_persons(visitor: Browser) -> bool:
    seat = await visitor.running.gateway.seats.get("duo")
    assert isinstance(seat, Seat)
    return seat.two_persons


async def turned_off_and_on(maker: Browser, checker: Browser) -> None:
    """Either person asks, the other approves or refuses; nobody decides alone, and only one wish waits at a time."""
    await asked(maker, "/persons", {"two_persons": "no"})
    change = await change_of(checker)
    again = await checker.send("/persons", {"two_persons": "no"}, of="/persons")
    assert (again.status_code, "GATEWAY_EXISTS" in again.text) == (409, True)
    own = await maker.send(change, {"say": "approve"}, of="/persons")
    assert "GATEWAY_SAME_PERSON" in own.text
    wrong = await checker.send(change, {"say": "approve", "passphrase": "no"}, of="/persons")
    assert "GATEWAY_UNLOCK_REFUSED" in wrong.text
    assert (await checker.send(change, {"say": "perhaps"}, of="/persons")).status_code == 400
    await asked(checker, change, {"say": "refuse"})
    assert await two_persons(maker)
    closed = await checker.send(change, {"say": "approve"}, of="/persons")
    assert "GATEWAY_DRAFT_CLOSED" in closed.text

    await asked(checker, "/persons", {"two_persons": "no"})
    await asked(maker, await change_of(maker), {"say": "approve"})
    assert not await two_persons(maker)
    same = await maker.send("/persons", {"two_persons": "no"}, of="/persons")
    assert "GATEWAY_SEAT_IS_SO" in same.text
    await asked(maker, "/persons", {"two_persons": "yes"})
    await asked(checker, await change_of(checker), {"say": "approve"})
    assert await two_persons(maker)


async def sponsor_helps(maker: Browser, first: Browser, second: Browser) -> None:
    """The checker is gone: two admins set the seat to one person, unless somebody of the seat refuses."""
    gateway = maker.running.gateway
    await gateway.accounts.close("duo-checker")
    not_ready = "改为两人签署前"
    fields = {"seat": "duo", "reason": "2026-03-16 来函"}
    await asked(first, "/persons/sponsored", fields)
    assert "2026-03-16 来函" in await maker.page("/persons")
    objected = await change_of(maker)
    forbidden = await maker.send(objected, {"say": "approve"}, of="/persons")
    assert "GATEWAY_FORBIDDEN" in forbidden.text
    await asked(maker, objected, {"say": "refuse"})

    await asked(first, "/persons/sponsored", fields)
    change = await change_of(second)
    assert "GATEWAY_SAME_PERSON" in (await first.send(change, {"say": "approve"}, of="/persons")).text
    await asked(second, change, {"say": "approve"})
    assert not await two_persons(maker)
    assert not_ready in await maker.page("/persons")
    refused = await maker.send("/persons", {"two_persons": "yes"}, of="/persons")
    assert (refused.status_code, "GATEWAY_SEAT_NOT_READY" in refused.text) == (409, True)


@pytest.mark.slow
@in_loop
@pytest.mark.timeout(300)
async def test_both_persons_decide_whether_two_sign_and_the_sponsor_helps_where_one_is_gone(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as it:
        client = it.there.clients.pop("s3")
        await it.visitor("bank-a")
        await two_person_seat(it.there, it.there.gateways["bank-a"], client)
        it.there.clients["s3"] = client
        it.there.owners["s3"] = ("duo-maker", "duo-checker")
        maker, checker = await it.visitor("bank-a", "duo-maker"), await it.visitor("bank-a", "duo-checker")
        stranger = await it.visitor("bank-a", "s1")

        # What one makes waits for the other, who refuses; nothing was signed.
        number = await it.issued("s3")
        draft = (await maker.send(f"/vouchers/{number}/accept", {})).headers["location"]
        assert f'href="{draft}"' in await checker.page("/persons")
        assert (await checker.send(f"{draft}/refuse", {"reason": "金额不符"}, of=draft)).status_code == 303
        assert "金额不符" in await maker.page(draft)
        assert f'href="{draft}"' not in await checker.page("/persons")

        await turned_off_and_on(maker, checker)
        await asked(maker, "/persons", {"two_persons": "no"})
        change = await change_of(maker)
        assert (await stranger.send(change, {"say": "refuse"}, of="/persons")).status_code == 404
        first, second = await it.visitor("bank-a", "admin-1"), await it.visitor("bank-a", "admin-2")
        assert "GATEWAY_FORBIDDEN" in (await first.send(change, {"say": "refuse"}, of="/persons")).text
        await asked(checker, change, {"say": "refuse"})
        # A seat whose first key lies in the wallet that a second person would open is not ready.
        assert "改为两人签署前" in await stranger.page("/persons")
        assert (
            "GATEWAY_SEAT_NOT_READY"
            in (await stranger.send("/persons", {"two_persons": "yes"}, of="/persons")).text
        )
        await sponsor_helps(maker, first, second)
        assert (await (await it.visitor("bank-a", "maker")).get("/persons")).status_code == 403
