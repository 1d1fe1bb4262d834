"""`dondoc check`: what is silently wrong with a plan file, each with the line of its `#!` mark and a way out."""

import random
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.plan import available_plans, new_plan_text, plan_path
from config.yaml_lines import Problem
from deadlines.calendar import vietnam
from deadlines.plan_check import check_plan
from tests.test_cli import Desk

SOUND = """\
key: lam-son
name: Phong trào thi đua mẫu
province: {name: Lam Sơn (mẫu), code: "00"}
instrument:
  number: 12/KH-UBND
  date: 2026-02-10
  issuer: UBND tỉnh
  signatory: Chủ tịch
  status: issued
period: {first_year: 2026, years: 3}
phases:
  - {phase: phase-1, name: Giai đoạn 1, from_year: 1, until_year: 2, clause: II}
  - {phase: phase-2, name: Giai đoạn 2, from_year: 3, until_year: 3, clause: II}
roles:
  standing-agency:
    clause: V.1
    words: đầu mối
    holders:
      - {unit: 00-so-khcn}
office:
  key: office
  name: Sở mẫu
  short_name: Sở mẫu
  sender_name: Sở mẫu
  sender_address: mau@so.example
  contact_role: Chuyên viên
  contact_phone: "0200 000 000"
ladders:
  mandated:
    - {rung: T-7, days: -7, kind: remind, to: officer, late: fold}
    - {rung: overdue-1, working_days: 1, from: due_on, kind: overdue, to: officer, reconciled: true}
  courtesy:
    - {rung: T-7, days: -7, kind: remind, to: officer, late: fold}
  none: []
events:
  - {event: conference, title: Hội nghị}
chains:
  - chain: season
    clause: V
    order: [unit-review, review]
acts:
  - {act: urge, role: standing-agency, clause: VI.1}
  - {act: receive, role: standing-agency, clause: VI.1}
duties:
  - duty: report
    kind: annual-report
    title: Báo cáo
    clause: V.2
    words: trước ngày 15/11
    rule: before 15/11
    years: each
    obligors:
      - {kind: department, modality: mandated}
      - {kind: front, modality: requested}
    addressees:
      - {to: standing-agency}
  - duty: unit-review
    kind: interim-review
    title: Đơn vị sơ kết
    clause: V.3
    words: chủ động sơ kết
    rule: on occasion
    obligors:
      - {kind: department, modality: encouraged}
  - duty: review
    kind: interim-review
    title: Sơ kết khi cần thiết
    clause: V.3
    words: trong quý IV
    rule: within Q4
    years: first+1
    discretionary: true
    obligors:
      - {kind: department, modality: mandated, role: standing-agency}
    milestones:
      - {milestone: cut-off, days: -14}
      - {milestone: draft, days: -7}
  - duty: dossiers
    kind: award-nomination
    title: Hồ sơ khen thưởng
    clause: V.4
    words: trước hội nghị 10 ngày
    rule: 10 days before conference
    obligors:
      - {kind: department, modality: mandated}
"""
MARK = "  #!"


def changed(*swaps: tuple[str, str]) -> str:
    """Return the sound plan with each old text, which must stand in it once, replaced."""
    text = SOUND
    for old, new in swaps:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def found(text: str) -> tuple[list[Problem], list[Problem]]:
    """Return the problems and the notes of a plan's text."""
    checked = check_plan(text.replace(MARK, ""), vietnam())
    return list(checked.problems), list(checked.notes)


def marked(text: str) -> int:
    """Return the line that carries the mark."""
    (line,) = [n for n, each in enumerate(text.splitlines(), 1) if each.endswith(MARK)]
    return line


def test_a_sound_plan_has_nothing_to_tell_and_says_what_it_holds() -> None:
    assert found(SOUND) == ([], [])
    holds = check_plan(SOUND, vietnam()).holds
    assert holds is not None
    assert (holds.duties, holds.dated, holds.undated, holds.rows) == (4, 2, 2, 6)
    assert (holds.first_year, holds.last_year) == (2026, 2028)


RUNG = "    - {rung: overdue-1, working_days: 1, from: due_on, kind: overdue, to: officer, reconciled: true}\n"
PROBLEMS = [
    # ── rungs ──
    (
        (RUNG, RUNG + "    - {rung: T-365, days: -365, kind: remind, to: officer}  #!\n"),
        ("years: each", "years: first"),
        ("rule: 10 days before conference", "rule: 10 days after issue"),
        ("words: trước hội nghị 10 ngày", "words: 10 ngày kể từ ngày ban hành"),
        ("events:\n  - {event: conference, title: Hội nghị}\n", ""),
        ("years: first+1", "years: first"),
        "rung 'T-365' of ladder 'mandated' can never be sent: it always falls before the plan begins on 10/02/2026; "
        "count fewer days or remove it",
    ),
    (
        (RUNG, RUNG + "    - {rung: late-5, days: 5, from: due_on, kind: remind, to: officer}  #!\n"),
        "rung 'late-5' of ladder 'mandated' can never be sent: a reminder lapses with the last day, this one falls "
        "after it; count back",
    ),
    (
        (RUNG, "    - {rung: overdue-1, days: -1, kind: overdue, to: officer, reconciled: true}  #!\n"),
        "rung 'overdue-1' of ladder 'mandated' speaks of what was not received before the last day is over; count "
        "forward from 'due_on'",
    ),
    (
        (
            "  courtesy:\n",
            "  courtesy:\n    - {rung: brief-1, working_days: 3, from: due_on, kind: brief, to: head}  #!\n",
        ),
        "rung 'brief-1' of ladder 'courtesy' is 'brief', but 'requested' units of duty 'report' are never overdue; "
        "remove the rung",
    ),
    (
        (RUNG, RUNG + "    - {rung: week, days: -7, kind: remind, to: officer, late: fold}  #!\n"),
        "rung 'week' of ladder 'mandated' always falls together with 'T-7'; move one",
    ),
    # ── dates that are over, periods nobody owes ──
    (
        (
            "words: trong quý IV\n    rule: within Q4\n    years: first+1",
            "words: mẫu\n    rule: by 31/1  #!\n    years: first",
        ),
        "rule 'by 31/1' ends on 31/01/2026, before the plan begins on 10/02/2026; correct 'rule' or 'years'",
    ),
    (
        ("rule: on occasion\n", "rule: on occasion\n    bound: first  #!\n"),
        ("date: 2026-02-10", "date: 2027-02-10"),
        "'first' ends on 31/12/2026, before the plan begins on 10/02/2027; correct 'bound'",
    ),
    (
        ("rule: before 15/11\n    years: each", "rule: before 15/11  #!\n    years: phase-1.each"),
        ("date: 2026-02-10", "date: 2028-02-10"),
        ("years: first+1", "years: last"),
        "duty 'report' has no period: every one ends before the plan begins on 10/02/2028; correct 'years'",
    ),
    (
        ("years: first+1", "years: first+3  #!"),
        "'first+3' is 2029, after the campaign ends in 2028; correct 'years'",
    ),
    (
        ("years: first+1", "years: phase-2.first+1  #!"),
        "'phase-2.first+1' is 2029, after phase 'phase-2' ends in 2028; correct 'years'",
    ),
    (
        (
            "    obligors:\n      - {kind: department, modality: mandated}\n"
            "      - {kind: front, modality: requested}\n",
            "    obligors:  #!\n      - {kind: district, modality: mandated, until: 2027-06-30}\n"
            "      - {kind: front, modality: requested, until: 2027-06-30}\n",
        ),
        "nobody owes duty 'report' in period 2028 (named: 'district' until 30/06/2027, 'front' until 30/06/2027); add "
        "who owes it then",
    ),
    (
        ("modality: mandated, role: standing-agency}", "modality: mandated, role: council}  #!"),
        (
            "office:\n",
            "  council:\n    clause: V\n    words: mẫu\n"
            "    holders: [{unit: 00-hoi-dong, until: 2026-12-31}]\noffice:\n",
        ),
        "nobody holds role 'council' while duty 'review', period once, is open; add a holder to the role",
    ),
    # ── twice, in turn, out of order ──
    (
        (
            "      - {kind: front, modality: requested}",
            "      - {kind: department, modality: requested, from: 2027-01-01}  #!",
        ),
        "'department' owes this duty by line 53 at the same time; part them by 'from' and 'until'",
    ),
    (
        ("  - duty: review\n", "  - duty: review\n    was: [unit-review]  #!\n"),
        "former slug 'unit-review' is the present slug of the duty on line 57; remove it here",
    ),
    (
        ("  - duty: review\n", "  - duty: review\n    was: [old]\n"),
        ("  - duty: dossiers\n", "  - duty: dossiers\n    was: [old]  #!\n"),
        "former slug 'old' stands on line 66 too; keep one",
    ),
    (
        ("rule: on occasion\n", "rule: by 31/12\n    years: first+1\n    conditional_on: review  #!\n"),
        ("discretionary: true", "conditional_on: unit-review"),
        "duty 'unit-review' waits for 'review', which waits for it in turn; break the circle",
    ),
    (
        ("until_year: 3, clause: II}", "until_year: 3, clause: II, conditional_on: review}  #!"),
        ("years: first+1", "years: last"),
        "phase 'phase-2' waits for 'review', which lies in that phase; move it before",
    ),
    (
        ("order: [unit-review, review]", "order: [review, report]  #!"),
        "'review' ends on 31/12/2027, after 'report' on 14/11/2027; correct the order or a rule",
    ),
    (
        ("{milestone: cut-off, days: -14}", "{milestone: cut-off, rule: by end of Y}"),
        ("rule: within Q4", "rule: by 15/12"),
        ("words: trong quý IV", "words: mẫu"),
        ("    milestones:\n", "    milestones:\n      - {milestone: cut-off, rule: by 20/12}  #!\n"),
        "milestone 'cut-off' is on 20/12/2027, after the last day 15/12/2027; move it before that day",
    ),
    (
        ("discretionary: true", 'count: {min: 1, max: 3, words: "từ 01 đến 02 đơn vị"}  #!'),
        "words name 1, 2, 'max' is 3; correct one of them",
    ),
    (
        ("discretionary: true", 'coverage: {percent: 10, words: "100% các sở, ban, ngành"}  #!'),
        "words name 100, 'percent' is 10; correct one of them",
    ),
    # ── words that do not fit the rule (all of them: test_words_fit.py) ──
    (
        ("words: trước ngày 15/11\n    rule: before 15/11", "words: trước ngày 15/11  #!\n    rule: by 15/11"),
        "words say 'trước ngày 15/11', rule is 'by 15/11'; write 'before 15/11', or say in 'reading' why not",
    ),
    (
        ("words: trong quý IV", "words: sơ kết vào quý IV năm 2026  #!"),
        "words name the year 2026, the rule and its years give 2027; correct 'years', or say in 'reading' why not",
    ),
    (
        ("words: trong quý IV", "words: hàng năm vào quý IV  #!"),
        "words 'hàng năm' come back every year, this happens once; write 'years: each', or say in 'reading' why not",
    ),
]  # fmt: skip


@pytest.mark.parametrize("case", PROBLEMS, ids=lambda case: str(case[-1])[:50])
def test_a_silent_problem_is_told_with_its_line_and_a_way_out(case: tuple[tuple[str, str] | str, ...]) -> None:
    *swaps, told = case
    text = changed(*(swap for swap in swaps if isinstance(swap, tuple)))
    problems, _ = found(text)
    assert Problem(marked(text), str(told)) in problems


NOTES = [
    (
        ("  none: []\n", "  none: []\n  spare: []  #!\n"),
        "no duty uses ladder 'spare'; name it in a duty's 'ladders' or remove it",
    ),
    (
        ("    discretionary: true\n", "    discretionary: true\n    ladders:\n      requested: courtesy  #!\n"),
        "no obligor of this duty is 'requested'; remove the ladder or name who is",
    ),
    (
        ("office:\n", "  council:  #!\n    clause: V\n    words: mẫu\n    holders: [{unit: 00-hoi-dong}]\noffice:\n"),
        "nobody names role 'council'; give it an act, a duty or something to receive, or remove it",
    ),
    (
        ("title: Hội nghị}", "title: Hội nghị}\n  - {event: fair, title: Hội chợ}  #!"),
        "no rule counts from event 'fair'; write '10 days before fair' or remove it",
    ),
    (
        ("key: lam-son\n", "key: lam-son\ncalendar: office  #!\n"),
        "calendar 'office' is kept in a database; days are counted here by 'vn'",
    ),
    (
        ("  number: 12/KH-UBND\n  date: 2026-02-10\n", "  number: 12/KH-UBND  #!\n"),
        "plan number '12/KH-UBND' has no date; write 'date' as YYYY-MM-DD",
    ),
    (
        ("from_year: 3, until_year: 3, clause: II}", "from_year: 2, until_year: 3, clause: II}  #!"),
        "phases 'phase-1' and 'phase-2' share year 2; it counts for 'phase-1'",
    ),
    (
        ("from_year: 1, until_year: 2", "from_year: 1, until_year: 1"),
        ("from_year: 3, until_year: 3, clause: II}", "from_year: 3, until_year: 3, clause: II}  #!"),
        "phases 'phase-1' and 'phase-2' leave a gap after year 1; no phase covers it: 'phase-….each' leaves it out, "
        "and no condition of a phase holds in it",
    ),
    (
        ("    holders:\n", "    holders:  #!\n"),
        ("{unit: 00-so-khcn}", "{unit: 00-so-tttt, until: 2026-12-31}\n      - {unit: 00-so-khcn, from: 2027-03-01}"),
        "nobody holds role 'standing-agency' from 01/01/2027 to 28/02/2027; add a holder",
    ),
    (
        ("  - duty: report\n", "  - duty: report  #!\n"),
        ("date: 2026-02-10", "date: 2026-11-10"),
        "'T-7' of duty 'report', period 2026, fall before the plan begins on 10/11/2026; they are not sent, nothing to "
        "do if that is meant",
    ),
    (
        ("  - duty: report\n", "  - duty: report  #!\n"),
        ("rule: before 15/11\n    years: each", "rule: by day 5\n    every: month\n    years: each"),
        ("words: trước ngày 15/11", "words: ngày 05 hằng tháng"),
        ("order: [unit-review, review]", "order: [review, dossiers]"),
        "'T-7' of duty 'report' always falls before the duty opens (period 2026-03: 26/02/2026); give it a ladder of "
        "its own in 'ladders'",
    ),
    (
        (
            "      - {kind: front, modality: requested}",
            "      - {kind: district, modality: requested, until: 2025-06-30}  #!",
        ),
        "'district' until 30/06/2025 never owes duty 'report': no period of it lies in that time; correct or remove",
    ),
    (
        ("{milestone: draft, days: -7}", "{milestone: draft, days: -21}  #!"),
        "milestone 'draft' (10/12/2027) comes before 'cut-off' (17/12/2027); the order is cut-off, draft, comment, "
        "signature",
    ),
    (
        (
            "    addressees:\n      - {to: standing-agency}\n  - duty: unit-review",
            "  - duty: unit-review",
        ),
        ("  - duty: report\n", "  - duty: report  #!\n"),
        "nobody receives the report 'report'; say where it goes in 'addressees' ([] if the plan does not)",
    ),
    (
        (
            "      - {kind: department, modality: mandated, role: standing-agency}",
            "      - {kind: province, modality: mandated}  #!",
        ),
        "duty 'review' is the province's own, and ladder 'mandated' writes to its 'officer'; name a ladder whose rungs "
        "go to a role, such as 'preparation'",
    ),
    (
        (
            "    discretionary: true",
            "    discretionary: true\n    count: {min: 3, words: từ 01 đến 02 đơn vị, reading: Có lý do.}  #!",
        ),
        "words name 1, 2, 'min' is 3; correct one of them",
    ),
    (
        (
            "words: trước ngày 15/11\n    rule: before 15/11",
            "words: trước ngày 15/11  #!\n    reading: Ngày 15/11 vẫn còn trong hạn.\n    rule: by 15/11",
        ),
        "words say 'trước ngày 15/11', rule is 'by 15/11'; write 'before 15/11'",
    ),
]  # fmt: skip


@pytest.mark.parametrize("case", NOTES, ids=lambda case: str(case[-1])[:50])
def test_what_is_worth_a_look_is_a_note_with_its_line(case: tuple[tuple[str, str] | str, ...]) -> None:
    *swaps, told = case
    text = changed(*(swap for swap in swaps if isinstance(swap, tuple)))
    assert found(text) == ([], [Problem(marked(text), str(told), note=True)])


def test_a_broken_duty_does_not_hide_what_is_silently_wrong_elsewhere() -> None:
    text = changed(
        ("key: lam-son", "kei: lam-son"),
        ("kind: annual-report", "kind: anual-report"),
        ("words: trong quý IV", "words: trong quý III  #!"),
    )
    problems, _ = found(text)
    assert [problem.line for problem in problems] == [1, 46, marked(text)]
    assert "words name quarter 3, rule is 'within Q4'" in problems[-1].text


def test_every_plan_that_ships_is_sound() -> None:
    for key in available_plans():
        assert found(plan_path(key).read_text(encoding="utf-8"))[0] == [], key


def test_a_new_plan_lists_what_is_to_be_filled_in_and_is_sound_when_it_is() -> None:
    text = new_plan_text("lam-son")
    assert text.splitlines()[0] == "# yaml-language-server: $schema=../plan.schema.json"
    problems, _ = found(text)
    places = [n for n, line in enumerate(text.splitlines(), 1) for _ in re.findall('"ĐIỀN', line)]
    assert [problem.line for problem in problems] == places
    assert all(" is still to be filled in: " in problem.text for problem in problems)
    given = {
        "số điện thoại": "0200 111 000", "tên tỉnh": "Lam Sơn",
        "năm đầu tiên": "2026", "số năm": "5", "địa chỉ thư": "mau@so.example", "mã tỉnh": '"00"',
        "mã đơn vị": "00-mau", "before 15/11": "before 15/11", "within Q4": "within Q4",
        "các từ quyết định, ví dụ trước": "trước ngày 15/11", "các từ quyết định, ví dụ tổng": "vào quý IV",
        "nguyên văn có con số": "90% hồ sơ công việc", ">=, >": '">="', "con số": "90",
    }  # fmt: skip
    filled = re.sub('"ĐIỀN: ([^"]*)"', lambda m: next((v for k, v in given.items() if m[1].startswith(k)), "mẫu"), text)
    assert found(filled) == ([], [])


# ── the command ────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A terminal without a database."""
    return Desk(tmp_path / "home")


def test_check_says_what_a_clean_file_holds_and_ends_with_0(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "lam-son.yaml"
    path.write_text(SOUND, encoding="utf-8")
    assert desk.ok("check", str(path)) == (
        "lam-son.yaml: 4 nhiệm vụ (2 có thời hạn, 2 chưa ấn định), 6 dòng theo kỳ, 2026–2028; không có lỗi; "
        "chưa đối chiếu với văn bản: thêm --text\n"
    )
    assert desk.ok("check", "dien-bien").startswith("dien-bien.yaml: 29 nhiệm vụ (5 có thời hạn, 24 chưa ấn định)")


def test_check_tells_every_file_and_ends_with_2_if_one_is_wrong(desk: Desk, tmp_path: Path) -> None:
    noted, wrong = tmp_path / "lam-son.yaml", tmp_path / "wrong.yaml"
    noted.write_text(changed(("  none: []\n", "  none: []\n  spare: []\n")), encoding="utf-8")
    wrong.write_text(changed(("rule: within Q4", "rule: within Q3")), encoding="utf-8")
    note = "lam-son.yaml: line 35: lưu ý: no duty uses ladder 'spare'; name it in a duty's 'ladders' or remove it\n"
    alone = desk.run("check", str(noted))
    assert (alone.exit_code, alone.stdout.splitlines()[0] + "\n", alone.stderr) == (0, note, "")
    assert alone.stdout.endswith("không có lỗi, 1 lưu ý; chưa đối chiếu với văn bản: thêm --text\n")
    strict = desk.run("check", "--strict", str(noted))
    assert (strict.exit_code, strict.stdout, strict.stderr) == (2, "", note.replace("lưu ý: ", ""))
    both = desk.run("check", str(wrong), str(noted), str(tmp_path / "nowhere.yaml"))
    assert both.exit_code == 2
    assert both.stderr.splitlines() == [
        "wrong.yaml: line 69: words name quarter 4, rule is 'within Q3'; write 'within Q4' or 'by Q4', or say in "
        "'reading' why not",
        "nowhere.yaml: cannot be read: No such file or directory",
    ]
    assert note in both.stdout
    assert [row["level"] for row in desk.json("check", str(noted))] == ["note", "summary"]


def test_check_and_new_name_the_way_out(desk: Desk, tmp_path: Path) -> None:
    for arguments, told in (
        (("check", "nope"), "'nope': no plan of that key ships"),
        (("new", "Lam Sơn"), "key 'Lam Sơn': write small letters a-z, digits and '-', such as 'lam-son'"),
        (("new", "dien-bien"), "key 'dien-bien': a plan of that key ships already; choose another"),
    ):
        done = desk.run(*arguments)
        assert (done.exit_code, done.stdout, done.stderr.startswith(told)) == (2, "", True), done.stderr
    path = tmp_path / "lam-son.yaml"
    assert desk.ok("new", "lam-son", "-o", str(path)) == f"{path}: đã ghi\n"
    assert desk.ok("new", "lam-son") == new_plan_text("lam-son")
    written = path.read_text(encoding="utf-8").splitlines()
    assert written[0] == "# yaml-language-server: $schema=plan.schema.json"
    assert written[1:] == new_plan_text("lam-son").splitlines()[1:]
    in_docs = new_plan_text("lam-son", Path(__file__).parents[1] / "docs/examples")
    assert in_docs.startswith("# yaml-language-server: $schema=../../config/plan.schema.json\n")
    again = desk.run("new", "lam-son", "-o", str(path))
    assert (again.exit_code, again.stderr) == (2, f"{path}: exists already; choose another name or remove it first\n")


def test_a_plan_file_can_be_listed_and_explained_before_it_is_loaded(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "lam-son.yaml"
    path.write_text(SOUND, encoding="utf-8")
    rows = desk.json("deadlines", str(path))
    assert [(row["duty"], row["period"], row["due_on"]) for row in rows[:3]] == [
        ("report", "2026", "2026-11-14"), ("report", "2027", "2027-11-14"), ("report", "2028", "2028-11-14"),
    ]  # fmt: skip
    assert "Mốc nội bộ – dự thảo: thứ Sáu, 24/12/2027" in desk.ok("explain", str(path), "review")
    path.write_text(changed(("rule: within Q4", "rule: inside Q4")), encoding="utf-8")
    done = desk.run("deadlines", str(path))
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("lam-son.yaml: line 70: unknown time rule 'inside Q4'; write ")


# ── a law: whatever is typed, check answers ────────────────────────────────────────────────────
TYPED = [
    *re.findall(r"[^\s,:{}\[\]]+", SOUND),
    "null",
    "-5",
    "0",
    "99",
    "2026-13-40",
    "[]",
    "{}",
    "first+40",
    "no date",
]


@given(dice=st.randoms(use_true_random=False), slips=st.integers(1, 4))
@settings(max_examples=150, deadline=None)
def test_whatever_slips_check_answers_with_lines_of_the_file(dice: random.Random, slips: int) -> None:
    lines = SOUND.splitlines()
    for _ in range(slips):
        n, slip = dice.randrange(len(lines)), dice.randrange(5)
        words = list(re.finditer(r"[^\s,:{}\[\]]+", lines[n]))
        if slip == 0:
            del lines[n]
        elif slip == 1:
            lines.insert(n, lines[n])
        elif slip == 2:
            lines[n] = " " * dice.randint(0, 3) + lines[n]
        elif words:
            word = dice.choice(words)
            lines[n] = lines[n][: word.start()] + dice.choice(TYPED) + lines[n][word.end() :]
    checked = check_plan("\n".join(lines), vietnam())
    assert checked.holds is not None or checked.problems
    assert all(1 <= problem.line <= len(lines) + 1 and problem.text for problem in (*checked.problems, *checked.notes))
