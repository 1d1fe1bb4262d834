"""One row of a file, whatever kind of file: reads its cells as what they should be and notes what they are not."""

import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from dondoc.registry.problems import Problems, way_out
from dondoc.registry.text import clean_text, normalise_address, strange_character

_NOTHING: frozenset[str] = frozenset()
_YES = {"true": True, "1": True, "false": False, "0": False, "": False}
_PHONE = frozenset("0123456789 +().-")
_CODE = frozenset(string.ascii_letters + string.digits + "-_.")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one file may hold before it is refused unread (bytes) or half read (rows)."""

    max_bytes: int = 128 * 1024 * 1024
    max_rows: int = 1_000_000
    max_unpacked_bytes: int = 1024 * 1024 * 1024  # what a workbook, which is a zip archive, may grow to


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a file: those it must have and those it may have.

    `sheet` is the sheet of a workbook that holds them. `digits` are columns of digits with leading zeros: a
    spreadsheet that took one for a number may have dropped zeros, unless so many digits are left.
    """

    required: tuple[str, ...]
    optional: tuple[str, ...]
    sheet: str
    digits: Mapping[str, int] = field(default_factory=dict)

    @property
    def known(self) -> tuple[str, ...]:
        """Return every column there may be."""
        return self.required + self.optional


class Record:
    """One row: reads its cells as what they should be and notes what they are not.

    After a problem the cell's value is a stand-in; a caller keeps the row only while `sound`.
    """

    __slots__ = ("_cells", "_problems", "_unreadable", "file", "line", "sound")

    def __init__(self, file: str, line: int, cells: dict[str, str], problems: Problems) -> None:
        self.file, self.line, self._cells, self._problems = file, line, cells, problems
        self.sound = True
        self._unreadable = _NOTHING

    def unreadable(self, column: str, text: str) -> None:
        """Note that a cell holds nothing that could be read as text at all; nothing more is said about it."""
        self._unreadable |= {column}
        self.refuse(column, text)

    def refuse(self, column: str, text: str) -> None:
        """Note a problem of this row."""
        self.sound = False
        self._problems.add(self.file, self.line, column, text)

    def text(self, column: str, longest: int, default: str | None = None) -> str:
        """Return a cell's text; an empty cell gives `default`, and is a problem without one. Refused text gives ""."""
        value = clean_text(self._cells.get(column, ""))
        if not value:
            if default is None and column not in self._unreadable:
                self.refuse(column, "is empty; a value is required here")
            return default or ""
        if not value.isprintable():
            strange = strange_character(value)
            self.refuse(column, f"holds the character {strange}, which a name or an address may not; delete it")
            return ""
        if len(value) > longest:
            self.refuse(column, f"has {len(value)} characters, at most {longest} are allowed; shorten it")
            return ""
        return value

    def code(self, column: str, longest: int = 60) -> str:
        """Return a code as text, so that leading zeros stay: a-z, A-Z, digits, `-`, `_` and `.`."""
        return self._code(column, self.text(column, longest))

    def code_or_none(self, column: str, longest: int = 60) -> str | None:
        """Return a code, or None when the cell is empty."""
        return self._code(column, self.text(column, longest, default="")) or None

    def _code(self, column: str, value: str) -> str:
        if value and not _CODE.issuperset(value):
            self.refuse(column, f"'{value}' is no code; use a-z, A-Z, digits, '-', '_' and '.' only")
            return ""
        return value

    def day(self, column: str) -> date:
        """Return a day that must be given."""
        value = self.text(column, 20)
        return self._day(column, value) if value else date.min

    def day_or_none(self, column: str) -> date | None:
        """Return a day, or None when the cell is empty."""
        value = self.text(column, 20, default="")
        return self._day(column, value) if value else None

    def _day(self, column: str, value: str) -> date:
        day = _parsed_day(value)
        if day is None:
            self.refuse(column, f"'{value}' is not a day; write YYYY-MM-DD or DD/MM/YYYY")
            return date.min
        return day

    def word(self, column: str, allowed: tuple[str, ...], noun: str) -> str:
        """Return one word of a closed list."""
        value = self.text(column, 60)
        if value and value not in allowed:
            self.refuse(column, f"'{value}' is no {noun}; {way_out(value, allowed)}")
        return value

    def number(self, column: str, default: int) -> int:
        """Return a whole number from 0 to 9,999,999; an empty cell gives `default`."""
        value = self.text(column, 20, default="")
        if not value:
            return default
        if not (value.isascii() and value.isdigit() and len(value) <= 7):
            self.refuse(column, f"'{value}' is no whole number from 0 to 9999999; write digits only")
            return default
        return int(value)

    def flag(self, column: str) -> bool:
        """Return true or false; an empty cell is false."""
        value = self.text(column, 20, default="").lower()
        if value not in _YES:
            self.refuse(column, f"'{value}' is neither true nor false; write one of them")
        return _YES.get(value, False)

    def address(self, column: str) -> str:
        """Return a normalised e-mail address."""
        value = self.text(column, 1000)
        if not value:
            return value
        try:
            return normalise_address(value)
        except ValueError as error:
            self.refuse(column, f"'{value}' is no e-mail address: {error}; correct it")
            return value

    def phone_or_none(self, column: str) -> str | None:
        """Return a telephone number as typed, or None when the cell is empty."""
        value = self.text(column, 40, default="")
        digits = sum(map(str.isdigit, value))
        if value and not (_PHONE.issuperset(value) and 8 <= digits <= 15):
            self.refuse(column, f"'{value}' is no telephone number; write 8 to 15 digits, spaces and + ( ) . - only")
        return value or None


@lru_cache(maxsize=4096)
def _parsed_day(value: str) -> date | None:
    """Return the day written as 2025-07-01 or, as spreadsheets in Vietnam save it, 1/7/2025."""
    try:
        if len(value) == 10 and value[4] == value[7] == "-":
            return date.fromisoformat(value)
        day, month, year = value.split("/")
        return date(int(year), int(month), int(day)) if len(year) == 4 else None
    except ValueError:
        return None


def header_fits(file: str, line: int, names: list[str], columns: Columns, problems: Problems) -> bool:
    """Return whether a header names the columns, each once; note what it does not."""
    known, before = columns.known, len(problems)
    for name in names:
        if name not in known:
            problems.add(file, line, None, f"'{name}' is no column; {way_out(name, known)}")
    for name in sorted({name for name in names if names.count(name) > 1}):
        problems.add(file, line, None, f"column '{name}' stands twice; delete one")
    missing = [name for name in columns.required if name not in names]
    if missing:
        problems.add(file, line, None, f"column {', '.join(missing)} is missing; add it")
    return len(problems) == before
