"""Twenty-four months of business: the ledger's figures are those that a plain script computes from the facts alone, to the fen."""

import ast
import copy
import json
from contextlib import suppress
from functools import cache
from pathlib import Path
from random import Random

import pytest

from tallychain.contracts.disclosure.api import PersistentlyOverdue
from tallychain.contracts.disclosure.tests.desk import SPONSORS, Desk
from tallychain.contracts.risk.api import IssuerBlocked
from tallychain.contracts.vouchers.state import VOUCHERS, Voucher
from tallychain.instruments.calendar import add_months, format_date, parse_date
from tallychain.ledger.parameters import CALENDARS, CalendarYear
from tools import recompute_disclosure
from tools.recompute_disclosure import Recomputation

FIRST = parse_date("2026-04-01")
MONTHS = 24


@cache
def history() -> Desk:
    """Two years of an issuer that pays mostly, and of all that can go wrong with the rest; with grades from the second year on."""
    random, desk = Random(1), Desk()
    desk.full_every = 400
    desk.state.write([CALENDARS.put(CalendarYear(2028, 1, (), ()))])
    for number in range(MONTHS):
        month = format_date(add_months(FIRST, number))[:7]
        if number == 0:
            desk.enough()
        _business(desk, random, month)
        if number == 12:
            desk.voted(1, {}, f"{month}-01")
    desk.until(format_date(add_months(FIRST, MONTHS))[:8] + "06")
    return desk


def _business(desk: Desk, random: Random, month: str) -> None:
    desk.until(f"{month}-02", 10)
    for _ in range(random.randint(0, 3)):
        with suppress(IssuerBlocked, PersistentlyOverdue):
            desk.due_in(random.randint(1, 4), random.randint(1, 9_999_999), random.choice(SPONSORS))
    if random.random() < 0.7:
        desk.financed(random.choice(("bank-a", "bank-b", "factor-a")))
    for day in (12, 16, 21, 27):
        desk.until(f"{month}-{day}", random.choice((10, 18)))
        for voucher in list(desk.state.iterate(VOUCHERS)):
            _may_pay(desk, random, voucher)


def _may_pay(desk: Desk, random: Random, voucher: Voucher) -> None:
    """Some time after its day it is paid: whole or in part, in time or late, and sometimes attested long after it was booked."""
    status = voucher.status_at(desk.now)
    owed = voucher.face - voucher.discharged
    if status not in ("DUE", "UNPAID_PENDING", "OVERDUE") or random.random() < 0.35:
        return
    amount = owed if random.random() < 0.6 else random.randint(1, owed)
    booked_ms = voucher.cutoff_ms - 60_000 if random.random() < 0.4 else desk.now_ms
    yuan = f"{amount // 100:,}.{amount % 100:02d}"
    desk.attest(voucher.number, yuan, booked_ms=min(booked_ms, desk.now_ms))


def test_every_month_of_two_years_is_what_the_script_computes() -> None:
    desk = history()
    again = Recomputation()

    assert [str(found) for found in again.read(desk.facts)] == []
    assert again.months == len(desk.months()) >= MONTHS - 1


def test_the_two_years_hold_what_makes_disclosure_hard() -> None:
    desk = history()
    records = desk.months()
    names = {fact["event"]["event"] for fact in desk.facts}

    assert any(record.persistent_since for record in records)
    assert any(record.overdue > record.overdue_balance > 0 for record in records)
    assert any(record.overdue and not record.overdue_balance for record in records)
    assert any(record.accepted_month == 0 for record in records)
    assert {"disclosure.corrected", "settlement.dishonour_withdrawn"} <= names
    assert any(record.further is None for record in records)
    assert any(record.further is not None and record.further.grade for record in records)
    assert any(record.further is not None and not record.further.grade for record in records)


@pytest.mark.parametrize(
    "figure",
    [
        "accepted_month",
        "accepted_year",
        "accepted",
        "balance",
        "overdue",
        "overdue_balance",
        "overdue_events",
        "policy",
    ],
)
def test_a_figure_that_differs_by_one_is_found(figure: str) -> None:
    facts = copy.deepcopy(history().facts)
    planted = [fact["event"] for fact in facts if fact["event"]["event"] == "disclosure.month"][-1]
    planted[figure] += 1

    (found,) = Recomputation().read(facts)
    assert (found.month, found.name) == (planted["month"], figure)


@pytest.mark.parametrize(
    ("figure", "value"),
    [
        ("on_time_bp", 9_999),
        ("term_days", 1),
        ("scale", "OVER_5BN"),
        ("funders", "50_OR_MORE"),
        ("score", 100),
        ("grade", "A+"),
    ],
)
def test_a_further_figure_that_was_changed_is_found(figure: str, value: int | str) -> None:
    facts = copy.deepcopy(history().facts)
    months = [fact["event"] for fact in facts if fact["event"]["event"] == "disclosure.month"]
    planted = next(event for event in months if event["further"])
    planted["further"][figure] = value

    (found,) = Recomputation().read(facts)
    assert found.name == figure


def test_a_payment_that_is_kept_from_the_script_shows() -> None:
    facts = history().facts
    place = next(n for n, fact in enumerate(facts) if fact["event"]["event"] == "settlement.attested")

    assert list(Recomputation().read([*facts[:place], *facts[place + 1 :]]))


def test_figures_that_should_have_been_held_back_are_found_and_so_are_wrong_vouchers() -> None:
    facts = copy.deepcopy(history().facts)
    months = [fact["event"] for fact in facts if fact["event"]["event"] == "disclosure.month"]
    next(event for event in months if not event["further"])["further"] = {"grade": "A"}
    next(fact["event"] for fact in facts if fact["event"]["event"] == "disclosure.voucher")["face"] += 1

    assert [found.name for found in Recomputation().read(facts)] == ["face", "further"]


def test_the_script_uses_nothing_of_tallychain_and_reads_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tree = ast.parse(Path(recompute_disclosure.__file__).read_text(encoding="utf-8"))
    imported = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    imported += [name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names]
    assert not [name for name in imported if name.startswith(("tallychain", "msgspec"))]

    file = tmp_path / "facts.jsonl"
    file.write_text("\n".join(json.dumps(fact) for fact in history().facts[:40]), encoding="utf-8")
    assert recompute_disclosure.main([str(file)]) == 0
    assert capsys.readouterr().out.endswith("0 differences\n")
