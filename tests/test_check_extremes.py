"""Whatever stands in a plan file, `dondoc check` answers with lines: years exchanged, days of no time, any type.

Each slip is made in docs/examples/mau-giang.yaml; the line of its `#!` mark is the one that is told.
"""

from copy import deepcopy
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from config.yaml_lines import Problem, read_yaml
from deadlines.calendar import vietnam
from deadlines.plan_check import check_plan
from tests.test_example_plan import with_line
from tests.test_plan_check import SOUND

PHASE = '  - {phase: phase-2, name: "Giai đoạn 2", from_year: 3, until_year: 5, clause: III.2, '
DATE = "  date: 2026-01-20"

EXTREMES: list[tuple[str, str, str]] = [
    (PHASE, PHASE.replace("3, until_year: 5,", "5, until_year: 3,").replace("{phase", "{  #!\n     phase"),
     "phase ends in year 3, before it begins in year 5; exchange them, or correct one"),
    (DATE, "  date: 9999-12-31", "day 9999-12-31 lies in no campaign's time; correct its year"),
    (DATE, "  date: 0001-01-01", "day 0001-01-01 lies in no campaign's time; correct its year"),
    (DATE, "  date: 0000-01-01", "'date': needs a day (here: '0000-01-01'); "
     "there is no year 0; write year, month and day, such as 2026-01-20"),
    (DATE, "  date: 2026-02-31",
     "'date': needs a day (here: '2026-02-31'); there is no such day: month 2 of 2026 has 28 days"),
    (DATE, "  date: 2026-13-02",
     "'date': needs a day (here: '2026-13-02'); there is no month 13; write year, month and day, such as 2026-01-20"),
    (DATE, "  date: 2026-1-20", "'date': needs a day (here: '2026-1-20'); write 2026-01-20"),
    (DATE, "  date: 2026/01/20", "'date': needs a day (here: '2026/01/20'); write 2026-01-20"),
    (DATE, "  date: 20260120", "'date': needs a day (here: 20260120); write 2026-01-20"),
    (DATE, "  date: ngày 20 tháng 01 năm 2026",
     "'date': needs a day (here: 'ngày 20 tháng 01 năm 2026'); write 2026-01-20"),
    (DATE, "  date: mới đây",
     "'date': needs a day (here: 'mới đây'); write year, month and day in figures, such as 2026-01-20"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "told"), EXTREMES, ids=[new.strip() for _, new, _ in EXTREMES])
def test_an_extreme_value_is_one_line_and_hides_nothing(old: str, new: str, told: str) -> None:
    marked = new if old == PHASE else f"{new}  #!"
    text, line = with_line((old, marked), ("rule: before 20/12", "rule: by 20/12"))
    problems = check_plan(text, vietnam()).problems
    assert problems[0] == Problem(line + (old == PHASE), told)
    assert [problem.text.partition(", rule")[0] for problem in problems[1:]] == ["words say 'trước ngày 20/12'"]


ODD: tuple[object, ...] = (
    None, True, 0, -1, 13, 10**8, "", [], {}, [[]], [{}], [None], {"x": 1}, "…", "0000-00-00", "9999-12-31", "2026",
    "999 days after issue", "999 working days before issue", "first+99", "phase-1.each", "by working day 15 of next",
    "(*", "quý IV năm 0000", "giai đoạn 2 năm 2029", "trước ngày 99/99/9999", "a" * 3000, "\u00a0", "province",
)  # fmt: skip


class _WithoutAnchors(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def _places(value: object, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [*([path] if path else []), *(each for key, v in inside for each in _places(v, (*path, key)))]


@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_whatever_type_stands_wherever_check_answers(data: st.DataObject) -> None:
    tree: Any = deepcopy(read_yaml(SOUND).value)
    for _ in range(data.draw(st.integers(1, 3))):
        if not (places := _places(tree)):
            break
        *around, name = data.draw(st.sampled_from(places))
        part = tree
        for key in around:
            part = part[key]
        if data.draw(st.booleans()):
            part[name] = deepcopy(data.draw(st.sampled_from(ODD)))
        else:
            del part[name]
    text = yaml.dump(tree, Dumper=_WithoutAnchors, allow_unicode=True, sort_keys=False)
    checked = check_plan(text, vietnam(), "I. MỘT\n1. Trước ngày 15/11 gửi báo cáo.\n")
    assert checked.holds is not None or checked.problems
    assert all(problem.text for problem in (*checked.problems, *checked.notes))
