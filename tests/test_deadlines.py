"""What is due when: a hand-written table of Điện Biên, the time grammar, the laws about dates."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.grammar import parse_rule
from config.plan import Plan, load_plan, load_plan_text, plan_path
from deadlines.calendar import vietnam
from deadlines.duties import confirmed_by, expand_duties, obligors_on, requested_on, with_date
from deadlines.explain import explain, rule_in_words
from deadlines.lateness import judge
from deadlines.model import DutyPeriod
from deadlines.periods import year_span
from deadlines.windows import around, window
from dondoc import clock

CALENDAR = vietnam()
DIEN_BIEN = load_plan(plan_path("dien-bien"))
ROWS = expand_duties(DIEN_BIEN, CALENDAR)
YEARS = range(2023, 2031)


def d(text: str | None) -> date | None:
    """Read a day as it is written in Vietnam: 14/11/2026."""
    return datetime.strptime(text, "%d/%m/%Y").replace(tzinfo=UTC).date() if text else None


def row(duty: str, period: str, rows: Sequence[DutyPeriod] = ROWS) -> DutyPeriod:
    """Return the one row of a duty and period."""
    (found,) = [r for r in rows if (r.duty, r.period) == (duty, period)]
    return found


# ── Điện Biên, written by hand from the plan and a printed calendar ────────────────────────────
# duty, period, rule, opens, due, bound, target
DATED = [
    ("own-plan", "once", "by Q3", "26/05/2023", "30/09/2023", None, "29/09/2023"),  # Saturday
    ("annual-report", "2023", "before 15/11", "26/05/2023", "14/11/2023", None, "14/11/2023"),
    ("annual-report", "2024", "before 15/11", "01/01/2024", "14/11/2024", None, "14/11/2024"),
    ("annual-report", "2025", "before 15/11", "01/01/2025", "14/11/2025", None, "14/11/2025"),
    ("annual-report", "2026", "before 15/11", "01/01/2026", "14/11/2026", None, "13/11/2026"),  # Saturday
    ("annual-report", "2027", "before 15/11", "01/01/2027", "14/11/2027", None, "12/11/2027"),  # Sunday
    ("annual-report", "2028", "before 15/11", "01/01/2028", "14/11/2028", None, "14/11/2028"),
    ("annual-report", "2029", "before 15/11", "01/01/2029", "14/11/2029", None, "14/11/2029"),
    ("annual-report", "2030", "before 15/11", "01/01/2030", "14/11/2030", None, "14/11/2030"),
    ("consolidated-report", "2023", "before 5/12", "26/05/2023", "04/12/2023", None, "04/12/2023"),
    ("consolidated-report", "2024", "before 5/12", "01/01/2024", "04/12/2024", None, "04/12/2024"),
    ("consolidated-report", "2025", "before 5/12", "01/01/2025", "04/12/2025", None, "04/12/2025"),
    ("consolidated-report", "2026", "before 5/12", "01/01/2026", "04/12/2026", None, "04/12/2026"),
    ("consolidated-report", "2027", "before 5/12", "01/01/2027", "04/12/2027", None, "03/12/2027"),  # Saturday
    ("consolidated-report", "2028", "before 5/12", "01/01/2028", "04/12/2028", None, "04/12/2028"),
    ("consolidated-report", "2029", "before 5/12", "01/01/2029", "04/12/2029", None, "04/12/2029"),
    ("consolidated-report", "2030", "before 5/12", "01/01/2030", "04/12/2030", None, "04/12/2030"),
    ("interim-review", "once", "within Q4", "01/10/2025", "31/12/2025", None, "31/12/2025"),
    ("final-review", "once", "within Q4", "01/10/2030", "31/12/2030", None, "31/12/2030"),
]
# Undated: duty, rule, outer bound. `annual, no date` has a row for each of the eight years.
UNDATED = [
    ("ad-hoc-report", "on request", None),
    ("inspection", "annual, no date", None),
    ("annual-ranking", "annual, no date", None),
    ("annual-award-round", "annual, no date", None),
    ("unit-annual-awards", "annual, no date", None),
    ("annual-achievement-appraisal", "annual, no date", None),
    ("unit-annual-review", "annual, no date", None),
    ("unit-award-nomination", "on occasion", None),
    ("dossier-appraisal", "on occasion", None),
    ("unit-interim-review", "on occasion", "31/12/2025"),
    ("interim-report", "on request", "31/12/2025"),
    ("interim-consolidated-report", "on occasion", "31/12/2025"),
    ("interim-award-nomination", "on occasion", None),
    ("interim-achievement-appraisal", "on occasion", None),
    ("interim-award-round", "on occasion", None),
    ("unit-interim-awards", "on occasion", None),
    ("phase-2-tasks", "on occasion", None),
    ("unit-final-review", "on occasion", "31/12/2030"),
    ("final-report", "on request", "31/12/2030"),
    ("final-consolidated-report", "on occasion", "31/12/2030"),
    ("final-achievement-appraisal", "on occasion", None),
    ("final-state-award-round", "on occasion", None),
    ("final-award-round", "on occasion", None),
    ("unit-final-awards", "on occasion", None),
]
# duty, kind, clause, modality on the duty's first day
IDENTITY = [
    ("own-plan", "own-plan", "V.2", "mandated"),
    ("annual-report", "annual-report", "V.8", "mandated"),
    ("consolidated-report", "consolidated-report", "V.4", "mandated"),
    ("ad-hoc-report", "ad-hoc-report", "V.8", "mandated"),
    ("inspection", "inspection", "V.1", "mandated"),
    ("annual-ranking", "ranking", "IV.3.1", "mandated"),
    ("annual-award-round", "award-round", "IV.3.1", "mandated"),
    ("unit-annual-awards", "award-round", "IV.3.1", "encouraged"),
    ("annual-achievement-appraisal", "award-appraisal", "V.4", "mandated"),
    ("unit-annual-review", "inspection", "III.3", "encouraged"),
    ("unit-award-nomination", "award-nomination", "V.2", "mandated"),
    ("dossier-appraisal", "award-appraisal", "V.3", "mandated"),
    ("interim-review", "interim-review", "II.4", "mandated"),
    ("unit-interim-review", "interim-review", "II.4", "encouraged"),
    ("interim-report", "interim-report", "V.8", "mandated"),
    ("interim-consolidated-report", "consolidated-report", "V.4", "mandated"),
    ("interim-award-nomination", "award-nomination", "II.4", "encouraged"),
    ("interim-achievement-appraisal", "award-appraisal", "V.4", "mandated"),
    ("interim-award-round", "award-round", "IV.3.2", "mandated"),
    ("unit-interim-awards", "award-round", "IV.3.2", "encouraged"),
    ("phase-2-tasks", "guidance", "II.4", "mandated"),
    ("final-review", "final-review", "II.4", "mandated"),
    ("unit-final-review", "final-review", "V.2", "encouraged"),
    ("final-report", "final-report", "V.8", "mandated"),
    ("final-consolidated-report", "consolidated-report", "V.4", "mandated"),
    ("final-achievement-appraisal", "award-appraisal", "V.4", "mandated"),
    ("final-state-award-round", "award-round", "IV.3.3", "mandated"),
    ("final-award-round", "award-round", "IV.3.3", "mandated"),
    ("unit-final-awards", "award-round", "IV.3.3", "encouraged"),
]


def test_every_duty_and_period_of_dien_bien_has_the_dates_of_the_hand_written_table() -> None:
    expected = [(duty, p, rule, d(o), d(due), d(b), d(t)) for duty, p, rule, o, due, b, t in DATED]
    for duty, rule, bound in UNDATED:
        periods = [str(year) for year in YEARS] if rule == "annual, no date" else ["once"]
        expected += [(duty, period, rule, None, None, d(bound), None) for period in periods]
    found = [(r.duty, r.period, r.rule, r.opens_on, r.due_on, r.bound_on, r.target_on) for r in ROWS]
    assert sorted(found, key=str) == sorted(expected, key=str)
    assert len(found) == 85


def test_kind_clause_and_modality_of_every_duty() -> None:
    seen = dict.fromkeys((r.duty, r.kind, r.clause, r.modality) for r in ROWS)
    assert list(seen) == IDENTITY


def test_only_the_discretionary_review_waits_for_confirmation_and_what_hangs_on_it_says_so() -> None:
    assert {r.duty for r in ROWS if not r.confirmed} == {"interim-review"}
    assert {r.duty for r in ROWS if r.conditional_on} == {
        "interim-report", "interim-consolidated-report", "interim-award-nomination", "interim-achievement-appraisal",
        "interim-award-round", "unit-interim-awards", "phase-2-tasks",
    }  # fmt: skip
    assert {r.conditional_on for r in ROWS} == {None, "interim-review"}


def test_roll_notes_stand_only_where_the_last_day_is_a_day_off() -> None:
    noted = {(r.duty, r.period): r.roll_note for r in ROWS if r.roll_note}
    assert list(noted) == [
        ("own-plan", "once"),
        ("annual-report", "2026"),
        ("annual-report", "2027"),
        ("consolidated-report", "2027"),
    ]
    assert noted["annual-report", "2026"] == (
        "Ngày 14/11/2026 là thứ Bảy; ngày làm việc tiếp theo là thứ Hai, 16/11/2026 (tham khảo khoản 5 Điều 148 "
        "Bộ luật Dân sự 2015; thời hạn ghi trong kế hoạch không thay đổi)."
    )
    assert "thứ Hai, 02/10/2023" in str(noted["own-plan", "once"])


def test_years_without_a_notice_are_marked_and_undated_rows_have_no_calendar() -> None:
    assert {r.period: r.calendar_status for r in ROWS if r.duty == "annual-report"} == {
        "2023": "official", "2024": "official", "2025": "official", "2026": "official",
        "2027": "dự kiến", "2028": "dự kiến", "2029": "dự kiến", "2030": "dự kiến",
    }  # fmt: skip
    assert {r.calendar_status for r in ROWS if r.due_on is None} == {None}


def kinds(duty: str, period: str) -> dict[str, str]:
    """Return the obligors of a row: kind → modality."""
    return {o.kind: o.modality for o in row(duty, period).obligors}


def test_who_owes_the_annual_report_before_in_and_after_2025() -> None:
    named = {"department": "mandated", "mass-organisation": "mandated", "enterprise": "mandated", "front": "requested"}
    assert kinds("annual-report", "2024") == named | {"district": "mandated"}
    assert kinds("annual-report", "2025") == named | {"district": "mandated", "commune": "invited"}
    assert kinds("annual-report", "2026") == named | {"commune": "invited"}
    assert kinds("own-plan", "once") == {
        "department": "mandated", "mass-organisation": "mandated", "district": "mandated"
    }  # fmt: skip
    assert kinds("interim-review", "once") == {"province": "mandated"}


@pytest.mark.parametrize(
    ("day", "district", "commune"),
    [
        (date(2025, 6, 30), ["mandated"], []),
        (date(2025, 7, 1), [], ["invited"]),
    ],
)
def test_the_communes_are_invited_from_the_day_the_districts_end(
    day: date, district: list[str], commune: list[str]
) -> None:
    for duty in (row("annual-report", "2025"), DIEN_BIEN.duty("annual-report")):
        owing = obligors_on(duty, day)
        assert [o.modality for o in owing if o.kind == "district"] == district
        assert [o.modality for o in owing if o.kind == "commune"] == commune


def test_one_row_as_the_command_line_shows_it() -> None:
    shown = row("consolidated-report", "2027").as_json()
    assert json.loads(json.dumps(shown)) == {
        "campaign": "dien-bien",
        "duty": "consolidated-report",
        "kind": "consolidated-report",
        "clause": "V.4",
        "words": "hàng năm (trước 5/12)",
        "period": "2027",
        "obligors": [
            {"kind": "department", "modality": "mandated", "from": None, "until": None, "role": "standing-agency"}
        ],
        "addressees": [
            {"to": "province", "via": "council-secretariat", "function": None},
            {"to": "steering-committee", "via": None, "function": None},
        ],
        "modality": "mandated",
        "rule": "before 5/12",
        "opens_on": "2027-01-01",
        "due_on": "2027-12-04",
        "bound_on": None,
        "target_on": "2027-12-03",
        "roll_note": row("consolidated-report", "2027").roll_note,
        "calendar_status": "dự kiến",
        "confirmed": True,
        "conditional_on": None,
    }
    assert list(shown) == [
        "campaign", "duty", "kind", "clause", "words", "period", "obligors", "addressees", "modality", "rule",
        "opens_on", "due_on", "bound_on", "target_on", "roll_note", "calendar_status", "confirmed", "conditional_on",
    ]  # fmt: skip
    district = row("annual-report", "2025").as_json()["obligors"][2]  # type: ignore[index]
    assert district == {"kind": "district", "modality": "mandated", "from": None, "until": "2025-06-30"}


def test_the_annual_report_goes_through_two_offices_with_two_functions() -> None:
    report = row("annual-report", "2026")
    assert [a.as_json() for a in report.addressees] == [
        {"to": "province", "via": "standing-agency", "function": "để tổng hợp"},
        {"to": "province", "via": "council-secretariat", "function": "để theo dõi"},
    ]
    assert report.receivers == ("standing-agency", "council-secretariat")


@pytest.mark.parametrize("shift", [1, 3])
def test_moving_the_first_year_moves_every_derived_date(shift: int) -> None:
    """Shifted so that the plan's own date lies before the first year: every day moves by whole years."""
    moved = load_plan_text(DIEN_BIEN.text.replace("first_year: 2023", f"first_year: {2023 + shift}"), "moved.yaml")
    rows = expand_duties(moved, CALENDAR)
    assert len(rows) == len(ROWS)

    def later(day: date | None) -> date | None:
        return day.replace(year=day.year + shift) if day else None

    for before, after in zip(ROWS, rows, strict=True):
        assert after.duty == before.duty
        assert after.period == (before.period if before.period == "once" else str(int(before.period) + shift))
        assert (after.due_on, after.bound_on) == (later(before.due_on), later(before.bound_on))
        if before.opens_on == date(2023, 5, 26):
            assert after.opens_on == date(2023 + shift, 1, 1)  # the plan is older than its first year now
        else:
            assert after.opens_on == later(before.opens_on)
        assert after.target_on == (CALENDAR.previous_working_day(after.due_on) if after.due_on else None)


# ── the time grammar ───────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("rule", "year", "opens", "due", "target"),
    [
        ("before 15/11", 2026, "01/01/2026", "14/11/2026", "13/11/2026"),  # strict
        ("by 15/11", 2026, "01/01/2026", "15/11/2026", "13/11/2026"),  # inclusive
        ("before 1/1", 2026, "31/12/2025", "31/12/2025", "31/12/2025"),  # opens no later than it ends
        ("before 1/3", 2028, "01/01/2028", "29/02/2028", "29/02/2028"),  # a leap year
        ("by 31/8", 2026, "01/01/2026", "31/08/2026", "28/08/2026"),  # a swapped day off
        ("within Q1", 2026, "01/01/2026", "31/03/2026", "31/03/2026"),
        ("within Q2", 2026, "01/04/2026", "30/06/2026", "30/06/2026"),
        ("within Q3", 2026, "01/07/2026", "30/09/2026", "30/09/2026"),
        ("within Q4", 2026, "01/10/2026", "31/12/2026", "31/12/2026"),
        ("by Q3", 2023, "26/05/2023", "30/09/2023", "29/09/2023"),  # no start; never before the plan
        ("within Q4", 2022, "31/12/2022", "31/12/2022", "30/12/2022"),  # over before the plan: nothing opens later
        ("within Y", 2026, "01/01/2026", "31/12/2026", "31/12/2026"),
        ("by Y", 2023, "26/05/2023", "31/12/2023", "29/12/2023"),
    ],
)
def test_a_dated_rule_in_a_year(rule: str, year: int, opens: str, due: str, target: str) -> None:
    days = window(parse_rule(rule), year_span(year), issued_on=date(2023, 5, 26), calendar=CALENDAR)
    assert (days.opens_on, days.due_on, days.bound_on, days.target_on) == (d(opens), d(due), None, d(target))


@pytest.mark.parametrize("rule", ["annual, no date", "on occasion", "on request", "10 days before conference"])
def test_an_undated_rule_has_nothing_but_its_bound(rule: str) -> None:
    bound = date(2025, 12, 31)
    days = window(parse_rule(rule), year_span(2025), issued_on=date(2023, 5, 26), calendar=CALENDAR, bound_on=bound)
    assert (days.opens_on, days.due_on, days.target_on, days.roll_note, days.calendar_status) == (None,) * 5
    assert days.bound_on == bound


@pytest.mark.parametrize(
    ("rule", "event", "expected"),
    [
        ("10 days before conference", "20/11/2026", "10/11/2026"),
        ("10 days after conference", "20/11/2026", "30/11/2026"),
        ("3 working days after conference", "20/11/2026", "26/11/2026"),  # over 24/11
        ("1 working day before conference", "16/11/2026", "13/11/2026"),
    ],
)
def test_days_around_an_event(rule: str, event: str, expected: str) -> None:
    event_on = d(event)
    assert event_on is not None
    assert around(event_on, parse_rule(rule), CALENDAR) == d(expected)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("before 15/11", "trước ngày 15/11, không kể ngày đó"),
        ("by Q3", "chậm nhất hết quý III, kể cả ngày đó"),
        ("by 31/8", "chậm nhất ngày 31/8, kể cả ngày đó"),
        ("within Q4", "trong quý IV, kể cả ngày cuối; làm sớm hơn không phải là vi phạm"),
        ("by Y", "chậm nhất hết năm, kể cả ngày đó"),
        ("10 working days before final-review", "10 ngày làm việc trước sự kiện “final-review”"),
        ("on request", "khi có yêu cầu, chưa ấn định thời hạn"),
    ],
)
def test_a_rule_in_vietnamese(rule: str, words: str) -> None:
    assert rule_in_words(parse_rule(rule)) == words


# ── laws ───────────────────────────────────────────────────────────────────────────────────────
def received(day: date, hour: int, minute: int, second: int = 0) -> datetime:
    """Return an instant given in Vietnamese local time."""
    return clock.at_local(day, datetime(2000, 1, 1, hour, minute, second, tzinfo=UTC).time())


@pytest.mark.parametrize("year", YEARS)
def test_law_1_reports_on_14_11_and_4_12_are_on_time_and_a_second_after_midnight_late(year: int) -> None:
    report, consolidated = row("annual-report", str(year)), row("consolidated-report", str(year))
    assert judge(received(date(year, 11, 14), 23, 59, 59), report.due_on) == "on-time"
    assert judge(received(date(year, 11, 15), 0, 0), report.due_on) == "late"
    assert judge(received(date(year, 12, 4), 23, 59, 59), consolidated.due_on) == "on-time"
    assert judge(received(date(year, 12, 5), 0, 0), consolidated.due_on) == "late"


def test_law_2_own_plans_issued_on_1_6_on_time_on_1_10_late_and_tuyen_quang_launched_on_30_9() -> None:
    own_plan = row("own-plan", "once")
    assert judge(received(date(2023, 6, 1), 9, 0), own_plan.due_on) == "on-time"
    assert judge(received(date(2023, 9, 30), 23, 59), own_plan.due_on) == "on-time"
    assert judge(received(date(2023, 10, 1), 0, 0), own_plan.due_on) == "late"
    launch = row("launch", "once", expand_duties(TUYEN_QUANG, CALENDAR))
    assert (launch.opens_on, launch.due_on) == (date(2022, 8, 12), date(2022, 9, 30))
    assert judge(received(date(2022, 9, 30), 23, 59), launch.due_on) == "on-time"


def test_law_4_an_undated_duty_is_never_late_until_a_ruling_dates_it() -> None:
    report = row("interim-report", "once")
    assert judge(received(date(2027, 1, 1), 8, 0), report.due_on) is None
    ruled = with_date(report, date(2025, 10, 18), CALENDAR, opens_on=date(2025, 9, 1))
    assert (ruled.opens_on, ruled.due_on, ruled.target_on, ruled.bound_on) == (
        date(2025, 9, 1), date(2025, 10, 18), date(2025, 10, 17), None
    )  # fmt: skip
    assert ruled.roll_note is not None
    assert "thứ Hai, 20/10/2025" in ruled.roll_note
    assert ruled.calendar_status == "official"
    assert judge(received(date(2025, 10, 19), 0, 0), ruled.due_on) == "late"
    assert ruled.period == "once"  # the same row of the same period


@pytest.mark.parametrize(
    ("duty_slug", "period", "due", "opens"),
    [
        ("inspection", "2026", "15/01/2027", "01/01/2026"),  # the period's year, not the year of its last day
        ("inspection", "2023", "20/12/2023", "26/05/2023"),  # never before the plan
        ("ad-hoc-report", "once", "20/03/2026", "01/01/2026"),
    ],
)
def test_a_dated_ruling_opens_an_undated_duty_with_its_year(duty_slug: str, period: str, due: str, opens: str) -> None:
    due_on = d(due)
    assert due_on is not None
    assert with_date(row(duty_slug, period), due_on, CALENDAR).opens_on == d(opens)


def test_a_ruling_may_move_a_date_and_confirm_a_review() -> None:
    moved = with_date(row("annual-report", "2026"), date(2026, 11, 20), CALENDAR)
    assert (moved.opens_on, moved.due_on, moved.target_on, moved.roll_note) == (
        date(2026, 1, 1), date(2026, 11, 20), date(2026, 11, 20), None
    )  # fmt: skip
    review = row("interim-review", "once")
    assert confirmed_by(review) == replace(review, confirmed=True)


def test_each_request_opens_its_own_period() -> None:
    request = requested_on(row("ad-hoc-report", "once"), date(2026, 3, 2), date(2026, 3, 20), CALENDAR)
    assert (request.period, request.opens_on, request.due_on) == ("2026-03-02", date(2026, 3, 2), date(2026, 3, 20))
    assert {o.kind: o.modality for o in request.obligors} == {
        "department": "mandated", "mass-organisation": "mandated", "commune": "invited", "enterprise": "mandated",
        "front": "requested",
    }  # fmt: skip
    undated = requested_on(row("ad-hoc-report", "once"), date(2024, 3, 4), None, CALENDAR)
    assert (undated.period, undated.opens_on, undated.due_on) == ("2024-03-04", date(2024, 3, 4), None)
    assert "district" in {o.kind for o in undated.obligors}


# ── the grammar carries the other provinces too ────────────────────────────────────────────────
def small_plan(first_year: int, years: int, issued: str | None, phases: str, duties: str) -> Plan:
    """Return a plan with Điện Biên's roles, office and ladders and the phases and duties given."""
    shared = DIEN_BIEN.text[DIEN_BIEN.text.index("roles:") : DIEN_BIEN.text.index("\nduties:")]
    head = (
        "key: other\nname: Kế hoạch khác\nprovince: {name: Khác, code: '00'}\n"
        f"instrument: {{date: {issued or 'null'}, issuer: UBND tỉnh, signatory: Mẫu, status: issued}}\n"
        f"period: {{first_year: {first_year}, years: {years}}}\nphases: {phases}\n"
    )
    return load_plan_text(f"{head}{shared}\nduties:\n{duties}", "other.yaml")


def duty(slug: str, kind: str, rule: str, more: str = "") -> str:
    """Return one duty of a plan file in a line."""
    return (
        f"  - {{duty: {slug}, kind: {kind}, title: Việc, clause: V.1, words: mẫu, rule: '{rule}', "
        f"obligors: [{{kind: department, modality: mandated}}]{more}}}\n"
    )


TWO_PHASES = (
    "[{phase: phase-1, name: Giai đoạn 1, from_year: 1, until_year: 5, clause: V.1},"
    " {phase: phase-2, name: Giai đoạn 2, from_year: 6, until_year: 10, clause: V.2, conditional_on: phase-decision}]"
)
TUYEN_QUANG = small_plan(
    2021, 10, "2022-08-12", TWO_PHASES,
    duty("launch", "launch", "within Q3", ", years: first+1")
    + duty("interim-review", "interim-review", "within Y", ", years: first+2, discretionary: true")
    + duty("final-review", "final-review", "within Y", ", years: phase-1.last")
    + duty("unit-review", "inspection", "annual, no date")
    + duty("phase-decision", "phase-decision", "on occasion")
    + duty("phase-2-review", "final-review", "within Y", ", years: phase-2.last"),
)  # fmt: skip
HAI_DUONG = small_plan(
    2021, 10, None, TWO_PHASES,
    duty("launch", "launch", "within Q4", ", years: first")
    + duty("annual-report", "annual-report", "annual, no date")
    + duty("inspection", "inspection", "annual, no date", ", years: phase-1.each")
    + duty("phase-decision", "phase-decision", "on occasion"),
)  # fmt: skip


def test_law_3_quarter_iv_ends_on_31_12_and_kien_giangs_own_issuing_on_30_9_2022() -> None:
    plan = small_plan(
        2022, 4, None, "[]",
        duty("issuing", "launch", "within Q3", ", years: first")
        + duty("registration", "registration", "within Q4", ", years: first")
        + duty("interim-review", "interim-review", "within Q4", ", years: first+1")
        + duty("final-review", "final-review", "within Q4", ", years: last"),
    )  # fmt: skip
    rows = expand_duties(plan, CALENDAR)
    assert [(r.duty, r.opens_on, r.due_on) for r in rows] == [
        ("issuing", date(2022, 7, 1), date(2022, 9, 30)),
        ("registration", date(2022, 10, 1), date(2022, 12, 31)),
        ("interim-review", date(2023, 10, 1), date(2023, 12, 31)),
        ("final-review", date(2025, 10, 1), date(2025, 12, 31)),
    ]
    assert row("registration", "once", rows).target_on == date(2022, 12, 30)
    assert judge(received(date(2022, 12, 31), 23, 59), rows[1].due_on) == "on-time"
    assert judge(received(date(2023, 1, 1), 0, 0), rows[1].due_on) == "late"


def test_law_10_duties_of_a_conditional_phase_wait_for_its_decision() -> None:
    rows = expand_duties(TUYEN_QUANG, CALENDAR)
    assert not [r for r in rows if r.kind == "annual-report"]
    assert row("phase-2-review", "once", rows).conditional_on == "phase-decision"
    assert row("final-review", "once", rows).conditional_on is None
    assert row("interim-review", "once", rows).confirmed is False
    assert row("interim-review", "once", rows).due_on == date(2023, 12, 31)
    # Duties start with the launch: nothing for 2021, which was over when the plan was issued.
    reviews = [(r.period, r.conditional_on) for r in rows if r.duty == "unit-review"]
    assert reviews == [(str(year), "phase-decision" if year > 2025 else None) for year in range(2022, 2031)]


def test_hai_duong_reports_yearly_without_a_date_and_inspects_in_phase_1_only() -> None:
    rows = expand_duties(HAI_DUONG, CALENDAR)
    reports = [r for r in rows if r.duty == "annual-report"]
    assert [(r.period, r.conditional_on) for r in reports] == [
        (str(year), "phase-decision" if year > 2025 else None) for year in range(2021, 2031)
    ]
    assert {r.due_on for r in reports} == {None}
    assert [r.period for r in rows if r.duty == "inspection"] == ["2021", "2022", "2023", "2024", "2025"]


def test_a_duty_around_another_has_only_a_bound_from_it() -> None:
    plan = small_plan(
        2023, 3, None, "[]\nevents: [{event: conference, title: Hội nghị}]",
        duty("final-review", "final-review", "within Q4", ", years: last")
        + duty("dossiers", "award-nomination", "10 days before final-review")
        + duty("speech", "guidance", "10 days before conference"),
    )  # fmt: skip
    rows = expand_duties(plan, CALENDAR)
    assert [(r.period, r.due_on, r.bound_on) for r in rows[1:]] == [
        ("once", None, date(2025, 12, 21)),
        ("once", None, None),
    ]


# ── laws for any rule, year and ruling ─────────────────────────────────────────────────────────
dated_rules = st.one_of(
    st.builds(
        lambda word, day: f"{word} {day.day}/{day.month}",
        st.sampled_from(["before", "by"]),
        st.dates(date(2001, 1, 1), date(2001, 12, 31)),
    ),
    st.builds("{} Q{}".format, st.sampled_from(["within", "by"]), st.integers(1, 4)),
    st.sampled_from(["within Y", "by Y"]),
)


@given(rule=dated_rules, year=st.integers(2021, 2035), issued=st.dates(date(2021, 1, 1), date(2035, 12, 31)))
def test_target_is_a_working_day_on_or_before_the_last_day(rule: str, year: int, issued: date) -> None:
    days = window(parse_rule(rule), year_span(year), issued_on=issued, calendar=CALENDAR)
    assert days.due_on is not None
    assert days.target_on is not None
    assert days.opens_on is not None
    assert CALENDAR.is_working_day(days.target_on)
    assert days.target_on <= days.due_on < days.target_on + timedelta(days=12)  # Tết is the longest gap
    assert not any(
        CALENDAR.is_working_day(days.target_on + timedelta(days=n))
        for n in range(1, (days.due_on - days.target_on).days + 1)
    )
    assert days.opens_on == min(max(days.opens_on, issued), days.due_on)
    assert (days.roll_note is None) == CALENDAR.is_working_day(days.due_on)
    assert days.bound_on is None


@given(year=st.integers(2021, 2035), day=st.dates(date(2001, 1, 2), date(2001, 12, 31)))
def test_before_a_day_ends_one_day_earlier_than_by_that_day(year: int, day: date) -> None:
    strict = window(
        parse_rule(f"before {day.day}/{day.month}"), year_span(year), issued_on=date(2021, 1, 1), calendar=CALENDAR
    )
    inclusive = window(
        parse_rule(f"by {day.day}/{day.month}"), year_span(year), issued_on=date(2021, 1, 1), calendar=CALENDAR
    )
    assert strict.due_on is not None
    assert strict.due_on + timedelta(days=1) == inclusive.due_on


@given(index=st.integers(0, len(ROWS) - 1), due=st.dates(date(2023, 6, 1), date(2031, 12, 31)))
def test_a_ruling_on_any_row_gives_an_ordinary_dated_row(index: int, due: date) -> None:
    ruled = with_date(ROWS[index], due, CALENDAR)
    assert ruled.due_on == due
    assert ruled.opens_on is not None
    assert ruled.opens_on <= due
    assert ruled.target_on == CALENDAR.previous_working_day(due)
    assert ruled.bound_on is None
    assert (ruled.duty, ruled.period, ruled.obligors) == (ROWS[index].duty, ROWS[index].period, ROWS[index].obligors)


def test_rows_are_one_per_duty_and_period_in_a_stable_order() -> None:
    assert max(Counter((r.duty, r.period) for r in ROWS).values()) == 1
    assert expand_duties(DIEN_BIEN, CALENDAR) == ROWS
    assert list(dict.fromkeys(r.duty for r in ROWS)) == [duty.slug for duty in DIEN_BIEN.duties]


# ── the explanation ────────────────────────────────────────────────────────────────────────────
def test_the_explanation_of_a_dated_row_says_where_each_day_comes_from() -> None:
    lines = explain(DIEN_BIEN, row("annual-report", "2026"), CALENDAR)
    assert lines[1] == "Căn cứ: Kế hoạch số 2158/KH-UBND ngày 26/05/2023, mục V.8: “trước ngày 15/11”."
    assert "Ngày cuối cùng còn trong thời hạn: thứ Bảy, 14/11/2026, đến hết 24 giờ." in lines
    assert row("annual-report", "2026").roll_note in lines
    assert "Đơn vị thực hiện: xã, phường, thị trấn – chờ hướng dẫn, từ 01/07/2025." in lines
    (mandated,) = [line for line in lines if line.startswith("Thang nhắc (giao, yêu cầu)")]
    assert [slug in mandated for slug in ("T-30", "T-7", "T-1", "overdue-1", "brief-1", "brief-2")] == [True] * 6
    assert [line.split(",")[0] for line in lines if line.startswith("Cách hiểu")] == [
        "Cách hiểu DB-01", "Cách hiểu DB-06", "Cách hiểu DB-07", "Cách hiểu DB-08", "Cách hiểu DB-09"
    ]  # fmt: skip


def test_the_explanation_of_an_undated_row_says_that_nobody_can_be_late() -> None:
    lines = explain(DIEN_BIEN, row("interim-report", "once"), CALENDAR)
    assert "Giới hạn ngoài: 31/12/2025; chỉ để lập kế hoạch, không phải thời hạn của đơn vị." in lines
    assert "Chỉ phát sinh sau khi “interim-review” được quyết định." in lines
    assert "Thang nhắc (giao, yêu cầu): chỉ áp dụng khi có thời hạn." in lines


def test_every_row_can_be_explained_even_after_a_ruling() -> None:
    for each in ROWS:
        for shown in (each, with_date(each, date(2026, 2, 17), CALENDAR)):  # the first day of Tết
            assert all(line.strip() and not line.endswith("None") for line in explain(DIEN_BIEN, shown, CALENDAR))


def test_only_the_plans_own_date_is_said_as_before() -> None:
    from deadlines.windows import said_as_before

    assert said_as_before("before 15/11", date(2026, 11, 14))
    assert said_as_before("before 5/12", date(2026, 12, 4))
    assert said_as_before("before 1/12", date(2026, 11, 30))
    assert not said_as_before("before 15/11", date(2026, 11, 27))  # moved by a ruling
    assert not said_as_before("by Q3", date(2023, 9, 30))
    assert not said_as_before("before 15/11", None)
