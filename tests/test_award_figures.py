"""Caps, margins, comparators, partitions and laws: what is computed, what is left to a person, what check refuses."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from config.plan import Cap, Law, Plan, load_plan_text
from deadlines.calendar import vietnam
from deadlines.caps import Nominee, Over, laws_by, limits_between, listed
from deadlines.comparators import Comparator, Judged, bars, judged
from deadlines.duties import expand_duties
from deadlines.explain import explain
from tests.test_plan_check import MARK, SOUND, found, marked


@pytest.mark.parametrize(
    ("value", "target", "how", "outcome"),
    [
        (50, 50, ">", "not-met"),  # "trên 50%" fails at 50
        (Fraction(501, 10), 50, ">", "met"),
        (80, 80, ">=", "met"),  # a bare "80%" and "tối thiểu 80%"
        (Fraction(799, 10), 80, ">=", "not-met"),
        (12, 40, "about", "by-a-person"),  # "khoảng 40" never fails by itself
        (60, 40, "about", "by-a-person"),  # nor is it met by itself
        (3, 3, "<=", "met"),  # "xếp hạng 01 đến 03": the third still leads
        (4, 3, "<=", "not-met"),
        (1, 0, "text", "by-a-person"),  # no number is printed
    ],
)
def test_a_value_is_judged_by_the_word_beside_the_target(
    value: Fraction | int, target: int, how: Comparator, outcome: Judged
) -> None:
    assert judged(value, target, how) == outcome


@pytest.mark.parametrize(
    ("target", "percent", "expected"),
    [
        (50, 20, [("times", 60, True), ("points", 70, True)]),
        (80, 20, [("times", 96, True), ("points", 100, False)]),  # nothing lies above 100 %
        (90, 20, [("times", 108, False), ("points", 110, False)]),
        (70, None, [("target", 70, True)]),
        (100, None, [("target", 100, False)]),
    ],
)
def test_a_margin_is_read_both_ways_and_says_what_is_out_of_reach(
    target: int, percent: int | None, expected: list[tuple[str, int, bool]]
) -> None:
    assert [(str(bar.way), int(bar.above), bar.within_reach) for bar in bars(target, percent)] == expected


PERSON, COLLECTIVE = Nominee(person=True), Nominee()
OUTSIDER = Nominee(person=True, outsider=True)
AGAIN, OUTSIDER_AGAIN = Nominee(awarded=True), Nominee(outsider=True, awarded=True)


def cap(**parts: Any) -> Cap:
    """Return a cap as a plan file writes it."""
    return Cap.model_validate({"rests_on": ["R"], **parts})


JOINT = cap(together=5, outsiders="outside")
APART = cap(collectives=5, persons=5, outsiders="outside", awarded_before={"outsiders": "refused", "others": "told"})


@pytest.mark.parametrize(
    ("limits", "nominees", "over"),
    [
        (JOINT, [COLLECTIVE] * 3 + [PERSON] * 3, (Over("together", 6, 5),)),  # law 7
        (JOINT, [COLLECTIVE] * 3 + [PERSON] * 2 + [OUTSIDER] * 9, ()),  # outsiders are not counted
        (cap(together=5, outsiders="counted"), [PERSON] * 5 + [OUTSIDER], (Over("together", 6, 5),)),
        (APART, [COLLECTIVE] * 5 + [PERSON] * 5, ()),  # five and five, not five together
        (APART, [COLLECTIVE] * 6 + [PERSON] * 7, (Over("collectives", 6, 5), Over("persons", 7, 5))),
        (cap(persons=1), [COLLECTIVE] * 99 + [PERSON], ()),  # what the plan does not limit stays open
    ],
)
def test_a_list_keeps_to_the_cap(limits: Cap, nominees: list[Nominee], over: tuple[Over, ...]) -> None:
    assert listed(nominees, limits, limits).over == over


def test_who_was_awarded_in_the_year_is_refused_from_outside_and_told_otherwise() -> None:
    result = listed([COLLECTIVE, AGAIN, OUTSIDER, OUTSIDER_AGAIN], APART, APART)
    assert (result.counted, result.outside) == ((COLLECTIVE, AGAIN), (OUTSIDER,))
    assert (result.refused, result.told) == ((OUTSIDER_AGAIN,), (AGAIN,))
    assert listed([OUTSIDER_AGAIN], JOINT, JOINT).outside == (OUTSIDER_AGAIN,)  # the yearly round does not ask


def test_a_law_puts_its_own_limit_in_the_place_of_the_plans_from_its_day() -> None:
    by_law = [{"from": "2024-01-01", "law": "Luật A", "together": 4}, {"from": "2026-10-01", "law": "B", "together": 3}]
    limits = cap(together=5, instead=by_law)
    for year, expected in ((2023, [5]), (2024, [4]), (2026, [4, 3]), (2027, [3])):
        between = limits_between(limits, date(year, 1, 1), date(year, 12, 31))
        assert [limit.together for limit in between] == expected, year
    assert [limit.together for limit in limits_between(limits, None, None)] == [5, 4, 3]  # no day is known yet


def test_the_laws_in_force_are_those_of_the_day() -> None:
    given = [
        {"law": "B", "from": "2026-10-01", "rests_on": ["R"]},
        {"law": "A", "from": "2024-01-01", "rests_on": ["R"]},
    ]
    laws = [Law.model_validate(law) for law in given]
    days = [date(2023, 12, 31), date(2024, 1, 1), date(2026, 10, 1), None]
    assert [[law.law for law in laws_by(laws, day)] for day in days] == [[], ["A"], ["A", "B"], ["A", "B"]]


# ── in a plan file ─────────────────────────────────────────────────────────────────────────────
FIGURES = """\
    cap: {together: 5, outsiders: counted, instead: [{from: 2027-01-01, law: Luật mẫu, together: 3}], rests_on: [LS-1]}
    margin: {percent: 20, targets: [60], words: vượt trên 20%, rests_on: [LS-1]}
    partition: {of: commune, inside: district, last: 2, rests_on: [LS-1]}
comparators:
  - {word: từ … trở lên, is: ">=", level: 90, clause: V, words: đạt từ 90% trở lên, rests_on: [LS-1]}
laws:
  - {law: Luật mẫu, from: 2027-01-01, rests_on: [LS-1]}
readings:
  - {id: LS-1, clause: V, words: mẫu, reading: Hiểu như mẫu., duties: [dossiers]}
"""


def told(plan: Plan) -> list[str]:
    """Return what explain says of the sound plan's dossiers in figures."""
    (row,) = [row for row in expand_duties(plan, vietnam()) if row.duty == "dossiers"]
    return [line for line in explain(plan, row, vietnam()) if "LS-1" in line or "ngoài tỉnh" in line or "Từ " in line]


def test_a_file_with_figures_is_sound_and_explain_works_them_through() -> None:
    assert found(SOUND + FIGURES) == ([], [])
    assert told(load_plan_text(SOUND + FIGURES, "lam-son.yaml"))[:-1] == [
        "Số lượng khen thưởng: không quá 05 tập thể, cá nhân tính chung; ví dụ 3 tập thể và 3 cá nhân: 6 tập thể, "
        "cá nhân tính chung là quá 1; theo cách hiểu LS-1.",
        "Từ 01/01/2027 theo Luật mẫu, số lượng khen thưởng: không quá 03 tập thể, cá nhân tính chung; ví dụ 2 tập thể "
        "và 2 cá nhân: 4 tập thể, cá nhân tính chung là quá 1.",
        "Tập thể, cá nhân ngoài tỉnh: tính vào số tối đa.",
        "Vượt mục tiêu: trên 20%, tính cả hai cách; không tự kết luận, người thẩm định quyết định; ví dụ mục tiêu "
        "60%: trên 72% (1,2 lần) hoặc trên 80% (thêm 20 điểm); mục V.4: “vượt trên 20%”; theo cách hiểu LS-1.",
        "Xếp hạng xã, phường, thị trấn trong từng huyện, thành phố, hạng 01 đến 02; theo cách hiểu LS-1.",
        "So sánh với mục tiêu, “từ … trở lên”: đúng 90 là đạt; mục V: “đạt từ 90% trở lên”; theo cách hiểu LS-1.",
        "Luật có hiệu lực vào ngày xét – từ 01/01/2027: Luật mẫu; trái với kế hoạch thì theo luật, ghi rõ văn bản; "
        "theo cách hiểu LS-1.",
    ]


@pytest.mark.parametrize(
    ("old", "new", "way_out"),
    [
        ("{together: 5,", "{together: 5, persons: 5,",
            "a cap needs 'together', or 'collectives' and 'persons' apart, and not both"),
        ("{together: 5,", "{", "a cap needs 'together', or 'collectives' and 'persons' apart, and not both"),
        ("{together: 5,", "{together: 5, words: không quá 04,", "words name 4, 'together' is 5; correct one of them"),
        ("{together: 5,", "{together: 0,", "'together': must be at least 1 (here: 0); correct it"),
        ("outsiders: counted", "outsiders: none",
            "'outsiders': must be 'outside' or 'counted' (here: 'none'); write one of these"),
        ("{percent: 20,", "{", "words say '20%'; write 'percent: 20'"),
        ("{percent: 20,", "{percent: 10,", "words name 20, 'percent' is 10; correct one of them"),
        ("of: commune", "of: district",
            "units of kind 'district' cannot be ranked inside one 'district'; name smaller ones"),
        ("of: commune", "of: comune", "unknown unit kind 'comune'; did you mean commune?"),
        ("last: 2", "first: 3, last: 2", "'last' 2 is less than 'first' 3"),
        ("last: 2", "last: 2, instead: {of: commune, inside: district}",
            "'instead' says the same again; name the other way to read the words, or leave it out"),
        ("word: từ … trở lên", "word: trên",
            "words 'đạt từ 90% trở lên' do not say 'trên' at 90; quote words that do, with '…' in 'word' for the "
            "level: '… trở lên'"),
        ("level: 90", "level: 9",
            "words 'đạt từ 90% trở lên' do not say 'từ … trở lên' at 9; quote words that do, with '…' in 'word' for "
            "the level: '… trở lên'"),
        ("words: đạt từ 90% trở lên", "words: từ 15 tuổi trở lên đạt 90%",  # of an age, not of the target
            "words 'từ 15 tuổi trở lên đạt 90%' do not say 'từ … trở lên' at 90; quote words that do, with '…' in "
            "'word' for the level: '… trở lên'"),
        ('is: ">="', 'is: "<"', "'is': must be '>=', '>' or 'about' (here: '<'); write one of these"),
        ("last: 2, rests_on: [LS-1]", "last: 2, rests_on: [LS-2]",
            "rests on unknown reading 'LS-2'; did you mean LS-1?"),
        ("last: 2, rests_on: [LS-1]", "last: 2, rests_on: []",
            "this list needs at least one entry; write one, beginning with '- '"),
    ],
)  # fmt: skip
def test_check_refuses_figures_that_cannot_be_meant(old: str, new: str, way_out: str) -> None:
    assert FIGURES.count(old) == 1, old
    lines = [line.replace(old, new) + MARK if old in line else line for line in FIGURES.splitlines()]
    text = SOUND + "\n".join(lines)
    assert [(problem.line, problem.text) for problem in found(text)[0]] == [(marked(text), way_out)]


def test_check_says_where_a_reading_would_not_show_the_figures() -> None:
    problems, _ = found(SOUND + FIGURES.replace("duties: [dossiers]", "duties: [review]"))
    assert {problem.text for problem in problems} == {
        "reading 'LS-1' does not name duty 'dossiers'; add it to the reading's 'duties'"
    }
    problems, _ = found(SOUND + FIGURES.replace(", duties: [dossiers]", ""))
    assert problems[-1].text == (
        "reading 'LS-1' names no duty that would show this; give it the award rounds it concerns, such as 'duties: "
        "[award-round]'"
    )
    assert not [problem for problem in problems if "comparators" in problem.text]  # a target belongs to no duty


def test_the_limits_of_a_law_follow_each_other() -> None:
    earlier = "together: 3}, {from: 2026-10-01, law: Luật trước, together: 4}]"
    (problem,) = found(SOUND + FIGURES.replace("together: 3}]", earlier))[0]
    assert problem.text == "the limits of 'instead' follow each other; order them by 'from', one for a day"
