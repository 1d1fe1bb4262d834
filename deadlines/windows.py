"""From a time rule and a period to days: when a duty opens, its last day, its target, the outer bound."""

from dataclasses import dataclass
from datetime import date, timedelta

from config.grammar import TimeRule
from deadlines.calendar import Calendar
from deadlines.periods import Span, middle_of, month_span, nth_span

_DAY = timedelta(days=1)
_WEEKDAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")


@dataclass(frozen=True, slots=True)
class Window:
    """The days of one duty in one period; everything is null where the plan gives no date."""

    opens_on: date | None
    due_on: date | None
    bound_on: date | None
    target_on: date | None
    roll_note: str | None
    calendar_status: str | None


def window(
    rule: TimeRule,
    span: Span,
    *,
    issued_on: date,
    calendar: Calendar,
    bound_on: date | None = None,
    roll_over: bool = False,
) -> Window:
    """Return the days of `rule` in one period, for a plan issued on `issued_on`.

    A dated rule opens on the first day of its stated window, else on the period's first day, and never before
    the plan was issued. An undated rule has no day but the outer bound it was given: nobody can be late for it.
    """
    if not rule.dated:
        return Window(None, None, bound_on, None, None, None)
    opens_on = _named(rule, span).first if rule.kind == "within" else span.first
    return dated(_last_day(rule, span, calendar), max(opens_on, issued_on), calendar, roll_over=roll_over)


def dated(due_on: date, opens_on: date, calendar: Calendar, *, roll_over: bool = False) -> Window:
    """Return the window that ends on `due_on`: its last working day as target, the roll of a day off as a note.

    With `roll_over` the roll binds: the last day is then the next working day, and the note keeps the literal one.
    """
    last = calendar.next_working_day(due_on) if roll_over else due_on
    return Window(
        opens_on=min(opens_on, last),
        due_on=last,
        bound_on=None,
        target_on=calendar.previous_working_day(last),
        roll_note=roll_note(due_on, calendar, binding=roll_over),
        calendar_status=calendar.status(last.year),
    )


def end_of_year(year: int) -> date:
    """Return the last day of a year: "năm Y" means by 31/12."""
    return date(year, 12, 31)


def around(event_on: date, rule: TimeRule, calendar: Calendar) -> date:
    """Return the day N calendar or working days before or after an event, e.g. `10 days before conference`.

    The event's own day is not counted (Civil Code 2015, art. 147.2).
    """
    n = (rule.days or 0) * (1 if rule.after else -1)
    return calendar.add_working_days(event_on, n) if rule.working and n else event_on + timedelta(days=n)


def roll_note(due_on: date, calendar: Calendar, *, binding: bool = False) -> str | None:
    """Return, where the last day is a day off, the next working day by art. 148.5, and whether it binds here."""
    if calendar.is_working_day(due_on):
        return None
    rolled = calendar.next_working_day(due_on)
    why = calendar.name_of(due_on)
    off = weekday(due_on) if due_on.weekday() >= 5 else f"{weekday(due_on)}, ngày nghỉ: {why}"
    if binding:
        return (
            f"Ngày {due_on:%d/%m/%Y} ghi trong kế hoạch là {off}; hạn cuối chuyển sang {weekday(rolled)}, "
            f"{rolled:%d/%m/%Y} (khoản 5 Điều 148 Bộ luật Dân sự 2015, áp dụng theo lựa chọn của phong trào này)."
        )
    return (
        f"Ngày {due_on:%d/%m/%Y} là {off}; ngày làm việc tiếp theo là {weekday(rolled)}, {rolled:%d/%m/%Y} "
        f"(tham khảo khoản 5 Điều 148 Bộ luật Dân sự 2015; thời hạn ghi trong kế hoạch không thay đổi)."
    )


def said_as_before(rule: str, due_on: date | None) -> bool:
    """Return whether a date is said as "trước ngày D": the plan's own words, for the plan's own date only.

    A date that a ruling has set is the last day itself; its document says so, whatever the plan said before.
    """
    if due_on is None or not rule.startswith("before "):
        return False
    after = due_on + timedelta(days=1)
    said = rule.removeprefix("before ").removesuffix(" of next")
    return said in (f"{after.day}/{after.month}", f"day {after.day}")


def weekday(day: date) -> str:
    """Return the weekday's Vietnamese name as it stands inside a sentence."""
    return _WEEKDAYS[day.weekday()]


def _named(rule: TimeRule, span: Span) -> Span:
    """The month, quarter, half or year a rule names; for a rule inside a period, the period."""
    year = span.first.year
    if rule.quarter:
        return nth_span(year, 3, rule.quarter)
    if rule.half:
        return nth_span(year, 6, rule.half)
    if rule.month:
        return month_span(year, rule.month)
    return month_span(year, span.last.month + 1) if rule.of_next else span


def _last_day(rule: TimeRule, span: Span, calendar: Calendar) -> date:
    named = _named(rule, span)
    if rule.day is None:
        return named.first if rule.part == "start" else middle_of(named) if rule.part == "middle" else named.last
    month = month_span(named.last.year, named.last.month)
    if rule.working:
        return calendar.add_working_days(month.first - _DAY, rule.day)
    # "trước ngày 15/11" is strict: received on the 15th is late. A shorter month ends on its own last day.
    day = rule.day - 1 if rule.kind == "before" else rule.day
    return min(month.first + timedelta(days=day - 1), month.last)
