"""The README says what the code does, and the bytes of an operation stay what they were."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tallychain.contracts.risk import api, refusals
from tallychain.contracts.risk.declared import OPERATIONS
from tallychain.contracts.risk.events import EVENTS
from tallychain.contracts.risk.state import ENDED
from tallychain.contracts.risk.tests.desk import V1, Desk, at
from tallychain.contracts.risk.views import VIEWS
from tallychain.ledger.contract import AnyOperation
from tallychain.ledger.refusals import Refused
from tallychain.ledger.tests.declarations import (
    check_bytes,
    check_named,
    check_precedence,
    check_words,
    invariants_of,
    refusals_of,
    written_in,
)

FOLDER = Path(__file__).parents[1]
VECTORS = Path(__file__).parent / "vectors" / "args.json"
PAGE = (FOLDER / "README.md").read_text(encoding="utf-8")
CUTOFF_MS = at("2026-09-14", 17)

ACTS: dict[str, Callable[[Desk, str], object]] = {
    "ceiling.reduce": lambda desk, name: desk.reduce(name, 50),
    "ceiling.reduce to 0": lambda desk, name: desk.reduce(name, 0),
    "time, first day": lambda desk, _: _at(desk, "2026-03-17"),
    "time, end of last day": lambda desk, _: _at(desk, "2026-03-19"),
}
BEFORE = {"PLANNED": "2026-03-16", "IN_FORCE": "2026-03-17", "ENDED": "2026-03-19"}
BLOCK_ACTS: dict[str, Callable[[Desk], object]] = {
    "time, the cut-off": lambda desk: _at(desk, "2026-09-15"),
    "voucher paid or ended": lambda desk: desk.meet(CUTOFF_MS),
    "missed payment recorded": lambda desk: desk.block(V1),
    "missed payment made": lambda desk: desk.unblock(V1),
}


def _at(desk: Desk, day: str) -> None:
    desk.now_ms = max(desk.now_ms, at(day, 0))


def ceiling_arrows() -> Iterator[str]:
    for day in ("2026-03-16", "2026-03-17"):
        desk = Desk()
        name = desk.grant(100, valid_from=day, valid_until="2026-03-18")
        yield f"(nothing) --ceiling.grant--> {_status(desk, name)}"
    for status, day in BEFORE.items():
        for act, done in ACTS.items():
            desk = Desk()
            name = desk.grant(100, valid_from="2026-03-17", valid_until="2026-03-18")
            _at(desk, day)
            assert _status(desk, name) == status
            try:
                done(desk, name)
            except Refused:
                continue
            if _status(desk, name) != status:
                yield f"{status} --{act}--> {_status(desk, name)}"


def block_arrows() -> Iterator[str]:
    """An issuer with one voucher to be paid."""
    for status, prepared in {
        "may issue": (),
        "blocked": ("time, the cut-off", "missed payment recorded"),
    }.items():
        for act, done in BLOCK_ACTS.items():
            desk = Desk()
            if act.startswith(("voucher", "time")):
                desk.expect(CUTOFF_MS)
            for step in prepared if not act.startswith("voucher") else prepared[:1]:
                BLOCK_ACTS[step](desk)
            before = "blocked" if desk.is_blocked() else "may issue"
            assert before == status
            done(desk)
            after = "blocked" if desk.is_blocked() else "may issue"
            if after != before:
                yield f"{before} --{act}--> {after}"


def _status(desk: Desk, name: str) -> str:
    ceiling = desk.ceiling(name)
    return ENDED if ceiling is None else ceiling.status_at(desk.now)


def test_the_diagrams_of_the_page_are_what_the_rules_do() -> None:
    assert "\n".join(ceiling_arrows()) in PAGE
    assert "\n".join(block_arrows()) in PAGE


def test_the_page_lists_the_refusals_in_their_order_of_precedence() -> None:
    listed = {kind.name: kind.refusals for kind in OPERATIONS}
    listed["api.check_may_issue, api.use"] = api.ISSUE_REFUSALS
    check_precedence(PAGE, listed)


def test_every_refusal_is_one_of_an_operation_or_of_the_api() -> None:
    assert written_in(refusals) == refusals_of(OPERATIONS) | set(api.ISSUE_REFUSALS)


def test_the_page_names_every_event_view_and_invariant() -> None:
    check_named(PAGE, EVENTS, VIEWS)
    for number in invariants_of(FOLDER / "invariants.py"):
        assert re.search(rf"\| I?{number}\b", PAGE)


@pytest.mark.parametrize("kind", OPERATIONS, ids=lambda kind: kind.name)
def test_the_bytes_of_each_operation_are_those_of_the_vector(kind: AnyOperation) -> None:
    check_bytes(kind, VECTORS)


@pytest.mark.parametrize("kind", OPERATIONS, ids=lambda kind: kind.name)
def test_every_field_and_text_stands_in_both_languages(kind: AnyOperation) -> None:
    check_words(kind)


def test_the_signing_limit_of_a_key_is_checked_against_what_is_granted() -> None:
    grant, reduce = OPERATIONS

    assert grant.amount is not None
    assert grant.amount(grant.example) == 5_000_000_000
    assert reduce.primary is not None
    assert reduce.primary(reduce.example) == reduce.example.ceiling
