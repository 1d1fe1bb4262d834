"""A plan whose copy bears no date, played as if it had been issued on a day."""

import re
from datetime import date

from config.errors import Refused
from config.plan import Plan, load_plan_text
from config.yaml_lines import read_yaml

_EMPTY_DATE = re.compile(r"\bdate:[ \t]*(null|~)?(?=[ \t]*([,}#]|$))")


class NoIssueNeeded(Refused):
    """A day of issue was given for a plan that has one, or has no place for it."""


def issued_on(plan: Plan, day: date) -> Plan:
    """Return the plan with `day` in its empty date; its text says so too, as a loaded campaign is read from it.

    Errors: `NoIssueNeeded`.
    """
    if plan.instrument.date is not None:
        raise NoIssueNeeded(
            f"--issued {day:%Y-%m-%d}: {plan.key} is dated {plan.instrument.date:%d/%m/%Y}; this is for plans without"
        )
    place = ("instrument", "date")
    tree = read_yaml(plan.text)
    lines = plan.text.splitlines(keepends=True)
    if place in tree.lines:
        number = tree.lines[place] - 1
        lines[number] = _EMPTY_DATE.sub(f"date: {day.isoformat()}", lines[number], count=1)
    dated = load_plan_text("".join(lines), f"{plan.key}.yaml")
    if dated.instrument.date != day:
        raise NoIssueNeeded(f"--issued {day:%Y-%m-%d}: {plan.key}.yaml has no 'date: null' under instrument; add it")
    return dated
