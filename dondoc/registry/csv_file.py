"""A CSV file as an office saves it: comments on top, a header, rows; every refusal names line, column and way out."""

import csv
import io
import string
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from dondoc.registry.problems import Problems, way_out
from dondoc.registry.text import clean_text, normalise_address, strange_character

_YES = {"true": True, "1": True, "false": False, "0": False, "": False}
_PHONE = frozenset("0123456789 +().-")
_CODE = frozenset(string.ascii_letters + string.digits + "-_.")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one file may hold before it is refused unread (bytes) or half read (rows)."""

    max_bytes: int = 128 * 1024 * 1024
    max_rows: int = 1_000_000


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a file: those it must have and those it may have."""

    required: tuple[str, ...]
    optional: tuple[str, ...]


class Record:
    """One row: reads its cells as what they should be and notes what they are not.

    After a problem the cell's value is a stand-in; a caller keeps the row only while `sound`.
    """

    __slots__ = ("_cells", "_problems", "file", "line", "sound")

    def __init__(self, file: str, line: int, cells: dict[str, str], problems: Problems) -> None:
        self.file, self.line, self._cells, self._problems = file, line, cells, problems
        self.sound = True

    def refuse(self, column: str, text: str) -> None:
        """Note a problem of this row."""
        self.sound = False
        self._problems.add(self.file, self.line, column, text)

    def text(self, column: str, longest: int, default: str | None = None) -> str:
        """Return a cell's text; an empty cell gives `default`, and is a problem without one. Refused text gives ""."""
        value = clean_text(self._cells.get(column, ""))
        if not value:
            if default is None:
                self.refuse(column, "is empty; a value is required here")
            return default or ""
        strange = strange_character(value)
        if strange:
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
        digits = sum(c.isdigit() for c in value)
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


def read_records(path: Path, columns: Columns, problems: Problems, limits: Limits = LIMITS) -> Iterator[Record]:
    """Yield the rows of a UTF-8 CSV file (with or without BOM; `,`, `;` or tab), blank ones left out.

    Lines that begin with `#` above the header are comments. A file that cannot be read as a whole yields
    nothing more and leaves its reason in `problems`.
    """
    text = _decoded(path, problems, limits)
    if text is None:
        return
    file, lines = path.name, io.StringIO(text, newline="")
    skipped, header = 0, lines.readline()
    while header and (header.startswith("#") or not header.strip()):
        skipped, header = skipped + 1, lines.readline()
    if not header:
        problems.add(file, 0, None, f"is empty; the first line names the columns: {','.join(columns.required)}")
        return
    separator = max(",;\t", key=header.count)
    names = [clean_text(name).lower() for name in next(csv.reader([header], delimiter=separator))]
    if not _header_fits(file, skipped + 1, names, columns, problems):
        return
    rows = csv.reader(lines, delimiter=separator, strict=True)
    begins, count = skipped + 2, 0
    try:
        for cells in rows:
            line, begins = begins, skipped + 2 + rows.line_num
            if not any(cell.strip() for cell in cells):
                continue
            count += 1
            if count > limits.max_rows:
                problems.add(file, line, None, f"is row {count}, at most {limits.max_rows} are read; split the file")
                return
            if len(cells) != len(names):
                problems.add(
                    file, line, None, f"has {len(cells)} cells, the header names {len(names)}; quote text with commas"
                )
                continue
            yield Record(file, line, dict(zip(names, cells, strict=True)), problems)
    except csv.Error as error:
        problems.add(file, begins, None, f"is no CSV row ({error}); check its quotation marks")


def _decoded(path: Path, problems: Problems, limits: Limits) -> str | None:
    file = path.name
    try:
        with path.open("rb") as stream:
            data = stream.read(limits.max_bytes + 1)
    except OSError as error:
        problems.add(file, 0, None, f"cannot be read: {error.strerror}")
        return None
    if len(data) > limits.max_bytes:
        problems.add(file, 0, None, f"is larger than {limits.max_bytes} bytes; split the file")
        return None
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        problems.add(file, 1, None, "is UTF-16 text; save the file as 'CSV UTF-8'")
        return None
    if b"\0" in data:
        line = data.count(b"\n", 0, data.index(b"\0")) + 1
        problems.add(file, line, None, "holds a NUL byte, so this is no text file; save it as 'CSV UTF-8'")
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problems.add(file, line, None, f"byte 0x{data[error.start]:02X} is not UTF-8; save the file as 'CSV UTF-8'")
        return None


def _header_fits(file: str, line: int, names: list[str], columns: Columns, problems: Problems) -> bool:
    known, before = columns.required + columns.optional, len(problems)
    for name in names:
        if name not in known:
            problems.add(file, line, None, f"'{name}' is no column; {way_out(name, known)}")
    for name in sorted({name for name in names if names.count(name) > 1}):
        problems.add(file, line, None, f"column '{name}' stands twice; delete one")
    missing = [name for name in columns.required if name not in names]
    if missing:
        problems.add(file, line, None, f"column {', '.join(missing)} is missing; add it")
    return len(problems) == before
