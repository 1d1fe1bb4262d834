"""`dondoc check` keeps silent where a plan is right as it stands, and does not tell one slip as if it were many."""

from config.yaml_lines import Problem
from deadlines.calendar import vietnam
from deadlines.plan_check import check_plan
from tests.test_example_plan import DOCUMENT, PLAN, with_line

REQUESTED = "    rule: on request\n    obligors: *units\n    addressees: *province\n"
NOWHERE = "nobody receives the report 'on-request-report'; say where it goes in 'addressees' ([] if the plan does not)"


def beside(text: str) -> list[Problem]:
    """Return what is told of a plan beside the example's document that is not told of the example itself."""
    good, checked = check_plan(PLAN, vietnam(), DOCUMENT), check_plan(text, vietnam(), DOCUMENT)
    before = {each.text for each in good.notes}
    return [each for each in (*checked.problems, *checked.notes) if each.text not in before]


def test_a_report_whose_plan_names_no_receiver_says_so() -> None:
    silent, said = REQUESTED.replace("    addressees: *province\n", ""), "    reading: Kế hoạch không nói nơi nhận.\n"
    assert [each.text for each in beside(PLAN.replace(REQUESTED, silent))] == [NOWHERE]
    assert beside(PLAN.replace(REQUESTED, f"{silent}    addressees: []\n")) == []
    assert beside(PLAN.replace(REQUESTED, silent + said)) == []


def test_yearly_words_that_come_once_are_settled_by_the_duty_s_own_reading() -> None:
    yearly = "    words: trình UBND tỉnh trước ngày 20/12\n    rule: before 20/12\n    years: each\n"
    once = yearly.replace("words: ", "words: báo cáo hằng năm … ").replace("each", "first+1")
    text, own = PLAN.replace(yearly, once), "    reading: Hằng năm; hạn này chỉ áp dụng năm 2027.\n"
    assert any("write 'years: each'" in each.text for each in check_plan(text, vietnam()).problems)
    checked = check_plan(PLAN.replace(yearly, once + own), vietnam())
    assert checked.problems == ()
    assert checked.notes == check_plan(PLAN, vietnam()).notes


def test_a_wrong_first_year_is_not_told_again_of_each_target() -> None:
    goals = """
indicators:
  - {indicator: forms, measure: forms, label: Hồ sơ, clause: I.1, words: Tối thiểu 80% hồ sơ, level: province,
     year: last, comparator: ">=", value: 80, unit: "%", base: hồ sơ, binds: [department]}
"""
    document = DOCUMENT.replace("1. Tạo khí thế", "1. Mục tiêu đến năm 2030: Tối thiểu 80% hồ sơ. Tạo khí thế")
    wrong, line = with_line(("first_year: 2026, years: 5}", "first_year: 2025, years: 5}  #!"))
    told = check_plan(wrong + goals, vietnam(), document)
    assert [each.line for each in told.problems if "'first_year'" in each.text] == [line]
    assert not any("names the year" in each.text for each in told.notes)
    wrong_goal = check_plan(PLAN + goals.replace("year: last", "year: first"), vietnam(), document)
    assert any("the heading of clause I.1 names the year 2030" in each.text for each in wrong_goal.notes)


def test_a_cap_that_stands_in_a_duty_with_another_slip_is_not_called_missing() -> None:
    capped = "tổng kết 10 ngày, mỗi đơn vị không quá 03 tập thể"
    document = DOCUMENT.replace("tổng kết 10 ngày", capped).replace("tổng kết\n   10 ngày", capped)
    assert document != DOCUMENT
    entry = (
        "  - id: MG-08\n    clause: IV.2\n    words: trước hội nghị\n    reading: Tính riêng.\n    duties: [WHICH]\n"
    )
    dossiers = "    rule: 10 days before conference\n"
    cap = "    cap: {collectives: 3, persons: null, rests_on: [MG-08]}\n"
    text = PLAN.replace(dossiers, dossiers + cap) + entry.replace("WHICH", "launch")
    told = check_plan(text, vietnam(), document)
    assert [each.text for each in told.problems if "MG-08" in each.text] == [
        "reading 'MG-08' does not name duty 'award-dossiers'; add it to the reading's 'duties'"
    ]
    assert not any("no duty has that 'cap'" in each.text for each in told.notes)
    other = entry.replace("WHICH", "award-dossiers").replace("MG-08", "MG-09")
    assert any(
        "write 'MG-09', which does, or add it to the reading's" in each.text
        for each in check_plan(text + other, vietnam(), document).problems
    )
    plain = check_plan(PLAN, vietnam(), document)
    assert any("no duty has that 'cap'" in each.text for each in plain.notes)
