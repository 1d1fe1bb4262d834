"""When what falls due, worked out anew from the plan's text: the judge's own and small idea of rules and ladders.

Imports nothing of the project. Every instant is Vietnamese wall-clock time without a zone.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import yaml

# Days off on weekdays in 2026, of the official notices and of Nghị quyết 28/2026/QH16; one Saturday is worked.
OFF_2026 = (
    "2026-01-01", "2026-01-02", "2026-02-16", "2026-02-17", "2026-02-18", "2026-02-19", "2026-02-20", "2026-04-27",
    "2026-04-30", "2026-05-01", "2026-08-31", "2026-09-01", "2026-09-02", "2026-11-24", "2027-01-01",
)  # fmt: skip
WORKED_2026 = ("2026-01-10", "2026-08-22")
_DAY = timedelta(days=1)
NEVER = datetime.fromisoformat("9999-12-31 00:00")


@dataclass(frozen=True, slots=True)
class Days:
    """Which days an office works."""

    off: frozenset[date]
    worked: frozenset[date]

    def works(self, day: date) -> bool:
        """Return whether a day is worked."""
        return day in self.worked or (day.weekday() < 5 and day not in self.off)

    def on_or_before(self, day: date) -> date:
        """Return the last day worked up to `day`."""
        while not self.works(day):
            day -= _DAY
        return day

    def after(self, day: date, count: int) -> date:
        """Return the `count`-th day worked after `day`."""
        while count:
            day += _DAY
            count -= self.works(day)
        return day

    def plus(self, off: Iterable[date]) -> "Days":
        """Return the same with more days off."""
        return Days(self.off | frozenset(off), self.worked)


def days_2026() -> Days:
    """Return the year the faults strike in."""
    return Days(frozenset(map(date.fromisoformat, OFF_2026)), frozenset(map(date.fromisoformat, WORKED_2026)))


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung of one duty and period: from `at` on it is the latest; a reminder is worth nothing from `ends` on."""

    duty: str
    period: str
    modality: str
    slug: str
    kind: str
    due_on: date
    at: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class DutyPeriod:
    """One duty for one period, as a plan's text has it."""

    duty: str
    title: str
    period: str
    due_on: date
    modalities: Mapping[str, str]  # kind of unit → modality


def duty_periods(plan: Mapping[str, Any]) -> list[DutyPeriod]:
    """Return every duty and period of a plan that has a date."""
    first, years = plan["period"]["first_year"], plan["period"]["years"]
    found = []
    for duty in plan["duties"]:
        modalities = {each["kind"]: each["modality"] for each in duty["obligors"]}
        for year in range(first, first + years):
            for period, due_on in _dates(duty["rule"], duty.get("every"), year):
                found.append(DutyPeriod(duty["duty"], duty["title"], period, due_on, modalities))
    return found


def _dates(rule: str, every: str | None, year: int) -> list[tuple[str, date]]:
    if every is None:
        strict, day, month = re.fullmatch(r"(by|before) (\d+)/(\d+)", rule).groups()  # type: ignore[union-attr]
        return [(str(year), date(year, int(month), int(day)) - _DAY * (strict == "before"))]
    strict, day = re.fullmatch(r"(by|before) day (\d+) of next", rule).groups()  # type: ignore[union-attr]
    letter, months = {"half-year": ("H", 6), "quarter": ("Q", 3)}[every]
    found = []
    for n in range(1, 12 // months + 1):
        after = date(year + months * n // 12, months * n % 12 + 1, int(day))
        found.append((f"{year}-{letter}{n}", after - _DAY * (strict == "before")))
    return found


def ladder(plan: Mapping[str, Any], each: DutyPeriod, modality: str, days: Days) -> list[Rung]:
    """Return the rungs of mail of a duty and period for those it binds so, oldest first."""
    target = days.on_or_before(each.due_on)
    over = datetime.combine(each.due_on + _DAY, time())
    rungs = []
    for rung in plan["ladders"][{"mandated": "mandated", "requested": "courtesy"}[modality]]:
        if rung["kind"] == "brief":
            continue
        start = target if rung["from"] == "target_on" else each.due_on
        if "days" in rung:
            day = days.on_or_before(start + timedelta(days=rung["days"]))
        else:
            day = days.after(start, rung["working_days"])
        at = datetime.combine(day, time.fromisoformat(rung.get("at", "08:00")))
        ends = over if rung["kind"] == "remind" else NEVER
        rungs.append(Rung(each.duty, each.period, modality, rung["rung"], rung["kind"], each.due_on, at, ends))
    rungs.sort(key=lambda rung: rung.at)
    return rungs


@dataclass(frozen=True, slots=True)
class Change:
    """From an instant on another plan holds, or more days are off."""

    at: datetime
    plan: Mapping[str, Any]
    days: Days


def rungs_of(changes: list[Change]) -> list[Rung]:
    """Return every rung that holds, through all changes; each ends where the next begins, or its date is another.

    A rung that a change places before itself never was; one that had begun under the same date is not repeated.
    """
    begun: dict[tuple[str, str, str], list[Rung]] = {}
    for number, change in enumerate(changes):
        until = changes[number + 1].at if number + 1 < len(changes) else NEVER
        for each in duty_periods(change.plan):
            for modality in sorted(set(each.modalities.values())):
                known = begun.setdefault((each.duty, each.period, modality), [])
                told = {(rung.slug, rung.due_on) for rung in known}
                for rung in ladder(change.plan, each, modality, change.days):
                    if change.at <= rung.at < until and (rung.slug, rung.due_on) not in told:
                        known.append(rung)
                _end_moved(known, each.due_on, change.at)
    return [rung for known in begun.values() for rung in _ended(known)]


def _end_moved(known: list[Rung], due_on: date, at: datetime) -> None:
    for number, rung in enumerate(known):
        if rung.due_on != due_on and rung.ends > at:
            known[number] = _until(rung, at)


def _ended(rungs: list[Rung]) -> list[Rung]:
    rungs.sort(key=lambda rung: rung.at)
    return [
        _until(rung, min([rung.ends, *(after.at for after in rungs[number + 1 : number + 2])]))
        for number, rung in enumerate(rungs)
    ]


def _until(rung: Rung, ends: datetime) -> Rung:
    return Rung(rung.duty, rung.period, rung.modality, rung.slug, rung.kind, rung.due_on, rung.at, ends)


def read_plan(text: str) -> dict[str, Any]:
    """Return a plan file as its YAML says it."""
    plan: dict[str, Any] = yaml.safe_load(text)
    return plan
