"""From a plan to its list of duties, one row per duty and period; and what a ruling lays over a row."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from config.grammar import parse_years
from config.plan import Duty, Plan, PlanObligor
from deadlines.calendar import Calendar
from deadlines.model import Addressee, DutyPeriod, Obligor
from deadlines.windows import Window, around, dated, end_of_year, window

ONCE = "once"


def expand_duties(plan: Plan, calendar: Calendar) -> list[DutyPeriod]:
    """Return every duty in every period, in the plan's order and then by year.

    A duty that comes back yearly has one row per year (also without a date); what happens once, on request
    or on occasion has the row `once`. A yearly duty whose last day had passed when the plan was issued is
    owed by nobody and has no row for that year.
    """
    return [row for duty in plan.duties for row in _rows(plan, duty, calendar)]


def obligors_on(duty: DutyPeriod | Duty, day: date) -> tuple[Obligor, ...]:
    """Return who owes a duty on `day`, with the modality of that day, in the plan's order."""
    return tuple(_obligor(obligor) for obligor in duty.obligors if obligor.bound_on(day))


def with_date(row: DutyPeriod, due_on: date, calendar: Calendar, *, opens_on: date | None = None) -> DutyPeriod:
    """Return the row with the last day an officer has set; an undated duty then behaves like any other.

    It keeps the day it opens. An undated one opens on `opens_on` (say, the day of the ruling), else on
    1 January of its period's year, never before the plan was issued.
    """
    year = int(row.period) if row.period.isdigit() else due_on.year
    opening = opens_on or row.opens_on or max(date(year, 1, 1), row.issued_on or date.min)
    return _in_window(row, dated(due_on, min(opening, due_on), calendar))


def confirmed_by(row: DutyPeriod) -> DutyPeriod:
    """Return the row of a discretionary duty after an officer has confirmed that it takes place."""
    return replace(row, confirmed=True)


def requested_on(row: DutyPeriod, day: date, due_on: date | None, calendar: Calendar) -> DutyPeriod:
    """Return the period that a request of `day` opens: named by that day, open from it, due on the day requested.

    Without a day requested it stays undated. Only obligors bound on that day, or later before it is due, owe it.
    """
    opened = replace(
        row,
        period=day.isoformat(),
        opens_on=day,
        obligors=tuple(o for o in row.obligors if _overlaps(o, day, due_on or day)),
    )
    return with_date(opened, due_on, calendar, opens_on=day) if due_on else opened


def _rows(plan: Plan, duty: Duty, calendar: Calendar) -> Iterator[DutyPeriod]:
    rule, years = duty.time_rule, duty.in_years
    recurs = years.recurs and (rule.dated or rule.kind == "annual")
    for year in plan.years_of(years) if recurs else plan.years_of(years)[:1]:
        bound = _bound(plan, duty, calendar)
        days = window(rule, year, issued_on=plan.starts_on, calendar=calendar, bound_on=bound)
        if recurs and (days.due_on or end_of_year(year)) < plan.starts_on:
            continue
        phase = plan.phase_of(year) if rule.dated or recurs else None
        yield _in_window(
            DutyPeriod(
                campaign=plan.key,
                duty=duty.slug,
                kind=duty.kind,
                clause=duty.clause,
                words=duty.words,
                period=str(year) if recurs else ONCE,
                obligors=_obligors(plan, duty, year if recurs else None, days),
                addressees=tuple(Addressee(a.to, a.via, a.function) for a in duty.addressees),
                modality=_modality(plan, duty),
                rule=duty.rule,
                opens_on=None,
                due_on=None,
                bound_on=None,
                target_on=None,
                roll_note=None,
                calendar_status=None,
                confirmed=not duty.discretionary,
                conditional_on=duty.conditional_on or (phase.conditional_on if phase else None),
                title=duty.title,
                issued_on=plan.starts_on,
            ),
            days,
        )


def _in_window(row: DutyPeriod, days: Window) -> DutyPeriod:
    return replace(
        row,
        opens_on=days.opens_on,
        due_on=days.due_on,
        bound_on=days.bound_on,
        target_on=days.target_on,
        roll_note=days.roll_note,
        calendar_status=days.calendar_status,
    )


def _bound(plan: Plan, duty: Duty, calendar: Calendar) -> date | None:
    """The outer limit of an undated duty: the year it names, or the date its event may itself have in the plan."""
    if duty.bound:
        return end_of_year(plan.years_of(parse_years(duty.bound))[-1])
    rule = duty.time_rule
    event = next((other for other in plan.duties if other.slug == rule.event and other.time_rule.dated), None)
    if rule.kind != "event" or event is None or event.in_years.recurs:
        return None
    year = plan.years_of(event.in_years)[0]
    due_on = window(event.time_rule, year, issued_on=plan.starts_on, calendar=calendar).due_on
    return around(due_on, rule, calendar) if due_on else None


def _obligors(plan: Plan, duty: Duty, year: int | None, days: Window) -> tuple[Obligor, ...]:
    """The obligors of one period: those bound on at least one day from its opening to its last day."""
    first = days.opens_on or max(plan.starts_on, date(year or plan.period.first_year, 1, 1))
    last = days.due_on or days.bound_on or end_of_year(year or plan.period.last_year)
    return tuple(o for o in map(_obligor, duty.obligors) if _overlaps(o, first, max(first, last)))


def _modality(plan: Plan, duty: Duty) -> str:
    """The duty's own modality: that of the obligors it names first, on its first day."""
    first_day = max(plan.starts_on, date(plan.years_of(duty.in_years)[0], 1, 1))
    named = [o for o in duty.obligors if o.bound_on(first_day)] or list(duty.obligors)
    return named[0].modality


def _obligor(obligor: PlanObligor | Obligor) -> Obligor:
    return Obligor(obligor.kind, obligor.modality, obligor.from_, obligor.until, obligor.role)


def _overlaps(obligor: Obligor, first: date, last: date) -> bool:
    return (obligor.from_ is None or obligor.from_ <= last) and (obligor.until is None or first <= obligor.until)
