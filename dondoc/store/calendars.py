"""Calendars as an office keeps them: days off, days worked, years settled by a notice, each with its source."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dondoc.store import tables as t


@dataclass(frozen=True, slots=True)
class CalendarRow:
    """A calendar beside the country's own; it says what that says, and more."""

    key: str
    name: str
    extends: str | None


@dataclass(frozen=True, slots=True)
class EntryRow:
    """What an officer has entered about a day (of a year's notice: its 1 January)."""

    id: int
    calendar: str
    day: date
    kind: str  # off | worked | notice
    name: str
    source: str
    status: str
    officer: str
    made_at: datetime


_ENTRY = [t.calendar_entry.c[name] for name in EntryRow.__slots__]


async def calendar_rows(connection: AsyncConnection) -> list[CalendarRow]:
    """Return the calendars beside the country's own, by key."""
    c = t.calendar.c
    return [CalendarRow(*row) for row in await connection.execute(select(c.key, c.name, c.extends).order_by(c.key))]


async def entries(connection: AsyncConnection) -> list[EntryRow]:
    """Return every entry that stands, by calendar and day."""
    e = t.calendar_entry.c
    found = await connection.execute(select(*_ENTRY).where(e.withdrawn_at.is_(None)).order_by(e.calendar, e.day, e.id))
    return [EntryRow(*row) for row in found]


async def how_far(connection: AsyncConnection) -> tuple[int, int, int]:
    """Return a mark that changes whenever a calendar does."""
    e = t.calendar_entry.c
    seen = (await connection.execute(select(func.coalesce(func.max(e.id), 0), func.count(e.withdrawn_at)))).one()
    kept = (await connection.execute(select(func.count()).select_from(t.calendar))).scalar_one()
    return int(seen[0]), int(seen[1]), int(kept)


async def add_calendar(connection: AsyncConnection, key: str, name: str, extends: str) -> None:
    """Insert a calendar."""
    await connection.execute(insert(t.calendar).values(key=key, name=name, extends=extends))


async def add_entry(connection: AsyncConnection, values: dict[str, Any]) -> None:
    """Insert an entry; an earlier one about the same day (or the same year's notice) is withdrawn."""
    await withdraw_entries(connection, values["calendar"], values["day"], values["kind"] == "notice", values["made_at"])
    await connection.execute(insert(t.calendar_entry).values(**values))


async def withdraw_entries(
    connection: AsyncConnection, calendar: str, day: date, notice: bool, at: datetime
) -> int:  # fmt: skip
    """Withdraw what was entered about a day, or about a year's notice; return how many entries that were."""
    e = t.calendar_entry.c
    kinds = ("notice",) if notice else ("off", "worked")
    done = await connection.execute(
        update(t.calendar_entry)
        .where(e.calendar == calendar, e.day == day, e.kind.in_(kinds), e.withdrawn_at.is_(None))
        .values(withdrawn_at=at)
    )
    return int(done.rowcount)


async def campaigns_by_calendar(connection: AsyncConnection) -> dict[str, list[int]]:
    """Return which campaigns go by which calendar."""
    found: dict[str, list[int]] = {}
    for row in await connection.execute(select(t.campaign.c.id, t.campaign.c.calendar).order_by(t.campaign.c.id)):
        found.setdefault(row.calendar, []).append(row.id)
    return found
