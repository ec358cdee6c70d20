"""One value has one byte string; everything else is refused with a code."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallychain.ledger import codec, limits, text
from tallychain.ledger.codec import Malformed
from tallychain.ledger.operation import Body, Signature
from tallychain.ledger.types import Amount, PublicText


class Plain(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    amount: Amount
    note: PublicText


class Nested(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    items: tuple[Plain, ...]
    names: dict[str, int]


GOOD = b'{"amount":5,"note":"fair"}'


def refused(data: bytes, kind: type = Plain) -> str:
    with pytest.raises(Malformed) as caught:
        codec.decode(kind, data)
    assert str(caught.value) == f"{caught.value.code}: {caught.value.detail}"
    return caught.value.code


def test_a_canonical_text_is_read_and_written_alike() -> None:
    value = codec.decode(Plain, GOOD)

    assert value == Plain(5, "fair")
    assert codec.encode(value) == GOOD
    assert codec.trusted(Plain, b'{ "amount": 5, "note": "fair" }') == value


@pytest.mark.parametrize(
    "data",
    [
        b'{"amount":5, "note":"fair"}',
        b' {"amount":5,"note":"fair"}',
        b'{"amount":5,"note":"fair"}\n',
        b'{"note":"fair","amount":5}',
        b'{"amount":4,"amount":5,"note":"fair"}',
        b'{"amount":5,"note":"f\\u0061ir"}',
        b'{"amount":5,"note":"a\\/b"}',
        b'{"amount":5,"note":"\\u4e2d"}',
    ],
    ids=["space", "before", "after", "order", "twice", "escape", "slash", "escaped chinese"],
)
def test_another_spelling_of_the_same_value_is_refused(data: bytes) -> None:
    assert refused(data) == "NOT_CANONICAL"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b'{"amount":5}',
        b'{"amount":5,"note":"fair","more":1}',
        b'{"amount":5.5,"note":"fair"}',
        b'{"amount":"5","note":"fair"}',
        b'{"amount":null,"note":"fair"}',
        b'{"amount":true,"note":"fair"}',
        b'{"amount":0,"note":"fair"}',
        b'{"amount":-1,"note":"fair"}',
        b'{"amount":9007199254740992,"note":"fair"}',
        b'{"amount":18446744073709551616,"note":"fair"}',
        b'{"amount":' + b"9" * 5_000 + b',"note":"fair"}',
        b'{"amount":1e400,"note":"fair"}',
        b'{"amount":5,"note":""}',
        b'{"amount":5,"note":"\xff"}',
        b'{"amount":5,"note":"\xed\xa0\x80"}',
        GOOD + GOOD,
    ],
)
def test_a_text_of_another_type_is_refused(data: bytes) -> None:
    assert refused(data) == "NOT_VALID"


def test_a_whole_number_written_as_a_float_is_refused() -> None:
    assert refused(b'{"amount":5.0,"note":"fair"}') in {"NOT_VALID", "NOT_CANONICAL"}


def test_the_largest_amount_is_taken_and_one_more_is_refused() -> None:
    assert codec.decode(Plain, b'{"amount":9007199254740991,"note":"x"}').amount == limits.AMOUNT
    assert refused(b'{"amount":9007199254740992,"note":"x"}') == "NOT_VALID"


@pytest.mark.parametrize("characters", ["a", "中"])
def test_a_text_has_at_most_its_code_points(characters: str) -> None:
    for length, code in ((199, ""), (200, ""), (201, "NOT_VALID")):
        data = codec.encode(Plain(1, characters * length))
        if code:
            assert refused(data) == code
        else:
            assert codec.decode(Plain, data).note == characters * length


@pytest.mark.parametrize(
    ("value", "readable"),
    [
        (Plain(5, "fair"), True),
        (Plain(limits.AMOUNT, "a" * limits.TEXT_CODE_POINTS), True),
        (Nested((Plain(5, "fair"),), {"a": 1}), True),
        (Plain(0, "fair"), False),
        (Plain(limits.AMOUNT + 1, "fair"), False),
        (Plain(2**70, "fair"), False),
        (Plain(5, ""), False),
        (Plain(5, "a" * (limits.TEXT_CODE_POINTS + 1)), False),
        (Plain(5, "\ud800"), False),
        (Plain(None, "fair"), False),  # type: ignore[arg-type]  # what a checker would have found
        (Nested((Plain(5, "fair"), Plain(0, "fair")), {}), False),
    ],
)
def test_a_value_made_by_code_is_known_to_be_one_that_its_type_reads(
    value: msgspec.Struct, readable: bool
) -> None:
    assert codec.can_be_read(value) == readable


def test_deep_nesting_is_refused_without_harm() -> None:
    assert refused(b"[" * 100_000) == "NOT_VALID"
    assert refused(b'{"items":' + b"[" * 50_000, Nested) == "NOT_VALID"


@given(st.lists(st.tuples(st.integers(1, limits.AMOUNT), st.text(min_size=1, max_size=9))))
def test_any_value_comes_back_from_its_text(pairs: list[tuple[int, str]]) -> None:
    value = Nested(tuple(Plain(amount, note) for amount, note in pairs), {"a": 1})

    assert codec.decode(Nested, codec.encode(value)) == value


@given(st.binary(max_size=80))
def test_no_bytes_do_harm(data: bytes) -> None:
    for kind in (Plain, Body, Nested):
        with pytest.raises(Malformed):
            codec.decode(kind, data)
    with pytest.raises(Malformed):
        codec.decode_frame(Signature, b"\xc1" + data)


# -- frames --------------------------------------------------------------------------------------------------


def test_a_frame_is_taken_in_its_shortest_form_only() -> None:
    signature = Signature("maker", "ed25519:" + "ab" * 32, b"s" * 64)
    data = codec.encode_frame(signature)

    assert codec.decode_frame(Signature, data) == signature
    longer = data.replace(b"\xc4\x40" + b"s" * 64, b"\xc5\x00\x40" + b"s" * 64)
    for wrong, code in ((longer, "NOT_CANONICAL"), (data[:-1], "NOT_VALID"), (data + b"\x00", "NOT_VALID")):
        with pytest.raises(Malformed) as caught:
            codec.decode_frame(Signature, wrong)
        assert caught.value.code == code


# -- characters ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "note", ["plain ASCII ~", "中文（全角）！", "“quoted”—…", "Ærø ÿ", 'a "b" \\c', "㐀鿿"]
)
def test_allowed_characters_pass(note: str) -> None:
    codec.check_texts(codec.encode(Plain(1, note)))


@pytest.mark.attack(32)
@pytest.mark.parametrize(
    "note",
    [
        "×",
        "÷",
        "\x7f",
        "\u00a0",
        "\u200b",
        "\u202e",
        "\u2013",
        "\u3000",
        "\ufeff",
        "\u0301",
        "😀",
        "\ue000",
        "\n",
        "\t",
        "\x00",
    ],
)
def test_any_other_character_is_refused(note: str) -> None:
    with pytest.raises(Malformed) as caught:
        codec.check_texts(codec.encode(Plain(1, "a" + note)))

    assert caught.value.code == "CHARACTER_NOT_ALLOWED"


def test_an_escape_after_allowed_escapes_is_found() -> None:
    with pytest.raises(Malformed) as caught:
        codec.check_texts(b'{"a":"\\\\\\"\\n"}')

    assert caught.value.detail == "the character at position 11 is not allowed"


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(Malformed) as caught:
        codec.check_texts(b'{"a":"\xff"}')

    assert caught.value.code == "NOT_VALID"


@pytest.mark.attack(32)
def test_the_table_of_characters_has_exactly_its_ranges() -> None:
    allowed = [point for point in range(0x110000) if text.is_allowed(point)]

    assert len(allowed) == 95 + 23 + 31 + 8 + 1 + 6 + 1 + 17 + 6_592 + 20_992 + 94
    assert (allowed[0], allowed[-1]) == (0x20, 0xFF5E)
    for edge in (0x4DBF, 0x4E00, 0x9FFF, 0x3011, 0x2018, 0x201D, 0xFF01):
        assert text.is_allowed(edge)
    for outside in (0x1F, 0x7F, 0xD7, 0xF7, 0x2017, 0x201E, 0x3012, 0x4DC0, 0xA000, 0xFF5F, 0xFF00):
        assert not text.is_allowed(outside)
