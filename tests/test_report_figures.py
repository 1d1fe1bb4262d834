"""Reports in fields: numbers as offices write them, a form from the plan, last year's value, a second look."""

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.plan import available_plans, load_plan, plan_path
from deadlines.figures import WrongFigure, read_figure, shown_figure, worth_asking
from deadlines.report_form import Figure, ReportForm, form_of
from dondoc.store.campaigns import campaign
from dondoc.store.reported import Value, reported_by
from tasks.report_form import FIGURE, fields_said, read_report, typed
from tasks.unit_links import links_for_desk
from tests.story import story
from tests.test_unit_pages import Y_TE, unit_pages, visitor
from tests.test_unit_reports import Officer, page_of

SHARE = Figure("a", "a", "Hồ sơ trực tuyến", "II.1", "trên 80%", "%", 80, ">", None, None, False, True, False)
COUNT = Figure("b", "b", "Doanh nghiệp số", "II.2", "40 doanh nghiệp", "doanh nghiệp", 40, ">=", None, None, False,
               False, False)  # fmt: skip
GROWTH = Figure("c", "c", "Tăng trưởng", "II.3", "tăng 20%/năm", "%/năm", 20, ">=", None, None, False, True, True)
WHETHER = Figure("d", "d", "Có kế hoạch", "II.4", "100%", "%", 100, ">=", None, None, True, True, False)


@pytest.mark.parametrize(
    ("text", "figure", "value"),
    [
        ("95,5", SHARE, Fraction(191, 2)), ("95.5%", SHARE, Fraction(191, 2)), (" 80 % ", SHARE, 80),
        ("0", SHARE, 0), ("1.234", COUNT, 1234), ("1 234 567", COUNT, 1234567), ("12.345,0", COUNT, 12345),
        ("-3,5", GROWTH, Fraction(-7, 2)), ("120", GROWTH, 120), ("Có", WHETHER, 1), ("không", WHETHER, 0),
        ("", SHARE, None), ("  ", COUNT, None),
    ],
)  # fmt: skip
def test_a_number_is_read_as_offices_write_it(text: str, figure: Figure, value: Fraction | int | None) -> None:
    assert read_figure(text, figure) == value


@pytest.mark.parametrize(
    ("text", "figure", "why"),
    [
        ("95,,5", SHARE, "number"), ("khoảng 80", SHARE, "number"), ("1.23.456", COUNT, "number"),
        ("=1+1", COUNT, "number"), ("100,1", SHARE, "share"), ("-1", SHARE, "below"), ("3,5", COUNT, "whole"),
        ("1e9", COUNT, "number"), ("9" * 40, COUNT, "number"), ("80", WHETHER, "yes-no"), ("٣", COUNT, "number"),
    ],
)  # fmt: skip
def test_what_cannot_be_the_figure_is_refused_with_its_reason(text: str, figure: Figure, why: str) -> None:
    with pytest.raises(WrongFigure) as refused:
        read_figure(text, figure)
    assert refused.value.why == why


@given(st.integers(0, 10**11), st.integers(0, 9999))
def test_a_number_that_was_shown_is_read_back(whole: int, rest: int) -> None:
    value = Fraction(whole % 10**8) + Fraction(rest, 10_000)
    figure = Figure("e", "e", "Tỷ lệ", "I", "1", "hồ sơ/người dân", 1, ">=", None, None, False, False, False)
    assert read_figure(shown_figure(value), figure) == value


def test_only_a_leap_is_worth_asking_about() -> None:
    assert not worth_asking(Fraction(80), Fraction(61), SHARE)
    assert worth_asking(Fraction(80), Fraction(59), SHARE)
    assert worth_asking(Fraction(9), Fraction(4), COUNT)
    assert worth_asking(Fraction(1), Fraction(4), COUNT)
    assert not worth_asking(Fraction(8), Fraction(4), COUNT)
    assert not worth_asking(Fraction(1), Fraction(0), WHETHER)
    assert not worth_asking(Fraction(80), None, SHARE)


def test_every_report_of_the_five_plans_has_a_form() -> None:
    for key in available_plans():
        plan = load_plan(plan_path(key))
        for duty in plan.duties:
            for kind in {obligor.kind for obligor in duty.obligors}:
                form = form_of(plan, duty, kind, "2024")
                assert bool(form.sections) == duty.kind.endswith("-report"), (key, duty.slug)
                slugs = [figure.slug for figure in form.figures]
                assert len(set(slugs)) == len(slugs)


def test_a_form_is_read_whole_and_tells_everything_wrong_at_once() -> None:
    plan = load_plan(plan_path("dien-bien"))
    form = form_of(plan, plan.duty("annual-report"), "department", "2024")
    first, second, third, *_ = form.figures
    given_ = {
        "part-results": "Đã làm  \r\nxong", f"{FIGURE}{first.slug}": "95,5", f"estimate-{first.slug}": "1",
        f"{FIGURE}{second.slug}": "200", f"{FIGURE}{third.slug}": "=2+3", "as_of": "31/10/2024", "stray": "x",
    }  # fmt: skip
    said = typed(given_, form)
    assert "stray" not in said
    report = read_report(
        said, files=0, takes_names=False, today=date(2024, 11, 12), form=form, last={first.measure: ("2023", 40.0)}
    )
    assert report.errors == {f"{FIGURE}{second.slug}": "figure-share", f"{FIGURE}{third.slug}": "figure-number"}
    assert report.reported.values == (Value(first.slug, first.measure, 95.5, True, date(2024, 10, 31)),)
    assert report.reported.texts == (("results", "Đã làm  \nxong"),)
    assert [(each.label, each.period) for each in report.asked] == [(first.label, "2023")]
    late = read_report({**said, "as_of": "31/12/2024"}, files=0, takes_names=False, today=date(2024, 11, 12), form=form)
    assert late.errors["as_of"] == "date-future"


def test_what_was_sent_stands_in_the_form_as_it_was_typed() -> None:
    form = ReportForm(("steered", "results"), (SHARE, COUNT, GROWTH, WHETHER))
    said = typed({
        "part-results": "Đã làm\n\nxong", "figure-a": "95,5", "estimate-a": "1", "figure-b": "1.234",
        "figure-c": "-3,5", "figure-d": "không", "as_of": "31/10/2024",
    }, form)  # fmt: skip
    report = read_report(said, files=0, takes_names=False, today=date(2024, 11, 12), form=form)
    assert report.errors == {}
    assert typed(fields_said(report.reported, form), form) == said


async def test_figures_are_kept_with_their_report_and_stand_beside_the_next(database_url: str, tmp_path: Path) -> None:
    async with (
        story(database_url, tmp_path, since="2024-10-01") as s,
        unit_pages(s) as address,
        visitor(address) as browser,
    ):
        await s.round_only("2024-10-01 08:00")
        _, [link] = await links_for_desk(s.world, Y_TE, s.now)
        officer = Officer(s, browser, address)
        await officer.open(link.url)
        row = await page_of(s, officer.here)
        plan = s.world.plan_of(await campaign(s.world.database, s.key))
        form = form_of(plan, plan.duty(row.duty), row.unit_kind, row.period)
        figure = next(each for each in form.figures if not each.yes_no)
        assert f"{figure.label} <span" in officer.page
        name = f"{FIGURE}{figure.slug}"
        assert await officer.press("/draft", None, act="send", **{name: "12,5,5", "part-results": "Đã làm"}) == 422
        assert f"{figure.label}: chưa phải là số; ghi dạng 1.234 hoặc 95,5" in officer.page
        said = {name: "12,5", f"estimate-{figure.slug}": "1", "as_of": "30/09/2024", "part-results": "Đã làm"}
        assert await officer.press("/draft", None, act="send", **said) == 200
        assert f"{figure.label}: 12,5% (ước), tính đến 30/09/2024" in officer.page
        assert await officer.press("/send", code=await officer.code()) == 200
        assert f"{figure.label}: 12,5% (ước), tính đến 30/09/2024" in officer.page
        kept = (await reported_by(s.world.database, row.assignment_id))[1]
        assert kept.values == (Value(figure.slug, figure.measure, 12.5, True, date(2024, 9, 30)),)
        assert kept.texts == (("results", "Đã làm"),)
        await s.round_only("2025-10-15 08:00")
        _, links = await links_for_desk(s.world, Y_TE, s.now)
        await officer.open(next(each.url for each in links if (each.title, each.period) == (row.title, "2025")))
        assert "Đã báo cáo năm 2024: 12,5%" in officer.page
        assert await officer.press("/draft", None, act="send", **{name: "90"}) == 200
        assert f"{figure.label}: 90%, khác nhiều so với năm 2024 là 12,5%" in officer.page
