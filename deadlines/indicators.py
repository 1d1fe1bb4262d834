"""Which targets in figures a report asks for: those that bind the unit, of the year its report works towards."""

import re

from config.grammar import parse_years
from config.plan import Duty, Indicator, Plan

CONSOLIDATED = "consolidated-report"
ASKING = ("annual-report", "interim-report", "final-report", CONSOLIDATED)
_YEAR = re.compile(r"\d{4}")


def asked_of(plan: Plan, duty: Duty, unit_kind: str, period: str) -> tuple[Indicator, ...]:
    """Return the targets whose figures a unit of this kind gives in its report, in the plan's order.

    A consolidated report speaks for the province and asks for everything that any unit reports; each other report asks
    for what binds the unit's kind. Both ask for the targets of the next year that has any (in 2024 those of 2025, in
    2026 those of 2030) and for those without a year. Reports on request ask for what their request says, unless the
    duty's `asks` names measures (docs/decisions/0016-what-a-report-asks-for.md).
    """
    horizon = _horizon(plan, duty, period)
    return tuple(
        indicator
        for indicator in plan.indicators
        if asks(duty, indicator, unit_kind) and plan.year_of(indicator) in (horizon, None)
    )


def asks(duty: Duty, indicator: Indicator, unit_kind: str) -> bool:
    """Return whether a duty's reports ask a kind of unit for a target in some year."""
    if duty.kind not in ASKING if duty.asks is None else indicator.of_measure not in duty.asks:
        return False
    return bool(indicator.binds) if duty.kind == CONSOLIDATED else unit_kind in indicator.binds


def asking_duties(plan: Plan, indicator: Indicator) -> tuple[str, ...]:
    """Return the slugs of the duties whose reports ask for a target in some year, in the plan's order."""
    return tuple(
        duty.slug for duty in plan.duties if any(asks(duty, indicator, obligor.kind) for obligor in duty.obligors)
    )


def _horizon(plan: Plan, duty: Duty, period: str) -> int | None:
    """The year whose targets a report works towards: the next with any; the last if the report names no year."""
    years = sorted({year for each in plan.indicators if each.binds and (year := plan.year_of(each)) is not None})
    year = _year(plan, duty, period)
    return next((each for each in years if year is not None and each >= year), None if year or not years else years[-1])


def _year(plan: Plan, duty: Duty, period: str) -> int | None:
    """The year a report is about: its period's, else that of the duty's own years or bound; null if neither says."""
    if match := _YEAR.match(period):
        return int(match[0])
    years = duty.years or duty.bound
    return plan.years_of(parse_years(years))[-1] if years else None
