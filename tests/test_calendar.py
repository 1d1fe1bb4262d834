"""Vietnamese working days, compared day by day with the official notices of 2021 to 2026."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.calendars import CalendarOverrides, load_overrides
from deadlines.calendar import Calendar, vietnam

# Weekdays off by official notice, as (month, days …); written from the notices, not from the library.
OFFICIAL_WEEKDAYS_OFF: dict[int, list[tuple[int, list[int]]]] = {
    2021: [(1, [1]), (2, [10, 11, 12, 15, 16]), (4, [21, 30]), (5, [3]), (9, [2, 3])],
    2022: [(1, [3, 31]), (2, [1, 2, 3, 4]), (4, [11]), (5, [2, 3]), (9, [1, 2])],
    2023: [(1, [2, 20, 23, 24, 25, 26]), (5, [1, 2, 3]), (9, [1, 4])],
    2024: [(1, [1]), (2, [8, 9, 12, 13, 14]), (4, [18, 29, 30]), (5, [1]), (9, [2, 3])],
    2025: [(1, [1, 27, 28, 29, 30, 31]), (4, [7, 30]), (5, [1, 2]), (9, [1, 2])],
    2026: [(1, [1, 2]), (2, [16, 17, 18, 19, 20]), (4, [27, 30]), (5, [1]), (8, [31]), (9, [1, 2]), (11, [24])],
}
WORKED_SATURDAYS = {date(2024, 5, 4), date(2025, 4, 26), date(2026, 1, 10), date(2026, 8, 22)}

days = st.dates(date(2021, 1, 1), date(2035, 12, 31))


@pytest.mark.parametrize("year", sorted(OFFICIAL_WEEKDAYS_OFF))
def test_each_day_of_a_settled_year_agrees_with_its_official_notice(year: int) -> None:
    off = {date(year, month, day) for month, days_off in OFFICIAL_WEEKDAYS_OFF[year] for day in days_off}
    assert all(day.weekday() < 5 for day in off)
    every_day = [date(year, 1, 1) + timedelta(days=n) for n in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)]
    expected = [(day.weekday() < 5 and day not in off) or day in WORKED_SATURDAYS for day in every_day]
    calendar = vietnam()
    disagreeing = [d for d, works in zip(every_day, expected, strict=True) if calendar.is_working_day(d) != works]
    assert disagreeing == []


def test_without_our_overrides_the_library_misses_exactly_one_swap() -> None:
    bare, mended = Calendar(CalendarOverrides()), vietnam()
    six_years = [date(2021, 1, 1) + timedelta(days=n) for n in range((date(2027, 1, 1) - date(2021, 1, 1)).days)]
    assert [d for d in six_years if bare.is_working_day(d) != mended.is_working_day(d)] == [
        date(2026, 1, 2),
        date(2026, 1, 10),
    ]
    assert {entry.source for entry in (*load_overrides().days_off, *load_overrides().days_worked)} == {
        "12729/VPCP-KGVX"
    }


def test_years_without_a_notice_are_only_expected() -> None:
    calendar = vietnam()
    assert [calendar.status(year) for year in (2020, 2021, 2026, 2027, 2030)] == [
        "dự kiến", "official", "official", "dự kiến", "dự kiến"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("day", "previous", "following", "why"),
    [
        (date(2026, 11, 14), date(2026, 11, 13), date(2026, 11, 16), "Thứ Bảy"),
        (date(2026, 11, 15), date(2026, 11, 13), date(2026, 11, 16), "Chủ nhật"),
        (date(2023, 9, 30), date(2023, 9, 29), date(2023, 10, 2), "Thứ Bảy"),
        (date(2026, 8, 31), date(2026, 8, 28), date(2026, 9, 3), "Ngày nghỉ (thay cho ngày 22/08/2026)"),
        (date(2026, 1, 2), date(2025, 12, 31), date(2026, 1, 5), "Ngày nghỉ (thay cho ngày 10/01/2026)"),
        (date(2026, 11, 24), date(2026, 11, 23), date(2026, 11, 25), "Ngày Văn hóa Việt Nam"),
        (date(2026, 1, 10), date(2026, 1, 10), date(2026, 1, 10), None),  # a Saturday worked by swap
        (date(2026, 11, 13), date(2026, 11, 13), date(2026, 11, 13), None),
    ],
)
def test_the_working_days_around_a_day_and_why_it_is_off(
    day: date, previous: date, following: date, why: str | None
) -> None:
    calendar = vietnam()
    assert calendar.previous_working_day(day) == previous
    assert calendar.next_working_day(day) == following
    assert calendar.name_of(day) == why


@pytest.mark.parametrize(
    ("day", "n", "expected"),
    [
        (date(2026, 11, 14), 1, date(2026, 11, 16)),  # overdue-1 after a Saturday
        (date(2026, 11, 14), 3, date(2026, 11, 18)),
        (date(2026, 11, 14), 7, date(2026, 11, 25)),  # 24/11 is off
        (date(2026, 11, 13), 1, date(2026, 11, 16)),  # the day itself is never counted
        (date(2026, 11, 16), -1, date(2026, 11, 13)),
        (date(2026, 8, 21), 1, date(2026, 8, 22)),  # the worked Saturday counts
        (date(2025, 12, 31), 1, date(2026, 1, 5)),
        (date(2026, 11, 14), 0, date(2026, 11, 16)),
        (date(2026, 11, 16), 0, date(2026, 11, 16)),
    ],
)
def test_the_nth_working_day_after_or_before_a_day(day: date, n: int, expected: date) -> None:
    assert vietnam().add_working_days(day, n) == expected


@pytest.mark.parametrize(
    ("a", "b", "count"),
    [
        (date(2026, 11, 6), date(2026, 11, 13), 5),
        (date(2026, 11, 13), date(2026, 11, 13), 0),
        (date(2026, 11, 13), date(2026, 11, 15), 0),
        (date(2026, 11, 20), date(2026, 11, 27), 4),  # over 24/11
        (date(2026, 11, 13), date(2026, 11, 6), -5),
    ],
)
def test_working_days_left_until_a_day(a: date, b: date, count: int) -> None:
    assert vietnam().working_days_between(a, b) == count


@given(day=days, n=st.integers(-40, 40).filter(bool))
def test_adding_working_days_lands_on_one_and_counts_back(day: date, n: int) -> None:
    calendar = vietnam()
    landed = calendar.add_working_days(day, n)
    assert calendar.is_working_day(landed)
    if n > 0:
        assert calendar.working_days_between(day, landed) == n
    else:
        assert calendar.working_days_between(landed - timedelta(days=1), day - timedelta(days=1)) == -n


@given(day=days)
def test_previous_and_next_working_day_enclose_the_day(day: date) -> None:
    calendar = vietnam()
    before, after = calendar.previous_working_day(day), calendar.next_working_day(day)
    assert before <= day <= after
    assert calendar.is_working_day(before)
    assert calendar.is_working_day(after)
    assert (before == after) == calendar.is_working_day(day)
    assert (calendar.name_of(day) is None) == calendar.is_working_day(day)
