"""The README says what the code does, and the bytes of an operation stay what they were."""

import re
from pathlib import Path

import pytest

from tallychain.contracts.disclosure import CONTRACT, api, refusals
from tallychain.contracts.disclosure.declared import OPERATIONS
from tallychain.contracts.disclosure.policies import EXAMPLE, USUAL
from tallychain.contracts.disclosure.state import ACCOUNTS, RECORDS
from tallychain.contracts.disclosure.tests.desk import Desk
from tallychain.ledger.contract import AnyOperation
from tallychain.ledger.tests.declarations import (
    check_bytes,
    check_named,
    check_precedence,
    check_words,
    invariants_of,
    written_in,
)

FOLDER = Path(__file__).parents[1]
VECTORS = Path(__file__).parent / "vectors" / "args.json"
PAGE = (FOLDER / "README.md").read_text(encoding="utf-8")


@pytest.mark.deadline("disclosure: OPEN -> CLOSED")
def test_the_diagram_of_the_page_is_what_the_rules_do() -> None:
    desk = Desk()
    assert desk.state.get(ACCOUNTS, "ce-a") is None
    desk.active()
    account = desk.state.get(ACCOUNTS, "ce-a")
    assert account is not None
    arrows = [f"(nothing) --voucher.accept--> {account.timeline.status}"]
    desk.until("2026-04-05", 0)
    assert desk.state.get(RECORDS, "ce-a", "2026-03") is not None
    arrows.append(f"{account.timeline.status} --time, close day--> CLOSED")
    desk.remark("2026-03")
    arrows.append("CLOSED --disclosure.remark--> CLOSED")

    assert "\n".join(arrows) in PAGE


def test_the_page_lists_the_refusals_in_their_order_of_precedence() -> None:
    listed = {kind.name: kind.refusals for kind in OPERATIONS}
    listed["api.check_may_issue"] = api.ISSUE_REFUSALS
    check_precedence(PAGE, listed)
    assert written_in(refusals) == {refusal for declared in listed.values() for refusal in declared}


def test_the_page_names_every_event_view_figure_and_invariant() -> None:
    check_named(PAGE, CONTRACT.events, CONTRACT.views)
    assert [name for name in USUAL if f"`{name}`" not in PAGE] == []
    for number in invariants_of(FOLDER / "invariants.py"):
        assert re.search(rf"\| I?{number}\b", PAGE)
    assert set(EXAMPLE) == set(USUAL)


@pytest.mark.parametrize("kind", OPERATIONS, ids=lambda kind: kind.name)
def test_the_bytes_and_words_of_each_operation_are_as_they_were(kind: AnyOperation) -> None:
    check_bytes(kind, VECTORS)
    check_words(kind)
