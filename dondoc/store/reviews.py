"""What receivers say about reports: which wait for them, what was decided, the steps of a supplement."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, case, func, insert, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import ColumnElement

from dondoc.store import tables as t
from dondoc.store.engine import Database
from dondoc.store.submissions import counts


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One report as lists show it, by its latest version."""

    code: str
    version: int
    campaign: str
    duty: str
    title: str
    period: str
    unit_code: str
    unit_name: str
    fact: str
    received_at: datetime
    first_received_at: datetime | None
    modality: str
    judged: str | None
    review: str
    review_since: datetime | None
    supplement_by: date | None


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a report, and what it is a version of."""

    id: int
    code: str
    version: int
    void: str | None
    assignment_id: int
    campaign_id: int
    duty: str
    period: str
    unit_id: int
    unit_code: str


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """What one receiver said about one version."""

    code: str
    version: int
    receiver: str
    verdict: str
    points: list[dict[str, str]]
    supplement_by: date | None
    officer: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class SupplementStep:
    """A reminder of a supplement that has fallen due."""

    id: int
    rung: str
    side: str
    review_id: int
    assignment_id: int
    submission_id: int
    campaign_id: int
    supplement_by: date
    waits_for: str | None


async def reports(
    database: Database, campaigns: Collection[int], *, states: Sequence[str] = (), unit: str | None = None,
    duty: str | None = None, offset: int = 0, limit: int = 100,
) -> tuple[int, list[ReportRow]]:  # fmt: skip
    """Return how many reports of these campaigns match, and a page of them, those that wait longest first."""
    a, s, u, d = t.assignment.c, t.submission.c, t.unit.c, t.duty_period.c
    conditions: list[ColumnElement[bool]] = [
        d.campaign_id.in_(campaigns), a.review.in_(states) if states else a.review.is_not(None),
        u.code == unit if unit else true(), d.duty == duty if duty else true(),
    ]  # fmt: skip
    joined = t.assignment.join(t.duty_period, d.id == a.duty_period_id).join(t.unit, u.id == a.unit_id)
    newest = t.submission.alias("newest")
    latest = select(func.max(newest.c.version)).where(newest.c.assignment_id == a.id).scalar_subquery()
    wanted = (
        select(
            s.code, s.version, t.campaign.c.key, d.duty, d.title, d.period, u.code, u.office_name, s.fact,
            s.received_at, a.first_received_at, a.modality, a.judged, a.review, a.review_since, a.supplement_by,
        )
        .select_from(joined.join(t.campaign, t.campaign.c.id == d.campaign_id)
                     .join(t.submission, and_(s.assignment_id == a.id, s.version == latest)))
        .where(*conditions)
        .order_by(a.review_since, a.id)
        .offset(offset)
        .limit(limit)
    )  # fmt: skip
    async with database.read() as connection:
        total = (await connection.execute(select(func.count()).select_from(joined).where(*conditions))).scalar_one()
        rows: Any = await connection.execute(wanted)
        return total, [ReportRow(*row) for row in rows]


async def waiting_for_review(database: Database, campaigns: Collection[int]) -> list[Any]:
    """Return per campaign how many reports wait for a reviewer, and since when the first of them: key, count, since."""
    a, d = t.assignment.c, t.duty_period.c
    wanted = (
        select(t.campaign.c.key, func.count().label("reports"), func.min(a.review_since).label("since"))
        .select_from(t.assignment)
        .join(t.duty_period, d.id == a.duty_period_id)
        .join(t.campaign, t.campaign.c.id == d.campaign_id)
        .where(a.review == "waiting", d.campaign_id.in_(campaigns))
        .group_by(t.campaign.c.key)
        .order_by(t.campaign.c.key)
    )
    async with database.read() as connection:
        return list((await connection.execute(wanted)).all())


async def lying_reports(database: Database, before: datetime) -> list[Any]:
    """Return per office and campaign how many reports wait for a reviewer since before an instant, and the first.

    Columns: those of the office, campaign, campaign_name, state, reports, since.
    """
    a, d, c, o = t.assignment.c, t.duty_period.c, t.campaign.c, t.office.c
    shown = (o.id, o.name, o.short_name, o.sender_name, o.sender_address, o.contact_role, o.contact_phone)
    campaign = (c.key.label("campaign"), c.name.label("campaign_name"), c.state)
    wanted = (
        select(*shown, *campaign, func.count().label("reports"), func.min(a.review_since).label("since"))
        .select_from(t.assignment)
        .join(t.duty_period, d.id == a.duty_period_id)
        .join(t.campaign, c.id == d.campaign_id)
        .join(t.office, o.id == c.office_id)
        .where(a.review == "waiting", a.review_since < before, c.state != "draft")
        .group_by(*shown, c.key, c.name, c.state)
        .order_by(o.id, c.key)
    )
    async with database.read() as connection:
        return list((await connection.execute(wanted)).all())


async def version_of(database: Database, code: str) -> Version | None:
    """Return the version of a report with a look-up code; null when there is none."""
    s, a, d = t.submission.c, t.assignment.c, t.duty_period.c
    wanted = (
        select(s.id, s.code, s.version, s.void, a.id, d.campaign_id, d.duty, d.period, t.unit.c.id, t.unit.c.code)
        .join(t.assignment, a.id == s.assignment_id)
        .join(t.duty_period, d.id == a.duty_period_id)
        .join(t.unit, t.unit.c.id == a.unit_id)
        .where(s.code == code)
    )
    async with database.read() as connection:
        row: Any = (await connection.execute(wanted)).first()
    return Version(*row) if row else None


async def assignment_key(connection: AsyncConnection, assignment_id: int) -> Any:
    """Return by what an assignment is found: duty_period_id, unit_id."""
    a = t.assignment.c
    found = await connection.execute(select(a.duty_period_id, a.unit_id).where(a.id == assignment_id))
    return found.one()


async def standing_versions(connection: AsyncConnection, assignment_id: int) -> list[Any]:
    """Return what counts as received of an assignment, the latest first: id, code, version, fact, received_at."""
    s = t.submission.c
    wanted = select(s.id, s.code, s.version, s.fact, s.received_at).where(s.assignment_id == assignment_id, counts(s))
    return list((await connection.execute(wanted.order_by(s.version.desc()))).all())


async def verdicts_on(connection: AsyncConnection, submission_id: int) -> dict[str, str]:
    """Return what each receiver has decided on a version, by receiver."""
    r = t.review.c
    found = await connection.execute(
        select(r.receiver, r.verdict).where(
            r.submission_id == submission_id, r.verdict.in_(("accepted", "returned"))
        )
    )  # fmt: skip
    return {row.receiver: row.verdict for row in found}


async def reviews_of(database: Database, assignment_id: int) -> list[ReviewRow]:
    """Return everything receivers have said about an assignment's versions, the latest first."""
    r, s = t.review.c, t.submission.c
    wanted = (
        select(s.code, s.version, r.receiver, r.verdict, r.points, r.supplement_by, r.officer, r.made_at)
        .join(t.submission, s.id == r.submission_id)
        .where(r.assignment_id == assignment_id)
        .order_by(r.id.desc())
    )
    async with database.read() as connection:
        return [ReviewRow(*row) for row in await connection.execute(wanted)]


async def add_review(connection: AsyncConnection, values: dict[str, Any]) -> int:
    """Keep what a receiver has decided and return its id."""
    return int((await connection.execute(insert(t.review).values(**values).returning(t.review.c.id))).scalar_one())


async def set_standing(connection: AsyncConnection, assignment_id: int, values: dict[str, Any]) -> None:
    """Write how an assignment stands after a review."""
    await connection.execute(update(t.assignment).where(t.assignment.c.id == assignment_id).values(**values))


async def void(connection: AsyncConnection, submission_id: int, why: str) -> None:
    """Let a version not count as received any more: `refused` or `recalled`. It stays, with its files."""
    await connection.execute(update(t.submission).where(t.submission.c.id == submission_id).values(void=why))


async def add_steps(connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    """Keep the reminders of a supplement."""
    if rows:
        await connection.execute(insert(t.supplement_step), rows)


def _unsettled() -> ColumnElement[bool]:
    p = t.supplement_step.c
    return and_(p.fired_at.is_(None), p.reason.is_(None))


async def due_supplements(database: Database, as_of: datetime, limit: int = 500) -> list[SupplementStep]:
    """Return the reminders of supplements that have fallen due and are not settled, oldest first."""
    p, r, d = t.supplement_step.c, t.review.c, t.duty_period.c
    wanted = (
        select(p.id, p.rung, p.side, r.id, r.assignment_id, r.submission_id, d.campaign_id, r.supplement_by,
               p.waits_for)
        .join(t.review, r.id == p.review_id)
        .join(t.assignment, t.assignment.c.id == r.assignment_id)
        .join(t.duty_period, d.id == t.assignment.c.duty_period_id)
        .where(_unsettled(), p.fire_at <= as_of)
        .order_by(p.waits_for.is_not(None), p.fire_at, p.id)  # what waits for the desk keeps nothing back
        .limit(limit)
    )  # fmt: skip
    async with database.read() as connection:
        return [SupplementStep(*row) for row in await connection.execute(wanted)]


async def settle_supplement(connection: AsyncConnection, step_id: int, as_of: datetime, reason: str | None) -> bool:
    """Mark a reminder as gone out, or as left out for a reason; false when another round was quicker."""
    p = t.supplement_step.c
    done = await connection.execute(
        update(t.supplement_step)
        .where(p.id == step_id, _unsettled())
        .values(fired_at=None if reason else as_of, reason=reason, waits_for=None)
    )
    return bool(done.rowcount)


async def supplements_wait(connection: AsyncConnection, ids: Sequence[int], waits_for: str) -> None:
    """Note what reminders wait for."""
    p = t.supplement_step.c
    await connection.execute(update(t.supplement_step).where(p.id.in_(ids), _unsettled()).values(waits_for=waits_for))


async def review_lines(connection: AsyncConnection, assignment_id: int) -> Any:
    """Return what the letter of a supplement needs of its assignment: names, duty, dates, judgement, review."""
    a, d, u = t.assignment.c, t.duty_period.c, t.unit.c
    wanted = (
        select(
            a.id, a.state, a.modality, a.judged, a.review, a.review_since, a.supplement_by, a.first_received_at,
            u.id.label("unit_id"), u.code.label("unit_code"), u.office_name.label("unit_name"),
            u.kind.label("unit_kind"), d.id.label("duty_period_id"), d.duty, d.kind.label("duty_kind"), d.title,
            d.period, d.facts, t.cohort.c.due_on,
            case((t.cohort.c.awaited_on.is_not(None), t.cohort.c.awaited_on), else_=t.cohort.c.due_on).label("until"),
        )
        .join(t.duty_period, d.id == a.duty_period_id)
        .join(t.unit, u.id == a.unit_id)
        .join(t.cohort, t.cohort.c.id == a.cohort_id)
        .where(a.id == assignment_id)
    )  # fmt: skip
    return (await connection.execute(wanted)).one()


async def review_point(connection: AsyncConnection, review_id: int) -> Any:
    """Return what a return asked for: points, code and channel of the version, when it was made."""
    r, s = t.review.c, t.submission.c
    wanted = (
        select(r.points, r.supplement_by, r.made_at, s.code, s.channel)
        .join(t.submission, s.id == r.submission_id)
        .where(r.id == review_id)
    )
    return (await connection.execute(wanted)).one()


async def claim_telling(
    database: Database, connection: AsyncConnection, key: str, at: datetime, before: datetime
) -> str | None:
    """Note that an office is told now, if the last time lies before an instant; null when it does not.

    Returns what stood there before (empty: nothing), to be put back if the mail could not leave. Of two audits at once
    one gets it.
    """
    m = t.meta.c
    await connection.execute(database.insert(t.meta).values(key=key, value="").on_conflict_do_nothing())
    previous = str((await connection.execute(select(m.value).where(m.key == key))).scalar_one())
    if previous and datetime.fromisoformat(previous) >= before:
        return None
    return previous if await put_telling(connection, key, previous, at.isoformat()) else None


async def put_telling(connection: AsyncConnection, key: str, previous: str, value: str) -> bool:
    """Replace when an office was told, if it still says `previous`."""
    m = t.meta.c
    done = await connection.execute(update(t.meta).where(m.key == key, m.value == previous).values(value=value))
    return bool(done.rowcount)
