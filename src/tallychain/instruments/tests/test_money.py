import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallychain.instruments.money import (
    EXPONENTS,
    MAX_FEN,
    PPM_WHOLE,
    AmountUnreadable,
    CurrencyUnknown,
    Fen,
    Ppm,
    Units,
    exponent,
    format_amount,
    parse_amount,
)


class Amounts(msgspec.Struct, frozen=True):
    amount: Fen
    units: Units
    rate: Ppm


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (100_000_000, "CNY", "1,000,000.00"),
        (12_500_001, "CNY", "125,000.01"),
        (5, "CNY", "0.05"),
        (0, "CNY", "0.00"),
        (1234, "JPY", "1,234"),
        (1_234_567, "BHD", "1,234.567"),
    ],
)
def test_an_amount_is_shown_as_people_write_it_and_read_back(minor: int, currency: str, text: str) -> None:
    assert format_amount(minor, currency) == text
    assert parse_amount(text, currency) == minor


def test_a_negative_difference_is_shown_with_a_minus() -> None:
    assert format_amount(-12_500_001) == "-125,000.01"
    assert format_amount(-7, "JPY") == "-7"


@pytest.mark.parametrize(
    ("text", "minor"), [("600000", 60_000_000), ("600000.5", 60_000_050), ("1,000", 100_000), ("0", 0)]
)
def test_shorter_forms_are_read_exactly(text: str, minor: int) -> None:
    assert parse_amount(text) == minor


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is not an amount"),
        ("1,00,000.00", "is not an amount"),
        ("1000,000.00", "is not an amount"),
        ("007", "is not an amount"),
        ("1.", "is not an amount"),
        (".5", "is not an amount"),
        ("+1", "is not an amount"),
        (" 1", "is not an amount"),
        ("1e3", "is not an amount"),
        ("１.00", "is not an amount"),
        ("٣", "is not an amount"),
        ("1.00\n", "is not an amount"),
        ("NaN", "is not an amount"),
        ("-1.00", "is negative"),
        ("1.001", "has more than 2 decimals"),
        ("9" * 33, "at most 32 characters"),
        ("1000000000000000.01", "is larger than 1,000,000,000,000,000.00"),
    ],
)
def test_a_text_that_would_need_guessing_is_refused_with_a_sentence(text: str, says: str) -> None:
    with pytest.raises(AmountUnreadable, match=says):
        parse_amount(text)


def test_a_currency_outside_of_the_table_is_refused() -> None:
    assert exponent("JPY") == 0
    with pytest.raises(CurrencyUnknown, match="'XXX' is not known") as refused:
        parse_amount("1.00", "XXX")
    assert refused.value.currency == "XXX"


def test_the_table_of_currencies_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        EXPONENTS["CNY"] = 3  # type: ignore[index]  # the type checker says what the test shows


@given(st.integers(-MAX_FEN, MAX_FEN), st.sampled_from(sorted(EXPONENTS)))
def test_every_amount_survives_writing_and_reading(minor: int, currency: str) -> None:
    text = format_amount(minor, currency)
    if minor < 0:
        with pytest.raises(AmountUnreadable):
            parse_amount(text, currency)
    else:
        assert parse_amount(text, currency) == minor


@given(st.text(max_size=40))
def test_any_text_is_either_an_amount_or_refused(text: str) -> None:
    try:
        minor = parse_amount(text)
    except AmountUnreadable:
        return
    assert format_amount(minor).replace(",", "").startswith(text.replace(",", "").split(".")[0])


@pytest.mark.parametrize(
    "body",
    [
        b'{"amount":-1,"units":1,"rate":0}',
        b'{"amount":100000000000000001,"units":1,"rate":0}',
        b'{"amount":1,"units":0,"rate":0}',
        b'{"amount":1,"units":1000000000000,"rate":0}',
        b'{"amount":1,"units":1,"rate":10000001}',
        b'{"amount":1.5,"units":1,"rate":1}',
    ],
)
def test_the_bounds_of_quantities_hold_wherever_a_message_is_decoded(body: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(body, type=Amounts)


def test_the_bounds_themselves_are_allowed() -> None:
    for sound in (
        b'{"amount":0,"units":1,"rate":0}',
        b'{"amount":100000000000000000,"units":999999999999,"rate":10000000}',
    ):
        assert msgspec.json.encode(msgspec.json.decode(sound, type=Amounts)) == sound
    assert PPM_WHOLE == 1_000_000


def test_each_currency_has_the_decimals_of_the_standard() -> None:
    assert dict(EXPONENTS) == {"BHD": 3, "CNY": 2, "EUR": 2, "HKD": 2, "JPY": 0, "USD": 2}


def test_a_text_of_32_characters_is_looked_at_and_a_longer_one_is_not() -> None:
    assert parse_amount("1,000,000,000,000,000.00") == MAX_FEN
    with pytest.raises(AmountUnreadable, match="is not an amount"):
        parse_amount("x" * 32)
    with pytest.raises(AmountUnreadable, match="at most 32 characters"):
        parse_amount("1" * 33)
