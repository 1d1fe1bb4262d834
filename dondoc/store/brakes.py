"""What keeps mail from leaving: the stop button, the guard's stops, and what they let go again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, exists, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import ColumnElement

from dondoc.store import tables as t
from dondoc.store.engine import Database


@dataclass(frozen=True, slots=True)
class Pause:
    """A stop button that is pressed: for everything, a campaign, a channel, or a campaign's channel."""

    id: int
    campaign: str | None
    channel: str | None
    officer: str
    reason: str
    paused_at: datetime


@dataclass(frozen=True, slots=True)
class Stop:
    """A guard's stop that no officer has released yet: volume, clock or restored."""

    kind: str
    forecast: int | None
    found: int | None
    detail: str
    stopped_at: datetime


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """When a process last worked, by its wall clock and by the clock of its host that never jumps."""

    wall_at: datetime
    monotonic: float
    boot: str


def not_paused() -> ColumnElement[bool]:
    """Return the condition that a message may leave: no stop button holds it, and no guard has stopped everything."""
    p, m = t.pause.c, t.message.c
    pressed = exists().where(
        p.resumed_at.is_(None),
        or_(p.campaign_id.is_(None), p.campaign_id == m.campaign_id),
        or_(p.channel.is_(None), p.channel == m.channel),
    )
    stopped = exists().where(t.guard_stop.c.released_at.is_(None))
    return and_(~pressed, ~stopped)


async def open_stops(connection: AsyncConnection) -> list[Stop]:
    """Return why nothing leaves until an officer says so, the oldest stop first; empty: nothing stands still."""
    g = t.guard_stop.c
    found = await connection.execute(
        select(g.kind, g.forecast, g.found, g.detail, g.stopped_at).where(g.released_at.is_(None)).order_by(g.id)
    )
    return [Stop(*row) for row in found]


async def open_stop(connection: AsyncConnection) -> str | None:
    """Return the reason dispatch stands still, null when it does not."""
    stops = await open_stops(connection)
    return stops[0].kind if stops else None


async def add_stop(
    database: Database,
    connection: AsyncConnection,
    kind: str,
    detail: str,
    at: datetime,
    *,
    forecast: int | None = None,
    found: int | None = None,
) -> bool:
    """Stop everything that leaves; returns false when it is stopped for that reason already."""
    values = {"kind": kind, "detail": detail[:400], "stopped_at": at, "forecast": forecast, "found": found}
    done = await connection.execute(database.insert(t.guard_stop).values(**values).on_conflict_do_nothing())
    return bool(done.rowcount)


async def release_stop(connection: AsyncConnection, kind: str, officer: str, at: datetime) -> bool:
    """Let leave again what a guard held; returns false when it held nothing."""
    g = t.guard_stop.c
    done = await connection.execute(
        update(t.guard_stop).where(g.kind == kind, g.released_at.is_(None)).values(released_at=at, released_by=officer)
    )
    return bool(done.rowcount)


async def last_release(connection: AsyncConnection, kind: str) -> datetime | None:
    """Return when an officer last released a guard's stop of a kind."""
    g = t.guard_stop.c
    wanted = select(g.released_at).where(g.kind == kind, g.released_at.is_not(None))
    return (await connection.execute(wanted.order_by(g.released_at.desc()).limit(1))).scalar()


async def pressed(connection: AsyncConnection) -> frozenset[tuple[str, int]]:
    """Return everything that holds mail at this moment, by kind and number: pauses, stops, tripped relays."""
    held: set[tuple[str, int]] = set()
    for table, end in (
        (t.pause, t.pause.c.resumed_at),
        (t.guard_stop, t.guard_stop.c.released_at),
        (t.relay_trip, t.relay_trip.c.reset_at),
    ):
        found = await connection.execute(select(table.c.id).where(end.is_(None)))
        held |= {(table.name, number) for number in found.scalars()}
    return frozenset(held)


async def open_pauses(connection: AsyncConnection) -> list[Pause]:
    """Return every stop button that is pressed, oldest first."""
    p = t.pause.c
    found = await connection.execute(
        select(p.id, t.campaign.c.key, p.channel, p.officer, p.reason, p.paused_at)
        .outerjoin(t.campaign, t.campaign.c.id == p.campaign_id)
        .where(p.resumed_at.is_(None))
        .order_by(p.id)
    )
    return [Pause(*row) for row in found]


async def press(
    connection: AsyncConnection,
    campaign_id: int | None,
    channel: str | None,
    *,
    officer: str,
    reason: str,
    at: datetime,
) -> None:
    """Press the stop button."""
    values = {"campaign_id": campaign_id, "channel": channel, "officer": officer, "reason": reason, "paused_at": at}
    await connection.execute(insert(t.pause).values(**values))


async def let_go(connection: AsyncConnection, pause_ids: Sequence[int], officer: str, at: datetime) -> None:
    """End pauses."""
    p = t.pause.c
    await connection.execute(
        update(t.pause).where(p.id.in_(pause_ids), p.resumed_at.is_(None)).values(resumed_at=at, resumed_by=officer)
    )


async def heartbeat_of(connection: AsyncConnection, process: str) -> Heartbeat | None:
    """Return when a process last worked."""
    h = t.heartbeat.c
    row = (await connection.execute(select(h.wall_at, h.monotonic, h.boot).where(h.process == process))).first()
    return Heartbeat(*row) if row else None


async def beat(database: Database, connection: AsyncConnection, process: str, role: str, now: Heartbeat) -> None:
    """Note that a process works."""
    values = {
        "role": role, "wall_at": now.wall_at, "monotonic": now.monotonic, "boot": now.boot, "seen_at": database.time(),
    }  # fmt: skip
    row = database.insert(t.heartbeat).values(process=process, **values)
    await connection.execute(row.on_conflict_do_update(index_elements=["process"], set_=values))
