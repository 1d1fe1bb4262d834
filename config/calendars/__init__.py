"""What the yearly notices say that a holiday library cannot know: swapped days and which years are settled."""

from datetime import date
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

VIETNAM = Path(__file__).parent / "vn.yaml"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class OverriddenDay(_Part):
    """A day whose status an official notice settles against the library, with its source."""

    day: date
    name: str
    source: str


class Notice(_Part):
    """A year whose days off are settled by an official notice."""

    year: int
    source: str


class CalendarOverrides(_Part):
    """Days off and worked days on top of the library, and the years that have an official notice."""

    official_years: tuple[Notice, ...] = ()
    days_off: tuple[OverriddenDay, ...] = ()
    days_worked: tuple[OverriddenDay, ...] = ()


@cache
def load_overrides(path: Path = VIETNAM) -> CalendarOverrides:
    """Return the overrides of a calendar file. Raises pydantic's `ValidationError` where the file is wrong."""
    return CalendarOverrides.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
