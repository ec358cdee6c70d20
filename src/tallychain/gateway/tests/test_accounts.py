"""Accounts as people use them: passphrase, sessions, roles, two admins; on a demonstration, where no phone is needed."""

from pathlib import Path
from typing import Any

import pytest

from tallychain.gateway.tests.alliance import PASSPHRASE, Caller, Running, alliance, code, in_loop

UNLOCK = {"unlock": {"passphrase": PASSPHRASE}}


async def signed_in(bank: Running, account: str, passphrase: str = PASSPHRASE) -> Caller:
    answer = await bank.http.post("/v1/sessions", json={"account": account, "passphrase": passphrase})
    assert answer.status_code == 201, answer.text
    return Caller(bank.http, answer.json()["token"])


async def changed(bank: Running, body: dict[str, Any]) -> Any:
    """A change by two admins."""
    one, two = await bank.as_account("admin-1"), await bank.as_account("admin-2")
    asked = await one.post("/v1/account-changes", {**body, **UNLOCK})
    assert asked.status_code == 201, asked.text
    done = await two.post(f"/v1/account-changes/{asked.json()['id']}/approve", UNLOCK)
    assert done.status_code == 200, done.text
    return done.json()


@in_loop
@pytest.mark.parametrize("account", ["maker", "s1"])
async def test_a_new_passphrase_opens_the_same_key_and_ends_other_sessions(
    tmp_path: Path, account: str
) -> None:
    async with alliance(tmp_path) as there, there.gateway("bank-a") as bank:
        me, other = await signed_in(bank, account), await signed_in(bank, account)
        path = "/v1/me/passphrase"
        wrong = {"unlock": {"passphrase": "wrong"}, "passphrase": "next"}
        assert code(await me.post(path, wrong)) == "GATEWAY_UNLOCK_REFUSED"
        assert (await me.post(path, {**UNLOCK, "passphrase": "next"})).status_code == 204
        assert code(await other.get("/v1/me")) == "GATEWAY_NOT_SIGNED_IN"
        assert (await me.get("/v1/me")).status_code == 200
        old = await bank.http.post("/v1/sessions", json={"account": account, "passphrase": PASSPHRASE})
        assert code(old) == "GATEWAY_SIGN_IN_REFUSED"
        await signed_in(bank, account, "next")


@in_loop
async def test_a_change_of_passphrase_that_was_cut_short_is_completed_when_it_is_asked_again(
    tmp_path: Path,
) -> None:
    async with alliance(tmp_path) as there, there.gateway("bank-a") as bank:
        word = {"account": "s1", "unlock": {"passphrase": PASSPHRASE}}
        body = {"id": "s1-two", "name": "赵六", "roles": ["maker"], "seat": "s1", "by": word}
        admin = await bank.as_account("admin-1")
        assert (await admin.post("/v1/accounts", body)).status_code == 201
        account = await bank.gateway.accounts.get("s1-two")
        assert account is not None
        sign, identity = bank.gateway.passphrases.files(account)
        before = identity.read_bytes()
        await bank.gateway.passphrases.change(account, PASSPHRASE, "next")
        identity.write_bytes(before)
        await bank.gateway.passphrases.change(account, PASSPHRASE, "next")
        assert identity.read_bytes() != before
        assert sign.stat().st_mode & 0o777 == 0o600


@in_loop
async def test_sessions_are_listed_and_ended_by_their_owner_and_by_an_admin(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("bank-a") as bank:
        me, other = await signed_in(bank, "maker"), await signed_in(bank, "maker")
        listed = (await me.get("/v1/sessions")).json()
        assert [item["is_current"] for item in listed].count(True) == 1
        assert me.token not in str(listed)
        strange = await (await bank.as_account("checker")).send("DELETE", f"/v1/sessions/{listed[0]['id']}")
        assert code(strange) == "GATEWAY_NOT_FOUND"
        away = next(item["id"] for item in listed if not item["is_current"])
        assert (await me.send("DELETE", f"/v1/sessions/{away}")).status_code == 204
        assert code(await other.get("/v1/me")) == "GATEWAY_NOT_SIGNED_IN"
        admin = await bank.as_account("admin-1")
        assert len((await admin.get("/v1/accounts/maker/sessions")).json()) == 1
        assert (await admin.send("DELETE", "/v1/accounts/maker/sessions")).status_code == 204
        assert code(await me.get("/v1/me")) == "GATEWAY_NOT_SIGNED_IN"
        assert code(await admin.get("/v1/accounts/nobody/sessions")) == "GATEWAY_NOT_FOUND"


@in_loop
async def test_two_admins_add_change_and_reopen_accounts(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("bank-a") as bank:
        done = await changed(bank, {"kind": "add", "account": "new", "name": "李四", "roles": ["maker"]})
        assert (done["enrolment_code"], done["key"][:8]) == ("", "ed25519:")
        new = await signed_in(bank, "new")
        await changed(bank, {"kind": "roles", "account": "new", "roles": ["checker", "look"]})
        assert (await new.get("/v1/me")).json()["account"]["roles"] == ["checker", "look"]
        admin = await bank.as_account("admin-1")
        assert (await admin.send("DELETE", "/v1/accounts/new")).status_code == 204
        assert code(await new.get("/v1/me")) == "GATEWAY_NOT_SIGNED_IN"
        await changed(bank, {"kind": "reopen", "account": "new"})
        await signed_in(bank, "new")
        states = {item["kind"]: item["state"] for item in (await admin.get("/v1/account-changes")).json()}
        assert states == {"add": "approved", "roles": "approved", "reopen": "approved"}


@in_loop
async def test_changes_are_refused_where_they_make_no_sense(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("bank-a") as bank:
        admin = await bank.as_account("admin-1")
        for body, expected in (
            ({"kind": "add", "account": "maker", "name": "x", "roles": ["maker"]}, "GATEWAY_EXISTS"),
            ({"kind": "add", "account": "new", "name": " ", "roles": ["maker"]}, "GATEWAY_FIELD_NOT_VALID"),
            ({"kind": "add", "account": "new", "name": "x", "roles": ["king"]}, "GATEWAY_FIELD_NOT_VALID"),
            ({"kind": "roles", "account": "s1", "roles": ["admin"]}, "GATEWAY_FIELD_NOT_VALID"),
            ({"kind": "reset", "account": "nobody"}, "GATEWAY_NOT_FOUND"),
            ({"kind": "new-key", "account": "s1"}, "GATEWAY_ROOT_NOT_RECOVERABLE"),
        ):
            assert code(await admin.post("/v1/account-changes", {**body, **UNLOCK})) == expected
        asked = await admin.post("/v1/account-changes", {"kind": "reopen", "account": "maker", **UNLOCK})
        path = f"/v1/account-changes/{asked.json()['id']}"
        assert (await admin.post(f"{path}/refuse")).status_code == 204
        other = await bank.as_account("admin-2")
        assert code(await other.post(f"{path}/approve", UNLOCK)) == "GATEWAY_DRAFT_CLOSED"
        assert code(await other.post("/v1/account-changes/none/approve", UNLOCK)) == "GATEWAY_NOT_FOUND"


@in_loop
async def test_on_a_demonstration_nobody_enrols_a_phone(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("bank-a") as bank:
        me = await signed_in(bank, "maker")
        assert (await me.get("/v1/me/second-factor")).json()["kind"] == "none (demo)"
        assert code(await me.post("/v1/me/second-factor", UNLOCK)) == "GATEWAY_NOT_FOUND"
        assert code(await me.post("/v1/me/recovery-codes", UNLOCK)) == "GATEWAY_NOT_FOUND"
        assert code(await me.post("/v1/me/second-factor/confirm", {"code": "1"})) == "GATEWAY_NOT_FOUND"
        begun = {"account": "maker", "enrolment_code": "x", "passphrase": PASSPHRASE}
        assert code(await bank.http.post("/v1/enrolments", json=begun)) == "GATEWAY_NOT_FOUND"
