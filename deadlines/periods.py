"""The periods of a duty that comes back, with their first and last day: `2026`, `2026-H1`, `2026-Q4`, `2026-11`."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date

ONCE = "once"
MONTHS = {"month": 1, "quarter": 3, "half-year": 6}
_NAME = re.compile(r"(\d{4})(?:-(?:(Q)([1-4])|(H)([12])|(0[1-9]|1[0-2])))?")


@dataclass(frozen=True, slots=True)
class Span:
    """A period by its name and its days, both included."""

    name: str
    first: date
    last: date

    @property
    def months(self) -> int:
        """Return how many months it lasts."""
        return 12 * (self.last.year - self.first.year) + self.last.month - self.first.month + 1


def year_span(year: int, name: str | None = None) -> Span:
    """Return a calendar year as a period; `name` where it goes by another name, such as `once`."""
    return Span(name or str(year), date(year, 1, 1), date(year, 12, 31))


def month_span(year: int, month: int) -> Span:
    """Return a calendar month as a period; month 13 is January of the next year."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    return Span(f"{year}-{month:02}", date(year, month, 1), date(year, month, monthrange(year, month)[1]))


def spans_in(year: int, every: str | None) -> list[Span]:
    """Return the months, quarters or half-years of a year in order; the year itself if it is not divided."""
    if every is None:
        return [year_span(year)]
    length = MONTHS[every]
    return [nth_span(year, length, n) for n in range(1, 12 // length + 1)]


def nth_span(year: int, length: int, n: int) -> Span:
    """Return the n-th (from 1) part of a year that is `length` months long: month, quarter or half."""
    first, last = month_span(year, length * (n - 1) + 1), month_span(year, length * n)
    name = last.name if length == 1 else f"{year}-{'Q' if length == 3 else 'H'}{n}"
    return Span(name, first.first, last.last)


def span_of(period: str) -> Span | None:
    """Return the days of a period by its name; null for `once` and for the period of a request."""
    match = _NAME.fullmatch(period)
    if match is None:
        return None
    year = int(match[1])
    if match[2]:
        return nth_span(year, 3, int(match[3]))
    if match[4]:
        return nth_span(year, 6, int(match[5]))
    return month_span(year, int(match[6])) if match[6] else year_span(year)


def middle_of(span: Span) -> date:
    """Return the middle day: 15th of a month, 30/6 of a year (Civil Code 2015, art. 146.2 and 146.3).

    The law says nothing of quarters and half-years. By analogy: the 15th of a quarter's second month, and the
    last day of a half's third.
    """
    if span.months in (1, 3):
        return date(span.first.year, span.first.month + span.months // 2, 15)
    return month_span(span.first.year, span.first.month + span.months // 2 - 1).last
