"""An Excel workbook as an office saves it: a header somewhere on top, rows; refusals name sheet, row, column, way out.

A cell is read as its text. What a spreadsheet computed or guessed is refused where it may be wrong: formulas,
errors, and numbers where a code or a telephone number may have lost its leading zeros.
"""

from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook

from dondoc.registry.problems import Problems, Sheet, way_out
from dondoc.registry.record import LIMITS, Columns, Limits, Record, header_fits
from dondoc.registry.text import clean_text
from dondoc.workbook import UNREADABLE, refusal

_WIDEST = 100  # columns that are looked at; a registry has a dozen
_LAST_ROW = 1_048_576  # more rows no spreadsheet has
_HEADER_WITHIN = 20  # rows on top among which the header is looked for
ReadOnlySheet = Any  # openpyxl's type for it does not fit its own methods
Cells = dict[int, Any]  # the filled cells of a row by their column, from 0


def read_workbook(
    path: Path, columns: Columns, problems: Problems, limits: Limits = LIMITS, sheet: str | None = None
) -> Iterator[Record]:
    """Yield the rows of one sheet, blank ones left out: the sheet named, else the one named like the table, else the
    first visible one. Everything above the header is left out.
    """
    reason = refusal(path, limits.max_bytes, limits.max_unpacked_bytes)
    if reason:
        problems.add(path.name, 0, None, reason)
        return
    try:
        book = load_workbook(path, read_only=True, data_only=False, keep_links=False)
    except Exception:  # openpyxl raises whatever its parts raise; for a person all of it means the same
        problems.add(path.name, 0, None, UNREADABLE)
        return
    try:
        found = _sheet(book, path.name, columns, sheet, problems)
        if found is not None:
            yield from _records(found, Sheet(path.name, found.title), columns, problems, limits)
    finally:
        book.close()


def _sheet(book: Workbook, file: str, columns: Columns, wanted: str | None, problems: Problems) -> ReadOnlySheet | None:
    sheets = {each.title: each for each in book.worksheets}
    visible = [title for title, each in sheets.items() if each.sheet_state == "visible"]
    if wanted is not None and wanted not in sheets:
        problems.add(file, 0, None, f"has no sheet '{wanted}'; {way_out(wanted, tuple(sheets))}")
        return None
    title = wanted or (columns.sheet if columns.sheet in sheets else next(iter(visible), None))
    if title is None:
        problems.add(file, 0, None, "has no visible sheet with cells; add one")
        return None
    found = sheets[title]
    found.reset_dimensions()  # what a file says about its own size is not believed
    return found


def _records(
    sheet: ReadOnlySheet, file: Sheet, columns: Columns, problems: Problems, limits: Limits
) -> Iterator[Record]:
    names: dict[int, str] = {}
    count = 0
    for row, cells in _rows(sheet, file, columns, problems):
        if not names:
            names = {n: clean_text(str(cell.value)).lower() for n, cell in cells.items()}
            if not header_fits(file, row, list(names.values()), columns, problems):
                return
            continue
        if not cells:
            continue
        count += 1
        if count > limits.max_rows:
            problems.add(file, row, None, f"is row {count}, at most {limits.max_rows} are read; split the file")
            return
        stray = next((n for n in cells if n not in names), None)
        if stray is not None:
            problems.add(file, row, None, f"cell {_name(stray, row)} stands under no column name; clear it")
            continue
        yield _record(file, row, names, cells, columns, problems)


def _rows(sheet: ReadOnlySheet, file: Sheet, columns: Columns, problems: Problems) -> Iterator[tuple[int, Cells]]:
    """Yield (row, its filled cells) from the header on: the first row on top that names half of the required columns,
    else the first that is not blank.
    """
    first: tuple[int, Cells] | None = None
    found, blank = False, None
    try:
        for row, cells in enumerate(sheet.iter_rows(max_col=_WIDEST), 1):
            if row > _LAST_ROW:
                problems.add(file, 0, None, f"has more than {_LAST_ROW} rows, more than a sheet can; save it again")
                return
            if row > _HEADER_WITHIN and not found:
                break
            if cells is blank:  # one and the same for all rows that are missing in the file
                continue
            filled = {n: cell for n, cell in enumerate(cells) if cell.value is not None and not _is_space(cell.value)}
            blank = cells if not filled else blank
            found = found or _names_columns(filled, columns)
            if found:
                yield row, filled
            elif filled and not first:
                first = row, filled
    except Exception:  # see read_workbook
        problems.add(file, 0, None, UNREADABLE)
        return
    if first and not found:
        yield first  # no header: the row that should be one is refused name by name
    elif not found:
        problems.add(file, 0, None, f"is empty; the first row names the columns: {','.join(columns.required)}")


def _names_columns(cells: Cells, columns: Columns) -> bool:
    said = {clean_text(cell.value).lower() for cell in cells.values() if isinstance(cell.value, str)}
    return 2 * len(said.intersection(columns.required)) >= len(columns.required)


def _is_space(value: object) -> bool:
    return isinstance(value, str) and not value.strip()


def _name(column: int, row: int) -> str:
    return f"{get_column_letter(column + 1)}{row}"


def _record(file: Sheet, row: int, names: dict[int, str], cells: Cells, columns: Columns, problems: Problems) -> Record:
    values: dict[str, str] = {}
    refused: dict[str, str] = {}
    for n, cell in cells.items():
        name = names[n]
        if isinstance(cell.value, str) and cell.data_type not in ("f", "e"):
            values[name] = cell.value
            continue
        values[name], reason = _as_text(cell, columns.digits.get(name))
        if reason:
            refused[name] = f"cell {_name(n, row)} {reason}"
    record = Record(file, row, values, problems)
    for name, reason in refused.items():
        record.unreadable(name, reason)
    return record


def _as_text(cell: Any, digits: int | None) -> tuple[str, str]:
    """Return (text, "") for what is no text itself, or ("", why it cannot be taken)."""
    value = cell.value
    if cell.data_type == "f":
        return "", "holds a formula; copy it and paste its value"
    if cell.data_type == "e":
        return "", f"holds the error {value}; correct it"
    if isinstance(value, bool):
        return str(value).lower(), ""
    if isinstance(value, datetime):
        if value.time() != time(0):
            return "", f"holds the instant {value}; write the day alone"
        return value.date().isoformat(), ""
    if isinstance(value, date):
        return value.isoformat(), ""
    if not isinstance(value, int | float):
        return "", "holds neither text nor a number nor a day; write text"
    number = str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else str(value)
    if digits is None:
        return number, ""
    padded = cell.number_format if set(cell.number_format) == {"0"} else ""  # shown with its zeros: 00000
    if padded and number.isdigit():
        return number.zfill(len(padded)), ""
    if len(number) >= digits and number.isdigit():
        return number, ""
    return (
        "",
        f"holds the number {number}, which may have lost zeros in front; format the column as text, write it again",
    )
