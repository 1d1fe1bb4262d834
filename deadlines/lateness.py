"""Was it in time? Judged once, by the first receipt; late stays late."""

from datetime import date, datetime
from typing import Literal

from dondoc import clock

Verdict = Literal["on-time", "late"]


def judge(first_received_at: datetime | None, due_on: date | None) -> Verdict | None:
    """Return whether a report was in time, or null when nothing came or no date binds.

    `due_on` is the last acceptable day in Vietnam: received on it until 24:00 is in time.
    """
    if first_received_at is None or due_on is None:
        return None
    return "on-time" if clock.local_day(first_received_at) <= due_on else "late"


def days_late(received_at: datetime, due_on: date | None) -> int:
    """Return the whole days by which a receipt came after the last acceptable day, 0 if in time or undated."""
    return max(0, (clock.local_day(received_at) - due_on).days) if due_on else 0
