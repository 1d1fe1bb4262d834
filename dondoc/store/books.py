"""Closed books: how every unit stood when a round was closed, and what units contest of it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, case, func, insert, literal, select, update

from dondoc.store import tables as t
from dondoc.store.engine import Connection, Database


@dataclass(frozen=True, slots=True)
class BooksRow:
    """The closed books of one duty and period; `not_recorded` counts only who was bound to report."""

    campaign: str
    duty: str
    period: str
    title: str
    closed_at: datetime
    officer: str
    contest_by: date
    units: int
    on_time: int
    late: int
    not_recorded: int
    open_contests: int


@dataclass(frozen=True, slots=True)
class ContestRow:
    """What a unit contests; `verdict` is null while it waits for an answer."""

    id: int
    code: str
    books_id: int
    assignment_id: int
    duty: str
    period: str
    unit_code: str
    unit_name: str
    said: str
    made_at: datetime
    verdict: str | None
    answer: str | None
    campaign: str


@dataclass(frozen=True, slots=True)
class ClosedRecord:
    """How one unit stands in closed books, and until when it may contest that."""

    books_id: int
    closed_at: datetime
    contest_by: date
    state: str
    judged: str | None
    first_received_at: datetime | None


async def last_day_of(database: Database, connection: Connection, duty_period_id: int) -> tuple[int, int, date | None]:
    """Return how many assignments a duty period has, how many have no last day, and the last day of them all.

    The duty period is locked until the transaction ends: its books are closed once.
    """
    d, a, c = t.duty_period.c, t.assignment.c, t.cohort.c
    if not database.sqlite:
        await connection.execute(select(d.id).where(d.id == duty_period_id).with_for_update())
    until = func.coalesce(c.awaited_on, c.due_on)
    found = await connection.execute(
        select(func.count(), func.count().filter(until.is_(None)), func.max(until))
        .select_from(t.assignment.join(t.cohort, c.id == a.cohort_id))
        .where(a.duty_period_id == duty_period_id, a.state.in_(("open", "submitted")))
    )
    units, undated, last = found.one()
    return units, undated, last


async def closed_at(connection: Connection, duty_period_id: int) -> datetime | None:
    """Return when the books of a duty period were closed, if they were."""
    found = await connection.execute(select(t.books.c.closed_at).where(t.books.c.duty_period_id == duty_period_id))
    return found.scalar_one_or_none()


async def close(connection: Connection, duty_period_id: int, officer: str, contest_by: date, at: datetime) -> None:
    """Close the books: every assignment's record as it stands now, in one statement."""
    a = t.assignment.c
    values = {"duty_period_id": duty_period_id, "closed_at": at, "officer": officer, "contest_by": contest_by}
    books_id = (await connection.execute(insert(t.books).values(**values).returning(t.books.c.id))).scalar_one()
    asked = select(literal(books_id), a.id, a.modality, a.state, a.judged, a.first_received_at).where(
        a.duty_period_id == duty_period_id, a.state.in_(("open", "submitted"))
    )
    columns = ["books_id", "assignment_id", "modality", "state", "judged", "first_received_at"]
    await connection.execute(insert(t.closed_record).from_select(columns, asked))


async def lock_record(database: Database, connection: Connection, assignment_id: int) -> None:
    """Lock a closed record until the transaction ends: of two contests at once the second sees the first."""
    if not database.sqlite:
        r = t.closed_record.c
        await connection.execute(select(r.books_id).where(r.assignment_id == assignment_id).with_for_update())


async def record_of(connection: Connection, assignment_id: int) -> ClosedRecord | None:
    """Return how an assignment stands in closed books; null while they are open."""
    b, r = t.books.c, t.closed_record.c
    found = await connection.execute(
        select(b.id, b.closed_at, b.contest_by, r.state, r.judged, r.first_received_at)
        .join(t.closed_record, r.books_id == b.id)
        .where(r.assignment_id == assignment_id)
    )
    row: Any = found.first()
    return ClosedRecord(*row) if row else None


async def add_contest(connection: Connection, values: dict[str, Any]) -> None:
    """Keep what a unit contests."""
    await connection.execute(insert(t.contest).values(**values))


def _contests() -> Any:
    c, d, u = t.contest.c, t.duty_period.c, t.unit.c
    return (
        select(c.id, c.code, c.books_id, c.assignment_id, d.duty, d.period, u.code, u.office_name, c.said, c.made_at,
               c.verdict, c.answer, t.campaign.c.key)
        .join(t.assignment, t.assignment.c.id == c.assignment_id)
        .join(t.unit, u.id == t.assignment.c.unit_id)
        .join(t.duty_period, d.id == t.assignment.c.duty_period_id)
        .join(t.campaign, t.campaign.c.id == d.campaign_id)
    )  # fmt: skip


async def contests_of(connection: Connection, assignment_id: int) -> list[ContestRow]:
    """Return what a unit has contested of one record, the latest first."""
    c = t.contest.c
    wanted = _contests().where(c.assignment_id == assignment_id).order_by(c.id.desc())
    return [ContestRow(*row) for row in await connection.execute(wanted)]


async def contest_by_code(database: Database, connection: Connection, code: str) -> ContestRow | None:
    """Return a contest, locked until the transaction ends; null when there is none."""
    c = t.contest.c
    if not database.sqlite:  # first: what another officer has just answered is read as it stands after the wait
        await connection.execute(select(c.id).where(c.code == code).with_for_update())
    row: Any = (await connection.execute(_contests().where(c.code == code))).first()
    return ContestRow(*row) if row else None


async def open_contests(database: Database, campaigns: Collection[int]) -> list[ContestRow]:
    """Return the contests of these campaigns that wait for an answer, the oldest first."""
    c = t.contest.c
    wanted = (
        _contests().where(c.answered_at.is_(None), t.duty_period.c.campaign_id.in_(campaigns)).order_by(c.made_at, c.id)
    )
    async with database.read() as connection:
        return [ContestRow(*row) for row in await connection.execute(wanted)]


async def answer_contest(connection: Connection, contest_id: int, values: dict[str, Any]) -> None:
    """Write down how a contest was answered."""
    await connection.execute(update(t.contest).where(t.contest.c.id == contest_id).values(**values))


async def renew_record(connection: Connection, books_id: int, assignment_id: int) -> bool:
    """Let a closed record follow its assignment; false when they say the same already."""
    a, r = t.assignment.c, t.closed_record.c
    facts = ("modality", "state", "judged", "first_received_at")
    now = (await connection.execute(select(*(a[name] for name in facts)).where(a.id == assignment_id))).one()
    mine = and_(r.books_id == books_id, r.assignment_id == assignment_id)
    closed = (await connection.execute(select(*(r[name] for name in facts)).where(mine))).one()
    if tuple(now) == tuple(closed):
        return False
    await connection.execute(update(t.closed_record).where(mine).values(**dict(zip(facts, now, strict=True))))
    return True


async def all_books(database: Database, campaigns: Collection[int]) -> list[BooksRow]:
    """Return the closed books of these campaigns, those closed last first."""
    b, d, r, c = t.books.c, t.duty_period.c, t.closed_record.c, t.contest.c
    bound = r.modality == "mandated"
    counted = [
        func.count(),
        func.count(case((and_(bound, r.judged == "on-time"), 1))),
        func.count(case((and_(bound, r.judged == "late"), 1))),
        func.count(case((and_(bound, r.state == "open"), 1))),
    ]
    waiting = select(func.count()).where(c.books_id == b.id, c.answered_at.is_(None)).scalar_subquery()
    shown = (t.campaign.c.key, d.duty, d.period, d.title, b.closed_at, b.officer, b.contest_by)
    wanted = (
        select(*shown, *counted, waiting)
        .select_from(t.books)
        .join(t.duty_period, d.id == b.duty_period_id)
        .join(t.campaign, t.campaign.c.id == d.campaign_id)
        .join(t.closed_record, r.books_id == b.id)
        .where(d.campaign_id.in_(campaigns))
        .group_by(*shown, b.id)
        .order_by(b.closed_at.desc(), b.id.desc())
    )
    async with database.read() as connection:
        return [BooksRow(*row) for row in await connection.execute(wanted)]
