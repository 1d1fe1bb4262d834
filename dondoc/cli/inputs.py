"""What an officer types: days, moments and words, checked before anything is opened or written."""

from datetime import UTC, date, datetime, time
from typing import Any

import click

from dondoc import clock

_YEARS = range(2000, 2101)  # no campaign lies outside; a slip of the hand does, and calendars end somewhere


class Day(click.ParamType[date]):
    """A calendar day, YYYY-MM-DD or dd/mm/yyyy."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Return the day."""
        if isinstance(value, date):
            return value
        day = _day(str(value))
        if day is None:
            return self.fail(f"'{shortened(value)}' is no day; write 2026-11-14 or 14/11/2026", param, ctx)
        if day.year not in _YEARS:
            return self.fail(f"'{shortened(value)}' lies outside the years 2000 to 2100", param, ctx)
        return day


class Moment(click.ParamType[datetime]):
    """A moment in Vietnam: a day, a day and time, or an ISO instant with its zone."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the instant in UTC; a day alone means its morning at 08:00."""
        if isinstance(value, datetime):
            return value
        read = _moment(str(value).strip())
        if read is None:
            return self.fail(f"'{shortened(value)}' is no time; write '2026-11-14 16:30' (Vietnam time)", param, ctx)
        if read.year not in _YEARS:  # before the zone is taken off: that overflows at the ends of the calendar
            return self.fail(f"'{shortened(value)}' lies outside the years 2000 to 2100", param, ctx)
        return read.astimezone(UTC)


class Words(click.ParamType[str]):
    """One line of text in NFC, as long as the ledger can keep it."""

    name = "text"

    def __init__(self, longest: int) -> None:
        self.longest = longest

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the text without invisible characters and needless spaces."""
        from dondoc.registry.text import clean_text, strange_character

        text = clean_text(str(value))
        if strange := strange_character(text):
            return self.fail(f"'{shortened(text)}' holds {strange}; write it on one line of plain text", param, ctx)
        if not text:
            return self.fail("is empty", param, ctx)
        if len(text) > self.longest:
            return self.fail(f"'{shortened(text)}' has {len(text)} characters; at most {self.longest}", param, ctx)
        return text


DAY, MOMENT = Day(), Moment()
# The lengths are those of the columns (dondoc/store/tables.py): PostgreSQL refuses what SQLite would take.
KEY, PERIOD, ROLE, CODE = Words(80), Words(20), Words(40), Words(20)
UNIT, NAME, DOCUMENT_WORDS = Words(300), Words(200), Words(300)
NAMES = Words(12_000)  # a list; each name is measured by itself


def shortened(value: object) -> str:
    """Return a value as an error may show it: printable, and never longer than a line."""
    text = one_line(str(value))
    return text if len(text) <= 60 else f"{text[:57]}…"


def one_line(text: str) -> str:
    """Return text in which what cannot be printed stands as its escape, so that one problem stays one line."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text)


def _day(text: str) -> date | None:
    for pattern in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return datetime.strptime(text.strip(), pattern).replace(tzinfo=clock.LOCAL).date()
        except ValueError:
            continue
    return None


def _moment(text: str) -> datetime | None:
    day = _day(text)
    if day is not None:
        return datetime.combine(day, time(8), clock.LOCAL)
    for pattern in ("%d/%m/%Y %H:%M", "%H:%M %d/%m/%Y"):
        try:
            return datetime.strptime(text, pattern).replace(tzinfo=clock.LOCAL)
        except ValueError:
            continue
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return None
    return read if read.tzinfo else read.replace(tzinfo=clock.LOCAL)
