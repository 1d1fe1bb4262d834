"""How often one is reminded: of one duty, and on one day. The last reminder, and what is due, always go."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import FromClause, Select, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import ColumnElement

from deadlines.staleness import DueStep
from dondoc.store import tables as t
from dondoc.store.brakes import not_paused
from dondoc.store.engine import Database

_REMINDERS = ("digest", "sms")  # kinds of envelopes; receipts and letters are never held back
_REMINDS = ("informs", "courteous", "brief")  # what a ruling announces is said whatever was said before


async def told_enough(connection: AsyncConnection, step: DueStep, most: int) -> ColumnElement[bool] | None:
    """Return the condition that an assignment has been told so often that a later reminder carries this one.

    Null where it cannot be: no later reminder is to come, or the duty has not yet spoken so often. A ladder moved by
    rulings begins anew and again; what is counted is what the unit has been sent, whichever ladder sent it.
    """
    s, n = t.step.c, t.notice.c
    if step.kind != "remind" or step.tone not in _REMINDS:
        return None
    ladders = (s.campaign_id == step.campaign_id, s.duty == step.duty, s.period == step.period)
    fired = select(func.count()).where(*ladders, s.fired_at.is_not(None), s.kind.in_(("remind", "overdue")))
    if (await connection.execute(fired)).scalar_one() < most:  # this step counts among them
        return None
    later = select(s.id).where(
        s.cohort_id == step.cohort_id, s.kind == "remind", s.reason.is_(None), s.fire_at > step.fire_at
    )
    if (await connection.execute(later.limit(1))).first() is None:
        return None
    its = t.step.alias("its")
    told = (
        select(func.count())
        .select_from(t.notice)
        .join(its, its.c.id == n.step_id)
        .where(
            n.assignment_id == t.assignment.c.id,
            n.mode == step.mode,
            n.state.in_(("queued", "accepted")),
            its.c.kind.in_(("remind", "overdue")),
        )
        .correlate(t.assignment)
        .scalar_subquery()
    )
    return told >= most - 1


async def put_off(
    database: Database, as_of: datetime, *, today_from: datetime, until: datetime, until_day: date, most: int
) -> int:
    """Put off until `until` the reminders that would be more than `most` for one mailbox or telephone today.

    Whatever the campaign. What is due before `until_day` or would lapse goes all the same and is counted first; so does
    what an officer called urgent. Returns how many were put off; while nobody gets too many, nothing is written.
    """
    over = _over(as_of, today_from, most)
    async with database.read() as connection:
        if (await connection.execute(over.limit(1))).first() is None:
            return 0
    async with database.write() as connection:
        beyond = _beyond(over, as_of, today_from, until, until_day, most)
        done = await connection.execute(
            update(t.message)
            .where(t.message.c.state == "queued", t.message.c.id.in_(beyond))
            .values(not_before=until, last_error=f"put off: {most} reminders are enough for one day")
            .returning(t.message.c.id)  # SQLite counts no rows of a statement that begins with WITH
        )
        return len(done.all())


def _beyond(
    over: Select[Any], as_of: datetime, today_from: datetime, until: datetime, until_day: date, most: int
) -> Select[Any]:
    """Return the reminders that are too many and can wait, of those who would get too many.

    Step by step, each looked up once: PostgreSQL must not take a join of the whole ledger for each of them.
    """
    m, n, i, s = t.message.c, t.notice.c, t.message_item.c, t.step.c
    many = over.cte("many").prefix_with("MATERIALIZED")
    theirs = (
        select(m.id, m.person_id, m.mode, m.not_before)
        .join(many, and_(many.c.person_id == m.person_id, many.c.mode == m.mode))
        .where(*_ready(as_of))
        .cte("theirs")
        .prefix_with("MATERIALIZED")
    )
    due = (
        select(i.message_id)
        .join(theirs, theirs.c.id == i.message_id)
        .join(t.notice, n.id == i.notice_id)
        .join(t.step, s.id == n.step_id)
        .join(t.assignment, t.assignment.c.id == n.assignment_id)
        .join(t.cohort, t.cohort.c.id == t.assignment.c.cohort_id)
        .where(
            n.state == "queued",
            or_(and_(s.kind == "remind", t.cohort.c.due_on < until_day), s.expires_at <= until),
        )
        .distinct()
        .cte("due")
        .prefix_with("MATERIALIZED")
    )
    later = due.c.message_id.is_(None)
    rank = func.row_number().over(
        partition_by=(theirs.c.person_id, theirs.c.mode), order_by=(later, theirs.c.not_before, theirs.c.id)
    )
    ranked = (
        select(theirs.c.id, later.label("later"), (rank + _gone(theirs, today_from)).label("place"))
        .outerjoin(due, due.c.message_id == theirs.c.id)
        .subquery("ranked")
    )
    return select(ranked.c.id).where(ranked.c.place > most, ranked.c.later)


def _ready(as_of: datetime) -> tuple[Any, ...]:
    m = t.message.c
    return (
        t.message_is_open, m.state == "queued", m.kind.in_(_REMINDERS), m.not_before <= as_of, ~m.urgent, not_paused(),
    )  # fmt: skip


def _over(as_of: datetime, today_from: datetime, most: int) -> Select[Any]:
    """Return who would get more than `most` reminders on this day, and in which mode."""
    m = t.message.c
    return (
        select(m.person_id, m.mode)
        .where(*_ready(as_of))
        .group_by(m.person_id, m.mode)
        .having(func.count() + _gone(t.message, today_from) > most)
    )


def _gone(whose: FromClause, today_from: datetime) -> ColumnElement[int]:
    """Return how many reminders somebody has had today, or is being sent."""
    o = t.message.alias("other")
    return (
        select(func.count())
        .select_from(o)
        .where(
            o.c.person_id == whose.c.person_id, o.c.mode == whose.c.mode, o.c.kind.in_(_REMINDERS),
            or_(o.c.accepted_at >= today_from, o.c.state == "claimed"),
        )
        .correlate(whose)
        .scalar_subquery()
    )  # fmt: skip
