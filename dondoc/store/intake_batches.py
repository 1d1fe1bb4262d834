"""Batches of a register: what was read, what was taken from it, and taking all of it back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Table, and_, bindparam, case, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from config.errors import Refused
from dondoc.store import tables as t
from dondoc.store.engine import Database
from dondoc.store.submissions import counts


class UnknownBatch(Refused):
    """No such batch of a register."""


@dataclass(frozen=True, slots=True)
class BatchRow:
    """One register file that was read, and what has become of it."""

    id: int
    code: str
    office_id: int
    file_name: str
    sha256: str
    state: str
    read_at: datetime
    read_by: str
    confirmed_at: datetime | None
    confirmed_by: str | None
    reconciliation_id: int | None
    undone_at: datetime | None
    undone_by: str | None


@dataclass(frozen=True, slots=True)
class LineRow:
    """One line of a batch: what the register says, what it was taken for, what has become of it."""

    id: int
    line: int
    entry: str
    arrived_at: datetime | None
    number: str
    dated: date | None
    issuer: str
    abstract: str
    signer: str
    certainty: str
    reason: str
    choices: list[int]
    answer: str
    assignment_id: int | None
    submission_id: int | None


_BATCH = [t.intake_batch.c[name] for name in BatchRow.__slots__]
_LINE = [t.intake_line.c[name] for name in LineRow.__slots__]


async def columns_of(connection: AsyncConnection, office_id: int) -> dict[str, str]:
    """Return what the columns of an office's register are called: name → field; empty where nobody has said."""
    m = t.intake_mapping.c
    found = (await connection.execute(select(m.columns).where(m.office_id == office_id))).scalar_one_or_none()
    return dict(found or {})


async def keep_columns(
    database: Database, connection: AsyncConnection, office_id: int, columns: dict[str, str], by: str, at: datetime
) -> None:
    """Remember what the columns of an office's register are called."""
    values = {"columns": columns, "saved_at": at, "saved_by": by}
    statement = database.insert(t.intake_mapping).values(office_id=office_id, **values)
    await connection.execute(statement.on_conflict_do_update(index_elements=["office_id"], set_=values))


async def next_batch(connection: AsyncConnection) -> int:
    """Return the number the next batch gets, from 1; a batch's code is made of it."""
    return int((await connection.execute(select(func.max(t.intake_batch.c.id)))).scalar_one() or 0) + 1


async def add_batch(
    database: Database, connection: AsyncConnection, values: dict[str, Any], lines: Sequence[dict[str, Any]]
) -> bool:
    """Insert a batch with its lines; return whether it is new: one of its code is left as it is."""
    statement = database.insert(t.intake_batch).values(**values).on_conflict_do_nothing()
    batch_id = (await connection.execute(statement.returning(t.intake_batch.c.id))).scalar_one_or_none()
    if batch_id is not None and lines:
        await connection.execute(insert(t.intake_line), [{"batch_id": batch_id, **line} for line in lines])
    return batch_id is not None


async def batches(database: Database, office_ids: Sequence[int], most: int = 50) -> list[Any]:
    """Return the latest batches of these offices with how many lines each has and how many were taken."""
    b, x = t.intake_batch.c, t.intake_line.c
    counted = (
        select(x.batch_id, func.count().label("lines"), func.count(x.submission_id).label("taken"))
        .group_by(x.batch_id)
        .subquery()
    )
    wanted = (
        select(*_BATCH, func.coalesce(counted.c.lines, 0).label("lines"),
               func.coalesce(counted.c.taken, 0).label("taken"))
        .outerjoin(counted, counted.c.batch_id == b.id)
        .where(database.among(b.office_id, office_ids), b.state != "dropped")
        .order_by(b.id.desc())
        .limit(most)
    )  # fmt: skip
    async with database.read() as connection:
        return list((await connection.execute(wanted)).all())


async def batch_of(connection: AsyncConnection, database: Database, code: str, *, lock: bool = False) -> BatchRow:
    """Return a batch by its code, held until the transaction ends if it is to be changed. Errors: `UnknownBatch`."""
    wanted = select(*_BATCH).where(t.intake_batch.c.code == code.upper())
    row = (await connection.execute(wanted.with_for_update() if lock and not database.sqlite else wanted)).first()
    if row is None:
        raise UnknownBatch(f"batch '{code}': not in this database; see 'dondoc reconcile-intake --batches'")
    return BatchRow(*row)


async def lines_of(connection: AsyncConnection, batch_id: int) -> list[LineRow]:
    """Return the lines of a batch in the file's order."""
    x = t.intake_line.c
    found = await connection.execute(select(*_LINE).where(x.batch_id == batch_id).order_by(x.line))
    return [LineRow(*row) for row in found]


async def change_batch(connection: AsyncConnection, batch_id: int, values: dict[str, Any]) -> None:
    """Move a batch to another state."""
    await connection.execute(update(t.intake_batch).where(t.intake_batch.c.id == batch_id).values(**values))


async def change_lines(connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    """Write what was answered to lines and what has become of them, each by its `id`."""
    await _each_by_id(connection, t.intake_line, rows)


async def _each_by_id(connection: AsyncConnection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    if not rows:
        return
    values = {name: bindparam(f"new_{name}", type_=table.c[name].type) for name in rows[0] if name != "id"}
    await connection.execute(
        update(table).where(table.c.id == bindparam("this")).values(**values),
        [{"this" if name == "id" else f"new_{name}": value for name, value in row.items()} for row in rows],
    )


@dataclass(frozen=True, slots=True)
class BuiltOn:
    """A report that stands on a batch and has moved on since: of which unit, and what has happened."""

    unit: str
    state: str
    later: int
    reviewed: int


async def built_on(connection: AsyncConnection, submission_ids: Sequence[int], database: Database) -> list[BuiltOn]:
    """Return what has been built on these receipts: later ones of the same report, what receivers decided on them,
    reports passed on or waived."""
    s, a, later = t.submission.c, t.assignment.c, t.submission.alias("later")
    newer = (
        select(func.count())
        .select_from(later)
        .where(later.c.assignment_id == s.assignment_id, later.c.version > s.version, counts(later.c),
               ~database.among(later.c.id, submission_ids))
        .scalar_subquery()
    )  # fmt: skip
    r = t.review.c
    said = select(func.count()).select_from(t.review).where(r.submission_id == s.id).scalar_subquery()
    moved_on = a.state.not_in(("open", "submitted"))
    found = await connection.execute(
        select(t.unit.c.name, a.state, newer, said)
        .join(t.assignment, a.id == s.assignment_id)
        .join(t.unit, t.unit.c.id == a.unit_id)
        .where(database.among(s.id, submission_ids), or_(newer > 0, said > 0, moved_on))
        .order_by(t.unit.c.protocol_order)
    )
    return [BuiltOn(*row) for row in found]


async def with_served(connection: AsyncConnection, submission_ids: Sequence[int], database: Database) -> list[int]:
    """Return these receipts and those of other campaigns that they serve."""
    s = t.submission.c
    served = await connection.execute(select(s.id).where(database.among(s.served_by_id, submission_ids)))
    return [*submission_ids, *served.scalars()]


async def void_receipts(
    connection: AsyncConnection, submission_ids: Sequence[int], database: Database, at: datetime
) -> dict[int, dict[str, datetime | None]]:
    """Take receipts back; return what remains received by each fact, by assignment."""
    s = t.submission.c
    mine = database.among(s.id, submission_ids)
    await connection.execute(update(t.submission).where(mine).values(undone_at=at))
    touched = select(s.assignment_id).where(mine)
    standing = t.submission.alias("standing").c
    facts = await connection.execute(
        select(
            t.assignment.c.id,
            func.min(case((standing.fact == "data", standing.received_at))).label("data"),
            func.min(case((standing.fact == "document", standing.received_at))).label("document"),
        )
        .outerjoin(
            standing.id.table, and_(standing.assignment_id == t.assignment.c.id, counts(standing))
        )
        .where(t.assignment.c.id.in_(touched))
        .group_by(t.assignment.c.id)
    )  # fmt: skip
    return {row.id: {"data": row.data, "document": row.document} for row in facts}


async def judged_by(
    connection: AsyncConnection, database: Database, assignment_ids: Sequence[int]
) -> dict[int, tuple[date | None, int, str]]:
    """Return each assignment's last acceptable day, its campaign (which says by what it is judged) and its duty."""
    a = t.assignment.c
    found = await connection.execute(
        select(a.id, t.cohort.c.due_on, t.duty_period.c.campaign_id, t.duty_period.c.duty)
        .join(t.duty_period, t.duty_period.c.id == a.duty_period_id)
        .join(t.cohort, t.cohort.c.id == a.cohort_id)
        .where(database.among(a.id, assignment_ids))
    )
    return {row.id: (row.due_on, row.campaign_id, row.duty) for row in found}


async def write_facts(connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    """Write what is left received of reports and how they are judged by it, each by its `id`."""
    await _each_by_id(connection, t.assignment, rows)


async def open_again(connection: AsyncConnection, assignment_ids: Sequence[int], database: Database) -> None:
    """Let reports of which nothing is left be owed again."""
    a = t.assignment.c
    await connection.execute(
        update(t.assignment)
        .where(database.among(a.id, assignment_ids), a.state == "submitted")
        .values(state="open", closed_at=None)
    )


async def codes_of(connection: AsyncConnection, database: Database, submission_ids: Sequence[int]) -> list[str]:
    """Return the look-up codes of these receipts."""
    s = t.submission.c
    found = await connection.execute(select(s.code).where(database.among(s.id, submission_ids)).order_by(s.id))
    return list(found.scalars())


async def withdraw_letters(
    connection: AsyncConnection, database: Database, assignment_ids: Sequence[int], waves: Sequence[str], at: datetime
) -> int:
    """Withdraw acknowledgements that have not left yet; return how many had left already."""
    m, n, i = t.message.c, t.notice.c, t.message_item.c
    mine = and_(m.wave.in_(waves), m.kind == "acknowledgement")
    waiting = select(m.id).where(mine, m.state.in_(("queued", "deferred")))
    items = select(i.notice_id).where(i.message_id.in_(waiting))
    await connection.execute(
        update(t.notice)
        .where(n.id.in_(items), database.among(n.assignment_id, assignment_ids), n.state == "queued")
        .values(state="withdrawn", reason="superseded", settled_at=at)
    )
    await connection.execute(
        update(t.message)
        .where(mine, m.state.in_(("queued", "deferred")))
        .values(state="withdrawn", lease_until=None, fence=m.fence + 1)
    )
    left = await connection.execute(select(func.count()).select_from(t.message).where(mine, m.state != "withdrawn"))
    return int(left.scalar_one())


async def undo_reconciliation(connection: AsyncConnection, reconciliation_id: int, at: datetime) -> None:
    """Let a confirmed comparison of the registers count no more."""
    r = t.reconciliation.c
    await connection.execute(update(t.reconciliation).where(r.id == reconciliation_id).values(undone_at=at))
