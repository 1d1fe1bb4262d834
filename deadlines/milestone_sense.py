"""Milestones that cannot be meant so: after the last day, out of order, twice, or against their own words."""

import re
from collections.abc import Iterator
from datetime import date
from itertools import pairwise

from config.grammar import MILESTONES, parse_rule
from config.plan import Duty, Milestone
from config.words_fit import misfits
from config.words_rule import times_named
from config.words_said import Said, plain
from config.yaml_lines import Path
from deadlines.calendar import Calendar
from deadlines.milestones import DatedMilestone, milestones_of
from deadlines.model import DutyPeriod
from deadlines.periods import ONCE
from deadlines.rung_sense import Found

_Steps = tuple[date, tuple[DatedMilestone, ...]]


def milestone_problems(duty: Duty, rows: list[DutyPeriod], path: Path, calendar: Calendar) -> Found:
    """Yield (path, text, whether it is only a note) for every milestone too late, out of order, twice or misread."""
    dated = [(row.due_on, milestones_of(duty, row, calendar)) for row in rows if row.due_on]
    for m, milestone in enumerate(duty.milestones):
        late = [(on, due_on) for due_on, steps in dated if (on := steps[m].on) and due_on and on > due_on]
        for on, due_on in late[:1]:
            after = f"is on {on:%d/%m/%Y}, after the last day {due_on:%d/%m/%Y}"
            yield (*path, "milestones", m), f"milestone '{milestone.kind}' {after}; move it before that day", False
    yield from _words_of_steps(duty, rows, dated, path)
    for m, (before, then) in enumerate(pairwise(dated[0][1] if dated else ())):
        in_order = MILESTONES.index(before.kind) >= MILESTONES.index(then.kind)
        if before.on and then.on and before.on > then.on and not in_order:
            text = f"milestone '{then.kind}' ({then.on:%d/%m/%Y}) comes before '{before.kind}' ({before.on:%d/%m/%Y})"
            yield (*path, "milestones", m + 1), f"{text}; the order is {', '.join(MILESTONES)}", True


def _words_of_steps(duty: Duty, rows: list[DutyPeriod], dated: list[_Steps], path: Path) -> Found:
    """A milestone's own words beside its rule or its days; and two of one kind."""
    kinds = [milestone.kind for milestone in duty.milestones]
    for m, milestone in enumerate(duty.milestones):
        here: Path = (*path, "milestones", m)
        if milestone.kind in kinds[:m]:
            yield here, f"milestone '{milestone.kind}' stands twice; keep one, or give the other its own kind", False
        if milestone.words is None:
            continue
        note = bool(milestone.reading)
        years = tuple(sorted({on.year for _, steps in dated if (on := steps[m].on)}))
        recurs = any(row.period != ONCE for row in rows)
        rule = milestone.rule
        told = misfits(Said(milestone.words, parse_rule(rule), None, recurs, years)) if rule else _span(milestone)
        for text in (each.replace("correct 'years'", "correct its 'rule'") for each in told):
            yield (*here, "words"), text if note else f"{text}, or say in 'reading' why not", note


def _span(milestone: Milestone) -> Iterator[str]:
    """Days before the date, beside the days its words name."""
    named = re.search(r"(\d{1,3})\s*ngày(\s+làm việc)?", milestone.words or "")
    key, given = ("days", milestone.days) if milestone.days is not None else ("working_days", milestone.working_days)
    right = (f"{'working_days' if named[2] else 'days'}", -int(named[1])) if named else (key, given)
    day = next(times_named(plain(milestone.words or "")), None)
    if day and not named:
        rule = day[1] or "by that day"
        yield f"words name '{day[0]}', '{key}' counts back from the last day; write 'rule: {rule}'"
    if right != (key, given) and given is not None:
        yield f"words say '{named[0] if named else ''}', '{key}' is {given}; write '{right[0]}: {right[1]}'"
