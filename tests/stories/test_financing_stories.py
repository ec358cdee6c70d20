"""Stories of financing: a seller that is silent, quotes that are copied, kept back or given too often, and units sold on."""

from pathlib import Path

import pytest

from tallychain.gateway.tests.alliance import in_loop
from tests.stories.financing import Sale
from tests.stories.town import BANK, Town, town

pytestmark = pytest.mark.slow

TERMS = ("rate", "day_count", "value_date", "days", "interest", "fees", "net", "contract")


@in_loop
async def test_a_seller_that_is_silent_once_it_is_paid_has_sold(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        number = await it.held("s1")
        await it.at("2026-04-15 10:00")
        sale = Sale(it, "s1", number, 1, "300,000.00")
        await sale.ask("bank-b", "factor-a")
        await sale.quote("bank-b", 36_500)
        await sale.quote("factor-a", 41_000)
        await sale.close()
        await sale.deliver("bank-b", "factor-a")
        assert await sale.seen("s1") == [
            ("bank-b", 36_500, "295,407.08"),
            ("factor-a", 41_000, "294,840.83"),
        ]
        await sale.choose("bank-b")
        await sale.register("bank-b", "10012345000987654321")
        await it.at("2026-04-16 10:00")
        await it.member(BANK)
        await sale.disburse("FK-20260416-1")

        # 2026-04-17 is a Friday: silence until its end gives the units to who has paid, and never back.
        await it.at("2026-04-17 23:59")
        assert await sale.status() == "DISBURSED"
        assert (await it.parts("s1", number))[1] == "300,000.00 layer 1 bank-a"
        await it.at("2026-04-18 00:00")
        assert await sale.status() == "COMPLETED"
        assert await it.parts("ce-a/maker", number) == {
            1: "300,000.00 layer 2 bank-b",
            30_000_001: "700,000.00 layer 1 bank-a",
        }
        denied = await it.refused("s1", "financing.refute", sale.named, {"reason": {"reason": "未到账"}})
        assert denied == "UNITS_PASSED_ON"

        await it.at("2026-09-10 10:00")
        await it.names_payee(number, 1, "s4")
        await it.names_payee(number, 30_000_001, "s1")
        await it.at("2026-09-14 10:00")
        await it.does(BANK, "settlement.attest", it.booking(number, "1,000,000.00", "IN-1"))
        await it.pays_out(number, {1: "300,000.00", 30_000_001: "700,000.00"})
        assert await it.paid("s4", number) == {1: "300,000.00", 30_000_001: "700,000.00"}
        assert await it.status("s1", "vouchers", number) == "SETTLED"
        assert await it.outstanding() == "0.00"


async def given_too_often(it: Town, sale: Sale) -> None:
    """A funder thinks again four times, and a sixth quote is not taken: what stands is the fifth."""
    for rate in (45_000, 44_000, 43_000, 42_000, 41_000):
        await sale.quote("factor-a", rate)
    too_many = await it.refused("factor-a", "financing.quote", await sale.quoting("factor-a", 40_000))
    assert too_many == "TOO_MANY_QUOTES"
    (row,) = await it.rows("s1", "financing_quotes", financing=sale.name, funder="factor-a")
    assert (row["number"], row["state"]) == (5, "COMMITTED")


@in_loop
async def test_of_quotes_that_are_given_too_often_copied_or_kept_back_only_what_stands_counts(
    tmp_path: Path,
) -> None:
    async with town(tmp_path) as it:
        number = await it.held("s1")
        await it.at("2026-04-15 10:00")
        sale = Sale(it, "s1", number, 1, "300,000.00")
        await sale.ask("bank-a", "bank-b", "factor-a")
        await sale.quote("bank-b", 36_500)
        await sale.quote("bank-a", 37_000)  # the sponsor of the seller bids too

        await given_too_often(it, sale)

        # bank-a commits to the commitment of bank-b, which everybody sees, and gains nothing by it.
        (theirs,) = await it.rows("bank-a/maker", "financing_quotes", financing=sale.name, funder="bank-b")
        copied = {**await sale.quoting("bank-a", 37_000), "commitment": theirs["commitment"]}
        await it.does("bank-a", "financing.quote", copied)
        assert await it.rows("bank-a/maker", "quote_terms", financing=sale.name) == []
        await sale.close()
        await sale.deliver("bank-b", "factor-a")
        robot = "bank-a/robot"
        (_, rate, net), _ = await sale.seen("s1")
        assert (rate, net) == (36_500, "295,407.08")
        quote = (await it.rows("s1", "quote_terms", financing=sale.name, funder="bank-b"))[0]
        told = {name: quote[name] for name in TERMS}
        assert await it.refused(robot, "financing.reveal", sale.named, {"quote": told}) == (
            "QUOTE_NOT_AS_COMMITTED"
        )

        # Half an hour later the quote that was not delivered is on record, and is no choice.
        await it.at("2026-04-15 11:45")
        row = await it.row("s1", "financings", sale.name)
        assert (row["status"], row["unrevealed"]) == ("CHOOSING", "bank-a")
        assert await sale.seen("bank-a/maker") == []
        assert await sale.seen("s1") == [
            ("bank-b", 36_500, "295,407.08"),
            ("factor-a", 41_000, "294,840.83"),
        ]
        args, sealed = await sale.choosing("bank-a", BANK)
        assert await it.refused("s1", "financing.award", args, sealed) == "QUOTE_NOT_USABLE"
        sale.nets["factor-a"] = 29_484_083
        await sale.choose("factor-a")
        await sale.register("factor-a", "10012345000987654322")
        await it.at("2026-04-16 10:00")
        await it.member(BANK)
        await sale.disburse("FK-20260416-2")
        await it.does("s1", "financing.complete", sale.named)
        assert (await it.parts("s1", number))[1] == "300,000.00 layer 2 factor-a"


@in_loop
async def test_units_are_bought_sold_on_to_another_funder_and_paid_to_who_has_them_last(
    tmp_path: Path,
) -> None:
    async with town(tmp_path) as it:
        number = await it.held("s1")
        await it.member(BANK)
        await it.at("2026-04-15 10:00")
        first = Sale(it, "s1", number, 1, "300,000.00")
        await first.paid("bank-b", 36_500, "2026-04-16", "000001")
        await it.does("s1", "financing.complete", first.named)

        # bank-b sells on what it bought, by the same sealed quotes; s1 has no part in it.
        await it.at("2026-06-01 09:00")
        second = Sale(it, "s4", number, 1, "300,000.00")
        await second.ask("factor-a")
        await second.quote("factor-a", 30_000, value_date="2026-06-02")
        await second.close()
        await second.deliver("factor-a")
        # 104 days at 3.00 % of 300,000.00 are 2,600.00.
        assert await second.seen("s4") == [("factor-a", 30_000, "297,400.00")]
        assert await second.seen("s1") == []
        await second.choose("factor-a")
        await second.register("factor-a", "10012345000987654323")
        await it.at("2026-06-02 10:00")
        await second.disburse("FK-20260602-1")
        await it.does("s4", "financing.complete", second.named)
        assert await it.parts("ce-a/maker", number) == {
            1: "300,000.00 layer 3 factor-a",
            30_000_001: "700,000.00 layer 1 bank-a",
        }

        await it.at("2026-09-10 10:00")
        await it.names_payee(number, 1, "f1")
        await it.names_payee(number, 30_000_001, "s1")
        await it.at("2026-09-14 10:00")
        await it.does(BANK, "settlement.attest", it.booking(number, "1,000,000.00", "IN-1"))
        await it.pays_out(number, {1: "300,000.00", 30_000_001: "700,000.00"})
        assert await it.status("f1", "vouchers", number) == "SETTLED"
