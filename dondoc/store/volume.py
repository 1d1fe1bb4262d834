"""How much is about to leave, and how much the plans had us expect: what the guard compares."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dondoc import clock
from dondoc.store import tables as t
from dondoc.store.brakes import not_paused
from dondoc.store.engine import Database

# Units that joined a running duty are taken as expected after a week in which somebody could have noticed.
_NOTICED_AFTER = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class DayVolume:
    """How many notices the ladders will write on one day, on one channel, for the units that still owe."""

    campaign: str
    day: date
    channel: str
    notices: int
    steps: int


async def about_to_leave(
    connection: AsyncConnection, as_of: datetime, since: datetime | None, *, more_than: int
) -> int | None:
    """Return how many live messages would leave now; null when they are no more than `more_than`.

    Messages queued until `since`, which an officer has let go, are not counted. Few are counted without counting all.
    """
    wanted = select(t.message.c.id).where(*_leaving(as_of, since))
    some = select(func.count()).select_from(wanted.limit(more_than + 1).subquery())
    if (await connection.execute(some)).scalar_one() <= more_than:
        return None
    return int((await connection.execute(select(func.count()).select_from(wanted.subquery()))).scalar_one())


async def expected(connection: AsyncConnection, as_of: datetime, since: datetime | None) -> int:
    """Return how many messages the plans had us expect behind those that would leave now.

    Every planned step among them counts with the units that owed it when it opened, or have owed it for a week; and
    every letter about such a unit counts for itself. What joined only now was not expected.
    """
    n, a, d, s = t.notice.c, t.assignment.c, t.duty_period.c, t.step.c
    leaving: Select[Any] = (
        select(n.step_id, n.assignment_id)
        .select_from(t.message)
        .join(t.message_item, t.message_item.c.message_id == t.message.c.id)
        .join(t.notice, n.id == t.message_item.c.notice_id)
        .where(*_leaving(as_of, since))
    )
    foreseen = or_(a.opened_at <= d.opened_at, a.opened_at <= as_of - _NOTICED_AFTER)
    steps = leaving.with_only_columns(n.step_id).where(n.step_id.is_not(None)).distinct()
    by_ladder = (
        select(func.count())
        .select_from(t.step)
        .join(t.assignment, a.cohort_id == s.cohort_id)
        .join(t.duty_period, d.id == a.duty_period_id)
        .where(s.id.in_(steps), foreseen)
    )
    by_letter = (
        leaving.with_only_columns(func.count(n.id.distinct()))
        .join(t.assignment, a.id == n.assignment_id)
        .join(t.duty_period, d.id == a.duty_period_id)
        .where(n.step_id.is_(None), foreseen)
    )
    counted = [int((await connection.execute(each)).scalar_one()) for each in (by_ladder, by_letter)]
    return sum(counted)


def _leaving(as_of: datetime, since: datetime | None) -> list[Any]:
    m = t.message.c
    leaving: list[Any] = [
        t.message_is_open, m.state == "queued", m.mode == "live", m.not_before <= as_of, not_paused(),
    ]  # fmt: skip
    return leaving if since is None else [*leaving, m.queued_at > since]


async def forecast(database: Database, campaign_id: int | None, since: datetime, until: datetime) -> list[DayVolume]:
    """Return the notices that ladders will write between two instants, by campaign, day and channel.

    Steps that are overdue count on the first day. Briefs write to nobody; who reports before then is not written to.
    """
    s, a, c = t.step.c, t.assignment.c, t.campaign.c
    conditions = [
        s.fired_at.is_(None), s.reason.is_(None), s.fire_at < until, s.kind != "brief", c.state != "draft",
        c.ended_on.is_(None),
    ]  # fmt: skip
    if campaign_id is not None:
        conditions.append(s.campaign_id == campaign_id)
    wanted = (
        select(c.key, s.fire_at, s.channel, func.count(a.id), func.count(s.id.distinct()))
        .select_from(t.step)
        .join(t.campaign, c.id == s.campaign_id)
        .outerjoin(t.assignment, and_(a.cohort_id == s.cohort_id, a.state == "open"))
        .where(*conditions)
        .group_by(c.key, s.fire_at, s.channel)
    )
    days: dict[tuple[str, date, str], list[int]] = {}
    async with database.read() as connection:
        for key, fire_at, channel, notices, steps in await connection.execute(wanted):
            day = clock.local_day(max(fire_at, since))
            counted = days.setdefault((key, day, channel), [0, 0])
            counted[0] += notices
            counted[1] += steps
    return [DayVolume(*key, *counted) for key, counted in sorted(days.items(), key=lambda item: item[0])]
