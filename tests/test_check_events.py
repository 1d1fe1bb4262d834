"""Days counted from another event than the words name, and clauses numbered in another way: told with what to write.

Each slip is made in docs/examples/mau-giang.yaml; the line of its `#!` mark is the one that is told.
"""

import pytest

from config.clause_style import clause_meant
from config.yaml_lines import Problem
from deadlines.calendar import vietnam
from deadlines.plan_check import check_plan
from tests.test_example_plan import PLAN, UNLESS, with_line

GUIDANCE = "30 days after issue"
DOSSIERS = "10 days before conference"

EVENTS: list[tuple[str, str, str]] = [
    # words, rule, what is told
    ("trong 30 ngày kể từ ngày ban hành Kế hoạch này", "30 days after launch",
     "words count from 'kể từ ngày ban hành kế hoạch này', rule '30 days after launch' from 'launch' (Tổ chức "
     "phát động Phong trào thi đua); write '30 days after issue'"),
    ("trong 30 ngày sau hội nghị tổng kết", "30 days after issue",
     "words count from 'Hội nghị tổng kết', rule '30 days after issue' from 'issue'; write '30 days after conference'"),
    ("trong 30 ngày sau hội nghị tổng kết", "30 days after interim-review",
     "words count from 'Hội nghị tổng kết', rule '30 days after interim-review' from 'interim-review' (Sơ kết Phong "
     "trào thi đua); write '30 days after conference'"),
    ("trong 30 ngày sau đó", "30 days after issue",
     "words do not speak of the plan's own date, rule is '30 days after issue'; quote the words that do, or name the "
     "event"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "rule", "told"), EVENTS)
def test_another_event_than_the_words_name_is_told(words: str, rule: str, told: str) -> None:
    old = PLAN[: PLAN.index(f"rule: {GUIDANCE}")].splitlines()[-2].strip()
    text, line = with_line((old, f"words: {words}  #!"), (f"rule: {GUIDANCE}", f"rule: {rule}"))
    on_the_line = [each for each in check_plan(text, vietnam()).problems if each.line == line]
    assert on_the_line == [Problem(line, f"{told}{UNLESS}")]


STYLES = [
    ("mục III.1.a", "III.1.a"), ("III1a", "III.1.a"), ("iii.1.a", "III.1.a"), ("III.1.a)", "III.1.a"),
    ("điểm a khoản 1 mục III", "III.1.a"), ("III-1-a", "III.1.a"), ("III, 1, a", "III.1.a"), ("III.1.A", "III.1.a"),
    ("a.1.III", "III.1.a"), ("Phần III", "III"), ("Mục VI", "VI"),
    ("3.3.a", None), ("3", None), ("B.III.3", None),
]  # fmt: skip


@pytest.mark.parametrize(("written", "meant"), STYLES)
def test_a_clause_numbered_in_another_way_is_refused_with_the_way_to_write_it(written: str, meant: str | None) -> None:
    text, line = with_line(
        ("    title: Số liệu hằng tháng\n    clause: V.1\n",
         f'    title: Số liệu hằng tháng\n    clause: "{written}"  #!\n'),
    )  # fmt: skip
    way_out = f"write '{meant}'" if meant else "write section, number and letter with dots, such as V.3 or III.1.a"
    told = f"clause '{written}' is not written as clauses are compared; {way_out}"
    assert clause_meant(written) == meant
    assert check_plan(text, vietnam()).problems == (Problem(line, told),)


@pytest.mark.parametrize("clause", ["V.1", "V.1, V.2", "V; VI.2", "Đoạn kết", "Nơi nhận", "Phụ lục I", "V.1.đ"])
def test_other_names_of_places_are_left_alone(clause: str) -> None:
    text = PLAN.replace("hằng tháng\n    clause: V.1\n", f"hằng tháng\n    clause: {clause}\n")
    assert text != PLAN or clause == "V.1"
    assert check_plan(text, vietnam()).problems == ()
