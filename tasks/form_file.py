"""A filled form that came as a file: whose it is, what it says, and where in it something cannot be read."""

from dataclasses import dataclass
from pathlib import Path

from deadlines.report_form import ReportForm
from dondoc.reports.form_book import read_book
from dondoc.reports.form_file import Filled, NoForm, Whose
from dondoc.reports.form_outline import read_outline
from tasks.report_form import ESTIMATE, FIGURE, typed

READERS = {"xlsx": read_book, "docx": read_outline}


@dataclass(frozen=True, slots=True)
class FormRead:
    """The fields of a form as a file gives them, and where each stands in it."""

    fields: dict[str, str]
    places: dict[str, str]

    def place(self, field: str) -> str:
        """Return where a field stands in the file; empty where it is not in it."""
        return self.places.get(field, "")


class StrangeForm(Exception):
    """A file from which nothing is taken: no form, another unit's, or with cells nobody can read; `why` says which.

    `whose` is the report it is the form of, where it is another's; `lines` name each place and its way out.
    """

    def __init__(self, why: str, whose: Whose | None = None, lines: tuple[str, ...] = ()) -> None:
        super().__init__(why)
        self.why, self.whose, self.lines = why, whose, lines


def read_form_file(path: Path, kind: str, form: ReportForm, whose: Whose) -> FormRead:
    """Return what a filled form says, brought to one form; nothing of it is trusted, every field is read again later.

    Errors: `StrangeForm`.
    """
    try:
        filled: Filled = READERS[kind](path)
    except NoForm as error:
        raise StrangeForm("no-form", lines=(error.why,) if error.why else ()) from error
    if filled.whose != whose:
        raise StrangeForm("another", filled.whose)
    if filled.wrong:
        raise StrangeForm("cells", lines=filled.wrong)
    said = typed(filled.fields, form)
    estimates = {name: "1" for name in said if name.startswith(ESTIMATE) and said[name].strip()}
    given = {name: text for name, text in said.items() if name in filled.fields and not name.startswith(ESTIMATE)}
    # A figure that stands in the file brings its "ước" with it, also when that was taken away.
    for name in [name for name in given if name.startswith(FIGURE)]:
        estimate = name.replace(FIGURE, ESTIMATE, 1)
        given[estimate] = estimates.get(estimate, "")
    return FormRead(given, dict(filled.places))
