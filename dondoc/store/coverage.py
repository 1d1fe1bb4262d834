"""Who has it and who has not: units and the names they registered, counted per duty period and listed one by one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, case, exists, func, literal, or_, select
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import Subquery

from deadlines.coverage import Tally
from deadlines.model import DutyPeriod, Obligor
from dondoc import clock
from dondoc.store import tables as t
from dondoc.store.duties import DutyPeriodRow, unit_in_role, units_of_kind
from dondoc.store.engine import Database
from dondoc.store.following import unanswered
from dondoc.store.registry import under as in_branch
from dondoc.store.submissions import counts


@dataclass(frozen=True, slots=True)
class CoveredUnit:
    """One unit of a duty period: whether its report is recorded, and whom it names."""

    unit_code: str
    unit_name: str
    unit_kind: str
    modality: str
    received_at: datetime | None
    names: tuple[str, ...]


async def tallies(
    database: Database, rows: Sequence[DutyPeriodRow], territory: str, as_of: datetime, under: str | None = None
) -> dict[int, list[Tally]]:
    """Return how many units stand alike, by duty period, as it was known at `as_of`.

    Of a duty that has been opened these are the units that were asked. Of one that nobody was asked for (it has no
    date, or its day has not come) they are those that have reported, and the units it names on that day.
    """
    found: dict[int, list[Tally]] = {row.id: [] for row in rows}
    async with database.read() as connection:
        for line in await connection.execute(_asked(database, list(found), as_of, under)):
            found[line.duty_period_id].append(Tally(*line[1:]))
        for row in rows:
            for modality, which in _only_named(row, territory, as_of):
                counted = _in_branch(select(func.count()).select_from(t.unit).where(which), under)
                units = int((await connection.execute(counted)).scalar_one())
                found[row.id] += [Tally(modality, False, 0, units)] if units else []
    return found


async def covered_units(
    database: Database, row: DutyPeriodRow, territory: str, as_of: datetime, under: str | None = None
) -> list[CoveredUnit]:
    """Return every unit of a duty period in protocol order, as it was known at `as_of`."""
    a, u = t.assignment.c, t.unit.c
    last = _last_named([row.id], as_of)
    received = case((a.first_received_at <= as_of, a.first_received_at))
    who = (u.code, u.office_name, u.kind)
    wanted = (
        select(u.protocol_order, *who, a.modality, received, t.submission.c.names)
        .select_from(t.assignment)
        .join(t.unit, u.id == a.unit_id)
        .outerjoin(last, last.c.assignment_id == a.id)
        .outerjoin(t.submission, t.submission.c.id == last.c.submission_id)
        .where(a.duty_period_id == row.id, _stands(as_of))
    )
    async with database.read() as connection:
        lines: list[Any] = list(await connection.execute(_in_branch(wanted, under)))
        for modality, which in _only_named(row, territory, as_of):
            named = select(u.protocol_order, *who, literal(modality), literal(None), literal(None)).where(which)
            lines += list(await connection.execute(_in_branch(named, under)))
    ordered = sorted(lines, key=lambda line: (line[0], line[1]))
    return [
        CoveredUnit(code, name, kind, modality, came, tuple(names or ()) if came else ())
        for _order, code, name, kind, modality, came, names in ordered
    ]


def _asked(database: Database, ids: Sequence[int], as_of: datetime, under: str | None) -> Select[Any]:
    """Count assignments by duty period, modality, whether a report is there, and how many names it gives."""
    a, last = t.assignment.c, _last_named(ids, as_of)
    length = func.json_array_length if database.sqlite else func.jsonb_array_length
    received = and_(a.first_received_at.is_not(None), a.first_received_at <= as_of)
    each = (
        select(
            a.duty_period_id, a.modality, case((received, True), else_=False).label("came"),
            case((received, func.coalesce(length(t.submission.c.names), 0)), else_=0).label("names"),
            case((_stands(as_of), 1), else_=0).label("stands"),
            case((and_(a.state == "transferred", a.closed_at <= as_of), 1), else_=0).label("passed_on"),
        )
        .select_from(t.assignment)
        .join(t.unit, t.unit.c.id == a.unit_id)
        .outerjoin(last, last.c.assignment_id == a.id)
        .outerjoin(t.submission, t.submission.c.id == last.c.submission_id)
        .where(a.duty_period_id.in_(ids), a.opened_at <= as_of)
    )  # fmt: skip
    one = _in_branch(each, under).subquery("one").c
    alike = (one.duty_period_id, one.modality, one.came, one.names)
    return select(*alike, func.sum(one.stands), func.sum(one.passed_on)).group_by(*alike)


def _last_named(ids: Sequence[int], as_of: datetime) -> Subquery:
    """The submission of each assignment that last gave names: a later list replaces the one before."""
    s = t.submission.c
    newest = (
        select(s.assignment_id, func.max(s.version).label("version"))
        .join(t.assignment, t.assignment.c.id == s.assignment_id)
        .where(t.assignment.c.duty_period_id.in_(ids), s.names.is_not(None), counts(s), s.received_at <= as_of)
        .group_by(s.assignment_id)
        .subquery("newest")
    )
    return (
        select(s.assignment_id, s.id.label("submission_id"))
        .join(newest, and_(newest.c.assignment_id == s.assignment_id, newest.c.version == s.version))
        .subquery("last_named")
    )


def _stands(as_of: datetime) -> ColumnElement[bool]:
    """The condition that an assignment counts at an instant: asked by then, not ended but by a report."""
    a = t.assignment.c
    return and_(a.opened_at <= as_of, or_(a.state.in_(("open", "submitted")), a.closed_at > as_of))


def _only_named(row: DutyPeriodRow, territory: str, as_of: datetime) -> list[tuple[str, ColumnElement[bool]]]:
    """Which units a duty names on a day although nobody has been asked yet, for each of its obligors.

    Who is only encouraged is never asked, and so has nothing that could be missing.
    """
    if row.opened_at is not None and row.opened_at <= as_of:
        return []
    day = clock.local_day(as_of)
    return [
        (obligor.modality, _who(row, territory, obligor, as_of))
        for obligor in DutyPeriod.from_json(row.facts).obligors
        if obligor.bound_on(day) and obligor.modality != "encouraged"
    ]


def _who(row: DutyPeriodRow, territory: str, obligor: Obligor, as_of: datetime) -> ColumnElement[bool]:
    """Who of an obligor's units has no assignment yet, itself or through whoever it follows."""
    a, day = t.assignment.c, clock.local_day(as_of)
    has_one = select(t.unit.c.code).join(t.assignment, a.unit_id == t.unit.c.id)
    has_one = has_one.where(a.duty_period_id == row.id, a.opened_at <= as_of)
    if obligor.role is None:
        theirs = select(a.unit_id).where(a.duty_period_id == row.id, a.opened_at <= as_of)
        return and_(units_of_kind(territory, obligor.kind, day), t.unit.c.id.not_in(theirs), unanswered(row))
    h = t.role_holder.c
    held = exists().where(h.campaign_id == row.campaign_id, h.role == obligor.role, h.unit_code.in_(has_one))
    return and_(unit_in_role(row.campaign_id, obligor.role, day), ~held)


def _in_branch(wanted: Select[Any], under: str | None) -> Select[Any]:
    return wanted if under is None else wanted.where(in_branch(under))
