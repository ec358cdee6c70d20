"""Seats, accounts and certificates over HTTP."""

import base64
from pathlib import Path

import pytest

from tallychain.gateway.tests.alliance import PASSPHRASE, alliance, code, in_loop
from tallychain.testkit.people import trial_authority, trial_uscc

OWNER = {"id": "new-owner", "name": "王五", "passphrase": PASSPHRASE}
FROM, UNTIL = 1_700_000_000_000, 4_000_000_000_000


@in_loop
async def test_a_client_is_enrolled_certified_and_has_cards_through_the_api(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("bank-a") as bank:
        admin = await bank.as_account("admin-1")
        uscc = trial_uscc(5000)
        body = {"id": "new", "name": "新客户有限公司", "uscc": uscc, "owner": OWNER}
        made = await admin.post("/v1/seats", body)
        assert made.status_code == 201, made.text
        assert code(await admin.post("/v1/seats", body)) == "GATEWAY_EXISTS"
        key = made.json()["key"]
        owner = await bank.as_account("new-owner")
        unlock = {"unlock": {"passphrase": PASSPHRASE}}
        assert code(await owner.post("/v1/cards", unlock)) == "GATEWAY_IDENTITY_NOT_PROVEN"

        path = "/v1/accounts/new-owner/certificate"
        of_another = trial_authority(7).issue_enterprise("另一公司", uscc, key, FROM, UNTIL)
        for der in (of_another, b"no certificate"):
            wrong = await admin.send("PUT", path, json={"certificate": base64.b64encode(der).decode()})
            assert code(wrong) == "GATEWAY_IDENTITY_NOT_PROVEN"
        good = trial_authority(7).issue_enterprise("新客户有限公司", uscc, key, FROM, UNTIL)
        text = {"certificate": base64.b64encode(good).decode()}
        assert (await admin.send("PUT", path, json=text)).status_code == 200
        missing = await admin.send("PUT", "/v1/accounts/nobody/certificate", json=text)
        assert code(missing) == "GATEWAY_NOT_FOUND"
        assert (await owner.post("/v1/cards", unlock)).json() == {"cards": 5}
        seats = {seat["id"]: seat for seat in (await admin.get("/v1/seats")).json()}
        assert (seats["new"]["cards"], seats["new"]["active"]) == (5, True)
        assert code(await admin.send("PATCH", "/v1/seats/none", json={})) == "GATEWAY_NOT_FOUND"


@in_loop
async def test_a_second_account_of_a_seat_needs_the_word_of_the_first(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("bank-a") as bank:
        admin = await bank.as_account("admin-1")
        body = {"id": "s1-two", "name": "赵六", "roles": ["checker"], "passphrase": PASSPHRASE, "seat": "s1"}
        word = {"account": "s1", "unlock": {"passphrase": PASSPHRASE}}
        assert code(await admin.post("/v1/accounts", body)) == "GATEWAY_UNLOCK_REFUSED"
        for by in (
            {**word, "account": "s2"},
            {**word, "account": "none"},
            {**word, "unlock": {"passphrase": "x"}},
        ):
            assert code(await admin.post("/v1/accounts", {**body, "by": by})) == "GATEWAY_UNLOCK_REFUSED"
        assert (await admin.post("/v1/accounts", {**body, "by": word})).status_code == 201
        unknown = await admin.post("/v1/accounts", {**body, "seat": "nowhere", "by": word})
        assert code(unknown) == "GATEWAY_NOT_FOUND"


@in_loop
async def test_staff_that_only_look_are_added_by_one_admin_with_roles_of_their_side(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("bank-a") as bank:
        admin = await bank.as_account("admin-1")
        new = {"id": "new-looker", "name": "李四", "roles": ["look"], "passphrase": PASSPHRASE}
        made = await admin.post("/v1/accounts", new)
        assert made.json()["key"].startswith("ed25519:")
        assert len(made.json()["account"]["person"]) == 16
        changes: tuple[dict[str, object], ...] = ({"id": "../x"}, {"roles": []}, {"roles": ["king"]})
        for change in changes:
            answer = await admin.post("/v1/accounts", {**new, "id": "other", **change})
            assert code(answer) == "GATEWAY_FIELD_NOT_VALID"
        assert len((await admin.get("/v1/accounts")).json()) >= 9
        token = await admin.post("/v1/accounts/robot/tokens", {"hours": 24})
        assert token.status_code == 201
        assert code(await admin.post("/v1/accounts/maker/tokens", {"hours": 24})) == "GATEWAY_FORBIDDEN"


@in_loop
async def test_the_members_own_seat_has_the_name_and_code_of_record(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("bank-a") as bank:
        admin = await bank.as_account("admin-1")
        member = there.members["bank-a"]
        body = {"id": "member", "name": "somebody", "uscc": member.uscc, "owner": {**OWNER, "id": "house"}}
        assert code(await admin.post("/v1/seats", body)) == "GATEWAY_FIELD_NOT_VALID"
        made = await admin.post("/v1/seats", {**body, "name": member.name})
        assert made.status_code == 201, made.text


@in_loop
async def test_secrets_and_payloads_are_in_no_log_and_no_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with alliance(tmp_path) as there, there.gateway("bank-a") as bank:
        admin = await bank.as_account("admin-1")
        phrase = "correct-horse-battery-staple"
        new = {"id": "new-looker", "name": "李四", "roles": ["look"], "passphrase": phrase}
        await admin.post("/v1/accounts", new)
        await bank.http.post("/v1/sessions", json={"account": "new-looker", "passphrase": phrase})
        s1 = await bank.as_account("s1")
        body = {"voucher": "EVTEST20260316000000000180", "consent": "3c" * 32}
        await s1.act("voucher.accept", body, key="key-0001")
        logged = capsys.readouterr().out
        assert "endpoint=" in logged
        for secret in (phrase, s1.token, PASSPHRASE + '"', "3c3c3c", "李四"):
            assert secret not in logged
        files = [path for path in bank.gateway.folder.root.rglob("*") if path.is_file()]
        assert files
        assert [path for path in files if phrase.encode() in path.read_bytes()] == []
