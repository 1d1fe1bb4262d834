"""Kiên Giang, written by hand from the draft: every duty, its days, who owes it, where it goes."""

import pytest

from tests.plan_tables import FIRST_NEW_DAY, LAST_DISTRICT_DAY, Due, judged, listed, owed_by, row, rows_of, sent_to

PLAN, ROWS = rows_of("kien-giang")
TABLE = [
    Due("issuing", "launch", "IV.4", "within Q3", opens="01/07/2022", due="30/09/2022"),
    Due("own-plan", "own-plan", "IV.4", "within Q4", opens="01/10/2022", due="31/12/2022"),
    Due("registration", "registration", "IV.4", "within Q4", opens="01/10/2022", due="31/12/2022"),
    Due("registration-summary", "consolidated-report", "V.3.a", "on occasion"),
    Due("annual-report", "annual-report", "VI.1", "annual, no date", "2022-2025"),
    Due("consolidated-report", "consolidated-report", "VI.2", "annual, no date", "2022-2025"),
    Due("interim-consolidated-report", "consolidated-report", "VI.2", "on occasion", bound="31/12/2023"),
    Due("final-consolidated-report", "consolidated-report", "VI.2", "on occasion", bound="31/12/2025"),
    Due("interim-review", "interim-review", "IV.4", "within Q4", opens="01/10/2023", due="31/12/2023"),
    Due("final-review", "final-review", "IV.4", "within Q4", opens="01/10/2025", due="31/12/2025"),
    Due("unit-annual-review", "inspection", "I.2", "annual, no date", "2022-2025", modality="encouraged"),
    Due("unit-interim-review", "interim-review", "I.2", "on occasion", bound="31/12/2023", modality="encouraged"),
    Due("unit-final-review", "final-review", "I.2", "on occasion", bound="31/12/2025", modality="encouraged"),
    Due("contribution-norm", "guidance", "VI.2", "on occasion"),
    Due("annual-scoring", "ranking", "IV.2.a", "annual, no date", "2022-2025"),
    Due("annual-award-nomination", "award-nomination", "VI.1", "annual, no date", "2022-2025", modality="encouraged"),
    Due("annual-award-round", "award-round", "IV.2.a", "annual, no date", "2022-2025"),
    Due("annual-contribution-award-round", "award-round", "IV.2.a", "annual, no date", "2022-2025",
        after="contribution-norm"),
    Due("interim-award-nomination", "award-nomination", "V.3.b", "on occasion", modality="encouraged"),
    Due("interim-achievement-appraisal", "award-appraisal", "V.3.b", "on occasion"),
    Due("interim-dossier-appraisal", "award-appraisal", "V.3.c", "on occasion"),
    Due("interim-award-round", "award-round", "IV.2.b", "on occasion"),
    Due("interim-state-award-round", "award-round", "IV.2.b", "on occasion"),
    Due("final-award-nomination", "award-nomination", "V.3.b", "on occasion", modality="encouraged"),
    Due("final-achievement-appraisal", "award-appraisal", "V.3.b", "on occasion"),
    Due("final-dossier-appraisal", "award-appraisal", "V.3.c", "on occasion"),
    Due("final-award-round", "award-round", "IV.2.c", "on occasion"),
    Due("final-state-award-round", "award-round", "IV.2.c", "on occasion"),
]  # fmt: skip
# Households are participants without duties.
UNITS = "department! mass-organisation! {}commune! enterprise! cooperative! health-facility! school! front?"
OWN_INITIATIVE = "department+ mass-organisation+ front+ {}commune+ enterprise+ cooperative+ health-facility+ school+"
PROVINCE = "province(decider)!"
BOTH_OFFICES = "department(standing-agency)! department(council-secretariat)!"
SECRETARIAT, STANDING = "department(council-secretariat)!", "department(standing-agency)!"
OWED = {
    "issuing": SECRETARIAT, "own-plan": UNITS, "registration": UNITS, "annual-report": UNITS,
    "registration-summary": STANDING, "interim-achievement-appraisal": STANDING,
    "final-achievement-appraisal": STANDING, "consolidated-report": BOTH_OFFICES,
    "interim-consolidated-report": BOTH_OFFICES, "final-consolidated-report": BOTH_OFFICES,
    "interim-review": PROVINCE, "final-review": PROVINCE, "annual-scoring": PROVINCE,
    "unit-annual-review": OWN_INITIATIVE, "unit-interim-review": OWN_INITIATIVE, "unit-final-review": OWN_INITIATIVE,
    "annual-award-nomination": OWN_INITIATIVE, "interim-award-nomination": OWN_INITIATIVE,
    "final-award-nomination": OWN_INITIATIVE, "contribution-norm": SECRETARIAT, "annual-award-round": SECRETARIAT,
    "annual-contribution-award-round": SECRETARIAT, "interim-dossier-appraisal": SECRETARIAT,
    "interim-award-round": SECRETARIAT, "interim-state-award-round": SECRETARIAT,
    "final-dossier-appraisal": SECRETARIAT, "final-award-round": SECRETARIAT, "final-state-award-round": SECRETARIAT,
}  # fmt: skip


def test_every_duty_and_period_is_that_of_the_hand_made_table() -> None:
    assert listed(ROWS) == [line for due in TABLE for line in due.rows()]
    assert len(ROWS) == 49


def test_who_owes_what_on_both_sides_of_the_day_the_districts_ended() -> None:
    """Communes are named by IV.1.a, so they stay bound; the Front is requested on either day."""
    for day, ended in ((LAST_DISTRICT_DAY, False), (FIRST_NEW_DAY, True)):
        found = {duty.slug: owed_by(PLAN, duty.slug, day) for duty in PLAN.duties}
        assert found == {
            slug: who.format("" if ended else "district! " if who == UNITS else "district+ ")
            for slug, who in OWED.items()
        }


def test_registration_is_handed_in_once_and_copied_to_both_offices() -> None:
    both = [("council", "council-secretariat", None), ("province", "standing-agency", "tổng hợp báo cáo UBND tỉnh")]
    assert sent_to(PLAN, "registration") == both
    assert sent_to(PLAN, "own-plan") == both
    assert row(ROWS, "registration").receivers == ("council-secretariat", "standing-agency")
    assert sent_to(PLAN, "annual-report") == [("province", "standing-agency", "để tổng hợp")]


@pytest.mark.parametrize(
    ("duty", "at", "judgement"),
    [
        ("issuing", "2022-09-30 23:59", "on-time"),
        ("issuing", "2022-10-01 00:00", "late"),
        ("own-plan", "2022-12-31 23:59", "on-time"),  # a Saturday; nothing rolls
        ("own-plan", "2023-01-01 00:00", "late"),
        ("registration", "2022-12-31 23:59", "on-time"),
        ("registration", "2023-01-01 00:00", "late"),
        ("interim-review", "2023-12-31 23:59", "on-time"),
        ("interim-review", "2024-01-01 00:00", "late"),
        ("final-review", "2025-12-31 23:59", "on-time"),
        ("final-review", "2026-01-01 00:00", "late"),
        ("unit-interim-review", "2024-06-01 00:00", None),  # only the province's review is dated
    ],
)
def test_laws_3_and_4(duty: str, at: str, judgement: str | None) -> None:
    assert judged(row(ROWS, duty), at) == judgement


def test_a_yearly_report_has_no_date_in_any_year() -> None:
    assert {(r.due_on, r.bound_on) for r in ROWS if r.duty == "annual-report"} == {(None, None)}


def test_the_plan_is_a_draft_without_number_and_date() -> None:
    assert (PLAN.instrument.status, PLAN.instrument.number, PLAN.instrument.date) == ("draft", None, None)
    assert (PLAN.period.first_year, PLAN.period.last_year) == (2022, 2025)


def test_two_offices_urge_each_in_its_own_name() -> None:
    assert [(a.role, a.advises, a.clause) for a in PLAN.acts if a.act == "urge"] == [
        ("standing-agency", None, "VI.5"), ("council-secretariat", None, "VI.2")
    ]  # fmt: skip
    assert [a.role for a in PLAN.acts if a.act == "watch"] == ["standing-agency", "council-secretariat"]


def test_only_awards_for_contributions_wait_for_the_norm() -> None:
    assert {r.duty for r in ROWS if r.conditional_on} == {"annual-contribution-award-round"}


def test_the_season_of_2023_has_an_order() -> None:
    orders = {chain.slug: chain.order for chain in PLAN.chains}
    assert orders["interim-season"] == (
        "unit-interim-review", "interim-consolidated-report", "interim-review", "interim-award-round"
    )  # fmt: skip
    assert orders["interim-awards"] == (
        "interim-award-nomination", "interim-achievement-appraisal", "interim-dossier-appraisal", "interim-award-round"
    )  # fmt: skip
