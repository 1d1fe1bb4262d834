"""A campaign's dates, steps and assignments as they stand, so that a change can be told before it is applied."""

from collections.abc import Sequence

from sqlalchemy import String, cast, func, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from deadlines.difference import PeriodKey, Snapshot, StepLine, StepState
from dondoc.store import tables as t

_SHOWN = ("opens_on", "due_on", "target_on", "bound_on", "confirmed", "binding", "tracked")


async def snapshot(connection: AsyncConnection, campaign_ids: Sequence[int]) -> Snapshot:
    """Return what is due and to whom in these campaigns. Grows with steps, not with units: those are counted."""
    return Snapshot(
        await _periods(connection, campaign_ids),
        await _steps(connection, campaign_ids),
        await _assignments(connection, campaign_ids),
    )


async def _periods(connection: AsyncConnection, ids: Sequence[int]) -> dict[PeriodKey, dict[str, object]]:
    d = t.duty_period.c
    found = await connection.execute(
        select(t.campaign.c.key.label("campaign"), d.duty, d.period, *(d[name] for name in _SHOWN))
        .join(t.campaign, t.campaign.c.id == d.campaign_id)
        .where(d.campaign_id.in_(ids), d.withdrawn_at.is_(None))
    )
    return {
        PeriodKey(row.campaign, row.duty, row.period): {name: getattr(row, name) for name in _SHOWN} for row in found
    }


async def _steps(connection: AsyncConnection, ids: Sequence[int]) -> dict[int, StepState]:
    s, c, r = t.step.c, t.cohort.c, t.ruling.c
    apart = func.coalesce(t.unit.c.code, r.scope_kind, r.scope_under, literal("all"))
    found = await connection.execute(
        select(
            s.id, t.campaign.c.key, s.duty, s.period, r.kind.label("ruled"), apart.label("apart"), c.modality, s.due_on,
            s.rung, s.fire_at, s.fired_at, s.reason,
        )
        .join(t.campaign, t.campaign.c.id == s.campaign_id)
        .join(t.cohort, c.id == s.cohort_id)
        .outerjoin(t.ruling, r.id == c.ruling_id)
        .outerjoin(t.unit, t.unit.c.id == r.unit_id)
        .where(s.campaign_id.in_(ids))
    )  # fmt: skip
    return {
        row.id: StepState(
            StepLine(
                row.key, row.duty, row.period, f"{row.ruled}:{row.apart}" if row.ruled else "", row.modality,
                row.due_on, row.rung, row.fire_at,
            ),
            "fired" if row.fired_at is not None else row.reason or "waiting",
            row.fired_at,
        )
        for row in found
    }  # fmt: skip


async def _assignments(connection: AsyncConnection, ids: Sequence[int]) -> dict[tuple[str, ...], int]:
    a, d, c = t.assignment.c, t.duty_period.c, t.cohort.c
    due = func.coalesce(cast(func.coalesce(c.awaited_on, c.due_on), String), literal(""))
    ruled = func.coalesce(t.ruling.c.kind, literal(""))
    found = await connection.execute(
        select(t.campaign.c.key, d.duty, d.period, a.modality, due, ruled, a.state, func.count())
        .select_from(t.assignment)
        .join(t.duty_period, d.id == a.duty_period_id)
        .join(t.campaign, t.campaign.c.id == d.campaign_id)
        .join(t.cohort, c.id == a.cohort_id)
        .outerjoin(t.ruling, t.ruling.c.id == c.ruling_id)
        .where(d.campaign_id.in_(ids))
        .group_by(t.campaign.c.key, d.duty, d.period, a.modality, due, ruled, a.state)
    )
    return {tuple(row[:-1]): row[-1] for row in found}
