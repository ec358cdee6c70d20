"""Pages: what they show, to whom, and what a form from elsewhere gets."""

import re
from pathlib import Path

import msgspec
import pytest

from tallychain.console.app import POLICY
from tallychain.console.tests.browsing import TOKEN, projected, scene
from tallychain.gateway.tests.alliance import PASSPHRASE, in_loop

EVERYWHERE = ("/today", "/vouchers", "/vouchers?scope=all", "/holdings", "/drafts", "/operations", "/members", "/members/bank-a", "/ledger", "/ledger/blocks/1")  # fmt: skip


@in_loop
async def test_the_whole_story_is_done_by_forms(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        number, s1 = await it.held()
        bank_b = await it.visitor("bank-b", "s4")
        (holding,) = set(re.findall(r"/holdings/(EV[^\"/]+)", await s1.page("/holdings")))
        fields = it.offer_fields(0, "s4", "300,000.00") | it.offer_fields(1, "s2", "250000")
        review = await s1.send(f"/holdings/{holding}/offer", fields)
        assert "450,000.00" in review.text
        await s1.done(
            await s1.send(f"/holdings/{holding}/offer/sign", fields, of=f"/holdings/{holding}/offer")
        )
        await projected(bank_b.running)
        (take,) = set(re.findall(r"/offers/[0-9a-f]{64}:\d+/take", await bank_b.page("/today")))
        await bank_b.done(await bank_b.send(take, {}))

        shown = await bank_b.page(f"/vouchers/{number}")
        assert it.there.clients["s4"].name in shown
        assert it.there.clients["s2"].name not in shown
        await projected(it.there.gateways["ce-a"])
        issuer = await it.visitor("ce-a", "maker")
        assert "300,000.00" in await issuer.page("/today")


@in_loop
async def test_every_page_has_an_empty_state_and_the_strict_policy(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        for member, account in (("bank-a", "s1"), ("bank-a", "maker"), ("ce-a", "checker")):
            visitor = await it.visitor(member, account, "en")
            for path in EVERYWHERE:
                answer = await visitor.get(path)
                assert answer.status_code == 200, (path, answer.text)
                assert answer.headers["content-security-policy"] == POLICY
                assert answer.headers["cache-control"] == "no-store"
                assert 'lang="en"' in answer.text


@in_loop
async def test_without_a_session_every_page_leads_to_the_start(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        nobody = await it.visitor("bank-a")
        for path in (*EVERYWHERE, "/issue", "/vouchers/EV/accept"):
            answer = await nobody.get(path)
            assert (answer.status_code, answer.headers["location"]) == (303, "/")


@in_loop
async def test_a_form_without_the_right_token_is_refused(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        visitor = await it.visitor("bank-a", "s1")
        token = TOKEN.findall(await visitor.page("/today"))[0]
        for given in ({"day": "2026-03-20"}, {"form_token": ""}, {"form_token": "0" * 64}):
            answer = await visitor.http.post("/sign-out", data=given)
            assert answer.status_code == 403
            assert "CONSOLE_FORM_NOT_OURS" in answer.text
        elsewhere = {"Origin": "http://elsewhere.example"}
        answer = await visitor.http.post("/sign-out", data={"form_token": token}, headers=elsewhere)
        assert answer.status_code == 403
        another = await it.visitor("bank-a", "s2")
        answer = await another.http.post("/sign-out", data={"form_token": token})
        assert answer.status_code == 403
        assert (await visitor.get("/today")).status_code == 200


@in_loop
async def test_the_session_cookie_is_the_members_and_out_of_reach(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        nobody = await it.visitor("bank-a")
        answer = await nobody.send("/demo-sign-in", {"account": "s1"}, of="/")
        said = next(
            text for text in answer.headers.get_list("set-cookie") if text.startswith("tally-bank-a=")
        )
        assert "httponly" in said.lower()
        assert "samesite=strict" in said.lower()
        out = await nobody.send("/sign-out", {}, of="/today")
        assert out.status_code == 303
        assert (await nobody.get("/today")).headers["location"] == "/"


@in_loop
async def test_a_client_never_sees_the_private_rows_of_another_seat(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        number, s1 = await it.held("s1", contract="HT-SECRET-77")
        other = await it.visitor("bank-a", "s3")
        stranger = await it.visitor("bank-b", "maker")
        assert "HT-SECRET-77" in await s1.page(f"/vouchers/{number}")
        operation = re.findall(r"/ledger/operations/([0-9a-f]{64})", await s1.page(f"/vouchers/{number}"))
        (holding,) = set(re.findall(r"/holdings/(EV[^\"/]+)", await s1.page("/holdings")))
        for visitor in (other, stranger):
            paths = [f"/vouchers/{number}", f"/vouchers/{number}/visible", f"/holdings/{holding}", f"/vouchers/{number}/accept",
                     f"/holdings/{holding}/print", *(f"/ledger/operations/{name}" for name in operation)]  # fmt: skip
            for path in paths:
                shown = await visitor.page(path)
                assert "HT-SECRET-77" not in shown, path
                assert it.there.clients["s1"].name not in shown, path
            refused = await visitor.get(f"/holdings/{holding}/offer")
            assert refused.status_code == 403
        own_operations = await other.get(f"/operations/{operation[-1]}")
        assert own_operations.status_code == 404


@in_loop
async def test_only_an_issuers_maker_gets_the_form_for_an_issue(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        for member, account in (("bank-a", "maker"), ("bank-a", "s1"), ("ce-a", "checker")):
            visitor = await it.visitor(member, account)
            answer = await visitor.get("/issue")
            assert answer.status_code == 403
            assert "CONSOLE_NOT_AN_ISSUERS_MAKER" in answer.text


@in_loop
async def test_a_wrong_form_says_which_field_is_wrong_and_keeps_what_was_typed(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        await it.confirmed("s1")
        maker = await it.visitor("ce-a", "maker", "en")
        offered = await maker.page("/issue")
        assert "1,000,000,000.00 yuan (ceilings granted 10,000,000,000,000.00, outstanding 0.00)" in offered
        assert re.findall(r'<option value="(settle-[a-z]|bank-[a-z])"', offered) == ["settle-a"]
        uncovered = await maker.send("/issue", it.issue_fields("s1", face="1,000,000.01"))
        assert "do not leave so much" in uncovered.text
        fields = it.issue_fields(
            "s1", face="12,34", maturity="2027-12-31", payable="4d" * 32, settlement_bank=""
        )
        answer = await maker.send("/issue", fields)
        assert answer.status_code == 422
        for name in ("face", "maturity", "payable", "settlement_bank"):
            assert f'id="{name}-fault"' in answer.text
        assert 'value="12,34"' in answer.text


@in_loop
async def test_a_refusal_of_the_gateway_is_shown_with_sentence_and_code(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        await it.confirmed("s1")
        maker = await it.visitor("ce-a", "maker")
        whole = it.payables["s1"]
        assert re.search(f'value="{whole}">[^<]* 1,000,000.00 / 1,000,000.00 ', await maker.page("/issue"))
        number, s1 = await it.held()
        assert it.payables["s1"] not in await maker.page("/issue")  # a voucher takes all of it
        assert whole in await maker.page("/issue")
        again = await s1.send(f"/vouchers/{number}/accept", {})
        assert "VOUCHER_NOT_PENDING" in await s1.page(again.headers["location"])
        wrong = await s1.send(f"/vouchers/{number}/accept", {"passphrase": "no"})
        assert "GATEWAY_UNLOCK_REFUSED" in wrong.text
        missing = await s1.get("/vouchers/EVTEST20990101000000000000")
        assert missing.status_code == 404
        assert "GATEWAY_NOT_FOUND" in missing.text
        assert (await s1.get("/no/such/page")).status_code == 404


@in_loop
async def test_the_clock_moves_forward_only(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        number, s1 = await it.held()
        moved = await s1.send(
            "/clock", {"voucher": number, "to": "blackout", "back": f"/vouchers/{number}"}, of="/today"
        )
        assert moved.headers["location"] == f"/vouchers/{number}"
        await projected(s1.running)
        assert "2026-09-09 00:00:00" in await s1.page("/today")
        for fields in ({"day": "2026-03-01"}, {"day": "soon"}, {"voucher": number, "to": "blackout"}):
            assert (await s1.send("/clock", fields, of="/today")).status_code == 422


@in_loop
async def test_a_page_that_follows_the_ledger_is_not_sent_again_without_news(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        s1 = await it.visitor("bank-a", "s1")
        (path,) = re.findall(r'hx-get="(/today\?seen=\d+)"', await s1.page("/today"))
        assert (await s1.get(path, headers={"HX-Request": "true"})).status_code == 204
        assert (await s1.get("/today?seen=0", headers={"HX-Request": "true"})).status_code == 200


@in_loop
async def test_the_language_is_remembered_and_leads_only_to_our_own_pages(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        s1 = await it.visitor("bank-a", "s1")
        assert "今日待办" in await s1.page("/today")
        assert (await s1.get("/language/en?back=/members")).headers["location"] == "/members"
        assert "Members" in await s1.page("/members")
        for back in (
            "//elsewhere.example",
            "https://elsewhere.example",
            "/\\elsewhere.example",
            "/%0d%0aX:1",
        ):
            assert (await s1.get(f"/language/en?back={back}")).headers["location"] == "/"
        assert (await s1.get("/language/xx")).status_code == 404


@in_loop
async def test_a_proof_is_handed_out_and_its_sentences_shown(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        number, s1 = await it.held()
        await s1.send("/clock", {"day": "2026-03-20"}, of="/today")
        await projected(s1.running)
        operation = re.findall(r"/ledger/operations/([0-9a-f]{64})", await s1.page(f"/vouchers/{number}"))[0]
        assert "statements" in await s1.page(f"/ledger/operations/{operation}/check")
        bundle = await s1.get(f"/ledger/operations/{operation}/proof")
        assert bundle.status_code == 200
        assert bundle.headers["content-disposition"].startswith("attachment")


@in_loop
@pytest.mark.timeout(300)
async def test_hostile_text_stays_text_on_every_page(tmp_path: Path) -> None:
    hostile = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*191}}"
    async with scene(tmp_path) as it:
        more = dict.fromkeys(("promise", "contract", "purpose", "invoices"), hostile) | {
            "reference": "V'\"<b>1"
        }
        number = await it.issued("s1", **more)
        s1 = await it.visitor("bank-a", "s1")
        maker = await it.visitor("ce-a", "maker")
        paths = [
            *EVERYWHERE,
            f"/vouchers/{number}",
            f"/vouchers/{number}/accept",
            f"/vouchers/{number}/reject",
        ]
        paths += [
            f"/vouchers?status={hostile}",
            f"/ledger/operations/{hostile.replace('/', '')}",
            "/drafts/%3Cscript%3E",
        ]
        operation = re.findall(r"/ledger/operations/([0-9a-f]{64})", await s1.page(f"/vouchers/{number}"))
        paths += [f"/ledger/operations/{name}" for name in operation]
        for visitor in (s1, maker):
            for path in paths:
                shown = (await visitor.get(path)).text
                assert "<script>alert" not in shown, path
                assert "<img" not in shown, path
                assert "1337" not in shown, path
        review = await maker.send("/issue", it.issue_fields("s1", **more))
        refused = await s1.send(f"/vouchers/{number}/reject", {"reason": hostile, "passphrase": hostile})
        for answer in (review, refused):
            assert "<script>alert" not in answer.text
            assert "<img" not in answer.text
        assert "&lt;script&gt;" in await s1.page(f"/vouchers/{number}")


@in_loop
async def test_where_it_is_no_demonstration_a_passphrase_and_a_second_factor_are_asked_for(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as it:
        nobody = await it.visitor("bank-a", language="en")
        nobody.running.gateway.facts = msgspec.structs.replace(nobody.running.gateway.facts, demo=False)
        shown = await nobody.page("/")
        assert 'action="/sign-in"' in shown
        assert 'name="code"' in shown
        assert "/demo-sign-in" not in shown
        assert (await nobody.send("/demo-sign-in", {"account": "s1"}, of="/")).status_code == 404
        for fields in ({"account": "s1", "passphrase": "wrong"}, {"account": "nobody", "passphrase": "demo"}):
            refused = await nobody.send("/sign-in", fields, of="/")
            assert refused.status_code == 401
            assert "GATEWAY_SIGN_IN_REFUSED" in refused.text
        entered = await nobody.send("/sign-in", {"account": "s1", "passphrase": PASSPHRASE}, of="/")
        assert entered.headers["location"] == "/today"
        assert (await nobody.send("/clock", {"day": "2026-04-01"}, of="/today")).status_code == 403


@in_loop
async def test_a_draft_is_refused_with_a_reason_and_nobody_approves_an_own_one(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        await it.confirmed("s1")
        maker = await it.visitor("ce-a", "maker", "en")
        made = await maker.send("/issue/sign", it.issue_fields("s1"), of="/issue")
        draft = made.headers["location"]
        own = await maker.send(f"{draft}/approve", {}, of=draft)
        assert own.status_code == 403
        checker = await it.visitor("ce-a", "checker", "en")
        assert "100000000" in await checker.page(draft)
        stranger = await it.visitor("bank-a", "maker")
        assert (await stranger.get(draft)).status_code == 404
        refused = await checker.send(f"{draft}/refuse", {"reason": "wrong amount"}, of=draft)
        assert refused.status_code == 303
        assert "wrong amount" in await maker.page(draft)
        closed = await checker.send(f"{draft}/approve", {}, of="/today")
        assert "GATEWAY_DRAFT_CLOSED" in closed.text


@in_loop
async def test_what_was_offered_can_be_declined_and_recalled(tmp_path: Path) -> None:
    async with scene(tmp_path) as it:
        _, s1 = await it.held()
        s3 = await it.visitor("bank-a", "s3")
        (holding,) = set(re.findall(r"/holdings/(EV[^\"/]+)", await s1.page("/holdings")))
        form = f"/holdings/{holding}/offer"
        fields = it.offer_fields(0, "s3", "1.00") | it.offer_fields(1, "s3", "2.00")
        await s1.done(await s1.send(f"{form}/sign", fields, of=form))
        first, second = sorted(set(re.findall(r"/offers/[0-9a-f]{64}:\d+", await s3.page("/today"))))
        await s3.done(await s3.send(f"{first}/decline", {"reason": "金额不符"}))
        await s1.done(await s1.send(f"{second}/recall", {}))
        assert "/recall" not in await s1.page("/today")
        too_much = await s1.send(form, it.offer_fields(0, "s3", "1,000,000.01"))
        assert too_much.status_code == 422
