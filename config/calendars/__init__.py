"""What the yearly notices say that a holiday library cannot know: swapped days and which years are settled."""

from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

VIETNAM = Path(__file__).parent / "vn.yaml"
COUNTRY = "vn"  # the calendar that ships; every other one adds to it
DayStatus = Literal["official", "dự kiến"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class OverriddenDay(_Part):
    """A day that is off or worked against the library, with its source; expected only, or settled by a notice."""

    day: date
    name: str
    source: str
    status: DayStatus = "official"


class Notice(_Part):
    """A year whose days off are settled by an official notice."""

    year: int
    source: str


class CalendarOverrides(_Part):
    """Days off and worked days on top of the library, and the years that have an official notice."""

    official_years: tuple[Notice, ...] = ()
    days_off: tuple[OverriddenDay, ...] = ()
    days_worked: tuple[OverriddenDay, ...] = ()

    def with_entries(
        self, off: tuple[OverriddenDay, ...], worked: tuple[OverriddenDay, ...], notices: tuple[Notice, ...]
    ) -> "CalendarOverrides":
        """Return these with an office's own entries on top; what an entry says of a day takes the place of all else."""
        said = {entry.day for entry in (*off, *worked)}
        return CalendarOverrides(
            official_years=(*self.official_years, *notices),
            days_off=(*(entry for entry in self.days_off if entry.day not in said), *off),
            days_worked=(*(entry for entry in self.days_worked if entry.day not in said), *worked),
        )


@cache
def load_overrides(path: Path = VIETNAM) -> CalendarOverrides:
    """Return the overrides of a calendar file. Raises pydantic's `ValidationError` where the file is wrong."""
    return CalendarOverrides.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
