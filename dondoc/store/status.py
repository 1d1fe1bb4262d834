"""What pages and tables ask: who has reported, who has not, what went out. Mandated and invited are never added."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.sql.elements import ColumnElement

from dondoc import clock
from dondoc.store import tables as t
from dondoc.store.engine import Database
from dondoc.store.registry import under as in_branch


@dataclass(frozen=True, slots=True)
class DutyStatus:
    """How one duty and period stands for the units of one modality."""

    duty: str
    period: str
    kind: str
    title: str
    modality: str
    due_on: date | None
    asked: int
    on_time: int
    late: int
    received_undated: int
    not_recorded: int
    transferred: int


@dataclass(frozen=True, slots=True)
class UnitStatus:
    """How one unit stands with one duty and period."""

    unit_code: str
    unit_name: str
    unit_kind: str
    modality: str
    state: str
    due_on: date | None
    first_received_at: datetime | None
    data_received_at: datetime | None
    document_received_at: datetime | None
    judged: str | None
    last_notice: str | None
    last_notice_at: datetime | None


async def duty_status(
    database: Database, campaign_id: int, as_of: datetime, under: str | None = None
) -> list[DutyStatus]:
    """Return the standing of every opened duty period as it was known at `as_of`."""
    a, d = t.assignment.c, t.duty_period.c
    received = and_(a.first_received_at.is_not(None), a.first_received_at <= as_of)
    judged = and_(received, a.judged.is_not(None), a.judged_at.is_not(None), a.judged_at <= as_of)
    owing = and_(a.state.in_(("open", "submitted")), ~received)
    wanted = (
        select(
            d.duty, d.period, d.kind, d.title, a.modality, t.cohort.c.due_on,
            _count(a.state.in_(("open", "submitted"))),
            _count(and_(judged, a.judged == "on-time")),
            _count(and_(judged, a.judged == "late")),
            _count(and_(received, ~judged)),
            _count(owing),
            _count(a.state == "transferred"),
        )
        .select_from(t.assignment)
        .join(t.duty_period, d.id == a.duty_period_id)
        .join(t.cohort, t.cohort.c.id == a.cohort_id)
        .where(d.campaign_id == campaign_id, d.tracked, a.opened_at <= as_of)
        .group_by(d.id, d.duty, d.period, d.kind, d.title, a.modality, t.cohort.c.due_on)
        .order_by(d.id, a.modality.desc(), t.cohort.c.due_on)
    )  # fmt: skip
    if under is not None:
        wanted = wanted.join(t.unit, t.unit.c.id == a.unit_id).where(in_branch(under))
    async with database.read() as connection:
        return [DutyStatus(*row) for row in await connection.execute(wanted)]


async def unit_status(
    database: Database, duty_period_id: int, as_of: datetime, under: str | None = None
) -> list[UnitStatus]:
    """Return every unit of a duty period in protocol order, as it was known at `as_of`."""
    wanted = _units(duty_period_id, as_of).order_by(t.unit.c.protocol_order, t.unit.c.code)
    if under is not None:
        wanted = wanted.where(in_branch(under))
    return await _known(database, wanted, as_of)


async def missing_units(database: Database, duty_period_id: int, as_of: datetime, limit: int) -> list[UnitStatus]:
    """Return the first bound and the first asked units whose report is awaited, so many of each, in protocol order."""
    wanted = _units(duty_period_id, as_of).where(_awaited(as_of)).order_by(t.unit.c.protocol_order, t.unit.c.code)
    bound = t.assignment.c.modality == "mandated"
    return [
        unit for group in (bound, ~bound) for unit in await _known(database, wanted.where(group).limit(limit), as_of)
    ]


async def tally(database: Database, duty_period_id: int, as_of: datetime) -> tuple[int, dict[str, int]]:
    """Return how many units of a duty period have reported, and of how many of each modality it is awaited."""
    a = t.assignment.c
    wanted = (
        select(a.modality, _count(a.first_received_at <= as_of).label("came"), _count(_awaited(as_of)).label("awaited"))
        .where(a.duty_period_id == duty_period_id, a.opened_at <= as_of)
        .group_by(a.modality)
        .order_by(a.modality.desc())
    )
    async with database.read() as connection:
        rows = (await connection.execute(wanted)).all()
    return sum(row.came for row in rows), {row.modality: row.awaited for row in rows if row.awaited}


def _awaited(as_of: datetime) -> ColumnElement[bool]:
    """Return the condition that a unit had not reported by `as_of` and still owed or was asked."""
    a = t.assignment.c
    return or_(and_(a.first_received_at.is_(None), a.state == "open"), a.first_received_at > as_of)


def _units(duty_period_id: int, as_of: datetime) -> Any:
    a, u, n = t.assignment.c, t.unit.c, t.notice.c
    told = (
        select(n.rung)
        .where(
            n.assignment_id == a.id,
            n.mode == t.campaign.c.state,  # what a rehearsal said, nobody has heard
            n.state.in_(("accepted", "released")),
            n.settled_at <= as_of,
        )
        .order_by(n.settled_at.desc(), n.id.desc())
        .limit(1)
        .correlate(t.assignment, t.campaign)
    )
    last, last_at = told.scalar_subquery(), told.with_only_columns(n.settled_at).scalar_subquery()
    return (
        select(
            u.code, u.office_name, u.kind, a.modality, a.state, t.cohort.c.due_on, a.first_received_at,
            a.data_received_at, a.document_received_at, a.judged, last, last_at,
        )
        .select_from(t.assignment)
        .join(t.unit, u.id == a.unit_id)
        .join(t.cohort, t.cohort.c.id == a.cohort_id)
        .join(t.duty_period, t.duty_period.c.id == a.duty_period_id)
        .join(t.campaign, t.campaign.c.id == t.duty_period.c.campaign_id)
        .where(a.duty_period_id == duty_period_id, a.opened_at <= as_of)
    )  # fmt: skip


async def _known(database: Database, wanted: Any, as_of: datetime) -> list[UnitStatus]:
    async with database.read() as connection:
        rows = [UnitStatus(*row) for row in await connection.execute(wanted)]
    return [row if row.first_received_at is None or row.first_received_at <= as_of else _before(row) for row in rows]


async def went_out(database: Database, campaign_id: int, since: datetime, until: datetime) -> list[Any]:
    """Return what was settled in a span of time: duty, period, rung, state, reason and how many notices."""
    n, d = t.notice.c, t.duty_period.c
    wanted = (
        select(d.duty, d.period, n.rung, n.state, n.reason, func.count().label("notices"))
        .select_from(t.notice)
        .join(t.assignment, t.assignment.c.id == n.assignment_id)
        .join(t.duty_period, d.id == t.assignment.c.duty_period_id)
        .where(d.campaign_id == campaign_id, n.settled_at >= since, n.settled_at <= until)
        .group_by(d.id, d.duty, d.period, n.rung, n.state, n.reason)
        .order_by(d.id, n.rung, n.state)
    )
    async with database.read() as connection:
        return list((await connection.execute(wanted)).all())


async def ledger(database: Database, campaign_id: int) -> list[Any]:
    """Return the ledger by duty, period, rung, state and reason."""
    far = datetime.max.replace(tzinfo=clock.LOCAL)
    return await went_out(database, campaign_id, datetime(1970, 1, 2, tzinfo=clock.LOCAL), far.replace(year=9000))


async def waiting_steps(database: Database, campaign_id: int | None = None) -> list[Any]:
    """Return the steps that are due but wait, and the reason, oldest first."""
    s = t.step.c
    conditions: list[ColumnElement[bool]] = [s.fired_at.is_(None), s.reason.is_(None), s.waits_for.is_not(None)]
    if campaign_id is not None:
        conditions.append(s.campaign_id == campaign_id)
    async with database.read() as connection:
        found = await connection.execute(
            select(t.campaign.c.key, s.duty, s.period, s.rung, s.fire_at, s.waits_for, t.duty_period.c.title)
            .join(t.campaign, t.campaign.c.id == s.campaign_id)
            .join(t.cohort, t.cohort.c.id == s.cohort_id)
            .join(t.duty_period, t.duty_period.c.id == t.cohort.c.duty_period_id)
            .where(*conditions)
            .order_by(s.fire_at)
        )
        return list(found.all())


async def coming_steps(database: Database, campaign_id: int, after: datetime, limit: int = 10) -> list[Any]:
    """Return the next steps of a campaign."""
    s = t.step.c
    async with database.read() as connection:
        found = await connection.execute(
            select(s.duty, s.period, s.rung, s.fire_at, s.due_on, t.cohort.c.modality, t.duty_period.c.title)
            .join(t.cohort, t.cohort.c.id == s.cohort_id)
            .join(t.duty_period, t.duty_period.c.id == t.cohort.c.duty_period_id)
            .where(s.campaign_id == campaign_id, s.fired_at.is_(None), s.reason.is_(None), s.fire_at > after)
            .order_by(s.fire_at, s.id)
            .limit(limit)
        )
        return list(found.all())


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _before(row: UnitStatus) -> UnitStatus:
    """Return a row as it stood before its report came in."""
    return UnitStatus(
        row.unit_code, row.unit_name, row.unit_kind, row.modality, "open", row.due_on, None, None, None, None,
        row.last_notice, row.last_notice_at,
    )  # fmt: skip
