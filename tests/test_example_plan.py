"""The worked example of docs/examples, and every slip somebody made while writing it, with its line and a way out."""

from pathlib import Path

import pytest

from config.plan import load_plan_text
from config.quotations import doubts
from config.yaml_lines import Problem
from deadlines.calendar import vietnam
from deadlines.duties import expand_duties
from deadlines.plan_check import check_plan
from tests.test_cli import Desk
from tests.test_deadlines import d

EXAMPLES = Path(__file__).parents[1] / "docs/examples"
PLAN = (EXAMPLES / "mau-giang.yaml").read_text(encoding="utf-8")
DOCUMENT = (EXAMPLES / "mau-giang.txt").read_text(encoding="utf-8")

# Counted by hand with a calendar of 2026 to 2030 and the days off of those years.
BY_HAND = [
    ("launch", "once", "29/04/2026"),
    ("own-plan", "once", "31/03/2026"),
    ("pilots", "once", "30/06/2026"),
    ("enterprises-join", "2026", None),
    ("interim-review", "once", "30/09/2027"),
    ("phase-2-decision", "once", "31/12/2027"),
    ("ranking", "2028", "25/11/2028"),
    ("ranking", "2030", "25/11/2030"),
    ("final-review", "once", "31/12/2030"),
    ("award-dossiers", "once", None),
    ("final-report", "once", None),
    ("monthly-figures", "2026-01", "20/01/2026"),
    ("monthly-figures", "2030-12", "20/12/2030"),
    ("quarterly-report", "2026-Q1", "07/04/2026"),
    ("quarterly-report", "2026-Q3", "07/10/2026"),
    ("quarterly-report", "2026-Q4", "08/01/2027"),
    ("half-year-report", "2026-H1", "14/06/2026"),
    ("half-year-report", "2026-H2", "14/12/2026"),
    ("annual-report", "2026", "09/12/2026"),
    ("on-request-report", "once", None),
    ("inspection", "2029", None),
    ("consolidated-report", "2030", "19/12/2030"),
    ("guidance", "once", "19/02/2026"),
]


def with_line(*swaps: tuple[str, str]) -> tuple[str, int]:
    """Return the example with each old text, which must stand in it once, replaced; and the line marked `#!`."""
    text = PLAN
    for old, new in swaps:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    (line,) = [n for n, each in enumerate(text.splitlines(), 1) if each.endswith("#!")]
    return text.replace("  #!", ""), line


def test_the_example_has_no_problem_and_its_words_stand_in_its_document() -> None:
    checked = check_plan(PLAN, vietnam())
    assert checked.problems == ()
    assert [note.text.partition(" of duty ")[0] for note in checked.notes] == ["'T-5'"]  # before the plan
    assert doubts(load_plan_text(PLAN, "mau-giang.yaml"), DOCUMENT) == []


def test_the_example_gives_the_days_counted_by_hand() -> None:
    rows = {(row.duty, row.period): row.due_on for row in expand_duties(load_plan_text(PLAN, "x"), vietnam())}
    assert len(rows) == 123
    for duty, period, day in BY_HAND:
        assert rows[duty, period] == (d(day) if day else None), (duty, period)


UNLESS = ", or say in 'reading' why not"
SLIPS: list[tuple[tuple[tuple[str, str], ...], bool, str]] = [
    # ── how strongly ──
    (
        (("{kind: front, modality: requested, clause: VI.3, words: Đề nghị Ủy ban MTTQ Việt Nam tỉnh}",
          "{kind: front, modality: mandated, clause: VI.3, words: Đề nghị Ủy ban MTTQ Việt Nam tỉnh}  #!"),),
        False, f"words say 'đề nghị', modality is 'mandated'; write 'requested'{UNLESS}",
    ),
    (
        (("{kind: enterprise, modality: encouraged}", "{kind: enterprise, modality: mandated}  #!"),
         ("{kind: cooperative, modality: encouraged}", "{kind: cooperative, modality: mandated}")),
        True, "words say 'khuyến khích', modality is 'mandated'; write 'encouraged'",
    ),
    (
        (("words: Đề nghị Ủy ban MTTQ Việt Nam tỉnh}", "words: giao Ủy ban MTTQ Việt Nam tỉnh}  #!"),),
        True, "words say 'giao', modality is 'requested'; write 'mandated'",
    ),
    # ── the first days of the next period ──
    (
        (("words: trong 05 ngày làm việc đầu của quý sau\n    reading: Quý IV",
          "words: trong 05 ngày làm việc đầu của quý sau  #!\n    reading: Quý IV"),
         ("rule: by working day 5 of next", "rule: by working day 5")),
        True, "words say '05 ngày làm việc đầu', rule is 'by working day 5'; write 'by working day 5 of next'",
    ),
    # ── whether at all ──
    (
        (("vào quý III năm 2027\"\n", "vào quý III năm 2027\"  #!\n"), ("    discretionary: true\n", "")),
        False, "words say 'căn cứ tình hình thực tế'; write 'discretionary: true', so that nobody is late before an "
        f"officer confirms it{UNLESS}",
    ),
    # ── a day nobody named ──
    (
        (("words: hằng năm tổ chức kiểm tra việc thực hiện\n    rule: annual, no date",
          "words: hằng năm tổ chức kiểm tra việc thực hiện  #!\n    rule: by 15/12\n    years: each"),),
        True, "words 'hằng năm' name no day, rule is 'by 15/12'; write 'annual, no date' (a ruling dates it later), or "
        "quote the words that name the day",
    ),
    (
        (("words: theo yêu cầu của Ủy ban nhân dân tỉnh\n    rule: on request",
          "words: theo yêu cầu của Ủy ban nhân dân tỉnh  #!\n    rule: annual, no date"),),
        True, "words say 'theo yêu cầu', rule is 'annual, no date'; write 'on request'",
    ),
    (
        (("words: trình UBND tỉnh trước ngày 20/12\n    rule: before 20/12\n    years: each",
          "words: trình UBND tỉnh trước ngày 20/12  #!\n    rule: annual, no date"),),
        False,
          "words say 'trước ngày 20/12', rule 'annual, no date' has no date; write 'before 20/12', or say in 'reading' "
          "why not",
    ),
    (
        (("words: hằng năm tổ chức kiểm tra việc thực hiện\n    rule: annual, no date",
          "words: tổ chức kiểm tra việc thực hiện  #!\n    rule: by 15/12\n    years: each"),),
        True, "words name no time, rule is 'by 15/12'; write 'on occasion' (a ruling dates it later), or quote the "
        "words that name the day",
    ),
    (
        (("words: trong 30 ngày kể từ ngày ban hành Kế hoạch này\n    rule: 30 days after issue",
          "words: trong 30 ngày kể từ ngày ban hành Kế hoạch này  #!\n    rule: by 19/2\n    years: first"),),
        False, f"words count 30 days after an event, rule is 'by 19/2'; write '30 days after issue'{UNLESS}",
    ),
    (
        (("words: trước hội nghị tổng kết 10 ngày\n    rule: 10 days before conference",
          "words: trước hội nghị tổng kết 10 ngày  #!\n    rule: on occasion"),),
        False, f"words count 10 days before an event, rule is 'on occasion'; write '10 days before conference'{UNLESS}",
    ),
    # ── units that ended ──
    (
        (("years: phase-2.each\n    obligors:\n      - {kind: commune, modality: mandated}",
          "years: phase-2.each\n    obligors:\n      - {kind: district, modality: mandated}  #!"),),
        True, "units of kind 'district' ended on 30/06/2025, before the plan began; name who owes it instead, such as "
        "'commune'",
    ),
    # ── milestones ──
    (
        (("{milestone: cut-off, rule: by 30/11, clause: V.4, words: số liệu chốt đến hết ngày 30/11}",
          "{milestone: cut-off, rule: by 15/11, clause: V.4, words: số liệu chốt đến hết ngày 30/11}  #!"),),
        False, f"words say 'đến hết 30/11', rule is 'by 15/11'; write 'by 30/11'{UNLESS}",
    ),
    (
        (("số liệu chốt đến hết ngày 30/11}", "số liệu chốt đến hết ngày 30/11/2025}  #!"),),
        False, f"words name the year 2025, the rule and its years give 2026 to 2030; correct its 'rule'{UNLESS}",
    ),
    (
        (("{milestone: signature, working_days: -1, from: target_on}",
          "{milestone: signature, working_days: -1, words: ký trước 03 ngày làm việc}  #!"),),
        False, f"words say '03 ngày làm việc', 'working_days' is -1; write 'working_days: -3'{UNLESS}",
    ),
    (
        (("{milestone: signature, working_days: -1, from: target_on}", "{milestone: cut-off, days: -20}  #!"),),
        False, "milestone 'cut-off' stands twice; keep one, or give the other its own kind",
    ),
    # ── rungs ──
    (
        (("{rung: T-5, days: -5, from: target_on, kind: remind, to: officer, tone: courteous, late: fold}",
          "{rung: T-5, days: 5, from: target_on, kind: remind, to: officer, tone: courteous, late: fold}  #!"),),
        False, "rung 'T-5' of ladder 'monthly' reminds after the last day (duty 'monthly-figures', period 2026-01: "
        "23/01/2026); a reminder stands before it, count back",
    ),
    (
        (("{rung: T-5, days: -5, from: target_on, kind: remind, to: officer, tone: courteous, late: fold}",
          "{rung: T-5, days: 1, from: target_on, kind: remind, to: officer, tone: courteous, late: fold}  #!"),),
        False, "rung 'T-5' of ladder 'monthly' reminds after the last day (duty 'monthly-figures', period 2026-01: "
        "21/01/2026); a reminder stands before it, count back",
    ),
    (
        (('kind: brief, to: head, reconciled: true, late: send}', "kind: brief, to: head, late: send}  #!"),),
        False, "rung 'brief-1' of ladder 'mandated' is 'brief' without a reconciliation; write 'reconciled: true', so "
        "that it waits until the desk has compared its register",
    ),
    # ── two spellings, two meanings, numbers nobody looks at ──
    (
        (("words: trình UBND tỉnh trước ngày 20/12", "words: trình UBND tỉnh trước ngày 20-12  #!"),
         ("rule: before 20/12", "rule: by 20/12")),
        False, f"words say 'trước ngày 20/12', rule is 'by 20/12'; write 'before 20/12'{UNLESS}",
    ),
    (
        (("words: Tổng kết Phong trào thi đua vào quý IV năm 2030", "words: Tổng kết vào quí IV năm 2030  #!"),
         ("rule: within Q4\n    years: last", "rule: within Q3\n    years: last")),
        False, f"words name quarter 4, rule is 'within Q3'; write 'within Q4' or 'by Q4'{UNLESS}",
    ),
    (
        (("words: trình UBND tỉnh trước ngày 20/12", "words: chậm nhất trước ngày 20/12  #!"),),
        True, "words 'chậm nhất trước' can be read both ways, rule 'before 20/12' leaves the day out; say in 'reading' "
        "which is meant",
    ),
    (
        (("words: chậm nhất hết quý I năm 2026\n    rule: by Q1",
          "words: chậm nhất hết quý I năm 2026  #!\n    rule: within Q1"),),
        True, "words 'hết quý I' are a limit, rule 'within Q1' is a window; write 'by Q1'",
    ),
    (
        (("words: Tổng kết Phong trào thi đua vào quý IV năm 2030\n    rule: within Q4",
          "words: Tổng kết Phong trào thi đua vào quý IV năm 2030  #!\n    rule: by Q4"),),
        True, "words 'vào quý IV' are a window, rule 'by Q4' is a limit; write 'within Q4'",
    ),
    (
        (("đăng ký với Sở Nội vụ trong quý II năm 2026\"\n", "đăng ký với Sở Nội vụ trong quý II năm 2026\"  #!\n"),
         ("    count: {min: 2, max: 4, words: từ 02 đến 04 đơn vị}\n", "")),
        True, "words say 'từ 02 đến 04'; write 'count: {min: 2, max: 4}', or it is not looked at",
    ),
    (
        (("words: xong trước ngày 30/4/2026\n", 'words: "100% các sở, ban, ngành xong trước ngày 30/4/2026"  #!\n'),
         ('    coverage: {percent: 100, words: "100% các sở, ban, ngành, UBND cấp xã"}\n', "")),
        True, "words say '100%'; write 'coverage: {percent: 100}', or it is not looked at",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("swaps", "note", "told"), SLIPS, ids=[told[:60] for *_, told in SLIPS])
def test_a_slip_is_told_once_with_its_line_and_a_way_out(
    swaps: tuple[tuple[str, str], ...], note: bool, told: str
) -> None:
    text, line = with_line(*swaps)
    checked = check_plan(text, vietnam())
    on_the_line = [problem for problem in (*checked.problems, *checked.notes) if problem.line == line]
    assert on_the_line == [Problem(line, told, note)]


MESSAGES: list[tuple[tuple[tuple[str, str], ...], str]] = [
    # ── an ill-formed value: what should stand there ──
    ((("  date: 2026-01-20", "  date: 20/01/2026  #!"),),
     "'date': needs a day (here: '20/01/2026'); write 2026-01-20"),
    ((("working_days: 3, from: due_on, at: \"14:00\", kind: brief, to: head, reconciled: true, late: send}",
       "working_days: 3, from: due_on, at: \"14h00\", kind: brief, to: head, reconciled: true, late: send}  #!"),),
     "'at': needs a time of day (here: '14h00'); write \"14:00\""),
    ((("  status: issued", "  status: signed  #!"),),
     "'status': must be 'issued' or 'draft' (here: 'signed'); write one of these"),
    ((("province: {name: Mẫu Giang (mẫu), code: \"00\"}", "province: Mẫu Giang  #!"),),
     "'province': needs keys such as 'name', 'code' (here: 'Mẫu Giang'); write each as 'key: value'"),
    ((("events:\n  - {event: conference, title: Hội nghị tổng kết, clause: IV.1, words: Tại hội nghị tổng kết}",
       "events:  #!\n  event: conference"),),
     "'events': needs a list; write lines that begin with '- ', or [] for none"),
    ((("  sender_address: thidua@so-noi-vu.maugiang.example", "  sender_address: thidua  #!"),),
     "'sender_address': needs an address such as 'thidua@so.example' (here: 'thidua')"),
    ((('  contact_phone: "0200 111 000"', "  contact_phone: 200111000  #!"),),
     "'contact_phone': needs text (here: 200111000); write it in quotes"),
    ((('code: "00"}', 'code: "MG"}  #!'),),
     "province code 'MG': write its two digits in quotes, such as \"11\""),
    ((("    rule: by 25/11\n", "    rule: by 29/2  #!\n"),),
     "time rule 'by 29/2' names a day that no year has (or not every year); write 'by end of 2', or a day up to 28"),
    ((("    rule: before 10/12\n", "    rule: trước 10-12  #!\n"),),
     "unknown time rule 'trước 10-12'; write 'before 10/12': the word, the day, '/' and the month in figures; which "
     "years is told by 'years'"),
    ((("    rule: before 10/12\n", "    rule: 2026-12-09  #!\n"),),
     "unknown time rule '2026-12-09'; write 'before 10/12': the word, the day, '/' and the month in figures; which "
     "years is told by 'years'"),
    ((("period: {first_year: 2026, years: 5}", "period: {first_year: 2026, years: 2030}  #!"),),
     "'years': must be at most 50 (here: 2030); write how many years there are, such as 5"),
    ((("    kind: launch\n", "    kind: phat-dong  #!\n"),),
     "unknown duty kind 'phat-dong'; known: own-plan, launch, registration, pilot, annual-report, ad-hoc-report, "
     "consolidated-report, interim-review, interim-report, final-review, final-report, inspection, ranking, "
     "award-nomination, award-appraisal, award-round, phase-decision, guidance"),
    # ── a key that does not belong, a comma, a role of one's own ──
    ((("    clause: III.2\n    words: chậm nhất đến hết ngày 25/11 hằng năm",
       "    clauze: III.2  #!\n    words: chậm nhất đến hết ngày 25/11 hằng năm"),),
     "unknown key 'clauze'; did you mean clause?"),
    ((("  key: so-noi-vu-mau-giang", "  key: so-noi-vu-mau-giang\n  duties: []  #!"),),
     "key 'duties' does not belong here; see whether it stands as far in as its neighbours"),
    ((("words: gửi về Sở Nội vụ để tổng hợp}", "words: gửi về Sở Nội vụ, để tổng hợp}  #!"),),
     "unknown key 'để tổng hợp'; text with a comma inside braces stands in quotes"),
    ((("{act: guide, role: receiver, clause: VI.2, words: hướng dẫn chuyên môn}",
       "{act: guide, role: digital-agency, clause: VI.2, words: hướng dẫn chuyên môn}  #!"),),
     "unknown role 'digital-agency'; roles are a closed list (standing-agency, council, council-secretariat, "
     "steering-committee, receiver, consolidator, screener, appraiser, decider): for another agency take 'receiver' or "
     "'consolidator', and say in an addressee's 'function' what it receives for"),
]  # fmt: skip


@pytest.mark.parametrize(("swaps", "told"), MESSAGES, ids=[told[:60] for _, told in MESSAGES])
def test_an_ill_formed_entry_is_told_once_and_says_what_should_stand_there(
    swaps: tuple[tuple[str, str], ...], told: str
) -> None:
    text, line = with_line(*swaps)
    assert [p for p in check_plan(text, vietnam()).problems if p.line == line] == [Problem(line, told)]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("    title: Báo cáo năm", "\ttitle: Báo cáo năm  #!", "a tab stands here, use spaces"),
        ("    title: Báo cáo năm", "    title: Báo cáo: năm  #!",
         "put text with ':' in quotes, or see how far in the line stands"),
        ("    title: Báo cáo năm", "   title: Báo cáo năm  #!",
         "this line does not stand as far in as its neighbours, count its spaces"),
        ("    obligors: *decider\n    ladders: {mandated: preparation}\n  - duty: ranking",
         "    obligors: *deciders  #!\n    ladders: {mandated: preparation}\n  - duty: ranking",
         "write the list once with '&name' before it is used with '*name'"),
        ("    title: Báo cáo năm", '    title: "Báo" cáo năm  #!',
         "text goes on after its closing quotation mark, put all of it in quotes"),
        ("    title: Báo cáo năm", "    title:Báo cáo năm  #!",
         "a key needs ':' and a space after it, and text stays in its line"),
        ("    title: Báo cáo năm", '    title: "Báo cáo năm  #!', "a quotation mark is not closed"),
    ],
)  # fmt: skip
def test_what_is_no_yaml_is_told_with_a_way_out_and_that_reading_stopped(old: str, new: str, told: str) -> None:
    text, line = with_line((old, new))
    (problem,) = check_plan(text, vietnam()).problems
    assert (problem.line, told in problem.text, problem.text.endswith("; nothing else could be read")) == (
        line, True, True
    ), problem  # fmt: skip


def test_a_key_is_not_taken_for_one_that_stands_beside_it() -> None:
    text, line = with_line(
        ("period: {first_year: 2026, years: 5}", "period: {first_year: 2026, last_year: 2030}  #!"),
    )
    assert [p.text for p in check_plan(text, vietnam()).problems if p.line == line] == [
        "'years' is missing", "unknown key 'last_year'; known: first_year, years"
    ]  # fmt: skip


def test_a_role_of_ones_own_is_told_where_it_stands_and_its_absence_where_it_is_named() -> None:
    text, line = with_line(("  receiver:\n    clause: V.5", "  digital-agency:  #!\n    clause: V.5"))
    told = check_plan(text, vietnam())
    (first, *others) = told.problems
    assert (first.line, first.text.split(" (")[0]) == (
        line, "unknown role 'digital-agency'; roles are a closed list"
    )  # fmt: skip
    assert {p.text.split("role ")[1] for p in others} == {"'receiver'; known: standing-agency, digital-agency, decider"}
    assert line not in [note.line for note in told.notes]


def test_a_date_without_a_number_is_worth_a_look() -> None:
    text, line = with_line(("  number: 45/KH-UBND\n  date: 2026-01-20", "  number: null\n  date: 2026-01-20  #!"))
    assert [p for p in check_plan(text, vietnam()).notes if p.line == line] == [
        Problem(line, "plan of 2026-01-20 has no 'number'; write it, or record it later: dondoc rule fact", note=True)
    ]


def test_a_misspelt_key_does_not_hide_a_wrong_rule_in_the_same_duty() -> None:
    text, line = with_line(
        ("    title: Tổng hợp báo cáo năm trình UBND tỉnh", "    titel: Tổng hợp báo cáo năm trình UBND tỉnh"),
        ("words: trình UBND tỉnh trước ngày 20/12\n    rule: before 20/12",
         "words: trình UBND tỉnh trước ngày 20/12  #!\n    rule: by 20/12"),
        ("  signatory: Chủ tịch\n", "  signatry: Chủ tịch\n"),
    )  # fmt: skip
    told = {problem.line: problem.text for problem in check_plan(text, vietnam()).problems}
    assert told == {
        13: "unknown key 'signatry'; did you mean signatory?",
        line - 2: "unknown key 'titel'; did you mean title?",
        line: f"words say 'trước ngày 20/12', rule is 'by 20/12'; write 'before 20/12'{UNLESS}",
    }


def test_a_duty_counted_from_one_that_waits_is_worth_a_look() -> None:
    text, line = with_line(
        (
            "    rule: 5 working days after conference\n    conditional_on: phase-2-decision\n",
            "    rule: 5 working days after final-review  #!\n",
        ),
    )
    assert [p for p in check_plan(text, vietnam()).notes if p.line == line] == [
        Problem(
            line, "duty 'final-report' counts from 'final-review', which waits for 'phase-2-decision'; write "
            "'conditional_on: phase-2-decision' if it waits too", note=True,
        )
    ]  # fmt: skip


def test_a_file_called_otherwise_than_its_campaign_is_worth_a_look(desk: Desk, tmp_path: Path) -> None:
    (path := tmp_path / "other.yaml").write_text(PLAN, encoding="utf-8")
    told = "other.yaml: line 6: lưu ý: key 'mau-giang' differs from the file's name; call the file 'mau-giang.yaml'"
    assert told in desk.ok("check", str(path)).splitlines()
    said = desk.ok("check", str(EXAMPLES / "mau-giang.yaml")).splitlines()
    assert "differs" not in "".join(said)
    assert said[-1].endswith(
        "2026–2030; 11 nhiệm vụ chờ quyết định trước (enterprises-join, ranking, final-review, award-dossiers, "
        "final-report, monthly-figures, quarterly-report, half-year-report, annual-report, inspection, "
        "consolidated-report); không có lỗi, 1 lưu ý; đã đối chiếu với mau-giang.txt"
    )


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A terminal without a database."""
    return Desk(tmp_path / "home")
