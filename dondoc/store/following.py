"""How open work follows the registry: what ends, what passes on, who is new, and who has answered already."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from sqlalchemy import CTE, and_, case, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import ColumnElement

from dondoc.store import tables as t
from dondoc.store.duties import DutyPeriodRow
from dondoc.store.engine import Database
from dondoc.store.registry import exists_on

Condition = ColumnElement[bool]  # which units, said in the store's own terms


async def events_to_follow(connection: AsyncConnection, today: date) -> list[tuple[int, int, date]]:
    """Return the registry's days that a campaign has not followed yet: (event id, campaign id, day)."""
    e = t.registry_event.c
    found = await connection.execute(
        select(e.id, e.campaign_id, e.on_date)
        .join(t.campaign, t.campaign.c.id == e.campaign_id)
        .where(
            e.followed_at.is_(None),
            e.on_date <= today,
            t.campaign.c.state != "draft",
            or_(t.campaign.c.ended_on.is_(None), e.on_date < t.campaign.c.ended_on),
        )
        .order_by(e.on_date, e.id)
    )
    return [(row.id, row.campaign_id, row.on_date) for row in found]


async def mark_followed(connection: AsyncConnection, event_id: int, at: datetime) -> None:
    """Note that the assignments have followed a day of the registry."""
    await connection.execute(update(t.registry_event).where(t.registry_event.c.id == event_id).values(followed_at=at))


async def follow_again(database: Database, connection: AsyncConnection, campaign_ids: Iterable[int], day: date) -> None:
    """Note that a day of the registry is to be followed, and with it every later one that rests upon it."""
    ids = list(campaign_ids)
    if not ids:
        return
    statement = database.insert(t.registry_event)
    await connection.execute(
        statement.on_conflict_do_nothing(),
        [{"campaign_id": each, "on_date": day, "followed_at": None} for each in ids],
    )
    e = t.registry_event.c
    await connection.execute(
        update(t.registry_event).where(e.campaign_id.in_(ids), e.on_date >= day).values(followed_at=None)
    )


async def end_dissolved(connection: AsyncConnection, campaign_id: int, day: date, at: datetime) -> int:
    """End the open assignments of units that have ceased to exist by `day` as transferred; return how many."""
    gone = select(t.unit.c.id).where(t.unit.c.valid_to.is_not(None), t.unit.c.valid_to <= day)
    ours = select(t.duty_period.c.id).where(t.duty_period.c.campaign_id == campaign_id)
    which = and_(t.assignment.c.duty_period_id.in_(ours), t.assignment.c.unit_id.in_(gone))
    return await _transfer(connection, which, "unit-dissolved", at)


async def end_former_holders(
    connection: AsyncConnection, row: DutyPeriodRow, roles: Sequence[str], kinds: Sequence[str], day: date, at: datetime
) -> int:
    """End the open assignments of units whose term in a role ended on `day` as transferred; return how many.

    A unit that owes the duty by its own kind goes on owing it; a role that is left vacant stays with whom it was.
    """
    h, later = t.role_holder.c, t.role_holder.alias("later")
    former = (
        select(t.unit.c.id)
        .join(t.role_holder, h.unit_code == t.unit.c.code)
        .join(later, and_(later.c.campaign_id == h.campaign_id, later.c.role == h.role, later.c.valid_from == day))
        .where(
            h.campaign_id == row.campaign_id,
            h.role.in_(roles),
            h.valid_to == day,
            later.c.unit_code != h.unit_code,
            t.unit.c.kind.not_in(kinds),
        )
    )
    which = and_(t.assignment.c.duty_period_id == row.id, t.assignment.c.unit_id.in_(former))
    return await _transfer(connection, which, "role-passed", at)


async def _transfer(connection: AsyncConnection, which: Condition, reason: str, at: datetime) -> int:
    done = await connection.execute(
        update(t.assignment)
        .where(t.assignment.c.state == "open", which)
        .values(state="transferred", reason=reason, closed_at=at)
    )
    return int(done.rowcount)


def newly_owes(row: DutyPeriodRow, day: date, resolved_on: date, *, kind_begins: bool) -> Condition:
    """Return the condition that a unit owes a duty because of what happened on `day`.

    It opened then, or open work passes to it. A unit that opens after the due date owes nothing of its own,
    only what a predecessor left open. `resolved_on` is the day on which units are looked at, never before the
    duty opened; `kind_begins` when the whole kind owes the duty from this day on.
    """
    handed_on = (  # one list for all units, see _predecessors in duties.py
        select(t.succession.c.successor_id)
        .join(t.assignment, t.assignment.c.unit_id == t.succession.c.predecessor_id)
        .where(
            t.succession.c.on_date == day,
            t.assignment.c.duty_period_id == row.id,
            t.assignment.c.state == "transferred",
        )
    )
    inherits = t.unit.c.id.in_(handed_on)
    over = row.due_on is not None and row.due_on < day
    begins = exists_on(resolved_on) if kind_begins else and_(t.unit.c.valid_from == day, exists_on(resolved_on))
    return inherits if over else or_(begins, inherits)


def unanswered(row: DutyPeriodRow) -> Condition:
    """Return the condition that those of its own kind that a unit was formed of have not answered for it already.

    A unit's line is followed back until somebody had the duty: a unit renamed twice after its report is not
    asked either. One of them that left it open is enough for it to be owed still.
    """
    a, line = t.assignment.c, _lines(row.id)
    left = func.sum(case((a.state.in_(("submitted", "waived")), 0), else_=1))
    answered = (
        select(line.c.unit_id)
        .join(t.assignment, and_(a.unit_id == line.c.ancestor_id, a.duty_period_id == row.id))
        .group_by(line.c.unit_id)
        .having(left == 0)
    )
    return t.unit.c.id.not_in(answered)


def _lines(duty_period_id: int) -> CTE:
    s, heir, ancestor = t.succession.c, t.unit.alias("heir"), t.unit.alias("ancestor")
    formed_of = and_(heir.c.valid_from == s.on_date, heir.c.kind == ancestor.c.kind)
    first = (
        select(s.successor_id.label("unit_id"), s.predecessor_id.label("ancestor_id"))
        .join(heir, heir.c.id == s.successor_id)
        .join(ancestor, ancestor.c.id == s.predecessor_id)
        .where(formed_of, ~_has_it(heir.c.id, duty_period_id))
        .cte("line", recursive=True, nesting=True)  # inside: SQLite counts rows of what begins with INSERT
    )
    return first.union(
        select(first.c.unit_id, s.predecessor_id)
        .select_from(first)
        .join(t.succession, s.successor_id == first.c.ancestor_id)
        .join(heir, heir.c.id == s.successor_id)
        .join(ancestor, ancestor.c.id == s.predecessor_id)
        .where(formed_of, ~_has_it(first.c.ancestor_id, duty_period_id))
    )


def _has_it(unit_id: ColumnElement[int], duty_period_id: int) -> Condition:
    a = t.assignment.alias()
    return exists().where(a.c.unit_id == unit_id, a.c.duty_period_id == duty_period_id)


def unreported(row: DutyPeriodRow, role: str) -> Condition:
    """Return the condition that no holder of a role, past or present, has answered for a duty period."""
    a, h, holder = t.assignment.c, t.role_holder.c, t.unit.alias("holder")
    return ~exists().where(
        a.duty_period_id == row.id,
        a.state.in_(("submitted", "waived")),
        a.unit_id == holder.c.id,
        holder.c.code == h.unit_code,
        h.campaign_id == row.campaign_id,
        h.role == role,
    )
