"""What only shows once a plan's years are laid out: targets for a year it does not have, or that no report asks for."""

import re

from config.clauses import clauses
from config.grammar import parse_years
from config.plan import Indicator, Plan
from config.yaml_lines import Path
from deadlines.indicators import CONSOLIDATED, asks
from deadlines.rung_sense import Found

_YEAR = re.compile(r"(?<![\d/])20\d{2}(?!\d)")


def indicator_problems(plan: Plan) -> Found:
    """Yield (path, text, whether it is only a note) for every target that cannot be as it is written."""
    for n, indicator in enumerate(plan.indicators):
        yield from _year(plan, indicator, ("indicators", n))
        yield from _nobody(plan, indicator, ("indicators", n))


def _year(plan: Plan, indicator: Indicator, path: Path) -> Found:
    year = plan.year_of(indicator)
    if year is None or indicator.year is None:
        return
    slug = parse_years(indicator.year).phase
    phase = next((phase for phase in plan.phases if phase.slug == slug), None)
    last = plan.period.first_year + phase.until - 1 if phase else plan.period.last_year
    named = _YEAR.findall(indicator.words)
    if year > last:
        where = f"phase '{slug}'" if phase else "the campaign"
        yield (*path, "year"), f"'{indicator.year}' is {year}, after {where} ends in {last}; correct 'year'", False
    elif named and str(year) not in named:
        text = f"words name the year {named[0]}, 'year: {indicator.year}' gives {year}; correct 'year'"
        yield (*path, "year"), text, bool(indicator.reading)


def years_of_headings(plan: Plan, document: str) -> Found:
    """Yield a note for each target whose clause's heading names another year (`Mục tiêu đến năm 2025`)."""
    named = {clause.label: set(_YEAR.findall(" ".join(clause.heading))) for clause in clauses(document)}
    for n, indicator in enumerate(plan.indicators):
        year, years = plan.year_of(indicator), named.get(indicator.clause, set())
        if len(years) == 1 and str(year) not in years and indicator.reading is None:
            text = f"the heading of clause {indicator.clause} names the year {min(years)}"
            yield ("indicators", n, "year"), f"{text}, 'year: {indicator.year}' gives {year}; correct 'year'", True


def _nobody(plan: Plan, indicator: Indicator, path: Path) -> Found:
    """A kind of unit that owes no report; for the whole province a consolidated report speaks."""
    for kind in indicator.binds:
        asking = [duty for duty in plan.duties if asks(duty, indicator, kind)]
        speaks = any(duty.kind == CONSOLIDATED for duty in asking) if kind == "province" else False
        if not speaks and not any(obligor.kind == kind for duty in asking for obligor in duty.obligors):
            yield (*path, "binds"), f"'binds' names '{kind}', and no report that it owes would ask for this", True
