"""A client leaves its sponsor with its wallet: another gateway takes it up, and the old one is not asked."""

from pathlib import Path
from typing import Any

from tallychain.gateway.enrolment import NewAccount
from tallychain.gateway.seats import Seat
from tallychain.gateway.tests.alliance import Alliance, Running, alliance, code, in_loop
from tallychain.gateway.tests.test_story import TRADE, accepted, issued

UNLOCK = {"unlock": {"passphrase": "demo"}}
NEW = "another-word"


async def fresh_seat(there: Alliance, running: Running, client: str, *, findable: bool = False) -> None:
    """A seat of a client that another member sponsors, with a wallet that nobody knows yet."""
    of = there.clients[client]
    seat = Seat(client, of.name, of.uscc, two_persons=False, findable=findable, active=True, hosted=True)
    await running.gateway.enrolment.add_seat(seat, NewAccount(client, "Owner", ("maker",), NEW))


async def moved(running: Running, client: str, wallet: dict[str, Any]) -> Any:
    owner = await running.as_account(client)
    body = {"wallet": wallet, "passphrase": "demo", "unlock": {"passphrase": NEW}}
    return await owner.post("/v1/wallet/import", body)


@in_loop
async def test_a_client_takes_its_wallet_to_another_sponsor_and_ports_and_acts_there(tmp_path: Path) -> None:
    async with (
        alliance(tmp_path) as there,
        there.gateway("ce-a") as issuer,
        there.gateway("bank-a") as old,
        there.gateway("bank-b") as new,
    ):
        voucher = await issued(there, issuer, "s1")
        number = voucher["voucher"]
        await accepted(await old.as_account("s1"), voucher)
        await new.caught_up()
        exported = await (await old.as_account("s1")).post("/v1/wallet/export", UNLOCK)
        assert exported.status_code == 200, exported.text
        assert exported.headers["Cache-Control"] == "no-store"
        wallet = exported.json()
        assert code(await (await old.as_account("s1")).post("/v1/wallet/export", UNLOCK)) == (
            "GATEWAY_SEAT_SUSPENDED"
        )

        await fresh_seat(there, new, "s1")
        taken = await moved(new, "s1", wallet)

        assert taken.status_code == 200, taken.text
        assert taken.json()["tags"] == 1
        assert taken.json()["parts"] >= 2
        owner = await new.as_account("s1")
        (mine,) = (await owner.get("/v1/my/holdings")).json()["rows"]
        assert (mine["voucher"], mine["sponsor"]) == (number, "bank-a")
        (trade,) = (await owner.get("/v1/trades")).json()["rows"]
        assert trade["contract"] == "HT-2026-0316"
        unlock = {"unlock": {"passphrase": NEW}}
        ported = await owner.acts(
            "holder.port", {"voucher": number, "holdings": [1]}, key="port-0001", **unlock
        )
        assert ported["state"] == "done", ported
        row = {
            "first": 1,
            "last": 100,
            "receiver": {"sponsor": "bank-b", "uscc": there.clients["s4"].uscc},
            "trade_reference": {"keyed": "1"},
            "value_date": "",
        }
        args = {"voucher": number, "holding": 1, "rows": [row]}
        offered = await owner.acts("voucher.offer", args, key="offer-0001", sealed={"trade": TRADE}, **unlock)
        assert offered["state"] == "done", offered
        again = await moved(new, "s1", wallet)
        assert code(again) == "GATEWAY_WALLET_NOT_TAKEN"


@in_loop
async def test_a_copy_leaves_the_seat_at_work_and_goes_on_beyond_its_tags(tmp_path: Path) -> None:
    async with (
        alliance(tmp_path) as there,
        there.gateway("bank-a") as old,
        there.gateway("bank-b") as new,
    ):
        owner = await old.as_account("s1")
        wallet = (await owner.post("/v1/wallet/export", {**UNLOCK, "leave": False})).json()
        assert (await owner.get("/v1/me")).status_code == 200
        assert (await old.gateway.seats.need("s1")).active
        await fresh_seat(there, new, "s1")

        taken = await moved(new, "s1", wallet)

        assert taken.json() == {"tags": 0, "parts": 0}
        assert await new.gateway.seats.next_tag("s1") == wallet["next_tag"] + 100


@in_loop
async def test_a_wallet_that_is_not_the_seats_own_is_not_taken(tmp_path: Path) -> None:
    async with (
        alliance(tmp_path) as there,
        there.gateway("bank-a") as old,
        there.gateway("bank-b") as new,
    ):
        owner = await old.as_account("s1")
        wallet = (await owner.post("/v1/wallet/export", {**UNLOCK, "leave": False})).json()
        await fresh_seat(there, new, "s1")
        await fresh_seat(there, new, "s2")
        files = {path: path.read_bytes() for path in new.gateway.seats.folder("s1").iterdir()}

        for change, refusal in (
            ({"chain": "another"}, "GATEWAY_WALLET_NOT_TAKEN"),
            ({"name": "another"}, "GATEWAY_WALLET_NOT_TAKEN"),
            ({"view": wallet["sign"]}, "GATEWAY_UNLOCK_REFUSED"),
            ({"view": "nothing"}, "GATEWAY_UNLOCK_REFUSED"),
            ({"certificate": "AAAA"}, "GATEWAY_IDENTITY_NOT_PROVEN"),
        ):
            assert code(await moved(new, "s1", {**wallet, **change})) == refusal, change
        assert code(await moved(new, "s2", wallet)) == "GATEWAY_WALLET_NOT_TAKEN"
        body = {"wallet": wallet, "passphrase": "wrong", "unlock": {"passphrase": NEW}}
        caller = await new.as_account("s1")
        assert code(await caller.post("/v1/wallet/import", body)) == "GATEWAY_UNLOCK_REFUSED"
        staff = await new.as_account("maker")
        assert code(await staff.post("/v1/wallet/export", UNLOCK)) == "GATEWAY_FORBIDDEN"

        assert files == {path: path.read_bytes() for path in new.gateway.seats.folder("s1").iterdir()}


@in_loop
async def test_a_client_whose_sponsor_is_silent_acts_through_another_with_a_copy_of_its_wallet(
    tmp_path: Path,
) -> None:
    async with (
        alliance(tmp_path) as there,
        there.gateway("ce-a") as issuer,
        there.gateway("bank-a") as old,
        there.gateway("bank-b") as new,
    ):
        voucher = await issued(there, issuer, "s1")
        number = voucher["voucher"]
        owner = await old.as_account("s1")
        await accepted(owner, voucher)
        wallet = (await owner.post("/v1/wallet/export", {**UNLOCK, "leave": False})).json()
        await fresh_seat(there, new, "s1")
        await new.caught_up()
        assert (await moved(new, "s1", wallet)).status_code == 200
        elsewhere = await new.as_account("s1")
        unlock = {"unlock": {"passphrase": NEW}}
        (mine,) = (await elsewhere.get("/v1/my/holdings")).json()["rows"]
        row = {
            "first": 1,
            "last": 100,
            "receiver": {"sponsor": "bank-b", "uscc": there.clients["s4"].uscc},
            "trade_reference": {"keyed": "1"},
            "value_date": "",
        }
        offer = {"voucher": number, "holding": 1, "rows": [row]}
        asked = {"sealed": {"trade": TRADE}, "tag": mine["tag"], **unlock}
        early = await elsewhere.act("voucher.offer", offer, key="offer-0001", **asked)
        assert code(early) == "GATEWAY_HELD_ELSEWHERE"

        claim = {"voucher": number, "holding": 1, "offer": ""}
        claimed = await elsewhere.acts("sponsor.claim", claim, key="claim-0001", **unlock)
        assert claimed["state"] == "done", claimed
        await new.gateway.engine.advance(new.gateway.clock.now_ms() + 3_600_000)
        await new.caught_up()
        offered = await elsewhere.acts("voucher.offer", offer, key="offer-0002", **asked)

        assert offered["state"] == "done", offered
        (row_of_claim,) = (await elsewhere.get("/v1/claims")).json()["rows"]
        assert (row_of_claim["sponsor"], row_of_claim["status"]) == ("bank-a", "FREE")
