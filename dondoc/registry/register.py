"""A register of incoming documents understood: which column is which, and what each of its lines says."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, time, timedelta

from dondoc.registry.register_file import Grid, RegisterUnreadable
from dondoc.registry.text import search_key

# What a line is made of → what the columns are called where offices export it, as search keys; the best first.
FIELDS: Mapping[str, tuple[str, ...]] = {
    "entry": ("so den", "so van ban den", "so thu tu den", "so vao so"),
    "arrived": ("ngay den", "ngay vao so", "ngay nhan van ban", "ngay nhan", "thoi gian nhan", "ngay tiep nhan"),
    "number": ("so ky hieu", "so va ky hieu", "so ki hieu", "ky hieu", "so hieu van ban", "so hieu"),
    "dated": ("ngay van ban", "ngay ban hanh", "ngay ky", "ngay thang van ban", "ngay thang"),
    "issuer": ("co quan gui", "co quan ban hanh", "noi gui", "tac gia", "don vi gui", "don vi ban hanh",
               "co quan don vi gui", "noi ban hanh"),
    "abstract": ("trich yeu", "ten loai va trich yeu noi dung", "trich yeu noi dung", "noi dung", "ve viec"),
    "signer": ("nguoi ky", "nguoi ky van ban", "ho ten nguoi ky"),
}  # fmt: skip
NEEDED = ("arrived", "number", "dated", "issuer", "abstract")
VIETNAMESE = {
    "entry": "Số đến", "arrived": "Ngày đến", "number": "Số ký hiệu", "dated": "Ngày văn bản",
    "issuer": "Cơ quan gửi", "abstract": "Trích yếu", "signer": "Người ký",
}  # fmt: skip
_HEAD_WITHIN = 30  # lines on top among which the head is looked for
_SERIAL_ZERO = date(1899, 12, 30)  # day 0 of spreadsheets
_DAY = re.compile(
    r"(?:(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})|(\d{4})-(\d{1,2})-(\d{1,2}))(?:[ T]+(\d{1,2})[:hg](\d{2}).*)?"
)
_DAY_LAST = re.compile(r"(\d{1,2})[:hg](\d{2})(?::\d{2})?[ ,]+(.+)")


@dataclass(frozen=True, slots=True)
class Head:
    """The row of a register that names its columns: which row of the grid it is, and its cells."""

    row: int
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a register. `wrong` says in words why it cannot be taken as it is; null: it can."""

    line: int
    entry: str
    arrived_on: date | None
    arrived_time: time | None  # null: the register gives no hour
    number: str
    dated: date | None
    issuer: str
    abstract: str
    signer: str
    wrong: str | None = None

    @property
    def same_as(self) -> tuple[str, date | None, str]:
        """Return what makes two lines one document: number, day, who issued it."""
        return search_key(self.number), self.dated, search_key(self.issuer)


def find_head(grid: Grid, columns: Mapping[str, str] | None = None) -> Head:
    """Return the row that names the columns: under the title rows, where most names are known.

    `columns` (name of a column → field) are names an office has said before. Errors: `RegisterUnreadable`.
    """
    said = {search_key(name) for name in columns or {}}
    known = said.union(*FIELDS.values())
    scored = [
        (sum(search_key(cell) in known for cell in cells if cell), -row, cells)
        for row, (_line, cells) in enumerate(grid[:_HEAD_WITHIN])
    ]
    hits, row, cells = max(scored)
    if hits < 2 and not said:
        listed = ", ".join(VIETNAMESE[field] for field in NEEDED)
        raise RegisterUnreadable(f"no row names the columns; it needs {listed}, or say --map 'Tên cột=number,…'")
    return Head(-row, cells)


def guess_columns(head: Head, columns: Mapping[str, str] | None = None) -> dict[str, int]:
    """Return which column holds what (field → column from 0): as the office has said, else by known names."""
    keys = [search_key(name) for name in head.names]
    found: dict[str, int] = {}
    for name, field in (columns or {}).items():
        if (key := search_key(name)) in keys:
            found[field] = keys.index(key)
    for field, names in FIELDS.items():
        if field in found:
            continue
        at = next((keys.index(name) for name in names if name in keys and keys.index(name) not in found.values()), None)
        if at is not None:
            found[field] = at
    return found


def missing(mapping: Mapping[str, int]) -> list[str]:
    """Return the Vietnamese names of the columns that are needed and not known."""
    return [VIETNAMESE[field] for field in NEEDED if field not in mapping]


def parse_columns(text: str) -> dict[str, str]:
    """Read "Số ký hiệu=number,Nơi gửi=issuer": name of a column → field. Errors: `RegisterUnreadable`."""
    said: dict[str, str] = {}
    for part in filter(None, (each.strip() for each in text.split(","))):
        name, _, field = (each.strip() for each in part.rpartition("="))
        if not name or field not in FIELDS:
            raise RegisterUnreadable(f"--map '{part}': write COLUMN=FIELD with one of {', '.join(FIELDS)}")
        said[name] = field
    return said


def entries_of(grid: Grid, head: Head, mapping: Mapping[str, int]) -> list[Entry]:
    """Return what the lines under the head say; a document that stands there twice says so at its second place."""
    found: list[Entry] = []
    first: dict[tuple[str, date | None, str], int] = {}
    for line, cells in grid[head.row + 1 :]:
        entry = _entry(line, cells, mapping)
        if not entry.number and not entry.abstract and not entry.issuer:
            continue  # a total, a signature under the table
        if entry.wrong is None:
            before = first.setdefault(entry.same_as, line)
            if before != line:
                entry = _wrong(entry, f"trùng văn bản ở dòng {before}")
        found.append(entry)
    return found


def parse_day(text: str) -> tuple[date, time | None] | None:
    """Return the day, and the hour if it has one, of "14/11/2026", "2026-11-14 08:30" or a spreadsheet's number."""
    if re.fullmatch(r"\d{5}(\.\d+)?", text):
        days = float(text)
        minutes = round((days % 1) * 24 * 60) % (24 * 60)
        return _SERIAL_ZERO + timedelta(days=int(days)), time(*divmod(minutes, 60)) if minutes else None
    turned = _DAY_LAST.fullmatch(text)
    matched = _DAY.fullmatch(f"{turned[3]} {turned[1]}:{turned[2]}" if turned else text)
    if matched is None:
        return None
    d, m, y, y2, m2, d2, hour, minute = matched.groups()
    try:
        day = date(int(y or y2), int(m or m2), int(d or d2))
        return day, time(int(hour), int(minute)) if hour else None
    except ValueError:
        return None


def _entry(line: int, cells: tuple[str, ...], mapping: Mapping[str, int]) -> Entry:
    said = {field: cells[at] if at < len(cells) else "" for field, at in mapping.items()}
    arrived, dated = parse_day(said.get("arrived", "")), parse_day(said.get("dated", ""))
    entry = Entry(
        line, said.get("entry", "")[:40], arrived[0] if arrived else None, arrived[1] if arrived else None,
        said.get("number", ""), dated[0] if dated else None, said.get("issuer", "")[:300],
        said.get("abstract", "")[:1000], said.get("signer", "")[:200],
    )  # fmt: skip
    for field, there in (("arrived", arrived), ("dated", dated)):
        if there is None:
            what = f"'{said[field]}' không phải ngày" if said.get(field) else "trống"
            return _wrong(entry, f"{VIETNAMESE[field]}: {what}")
    if not entry.number or len(entry.number) > 80:
        return _wrong(entry, "Số ký hiệu: trống hoặc dài quá 80 ký tự")
    if arrived and dated and dated[0] > arrived[0]:
        return _wrong(entry, "Ngày văn bản sau Ngày đến")
    return entry


def _wrong(entry: Entry, words: str) -> Entry:
    return replace(entry, number=entry.number[:80], wrong=words)
