"""What health and metrics ask: how far behind clock and outbox are, what became of messages, who last worked."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dondoc.store import tables as t
from dondoc.store.brakes import not_paused
from dondoc.store.engine import Database


@dataclass(frozen=True, slots=True)
class Backlog:
    """The oldest of what waits at an instant; null: nothing does.

    `due`: steps whose time has come and that only a round is missing for; `unsettled`: those that wait for the desk
    too; `ready`: messages that may leave and have not.
    """

    due: datetime | None
    unsettled: datetime | None
    ready: datetime | None


@dataclass(frozen=True, slots=True)
class MessageCount:
    """Messages of one channel, state and relay: how many, how many claimed again, their cost in đồng."""

    channel: str
    state: str
    relay: str
    messages: int
    claimed_again: int
    cost: int


@dataclass(frozen=True, slots=True)
class Beat:
    """When a process last worked."""

    process: str
    role: str
    wall_at: datetime


async def backlog(connection: AsyncConnection, as_of: datetime) -> Backlog:
    """Return the oldest of what waits, each from the first row of a partial index."""
    s, m = t.step.c, t.message.c
    speaking = select(t.campaign.c.id).where(t.campaign.c.state != "draft", t.campaign.c.ended_on.is_(None))
    unsettled = and_(s.fired_at.is_(None), s.reason.is_(None), s.fire_at <= as_of, s.campaign_id.in_(speaking))
    ready = and_(t.message_is_open, m.state != "claimed", m.not_before <= as_of, not_paused())
    row = (
        await connection.execute(
            select(
                select(func.min(s.fire_at)).where(unsettled, s.waits_for.is_(None)).scalar_subquery(),
                select(func.min(s.fire_at)).where(unsettled).scalar_subquery(),
                select(m.not_before).where(ready).order_by(m.not_before).limit(1).scalar_subquery(),
            )
        )
    ).one()
    return Backlog(*row)


async def message_counts(connection: AsyncConnection) -> list[MessageCount]:
    """Return what became of every message, in one pass over them."""
    m = t.message.c
    found: Any = await connection.execute(
        select(
            m.channel, m.state, func.coalesce(m.relay, ""), func.count(), func.sum(case((m.fence > 1, 1), else_=0)),
            func.coalesce(func.sum(m.cost), 0),
        )
        .group_by(m.channel, m.state, m.relay)
        .order_by(m.channel, m.state, m.relay)
    )  # fmt: skip
    return [MessageCount(*row) for row in found]


async def lapsed_claims(database: Database, connection: AsyncConnection) -> int:
    """Return how many messages are held by a sender that has let its lease run out."""
    m = t.message.c
    wanted = select(func.count()).where(t.message_is_open, m.state == "claimed", m.lease_until < database.time())
    return int((await connection.execute(wanted)).scalar_one())


async def beats(connection: AsyncConnection) -> list[Beat]:
    """Return who last worked when."""
    h = t.heartbeat.c
    found: Any = await connection.execute(select(h.process, h.role, h.wall_at).order_by(h.process))
    return [Beat(*row) for row in found]


async def findings_by_kind(connection: AsyncConnection) -> dict[str, int]:
    """Return how much is wrong by the last audit, by kind."""
    f = t.finding.c
    found = await connection.execute(select(f.kind, func.count()).where(f.cleared_at.is_(None)).group_by(f.kind))
    return {row[0]: row[1] for row in found}


async def holds(connection: AsyncConnection) -> dict[str, int]:
    """Return how many stops, pauses and trips hold mail at this moment."""
    found = {}
    for name, table, end in (
        ("guard", t.guard_stop, t.guard_stop.c.released_at),
        ("pause", t.pause, t.pause.c.resumed_at),
        ("relay", t.relay_trip, t.relay_trip.c.reset_at),
    ):
        counted = await connection.execute(select(func.count()).select_from(table).where(end.is_(None)))
        found[name] = int(counted.scalar_one())
    return found
