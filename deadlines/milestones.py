"""The internal steps of whoever prepares a duty, before its last day: data cut-off, draft, comment, signature."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from config.grammar import MILESTONES, parse_rule
from config.plan import Duty, Milestone
from deadlines.calendar import Calendar
from deadlines.model import DutyPeriod
from deadlines.periods import span_of, year_span
from deadlines.ruling import Ruling
from deadlines.windows import window

CUT_OFF = "cut-off"


@dataclass(frozen=True, slots=True)
class DatedMilestone:
    """One step of preparing one row: `on` is null while the row has no date."""

    kind: str
    on: date | None
    clause: str | None
    words: str | None


def milestones_of(duty: Duty, row: DutyPeriod, calendar: Calendar) -> tuple[DatedMilestone, ...]:
    """Return the milestones of a row in the plan's order.

    People work on them on working days, so a step that falls on a day off moves back; a data cut-off does not: data
    are counted on any day. No milestone is a deadline of the unit, and nobody is late for one.
    """
    return tuple(
        DatedMilestone(milestone.kind, _on(milestone, row, calendar), milestone.clause, milestone.words)
        for milestone in duty.milestones
    )


def cut_off_of(duty: Duty, row: DutyPeriod, calendar: Calendar) -> date | None:
    """Return the day up to which figures are asked for, where the plan or its office has set one."""
    if not any(milestone.kind == CUT_OFF for milestone in duty.milestones):
        return None
    return next(milestone.on for milestone in milestones_of(duty, row, calendar) if milestone.kind == CUT_OFF)


def milestones_as_ruled(duty: Duty, row: DutyPeriod, calendar: Calendar, rulings: Iterable[Ruling]) -> dict[str, date]:
    """Return the dated milestones of a row by kind: the plan's, with those that standing rulings have set instead."""
    planned = {each.kind: each.on for each in milestones_of(duty, row, calendar) if each.on is not None}
    for ruling in rulings:
        on = ruling.day("on")
        if ruling.kind == "milestone" and (ruling.duty, ruling.period) == (row.duty, row.period) and on is not None:
            planned[str(ruling.value["milestone"])] = on
    return {kind: planned[kind] for kind in MILESTONES if kind in planned}


def out_of_turn(milestones: Mapping[str, date], due_on: date) -> str | None:
    """Return, in words, which milestone lies on the wrong side of another or after the last day; null if none does."""
    ordered = [(kind, milestones[kind]) for kind in MILESTONES if kind in milestones]
    for (kind, on), (later, after) in pairwise([*ordered, ("last day", due_on)]):
        if on > after:
            return f"{kind} {on:%d/%m/%Y} lies after {later} {after:%d/%m/%Y}"
    return None


def _on(milestone: Milestone, row: DutyPeriod, calendar: Calendar) -> date | None:
    if row.due_on is None or row.target_on is None:
        return None
    day = row.due_on if milestone.from_ == "due_on" else row.target_on
    if milestone.rule is not None:
        span = span_of(row.period) or year_span(row.due_on.year)
        day = window(parse_rule(milestone.rule), span, issued_on=span.first, calendar=calendar).due_on or day
    elif milestone.working_days:
        return calendar.add_working_days(day, milestone.working_days)
    else:
        day = date.fromordinal(day.toordinal() + (milestone.days or 0))
    return day if milestone.kind == CUT_OFF else calendar.previous_working_day(day)
