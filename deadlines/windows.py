"""From a time rule and a year to days: when a duty opens, its last day, its target, the outer bound."""

from dataclasses import dataclass
from datetime import date, timedelta

from config.grammar import TimeRule
from deadlines.calendar import Calendar

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


def window(rule: TimeRule, year: int, *, issued_on: date, calendar: Calendar, bound_on: date | None = None) -> Window:
    """Return the days of `rule` in `year`, for a plan issued on `issued_on`.

    A dated rule opens on the first day of its stated window, else on 1 January, and never before the plan
    was issued. An undated rule has no day but the outer bound it was given: nobody can be late for it.
    """
    if not rule.dated:
        return Window(None, None, bound_on, None, None, None)
    return dated(_last_day(rule, year), max(_first_day(rule, year), issued_on), calendar)


def dated(due_on: date, opens_on: date, calendar: Calendar) -> Window:
    """Return the window that ends on `due_on`: its last working day as target, the roll of a day off as a note."""
    return Window(
        opens_on=opens_on,
        due_on=due_on,
        bound_on=None,
        target_on=calendar.previous_working_day(due_on),
        roll_note=roll_note(due_on, calendar),
        calendar_status=calendar.status(due_on.year),
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


def roll_note(due_on: date, calendar: Calendar) -> str | None:
    """Return, where the last day is a day off, the next working day by art. 148.5; the date itself never moves."""
    if calendar.is_working_day(due_on):
        return None
    rolled = calendar.next_working_day(due_on)
    why = calendar.name_of(due_on)
    off = weekday(due_on) if due_on.weekday() >= 5 else f"{weekday(due_on)}, ngày nghỉ: {why}"
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
    return rule.removeprefix("before ") == f"{after.day}/{after.month}"


def weekday(day: date) -> str:
    """Return the weekday's Vietnamese name as it stands inside a sentence."""
    return _WEEKDAYS[day.weekday()]


def _first_day(rule: TimeRule, year: int) -> date:
    if rule.kind == "within" and rule.quarter:
        return date(year, 3 * rule.quarter - 2, 1)
    return date(year, 1, 1)


def _last_day(rule: TimeRule, year: int) -> date:
    if rule.quarter:
        return date(year + rule.quarter // 4, 3 * rule.quarter % 12 + 1, 1) - timedelta(days=1)
    if rule.day and rule.month:
        # "trước ngày 15/11" is strict: received on the 15th is late.
        return date(year, rule.month, rule.day) - timedelta(days=1 if rule.kind == "before" else 0)
    return end_of_year(year)
