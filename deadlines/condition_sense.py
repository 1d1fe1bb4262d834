"""Conditions that cannot be met or hold up more than is meant: circles, decisions that come late, whole phases."""

import re
from collections.abc import Sequence
from datetime import date

from config.grammar import parse_years
from config.plan import Duty, Phase, Plan
from deadlines.model import DutyPeriod
from deadlines.periods import ONCE
from deadlines.rung_sense import Found

_DECIDES = ("phase-decision", "interim-review", "final-review")
_OF_THE_LAST = ("award-nomination", "award-appraisal", "award-round", "final-report")
_OF_ALL = re.compile(r"nhiệm vụ|báo cáo|định kỳ|hằng năm|mọi việc")


def condition_problems(plan: Plan, rows: Sequence[DutyPeriod]) -> Found:
    """Yield (path, text, whether it is only a note) for what waits for a decision that does not help it."""
    yield from _circles(plan, rows)
    yield from _counted_from(plan, rows)
    yield from _too_late(plan, rows)
    yield from _decides_nothing(plan)
    yield from _after_it(plan)
    yield from _left_behind(plan, rows)
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


def _decides_nothing(plan: Plan) -> Found:
    """A decision about a phase that waits for nothing, or that only single duties wait for."""
    waited_for = {phase.conditional_on for phase in plan.phases} | {duty.conditional_on for duty in plan.duties}
    for n, duty in enumerate(plan.duties):
        if duty.kind == "phase-decision" and not waited_for & {duty.slug, *duty.was}:
            text = (
                f"nothing waits for the decision '{duty.slug}'; write 'conditional_on: {duty.slug}' at the phase or the"
            )
            yield ("duties", n), f"{text} duties it decides, or they go out without it", False
    decisions = {slug for duty in plan.duties if duty.kind == "phase-decision" for slug in (duty.slug, *duty.was)}
    alone = {duty.conditional_on for duty in plan.duties} & decisions - {phase.conditional_on for phase in plan.phases}
    for n, phase in enumerate(plan.phases):
        late = [duty.slug for duty in plan.duties if _of_phase(plan, duty, phase) and not duty.conditional_on]
        if phase.conditional_on is None and n and alone and late:
            names = ", ".join(f"'{slug}'" for slug in late[:4])
            text = f"phase '{phase.slug}' waits for no decision, though '{min(map(str, alone))}' is one"
            way_out = "write 'conditional_on' at the phase, or at each duty that waits"
            yield ("phases", n), f"{text}; so {names} do not wait: {way_out}", True


def _after_it(plan: Plan) -> Found:
    """What a chain puts before the very duty it waits for; one that is confirmed beforehand may follow."""
    for n, duty in enumerate(plan.duties):
        for chain in (chain for chain in plan.chains if duty.slug in chain.order):
            later = chain.order[chain.order.index(duty.slug) + 1 :]
            if duty.conditional_on in later and not plan.duty(duty.conditional_on).discretionary:
                text = f"duty '{duty.slug}' waits for '{duty.conditional_on}', which chain '{chain.slug}' puts after it"
                yield ("duties", n, "conditional_on"), f"{text}; correct one of them", False


def _left_behind(plan: Plan, rows: Sequence[DutyPeriod]) -> Found:
    """Awards of the last occasion that would be asked for though the occasion itself waits for a decision."""
    finals = {row.conditional_on for row in rows if plan.duty(row.duty).kind == "final-review"}
    decision = finals.pop() if len(finals) == 1 else None
    for n, duty in enumerate(plan.duties):
        mine = [row for row in rows if row.duty == duty.slug]
        lasts = duty.kind in _OF_THE_LAST and "sơ kết" not in duty.title.lower() and not duty.in_years.recurs
        if decision and lasts and mine and not any(row.conditional_on or row.due_on for row in mine):
            text = f"duty '{duty.slug}' does not wait for '{decision}', as the final review does"
            yield ("duties", n), f"{text}; write 'conditional_on: {decision}' if it takes place only then", True


def _of_phase(plan: Plan, duty: Duty, phase: Phase) -> bool:
    """Whether every year of a duty lies in a phase."""
    text = duty.years or duty.bound
    return bool(text) and all(plan.phase_of(year) == phase for year in plan.years_of(parse_years(str(text))))


def _phase(plan: Plan, rows: Sequence[DutyPeriod], n: int, phase: Phase) -> Found:
    decision = plan.duty(str(phase.conditional_on)).slug
    mine = [row for row in rows if row.duty == decision]
    if len(mine) > 1:
        text = f"phase '{phase.slug}' waits for '{decision}', which comes back and decides nothing once and for all"
        yield ("phases", n, "conditional_on"), f"{text}; name the duty that decides, 'kind: phase-decision'", False
        return
    if plan.duty(decision).kind not in _DECIDES:
        text = f"phase '{phase.slug}' waits for '{decision}', which is '{plan.duty(decision).kind}'"
        yield ("phases", n, "conditional_on"), f"{text}; a decision is 'kind: phase-decision'", True
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
