"""What units say goes by the secret route, until the desk has recorded that it came."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dondoc.store import tables as t
from dondoc.store.engine import Database


@dataclass(frozen=True, slots=True)
class Announced:
    """What a unit said of a report that goes by the secret route; of its content nothing is known or asked."""

    document_number: str | None
    document_date: date | None
    signer: str | None
    announced_at: datetime


@dataclass(frozen=True, slots=True)
class Awaited:
    """A report that the desk awaits by the secret route."""

    campaign: str
    duty: str
    period: str
    title: str
    unit_code: str
    unit_name: str
    announced_at: datetime


async def announce(
    database: Database, connection: AsyncConnection, assignment_id: int, values: dict[str, Any], at: datetime
) -> None:
    """Write down what a unit says of its report; what it said before ends with it. Said twice at once it is one."""
    await end(connection, assignment_id, None, at)
    added = database.insert(t.secret_route).values(assignment_id=assignment_id, announced_at=at, **values)
    await connection.execute(added.on_conflict_do_nothing())


async def end(connection: AsyncConnection, assignment_id: int, submission_id: int | None, at: datetime) -> None:
    """End what a unit has announced: its report has come and is recorded, or it was said anew."""
    s = t.secret_route.c
    await connection.execute(
        update(t.secret_route)
        .where(s.assignment_id == assignment_id, s.ended_at.is_(None))
        .values(ended_at=at, submission_id=submission_id)
    )


async def announced_for(database: Database, duty_period_id: int, unit_id: int) -> Announced | None:
    """Return what a unit has announced for a duty period and the desk has not recorded yet."""
    s, a = t.secret_route.c, t.assignment.c
    wanted = (
        select(*(s[name] for name in Announced.__slots__))
        .join(t.assignment, a.id == s.assignment_id)
        .where(a.duty_period_id == duty_period_id, a.unit_id == unit_id, s.ended_at.is_(None))
    )
    async with database.read() as connection:
        row = (await connection.execute(wanted)).first()
    return Announced(*row) if row else None


async def announced_by(database: Database, assignment_id: int) -> Announced | None:
    """Return what is announced for an assignment and not recorded yet."""
    s = t.secret_route.c
    wanted = select(*(s[name] for name in Announced.__slots__)).where(
        s.assignment_id == assignment_id, s.ended_at.is_(None)
    )
    async with database.read() as connection:
        row = (await connection.execute(wanted)).first()
    return Announced(*row) if row else None


async def awaited(database: Database) -> list[Awaited]:
    """Return every report the desk awaits by the secret route, the one announced first at the head."""
    s, d, u = t.secret_route.c, t.duty_period.c, t.unit.c
    wanted = (
        select(t.campaign.c.key, d.duty, d.period, d.title, u.code, u.office_name, s.announced_at)
        .join(t.assignment, t.assignment.c.id == s.assignment_id)
        .join(t.duty_period, d.id == t.assignment.c.duty_period_id)
        .join(t.campaign, t.campaign.c.id == d.campaign_id)
        .join(t.unit, u.id == t.assignment.c.unit_id)
        .where(s.ended_at.is_(None), t.assignment.c.state.in_(("open", "submitted")))
        .order_by(s.announced_at, s.id)
    )
    async with database.read() as connection:
        found: Any = await connection.execute(wanted)
        return [Awaited(*row) for row in found]
