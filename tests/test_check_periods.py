"""`dondoc check` on parts of a period: a whole quarter ended at its start, half-years, a moved day."""

import pytest

from config.yaml_lines import Problem
from deadlines.calendar import vietnam
from deadlines.plan_check import check_plan
from tests.test_example_plan import DOCUMENT, PLAN, UNLESS, with_line

FINAL = "    words: Tổng kết Phong trào thi đua vào quý IV năm 2030"
OWN = "    words: chậm nhất hết quý I năm 2026"
HALF = "    words: trước ngày 15 của tháng cuối kỳ\n"
HALF_RULE = "    rule: before day 15\n    every: half-year\n    years: each\n"
SEEN = "    words: trình UBND tỉnh trước ngày 20/12"

SLIPS = [
    ("a window's start", ((f"{FINAL}\n    rule: within Q4", f"{FINAL}  #!\n    rule: by start of Q4"),), False,
     f"words 'vào quý IV' count all of it, rule 'by start of Q4' ends with its start; write 'within Q4'{UNLESS}"),
    ("a limit's middle", ((f"{OWN}\n    rule: by Q1", f"{OWN}  #!\n    rule: by middle of Q1"),), False,
     f"words 'hết quý I' count all of it, rule 'by middle of Q1' ends with its middle; write 'by Q1'{UNLESS}"),
    ("the end of the year", ((f"{FINAL}\n    rule: within Q4",
                              "    words: Tổng kết vào cuối năm 2030  #!\n    rule: within 11"),), False,
     f"words 'cuối năm' are the end of the year, rule is 'within 11'; write 'by Y'{UNLESS}"),
    ("half-years in one year", ((f"{HALF}{HALF_RULE}", HALF.replace("words: ", "words: sáu tháng một lần ") +
                                 HALF_RULE.replace("years: each", "years: first  #!")),), False,
     f"words 'sáu tháng một lần' come back, 'years: first' gives 2026 alone; write 'years: each'{UNLESS}"),
    ("yearly as a recurrence", ((f"{SEEN}\n    rule: before 20/12\n    years: each",
                                 f"{SEEN}\n    rule: before 20/12\n    every: year  #!"),), False,
     "'every: year': yearly duties have no 'every'; leave it out, write 'years: each'"),
    ("a day of nobody", ((f"{SEEN}\n    rule: before 20/12", "    words: trình UBND tỉnh  #!\n    rule: before 20/11\n"
                          "    reading: Hạn là ngày 20/12 hằng năm."),), True,
     "neither words nor reading name 20/11, rule is 'before 20/11'; correct the rule, or quote the words that name "
     "the day"),
]  # fmt: skip


@pytest.mark.parametrize(("swaps", "note", "told"), [slip[1:] for slip in SLIPS], ids=[slip[0] for slip in SLIPS])
def test_a_slip_about_a_part_of_time_is_told_once(swaps: tuple[tuple[str, str], ...], note: bool, told: str) -> None:
    text, line = with_line(*swaps)
    checked = check_plan(text, vietnam())
    on_the_line = [problem for problem in (*checked.problems, *checked.notes) if problem.line == line]
    assert on_the_line == [Problem(line, told, note)]


def test_a_half_year_is_known_by_its_two_figures() -> None:
    quarterly = "    words: báo cáo 06 tháng trước ngày 15  #!\n    rule: before day 15\n    every: quarter"
    text, line = with_line((f"{HALF}    rule: before day 15\n    every: half-year", quarterly))
    told = [each.text for each in check_plan(text, vietnam()).notes if each.line == line]
    assert told[0].startswith("words say 'báo cáo 06 tháng', this comes every quarter; write 'every: half-year'")


def test_a_day_inside_a_month_is_said_in_the_words_language() -> None:
    text = PLAN.replace("rule: by day 20\n", "rule: by day 25\n")
    assert any("words say 'chậm nhất ngày 20', rule is 'by day 25'" in each.text for each in _all(text))


def test_a_last_day_that_moves_into_the_next_year_keeps_the_year_of_its_words() -> None:
    last = f"{FINAL}\n    rule: within Q4\n    years: last"
    assert last in PLAN
    plan = PLAN.replace(last, last.replace("2030", "2028").replace("last", "phase-2.first")) + "roll_over: true\n"
    assert any("roll_over" in each.text for each in _all(plan))
    assert not any("2029" in each.text for each in _all(plan)), "31/12/2028 is a Sunday"


def test_what_is_wrong_with_a_shared_list_for_one_duty_is_told_where_that_duty_uses_it() -> None:
    ranked = "    addressees:\n      - {to: receiver, function: để theo dõi}\n    ladders: {mandated: monthly}"
    swap = (ranked, "    addressees: *province  #!\n    ladders: {mandated: monthly}")
    text, line = with_line(swap, ("{to: province}", "{to: standing-agency}"))
    told = check_plan(text, vietnam(), DOCUMENT)
    assert [each.line for each in told.notes if "addressee 'standing-agency' is another" in each.text] == [line]


def _all(text: str) -> tuple[Problem, ...]:
    checked = check_plan(text, vietnam())
    return (*checked.problems, *checked.notes)
