"""Registry files as Excel workbooks: read like CSV, and what a spreadsheet spoils is named by sheet, row and cell."""

import zipfile
from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.utils import get_column_letter

import config
from dondoc.registry import (
    Limits,
    RegistryError,
    read_bundle,
    read_contacts,
    read_successions,
    read_units,
)
from dondoc.registry.read import CONTACT_COLUMNS, SUCCESSION_COLUMNS, UNIT_COLUMNS
from dondoc.registry.template_book import write_template

HEADER = ("code", "valid_from", "valid_to", "kind", "name", "province_code", "parent_code")
GOOD = ("03127", date(2025, 7, 1), None, "commune", "Xã Mường Phăng", "11", None)
SHIPPED = Path(config.__file__).parent


def book(path: Path, *rows: tuple[Any, ...], title: str = "units", change: Callable[[Any], None] | None = None) -> Path:
    workbook = Workbook()
    sheet = workbook.worksheets[0]
    sheet.title = title
    for row in rows:
        sheet.append(row)
    if change:
        change(workbook)
    workbook.save(path)
    return path


def problems_of(read: Callable[[], object]) -> list[str]:
    with pytest.raises(RegistryError) as refused:
        read()
    return refused.value.problems


# ── read like CSV ───────────────────────────────────────────────────────────────────────────────


def test_a_workbook_says_what_a_csv_file_says(tmp_path: Path) -> None:
    """The whole registry of Thái Bình, once from CSV and once from one workbook with three sheets."""
    import csv

    files = {
        "units": SHIPPED / "units/thai-binh.csv",
        "successions": SHIPPED / "units/thai-binh-succession.csv",
        "organisations": SHIPPED / "sample/thai-binh/organisations.csv",
        "contacts": SHIPPED / "sample/thai-binh/contacts.csv",
    }
    workbook = Workbook()
    for title, path in files.items():
        sheet = workbook.create_sheet(title)
        with path.open(encoding="utf-8", newline="") as stream:
            for row in csv.reader(line for line in stream if not line.startswith("#")):
                sheet.append(
                    [date.fromisoformat(cell) if cell[4:5] == "-" and len(cell) == 10 else cell for cell in row]
                )
    workbook.save(tmp_path / "thai-binh.xlsx")
    units = read_units(tmp_path / "thai-binh.xlsx")
    organisations = read_units(tmp_path / "thai-binh.xlsx", known=units, sheet="organisations")
    assert units == read_units(files["units"])
    assert organisations == read_units(files["organisations"], known=units)
    assert read_successions(tmp_path / "thai-binh.xlsx", units) == read_successions(files["successions"], units)
    assert read_contacts(tmp_path / "thai-binh.xlsx", [*units, *organisations]) == read_contacts(
        files["contacts"], [*units, *organisations]
    )


def test_a_title_above_the_header_and_blank_rows_are_left_out(tmp_path: Path) -> None:
    title, header = ("DANH SÁCH CƠ QUAN, ĐƠN VỊ",), tuple(name.title() for name in HEADER)
    path = book(tmp_path / "u.xlsx", title, (), header, (), GOOD,
                (None, " "), (GOOD[0], "2026-01-01"))  # fmt: skip
    assert problems_of(lambda: read_units(path)) == [
        "u.xlsx, sheet units: row 7, column kind: is empty; a value is required here",
        "u.xlsx, sheet units: row 7, column name: is empty; a value is required here",
        "u.xlsx, sheet units: row 7, column province_code: is empty; a value is required here",
    ]


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        (date(2025, 7, 1), date(2025, 7, 1)),
        (datetime.fromisoformat("2025-07-01T00:00"), date(2025, 7, 1)),
        ("1/7/2025", date(2025, 7, 1)),
        ("2025-07-01", date(2025, 7, 1)),
    ],
)
def test_a_day_is_a_date_cell_or_text(tmp_path: Path, cell: object, day: date) -> None:
    path = book(tmp_path / "u.xlsx", HEADER, (GOOD[0], cell, *GOOD[2:]))
    assert [unit.valid_from for unit in read_units(path)] == [day]


def test_days_counted_from_1904_are_the_same_days(tmp_path: Path) -> None:
    from openpyxl.utils.datetime import CALENDAR_MAC_1904

    def from_1904(workbook: Any) -> None:
        workbook.epoch = CALENDAR_MAC_1904

    path = book(tmp_path / "u.xlsx", HEADER, GOOD, change=from_1904)
    assert [unit.valid_from for unit in read_units(path)] == [date(2025, 7, 1)]


def test_text_that_looks_like_a_formula_is_text(tmp_path: Path) -> None:
    def as_text(workbook: Any) -> None:
        workbook.worksheets[0]["E2"].data_type = "s"

    path = book(tmp_path / "u.xlsx", HEADER, (*GOOD[:4], '=HYPERLINK("x")', *GOOD[5:]), change=as_text)
    assert [unit.name for unit in read_units(path)] == ['=HYPERLINK("x")']


def test_the_named_sheet_is_read_else_the_tables_own_else_the_first_visible(tmp_path: Path) -> None:
    def more(workbook: Any) -> None:
        other = workbook.create_sheet("Đơn vị mới")
        other.append(HEADER)
        other.append(("2", *GOOD[1:]))
        workbook.worksheets[0].sheet_state = "hidden"

    path = book(tmp_path / "u.xlsx", HEADER, GOOD, title="Cũ", change=more)
    assert [unit.code for unit in read_units(path)] == ["2"]
    assert [unit.code for unit in read_units(path, sheet="Cũ")] == ["03127"]
    assert problems_of(lambda: read_units(path, sheet="Đơn vị")) == [
        "u.xlsx: has no sheet 'Đơn vị'; did you mean Đơn vị mới?"
    ]
    named = book(tmp_path / "v.xlsx", ("x",), title="Ghi chú", change=lambda workbook: units_sheet(workbook))
    assert [unit.code for unit in read_units(named)] == ["03127"]


def units_sheet(workbook: Any) -> None:
    sheet = workbook.create_sheet("units")
    sheet.append(HEADER)
    sheet.append(GOOD)


# ── what a spreadsheet spoils ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ((3127, *GOOD[1:]), "column code: cell A2 holds the number 3127, which may have lost zeros in front; "
                            "format the column as text, write it again"),
        ((*GOOD[:5], 8, None), "column province_code: cell F2 holds the number 8, which may have lost zeros in front; "
                               "format the column as text, write it again"),
        ((*GOOD[:6], 94), "column parent_code: cell G2 holds the number 94, which may have lost zeros in front; "
                          "format the column as text, write it again"),
        ((*GOOD[:4], "=A1", *GOOD[5:]), "column name: cell E2 holds a formula; copy it and paste its value"),
        ((*GOOD[:4], "#N/A", *GOOD[5:]), "column name: cell E2 holds the error #N/A; correct it"),
        ((GOOD[0], datetime.fromisoformat("2025-07-01T10:30"), *GOOD[2:]),
         "column valid_from: cell B2 holds the instant 2025-07-01 10:30:00; write the day alone"),
        ((GOOD[0], 45839, *GOOD[2:]), "column valid_from: '45839' is not a day; write YYYY-MM-DD or DD/MM/YYYY"),
        ((*GOOD[:3], "comune", *GOOD[4:]), "column kind: 'comune' is no unit kind; did you mean commune?"),
        ((*GOOD, None, "ghi chú"), "cell I2 stands under no column name; clear it"),
    ],
)  # fmt: skip
def test_a_wrong_cell_is_refused_with_its_place(tmp_path: Path, row: tuple[Any, ...], problem: str) -> None:
    path = book(tmp_path / "u.xlsx", HEADER, row)
    between = ": row 2: " if problem.startswith("cell I2") else ": row 2, "
    assert problems_of(lambda: read_units(path)) == [f"u.xlsx, sheet units{between}{problem}"]


def test_a_number_that_lost_nothing_or_shows_its_zeros_is_taken(tmp_path: Path) -> None:
    def padded(workbook: Any) -> None:
        workbook.worksheets[0]["A3"].number_format = "00000"

    path = book(tmp_path / "u.xlsx", HEADER, (10639, *GOOD[1:5], 30, None), (3127, *GOOD[1:]), change=padded)
    assert [(unit.code, unit.province_code) for unit in read_units(path)] == [("10639", "30"), ("03127", "11")]


def test_a_telephone_number_is_not_taken_from_a_number(tmp_path: Path) -> None:
    header = (*CONTACT_COLUMNS.required, "phone", "sample")
    row = ("a", date(2021, 1, 1), "officer", "N", "P", "a@b.example", date(2021, 1, 1), 2153000000, True)
    path = book(tmp_path / "c.xlsx", header, row, (*row[:7], 842153000000, False), title="contacts")
    assert problems_of(lambda: read_contacts(path)) == [
        "c.xlsx, sheet contacts: row 2, column phone: cell H2 holds the number 2153000000, "
        "which may have lost zeros in front; format the column as text, write it again"
    ]
    path = book(tmp_path / "c.xlsx", header, (*row[:7], 842153000000, False), title="contacts")
    assert [(c.phone, c.sample) for c in read_contacts(path)] == [("842153000000", False)]


def test_a_double_is_named_by_its_row_in_the_other_file(tmp_path: Path) -> None:
    first = tmp_path / "a.csv"
    first.write_text(",".join(HEADER) + "\n03127,2025-07-01,,commune,A,11,\n", encoding="utf-8")
    second, third = (book(tmp_path / name, HEADER, GOOD) for name in ("b.xlsx", "c.xlsx"))
    assert problems_of(lambda: read_bundle([second, third, first], [], [])) == [
        "c.xlsx, sheet units: row 2, column code: '03127' from 2025-07-01 stands already in b.xlsx, sheet units row 2; "
        "delete one",
        "a.csv: line 2, column code: '03127' from 2025-07-01 stands already in b.xlsx, sheet units row 2; delete one",
    ]


@pytest.mark.parametrize(
    ("rows", "problems"),
    [
        ([], ["is empty; the first row names the columns: code,valid_from,kind,name,province_code"]),
        ([("Danh sách",), ("không có tiêu đề",)],
         ["'danh sách' is no column; write one of: " + ", ".join(UNIT_COLUMNS.known),
          "column code, valid_from, kind, name, province_code is missing; add it"]),
        ([(*HEADER[:6], "parent", "code")],
         ["'parent' is no column; did you mean parent_code?", "column 'code' stands twice; delete one"]),
    ],
)  # fmt: skip
def test_a_sheet_without_its_header_says_so(tmp_path: Path, rows: list[tuple[str, ...]], problems: list[str]) -> None:
    path = book(tmp_path / "u.xlsx", *rows)
    place = "u.xlsx, sheet units: row 1: " if rows else "u.xlsx, sheet units: "
    assert problems_of(lambda: read_units(path)) == [place + problem for problem in problems]


# ── files that are not opened ───────────────────────────────────────────────────────────────────

BROKEN = "cannot be read as a workbook; open it, save it as .xlsx again, or save it as 'CSV UTF-8'"


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("u.xlsx", b"code,valid_from\n", BROKEN),
        ("u.xlsx", b"", BROKEN),
        ("u.xlsx", b"\xd0\xcf\x11\xe0 an older workbook",
         "is a password-protected workbook or one of before 2007; save it as .xlsx without a password"),
        ("u.xls", b"", "is a .xls file; save it as .xlsx or as 'CSV UTF-8'"),
        ("u.ODS", b"", "is a .ods file; save it as .xlsx or as 'CSV UTF-8'"),
    ],
)  # fmt: skip
def test_what_is_no_workbook_is_one_clear_line(tmp_path: Path, name: str, content: bytes, problem: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert problems_of(lambda: read_units(path)) == [f"{name}: {problem}"]


def test_a_missing_workbook_is_one_line(tmp_path: Path) -> None:
    assert problems_of(lambda: read_units(tmp_path / "u.xlsx")) == [
        "u.xlsx: cannot be read: No such file or directory"
    ]  # fmt: skip


def test_a_csv_file_has_no_sheet(tmp_path: Path) -> None:
    path = tmp_path / "u.csv"
    path.write_text("code\n", encoding="utf-8")
    assert problems_of(lambda: read_units(path, sheet="units")) == [
        "u.csv: is no workbook, so it has no sheet 'units'; leave the sheet out"
    ]


def test_too_much_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = book(tmp_path / "u.xlsx", HEADER, *((f"{n:05}", *GOOD[1:]) for n in range(4)))
    packed = path.stat().st_size
    unpacked = sum(part.file_size for part in zipfile.ZipFile(path).infolist())
    for limits, problem in (
        (Limits(max_bytes=packed - 1), f"u.xlsx: is larger than {packed - 1} bytes; split the file"),
        (Limits(max_unpacked_bytes=unpacked - 1),
         f"u.xlsx: unpacks to more than {unpacked - 1} bytes; split the file or save it as 'CSV UTF-8'"),
        (Limits(max_rows=3), "u.xlsx, sheet units: row 5: is row 4, at most 3 are read; split the file"),
    ):  # fmt: skip
        assert problems_of(partial(read_units, path, limits=limits)) == [problem]
    assert len(read_units(path, limits=Limits(packed, 4, unpacked))) == 4


def test_a_zip_bomb_is_refused_unopened(tmp_path: Path) -> None:
    path, limits = book(tmp_path / "u.xlsx", HEADER, GOOD), Limits(max_unpacked_bytes=50 * 1024 * 1024)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/bomb.xml", b" " * (50 * 1024 * 1024))
    assert path.stat().st_size < 100_000
    assert problems_of(lambda: read_units(path, limits=limits)) == [
        "u.xlsx: unpacks to more than 52428800 bytes; split the file or save it as 'CSV UTF-8'"
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_type_is_refused(tmp_path: Path, encoding: str) -> None:
    path, evil = book(tmp_path / "u.xlsx", HEADER, GOOD), tmp_path / "evil.xlsx"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(evil, "w") as target:
        for part in source.infolist():
            text = source.read(part)
            if part.filename.endswith("sheet1.xml"):
                declared = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE x [<!ENTITY a "b">]>'
                text = (declared + text.decode().partition("?>")[2]).encode(encoding)
            target.writestr(part, text)
    assert problems_of(lambda: read_units(evil)) == [
        "evil.xlsx: defines a document type, which no spreadsheet program does; save it as 'CSV UTF-8'"
    ]


def test_a_broken_sheet_is_one_line_and_gives_nothing(tmp_path: Path) -> None:
    path, broken = book(tmp_path / "u.xlsx", HEADER, GOOD), tmp_path / "broken.xlsx"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(broken, "w") as target:
        for part in source.infolist():
            text = source.read(part)
            target.writestr(part, text[: len(text) // 2] if part.filename.endswith("sheet1.xml") else text)
    assert problems_of(lambda: read_units(broken)) == [f"broken.xlsx, sheet units: {BROKEN}"]


def test_a_row_far_below_does_not_keep_the_reader_busy(tmp_path: Path) -> None:
    """A row number that no spreadsheet has ends the reading; else the reader would count up to it."""
    path, far = book(tmp_path / "u.xlsx", HEADER, GOOD, ("03130", *GOOD[1:])), tmp_path / "far.xlsx"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(far, "w") as target:
        for part in source.infolist():
            text = source.read(part)
            if part.filename.endswith("sheet1.xml"):
                assert b'<row r="3"' in text
                text = text.replace(b'<row r="3"', b'<row r="9000000000"').replace(b'3"', b'9000000000"')
            target.writestr(part, text)
    assert problems_of(lambda: read_units(far)) == [
        "far.xlsx, sheet units: has more than 1048576 rows, more than a sheet can; save it again"
    ]


# ── the empty workbook ──────────────────────────────────────────────────────────────────────────


def test_the_empty_workbook_is_read_back_once_filled_in(tmp_path: Path) -> None:
    path = tmp_path / "mau.xlsx"
    write_template(path)
    assert (read_units(path), read_successions(path), read_contacts(path)) == ([], [], [])
    workbook = load_workbook(path)
    for columns in (UNIT_COLUMNS, SUCCESSION_COLUMNS, CONTACT_COLUMNS):
        sheet = workbook[columns.sheet]
        assert [cell.value for cell in sheet[2]] == list(columns.known)
        labels = [str(cell.value) for cell in sheet[1]]
        assert [label for label, name in zip(labels, columns.known, strict=True)
                if label.endswith(" *") != (name in columns.required)] == []  # fmt: skip
        formats = [sheet.column_dimensions[get_column_letter(n)].number_format for n in range(1, len(labels) + 1)]
        assert {name for name, text in zip(columns.known, formats, strict=True) if text == "@"} == set(columns.digits)
    filled: tuple[Any, ...] = ("03127", date(2025, 7, 1), "commune", "Xã Mường Phăng", "11")
    for n, value in enumerate(filled, 1):
        workbook["units"].cell(3, n, value)
    workbook.save(path)
    (unit,) = read_units(path)
    assert (unit.code, unit.valid_from, unit.territory) == ("03127", date(2025, 7, 1), "11")
