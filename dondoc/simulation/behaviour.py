"""How units and the desk behave in a simulation: drawn once per assignment from a seed, never from a clock."""

import hashlib
import random
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from config.errors import Refused
from dondoc import clock
from dondoc.store.accounts import OpenedAssignment

Manner = Literal["punctual", "in-between", "late", "silent"]


class UnknownProfile(Refused):
    """No such behaviour profile; names those there are."""


@dataclass(frozen=True, slots=True)
class Profile:
    """Shares of how mandated units behave, of invited ones that answer, and of briefs that are released."""

    name: str
    punctual: float
    in_between: float
    late: float
    invited_answer: float
    with_document: float
    released: float


PROFILES = {
    profile.name: profile
    for profile in (
        Profile("typical", 0.70, 0.06, 0.16, 0.55, 0.6, 0.9),
        Profile("diligent", 0.95, 0.03, 0.02, 0.9, 0.9, 1.0),
        Profile("silent", 0.20, 0.02, 0.18, 0.1, 0.4, 0.5),
    )
}


@dataclass(frozen=True, slots=True)
class Conduct:
    """What one unit will do about one assignment: when its report comes, with or without the official document."""

    manner: Manner
    at: datetime | None
    with_document: bool


def profile_named(name: str) -> Profile:
    """Return a profile. Errors: `UnknownProfile`."""
    if name not in PROFILES:
        raise UnknownProfile(f"profile '{name}': unknown; there are {', '.join(PROFILES)}")
    return PROFILES[name]


def conduct_of(assignment: OpenedAssignment, profile: Profile, seed: int) -> Conduct:
    """Return what a unit will do, the same for the same seed whatever else happens."""
    draw = _draw(seed, assignment.unit_code, assignment.duty, assignment.period)
    if assignment.due_on is None:
        return Conduct("silent", None, False)
    with_document = draw.random() < profile.with_document
    if assignment.modality != "mandated":
        if draw.random() < profile.invited_answer:
            return Conduct("punctual", _before(assignment.due_on, draw), with_document)
        return Conduct("silent", None, False)
    fate = draw.random()
    if fate < profile.punctual:
        return Conduct("punctual", _before(assignment.due_on, draw), with_document)
    if fate < profile.punctual + profile.in_between:
        return Conduct("in-between", None, with_document)
    if fate < profile.punctual + profile.in_between + profile.late:
        return Conduct("late", _after(assignment.due_on, draw), with_document)
    return Conduct("silent", None, False)


def is_released(code: str, profile: Profile, seed: int) -> bool:
    """Return whether the officer in charge releases a brief."""
    return _draw(seed, "brief", code).random() < profile.released


def _draw(seed: int, *parts: str) -> random.Random:
    digest = hashlib.sha256("\x1f".join((str(seed), *parts)).encode()).digest()
    return random.Random(int.from_bytes(digest[:8], "big"))


def _before(due_on: date, draw: random.Random) -> datetime:
    days = min(int(draw.expovariate(1 / 6)), 40)  # most come in the last week
    return clock.at_local(due_on - timedelta(days=days), _office_hour(draw))


def _after(due_on: date, draw: random.Random) -> datetime:
    return clock.at_local(due_on + timedelta(days=1 + int(draw.expovariate(1 / 5))), _office_hour(draw))


def _office_hour(draw: random.Random) -> time:
    minutes = draw.randrange(7 * 60 + 30, 17 * 60)
    return time(minutes // 60, minutes % 60)
