"""The README says what the code does, and the bytes of an operation stay what they were."""

import json
import re
from pathlib import Path

import msgspec
import pytest

from tallychain.contracts.vouchers import CONTRACT
from tallychain.contracts.vouchers.composed import OPERATIONS as ALL_OPERATIONS
from tallychain.contracts.vouchers.rules.maturity import maturity_of
from tallychain.contracts.vouchers.tests.desk import Desk
from tallychain.contracts.vouchers.tests.diagram import (
    cancellation_transitions,
    claim_transitions,
    drawn,
    offer_transitions,
    voucher_transitions,
)
from tallychain.instruments.calendar import format_date, local_day, parse_date
from tallychain.ledger import codec
from tallychain.ledger.contract import AnyOperation
from tallychain.ledger.operation import Body, SealedPart
from tallychain.ledger.tests.declarations import check_bytes, check_precedence, check_words, invariants_of

WITH_OWN_PAGE = (
    "settlement.",
    "debt.",
    "pledge.",
    "court.",
    "financing.",
    "dispute.",
    "redemption.",
    "recourse.",
    "guarantee.",
    "guarantor.",
    "holder.rekey",
    "account.",
    "identity.",
)
"""Settlement, pledges, courts, financing, disputes, early redemption, recourse, guarantees, lost wallets, accounts of record and false identities have pages of their own."""
OPERATIONS = [kind for kind in ALL_OPERATIONS if not kind.name.startswith(WITH_OWN_PAGE)]
FOLDER = Path(__file__).parents[1]
VECTORS = Path(__file__).parent / "vectors"
PAGE = (FOLDER / "README.md").read_text(encoding="utf-8")


def test_the_diagrams_of_the_page_are_what_the_rules_do() -> None:
    assert drawn(voucher_transitions(), ("voucher.issue", "ISSUED")) in PAGE
    assert drawn(offer_transitions(), ("voucher.offer", "OPEN")) in PAGE
    assert drawn(cancellation_transitions(), ("voucher.cancel", "PENDING")) in PAGE
    assert drawn(claim_transitions(), ("sponsor.claim", "WAITING")) in PAGE


def test_the_page_lists_the_refusals_in_their_order_of_precedence() -> None:
    check_precedence(PAGE, {kind.name: kind.refusals for kind in OPERATIONS})


def test_the_page_names_every_event_and_every_invariant_that_is_checked() -> None:
    checked = invariants_of(FOLDER / "invariants.py", FOLDER / "cover.py")

    for event in CONTRACT.events:
        name = str(event.__struct_config__.tag)
        assert name.startswith(WITH_OWN_PAGE) or f"`{name}`" in PAGE
    for number in checked:
        assert re.search(rf"\| I{number}\b", PAGE)


@pytest.mark.parametrize("kind", OPERATIONS, ids=lambda kind: kind.name)
def test_the_bytes_of_each_operation_are_those_of_the_vector(kind: AnyOperation) -> None:
    check_bytes(kind, VECTORS / "args.json")


@pytest.mark.parametrize("kind", OPERATIONS, ids=lambda kind: kind.name)
def test_every_field_and_text_stands_in_both_languages(kind: AnyOperation) -> None:
    check_words(kind)


def test_the_maturities_are_those_of_the_vectors() -> None:
    desk = Desk()

    for vector in json.loads((VECTORS / "maturities.json").read_text(encoding="utf-8")):
        found = maturity_of(parse_date(vector["nominal"]), 3, desk.state)
        blackout = format_date(local_day(found.blackout_ms))
        assert [format_date(found.effective), found.kind, blackout] == vector["found"]


def test_the_largest_offer_fits_into_a_body() -> None:
    kind = next(kind for kind in OPERATIONS if kind.name == "voucher.offer")
    row = kind.example.rows[0]
    longest = "m" * 32
    to = tuple(f"member:{longest}#99" for _ in range(2)) + tuple("x25519:" + "0" * 64 for _ in range(2))
    parts = tuple(SealedPart(rule.label, "0" * 64, "0" * 64, to) for rule in kind.seals)
    args = codec.encode(type(kind.example)(kind.example.voucher, 1, (row,) * 7))
    body = Body(
        "c" * 32,
        kind.name,
        1,
        "tag:" + row.receiver.tag,
        longest,
        "0" * 32,
        4 * 10**12,
        msgspec.Raw(args),
        parts,
    )

    assert len(codec.encode(body)) < 8192
