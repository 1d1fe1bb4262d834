"""What a simulation is judged by: assignments as they open, envelopes by Message-ID, ledger totals."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, case, func, select

from dondoc.store import tables as t
from dondoc.store.engine import Database

_other = t.assignment.alias("other")


@dataclass(frozen=True, slots=True)
class OpenedAssignment:
    """An assignment as its unit's behaviour needs it."""

    id: int
    unit_code: str
    unit_kind: str
    modality: str
    duty: str
    period: str
    due_on: date | None
    opened_at: datetime
    campaign: str


async def assignments_after(database: Database, assignment_id: int) -> list[OpenedAssignment]:
    """Return the assignments opened since one was last seen, by id."""
    a, d = t.assignment.c, t.duty_period.c
    wanted = (
        select(
            a.id, t.unit.c.code, t.unit.c.kind, a.modality, d.duty, d.period, t.cohort.c.due_on, a.opened_at,
            t.campaign.c.key,
        )
        .join(t.duty_period, d.id == a.duty_period_id)
        .join(t.campaign, t.campaign.c.id == d.campaign_id)
        .join(t.cohort, t.cohort.c.id == a.cohort_id)
        .join(t.unit, t.unit.c.id == a.unit_id)
        .where(a.id > assignment_id)
        .order_by(a.id)
    )  # fmt: skip
    async with database.read() as connection:
        return [OpenedAssignment(*row) for row in await connection.execute(wanted)]


async def is_open(database: Database, assignment_id: int) -> bool:
    """Return whether an assignment still awaits its report."""
    async with database.read() as connection:
        found = await connection.execute(select(t.assignment.c.state).where(t.assignment.c.id == assignment_id))
        return bool(found.scalar_one() == "open")


async def queued_for(database: Database, assignment_ids: set[int]) -> list[int]:
    """Return which of these assignments have a notice queued and not yet sent."""
    n = t.notice.c
    async with database.read() as connection:
        found = await connection.execute(
            select(n.assignment_id)
            .where(n.state == "queued", n.step_id.is_not(None))
            .group_by(n.assignment_id)
            .order_by(n.assignment_id)
        )
        return [row.assignment_id for row in found if row.assignment_id in assignment_ids]


async def items_by_message_id(database: Database) -> list[Any]:
    """Return (Message-ID, assignment, rung, modality, step kind) for every item of every envelope that was sent."""
    m, n = t.message.c, t.notice.c
    wanted = (
        select(m.message_id, n.assignment_id, n.rung, t.assignment.c.modality, t.step.c.kind, t.cohort.c.due_on,
               t.duty_period.c.confirmed)
        .select_from(t.message_item)
        .join(t.message, m.id == t.message_item.c.message_id)
        .join(t.notice, n.id == t.message_item.c.notice_id)
        .join(t.assignment, t.assignment.c.id == n.assignment_id)
        .join(t.duty_period, t.duty_period.c.id == t.assignment.c.duty_period_id)
        .join(t.cohort, t.cohort.c.id == t.assignment.c.cohort_id)
        .outerjoin(t.step, t.step.c.id == n.step_id)
        .where(m.message_id.is_not(None), n.state.in_(("accepted", "queued")))
    )  # fmt: skip
    async with database.read() as connection:
        return list((await connection.execute(wanted)).all())


async def briefed_assignments(database: Database) -> list[Any]:
    """Return (modality, due date, confirmed) of every assignment that ever stood in a brief."""
    n = t.notice.c
    wanted = (
        select(t.assignment.c.modality, t.cohort.c.due_on, t.duty_period.c.confirmed, func.count())
        .select_from(t.brief_item)
        .join(t.notice, n.id == t.brief_item.c.notice_id)
        .join(t.assignment, t.assignment.c.id == n.assignment_id)
        .join(t.duty_period, t.duty_period.c.id == t.assignment.c.duty_period_id)
        .join(t.cohort, t.cohort.c.id == t.assignment.c.cohort_id)
        .group_by(t.assignment.c.modality, t.cohort.c.due_on, t.duty_period.c.confirmed)
    )
    async with database.read() as connection:
        return list((await connection.execute(wanted)).all())


async def step_totals(database: Database, until: datetime) -> list[Any]:
    """Return how many steps up to an instant fired, were skipped by reason, or wait."""
    s = t.step.c
    what = case((s.fired_at.is_not(None), "fired"), (s.reason.is_not(None), s.reason), else_="waiting")
    async with database.read() as connection:
        found = await connection.execute(
            select(what.label("what"), func.count().label("steps")).where(s.fire_at < until).group_by(what)
        )
        return list(found.all())


async def notice_totals(database: Database) -> list[Any]:
    """Return how many ledger rows there are by state and reason."""
    n = t.notice.c
    async with database.read() as connection:
        found = await connection.execute(
            select(n.state, n.reason, func.count().label("notices")).group_by(n.state, n.reason)
        )
        return list(found.all())


async def brief_totals(database: Database) -> dict[str, int]:
    """Return how many briefs were laid, and of these how many were released or withdrawn."""
    async with database.read() as connection:
        found = await connection.execute(
            select(t.brief.c.state, func.count().label("briefs")).group_by(t.brief.c.state)
        )
        return {row.state: row.briefs for row in found}


async def per_duty(database: Database, campaign_id: int) -> list[Any]:
    """Return, for every opened duty period and modality, what came in and what went out."""
    a, d, n = t.assignment.c, t.duty_period.c, t.notice.c
    told = (
        select(func.count())
        .select_from(t.notice)
        .join(_other, _other.c.id == n.assignment_id)
        .where(_other.c.duty_period_id == d.id, _other.c.modality == a.modality, n.state == "accepted")
        .correlate(t.duty_period, t.assignment)
        .scalar_subquery()
    )
    owed = a.state.in_(("open", "submitted"))

    def count(condition: Any) -> Any:
        return func.sum(case((condition, 1), else_=0))

    wanted = (
        select(
            d.duty, d.kind, d.period, a.modality, d.due_on,
            count(owed).label("asked"),
            count(a.judged == "on-time").label("on_time"),
            count(a.judged == "late").label("late"),
            count(and_(a.state == "submitted", a.judged.is_(None))).label("received_undated"),
            count(a.state == "open").label("not_recorded"),
            count(a.state == "transferred").label("transferred"),
            told.label("notices_sent"),
        )
        .select_from(t.assignment)
        .join(t.duty_period, d.id == a.duty_period_id)
        .where(d.campaign_id == campaign_id)
        .group_by(d.id, d.duty, d.kind, d.period, a.modality, d.due_on)
        .order_by(d.duty, d.period, a.modality)
    )  # fmt: skip
    async with database.read() as connection:
        return list((await connection.execute(wanted)).all())
