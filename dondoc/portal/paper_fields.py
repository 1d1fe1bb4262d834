"""The figures and parts of a report that came on paper: the unit's own form, for the desk to fill in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from config.plan import Plan
from deadlines.report_form import ReportForm, form_of
from dondoc.portal.forms import Problem
from dondoc.portal.units import words
from dondoc.store.duties import DutyPeriodRow
from dondoc.store.engine import Database
from dondoc.store.registry import UnitRef
from dondoc.store.reported import NOTHING_REPORTED, Reported, assignments_asked, last_values, reported_by
from tasks.report_form import FIGURE, Report, read_report, typed

SEEN = "seen"  # the field in which an officer says: I looked again, the figure is right


@dataclass(frozen=True, slots=True)
class PaperFields:
    """The form of one unit's report, what it reported before (measure → period, value), what each version says."""

    form: ReportForm
    last: Mapping[str, tuple[str, float]]
    reported: Mapping[int, Reported]

    def understood(self, fields: Mapping[str, str], today: date) -> tuple[Reported, list[Problem]]:
        """Return what was typed into the form, and what is wrong with it or worth a second look."""
        said = {name: text for name, text in typed(fields, self.form).items() if "-" in name or name == "as_of"}
        report = read_report(said, files=1, takes_names=False, today=today, form=self.form, last=self.last)
        problems = [Problem(name, self._told(name, why)) for name, why in report.errors.items()]
        if not problems and fields.get(SEEN) != "yes":
            problems = self._asked(report)
        return NOTHING_REPORTED if problems else report.reported, problems

    def shown(self, fields: Mapping[str, str]) -> dict[str, str]:
        """Return what stands in each field of the form."""
        return typed(fields, self.form)

    def _asked(self, report: Report) -> list[Problem]:
        return [Problem(SEEN, words.asked(each, self.form)) for each in report.asked]

    def _told(self, name: str, why: str) -> str:
        figure = self.form.figure(name.removeprefix(FIGURE))
        return f"{figure.label}: {words.field(why)}" if figure else words.field(why, name=name)


async def paper_fields(database: Database, plan: Plan, row: DutyPeriodRow, unit: UnitRef) -> PaperFields:
    """Return the form of a unit's report, with what the ledger knows of its figures."""
    form = form_of(plan, plan.duty(row.duty), unit.kind, row.period)
    owed = await assignments_asked(database, row.id, unit.id)
    if not owed:
        return PaperFields(form, {}, {})
    assignment_id, _ = owed[0]
    last = await last_values(database, assignment_id, [each.measure for each in form.figures])
    return PaperFields(form, last, await reported_by(database, assignment_id))
