"""Duty periods, cohorts and assignments: who owes what by when, and how that follows the registry."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, case, exists, func, insert, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import ColumnElement

from config.errors import Refused
from dondoc.store import tables as t
from dondoc.store.engine import Database
from dondoc.store.registry import exists_on, holder_unit
from dondoc.store.types import Instant

Condition = ColumnElement[bool]  # which units, said in the store's own terms


class UnknownDuty(Refused):
    """No such duty or period in a campaign; names those there are."""


@dataclass(frozen=True, slots=True)
class DutyPeriodRow:
    """One duty for one period as stored; `facts` is its row of `dondoc deadlines`."""

    id: int
    campaign_id: int
    duty: str
    period: str
    kind: str
    title: str
    opens_on: date | None
    due_on: date | None
    target_on: date | None
    bound_on: date | None
    confirmed: bool
    tracked: bool
    opened_at: datetime | None
    facts: dict[str, Any]
    binding: bool = True
    withdrawn_at: datetime | None = None
    ruling_id: int | None = None
    milestones: dict[str, str] | None = None


_COLUMNS = [t.duty_period.c[name] for name in DutyPeriodRow.__slots__]
_older = t.assignment.alias("older")


async def add_duty_period(connection: AsyncConnection, values: dict[str, Any]) -> int:
    """Insert one duty for one period and return its id."""
    added = await connection.execute(insert(t.duty_period).values(**values).returning(t.duty_period.c.id))
    return int(added.scalar_one())


async def change_duty_period(connection: AsyncConnection, duty_period_id: int, values: dict[str, Any]) -> None:
    """Set a date, a confirmation or an end of tracking by ruling."""
    await connection.execute(update(t.duty_period).where(t.duty_period.c.id == duty_period_id).values(**values))


async def duty_periods(database: Database, campaign_id: int) -> list[DutyPeriodRow]:
    """Return every duty period of a campaign in the order of its plan."""
    d = t.duty_period.c
    async with database.read() as connection:
        return await _periods(connection, and_(d.campaign_id == campaign_id, d.withdrawn_at.is_(None)))


async def duty_periods_in(connection: AsyncConnection, campaign_id: int) -> list[DutyPeriodRow]:
    """Return every duty period of a campaign as a transaction sees it, those the plan no longer has too."""
    return await _periods(connection, t.duty_period.c.campaign_id == campaign_id)


async def duty_period(database: Database, campaign_id: int, duty: str, period: str) -> DutyPeriodRow:
    """Return one duty period. Errors: `UnknownDuty`, naming the duties or periods there are."""
    d = t.duty_period.c
    async with database.read() as connection:
        named = and_(d.campaign_id == campaign_id, d.duty == duty, d.period == period, d.withdrawn_at.is_(None))
        found = await _periods(connection, named)
    if found:
        return found[0]
    every = await duty_periods(database, campaign_id)
    periods = [row.period for row in every if row.duty == duty]
    if not periods:
        raise UnknownDuty(f"duty '{duty}': not in this campaign; known: {', '.join(sorted({r.duty for r in every}))}")
    raise UnknownDuty(f"period '{period}': duty {duty} has {', '.join(periods)}")


async def period_of_cohort(connection: AsyncConnection, cohort_id: int) -> DutyPeriodRow:
    """Return the duty period a cohort belongs to."""
    its = select(t.cohort.c.duty_period_id).where(t.cohort.c.id == cohort_id).scalar_subquery()
    return (await _periods(connection, t.duty_period.c.id == its))[0]


async def period_in(connection: AsyncConnection, duty_period_id: int) -> DutyPeriodRow:
    """Return a duty period as a transaction sees it."""
    return (await _periods(connection, t.duty_period.c.id == duty_period_id))[0]


async def periods_to_open(connection: AsyncConnection, today: date) -> list[DutyPeriodRow]:
    """Return what has reached its first day and has no assignments yet, oldest first."""
    d = t.duty_period.c
    return await _periods(
        connection,
        and_(
            d.opened_at.is_(None),
            d.opens_on <= today,
            d.tracked,
            d.withdrawn_at.is_(None),
            d.campaign_id.in_(
                select(t.campaign.c.id).where(t.campaign.c.state != "draft", t.campaign.c.ended_on.is_(None))
            ),
        ),
    )


async def mark_opened(connection: AsyncConnection, duty_period_id: int, at: datetime) -> None:
    """Note that a duty period's units have been resolved."""
    await change_duty_period(connection, duty_period_id, {"opened_at": at})


async def open_cohorts(connection: AsyncConnection, duty_period_id: int) -> dict[str, int]:
    """Return the cohort in force for each modality of a duty period; units set apart by a ruling have others."""
    c = t.cohort.c
    found = await connection.execute(
        select(c.modality, c.id)
        .where(c.duty_period_id == duty_period_id, c.withdrawn_at.is_(None), c.ruling_id.is_(None))
        .order_by(c.id)
    )
    return {row.modality: row.id for row in found}


async def assign_units(
    database: Database,
    connection: AsyncConnection,
    period: DutyPeriodRow,
    cohort_id: int,
    modality: str,
    which: ColumnElement[bool],
    at: datetime,
) -> int:
    """Give every unit that matches `which` its assignment; return how many are new.

    A unit formed from others is linked back to the assignment of one of them: to one left open before one that is
    not, and of these to the one with the latest day. So an extension that one of them had been given is kept.
    """
    newest = (await connection.execute(select(func.coalesce(func.max(t.assignment.c.id), 0)))).scalar_one()
    chosen = select(
        literal(period.id),
        literal(cohort_id),
        t.unit.c.id,
        literal(modality),
        literal("open"),
        literal(at, Instant()),
    ).where(which)
    target = ["duty_period_id", "cohort_id", "unit_id", "modality", "state", "opened_at"]
    done = await connection.execute(
        database.insert(t.assignment).from_select(target, chosen.order_by(t.unit.c.id)).on_conflict_do_nothing()
    )
    if done.rowcount:
        await _link_back(connection, period.id, newest)
    return int(done.rowcount)


async def _link_back(connection: AsyncConnection, duty_period_id: int, newest: int) -> None:
    """Link assignments that came after `newest` back to one of those that were there before.

    Begins at what there was before: with no more than an index to go by, asking for each new unit in turn whom it
    was formed of would grow with the square of their number.
    """
    a = t.assignment.c
    order = (
        case((_older.c.state == "transferred", 0), else_=1),
        case((t.cohort.c.due_on.is_(None), 1), else_=0),
        t.cohort.c.due_on.desc(),
        _older.c.id,
    )
    place = func.row_number().over(partition_by=t.succession.c.successor_id, order_by=order)
    linked = (
        select(t.succession.c.successor_id, _older.c.id.label("assignment_id"), place.label("place"))
        .join(_older, _older.c.unit_id == t.succession.c.predecessor_id)
        .join(t.cohort, t.cohort.c.id == _older.c.cohort_id)
        .where(_older.c.duty_period_id == duty_period_id, _older.c.id <= newest)
        .subquery()
    )
    await connection.execute(
        update(t.assignment)
        .where(
            a.duty_period_id == duty_period_id, a.unit_id == linked.c.successor_id, a.id > newest, linked.c.place == 1
        )
        .values(predecessor_id=linked.c.assignment_id)
    )


def units_of_kind(territory: str, kind: str, day: date) -> ColumnElement[bool]:
    """Return the condition that a unit is one of a kind on a province's ground and exists on `day`."""
    return and_(t.unit.c.territory == territory, t.unit.c.kind == kind, exists_on(day))


def of_kind(territory: str, kind: str) -> ColumnElement[bool]:
    """Return the condition that a unit is one of a kind on a province's ground, at whatever time."""
    return and_(t.unit.c.territory == territory, t.unit.c.kind == kind)


def ever_in_role(campaign_id: int, role: str) -> ColumnElement[bool]:
    """Return the condition that a unit's code has held a role of a campaign at some time."""
    h = t.role_holder.c
    return t.unit.c.code.in_(select(h.unit_code).where(h.campaign_id == campaign_id, h.role == role))


def these_units(unit_ids: Sequence[int]) -> ColumnElement[bool]:
    """Return the condition that a unit is one of these."""
    return t.unit.c.id.in_(unit_ids)


def unit_in_role(campaign_id: int, role: str, day: date) -> ColumnElement[bool]:
    """Return the condition that a unit holds a role of a campaign on `day`."""
    return t.unit.c.id == holder_unit(campaign_id, role, day)


async def holds_role(connection: AsyncConnection, campaign_id: int, role: str, unit_id: int, day: date) -> bool:
    """Return whether a unit holds a role of a campaign on `day`."""
    wanted = select(t.unit.c.id).where(t.unit.c.id == unit_id, unit_in_role(campaign_id, role, day))
    return (await connection.execute(wanted)).first() is not None


def both(one: Condition, other: Condition) -> Condition:
    """Return the condition that a unit matches both."""
    return and_(one, other)


def this_unit(unit_id: int) -> ColumnElement[bool]:
    """Return the condition that a unit is this one."""
    return t.unit.c.id == unit_id


async def add_registry_events(
    database: Database, connection: AsyncConnection, campaign_id: int, days: Iterable[date], followed: datetime | None
) -> None:
    """Note the days on which units or obligors change; `followed` when they lie before the campaign speaks."""
    rows = [{"campaign_id": campaign_id, "on_date": day, "followed_at": followed} for day in days]
    if rows:
        await connection.execute(database.insert(t.registry_event).on_conflict_do_nothing(), rows)


async def running_periods(connection: AsyncConnection, campaign_id: int, day: date) -> list[DutyPeriodRow]:
    """Return the opened duty periods that concern units of `day`: undated, not over, or with work to hand on."""
    d = t.duty_period.c
    return await _periods(
        connection,
        and_(
            d.campaign_id == campaign_id,
            d.opened_at.is_not(None),
            d.tracked,
            d.withdrawn_at.is_(None),
            or_(d.due_on.is_(None), d.due_on >= day, _handed_on(day), _role_passes(day)),
        ),
    )


def _handed_on(day: date) -> Condition:
    a, s = t.assignment.c, t.succession.c
    return exists().where(
        a.duty_period_id == t.duty_period.c.id,
        a.state == "transferred",
        a.unit_id == s.predecessor_id,
        s.on_date == day,
    )


def _role_passes(day: date) -> Condition:
    a, h = t.assignment.c, t.role_holder.c
    return exists().where(
        a.duty_period_id == t.duty_period.c.id,
        a.state.in_(("open", "transferred")),
        a.unit_id == t.unit.c.id,
        t.unit.c.code == h.unit_code,
        h.campaign_id == t.duty_period.c.campaign_id,
        h.valid_to == day,
    )


async def withdraw_assignments(connection: AsyncConnection, duty_period_id: int, reason: str, at: datetime) -> None:
    """End the open assignments of a duty period for a recorded reason."""
    a = t.assignment.c
    await connection.execute(
        update(t.assignment)
        .where(a.duty_period_id == duty_period_id, a.state == "open")
        .values(state="withdrawn", reason=reason, closed_at=at)
    )


async def owe_again(connection: AsyncConnection, duty_period_id: int) -> None:
    """Open again what was withdrawn when a duty period had ceased to bind."""
    a = t.assignment.c
    await connection.execute(
        update(t.assignment)
        .where(a.duty_period_id == duty_period_id, a.state == "withdrawn", a.reason != "before-go-live")
        .values(state="open", reason=None, closed_at=None)
    )


async def owe_again_everywhere(connection: AsyncConnection, campaign_id: int) -> None:
    """Open again what ended when a campaign was thought to be over."""
    a = t.assignment.c
    ours = select(t.duty_period.c.id).where(t.duty_period.c.campaign_id == campaign_id)
    await connection.execute(
        update(t.assignment)
        .where(a.duty_period_id.in_(ours), a.reason == "campaign-over")
        .values(state="open", reason=None, closed_at=None)
    )


async def end_open_work(
    connection: AsyncConnection, campaign_id: int, on: date, state: str, at: datetime
) -> None:  # fmt: skip
    """End the open work of a campaign that asks for nothing from `on`; what was due before that day stays missing."""
    a, d = t.assignment.c, t.duty_period.c
    ours = select(d.id).where(d.campaign_id == campaign_id, or_(d.due_on.is_(None), d.due_on >= on))
    await connection.execute(
        update(t.assignment)
        .where(a.duty_period_id.in_(ours), a.state == "open")
        .values(state=state, reason="campaign-over", closed_at=at)
    )


async def withdraw_kind(connection: AsyncConnection, duty_period_id: int, kind: str, reason: str, at: datetime) -> None:
    """End the open assignments of one kind of unit, which no longer owes a duty."""
    a = t.assignment.c
    await connection.execute(
        update(t.assignment)
        .where(a.duty_period_id == duty_period_id, a.state == "open", a.unit_id.in_(_of_kind(kind)))
        .values(state="withdrawn", reason=reason, closed_at=at)
    )


async def bind_kind(connection: AsyncConnection, duty_period_id: int, kind: str, modality: str) -> None:
    """Let one kind of unit owe a duty more or less strongly than before."""
    a = t.assignment.c
    await connection.execute(
        update(t.assignment)
        .where(a.duty_period_id == duty_period_id, a.state == "open", a.unit_id.in_(_of_kind(kind)))
        .values(modality=modality)
    )


async def rename_duty(connection: AsyncConnection, duty_period_id: int, slug: str) -> None:
    """Let a duty period go by its duty's new slug; what has fired keeps the name it had then."""
    await change_duty_period(connection, duty_period_id, {"duty": slug})
    ours = select(t.cohort.c.id).where(t.cohort.c.duty_period_id == duty_period_id)
    await connection.execute(
        update(t.step).where(t.step.c.cohort_id.in_(ours), t.step.c.fired_at.is_(None)).values(duty=slug)
    )


def _of_kind(kind: str) -> Any:
    return select(t.unit.c.id).where(t.unit.c.kind == kind)


async def registry_days(connection: AsyncConnection, territory: str) -> list[date]:
    """Return the days on which units on a province's ground open or close, in order."""
    u = t.unit.c
    opened = select(u.valid_from.label("day")).where(u.territory == territory)
    closed = select(u.valid_to.label("day")).where(u.territory == territory, u.valid_to.is_not(None))
    found = await connection.execute(opened.union(closed).order_by("day"))
    return [row.day for row in found]


async def _periods(connection: AsyncConnection, condition: ColumnElement[bool]) -> list[DutyPeriodRow]:
    found = await connection.execute(select(*_COLUMNS).where(condition).order_by(t.duty_period.c.id))
    return [DutyPeriodRow(*row) for row in found]
