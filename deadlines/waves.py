"""When a message may leave: working days, in the morning wave or the afternoon wave."""

from datetime import date, datetime, time, timedelta

from deadlines.calendar import Calendar
from dondoc import clock

MORNING = time(8, 0)
AFTERNOON = time(14, 0)
NEVER = clock.at_local(date(2099, 12, 31), MORNING)  # not by itself: a report or an officer decides
_DESK_OPENS = time(7, 30)
_DESK_CLOSES = time(17, 30)


def place_on_or_before(day: date, at: time, calendar: Calendar) -> datetime:
    """Return the instant of a rung, moved back to a working day, so that it is never later than planned."""
    return clock.at_local(calendar.previous_working_day(day), at)


def allowed_from(as_of: datetime, calendar: Calendar) -> datetime:
    """Return the first instant at or after `as_of` at which an office is at its desk.

    A step found late on a Sunday night leaves with Monday's morning wave.
    """
    day, at = clock.local_day(as_of), clock.local_time(as_of)
    if calendar.is_working_day(day):
        if _DESK_OPENS <= at < _DESK_CLOSES:
            return as_of
        if at < _DESK_OPENS:
            return clock.at_local(day, MORNING)
    return clock.at_local(calendar.next_working_day(day + timedelta(days=1)), MORNING)


def wave_of(instant: datetime) -> str:
    """Return the wave an instant belongs to: the morning's 08:00 or the afternoon's 14:00."""
    return "14:00" if clock.local_time(instant) >= AFTERNOON else "08:00"
