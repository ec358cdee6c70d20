"""A quote is committed to and delivered through the gateway, to the same bytes; another text is not taken."""

from pathlib import Path
from typing import Any

import pytest

from tallychain.contracts.vouchers.financing.terms import priced
from tallychain.gateway.quoting import salts
from tallychain.gateway.tests.alliance import Alliance, Running, alliance, code, in_loop
from tallychain.gateway.tests.test_story import accepted, approved, issued

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


@pytest.mark.slow
@in_loop
async def test_a_funder_commits_and_delivers_that_quote_and_no_other_and_the_seller_chooses_it(
    tmp_path: Path,
) -> None:
    async with (
        alliance(tmp_path) as there,
        there.gateway("ce-a") as issuer,
        there.gateway("bank-a") as seller,
        there.gateway("bank-b") as funder,
    ):
        voucher = await issued(there, issuer, "s1")
        name = await asked(there, seller, voucher)
        await funder.caught_up()
        own = there.clients["s4"].receiver()
        taker = {"tag": own.tag, "sealing": own.sealing, "sponsor": "bank-b"}
        quote = terms(voucher["effective_maturity"], 36_500)
        args = {
            "voucher": voucher["voucher"],
            "financing": name,
            "commitment": {"quote": quote, "key": "reveal-0001"},
            "receiver": taker,
            "paying_bank": "settle-a",
        }
        committed = await approved(funder, "financing.quote", args, "quote-0001")
        commitment = committed["receipt"]["events"][0]["commitment"]
        await funder.gateway.engine.advance(funder.gateway.clock.now_ms() + HOUR_MS)
        for running in (funder, seller):
            await running.caught_up()

        robot = await funder.as_account("robot")
        named = {"voucher": voucher["voucher"], "financing": name}
        other = {"quote": terms(voucher["effective_maturity"], 36_400)}
        refused = await robot.acts("financing.reveal", named, key="reveal-0002", sealed=other)
        assert (refused["state"], refused["code"]) == ("refused", "QUOTE_NOT_AS_COMMITTED")
        moved = await robot.acts("financing.reveal", named, key="reveal-0003", sealed={"quote": quote})
        assert (moved["state"], moved["code"]) == ("refused", "QUOTE_NOT_AS_COMMITTED")
        done = await robot.acts("financing.reveal", named, key="reveal-0001", sealed={"quote": quote})
        assert done["state"] == "done", done
        assert done["receipt"]["events"][0]["commitment"] == commitment

        await seller.caught_up()
        s1 = await seller.as_account("s1")
        (read,) = (await s1.get(f"/v1/quote_terms?financing={name}")).json()["rows"]
        assert (read["funder"], read["net"], read["rate"]) == ("bank-b", quote["net"], 36_500)
        staff = await seller.as_account("maker")
        assert (await staff.get(f"/v1/quote_terms?financing={name}")).json()["rows"] == []
        chosen = {**named, "funder": "bank-b", "quote": commitment, "seller_bank": "bank-a"}
        payment = {"amount": quote["net"], "name": "S1", "bank_code": "102290000000", "account": "1001"}
        awarded = await s1.acts("financing.award", chosen, key="award-0001", sealed={"payment": payment})
        assert awarded["state"] == "done", awarded


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
            {"quote": {"rate": 1}, "key": "reveal-0001"},
            {"quote": {}},
            {"quote": {}, "key": 1},
        )
        for given in wrong:
            answer = await maker.act("financing.quote", {**args, "commitment": given}, key="quote-0001")
            assert code(answer) == "GATEWAY_FIELD_NOT_VALID", answer.text
