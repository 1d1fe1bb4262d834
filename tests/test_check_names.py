"""What a plan file is called and by whom: its head, its kinds, its rungs, its numbers, beside words and document.

Each slip is made in docs/examples/mau-giang.yaml; the line of its `#!` mark is the one that is told. None of them
changes a date, so nothing but these lines would show it.
"""

import pytest

from config.yaml_lines import Problem
from deadlines.calendar import vietnam
from deadlines.plan_check import check_plan
from tests.test_example_plan import DOCUMENT, PLAN, with_line

REVIEW = "căn cứ tình hình thực tế, tổ chức sơ kết Phong trào thi đua vào quý III năm 2027"
SEVEN = (
    "    - {rung: T-7, days: %s, from: target_on, kind: remind, to: officer, tone: courteous, late: fold}%s"
    "\n    - {rung: T-1,"
)
SLIPS: list[tuple[tuple[tuple[str, str], ...], str]] = [
    ((("  number: 45/KH-UBND", "  number: 45/QĐ-UBND  #!"),), "the document's head prints '45/KH-UBND', here it is"),
    ((("  number: 45/KH-UBND", '  number: "45"  #!'),), "number '45': write it whole"),
    (
        (("  issuer: Ủy ban nhân dân tỉnh Mẫu Giang (mẫu)", "  issuer: Ủy ban nhân dân tỉnh Lam Sơn  #!"),),
        "issuer 'Ủy ban nhân dân tỉnh Lam Sơn' is not of province 'Mẫu Giang'",
    ),
    ((("  signatory: Chủ tịch", "  signatory: Phó Chủ tịch  #!"),), "the chairman signs the document"),
    (
        (
            ("“Chuyển đổi số vì Nhân dân giai đoạn", "“Chuyển đổi số vì mọi người giai đoạn"),
            ("tỉnh Mẫu Giang (mẫu)\nprovince:", "tỉnh Mẫu Giang (mẫu)  #!\nprovince:"),
        ),
        "the document does not print the name 'Chuyển đổi số vì mọi người",
    ),
    ((("key: mau-giang\n", "key: mau-gian  #!\n"),), "key 'mau-gian' does not name the province; write 'mau-giang'"),
    (
        (("  sender_name: Sở Nội vụ tỉnh Mẫu Giang (mẫu)", "  sender_name: Sở Tài chính tỉnh Mẫu Giang  #!"),),
        "sender_name 'Sở Tài chính tỉnh Mẫu Giang' is not the office",
    ),
    (
        (("    kind: own-plan\n", "    kind: launch  #!\n"),),
        "title 'Ban hành kế hoạch thực hiện Phong trào thi đua' does",
    ),
    (
        (("    kind: final-review\n", "    kind: interim-review  #!\n"),),
        "title 'Tổng kết Phong trào thi đua' does not say",
    ),
    (
        (("{milestone: cut-off, rule", "{milestone: comment, rule"), ("hết ngày 30/11}", "hết ngày 30/11}  #!")),
        "words 'số liệu chốt đến hết ngày 30/11' do not speak of 'comment'; write 'milestone: cut-off'",
    ),
    (
        (("count: {min: 2, max: 4, words: từ 02 đến 04 đơn vị}", "count: {min: 2, words: từ 02 đến 04 đơn vị}  #!"),),
        "words say 'từ 02 đến 04 đơn vị', 'max' is left out; write 'max: 4'",
    ),
    (
        (
            (
                "  - {act: urge, role: standing-agency, advises: decider, clause: VI.1, words: "
                '"tham mưu Chủ tịch UBND tỉnh theo dõi, đôn đốc"}\n',
                "",
            ),
            ("acts:\n", "acts:  #!\n"),
        ),
        "no role has the act 'urge'; write an entry of 'acts'",
    ),
    (
        (("period: {first_year: 2026, years: 5}", "period: {first_year: 2026, years: 5}\nroll_over: yes  #!"),),
        "roll_over moves every last day",
    ),
    (
        (
            (
                "    rule: 10 days before conference\n    conditional_on: phase-2-decision\n",
                "    rule: 10 days before conference\n",
            ),
            ("  - duty: award-dossiers\n", "  - duty: award-dossiers  #!\n"),
        ),
        "duty 'award-dossiers' does not wait for 'phase-2-decision', as the final review does",
    ),
    (
        (("    title: Số liệu hằng tháng\n    clause: V.1\n", "    title: Số liệu hằng tháng\n    clause: V  #!\n"),),
        "words 'chậm nhất ngày 20 hằng tháng' stand in clause V.1, a part of V; write 'clause: V.1'",
    ),
    (
        (
            (
                "words: Tổng kết Phong trào thi đua vào quý IV năm 2030",
                "words: vào quý IV năm 2030 … Tổng kết Phong trào thi đua  #!",
            ),
        ),
        "stand in the document in another order",
    ),
]
WRONG: list[tuple[tuple[tuple[str, str], ...], str]] = [
    ((('  contact_phone: "0200 111 000"', "  contact_phone: số máy lẻ  #!"),), "telephone 'số máy lẻ' has no number"),
    (
        ((SEVEN % ("-7", ""), SEVEN % ("-17", "  #!")),),
        "rung 'T-7' of ladder 'mandated' is called after 7 days and has -17",
    ),
]


@pytest.mark.parametrize(("swaps", "told"), SLIPS, ids=[told[:40] for _, told in SLIPS])
def test_what_a_file_is_called_is_worth_a_look(swaps: tuple[tuple[str, str], ...], told: str) -> None:
    text, line = with_line(*swaps)
    checked = check_plan(text, vietnam(), DOCUMENT)
    assert checked.problems == ()
    assert [note.line for note in checked.notes if note.text.startswith(told) or told in note.text] == [line]


@pytest.mark.parametrize(("swaps", "told"), WRONG, ids=[told[:40] for _, told in WRONG])
def test_what_nobody_can_mean_is_a_problem(swaps: tuple[tuple[str, str], ...], told: str) -> None:
    text, line = with_line(*swaps)
    assert [p.line for p in check_plan(text, vietnam(), DOCUMENT).problems if p.text.startswith(told)] == [line]


def test_words_that_a_comment_cuts_off_are_told_where_they_end() -> None:
    text = PLAN.replace("    title: Báo cáo năm\n", "    title: Báo cáo năm #2\n")
    line = text[: text.index("Báo cáo năm #2")].count("\n") + 1
    (problem,) = check_plan(text, vietnam(), DOCUMENT).problems
    assert problem == Problem(
        line,
        "text ends here at ' #', the rest is a comment; put all of it in quotes, or the comment on a line of its own",
    )


def test_a_late_rung_follows_its_day_and_those_below_it() -> None:
    late = (
        '- {rung: overdue-1, working_days: %s, at: "14:00", kind: overdue, to: officer, reconciled: true, late: send}%s'
    )
    below = "\n    - {rung: brief-1,"
    text, line = with_line((late % ("1, from: due_on", below), late % ("5, from: target_on", f"  #!{below}")))
    told = {(note.line, note.text.partition(";")[2]) for note in check_plan(text, vietnam()).notes}
    assert (line, " write 'from: due_on'") in told
    assert (line + 1, " let it follow") in told


def test_a_monthly_report_is_not_urged_when_the_next_one_is_late_too() -> None:
    monthly = (
        '    - {rung: overdue-1, working_days: %s, from: due_on, at: "14:00", kind: overdue, to: officer, reconciled'
    )
    start = PLAN.index("  monthly:\n")
    text = PLAN[:start] + PLAN[start:].replace(monthly % 1, monthly % 30, 1)
    line = text[: text.index(monthly % 30)].count("\n") + 1
    found = [note for note in check_plan(text, vietnam()).notes if note.line == line]
    assert [
        note.text.startswith("rung 'overdue-1' of ladder 'monthly' speaks of 'monthly-figures'") for note in found
    ] == [True]


def test_an_opening_the_words_leave_out_is_told() -> None:
    text, line = with_line(
        (f'words: "{REVIEW}"', "words: tổ chức sơ kết Phong trào thi đua vào quý III năm 2027  #!"),
        ("    discretionary: true\n", ""),
    )
    told = [note.text for note in check_plan(text, vietnam(), DOCUMENT).notes if note.line == line]
    assert len(told) == 1
    assert "begins it with 'căn cứ tình hình'; write 'discretionary: true' and quote that too" in told[0]


def test_functions_that_were_exchanged_are_told() -> None:
    text, line = with_line(
        ("function: để tổng hợp}", "function: để theo dõi chuyên môn}  #!"),
        ("function: để theo dõi chuyên môn}\n", "function: để tổng hợp}\n"),
    )
    told = [note.text for note in check_plan(text, vietnam(), DOCUMENT).notes if note.line == line]
    assert told == [
        "'để theo dõi chuyên môn' stands behind 'Sở Khoa học và Công nghệ' in the document, not behind addressee "
        "'standing-agency'; exchange them, or leave 'function' out"
    ]
