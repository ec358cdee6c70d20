"""The README says what the code does, and the bytes of an operation stay what they were."""

from pathlib import Path

import msgspec
import pytest

from tallychain.contracts.vouchers import CONTRACT
from tallychain.contracts.vouchers.settling import operations, refusals
from tallychain.contracts.vouchers.settling.declared import OPERATIONS as USUAL_OPERATIONS
from tallychain.contracts.vouchers.settling.events import EVENTS
from tallychain.contracts.vouchers.settling.further import FURTHER_OPERATIONS
from tallychain.contracts.vouchers.settling.policies import SETTLEMENT_BOUNDS, SETTLEMENT_DEFAULTS
from tallychain.contracts.vouchers.settling.tests.diagram import DIAGRAMS, arrows
from tallychain.contracts.vouchers.settling.views import VIEWS
from tallychain.instruments.money import Units
from tallychain.ledger import codec
from tallychain.ledger.contract import AnyOperation
from tallychain.ledger.operation import Body
from tallychain.ledger.tests.declarations import (
    check_bytes,
    check_named,
    check_precedence,
    check_words,
    invariants_of,
    refusals_of,
    written_in,
)

OPERATIONS = USUAL_OPERATIONS + FURTHER_OPERATIONS
FOLDER = Path(__file__).parents[1]
VECTORS = Path(__file__).parent / "vectors" / "args.json"
PAGE = (FOLDER / "README.md").read_text(encoding="utf-8")


def test_the_diagrams_of_the_page_are_what_the_rules_do() -> None:
    for made in DIAGRAMS:
        assert "\n".join(arrows(made)) in PAGE


def test_the_page_lists_the_refusals_in_their_order_of_precedence() -> None:
    check_precedence(PAGE, {kind.name: kind.refusals for kind in OPERATIONS})


def test_every_refusal_is_one_of_an_operation() -> None:
    assert written_in(refusals) <= refusals_of(CONTRACT.operations)


def test_the_page_names_every_event_view_figure_and_invariant() -> None:
    check_named(PAGE, EVENTS, VIEWS)
    for name, value in SETTLEMENT_DEFAULTS.items():
        least, most = SETTLEMENT_BOUNDS[name]
        assert f"| `{name}` | {value:,} | {least:,} to {most:,} |" in PAGE
    for number in invariants_of(FOLDER / "invariants.py"):
        assert f"| I{number} |" in PAGE


@pytest.mark.parametrize("kind", OPERATIONS, ids=lambda kind: kind.name)
def test_the_bytes_of_each_operation_are_those_of_the_vector(kind: AnyOperation) -> None:
    check_bytes(kind, VECTORS)


@pytest.mark.parametrize("kind", OPERATIONS, ids=lambda kind: kind.name)
def test_every_field_and_text_stands_in_both_languages(kind: AnyOperation) -> None:
    check_words(kind)
    for named in (kind.amount, kind.primary):
        assert named is None or named(kind.example)


def test_the_largest_batch_of_payouts_fits_into_a_body() -> None:
    row = operations.PayoutRow(Units(10**12 - 1), 2**53 - 1, "R" * 64)
    args = operations.Payout(
        "EVTRIA20260316000000000180", 4 * 10**12, "d0" * 32, (row,) * operations.MAX_PAYOUTS
    )
    text = msgspec.Raw(codec.encode(args))
    body = Body(
        "c" * 32, "settlement.payout", 1, "member:" + "m" * 32, "m" * 32, "0" * 32, 4 * 10**12, text, ()
    )

    assert len(codec.encode(body)) < 8192
