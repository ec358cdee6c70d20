"""Two years of disclosure through signed blocks: what the ledger publishes is what a plain script computes from the facts alone."""

import copy
import sys
from collections import Counter
from functools import cache

import pytest

from tallychain.contracts.disclosure.events import MonthPublished
from tallychain.contracts.disclosure.state import RECORDS
from tallychain.ledger import codec
from tests.scenarios.months import ISSUERS, KNOWN_TO_FEW, MONTHS, PAYS_WORST, Facts, Months
from tools.recompute_disclosure import Recomputation


@cache
def history() -> tuple[Months, Facts]:
    """The business and its facts, played once."""
    made = Months()
    made.play()
    return made, made.facts()


def months_of(facts: Facts) -> list[MonthPublished]:
    """Every published month."""
    events = [fact["event"] for fact in facts if fact["event"]["event"] == "disclosure.month"]
    return [codec.decode(MonthPublished, codec.encode(event)) for event in events]


@pytest.mark.slow
def test_every_month_of_three_issuers_is_what_the_script_computes() -> None:
    made, facts = history()
    again = Recomputation()

    assert [str(found) for found in again.read(facts)] == []

    assert again.months == len(months_of(facts))
    assert Counter(month.issuer for month in months_of(facts)) == dict.fromkeys(ISSUERS, MONTHS)
    assert made.world.check() == []
    sys.stdout.write(
        f"{len(made.world.history)} blocks, {made.done.total()} acts, {len(facts)} facts, {again.months} months\n"
    )


@pytest.mark.slow
def test_the_records_that_the_ledger_keeps_are_those_that_it_published() -> None:
    made, facts = history()
    published = {(month.issuer, month.month): month for month in months_of(facts)}
    kept = {(row.issuer, row.month): row for row in made.world.reader.iterate(RECORDS)}

    assert kept.keys() == published.keys()
    for name, row in kept.items():
        month = published[name]
        assert (row.accepted, row.balance, row.overdue, row.overdue_balance, row.overdue_events) == (
            month.accepted,
            month.balance,
            month.overdue,
            month.overdue_balance,
            month.overdue_events,
        )
        assert (row.persistent_since, row.further) == (month.persistent_since, month.further)


@pytest.mark.slow
def test_the_two_years_hold_what_makes_disclosure_hard() -> None:
    made, facts = history()
    months = months_of(facts)
    worst = [month for month in months if month.issuer == PAYS_WORST]
    names = Counter(fact["event"]["event"] for fact in facts)
    sys.stdout.write(f"{dict(made.done)}\nrefused: {dict(made.refused)}\n")

    persistent = [bool(month.persistent_since) for month in worst]
    assert True in persistent
    assert False in persistent[persistent.index(True) :]
    assert made.refused["voucher.issue: PERSISTENTLY_OVERDUE"]
    assert any(month.overdue and not month.overdue_balance for month in months)
    assert any(month.overdue > month.overdue_balance > 0 for month in months)
    assert all(month.further is None for month in months if month.issuer == KNOWN_TO_FEW)
    assert any(month.further is not None and month.further.grade for month in months)
    assert any(month.further is not None and not month.further.grade for month in months)
    for event in (
        "disclosure.corrected",
        "settlement.dishonour_withdrawn",
        "settlement.outside_paid",
        "debt.written_off",
        "debt.released",
        "redemption.paid",
        "issuer.cured",
        "financing.completed",
    ):
        assert names[event], event


@pytest.mark.slow
def test_one_figure_of_each_issuer_that_differs_by_a_fen_is_found() -> None:
    _, facts = history()
    planted = copy.deepcopy(facts)
    last = {
        fact["event"]["issuer"]: fact["event"]
        for fact in planted
        if fact["event"]["event"] == "disclosure.month"
    }
    for event in last.values():
        event["balance"] += 1

    found = list(Recomputation().read(planted))

    assert [(one.issuer, one.name) for one in found] == [(issuer, "balance") for issuer in ISSUERS]
