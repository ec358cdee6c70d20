"""The README says what the code does, and the bytes of an operation stay what they were."""

from pathlib import Path

import pytest

from tallychain.contracts.vouchers.guaranteeing import refusals
from tallychain.contracts.vouchers.guaranteeing.book import ISSUE_REFUSALS
from tallychain.contracts.vouchers.guaranteeing.declared import OPERATIONS
from tallychain.contracts.vouchers.guaranteeing.events import EVENTS
from tallychain.contracts.vouchers.guaranteeing.state import FRAME_STATUSES, GUARANTEE_STATUSES
from tallychain.contracts.vouchers.guaranteeing.tests.diagram import FRAME, GUARANTEE, REPAYMENT
from tallychain.contracts.vouchers.guaranteeing.views import VIEWS
from tallychain.contracts.vouchers.settling.tests.diagram import Made, arrows
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


@pytest.mark.parametrize(
    ("name", "made", "statuses"),
    [
        ("guarantee_frame", FRAME, {*FRAME_STATUSES}),
        ("guarantee", GUARANTEE, {*GUARANTEE_STATUSES, "(nothing)"}),
        ("repayment", REPAYMENT, {"TO_FORWARD", "FORWARD_LATE", "(nothing)"}),
    ],
)
def test_the_diagrams_of_the_page_are_what_the_rules_do(
    name: str, made: dict[str, Made], statuses: set[str]
) -> None:
    drawn = list(arrows(made))

    assert f"```{name}\n" + "\n".join(drawn) + "\n```" in PAGE
    assert {line.rpartition("> ")[2] for line in drawn} == statuses


def test_the_page_lists_the_refusals_in_their_order_of_precedence() -> None:
    check_precedence(PAGE, {kind.name: kind.refusals for kind in OPERATIONS})


def test_every_refusal_is_one_of_an_operation_here_or_of_issuing() -> None:
    assert written_in(refusals) <= refusals_of(OPERATIONS) | {*ISSUE_REFUSALS}


def test_the_page_names_every_event_and_view() -> None:
    check_named(PAGE, EVENTS, VIEWS)


@pytest.mark.parametrize("kind", OPERATIONS, ids=lambda kind: kind.name)
def test_the_bytes_of_each_operation_are_those_of_the_vector(kind: AnyOperation) -> None:
    check_bytes(kind, VECTORS)


@pytest.mark.parametrize("kind", OPERATIONS, ids=lambda kind: kind.name)
def test_every_field_and_text_stands_in_both_languages(kind: AnyOperation) -> None:
    check_words(kind)
    if kind.primary is not None:
        assert kind.primary(kind.example)
    if kind.amount is not None:
        assert kind.amount(kind.example) > 0
