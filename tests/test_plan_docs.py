"""docs/plan-files.md is enough to write a plan: its tables, its example and its answers are the program's own."""

import re
from pathlib import Path

import pytest

from config.grammar import (
    ACTS,
    DUTY_KINDS,
    EVERY,
    LEVELS,
    MILESTONES,
    MODALITIES,
    ROLES,
    UNIT_KINDS,
    parse_rule,
    parse_years,
)
from config.plan import load_plan_text
from config.plan_schema import plan_schema
from deadlines.calendar import vietnam
from deadlines.duties import expand_duties
from deadlines.periods import span_of
from deadlines.plan_check import check_plan
from deadlines.windows import window
from dondoc.cli.plans import _holds
from tests.test_deadlines import d, duty, small_plan
from tests.test_plan_dates import LONG_AGO

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/plan-files.md").read_text(encoding="utf-8")
EXAMPLE = PAGE[PAGE.index("```yaml\n") + len("```yaml\n") :].split("```")[0]


def table(heading: str) -> list[list[str]]:
    """Return the cells of the table whose first line is given, without its two head lines."""
    lines = PAGE[PAGE.index(heading) :].split("\n\n")[0].splitlines()
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_every_rule_of_a_year_gives_the_day_the_page_says() -> None:
    rows = table("| the plan says | `rule` | year | last day |")
    assert len(rows) == 17
    for _, rule, year, last in rows:
        span = span_of(year)
        assert span is not None
        assert window(parse_rule(rule), span, issued_on=LONG_AGO, calendar=vietnam()).due_on == d(last), rule


def test_every_rule_of_a_shorter_period_gives_the_day_the_page_says() -> None:
    rows = table("| the plan says | `every` | `rule` | period | last day |")
    assert {every for _, every, *_ in rows} == set(EVERY)
    for _, every, rule, period, last in rows:
        plan = small_plan(2026, 1, None, "[]", duty("x", "ad-hoc-report", rule, f", every: {every}, years: each"))
        assert {r.period: r.due_on for r in expand_duties(plan, vietnam())}[period] == d(last), rule


def test_the_other_rules_and_the_years_are_read() -> None:
    rules = PAGE[PAGE.index("**Around an event.**") : PAGE.index("## Years")]
    named = re.findall(r"^\|[^|]*\| `([^`]+)` \|$", rules, re.M)
    named = [rule for rule in named if rule != "rule"]
    assert len(named) == 7
    for rule in named:
        assert not parse_rule(rule).dated
    plan = small_plan(
        2026, 5, None,
        "[{phase: phase-1, name: Một, from_year: 1, until_year: 2, clause: I},"
        " {phase: phase-2, name: Hai, from_year: 3, until_year: 5, clause: I}]",
        duty("x", "guidance", "on occasion"),
    )  # fmt: skip
    for years, meaning in table("| `years` | meaning, for a plan of"):
        given = [str(year) for year in plan.years_of(parse_years(years))]
        assert re.findall(r"20\d\d", meaning) == ([*given[:2], given[-1]] if years == "each" else given), years


@pytest.mark.parametrize("words", [ACTS, DUTY_KINDS, EVERY, LEVELS, MILESTONES, MODALITIES, ROLES, UNIT_KINDS])
def test_every_word_of_a_closed_list_stands_on_the_page(words: tuple[str, ...]) -> None:
    assert [word for word in words if f"`{word}`" not in PAGE] == []


def test_every_key_of_a_plan_file_stands_on_the_page() -> None:
    schema = plan_schema()
    keys = {key for part in (schema, *schema["$defs"].values()) for key in part["properties"]}
    assert sorted(key for key in keys if f"`{key}`" not in PAGE and f"`{key}:" not in PAGE) == []


def test_the_example_is_sound_and_gives_what_the_page_says() -> None:
    checked = check_plan(EXAMPLE, vietnam())
    assert (checked.problems, checked.notes) == ((), ())
    assert checked.holds is not None
    assert f"\nlam-son.yaml: {_holds(checked.holds, 0)}\n" in PAGE
    rows = {(r.duty, r.period): r for r in expand_duties(load_plan_text(EXAMPLE, "lam-son.yaml"), vietnam())}
    for slug, period, last, _ in table("| duty | period | last day | why |"):
        assert rows[slug, period].due_on == (None if last == "–" else d(last)), slug
    assert rows["award-dossiers", "once"].bound_on == d("31/12/2028")
    assert "2026-01" not in [r.period for r in rows.values()]


def test_the_target_shown_is_one_that_check_accepts() -> None:
    target = PAGE[PAGE.index("```\nindicators:") + len("```\n") :].split("```")[0]
    checked = check_plan(EXAMPLE + target, vietnam())
    assert (checked.problems, checked.notes) == ((), ())
    assert checked.holds is not None
    assert checked.holds.indicators == 1


def test_every_answer_on_the_page_is_one_that_check_gives() -> None:
    sources = [*(ROOT / "config").glob("*.py"), *(ROOT / "deadlines").glob("*.py")]
    source = re.sub(r"\{[^{}]*\}|\"\s*f?\"", "", " ".join(path.read_text(encoding="utf-8") for path in sources))
    source = re.sub(r"\s+", " ", source)
    for said, _ in table("| what check says | what to do |"):
        fixed = [part.strip(" ,:;?'") for part in re.split(r"'[^']*'|…|duty, phase, ladder, role|\d+|clause", said)]
        for part in filter(None, fixed):
            assert part in source, part


def test_the_page_is_linked_where_people_look() -> None:
    assert "docs/plan-files.md" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert "plan-files.md" in (ROOT / "docs/README.md").read_text(encoding="utf-8")
