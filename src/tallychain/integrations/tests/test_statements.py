"""Statements of settlement and default, from rows as the contracts write them, and where the verifier looks for these rows."""

import json
from typing import Any

import pytest

from tallychain.contracts.documents.state import PAYABLES
from tallychain.contracts.risk.state import MISSED, Missed
from tallychain.contracts.vouchers.guaranteeing.state import GUARANTEE_STATUSES, GUARANTEES, Guarantee
from tallychain.contracts.vouchers.settling.state import SETTLEMENTS, SHARES, Portion, Settlement, Shares
from tallychain.contracts.vouchers.state import HOLDINGS, VOUCHERS
from tallychain.instruments.money import Units
from tallychain.integrations.tests.certifying import Certifying
from tallychain.ledger import codec
from tallychain.ledger.identity import KEYS, MEMBERS
from tallychain.ledger.tables import encode_parts
from tallychain.ledger.timeline import Step, Timeline, settled
from tallychain.ledger.types import MemberId
from tallychain.sdk.tests.story import told
from tallychain.sdk.verify.basics import Broken
from tallychain.sdk.verify.certificate import TABLES
from tallychain.sdk.verify.stated import Facts, Page, page


@pytest.fixture(scope="module")
def rows() -> dict[str, list[Any]]:
    """The records behind a certificate of the story's first voucher."""
    whole = json.loads(Certifying(told()).attachment("voucher"))
    found: dict[str, list[Any]] = {}
    for row in whole["rows"]:
        found.setdefault(row["table"], []).append(row["value"])
    return found


def plain(value: Any) -> Any:
    return json.loads(codec.encode(value))


def stated(kind: str, rows: dict[str, list[Any]]) -> Page:
    subject = rows["voucher"][0]["number"]
    return page(
        Facts(kind, subject, rows, {}, {}, "trial-1", "ab" * 32, 9, 0, "cd" * 32, "bank-a"), "ef" * 32
    )


def said(made: Page, name: str) -> list[str]:
    return [line.value for line in made.lines if line.en == name]


def with_status(rows: dict[str, list[Any]], status: str, **more: Any) -> dict[str, list[Any]]:
    voucher = {**rows["voucher"][0], "timeline": plain(settled(status)), "discharged": 40_000_000, **more}
    return {**rows, "voucher": [voucher]}


def paid(rows: dict[str, list[Any]]) -> dict[str, list[Any]]:
    number = rows["voucher"][0]["number"]
    settlement = Settlement(
        number, 40_000_000, 30_000_000, 1_234, 25_000_000, 10_000_000, 2, "", "", 0, Timeline("PAYING", (Step(1, "PAYOUT_LATE"),))
    )  # fmt: skip
    shares = Shares(
        number,
        "2026-09-16",
        (Portion(Units(1), 10_000_000, 0, 0, False), Portion(Units(1001), 30_000_000, 5, 1_234, True)),
    )
    return {**with_status(rows, "OVERDUE"), "settlement": [plain(settlement)], "shares": [plain(shares)]}


def guaranteed(rows: dict[str, list[Any]], status: str = "CALLED") -> dict[str, list[Any]]:
    """The same with a guarantor, which bank-a plays here."""
    voucher = rows["voucher"][0]
    timeline = Timeline(status, (Step(1_790_000_000_000, "DEFAULTED"),) if status == "CALLED" else ())
    row = Guarantee(
        voucher["number"], voucher["issuer"], MemberId("bank-a"), "aa" * 32, 10, 60_000_000, 5_000, 1_000, 0, timeline
    )  # fmt: skip
    return {**rows, "guarantee": [plain(row)]}


def test_every_page_on_a_voucher_names_its_guarantor_and_what_it_stands_for(
    rows: dict[str, list[Any]],
) -> None:
    for kind in ("voucher", "settlement", "default"):
        made = stated(kind, guaranteed(paid(rows)))
        assert said(made, "Guarantor")[0].startswith(rows["member"][0]["name"])
        assert said(made, "The guarantor stands for") == ["CNY 600,000.00（人民币陆拾万元整）"]
        assert said(made, "Paid by the guarantor") == ["CNY 50.00（人民币伍拾元整）"]
        assert said(made, "Of it repaid by the issuer") == ["CNY 10.00（人民币壹拾元整）"]
        assert said(made, "Guarantee as recorded") == ["待代偿 has to pay"]
        assert said(made, "Later, if nothing happens, from (UTC)")[-1].endswith(
            "逾期未代偿 has not paid in time"
        )
        assert said(stated(kind, paid(rows)), "Guarantor") == []
    for status in GUARANTEE_STATUSES:
        assert "_" not in said(stated("voucher", guaranteed(paid(rows), status)), "Guarantee as recorded")[0]


def test_a_guarantee_that_stands_twice_is_refused(rows: dict[str, list[Any]]) -> None:
    given = guaranteed(paid(rows))
    with pytest.raises(Broken) as caught:
        stated("voucher", {**given, "guarantee": given["guarantee"] * 2})
    assert caught.value.code == "CERTIFICATE_ROWS_DIFFER"


def test_a_settlement_statement_gives_every_figure_and_every_share(rows: dict[str, list[Any]]) -> None:
    made = stated("settlement", paid(rows))
    assert made.titles == ("Settlement Statement", "清分结算证明")
    assert said(made, "Attested as received") == ["CNY 400,000.00（人民币肆拾万元整）"]
    assert said(made, "Of it booked by the cut-off") == ["CNY 300,000.00（人民币叁拾万元整）"]
    assert said(made, "Late interest received") == ["CNY 12.34（人民币壹拾贰元叁角肆分）"]
    assert said(made, "Paid out to holders") == ["CNY 250,000.00（人民币贰拾伍万元整）"]
    assert said(made, "Payable now and not yet paid out") == ["CNY 100,000.00（人民币壹拾万元整）"]
    first, second = said(made, "Holding from unit")
    assert first == "1 · CNY 100,000.00（人民币壹拾万元整）"
    assert second.startswith("1001 · CNY 300,000.00")
    assert "withheld" in second


def test_a_statement_of_default_says_what_is_owed_since_when(rows: dict[str, list[Any]]) -> None:
    number, issuer = rows["voucher"][0]["number"], rows["voucher"][0]["issuer"]
    missed = plain(Missed(issuer, number, 1_790_000_000_000))
    made = stated("default", {**paid(rows), "missed": [missed]})
    assert said(made, "Still owed") == ["CNY 600,000.00（人民币陆拾万元整）"]
    assert said(made, "Status as recorded") == ["已逾期 overdue"]
    assert said(made, "Missed payment on record since (UTC)") == ["2026-09-21 14:13:20"]
    assert said(made, "Was to be paid by (UTC)") == ["2026-09-14 09:00:00"]


@pytest.mark.parametrize("status", ["ACTIVE", "DUE", "SETTLED", "SETTLED_LATE"])
def test_nothing_is_in_default_that_the_ledger_does_not_record_so(
    rows: dict[str, list[Any]], status: str
) -> None:
    with pytest.raises(Broken) as caught:
        stated("default", with_status(rows, status))
    assert caught.value.code == "CERTIFICATE_NO_DEFAULT"


def test_records_of_another_voucher_are_refused(rows: dict[str, list[Any]]) -> None:
    for table, kind in (
        ("settlement", "settlement"),
        ("shares", "settlement"),
        ("shares", "default"),
        ("missed", "default"),
        ("guarantee", "default"),
    ):
        given = {**guaranteed(paid(rows)), "missed": [plain(Missed("ce-a", rows["voucher"][0]["number"], 1))]}
        given[table] = [{**given[table][0], "voucher": "EVTEST20260316000000000999"}]
        with pytest.raises(Broken) as caught:
            stated(kind, given)
        assert caught.value.code == "CERTIFICATE_ROWS_DIFFER"


def test_the_verifier_looks_for_records_where_the_contracts_keep_them() -> None:
    tables = {
        "member": MEMBERS.key("a"), "key": KEYS.key("a"), "payable": PAYABLES.key("a"), "voucher": VOUCHERS.key("a"),
        "holding": HOLDINGS.key("a", 7), "settlement": SETTLEMENTS.key("a"), "shares": SHARES.key("a"), "missed": MISSED.key("a", "a"),
        "guarantee": GUARANTEES.key("a"),
    }  # fmt: skip
    assert set(tables) == set(TABLES)
    for name, key in tables.items():
        number, before, fields = TABLES[name]
        parts = (*before, *(7 if field == "first" else "a" for field in fields))
        assert bytes([number]) + encode_parts(parts) == key, name
