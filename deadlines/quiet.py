"""When a telephone may ring: short messages leave on working days between 07:30 and 20:00, unless they are urgent."""

from datetime import datetime, time, timedelta

from deadlines.calendar import Calendar
from dondoc import clock

_FROM, _UNTIL = time(7, 30), time(20, 0)


def sms_allowed_from(as_of: datetime, calendar: Calendar) -> datetime:
    """Return the first instant at or after `as_of` at which a short message that is not urgent may leave.

    The hours of NĐ 91/2020 bind advertising only; these are narrower, out of courtesy.
    """
    day, at = clock.local_day(as_of), clock.local_time(as_of)
    if calendar.is_working_day(day) and _FROM <= at < _UNTIL:
        return as_of
    following = day if at < _FROM else day + timedelta(days=1)
    return clock.at_local(calendar.next_working_day(following), _FROM)
