"""Reports in: recording a receipt, and what it does to its assignment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, bindparam, case, func, insert, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import ColumnElement

from dondoc.store import tables as t
from dondoc.store.engine import Database
from dondoc.store.registry import person_for
from dondoc.store.types import Instant


@dataclass(frozen=True, slots=True)
class AssignmentRow:
    """One duty of one unit for one period, with what is needed to judge and acknowledge a receipt."""

    id: int
    duty_period_id: int
    cohort_id: int
    unit_id: int
    modality: str
    state: str
    due_on: date | None
    data_received_at: datetime | None
    document_received_at: datetime | None
    first_received_at: datetime | None
    judged: str | None
    judged_at: datetime | None  # when the fact came by which it is judged


async def assignment_of(
    database: Database, connection: AsyncConnection, duty_period_id: int, unit_id: int
) -> AssignmentRow | None:
    """Return a unit's assignment of a duty period, locked until the transaction ends."""
    a = t.assignment.c
    if not database.sqlite:  # first: what a ruling has just moved is read as it stands after the wait
        mine = select(a.id).where(a.duty_period_id == duty_period_id, a.unit_id == unit_id)
        await connection.execute(mine.with_for_update())
    wanted = (
        select(
            a.id, a.duty_period_id, a.cohort_id, a.unit_id, a.modality, a.state, t.cohort.c.due_on,
            a.data_received_at, a.document_received_at, a.first_received_at, a.judged, a.judged_at,
        )
        .join(t.cohort, t.cohort.c.id == a.cohort_id)
        .where(a.duty_period_id == duty_period_id, a.unit_id == unit_id)
    )  # fmt: skip
    row: Any = (await connection.execute(wanted)).first()
    return AssignmentRow(*row) if row else None


def counts(submission: Any) -> ColumnElement[bool]:
    """Return the condition under which a receipt counts: neither refused, recalled nor taken back with its batch."""
    return and_(submission.void.is_(None), submission.undone_at.is_(None))


async def next_version(connection: AsyncConnection, assignment_id: int) -> int:
    """Return the number the next submission of an assignment gets, from 1."""
    s = t.submission.c
    latest = await connection.execute(select(func.max(s.version)).where(s.assignment_id == assignment_id))
    return (latest.scalar_one() or 0) + 1


async def submission_of_form(connection: AsyncConnection, assignment_id: int, form_key: str) -> str | None:
    """Return the look-up code of the submission a form has become, if it has."""
    s = t.submission.c
    found = await connection.execute(select(s.code).where(s.form_key == form_key, s.assignment_id == assignment_id))
    return found.scalar_one_or_none()


async def add_submission(connection: AsyncConnection, values: dict[str, Any], files: list[dict[str, Any]]) -> int:
    """Insert a submission with its files and return its id."""
    added = await connection.execute(insert(t.submission).values(**values).returning(t.submission.c.id))
    submission_id = int(added.scalar_one())
    if files:
        await connection.execute(insert(t.submission_file), [{"submission_id": submission_id, **f} for f in files])
    return submission_id


@dataclass(frozen=True, slots=True)
class ReceivedRow:
    """One receipt of a unit's report, as a page lists it."""

    code: str
    version: int
    fact: str
    channel: str
    receiver: str
    received_at: datetime
    recorded_by: str
    document_number: str | None
    document_date: date | None
    signer: str | None


async def submissions_of(database: Database, duty_period_id: int, unit_id: int) -> list[ReceivedRow]:
    """Return every receipt of a unit's report of a duty period, the latest first."""
    s, a = t.submission.c, t.assignment.c
    wanted = (
        select(*(s[name] for name in ReceivedRow.__slots__))
        .join(t.assignment, a.id == s.assignment_id)
        .where(a.duty_period_id == duty_period_id, a.unit_id == unit_id, s.undone_at.is_(None))
        .order_by(s.version.desc())
    )
    async with database.read() as connection:
        return [ReceivedRow(*row) for row in await connection.execute(wanted)]


async def names_standing(connection: AsyncConnection, assignment_id: int) -> list[str]:
    """Return the names that the latest submission to give any has registered, in its order; none where none did."""
    s = t.submission.c
    latest = await connection.execute(
        select(s.names)
        .where(s.assignment_id == assignment_id, s.names.is_not(None), counts(s))
        .order_by(s.version.desc())
        .limit(1)
    )
    return list(latest.scalar_one_or_none() or ())


async def note_receipt(connection: AsyncConnection, assignment_id: int, values: dict[str, Any]) -> None:
    """Write what a receipt changes: the facts received, the judgement, the end of the ladder."""
    await connection.execute(update(t.assignment).where(t.assignment.c.id == assignment_id).values(**values))


async def assignments_of(
    connection: AsyncConnection, duty_period_ids: Sequence[int]
) -> dict[tuple[int, int], AssignmentRow]:
    """Return every assignment of these duty periods by (duty period, unit)."""
    a = t.assignment.c
    found: Any = await connection.execute(
        select(
            a.id, a.duty_period_id, a.cohort_id, a.unit_id, a.modality, a.state, t.cohort.c.due_on,
            a.data_received_at, a.document_received_at, a.first_received_at, a.judged, a.judged_at,
        )
        .join(t.cohort, t.cohort.c.id == a.cohort_id)
        .where(a.duty_period_id.in_(duty_period_ids))
    )  # fmt: skip
    return {(row.duty_period_id, row.unit_id): AssignmentRow(*row) for row in found}


async def versions_of(connection: AsyncConnection, duty_period_ids: Sequence[int]) -> dict[int, int]:
    """Return how many submissions each assignment of these duty periods has, if any."""
    s, a = t.submission.c, t.assignment.c
    found = await connection.execute(
        select(s.assignment_id, func.max(s.version))
        .join(t.assignment, a.id == s.assignment_id)
        .where(a.duty_period_id.in_(duty_period_ids))
        .group_by(s.assignment_id)
    )
    return {row[0]: row[1] for row in found}


async def add_submissions(connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    """Insert submissions without files."""
    if rows:
        await connection.execute(insert(t.submission), rows)


async def note_receipts(connection: AsyncConnection, after: Sequence[AssignmentRow], at: datetime) -> None:
    """Write what receipts change on many assignments; what was open or out of sight is then submitted."""
    if not after:
        return
    a = t.assignment.c
    asked = or_(a.state == "open", and_(a.state == "withdrawn", a.reason == "before-go-live"))
    await connection.execute(
        update(t.assignment)
        .where(a.id == bindparam("this"))
        .values(
            state=case((asked, "submitted"), else_=a.state),
            reason=case((asked, None), else_=a.reason),
            closed_at=case((asked, bindparam("now", type_=Instant())), else_=a.closed_at),
            data_received_at=bindparam("data"),
            document_received_at=bindparam("document"),
            first_received_at=bindparam("first"),
            judged=bindparam("verdict"),
            judged_at=bindparam("judging", type_=Instant()),
        ),
        [
            {"this": row.id, "now": at, "data": row.data_received_at, "document": row.document_received_at,
             "first": row.first_received_at, "verdict": row.judged, "judging": row.judged_at}
            for row in after
        ],
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Officer:
    """Whom a unit's acknowledgement goes to."""

    person_id: int
    address: str
    name: str


async def officer_of(
    connection: AsyncConnection, unit_id: int, day: date, roles: tuple[str, ...] = ("officer", "office")
) -> Officer | None:
    """Return the registered contact of a unit who hears of its reports on `day`, or null."""
    person_id = (await connection.execute(select(person_for(literal(unit_id), roles, day)))).scalar_one_or_none()
    if person_id is None:
        return None
    row = (
        await connection.execute(
            select(t.person.c.id, t.person.c.address, t.contact.c.name)
            .join(t.contact, t.contact.c.person_id == t.person.c.id)
            .where(t.person.c.id == person_id, t.contact.c.unit_id == unit_id)
            .order_by(t.contact.c.id)
            .limit(1)
        )
    ).one()
    return Officer(*row)
