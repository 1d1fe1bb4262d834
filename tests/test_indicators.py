"""Targets in figures: the five plans as read a second time, what is refused, what each report asks for."""

import csv
import json
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner

from config.plan import Duty, Indicator, Plan, available_plans, load_plan, plan_path
from config.plan_indicators import said_of
from deadlines.calendar import vietnam
from deadlines.duties import expand_duties
from deadlines.explain import explain
from deadlines.indicators import asked_of, asking_duties
from deadlines.plan_check import check_plan
from deadlines.unit_kinds import LEVELS
from dondoc.cli import main
from tests.test_example_plan import DOCUMENT, PLAN
from tests.test_plan_check import SOUND

TABLES = Path(__file__).parent / "indicators"
PLANS = {key: load_plan(plan_path(key)) for key in available_plans()}
ANNUAL = PLANS["kien-giang"].duty("annual-report")
FIELDS = ("id", "clause", "level", "year", "comparator", "value", "unit", "words", "label")
# How often `%` is printed in each document; Kiên Giang's II.2.2.a says it once for two levels.
PERCENT_SIGNS = {"thai-binh": 3, "hai-duong": 13, "dien-bien": 44, "tuyen-quang": 41, "kien-giang": 59}


def table(key: str) -> list[dict[str, str]]:
    """Return the rows of a hand-made table, in the order of the document."""
    with (TABLES / f"{key}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def as_read(plan: Plan, indicator: Indicator) -> dict[str, str]:
    """Return a target in the words of the tables."""
    found = (
        indicator.clause,
        indicator.level,
        plan.year_of(indicator),
        indicator.comparator,
        indicator.value,
        indicator.unit,
    )
    return dict(zip(("clause", "level", "year", "comparator", "value", "unit"), map(_cell, found), strict=True))


def _cell(value: object) -> str:
    return "" if value is None else str(value)


# ── the five plans, read twice ─────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("key", sorted(PLANS))
def test_the_plan_file_has_every_target_that_a_second_reading_finds_and_no_other(key: str) -> None:
    plan, rows = PLANS[key], table(key)
    assert len(plan.indicators) == len(rows)
    for indicator, row in zip(plan.indicators, rows, strict=True):
        assert as_read(plan, indicator) == {name: row[name] for name in row if name != "words"}, indicator.slug
        assert row["words"].lower() in indicator.words.lower(), indicator.slug


@pytest.mark.parametrize("key", sorted(PLANS))
def test_no_percent_sign_of_the_document_is_left_out(key: str) -> None:
    shares = [(i.clause, i.base) for i in PLANS[key].indicators if i.is_share]
    shared = {("II.2.2.a", "hồ sơ công việc cấp tỉnh và cấp huyện")}  # one sign, counted with the province's
    assert len([share for share in shares if share not in shared]) == PERCENT_SIGNS[key]


def test_whoever_counts_targets_finds_these_numbers() -> None:
    counted = {key: Counter(plan.year_of(i) for i in plan.indicators) for key, plan in PLANS.items()}
    assert counted == {
        "thai-binh": {None: 11},
        "hai-duong": {2021: 4, 2025: 12},
        "dien-bien": {None: 1, 2025: 26, 2030: 25},
        "tuyen-quang": {2022: 1, 2025: 40},
        "kien-giang": {2023: 30, 2025: 30},
    }


def test_a_name_that_has_changed_since_is_known_by_both() -> None:
    known = {(key, i.slug): i.aliases for key, plan in PLANS.items() for i in plan.indicators if i.aliases}
    full, four = ("dịch vụ công trực tuyến toàn trình",), ("dịch vụ công trực tuyến mức độ 4",)
    assert known == {
        ("dien-bien", "services-level-4-2025"): full, ("dien-bien", "services-access-2030"): full,
        ("tuyen-quang", "services-level-4-province"): full,
        ("kien-giang", "services-full-2023"): four, ("kien-giang", "services-full-2025"): four,
    }  # fmt: skip


def test_two_conditions_under_one_percentage_are_both_kept() -> None:
    both = {i.slug: i.together for i in PLANS["tuyen-quang"].indicators if i.together}
    person = ("danh tính số kèm theo mã QR code", "hồ sơ số về sức khỏe cá nhân")
    household = ("địa chỉ số", "ít nhất 01 điện thoại thông minh")
    assert both == {
        "people-identified-district": person, "households-address-district": household,
        "people-identified-commune": person, "households-address-commune": household,
    }  # fmt: skip


def test_a_share_of_units_is_a_yes_or_a_no_for_one_of_them() -> None:
    either = {(key, i.of_measure): i.yes_no for key, plan in PLANS.items() for i in plan.indicators if i.yes_no}
    offices, firms = ("department", "mass-organisation"), ("enterprise", "cooperative")
    assert either == {
        ("tuyen-quang", "open-data-province"): offices, ("tuyen-quang", "analysis-platform-province"): ("department",),
        ("tuyen-quang", "open-data-district"): ("district",),
        ("kien-giang", "reporting-system"): ("department", "district"),
        ("kien-giang", "e-contracts"): firms, ("kien-giang", "sme-platforms"): firms,
        ("kien-giang", "tertiary-model"): ("school",), ("kien-giang", "school-model"): ("school",),
    }  # fmt: skip


def test_what_a_change_is_counted_from_is_named() -> None:
    assert {i.slug: i.baseline for i in PLANS["kien-giang"].indicators if i.baseline} == {
        "procedures-cut-2023": "so với hiện nay", "procedures-cut-2025": "so với hiện nay"
    }  # fmt: skip


def test_communes_of_kien_giang_are_asked_for_the_subset_of_their_standard() -> None:
    assert [i.slug.removesuffix("-2025") for i in asked_of(PLANS["kien-giang"], ANNUAL, "commune", "2025")] == [
        "services-full", "satisfaction", "e-documents", "work-files-commune", "on-time",  # IV.3.2.2.c and their own
        "smartphones", "payment-accounts", "digital-skills", "fibre-households", "services-used", "telehealth",
        "health-records",
    ]  # fmt: skip


def test_secret_files_are_left_out_of_every_base_that_says_so() -> None:
    for key, plan in PLANS.items():
        for indicator in plan.indicators:
            secret = "mật" in indicator.words.lower()
            assert secret == bool(indicator.excludes and "mật" in indicator.excludes.lower()), (key, indicator.slug)
    assert PLANS["hai-duong"].indicators[5].excludes == "hồ sơ công việc thuộc phạm vi bí mật nhà nước"


# ── words and comparators ──────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("words", "value", "share", "how"),
    [
        ("trên 50% cuộc họp", 50, True, {">"}),
        ("Tối thiểu 10% GRDP", 10, True, {">="}),
        ("55% dân số trở lên", 55, True, {">="}),
        ("80% hồ sơ công việc", 80, True, {">="}),  # bare
        ("có khoảng 40 doanh nghiệp", 40, False, {"about"}),
        ("xếp hạng từ 01 đến 03", 3, False, {"<="}),
        ("không quá 05 tập thể", 5, False, {"<="}),
        ("chọn 01 đến 02 đơn vị", 1, False, {">="}),
        ("mỗi người dân có một hồ sơ", 1, False, {">="}),
        ("100% và 10%", 10, True, {">="}),  # not the 10 of 100
        ("mức độ 4, 40%", 4, True, set()),
        ("giai đoạn 2023", 23, False, set()),
    ],
)
def test_the_word_beside_a_number_says_how_it_is_compared(words: str, value: int, share: bool, how: set[str]) -> None:
    assert set(said_of(words, value, share).values()) == how


# ── what check refuses ─────────────────────────────────────────────────────────────────────────
GOOD = """\
indicators:
  - {indicator: files-2027, measure: files, clause: II.2, level: commune, year: first+1, comparator: ">=", value: 80,
     unit: "%", binds: [department, commune], yes_no: [commune], base: hồ sơ, words: "80% hồ sơ (trừ văn bản mật)",
     excludes: văn bản mật, label: Hồ sơ}
  - {indicator: files-2028, measure: files, clause: II.2, level: commune, year: last, comparator: ">", value: 90,
     unit: "%", words: trên 90% hồ sơ, label: Hồ sơ}
"""
COUNTED = """\
  - {indicator: share, clause: V, level: agency, year: first, comparator: ">=", value: 100, unit: "%",
     counted_by: [report], words: 100% đơn vị, label: Đơn vị}
"""


def told(text: str) -> list[str]:
    """Return what check says of a plan file with these targets: line and text of each problem."""
    return [f"{p.line}: {p.text}" for p in check_plan(text, vietnam()).problems]


def test_targets_that_are_right_are_not_complained_of() -> None:
    assert told(SOUND + GOOD) == []


NAMED_TWICE = "measure 'files' has {} in 'files-2027', {} here; correct one, or name another measure"
NOT_THERE = "does not stand in the words; quote both as printed, with '…' between"
WHY_NOT = "or say in 'reading' why not"


@pytest.mark.parametrize(
    ("old", "new", "line", "text"),
    [
        ("value: 80", "value: 81", 1,
         "words '80% hồ sơ (trừ văn bản mật)' do not say 81%; quote the words with the number"),
        ("words: trên 90%", "words: 90%", 4, f"words say '90%', comparator is '>'; write '>=', {WHY_NOT}"),
        ('">", value: 90', '">=", value: 90', 4, f"words say 'trên 90%', comparator is '>='; write '>', {WHY_NOT}"),
        (", year: first+1", "", 1,
         "indicator 'files-2027' has no 'year'; write it, or say in 'reading' why there is none"),
        ("year: first+1", "year: first+1, inferred: true", 1,
         "indicator 'files-2027': say in 'reading' where its year comes from"),
        ("year: first+1", "inferred: true, reading: Không ghi năm", 1,
         "indicator 'files-2027': 'inferred: true' needs the year"),
        ("year: first+1", "year: each", 1,
         "year 'each' is several years; write one: 'first', 'first+1', 'last', 'phase-1.last'"),
        ("year: first+1", "year: fase-1.last", 1, "unknown phase 'fase-1'; did you mean phase-1?"),
        ("files-2028, measure: files, clause: II.2, level: commune", "files-2028, clause: II.2, level: unclear", 4,
         "indicator 'files-2028': say in 'reading' why its level is unclear"),
        ("base: hồ sơ", "base: thủ tục", 1, f"base 'thủ tục' {NOT_THERE}"),
        ("excludes: văn bản mật", "excludes: bí mật nhà nước", 1, f"excludes 'bí mật nhà nước' {NOT_THERE}"),
        ("yes_no: [commune]", "yes_no: [school]", 1,
         "'yes_no' names 'school', 'binds' does not; add it there, or leave it out"),
        (", value: 80,", ",", 1,
         "indicator 'files-2027' needs 'value' and 'unit', or 'comparator: text' where no number is printed"),
        ("indicator: files-2028", "indicator: files-2027", 4,
         "indicator 'files-2027' stands twice; the first is on line {first}; rename one"),
        ("year: last", "year: first+1", 4,
         "measure 'files' has a target for year 'first+1' already ('files-2027'); name another measure"),
        ("level: commune, year: last", "level: district, year: last", 4,
         NAMED_TWICE.format("level 'commune'", "'district'")),
        ("year: first+1", "year: first+9", 1, "'first+9' is 2035, after the campaign ends in 2028; correct 'year'"),
        ("year: first+1", "year: phase-1.first+4", 1,
         "'phase-1.first+4' is 2030, after phase 'phase-1' ends in 2027; correct 'year'"),
        ("trên 90% hồ sơ", "Năm 2027 … trên 90% hồ sơ", 4,
         "words name the year 2027, 'year: last' gives 2028; correct 'year'"),
        ("binds: [department,", "binds: [departmint,", 1, "unknown unit kind 'departmint'; did you mean department?"),
    ],
)  # fmt: skip
def test_a_target_that_is_wrong_is_told_with_its_line_and_a_way_out(old: str, new: str, line: int, text: str) -> None:
    assert GOOD.count(old) == 1, old
    first = SOUND.count("\n") + 2  # the first target's line
    problems = told(SOUND + GOOD.replace(old, new))
    assert [problem.split(": ", 1)[1] for problem in problems] == [text.format(first=first)]
    assert first + line - 1 <= int(problems[0].split(":")[0]) < first + line + 2


def test_a_kind_of_unit_that_owes_no_report_is_noted() -> None:
    found = check_plan(
        SOUND + GOOD.replace("binds: [department, commune]", "binds: [province, school, commune]"), vietnam()
    )
    said = "'binds' names '{}', and no report that it owes would ask for this"
    assert [note.text for note in found.notes if "'binds'" in note.text] == [
        said.format(kind) for kind in ("province", "school", "commune")
    ]
    quiet = check_plan(SOUND + GOOD.replace("commune]", "front]"), vietnam())
    assert [note.text for note in quiet.notes if "'binds'" in note.text] == []


def test_a_target_that_a_duty_counts_agrees_with_it() -> None:
    report = "    rule: before 15/11\n"
    asked = SOUND.replace(report, report + "    coverage: {percent: 100}\n")
    assert told(asked + "indicators:\n" + COUNTED) == []
    (problem,) = told(asked.replace("percent: 100", "percent: 90") + "indicators:\n" + COUNTED)
    assert problem.endswith("duty 'report' has no 'coverage' or 'count' of 100 (here: 90); correct one")
    (problem,) = told(asked + "indicators:\n" + COUNTED.replace("[report]", "[reprot]"))
    assert problem.endswith("unknown duty 'reprot'; did you mean report?")
    (problem,) = told(asked + "indicators:\n" + COUNTED.replace("counted_by", "binds: [commune], counted_by"))
    assert problem.endswith("indicator 'share' is counted by a duty; nobody reports it, leave 'binds' out")


def test_what_a_duty_asks_for_is_there_and_the_duty_a_report() -> None:
    rule = "    rule: before 15/11\n"
    assert told(SOUND.replace(rule, rule + "    asks: [files]\n") + GOOD) == []
    (problem,) = told(SOUND.replace(rule, rule + "    asks: [flies]\n") + GOOD)
    assert problem.endswith("asks for unknown measure 'flies'; did you mean files?")
    other = "    rule: on occasion\n"
    (problem,) = told(SOUND.replace(other, other + "    asks: []\n") + GOOD)
    assert problem.endswith("duty 'unit-review' is no report; 'asks' belongs to reports")


# ── beside the document ────────────────────────────────────────────────────────────────────────
SHARE = "Phấn đấu đến năm 2028 đạt trên 75% hồ sơ trực tuyến và tăng 2,5%/năm; 90% người dân hài lòng."
ENTRY = """\
indicators:
  - {indicator: files, clause: II.4, level: province, year: last, comparator: ">", value: 75, unit: "%",
     words: đạt trên 75% hồ sơ trực tuyến, label: Hồ sơ trực tuyến}
"""


def overlooked(plan: str) -> list[str]:
    """Return what check tells of percentages in the example's document, to which one clause is added."""
    document = DOCUMENT.replace("III. THỜI GIAN", f"4. {SHARE}\n\nIII. THỜI GIAN")
    return [note.text for note in check_plan(plan, vietnam(), document).notes if "'indicators'" in note.text]


def test_a_percentage_of_the_document_that_no_entry_of_its_clause_quotes_is_told() -> None:
    place, way_out = "clause II.4 (line 23 of the document)", "write an entry of 'indicators', or one of 'readings'"
    told = f"{place} says '{{}}', and no entry here quotes it; {way_out} that says why it is none"
    (alone,) = overlooked(PLAN)
    assert alone == told.replace("'{}'", "'{}' and 2 more such").format("75% hồ sơ trực tuyến và tăng")
    (rest,) = overlooked(PLAN + ENTRY)
    assert rest == told.replace("'{}'", "'{}' and 1 more such").format("2,5%/năm")
    assert len(overlooked(PLAN + ENTRY.replace("II.4", "II.3"))) == 1  # quoted, but of another clause
    reading = f'  - {{id: MG-11, clause: II.4, words: "{SHARE}", reading: Định hướng chung.}}\n'
    assert overlooked(PLAN.replace("readings:\n", f"readings:\n{reading}")) == []


def test_a_target_for_another_year_than_its_heading_names_is_noted() -> None:
    document = DOCUMENT.replace(
        "III. THỜI GIAN", "4. Mục tiêu đến năm 2029\nđạt trên 75% hồ sơ trực tuyến\n\nIII. THỜI GIAN"
    )

    def noted(entry: str) -> list[str]:
        return [note.text for note in check_plan(PLAN + entry, vietnam(), document).notes if "heading" in note.text]

    said = "the heading of clause II.4 names the year 2029, 'year: last' gives 2030; correct 'year'"
    assert noted(ENTRY) == [said]
    assert noted(ENTRY.replace("year: last", "year: first+3")) == []
    assert noted(ENTRY.replace("label:", "reading: Hoãn một năm, label:")) == []


# ── what a report asks for ─────────────────────────────────────────────────────────────────────
def asked(key: str, duty: str, kind: str, period: str) -> list[str]:
    """Return the ids of the targets that one report asks one kind of unit for."""
    plan = PLANS[key]
    return [indicator.slug for indicator in asked_of(plan, plan.duty(duty), kind, period)]


@pytest.mark.parametrize(
    ("key", "duty", "kind", "period", "ids"),
    [
        ("dien-bien", "annual-report", "department", "2024",
         ["e-documents-2025", "work-files-province-2025", "supervision-2025", "systems-watched-2025",
          "staff-trained-2025"]),
        ("dien-bien", "annual-report", "department", "2026",
         ["work-files-province-2030", "supervision-2030", "systems-watched-2030"]),
        ("dien-bien", "annual-report", "commune", "2026",
         ["work-files-commune-2030", "supervision-2030", "systems-watched-2030"]),
        ("dien-bien", "annual-report", "enterprise", "2026", []),  # no target is an enterprise's own
        ("dien-bien", "ad-hoc-report", "department", "2026-05-04", []),  # asks for what the request says
        ("hai-duong", "annual-report", "department", "2023",
         ["work-files-province", "e-documents-province", "reports-on-system-province"]),
        ("hai-duong", "annual-report", "commune", "2025",
         ["work-files-commune", "e-documents-commune", "reports-on-system-commune"]),
        ("hai-duong", "annual-report", "department", "2027", []),  # phase 2 has no targets yet
        ("kien-giang", "annual-report", "health-facility", "2022", ["hospital-fees-2023"]),
        ("kien-giang", "annual-report", "school", "2024",
         ["school-fees-2025", "tertiary-model-2025", "school-model-2025"]),
        ("kien-giang", "annual-report", "enterprise", "2025", ["e-contracts-2025", "sme-platforms-2025"]),
        ("kien-giang", "registration-summary", "department", "once", []),  # `asks: []`
        ("thai-binh", "final-report", "department", "once", []),  # ranks and points are not the unit's to report
    ],
)  # fmt: skip
def test_a_report_asks_for_the_targets_that_bind_the_unit(
    key: str, duty: str, kind: str, period: str, ids: list[str]
) -> None:
    assert asked(key, duty, kind, period) == ids


def test_a_consolidated_report_asks_for_all_that_reports_give() -> None:
    for duty, period, year in (("consolidated-report", "2024", 2025), ("final-consolidated-report", "once", 2030)):
        plan = PLANS["dien-bien"]
        every = [i.slug for i in plan.indicators if plan.year_of(i) in (year, None)]
        assert asked("dien-bien", duty, "department", period) == every


def test_only_the_province_is_asked_for_a_share_of_grdp() -> None:
    for plan in PLANS.values():
        for indicator in plan.indicators:
            if indicator.base and "GRDP" in indicator.base:
                assert indicator.binds == ("province",)


def test_what_the_program_counts_itself_no_report_asks_for() -> None:
    counted = {(key, i.slug) for key, plan in PLANS.items() for i in plan.indicators if i.counted_by}
    assert counted == {
        ("hai-duong", "council-pilots-least"), ("hai-duong", "council-pilots-most"), ("hai-duong", "district-pilots"),
        ("hai-duong", "launch-share"), ("tuyen-quang", "launch-share"),
    }  # fmt: skip
    for key, slug in counted:
        (indicator,) = [i for i in PLANS[key].indicators if i.slug == slug]
        assert asking_duties(PLANS[key], indicator) == ()


def test_every_other_target_of_a_plan_that_reports_figures_is_asked_for() -> None:
    left = {
        (key, i.slug)
        for key, plan in PLANS.items()
        for i in plan.indicators
        if not i.counted_by and not asking_duties(plan, i)
    }
    ranks = {("thai-binh", i.slug) for i in PLANS["thai-binh"].indicators}
    assert left == ranks | {("kien-giang", "prime-minister-margin")}


def test_a_report_that_names_measures_asks_for_these_alone() -> None:
    plan = PLANS["kien-giang"]
    duty: Duty = plan.duty("annual-report").model_copy(
        update={"kind": "ad-hoc-report", "asks": ("on-time", "grdp-share")}
    )
    assert [i.slug for i in asked_of(plan, duty, "commune", "2025-Q1")] == ["on-time-2025"]


def test_explain_says_which_figures_a_report_asks_for() -> None:
    plan, calendar = PLANS["dien-bien"], vietnam()
    rows = {(row.duty, row.period): row for row in expand_duties(plan, calendar)}
    lines = {
        key: [line for line in explain(plan, rows[key], calendar) if line.startswith("Hỏi số liệu")]
        for key in (("annual-report", "2026"), ("consolidated-report", "2026"), ("own-plan", "once"))
    }
    both = "supervision-2030, systems-watched-2030"
    assert lines == {
        ("annual-report", "2026"): [
            "Hỏi số liệu của sở, ban, ngành; đoàn thể, tổ chức chính trị - xã hội; Ủy ban MTTQ: 3 chỉ tiêu "
            f"(work-files-province-2030, {both}).",
            f"Hỏi số liệu của xã, phường, thị trấn: 3 chỉ tiêu (work-files-commune-2030, {both}).",
        ],
        ("consolidated-report", "2026"): [
            "Hỏi số liệu của sở, ban, ngành: 26 chỉ tiêu (health-records, fibre-households-2030, smartphones-2030, "
            "services-access-2030, services-on-data-2030 và 21 chỉ tiêu khác)."
        ],
        ("own-plan", "once"): [],
    }


# ── the command ────────────────────────────────────────────────────────────────────────────────
def test_the_command_lists_every_target_as_data(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["indicators", "dien-bien", "--format", "json"], env={"DONDOC_HOME": str(tmp_path)})
    rows = json.loads(done.stdout)
    assert (done.exit_code, len(rows)) == (0, 52)
    assert tuple(rows[0])[: len(FIELDS)] == FIELDS
    (row,) = [row for row in rows if row["id"] == "work-files-province-2030"]
    assert {name: row[name] for name in (*FIELDS[1:-1], "excludes", "asked_by")} == {
        "clause": "III.2.2.2.b", "level": "provincial-agency", "year": 2030, "comparator": ">=", "value": 100,
        "unit": "%",
        "words": "100% hồ sơ công việc của các cơ quan cấp tỉnh … được xử lý trên môi trường mạng (trừ hồ sơ công "
                 "việc thuộc phạm vi bí mật)",
        "excludes": "hồ sơ công việc thuộc phạm vi bí mật",
        "asked_by": ["annual-report", "consolidated-report", "interim-report", "interim-consolidated-report",
                     "final-report", "final-consolidated-report"],
    }  # fmt: skip


def test_the_command_lists_them_for_a_reader(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["indicators", "hai-duong"], env={"DONDOC_HOME": str(tmp_path)})
    assert done.exit_code == 0
    assert done.stdout.startswith("hai-duong: 16 chỉ tiêu")
    assert "2025 (suy ra) ≥ 70%" in done.stdout
    assert "≤ 2 đơn vị" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 100


def test_every_level_has_its_name_for_a_reader() -> None:
    assert {i.level for plan in PLANS.values() for i in plan.indicators} == set(LEVELS)
