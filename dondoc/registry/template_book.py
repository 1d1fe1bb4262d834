"""The empty workbook an office fills in: three sheets, cells that keep leading zeros, closed lists to choose from."""

from pathlib import Path

import yaml
from openpyxl import Workbook
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

import templates
from config.grammar import UNIT_KINDS
from dondoc.registry.read import CONTACT_COLUMNS, SUCCESSION_COLUMNS, UNIT_COLUMNS
from dondoc.registry.record import Columns
from dondoc.registry.rows import CONTACT_ROLES, SUCCESSION_RULES

_WORDS = Path(templates.__file__).parent / "workbook" / "vi.yaml"
_DAYS = ("valid_from", "valid_to", "unit_from", "predecessor_from", "successor_from", "on_date")
_CHOICES = {"kind": UNIT_KINDS, "role": CONTACT_ROLES, "rule": SUCCESSION_RULES, "sample": ("true", "false")}
_PREPARED = 10_000  # rows in which a closed list is offered


def write_template(path: Path) -> None:
    """Write an empty workbook with the sheets units, successions and contacts; `read_units` and its like read it back.

    Above the column names stands what they mean; a star marks those that must be filled in.
    """
    words = yaml.safe_load(_WORDS.read_text(encoding="utf-8"))
    book = Workbook()
    book.remove(book.worksheets[0])
    for columns in (UNIT_COLUMNS, SUCCESSION_COLUMNS, CONTACT_COLUMNS):
        sheet = book.create_sheet(columns.sheet)
        for n, name in enumerate(columns.known, 1):
            star = words["required"] if name in columns.required else ""
            _write_column(sheet, n, name, f"{words[columns.sheet][name]}{star}", columns)
        sheet.freeze_panes = "A3"
    book.save(path)


def _write_column(sheet: Worksheet, n: int, name: str, label: str, columns: Columns) -> None:
    letter, code_name = get_column_letter(n), sheet.cell(2, n, name)
    sheet.cell(1, n, label).font = Font(bold=True)
    code_name.font, code_name.fill = Font(color="555555"), PatternFill("solid", fgColor="EEEEEE")
    sheet.column_dimensions[letter].width = max(len(label), len(name)) + 3
    if name in _DAYS or name in columns.digits:  # text keeps the zeros in front; the format is the whole column's
        sheet.column_dimensions[letter].number_format = "yyyy-mm-dd" if name in _DAYS else "@"
    if name in _CHOICES:
        choice = DataValidation("list", formula1=f'"{",".join(_CHOICES[name])}"', allow_blank=True)
        choice.add(f"{letter}3:{letter}{2 + _PREPARED}")
        sheet.add_data_validation(choice)
