"""Days and times as people type them, and how a plan file writes them."""

import re
from calendar import monthrange

_DAYS = (
    re.compile(r"(?P<d>\d{1,2})\s?[/.-]\s?(?P<m>\d{1,2})\s?[/.-]\s?(?P<y>\d{4})"),
    re.compile(r"(?P<y>\d{4})\s?[/.-]\s?(?P<m>\d{1,2})\s?[/.-]\s?(?P<d>\d{1,2})(?:[T ].*)?"),
    re.compile(r"(?P<y>(?:19|20|21)\d\d)(?P<m>\d\d)(?P<d>\d\d)"),
    re.compile(r"(?:ngày )?(?P<d>\d{1,2}) tháng (?P<m>\d{1,2}) năm (?P<y>\d{4})"),
)
_TIME = re.compile(r"(\d{1,2})\s*[hg.:]\s*(\d{2})?")


def day_meant(typed: object) -> str:
    """Return how to write a day nobody could read: as it was meant (`2026-02-03`), or why there is no such day."""
    found = next((match for day in _DAYS if (match := day.fullmatch(str(typed).strip().lower()))), None)
    if found is None:
        return "write year, month and day in figures, such as 2026-01-20"
    year, month, day = int(found["y"]), int(found["m"]), int(found["d"])
    if not year or not 1 <= month <= 12:
        return f"there is no {f'month {month}' if year else 'year 0'}; write year, month and day, such as 2026-01-20"
    if not 1 <= day <= (last := monthrange(year, month)[1]):
        return f"there is no such day: month {month} of {year} has {last} days"
    return f"write {year:04}-{month:02}-{day:02}"


def time_meant(typed: object) -> str:
    """Return how to write a time of day nobody could read: `"14:00"`, or what a day has."""
    hour = _TIME.fullmatch(typed) if isinstance(typed, str) else None
    if hour is None:
        return 'write it as "14:00"'
    if int(hour[1]) > 23 or int(hour[2] or 0) > 59:
        return 'a day has 00:00 to 23:59; write it as "14:00"'
    return f'write "{int(hour[1]):02}:{hour[2] or "00"}"'
