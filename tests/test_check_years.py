"""A wrong first year or number of years is told once, where it stands, and hides nothing else."""

import pytest

from config.plan import available_plans, plan_path
from config.yaml_lines import Problem
from deadlines.calendar import vietnam
from deadlines.plan_check import check_plan
from tests.test_example_plan import PLAN, UNLESS, with_line

PERIOD = "period: {first_year: 2026, years: 5}"
BEGINS = "by the words of 'launch', 'own-plan', 'pilots' and 2 more the campaign begins in 2026; write 2026"
ENDS = "by the words of 'final-review' the campaign ends in 2030"


def told(text: str) -> list[Problem]:
    """Return what is told beyond what is told of the example itself."""
    known, found = check_plan(PLAN, vietnam()), check_plan(text, vietnam())
    return [each for each in (*found.problems, *found.notes) if each not in (*known.problems, *known.notes)]


@pytest.mark.parametrize(
    ("period", "said"),
    [
        ("first_year: 2025, years: 5", f"'first_year' is 2025, {BEGINS}"),
        ("first_year: 2062, years: 5", f"'first_year' is 2062, {BEGINS}"),
        ("first_year: 2026, years: 6", f"'years' is 6, {ENDS}; write 5"),
        ("first_year: 2026, years: 15", f"'years' is 15, {ENDS}; write 5"),
    ],
)  # fmt: skip
def test_a_wrong_period_is_told_once_at_its_line(period: str, said: str) -> None:
    text, line = with_line((PERIOD, f"period: {{{period}}}  #!"))
    gap = "ends with year 5, the campaign with year"
    assert [each for each in told(text) if gap not in each.text] == [Problem(line, said)]


def test_what_else_is_wrong_is_told_as_the_period_was_meant() -> None:
    text, line = with_line(
        (PERIOD, "period: {first_year: 2025, years: 5}"),
        ("words: Tổng kết Phong trào thi đua vào quý IV năm 2030", "words: Tổng kết vào quý IV năm 2029  #!"),
    )
    period, years = told(text)
    assert period.text.startswith("'first_year' is 2025")
    given = "words name the year 2029, the rule and its years give 2030; correct 'years'"
    assert years == Problem(line, f"{given}{UNLESS}")


def test_one_duty_alone_does_not_move_the_campaign() -> None:
    text, line = with_line(('vào quý III năm 2027"\n', 'vào quý III năm 2028"  #!\n'))
    assert "correct 'years'" in next(each.text for each in told(text) if each.line == line)


def test_a_phase_that_ends_before_the_campaign_is_worth_a_look() -> None:
    old = "until_year: 5, clause: III.2, conditional_on: phase-2-decision}"
    text, line = with_line((old, f"{old.replace('5', '4')}  #!"))
    said = "phase 'phase-2' ends with year 4, the campaign with year 5; no phase covers it: "
    assert [each.note for each in told(text) if each.line == line and each.text.startswith(said)] == [True]


@pytest.mark.parametrize("key", available_plans())
@pytest.mark.parametrize("shift", [-1, 1, 10])
def test_in_every_plan_that_ships_a_wrong_first_year_is_told_once(key: str, shift: int) -> None:
    text = plan_path(key).read_text(encoding="utf-8")
    first = int(text.partition("first_year: ")[2][:4])
    problems = check_plan(text.replace(f"first_year: {first}", f"first_year: {first + shift}"), vietnam()).problems
    assert [each.text.endswith(f"the campaign begins in {first}; write {first}") for each in problems] == [True]
