"""How often a unit is reminded of one duty: enough is enough, the last reminder and what is overdue always go."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import ColumnElement

from deadlines.staleness import DueStep
from dondoc.store import tables as t

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
