"""When a registered document reached the office, as far as its register tells."""

from datetime import date, datetime, time, timedelta

from deadlines.calendar import Calendar
from dondoc import clock


def arrived_at(on: date, hour: time | None, dated: date, calendar: Calendar) -> datetime:
    """Return the instant at which a document counts as arrived.

    The hour where the register gives one, else the end of the day. A document dated on days off that enters the
    register on the next working day arrived on the day it bears: nobody registers on a Saturday.
    Source: office practice, registered the same or the next working day (Nghị định 30/2020/NĐ-CP, Điều 22).
    """
    if hour is not None:
        return clock.at_local(on, hour)
    off_between = all(not calendar.is_working_day(dated + timedelta(days=n)) for n in range(min((on - dated).days, 30)))
    day = dated if dated < on and off_between and (on - dated).days < 30 else on
    return clock.end_of(day) - timedelta(minutes=1)
