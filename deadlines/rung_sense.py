"""Rungs that go out and are not what they are called: another distance than their name's, late ones out of turn."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from config.plan import Plan
from config.yaml_lines import Path
from deadlines.ladders import PlannedStep
from deadlines.model import DutyPeriod
from dondoc import clock

Found = Iterator[tuple[Path, str, bool]]
Uses = Mapping[tuple[str, str], Sequence["Use"]]


@dataclass(frozen=True, slots=True)
class Use:
    """One rung at work: for which row and modality, at which instant."""

    row: DutyPeriod
    modality: str
    step: PlannedStep


def rung_problems(plan: Plan, rows: Sequence[DutyPeriod], uses: Uses) -> Found:
    """Yield (path, text, whether it is only a note) for every rung that is at work and cannot be meant so."""
    for ladder, rungs in plan.ladders.items():
        for n, rung in enumerate(rungs):
            path: Path = ("ladders", ladder, n)
            named = re.fullmatch(r"[Tt]-(\d+)", rung.slug)
            days = rung.offset_days if rung.offset_days is not None else rung.offset_working_days
            if named and days is not None and days <= 0 and days != -int(named[1]):
                text = f"rung '{rung.slug}' of ladder '{ladder}' is called after {named[1]} days and has {days}"
                yield path, f"{text}; correct one of them", False
            if rung.kind != "remind" and rung.from_ == "target_on":
                text = f"rung '{rung.slug}' of ladder '{ladder}' counts from the working day before a day off"
                yield path, f"{text}, though nobody is late before 'due_on' is over; write 'from: due_on'", True
        yield from _brief_first(plan, ladder, uses)
    yield from _after_the_next(plan, rows, uses)


def _brief_first(plan: Plan, ladder: str, uses: Uses) -> Found:
    """Whoever is above hears of it before those who are late do."""
    rungs = plan.ladders[ladder]
    late = next((rung for rung in rungs if rung.kind == "overdue"), None)
    for n, rung in enumerate(rungs):
        if late is None or rung.kind != "brief":
            continue
        pairs = list(zip(uses.get((ladder, rung.slug), ()), uses.get((ladder, late.slug), ()), strict=False))
        if pairs and all(brief.step.fire_at < told.step.fire_at for brief, told in pairs):
            text = f"rung '{rung.slug}' of ladder '{ladder}' writes to '{rung.to}' before '{late.slug}' tells those who"
            yield ("ladders", ladder, n), f"{text} are late; let it follow", True


def _after_the_next(plan: Plan, rows: Sequence[DutyPeriod], uses: Uses) -> Found:
    """A rung about what is late that falls after the next period of the same duty is over too."""
    following: dict[int, DutyPeriod] = {}
    for duty in plan.duties:
        dated = [row for row in rows if row.duty == duty.slug and row.due_on]
        following |= {id(row): later for row, later in pairwise(dated)}
    for (ladder, slug), found in uses.items():
        for use in (use for use in found if use.step.kind != "remind"):
            later = following.get(id(use.row))
            if later and later.due_on and clock.local_day(use.step.fire_at) > later.due_on:
                n = [rung.slug for rung in plan.ladders[ladder]].index(slug)
                text = f"rung '{slug}' of ladder '{ladder}' speaks of '{use.row.duty}', period {use.row.period}, when"
                told = f"{text} {later.period} is over too ({later.due_on:%d/%m/%Y}); let it follow sooner"
                yield ("ladders", ladder, n), told, True
                break
