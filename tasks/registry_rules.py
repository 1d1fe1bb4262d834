"""What an act on the registry may rest upon: which unit is meant, which code is free, who may stand above whom."""

import string
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from config.errors import Refused
from config.grammar import UNIT_KINDS
from dondoc.registry.problems import way_out
from dondoc.registry.text import search_key
from dondoc.store.engine import Connection
from dondoc.store.registry import find_unit_in
from dondoc.store.registry_changes import Life, lives_of

_CODE = frozenset(string.ascii_letters + string.digits + "-_.")
_DEEPEST = 10  # levels of parents; more than that is a circle
_NAMED = 5  # units an error names before it counts the rest


class RefusedChange(Refused):
    """An act that contradicts the registry: names the unit, what stands against it, and the way out."""


@dataclass(frozen=True, slots=True)
class NewUnit:
    """A unit that an act names as what comes afterwards: an existing one by its code, or a new one with its name.

    What is null follows from the units it is formed of, or from its parent.
    """

    code: str
    name: str | None = None
    office_name: str | None = None
    kind: str | None = None
    parent: str | None = None
    province: str | None = None
    territory: str | None = None


async def living_unit(connection: Connection, text: str, day: date) -> Life:
    """Return the unit that an act on `day` changes: it existed the day before and would go on.

    Errors: `UnknownUnit`, `RefusedChange`.
    """
    code = text
    if not (lives := (await lives_of(connection, [code])).get(code)):
        code = (await find_unit_in(connection, text, search_key(text), day)).code
        lives = (await lives_of(connection, [code]))[code]
    found = next((life for life in lives if life.exists_on(day - timedelta(days=1))), None)
    if found is None:
        later = next((life for life in lives if life.valid_from >= day), None)
        if later is not None:
            raise RefusedChange(
                f"unit '{code}': begins on {later.valid_from:%d/%m/%Y}; an act on it is possible from the next day on"
            )
        raise RefusedChange(f"unit '{code}': ended on {lives[-1].valid_to:%d/%m/%Y} already; see 'dondoc units show'")
    if found.valid_to is not None and found.valid_to <= day:
        raise RefusedChange(f"unit '{code}': ends on {found.valid_to:%d/%m/%Y} already; see 'dondoc units show'")
    return found


async def ending_unit(connection: Connection, text: str, day: date) -> Life:
    """Return the unit that an act ends for good on `day`. Errors: `UnknownUnit`, `RefusedChange`."""
    found = await living_unit(connection, text, day)
    if found.valid_to is not None:
        raise RefusedChange(
            f"unit '{found.code}': its end on {found.valid_to:%d/%m/%Y} is recorded already; a unit ends once"
        )
    return found


async def existing_unit(connection: Connection, code: str, day: date) -> Life | None:
    """Return the unit that has a code on `day`, or null."""
    lives = (await lives_of(connection, [code])).get(code, [])
    return next((life for life in lives if life.exists_on(day)), None)


async def refuse_taken_code(connection: Connection, code: str, day: date) -> None:
    """Errors: `RefusedChange` unless nobody has this code on `day` or later."""
    if not code or len(code) > 60 or not _CODE.issuperset(code):
        raise RefusedChange(f"code '{code}': use up to 60 of a-z, A-Z, digits, '-', '_' and '.'")
    for life in (await lives_of(connection, [code])).get(code, []):
        if life.valid_to is None or life.valid_to > day:
            until = f"until {life.valid_to:%d/%m/%Y}" if life.valid_to else "until further notice"
            raise RefusedChange(
                f"code '{code}': belongs to {life.name} from {life.valid_from:%d/%m/%Y} {until}; choose another"
            )


async def checked_parent(connection: Connection, child: str, parent: str, begins: date, ends: date | None) -> Life:
    """Return the parent as it is on `begins`; it must exist as long as its child and not stand below it.

    Errors: `RefusedChange`.
    """
    if parent == child:
        raise RefusedChange(f"parent '{parent}': a unit does not stand under itself; name another")
    lives = (await lives_of(connection, [parent])).get(parent, [])
    day = begins
    for life in lives:
        if life.valid_from <= day:
            day = max(day, life.valid_to or date.max)
    if day < (ends or date.max):
        raise RefusedChange(
            f"parent '{parent}': does not exist on {day:%d/%m/%Y}, while '{child}' would; name the parent of that time"
        )
    found = next(life for life in lives if life.exists_on(begins))
    above = found.parent_code
    for _ in range(_DEEPEST):
        if above is None:
            return found
        if above == child:
            break
        upper = await existing_unit(connection, above, begins)
        above = upper.parent_code if upper else None
    raise RefusedChange(f"parent '{parent}': stands below '{child}' itself; move it first or name another")


def checked_kind(kind: str) -> str:
    """Return a unit kind. Errors: `RefusedChange`."""
    if kind not in UNIT_KINDS:
        raise RefusedChange(f"kind '{kind}': {way_out(kind, UNIT_KINDS)}")
    return kind


def office_name_like(like: Life, name: str) -> str:
    """Return how a letter addresses a unit with this name, formed as `like` is addressed.

    "Xã A", "Ủy ban nhân dân xã A" and the name "Phường B" give "Ủy ban nhân dân phường B".
    Errors: `RefusedChange` where the old address does not hold the old name.
    """
    at = like.office_name.lower().rfind(like.name.lower())
    if at < 0:
        raise RefusedChange(
            f"name '{name}': '{like.office_name}' does not show how a letter would address it; add --office-name"
        )
    new = name if like.office_name[at] == like.name[0] else name[0].lower() + name[1:]
    return like.office_name[:at] + new + like.office_name[at + len(like.name) :]


def listed(units: Sequence[Life]) -> str:
    """Return units as an error names them: a few, then how many more."""
    named = ", ".join(f"{unit.code} ({unit.name})" for unit in units[:_NAMED])
    return named if len(units) <= _NAMED else f"{named} and {len(units) - _NAMED} more"
