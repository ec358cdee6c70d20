"""A lost wallet, through gateways: the true holder objects through another member, and a client that has really lost its keys goes on with new ones."""

from pathlib import Path
from typing import Any

import pytest

from tallychain.crypto.wallet import Wallet
from tallychain.gateway.certificates import Chain
from tallychain.gateway.enrolment import NewAccount
from tallychain.gateway.seats import Seat
from tallychain.gateway.tests.alliance import PASSPHRASE, SEED, Alliance, Running, alliance, in_loop
from tallychain.gateway.tests.test_moving import NEW, UNLOCK, fresh_seat, moved
from tallychain.gateway.tests.test_story import TRADE, accepted, approved, issued
from tallychain.testkit.people import CERTIFICATES_FROM_MS, CERTIFICATES_UNTIL_MS, trial_authority

DAY_MS = 86_400_000


def stated(there: Alliance, client: str, ground: str) -> dict[str, Any]:
    of = there.clients[client]
    return {"client": {"name": of.name, "uscc": of.uscc, "certificate": "9c" * 32, "ground": ground}}


async def agreed(there: Alliance, sponsor: Running, second: Running, number: str, to: str) -> dict[str, Any]:
    """The sponsor proposes a tag of whoever has this client's code, and the second bank consents; the row."""
    receiver = {"sponsor": "bank-a", "uscc": there.clients[to].uscc}
    args = {"voucher": number, "holding": 1, "receiver": receiver, "second": "settle-a"}
    proposed = await approved(
        sponsor, "holder.rekey.propose", args, "propose-0001", stated(there, "s1", "口令遗失")
    )
    await second.caught_up()
    maker = await second.as_account("maker")
    row: dict[str, Any] = (await maker.get(f"/v1/rekeys/{proposed['operation']}")).json()
    named = {name: row[name] for name in ("voucher", "tag", "rekey")}
    await approved(second, "holder.rekey.consent", named, "consent-0001", stated(there, "s1", "到场核验"))
    said = (await maker.get("/v1/rekey_clients")).json()["rows"]
    assert [one["name"] for one in said] == [there.clients["s1"].name] * 2
    return row


async def after_the_time_to_object(running: Running, row: dict[str, Any]) -> None:
    found = (await (await running.as_account("maker")).get(f"/v1/rekeys/{row['rekey']}")).json()
    await running.gateway.engine.advance(found["status_until"])
    await running.caught_up()


@pytest.mark.slow
@pytest.mark.attack(28)
@in_loop
async def test_a_holder_whose_sponsor_says_that_it_has_lost_its_wallet_objects_through_another_member(
    tmp_path: Path,
) -> None:
    async with (
        alliance(tmp_path) as there,
        there.gateway("ce-a") as issuer,
        there.gateway("bank-a") as sponsor,
        there.gateway("settle-a") as second,
        there.gateway("bank-b") as elsewhere,
    ):
        voucher = await issued(there, issuer, "s1")
        number = voucher["voucher"]
        s1 = await sponsor.as_account("s1")
        await accepted(s1, voucher)
        wallet = (await s1.post("/v1/wallet/export", {**UNLOCK, "leave": False})).json()
        row = await agreed(there, sponsor, second, number, "s2")

        await fresh_seat(there, elsewhere, "s1")
        await elsewhere.caught_up()
        assert (await moved(elsewhere, "s1", wallet)).status_code == 200
        stranger = await elsewhere.as_account("maker")
        assert (await stranger.get("/v1/rekey_clients")).json()["rows"] == []
        owner = await elsewhere.as_account("s1")
        said = (await owner.get("/v1/rekey_clients")).json()["rows"]
        assert {one["ground"] for one in said} == {"口令遗失", "到场核验"}
        named = {name: row[name] for name in ("voucher", "tag", "rekey")}
        unlock = {"unlock": {"passphrase": NEW}}
        vetoed = await owner.acts("holder.rekey.veto", named, key="veto-0001", **unlock)

        assert vetoed["state"] == "done", vetoed
        found = (await owner.get(f"/v1/rekeys/{row['rekey']}")).json()
        assert (found["status"], found["last_act"]) == ("VETOED", vetoed["operation"])
        await sponsor.gateway.engine.advance(sponsor.gateway.clock.now_ms() + 7 * DAY_MS)
        await sponsor.caught_up()
        thief = await sponsor.as_account("s2")
        taken = await thief.acts("holder.rekey.take", {**named, "holdings": [1]}, key="take-0001")
        assert (taken["state"], taken["receipt"]["code"]) == ("refused", "REKEY_NOT_PENDING"), taken
        (mine,) = (await owner.get("/v1/my/holdings")).json()["rows"]
        assert mine["tag"] == row["tag"]


async def new_wallet(there: Alliance, sponsor: Running) -> None:
    """The old seat of s1 is closed, and it has another one with a fresh wallet, certified under its name."""
    of, gateway = there.clients["s1"], sponsor.gateway
    await gateway.seats.change("s1", active=False)
    seat = Seat("s1-new", of.name, of.uscc, two_persons=False, findable=True, active=True, hosted=True)
    wallet = Wallet.generate()
    owner = NewAccount("s1-new", "Owner", ("maker",), PASSPHRASE)
    await gateway.enrolment.add_seat(seat, owner, wallet=wallet)
    account = await gateway.accounts.get("s1-new")
    assert account is not None
    certificate = trial_authority(SEED).issue_enterprise(
        of.name,
        of.uscc,
        wallet.sign.identity_key().public,
        CERTIFICATES_FROM_MS,
        CERTIFICATES_UNTIL_MS,
    )
    await gateway.enrolment.add_certificate(account, Chain(certificate))
    await there.refill(gateway, "s1-new")


@pytest.mark.slow
@in_loop
async def test_a_client_that_has_lost_its_wallet_holds_under_a_new_one_and_passes_on(tmp_path: Path) -> None:
    async with (
        alliance(tmp_path) as there,
        there.gateway("ce-a") as issuer,
        there.gateway("bank-a") as sponsor,
        there.gateway("settle-a") as second,
    ):
        voucher = await issued(there, issuer, "s1")
        number = voucher["voucher"]
        await accepted(await sponsor.as_account("s1"), voucher)
        await new_wallet(there, sponsor)
        row = await agreed(there, sponsor, second, number, "s1")
        owner = await sponsor.as_account("s1-new")
        take = {"voucher": number, "tag": row["tag"], "rekey": row["rekey"], "holdings": [1]}
        early = await owner.acts("holder.rekey.take", take, key="take-0001")
        assert early["receipt"]["code"] == "REKEY_NOT_PENDING", early

        await after_the_time_to_object(sponsor, row)
        taken = await owner.acts("holder.rekey.take", take, key="take-0002")

        assert taken["state"] == "done", taken
        await sponsor.caught_up()
        (mine,) = (await owner.get("/v1/my/holdings")).json()["rows"]
        assert (mine["voucher"], mine["layer"], mine["tag"]) == (number, 1, row["receiver"])
        await issuer.caught_up()
        seen = (
            await (await issuer.as_account("maker")).get("/v1/identities", params={"tag": row["receiver"]})
        ).json()
        assert [(one["name"], one["kind"]) for one in seen["rows"]] == [
            (there.clients["s1"].name, "holder.rekey.take")
        ]
        units = {
            "first": 1,
            "last": 100,
            "receiver": {"sponsor": "bank-a", "uscc": there.clients["s2"].uscc},
            "trade_reference": {"keyed": "1"},
            "value_date": "",
        }
        offer = {"voucher": number, "holding": 1, "rows": [units]}
        offered = await owner.acts("voucher.offer", offer, key="offer-0001", sealed={"trade": TRADE})
        assert offered["state"] == "done", offered
