"""Hải Dương, written by hand from the plan: every duty, its days, who owes it, where it goes."""

from datetime import date

import pytest

from tests.plan_tables import FIRST_NEW_DAY, LAST_DISTRICT_DAY, Due, judged, listed, owed_by, row, rows_of, sent_to

PLAN, ROWS = rows_of("hai-duong")
TABLE = [
    Due("issuing", "launch", "V.1", "within Q4", opens="01/10/2021", due="31/12/2021"),
    Due("launch", "launch", "V.1", "within Q4", opens="01/10/2021", due="31/12/2021"),
    Due("registration", "registration", "V.1", "within Q4", opens="01/10/2021", due="31/12/2021"),
    Due("district-pilots", "pilot", "III.4.b", "within Q4", opens="01/10/2021", due="31/12/2021"),
    Due("council-pilots", "pilot", "III.4.a", "on occasion", bound="31/12/2021"),
    Due("own-plan", "own-plan", "VI.1", "on occasion"),
    Due("annual-report", "annual-report", "VI.6", "annual, no date", "2021-2030", after="phase-2"),
    Due("consolidated-report", "consolidated-report", "VI.4", "annual, no date", "2021-2030", after="phase-2"),
    Due("interim-consolidated-report", "consolidated-report", "VI.4", "on occasion"),
    Due("final-consolidated-report", "consolidated-report", "VI.4", "on occasion", bound="31/12/2025"),
    Due("inspection", "inspection", "III.5", "annual, no date", "2021-2025"),
    Due("interim-review", "interim-review", "IV.2.b", "on occasion"),  # named, never scheduled
    Due("final-review", "final-review", "V.1", "within Y", opens="01/01/2025", due="31/12/2025"),
    Due("unit-annual-awards", "award-round", "IV.2.a", "annual, no date", "2021-2030", modality="encouraged",
        after="phase-2"),
    Due("award-guidance", "guidance", "VI.5", "on occasion"),
    Due("interim-award-nomination", "award-nomination", "IV.2.c", "on occasion", modality="encouraged"),
    Due("interim-dossier-appraisal", "award-appraisal", "IV.2.c", "on occasion"),
    Due("interim-award-round", "award-round", "IV.2.b", "on occasion"),
    Due("final-award-nomination", "award-nomination", "IV.2.c", "on occasion", modality="encouraged"),
    Due("final-dossier-appraisal", "award-appraisal", "IV.2.c", "on occasion"),
    Due("final-award-round", "award-round", "IV.2.b", "on occasion"),
    Due("phase-decision", "phase-decision", "V.2", "on occasion"),
    Due("phase-2-final-consolidated-report", "consolidated-report", "VI.4", "on occasion", bound="31/12/2030",
        after="phase-decision"),
    Due("phase-2-final-review", "final-review", "V.2", "within Y", opens="01/01/2030", due="31/12/2030",
        after="phase-decision"),
]  # fmt: skip
UNITS, COUNCIL, SECRETARIAT = (
    "department! mass-organisation!{}", "province(council)!", "department(council-secretariat)!"
)  # fmt: skip
BOTH_OFFICES = "department(council-secretariat)! department(standing-agency)!"
NOMINATORS = "department+ mass-organisation+{} commune+ enterprise+"
OWED = {
    "issuing": "province(decider)!", "launch": UNITS, "registration": UNITS, "district-pilots": "{}",
    "council-pilots": COUNCIL, "own-plan": UNITS + " enterprise+", "annual-report": UNITS,
    "consolidated-report": BOTH_OFFICES, "interim-consolidated-report": BOTH_OFFICES,
    "final-consolidated-report": BOTH_OFFICES, "phase-2-final-consolidated-report": BOTH_OFFICES,
    "inspection": COUNCIL, "interim-review": COUNCIL, "final-review": COUNCIL, "phase-decision": COUNCIL,
    "phase-2-final-review": COUNCIL, "unit-annual-awards": "department+ mass-organisation+{}",
    "award-guidance": SECRETARIAT, "interim-dossier-appraisal": SECRETARIAT, "interim-award-round": SECRETARIAT,
    "final-dossier-appraisal": SECRETARIAT, "final-award-round": SECRETARIAT,
    "interim-award-nomination": NOMINATORS, "final-award-nomination": NOMINATORS,
}  # fmt: skip


def test_every_duty_and_period_is_that_of_the_hand_made_table() -> None:
    assert listed(ROWS) == [line for due in TABLE for line in due.rows()]
    assert len(ROWS) == 55


def test_who_owes_what_on_both_sides_of_the_day_the_districts_ended() -> None:
    before = {duty.slug: owed_by(PLAN, duty.slug, LAST_DISTRICT_DAY) for duty in PLAN.duties}
    encouraged = {"unit-annual-awards", "interim-award-nomination", "final-award-nomination"}
    assert before == {
        slug: who.format(" district+" if slug in encouraged else " district!").strip() for slug, who in OWED.items()
    }
    after = {duty.slug: owed_by(PLAN, duty.slug, FIRST_NEW_DAY) for duty in PLAN.duties}
    without = {slug: who.format("") for slug, who in OWED.items()}
    # Communes reported through their district; nobody has bound them since, so they are invited.
    assert after == without | {"annual-report": "department! mass-organisation! commune~"}


def test_where_reports_registrations_and_pilots_go() -> None:
    assert sent_to(PLAN, "annual-report") == [("province", "council-secretariat", "để tổng hợp")]
    assert sent_to(PLAN, "district-pilots") == [
        ("council", "council-secretariat", None),
        ("standing-agency", None, None),
    ]
    assert sent_to(PLAN, "registration") == [("council", "council-secretariat", None)]
    assert sent_to(PLAN, "final-award-nomination") == [("council", "council-secretariat", None)]


@pytest.mark.parametrize(
    ("duty", "at", "judgement"),
    [
        ("launch", "2021-12-31 23:59", "on-time"),
        ("launch", "2022-01-01 00:00", "late"),
        ("registration", "2022-01-01 00:00", "late"),
        ("district-pilots", "2021-09-15 08:00", "on-time"),
        ("district-pilots", "2021-12-31 23:59", "on-time"),
        ("district-pilots", "2022-01-01 00:00", "late"),
        ("final-review", "2025-12-31 23:59", "on-time"),
        ("final-review", "2026-01-01 00:00", "late"),
        ("interim-review", "2026-01-01 00:00", None),  # law 4
        ("council-pilots", "2022-06-01 00:00", None),
    ],
)
def test_laws_3_and_4(duty: str, at: str, judgement: str | None) -> None:
    assert judged(row(ROWS, duty), at) == judgement


def test_a_yearly_report_has_no_date_in_any_year() -> None:
    assert {(r.due_on, r.target_on, r.bound_on) for r in ROWS if r.duty == "annual-report"} == {(None, None, None)}


def test_law_9_a_district_names_one_pilot_or_more_the_council_one_or_two() -> None:
    district, council = PLAN.duty("district-pilots").count, PLAN.duty("council-pilots").count
    assert district is not None
    assert (district.min, district.max, district.words) == (1, None, "chọn ít nhất 01 - 02 đơn vị")
    assert council is not None
    assert (council.min, council.max) == (1, 2)


def test_all_of_three_kinds_must_launch_and_register() -> None:
    for duty in ("launch", "registration"):
        coverage = PLAN.duty(duty).coverage
        assert coverage is not None
        assert (coverage.percent, coverage.clause) == (100, "V.1")
        assert {o.kind for o in PLAN.duty(duty).obligors} == {"department", "mass-organisation", "district"}


def test_law_10_phase_2_is_listed_and_waits_for_the_council() -> None:
    conditional = {(r.duty, r.period) for r in ROWS if r.conditional_on == "phase-decision"}
    yearly = {(duty, str(year)) for duty in ("annual-report", "consolidated-report", "unit-annual-awards")
              for year in range(2026, 2031)}  # fmt: skip
    assert conditional == yearly | {("phase-2-final-consolidated-report", "once"), ("phase-2-final-review", "once")}
    assert [p.conditional_on for p in PLAN.phases] == [None, "phase-decision"]
    assert [r.duty for r in ROWS if r.due_on and r.due_on > date(2025, 12, 31)] == ["phase-2-final-review"]


def test_only_the_standing_agency_urges_in_its_own_name() -> None:
    assert [(a.role, a.advises, a.clause) for a in PLAN.acts if a.act == "urge"] == [("standing-agency", None, "VI.4")]
    assert [(a.role, a.advises) for a in PLAN.acts if a.act == "guide"] == [("council-secretariat", "decider")]
    assert [a.role for a in PLAN.acts if a.act == "receive"] == ["council-secretariat", "standing-agency"]
    assert [a.role for a in PLAN.acts if a.act == "decide"] == ["decider", "council"]


def test_number_and_date_found_elsewhere_are_not_in_the_plan() -> None:
    assert (PLAN.instrument.number, PLAN.instrument.date) == (None, None)
    assert "3125/KH-UBND" not in PLAN.text
