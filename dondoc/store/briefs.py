"""Briefs on the desk: laid by a step, released by a named officer, their lists in protocol order."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, func, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from config.errors import Refused
from dondoc.store import tables as t
from dondoc.store.engine import Database


class UnknownBrief(Refused):
    """No such brief, or it is no longer on the desk."""


@dataclass(frozen=True, slots=True)
class BriefRow:
    """A brief as it lies on the desk."""

    id: int
    code: str
    campaign_id: int
    step_id: int
    rung: str
    recipient: str
    state: str
    parameters: dict[str, Any]
    laid_at: datetime
    released_at: datetime | None
    released_by: str | None
    document: str | None


@dataclass(frozen=True, slots=True)
class BriefItem:
    """One unit of a brief: whether it still owes, and whom its office mailbox reaches."""

    notice_id: int
    assignment_id: int
    unit_id: int
    unit_name: str
    unit_kind: str
    assignment_state: str


_COLUMNS = [t.brief.c[name] for name in BriefRow.__slots__]


async def add_brief(connection: AsyncConnection, values: dict[str, Any]) -> int:
    """Insert a brief with every laid notice of its step; return its id."""
    added = await connection.execute(insert(t.brief).values(**values).returning(t.brief.c.id))
    brief_id = int(added.scalar_one())
    n = t.notice.c
    await connection.execute(
        insert(t.brief_item).from_select(
            ["brief_id", "notice_id"],
            select(literal(brief_id), n.id).where(n.step_id == values["step_id"], n.state == "laid"),
        )
    )
    return brief_id


async def set_parameters(connection: AsyncConnection, brief_id: int, parameters: dict[str, Any]) -> None:
    """Keep what a brief says, so that it can be printed again as it was laid."""
    await connection.execute(update(t.brief).where(t.brief.c.id == brief_id).values(parameters=parameters))


async def brief(database: Database, code: str) -> BriefRow:
    """Return a brief by its code. Errors: `UnknownBrief`, naming those on the desk."""
    on_desk = await briefs_on_desk(database)
    async with database.read() as connection:
        row = (await connection.execute(select(*_COLUMNS).where(t.brief.c.code == code))).first()
    if row is None:
        listed = ", ".join(b.code for b in on_desk[:12]) or "none"
        raise UnknownBrief(f"brief '{code}': unknown; on the desk: {listed}")
    return BriefRow(*row)


async def briefs_on_desk(database: Database, campaign_id: int | None = None) -> list[BriefRow]:
    """Return what waits for an officer's release, oldest first."""
    condition = t.brief.c.state == "laid"
    if campaign_id is not None:
        condition = and_(condition, t.brief.c.campaign_id == campaign_id)
    async with database.read() as connection:
        found = await connection.execute(select(*_COLUMNS).where(condition).order_by(t.brief.c.id))
        return [BriefRow(*row) for row in found]


async def step_of_brief(database: Database, code: str) -> tuple[str, str, str, str, datetime] | None:
    """Return what a brief's run is known by: campaign, duty, period, rung, and when its step fired."""
    s = t.step.c
    async with database.read() as connection:
        found = await connection.execute(
            select(t.campaign.c.key, s.duty, s.period, s.rung, s.fired_at)
            .join(t.campaign, t.campaign.c.id == s.campaign_id)
            .join(t.brief, t.brief.c.step_id == s.id)
            .where(t.brief.c.code == code)
        )
        row = found.first()
        return None if row is None else (row.key, row.duty, row.period, row.rung, row.fired_at)


async def brief_items(connection: AsyncConnection, brief_id: int) -> list[BriefItem]:
    """Return the units of a brief in protocol order with the present state of what they owe."""
    a, u = t.assignment.c, t.unit.c
    found = await connection.execute(
        select(t.notice.c.id, a.id, u.id, u.office_name, u.kind, a.state)
        .select_from(t.brief_item)
        .join(t.notice, t.notice.c.id == t.brief_item.c.notice_id)
        .join(t.assignment, a.id == t.notice.c.assignment_id)
        .join(t.unit, u.id == a.unit_id)
        .where(t.brief_item.c.brief_id == brief_id, t.notice.c.state == "laid")
        .order_by(u.protocol_order, u.code)
    )
    return [BriefItem(*row) for row in found]


async def settle_brief(connection: AsyncConnection, brief_id: int, values: dict[str, Any], at: datetime) -> bool:
    """Release or withdraw a brief that lies on the desk; what has come in meanwhile is withdrawn from it.

    Returns false when somebody was faster.
    """
    done = await connection.execute(
        update(t.brief).where(t.brief.c.id == brief_id, t.brief.c.state == "laid").values(**values)
    )
    if not done.rowcount:
        return False
    n = t.notice.c
    still_open = (select(t.assignment.c.state).where(t.assignment.c.id == n.assignment_id).scalar_subquery()) == "open"
    items = select(t.brief_item.c.notice_id).where(t.brief_item.c.brief_id == brief_id)
    state = case((still_open, literal(values["state"])), else_=literal("withdrawn"))
    await connection.execute(
        update(t.notice)
        .where(n.id.in_(items), n.state == "laid")
        .values(state=state, reason=case((still_open, None), else_=literal("already-submitted")), settled_at=at)
    )
    return True


async def withdraw_briefs(connection: AsyncConnection, campaign_id: int, at: datetime) -> None:
    """Take every brief of a campaign off the desk, for instance those of its rehearsal."""
    n, b = t.notice.c, t.brief.c
    laid = select(b.id).where(b.campaign_id == campaign_id, b.state == "laid")
    items = select(t.brief_item.c.notice_id).where(t.brief_item.c.brief_id.in_(laid))
    await connection.execute(
        update(t.notice)
        .where(n.id.in_(items), n.state == "laid")
        .values(state="withdrawn", reason="superseded", settled_at=at)
    )
    await connection.execute(
        update(t.brief).where(b.campaign_id == campaign_id, b.state == "laid").values(state="withdrawn")
    )


async def figures(connection: AsyncConnection, duty_period_id: int) -> dict[tuple[str, str | None], int]:
    """Return how many assignments of a duty period there are by (modality, judgement or state).

    A judged assignment counts by its judgement; one without counts by its state.
    """
    a = t.assignment.c
    judged = func.coalesce(a.judged, a.state)
    found = await connection.execute(
        select(a.modality, judged, func.count())
        .where(a.duty_period_id == duty_period_id, a.state.in_(("open", "submitted")))
        .group_by(a.modality, judged)
    )
    return {(modality, what): count for modality, what, count in found}


async def history(connection: AsyncConnection, cohort_id: int) -> list[Any]:
    """Return what a cohort was sent and when: rung, instant, ledger rows by state."""
    s, n = t.step.c, t.notice.c
    found = await connection.execute(
        select(s.rung, s.fired_at, n.state, func.count().label("notices"))
        .join(t.notice, n.step_id == s.id)
        .where(s.cohort_id == cohort_id, s.fired_at.is_not(None))
        .group_by(s.rung, s.fired_at, n.state)
        .order_by(s.fired_at)
    )
    return list(found.all())
