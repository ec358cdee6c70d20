"""Tokens of systems, bound to a key: a stolen token alone opens nothing, and a proof serves once."""

from pathlib import Path
from typing import Any

import httpx

from tallychain.crypto.keys import SigningKey, generate_signing_key
from tallychain.gateway.tests.alliance import Caller, Running, alliance, code, in_loop
from tallychain.sdk.client import RequestSigner
from tallychain.sdk.requestproof import Request, prove


async def bound(bank: Running, key: SigningKey, **more: Any) -> str:
    admin = await bank.as_account("admin-1")
    made = await admin.post("/v1/accounts/robot/tokens", {"hours": 24, "key": key.public, **more})
    assert made.status_code == 201, made.text
    return str(made.json()["token"])


async def asks(
    bank: Running, token: str, key: SigningKey, method: str, path: str, **more: Any
) -> httpx.Response:
    """A request as the client of the kit makes it."""
    signer = RequestSigner(key, lambda: bank.gateway.request_proofs._now_ms() // 1000)
    headers = {"Authorization": f"Bearer {token}", **more.pop("headers", {})}
    return await bank.http.request(method, path, headers=headers, auth=signer, **more)


@in_loop
async def test_a_bound_token_serves_beside_proofs_only(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("bank-a") as bank:
        key = generate_signing_key()
        token = await bound(bank, key)
        me = await asks(bank, token, key, "GET", "/v1/me")
        assert (me.status_code, me.json()["account"]["id"]) == (200, "robot")
        listed = await asks(bank, token, key, "GET", "/v1/operations?limit=5")
        assert listed.status_code == 200, listed.text
        pdf = {"content": b"%PDF-1.7", "headers": {"Content-Type": "application/pdf"}}
        stored = await asks(bank, token, key, "POST", "/v1/documents?name=%E5%90%88%E5%90%8C.pdf", **pdf)
        assert stored.status_code == 201, stored.text
        assert code(await Caller(bank.http, token).get("/v1/me")) == "GATEWAY_REQUEST_NOT_PROVEN"
        thief = await asks(bank, token, generate_signing_key(), "GET", "/v1/me")
        assert code(thief) == "GATEWAY_REQUEST_NOT_PROVEN"
        listed_sessions = (await (await bank.as_account("admin-1")).get("/v1/accounts/robot/sessions")).json()
        assert listed_sessions[0]["key"] == key.public


@in_loop
async def test_a_proof_serves_once_and_for_a_minute(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("bank-a") as bank:
        now_s = 1_800_000_000
        there.wall_ms = lambda: now_s * 1000
        key = generate_signing_key()
        token = await bound(bank, key)
        caller = Caller(bank.http, token)

        def proof(at_s: int) -> dict[str, str]:
            return prove(Request("GET", "/v1/me", "", f"Bearer {token}", b""), key, at_s)

        once = proof(now_s)
        assert (await caller.get("/v1/me", headers=once)).status_code == 200
        assert code(await caller.get("/v1/me", headers=once)) == "GATEWAY_REQUEST_NOT_PROVEN"
        for at_s in (now_s - 61, now_s + 61):
            assert code(await caller.get("/v1/me", headers=proof(at_s))) == "GATEWAY_REQUEST_NOT_PROVEN"
        now_s += 130
        assert (await caller.get("/v1/me", headers=proof(now_s))).status_code == 200
        assert len(bank.gateway.request_proofs._nonces) == 1
        assert code(await caller.get("/v1/me", headers=once)) == "GATEWAY_REQUEST_NOT_PROVEN"


@in_loop
async def test_after_a_restart_no_earlier_proof_serves(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there:
        now_s = 1_800_000_000
        there.wall_ms = lambda: now_s * 1000
        key = generate_signing_key()
        async with there.gateway("bank-a") as bank:
            token = await bound(bank, key)
        early = prove(Request("GET", "/v1/me", "", f"Bearer {token}", b""), key, now_s)
        now_s += 5
        async with there.gateway("bank-a") as bank:
            again = await Caller(bank.http, token).get("/v1/me", headers=early)
            assert code(again) == "GATEWAY_REQUEST_NOT_PROVEN"
            assert (await asks(bank, token, key, "GET", "/v1/me")).status_code == 200


@in_loop
async def test_a_system_rotates_its_token_and_an_admin_ends_it(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("bank-a") as bank:
        now_ms = 1_800_000_000_000
        there.wall_ms = lambda: now_ms
        key, next_key = generate_signing_key(), generate_signing_key()
        token = await bound(bank, key)
        body = {"hours": 24, "key": next_key.public}
        made = await asks(bank, token, key, "POST", "/v1/me/token", json=body)
        assert made.status_code == 201, made.text
        assert (await asks(bank, token, key, "GET", "/v1/me")).status_code == 200
        now_ms += 11 * 60_000
        assert code(await asks(bank, token, key, "GET", "/v1/me")) == "GATEWAY_NOT_SIGNED_IN"
        fresh = str(made.json()["token"])
        assert (await asks(bank, fresh, next_key, "GET", "/v1/me")).status_code == 200
        admin = await bank.as_account("admin-1")
        await admin.send("DELETE", "/v1/accounts/robot/sessions")
        assert code(await asks(bank, fresh, next_key, "GET", "/v1/me")) == "GATEWAY_NOT_SIGNED_IN"
        unbound = await bank.as_account("robot")
        assert code(await unbound.post("/v1/me/token", body)) == "GATEWAY_FORBIDDEN"


@in_loop
async def test_a_token_is_narrowed_to_roles_of_its_account_and_bound_off_demonstrations(
    tmp_path: Path,
) -> None:
    async with alliance(tmp_path) as there, there.gateway("bank-a") as bank:
        admin = await bank.as_account("admin-1")
        await bank.gateway.accounts.set_roles("robot", ("system", "look"))
        key = generate_signing_key()
        token = await bound(bank, key, roles=["look"])
        me = await asks(bank, token, key, "GET", "/v1/me")
        assert me.json()["account"]["roles"] == ["look"]
        body = {"hours": 24, "key": key.public}
        rotated = await asks(bank, token, key, "POST", "/v1/me/token", json=body)
        assert code(rotated) == "GATEWAY_FORBIDDEN"
        path = "/v1/accounts/robot/tokens"
        for wrong in ({"roles": ["admin"]}, {"key": "ed25519:00"}, {"key": "x25519:" + "11" * 32}):
            assert code(await admin.post(path, {**body, **wrong})) == "GATEWAY_FIELD_NOT_VALID"
        assert code(await admin.post("/v1/accounts/none/tokens", body)) == "GATEWAY_NOT_FOUND"
    (tmp_path / "b").mkdir()
    async with alliance(tmp_path / "b", demo=False) as there, there.gateway("bank-a") as bank:
        admin = await bank.as_account("admin-1")
        assert code(await admin.post(path, {"hours": 24})) == "GATEWAY_FIELD_NOT_VALID"
