"""Conditions that cannot be met or hold up more than is meant: circles, decisions that come late, whole phases."""

import re
from collections.abc import Sequence
from datetime import date

from config.plan import Phase, Plan
from deadlines.ladder_sense import Found
from deadlines.model import DutyPeriod
from deadlines.periods import ONCE

_OF_ALL = re.compile(r"nhiệm vụ|báo cáo|định kỳ|hằng năm|mọi việc")


def condition_problems(plan: Plan, rows: Sequence[DutyPeriod]) -> Found:
    """Yield (path, text, whether it is only a note) for what waits for a decision that does not help it."""
    yield from _circles(plan, rows)
    yield from _counted_from(plan, rows)
    yield from _too_late(plan, rows)
    for n, phase in enumerate(plan.phases):
        if phase.conditional_on:
            yield from _phase(plan, rows, n, phase)


def _circles(plan: Plan, rows: Sequence[DutyPeriod]) -> Found:
    """A condition is decided by its own duty taking place; a circle of conditions never begins."""
    waits: dict[str, set[str]] = {duty.slug: set() for duty in plan.duties}
    for row in rows:
        if row.conditional_on:
            waits[row.duty].add(plan.duty(row.conditional_on).slug)
    for n, duty in enumerate(plan.duties):
        if duty.conditional_on and duty.slug in _reached(waits, duty.slug):
            text = f"duty '{duty.slug}' waits for '{duty.conditional_on}', which waits for it in turn; break the circle"
            yield ("duties", n, "conditional_on"), text, False


def _counted_from(plan: Plan, rows: Sequence[DutyPeriod]) -> Found:
    waiting = {row.duty: row.conditional_on for row in rows if row.conditional_on}
    for n, duty in enumerate(plan.duties):
        event = duty.time_rule.event
        if event in waiting and duty.slug not in waiting and waiting[event] != duty.slug:
            text = f"duty '{duty.slug}' counts from '{event}', which waits for '{waiting[event]}'"
            way_out = f"write 'conditional_on: {waiting[event]}' if it waits too"
            yield ("duties", n, "rule"), f"{text}; {way_out}", True


def _too_late(plan: Plan, rows: Sequence[DutyPeriod]) -> Found:
    """What is over before the decision is due cannot wait for it; told once for each duty."""
    for n, duty in enumerate(plan.duties):
        if not duty.conditional_on:
            continue
        decision = plan.duty(duty.conditional_on).slug
        days = {row.period: row.due_on for row in rows if row.duty == decision and row.due_on}
        for row in (row for row in rows if row.duty == duty.slug and row.due_on):
            decided = days.get(row.period) or min(days.values(), default=None)
            if decided and row.due_on and row.due_on < decided:
                text = f"duty '{duty.slug}' ends on {row.due_on:%d/%m/%Y}, before '{decision}' on {decided:%d/%m/%Y}, "
                way_out = "which it waits for; correct a rule or its years, or remove 'conditional_on'"
                yield ("duties", n, "conditional_on"), f"{text}{way_out}", False
                break


def _phase(plan: Plan, rows: Sequence[DutyPeriod], n: int, phase: Phase) -> Found:
    decision = plan.duty(str(phase.conditional_on)).slug
    mine = [row for row in rows if row.duty == decision]
    inside = [plan.phase_of((row.opens_on or row.due_on or row.bound_on or date.min).year) == phase for row in mine]
    if mine and all(inside):
        text = f"phase '{phase.slug}' waits for '{phase.conditional_on}', which lies in that phase; move it before"
        yield ("phases", n, "conditional_on"), text, False
        return
    readings = [reading for reading in plan.readings if decision in reading.duties]
    said = [plan.duty(decision).reading or "", *(reading.reading for reading in readings)]
    if any(_OF_ALL.search(text.lower()) for text in said):
        return
    meant = {slug for reading in readings for slug in reading.duties}
    own = {duty.slug for duty in plan.duties if duty.conditional_on}
    held = [row.duty for row in rows if row.conditional_on == phase.conditional_on and row.period != ONCE]
    if periodic := [f"'{slug}'" for slug in dict.fromkeys(held) if slug not in meant | own]:
        text = f"phase '{phase.slug}' waits for '{decision}', and so do {', '.join(periodic)} in its years; if they do"
        way_out = f"not, move 'conditional_on' to the duties that do; if they do, say so in a reading of '{decision}'"
        yield ("phases", n, "conditional_on"), f"{text} {way_out}", True


def _reached(waits: dict[str, set[str]], start: str) -> set[str]:
    found: set[str] = set()
    ahead = list(waits[start])
    while ahead:
        slug = ahead.pop()
        if slug not in found:
            found.add(slug)
            ahead += waits[slug]
    return found
