"""Whatever ends without a receipt is said in a sentence."""

import ast
import inspect
from types import ModuleType

import pytest

from tallychain.catalogue import CATALOGUE
from tallychain.gateway.notices import NOTICES
from tallychain.gateway.sentences import Sentences, legible
from tallychain.ledger import admission, execution


def raised_codes(module: ModuleType) -> set[str]:
    """The codes of every `TurnedAway` and `Inadmissible` that a module raises."""
    found = set()
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in ("TurnedAway", "Inadmissible")
        ):
            code = node.args[0]
            found.add(str(code.value) if isinstance(code, ast.Constant) else vars(module)[ast.unparse(code)])
    return found


@pytest.mark.parametrize("module", [admission, execution])
def test_every_code_that_is_raised_has_its_sentence(module: ModuleType) -> None:
    raised = raised_codes(module)

    assert len(raised) >= 8
    assert raised - set(NOTICES) == set()


def test_the_sentences_are_of_both_languages_and_no_two_alike() -> None:
    for sentence in NOTICES.values():
        assert sentence[0].endswith(".")
        assert sentence[1].endswith("。")
    assert len(set(NOTICES.values())) == len(NOTICES)


def test_an_end_is_said_with_and_without_the_gateways_mark_and_a_later_code_by_itself() -> None:
    sentences = Sentences(CATALOGUE)

    assert sentences.of_end("KEY_REVOKED") == NOTICES["KEY_REVOKED"]
    assert sentences.of_end("GATEWAY_BOX_MISSING") == NOTICES["BOX_MISSING"]
    assert sentences.of_end("FROM_THE_FUTURE") == ("FROM_THE_FUTURE", "FROM_THE_FUTURE")
    assert sentences.of_end("") == ("", "")


def test_a_refusal_says_instants_as_local_date_and_time_and_the_rest_as_it_is() -> None:
    fields: dict[str, str | int] = {
        "booked_ms": 1_789_345_800_000,
        "until_ms": 0,
        "amount": 1_789_345_800_000,
        "issuer": "core-a",
    }

    assert legible(fields) == {
        "booked_ms": "2026-09-14 08:30:00",
        "until_ms": "1970-01-01 08:00:00",
        "amount": 1_789_345_800_000,
        "issuer": "core-a",
    }
