"""The README says what the code does, and the bytes of the operation stay what they were."""

from pathlib import Path

import pytest

from tallychain.contracts.vouchers.challenging import refusals
from tallychain.contracts.vouchers.challenging.declared import OPERATIONS
from tallychain.contracts.vouchers.challenging.events import EVENTS
from tallychain.contracts.vouchers.challenging.tests.diagram import FINANCING, OFFER
from tallychain.contracts.vouchers.challenging.views import VIEWS
from tallychain.contracts.vouchers.settling.tests.diagram import Made as Making
from tallychain.contracts.vouchers.settling.tests.diagram import arrows
from tallychain.ledger.contract import AnyOperation
from tallychain.ledger.tests.declarations import (
    check_bytes,
    check_named,
    check_precedence,
    check_words,
    refusals_of,
    written_in,
)

FOLDER = Path(__file__).parents[1]
VECTORS = Path(__file__).parent / "vectors" / "args.json"
PAGE = (FOLDER / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("named", "made"), [("false_offer", OFFER), ("false_request", FINANCING)])
def test_the_diagrams_of_the_page_are_what_the_rule_does(named: str, made: dict[str, Making]) -> None:
    drawn = list(arrows(made))

    assert f"```{named}\n" + "\n".join(drawn) + "\n```" in PAGE


def test_the_page_lists_the_refusals_in_their_order_of_precedence() -> None:
    check_precedence(PAGE, {kind.name: kind.refusals for kind in OPERATIONS})


def test_every_refusal_is_one_of_an_operation() -> None:
    assert written_in(refusals) <= refusals_of(OPERATIONS)


def test_the_page_names_every_event_and_view() -> None:
    check_named(PAGE, EVENTS, VIEWS)


@pytest.mark.parametrize("kind", OPERATIONS, ids=lambda kind: kind.name)
def test_the_bytes_of_each_operation_are_those_of_the_vector(kind: AnyOperation) -> None:
    check_bytes(kind, VECTORS)


@pytest.mark.parametrize("kind", OPERATIONS, ids=lambda kind: kind.name)
def test_every_field_and_text_stands_in_both_languages(kind: AnyOperation) -> None:
    check_words(kind)
    assert kind.primary is not None
    assert kind.primary(kind.example)
