"""Thousands of random acts: what is done is what the simple model says, and what is not done changes nothing."""

import re
import sys
from pathlib import Path

import msgspec
import pytest

from tallychain.contracts.vouchers import CONTRACT
from tallychain.ledger.refusals import LEDGER_REFUSALS
from tests.architecture.test_refusals_met import unmet, words_of_tests
from tests.scenarios.reader import play
from tests.simulation.run import Run

SCENARIOS = Path(__file__).parents[1] / "scenarios"
ONLY_AFTER_A_DEFECT = {"QUARANTINED", "INTERNAL"}
"""Codes that a sound ledger never gives; the tests of quarantine plant the defect."""


def show(run: Run) -> None:
    """Print what happened, so that a reader of the log sees what the run reached."""
    for title, counts in (("codes", run.codes), ("operations", run.acts), ("events", run.events)):
        line = ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
        sys.stdout.write(f"{title}: {line}\n")


OF_SETTLEMENT = (
    "settlement.",
    "debt.",
    "pledge.",
    "court.",
    "financing.",
    "dispute.",
    "redemption.",
    "holder.rekey",
    "recourse.",
    "guarantee.",
    "guarantor.",
    "account.",
    "identity.",
    "voucher.divided",
)
"""Of these the random run does the acts of `PAID_BY`; the others have their own random runs and diagrams, in the tests of their folders."""
PAID_BY = {
    "settlement.payee",
    "settlement.attest",
    "settlement.payout",
    "settlement.payout_failed",
    "settlement.release_withheld",
    "settlement.return_excess",
    "debt.write_off",
}
REFUSED_OF_PAYMENT = {
    "NOT_THE_SETTLEMENT_BANK",
    "BOOKING_TIME_NOT_POSSIBLE",
    "BANK_REFERENCE_USED",
    "PAYOUT_DIFFERS",
    "PAYOUT_NAMED_TWICE",
    "PAYOUT_NOT_FOUND",
    "ALREADY_PAID",
    "NOT_WITHHELD",
    "PAYEE_MISSING",
    "EXCESS_NOT_FOUND",
    "NOT_OVERDUE",
}
ENDS_OF_PAYMENT = {"settlement.settled", "settlement.dishonoured", "issuer.blocked", "issuer.cured"}


def codes_of_scenarios() -> set[str]:
    """Every refusal that a scenario expects (and its test sees)."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(SCENARIOS.glob("*.txt"))]
    return {code for text in texts for code in re.findall(r" -> ([A-Z_]+)$", text, re.MULTILINE)}


def events_of_votes_and_suspensions() -> set[str]:
    """The events of the scenarios in which members vote or are suspended: the random run does neither."""
    events: set[str] = set()
    for name in ("12-calendar.txt", "31-suspended-sponsor.txt"):
        blocks = play(SCENARIOS / name).world.history
        receipts = [msgspec.json.decode(row) for block in blocks for rows in block.results for row in rows]
        due = [msgspec.json.decode(event) for block in blocks for event in block.due_events]
        made = [*due, *(event for receipt in receipts for event in receipt.get("events", []))]
        events |= {str(event["event"]) for event in made}
    return events


def test_four_hundred_random_acts_agree_with_the_simple_model() -> None:
    run = Run(seed=20260316)

    run.operations(400)

    show(run)
    assert run.codes["DONE"] >= 150


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_ten_thousand_random_acts_reach_every_operation_event_and_refusal() -> None:
    run = Run(seed=20260914)

    run.operations(10_000)

    show(run)
    assert run.codes["DONE"] >= 4_000
    assert run.codes["DONE"] >= 0.4 * run.codes.total()
    assert set(run.acts) >= PAID_BY
    assert set(run.codes) >= REFUSED_OF_PAYMENT
    assert set(run.events) >= ENDS_OF_PAYMENT
    kinds = [kind for kind in CONTRACT.operations if not kind.name.startswith(OF_SETTLEMENT)]
    assert set(run.acts) == {kind.name for kind in kinds} | PAID_BY
    names = {str(event.__struct_config__.tag) for event in CONTRACT.events}
    declared_events = {name for name in names if not name.startswith(OF_SETTLEMENT)}
    assert declared_events - set(run.events) - events_of_votes_and_suspensions() == set()
    declared = {refusal for kind in kinds for refusal in kind.refusals} | set(LEDGER_REFUSALS)
    met = set(run.codes) | codes_of_scenarios() | ONLY_AFTER_A_DEFECT
    directed = {refusal for refusal in declared if refusal.code not in met}
    sys.stdout.write(f"met by directed tests alone: {sorted(refusal.code for refusal in directed)}\n")
    assert unmet(directed, words_of_tests()) == []


def test_two_scenarios_show_what_the_random_run_does_not() -> None:
    assert {"voucher.offer_ended", "voucher.maturity_set"} <= events_of_votes_and_suspensions()


def test_the_same_seed_gives_the_same_state() -> None:
    roots = []
    for _ in range(2):
        run = Run(seed=7)
        run.operations(150)
        roots.append(run.world.root)

    assert roots[0] == roots[1]
