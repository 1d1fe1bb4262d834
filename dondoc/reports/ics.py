"""Last days as an iCalendar file (RFC 5545), for whatever calendar a desk already looks at."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from icalendar import Calendar, Event

from deadlines.model import DutyPeriod
from deadlines.windows import weekday


def ics(name: str, rows: Sequence[DutyPeriod], said: Callable[[str], str], as_of: datetime) -> str:
    """Return one all-day event per dated row; the others are left out. Lines end in CRLF, as the RFC asks.

    `said` gives a period in words. The UID of a row never changes, so that reading a later file again moves
    an event instead of doubling it. No alarm: reminding is the program's own business.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Dondoc//deadlines//VI")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", name)
    for row in rows:
        if row.due_on is not None:
            calendar.add_component(_event(row, said, as_of))
    data: bytes = calendar.to_ical()
    return data.decode()


def _event(row: DutyPeriod, said: Callable[[str], str], as_of: datetime) -> Event:
    assert row.due_on is not None
    event = Event()
    event.add("uid", f"{row.campaign}.{row.duty}.{row.period}@dondoc")
    event.add("dtstamp", as_of)
    event.add("dtstart", row.due_on)
    event.add("dtend", row.due_on + timedelta(days=1))  # not included: the event is one whole day
    event.add("summary", _summary(row, said))
    event.add("description", "\n".join(_description(row)))
    event.add("status", "CONFIRMED" if row.confirmed and not row.conditional_on else "TENTATIVE")
    event.add("transp", "TRANSPARENT")  # a last day keeps nobody busy
    return event


def _summary(row: DutyPeriod, said: Callable[[str], str]) -> str:
    period = said(row.period)
    waits = "" if row.confirmed else " (chờ xác nhận)"
    return f"Hạn cuối: {row.title}{f', {period}' if period else ''} (mục {row.clause}){waits}"


def _description(row: DutyPeriod) -> list[str]:
    lines = [f"“{row.words}” (mục {row.clause})."]
    if row.target_on and row.due_on and row.target_on != row.due_on:
        lines.append(f"Ngày làm việc cuối: {weekday(row.target_on)}, {row.target_on:%d/%m/%Y}.")
    if row.roll_note:
        lines.append(row.roll_note)
    if row.conditional_on:
        lines.append(f"Chỉ phát sinh sau khi “{row.conditional_on}” được quyết định.")
    if row.calendar_status == "dự kiến":
        lines.append("Lịch nghỉ của năm này là dự kiến.")
    return lines
