"""Tuyên Quang, written by hand from the plan: every duty, its days, who owes it, where it goes."""

from datetime import date

import pytest

from config.grammar import Years, parse_years
from tests.plan_tables import FIRST_NEW_DAY, LAST_DISTRICT_DAY, Due, judged, listed, owed_by, row, rows_of, sent_to

PLAN, ROWS = rows_of("tuyen-quang")
TABLE = [
    Due("issuing", "launch", "V.1", "within Q3", opens="12/08/2022", due="30/09/2022"),
    Due("launch", "launch", "V.1", "within Q3", opens="12/08/2022", due="30/09/2022"),
    Due("own-plan", "own-plan", "VI.1", "on occasion"),
    Due("unit-annual-review", "interim-review", "III.6", "annual, no date", "2022-2030", modality="encouraged",
        after="phase-2"),
    Due("unit-annual-awards", "award-round", "IV.2", "annual, no date", "2022-2030", modality="encouraged",
        after="phase-2"),
    Due("interim-review", "interim-review", "V.1", "within Y", opens="01/01/2023", due="31/12/2023", confirmed=False),
    Due("final-review", "final-review", "V.1", "within Y", opens="01/01/2025", due="31/12/2025"),
    Due("interim-report", "interim-report", "VI.6", "on occasion", bound="31/12/2023", after="interim-review"),
    Due("final-report", "final-report", "VI.6", "on occasion", bound="31/12/2025"),
    Due("periodic-report", "consolidated-report", "VI.4", "on occasion"),  # "định kỳ": no period is named
    Due("interim-consolidated-report", "consolidated-report", "VI.5", "on occasion", bound="31/12/2023",
        after="interim-review"),
    Due("final-consolidated-report", "consolidated-report", "VI.5", "on occasion", bound="31/12/2025"),
    Due("award-guidance", "guidance", "IV.3.2", "on occasion", bound="31/12/2025"),
    Due("final-award-nomination", "award-nomination", "IV.3.2", "on occasion", modality="encouraged"),
    Due("final-dossier-appraisal", "award-appraisal", "IV.3.2", "on occasion"),
    Due("final-award-round", "award-round", "IV.3.2", "on occasion"),
    Due("unit-final-awards", "award-round", "IV.3.1.c", "on occasion", modality="encouraged"),
    Due("phase-decision", "phase-decision", "V.2", "on occasion"),
    Due("phase-2-final-report", "final-report", "VI.6", "on occasion", bound="31/12/2030", after="phase-decision"),
    Due("phase-2-final-consolidated-report", "consolidated-report", "VI.5", "on occasion", bound="31/12/2030",
        after="phase-decision"),
    Due("phase-2-final-review", "final-review", "V.2", "within Y", opens="01/01/2030", due="31/12/2030",
        after="phase-decision"),
]  # fmt: skip
UNITS = "department! mass-organisation!{} enterprise! cooperative!"
OWN_INITIATIVE = "department+ mass-organisation+{} enterprise+ cooperative+"
BOTH_OFFICES = "department(standing-agency)! department(screener)!"
OWED = {
    "issuing": "province(decider)!", "launch": UNITS, "own-plan": UNITS,
    "unit-annual-review": OWN_INITIATIVE, "unit-annual-awards": OWN_INITIATIVE, "unit-final-awards": OWN_INITIATIVE,
    "final-award-nomination": OWN_INITIATIVE, "interim-review": "province(decider)!",
    "final-review": "province(decider)!", "interim-report": UNITS, "final-report": UNITS,
    "phase-2-final-report": UNITS, "periodic-report": "department(standing-agency)!",
    "interim-consolidated-report": BOTH_OFFICES, "final-consolidated-report": BOTH_OFFICES,
    "phase-2-final-consolidated-report": BOTH_OFFICES, "award-guidance": "department(screener)!",
    "final-dossier-appraisal": "department(appraiser)!", "final-award-round": "department(screener)!",
    "phase-decision": "province(decider)!", "phase-2-final-review": "province(decider)!",
}  # fmt: skip


def test_every_duty_and_period_is_that_of_the_hand_made_table() -> None:
    """Nothing for 2021: the year was over when the plan was issued."""
    assert listed(ROWS) == [line for due in TABLE for line in due.rows()]
    assert len(ROWS) == 37


def test_who_owes_what_on_both_sides_of_the_day_the_districts_ended() -> None:
    encouraged = {"unit-annual-review", "unit-annual-awards", "unit-final-awards", "final-award-nomination"}
    before = {duty.slug: owed_by(PLAN, duty.slug, LAST_DISTRICT_DAY) for duty in PLAN.duties}
    assert before == {
        slug: who.format(" district+" if slug in encouraged else " district!") for slug, who in OWED.items()
    }
    after = {duty.slug: owed_by(PLAN, duty.slug, FIRST_NEW_DAY) for duty in PLAN.duties}
    # The defined term leaves communes out: they reported through their district and are invited since.
    invited = {slug: OWED[slug].format(" commune~") for slug in ("final-report", "phase-2-final-report")}
    assert after == {slug: who.format("") for slug, who in OWED.items()} | invited


def test_where_reports_and_awards_go() -> None:
    for report in ("interim-report", "final-report", "phase-2-final-report"):
        assert sent_to(PLAN, report) == [("province", "standing-agency", "để tổng hợp")]
    assert sent_to(PLAN, "final-award-nomination") == [("screener", None, None)]
    assert sent_to(PLAN, "final-award-round") == [
        ("steering-committee", None, "xin ý kiến"), ("decider", "appraiser", "để thẩm định")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("duty", "at", "judgement"),
    [
        ("launch", "2022-08-12 08:00", "on-time"),
        ("launch", "2022-09-30 23:59", "on-time"),
        ("launch", "2022-10-01 00:00", "late"),
        ("final-review", "2025-12-31 23:59", "on-time"),
        ("final-review", "2026-01-01 00:00", "late"),
        ("final-report", "2026-02-01 00:00", None),
        ("periodic-report", "2030-12-31 00:00", None),
        ("own-plan", "2024-01-01 00:00", None),
    ],
)
def test_laws_2_and_4(duty: str, at: str, judgement: str | None) -> None:
    assert judged(row(ROWS, duty), at) == judgement


def test_all_named_units_must_launch() -> None:
    coverage = PLAN.duty("launch").coverage
    assert coverage is not None
    assert (coverage.percent, coverage.words) == (100, "100% các cơ quan, tổ chức, đơn vị tổ chức phát động")


def test_law_10_no_yearly_report_is_invented_and_phase_2_waits_for_its_decision() -> None:
    assert [r.duty for r in ROWS if r.kind in ("annual-report", "ad-hoc-report")] == []
    assert {r.duty: r.modality for r in ROWS if r.rule == "annual, no date"} == {
        "unit-annual-review": "encouraged", "unit-annual-awards": "encouraged"
    }  # fmt: skip
    assert sent_to(PLAN, "unit-annual-review") == []
    later = [r for r in ROWS if (r.period.isdigit() and int(r.period) > 2025) or r.duty.startswith("phase-2-")]
    assert len(later) == 13
    assert {r.conditional_on for r in later} == {"phase-decision"}
    assert [r.duty for r in ROWS if r.due_on and r.due_on > date(2025, 12, 31)] == ["phase-2-final-review"]


def test_the_year_2025_belongs_to_phase_1() -> None:
    assert [(p.slug, *PLAN.years_of(each)) for p, each in zip(PLAN.phases, _years(), strict=True)] == [
        ("phase-1", 2021, 2022, 2023, 2024, 2025), ("phase-2", 2026, 2027, 2028, 2029, 2030)
    ]  # fmt: skip
    assert row(ROWS, "unit-annual-review", "2025").conditional_on is None


def test_only_the_interim_review_waits_for_confirmation() -> None:
    assert [r.duty for r in ROWS if not r.confirmed] == ["interim-review"]
    assert {r.duty for r in ROWS if r.conditional_on == "interim-review"} == {
        "interim-report", "interim-consolidated-report"
    }  # fmt: skip
    assert [r.duty for r in ROWS if r.kind == "award-round" and "interim" in r.duty] == []  # no awards at it


def test_so_noi_vu_urges_in_its_own_name() -> None:
    assert [(a.role, a.advises, a.clause) for a in PLAN.acts if a.act == "urge"] == [("standing-agency", None, "VI.4")]
    assert PLAN.holder_of("standing-agency", date(2026, 11, 24)) == "08-so-noi-vu"
    assert [PLAN.holder_of("screener", day) for day in (date(2025, 2, 28), date(2025, 3, 1))] == [
        "08-so-tttt", "08-so-khcn"
    ]  # fmt: skip


def _years() -> tuple[Years, Years]:
    return parse_years("phase-1.each"), parse_years("phase-2.each")
