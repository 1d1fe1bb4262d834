"""Was it in time? Judged by the fact the campaign goes by, mostly the first of the two; late stays late."""

from datetime import date, datetime
from typing import Literal

from dondoc import clock

Verdict = Literal["on-time", "late"]
Timeliness = Literal["first", "data", "document"]


def judging(rule: Timeliness, data: datetime | None, document: datetime | None) -> datetime | None:
    """Return the arrival that says whether a report was in time, or null while that has not come.

    A report has two facts: data received, official document received. `first`: whichever came first. `data` or
    `document`: that one alone; the other silences reminders and judges nothing.
    """
    if rule == "first":
        return min((at for at in (data, document) if at is not None), default=None)
    return data if rule == "data" else document


def judge(judged_at: datetime | None, due_on: date | None) -> Verdict | None:
    """Return whether a report was in time, or null when what judges it has not come or no date binds.

    `due_on` is the last acceptable day in Vietnam: received on it until 24:00 is in time.
    """
    if judged_at is None or due_on is None:
        return None
    return "on-time" if clock.local_day(judged_at) <= due_on else "late"


def days_late(received_at: datetime, due_on: date | None) -> int:
    """Return the whole days by which a receipt came after the last acceptable day, 0 if in time or undated."""
    return max(0, (clock.local_day(received_at) - due_on).days) if due_on else 0
