"""The only reader of the clock: the instant a command starts from, and local time in Vietnam.

Everything below takes `as_of`. A simulated clock is an offset kept by the database itself
(`dondoc.store.engine`), and only by a database marked as a simulation.
"""

import time
from datetime import UTC, date, datetime, timedelta, timezone
from datetime import time as time_of_day

# Vietnam keeps UTC+7 without daylight saving, so a fixed zone is exact and compares by instant.
LOCAL = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")


def now(offset: timedelta = timedelta()) -> datetime:
    """Return the present instant in UTC, moved by `offset` when a simulation says so."""
    return datetime.now(UTC) + offset


def monotonic() -> float:
    """Return seconds on the clock that never jumps, for bounds and health checks."""
    return time.monotonic()


def since_boot() -> float:
    """Return seconds since this host started, sleep included: what an honest wall clock advances by, too."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def local_day(instant: datetime) -> date:
    """Return the Vietnamese calendar day on which `instant` falls."""
    return instant.astimezone(LOCAL).date()


def local_time(instant: datetime) -> time_of_day:
    """Return the Vietnamese wall-clock time of `instant`."""
    return instant.astimezone(LOCAL).time()


def at_local(day: date, at: time_of_day) -> datetime:
    """Return the UTC instant of a Vietnamese day and wall-clock time."""
    return datetime.combine(day, at, LOCAL).astimezone(UTC)


def end_of(day: date) -> datetime:
    """Return the first instant after a Vietnamese day: 00:00 of the next one, in UTC."""
    return at_local(day + timedelta(days=1), time_of_day())
