from datetime import date

import pytest
import stdnum.cn.uscc
import stdnum.iso7064.mod_97_10
import stdnum.lei
from hypothesis import given
from hypothesis import strategies as st

from tallychain.instruments.numbers import (
    MAX_SERIAL,
    CheckDigitWrong,
    NumberMalformed,
    VoucherNumber,
    check_lei,
    check_uscc,
    mod_97_check_digits,
    parse_voucher_number,
    uscc_check_digit,
)

USCC_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
USCC_BODIES = st.builds(
    "".join,
    st.tuples(
        st.text("0123456789", min_size=8, max_size=8), st.text(USCC_CHARACTERS, min_size=9, max_size=9)
    ),
)
SERIALS = st.integers(1, MAX_SERIAL)


def test_a_voucher_number_has_26_characters_and_says_alliance_day_and_serial() -> None:
    number = VoucherNumber("TALY", date(2026, 3, 16), 1)
    text = str(number)
    assert text[:24] == "EVTALY202603160000000001"
    assert len(text) == 26
    assert stdnum.iso7064.mod_97_10.is_valid(text)
    assert parse_voucher_number(text) == number


@given(st.text(CAPITALS, min_size=4, max_size=4), st.dates(), SERIALS)
def test_every_voucher_number_reads_back_as_it_was_made(alliance: str, day: date, serial: int) -> None:
    number = VoucherNumber(alliance, day, serial)
    assert parse_voucher_number(str(number)) == number
    assert stdnum.iso7064.mod_97_10.is_valid(str(number))


@given(SERIALS, st.integers(14, 25), st.integers(1, 9))
def test_one_wrong_digit_of_a_voucher_number_is_found(serial: int, place: int, off: int) -> None:
    text = str(VoucherNumber("TALY", date(2026, 3, 16), serial))
    wrong = text[:place] + str((int(text[place]) + off) % 10) + text[place + 1 :]
    with pytest.raises(CheckDigitWrong, match="check digits of the voucher number"):
        parse_voucher_number(wrong)


def test_the_largest_serial_has_ten_digits() -> None:
    assert str(VoucherNumber("TALY", date(2026, 3, 16), 9_999_999_999))[14:24] == "9999999999"
    with pytest.raises(NumberMalformed):
        VoucherNumber("TALY", date(2026, 3, 16), 10_000_000_000)


def test_check_digits_that_only_satisfy_the_congruence_are_refused() -> None:
    serial = next(n for n in range(1, 500) if str(VoucherNumber("TALY", date(2026, 3, 16), n)).endswith("98"))
    text = str(VoucherNumber("TALY", date(2026, 3, 16), serial))
    assert stdnum.iso7064.mod_97_10.is_valid(text[:24] + "01")
    with pytest.raises(CheckDigitWrong):
        parse_voucher_number(text[:24] + "01")


@pytest.mark.parametrize(
    "text", ["", "EV", "evTALY20260316000000000112", "EVTALY2026031600000000011", "票" * 26]
)
def test_another_form_is_no_voucher_number(text: str) -> None:
    with pytest.raises(NumberMalformed, match="EV and 24"):
        parse_voucher_number(text)


def test_a_voucher_number_of_an_impossible_day_is_refused() -> None:
    body = "EVTALY202602300000000001"
    with pytest.raises(NumberMalformed, match="names no day"):
        parse_voucher_number(body + mod_97_check_digits(body))


@pytest.mark.parametrize(
    ("alliance", "serial"), [("TAL", 1), ("taly", 1), ("TALYX", 1), ("TALY", 0), ("TALY", MAX_SERIAL + 1)]
)
def test_what_does_not_fit_into_a_voucher_number_is_refused(alliance: str, serial: int) -> None:
    with pytest.raises(NumberMalformed):
        VoucherNumber(alliance, date(2026, 3, 16), serial)


@pytest.mark.parametrize("body", ["", "a", "A" * 61, "A-1"])
def test_check_digits_are_for_capital_letters_and_digits_only(body: str) -> None:
    with pytest.raises(NumberMalformed):
        mod_97_check_digits(body)


@given(USCC_BODIES)
def test_credit_codes_agree_with_an_independent_library(body: str) -> None:
    code = body + uscc_check_digit(body)
    assert stdnum.cn.uscc.is_valid(code)
    check_uscc(code)


@given(USCC_BODIES, st.sampled_from(USCC_CHARACTERS))
def test_a_wrong_check_digit_of_a_credit_code_is_found(body: str, last: str) -> None:
    if last == uscc_check_digit(body):
        check_uscc(body + last)
    else:
        assert not stdnum.cn.uscc.is_valid(body + last)
        with pytest.raises(CheckDigitWrong, match="check digit of the unified social credit code"):
            check_uscc(body + last)


@pytest.mark.parametrize(
    "text",
    ["", "91110000600037341", "91110000600037341l", "9111000060003734I1", "91A10000600037341L", "９" * 18],
)
def test_another_form_is_no_credit_code(text: str) -> None:
    with pytest.raises(NumberMalformed):
        check_uscc(text)


def test_a_check_digit_needs_17_characters() -> None:
    with pytest.raises(NumberMalformed):
        uscc_check_digit("9111")


@given(st.text(CAPITALS, min_size=18, max_size=18))
def test_entity_identifiers_agree_with_an_independent_library(body: str) -> None:
    identifier = body + mod_97_check_digits(body)
    assert stdnum.lei.is_valid(identifier)
    check_lei(identifier)


def test_a_wrong_entity_identifier_is_refused() -> None:
    body = "213800KUD8LAJWSQ9D"
    check_lei(body + "15")
    with pytest.raises(CheckDigitWrong, match="legal entity identifier"):
        check_lei(body + "16")
    with pytest.raises(NumberMalformed):
        check_lei(body)
