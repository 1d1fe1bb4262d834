"""From a plan to its list of duties, one row per duty and period; and what a ruling lays over a row."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from config.grammar import ISSUE, parse_rule, parse_years
from config.plan import Duty, Plan, PlanObligor
from deadlines.calendar import Calendar
from deadlines.model import Addressee, DutyPeriod, Obligor
from deadlines.periods import ONCE, Span, span_of, spans_in, year_span
from deadlines.windows import Window, around, dated, end_of_year, window


def expand_duties(plan: Plan, calendar: Calendar) -> list[DutyPeriod]:
    """Return every duty in every period, in the plan's order and then by period.

    A duty that comes back has one row per year, half-year, quarter or month (also without a date); what happens
    once, on request or on occasion has the row `once`. What comes back but was over when the plan was issued is
    owed by nobody and has no row for that period.
    """
    return [row for duty in plan.duties for row in _rows(plan, duty, calendar)]


def obligors_on(duty: DutyPeriod | Duty, day: date) -> tuple[Obligor, ...]:
    """Return who owes a duty on `day`, with the modality of that day, in the plan's order."""
    return tuple(_obligor(obligor) for obligor in duty.obligors if obligor.bound_on(day))


def with_date(
    row: DutyPeriod, due_on: date, calendar: Calendar, *, opens_on: date | None = None, roll_over: bool = False
) -> DutyPeriod:
    """Return the row with the last day an officer has set; an undated duty then behaves like any other.

    It keeps the day it opens. An undated one opens on `opens_on` (say, the day of the ruling), else on the
    first day of its period (`once`: 1 January of that year), never before the plan was issued. The day set is
    meant as it is; with `roll_over`, for a date that was counted, a day off moves to the next working day.
    """
    span = span_of(row.period) or year_span(due_on.year)
    opening = opens_on or row.opens_on or max(span.first, row.issued_on or date.min)
    return _in_window(row, dated(due_on, opening, calendar, roll_over=roll_over))


def event_of(row: DutyPeriod) -> str | None:
    """Return the event or duty from which a row's last day is counted, or null."""
    return parse_rule(row.rule).event


def dated_by_event(row: DutyPeriod, event_on: date, calendar: Calendar, *, roll_over: bool = False) -> DutyPeriod:
    """Return the row once the day of its event is known: `10 days before conference` is then an ordinary date.

    What follows the event opens on the event's own day. Errors: `ValueError` if the row counts from no event.
    """
    rule = parse_rule(row.rule)
    if rule.event is None:
        raise ValueError(f"{row.duty}: rule '{row.rule}' counts from no event")
    opens_on = event_on if rule.after else None
    return with_date(row, around(event_on, rule, calendar), calendar, opens_on=opens_on, roll_over=roll_over)


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


def spans_of(plan: Plan, duty: Duty) -> list[Span]:
    """Return the periods of a duty as the plan names them; the one period `once` for what does not come back."""
    rule, years = duty.time_rule, duty.in_years
    if duty.every or (years.recurs and rule.kind not in ("occasion", "request")):
        return [span for year in plan.years_of(years) for span in spans_in(year, duty.every)]
    return [year_span(plan.years_of(years)[0], ONCE)]


def _rows(plan: Plan, duty: Duty, calendar: Calendar) -> Iterator[DutyPeriod]:
    for span in spans_of(plan, duty):
        days, recurs = _days(plan, duty, span, calendar), span.name != ONCE
        if recurs and min(days.due_on or span.last, span.last) < plan.starts_on:
            continue
        yield _in_window(
            DutyPeriod(
                campaign=plan.key,
                duty=duty.slug,
                kind=duty.kind,
                clause=duty.clause,
                words=duty.words,
                period=span.name,
                obligors=_obligors(plan, duty, span if recurs else None, days),
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
                conditional_on=duty.conditional_on or _condition_of_phase(plan, duty, span),
                title=duty.title,
                issued_on=plan.starts_on,
            ),
            days,
        )


def _condition_of_phase(plan: Plan, duty: Duty, span: Span) -> str | None:
    """What must be decided before the phase begins that the duty's year lies in; null where the plan names no year."""
    year = span.first.year
    if duty.bound and not duty.years:
        year = plan.years_of(parse_years(duty.bound))[-1]
    elif not (duty.years or duty.time_rule.dated or span.name != ONCE):
        return None
    phase = plan.phase_of(year)
    return phase.conditional_on if phase and phase.conditional_on != duty.slug else None


def _days(plan: Plan, duty: Duty, span: Span, calendar: Calendar) -> Window:
    rule = duty.time_rule
    if rule.event == ISSUE and plan.instrument.date:
        due_on = around(plan.instrument.date, rule, calendar)
        return dated(due_on, plan.instrument.date, calendar, roll_over=plan.roll_over)
    bound_on = None if rule.dated else _bound(plan, duty, span, calendar)
    return window(rule, span, issued_on=plan.starts_on, calendar=calendar, bound_on=bound_on, roll_over=plan.roll_over)


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


def _bound(plan: Plan, duty: Duty, span: Span, calendar: Calendar) -> date | None:
    """The outer limit of an undated duty: the year it names, its event's date, or the next dated duty in its chain."""
    if duty.bound:
        return end_of_year(plan.years_of(parse_years(duty.bound))[-1])
    rule = duty.time_rule
    if rule.event is not None and (event_on := _planned(plan, rule.event, span, calendar)):
        return around(event_on, rule, calendar)
    for chain in plan.chains:
        later = chain.order[chain.order.index(duty.slug) + 1 :] if duty.slug in chain.order else ()
        dates = (_planned(plan, slug, span, calendar) for slug in later)
        if first := next((day for day in dates if day), None):
            return first
    return None


def _planned(plan: Plan, slug: str, span: Span, calendar: Calendar) -> date | None:
    """The last day the plan itself gives another duty in the same period; null if it gives none."""
    other = next((duty for duty in plan.duties if duty.slug == slug and duty.time_rule.dated), None)
    spans = spans_of(plan, other) if other else []
    here = [s for s in spans if s.name == span.name or s.name == ONCE]
    if other is None or not here:
        return None
    return window(
        other.time_rule, here[0], issued_on=plan.starts_on, calendar=calendar, roll_over=plan.roll_over
    ).due_on


def _obligors(plan: Plan, duty: Duty, span: Span | None, days: Window) -> tuple[Obligor, ...]:
    """The obligors of one period: those bound on at least one day from its opening to its last day."""
    first = days.opens_on or max(plan.starts_on, span.first if span else date(plan.period.first_year, 1, 1))
    last = days.due_on or days.bound_on or (span.last if span else end_of_year(plan.period.last_year))
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
