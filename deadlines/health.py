"""Whether the system is well: what each figure may be before somebody has to look."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

State = Literal["well", "degraded", "down"]
EXIT_CODES: dict[State, int] = {"well": 0, "degraded": 1, "down": 2}

CLOCK_LAG = timedelta(minutes=10)  # twenty sweeps of the alarm
QUEUE_AGE = timedelta(minutes=30)  # a large wave takes minutes; a relay that greylists a quarter of an hour
ROUND_AGE = timedelta(minutes=30)  # also where cron does the rounds every quarter of an hour
AUDIT_AGE = timedelta(hours=25)  # a day, and the time one takes
LEAST_DISK = 500_000_000  # bytes: files and journal of a month


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: its name, how it stands, and the figure in plain values."""

    name: str
    state: State
    value: str | int | None = None


def overall(checks: Sequence[Check]) -> State:
    """Return how the whole stands: as its worst part."""
    worst = max((EXIT_CODES[check.state] for check in checks), default=0)
    return next(state for state, code in EXIT_CODES.items() if code == worst)


def aged(name: str, since: datetime | None, most: timedelta, *, as_of: datetime, never: State = "well") -> Check:
    """Return a check of something that must not be older than `most`, in seconds; `never`: what it means if null."""
    if since is None:
        return Check(name, never)
    age = as_of - since
    return Check(name, "well" if age <= most else "degraded", max(0, int(age.total_seconds())))


def counted(name: str, count: int) -> Check:
    """Return a check of something there should be none of."""
    return Check(name, "degraded" if count else "well", count)


def room(free: int) -> Check:
    """Return a check of the bytes left where the state lies; with none left nothing can be recorded."""
    return Check("disk", "well" if free >= LEAST_DISK else "degraded" if free > LEAST_DISK // 50 else "down", free)
