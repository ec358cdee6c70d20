"""The README says what the code does, and the bytes of an operation stay what they were."""

from pathlib import Path

import pytest

from tallychain.contracts.vouchers.financing import refusals
from tallychain.contracts.vouchers.financing.declared import OPERATIONS
from tallychain.contracts.vouchers.financing.events import EVENTS
from tallychain.contracts.vouchers.financing.further import FURTHER_OPERATIONS
from tallychain.contracts.vouchers.financing.state import (
    BIDDING_HOURS,
    BIDDING_MINUTES,
    DISPUTE_BUSINESS_DAYS,
    FINANCING_STATUSES,
    FUNDERS_MAX,
    LATE_DAYS,
    QUOTES_MAX,
    REVEAL_MINUTES,
)
from tallychain.contracts.vouchers.financing.tests.diagram import FINANCING
from tallychain.contracts.vouchers.financing.views import VIEWS
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
ALL = (*OPERATIONS, *FURTHER_OPERATIONS)


@pytest.mark.slow
def test_the_diagram_of_the_page_is_what_the_rules_do() -> None:
    drawn = list(arrows(FINANCING))

    assert "```financing\n" + "\n".join(drawn) + "\n```" in PAGE
    assert {line.rpartition(" ")[2] for line in drawn} == {*FINANCING_STATUSES, "GONE"}


def test_the_page_lists_the_refusals_in_their_order_of_precedence() -> None:
    check_precedence(PAGE, {kind.name: kind.refusals for kind in ALL})


def test_every_refusal_is_one_of_an_operation_and_explained() -> None:
    written = written_in(refusals)

    assert written <= refusals_of(ALL)
    for refusal in written:
        assert f"| `{refusal.code}` |" in PAGE


def test_the_page_names_every_event_view_and_figure() -> None:
    check_named(PAGE, EVENTS, VIEWS)
    assert f"{BIDDING_MINUTES} minutes to {BIDDING_HOURS} hours" in PAGE
    assert f"{REVEAL_MINUTES} minutes" in PAGE
    assert f"at most {FUNDERS_MAX} funders" in PAGE
    assert f"at most {QUOTES_MAX} times" in PAGE
    assert f"{DISPUTE_BUSINESS_DAYS} business days" in PAGE
    assert f"{LATE_DAYS} days" in PAGE


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.name)
def test_the_bytes_of_each_operation_are_those_of_the_vector(kind: AnyOperation) -> None:
    check_bytes(kind, VECTORS)


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.name)
def test_every_field_and_text_stands_in_both_languages(kind: AnyOperation) -> None:
    check_words(kind)
    assert kind.primary is not None
    assert kind.primary(kind.example)
