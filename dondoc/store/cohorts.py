"""Cohorts and who is in them: units that share a due date, a ladder and a cause, and how rulings set some apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, case, exists, func, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import ColumnElement

from deadlines.ladders import CohortPlan, PlannedStep, ladder_snapshot
from deadlines.ruling import Scope
from dondoc import clock
from dondoc.store import tables as t
from dondoc.store.engine import Database
from dondoc.store.registry import under


@dataclass(frozen=True, slots=True)
class CohortRow:
    """A cohort in force."""

    id: int
    duty_period_id: int
    modality: str
    due_on: date | None
    target_on: date | None
    awaited_on: date | None
    ruling_id: int | None
    ladder: list[dict[str, Any]]
    generation: int


@dataclass(frozen=True, slots=True)
class WaitingStep:
    """A step that has neither fired nor been closed."""

    id: int
    cohort_id: int
    rung: str
    fire_at: datetime
    expires_at: datetime | None


_COLUMNS = [t.cohort.c[name] for name in CohortRow.__slots__]


async def cohorts_in_force(connection: AsyncConnection, campaign_id: int) -> dict[int, list[CohortRow]]:
    """Return every cohort in force of a campaign, by duty period, oldest first."""
    c = t.cohort.c
    found = await connection.execute(
        select(*_COLUMNS)
        .join(t.duty_period, t.duty_period.c.id == c.duty_period_id)
        .where(t.duty_period.c.campaign_id == campaign_id, c.withdrawn_at.is_(None))
        .order_by(c.id)
    )
    by_period: dict[int, list[CohortRow]] = {}
    for row in found:
        by_period.setdefault(row.duty_period_id, []).append(CohortRow(*row))
    return by_period


async def waiting_steps_of(connection: AsyncConnection, campaign_id: int) -> dict[tuple[int, str], WaitingStep]:
    """Return what a campaign still has before it, by cohort and rung."""
    s = t.step.c
    found = await connection.execute(
        select(s.id, s.cohort_id, s.rung, s.fire_at, s.expires_at).where(
            s.campaign_id == campaign_id, s.fired_at.is_(None), s.reason.is_(None)
        )
    )
    return {(row.cohort_id, row.rung): WaitingStep(*row) for row in found}


async def next_generation(connection: AsyncConnection, duty_period_id: int) -> int:
    """Return the number of a duty period's next generation of cohorts."""
    c = t.cohort.c
    latest = await connection.execute(select(func.max(c.generation)).where(c.duty_period_id == duty_period_id))
    newest = latest.scalar_one_or_none()
    return 0 if newest is None else newest + 1


async def save_cohort(
    database: Database,
    connection: AsyncConnection,
    *,
    campaign_id: int,
    duty: str,
    period: str,
    duty_period_id: int,
    plan: CohortPlan,
    generation: int,
    made_by_id: int | None,
) -> int:
    """Insert a cohort with its steps and return its id; known already, it stays as it is."""
    c = t.cohort.c
    await connection.execute(
        database.insert(t.cohort)
        .values(
            duty_period_id=duty_period_id, key=plan.key, modality=plan.modality, due_on=plan.due_on,
            target_on=plan.target_on, awaited_on=plan.awaited_on, ruling_id=plan.ruling,
            made_by_id=made_by_id,
            ladder=ladder_snapshot(plan.ladder), cause=plan.cause, generation=generation,
        )
        .on_conflict_do_nothing()
    )  # fmt: skip
    found = await connection.execute(select(c.id).where(c.duty_period_id == duty_period_id, c.key == plan.key))
    cohort_id = int(found.scalar_one())
    rows = [
        {
            "campaign_id": campaign_id, "cohort_id": cohort_id, "duty": duty, "period": period,
            "cohort_key": plan.key, "due_on": plan.awaited_on or plan.due_on, "rung": step.rung, "kind": step.kind,
            "tone": step.tone, "recipient": step.recipient, "late": step.late, "reconciled": step.reconciled,
            "fire_at": step.fire_at, "expires_at": step.expires_at, "reason": step.reason, "channel": step.channel,
        }
        for step in plan.steps
    ]  # fmt: skip
    if rows:
        await connection.execute(database.insert(t.step).on_conflict_do_nothing(), rows)
    return cohort_id


async def move_steps(connection: AsyncConnection, moved: Sequence[tuple[WaitingStep, PlannedStep]]) -> None:
    """Give steps that have not fired the instants a changed calendar gives them."""
    for step, planned in moved:
        await connection.execute(
            update(t.step)
            .where(t.step.c.id == step.id, t.step.c.fired_at.is_(None), t.step.c.reason.is_(None))
            .values(fire_at=planned.fire_at, expires_at=planned.expires_at, waits_for=None)
        )


async def set_target(connection: AsyncConnection, cohort_id: int, target_on: date | None) -> None:
    """Note the working day a cohort's reminders aim at."""
    await connection.execute(update(t.cohort).where(t.cohort.c.id == cohort_id).values(target_on=target_on))


async def end_cohorts(connection: AsyncConnection, cohort_ids: Sequence[int], at: datetime) -> None:
    """End cohorts: what they had still before them is superseded; what has fired stays."""
    if not cohort_ids:
        return
    await connection.execute(update(t.cohort).where(t.cohort.c.id.in_(cohort_ids)).values(withdrawn_at=at))
    await connection.execute(
        update(t.step)
        .where(t.step.c.cohort_id.in_(cohort_ids), t.step.c.fired_at.is_(None), t.step.c.reason.is_(None))
        .values(reason="superseded", waits_for=None)
    )


async def close_steps(connection: AsyncConnection, campaign_id: int) -> None:
    """End everything a campaign still has before it."""
    s = t.step.c
    await connection.execute(
        update(t.step)
        .where(s.campaign_id == campaign_id, s.fired_at.is_(None), s.reason.is_(None))
        .values(reason="superseded", waits_for=None)
    )


async def place_assignments(
    connection: AsyncConnection,
    duty_period_id: int,
    everybody: Mapping[str, int],
    apart: Sequence[tuple[Scope, Mapping[str, int]]],
) -> int:
    """Move every assignment of a duty period to its cohort; return how many moved.

    `everybody` and each of `apart` map a modality to a cohort; who is in several scopes belongs to the last.
    """
    a = t.assignment.c
    whens = [
        (and_(_in_scope(duty_period_id, scope), a.modality == modality), literal(cohort_id))
        for scope, cohorts in reversed(apart)
        for modality, cohort_id in cohorts.items()
    ]
    whens += [(a.modality == modality, literal(cohort_id)) for modality, cohort_id in everybody.items()]
    if not whens:
        return 0
    wanted = case(*whens, else_=a.cohort_id)
    done = await connection.execute(
        update(t.assignment).where(a.duty_period_id == duty_period_id, a.cohort_id != wanted).values(cohort_id=wanted)
    )
    return int(done.rowcount)


async def set_apart(connection: AsyncConnection, duty_period_id: int, at: datetime) -> None:
    """Let units that have just joined a duty period stand where rulings have set others like them apart."""
    c, r = t.cohort.c, t.ruling.c
    found = (
        await connection.execute(
            select(c.id, c.modality, c.ruling_id, r.kind, t.unit.c.code, r.scope_kind, r.scope_under)
            .outerjoin(t.ruling, r.id == c.ruling_id)
            .outerjoin(t.unit, t.unit.c.id == r.unit_id)
            .where(c.duty_period_id == duty_period_id, c.withdrawn_at.is_(None))
            .order_by(c.ruling_id, c.id)
        )
    ).all()
    everybody = {row.modality: row.id for row in found if row.ruling_id is None}
    apart: dict[int, tuple[Scope, dict[str, int]]] = {}
    for row in found:
        if row.ruling_id is not None:
            scope = Scope(row.code, row.scope_kind, row.scope_under)
            apart.setdefault(row.ruling_id, (scope, {}))[1][row.modality] = row.id
    if apart:
        await place_assignments(connection, duty_period_id, everybody, list(apart.values()))
        waived = {row.id: row.ruling_id for row in found if row.kind == "waive"}
        await waive(connection, duty_period_id, waived, at)


async def waive(connection: AsyncConnection, duty_period_id: int, waived: Mapping[int, int], at: datetime) -> None:
    """Let those in waived cohorts (cohort → ruling) owe nothing, and everybody else of the period owe again."""
    a = t.assignment.c
    ours = a.duty_period_id == duty_period_id
    for cohort_id, ruling_id in waived.items():
        await connection.execute(
            update(t.assignment)
            .where(ours, a.cohort_id == cohort_id, a.state == "open")
            .values(state="waived", reason=f"ruling:{ruling_id}", closed_at=at)
        )
    await connection.execute(
        update(t.assignment)
        .where(ours, a.state == "waived", a.cohort_id.not_in(list(waived)))
        .values(state="open", reason=None, closed_at=None)
    )


async def judge_again(connection: AsyncConnection, cohort_id: int, due_on: date | None) -> None:
    """Judge by a new date what had come in before it; nobody becomes late by it."""
    if due_on is None:
        return
    a = t.assignment.c
    await connection.execute(
        update(t.assignment)
        .where(
            a.cohort_id == cohort_id,
            or_(a.judged == "late", and_(a.judged.is_(None), a.judged_at.is_not(None))),
            a.judged_at < clock.end_of(due_on),
        )
        .values(judged="on-time")
    )


async def withdraw_left_behind(
    database: Database, connection: AsyncConnection, duty_period_id: int, at: datetime
) -> int:
    """Withdraw what is queued or laid for units that have meanwhile left the step's cohort; return how many.

    What a sender has claimed is on its way and stays.
    """
    n, m, a = t.notice.c, t.message.c, t.assignment.c
    left = and_(
        a.id == n.assignment_id,
        a.duty_period_id == duty_period_id,
        t.step.c.id == n.step_id,
        t.step.c.cohort_id != a.cohort_id,
    )
    behind = select(n.id).select_from(t.notice).join(t.assignment, a.id == n.assignment_id).join(
        t.step, t.step.c.id == n.step_id
    ).where(n.state.in_(("queued", "laid")), left)  # fmt: skip
    if not database.sqlite:  # wait for a sender that is just taking one of these envelopes
        envelopes = select(t.message_item.c.message_id).where(t.message_item.c.notice_id.in_(behind))
        await connection.execute(select(m.id).where(m.id.in_(envelopes)).order_by(m.id).with_for_update())
    under_way = exists().where(
        t.message_item.c.notice_id == n.id, t.message_item.c.message_id == m.id, m.state == "claimed"
    )
    kind = (
        select(t.ruling.c.kind)
        .join(t.cohort, t.cohort.c.ruling_id == t.ruling.c.id)
        .join(t.assignment, a.cohort_id == t.cohort.c.id)
        .where(a.id == n.assignment_id)
        .scalar_subquery()
    )
    reason = case((kind.in_(("extend", "accept-late")), "extended"), (kind == "waive", "waived"), else_="superseded")
    done = await connection.execute(
        update(t.notice).where(n.id.in_(behind), ~under_way).values(state="withdrawn", reason=reason, settled_at=at)
    )
    return int(done.rowcount)


def _in_scope(duty_period_id: int, scope: Scope) -> ColumnElement[bool]:
    """Return the condition that an assignment is one a ruling is for: its unit's own, or one it passed on open."""
    u, ours = t.unit.c, t.assignment.alias("ours")
    if scope.everybody:
        return literal(True)
    if scope.unit is not None:
        condition = u.code == scope.unit
    elif scope.kind is not None:
        condition = u.kind == scope.kind
    else:
        condition = under(scope.under or "")
    units = select(u.id).where(condition)
    passed_on = (
        select(ours.c.id, ours.c.state)
        .where(ours.c.duty_period_id == duty_period_id, ours.c.state == "transferred", ours.c.unit_id.in_(units))
        .cte("passed_on", recursive=True, nesting=True)
    )
    heir = t.assignment.alias("heir")
    inherited = passed_on.union(
        select(heir.c.id, heir.c.state)
        .join(passed_on, heir.c.predecessor_id == passed_on.c.id)
        .where(heir.c.duty_period_id == duty_period_id, passed_on.c.state == "transferred")
    )
    # Two sets to look into, not one to join: a database that has counted nothing yet would compare each with each.
    return or_(t.assignment.c.unit_id.in_(units), t.assignment.c.id.in_(select(inherited.c.id)))


async def dates_in_scope(connection: AsyncConnection, duty_period_id: int, scope: Scope) -> list[Any]:
    """Return the different last days of the units a ruling would be for: due_on, awaited_on, ruling_id, count, kinds.

    Units that have reported or been waived count too; those that no longer owe because they ended do not.
    """
    a, c = t.assignment.c, t.cohort.c
    found = await connection.execute(
        select(
            c.due_on, c.awaited_on, c.ruling_id,
            func.count().label("units"),
            func.sum(case((a.modality == "mandated", 1), else_=0)).label("mandated"),
            func.sum(case((a.state == "open", 1), else_=0)).label("open"),
        )
        .select_from(t.assignment)
        .join(t.cohort, c.id == a.cohort_id)
        .where(a.duty_period_id == duty_period_id, a.state.in_(("open", "submitted", "waived")))
        .where(_in_scope(duty_period_id, scope))
        .group_by(c.due_on, c.awaited_on, c.ruling_id)
        .order_by(c.due_on, c.ruling_id)
    )  # fmt: skip
    return list(found.all())


async def modalities_in_scope(connection: AsyncConnection, duty_period_id: int, scope: Scope) -> list[str]:
    """Return with which modalities the units of a scope owe a duty period, as far as it has been opened."""
    a = t.assignment.c
    found = await connection.execute(
        select(a.modality)
        .where(a.duty_period_id == duty_period_id, _in_scope(duty_period_id, scope))
        .distinct()
        .order_by(a.modality)
    )
    return [row.modality for row in found]
