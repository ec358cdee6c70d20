"""The fingerprint keys with which a chain begins."""

import msgspec
import pytest

from tallychain.contracts.documents import CONTRACT, api
from tallychain.contracts.documents.api import (
    DocumentsSection,
    FoundingKeyEpoch,
    KeyEpoch,
    founding_section,
    key_epoch,
)
from tallychain.contracts.documents.genesis import founded
from tallychain.contracts.documents.state import NAMED
from tallychain.contracts.documents.tests.desk import Desk
from tallychain.ledger import codec
from tallychain.ledger.genesis import GenesisRefused
from tallychain.ledger.timeline import settled

FIRST, SECOND = "ab" * 32, "cd" * 32


def test_the_first_fingerprint_key_stands_on_record_by_its_commitment() -> None:
    desk = Desk()
    desk.adopt(founded(msgspec.Raw(codec.encode(founding_section(FIRST)))))

    assert key_epoch(desk.state, 1) == KeyEpoch(1, FIRST, 0, 0, 0, settled(NAMED))
    assert api.key_epoch(desk.state, 2) is None
    assert CONTRACT.genesis is founded


def test_several_epochs_count_from_one() -> None:
    good = DocumentsSection((FoundingKeyEpoch(1, FIRST), FoundingKeyEpoch(2, SECOND)))
    desk = Desk()
    desk.adopt(founded(msgspec.Raw(codec.encode(good))))
    assert key_epoch(desk.state, 2) == KeyEpoch(2, SECOND, 0, 0, 0, settled(NAMED))

    for wrong in (
        (FoundingKeyEpoch(2, FIRST),),
        (FoundingKeyEpoch(1, FIRST), FoundingKeyEpoch(1, SECOND)),
    ):
        with pytest.raises(GenesisRefused, match="count from 1"):
            founded(msgspec.Raw(codec.encode(DocumentsSection(wrong))))


def test_a_section_that_is_not_readable_is_refused() -> None:
    for wrong in (b'{"key_epochs":[{"epoch":0,"commitment":"' + b"ab" * 32 + b'"}]}', b"[]"):
        with pytest.raises(GenesisRefused, match="not valid"):
            founded(msgspec.Raw(wrong))
