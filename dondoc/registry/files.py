"""A registry file of any kind that offices have: CSV or an Excel workbook, told apart by the end of its name."""

from collections.abc import Iterator
from pathlib import Path

from dondoc.registry.csv_file import read_csv
from dondoc.registry.problems import Problems
from dondoc.registry.record import LIMITS, Columns, Limits, Record

_OTHER_BOOKS = (".xls", ".xlsm", ".xlsb", ".ods", ".numbers")


def read_records(
    path: Path, columns: Columns, problems: Problems, limits: Limits = LIMITS, sheet: str | None = None
) -> Iterator[Record]:
    """Yield the rows of a file; `sheet` names the sheet of a workbook, else it is found by the columns' own name.

    What cannot be read as a whole yields nothing more and leaves its reason in `problems`.
    """
    kind = path.suffix.lower()
    if kind == ".xlsx":
        from dondoc.registry.xlsx_file import read_workbook  # commands that read no workbook do not wait for openpyxl

        return read_workbook(path, columns, problems, limits, sheet)
    if kind in _OTHER_BOOKS:
        problems.add(path.name, 0, None, f"is a {kind} file; save it as .xlsx or as 'CSV UTF-8'")
        return iter(())
    if sheet is not None:
        problems.add(path.name, 0, None, f"is no workbook, so it has no sheet '{sheet}'; leave the sheet out")
        return iter(())
    return read_csv(path, columns, problems, limits)
