"""What the wider plan language gives in days: months, quarters, halves, events, milestones, order; and its laws."""

from calendar import monthrange
from collections import Counter
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.grammar import parse_rule
from config.plan import Plan
from deadlines.calendar import vietnam
from deadlines.chains import out_of_order
from deadlines.duties import dated_by_event, event_of, expand_duties, with_date
from deadlines.explain import explain, rule_in_words
from deadlines.milestones import milestones_of
from deadlines.model import DutyPeriod
from deadlines.periods import MONTHS, Span, span_of, spans_in, year_span
from deadlines.windows import roll_note, said_as_before, window
from dondoc.messages.catalogue import shipped
from tests.test_deadlines import d, duty, row, small_plan

CALENDAR = vietnam()
LONG_AGO = date(2000, 1, 1)


def span(name: str) -> Span:
    """Return a period that there is."""
    found = span_of(name)
    assert found is not None
    return found


# ── the grammar: the Vietnamese words, the rule, the period, the last day ──────────────────────
@pytest.mark.parametrize(
    ("rule", "period", "opens", "due"),
    [
        ("within 11", "2026", "01/11/2026", "30/11/2026"),  # trong tháng 11
        ("by start of 11", "2026", "01/01/2026", "01/11/2026"),  # đầu tháng 11
        ("by middle of 11", "2026", "01/01/2026", "15/11/2026"),  # giữa tháng 11
        ("by end of 11", "2026", "01/01/2026", "30/11/2026"),  # cuối tháng 11, chậm nhất tháng 11
        ("by end of 2", "2028", "01/01/2028", "29/02/2028"),
        ("by start of Q4", "2026", "01/01/2026", "01/10/2026"),  # đầu quý IV
        ("by middle of Q4", "2026", "01/01/2026", "15/11/2026"),  # giữa quý IV
        ("by end of Q4", "2026", "01/01/2026", "31/12/2026"),  # cuối quý IV
        ("within H1", "2026", "01/01/2026", "30/06/2026"),  # trong 6 tháng đầu năm
        ("within H2", "2026", "01/07/2026", "31/12/2026"),
        ("by end of H1", "2026", "01/01/2026", "30/06/2026"),
        ("by middle of H2", "2026", "01/01/2026", "30/09/2026"),
        ("by start of Y", "2026", "01/01/2026", "01/01/2026"),  # đầu năm
        ("by middle of Y", "2026", "01/01/2026", "30/06/2026"),  # giữa năm: Civil Code, art. 146
        ("by end of Y", "2026", "01/01/2026", "31/12/2026"),  # cuối năm
        # inside each month, quarter, half-year
        ("by day 20", "2026-11", "01/11/2026", "20/11/2026"),  # chậm nhất ngày 20 hằng tháng
        ("before day 25", "2026-11", "01/11/2026", "24/11/2026"),  # trước ngày 25 hằng tháng
        ("by day 31", "2026-11", "01/11/2026", "30/11/2026"),  # a shorter month ends on its own last day
        ("before day 30", "2026-02", "01/02/2026", "28/02/2026"),
        ("before day 30", "2026-11", "01/11/2026", "29/11/2026"),
        ("by day 5 of next", "2026-12", "01/12/2026", "05/01/2027"),  # ngày 05 của tháng sau
        ("before day 1 of next", "2026-11", "01/11/2026", "30/11/2026"),
        ("by end", "2026-02", "01/02/2026", "28/02/2026"),  # đến hết tháng
        ("by start", "2026-11", "01/11/2026", "01/11/2026"),
        ("by middle", "2026-11", "01/11/2026", "15/11/2026"),
        ("by middle of next", "2026-12", "01/12/2026", "15/01/2027"),
        ("by end of next", "2026-Q4", "01/10/2026", "31/01/2027"),
        ("by day 15", "2026-Q4", "01/10/2026", "15/12/2026"),  # ngày 15 của tháng cuối quý
        ("before day 10 of next", "2026-Q3", "01/07/2026", "09/10/2026"),
        ("by end", "2026-Q1", "01/01/2026", "31/03/2026"),
        ("by day 10", "2026-H1", "01/01/2026", "10/06/2026"),
        ("by end", "2026-H2", "01/07/2026", "31/12/2026"),
        ("by working day 3 of next", "2026-12", "01/12/2026", "06/01/2027"),  # 1/1 is a holiday, 2-3/1 a weekend
        ("by working day 3", "2026-11", "01/11/2026", "04/11/2026"),
    ],
)  # fmt: skip
def test_the_days_of_a_rule_in_its_period(rule: str, period: str, opens: str, due: str) -> None:
    days = window(parse_rule(rule), span(period), issued_on=LONG_AGO, calendar=CALENDAR)
    assert (days.opens_on, days.due_on) == (d(opens), d(due))


@pytest.mark.parametrize(
    ("every", "names"),
    [
        ("month", [f"2026-{n:02}" for n in range(1, 13)]),
        ("quarter", ["2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4"]),
        ("half-year", ["2026-H1", "2026-H2"]),
        (None, ["2026"]),
    ],
)
def test_the_periods_of_a_year_cover_it_once(every: str | None, names: list[str]) -> None:
    spans = spans_in(2026, every)
    assert [s.name for s in spans] == names
    assert (spans[0].first, spans[-1].last) == (date(2026, 1, 1), date(2026, 12, 31))
    for before, after in pairwise(spans):
        assert before.last + timedelta(days=1) == after.first
    assert [span_of(s.name) for s in spans] == spans


def test_every_name_of_a_period_has_its_words() -> None:
    vietnamese = shipped("vi")
    names = [s.name for every in (None, *MONTHS) for s in spans_in(2026, every)]
    said = [vietnamese.period(name) for name in names]
    assert len(set(said)) == len(names) == 19
    assert said[0] == "năm 2026"
    assert {"tháng 11/2026", "quý IV/2026"} < set(said)
    assert vietnamese.period("2026-H1").endswith("2026")


@pytest.mark.parametrize("name", ["once", "2026-03-02", "2026-13", "2026-Q5", "2026-H3", "soon"])
def test_what_is_no_period_of_the_calendar_has_no_days(name: str) -> None:
    assert span_of(name) is None


# ── reports more often than yearly ─────────────────────────────────────────────────────────────
def often(every: str, rule: str, issued: str | None = "2023-05-26", more: str = "") -> Plan:
    """Return a plan of three years from 2023 with one duty that comes back."""
    return small_plan(2023, 3, issued, "[]", duty("report", "ad-hoc-report", rule, f", every: {every}{more}"))


def test_a_monthly_report_begins_with_the_month_in_which_the_plan_was_issued() -> None:
    rows = expand_duties(often("month", "by day 20", more=", years: each"), CALENDAR)
    assert [r.period for r in rows[:2]] == ["2023-06", "2023-07"]  # 20/5 was over on 26/5
    assert (rows[0].opens_on, rows[0].due_on) == (date(2023, 6, 1), date(2023, 6, 20))
    assert len(rows) == 31
    late = expand_duties(often("month", "by day 5 of next", more=", years: each"), CALENDAR)
    assert (late[0].period, late[0].opens_on, late[0].due_on) == ("2023-05", date(2023, 5, 26), date(2023, 6, 5))
    new = expand_duties(often("month", "by day 5 of next", "2023-06-02", ", years: each"), CALENDAR)
    assert new[0].period == "2023-06"  # the report on May is of a month before the plan


def test_an_undated_quarterly_report_has_a_row_for_each_quarter_and_a_ruling_opens_it_with_its_quarter() -> None:
    rows = expand_duties(often("quarter", "no date"), CALENDAR)
    assert [r.period for r in rows[:3]] == ["2023-Q2", "2023-Q3", "2023-Q4"]
    assert {r.due_on for r in rows} == {None}
    dated = with_date(rows[1], date(2023, 10, 5), CALENDAR)
    assert (dated.opens_on, dated.due_on) == (date(2023, 7, 1), date(2023, 10, 5))


def test_a_date_of_a_month_is_said_as_before_too() -> None:
    assert said_as_before("before day 25", date(2026, 11, 24))
    assert said_as_before("before day 10 of next", date(2026, 10, 9))
    assert not said_as_before("before day 25", date(2026, 11, 27))  # moved by a ruling
    assert not said_as_before("by day 25", date(2026, 11, 25))


def test_the_half_year_that_lies_in_a_conditional_phase_waits_for_its_decision() -> None:
    phases = (
        "[{phase: phase-1, name: Một, from_year: 1, until_year: 2, clause: V},"
        " {phase: phase-2, name: Hai, from_year: 3, until_year: 3, clause: V, conditional_on: phase-decision}]"
    )
    plan = small_plan(
        2023, 3, None, phases,
        duty("phase-decision", "phase-decision", "on occasion")
        + duty("report", "ad-hoc-report", "by end", ", every: half-year, years: each")
        + duty("review", "final-review", "on occasion", ", bound: phase-2.last")
        + duty("awards", "award-round", "on occasion", ", years: phase-2.first"),
    )  # fmt: skip
    assert {(r.duty, r.period): r.conditional_on for r in expand_duties(plan, CALENDAR)} == {
        ("phase-decision", "once"): None,
        ("report", "2023-H1"): None, ("report", "2023-H2"): None,
        ("report", "2024-H1"): None, ("report", "2024-H2"): None,
        ("report", "2025-H1"): "phase-decision", ("report", "2025-H2"): "phase-decision",
        ("review", "once"): "phase-decision",
        ("awards", "once"): "phase-decision",
    }  # fmt: skip


# ── days around an event ───────────────────────────────────────────────────────────────────────
def test_a_duty_around_an_event_stays_undated_until_the_event_has_its_day() -> None:
    plan = small_plan(
        2023, 3, "2023-05-26", "[]\nevents: [{event: conference, title: Hội nghị}]",
        duty("dossiers", "award-nomination", "10 days before conference")
        + duty("minutes", "final-report", "5 working days after conference"),
    )  # fmt: skip
    dossiers, minutes = expand_duties(plan, CALENDAR)
    assert (dossiers.due_on, dossiers.bound_on, event_of(dossiers)) == (None, None, "conference")
    on = date(2025, 11, 20)
    dated = dated_by_event(dossiers, on, CALENDAR)
    assert (dated.opens_on, dated.due_on, dated.target_on) == (date(2025, 1, 1), date(2025, 11, 10), date(2025, 11, 10))
    after = dated_by_event(minutes, on, CALENDAR)
    assert (after.opens_on, after.due_on) == (on, date(2025, 11, 27))
    assert after.rule == minutes.rule  # the plan's own words stay
    with pytest.raises(ValueError, match="counts from no event"):
        dated_by_event(row("annual-report", "2026"), on, CALENDAR)


def test_days_after_the_plan_was_issued_are_dates_once_its_day_is_known() -> None:
    text = duty("own-plan", "own-plan", "15 days after issue")
    (known,) = expand_duties(small_plan(2023, 3, "2023-05-26", "[]", text), CALENDAR)
    assert (known.opens_on, known.due_on, known.target_on) == (date(2023, 5, 26), date(2023, 6, 10), date(2023, 6, 9))
    (unknown,) = expand_duties(small_plan(2023, 3, None, "[]", text), CALENDAR)
    assert (unknown.opens_on, unknown.due_on) == (None, None)


def test_a_yearly_duty_around_a_yearly_one_is_bounded_by_that_of_its_own_year() -> None:
    plan = small_plan(
        2023, 3, None, "[]",
        duty("review", "interim-review", "within Q4", ", years: each")
        + duty("figures", "annual-report", "10 days before review", ", years: each"),
    )  # fmt: skip
    assert [(r.period, r.due_on, r.bound_on) for r in expand_duties(plan, CALENDAR)[3:]] == [
        ("2023", None, date(2023, 12, 21)), ("2024", None, date(2024, 12, 21)), ("2025", None, date(2025, 12, 21)),
    ]  # fmt: skip


# ── the switch that makes the roll of art. 148.5 binding ───────────────────────────────────────
def rolled(switch: str) -> DutyPeriod:
    """Return the annual report of 2026, due on a Saturday, of a plan with or without the switch."""
    plan = small_plan(
        2026, 1, None, f"[]\n{switch}", duty("annual-report", "annual-report", "before 15/11", ", years: each")
    )
    return row("annual-report", "2026", expand_duties(plan, CALENDAR))


def test_the_roll_binds_only_where_the_plan_says_so() -> None:
    for switch in ("", "roll_over: false"):
        literal = rolled(switch)
        assert (literal.due_on, literal.target_on) == (date(2026, 11, 14), date(2026, 11, 13))
    binding = rolled("roll_over: true")
    assert (binding.due_on, binding.target_on) == (date(2026, 11, 16), date(2026, 11, 16))
    assert binding.roll_note == (
        "Ngày 14/11/2026 ghi trong kế hoạch là thứ Bảy; hạn cuối chuyển sang thứ Hai, 16/11/2026 (khoản 5 Điều 148 "
        "Bộ luật Dân sự 2015, áp dụng theo lựa chọn của phong trào này)."
    )
    assert roll_note(date(2026, 11, 16), CALENDAR, binding=True) is None
    assert not said_as_before(binding.rule, binding.due_on)  # 16/11 is no longer "trước ngày 15/11"


# ── milestones and order ───────────────────────────────────────────────────────────────────────
REVIEW = (
    ", years: first, milestones: [{milestone: cut-off, days: -14}, {milestone: draft, days: -7},"
    " {milestone: comment, working_days: -3}, {milestone: signature, working_days: -1, from: target_on},"
    " {milestone: cut-off, rule: by 31/10, clause: V.8, words: số liệu tính đến 31/10}]"
)


def test_milestones_are_counted_back_and_only_the_cut_off_may_fall_on_a_day_off() -> None:
    plan = small_plan(2026, 1, None, "[]", duty("review", "final-review", "before 15/11", REVIEW))
    (dated,) = expand_duties(plan, CALENDAR)  # due on Saturday 14/11, target Friday 13/11
    found = milestones_of(plan.duty("review"), dated, CALENDAR)
    assert [(m.kind, m.on) for m in found] == [
        ("cut-off", date(2026, 10, 31)),  # a Saturday: data are counted on any day
        ("draft", date(2026, 11, 6)),  # 7/11 is a Saturday
        ("comment", date(2026, 11, 11)),
        ("signature", date(2026, 11, 12)),
        ("cut-off", date(2026, 10, 31)),
    ]
    assert (found[4].clause, found[4].words) == ("V.8", "số liệu tính đến 31/10")


def test_milestones_of_an_undated_duty_have_no_day_until_a_ruling() -> None:
    text = duty("review", "final-review", "on occasion", ", milestones: [{milestone: draft, days: -7}]")
    plan = small_plan(2026, 1, None, "[]", text)
    (undated,) = expand_duties(plan, CALENDAR)
    assert [m.on for m in milestones_of(plan.duty("review"), undated, CALENDAR)] == [None]
    ruled = with_date(undated, date(2026, 12, 18), CALENDAR)
    assert [m.on for m in milestones_of(plan.duty("review"), ruled, CALENDAR)] == [date(2026, 12, 11)]


def test_a_chain_bounds_what_has_no_date_and_shows_what_contradicts_it() -> None:
    chain = "[]\nchains: [{chain: review, clause: V, order: [unit-review, unit-report, review, awards]}]"
    plan = small_plan(
        2025, 2, None, chain,
        duty("unit-review", "interim-review", "on occasion")
        + duty("unit-report", "interim-report", "on request")
        + duty("review", "interim-review", "within Q4", ", years: first")
        + duty("awards", "award-round", "on occasion"),
    )  # fmt: skip
    rows = expand_duties(plan, CALENDAR)
    assert {r.duty: r.bound_on for r in rows} == {
        "unit-review": date(2025, 12, 31), "unit-report": date(2025, 12, 31), "review": None, "awards": None,
    }  # fmt: skip
    assert out_of_order(plan, rows) == []
    moved = [with_date(r, date(2026, 1, 5), CALENDAR) if r.duty == "unit-report" else r for r in rows]
    (wrong,) = out_of_order(plan, moved)
    assert (wrong.chain.slug, wrong.earlier.duty, wrong.later.duty) == ("review", "unit-report", "review")


def test_a_yearly_report_is_compared_with_the_review_of_its_own_year_only() -> None:
    chain = "[]\nchains: [{chain: review, clause: V, order: [report, review]}]"
    plan = small_plan(
        2023, 3, None, chain,
        duty("report", "annual-report", "by 15/12", ", years: each")
        + duty("review", "interim-review", "by 30/11", ", years: first+1"),
    )  # fmt: skip
    assert [(o.earlier.period, o.later.period) for o in out_of_order(plan, expand_duties(plan, CALENDAR))] == [
        ("2024", "once")
    ]


# ── laws for any rule, period and plan date ────────────────────────────────────────────────────
days_of_the_year = st.dates(date(2001, 1, 1), date(2001, 12, 31)).map(lambda day: f"{day.day}/{day.month}")
named = st.sampled_from(["Y", *(f"Q{n}" for n in range(1, 5)), "H1", "H2"])
months = st.integers(1, 12).map(str)
yearly_rules = st.one_of(
    st.builds("{} {}".format, st.sampled_from(["before", "by"]), days_of_the_year),
    st.builds("{} {}".format, st.sampled_from(["within", "by"]), named),
    st.builds("within {}".format, months),
    st.builds("by {} of {}".format, st.sampled_from(["start", "middle", "end"]), named | months),
)
next_month = st.sampled_from(["", " of next"])
often_rules = st.one_of(
    st.builds("by day {}{}".format, st.integers(1, 31), next_month),
    st.builds("before day {}{}".format, st.integers(2, 31), next_month),
    st.just("before day 1 of next"),
    st.builds("by working day {}{}".format, st.integers(1, 15), next_month),
    st.builds("by {}{}".format, st.sampled_from(["start", "middle", "end"]), next_month),
)
years = st.integers(2021, 2032)
plan_days = st.dates(date(2021, 1, 1), date(2033, 12, 31))
any_period = st.one_of(
    st.tuples(yearly_rules, years.map(year_span)),
    st.builds(
        lambda rule, year, every, n: (rule, spans_in(year, every)[n % (12 // MONTHS[every])]),
        often_rules, years, st.sampled_from(sorted(MONTHS)), st.integers(0, 11),
    ),
)  # fmt: skip


@given(given_=any_period, issued=plan_days, roll_over=st.booleans())
def test_a_duty_opens_before_it_ends_and_is_aimed_at_a_working_day(
    given_: tuple[str, Span], issued: date, roll_over: bool
) -> None:
    rule, period = given_
    days = window(parse_rule(rule), period, issued_on=issued, calendar=CALENDAR, roll_over=roll_over)
    assert days.opens_on is not None
    assert days.due_on is not None
    assert days.target_on is not None
    assert days.opens_on <= days.due_on
    assert days.target_on <= days.due_on
    assert CALENDAR.is_working_day(days.target_on)
    literal = window(parse_rule(rule), period, issued_on=issued, calendar=CALENDAR)
    assert literal.due_on is not None
    assert (days.roll_note is None) == CALENDAR.is_working_day(literal.due_on)
    if roll_over:
        assert days.due_on == days.target_on == CALENDAR.next_working_day(literal.due_on)


@given(
    year=years, every=st.sampled_from(sorted(MONTHS)), n=st.integers(0, 11), day=st.integers(2, 28), of_next=next_month
)
def test_before_a_day_of_the_month_ends_one_day_earlier_than_by_that_day(
    year: int, every: str, n: int, day: int, of_next: str
) -> None:
    period = spans_in(year, every)[n % (12 // MONTHS[every])]
    strict, inclusive = (
        window(parse_rule(f"{word} day {day}{of_next}"), period, issued_on=LONG_AGO, calendar=CALENDAR).due_on
        for word in ("before", "by")
    )
    assert strict is not None
    assert strict + timedelta(days=1) == inclusive


@given(year=years, month=st.integers(1, 12), day=st.integers(29, 31))
def test_a_day_a_month_does_not_have_is_its_last(year: int, month: int, day: int) -> None:
    last = monthrange(year, month)[1]
    found = window(parse_rule(f"by day {day}"), span(f"{year}-{month:02}"), issued_on=LONG_AGO, calendar=CALENDAR)
    assert found.due_on == date(year, month, min(day, last))


@given(
    rule=often_rules | st.just("no date"), every=st.sampled_from(sorted(MONTHS)), issued=st.none() | plan_days,
    first=st.integers(2021, 2030), length=st.integers(1, 4),
)  # fmt: skip
def test_every_period_that_was_not_over_when_the_plan_was_issued_has_exactly_one_row(
    rule: str, every: str, issued: date | None, first: int, length: int
) -> None:
    text = duty("report", "ad-hoc-report", rule, f", every: {every}, years: each")
    plan = small_plan(first, length, issued.isoformat() if issued else None, "[]", text)
    rows = expand_duties(plan, CALENDAR)
    counted = Counter(r.period for r in rows)
    assert set(counted.values()) <= {1}
    spans = [s for year in range(first, first + length) for s in spans_in(year, every)]
    for each in spans:
        due = window(parse_rule(rule), each, issued_on=LONG_AGO, calendar=CALENDAR).due_on or each.last
        assert (each.name in counted) == (min(due, each.last) >= plan.starts_on)
    assert all(r.due_on is None or r.due_on >= plan.starts_on for r in rows)
    assert [r.period for r in rows] == [s.name for s in spans if s.name in counted]


@given(days=st.integers(0, 60), working=st.booleans(), on=plan_days, roll_over=st.booleans())
def test_an_events_day_always_gives_an_ordinary_date(days: int, working: bool, on: date, roll_over: bool) -> None:
    for side in ("before", "after"):
        rule = f"{days} {'working ' if working else ''}days {side} conference"
        plan = small_plan(
            2021, 12, None, "[]\nevents: [{event: conference, title: Hội nghị}]", duty("x", "guidance", rule)
        )
        (undated,) = expand_duties(plan, CALENDAR)
        dated = dated_by_event(undated, on, CALENDAR, roll_over=roll_over)
        assert dated.opens_on is not None
        assert dated.due_on is not None
        assert dated.opens_on <= dated.due_on
        assert dated.target_on == CALENDAR.previous_working_day(dated.due_on)
        if not roll_over and days and working:
            assert abs(CALENDAR.working_days_between(dated.due_on, on)) in (days, days - 1)  # `on` may be a day off


# ── the explanation ────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("rule", "every", "words"),
    [
        ("by end of 11", None, "chậm nhất ngày cuối tháng 11, kể cả ngày đó"),
        ("by middle of Y", None, "chậm nhất giữa năm, kể cả ngày đó"),
        ("within H1", None, "trong 6 tháng đầu năm, kể cả ngày cuối; làm sớm hơn không phải là vi phạm"),
        ("before day 25", "month", "hằng tháng, trước ngày 25 của tháng đó, không kể ngày đó"),
        ("by day 15", "quarter", "hằng quý, chậm nhất ngày 15 của tháng cuối kỳ, kể cả ngày đó"),
        ("by working day 3 of next", "half-year",
         "6 tháng một lần, chậm nhất ngày làm việc thứ 3 của tháng liền sau kỳ, kể cả ngày đó"),
        ("by end", "quarter", "hằng quý, chậm nhất ngày cuối kỳ, kể cả ngày đó"),
        ("by end of next", "quarter", "hằng quý, chậm nhất ngày cuối tháng liền sau kỳ, kể cả ngày đó"),
        ("no date", "quarter", "hằng quý, chưa ấn định thời hạn"),
        ("15 days after issue", None, "15 ngày sau ngày ban hành kế hoạch"),
    ],
)  # fmt: skip
def test_the_wider_rules_in_vietnamese(rule: str, every: str | None, words: str) -> None:
    assert rule_in_words(parse_rule(rule), every) == words


def test_the_explanation_says_event_count_coverage_milestones_order_and_roll() -> None:
    plan = small_plan(
        2026, 1, None,
        "[]\nroll_over: true\n"
        "events: [{event: conference, title: Hội nghị tổng kết, clause: IV.3, words: tại hội nghị}]\n"
        "chains: [{chain: season, clause: V, order: [pilots, dossiers], reading: Theo thứ tự công việc.}]",
        duty("pilots", "pilot", "within Q1",
             ", years: first, count: {min: 1, max: null, words: 'ít nhất 01 - 02 đơn vị'},"
             " coverage: {percent: 100, clause: V.9}")
        + duty("dossiers", "award-nomination", "10 days before conference",
               ", milestones: [{milestone: draft, days: -7}]"),
    )  # fmt: skip
    pilots, dossiers = expand_duties(plan, CALENDAR)
    said = explain(plan, pilots, CALENDAR)
    for line in (
        "Số lượng mỗi đơn vị đăng ký: tối thiểu 1, tối đa không nêu; mục V.1: “ít nhất 01 - 02 đơn vị”.",
        "Tỷ lệ phải thực hiện: 100% số đơn vị nêu tên; mục V.9.",
        "Thứ tự “season” (mục V): đứng đầu, không sau “dossiers”. Theo thứ tự công việc.",
        "Phong trào này chọn chuyển hạn cuối rơi vào ngày nghỉ sang ngày làm việc tiếp theo (roll_over: true).",
    ):
        assert line in said
    said = explain(plan, dossiers, CALENDAR)
    for line in (
        "Sự kiện “conference”: Hội nghị tổng kết, mục IV.3: “tại hội nghị”; ngày do văn bản ấn định.",
        "Mốc nội bộ – dự thảo: chờ ấn định thời hạn; không phải thời hạn của đơn vị.",
        "Thứ tự “season” (mục V): không trước “pilots”, đứng cuối. Theo thứ tự công việc.",
    ):
        assert line in said
    dated = explain(plan, dated_by_event(dossiers, date(2026, 11, 30), CALENDAR), CALENDAR)
    assert "Mốc nội bộ – dự thảo: thứ Sáu, 13/11/2026; không phải thời hạn của đơn vị." in dated
