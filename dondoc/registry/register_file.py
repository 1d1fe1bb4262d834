"""The export of an incoming-document register, CSV or XLSX, read as rows of plain text with their line numbers."""

import csv
import io
import zipfile
from contextlib import suppress
from datetime import date, datetime, time
from pathlib import Path
from unicodedata import normalize

from openpyxl import load_workbook

from config.errors import Refused
from dondoc.registry.record import Limits
from dondoc.registry.text import clean_text
from dondoc.workbook import refusal

REGISTER_LIMITS = Limits(max_bytes=8 * 1024 * 1024, max_rows=5_000, max_unpacked_bytes=128 * 1024 * 1024)
_WIDEST = 40  # columns; a register has a dozen
_LONGEST = 2_000  # characters of a cell

Grid = tuple[tuple[int, tuple[str, ...]], ...]  # (line of the file, its cells), blank lines left out


class RegisterUnreadable(Refused):
    """A register's file that cannot be read: names the file, what is wrong and the way out."""


def read_register(path: Path, name: str | None = None) -> Grid:
    """Return the lines of a register as text, days as YYYY-MM-DD; title rows and the head are among them.

    `name` is what the file was called where `path` is only where it lies. Errors: `RegisterUnreadable`.
    """
    name = name or path.name
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except OSError as error:
        raise RegisterUnreadable(f"{name}: cannot be read: {error.strerror}") from None
    rows = _workbook(path, name) if start.startswith((b"PK", b"\xd0\xcf\x11\xe0")) else _text(path, name)
    filled = tuple((line, cells) for line, cells in rows if any(cells))
    if not filled:
        raise RegisterUnreadable(f"{name}: is empty; export the register again")
    if len(filled) > REGISTER_LIMITS.max_rows:
        raise RegisterUnreadable(
            f"{name}: has more than {REGISTER_LIMITS.max_rows} lines; export a shorter stretch of the register"
        )
    return filled


def _text(path: Path, name: str) -> list[tuple[int, tuple[str, ...]]]:
    data = path.read_bytes()
    if len(data) > REGISTER_LIMITS.max_bytes:
        raise RegisterUnreadable(f"{name}: is larger than {REGISTER_LIMITS.max_bytes} bytes; export a shorter stretch")
    text = _decoded(data, name)
    if "\0" in text:
        raise RegisterUnreadable(f"{name}: holds a NUL byte; save it as 'CSV UTF-8' or as .xlsx")
    separator = max(",;\t", key=lambda mark: max(line.count(mark) for line in text.splitlines() or [""]))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    rows, begins = [], 1
    try:
        for cells in reader:
            rows.append((begins, tuple(_cell(cell) for cell in cells[:_WIDEST])))
            begins = reader.line_num + 1
    except csv.Error as error:
        raise RegisterUnreadable(f"{name}: line {begins}: {error}; save it as 'CSV UTF-8' again") from None
    return rows


def _decoded(data: bytes, name: str) -> str:
    """Return a text file's words: UTF-8 or UTF-16, or Windows-1258 where it reads as the head of a register then.

    Fonts of before Unicode (TCVN3, VNI) leave no such words, so they are refused and not guessed at.
    """
    with suppress(UnicodeDecodeError):
        return data.decode("utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig")
    text = normalize("NFC", data.decode("cp1258", errors="replace"))
    if "\ufffd" in text or not all(word in text.casefold() for word in ("số", "ngày", "trích yếu")):
        raise RegisterUnreadable(f"{name}: is not UTF-8 text; save it as 'CSV UTF-8' or as .xlsx")
    return text


def _workbook(path: Path, name: str) -> list[tuple[int, tuple[str, ...]]]:
    reason = refusal(path, REGISTER_LIMITS.max_bytes, REGISTER_LIMITS.max_unpacked_bytes)
    if reason:
        raise RegisterUnreadable(f"{name}: {reason}")
    try:
        book = load_workbook(path, read_only=True, data_only=True, keep_links=False)
        try:
            sheet = next(each for each in book.worksheets if each.sheet_state == "visible")
            sheet.reset_dimensions()
            most = REGISTER_LIMITS.max_rows + 100  # blank and title rows among them
            found = sheet.iter_rows(max_col=_WIDEST, max_row=most, values_only=True)
            return [(line, tuple(_cell(value) for value in cells)) for line, cells in enumerate(found, 1)]
        finally:
            book.close()
    except (StopIteration, zipfile.BadZipFile, KeyError, ValueError, TypeError, AttributeError, OSError):
        raise RegisterUnreadable(f"{name}: cannot be read as a workbook; open it and save it as .xlsx again") from None


def _cell(value: object) -> str:
    """Return a cell as one line of text; a day as YYYY-MM-DD, with its hour where it has one."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time(0) else f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return clean_text(" ".join(str(value)[:_LONGEST].split()))
