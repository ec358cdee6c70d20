"""Two quotes at once do not go beyond a limit, over HTTP and on a real ledger, and what was chosen is judged again before it is registered and paid."""

import asyncio
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tallychain.contracts.vouchers.financing.terms import priced
from tallychain.gateway.database import Connection
from tallychain.gateway.quotes import MARGIN_MS
from tallychain.gateway.tests.alliance import Alliance, Running, alliance, code, in_loop
from tallychain.gateway.tests.test_quoting import HOUR_MS, REASONS, delivered_all, quoting_of
from tallychain.gateway.tests.test_story import PROMISE, accepted, approved, backed

FACE = 3_000_000_000
PARTS = {"a": (1, 1_990_000_000), "b": (1_990_000_001, 2_020_000_000)}
"""19,900,000.00 and 300,000.00 of one voucher."""
ASSETS = 2_010_000_000
LAST = "2026-12-31"
UNLOCK = {"unlock": {"passphrase": "demo"}}


async def promised(there: Alliance, issuer: Running, seller: Running) -> dict[str, Any]:
    """A voucher of 30,000,000.00 that s1 holds."""
    args = await backed(there, issuer, "s1", "issue-0001", FACE)
    args["face"] = args["invoices"][0]["amount"] = FACE
    end = await approved(issuer, "voucher.issue", args, "issue-0001", {"trade": PROMISE})
    maker = await issuer.as_account("maker")
    number = end["receipt"]["events"][0]["voucher"]
    voucher: dict[str, Any] = (await maker.get(f"/v1/vouchers/{number}")).json()
    await accepted(await seller.as_account("s1"), voucher)
    await seller.caught_up()
    return voucher


async def asked(seller: Running, voucher: dict[str, Any], part: str) -> str:
    """s1 asks bank-b to finance a part; the financing's name."""
    first, last = PARTS[part]
    args = {
        "voucher": voucher["voucher"], "holding": 1, "first": first, "last": last, "form": "FACTORING", "recourse": False,
        "funders": ["bank-b"], "closes_ms": seller.gateway.clock.now_ms() + HOUR_MS,
    }  # fmt: skip
    owner = await seller.as_account("s1")
    end = await owner.acts("financing.request", args, key=f"request-000{part}", sealed={"reasons": REASONS})
    assert end["state"] == "done", end
    return str(end["receipt"]["events"][0]["financing"])


def quote(there: Alliance, voucher: dict[str, Any], name: str, part: str) -> dict[str, Any]:
    """The arguments of bank-b's quote for a part, which it would pay itself."""
    first, last = PARTS[part]
    price = priced(
        last - first + 1, voucher["effective_maturity"], rate=36_500, fees=0, value_date="2026-04-16"
    )
    terms = {
        "rate": 36_500, "day_count": "ACT_360", "value_date": "2026-04-16", "days": price.days, "interest": price.interest,
        "fees": 0, "net": price.net, "contract": f"BL-{part}",
    }  # fmt: skip
    return {**quoting_of(there, voucher["voucher"], name, terms), "paying_bank": "bank-b"}


async def limited(funder: Running, kind: str, amount: int) -> None:
    """Two persons enter a limit."""
    maker, checker = await funder.as_account("maker"), await funder.as_account("checker")
    body = {
        "kind": kind,
        "amount": amount,
        "valid_until": LAST,
        "issuer": "ce-a" if kind == "line" else "",
    }
    made = (await maker.post("/v1/limits", body)).json()
    assert (await checker.post(f"/v1/limits/{made['id']}/approve")).status_code == 200


async def at_once(funder: Running, drafts: dict[str, str]) -> tuple[str, str]:
    """Two drafts, each within the limits, are approved at the same time: one passes and one is refused; which."""
    checker = await funder.as_account("checker")
    answers = dict(
        zip(
            drafts,
            await asyncio.gather(
                *(checker.post(f"/v1/drafts/{draft}/approve", UNLOCK) for draft in drafts.values())
            ),
            strict=True,
        )
    )
    (taken,) = [part for part, answer in answers.items() if answer.status_code == 202]
    (other,) = [part for part in answers if part != taken]
    assert code(answers[other]) == "GATEWAY_CONCENTRATION"
    assert "20,200,000.00 of 40,300,000.00" in answers[other].json()["detail"]
    assert "50.12 %" in answers[other].json()["detail"]
    end = await checker.done(answers[taken].json()["operation"])
    assert end["state"] == "done", end
    await funder.caught_up()
    return taken, other


async def refused(funder: Running, kind: str, args: dict[str, Any], key: str) -> Any:
    """The code and the sentence with which the funder's own gateway refuses an act, before anybody signs."""
    answer = await (await funder.as_account("maker")).act(kind, args, key=key)
    return code(answer), answer.json()["detail"]


def everything(db: Connection, table: str) -> list[tuple[Any, ...]]:
    """All rows of a table."""
    return db.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608 - constants


async def is_untold(funder: Running) -> None:
    """No letter, event of a webhook, operation, line of the journal or figure of the metrics holds a limit."""
    for table in ("letter_out", "outbox", "webhook_delivery", "audit"):
        rows = await funder.gateway.database.read(partial(everything, table=table))
        told = repr([bytes(cell) if isinstance(cell, memoryview) else cell for row in rows for cell in row])
        assert str(ASSETS) not in told, table
    robot = await funder.as_account("robot")
    for path in ("/metrics", "/v1/metrics", "/v1/status"):
        assert str(ASSETS) not in (await robot.get(path)).text
    assert (await (await funder.as_account("s4")).get("/v1/limits")).status_code == 403


async def chosen(
    there: Alliance, seller: Running, funder: Running, voucher: dict[str, Any], name: str
) -> str:
    """The quote is delivered and chosen; the commitment of the payment."""
    await seller.gateway.engine.advance(seller.gateway.clock.now_ms() + HOUR_MS + MARGIN_MS)
    await funder.caught_up()
    await delivered_all(funder)
    await seller.caught_up()
    s1 = await seller.as_account("s1")
    (read,) = (await s1.get(f"/v1/quote_terms?financing={name}")).json()["rows"]
    (row,) = (await s1.get(f"/v1/financing_quotes?financing={name}")).json()["rows"]
    args = {
        "voucher": voucher["voucher"], "financing": name, "funder": "bank-b", "quote": row["commitment"], "seller_bank": "bank-a",
    }  # fmt: skip
    payment = {"amount": read["net"], "name": "S1", "bank_code": "102290000000", "account": "1001"}
    end = await s1.acts("financing.award", args, key="award-0001", sealed={"payment": payment})
    assert end["state"] == "done", end
    await funder.caught_up()
    maker = await funder.as_account("maker")
    return str((await maker.get(f"/v1/financings/{name}")).json()["payment"])


async def paid(funder: Running, voucher: dict[str, Any], name: str, payment: str) -> None:
    """Registration and payment are refused by a line that has come down meanwhile, and pass when it is back."""
    named = {"voucher": voucher["voucher"], "financing": name}
    now = funder.gateway.clock.block_time_ms
    register = {
        **named,
        "registration": "12345678901234567890",
        "registered_ms": now,
        "certificate": "dd" * 32,
    }
    pay = {**named, "payment": payment, "reference": "FK-1", "booked_ms": now, "document": "dd" * 32}
    for n, (kind, args) in enumerate((("financing.register", register), ("financing.disburse", pay))):
        await limited(funder, "line", 1)
        assert (await refused(funder, kind, args, f"too-much-{n}"))[0] == "GATEWAY_LIMIT"
        await limited(funder, "line", FACE)
        await approved(funder, kind, args, f"passes-{n}")


@pytest.mark.slow
@in_loop
@pytest.mark.timeout(300)
async def test_two_quotes_at_once_do_not_go_beyond_a_limit_and_what_is_chosen_is_judged_again(
    tmp_path: Path,
) -> None:
    async with (
        alliance(tmp_path) as there,
        there.gateway("ce-a") as issuer,
        there.gateway("bank-a") as seller,
        there.gateway("bank-b") as funder,
    ):
        voucher = await promised(there, issuer, seller)
        names = {part: await asked(seller, voucher, part) for part in PARTS}
        await funder.caught_up()
        await limited(funder, "assets", ASSETS)
        maker = await funder.as_account("maker")
        quotes = {part: quote(there, voucher, name, part) for part, name in names.items()}
        drafts = {
            part: (await maker.act("financing.quote", args, key=f"quote-000{part}")).json()["draft"]
            for part, args in quotes.items()
        }
        taken, other = await at_once(funder, drafts)

        found = await refused(funder, "financing.quote", quotes[other], "another-01")
        assert found == (
            "GATEWAY_CONCENTRATION",
            "20,200,000.00 of 40,300,000.00 at risk would be with ce-a: 50.12 %, and at most 50.00 % may be (205/2019).",
        )
        await limited(funder, "line", 2_019_999_999)
        sizes = {"a": "19,900,000.00", "b": "300,000.00"}
        found = await refused(funder, "financing.quote", quotes[other], "another-02")
        assert found == (
            "GATEWAY_LIMIT",
            (
                f"Of the credit line for ce-a of 20,199,999.99, 0.00 is used and {sizes[taken]} is reserved by outstanding "
                f"quotes; {sizes[other]} more goes beyond it."
            ),
        )
        (row,) = (await maker.get("/v1/limits")).json()["used"]
        assert (row["used"], row["reserved"]) == (0, PARTS[taken][1] - PARTS[taken][0] + 1)

        # The seller takes no quote for the first part: nothing is reserved by it any more.
        close = {"voucher": voucher["voucher"], "financing": names[taken]}
        closed = await (await seller.as_account("s1")).acts("financing.close", close, key="close-0001")
        assert closed["state"] == "done", closed
        await funder.caught_up()
        await approved(funder, "financing.quote", quotes[other], "another-03")
        payment = await chosen(there, seller, funder, voucher, names[other])
        (row,) = (await maker.get("/v1/limits")).json()["used"]
        assert (row["used"], row["reserved"]) == (PARTS[other][1] - PARTS[other][0] + 1, 0)
        await paid(funder, voucher, names[other], payment)
        await is_untold(funder)
