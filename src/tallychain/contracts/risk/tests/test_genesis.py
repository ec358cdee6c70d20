"""Ceilings with which a chain begins."""

import msgspec
import pytest

from tallychain.contracts.risk import CONTRACT
from tallychain.contracts.risk.events import CeilingGranted
from tallychain.contracts.risk.genesis import GenesisCeiling, founded
from tallychain.contracts.risk.rules.usage import granted
from tallychain.contracts.risk.tests.desk import Desk, at
from tallychain.ledger import codec
from tallychain.ledger.genesis import GenesisRefused

GOOD = GenesisCeiling("ce-a", "bank-a", 500, "2026-03-16", "2026-12-31")


def section(*rows: GenesisCeiling) -> msgspec.Raw:
    return msgspec.Raw(codec.encode(rows))


def test_a_ceiling_of_the_document_is_in_force_until_the_end_of_its_last_day() -> None:
    desk = Desk()
    change = desk.adopt(founded(section(GOOD, GOOD)))

    assert [type(event) for event in change.events] == [CeilingGranted, CeilingGranted]
    assert granted(desk.state, "ce-a", desk.now) == 1_000
    desk.now_ms = at("2027-01-01", 0)
    assert granted(desk.state, "ce-a", desk.now) == 0
    assert CONTRACT.genesis is founded


def test_a_ceiling_of_somebody_who_is_no_member_counts_nothing() -> None:
    desk = Desk()
    desk.adopt(founded(section(msgspec.structs.replace(GOOD, bank="bank-z"))))

    assert granted(desk.state, "ce-a", desk.now) == 0


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"bank": "ce-a"}, "cannot be"),
        ({"valid_from": "2027-01-01"}, "cannot be"),
        ({"valid_until": "2026-02-30"}, "may not begin"),
    ],
)
def test_a_ceiling_that_cannot_be_is_named(changed: dict[str, str], words: str) -> None:
    wrong = msgspec.structs.replace(GOOD, **changed)

    with pytest.raises(GenesisRefused, match=words):
        founded(section(wrong))


def test_a_section_that_is_not_readable_is_refused() -> None:
    with pytest.raises(GenesisRefused, match="not valid"):
        founded(msgspec.Raw(b'[{"issuer":1}]'))
