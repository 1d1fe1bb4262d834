"""A dated duty without a date, and readings that speak of something else: told with the rule to write.

Each slip is made in docs/examples/mau-giang.yaml; the line of its `#!` mark is the one that is told.
"""

import pytest

from config.yaml_lines import Problem
from deadlines.calendar import vietnam
from deadlines.plan_check import check_plan
from tests.test_example_plan import UNLESS, with_line

YEARLY = "words: trình UBND tỉnh trước ngày 20/12"
DATED = "    rule: before 20/12\n    years: each\n"
OTHER = " (the reading there is about something else)"

UNDATED: list[tuple[str, str, str]] = [
    # words, rule, the rule to write
    ("trước ngày 20/3/2026", "on occasion", "before 20/3"),
    ("chậm nhất ngày 30/4/2026", "on request", "by 30/4"),
    ("trong tháng 11", "on occasion", "within 11"),
    ("cuối tháng 9", "annual, no date", "by end of 9"),
    ("chậm nhất tháng 9", "annual, no date", "by end of 9"),
    ("trong 6 tháng đầu năm", "annual, no date", "within H1"),
    ("chậm nhất quý III", "on occasion", "by Q3"),
    ("trong năm 2027", "on occasion", "within Y"),
    ("ngày 20 hằng tháng", "on occasion", "by day 20"),
]


@pytest.mark.parametrize(("words", "rule", "right"), UNDATED, ids=[f"{words}: {rule}" for words, rule, _ in UNDATED])
def test_a_dated_duty_without_a_date_is_told_with_the_rule_to_write(words: str, rule: str, right: str) -> None:
    said = f"{words} năm 2027" if words.endswith("11") else words
    text, line = with_line((f"{YEARLY}\n{DATED}", f"words: trình UBND tỉnh {said}  #!\n    rule: {rule}\n"))
    told = f"words say '{words}', rule '{rule}' has no date; write '{right}'{UNLESS}"
    assert Problem(line, told) in check_plan(text, vietnam()).problems


def test_days_before_an_event_are_told_without_a_date() -> None:
    said = "words: gửi báo cáo chậm nhất 15 ngày trước hội nghị  #!\n    rule: on request\n"
    text, line = with_line((f"{YEARLY}\n{DATED}", said))
    told = "words count 15 days before an event, rule is 'on request'; write '15 days before some-event'"
    assert Problem(line, f"{told}{UNLESS}") in check_plan(text, vietnam()).problems


READINGS: list[tuple[str, str, str, bool]] = [
    # words, rule, reading, whether the reading explains it
    ("trước ngày 20/12", "by 20/12", "Tính cả đơn vị mới thành lập.", False),
    ("trước ngày 20/12", "by 20/12", "Kể cả báo cáo tháng, báo cáo năm.", False),
    ("trước ngày 20/12", "by 20/12", "Mỗi năm một lần.", False),
    ("trước ngày 20/12", "by 20/12", "Tính cả ngày cuối.", True),
    ("trước ngày 20/12", "annual, no date", "Sở được tính cả chi cục trực thuộc.", False),
    ("trước ngày 20/12", "annual, no date", "Thời hạn do Sở ấn định.", True),
    ("trước ngày 20/12 năm 2024", "before 20/12", "Toàn bộ nhiệm vụ từ năm 2035 chờ quyết định.", False),
    ("trước ngày 20/12 năm 2024", "before 20/12", "Năm 2024 là lỗi đánh máy.", True),
]


@pytest.mark.parametrize(("words", "rule", "reading", "explained"), READINGS)
def test_a_reading_explains_only_what_it_speaks_of(words: str, rule: str, reading: str, explained: bool) -> None:
    years = "" if rule == "annual, no date" else "    years: each\n"
    new = f"words: trình UBND tỉnh {words}  #!\n    reading: {reading}\n    rule: {rule}\n{years}"
    text, line = with_line((f"{YEARLY}\n{DATED}", new))
    problems = [problem.text for problem in check_plan(text, vietnam()).problems if problem.line == line]
    assert [text.endswith(f"{UNLESS}{OTHER}") for text in problems] == ([] if explained else [True])


RESTS = "clause: VI.1\n    words: trình UBND tỉnh trước ngày 20/12\n    reading: Ngày cuối là 20/12.\n"


@pytest.mark.parametrize(("rests", "level"), [("", False), ("comparators", True)])
def test_a_reading_on_which_a_target_rests_explains_no_day(rests: str, level: bool) -> None:
    text, line = with_line((YEARLY, f"{YEARLY}  #!"), ("rule: before 20/12", "rule: by 20/12"))
    text += f"  - id: MG-09\n    {RESTS}    duties: [consolidated-report]\n"
    if rests:
        target = '{word: trên, is: ">", level: 80, clause: I.1, words: trên 80%, rests_on: [MG-09]}'
        text += f"comparators:\n  - {target}\n"
    told = check_plan(text, vietnam())
    assert [each.line == line for each in told.problems] == ([True] if level else [])
