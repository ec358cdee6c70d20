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
from tallychain.ledger.refusals import Refused
from tallychain.ledger.tests.declarations import check_bytes, check_words

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
    for name, declared in listed.items():
        line = next(line for line in PAGE.splitlines() if line.startswith(f"| `{name}` | refused as"))
        assert re.findall(r"`([A-Z_]+)`", line) == [refusal.code for refusal in declared]
    written = {item for item in vars(refusals).values() if isinstance(item, type)}
    written = {item for item in written if issubclass(item, Refused) and item is not Refused}
    assert written == {refusal for declared in listed.values() for refusal in declared}


def test_the_page_names_every_event_view_figure_and_invariant() -> None:
    source = (FOLDER / "invariants.py").read_text(encoding="utf-8")

    names = [str(event.__struct_config__.tag) for event in CONTRACT.events]
    names += [view.name for view in CONTRACT.views] + list(USUAL)
    assert [name for name in names if f"`{name}`" not in PAGE] == []
    for number in set(re.findall(r"yield (\d+), ", source)):
        assert re.search(rf"\| I?{number}\b", PAGE)
    assert set(EXAMPLE) == set(USUAL)


@pytest.mark.parametrize("kind", OPERATIONS, ids=lambda kind: kind.name)
def test_the_bytes_and_words_of_each_operation_are_as_they_were(kind: AnyOperation) -> None:
    check_bytes(kind, VECTORS)
    check_words(kind)
