"""What a timeline of a campaign is drawn from: periods, mails, reports, briefs, rulings, days on which units change."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import and_, case, func, or_, select

from dondoc.store import tables as t
from dondoc.store.engine import Database

# The rungs that tell a ruling to whom it concerns (deadlines.ladders).
MADE_KNOWN = ("announced", "date-changed", "extended", "late-accepted", "waived", "transferred")


@dataclass(frozen=True, slots=True)
class DrawnPeriod:
    """A duty in one period as the ledger ended with it; the days are null where the plan or a ruling sets none.

    `binding` is false while it waits for a decision that is still to be taken.
    """

    duty: str
    period: str
    title: str
    clause: str
    confirmed: bool
    binding: bool
    opens_on: date | None
    due_on: date | None
    bound_on: date | None


@dataclass(frozen=True, slots=True)
class Counted:
    """How many things of one sort happened to a duty at one instant."""

    duty: str
    sort: str
    at: datetime
    count: int


@dataclass(frozen=True, slots=True)
class DrawnRuling:
    """A decision of the desk; `duty` is null where it concerns the whole campaign."""

    kind: str
    duty: str | None
    at: datetime
    document: str | None


@dataclass(frozen=True, slots=True)
class RegistryDay:
    """A day on which units changed: how many ceased to exist, how many began."""

    day: date
    ended: int
    begun: int


async def drawn_periods(database: Database, campaign_id: int) -> list[DrawnPeriod]:
    """Return every duty period in the order of the plan."""
    d = t.duty_period.c
    wanted = (
        select(d.duty, d.period, d.title, d.facts, d.confirmed, d.binding, d.opens_on, d.due_on, d.bound_on)
        .where(d.campaign_id == campaign_id)
        .order_by(d.id)
    )
    async with database.read() as connection:
        return [
            DrawnPeriod(
                row.duty, row.period, row.title, row.facts["clause"], row.confirmed, row.binding, row.opens_on,
                row.due_on, row.bound_on,
            )
            for row in await connection.execute(wanted)
        ]  # fmt: skip


async def notices_by_instant(database: Database, campaign_id: int) -> list[Counted]:
    """Return the notices that left, by duty, sort and instant; acknowledgements answer reports and are not among them.

    Sorts: `remind` and `overdue` of the ladder, `ruled` what a ruling made known, `brief` a released document.
    """
    n, d, s = t.notice.c, t.duty_period.c, t.step.c
    sort = case((n.rung.like("%-document"), "brief"), (n.rung.in_(MADE_KNOWN), "ruled"), else_=s.kind)
    wanted = (
        select(d.duty, sort.label("sort"), n.settled_at, func.count())
        .select_from(t.notice)
        .outerjoin(t.step, s.id == n.step_id)
        .join(t.assignment, t.assignment.c.id == n.assignment_id)
        .join(t.duty_period, d.id == t.assignment.c.duty_period_id)
        .where(
            d.campaign_id == campaign_id, n.state == "accepted", n.settled_at.is_not(None), n.rung.not_like("ack-%")
        )
        .group_by(d.duty, sort, n.settled_at)
        .order_by(n.settled_at, d.duty, sort)
    )  # fmt: skip
    async with database.read() as connection:
        return [Counted(*row) for row in await connection.execute(wanted)]


async def reports_by_instant(database: Database, campaign_id: int) -> list[Counted]:
    """Return the reports received, by duty, judgement (`on-time`, `late`, else `received`) and instant."""
    a, d = t.assignment.c, t.duty_period.c
    judged = func.coalesce(a.judged, "received")
    wanted = (
        select(d.duty, judged, a.first_received_at, func.count())
        .select_from(t.assignment)
        .join(t.duty_period, d.id == a.duty_period_id)
        .where(d.campaign_id == campaign_id, a.first_received_at.is_not(None))
        .group_by(d.duty, judged, a.first_received_at)
        .order_by(a.first_received_at, d.duty, judged)
    )
    async with database.read() as connection:
        return [Counted(*row) for row in await connection.execute(wanted)]


async def briefs_by_instant(database: Database, campaign_id: int) -> list[Counted]:
    """Return the briefs by duty and instant, each as `laid` and, where a leader signed it, as `released` too."""
    b = t.brief.c
    found: list[Counted] = []
    async with database.read() as connection:
        for sort, at in (("laid", b.laid_at), ("released", b.released_at)):
            wanted = (
                select(t.step.c.duty, at, func.count())
                .join(t.step, t.step.c.id == b.step_id)
                .where(b.campaign_id == campaign_id, at.is_not(None))
                .group_by(t.step.c.duty, at)
                .order_by(at, t.step.c.duty)
            )
            found += [Counted(duty, sort, when, count) for duty, when, count in await connection.execute(wanted)]
    return found


async def drawn_rulings(database: Database, campaign_id: int) -> list[DrawnRuling]:
    """Return the rulings of a campaign in the order they were made."""
    r = t.ruling.c
    wanted = select(r.kind, r.duty, r.made_at, r.document).where(r.campaign_id == campaign_id).order_by(r.id)
    async with database.read() as connection:
        return [DrawnRuling(*row) for row in await connection.execute(wanted)]


async def registry_days_between(database: Database, campaign_id: int, first: date, until: date) -> list[RegistryDay]:
    """Return the days after `first`, before `until`, on which units of a campaign's registry changed."""
    e, u = t.registry_event.c, t.unit.c
    changed = or_(u.valid_from == e.on_date, u.valid_to == e.on_date)
    wanted = (
        select(
            e.on_date,
            func.count().filter(u.valid_to == e.on_date),
            func.count().filter(u.valid_from == e.on_date),
        )
        .select_from(t.registry_event)
        .join(t.unit, changed)
        .where(and_(e.campaign_id == campaign_id, e.on_date > first, e.on_date < until))
        .group_by(e.on_date)
        .order_by(e.on_date)
    )
    async with database.read() as connection:
        return [RegistryDay(*row) for row in await connection.execute(wanted)]


async def steps_before(database: Database, until: datetime) -> int:
    """Return how many steps may still go out before an instant: at most as many runs will a simulation show."""
    s = t.step.c
    async with database.read() as connection:
        found = await connection.execute(
            select(func.count()).where(s.fire_at < until, s.fired_at.is_(None), s.reason.is_(None))
        )
        return int(found.scalar_one())
