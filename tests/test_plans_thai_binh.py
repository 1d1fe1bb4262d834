"""Thái Bình, written by hand from the plan: every duty, its days, who owes it, where it goes."""

import pytest

from tests.plan_tables import FIRST_NEW_DAY, LAST_DISTRICT_DAY, Due, judged, listed, owed_by, row, rows_of, sent_to

PLAN, ROWS = rows_of("thai-binh")
TABLE = [
    Due("own-plan", "own-plan", "V.1", "within Q4", opens="01/10/2023", due="31/12/2023"),
    Due("unit-interim-review", "interim-review", "V.1", "within Q4", opens="01/10/2024", due="31/12/2024"),
    Due("unit-final-review", "final-review", "V.1", "within Q4", opens="01/10/2025", due="31/12/2025"),
    Due("interim-review", "interim-review", "V.2", "within Q4", opens="01/10/2024", due="31/12/2024"),
    Due("final-review", "final-review", "V.2", "on occasion"),  # "vào dịp tổng kết năm 2025" is no date
    Due("interim-report", "interim-report", "VI.1", "on occasion", bound="31/12/2024"),
    Due("final-report", "final-report", "VI.1", "on occasion", bound="31/12/2025"),
    Due("consolidated-report", "consolidated-report", "VI.5", "annual, no date", "2023-2025"),
    Due("interim-consolidated-report", "consolidated-report", "VI.5", "on occasion", bound="31/12/2024"),
    Due("final-consolidated-report", "consolidated-report", "VI.5", "on occasion", bound="31/12/2025"),
    Due("review-guidance", "guidance", "VI.5", "on occasion"),
    Due("unit-ranking", "ranking", "IV.3", "on occasion"),
    Due("unit-interim-awards", "award-round", "VI.1", "on occasion"),
    Due("interim-award-nomination", "award-nomination", "VI.1", "on occasion"),
    Due("interim-award-round", "award-round", "VI.4", "on occasion"),
    Due("interim-dossier-appraisal", "award-appraisal", "VI.5", "on occasion"),
    Due("unit-final-awards", "award-round", "VI.1", "on occasion"),
    Due("final-award-nomination", "award-nomination", "VI.1", "on occasion"),
    Due("final-award-round", "award-round", "VI.4", "on occasion"),
    Due("final-dossier-appraisal", "award-appraisal", "VI.5", "on occasion"),
]
UNITS, NOMINATORS = "department! {}commune!", "department! {}commune! business-association! mass-organisation+"
OWED = {
    "own-plan": UNITS, "unit-interim-review": UNITS, "unit-final-review": "department! commune!",
    "interim-report": UNITS, "final-report": UNITS, "unit-interim-awards": UNITS, "unit-final-awards": UNITS,
    "interim-award-nomination": NOMINATORS, "final-award-nomination": NOMINATORS,
    "interim-review": "province(decider)!", "final-review": "province(decider)!", "unit-ranking": "province(decider)!",
    "consolidated-report": "department(standing-agency)!",
    "interim-consolidated-report": "department(standing-agency)!",
    "final-consolidated-report": "department(standing-agency)!",
    "review-guidance": "department(standing-agency)!",
    "interim-award-round": "department(screener)!", "final-award-round": "department(screener)!",
    "interim-dossier-appraisal": "department(appraiser)!", "final-dossier-appraisal": "department(appraiser)!",
}  # fmt: skip


def test_every_duty_and_period_is_that_of_the_hand_made_table() -> None:
    assert listed(ROWS) == [line for due in TABLE for line in due.rows()]
    assert len(ROWS) == 22


def test_who_owes_what_on_both_sides_of_the_day_the_districts_ended() -> None:
    """Communes are participants by IV.1.a, so they stay bound; enterprises and sub-units join by list only."""
    for day, districts in ((LAST_DISTRICT_DAY, "district! "), (FIRST_NEW_DAY, "")):
        found = {duty.slug: owed_by(PLAN, duty.slug, day) for duty in PLAN.duties}
        assert found == {slug: who.format(districts) for slug, who in OWED.items()}


def test_the_districts_are_gone_before_the_quarter_of_the_final_review() -> None:
    assert [o.kind for o in row(ROWS, "unit-final-review").obligors] == ["department", "commune"]
    assert [o.kind for o in row(ROWS, "unit-interim-review").obligors] == ["department", "district", "commune"]


def test_reports_go_to_so_noi_vu_and_nominations_through_so_tttt() -> None:
    for report in ("interim-report", "final-report"):
        assert sent_to(PLAN, report) == [("standing-agency", None, None)]
    for nomination in ("interim-award-nomination", "final-award-nomination"):
        assert sent_to(PLAN, nomination) == [("decider", "screener", None)]
    assert sent_to(PLAN, "own-plan") == []  # the plan does not say where the units' plans go


@pytest.mark.parametrize(
    ("duty", "at", "judgement"),
    [
        ("own-plan", "2023-12-31 23:59", "on-time"),  # a Sunday; nothing rolls
        ("own-plan", "2024-01-01 00:00", "late"),
        ("unit-interim-review", "2024-09-30 10:00", "on-time"),  # before its quarter: early is no breach
        ("unit-interim-review", "2024-12-31 23:59", "on-time"),
        ("unit-interim-review", "2025-01-01 00:00", "late"),
        ("interim-review", "2024-12-31 23:59", "on-time"),
        ("interim-review", "2025-01-01 00:00", "late"),
        ("unit-final-review", "2025-12-31 23:59", "on-time"),
        ("unit-final-review", "2026-01-01 00:00", "late"),
        ("final-review", "2026-02-01 00:00", None),  # law 4: undated is never late
        ("interim-report", "2025-02-01 00:00", None),  # a bound makes nobody late
    ],
)
def test_laws_3_and_4(duty: str, at: str, judgement: str | None) -> None:
    assert judged(row(ROWS, duty), at) == judgement


def test_law_10_no_yearly_report_of_units_is_invented() -> None:
    assert [r.duty for r in ROWS if r.kind in ("annual-report", "ad-hoc-report")] == []
    yearly = {r.duty for r in ROWS if r.rule == "annual, no date"}
    assert yearly == {"consolidated-report"}  # Sở Nội vụ's own yearly report has a part about the campaign


def test_only_the_office_that_may_urge_urges() -> None:
    """VI.5 gives it to Sở Nội vụ in its own name; VI.4 lets Sở TT&TT guide the index."""
    assert [(a.role, a.advises, a.clause) for a in PLAN.acts if a.act == "urge"] == [("standing-agency", None, "VI.5")]
    assert {(a.act, a.role) for a in PLAN.acts} == {
        ("urge", "standing-agency"), ("guide", "standing-agency"), ("guide", "screener"),
        ("receive", "standing-agency"), ("receive", "screener"), ("watch", "standing-agency"),
        ("extend", "decider"), ("decide", "decider"),
    }  # fmt: skip


def test_number_and_date_found_elsewhere_are_not_in_the_plan() -> None:
    assert (PLAN.instrument.number, PLAN.instrument.date) == (None, None)
    assert "161/KH-UBND" not in PLAN.text


def test_the_season_of_2024_has_an_order() -> None:
    orders = {chain.slug: chain.order for chain in PLAN.chains}
    assert orders["interim-season"] == (
        "unit-interim-review", "interim-report", "interim-consolidated-report", "interim-review", "interim-award-round"
    )  # fmt: skip
    assert [m.kind for m in PLAN.duty("interim-consolidated-report").milestones] == [
        "cut-off", "draft", "comment", "signature"
    ]  # fmt: skip
