"""Files an office imports beside what is registered already: which table each holds, and whether all of it fits."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path

from dondoc.registry.bundle import RegistryBundle
from dondoc.registry.checks import UnitIndex, check_all
from dondoc.registry.problems import Problems
from dondoc.registry.read import (
    CONTACT_COLUMNS,
    SUCCESSION_COLUMNS,
    UNIT_COLUMNS,
    Placed,
    Readings,
    add_contacts,
    add_successions,
    add_units,
    rows,
)
from dondoc.registry.record import LIMITS, Columns
from dondoc.registry.rows import UnitRow
from dondoc.registry.text import clean_text

_ADD = {"units": add_units, "successions": add_successions, "contacts": add_contacts}
_TABLES = (UNIT_COLUMNS, SUCCESSION_COLUMNS, CONTACT_COLUMNS)
_TOP = 20  # lines or rows among which the column names are looked for


def read_additions(paths: Sequence[Path], known: Iterable[UnitRow]) -> RegistryBundle:
    """Return what these files say, checked together with the units `known` already; a known unit may be restated.

    Which table a file or a workbook's sheet holds is seen from its column names. Errors: `RegistryError` with all
    problems.
    """
    problems, readings = Problems(), Readings()
    for path in paths:
        found = list(_tables(path))
        if not found:
            names = ", ".join(columns.sheet for columns in _TABLES)
            problems.add(path.name, 0, None, f"names the columns of none of {names}; see docs/registry-files.md")
        for table, sheet in found:
            _ADD[table](path, readings, problems, LIMITS, sheet)
    ours = len(readings.units)
    restated = {placed.row.key for placed in readings.units}
    readings.units += [Placed(unit) for unit in known if unit.key not in restated]
    check_all(readings, problems)
    _check_known_children(readings, problems)
    problems.raise_if_any()
    return RegistryBundle(
        tuple(rows(readings.units[:ours])), tuple(rows(readings.successions)), tuple(rows(readings.contacts))
    )


def _check_known_children(readings: Readings, problems: Problems) -> None:
    """A file that ends a unit must not leave alone what the registry has below it."""
    index, told = UnitIndex(readings.units), {placed.row.code: placed for placed in readings.units if placed.line}
    for child in (placed.row for placed in readings.units if not placed.line):
        above = told.get(child.parent_code or "")
        if above is None:
            continue
        without = index.first_day_without(above.row.code, child.valid_from, child.valid_to or date.max)
        if without:
            problems.add(
                above.file, above.line, "valid_to",
                f"'{above.row.code}' would not exist on {without}, while '{child.code}' stands below it; "
                "add its row with the parent of that time, or use 'dondoc units'",
            )  # fmt: skip


def _tables(path: Path) -> Iterator[tuple[str, str | None]]:
    """Yield the tables in a file, each with its sheet; a file nobody can open is left to its reader to refuse."""
    if path.suffix.lower() != ".xlsx":
        table = _table_of(_top_of_text(path)) if path.is_file() else None
        yield from [(table or "units", None)] if table or not path.is_file() else []
        return
    from openpyxl import load_workbook  # commands that read no workbook do not wait for openpyxl

    try:
        book = load_workbook(path, read_only=True)
        tops = {
            sheet.title: [
                [str(value or "") for value in row] for row in sheet.iter_rows(max_row=_TOP, values_only=True)
            ]
            for sheet in book.worksheets
            if sheet.sheet_state == "visible"
        }
        book.close()
    except Exception:  # openpyxl raises whatever its parts raise; the reader tells it as one line
        yield "units", None
        return
    for title, top in tops.items():
        if table := _table_of(top):
            yield table, title


def _top_of_text(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
        lines = [line for _, line in zip(range(_TOP), stream, strict=False)]
    return [next(csv.reader([line], delimiter=max(",;\t", key=line.count)), []) for line in lines]


def _table_of(top: Iterable[Sequence[str]]) -> str | None:
    """Return the table of which one row names the most required columns, at least half of them."""
    best = max(((_fit(row, columns), columns.sheet) for row in top for columns in _TABLES), default=(0.0, ""))
    return best[1] if best[0] >= 0.5 else None


def _fit(row: Sequence[str], columns: Columns) -> float:
    said = {clean_text(cell).lower() for cell in row}
    return len(said.intersection(columns.required)) / len(columns.required)
