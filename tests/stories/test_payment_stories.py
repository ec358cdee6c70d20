"""Stories of payment: stated late, written off under pressure, paid early, frozen and executed, pledged, and claimed back from the seller."""

from pathlib import Path

import pytest

from tallychain.gateway.tests.alliance import in_loop
from tallychain.sdk.recourse import claim_of
from tallychain.sdk.redemptions import terms_of
from tests.stories.financing import Sale
from tests.stories.town import APPROVAL, BANK, DOCUMENT, Json, Town, instant, town

pytestmark = pytest.mark.slow

TIERS = {1: "300,000.00", 30_000_001: "125,000.01", 42_500_002: "574,999.99"}
"""Of s2, s3 and s1."""
ORDER = {"court": "上海金融法院", "number": "（2026）沪74执保123号", "note": ""}
HOLDERS = {1: "s2", 30_000_001: "s3", 42_500_002: "s1"}


async def three_holders(it: Town) -> str:
    """The voucher of scenario 3, in three parts."""
    number = await it.held("s1")
    await it.passes("s1", number, 1, TIERS[1], "s2")
    await it.passes("s1", number, 30_000_001, TIERS[30_000_001], "s3")
    for member in (BANK, "bank-b"):
        await it.member(member)
    return number


async def payees(it: Town, number: str, holders: dict[int, str]) -> None:
    """In the black-out the sponsors name the accounts."""
    await it.at("2026-09-10 10:00")
    for first, client in holders.items():
        await it.names_payee(number, first, client)


async def owed(it: Town, name: str, number: str) -> dict[int, tuple[int, int]]:
    """First unit of each holding: its share and what it is still owed, in fen."""
    rows = await it.rows(name, "shares", voucher=number)
    return {row["first"]: (row["share"], row["outstanding"]) for row in rows}


async def one_of_two(it: Town, lie: Json) -> None:
    """The second person reads when money is said to have come, and refuses; no other bank says it."""
    maker, checker = await it.who(f"{BANK}/maker"), await it.who(f"{BANK}/checker")
    draft = (await maker.act("settlement.attest", lie, key="lie-0001")).json()["link"]
    assert (await maker.post(f"{draft}/approve", APPROVAL)).status_code == 403
    assert "2026-09-14 16:59:00.000 Shanghai time" in (await checker.get(draft)).json()["words_en"]
    refused = await checker.post(f"{draft}/refuse", {"reason": "入账时间与回单不符"})
    assert refused.json()["state"] == "refused"
    assert await it.refused("bank-b", "settlement.attest", lie) == "NOT_THE_SETTLEMENT_BANK"


@in_loop
async def test_money_that_came_in_time_and_is_stated_late_undoes_the_dishonour_and_a_lie_about_it_stands_for_ever(
    tmp_path: Path,
) -> None:
    async with town(tmp_path) as it:
        number, other = await three_holders(it), await it.held("s1")
        await payees(it, number, HOLDERS)
        await it.names_payee(other, 1, "s1")
        await it.at("2026-09-14 17:00")
        for name in ("s3", "bank-b/maker"):
            assert await it.status(name, "dishonours", number) == "UNPAID_PENDING"
        assert await it.status("s1", "vouchers", number) == "UNPAID_PENDING"

        # What is booked a minute after the cut-off is late, and stays late whenever it is stated.
        await it.at("2026-09-14 17:30")
        late = it.booking(other, "400,000.00", "IN-LATE", "2026-09-14 17:01")
        await it.does(BANK, "settlement.attest", late)
        # The clerk forgot what was booked at 16:40; stated now, it is in time.
        await it.does(
            BANK, "settlement.attest", it.booking(number, "1,000,000.00", "IN-1", "2026-09-14 16:40")
        )
        found = await it.row("s3", "dishonours", number)
        assert (found["status"], found["cause"], found["overdue_since"]) == (
            "DISHONOUR_WITHDRAWN",
            "TECHNICAL",
            0,
        )
        assert await it.status("s1", "vouchers", number) == "SETTLED"
        assert await it.status("s1", "vouchers", other) == "UNPAID_PENDING"

        # A clerk who states late money as timely is one of two: the other reads the bank's document first.
        lie = it.booking(other, "600,000.00", "IN-2", "2026-09-14 16:59")
        await one_of_two(it, lie)

        # If both sign it, the lie is theirs for ever: every member sees when it was stated, and of what document.
        await it.does(BANK, "settlement.attest", lie)
        for name in ("ce-a/maker", "bank-b/maker", "s1"):
            row = await it.row(name, "attestations", BANK, "IN-2")
            assert (row["booked_at"], row["in_time"], row["document"]) == (
                instant("2026-09-14 16:59"),
                1,
                DOCUMENT,
            )
            assert row["attested_at"] >= instant("2026-09-14 17:30")
        # It does not even undo the dishonour: 400,000.00 came late, and that stands.
        assert await it.status("s1", "vouchers", other) == "SETTLED_LATE"


@in_loop
async def test_a_holder_that_is_pressed_to_write_off_gives_nothing_away_and_takes_a_release_back(
    tmp_path: Path,
) -> None:
    async with town(tmp_path) as it:
        number = await three_holders(it)
        await payees(it, number, HOLDERS)
        await it.at("2026-09-14 10:00")
        await it.does(BANK, "settlement.attest", it.booking(number, "600,000.00", "IN-1"))
        await it.at("2026-09-17 17:00")
        assert await it.status("s3", "vouchers", number) == "OVERDUE"
        before = await owed(it, "s3", number)
        assert before == {
            1: (18_000_000, 12_000_000),
            30_000_001: (7_500_001, 5_000_000),
            42_500_002: (34_499_999, 23_000_000),
        }
        holding = {"voucher": number, "holding": 30_000_001}

        # Written off: a mark in the holder's books, and nothing for the issuer.
        await it.does("s3", "debt.write_off", holding)
        assert await owed(it, "s3", number) == before
        assert await it.outstanding() == "400,000.00"
        promise = {"issuer": "ce-a", "voucher": number}
        assert (await it.row("ce-a/maker", "missed_payments", *promise.values()))["cured_at"] == 0

        # Released under pressure, and taken back within three business days.
        await it.does("s3", "debt.release", {**holding, "amount": 5_000_000})
        assert await it.outstanding() == "400,000.00"
        await it.at("2026-09-21 10:00")
        await it.does("s3", "debt.revoke", holding)
        await it.at("2026-09-30 10:00")
        assert await owed(it, "s3", number) == before
        assert await it.refused("s3", "debt.revoke", holding) == "RELEASE_NOT_PENDING"

        # The issuer pays what it owes, the part that was written off too, and late interest on it.
        await it.does(BANK, "settlement.attest", it.booking(number, "400,000.00", "IN-2"))
        assert await it.status("s3", "vouchers", number) == "SETTLED_LATE"
        assert await it.outstanding() == "0.00"
        assert (await it.row("ce-a/maker", "missed_payments", *promise.values()))["cured_at"] > 0
        # 16 days at 0.05 % a day of 400,000.00.
        await it.does(BANK, "settlement.late", it.booking(number, "3,200.00", "IN-3"))
        await it.pays_out(number, {1: "300,960.00", 30_000_001: "125,400.01", 42_500_002: "576,839.99"})
        assert await it.paid("s3", number) == {
            1: "300,960.00",
            30_000_001: "125,400.01",
            42_500_002: "576,839.99",
        }


@in_loop
async def test_a_holding_is_paid_early_at_a_discount_and_the_rest_at_its_maturity(tmp_path: Path) -> None:
    async with town(tmp_path) as it:
        number = await three_holders(it)
        await it.at("2026-06-01 10:00")
        terms = terms_of(57_499_999, "2026-09-14", rate=30_000, value_date="2026-06-01")
        assert (terms["days"], terms["discount"], terms["net"]) == (105, 503_125, 56_996_874)
        holding = {"voucher": number, "holding": 42_500_002}
        offered = await it.does("ce-a", "redemption.offer", holding, {"terms": terms})
        redemption = {**holding, "redemption": offered["operation"]}
        (read,) = await it.rows("s1", "redemption_terms")
        assert (read["net"], await it.rows("bank-a/maker", "redemption_terms")) == (56_996_874, [])
        await it.does("s1", "redemption.agree", redemption, {"payee": it.account("s1")})
        paid = {"reference": "ZQ-1", "booked_ms": it.now_ms(), "document": DOCUMENT}
        await it.does(BANK, "redemption.attest", {**redemption, **paid})
        assert await it.outstanding() == "425,000.01"
        assert await it.status("s1", "redemptions", offered["operation"]) == "REDEEMED"

        await payees(it, number, {1: "s2", 30_000_001: "s3"})
        await it.at("2026-09-14 10:00")
        await it.does(BANK, "settlement.attest", it.booking(number, "425,000.01", "IN-1"))
        await it.pays_out(number, {1: TIERS[1], 30_000_001: TIERS[30_000_001]})
        assert await it.status("s1", "vouchers", number) == "SETTLED"
        assert await it.outstanding() == "0.00"


async def frozen(it: Town, number: str) -> str:
    """A court freezes 300,000.00 of what s1 has left; the freeze."""
    (mine,) = [
        row
        for row in await it.rows("s1", "holdings", voucher=number)
        if row["first"] == 42_500_002 and row["status"] != "SPENT"
    ]
    units = {"tag": mine["tag"], "holding": 42_500_002, "first": 42_500_002, "last": 72_500_001}
    shown = {"until": "2027-03-15", "document": DOCUMENT}
    frozen = await it.does("court", "court.freeze", {"voucher": number, **units, **shown}, {"order": ORDER})
    (freeze,) = [event["freeze"] for event in frozen["events"] if event["event"] == "court.froze"]
    return str(freeze)


@in_loop
async def test_what_a_court_has_frozen_is_withheld_at_the_maturity_and_paid_to_the_court(
    tmp_path: Path,
) -> None:
    async with town(tmp_path) as it:
        number = await three_holders(it)
        await it.member("court")
        await it.at("2026-06-01 10:00")
        freeze = await frozen(it, number)
        assert await it.parts("s1", number) == {
            1: "300,000.00 layer 2 bank-a",
            30_000_001: "125,000.01 layer 2 bank-a",
            42_500_002: "300,000.00 layer 1 bank-a",
            72_500_002: "274,999.99 layer 1 bank-a",
        }
        assert [row["number"] for row in await it.rows("s1", "court_orders")] == [ORDER["number"]]
        assert await it.rows("bank-b/maker", "court_orders") == []

        await payees(it, number, {1: "s2", 30_000_001: "s3", 72_500_002: "s1"})
        await it.at("2026-09-14 10:00")
        await it.does(BANK, "settlement.attest", it.booking(number, "1,000,000.00", "IN-1"))
        assert await it.status("ce-a/maker", "vouchers", number) == "SETTLED"
        assert await it.outstanding() == "0.00"
        await it.pays_out(number, {1: "300,000.00", 30_000_001: "125,000.01", 72_500_002: "274,999.99"})
        early = {"holding": 42_500_002, "amount": 30_000_000, "reference": "OUT-COURT"}
        paying = {"voucher": number, "paid_ms": it.now_ms(), "document": DOCUMENT, "rows": [early]}
        assert await it.refused(BANK, "settlement.payout", paying) == "HOLDING_WITHHELD"

        await it.at("2026-10-12 10:00")
        executed = {"voucher": number, "freeze": freeze, "holdings": [42_500_002], "document": DOCUMENT}
        account = {**it.account("s1"), "name": "上海金融法院", "account": "6209876543210987654"}
        await it.does("court", "court.execute", executed, {"order": ORDER, "payee": account})
        (row,) = [
            row
            for row in await it.rows(f"{BANK}/maker", "payees", voucher=number)
            if row["first"] == 42_500_002
        ]
        assert row["account"] == "6209876543210987654"
        await it.does(BANK, "settlement.release_withheld", {"voucher": number, "holding": 42_500_002})
        await it.pays_out(number, {42_500_002: "300,000.00"})
        assert await it.paid("s1", number) == {
            1: "300,000.00", 30_000_001: "125,000.01", 42_500_002: "300,000.00", 72_500_002: "274,999.99",
        }  # fmt: skip


@in_loop
async def test_a_contested_claim_on_a_pledge_is_enforced_and_the_pledgee_is_paid_first(
    tmp_path: Path,
) -> None:
    async with town(tmp_path) as it:
        number = await three_holders(it)
        holding = {"voucher": number, "holding": 30_000_001}
        terms = {"secured": 10_200_000, "contract": "JK-2026-0416"}
        made = await it.does(
            "s3", "pledge.create", {**holding, "pledgee": "bank-b", "until": "2026-10-12"}, {"terms": terms}
        )
        pledge = {"voucher": number, "pledge": made["operation"]}
        await it.does("bank-b", "pledge.accept", {**pledge, "registration": DOCUMENT})
        (read,) = await it.rows("bank-b/maker", "pledge_terms")
        assert (read["secured"], await it.rows("bank-a/maker", "pledge_terms")) == (10_200_000, [])

        # 110,000.00 are claimed where 102,000.00 are secured: contested, taken to court, and claimed anew.
        claim = {"contract": "JK-2026-0416", "bank_code": "313290000000", "account": "6222000099990001"}
        await it.at("2026-08-03 10:00")
        first = await it.does("bank-b", "pledge.claim", pledge, {"claim": {"amount": 11_000_000, **claim}})
        contest = {**pledge, "claim": first["operation"]}
        await it.does("s3", "pledge.contest", contest, {"reason": {"reason": "担保金额为 102,000.00"}})
        assert await it.status("s3", "pledges", made["operation"]) == "CONTESTED"
        await it.does("bank-b", "pledge.enforce", {**pledge, "document": "d1" * 32})
        assert await it.status("s3", "pledges", made["operation"]) == "IN_COURT"
        await payees(it, number, HOLDERS)
        await it.at("2026-09-14 10:00")
        await it.does(BANK, "settlement.attest", it.booking(number, "1,000,000.00", "IN-1"))
        await it.pays_out(number, {1: TIERS[1], 42_500_002: TIERS[42_500_002]})
        row = {"holding": 30_000_001, "amount": 12_500_001, "reference": "OUT-9"}
        paying = {"voucher": number, "paid_ms": it.now_ms(), "document": DOCUMENT, "rows": [row]}
        assert await it.refused(BANK, "settlement.payout", paying) == "HOLDING_WITHHELD"

        await it.does("bank-b", "pledge.claim", pledge, {"claim": {"amount": 10_200_000, **claim}})
        await it.at("2026-09-20 10:00")
        assert await it.status("s3", "pledges", made["operation"]) == "UNCONTESTED"
        told = [row["amount"] for row in await it.rows(f"{BANK}/maker", "pledge_claims")]
        assert sorted(told) == [10_200_000, 11_000_000]
        await it.does(BANK, "settlement.release_withheld", holding)
        await it.pays_out(number, {30_000_001: TIERS[30_000_001]})
        assert await it.paid("s3", number) == TIERS


@in_loop
async def test_a_funder_with_recourse_is_bought_out_by_its_seller_and_the_issuers_money_is_the_sellers(
    tmp_path: Path,
) -> None:
    async with town(tmp_path) as it:
        number = await three_holders(it)
        await it.at("2026-04-15 10:00")
        sale = Sale(it, "s2", number, 1, "300,000.00", recourse=True)
        await sale.paid("factor-a", 41_000, "2026-04-16", "000001")
        await it.does("s2", "financing.complete", sale.named)
        await payees(it, number, {**HOLDERS, 1: "f1"})
        await it.at("2026-09-14 10:00")
        await it.does(BANK, "settlement.attest", it.booking(number, "600,000.00", "IN-1"))
        await it.pays_out(number, {1: "180,000.00"})
        claim = claim_of(12_000_000, "2026-09-14", until="2026-09-24", contract="BL-factor-a")
        assert (claim["days"], claim["interest"], claim["amount"]) == (10, 60_000, 12_060_000)
        asked = {"voucher": number, "financing": sale.name, "holding": 1, "bank": BANK}
        sealed = {"claim": claim, "payee": it.account("f1")}
        assert await it.refused("factor-a", "recourse.claim", asked, sealed) == "NOT_OVERDUE"

        await it.at("2026-09-24 10:00")
        claimed = await it.does("factor-a", "recourse.claim", asked, sealed)
        recourse = {"voucher": number, "holding": 1, "recourse": claimed["operation"]}
        (read,) = await it.rows("s2", "recourse_terms")
        assert (read["amount"], await it.rows("bank-a/maker", "recourse_terms")) == (12_060_000, [])
        await it.does("s2", "recourse.buy_back", recourse)
        paid = {"reference": "HG-1", "booked_ms": it.now_ms(), "document": DOCUMENT}
        await it.does(BANK, "recourse.attest", {**recourse, **paid})
        assert (await it.parts("s2", number))[1] == "300,000.00 layer 4 bank-a"

        # What the issuer pays later, with late interest, is the seller's.
        await it.names_payee(number, 1, "s2")
        await it.does(BANK, "settlement.attest", it.booking(number, "400,000.00", "IN-2"))
        await it.does(BANK, "settlement.late", it.booking(number, "2,000.00", "IN-3"))
        assert await it.status("s2", "vouchers", number) == "SETTLED_LATE"
        # An account that is named after the time for it is looked at by the bank first.
        await it.does(BANK, "settlement.release_withheld", {"voucher": number, "holding": 1})
        await it.pays_out(number, {1: "120,600.00", 30_000_001: "125,250.01", 42_500_002: "576,149.99"})
        assert await it.paid("s2", number) == {
            1: "300,600.00",
            30_000_001: "125,250.01",
            42_500_002: "576,149.99",
        }
