"""Letters between gateways: from members of record only, each once, retried until acknowledged."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from tallychain.crypto.certificates import certificate_digest
from tallychain.crypto.identity import encode_card, sign_card
from tallychain.crypto.keys import SealingKey, SigningKey, signing_key_from_seed
from tallychain.crypto.wallet import tag_author
from tallychain.gateway import letters
from tallychain.gateway.letters import (
    CardAnswer,
    CardRequest,
    Head,
    Introduction,
    Letter,
    Payload,
    SentDocument,
)
from tallychain.gateway.postbox import DeliveryFailed, HttpPost
from tallychain.gateway.problems import Problem
from tallychain.gateway.tests.alliance import (
    PASSPHRASE,
    SEED,
    Alliance,
    Caller,
    Running,
    alliance,
    code,
    in_loop,
)
from tallychain.gateway.tests.test_story import PROMISE, issue_args
from tallychain.ledger import codec
from tallychain.sdk.build import Recipient
from tallychain.testkit.genesis import CHAIN
from tallychain.testkit.people import TrialClient, derived, trial_authority

STRANGER = signing_key_from_seed("ed25519", b"s" * 32)


def system_key(member: str) -> SigningKey:
    return signing_key_from_seed("ed25519", derived(SEED, member, "system"))


async def written(
    bank: Running, payload: Payload, *, kind: str = "card.request", key: SigningKey | None = None, **head: Any
) -> bytes:
    """A letter of ce-a to bank-a, with what a test changes."""
    now = bank.gateway.clock.now_ms()
    fields = {
        "chain": CHAIN,
        "sender": "ce-a",
        "receiver": "bank-a",
        "kind": kind,
        "id": letters.new_id(),
        "sent_at": now,
        "expires": now + 1000,
        **head,
    }
    to = await bank.gateway.sealing.current("bank-a")
    return letters.write(Head(**fields), payload, to=to, key=key or system_key("ce-a"))


async def posted(bank: Running, text: bytes) -> httpx.Response:
    return await bank.http.post("/v1/letters", content=text, headers={"Content-Type": "application/json"})


@in_loop
async def test_a_letter_is_acknowledged_under_the_receivers_key_and_acted_on_once(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("bank-a") as bank:
        text = await written(bank, CardRequest(there.clients["s1"].uscc))
        first, again = await posted(bank, text), await posted(bank, text)
        assert first.status_code == 200
        assert first.content == again.content
        assert letters.read_acknowledgement(first.content, text).key == system_key("bank-a").public
        assert await bank.gateway.cards.free("s1") == 4


@in_loop
async def test_a_letter_that_is_not_what_it_says_is_refused(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("bank-a") as bank:
        now = bank.gateway.clock.now_ms()
        ask = CardRequest(there.clients["s1"].uscc)
        good = await written(bank, ask)
        flipped = bytearray(good)
        flipped[-10] ^= 1
        read = codec.decode(Letter, good)
        other_box = msgspec.structs.replace(read, box=read.box[:-1] + b"x")
        # The chain's clock goes on meanwhile, so what must not be reached yet is far ahead.
        later = now + 86_400_000
        faults = {
            "not canonical": good + b" ",
            "not a letter": b"{}",
            "a false signature": bytes(flipped),
            "another box": codec.encode(other_box),
            "another chain": await written(bank, ask, chain="trial-2"),
            "another receiver": await written(bank, ask, receiver="bank-b"),
            "over": await written(bank, ask, expires=now),
            "living too long": await written(bank, ask, expires=later + letters.LETTER_LIFE_MS),
            "from the future": await written(bank, ask, sent_at=later, expires=later + 1000),
            "from a stranger's key": await written(bank, ask, key=STRANGER),
            "another member's key": await written(bank, ask, key=system_key("bank-b")),
            "a person's key": await written(
                bank, ask, key=signing_key_from_seed("ed25519", derived(SEED, "ce-a", "maker"))
            ),
            "another payload": await written(bank, CardAnswer("0" * 32, found=False)),
            "no request of ours": await written(bank, CardAnswer("0" * 32, found=False), kind="card"),
            "for nobody here": await written(
                bank, SentDocument("91310000MA99999999", "a.pdf", "application/pdf", b"x"), kind="document"
            ),
            "a certificate of nobody": await written(
                bank, Introduction("x", "y", b"no certificate"), kind="client.introduce"
            ),
        }
        for name, text in faults.items():
            answer = await posted(bank, text)
            assert code(answer) == "GATEWAY_LETTER_NOT_VALID", name
        assert await bank.gateway.cards.free("s1") == 5


@in_loop
async def test_another_letter_under_a_used_id_is_refused(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("bank-a") as bank:
        name = letters.new_id()
        ask = CardRequest(there.clients["s1"].uscc)
        assert (await posted(bank, await written(bank, ask, id=name))).status_code == 200
        assert code(await posted(bank, await written(bank, ask, id=name))) == "GATEWAY_LETTER_REUSED"


@in_loop
async def test_an_unknown_client_and_one_that_will_not_be_found_have_the_same_answer(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("bank-a") as bank:
        await bank.gateway.seats.change("s1", findable=False)
        async with there.gateway("ce-a") as issuer:
            maker = await issuer.as_account("maker")
            hidden = issue_args(there, "s1")
            unknown = {**hidden, "receiver": {"sponsor": "bank-a", "uscc": "91310000MA99999999"}}
            answers = [
                await maker.act("voucher.issue", args, key=f"key-000{n}", sealed={"trade": PROMISE})
                for n, args in enumerate((hidden, unknown))
            ]
            assert [code(answer) for answer in answers] == ["GATEWAY_RECEIVER_UNKNOWN"] * 2
            assert answers[0].json()["detail"] == answers[1].json()["detail"]


@in_loop
async def test_a_request_waits_for_an_empty_stock_until_the_owner_signs(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("bank-a") as bank:
        for _ in range(5):
            await bank.gateway.cards.give("s1")
        async with there.gateway("ce-a", card_wait_ms=200) as issuer:
            maker, s1 = await issuer.as_account("maker"), await bank.as_account("s1")
            args = issue_args(there, "s1")
            pending = await maker.act("voucher.issue", args, key="key-0001", sealed={"trade": PROMISE})
            assert (pending.status_code, code(pending)) == (409, "GATEWAY_CARD_PENDING")
            assert pending.headers["Retry-After"]
            await _until(lambda: _is_told_of_requests(s1, 1))
            await s1.post("/v1/cards", {"unlock": {"passphrase": PASSPHRASE}})
            made = await _asked_until_the_card_is_here(maker, args)
            assert made.status_code == 202, made.text
            assert (await s1.get("/v1/today")).json()["card_requests_waiting"] == 0


@in_loop
async def test_a_request_whose_letter_was_never_kept_is_sent_when_the_act_is_asked_again(
    tmp_path: Path,
) -> None:
    """A gateway may end between keeping its request for a card and keeping the letter."""
    async with (
        alliance(tmp_path) as there,
        there.gateway("bank-a"),
        there.gateway("ce-a", card_wait_ms=200) as issuer,
    ):
        maker, args = await issuer.as_account("maker"), issue_args(there, "s1")
        postbox = issuer.gateway.postbox
        real, postbox.send = postbox.send, _lost  # type: ignore[method-assign]  # the process ends here
        await maker.act("voucher.issue", args, key="key-0001", sealed={"trade": PROMISE})
        postbox.send = real  # type: ignore[method-assign]  # and begins again

        made = await _asked_until_the_card_is_here(maker, args)

        assert made.status_code == 202, made.text


async def _asked_until_the_card_is_here(maker: Caller, args: dict[str, Any]) -> httpx.Response:
    """Ask for an issue as callers are told to, as long as the card that it needs is still on its way."""
    while True:
        made = await maker.act("voucher.issue", args, key="key-0001", sealed={"trade": PROMISE})
        if made.status_code != 409 or code(made) != "GATEWAY_CARD_PENDING":
            return made
        await asyncio.sleep(0.05)


async def _is_told_of_requests(owner: Caller, count: int) -> bool:
    return bool((await owner.get("/v1/today")).json()["card_requests_waiting"] == count)


async def _lost(*_: object, **__: object) -> str:
    return ""


@in_loop
async def test_letters_are_sent_again_until_acknowledged_also_after_a_restart(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there:
        async with there.gateway("ce-a") as issuer:
            there.lost = 3
            await issuer.gateway.postbox.send(
                "bank-a", "card.request", CardRequest(there.clients["s1"].uscc), letter_id="0" * 32
            )
            await issuer.gateway.database.write(
                lambda db: db.execute(
                    "INSERT INTO card_request VALUES (?, 'member', 'p', 'bank-a', ?, 'asked', NULL, NULL, 0)",
                    ("0" * 32, there.clients["s1"].uscc),
                )
            )
            assert await issuer.gateway.postbox.waiting() == 1
        async with there.gateway("bank-a") as bank, there.gateway("ce-a") as issuer:
            await _until(lambda: _is_nothing(issuer.gateway.postbox.waiting))
            await _until(lambda: _is_nothing(bank.gateway.postbox.waiting))
            state = await issuer.gateway.database.read(
                lambda db: db.execute("SELECT state FROM card_request").fetchone()
            )
            assert state == ("found",)


@in_loop
async def test_an_introduction_reaches_a_gateway_that_was_away_for_two_days(tmp_path: Path) -> None:
    """Without the certificate a payable could never be confirmed; a restart of the sender meanwhile loses nothing."""
    async with alliance(tmp_path) as there:
        client = there.clients["s1"]
        async with there.gateway("ce-a") as issuer:
            letter = Introduction(client.name, client.uscc, client.certificate)
            await issuer.gateway.postbox.send("bank-a", "client.introduce", letter)
        async with there.gateway("ce-a") as issuer:
            _pass_days(issuer, 2)
            async with there.gateway("bank-a") as bank:
                _pass_days(bank, 2)
                await _until(lambda: _is_nothing(issuer.gateway.postbox.waiting))
                named = await bank.gateway.certificates.introduced(certificate_digest(client.certificate))
                assert named is not None
                assert (named.name, named.uscc) == (client.name, client.uscc)
                assert await issuer.gateway.database.read(
                    lambda db: db.execute("SELECT state FROM letter_out").fetchone()
                ) == ("delivered",)


def _pass_days(running: Running, days: int) -> None:
    clock = running.gateway.clock
    clock.saw(clock.height, clock.block_time_ms + days * letters.LETTER_LIFE_MS)


async def _is_nothing(count: Callable[[], Awaitable[int]]) -> bool:
    return await count() == 0


async def _until(is_so: Callable[[], Awaitable[bool]]) -> None:
    for _ in range(6_000):
        if await is_so():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it does not happen")


def forged(there: Alliance, client: TrialClient, **change: Any) -> CardAnswer:
    """A card answer with one thing changed."""
    certificate = change.pop("certificate", client.certificate)
    fields = {
        "chain": CHAIN,
        "tag": tag_author(client.wallet.sign.tag_key(50).public),
        "sealing": client.wallet.view.sealing_key(50).public,
        "sponsor": "ce-a",
        "valid_until": 4_000_000_000_000,
        **change,
    }
    key = change.pop("key", client.wallet.sign.identity_key())
    fields.pop("key", None)
    card = sign_card(key, certificate=certificate, **fields)
    return CardAnswer("1" * 32, found=True, card=encode_card(card), certificate=certificate)


@in_loop
async def test_a_card_that_does_not_prove_its_owner_is_refused_before_anybody_signs(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("bank-a") as bank:
        client, other = there.clients["s1"], there.clients["s2"]
        await bank.gateway.database.write(
            lambda db: db.execute(
                "INSERT INTO card_request VALUES (?, 'member', 'p', 'ce-a', ?, 'asked', NULL, NULL, 0)",
                ("1" * 32, client.uscc),
            )
        )
        untrusted = trial_authority(99).issue_enterprise(
            client.name,
            client.uscc,
            client.wallet.sign.identity_key().public,
            1_700_000_000_000,
            4_000_000_000_000,
        )
        over = trial_authority(SEED).issue_enterprise(
            client.name,
            client.uscc,
            client.wallet.sign.identity_key().public,
            1_700_000_000_000,
            1_700_000_100_000,
        )
        faults = {
            "another chain": forged(there, client, chain="trial-2"),
            "over": forged(there, client, valid_until=1),
            "another sponsor": forged(there, client, sponsor="bank-b"),
            "another's key": forged(there, client, key=STRANGER),
            "another enterprise": forged(
                there, other, certificate=other.certificate, key=other.wallet.sign.identity_key()
            ),
            "an unknown authority": forged(there, client, certificate=untrusted),
            "a certificate that is over": forged(there, client, certificate=over),
            "no card": CardAnswer("1" * 32, found=True, card=b"{}", certificate=client.certificate),
        }
        for name, answer in faults.items():
            text = await written(bank, answer, kind="card")
            assert code(await posted(bank, text)) == "GATEWAY_CARD_NOT_VALID", name
        good = await posted(bank, await written(bank, forged(there, client), kind="card"))
        assert good.status_code == 200


@in_loop
async def test_a_counterparty_is_introduced_once(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("ce-a") as issuer, there.gateway("bank-a") as bank:
        introduced = Introduction(
            there.clients["s1"].name, there.clients["s1"].uscc, there.clients["s1"].certificate
        )
        await bank.gateway.postbox.send("ce-a", "client.introduce", introduced)
        await _until(lambda: _is_nothing(bank.gateway.postbox.waiting))
        account = await bank.gateway.accounts.get("s1")
        assert account is not None
        kept = await issuer.gateway.certificates.get(account.certificate)
        assert kept is not None
        assert kept.certificate == there.clients["s1"].certificate


@in_loop
async def test_a_document_goes_to_the_seat_that_it_is_for(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("ce-a") as issuer, there.gateway("bank-a") as bank:
        maker = await issuer.as_account("maker")
        headers = {"Content-Type": "application/pdf"}
        stored = await maker.send("POST", "/v1/documents?name=合同.pdf", content=b"%PDF-1.7", headers=headers)
        digest = stored.json()["digest"]
        body = {"to": "bank-a", "uscc": there.clients["s1"].uscc}
        sent = await maker.post(f"/v1/documents/{digest}/send", body)
        assert sent.status_code == 202
        await _until(lambda: _is_nothing(issuer.gateway.postbox.waiting))
        s1, s2 = await bank.as_account("s1"), await bank.as_account("s2")
        row = (await s1.get("/v1/documents")).json()[0]
        assert (row["name"], row["sender"], row["digest"]) == ("合同.pdf", "ce-a", digest)
        assert (await s1.get(f"/v1/documents/{digest}")).content == b"%PDF-1.7"
        assert code(await s2.get(f"/v1/documents/{digest}")) == "GATEWAY_NOT_FOUND"
        assert (await s2.get("/v1/documents")).json() == []


def test_an_acknowledgement_of_another_letter_or_by_another_key_does_not_count() -> None:
    head = Head(CHAIN, "ce-a", "bank-a", "card.request", "0" * 32, 1, 2)
    to = Recipient("member:bank-a#1", derived_sealing())
    text = letters.write(head, CardRequest("91310000MA00000001"), to=to, key=STRANGER)
    other = letters.write(head, CardRequest("91310000MA00000002"), to=to, key=STRANGER)
    answer = letters.acknowledge(letters.read(text), text, at_ms=5, key=STRANGER)
    assert letters.read_acknowledgement(answer, text).received_at == 5
    broken = answer.replace(b'"received_at":5', b'"received_at":6')
    for wrong, of in ((answer, other), (broken, text), (b"{}", text), (answer + b" ", text)):
        with pytest.raises(Problem) as caught:
            letters.read_acknowledgement(wrong, of)
        assert caught.value.code == "GATEWAY_LETTER_NOT_VALID"


def derived_sealing() -> str:
    return SealingKey.from_seed(b"r" * 32).public


@in_loop
async def test_a_letter_goes_over_http_to_the_address_of_record_and_nowhere_else() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        statuses = {"ok": 200, "moved": 302, "busy": 429, "no": 422, "broken": 500}
        return httpx.Response(statuses[request.url.host], content=b"ack", headers={"Location": "http://ok/"})

    post = HttpPost()
    await post.close()
    post._client = httpx.AsyncClient(transport=httpx.MockTransport(answer), follow_redirects=False)
    assert await post("http://ok/v1/letters", b"x") == b"ack"
    for host, final in (("moved", False), ("busy", False), ("broken", False), ("no", True)):
        with pytest.raises(DeliveryFailed) as caught:
            await post(f"http://{host}/v1/letters", b"x")
        assert caught.value.final is final, host
    with pytest.raises(DeliveryFailed) as caught:
        await post("file:///etc/passwd", b"x")
    assert caught.value.final
    await post.close()
