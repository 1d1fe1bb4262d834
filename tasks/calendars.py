"""Calendars in use: read from the shipped file and the office's entries, changed by a named officer."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date, timedelta
from typing import Any

from config.calendars import COUNTRY, CalendarOverrides, Notice, OverriddenDay, load_overrides
from config.errors import Refused
from deadlines.calendar import Calendar
from deadlines.difference import Difference
from dondoc.store import calendars as store
from dondoc.store.calendars import EntryRow
from dondoc.store.campaigns import lock_campaign
from dondoc.store.engine import Connection
from tasks.changing import By, change
from tasks.recompute import Change, recompute
from tasks.trail import note
from tasks.world import World

_LONGEST_SPAN = 31  # days in one entry


class RefusedCalendar(Refused):
    """A calendar that cannot be changed as told: names place, value and way out."""


async def refresh_calendars(world: World) -> None:
    """Read the calendars anew where somebody has changed them; otherwise this costs one look."""
    async with world.database.read() as connection:
        mark = await store.how_far(connection)
        if mark != world.calendars_seen:
            _use(world, await calendars_in(connection))
            world.calendars_seen = mark


async def calendars_in(connection: Connection) -> dict[str, Calendar]:
    """Return every calendar by its key, the country's own among them, as a transaction sees them."""
    said: dict[str, list[EntryRow]] = {}
    for entry in await store.entries(connection):
        said.setdefault(entry.calendar, []).append(entry)
    overrides = {COUNTRY: _with(load_overrides(), said.get(COUNTRY, []))}
    for row in await store.calendar_rows(connection):
        base = overrides.get(row.extends or COUNTRY, overrides[COUNTRY])
        overrides[row.key] = _with(base, said.get(row.key, []))
    return {key: Calendar(each) for key, each in overrides.items()}


async def enter_days(
    world: World, calendar: str, days: Mapping[date, str], *, name: str, source: str, status: str, by: By
) -> Difference:
    """Enter days as `off` or `worked` with their source, and let every campaign that goes by them follow.

    Unfired steps are placed anew; what has fired stays. Errors: `RefusedCalendar`; nothing is changed then.
    """
    if not days or len(days) > _LONGEST_SPAN:
        raise RefusedCalendar(
            f"calendar {calendar}: {len(days)} days at once; at most {_LONGEST_SPAN}, and at least one"
        )

    async def enter(connection: Connection) -> None:
        for day, kind in sorted(days.items()):
            values = {"calendar": calendar, "day": day, "kind": kind, "name": name, "source": source,
                      "status": status, "officer": by.officer, "made_at": by.as_of}  # fmt: skip
            await store.add_entry(connection, values)

    what = {"days": {day.isoformat(): kind for day, kind in days.items()}, "name": name, "source": source,
            "status": status}  # fmt: skip
    return await _changed(world, calendar, by, enter, what)


async def note_year(world: World, calendar: str, year: int, *, source: str, by: By) -> Difference:
    """Record that an official notice has settled the days off of a year; they are no longer "dự kiến"."""

    async def enter(connection: Connection) -> None:
        values = {"calendar": calendar, "day": date(year, 1, 1), "kind": "notice", "name": f"Năm {year}",
                  "source": source, "status": "official", "officer": by.officer, "made_at": by.as_of}  # fmt: skip
        await store.add_entry(connection, values)

    return await _changed(world, calendar, by, enter, {"year": year, "source": source})


async def forget_day(world: World, calendar: str, day: date, *, by: By) -> Difference:
    """Withdraw what was entered about a day; the country's calendar speaks again. Errors: `RefusedCalendar`."""

    async def withdraw(connection: Connection) -> None:
        if not await store.withdraw_entries(connection, calendar, day, False, by.as_of):
            raise RefusedCalendar(
                f"calendar {calendar}: nothing was entered about {day:%d/%m/%Y}; see 'dondoc calendar show {calendar} "
                f"--year {day.year}'"
            )

    return await _changed(world, calendar, by, withdraw, {"withdrawn": day})


async def new_calendar(world: World, key: str, name: str, extends: str, *, by: By) -> Difference:
    """Make a calendar that says what `extends` says until days are entered into it. Errors: `RefusedCalendar`."""

    async def add(connection: Connection) -> None:
        known = {COUNTRY, *(row.key for row in await store.calendar_rows(connection))}
        if key in known:
            raise RefusedCalendar(f"calendar '{key}': there is one already")
        await _refuse_unknown(connection, extends)
        await store.add_calendar(connection, key, name, extends)

    return await _changed(world, extends, by, add, {"new": key, "name": name})


def span(first: date, last: date | None) -> list[date]:
    """Return the days from `first` to `last`, both included. Errors: `RefusedCalendar` in the wrong order."""
    if last is not None and last < first:
        raise RefusedCalendar(f"--until {last:%d/%m/%Y}: before {first:%d/%m/%Y}")
    return [first + timedelta(days=n) for n in range(((last or first) - first).days + 1)]


async def _changed(
    world: World, calendar: str, by: By, enter: Callable[[Connection], Awaitable[None]], what: dict[str, Any]
) -> Difference:  # fmt: skip
    async def work(connection: Connection) -> None:
        await _refuse_unknown(connection, calendar)
        await enter(connection)
        note(connection, world, by.officer, "calendar", {"calendar": calendar, **what}, at=by.as_of)
        _use(world, await calendars_in(connection))
        for ids in (await store.campaigns_by_calendar(connection)).values():
            for campaign_id in ids:  # one calendar may rest on another: whose steps do not move has nothing to write
                campaign = await lock_campaign(world.database, connection, campaign_id)
                await recompute(world, connection, campaign, Change(by.as_of, "calendar", None, by.as_of))

    try:
        return (await change(world, work, only_show=by.only_show)).difference
    finally:  # what was only looked at, or refused, is not to be gone by
        world.calendars_seen = (-1, -1, -1)
        await refresh_calendars(world)


async def _refuse_unknown(connection: Connection, key: str) -> None:
    known = [COUNTRY, *(row.key for row in await store.calendar_rows(connection))]
    if key not in known:
        raise RefusedCalendar(f"calendar '{key}': unknown; there are {', '.join(known)}")


def _with(base: CalendarOverrides, said: list[EntryRow]) -> CalendarOverrides:
    def days(kind: str) -> tuple[OverriddenDay, ...]:
        return tuple(
            OverriddenDay.model_validate(
                {"day": entry.day, "name": entry.name, "source": entry.source, "status": entry.status}
            )
            for entry in said
            if entry.kind == kind
        )

    notices = tuple(Notice(year=entry.day.year, source=entry.source) for entry in said if entry.kind == "notice")
    return base.with_entries(days("off"), days("worked"), notices)


def _use(world: World, calendars: dict[str, Calendar]) -> None:
    world.calendar = calendars[COUNTRY]
    world.calendars = calendars
