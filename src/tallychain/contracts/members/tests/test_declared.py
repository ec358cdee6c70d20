"""The declaration is complete: every operation has texts in both languages, an example, and its refusals in one order."""

import json
from pathlib import Path

import msgspec
import pytest

from tallychain.contracts.members import CONTRACT, api, refusals
from tallychain.ledger import codec
from tallychain.ledger.contract import AnyOperation
from tallychain.ledger.refusals import Refused

VECTORS = Path(__file__).parent / "vectors" / "examples.json"
NAMES = [kind.name for kind in CONTRACT.operations]


def operation(name: str) -> AnyOperation:
    return next(kind for kind in CONTRACT.operations if kind.name == name)


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_a_valid_text_that_never_changes(name: str) -> None:
    known: dict[str, str] = json.loads(VECTORS.read_text(encoding="utf-8"))
    kind = operation(name)
    text = codec.encode(kind.example)

    codec.check_texts(text)
    assert codec.decode(kind.args, text) == kind.example
    assert text.decode() == known[name]


@pytest.mark.parametrize("name", NAMES)
def test_every_field_has_a_title_in_both_languages(name: str) -> None:
    for field in msgspec.inspect.type_info(operation(name).args).fields:  # type: ignore[attr-defined]  # arguments are structs
        assert isinstance(field.type, msgspec.inspect.Metadata)
        assert field.type.extra_json_schema is not None
        assert field.type.extra_json_schema["title"]
        assert field.type.extra is not None
        assert field.type.extra["zh"]


@pytest.mark.parametrize("name", NAMES)
def test_texts_stand_in_both_languages(name: str) -> None:
    kind = operation(name)

    for words in (kind.title, kind.summary):
        assert words.en
        assert not words.zh.isascii()


def test_refusals_of_an_operation_are_declared_once() -> None:
    declared = {value for value in vars(refusals).values() if isinstance(value, type)}
    declared = {value for value in declared if issubclass(value, Refused) and value is not Refused}

    listed = [refusal for kind in CONTRACT.operations for refusal in kind.refusals]

    assert set(listed) | set(api.VOTE_REFUSALS) == declared
    for kind in CONTRACT.operations:
        assert len(set(kind.refusals)) == len(kind.refusals)


def test_what_a_quarantine_closes_is_the_member_concerned() -> None:
    for name in ("member.suspend", "member.restore"):
        kind = operation(name)
        assert kind.primary is not None
        assert kind.primary(kind.example) == "factor-a"
