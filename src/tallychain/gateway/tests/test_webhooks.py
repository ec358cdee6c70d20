"""Webhooks: signed, kept, tried again, bounded, and never about another seat's matters."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tallychain.gateway import hookqueue
from tallychain.gateway.hookaddress import NotReachable, Rules
from tallychain.gateway.problems import Problem
from tallychain.gateway.tests.alliance import Caller, alliance, code, in_loop
from tallychain.gateway.tests.receiver import Receiver, is_signed, receiver
from tallychain.gateway.tests.test_story import issued

QUICK = {"webhook_first_wait_ms": 1}


async def added(caller: Caller, to: Receiver, *kinds: str, **more: Any) -> tuple[str, str]:
    """A webhook and its secret."""
    answer = await caller.post("/v1/webhooks", {"url": to.url, "kinds": kinds or ("*",), **more})
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    made = answer.json()
    return made["webhook"]["id"], made["secret"]


async def deliveries(caller: Caller, webhook: str, state: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (
        await caller.get(f"/v1/webhooks/{webhook}/deliveries?state={state}")
    ).json()
    return found


async def until_state(caller: Caller, webhook: str, state: str, count: int = 1) -> list[dict[str, Any]]:
    for _ in range(2000):
        found = await deliveries(caller, webhook, state)
        if len(found) >= count:
            return found
        await asyncio.sleep(0.03)  # within what one account may ask in a second
    raise AssertionError(await deliveries(caller, webhook))


@pytest.mark.databases
@in_loop
async def test_a_seat_is_told_its_own_matters_signed_with_its_secret(tmp_path: Path) -> None:
    async with (
        receiver() as to,
        alliance(tmp_path) as there,
        there.gateway("ce-a") as issuer,
        there.gateway("bank-a"),
    ):
        admin = await issuer.as_account("admin-1")
        webhook, secret = await added(admin, to)
        await issued(there, issuer, "s1")
        await to.until(lambda: {"voucher.issued", "operation.ended", "draft.waiting"} <= set(to.kinds()))
        assert all(is_signed(secret, *item) for item in to.got)
        assert not is_signed(secret, to.got[0][0], to.got[0][1] + b" ")
        headers, body = to.got[0]
        assert headers["webhook-id"] == msgspec.json.decode(body)["id"]
        ended = next(item for item in to.told if item["type"] == "operation.ended")
        assert ended["data"]["state"] == "done"
        shown = (await admin.get(f"/v1/webhooks/{webhook}")).text
        assert secret not in shown
        kept = issuer.gateway.folder.database.read_bytes()
        wal = issuer.gateway.folder.database.with_name("gateway.sqlite-wal").read_bytes()
        assert secret.removeprefix("whsec_").encode() not in kept + wal


@in_loop
async def test_another_seat_is_told_nothing_of_it(tmp_path: Path) -> None:
    async with (
        receiver() as own, receiver() as other, receiver() as everything, alliance(tmp_path) as there,
        there.gateway("ce-a") as issuer, there.gateway("bank-a") as bank,
    ):  # fmt: skip
        s1, s2 = await bank.as_account("s1"), await bank.as_account("s2")
        await added(s1, own)
        await added(s2, other)
        await added(s2, everything, "voucher.*", own=False)
        await issued(there, issuer, "s1")
        await own.until(lambda: "voucher.issued" in own.kinds())
        await everything.until(lambda: "voucher.issued" in everything.kinds())
        assert other.got == []
        # Facts are public; what another seat drafts or submits is not.
        assert set(everything.kinds()) == {"voucher.issued"}


@in_loop
async def test_what_fails_is_tried_again_in_growing_waits_and_is_delivered_once(tmp_path: Path) -> None:
    async with receiver() as to, alliance(tmp_path) as there, there.gateway("bank-a", **QUICK) as bank:
        s1 = await bank.as_account("s1")
        webhook, _ = await added(s1, to)
        to.statuses = [500, 302, 404]
        assert (await s1.post(f"/v1/webhooks/{webhook}/test")).status_code == 202
        (done,) = await until_state(s1, webhook, "delivered")
        assert (done["attempts"], done["status"]) == (4, 200)
        assert len({headers["webhook-id"] for headers, _ in to.got}) == 1
        assert [headers["status"] for headers, _ in to.got] == ["500", "302", "404", "200"]


@in_loop
async def test_a_receiver_that_sleeps_is_not_waited_for_and_holds_up_nobody(tmp_path: Path) -> None:
    async with receiver() as slow, receiver() as good, alliance(tmp_path) as there:
        slow.sleep_s = 3_600
        async with there.gateway("bank-a", webhook_attempts=2, webhook_timeout_s=60, **QUICK) as bank:
            s1, s2 = await bank.as_account("s1"), await bank.as_account("s2")
            lame, _ = await added(s1, slow)
            quick, _ = await added(s2, good)
            await s1.post(f"/v1/webhooks/{lame}/test")
            await s2.post(f"/v1/webhooks/{quick}/test")
            await until_state(s2, quick, "delivered")
            assert await deliveries(s1, lame, "dead") == []
        async with there.gateway("bank-a", webhook_attempts=2, webhook_timeout_s=1, **QUICK) as bank:
            (dead,) = await until_state(await bank.as_account("s1"), lame, "dead")
            assert (dead["attempts"], dead["status"], dead["why"]) == (2, 0, "no answer in time")


@in_loop
async def test_what_nobody_took_is_dead_is_listed_and_may_be_tried_again(tmp_path: Path) -> None:
    async with (
        receiver() as to, alliance(tmp_path) as there, there.gateway("bank-a", webhook_attempts=2, **QUICK) as bank,
    ):  # fmt: skip
        s1, s2 = await bank.as_account("s1"), await bank.as_account("s2")
        webhook, _ = await added(s1, to)
        to.statuses = [500] * 4
        for _ in range(2):
            await s1.post(f"/v1/webhooks/{webhook}/test")
        first, second = await until_state(s1, webhook, "dead", 2)
        assert first["body"]["type"] == "webhook.test"
        again = f"/v1/webhooks/{webhook}/redeliver"
        assert code(await s2.post(again, {})) == "GATEWAY_NOT_FOUND"
        assert code(await s1.post(again, {"delivery": "msg_nothing"})) == "GATEWAY_NOT_FOUND"
        assert (await s1.post(again, {"delivery": second["id"]})).json() == {"count": 1}
        assert (await until_state(s1, webhook, "delivered"))[0]["id"] == second["id"]
        assert (await s1.post(again, {})).json() == {"count": 1}
        await until_state(s1, webhook, "delivered", 2)
        assert code(await s1.get(f"/v1/webhooks/{webhook}/deliveries?state=x")) == "GATEWAY_QUERY_NOT_VALID"


@in_loop
async def test_a_receiver_that_has_gone_or_fails_for_too_long_is_switched_off_with_a_notice(
    tmp_path: Path,
) -> None:
    async with (
        receiver() as gone, receiver() as failing, alliance(tmp_path) as there,
        there.gateway("bank-a", webhook_fails_for_hours=0, **QUICK) as bank,
    ):  # fmt: skip
        s1 = await bank.as_account("s1")
        gone.statuses, failing.statuses = [410], [500]
        one, _ = await added(s1, gone)
        two, _ = await added(s1, failing)
        for webhook in (one, two):
            await s1.post(f"/v1/webhooks/{webhook}/test")
        admin = await bank.as_account("admin-1")

        async def noted() -> set[str]:
            """Written down after the webhook is off."""
            return {line["act"] for line in (await admin.get("/v1/audit")).json()}

        while not {"webhook-off GONE", "webhook-off FAILING"} <= await noted():  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.03)
        assert (await s1.get("/v1/today")).json()["webhooks_off"] == 2
        states = {
            item["id"]: (item["state"], item["reason"]) for item in (await s1.get("/v1/webhooks")).json()
        }
        assert states == {one: ("off", "GONE"), two: ("off", "FAILING")}
        assert [item["state"] for item in await deliveries(s1, two)] == ["waiting"]
        assert (await s1.send("PATCH", f"/v1/webhooks/{two}", json={"on": True})).json()["state"] == "on"
        await until_state(s1, two, "delivered")
        assert (await s1.get("/v1/today")).json()["webhooks_off"] == 1


@in_loop
async def test_too_much_that_waits_switches_off_instead_of_growing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hookqueue, "QUEUE", 3)
    async with receiver() as to, alliance(tmp_path) as there, there.gateway("bank-a") as bank:
        s1 = await bank.as_account("s1")
        to.statuses = [500] * 10
        webhook, _ = await added(s1, to)
        for _ in range(4):
            await s1.post(f"/v1/webhooks/{webhook}/test")
        assert (await s1.get(f"/v1/webhooks/{webhook}")).json()["reason"] == "BEHIND"
        assert len(await deliveries(s1, webhook)) == 3


@in_loop
async def test_a_restart_in_the_middle_loses_nothing(tmp_path: Path) -> None:
    async with receiver() as to, alliance(tmp_path) as there, there.gateway("bank-a"):
        async with there.gateway("ce-a") as issuer:
            admin = await issuer.as_account("admin-1")
            await added(admin, to)
            to.statuses = [500] * 200
            await issued(there, issuer, "s1", "issue-0001")
            await to.until(lambda: len(to.got) > 0)
        to.statuses = []
        before = len(to.got)
        async with there.gateway("ce-a") as issuer:
            await issuer.gateway.database.write(
                lambda db: db.execute("UPDATE webhook_delivery SET due_ms = 0")
            )
            await issued(there, issuer, "s1", "issue-0002")
            own = ("voucher.issued", "payable.confirmed")

            def told(*kinds: str) -> list[str]:
                return sorted(item["data"]["operation"] for item in to.told[before:] if item["type"] in kinds)

            # The end of an operation and the fact that it made come by two ways, in either order.
            await to.until(
                lambda: (
                    to.kinds()[before:].count("voucher.issued") == 2 and told("operation.ended") == told(*own)
                )
            )
            assert len({item["id"] for item in to.told[before:]}) == len(to.told[before:])


@in_loop
async def test_a_new_secret_signs_and_for_a_day_the_old_one_too(tmp_path: Path) -> None:
    async with receiver() as to, alliance(tmp_path) as there, there.gateway("bank-a") as bank:
        s1 = await bank.as_account("s1")
        webhook, old = await added(s1, to)
        changed = await s1.post(f"/v1/webhooks/{webhook}/secret")
        new = changed.json()["secret"]
        assert new != old
        await s1.post(f"/v1/webhooks/{webhook}/test")
        await to.until(lambda: len(to.got) == 1)
        assert is_signed(old, *to.got[0])
        assert is_signed(new, *to.got[0])
        await bank.gateway.database.write(lambda db: db.execute("UPDATE webhook SET old_until_ms = 1"))
        await s1.post(f"/v1/webhooks/{webhook}/test")
        await to.until(lambda: len(to.got) == 2)
        assert not is_signed(old, *to.got[1])
        assert is_signed(new, *to.got[1])


@in_loop
async def test_a_webhook_is_changed_switched_off_and_removed_by_its_own_seat_only(tmp_path: Path) -> None:
    async with receiver() as to, alliance(tmp_path) as there, there.gateway("bank-a") as bank:
        s1, s2 = await bank.as_account("s1"), await bank.as_account("s2")
        webhook, _ = await added(s1, to)
        path = f"/v1/webhooks/{webhook}"
        for method, where, body in (
            ("GET", path, None), ("PATCH", path, {"on": False}), ("DELETE", path, None), ("POST", f"{path}/secret", None),
            ("POST", f"{path}/test", None), ("GET", f"{path}/deliveries", None),
        ):  # fmt: skip
            assert code(await s2.send(method, where, json=body)) == "GATEWAY_NOT_FOUND", where
        changed = (
            await s1.send("PATCH", path, json={"on": False, "kinds": ["operation.ended"], "own": False})
        ).json()
        assert (changed["state"], changed["reason"], changed["kinds"]) == (
            "off",
            "BY_OWNER",
            ["operation.ended"],
        )
        assert (await s1.get("/v1/today")).json()["webhooks_off"] == 0
        assert (
            code(await s1.send("PATCH", path, json={"kinds": ["voucher.nothing"]}))
            == "GATEWAY_FIELD_NOT_VALID"
        )
        assert (await s1.send("DELETE", path)).status_code == 204
        assert (await s1.get("/v1/webhooks")).json() == []


@in_loop
async def test_a_seat_has_at_most_ten_and_a_suspended_one_is_told_nothing(tmp_path: Path) -> None:
    async with receiver() as to, alliance(tmp_path) as there, there.gateway("bank-a") as bank:
        s1 = await bank.as_account("s1")
        webhooks = [(await added(s1, to))[0] for _ in range(10)]
        more = await s1.post("/v1/webhooks", {"url": to.url, "kinds": ["*"]})
        assert code(more) == "GATEWAY_TOO_MANY"
        await bank.gateway.seats.change("s1", active=False)
        await bank.gateway.telling.queue.put(webhooks[0], "webhook.test", {})
        await asyncio.sleep(0.7)
        assert to.got == []


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/x", "ftp://example.com", "https://", "https://user:x@example.com/", "https://example.com/#x", "javascript:alert(1)",
        "https://10.0.0.1/", "https://192.168.1.1", "https://169.254.169.254/latest", "https://[fd00::1]/", "https://[::ffff:10.0.0.1]/",
        "https://0.0.0.0/", "https://224.0.0.1/", "https://[64:ff9b::a00:1]/", "https://exa mple.com", "https://例子.com", "https://x:0/", "https://x:99999/",
        "https://x\\@y/", "https://" + "a" * 500,
    ],
)  # fmt: skip
def test_an_address_into_a_private_network_or_of_another_form_is_not_taken(url: str) -> None:
    with pytest.raises(Problem) as caught:
        Rules(demo=True, private=False).check(url)
    assert caught.value.code == "GATEWAY_WEBHOOK_URL"


def test_this_machine_is_reached_on_a_demonstration_or_by_setting_only() -> None:
    for url in ("http://127.0.0.1:8000/x", "http://localhost/x", "http://[::1]:9/x"):
        Rules(demo=True, private=False).check(url)
        with pytest.raises(Problem):
            Rules(demo=False, private=True).check(url)
    for url in ("https://127.0.0.1/", "https://localhost/", "https://10.1.2.3/"):
        Rules(demo=False, private=True).check(url)
        with pytest.raises(Problem):
            Rules(demo=False, private=False).check(url)
    Rules(demo=False, private=False).check("https://example.com:8443/hook?a=b")


@in_loop
async def test_a_name_that_leads_inside_is_found_out_when_it_is_resolved() -> None:
    with pytest.raises(NotReachable, match="private"):
        await Rules(demo=False, private=False).resolve(
            "https://127.0.0.1.nip.invalid/".replace(".nip.invalid", "") + "x"
        )
    with pytest.raises(NotReachable):
        await Rules(demo=False, private=False).resolve("https://nothing.invalid/")
    address, parts = await Rules(demo=True, private=False).resolve("http://localhost:80/x")
    assert address in ("127.0.0.1", "::1")
    assert parts.hostname == "localhost"
