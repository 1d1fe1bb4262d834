"""A plan file is read whole or refused with every problem and its line."""

import hashlib
import re
import unicodedata
from datetime import date
from pathlib import Path

import pytest

from config.grammar import GrammarError, TimeRule, Years, parse_rule, parse_years
from config.plan import Plan, PlanError, available_plans, load_plan, load_plan_text, plan_path, read_plan

# Small enough to count its lines by hand.
SMALL = """\
key: small
name: Phong trào thi đua mẫu
province: {name: Mẫu, code: "11"}
instrument: {number: null, date: 2023-05-26, issuer: Chủ tịch, signatory: Mẫu, status: issued}
period: {first_year: 2023, years: 3}
phases:
  - {phase: phase-1, name: Giai đoạn I, from_year: 1, until_year: 3, clause: II}
roles:
  standing-agency:
    clause: V.4
    words: Đầu mối tổng hợp
    holders:
      - {unit: 11-so-tttt, until: 2025-02-28}
      - {unit: 11-so-khcn, from: 2025-03-01}
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
    - {rung: T-7, days: -7, kind: remind, to: officer, tone: courteous, late: fold}
    - {rung: brief-1, working_days: 3, from: due_on, at: "14:00", kind: brief, to: "role:standing-agency"}
  courtesy: []
  none: []
duties:
  - duty: annual-report
    kind: annual-report
    title: Báo cáo
    clause: V.8
    words: trước ngày 15/11
    rule: before 15/11
    years: each
    obligors:
      - {kind: department, modality: mandated}
    addressees:
      - {to: province, via: standing-agency, function: để tổng hợp}
"""


def problems(text: str) -> list[str]:
    """Return what loading a text complains about."""
    with pytest.raises(PlanError) as caught:
        load_plan_text(text, "small.yaml")
    return caught.value.problems


def changed(*swaps: tuple[str, str]) -> str:
    """Return the small plan with each old text, which must stand in it once, replaced."""
    text = SMALL
    for old, new in swaps:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def test_the_small_plan_is_sound() -> None:
    plan = load_plan_text(SMALL, "small.yaml")
    assert (plan.key, plan.province.code, plan.period.last_year) == ("small", "11", 2025)
    assert plan.text == SMALL
    assert plan.sha256 == hashlib.sha256(SMALL.encode()).hexdigest()


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "role:standing-agency",
            "role:standing-agensy",
            "line 26: ladder names unknown role 'standing-agensy'; did you mean standing-agency?",
        ),
        (
            "to: officer",
            "to: oficer",
            "line 25: ladder names unknown recipient 'oficer'; did you mean officer?",
        ),
        (
            "kind: department",
            "kind: departmnt",
            "line 38: unknown unit kind 'departmnt'; did you mean department?",
        ),
        (
            "modality: mandated",
            "modality: mandatory",
            "line 38: unknown modality 'mandatory'; did you mean mandated?",
        ),
        (
            "kind: annual-report",
            "kind: anual-report",
            "line 31: unknown duty kind 'anual-report'; did you mean annual-report?",
        ),
        (
            "via: standing-agency",
            "via: council",
            "line 40: addressee names unknown role 'council'; known: standing-agency",
        ),
        ("years: each", "years: phase-2.last", "line 36: unknown phase 'phase-2'; did you mean phase-1?"),
        ("    years: each\n", "", "line 35: rule 'before 15/11' needs 'years': first, each, last, phase-1.last …"),
        (
            "rule: before 15/11",
            "rule: before 31/11",
            "line 35: time rule 'before 31/11' names a day that no year has",
        ),
        ("clause: V.8", "clauze: V.8", "line 33: unknown key 'clauze'; did you mean clause?"),
        ("key: small", "kei: small", "line 1: unknown key 'kei'; did you mean key?"),
        ("    title: Báo cáo\n", "", "line 30: 'title' is missing; write what is to be done"),
        (
            "first_year: 2023",
            "first_year: soon",
            "line 5: 'first_year': needs a whole number (here: 'soon'), without quotes or words",
        ),
        ('code: "11"', "code: 11", "line 3: 'code': needs text (here: 11); write it in quotes"),
        ("until_year: 3", "until_year: 4", "line 7: phase ends in year 4; the campaign has 3 years; correct one"),
        (
            "from: 2025-03-01",
            "from: 2025-02-01",
            "line 9: '11-so-tttt' and '11-so-khcn' hold the role at the same time; order them by day",
        ),
        (
            "days: -7",
            "days: -7, working_days: -5",
            "line 25: rung 'T-7' needs either 'days' or 'working_days', one of the two",
        ),
        ("name: Phong", "name: Hai\nname: Phong", "line 3: key 'name' stands here twice; the first is on line 2"),
        (
            "    rule: before 15/11",
            "    conditional_on: anual-report\n    rule: before 15/11",
            "line 35: unknown duty 'anual-report'; did you mean annual-report?",
        ),
        (
            "    rule: before 15/11",
            "    ladders: {mandated: mandate}\n    rule: before 15/11",
            "line 35: unknown ladder 'mandate'; did you mean mandated?",
        ),
        (
            "  courtesy: []",
            "  courtesy: []\n  mandated: []",
            "line 28: key 'mandated' stands here twice; the first is on line 24",
        ),
        ("key: small", "key: small\nsha256: abc", "line 2: unknown key 'sha256'; the program fills it in"),
        ("status: issued}", "status: [issued", "line 5: is not YAML: expected ',' or ']', but got ':'"),
    ],
)  # fmt: skip
def test_a_problem_names_its_line_the_value_and_the_way_out(old: str, new: str, told: str) -> None:
    found = problems(changed((old, new)))
    assert any(problem.startswith(f"small.yaml: {told}") for problem in found), found


def test_all_problems_come_at_once_in_the_files_order() -> None:
    text = changed(
        ("key: small", "kei: small"),
        ("role:standing-agency", "role:standing-agensy"),
        ("rule: before 15/11", "rule: befor 15/11"),
        ("kind: department", "kind: departmnt"),
        ("via: standing-agency", "via: council"),
    )
    assert [re.match(r"small\.yaml: line (\d+): ", problem)[1] for problem in problems(text)] == [  # type: ignore[index]
        "1", "26", "35", "38", "40"
    ]  # fmt: skip


def test_a_duty_or_rung_that_stands_twice_is_refused() -> None:
    duty = SMALL[SMALL.index("  - duty:") :]
    assert problems(SMALL + duty) == [
        "small.yaml: line 41: duty 'annual-report' stands twice; the first is on line 30; rename one"
    ]
    text = changed(("rung: brief-1", "rung: T-7"))
    assert problems(text) == [
        "small.yaml: line 26: rung 'T-7' stands twice in ladder 'mandated'; its slug is part of a key"
    ]


def test_the_unknown_time_rule_is_told_with_the_words_that_may_stand_there() -> None:
    assert problems(changed(("rule: before 15/11", "rule: around 15/11"))) == [
        "small.yaml: line 35: unknown time rule 'around 15/11'; write 'before 15/11', 'by 31/8', 'within Q4', 'by Q3', "
        "'within Y', 'by Y', 'by end of 11', 'annual, no date', 'on occasion', 'on request', '30 days after issue' or "
        "'10 working days before some-event'; with 'every': 'by day 20', 'before day 25', 'by day 5 of next', "
        "'by working day 3 of next', 'by end'"
    ]


def test_a_file_builds_no_objects_and_has_a_size(tmp_path: Path) -> None:
    harmful = "key: !!python/object/apply:os.system ['true']\n"
    assert "small.yaml: line 1: 'key': needs text; write one text, without brackets" in problems(harmful)
    swelling = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{new}: &{new} [{', '.join([f'*{old}'] * 10)}]\n" for old, new in zip("abcdef", "bcdefg", strict=True)
    )
    assert any("too many or too deeply nested values" in problem for problem in problems(swelling))
    large = tmp_path / "large.yaml"
    large.write_text("# " + "x" * 300_000, encoding="utf-8")
    with pytest.raises(PlanError) as caught:
        load_plan(large)
    assert caught.value.problems == ["large.yaml: is larger than 256 kB; a plan file is a few pages of text"]


def test_a_missing_or_foreign_file_is_one_clear_problem(tmp_path: Path) -> None:
    with pytest.raises(PlanError) as caught:
        load_plan(tmp_path / "nowhere.yaml")
    assert caught.value.problems == ["nowhere.yaml: cannot be read: No such file or directory"]
    (tmp_path / "old.yaml").write_bytes("key: Điện".encode("utf-16"))
    with pytest.raises(PlanError) as caught:
        load_plan(tmp_path / "old.yaml")
    assert caught.value.problems == ["old.yaml: byte 0: is not UTF-8; save the file as UTF-8"]
    assert problems("") == ["small.yaml: line 1: holds no plan; it must begin with keys such as 'key:' and 'name:'"]
    assert problems("a: \x07") == ["small.yaml: line 1: holds a character that may not stand in a file: '\\x07'"]


def test_decomposed_letters_are_joined_and_a_time_of_day_stays_one() -> None:
    plan = load_plan_text(unicodedata.normalize("NFD", SMALL.replace('"14:00"', "14:00")), "small.yaml")
    assert plan.duties[0].addressees[0].function == "để tổng hợp"
    assert plan.ladders["mandated"][1].at.isoformat() == "14:00:00"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("before 15/11", TimeRule("before 15/11", "before", day=15, month=11)),
        ("before 5/12", TimeRule("before 5/12", "before", day=5, month=12)),
        ("by 31/8", TimeRule("by 31/8", "by", day=31, month=8)),
        ("within Q4", TimeRule("within Q4", "within", quarter=4)),
        ("by Q3", TimeRule("by Q3", "by", quarter=3)),
        ("within Y", TimeRule("within Y", "within", whole_year=True)),
        ("by Y", TimeRule("by Y", "by", whole_year=True)),
        ("annual, no date", TimeRule("annual, no date", "annual")),
        ("on occasion", TimeRule("on occasion", "occasion")),
        ("on request", TimeRule("on request", "request")),
        ("10 days before conference", TimeRule("10 days before conference", "event", days=10, event="conference")),
        (
            "3 working days after final-review",
            TimeRule(
                "3 working days after final-review", "event", days=3, working=True, after=True, event="final-review"
            ),
        ),
    ],
)  # fmt: skip
def test_every_time_rule_of_the_grammar_is_read(text: str, expected: TimeRule) -> None:
    assert parse_rule(text) == expected


@pytest.mark.parametrize(
    "text", ["before 29/2", "by 31/6", "within Q5", "by Q0", "before", "annual", "Before 15/11", ""]
)
def test_a_rule_nobody_can_read_is_refused(text: str) -> None:
    with pytest.raises(GrammarError, match="time rule"):
        parse_rule(text)


def test_years_are_counted_from_the_first_year() -> None:
    assert parse_years("phase-1.last") == Years("phase-1.last", "last", "phase-1")
    assert parse_years("first+2") == Years("first+2", "first", shift=2)
    for unreadable in ("last+1", "each+1", "2025", "second", ""):
        with pytest.raises(GrammarError, match="unknown years"):
            parse_years(unreadable)


# ── the plan of Điện Biên ──────────────────────────────────────────────────────────────────────
@pytest.fixture(scope="module")
def dien_bien() -> Plan:
    """Return the plan that ships."""
    return load_plan(plan_path("dien-bien"))


def test_dien_bien_ships_with_its_identity(dien_bien: Plan) -> None:
    assert "dien-bien" in available_plans()
    assert (dien_bien.instrument.number, str(dien_bien.instrument.date)) == ("2158/KH-UBND", "2023-05-26")
    assert (dien_bien.period.first_year, dien_bien.period.last_year) == (2023, 2030)
    assert [list(dien_bien.years_of(parse_years(f"{p.slug}.each"))) for p in dien_bien.phases] == [
        [2023, 2024, 2025],
        [2026, 2027, 2028, 2029, 2030],
    ]
    assert dien_bien.office.sender_address.endswith(".example")


def test_a_stored_plan_reads_again_as_the_same(dien_bien: Plan) -> None:
    assert load_plan_text(dien_bien.text, "stored") == dien_bien


def test_no_computed_date_stands_in_the_file(dien_bien: Plan) -> None:
    """Full dates only as facts (the plan's own date, units and offices that began or ended); one first year."""
    for line in dien_bien.text.splitlines():
        bare = re.sub(r"(from|until|date): \d{4}-\d\d-\d\d", "", line)
        assert not re.search(r"\d{4}-\d\d-\d\d", bare), line
    assert dien_bien.text.count("first_year: 2023") == 1
    given = {str(value) for duty in dien_bien.duties for value in (duty.rule, duty.years, duty.bound)}
    assert not [value for value in given if re.search(r"\d{4}", value)]


def test_every_duty_has_its_clause_and_a_few_words(dien_bien: Plan) -> None:
    for duty in dien_bien.duties:
        assert re.match(r"(II|III|IV|V)\.\d", duty.clause), duty.slug
        assert len(duty.words.split()) <= 20, duty.slug
        assert unicodedata.is_normalized("NFC", duty.words), duty.slug


def test_the_roles_move_to_the_successor_on_its_day(dien_bien: Plan) -> None:
    holders = [
        dien_bien.holder_of("standing-agency", d) for d in (date(2023, 6, 1), date(2025, 2, 28), date(2025, 3, 1))
    ]
    assert holders == ["11-so-tttt", "11-so-tttt", "11-so-khcn"]
    assert dien_bien.holder_of("council-secretariat", date(2030, 1, 1)) == "11-so-noi-vu"
    assert dien_bien.holder_of("screener", date(2030, 1, 1)) is None


def test_the_ladders_by_modality(dien_bien: Plan) -> None:
    def rungs(duty: str, modality: str) -> list[str]:
        return [rung.slug for rung in dien_bien.ladder_for(duty, modality)]

    assert rungs("annual-report", "mandated") == ["T-30", "T-7", "T-1", "overdue-1", "brief-1", "brief-2"]
    assert rungs("annual-report", "requested") == ["T-30", "T-7"]
    assert rungs("annual-report", "invited") == ["T-30", "T-7"]
    assert rungs("unit-interim-review", "encouraged") == []
    # Nobody above the desk is written to by machine: the standing agency prepares.
    assert {rung.to for rung in dien_bien.ladder_for("final-review", "mandated")} == {"role:standing-agency"}
    for duty in dien_bien.duties:
        for obligor in duty.obligors:
            if obligor.modality != "mandated":
                assert {r.kind for r in dien_bien.ladder_for(duty.slug, obligor.modality)} <= {"remind"}


def test_who_may_urge_in_whose_name(dien_bien: Plan) -> None:
    urging = [(act.role, act.advises, act.clause) for act in dien_bien.acts if act.act == "urge"]
    assert urging == [("standing-agency", "decider", "V.4"), ("council", None, "V.1")]
    assert {act.act for act in dien_bien.acts} == {"urge", "guide", "receive", "watch", "extend", "decide"}


def test_the_annual_report_may_arrive_at_either_receiver(dien_bien: Plan) -> None:
    assert dien_bien.duty("annual-report").receivers == ("standing-agency", "council-secretariat")
    assert dien_bien.duty("own-plan").receivers == ("province", "standing-agency", "council-secretariat")


# ── what the grammar and the model carry beyond the first plan ─────────────────────────────────
WIDE = (
    ("key: small", "key: small\ncalendar: vn\nroll_over: true\nevents:\n  - {event: conference, title: Hội nghị}"),
    (
        "duties:\n",
        "chains:\n  - {chain: review, clause: V, order: [unit-review, annual-report]}\n"
        "duties:\n"
        "  - duty: unit-review\n"
        "    kind: pilot\n"
        "    title: Việc\n"
        "    clause: V.1\n"
        "    words: mẫu\n"
        "    rule: 10 working days before conference\n"
        '    count: {min: 1, max: null, words: "ít nhất 01"}\n'
        "    coverage: {percent: 100, clause: V.1}\n"
        "    milestones:\n"
        "      - {milestone: cut-off, days: -15, from: due_on}\n"
        "      - {milestone: signature, working_days: -3, from: target_on}\n"
        "    obligors:\n"
        "      - {kind: department, modality: mandated}\n"
        "  - duty: monthly-report\n"
        "    kind: ad-hoc-report\n"
        "    title: Việc\n"
        "    clause: V.2\n"
        "    words: mẫu\n"
        "    rule: by day 5 of next\n"
        "    every: month\n"
        "    years: each\n"
        "    obligors:\n"
        "      - {kind: department, modality: mandated}\n",
    ),
)


def wide(old: str = "", new: str = "") -> str:
    """Return the small plan with every further key, and then one more text replaced."""
    text = changed(*WIDE)
    assert not old or text.count(old) == 1, old
    return text.replace(old, new)


def test_events_chains_counts_coverage_and_milestones_are_read() -> None:
    plan = load_plan_text(wide(), "wide.yaml")
    assert (plan.calendar, plan.roll_over, plan.events[0].slug) == ("vn", True, "conference")
    assert plan.chains[0].order == ("unit-review", "annual-report")
    review = plan.duty("unit-review")
    assert review.count is not None
    assert (review.count.min, review.count.max) == (1, None)
    assert review.coverage is not None
    assert review.coverage.percent == 100
    assert [(m.kind, m.days, m.working_days, m.from_) for m in review.milestones] == [
        ("cut-off", -15, None, "due_on"), ("signature", None, -3, "target_on"),
    ]  # fmt: skip
    assert (plan.duty("monthly-report").every, plan.duty("monthly-report").in_years.recurs) == ("month", True)


def test_a_plan_that_says_none_of_it_has_the_defaults() -> None:
    plan = load_plan_text(SMALL, "small.yaml")
    assert (plan.calendar, plan.roll_over, plan.events, plan.chains) == ("vn", False, (), ())


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("order: [unit-review,", "order: [unit-reviev,",
            "line 34: chain names unknown duty 'unit-reviev'; did you mean unit-review?"),
        ("order: [unit-review,", "order: [annual-report,",
            "line 34: duty 'annual-report' stands twice in chain 'review'; leave one"),
        ("order: [unit-review, annual-report]", "order: [unit-review]",
            "line 34: chain 'review' orders one duty; name two or more"),
        (
            "before conference", "before conferense",
            "line 41: rule '10 working days before conferense' counts from unknown event 'conferense'; "
            "did you mean conference?",
        ),
        (
            "before conference", "before unit-review",
            "line 41: duty 'unit-review' cannot be counted from itself; name an event or another duty",
        ),
        ("max: null", "max: 0", "line 42: 'max' 0 is less than 'min' 1"),
        ("percent: 100", "percent: 120", "line 43: 'percent': must be at most 100 (here: 120)"),
        ("milestone: cut-off", "milestone: cutoff", "line 45: unknown milestone 'cutoff'; did you mean cut-off?"),
        ("days: -15", "days: 15", "line 45: milestone 'cut-off' lies 15 days after the due date; write -15"),
        (
            "days: -15", "days: -15, working_days: -10",
            "line 45: milestone 'cut-off' needs one of 'days', 'working_days' and 'rule'",
        ),
        ("every: month", "every: week", "line 55: unknown recurrence 'week'; known: month, quarter, half-year"),
        ("    every: month\n", "", "line 54: rule 'by day 5 of next' needs 'every': month, quarter or half-year"),
        (
            "by day 5 of next", "by 5/11",
            "line 54: rule 'by 5/11' is not read inside each month; write 'by day 20', 'before day 25', "
            "'by day 5 of next', 'by working day 3 of next', 'by end' or 'no date'",
        ),
        ("event: conference", "event: monthly-report",
            "line 5: event 'monthly-report' has the slug of the duty on line 49; rename the event"),
        ("event: conference", "event: issue", "line 5: event 'issue' is the plan's own date; rename the event"),
        ("roll_over: true", "roll_over: sometimes", "line 3: 'roll_over': needs true or false (here: 'sometimes')"),
    ],
)  # fmt: skip
def test_a_problem_of_the_wider_language_names_its_line_too(old: str, new: str, told: str) -> None:
    found = problems(wide(old, new))
    assert any(problem.startswith(f"small.yaml: {told}") for problem in found), found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("within 11", TimeRule("within 11", "within", month=11)),
        ("by start of 11", TimeRule("by start of 11", "by", month=11, part="start")),
        ("by middle of Y", TimeRule("by middle of Y", "by", whole_year=True, part="middle")),
        ("by end of H1", TimeRule("by end of H1", "by", half=1, part="end")),
        ("by start of Q4", TimeRule("by start of Q4", "by", quarter=4, part="start")),
        ("by H2", TimeRule("by H2", "by", half=2)),
        ("by day 20", TimeRule("by day 20", "by", day=20)),
        ("before day 25", TimeRule("before day 25", "before", day=25)),
        ("before day 1 of next", TimeRule("before day 1 of next", "before", day=1, of_next=True)),
        ("by working day 3 of next", TimeRule("by working day 3 of next", "by", day=3, working=True, of_next=True)),
        ("by end", TimeRule("by end", "by", part="end")),
        ("by middle of next", TimeRule("by middle of next", "by", part="middle", of_next=True)),
        ("no date", TimeRule("no date", "annual")),
        ("15 days after issue", TimeRule("15 days after issue", "event", days=15, after=True, event="issue")),
    ],
)  # fmt: skip
def test_the_wider_time_rules_are_read(text: str, expected: TimeRule) -> None:
    assert parse_rule(text) == expected


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("by 11", "time rule 'by 11' may be half a date; write 'by end of 11' or a day, 'by 15/11'"),
        ("within 13", "time rule 'within 13' names month 13; a year has 12"),
        ("within end of Q4", "time rule 'within end of Q4' is no window; write 'by end of Q4'"),
        ("by day 32", "time rule 'by day 32' names day 32; write 1 to 31"),
        ("by working day 16", "time rule 'by working day 16' names working day 16; write 1 to 15"),
        ("before working day 3", "time rule 'before working day 3' cannot be counted; write 'by working day 2'"),
        ("before day 1", "time rule 'before day 1' cannot be counted; write 'before day 1 of next' or 'by day 1'"),
    ],
)  # fmt: skip
def test_a_rule_that_could_mean_two_things_is_refused_with_the_way_out(text: str, told: str) -> None:
    with pytest.raises(GrammarError) as caught:
        parse_rule(text)
    assert str(caught.value) == told


def test_a_text_without_end_of_nesting_is_refused_not_a_crash() -> None:
    for text in ("[" * 100_000, "- " * 100_000, "{a: " * 60_000):
        problems = read_plan(text)[2]
        assert [problem.text for problem in problems] == ["is not YAML: RecursionError"]


def test_a_plan_is_read_once_from_the_same_text() -> None:
    text = plan_path("thai-binh").read_text(encoding="utf-8")
    assert load_plan_text(text, "a.yaml") is load_plan_text(text, "a.yaml")
    assert load_plan_text(text + "\n", "a.yaml") is not load_plan_text(text, "a.yaml")
