"""JSON from outside has one meaning or none."""

import contextlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from tallychain.gateway.problems import Problem
from tallychain.gateway.strictjson import DEPTH, hidden, parse, read


class Sample(Struct, forbid_unknown_fields=True):
    amount: int
    name: str = ""


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"", "GATEWAY_JSON_MALFORMED"),
        (b"{", "GATEWAY_JSON_MALFORMED"),
        (b'{"amount":1}x', "GATEWAY_JSON_MALFORMED"),
        (b'{"name":"\xff"}', "GATEWAY_JSON_MALFORMED"),
        (b'{"amount":1,"amount":2}', "GATEWAY_JSON_DUPLICATE_KEY"),
        (b'{"name":{"a":1,"a":1}}', "GATEWAY_JSON_DUPLICATE_KEY"),
        (b'{"amount":1.0}', "GATEWAY_JSON_FLOAT"),
        (b'{"amount":1e3}', "GATEWAY_JSON_FLOAT"),
        (b'{"amount":NaN}', "GATEWAY_JSON_FLOAT"),
        (b'{"amount":-Infinity}', "GATEWAY_JSON_FLOAT"),
        (b'{"amount":' + b"9" * 20 + b"}", "GATEWAY_JSON_NUMBER_TOO_LARGE"),
        (b'{"amount":' + b"9" * 100_000 + b"}", "GATEWAY_JSON_NUMBER_TOO_LARGE"),
        (b"[" * (DEPTH + 1) + b"]" * (DEPTH + 1), "GATEWAY_JSON_TOO_DEEP"),
        (b"[" * 1_000_000, "GATEWAY_JSON_TOO_DEEP"),
        (b'{"amount":true}', "GATEWAY_FIELD_NOT_VALID"),
        (b'{"amount":"1"}', "GATEWAY_FIELD_NOT_VALID"),
        (b'{"amount":null}', "GATEWAY_FIELD_NOT_VALID"),
        (b'{"amount":1,"other":1}', "GATEWAY_FIELD_NOT_VALID"),
        (b"[]", "GATEWAY_FIELD_NOT_VALID"),
    ],
)
def test_a_text_with_two_meanings_or_none_is_refused(text: bytes, code: str) -> None:
    with pytest.raises(Problem) as caught:
        read(Sample, text)
    assert caught.value.code == code
    assert caught.value.status == 400


def test_nesting_up_to_the_bound_is_read_and_brackets_in_strings_do_not_count() -> None:
    assert parse(b"[" * DEPTH + b"]" * DEPTH)
    assert parse(b'["' + b"[" * 100 + b'\\"' + b"{" * 100 + b'"]') == ["[" * 100 + '"' + "{" * 100]


_SEEN = st.text().filter(lambda text: not hidden(text))
_PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | _SEEN,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_SEEN, inner, max_size=3),
    max_leaves=10,
)


@given(_PLAIN)
def test_every_plain_value_is_read_as_it_was_written(value: object) -> None:
    assert parse(msgspec.json.encode(value)) == value


@pytest.mark.parametrize(
    "letter", ["\0", "\n", "\x1b", "\x85", "\u200b", "\u200f", "\u202e", "\u2066", "\ufeff", "\ufffe"]
)
def test_a_character_that_nobody_would_see_is_refused_wherever_it_stands(letter: str) -> None:
    for text in (f'["a{letter}b"]', f'{{"a{letter}":1}}', f'{{"a":{{"b":["{letter}"]}}}}'):
        for written in (text, text.replace(letter, f"\\u{ord(letter):04x}")):
            with pytest.raises(Problem) as caught:
                parse(written.encode())
            assert caught.value.code in ("GATEWAY_CHARACTER_NOT_ALLOWED", "GATEWAY_JSON_MALFORMED")
    with pytest.raises(Problem) as caught:
        parse(b'["\\ud800"]')
    assert caught.value.code == "GATEWAY_CHARACTER_NOT_ALLOWED"


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused_with_a_code(data: bytes) -> None:
    with contextlib.suppress(Problem):
        parse(data)
