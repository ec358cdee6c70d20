"""One paper has one fingerprint, however it is typed; two papers have two."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallychain.contracts.documents.declared import PRESENT
from tallychain.contracts.documents.operations import Present
from tallychain.ledger import codec
from tallychain.sdk.fingerprint import (
    FIELD_CHARACTERS,
    NORMAL,
    EpochKey,
    PaperFields,
    PaperUnreadable,
    fingerprint,
    invoice,
    likenesses,
    normalised,
)

TABLE_SIZE = 168
KEY = bytes(range(32))
NEXT_KEY = bytes(range(32, 64))
E_INVOICE = PaperFields(
    "INVOICE", "26312000000000000018", "91310000MA00000001", "2026-03-10", "CNY", 60_000_000
)
PAPER = replace(E_INVOICE, number="HD-00123456/7")
VECTORS = json.loads((Path(__file__).parent / "vectors" / "fingerprints.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["case"])
def test_the_fingerprints_are_those_of_the_vectors(vector: dict[str, object]) -> None:
    fields = vector["paper"]
    assert isinstance(fields, dict)
    paper = PaperFields(**fields)

    assert fingerprint(KEY, paper) == vector["fingerprint"]
    assert list(likenesses(KEY, paper)) == vector["likenesses"]


@pytest.mark.attack(32)
@pytest.mark.parametrize(
    "typed",
    [
        "26312000000000000018 ",
        "2631 2000 0000 0000 0018",
        "2631-2000-0000-0000-0018",
        "".join(chr(ord(digit) + 0xFEE0) for digit in E_INVOICE.number),
        E_INVOICE.number.replace("2", "２"),
        "　26312000000000000018",
        "26312000000000000018\t",
    ],
)
def test_an_e_invoice_is_one_paper_however_its_number_is_typed(typed: str) -> None:
    assert fingerprint(KEY, replace(E_INVOICE, number=typed)) == fingerprint(KEY, E_INVOICE)


@pytest.mark.attack(32)
@pytest.mark.parametrize(
    "typed", ["hd-00123456/7", "ＨＤ００１２３４５６７", "Hd 0012 3456.7", "HD（00123456）７"]
)
def test_another_paper_is_one_paper_however_its_number_is_typed(typed: str) -> None:
    assert fingerprint(KEY, replace(PAPER, number=typed)) == fingerprint(KEY, PAPER)


@pytest.mark.attack(32)
@pytest.mark.parametrize(
    "typed",
    [
        "2631200000000000001٨",
        "𝟐6312000000000000018",
        "263120000000000000\u200b18",
        "发票18",
        "①8",
        "Ⅷ",
        "１８\u0301",
    ],
)
def test_a_character_outside_the_table_is_refused_and_never_dropped(typed: str) -> None:
    with pytest.raises(PaperUnreadable) as refused:
        fingerprint(KEY, replace(E_INVOICE, number=typed))

    assert refused.value.field == "number"


def test_the_table_is_frozen_and_leads_only_to_capitals_and_digits() -> None:
    assert len(NORMAL) == TABLE_SIZE
    assert {value for value in NORMAL.values() if value} == set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
    assert all(ord(key) < 0x3016 or 0xFF00 < ord(key) < 0xFF5F for key in NORMAL)


@given(st.text(alphabet=sorted(NORMAL), max_size=FIELD_CHARACTERS))
def test_normalising_twice_is_normalising_once(text: str) -> None:
    try:
        once = normalised("number", text)
    except PaperUnreadable:
        assert all(NORMAL[character] == "" for character in text)
        return
    assert normalised("number", once) == once


def test_an_e_invoice_is_known_by_its_number_alone() -> None:
    other = PaperFields("INVOICE", E_INVOICE.number, "91310000MA00000002", "2026-03-11", "USD", 1)

    assert fingerprint(KEY, other) == fingerprint(KEY, E_INVOICE)


@pytest.mark.parametrize(
    "changed",
    [
        {"number": "HD-00123456/8"},
        {"seller": "91310000MA00000002"},
        {"date": "2026-03-11"},
        {"currency": "USD"},
        {"total": 60_000_001},
        {"kind": "DELIVERY"},
    ],
)
def test_another_field_makes_another_paper(changed: dict[str, object]) -> None:
    assert fingerprint(KEY, replace(PAPER, **changed)) != fingerprint(KEY, PAPER)  # type: ignore[arg-type]  # fields of several types


def test_a_delivery_note_of_twenty_digits_is_no_e_invoice() -> None:
    note = replace(E_INVOICE, kind="DELIVERY")

    assert fingerprint(KEY, note) != fingerprint(KEY, E_INVOICE)
    assert fingerprint(KEY, replace(note, total=1)) != fingerprint(KEY, note)


def test_zeros_in_front_that_a_spreadsheet_loses_do_not_count() -> None:
    assert fingerprint(KEY, replace(PAPER, number="00123456")) == fingerprint(
        KEY, replace(PAPER, number="123456")
    )
    assert fingerprint(KEY, replace(PAPER, number="000")) == fingerprint(KEY, replace(PAPER, number="0"))


def test_another_key_makes_other_fingerprints() -> None:
    assert fingerprint(NEXT_KEY, PAPER) != fingerprint(KEY, PAPER)
    assert not set(likenesses(NEXT_KEY, PAPER)) & set(likenesses(KEY, PAPER))


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"seller": "91310000MA00000002"}, 0),
        ({"number": "HD-00123456/8"}, 1),
        ({"date": "2026-03-11"}, 2),
        ({"currency": "USD"}, 3),
        ({"total": 60_000_001}, 4),
    ],
)
def test_two_papers_that_differ_in_one_field_share_one_likeness(
    changed: dict[str, object], place: int
) -> None:
    own = likenesses(KEY, PAPER)
    other = likenesses(KEY, replace(PAPER, **changed))  # type: ignore[arg-type]  # fields of several types

    assert [left == right for left, right in zip(own, other, strict=True)] == [n == place for n in range(5)]


def test_a_misread_letter_is_like_the_paper_in_everything() -> None:
    misread = replace(PAPER, number="HD-OO123456/7")

    assert fingerprint(KEY, misread) != fingerprint(KEY, PAPER)
    assert likenesses(KEY, misread) == likenesses(KEY, PAPER)
    assert likenesses(KEY, replace(PAPER, number="O12")) == likenesses(KEY, replace(PAPER, number="012"))


def test_two_papers_that_differ_in_two_fields_are_not_alike() -> None:
    other = replace(PAPER, date="2026-03-11", total=1)

    assert not set(likenesses(KEY, other)) & set(likenesses(KEY, PAPER))


def test_a_paper_is_named_under_every_living_key_the_newest_last() -> None:
    made = invoice([EpochKey(1, KEY), EpochKey(2, NEXT_KEY)], PAPER)

    assert made.fingerprint == fingerprint(NEXT_KEY, PAPER)
    assert made.earlier == (fingerprint(KEY, PAPER),)
    assert made.near == likenesses(KEY, PAPER) + likenesses(NEXT_KEY, PAPER)
    example = PRESENT.example
    args = Present(
        example.reference,
        example.issuer,
        example.presenter,
        example.kind,
        example.amount,
        example.due_day,
        2,
        (made,),
    )
    assert codec.decode(Present, codec.encode(args)) == args


@pytest.mark.parametrize("count", [0, 5])
def test_no_key_and_too_many_keys_are_refused(count: int) -> None:
    with pytest.raises(ValueError, match="one to 4 keys"):
        invoice([EpochKey(n, KEY) for n in range(count)], PAPER)


def test_a_key_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        fingerprint(KEY[:31], PAPER)
    with pytest.raises(ValueError, match="32 bytes"):
        likenesses(KEY + b"0", PAPER)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("number", ""),
        ("number", " - "),
        ("number", "1" * 65),
        ("seller", "?"),
        ("date", "2026-3-10"),
        ("date", "２０２６-03-10"),
        ("currency", ""),
        ("total", 0),
    ],
)
def test_a_field_that_cannot_be_used_is_named(field: str, value: object) -> None:
    with pytest.raises(PaperUnreadable) as refused:
        invoice([EpochKey(1, KEY)], replace(PAPER, **{field: value}))  # type: ignore[arg-type]  # fields of several types

    assert refused.value.field == field
