"""`dondoc check` on who a clause's heading speaks to: units left out, asked or bound, roles, caps, counts."""

import pytest

from config.yaml_lines import Problem
from deadlines.calendar import vietnam
from deadlines.plan_check import check_plan
from tests.test_example_plan import DOCUMENT, PLAN, with_line

Swaps = tuple[tuple[str, str], ...]

# The example's clauses with headings of their own, as many plans print them.
HEADED = (
    DOCUMENT.replace("2. Sở Khoa học và Công nghệ hướng dẫn", "2. Sở Khoa học và Công nghệ\na) Hướng dẫn")
    .replace("3. Đề nghị Ủy ban MTTQ Việt Nam tỉnh và các tổ chức chính trị - xã hội phối",
             "3. Đề nghị Ủy ban MTTQ Việt Nam tỉnh và các tổ chức chính trị - xã hội\na) Phối")
    .replace("15 của tháng cuối kỳ.", "15 của tháng cuối kỳ; riêng năm 2026 chậm hơn.")
)  # fmt: skip
GUIDANCE = "      - {kind: department, modality: mandated, role: receiver}\n"
FRONT_REPORT = """\
  - duty: front-report
    kind: annual-report
    title: Báo cáo năm của Mặt trận Tổ quốc
    clause: VI.3.a
    words: báo cáo năm như quy định
    rule: annual, no date
    obligors:
      - {kind: front, modality: WHICH}  #!
    addressees: *both
  - duty: inspection
"""
RULE = "    rule: before day 15\n    every: half-year\n    years: each"
OTHER = "correct 'role', or say in 'reading' why"

SLIPS: list[tuple[str, Swaps, str]] = [
    ("a role that another holds", ((GUIDANCE, GUIDANCE.replace("receiver}", "standing-agency}  #!")),),
     f"the document gives this to 'Sở khoa học và công nghệ', role 'standing-agency' is held by another; {OTHER}"),
    ("an act that another has", (("{act: guide, role: receiver, clause: VI.2, words: hướng dẫn chuyên môn}",
                                  "{act: guide, role: standing-agency, clause: VI.2.a, words: hướng dẫn}  #!"),),
     "clause VI.2.a stands under 'sở khoa học và công nghệ', act 'guide' is that of role 'standing-agency', which "
     "another holds; correct 'role'"),
    ("asked, and bound", (("  - duty: inspection\n", FRONT_REPORT.replace("WHICH", "mandated")),),
     "the heading says 'đề nghị', 'front' is 'mandated'; write 'requested', or quote what binds it in its own 'words'"),
    ("nobody bound", (("    words: trước ngày 15 của tháng cuối kỳ\n" + RULE + "\n    obligors:\n"
                       "      - {kind: commune, modality: mandated}",
                       "    words: trước ngày 15 của tháng cuối kỳ\n" + RULE + "\n    obligors:  #!\n"
                       "      - {kind: commune, modality: requested}"),),
     "all who owe 'half-year-report' are 'requested', and neither words nor clause say so; write 'mandated', or say in "
     "'reading' why nobody is bound"),
    ("a year that is otherwise", ((RULE, f"{RULE}  #!"),),
     "clause V.3 says 'riêng năm 2026', and 'years: each' gives that year the same date; give that year and each other "
     "a duty of its own"),
]  # fmt: skip


@pytest.mark.parametrize(("swaps", "told"), [slip[1:] for slip in SLIPS], ids=[slip[0] for slip in SLIPS])
def test_what_the_clause_says_of_who_is_told_as_a_note(swaps: Swaps, told: str) -> None:
    text, line = with_line(*swaps)
    notes = [note for note in check_plan(text, vietnam(), HEADED).notes if note.line == line]
    assert Problem(line, told, note=True) in notes
    assert not any(note.text == told for note in check_plan(text, vietnam()).notes), "without the document nothing is"


def test_units_of_the_heading_that_owe_nothing_are_told() -> None:
    text, line = with_line(("  - duty: inspection\n", FRONT_REPORT.replace("WHICH", "requested")))
    told = [note for note in check_plan(text, vietnam(), HEADED).notes if "'mass-organisation' owes" in note.text]
    assert told == [
        Problem(
            line - 1,
            "the heading of clause VI.3.a names 'các tổ chức chính trị', and no 'mass-organisation' owes "
            "'front-report'; add it, or say in 'reading' why it does not",
            note=True,
        )
    ]


@pytest.mark.parametrize(
    ("words", "cap", "told"),
    [
        ("đề nghị không quá 03 tập thể và 05 cá nhân", "{collectives: 5, persons: 5",
         "words say '03 tập thể', 'collectives' is 5; write 'collectives: 3'"),
        ("tặng không quá 15 tập thể, cá nhân", "{collectives: 15, persons: 15",
         "words say 'không quá 15 tập thể, cá nhân', one number for both; write 'together: 15'"),
    ],
)  # fmt: skip
def test_a_cap_is_compared_with_the_words_of_its_duty(words: str, cap: str, told: str) -> None:
    old = "    words: trước hội nghị tổng kết 10 ngày\n    rule: 10 days before conference\n"
    new = f"    words: {words} … trước hội nghị tổng kết 10 ngày\n    rule: 10 days before conference\n    cap: {cap}"
    named = ("duties: [phase-2-decision]", "duties: [phase-2-decision, award-dossiers]")
    text, line = with_line((old, f"{new}, rests_on: [MG-03]}}  #!\n"), named)
    checked = check_plan(text, vietnam())
    assert told in [each.text for each in (*checked.problems, *checked.notes) if each.line == line]


def test_a_count_that_is_another_duty_s_is_told() -> None:
    good = "    count: {min: 2, max: 4, words: từ 02 đến 04 đơn vị}"
    text, line = with_line((good, "    count: {min: 1, max: 1, words: 01 đơn vị}  #!"))
    told = [each for each in check_plan(text, vietnam()).notes if each.line == line]
    said = "the duty's words say '02 đến 04 đơn vị', 'count' quotes '01 đơn vị'; quote this duty's own words"
    assert told == [Problem(line, said, note=True)]


def test_the_example_has_no_such_note() -> None:
    assert len(check_plan(PLAN, vietnam(), DOCUMENT).notes) == 1
