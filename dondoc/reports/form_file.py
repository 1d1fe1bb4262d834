"""A report's form as a file: whose it is, what it holds, and what of a filled one can be read back."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Final

from deadlines.report_form import ReportForm

MARK = "dondoc-bieu-mau"  # how a file says that it is one of these forms


@dataclass(frozen=True, slots=True)
class Whose:
    """Which report of which unit a file is the form of."""

    campaign: str
    duty: str
    period: str
    unit: str

    @property
    def code(self) -> str:
        """Return it as one line that stands in the file."""
        return f"{MARK}:{self.campaign}/{self.duty}/{self.period}/{self.unit}"


def whose_of(code: str) -> Whose | None:
    """Return whose form a line names; null for any other line."""
    mark, _, rest = code.strip().partition(":")
    parts = rest.split("/")
    return Whose(*parts) if mark == MARK and len(parts) == 4 and all(parts) else None


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a form's file shows beside its empty places; every line in the words of the office."""

    whose: Whose
    form: ReportForm
    unit_name: str
    title: str
    period: str
    basis: str  # plan, number, date, clause
    until: str
    receivers: str
    sections: Mapping[str, str]  # section → its name
    units: Mapping[str, str]  # figure → in what it is given
    targets: Mapping[str, str]  # figure → the plan's words and clause
    last: Mapping[str, str]  # figure → what was reported before; missing where nothing was
    filled: Mapping[str, str]  # field → what stands in it already


@dataclass(frozen=True, slots=True)
class Filled:
    """What was read from a filled file: the fields of the form, and what could not be read, each with its place."""

    whose: Whose
    fields: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)  # field → where it stands: "ô F7", "mục Kết quả"
    wrong: tuple[str, ...] = ()


class NoForm(Exception):
    """A file that is none of these forms, or not to be opened; `why` is a line for people where one helps."""

    def __init__(self, why: str = "") -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Writer:
    """How a form is written as one kind of file."""

    module: str
    function: str
    media_type: str


_OFFICE = "application/vnd.openxmlformats-officedocument"
WRITERS: Final = {
    "xlsx": Writer("dondoc.reports.form_book", "write_book", f"{_OFFICE}.spreadsheetml.sheet"),
    "docx": Writer("dondoc.reports.form_outline", "write_outline", f"{_OFFICE}.wordprocessingml.document"),
}


def written(sheet: Sheet, kind: str) -> bytes:
    """Return the form as the bytes of a file, `xlsx` or `docx`."""
    writer = WRITERS[kind]
    write = getattr(import_module(writer.module), writer.function)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"form.{kind}"
        write(sheet, path)
        return path.read_bytes()
