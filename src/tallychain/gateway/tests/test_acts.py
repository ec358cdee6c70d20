"""Acts: built, sealed and signed for a seat; drafts for two persons; the same key, the same answer."""

import asyncio
from pathlib import Path

import msgspec

from tallychain.crypto.identity import decode_card, encode_card
from tallychain.gateway.certificates import Chain
from tallychain.gateway.enrolment import NewAccount
from tallychain.gateway.seats import Seat
from tallychain.gateway.tests.alliance import PASSPHRASE, Alliance, Running, alliance, code, in_loop
from tallychain.gateway.tests.test_story import PROMISE, TRADE, accepted, backed, issue_args, issued
from tallychain.gateway.unlocking import Unlock
from tallychain.ledger import codec
from tallychain.ledger.operation import Body, SignedOperation
from tallychain.testkit.people import TrialClient, trial_authority

UNLOCK = {"unlock": {"passphrase": PASSPHRASE}}


@in_loop
async def test_the_same_request_has_the_same_answer_and_another_one_is_a_conflict(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("ce-a") as issuer, there.gateway("bank-a"):
        maker = await issuer.as_account("maker")
        args = issue_args(there, "s1")
        answers = await asyncio.gather(
            *(maker.act("voucher.issue", args, key="key-0001", sealed={"trade": PROMISE}) for _ in range(3))
        )
        assert len({answer.text for answer in answers}) == 1
        assert answers[0].status_code == 202
        other = {**args, "face": 1}
        conflict = await maker.act("voucher.issue", other, key="key-0001", sealed={"trade": PROMISE})
        assert (conflict.status_code, code(conflict)) == (409, "IDEMPOTENCY_CONFLICT")
        fresh = await maker.act("voucher.issue", other, key="key-0002", sealed={"trade": PROMISE})
        assert fresh.json()["draft"] != answers[0].json()["draft"]


@in_loop
async def test_a_draft_shows_the_exact_text_and_another_person_decides(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("ce-a") as issuer, there.gateway("bank-a"):
        maker, checker = await issuer.as_account("maker"), await issuer.as_account("checker")
        args = await backed(there, issuer, "s1")
        made = await maker.act("voucher.issue", args, key="key-0001", sealed={"trade": PROMISE})
        path = made.json()["link"]
        shown = (await checker.get(path)).json()
        assert "1,000,000.00 yuan (100000000 fen)" in shown["words_en"]
        assert "票面金额: 1,000,000.00 元" in shown["words_zh"]
        assert PROMISE["promise"] in shown["words_zh"]
        body = codec.decode(Body, shown["text"].encode())
        assert (body.type, body.author) == ("voucher.issue", "member:ce-a")
        assert (await checker.get("/v1/today")).json()["drafts"][0]["id"] == shown["id"]
        assert (await maker.get("/v1/today")).json()["own_drafts"] == 1
        assert (await maker.get("/v1/drafts")).json()[0]["id"] == shown["id"]

        assert code(await maker.post(path + "/approve", UNLOCK)) == "GATEWAY_FORBIDDEN"
        assert code(await checker.post(path + "/approve", {})) == "GATEWAY_UNLOCK_REFUSED"
        wrong = await checker.post(path + "/approve", {"unlock": {"passphrase": "wrong"}})
        assert (wrong.status_code, code(wrong)) == (403, "GATEWAY_UNLOCK_REFUSED")
        done = await checker.post(path + "/approve", UNLOCK)
        again = await checker.post(path + "/approve", UNLOCK)
        assert done.json() == again.json()
        end = await maker.done(done.json()["operation"])
        assert end["state"] == "done"
        kept = await issuer.gateway.outbox.get(end["operation"])
        assert kept is not None
        assert codec.decode_frame(SignedOperation, kept.frame).body.decode() == shown["text"]
        same = await maker.act("voucher.issue", args, key="key-0001", sealed={"trade": PROMISE})
        assert same.json()["operation"] == end["operation"]
        assert code(await checker.post(path + "/refuse", {"reason": "late"})) == "GATEWAY_DRAFT_CLOSED"


@in_loop
async def test_a_refused_draft_says_why_and_signs_nothing(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("ce-a") as issuer, there.gateway("bank-a"):
        maker, checker = await issuer.as_account("maker"), await issuer.as_account("checker")
        made = await maker.act(
            "voucher.issue", issue_args(there, "s1"), key="key-0001", sealed={"trade": PROMISE}
        )
        path = made.json()["link"]
        assert code(await checker.post(path + "/refuse", {"reason": ""})) == "GATEWAY_FIELD_NOT_VALID"
        refused = (await checker.post(path + "/refuse", {"reason": "金额不符"})).json()
        assert (refused["state"], refused["reason"], refused["decided_by"]) == (
            "refused",
            "金额不符",
            "checker",
        )
        assert code(await checker.post(path + "/approve", UNLOCK)) == "GATEWAY_DRAFT_CLOSED"
        assert issuer.gateway.outbox.open == 0


@in_loop
async def test_a_draft_is_gone_after_a_day_and_one_person_with_two_accounts_is_one_person(
    tmp_path: Path,
) -> None:
    async with alliance(tmp_path) as there, there.gateway("ce-a") as issuer, there.gateway("bank-a"):
        maker, checker = await issuer.as_account("maker"), await issuer.as_account("checker")
        made = await maker.act(
            "voucher.issue", issue_args(there, "s1"), key="key-0001", sealed={"trade": PROMISE}
        )
        path = made.json()["link"]
        person = there.members["ce-a"].staff["maker"].person
        await issuer.gateway.database.write(
            lambda db: db.execute("UPDATE account SET person = ? WHERE id = 'checker'", (person,))
        )
        assert code(await checker.post(path + "/approve", UNLOCK)) == "GATEWAY_SAME_PERSON"
        await issuer.gateway.engine.advance(issuer.gateway.clock.now_ms() + 24 * 3_600_000)
        await issuer.caught_up()
        closed = await checker.post(path + "/approve", UNLOCK)
        assert code(closed) == "GATEWAY_DRAFT_CLOSED"
        assert "expired" in closed.json()["detail"]
        assert (await checker.get("/v1/drafts")).json() == []


@in_loop
async def test_a_drafts_seat_is_the_only_one_that_sees_it(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("bank-a") as bank, there.gateway("ce-a") as issuer:
        maker = await issuer.as_account("maker")
        made = await maker.act(
            "voucher.issue", issue_args(there, "s1"), key="key-0001", sealed={"trade": PROMISE}
        )
        draft = await issuer.gateway.drafts.get(made.json()["draft"])
        assert draft is not None
        s1 = await bank.as_account("s1")
        assert code(await s1.get(f"/v1/drafts/{draft.id}")) == "GATEWAY_NOT_FOUND"


@in_loop
async def test_two_admins_change_the_members_record(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("bank-a") as bank:
        first, second = await bank.as_account("admin-1"), await bank.as_account("admin-2")
        kind = bank.gateway.acts.kind("member.gateway_set")
        example = codec.encode(kind.example)
        args = msgspec.json.decode(example)
        made = await first.act(kind.name, args, key="key-0001")
        assert made.status_code == 202, made.text
        assert code(await first.post(made.json()["link"] + "/approve", UNLOCK)) == "GATEWAY_SAME_PERSON"
        approved = await second.post(made.json()["link"] + "/approve", UNLOCK)
        assert (await first.done(approved.json()["operation"]))["state"] == "done"


@in_loop
async def test_what_the_gateway_can_see_to_be_wrong_is_refused_before_anything_is_signed(
    tmp_path: Path,
) -> None:
    async with alliance(tmp_path) as there, there.gateway("ce-a") as issuer, there.gateway("bank-a") as bank:
        maker, s1 = await issuer.as_account("maker"), await bank.as_account("s1")
        good = issue_args(there, "s1")

        async def refused(args: object, sealed: object = None, **more: object) -> str:
            sealed = {"trade": PROMISE} if sealed is None else sealed
            return code(await maker.act("voucher.issue", args, key="key-0001", sealed=sealed, **more))

        assert await refused({**good, "face": -1}) == "GATEWAY_FIELD_NOT_VALID"
        assert await refused({**good, "more": 1}) == "GATEWAY_FIELD_NOT_VALID"
        assert await refused({**good, "reference": "xyz"}) == "GATEWAY_FIELD_NOT_VALID"
        assert await refused(good, {}) == "GATEWAY_PART_MISSING"
        assert await refused(good, {"trade": PROMISE, "terms": {}}) == "GATEWAY_PART_UNKNOWN"
        assert await refused(good, to={"terms": ["member:bank-b"]}) == "GATEWAY_PART_UNKNOWN"
        assert await refused(good, to={"trade": ["somebody"]}) == "GATEWAY_FIELD_NOT_VALID"
        assert await refused(good, to={"trade": ["member:nobody-here"]}) == "GATEWAY_MEMBER_UNKNOWN"
        hostile = {**PROMISE, "purpose": "a\u202eb"}
        assert await refused(good, {"trade": hostile}) == "GATEWAY_CHARACTER_NOT_ALLOWED"
        assert await refused({**good, "receiver": {"sponsor": "nobody", "uscc": "91310000MA00000001"}}) == (
            "GATEWAY_MEMBER_UNKNOWN"
        )
        unknown = {"sponsor": "bank-a", "uscc": "91310000MA99999999"}
        assert await refused({**good, "receiver": unknown}) == "GATEWAY_RECEIVER_UNKNOWN"
        assert code(await s1.act("voucher.issue", good, key="key-0001")) == "GATEWAY_FORBIDDEN"
        missing = {"voucher": "EVTEST20260316000000000180", "consent": "3c" * 32}
        answer = await s1.act("voucher.accept", missing, key="key-0001")
        assert code(answer) == "GATEWAY_WOULD_BE_REFUSED"
        assert answer.json()["fields"]["code"] == "VOUCHER_NOT_FOUND"
        assert "不存在凭证" in answer.json()["detail_zh"]
        assert "There is" not in answer.json()["detail_zh"]
        assert code(await s1.act("voucher.accept", missing, key="key-1", tag="x")) == (
            "GATEWAY_IDEMPOTENCY_KEY_MISSING"
        )
        assert code(await s1.act("voucher.accept", missing, key="key-0001", tag="x")) == "GATEWAY_TAG_UNKNOWN"
        assert issuer.gateway.outbox.open == bank.gateway.outbox.open == 0


@in_loop
async def test_an_act_refused_by_the_ledger_has_its_receipt_and_sentence(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("ce-a") as issuer, there.gateway("bank-a"):
        maker, checker = await issuer.as_account("maker"), await issuer.as_account("checker")
        args = {**issue_args(there, "s1"), "nominal_maturity": "2026-03-16"}
        made = await maker.act("voucher.issue", args, key="key-0001", sealed={"trade": PROMISE})
        approved = await checker.post(made.json()["link"] + "/approve", UNLOCK)
        end = await maker.done(approved.json()["operation"])
        assert end["state"] == "refused"
        assert end["code"] == end["receipt"]["code"] == "MATURITY_NOT_AFTER_ISSUE"
        assert end["sentence_en"]
        assert end["sentence_zh"]
        today = (await maker.get("/v1/today")).json()
        assert today["operations"][0]["code"] == "MATURITY_NOT_AFTER_ISSUE"


async def two_person_seat(there: Alliance, bank: Running, client: TrialClient) -> None:
    """A seat of two persons, each with an identity key and certificate of their own."""
    gateway = bank.gateway
    seat = Seat("duo", client.name, client.uscc, two_persons=True, findable=True, active=True, hosted=True)
    first = await gateway.enrolment.add_seat(
        seat, NewAccount("duo-maker", "经办", ("maker",), PASSPHRASE), wallet=client.wallet
    )
    second = await gateway.enrolment.add_client(
        seat, NewAccount("duo-checker", "复核", ("checker",), PASSPHRASE), client.wallet.sign
    )
    for name, key in (("duo-maker", first), ("duo-checker", second)):
        account = await gateway.accounts.get(name)
        assert account is not None
        der = trial_authority(7).issue_enterprise(
            client.name, client.uscc, key, 1_700_000_000_000, 4_000_000_000_000
        )
        await gateway.enrolment.add_certificate(account, Chain(der))
    await there.refill(gateway, "duo-maker")


@in_loop
async def test_a_seat_of_two_persons_acts_with_both_identity_signatures(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there:
        client = there.clients.pop("s3")
        async with there.gateway("ce-a") as issuer, there.gateway("bank-a") as bank:
            await two_person_seat(there, bank, client)
            there.clients["s3"] = client
            there.owners["s3"] = ("duo-maker", "duo-checker")
            voucher = await issued(there, issuer, "s3")
            maker, checker = await bank.as_account("duo-maker"), await bank.as_account("duo-checker")
            args = {"voucher": voucher["voucher"], "consent": voucher["promise"]}
            made = await maker.act("voucher.accept", args, key="accept-1")
            assert made.json()["state"] == "draft", made.text
            path = made.json()["link"]
            assert code(await maker.post(path + "/approve", UNLOCK)) == "GATEWAY_FORBIDDEN"
            approved = await checker.post(path + "/approve", UNLOCK)
            assert approved.status_code == 202, approved.text
            assert (await maker.done(approved.json()["operation"]))["state"] == "done"


@in_loop
async def test_nobody_signs_on_a_part_that_others_cannot_read(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("ce-a") as issuer, there.gateway("bank-a") as bank:
        voucher = await issued(there, issuer, "s1")
        s1 = await bank.as_account("s1")
        concerns = bank.gateway.concerns
        honest = concerns.operation

        async def tampered(operation: str) -> SignedOperation | None:
            signed = await honest(operation)
            if signed is None:
                return None
            boxes = {name: box[:-1] + bytes([box[-1] ^ 1]) for name, box in signed.boxes.items()}
            return SignedOperation(signed.body, signed.signatures, boxes)

        async def without_boxes(operation: str) -> SignedOperation | None:
            signed = await honest(operation)
            return None if signed is None else SignedOperation(signed.body, signed.signatures, {})

        args = {"voucher": voucher["voucher"], "consent": voucher["promise"]}
        for replaced in (tampered, without_boxes):
            concerns.operation = replaced  # type: ignore[method-assign]  # stands for a hostile author's box
            assert code(await s1.act("voucher.accept", args, key="accept-1")) == "GATEWAY_WRAPS_DIFFER"
        assert bank.gateway.outbox.open == 0


@in_loop
async def test_of_two_tags_the_one_that_the_rule_knows_is_taken(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("ce-a") as issuer, there.gateway("bank-a") as bank:
        voucher = await issued(there, issuer, "s1")
        s1 = await bank.as_account("s1")
        await accepted(s1, voucher)
        row = {
            "first": 1,
            "last": 10,
            "receiver": {"sponsor": "bank-a", "uscc": there.clients["s1"].uscc},
            "trade_reference": {"keyed": "CG-1"},
            "value_date": "",
        }
        args = {"voucher": voucher["voucher"], "holding": 1, "rows": [row]}
        answer = await s1.act("voucher.offer", args, key="offer-01", sealed={"trade": TRADE})
        # Both the holding's tag and the receiving one are its own; the rule lets only the holder's act.
        assert answer.status_code == 202, answer.text
        end = await s1.done(answer.json()["operation"])
        assert end["state"] == "done", end


@in_loop
async def test_cards_are_given_once_each_and_hold_what_was_signed(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("bank-a") as bank:
        cards = bank.gateway.cards
        assert await cards.free("s1") == 5
        given = [await cards.give("s1") for _ in range(6)]
        tags = {card.card.tag for card in given if card is not None}
        assert (len(tags), given[5]) == (5, None)
        assert given[0] is not None
        assert decode_card(encode_card(given[0].card)) == given[0].card
        account = await bank.gateway.accounts.get("s1")
        assert account is not None
        signer = await bank.gateway.unlocking.signer(account, Unlock(PASSPHRASE), act="cards", subject="s1")
        assert await cards.refill(account, signer) == 5
        s1 = await bank.as_account("s1")
        assert (await s1.post("/v1/cards", UNLOCK)).json() == {"cards": 5}


@in_loop
async def test_what_is_held_through_another_sponsor_is_refused_in_plain_words_before_anything_is_signed(
    tmp_path: Path,
) -> None:
    async with (
        alliance(tmp_path) as there,
        there.gateway("ce-a") as issuer,
        there.gateway("bank-a") as bank_a,
        there.gateway("bank-b") as bank_b,
    ):
        voucher = await issued(there, issuer, "s1")
        await accepted(await bank_a.as_account("s1"), voucher)
        await bank_b.caught_up()
        s4 = await bank_b.as_account("s4")
        receiver = {"sponsor": "bank-a", "uscc": there.clients["s2"].uscc}
        row = {
            "first": 1,
            "last": 100,
            "receiver": receiver,
            "trade_reference": {"keyed": "1"},
            "value_date": "",
        }
        args = {"voucher": voucher["voucher"], "holding": 1, "rows": [row]}
        cards = await bank_b.gateway.cards.free("s4")
        answer = await s4.act("voucher.offer", args, key="offer-0001", sealed={"trade": TRADE})
        assert code(answer) == "GATEWAY_HELD_ELSEWHERE"
        assert await bank_b.gateway.cards.free("s4") == cards
        lines = (await (await bank_b.as_account("admin-1")).get("/v1/audit")).json()
        assert "voucher.offer" not in [line["act"] for line in lines]
