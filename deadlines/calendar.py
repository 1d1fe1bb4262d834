"""Vietnamese working days: public holidays, swapped days, and which years are only expected ("dự kiến")."""

from datetime import date, timedelta
from functools import cache
from typing import Literal

from config.calendars import CalendarOverrides, load_overrides

_DAY = timedelta(days=1)
CalendarStatus = Literal["official", "dự kiến"]


class Calendar:
    """Which days offices work. Each year is worked out once; asking again costs a set look-up.

    Years without an official notice follow the law's rules as the library reads them and are "dự kiến".
    """

    def __init__(self, overrides: CalendarOverrides) -> None:
        self._overrides = overrides
        expected = {e.day.year for e in (*overrides.days_off, *overrides.days_worked) if e.status != "official"}
        self._official = frozenset(notice.year for notice in overrides.official_years) - expected
        self._off: dict[int, frozenset[date]] = {}
        self._names: dict[int, dict[date, str]] = {}

    def is_working_day(self, day: date) -> bool:
        """Return whether offices work on `day`: a weekday that is no holiday, or a Saturday worked by swap."""
        off = self._off.get(day.year)
        return day not in (off if off is not None else self._work_out(day.year))

    def previous_working_day(self, day: date) -> date:
        """Return the last working day on or before `day`."""
        while not self.is_working_day(day):
            day -= _DAY
        return day

    def next_working_day(self, day: date) -> date:
        """Return the first working day on or after `day`."""
        while not self.is_working_day(day):
            day += _DAY
        return day

    def add_working_days(self, day: date, n: int) -> date:
        """Return the n-th working day strictly after `day` (before it if `n` is negative).

        The day itself is never counted (Civil Code 2015, art. 147.2); n = 0 gives the first working day on
        or after `day`.
        """
        if n == 0:
            return self.next_working_day(day)
        step = _DAY if n > 0 else -_DAY
        for _ in range(abs(n)):
            day += step
            while not self.is_working_day(day):
                day += step
        return day

    def working_days_between(self, a: date, b: date) -> int:
        """Return how many working days lie after `a` up to and including `b`; negative if `b` is earlier."""
        if b < a:
            return -self.working_days_between(b, a)
        return sum(self.is_working_day(a + timedelta(days=n)) for n in range(1, (b - a).days + 1))

    def status(self, year: int) -> CalendarStatus:
        """Return whether the year's days off are settled by an official notice, or expected in part or all."""
        return "official" if year in self._official else "dự kiến"

    def name_of(self, day: date) -> str | None:
        """Return why `day` is off, in Vietnamese, or null on a working day."""
        if self.is_working_day(day):
            return None
        named = self._names[day.year].get(day)
        return named or ("Thứ Bảy" if day.weekday() == 5 else "Chủ nhật")

    def exceptions(self, year: int) -> list[tuple[date, bool, str, str, CalendarStatus]]:
        """Return the weekdays off and the weekend days worked of a year: day, whether worked, name, source, status."""
        entered = {e.day: e for e in (*self._overrides.days_off, *self._overrides.days_worked)}
        first = date(year, 1, 1)
        found: list[tuple[date, bool, str, str, CalendarStatus]] = []
        for n in range((date(year + 1, 1, 1) - first).days):
            day = first + timedelta(days=n)
            works = self.is_working_day(day)
            if works == (day.weekday() < 5) and day not in entered:
                continue
            entry = entered.get(day)
            name = entry.name if entry else self._names[year].get(day) or ("Làm bù" if works else "Ngày nghỉ")
            source, status = (entry.source, entry.status) if entry else ("quy tắc chung", self.status(year))
            found.append((day, works, name, source, status))
        return found

    def _work_out(self, year: int) -> frozenset[date]:
        from holidays import country_holidays  # imported late: a command that asks no dates should not wait for it

        library = country_holidays("VN", years=year, language="vi")
        names = {day: name for day, name in library.items() if day.year == year}
        names |= {entry.day: entry.name for entry in self._overrides.days_off if entry.day.year == year}
        worked = {day for day in library.weekend_workdays if day.year == year}
        worked |= {entry.day for entry in self._overrides.days_worked if entry.day.year == year}
        worked -= {entry.day for entry in self._overrides.days_off}
        first = date(year, 1, 1)
        days = (first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days))
        off = frozenset(day for day in days if day not in worked and (day.weekday() >= 5 or day in names))
        self._names[year], self._off[year] = names, off
        return off


@cache
def vietnam() -> Calendar:
    """Return the working days of Vietnam, with the overrides that ship with the program."""
    return Calendar(load_overrides())
