"""`dondoc check` on a newcomer's slips in the worked example: years, phases, recurrence, strength, receivers, readings.

Each slip is made in docs/examples/mau-giang.yaml; the line of its `#!` mark is the one that is told.
"""

import pytest

from config.yaml_lines import Problem
from deadlines.calendar import vietnam
from deadlines.plan_check import check_plan
from tests.test_example_plan import PLAN, UNLESS, with_line

Swaps = tuple[tuple[str, str], ...]

FINAL = "words: Tổng kết Phong trào thi đua vào quý IV năm 2030"
MONTHLY = (
    "words: chậm nhất ngày 20 hằng tháng\n    reading: Tháng 01/2026 đến hạn đúng ngày ban hành Kế hoạch (MG-01).\n"
)
YEARLY = "words: trình UBND tỉnh trước ngày 20/12"
FRONT = "{kind: front, modality: requested, clause: VI.3, words: Đề nghị Ủy ban MTTQ Việt Nam tỉnh}"
SAID_THERE = """\
  - id: MG-09
    clause: VI.1
    words: trình UBND tỉnh trước ngày 20/12
    reading: Ngày 20/12 vẫn còn trong thời hạn.
    duties: [consolidated-report]
"""
OTHER = " (the reading there is about something else)"
OPEN = "'discretionary: true', but no words leave it open; quote them (căn cứ tình hình thực tế, nếu cần), say in "

SLIPS: list[tuple[str, Swaps, bool, str]] = [
    # ── years and phases ──
    (
        "a year the rule does not have",
        ((FINAL, "words: Tổng kết Phong trào thi đua vào quý IV năm 2029  #!"),),
        False,
        f"words name the year 2029, the rule and its years give 2030; correct 'years'{UNLESS}",
    ),
    (
        "a year in the words of a duty without a day",
        (("words: hằng năm tổ chức kiểm tra việc thực hiện", "words: tổ chức kiểm tra năm 2025  #!"),),
        False,
        f"words name the year 2025, the rule and its years give 2026 to 2030; correct 'years'{UNLESS}",
    ),
    (
        "two years, and a rule for each",
        ((YEARLY, "words: trình UBND tỉnh trước ngày 20/12 năm 2027 và năm 2029  #!"),),
        True,
        "words name the years 2027, 2029, this comes back in 2026 too; give each year a duty of its own",
    ),
    (
        "a span of years, and a rule for each",
        ((YEARLY, "words: trong giai đoạn 2026 - 2028 trình UBND tỉnh trước ngày 20/12  #!"),),
        True,
        "words say 'giai đoạn 2026 - 2028', the rule and its years give 2026 to 2030; correct 'years'",
    ),
    (
        "a phase, and the rule runs over another",
        (
            ("words: chậm nhất đến hết ngày 25/11 hằng năm", "words: đến hết ngày 25/11 hằng năm của giai đoạn II  #!"),
            ("years: phase-2.each", "years: phase-1.each"),
        ),
        True,
        "words say 'giai đoạn 2' (2028 to 2030), the rule and its years give 2026 too; correct 'years'",
    ),
    (
        "a phase in the title",
        (
            ("title: Tổng kết Phong trào thi đua", "title: Tổng kết Giai đoạn 1 Phong trào thi đua"),
            (FINAL, f"{FINAL}  #!"),
        ),
        True,
        "title says 'giai đoạn 1' (2026 to 2027), the rule and its years give 2030 too; correct 'years'",
    ),
    (
        "another year in the title",
        (
            ("title: Tổng kết Phong trào thi đua", "title: Tổng kết Phong trào thi đua năm 2028"),
            (FINAL, f"{FINAL}  #!"),
        ),
        True,
        "title names the year 2028, the rule and its years give 2030; correct one of them",
    ),
    # ── how often ──
    (
        "quarters in the words, months in the key",
        ((MONTHLY, "words: chậm nhất ngày 20 hằng quý  #!\n"),),
        False,
        "words 'hằng quý' come back every quarter; write 'every: quarter', or say in 'reading' why not" + OTHER,
    ),
    (
        "years in the words, months in the key",
        ((MONTHLY, "words: chậm nhất ngày 20 hằng năm  #!\n"), ("    duties: [monthly-figures]\n", "")),
        True,
        "words say 'hằng năm', this comes every month; write 'years: each' without 'every', or say in "
        "'reading' why not",
    ),
    (
        "quarters in the title, half-years in the key",
        (
            ("title: Báo cáo 6 tháng", "title: Báo cáo quý"),
            ("words: trước ngày 15 của tháng cuối kỳ", "words: trước ngày 15 của tháng cuối kỳ  #!"),
        ),
        True,
        "title says 'báo cáo quý', this comes every half-year; write 'every: quarter', or correct the title",
    ),
    (
        "quarters without a day, a rule for each year",
        (("words: hằng năm tổ chức kiểm tra việc thực hiện", "words: hằng quý tổ chức kiểm tra việc thực hiện  #!"),),
        False,
        f"words 'hằng quý' come back every quarter; write 'every: quarter' and 'rule: no date'{UNLESS}",
    ),
    # ── several days of a year ──
    (
        "two days of a year, and another day of each half-year",
        (("words: trước ngày 15 của tháng cuối kỳ", "words: trước ngày 10/6 và 10/12 hằng năm  #!"),),
        False,
        f"words say 'trước ngày 10/6', rule is 'before day 15'; write 'before day 10'{UNLESS}",
    ),
    (
        "two days of a year that are no ends of half-years",
        (("words: trước ngày 15 của tháng cuối kỳ", "words: trước ngày 15/5 và trước ngày 15/11 hằng năm  #!"),),
        True,
        "words name 15/5, 15/11, 'every: half-year' gives 15/6, 15/12; give each day a duty of its own: 'before 15/5' "
        "and 'before 15/11' without 'every', or say in 'reading' why",
    ),
    (
        "one day of the year, and a rule for each half-year",
        (("words: trước ngày 15 của tháng cuối kỳ", "words: báo cáo trước ngày 15/12  #!"),),
        True,
        "words name 15/12, 'every: half-year' gives 15/6, 15/12; write 'before 15/12' without 'every', or say in "
        "'reading' why",
    ),
    (
        "two days of a year, and a rule for one",
        ((YEARLY, "words: trình UBND tỉnh trước ngày 20/6 và 20/12 hằng năm  #!"),),
        True,
        "words name 20/6 too, rule 'before 20/12' leaves it out; write a duty for each day, or 'every: half-year' and "
        "'rule: before day 20'",
    ),
    # ── whether it comes about at all ──
    (
        "open, and no words say so",
        (
            ('words: "căn cứ tình hình thực tế, tổ chức sơ kết', 'words: "tổ chức sơ kết'),
            ("discretionary: true\n", "discretionary: true  #!\n"),
        ),
        True,
        f"{OPEN}'reading' why it is open, or remove the key",
    ),
    (
        "words that leave it open, and the key is missing",
        ((FINAL, "words: có thể tổng kết Phong trào thi đua vào quý IV năm 2030  #!"),),
        True,
        "words say 'có thể'; write 'discretionary: true', so that nobody is late before an officer confirms it, if "
        "that leaves it open",
    ),
    # ── how strongly ──
    (
        "invited, and the words ask",
        ((FRONT, FRONT.replace("requested", "invited") + "  #!"),),
        True,
        "words say 'đề nghị', modality is 'invited'; write 'requested'",
    ),
    (
        "invited, and the words order",
        ((FRONT, FRONT.replace("requested", "invited").replace("Đề nghị", "giao") + "  #!"),),
        True,
        "words say 'giao', modality is 'invited'; write 'mandated'",
    ),
    (
        "invited, and the words encourage",
        ((FRONT, FRONT.replace("requested", "invited").replace("Đề nghị", "khuyến khích") + "  #!"),),
        True,
        "words say 'khuyến khích', modality is 'invited'; write 'encouraged'",
    ),
    (
        "mandated, and the words invite",
        ((FRONT, FRONT.replace("requested", "mandated").replace("Đề nghị", "Kính mời") + "  #!"),),
        False,
        f"words say 'kính mời', modality is 'mandated'; write 'invited'{UNLESS}",
    ),
    (
        "bound, beside one who is encouraged",
        (("{kind: enterprise, modality: encouraged}", "{kind: enterprise, modality: mandated}  #!"),),
        True,
        "words say 'khuyến khích', 'enterprise' is 'mandated' beside units that are encouraged; quote what binds it in "
        "its own 'words', or write 'encouraged' for it too",
    ),
    (
        "bound, and the words order one and encourage another",
        (
            ('words: "khuyến khích doanh nghiệp', 'words: "yêu cầu các sở, khuyến khích doanh nghiệp'),
            ("{kind: enterprise, modality: encouraged}", "{kind: enterprise, modality: mandated}  #!"),
            ("{kind: cooperative, modality: encouraged}", "{kind: cooperative, modality: mandated}"),
        ),
        True,
        "words say 'khuyến khích', modality is 'mandated'; write 'encouraged'",
    ),
    # ── what waits for a decision ──
    (
        "over before the decision it waits for",
        (("years: first+1\n    discretionary: true", "years: first+1\n    conditional_on: final-review  #!"),),
        False,
        "duty 'interim-review' ends on 30/09/2027, before 'final-review' on 31/12/2030, which it waits for; correct a "
        "rule or its years, or remove 'conditional_on'",
    ),
    (
        "a phase that holds up periodic reports nobody says wait",
        (
            ("conditional_on: phase-2-decision}", "conditional_on: phase-2-decision}  #!"),
            ("mọi nhiệm vụ của Giai đoạn 2, cả báo cáo định kỳ, đều chờ.\n    duties: [phase-2-decision]",
             "xếp hạng chờ.\n    duties: [phase-2-decision, ranking, monthly-figures, quarterly-report, inspection]"),
        ),
        True,
        "phase 'phase-2' waits for 'phase-2-decision', and so do 'enterprises-join', 'half-year-report', "
        "'annual-report', 'consolidated-report' in its years; if they do not, move 'conditional_on' to the duties that "
        "do; if they do, say so in a reading of 'phase-2-decision'",
    ),
    # ── nobody receives it ──
    (
        "a receiver in the words alone",
        (
            ("words: trình UBND tỉnh trước ngày 20/12", "words: trình UBND tỉnh trước ngày 20/12  #!"),
            ("    rule: before 20/12\n    years: each\n    obligors: *standing\n    addressees: *province\n",
             "    rule: before 20/12\n    years: each\n    obligors: *standing\n"),
        ),
        False,
        "words say 'trình UBND tỉnh', but nobody receives 'consolidated-report'; write who does in 'addressees'",
    ),
    (
        "a reading does not explain away who receives it",
        (
            ("words: trình UBND tỉnh trước ngày 20/12",
             "words: trình UBND tỉnh trước ngày 20/12  #!\n    reading: Thời hạn là 19/12."),
            ("    rule: before 20/12\n    years: each\n    obligors: *standing\n    addressees: *province\n",
             "    rule: before 20/12\n    years: each\n    obligors: *standing\n"),
        ),
        False,
        "words say 'trình UBND tỉnh', but nobody receives 'consolidated-report'; write who does in 'addressees'",
    ),
    (
        "something is handed in, to nobody",
        (
            ("  - duty: award-dossiers\n", "  - duty: award-dossiers  #!\n"),
            ("    obligors: *units\n    addressees:\n      - {to: standing-agency}\n", "    obligors: *units\n"),
        ),
        True,
        "'gửi' in words or title, but nobody receives 'award-dossiers'; say where it goes in 'addressees'",
    ),
    # ── a reading explains what it speaks of ──
    (
        "a reading about the day does not explain the strength",
        (
            (FRONT, FRONT.replace("requested", "mandated") + "  #!"),
            ("    words: báo cáo năm trước ngày 10/12 hằng năm\n",
             "    words: báo cáo năm trước ngày 10/12 hằng năm\n    reading: Ngày cuối còn trong thời hạn là 09/12.\n"),
        ),
        False,
        f"words say 'đề nghị', modality is 'mandated'; write 'requested'{UNLESS}{OTHER}",
    ),
    (
        "a reading about the strength does",
        (
            (FRONT, FRONT.replace("requested", "mandated") + "  #!"),
            ("    words: báo cáo năm trước ngày 10/12 hằng năm\n",
             "    words: báo cáo năm trước ngày 10/12 hằng năm\n    reading: Mặt trận vẫn bắt buộc theo V.4.\n"),
        ),
        True,
        "words say 'đề nghị', modality is 'mandated'; write 'requested'",
    ),
    (
        "a reading about a change of offices does not explain the day",
        (
            ("words: trình UBND tỉnh trước ngày 20/12",
             "words: trình UBND tỉnh trước ngày 20/12  #!\n    reading: Từ 01/3/2027 là Sở Nội vụ mới."),
            ("rule: before 20/12", "rule: by 20/12"),
        ),
        False,
        f"words say 'trước ngày 20/12', rule is 'by 20/12'; write 'before 20/12'{UNLESS}{OTHER}",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("swaps", "note", "told"), [slip[1:] for slip in SLIPS], ids=[slip[0] for slip in SLIPS])
def test_a_slip_is_told_once_with_its_line_and_a_way_out(swaps: Swaps, note: bool, told: str) -> None:
    text, line = with_line(*swaps)
    checked = check_plan(text, vietnam())
    on_the_line = [problem for problem in (*checked.problems, *checked.notes) if problem.line == line]
    assert on_the_line == [Problem(line, told, note)]


@pytest.mark.parametrize("words", ["trước ngày 15/6 và 15/12 hằng năm", "trước ngày 15/6, trước ngày 15/12"])
def test_several_days_of_a_year_fit_the_half_years_that_give_them(words: str) -> None:
    text = PLAN.replace("words: trước ngày 15 của tháng cuối kỳ", f"words: {words}")
    assert check_plan(text, vietnam()) == check_plan(PLAN, vietnam())


def test_another_duty_may_have_the_other_day() -> None:
    text = PLAN.replace("words: báo cáo năm trước ngày 10/12", "words: báo cáo trước ngày 10/12, 20/12")
    assert text != PLAN
    assert check_plan(text, vietnam()) == check_plan(PLAN, vietnam())


@pytest.mark.parametrize(
    "unreadable",
    [
        ("    rule: before 10/12\n", "    rule: before 10 Dec\n"),
        ("    rule: before 10/12\n    years: each\n", "    rule: before 10/12\n    years: every\n"),
        ("    rule: before 10/12\n    years: each\n", "    rule: before 10/12\n    years: phase-9.each\n"),
        ("    rule: before 10/12\n    years: each\n", "    rule: before 10/12\n    years: each\n    every: week\n"),
    ],
    ids=["a rule", "years", "a phase", "a recurrence"],
)
def test_what_cannot_be_laid_out_in_time_does_not_hide_how_strongly_the_words_bind(unreadable: tuple[str, str]) -> None:
    text, line = with_line((FRONT, FRONT.replace("requested", "mandated") + "  #!"), unreadable)
    problems = check_plan(text, vietnam()).problems
    assert Problem(line, f"words say 'đề nghị', modality is 'mandated'; write 'requested'{UNLESS}") in problems
    assert {problem.line for problem in problems} - {line}, "the slip itself is told too"


def test_an_unknown_role_does_not_hide_that_words_and_rule_differ() -> None:
    text, _ = with_line(
        (YEARLY, f"{YEARLY}  #!"),
        ("    rule: before 20/12\n    years: each\n    obligors: *standing\n    addressees: *province\n",
         "    rule: by 20/12\n    years: each\n    obligors: *standing\n    addressees:\n      - {to: council}\n"),
    )  # fmt: skip
    problems = check_plan(text, vietnam()).problems
    assert [problem.text for problem in problems] == [
        f"words say 'trước ngày 20/12', rule is 'by 20/12'; write 'before 20/12'{UNLESS}",
        "addressee names unknown role 'council'; known: standing-agency, receiver, decider",
    ]


def test_readings_still_explain_when_something_else_in_the_file_is_ill_formed() -> None:
    text, line = with_line(
        (YEARLY, f"{YEARLY}  #!"),
        ("rule: before 20/12", "rule: by 20/12"),
        ("    duties: [quarterly-report]\n", "    duties: [quarterly-report]\n" + SAID_THERE),
        ("key: mau-giang\n", "kye: mau-giang\n"),
    )
    told = check_plan(text, vietnam())
    assert [problem.note for problem in (*told.problems, *told.notes) if problem.line == line] == [True]
