"""Pages about accounts: the own one, the way in with a phone, and what two admins do."""

import base64
import re
from pathlib import Path

from tallychain.console.tests.browsing import Browser, browser, projected, scene
from tallychain.crypto import totp
from tallychain.gateway.tests.alliance import LONG_PASSPHRASE, PASSPHRASE, alliance, in_loop

CODES = re.compile(r"<li><code>([a-z0-9-]{17})</code></li>")


@in_loop
async def test_a_passphrase_is_changed_and_a_session_ended_by_forms(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        me = await it.visitor("bank-a", "maker", "en")
        await it.visitor("bank-a", "maker", "en")
        shown = await me.page("/account")
        assert "none (demonstration)" in shown
        assert "Two admins make a new key" in shown
        (session,) = set(re.findall(r"/account/sessions/([0-9a-f]{16})", shown))
        assert (await me.send(f"/account/sessions/{session}", {}, of="/account")).status_code == 303
        assert "/account/sessions/" not in await me.page("/account")
        fields = {"new_passphrase": "next", "again": "other"}
        assert (await me.send("/account/passphrase", fields, of="/account")).status_code == 400
        wrong = {"passphrase": "wrong", "new_passphrase": "next", "again": "next"}
        refused = await me.send("/account/passphrase", wrong, of="/account")
        assert "GATEWAY_UNLOCK_REFUSED" in refused.text
        changed = await me.send("/account/passphrase", {**wrong, "passphrase": PASSPHRASE}, of="/account")
        assert "Your key is the same" in await me.page(changed.headers["location"])


@in_loop
async def test_a_client_of_a_hosted_seat_reads_that_nobody_can_recover_its_root(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        s1 = await it.visitor("bank-a", "s1")
        assert "任何人都无法打开您席位的签名根密钥" in await s1.page("/account")
        assert (await s1.get("/accounts")).status_code == 403
        assert (await s1.get("/enrol")).status_code == 404


@in_loop
async def test_two_admins_add_an_account_and_one_closes_it(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        one, two = (
            await it.visitor("bank-a", "admin-1", "en"),
            await it.visitor("bank-a", "admin-2", "en"),
        )
        fields = {"kind": "add", "account": "new", "name": "李四", "role_maker": "yes"}
        assert (await one.send("/accounts", fields)).status_code == 303
        again = await one.send("/accounts", {**fields, "account": "maker"})
        assert "GATEWAY_EXISTS" in again.text
        assert (await one.send("/accounts", {"kind": "king"})).status_code == 400
        page = await one.page("/accounts")
        assert "Another admin has to approve" in page
        (action,) = set(re.findall(r"/account-changes/[0-9a-f]{16}", page))
        same = await one.send(action, {"act": "approve"}, of="/accounts")
        assert "GATEWAY_SAME_PERSON" in same.text
        made = await two.send(action, {"act": "approve"}, of="/accounts")
        assert "ed25519:" in made.text
        assert (await two.send("/accounts/new", {"act": "close"}, of="/accounts")).status_code == 303
        assert "closed" in await two.page("/accounts")
        assert (await two.send("/accounts/new", {"act": "none"}, of="/accounts")).status_code == 400
        await one.send("/accounts", {"kind": "reopen", "account": "new"})
        (action,) = set(re.findall(r"/account-changes/[0-9a-f]{16}", await two.page("/accounts")))
        assert (await two.send(action, {"act": "refuse"}, of="/accounts")).status_code == 303


@in_loop
async def test_a_new_person_comes_in_with_a_phone_and_moves_to_another(tmp_path: Path) -> None:
    async with alliance(tmp_path, demo=False) as there, there.gateway("bank-a") as bank:
        now_ms = 1_800_000_000_000
        there.wall_ms = lambda: now_ms
        await projected(bank)
        one_time, _ = await bank.gateway.factors.allow_enrolment("maker")
        async with browser(bank, language="en") as me:
            assert "/enrol" in await me.page("/")
            fields = {"account": "maker", "enrolment_code": one_time, "passphrase": LONG_PASSPHRASE}
            wrong = await me.send("/enrol", {**fields, "enrolment_code": "x"})
            assert "GATEWAY_ENROLMENT_REFUSED" in wrong.text
            differs = await me.send("/enrol", {**fields, "new_passphrase": "a", "again": "b"})
            assert differs.status_code == 400
            shown = (await me.send("/enrol", fields)).text
            assert "data:image/svg+xml;base64," in shown
            secret = secret_of(shown)
            code = totp.code_of(secret, totp.step_at(now_ms))
            mistyped = await me.send("/enrol/confirm", {**fields, "code": "000000"}, of="/enrol")
            assert "GATEWAY_SECOND_FACTOR_REFUSED" in mistyped.text
            assert 'action="/enrol/confirm"' in mistyped.text
            assert re.findall(r"<code>([A-Z2-7]{32})</code>", mistyped.text) == []
            assert "data:image/svg+xml" not in mistyped.text
            confirmed = await me.send("/enrol/confirm", {**fields, "code": code}, of="/enrol")
            recovery = CODES.findall(confirmed.text)
            assert len(recovery) == 10
            used = await me.send("/enrol/confirm", {**fields, "code": code}, of="/enrol")
            assert "GATEWAY_ENROLMENT_REFUSED" in used.text
            await sign_in(me, recovery[0])
            assert "9 recovery codes left" in await me.page("/account")
            unlock = {"passphrase": LONG_PASSPHRASE, "code": recovery[1]}
            begun = (await me.send("/account/phone", unlock, of="/account")).text
            now_ms += 30_000
            code = totp.code_of(secret_of(begun), totp.step_at(now_ms))
            refused = await me.send("/account/phone/confirm", {"code": "000000"}, of="/account")
            assert "GATEWAY_SECOND_FACTOR_REFUSED" in refused.text
            assert 'action="/account/phone/confirm"' in refused.text
            moved = await me.send("/account/phone/confirm", {"code": code}, of="/account")
            fresh = CODES.findall(moved.text)
            assert not set(fresh) & set(recovery)
            unlock["code"] = fresh[0]
            assert len(CODES.findall((await me.send("/account/recovery", unlock, of="/account")).text)) == 10
            assert "GATEWAY_SECOND_FACTOR" in (await me.send("/account/recovery", unlock, of="/account")).text


def secret_of(page: str) -> bytes:
    (found,) = re.findall(r"<code>([A-Z2-7]{32})</code>", page)
    return base64.b32decode(found)


async def sign_in(me: Browser, code: str) -> None:
    fields = {"account": "maker", "passphrase": LONG_PASSPHRASE, "code": code}
    answer = await me.send("/sign-in", fields, of="/")
    assert answer.status_code == 303, answer.text
