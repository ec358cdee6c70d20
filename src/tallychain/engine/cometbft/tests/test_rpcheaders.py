"""What the engine's RPC says of a height gives the very bytes that the engine hashes and signs."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallychain.engine.cometbft.rpcheaders import AnswerMalformed, signed_header, validator_set
from tallychain.sdk import tests as sdk_tests
from tallychain.sdk.verify.headers import decode_validators

ANSWERS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "rpc_answers.json").read_text())[
    "answers"
]
VECTORS = json.loads((Path(sdk_tests.__path__[0]) / "engine_vectors.json").read_text())
EACH = pytest.mark.parametrize("answer", ANSWERS, ids=lambda row: str(row["height"]))


@EACH
def test_header_and_votes_are_those_of_the_engine_byte_for_byte(answer: dict[str, Any]) -> None:
    stored = VECTORS["blocks"][answer["height"] - 1]
    header, commit = signed_header(answer["commit"])
    assert (header.hex(), commit.hex()) == (stored["header"], stored["commit"])


@EACH
def test_the_set_has_the_hash_that_the_header_names(answer: dict[str, Any]) -> None:
    stored = VECTORS["blocks"][answer["height"] - 1]
    assert decode_validators(validator_set([answer["validators"]])).hash.hex() == stored["set_hash"]


def test_pages_of_a_set_are_put_together() -> None:
    whole = ANSWERS[1]["validators"]
    pages = [{"validators": whole["validators"][:2]}, {"validators": whole["validators"][2:]}]
    assert validator_set(pages) == validator_set([whole])


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = [leaf for step, inner in steps for leaf in leaves(inner, (*path, step))]
    return found or [path]


@given(st.data())
def test_any_other_value_is_another_answer_or_a_refusal(data: st.DataObject) -> None:
    answer = deepcopy(ANSWERS[1]["commit"])
    path = data.draw(st.sampled_from([path for path in leaves(answer) if path[0] == "signed_header"]))
    place = answer
    for step in path[:-1]:
        place = place[step]
    before = place[path[-1]]
    place[path[-1]] = data.draw(
        st.sampled_from([None, "", "x", 7, -1, 2**70, [], {}, "00", "2026-13-01T00:00:00Z"])
    )
    try:
        made = signed_header(answer)
    except AnswerMalformed:
        return
    nothing = (None, "", 0, "00")
    assert (
        made != signed_header(ANSWERS[1]["commit"])
        or before in nothing
        or str(place[path[-1]]) == str(before)
    )


def test_a_set_with_another_kind_of_key_is_refused() -> None:
    answer = deepcopy(ANSWERS[1]["validators"])
    answer["validators"][0]["pub_key"]["type"] = "tendermint/PubKeySecp256k1"
    with pytest.raises(AnswerMalformed):
        validator_set([answer])
    with pytest.raises(AnswerMalformed):
        validator_set([{}])
