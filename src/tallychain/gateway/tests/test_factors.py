"""The second factor where there is no demonstration: enrolled, shown, used once, lost, reset by two admins."""

import base64
from pathlib import Path
from typing import Any

import msgspec

from tallychain.catalogue import CATALOGUE
from tallychain.crypto import totp
from tallychain.gateway.tests.alliance import (
    LONG_PASSPHRASE,
    Alliance,
    Caller,
    Running,
    alliance,
    code,
    in_loop,
)

NEW = "a passphrase of my own"


class Phone:
    """An authenticator app on a clock that the test moves."""

    def __init__(self, there: Alliance) -> None:
        self.now_ms = 1_800_000_000_000
        self.secrets: dict[str, bytes] = {}
        there.wall_ms = lambda: self.now_ms

    def take(self, account: str, shown: str) -> None:
        self.secrets[account] = base64.b32decode(shown)

    def code(self, account: str) -> str:
        """The next code; time goes on, because each counts once."""
        self.now_ms += 30_000
        return totp.code_of(self.secrets[account], totp.step_at(self.now_ms))


async def enrol(
    bank: Running, phone: Phone, account: str, *, one_time: str, old: str = LONG_PASSPHRASE, new: str = ""
) -> list[str]:
    """Take over an account; its recovery codes."""
    begun = {"account": account, "enrolment_code": one_time, "passphrase": old, "new_passphrase": new}
    answer = await bank.http.post("/v1/enrolments", json=begun)
    assert answer.status_code == 201, answer.text
    assert answer.json()["qr_svg"].startswith("<svg")
    phone.take(account, answer.json()["secret"])
    shown = {
        "account": account,
        "enrolment_code": one_time,
        "passphrase": new or old,
        "code": phone.code(account),
    }
    confirmed = await bank.http.post("/v1/enrolments/confirm", json=shown)
    assert confirmed.status_code == 200, confirmed.text
    codes: list[str] = confirmed.json()["recovery_codes"]
    return codes


async def sign_in(bank: Running, phone: Phone, account: str, passphrase: str = LONG_PASSPHRASE) -> Caller:
    body = {"account": account, "passphrase": passphrase, "code": phone.code(account)}
    answer = await bank.http.post("/v1/sessions", json=body)
    assert answer.status_code == 201, answer.text
    return Caller(bank.http, answer.json()["token"])


async def enrolled(bank: Running, phone: Phone, *accounts: str) -> dict[str, list[str]]:
    """Enrol the first people of a member, whose codes the installation makes."""
    return {
        name: await enrol(bank, phone, name, one_time=(await bank.gateway.factors.allow_enrolment(name))[0])
        for name in accounts
    }


def unlock(phone: Phone, account: str, passphrase: str = LONG_PASSPHRASE) -> dict[str, Any]:
    return {"unlock": {"passphrase": passphrase, "code": phone.code(account)}}


@in_loop
async def test_nobody_signs_in_or_signs_before_the_second_factor_is_enrolled(tmp_path: Path) -> None:
    async with alliance(tmp_path, demo=False) as there, there.gateway("bank-a") as bank:
        phone = Phone(there)
        body = {"account": "maker", "passphrase": LONG_PASSPHRASE}
        refused = await bank.http.post("/v1/sessions", json=body)
        assert code(refused) == "GATEWAY_SECOND_FACTOR_NOT_ENROLLED"
        admin = await bank.as_account("admin-1")
        kind = next(kind for kind in CATALOGUE.operation_types() if kind.name == "member.key_revoke")
        args = msgspec.to_builtins(kind.example)
        wish = {"args": args, "unlock": {"passphrase": LONG_PASSPHRASE, "code": "123456"}}
        act = await admin.post("/v1/acts/member.key_revoke", wish, key="key-0001")
        assert code(act) == "GATEWAY_SECOND_FACTOR_NOT_ENROLLED"
        await enrolled(bank, phone, "maker")
        assert code(await bank.http.post("/v1/sessions", json=body)) == "GATEWAY_SECOND_FACTOR_NEEDED"
        me = await sign_in(bank, phone, "maker")
        assert (await me.get("/v1/me/second-factor")).json() == {"kind": "totp", "recovery_left": 10}
        assert code(await bank.http.get("/v1/demo/accounts")) == "GATEWAY_NOT_FOUND"


@in_loop
async def test_a_code_is_taken_once_and_a_recovery_code_too(tmp_path: Path) -> None:
    async with alliance(tmp_path, demo=False) as there, there.gateway("bank-a") as bank:
        phone = Phone(there)
        recovery = (await enrolled(bank, phone, "maker"))["maker"]
        body = {"account": "maker", "passphrase": LONG_PASSPHRASE, "code": phone.code("maker")}
        assert (await bank.http.post("/v1/sessions", json=body)).status_code == 201
        assert code(await bank.http.post("/v1/sessions", json=body)) == "GATEWAY_SECOND_FACTOR_REFUSED"
        spare = {**body, "code": recovery[3].upper()}
        answer = await bank.http.post("/v1/sessions", json=spare)
        assert answer.status_code == 201
        assert code(await bank.http.post("/v1/sessions", json=spare)) == "GATEWAY_SECOND_FACTOR_REFUSED"
        me = Caller(bank.http, answer.json()["token"])
        assert (await me.get("/v1/me/second-factor")).json()["recovery_left"] == 9
        fresh = await me.post("/v1/me/recovery-codes", unlock(phone, "maker"))
        assert len(set(fresh.json()["recovery_codes"])) == 10
        old = {**body, "code": recovery[4]}
        assert code(await bank.http.post("/v1/sessions", json=old)) == "GATEWAY_SECOND_FACTOR_REFUSED"
        lines = (await (await bank.as_account("admin-1")).get("/v1/audit")).json()
        assert {"totp", "recovery code"} <= {line["second_factor"] for line in lines}


@in_loop
async def test_a_one_time_enrolment_code_serves_once_and_for_its_account_only(tmp_path: Path) -> None:
    async with alliance(tmp_path, demo=False) as there, there.gateway("bank-a") as bank:
        phone = Phone(there)
        one_time, until = await bank.gateway.factors.allow_enrolment("maker")
        begun = {"account": "maker", "enrolment_code": one_time, "passphrase": LONG_PASSPHRASE}
        for wrong in (
            {"account": "checker"},
            {"account": "nobody"},
            {"enrolment_code": totp.new_recovery_code()},
            {"passphrase": "not mine at all"},
        ):
            refused = await bank.http.post("/v1/enrolments", json={**begun, **wrong})
            assert code(refused) == "GATEWAY_ENROLMENT_REFUSED", wrong
        none = await bank.http.post("/v1/enrolments", json={**begun, "passphrase": ""})
        assert code(none) == "GATEWAY_FIELD_NOT_VALID"
        await enrol(bank, phone, "maker", one_time=one_time)
        assert code(await bank.http.post("/v1/enrolments", json=begun)) == "GATEWAY_ENROLMENT_REFUSED"
        late, until = await bank.gateway.factors.allow_enrolment("checker")
        phone.now_ms = until
        ended = {**begun, "account": "checker", "enrolment_code": late}
        assert code(await bank.http.post("/v1/enrolments", json=ended)) == "GATEWAY_ENROLMENT_REFUSED"


@in_loop
async def test_a_new_member_of_staff_comes_by_two_admins_and_chooses_a_passphrase_alone(
    tmp_path: Path,
) -> None:
    async with alliance(tmp_path, demo=False) as there, there.gateway("bank-a") as bank:
        phone = Phone(there)
        await enrolled(bank, phone, "admin-1", "admin-2")
        one, two = await sign_in(bank, phone, "admin-1"), await sign_in(bank, phone, "admin-2")
        alone = {"id": "new-maker", "name": "李四", "roles": ["maker"]}
        assert code(await one.post("/v1/accounts", alone)) == "GATEWAY_TWO_PERSONS_NEEDED"
        wish = {"kind": "add", "account": "new-maker", "name": "李四", "roles": ["maker"]}
        asked = await one.post("/v1/account-changes", {**wish, **unlock(phone, "admin-1")})
        assert asked.status_code == 201, asked.text
        path = f"/v1/account-changes/{asked.json()['id']}/approve"
        same = await one.post(path, unlock(phone, "admin-1"))
        assert code(same) == "GATEWAY_SAME_PERSON"
        made = await two.post(path, unlock(phone, "admin-2"))
        assert made.status_code == 200, made.text
        assert code(await two.post(path, unlock(phone, "admin-2"))) == "GATEWAY_DRAFT_CLOSED"
        one_time = made.json()["enrolment_code"]
        assert made.json()["key"].startswith("ed25519:")
        await enrol(bank, phone, "new-maker", one_time=one_time, old="", new=NEW)
        by_admin = {"account": "new-maker", "passphrase": one_time, "code": phone.code("new-maker")}
        assert code(await bank.http.post("/v1/sessions", json=by_admin)) == "GATEWAY_SIGN_IN_REFUSED"
        me = await sign_in(bank, phone, "new-maker", NEW)
        assert (await me.get("/v1/me")).json()["account"]["roles"] == ["maker"]


@in_loop
async def test_a_lost_phone_is_reset_by_two_admins_and_ends_sessions(tmp_path: Path) -> None:
    async with alliance(tmp_path, demo=False) as there, there.gateway("bank-a") as bank:
        phone = Phone(there)
        await enrolled(bank, phone, "admin-1", "admin-2", "maker")
        maker = await sign_in(bank, phone, "maker")
        one, two = await sign_in(bank, phone, "admin-1"), await sign_in(bank, phone, "admin-2")
        asked = await one.post(
            "/v1/account-changes", {"kind": "reset", "account": "maker", **unlock(phone, "admin-1")}
        )
        done = await two.post(f"/v1/account-changes/{asked.json()['id']}/approve", unlock(phone, "admin-2"))
        assert code(await maker.get("/v1/me")) == "GATEWAY_NOT_SIGNED_IN"
        old = {"account": "maker", "passphrase": LONG_PASSPHRASE, "code": phone.code("maker")}
        assert code(await bank.http.post("/v1/sessions", json=old)) == "GATEWAY_SECOND_FACTOR_NOT_ENROLLED"
        await enrol(bank, phone, "maker", one_time=done.json()["enrolment_code"])
        await sign_in(bank, phone, "maker")


@in_loop
async def test_a_lost_passphrase_of_staff_means_a_new_key(tmp_path: Path) -> None:
    async with alliance(tmp_path, demo=False) as there, there.gateway("bank-a") as bank:
        phone = Phone(there)
        await enrolled(bank, phone, "admin-1", "admin-2", "maker")
        before = (bank.gateway.folder.keys / "maker.key").read_bytes()
        one, two = await sign_in(bank, phone, "admin-1"), await sign_in(bank, phone, "admin-2")
        asked = await one.post(
            "/v1/account-changes", {"kind": "new-key", "account": "maker", **unlock(phone, "admin-1")}
        )
        done = await two.post(f"/v1/account-changes/{asked.json()['id']}/approve", unlock(phone, "admin-2"))
        assert done.json()["key"] not in before.decode()
        await enrol(bank, phone, "maker", one_time=done.json()["enrolment_code"], old="", new=NEW)
        await sign_in(bank, phone, "maker", NEW)


@in_loop
async def test_another_phone_counts_only_once_it_has_shown_a_code(tmp_path: Path) -> None:
    async with alliance(tmp_path, demo=False) as there, there.gateway("bank-a") as bank:
        phone = Phone(there)
        await enrolled(bank, phone, "maker")
        me = await sign_in(bank, phone, "maker")
        path = "/v1/me/second-factor/confirm"
        assert code(await me.post(path, {"code": "123456"})) == "GATEWAY_SECOND_FACTOR_NOT_BEGUN"
        begun = await me.post("/v1/me/second-factor", unlock(phone, "maker"))
        await sign_in(bank, phone, "maker")
        wrong = phone.code("maker")
        phone.take("maker", begun.json()["secret"])
        assert code(await me.post(path, {"code": wrong})) == "GATEWAY_SECOND_FACTOR_REFUSED"
        assert (await me.post(path, {"code": phone.code("maker")})).status_code == 200
        await sign_in(bank, phone, "maker")


@in_loop
async def test_five_wrong_attempts_lock_an_account_for_a_while_and_many_until_an_admin_opens_it(
    tmp_path: Path,
) -> None:
    async with alliance(tmp_path, demo=False) as there, there.gateway("bank-a", account_burst=1000) as bank:
        phone = Phone(there)
        await enrolled(bank, phone, "maker")
        good = {"account": "maker", "passphrase": LONG_PASSPHRASE}
        bank.gateway.unlocking._rates._burst = 1000
        for attempt in range(5):
            wrong = {**good, "passphrase": "wrong"} if attempt % 2 else {**good, "code": "000000"}
            await bank.http.post("/v1/sessions", json=wrong)
        answer = await bank.http.post("/v1/sessions", json={**good, "code": phone.code("maker")})
        assert (code(answer), answer.headers["retry-after"]) == ("GATEWAY_ACCOUNT_LOCKED", "870")
        phone.now_ms += 15 * 60_000
        await sign_in(bank, phone, "maker")
        for _ in range(5):
            for _ in range(5):
                await bank.http.post("/v1/sessions", json={**good, "passphrase": "wrong"})
            phone.now_ms += 16 * 60_000
        locked = await bank.http.post("/v1/sessions", json={**good, "code": phone.code("maker")})
        assert code(locked) == "GATEWAY_ACCOUNT_LOCKED_FOR_GOOD"
        admin = await bank.as_account("admin-1")
        assert (await admin.send("DELETE", "/v1/accounts/maker/lock")).status_code == 204
        await sign_in(bank, phone, "maker")


@in_loop
async def test_secrets_of_phones_and_codes_lie_in_no_file_as_they_are(tmp_path: Path) -> None:
    async with alliance(tmp_path, demo=False) as there, there.gateway("bank-a") as bank:
        phone = Phone(there)
        recovery = (await enrolled(bank, phone, "maker"))["maker"]
        await sign_in(bank, phone, "maker")
        needles = [phone.secrets["maker"], base64.b32encode(phone.secrets["maker"])]
        needles += [form.encode() for word in recovery for form in (word, word.replace("-", ""))]
        for path in (item for item in bank.gateway.folder.root.rglob("*") if item.is_file()):
            assert not [needle for needle in needles if needle in path.read_bytes()], path
