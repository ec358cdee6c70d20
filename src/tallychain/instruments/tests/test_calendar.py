from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallychain.instruments.calendar import (
    Calendar,
    CalendarMalformed,
    CalendarNotPublished,
    CalendarYear,
    DateOutOfRange,
    DateUnreadable,
    add_months,
    format_date,
    instant_ms,
    local_day,
    parse_date,
)

VECTORS = Path(__file__).parent / "vectors"


class CalendarVector(msgspec.Struct, frozen=True):
    year: int
    holidays: tuple[date, ...]
    make_up_working_days: tuple[date, ...]


_VECTOR = msgspec.json.decode((VECTORS / "calendar-2026.json").read_bytes(), type=CalendarVector)
YEAR_2026 = CalendarYear(2026, _VECTOR.holidays, _VECTOR.make_up_working_days, 1)
# The fixture of scenario 12: 5 to 11 February 2027 are holidays, the 12th is worked.
YEAR_2027 = CalendarYear(2027, tuple(date(2027, 2, day) for day in (5, 8, 9, 10, 11)), (), 1)
ONLY_2026 = Calendar((YEAR_2026,))
BOTH = Calendar((YEAR_2026, YEAR_2027))


@pytest.mark.parametrize("day", _VECTOR.make_up_working_days)
def test_a_make_up_weekend_day_is_a_business_day(day: date) -> None:
    assert day.weekday() >= 5
    assert ONLY_2026.is_business_day(day)


@pytest.mark.parametrize("day", _VECTOR.holidays)
def test_a_holiday_is_no_business_day(day: date) -> None:
    assert day.weekday() < 5
    assert not ONLY_2026.is_business_day(day)


def test_2026_has_as_many_business_days_as_its_lists_say() -> None:
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    assert sum(map(ONLY_2026.is_business_day, days)) == 261 - len(_VECTOR.holidays) + 6


def test_scenario_9_a_maturity_in_the_national_day_week_moves_to_8_october() -> None:
    assert ONLY_2026.next_business_day_on_or_after(date(2026, 10, 4)) == date(2026, 10, 8)


def test_scenario_10_a_make_up_working_saturday_is_a_maturity() -> None:
    assert ONLY_2026.next_business_day_on_or_after(date(2026, 10, 10)) == date(2026, 10, 10)


def test_scenario_11_six_months_after_31_august_is_28_february() -> None:
    assert add_months(date(2026, 8, 31), 6) == date(2027, 2, 28)
    assert add_months(date(2026, 3, 16), 6) == date(2026, 9, 16)


def test_scenario_12_a_maturity_in_an_unpublished_year_has_no_answer_until_it_is_published() -> None:
    with pytest.raises(CalendarNotPublished, match="calendar of 2027 has not been published") as refused:
        ONLY_2026.next_business_day_on_or_after(date(2027, 2, 8))
    assert refused.value.year == 2027
    assert BOTH.next_business_day_on_or_after(date(2027, 2, 8)) == date(2027, 2, 12)


def test_an_answer_that_would_run_into_an_unpublished_year_is_refused() -> None:
    with pytest.raises(CalendarNotPublished, match="2025"):
        ONLY_2026.business_days_before(date(2026, 1, 5), 2)
    with pytest.raises(CalendarNotPublished, match="2027"):
        ONLY_2026.add_business_days(date(2026, 12, 31), 1)


def test_scenario_32_the_black_out_is_the_three_business_days_before_maturity() -> None:
    black_out = ONLY_2026.business_days_before(date(2026, 9, 14), 3)
    assert black_out == (date(2026, 9, 9), date(2026, 9, 10), date(2026, 9, 11))


def test_scenario_32_the_local_day_decides_and_not_the_day_in_utc() -> None:
    last_second = instant_ms(date(2026, 9, 8), 23, 59) + 59_000
    inside = instant_ms(date(2026, 9, 9)) + 3_000
    assert inside == 1_788_883_203_000  # 2026-09-08 16:00:03 UTC
    assert local_day(last_second) == date(2026, 9, 8)
    assert local_day(inside) == date(2026, 9, 9)


def test_scenario_24_the_third_business_day_after_maturity_is_17_september() -> None:
    assert ONLY_2026.add_business_days(date(2026, 9, 14), 3) == date(2026, 9, 17)
    assert instant_ms(date(2026, 9, 14), 17) == 1_789_376_400_000  # 09:00 UTC


def test_an_instant_is_counted_to_the_minute() -> None:
    assert instant_ms(date(1970, 1, 1), 8) == 0
    assert instant_ms(date(1970, 1, 1), 8, 1) == 60_000
    assert instant_ms(date(1970, 1, 2), 7, 59) == 86_340_000
    assert instant_ms(date(1970, 1, 1)) == -8 * 3_600_000


def test_business_days_are_counted_over_holidays_and_make_up_days() -> None:
    assert ONLY_2026.add_business_days(date(2026, 9, 30), 1) == date(2026, 10, 8)
    assert ONLY_2026.add_business_days(date(2026, 9, 30), 3) == date(2026, 10, 10)
    assert ONLY_2026.business_days_before(date(2026, 10, 12), 3)[0] == date(2026, 10, 8)
    assert ONLY_2026.add_business_days(date(2026, 10, 4), 0) == date(2026, 10, 4)
    assert ONLY_2026.business_days_before(date(2026, 10, 12), 0) == ()


@pytest.mark.parametrize("days", [-1, 401])
def test_a_count_of_business_days_out_of_bounds_is_refused(days: int) -> None:
    with pytest.raises(DateOutOfRange):
        ONLY_2026.add_business_days(date(2026, 5, 6), days)
    with pytest.raises(DateOutOfRange):
        ONLY_2026.business_days_before(date(2026, 5, 6), days)


def test_the_largest_count_of_business_days_is_answered() -> None:
    plain = Calendar(tuple(CalendarYear(year, (), (), 1) for year in (2026, 2027)))
    assert plain.add_business_days(date(2026, 5, 6), 400) == date(2027, 11, 17)


def test_the_ends_of_the_civil_calendar_are_refused_and_not_overrun() -> None:
    with pytest.raises(DateOutOfRange, match="after 9999-12-31"):
        ONLY_2026.add_business_days(date.max, 1)
    with pytest.raises(DateOutOfRange, match="before 0001-01-01"):
        ONLY_2026.business_days_before(date.min, 1)
    with pytest.raises(DateOutOfRange):
        add_months(date(9999, 12, 1), 1)
    with pytest.raises(DateOutOfRange):
        add_months(date(1, 1, 1), -1)
    assert local_day(instant_ms(date.max, 23, 59)) == date.max
    assert local_day(instant_ms(date.min)) == date.min
    assert add_months(date(9999, 11, 30), 1) == date(9999, 12, 30)
    assert add_months(date(1, 2, 1), -1) == date(1, 1, 1)
    for time_ms in (instant_ms(date.max, 23, 59) + 60_000, instant_ms(date.min) - 1, 2**60, -(2**60)):
        with pytest.raises(DateOutOfRange):
            local_day(time_ms)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 5, 31), 1, date(2026, 6, 30)),
        (date(2026, 12, 31), 6, date(2027, 6, 30)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
        (date(2026, 3, 31), 0, date(2026, 3, 31)),
    ],
)
def test_months_keep_the_day_or_clamp_to_the_last_of_the_month(
    day: date, months: int, expected: date
) -> None:
    assert add_months(day, months) == expected


@given(st.dates(), st.integers(0, 86_399_999))
def test_every_instant_of_a_local_day_belongs_to_that_day(day: date, offset_ms: int) -> None:
    assert local_day(instant_ms(day) + offset_ms) == day


@pytest.mark.parametrize(("hour", "minute"), [(24, 0), (-1, 0), (0, 60), (0, -1)])
def test_a_time_that_no_clock_shows_is_refused(hour: int, minute: int) -> None:
    with pytest.raises(DateUnreadable, match="There is no time"):
        instant_ms(date(2026, 9, 14), hour, minute)


def test_a_date_is_written_and_read_in_one_form_only() -> None:
    assert format_date(parse_date("2026-09-14")) == "2026-09-14"


@pytest.mark.parametrize(
    "text",
    ["20260914", "2026-W38-1", "2026-9-14", "2026-09-14 ", "２０２６-09-14", "2026-02-29", "0000-01-01", ""],
)
def test_another_form_or_an_impossible_day_is_refused(text: str) -> None:
    with pytest.raises(DateUnreadable):
        parse_date(text)


def test_a_published_year_is_one_canonical_text() -> None:
    text = msgspec.json.encode(YEAR_2027)
    assert text.startswith(b'{"year":2027,"holidays":["2027-02-05",')
    assert msgspec.json.decode(text, type=CalendarYear) == YEAR_2027


@pytest.mark.parametrize(
    ("year", "holidays", "version", "sound"),
    [
        (1970, 0, 1, True),
        (9998, 100, 1_000_000, True),
        (1969, 0, 1, False),
        (9999, 0, 1, False),
        (2026, 101, 1, False),
        (2026, 0, 0, False),
        (2026, 0, 1_000_001, False),
    ],
)
def test_the_fields_of_a_published_year_are_bounded(
    year: int, holidays: int, version: int, sound: bool
) -> None:
    days = [date(year, 1, 1) + timedelta(days=n) for n in range(300)]
    weekdays = tuple([day for day in days if day.weekday() < 5][:holidays])
    weekend = tuple([day for day in days if day.weekday() >= 5][: min(holidays, 50)])
    published = CalendarYear(year, weekdays, weekend, version)
    text = msgspec.json.encode(published)
    if sound:
        assert msgspec.json.decode(text, type=CalendarYear) == published
    else:
        with pytest.raises(msgspec.ValidationError):
            msgspec.json.decode(text, type=CalendarYear)


@pytest.mark.parametrize(
    ("holidays", "working_days", "says"),
    [
        (("2026-10-02", "2026-10-01"), (), "not ascending"),
        (("2026-10-01", "2026-10-01"), (), "not ascending"),
        (("2027-10-01",), (), "not a day of 2026"),
        (("2026-10-03",), (), "not a weekday"),
        ((), ("2026-10-01",), "not a Saturday or Sunday"),
    ],
)
def test_a_year_with_an_impossible_list_is_refused(
    holidays: tuple[str, ...], working_days: tuple[str, ...], says: str
) -> None:
    with pytest.raises(CalendarMalformed, match=says):
        CalendarYear(2026, tuple(map(parse_date, holidays)), tuple(map(parse_date, working_days)), 1)
