"""The command that lists a plan's targets in figures, each with its words and clause: `dondoc indicators`."""

from typing import TYPE_CHECKING, Any

import click

from dondoc.cli.edge import FORMAT, answers
from dondoc.cli.output import print_json, print_table
from dondoc.cli.plans import FILE
from dondoc.cli.show import plan_of

if TYPE_CHECKING:
    from config.plan import Indicator, Plan

_SIGNS = {">=": "≥", ">": ">", "<=": "≤", "about": "khoảng"}
_UNNUMBERED = "theo lời văn"


@click.command()
@click.argument("campaign", type=FILE)
@FORMAT
@answers
def indicators(campaign: str, form: str) -> None:
    """List every target in figures of CAMPAIGN: its words and clause, level, year, and which reports ask for it.

    CAMPAIGN is a campaign's key, or a plan file (ends in .yaml).
    """
    from deadlines.unit_kinds import LEVELS

    plan = plan_of(campaign)
    if form == "json":
        print_json([_json(plan, each) for each in plan.indicators])
        return
    print_table(
        f"{campaign}: {len(plan.indicators)} chỉ tiêu, mỗi mức của mỗi năm một dòng",
        ["mã", "mục", "cấp", "năm", "mức", "nội dung"],
        ([each.slug, each.clause, LEVELS[each.level], _year(plan, each), _level(each), each.label]
         for each in plan.indicators),
    )  # fmt: skip


def _year(plan: "Plan", indicator: "Indicator") -> str | None:
    year = plan.year_of(indicator)
    return f"{year} (suy ra)" if year and indicator.inferred else str(year) if year else None


def _level(indicator: "Indicator") -> str:
    if indicator.value is None:
        return _UNNUMBERED
    between = "" if indicator.is_share else " "
    return f"{_SIGNS[indicator.comparator]} {indicator.value}{between}{indicator.unit}"


def _json(plan: "Plan", indicator: "Indicator") -> dict[str, Any]:
    from deadlines.indicators import asking_duties

    return {
        "id": indicator.slug, "clause": indicator.clause, "level": indicator.level, "year": plan.year_of(indicator),
        "comparator": indicator.comparator, "value": indicator.value, "unit": indicator.unit,
        "words": indicator.words, "label": indicator.label, "year_inferred": indicator.inferred,
        "measure": indicator.of_measure, "base": indicator.base, "excludes": indicator.excludes,
        "aliases": list(indicator.aliases), "baseline": indicator.baseline,
        "together": list(indicator.together), "binds": list(indicator.binds),
        "yes_no": list(indicator.yes_no), "counted_by": list(indicator.counted_by),
        "asked_by": list(asking_duties(plan, indicator)), "reading": indicator.reading,
    }  # fmt: skip


commands = (indicators,)
