"""A report's form as an Excel workbook: locked labels, cells to fill in, read back cell by cell.

What people type never becomes a formula, and a formula is never computed: its cell is named and its value asked for.
"""

from datetime import date, datetime
from io import BytesIO
from math import ceil
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from deadlines.figures import shown_figure
from dondoc.reports.form_file import Filled, NoForm, Sheet, Whose, whose_of
from dondoc.workbook import refusal

_FIGURES, _TEXTS = "Số liệu", "Nội dung"
_MOST_BYTES, _MOST_UNPACKED, _MOST_ROWS = 10_000_000, 60_000_000, 2_000
_OPEN, _GREY = PatternFill("solid", fgColor="FFF8E1"), PatternFill("solid", fgColor="EEF1F4")
_KEY, _VALUE, _ESTIMATE = 8, 6, 7  # columns: the field's name (hidden), its value, whether provisional
_WIDTHS = {"A": 5, "B": 48, "C": 14, "D": 46, "E": 26, "F": 16, "G": 8, "H": 4}
_WIDEST, _FIRST_ROW = 12, 9


def write_book(sheet: Sheet, path: Path) -> None:
    """Write the form of one report; every label is locked, every place to fill in is open."""
    book = Workbook()
    figures, texts = book.worksheets[0], book.create_sheet(_TEXTS)
    figures.title = _FIGURES
    _figures(figures, sheet)
    _texts(texts, sheet)
    for each in book.worksheets:
        each.page_setup.orientation, each.page_setup.paperSize = "landscape", each.PAPERSIZE_A4
        each.page_setup.fitToWidth, each.page_setup.fitToHeight = 1, 0
        each.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
        each.protection.sheet = True  # no password: it keeps labels from slipping, it guards nothing
    book.save(path)


def _figures(page: Worksheet, sheet: Sheet) -> None:
    for letter, width in _WIDTHS.items():
        page.column_dimensions[letter].width = width
    page.column_dimensions["H"].hidden = True
    head = (sheet.title, sheet.unit_name, sheet.period, sheet.until, sheet.basis, sheet.receivers)
    for row, text in enumerate(head, 1):
        _text(page, row, 1, text, bold=row <= 2)
    _text(page, 1, _KEY, sheet.whose.code)
    _text(page, 7, 2, "Số liệu tính đến ngày (ngày/tháng/năm)", bold=True)
    _place(page, 7, _VALUE, sheet.filled.get("as_of", ""))
    _text(page, 7, _KEY, "as_of")
    labels = ("STT", "Chỉ tiêu", "Đơn vị tính", "Kế hoạch nêu", "Kỳ trước", "Giá trị", "Ước (x)")
    for column, label in enumerate(labels, 1):
        _text(page, 8, column, label, bold=True).fill = _GREY
    estimate = DataValidation("list", formula1='"x"', allow_blank=True)
    whether = DataValidation("list", formula1='"có,không"', allow_blank=True)
    page.add_data_validation(estimate)
    page.add_data_validation(whether)
    for row, figure in enumerate(sheet.form.figures, _FIRST_ROW):
        told = (str(row - _FIRST_ROW + 1), figure.label, sheet.units[figure.slug], sheet.targets[figure.slug],
                sheet.last.get(figure.slug, ""))  # fmt: skip
        for column, text in enumerate(told, 1):
            _text(page, row, column, text)
        lines = max(ceil(len(text) / width) for text, width in zip(told, _WIDTHS.values(), strict=False))
        page.row_dimensions[row].height = 16 * lines + 4
        _place(page, row, _VALUE, sheet.filled.get(f"figure-{figure.slug}", ""))
        _place(page, row, _ESTIMATE, "x" if sheet.filled.get(f"estimate-{figure.slug}") else "")
        _text(page, row, _KEY, f"figure-{figure.slug}")
        estimate.add(f"G{row}")
        if figure.yes_no:
            whether.add(f"F{row}")
    page.freeze_panes = "A9"


def _texts(page: Worksheet, sheet: Sheet) -> None:
    page.column_dimensions["A"].width, page.column_dimensions["B"].width = 34, 110
    page.column_dimensions["C"].hidden = True
    names = {f"part-{each}": sheet.sections[each] for each in sheet.form.sections} or {"text": "Nội dung báo cáo"}
    for row, (field, name) in enumerate(names.items(), 1):
        _text(page, row, 1, name, bold=True)
        _place(page, row, 2, sheet.filled.get(field, ""))
        _text(page, row, 3, field)
        page.row_dimensions[row].height = 120
    row = len(names) + 1
    for field, name in (
        ("number", "Số, ký hiệu văn bản"),
        ("date", "Ngày ký (ngày/tháng/năm)"),
        ("signer", "Người ký"),
    ):
        _text(page, row, 1, name, bold=True)
        _place(page, row, 2, sheet.filled.get(field, ""))
        _text(page, row, 3, field)
        row += 1


def _text(page: Worksheet, row: int, column: int, text: str, *, bold: bool = False) -> Any:
    cell = page.cell(row, column)
    cell.value, cell.data_type = text, "s"  # also when it begins with `=`
    cell.font, cell.alignment = Font(bold=bold), Alignment(wrap_text=column > 1 or row > 8, vertical="top")
    return cell


def _place(page: Worksheet, row: int, column: int, text: str) -> None:
    cell = _text(page, row, column, text)
    cell.value = text or None
    cell.number_format, cell.fill, cell.protection = "@", _OPEN, Protection(locked=False)


def read_book(path: Path) -> Filled:
    """Return what a filled workbook says. Raises `NoForm` for one that is none of ours, or not to be opened."""
    if reason := refusal(path, _MOST_BYTES, _MOST_UNPACKED):
        raise NoForm(reason)
    try:
        # By its bytes: what is kept under its hash has no name that ends in .xlsx.
        book = load_workbook(BytesIO(path.read_bytes()), read_only=True, data_only=False, keep_links=False)
    except Exception as error:  # openpyxl raises whatever its parts raise
        raise NoForm from error
    whose: Whose | None = None
    fields: dict[str, str] = {}
    places: dict[str, str] = {}
    wrong: list[str] = []
    try:
        for page in book.worksheets:
            page.reset_dimensions()
            column = _KEY - 1 if page.title == _FIGURES else 2
            value = _VALUE - 1 if page.title == _FIGURES else 1
            for n, row in enumerate(page.iter_rows(max_col=_WIDEST, max_row=_MOST_ROWS), 1):
                key = str(row[column].value or "") if len(row) > column else ""
                whose = whose or whose_of(key)
                if not key or whose_of(key):
                    continue
                place = f"trang {page.title}, ô {'F' if page.title == _FIGURES else 'B'}{n}"
                fields[key], told = _said(row[value], key)
                places[key] = place
                if told:
                    wrong.append(f"{place}: {told}")
                if key.startswith("figure-") and len(row) >= _ESTIMATE and str(row[_ESTIMATE - 1].value or "").strip():
                    fields[key.replace("figure-", "estimate-", 1)] = "1"
    except Exception as error:
        raise NoForm from error
    finally:
        book.close()
    if whose is None:
        raise NoForm
    return Filled(whose, fields, places, tuple(wrong))


def _said(cell: Any, key: str) -> tuple[str, str]:
    """What a cell says as somebody would type it, or why it cannot be taken."""
    value = cell.value
    if value is None:
        return "", ""
    if cell.data_type == "f":
        return "", "là công thức; chép lại giá trị của ô"
    if cell.data_type == "e":
        return "", "đang báo lỗi; ghi lại giá trị"
    if isinstance(value, bool):
        return ("có" if value else "không"), ""
    if isinstance(value, datetime | date):
        return f"{value.day:02}/{value.month:02}/{value.year}", ""
    if isinstance(value, int | float):
        percent = "%" in str(cell.number_format) and key.startswith("figure-")
        return shown_figure(value * 100 if percent else value), ""
    return str(value), ""
