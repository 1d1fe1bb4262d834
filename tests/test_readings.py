"""Every row marked H of docs/readings.md is shown by a test here."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from config.plan import Plan, Reading, load_plan, plan_path
from deadlines.caps import Nominee, listed
from deadlines.duties import expand_duties, obligors_on, with_date
from deadlines.explain import explain
from deadlines.ladders import plan_cohort
from deadlines.rulings import plan_under
from tests.plan_tables import CALENDAR, FIRST_NEW_DAY, LAST_DISTRICT_DAY, judged, owed_by, row, rows_of, sent_to

PLANS = {key: load_plan(plan_path(key)) for key in ("dien-bien", "hai-duong", "kien-giang", "thai-binh", "tuyen-quang")}
ROWS = {key: expand_duties(plan, CALENDAR) for key, plan in PLANS.items()}
PAGE = (Path(__file__).parents[1] / "docs" / "readings.md").read_text(encoding="utf-8")
SHOWN: dict[str, str] = {}


def shows(row_id: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Mark the test that would fail if the reading of this row were dropped."""

    def marked(test: Callable[[], None]) -> Callable[[], None]:
        assert row_id not in SHOWN, row_id
        SHOWN[row_id] = test.__name__
        return test

    return marked


def reading(plan: str, slug: str) -> Reading:
    """Return a reading of a plan file."""
    (found,) = [r for r in PLANS[plan].readings if r.slug == slug]
    return found


def page_rows() -> dict[str, tuple[str, str]]:
    """Return the rows of the page: id → severity, where it shows."""
    found = {}
    for line in PAGE.splitlines():
        if match := re.match(r"\| (A-[A-Z]+-\d+) \| ([HML]) \|", line):
            found[match[1]] = (match[2], line.rstrip("| ").rsplit(" | ", 1)[-1])
    return found


# ── across the provinces ───────────────────────────────────────────────────────────────────────
@shows("A-X-01")
def test_three_grammars_of_time() -> None:
    strict = row(ROWS["dien-bien"], "annual-report", "2024")
    assert [judged(strict, at) for at in ("2024-11-14 23:59", "2024-11-15 00:00")] == ["on-time", "late"]
    inclusive = row(ROWS["dien-bien"], "own-plan")
    assert [judged(inclusive, at) for at in ("2023-09-30 23:59", "2023-10-01 00:00")] == ["on-time", "late"]
    window = row(ROWS["thai-binh"], "unit-interim-review")
    assert window.opens_on == date(2024, 10, 1)
    assert judged(window, "2024-05-01 09:00") == "on-time"  # before the window: early is no breach


@shows("A-X-02")
def test_a_day_off_moves_nothing_in_silence() -> None:
    offs = [
        ("dien-bien", "own-plan", "once", date(2023, 9, 30), date(2023, 9, 29)),
        ("dien-bien", "annual-report", "2026", date(2026, 11, 14), date(2026, 11, 13)),
        ("kien-giang", "registration", "once", date(2022, 12, 31), date(2022, 12, 30)),
        ("thai-binh", "own-plan", "once", date(2023, 12, 31), date(2023, 12, 29)),
        ("kien-giang", "interim-review", "once", date(2023, 12, 31), date(2023, 12, 29)),
    ]
    for plan, duty, period, due, target in offs:
        found = row(ROWS[plan], duty, period)
        assert (found.due_on, found.target_on) == (due, target)
        assert found.roll_note is not None
    assert [key for key, plan in PLANS.items() if plan.roll_over] == []


@shows("A-X-03")
def test_yearly_without_a_date_is_never_late_until_a_ruling() -> None:
    for plan, duty in (
        ("hai-duong", "annual-report"),
        ("kien-giang", "annual-report"),
        ("tuyen-quang", "unit-annual-review"),
    ):
        found = row(ROWS[plan], duty, "2024")
        assert (found.due_on, found.bound_on, judged(found, "2030-01-01 00:00")) == (None, None, None)
        cohort = plan_cohort(
            modality="mandated", due_on=found.due_on, target_on=found.target_on, confirmed=found.confirmed,
            ladder=PLANS[plan].ladders["mandated"], cause="plan", since=date(2021, 1, 1), decided_at=None,
            calendar=CALENDAR,
        )  # fmt: skip
        assert cohort.steps == ()
        ruled = with_date(found, date(2024, 12, 10), CALENDAR)
        assert [judged(ruled, at) for at in ("2024-12-10 23:59", "2024-12-11 00:00")] == ["on-time", "late"]


@shows("A-X-04")
def test_what_meets_in_one_quarter_has_an_order_and_bounds() -> None:
    order = [
        "unit-interim-review",
        "interim-report",
        "interim-consolidated-report",
        "interim-review",
        "interim-award-round",
    ]
    for plan in ("thai-binh", "kien-giang"):
        chain = next(chain for chain in PLANS[plan].chains if chain.slug == "interim-season")
        existing = {duty.slug for duty in PLANS[plan].duties}
        assert list(chain.order) == [slug for slug in order if slug in existing]
    assert "interim-report" not in {duty.slug for duty in PLANS["kien-giang"].duties}  # units report yearly there
    for plan, year in (("thai-binh", 2024), ("kien-giang", 2023), ("dien-bien", 2025)):
        report = row(ROWS[plan], "interim-consolidated-report")
        assert (report.due_on, report.bound_on) == (None, date(year, 12, 31))
        assert judged(report, f"{year + 1}-03-01 00:00") is None


@shows("A-X-05")
def test_only_who_is_bound_is_chased() -> None:
    """The Front is requested everywhere it owes something; what is "chủ động" is encouraged and left alone."""
    for plan in PLANS.values():
        fronts = {o.modality for duty in plan.duties for o in duty.obligors if o.kind == "front"}
        assert "mandated" not in fronts
        for duty in plan.duties:
            for o in duty.obligors:
                kinds = {rung.kind for rung in plan.ladder_for(duty.slug, o.modality)}
                allowed = {"mandated": {"remind", "overdue", "brief"}, "encouraged": set()}.get(o.modality, {"remind"})
                assert kinds <= allowed
    assert {o.modality for o in PLANS["tuyen-quang"].duty("unit-annual-review").obligors} == {"encouraged"}
    assert owed_by(PLANS["kien-giang"], "annual-report", LAST_DISTRICT_DAY).endswith(" front?")


@shows("A-X-07")
def test_districts_end_and_roles_go_on() -> None:
    for key, plan in PLANS.items():
        after = {o.kind for duty in plan.duties for o in obligors_on(duty, FIRST_NEW_DAY)}
        before = {o.kind for duty in plan.duties for o in obligors_on(duty, LAST_DISTRICT_DAY)}
        assert before - after == {"district"}, key
    days = (date(2025, 2, 28), date(2025, 3, 1), FIRST_NEW_DAY)
    standing = {key: [plan.holder_of("standing-agency", day) for day in days] for key, plan in PLANS.items()}
    assert standing == {
        "dien-bien": ["11-so-tttt", "11-so-khcn", "11-so-khcn"],
        "hai-duong": ["30-so-tttt", "30-so-khcn", "31-so-khcn"],
        "kien-giang": ["91-so-tttt", "91-so-khcn", "91-so-khcn"],
        "thai-binh": ["34-so-noi-vu", "34-so-noi-vu", "33-so-noi-vu"],
        "tuyen-quang": ["08-so-noi-vu", "08-so-noi-vu", "08-so-noi-vu"],
    }
    # Named by the plan itself: bound after the districts. Known only through a district: invited.
    reports = {key: "final-report" if key in ("thai-binh", "tuyen-quang") else "annual-report" for key in PLANS}
    communes = {
        key: [o.modality for o in obligors_on(PLANS[key].duty(duty), FIRST_NEW_DAY) if o.kind == "commune"]
        for key, duty in reports.items()
    }
    assert communes == {
        "dien-bien": ["invited"], "hai-duong": ["invited"], "kien-giang": ["mandated"], "thai-binh": ["mandated"],
        "tuyen-quang": ["invited"],
    }  # fmt: skip


# ── Thái Bình ──────────────────────────────────────────────────────────────────────────────────
@shows("A-TB-05")
def test_thai_binh_binds_departments_districts_and_communes_by_default() -> None:
    found = reading("thai-binh", "TB-05")
    for duty in found.duties:
        district = "" if duty == "unit-final-review" else "district! "  # they had ended before its quarter
        assert owed_by(PLANS["thai-binh"], duty, LAST_DISTRICT_DAY) == f"department! {district}commune!"
    kinds = {o.kind for duty in PLANS["thai-binh"].duties for o in duty.obligors}
    assert not kinds & {"enterprise", "sub-unit"}
    assert len(found.duties) == 5


@shows("A-TB-06")
def test_thai_binh_units_and_province_review_in_one_quarter_and_the_report_has_a_bound_only() -> None:
    assert reading("thai-binh", "TB-06").duties[0] == "unit-interim-review"
    rows = ROWS["thai-binh"]
    assert row(rows, "unit-interim-review").due_on == row(rows, "interim-review").due_on == date(2024, 12, 31)
    report = row(rows, "interim-report")
    assert (report.due_on, report.bound_on) == (None, date(2024, 12, 31))


@shows("A-TB-07")
def test_thai_binh_final_review_is_an_occasion() -> None:
    final = row(ROWS["thai-binh"], "final-review")
    assert (final.due_on, final.bound_on, final.rule) == (None, None, "on occasion")
    assert "31/12/2025" in reading("thai-binh", "TB-07").reading  # suggested to whoever decides, nothing more


# ── Hải Dương ──────────────────────────────────────────────────────────────────────────────────
@shows("A-HD-01")
def test_hai_duong_phase_2_is_conditional() -> None:
    assert reading("hai-duong", "HD-01").duties[0] == "phase-decision"
    for found in ROWS["hai-duong"]:
        after_2025 = (found.period.isdigit() and int(found.period) > 2025) or found.duty.startswith("phase-2-")
        assert found.conditional_on == ("phase-decision" if after_2025 else None), (found.duty, found.period)


@shows("A-HD-02")
def test_hai_duong_2020_is_a_slip() -> None:
    assert reading("hai-duong", "HD-02").words == "giai đoạn 2020 - 2025"
    assert PLANS["hai-duong"].period.first_year == 2021
    days = [day for r in ROWS["hai-duong"] for day in (r.opens_on, r.due_on, r.bound_on) if day]
    assert min(days) == date(2021, 10, 1)


@shows("A-HD-03")
def test_hai_duong_interim_review_is_named_and_undated() -> None:
    assert "interim-review" in reading("hai-duong", "HD-03").duties
    for duty in ("interim-review", "interim-consolidated-report", "interim-award-round"):
        found = row(ROWS["hai-duong"], duty)
        assert (found.due_on, found.bound_on) == (None, None)


@shows("A-HD-04")
def test_hai_duong_reports_go_to_so_noi_vu_and_two_offices_consolidate() -> None:
    plan = PLANS["hai-duong"]
    assert "annual-report" in reading("hai-duong", "HD-04").duties
    assert sent_to(plan, "annual-report") == [("province", "council-secretariat", "để tổng hợp")]
    assert row(ROWS["hai-duong"], "annual-report", "2023").receivers == ("council-secretariat",)
    assert ("watch", "standing-agency") in {(act.act, act.role) for act in plan.acts}
    assert {o.role for o in plan.duty("consolidated-report").obligors} == {"council-secretariat", "standing-agency"}


# ── Điện Biên ──────────────────────────────────────────────────────────────────────────────────
@shows("A-DB-01")
def test_dien_bien_dates_return_every_year_from_2023() -> None:
    found = [(r.period, r.due_on) for r in ROWS["dien-bien"] if r.duty == "annual-report"]
    assert found == [(str(year), date(year, 11, 14)) for year in range(2023, 2031)]
    found = [(r.period, r.due_on) for r in ROWS["dien-bien"] if r.rule == "before 5/12"]
    assert found == [(str(year), date(year, 12, 4)) for year in range(2023, 2031)]


@shows("A-DB-09")
def test_dien_bien_communes_report_through_their_district_and_the_front_is_asked() -> None:
    who = owed_by(PLANS["dien-bien"], "annual-report", LAST_DISTRICT_DAY)
    assert who == "department! mass-organisation! district! enterprise! front?"


@shows("A-DB-10")
def test_dien_bien_one_report_two_receivers() -> None:
    assert sent_to(PLANS["dien-bien"], "annual-report") == [
        ("province", "standing-agency", "để tổng hợp"),
        ("province", "council-secretariat", "để theo dõi"),
    ]


# ── Tuyên Quang ────────────────────────────────────────────────────────────────────────────────
@shows("A-TQ-01")
def test_tuyen_quang_2025_belongs_to_phase_1() -> None:
    plan = PLANS["tuyen-quang"]
    assert "phase-decision" in reading("tuyen-quang", "TQ-01").duties
    phases = [plan.phase_of(year) for year in (2025, 2026)]
    assert [phase.slug for phase in phases if phase] == ["phase-1", "phase-2"]
    assert row(ROWS["tuyen-quang"], "final-review").conditional_on is None
    assert row(ROWS["tuyen-quang"], "phase-2-final-review").conditional_on == "phase-decision"


@shows("A-TQ-03")
def test_tuyen_quang_so_thong_tin_is_so_tttt() -> None:
    assert reading("tuyen-quang", "TQ-03").words == "Sở Thông tin chủ trì"
    assert PLANS["tuyen-quang"].holder_of("screener", date(2024, 1, 1)) == "08-so-tttt"
    assert owed_by(PLANS["tuyen-quang"], "award-guidance", LAST_DISTRICT_DAY) == "department(screener)!"


@shows("A-TQ-04")
def test_tuyen_quang_interim_review_waits_to_be_confirmed() -> None:
    assert "interim-report" in reading("tuyen-quang", "TQ-04").duties
    review = row(ROWS["tuyen-quang"], "interim-review")
    assert (review.opens_on, review.due_on, review.confirmed) == (date(2023, 1, 1), date(2023, 12, 31), False)
    assert row(ROWS["tuyen-quang"], "interim-report").conditional_on == "interim-review"


@shows("A-TQ-05")
def test_tuyen_quang_has_no_yearly_report_of_units() -> None:
    assert "periodic-report" in reading("tuyen-quang", "TQ-05").duties
    assert [r for r in ROWS["tuyen-quang"] if r.kind == "annual-report"] == []
    periodic = row(ROWS["tuyen-quang"], "periodic-report")
    assert (periodic.rule, periodic.due_on, [o.role for o in periodic.obligors]) == (
        "on occasion",
        None,
        ["standing-agency"],
    )


@shows("A-TQ-06")
def test_tuyen_quang_communes_go_through_their_district() -> None:
    plan = PLANS["tuyen-quang"]
    assert "launch" in reading("tuyen-quang", "TQ-06").duties
    before = {o.kind for duty in plan.duties for o in obligors_on(duty, LAST_DISTRICT_DAY)}
    assert "commune" not in before
    after = {o.modality for duty in plan.duties for o in obligors_on(duty, FIRST_NEW_DAY) if o.kind == "commune"}
    assert after == {"invited"}


# ── Kiên Giang ─────────────────────────────────────────────────────────────────────────────────
@shows("A-KG-01")
def test_kien_giang_is_a_draft_with_every_date_computed() -> None:
    plan, rows = rows_of("kien-giang")
    assert reading("kien-giang", "KG-01").duties == ("issuing",)
    assert (plan.instrument.status, plan.instrument.number, plan.instrument.date) == ("draft", None, None)
    assert sum(r.due_on is not None for r in rows) == 5


@shows("A-KG-02")
def test_kien_giang_runs_from_2022() -> None:
    assert reading("kien-giang", "KG-02").words == "giai đoạn 2021-2025 của UBND tỉnh Kiên Giang"
    assert {r.period for r in ROWS["kien-giang"]} == {"once", "2022", "2023", "2024", "2025"}


@shows("A-KG-04")
def test_kien_giang_two_standing_offices_are_two_roles() -> None:
    plan = PLANS["kien-giang"]
    assert "annual-report" in reading("kien-giang", "KG-04").duties
    assert plan.holder_of("council-secretariat", date(2024, 1, 1)) == "91-so-noi-vu"
    assert plan.holder_of("standing-agency", date(2024, 1, 1)) == "91-so-tttt"
    for act in ("urge", "watch"):
        assert {a.role for a in plan.acts if a.act == act} == {"standing-agency", "council-secretariat"}
    assert row(ROWS["kien-giang"], "annual-report", "2024").receivers == ("standing-agency",)


@shows("A-KG-06")
def test_kien_giang_registration_is_one_for_two_offices_by_the_end_of_2022() -> None:
    assert "registration" in reading("kien-giang", "KG-06").duties
    registration = row(ROWS["kien-giang"], "registration")
    assert (registration.receivers, registration.due_on) == (
        ("council-secretariat", "standing-agency"),
        date(2022, 12, 31),
    )


@shows("A-KG-13")
def test_kien_giang_contribution_awards_wait_for_the_norm() -> None:
    assert "contribution-norm" in reading("kien-giang", "KG-13").duties
    rounds = [r for r in ROWS["kien-giang"] if r.duty == "annual-contribution-award-round"]
    assert [(r.period, r.conditional_on) for r in rounds] == [(str(y), "contribution-norm") for y in range(2022, 2026)]
    assert row(ROWS["kien-giang"], "annual-award-round", "2022").conditional_on is None


# ── awards and targets: what whoever appraises is told, and an officer may settle otherwise ────
def told_to_the_appraiser(plan: str, slug: str, duty: str, *says: str) -> None:
    """Assert that `explain` shows the literal words with how they are read, and that a ruling may settle otherwise."""
    entry = reading(plan, slug)
    shown_of = next(r for r in ROWS[plan] if r.duty == duty)
    lines = [line for line in explain(PLANS[plan], shown_of, CALENDAR) if line.startswith(f"Cách hiểu {slug},")]
    assert len(lines) == 1, (plan, slug, duty)
    assert f"mục {entry.clause}, “{entry.words}”" in lines[0]
    assert "(chưa có quyết định khác)" in lines[0]
    for word in says:
        assert word in lines[0], (slug, word)
    ruled = {"readings": {slug: {"operative": "Cách hiểu khác.", "by": "Hội đồng mẫu", "on": "2026-01-02"}}}
    settled = explain(plan_under(PLANS[plan], ruled), shown_of, CALENDAR)
    assert (
        f"Cách hiểu {slug}, mục {entry.clause}, “{entry.words}”: Cách hiểu khác. (quyết định: Hội đồng mẫu)" in settled
    )


def figures(plan: str, duty: str, period: str = "") -> list[str]:
    """Return the lines of `explain` that say in figures what a duty's readings mean, without where they stand."""
    shown_of = next(r for r in ROWS[plan] if r.duty == duty and period in ("", r.period))
    begins = (
        "Số lượng",
        "Tập thể, cá nhân ngoài",
        "Đã được",
        "Vượt mục tiêu",
        "Xếp hạng",
        "So sánh",
        "Luật có hiệu lực",
    )
    lines = explain(PLANS[plan], shown_of, CALENDAR)
    return [re.sub(r"; (mục [IV]+\.|theo cách hiểu ).*?(?=\.$|\. Lưu ý)", "", x) for x in lines if x.startswith(begins)]


@shows("A-X-09")
def test_comparators_stay_as_written_and_are_read_each_in_its_own_way() -> None:
    told_to_the_appraiser(
        "dien-bien", "DB-X-09", "consolidated-report", "“Khoảng” không tự kết luận",
        "“trên” thì bằng đúng mức là chưa đạt", "“tối thiểu” và tỷ lệ không kèm chữ nào thì bằng đúng mức là đạt",
    )  # fmt: skip
    assert figures("dien-bien", "consolidated-report") == [
        "So sánh với mục tiêu, “trên”: đúng 70 là chưa đạt.",
        "So sánh với mục tiêu, “tối thiểu”: đúng 10 là đạt.",
        "So sánh với mục tiêu, “… trở lên”: đúng 55 là đạt.",
        "So sánh với mục tiêu, “khoảng”: từ 40 trở xuống: người thẩm định xem xét, không tự kết luận.",
    ]
    told_to_the_appraiser("kien-giang", "KG-X-09", "annual-scoring", "“Trên” thì bằng đúng mức là chưa đạt")
    for plan, duty in (("hai-duong", "final-award-round"), ("tuyen-quang", "final-award-round")):
        told_to_the_appraiser(plan, "HD-X-09" if plan == "hai-duong" else "TQ-X-09", duty, "bằng đúng mức là đạt")
    told_to_the_appraiser("thai-binh", "TB-X-09", "unit-ranking", "“Từ … trở lên” và tỷ lệ không kèm chữ nào")
    read = {key: [(word.word, word.how) for word in plan.comparators] for key, plan in PLANS.items()}
    assert read == {
        "dien-bien": [("trên", ">"), ("tối thiểu", ">="), ("… trở lên", ">="), ("khoảng", "about")],
        "hai-duong": [("tối thiểu", ">=")],
        "kien-giang": [("trên", ">"), ("tối thiểu", ">=")],
        "thai-binh": [("từ … trở lên", ">=")],
        "tuyen-quang": [("tối thiểu", ">=")],
    }


@shows("A-X-12")
def test_the_law_in_force_on_the_day_prevails_over_a_plans_caps() -> None:
    for plan, duty in (
        ("dien-bien", "annual-award-round"), ("hai-duong", "final-award-round"), ("thai-binh", "final-award-round"),
        ("tuyen-quang", "final-award-round"), ("kien-giang", "final-award-nomination"),
    ):  # fmt: skip
        slug = f"{''.join(word[0] for word in plan.replace('dien', 'd').split('-')).upper()}-X-12"
        told_to_the_appraiser(plan, slug, duty, "06/2022/QH15 có hiệu lực từ 01/01/2024", "thì theo luật")
        assert [law.from_ for law in PLANS[plan].laws] == [date(2024, 1, 1), date(2026, 10, 1)]
    begins, prevails = "Luật có hiệu lực vào ngày xét – ", "trái với kế hoạch thì theo luật, ghi rõ văn bản."
    first = "từ 01/01/2024: Luật Thi đua, khen thưởng số 06/2022/QH15; "
    second = "từ 01/10/2026: Luật số 06/2026/QH16 sửa đổi Luật số 06/2022/QH15; "
    by_year = {year: figures("dien-bien", "annual-award-round", str(year))[-1] for year in (2023, 2024, 2026)}
    assert by_year == {
        2023: f"{begins}trong kỳ này chưa ghi luật nào.",
        2024: f"{begins}{first}{prevails}",
        2026: f"{begins}{first}{second}{prevails}",
    }


@shows("A-TB-04")
def test_thai_binh_leading_districts_are_the_provinces_first_three() -> None:
    for duty in ("unit-ranking", "interim-award-round", "final-award-round"):
        told_to_the_appraiser("thai-binh", "TB-04", duty, "toàn tỉnh")
        assert figures("thai-binh", duty)[0] == (
            "Xếp hạng huyện, thị xã, thành phố trong toàn tỉnh, hạng 01 đến 03. "
            "Lưu ý người thẩm định: cũng có thể hiểu là đơn vị thuộc, trực thuộc trong từng huyện, thành phố."
        )


@shows("A-DB-04")
def test_dien_bien_the_yearly_cap_is_five_together() -> None:
    told_to_the_appraiser("dien-bien", "DB-12", "annual-award-round", "05 tính chung cả tập thể và cá nhân", "10 và 10")
    begins = "Số lượng khen thưởng: không quá"
    for duty, says in (
        (
            "annual-award-round",
            "05 tập thể, cá nhân tính chung; ví dụ 3 tập thể và 3 cá nhân: 6 tập thể, cá nhân tính chung",
        ),
        (
            "interim-award-round",
            "05 tập thể và 05 cá nhân; ví dụ 6 tập thể và 6 cá nhân: 6 tập thể là quá 1, 6 cá nhân",
        ),
        (
            "final-award-round",
            "10 tập thể và 10 cá nhân; ví dụ 11 tập thể và 11 cá nhân: 11 tập thể là quá 1, 11 cá nhân",
        ),
    ):
        assert figures("dien-bien", duty)[0] == f"{begins} {says} là quá 1."


@shows("A-DB-05")
def test_dien_bien_outsiders_stand_outside_the_cap() -> None:
    told_to_the_appraiser("dien-bien", "DB-13", "annual-award-round", "nằm ngoài số tối đa, lập danh sách riêng")
    for duty in ("annual-award-round", "interim-award-round", "final-award-round"):
        outside = "Tập thể, cá nhân ngoài tỉnh: lập danh sách riêng, không tính vào số tối đa."
        assert figures("dien-bien", duty)[1] == outside
        cap = PLANS["dien-bien"].duty(duty).cap
        assert cap is not None
        assert listed([Nominee(outsider=True)] * 99, cap, cap).over == ()


@shows("A-DB-06")
def test_dien_bien_not_yet_awarded_is_a_condition_for_outsiders() -> None:
    for duty in ("interim-award-round", "final-award-round"):
        told_to_the_appraiser("dien-bien", "DB-14", duty, "điều kiện của đối tượng ngoài tỉnh", "không loại")
        assert figures("dien-bien", duty)[2] == (
            "Đã được khen trong năm: đối tượng ngoài tỉnh – không nhận; "
            "đối tượng khác – báo người thẩm định biết, không loại."
        )
        cap = PLANS["dien-bien"].duty(duty).cap
        assert cap is not None
        ours, theirs = Nominee(awarded=True), Nominee(awarded=True, outsider=True)
        found = listed([ours, theirs], cap, cap)
        assert (found.counted, found.told, found.refused) == ((ours,), (ours,), (theirs,))


@shows("A-KG-11")
def test_kien_giang_twenty_percent_above_is_computed_both_ways_and_decided_by_neither() -> None:
    told_to_the_appraiser("kien-giang", "KG-11", "interim-state-award-round", "1,2 lần", "20 điểm", "không tự kết luận")
    assert figures("kien-giang", "interim-state-award-round")[0] == (
        "Vượt mục tiêu: trên 20%, tính cả hai cách; không tự kết luận, người thẩm định quyết định; "
        "ví dụ mục tiêu 60%: trên 72% (1,2 lần) hoặc trên 80% (thêm 20 điểm); "
        "ví dụ mục tiêu 80%: trên 96% (1,2 lần) hoặc trên 100% (thêm 20 điểm) – không thể đạt; "
        "ví dụ mục tiêu 100%: trên 120% (1,2 lần) – không thể đạt hoặc trên 120% (thêm 20 điểm) – không thể đạt."
    )


@shows("A-KG-12")
def test_kien_giang_the_award_of_2025_knows_no_margin() -> None:
    told_to_the_appraiser("kien-giang", "KG-12", "final-state-award-round", "không nêu mức vượt")
    assert figures("kien-giang", "final-state-award-round")[0] == (
        "Vượt mục tiêu: không nêu tỷ lệ, chỉ cần cao hơn; không tự kết luận, người thẩm định quyết định; "
        "ví dụ mục tiêu 80%: trên 80%; ví dụ mục tiêu 100%: trên 100% – không thể đạt."
    )


def test_a_settled_reading_is_named_beside_the_figures_that_rest_on_it() -> None:
    ruled = {"readings": {"DB-12": {"operative": "Mỗi loại 05.", "by": "Hội đồng mẫu", "on": "2026-01-02"}}}
    shown_of = next(r for r in ROWS["dien-bien"] if r.duty == "annual-award-round")
    lines = explain(plan_under(PLANS["dien-bien"], ruled), shown_of, CALENDAR)
    (cap,) = [line for line in lines if line.startswith("Số lượng khen thưởng")]
    assert cap.endswith("; theo cách hiểu DB-12, DB-13, đã có quyết định về DB-12: theo quyết định đó.")


# ── the page itself ────────────────────────────────────────────────────────────────────────────
def test_every_h_row_has_a_test_that_shows_it() -> None:
    severe = {row_id for row_id, (severity, _) in page_rows().items() if severity == "H"}
    assert severe == set(SHOWN)


def test_the_page_says_where_each_row_shows() -> None:
    rows = page_rows()
    assert len(rows) == 14 + 14 + 16 + 17 + 14 + 22
    for row_id, (_, shown) in rows.items():
        assert len(shown) > 5, row_id
    assert [row_id for row_id in SHOWN if "tests/test_" not in rows[row_id][1]] == []


@pytest.mark.parametrize("row_id", [row_id for row_id, (_, shown) in page_rows().items() if "reading `" in shown])
def test_readings_named_on_the_page_stand_in_the_plan_files(row_id: str) -> None:
    plans = {"TB": "thai-binh", "HD": "hai-duong", "DB": "dien-bien", "TQ": "tuyen-quang", "KG": "kien-giang"}
    for slug in re.findall(r"`((?:TB|HD|DB|TQ|KG)-[X0-9-]+)`", page_rows()[row_id][1]):
        found = reading(plans[slug[:2]], slug)
        assert found.words
        assert found.reading
        assert set(found.duties) <= {duty.slug for duty in _plan_of(slug, plans).duties}


def _plan_of(slug: str, plans: dict[str, str]) -> Plan:
    return PLANS[plans[slug[:2]]]
