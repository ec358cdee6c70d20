"""A quote is committed to and delivered by the gateway itself, to the same bytes; terms that do not add up are refused before anybody signs."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tallychain.contracts.vouchers.financing.terms import priced
from tallychain.crypto.wallet import nonce
from tallychain.gateway import building
from tallychain.gateway.quotes import MARGIN_MS
from tallychain.gateway.quoting import REVEAL, salts
from tallychain.gateway.tests.alliance import Alliance, Running, alliance, code, in_loop
from tallychain.gateway.tests.test_story import accepted, approved, issued
from tallychain.ledger import codec
from tallychain.ledger.operation import Body
from tallychain.ledger.types import MemberId, member_author

HOUR_MS = 3_600_000
FACE = 30_000_000
REASONS = {"contract": "CG-1", "invoices": ["26312000000000000034"], "purpose": "采购原材料"}


def test_a_salt_belongs_to_one_secret_one_act_and_one_content() -> None:
    made = {
        salts(secret, nonce)(content)
        for secret in (b"1" * 32, b"2" * 32)
        for nonce in (b"3" * 16, b"4" * 16)
        for content in (b"{}", b"[]")
    }

    assert len(made) == 8
    assert {len(salt) for salt in made} == {32}


def terms(maturity: str, rate: int) -> dict[str, Any]:
    """A quote as a caller gives it."""
    price = priced(FACE, maturity, rate=rate, fees=0, value_date="2026-04-16")
    return {
        "rate": rate,
        "day_count": "ACT_360",
        "value_date": "2026-04-16",
        "days": price.days,
        "interest": price.interest,
        "fees": 0,
        "net": price.net,
        "contract": "BL-2026-0416",
    }


async def asked(there: Alliance, seller: Running, voucher: dict[str, Any]) -> str:
    """s1 asks bank-b for money, quotes to come within an hour; the financing's name."""
    owner = await seller.as_account("s1")
    await accepted(owner, voucher)
    await seller.caught_up()
    args = {
        "voucher": voucher["voucher"],
        "holding": 1,
        "first": 1,
        "last": FACE,
        "form": "FACTORING",
        "recourse": False,
        "funders": ["bank-b"],
        "closes_ms": seller.gateway.clock.now_ms() + HOUR_MS,
    }
    end = await owner.acts("financing.request", args, key="request-0001", sealed={"reasons": REASONS})
    assert end["state"] == "done", end
    return str(end["receipt"]["events"][0]["financing"])


def quoting_of(there: Alliance, voucher: str, financing: str, quote: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a quote of bank-b whose terms its gateway keeps."""
    own = there.clients["s4"].receiver()
    return {
        "voucher": voucher,
        "financing": financing,
        "commitment": {"quote": quote},
        "receiver": {"tag": own.tag, "sealing": own.sealing, "sponsor": "bank-b"},
        "paying_bank": "settle-a",
    }


async def rows_of(running: Running, state: str) -> int:
    """How many quotes a gateway keeps in a state."""
    row = await running.gateway.database.read(
        lambda db: db.execute("SELECT count(*) FROM quote_kept WHERE state = ?", (state,)).fetchone()
    )
    return int(row[0])


async def committed(there: Alliance, funder: Running, voucher: dict[str, Any], name: str) -> str:
    """Two quotes are committed to, the second with every step looked at; its commitment."""
    number, maturity = voucher["voucher"], voucher["effective_maturity"]
    first = quoting_of(there, number, name, terms(maturity, 36_400))
    await approved(funder, "financing.quote", first, "quote-0001")
    last = quoting_of(there, number, name, terms(maturity, 36_500))
    maker, checker = await funder.as_account("maker"), await funder.as_account("checker")
    draft = (await maker.act("financing.quote", last, key="quote-0002")).json()["draft"]
    check_words((await checker.get(f"/v1/drafts/{draft}")).json(), terms(maturity, 36_500)["net"])
    assert await rows_of(funder, "kept") == 1
    decided = await checker.post(f"/v1/drafts/{draft}/approve", {"unlock": {"passphrase": "demo"}})
    end = await maker.done(decided.json()["operation"])
    await funder.gateway.quotes.deliver_due()
    assert await rows_of(funder, "kept") == 2
    return str(end["receipt"]["events"][0]["commitment"])


def check_words(draft: dict[str, Any], net: int) -> None:
    """The second person reads what the quote says, in both languages."""
    lines = [line.strip() for line in draft["words_en"].splitlines()]
    for line in (
        "Annual rate: 3.6500 %",
        "All-in rate a year: 3.6500 %",
        f"Net proceeds: {net // 100:,}.{net % 100:02d} yuan ({net} fen)",
        "Fees: 0.00 yuan (0 fen)",
    ):
        assert line in lines, draft["words_en"]
    assert any(line.startswith("Valid until") and line.endswith("00:00:00") for line in lines)
    assert "综合年化成本: 3.6500 %" in draft["words_zh"]
    assert f'"net":{net}' in draft["sealed"]["quote"]


async def refused(there: Alliance, funder: Running, voucher: dict[str, Any], name: str) -> None:
    """Figures that do not follow are refused before anybody signs."""
    maker, maturity = await funder.as_account("maker"), voucher["effective_maturity"]
    right = terms(maturity, 36_500)
    for wrong in ({"net": right["net"] + 100}, {"days": 1}, {"interest": 0}, {"value_date": maturity}):
        false = quoting_of(there, voucher["voucher"], name, {**right, **wrong})
        answer = await maker.act("financing.quote", false, key="quote-0003")
        assert code(answer) == "GATEWAY_QUOTE_NOT_TRUE", answer.text


async def not_approved(there: Alliance, funder: Running, voucher: dict[str, Any], name: str) -> None:
    """A draft whose terms do not open any more is listed without them, and nobody approves it."""
    args = quoting_of(there, voucher["voucher"], name, terms(voucher["effective_maturity"], 40_000))
    maker, checker = await funder.as_account("maker"), await funder.as_account("checker")
    draft = (await maker.act("financing.quote", args, key="quote-0000")).json()["draft"]
    kept = await funder.gateway.drafts.get(draft)
    assert kept is not None
    damaged = msgspec.structs.replace(kept.content, promised=b"x" * 40)
    await funder.gateway.database.write(
        lambda db: db.execute(
            "UPDATE draft SET content = ? WHERE id = ?", (msgspec.msgpack.encode(damaged), draft)
        )
    )
    (shown,) = (await checker.get("/v1/drafts")).json()
    assert (shown["id"], shown["sealed"]) == (draft, {})
    refused = await checker.post(f"/v1/drafts/{draft}/approve", {"unlock": {"passphrase": "demo"}})
    assert code(refused) == "GATEWAY_DRAFT_CLOSED", refused.text


async def delivered_all(funder: Running) -> None:
    """The gateway delivers by itself."""
    for _ in range(6_000):
        await funder.gateway.quotes.deliver_due()
        if await rows_of(funder, "delivered"):
            break
        await asyncio.sleep(0.02)


async def delivered(funder: Running) -> None:
    """The gateway delivers by itself, lets the replaced quote go, and forgets both."""
    await delivered_all(funder)
    assert (await rows_of(funder, "let_go"), await rows_of(funder, "kept")) == (1, 0)
    assert (await funder.http.get("/v1/ready")).json()["quotes_not_revealed"] == 0
    left = await funder.gateway.database.read(
        lambda db: db.execute("SELECT max(length(kept)) FROM quote_kept").fetchone()
    )
    assert left == (0,)


@pytest.mark.slow
@in_loop
async def test_a_funders_gateway_delivers_the_last_quote_by_itself_after_a_restart_and_the_seller_chooses_it(
    tmp_path: Path,
) -> None:
    async with (
        alliance(tmp_path) as there,
        there.gateway("ce-a") as issuer,
        there.gateway("bank-a") as seller,
    ):
        voucher = await issued(there, issuer, "s1")
        name = await asked(there, seller, voucher)
        quote = terms(voucher["effective_maturity"], 36_500)
        named = {"voucher": voucher["voucher"], "financing": name}
        async with there.gateway("bank-b") as funder:
            await funder.caught_up()
            await refused(there, funder, voucher, name)
            await not_approved(there, funder, voucher, name)
            commitment = await committed(there, funder, voucher, name)
        # The process has ended before the time for quotes is over, and begins again when it is.
        await seller.gateway.engine.advance(seller.gateway.clock.now_ms() + HOUR_MS + MARGIN_MS)
        await seller.caught_up()
        async with there.gateway("bank-b") as funder:
            await funder.caught_up()
            await delivered(funder)
            # By hand, as after the loss of the tables, it would have been the very same part.
            robot = await funder.as_account("robot")
            twice = await robot.acts("financing.reveal", named, key="quote-0002", sealed={"quote": quote})
            assert twice["code"] == "NONCE_USED", twice
        await seller.caught_up()
        s1, staff = await seller.as_account("s1"), await seller.as_account("maker")
        (read,) = (await s1.get(f"/v1/quote_terms?financing={name}")).json()["rows"]
        assert (read["funder"], read["net"], read["rate"]) == ("bank-b", quote["net"], 36_500)
        assert (await staff.get(f"/v1/quote_terms?financing={name}")).json()["rows"] == []
        shown = await s1.acts("financing.challenge", {**named, "funder": "bank-b"}, key="challenge-0001")
        assert shown["code"] == "QUOTE_IS_TRUE", shown
        chosen = {**named, "funder": "bank-b", "quote": commitment, "seller_bank": "bank-a"}
        payment = {"amount": quote["net"], "name": "S1", "bank_code": "102290000000", "account": "1001"}
        awarded = await s1.acts("financing.award", chosen, key="award-0001", sealed={"payment": payment})
        assert awarded["state"] == "done", awarded


async def by_other_means(funder: Running, args: dict[str, Any], quote: dict[str, Any], key: str) -> None:
    """The funder commits to a quote that its gateway would not commit to."""
    gateway = funder.gateway
    reveal = gateway.acts.kind(REVEAL)
    named = {name: args[name] for name in ("voucher", "financing")}
    asked = building.wish(reveal, named, {"quote": quote}, {})
    act_nonce = nonce(gateway.keys.secret, REVEAL, key)
    author = member_author(MemberId("bank-b"))
    plan = await gateway.builder.plan(asked, author, None, act_nonce, salts(gateway.keys.secret, act_nonce))
    body = codec.decode(Body, building.sealed(plan, reveal).body)
    await approved(funder, "financing.quote", {**args, "commitment": body.sealed[0].commitment}, key)


@pytest.mark.slow
@in_loop
async def test_the_sellers_gateway_shows_what_a_false_quote_says_and_it_is_void(tmp_path: Path) -> None:
    async with (
        alliance(tmp_path) as there,
        there.gateway("ce-a") as issuer,
        there.gateway("bank-a") as seller,
        there.gateway("bank-b") as funder,
    ):
        voucher = await issued(there, issuer, "s1")
        name = await asked(there, seller, voucher)
        await funder.caught_up()
        false = terms(voucher["effective_maturity"], 36_500)
        false["net"] += 100
        await by_other_means(funder, quoting_of(there, voucher["voucher"], name, {}), false, "quote-0001")
        s1, named = await seller.as_account("s1"), {"voucher": voucher["voucher"], "financing": name}
        for early in ("bank-b", "factor-a"):
            asking = {**named, "funder": early}
            answer = await s1.act("financing.challenge", asking, key="challenge-0001")
            assert code(answer) == "GATEWAY_WOULD_BE_REFUSED", answer.text

        await seller.gateway.engine.advance(seller.gateway.clock.now_ms() + HOUR_MS + MARGIN_MS)
        await funder.caught_up()
        robot = await funder.as_account("robot")
        sent = await robot.acts("financing.reveal", named, key="quote-0001", sealed={"quote": false})
        assert sent["state"] == "done", sent
        await seller.caught_up()
        asking = {**named, "funder": "bank-b"}
        stranger = await (await funder.as_account("s4")).act(
            "financing.challenge", asking, key="challenge-0001"
        )
        assert code(stranger) == "GATEWAY_NOT_FOUND", stranger.text
        done = await s1.acts("financing.challenge", asking, key="challenge-0001")
        assert (done["state"], done["receipt"]["events"][0]["event"]) == ("done", "financing.voided"), done


@in_loop
async def test_terms_that_are_no_quote_are_refused_before_anybody_signs(tmp_path: Path) -> None:
    async with alliance(tmp_path) as there, there.gateway("bank-b") as funder:
        maker = await funder.as_account("maker")
        own = there.clients["s4"].receiver()
        args: dict[str, Any] = {
            "voucher": "EVTRIA20260316000000000180",
            "financing": "f1" * 32,
            "receiver": {"tag": own.tag, "sealing": own.sealing, "sponsor": "bank-b"},
            "paying_bank": "settle-a",
        }
        wrong: tuple[dict[str, Any], ...] = (
            {"quote": {"rate": 1}},
            {"quote": {}, "key": "reveal-0001"},
            {"quote": 1},
        )
        for given in wrong:
            answer = await maker.act("financing.quote", {**args, "commitment": given}, key="quote-0001")
            assert code(answer) == "GATEWAY_FIELD_NOT_VALID", answer.text
